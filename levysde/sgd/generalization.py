"""Tail index and dimension of the last iterates of networks, beside how well the networks generalize."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count
from levysde.dimension import persistent_homology_dimension
from levysde.estimate import Estimate
from levysde.sgd.layerwise import kendall
from levysde.sgd.networks import Classes, Weights, accuracy, train
from levysde.tails import autocorrelation, block_log_moment, gaussian_surrogate, random_projections, shuffle_rows

FloatArray = NDArray[np.float64]
Quantity = Literal["positions", "shuffled", "gaussian", "increments", "dimension", "gap", "eta/b"]

BLOCKS = (2, 3, 6, 18, 36)  # of the published protocol for 756 rows
RECORDED = 756  # rows: last iterates, one per step
POINTS = 500  # of the largest spanning tree


@dataclass(frozen=True, eq=False)
class TrainedRun:
    """One network: what it learned, and what its last 756 iterates read.

    Attributes
    ----------
    hidden, eta, b : the setting
    train_accuracy, test_accuracy : shares of samples whose class is found
    layers : tuple of float
        Index of every layer that moves, by the published protocol: positions less their mean, 10 random directions,
        median over blocks of 2, 3, 6, 18 and 36 rows, median over directions.
    positions : float
        The largest of them: beta of the paper.
    shuffled : float
        The same of rows in random order: what is left without dependence in time.
    gaussian : float
        The same of a path with Gaussian steps of the same mean and the same covariances in time.
    increments : float
        The same of the steps themselves.
    correlation : float
        Autocorrelation of the positions at a lag of one step, mean over layers and directions.
    dimension : float
        Persistent-homology dimension of the iterates, all layers, each along its 10 directions.
    """

    hidden: tuple[int, ...]
    eta: float
    b: int
    train_accuracy: float
    test_accuracy: float
    layers: tuple[float, ...]
    positions: float
    shuffled: float
    gaussian: float
    increments: float
    correlation: float
    dimension: float

    @property
    def gap(self) -> float:
        """Generalization gap in per cent: accuracy on the training samples less that on the others."""
        return 100.0 * (self.train_accuracy - self.test_accuracy)

    def value(self, quantity: Quantity) -> float:
        """Return a quantity of the run by its name."""
        return self.eta / self.b if quantity == "eta/b" else float(getattr(self, quantity))


@dataclass(frozen=True)
class RankCorrelation:
    """Kendall's tau with its error from a jackknife over runs, and p of a two-sided permutation test."""

    tau: Estimate
    p: float

    def __str__(self) -> str:
        return f"tau = {self.tau} (p = {self.p:.2g}, {self.tau.n} runs)"


@dataclass(frozen=True, eq=False)
class GeneralizationStudy:
    """All runs; those that reached the training accuracy asked for are compared.

    Attributes
    ----------
    runs : tuple of TrainedRun
        Those that did not diverge.
    diverged : number of runs that did
    least : training accuracy below which a run is not compared
    entropy : root of the random numbers
    """

    runs: tuple[TrainedRun, ...]
    diverged: int
    least: float
    entropy: int

    @property
    def kept(self) -> tuple[TrainedRun, ...]:
        """The runs that are compared."""
        return tuple(run for run in self.runs if run.train_accuracy >= self.least and math.isfinite(run.positions))

    def column(self, quantity: Quantity, *, hidden: tuple[int, ...] | None = None) -> FloatArray:
        """Return a quantity of all runs that are compared, or of those of one network."""
        return np.array([run.value(quantity) for run in self.kept if hidden in (None, run.hidden)])

    def correlation(self, quantity: Quantity, *, hidden: tuple[int, ...] | None = None) -> RankCorrelation:
        """Return the rank correlation of a quantity and the gap, over runs or over those of one network."""
        ours, gaps = self.column(quantity, hidden=hidden), self.column("gap", hidden=hidden)
        return rank_correlation(ours, gaps, rng=self.entropy)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row of plain values per run."""
        return [
            vars(run) | {"hidden": "x".join(map(str, run.hidden)), "layers": " ".join(f"{v:.6g}" for v in run.layers)}
            for run in self.runs
        ]


def generalization_study(
    data: Classes,
    *,
    hiddens: Sequence[tuple[int, ...]],
    etas: Sequence[float],
    batches: Sequence[int],
    n_train: int,
    iterations: int,
    repetitions: int = 1,
    momentum: float = 0.9,
    least: float = 0.9,
    rng: RNG = None,
    progress: Callable[[int, int], object] | None = None,
) -> GeneralizationStudy:
    """Train networks over step and batch sizes, and put indices of their last iterates beside the generalization gap.

    The published protocol [1]_ trains with constant steps and momentum 0.9, keeps the iterates of the end and reads a
    tail index from their positions. Beside it stand the same reading without dependence in time and with Gaussian
    steps, and the dimension by spanning trees that followed [2]_.

    Parameters
    ----------
    data : Classes
    hiddens : widths of the hidden layers, for each network
    etas, batches : step sizes and batch sizes; all combinations are trained
    n_train : samples that are trained on, chosen once at random; the others measure the gap
    iterations : steps of each run, at least 756; the last 756 are looked at
    repetitions : runs of each setting
    momentum : of SGD, in [0, 1)
    least : training accuracy from which on a run is compared
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`
    progress : called with (runs done, runs)

    Returns
    -------
    GeneralizationStudy

    Raises
    ------
    ValueError, TypeError
        For numbers outside their range.

    References
    ----------
    .. [1] Şimşekli, Sener, Deligiannidis and Erdogdu, NeurIPS 2020, arXiv:2006.09313.
    .. [2] Birdal, Lou, Guibas and Şimşekli, NeurIPS 2021, arXiv:2111.13171.
    """
    entropy = entropy_of(rng)
    n, _, _ = data.shape
    if not 0 < count(n_train, "n_train") < n:
        raise ValueError(f"n_train={n_train} of {n} samples; leave some to measure the gap with")
    count(iterations, "iterations", minimum=RECORDED)
    settings = [(h, e, b) for h in hiddens for e in etas for b in batches] * count(repetitions, "repetitions")
    if not settings:
        raise ValueError("hiddens, etas and batches must hold a value each; give at least one network, step and batch")
    first, *seeds = np.random.SeedSequence(entropy).spawn(len(settings) + 1)
    order = np.random.default_rng(first).permutation(n)
    x, y = data.arrays
    seen, unseen = (Classes(x[part], y[part]) for part in (order[:n_train], order[n_train:]))
    runs: list[TrainedRun | None] = []
    for number, (seed, setting) in enumerate(zip(seeds, settings, strict=True), start=1):
        runs.append(_run(seen, unseen, *setting, iterations, momentum, seed))
        if progress is not None:
            progress(number, len(settings))
    finished = tuple(run for run in runs if run is not None)
    return GeneralizationStudy(finished, len(runs) - len(finished), least, entropy)


def _run(
    seen: Classes, unseen: Classes, hidden: tuple[int, ...], eta: float, b: int, iterations: int, mu: float, seed: Any
) -> TrainedRun | None:
    seeds = seed.spawn(3)
    rows: list[list[FloatArray]] = []

    def keep(weights: Weights) -> None:
        rows.append([layer.ravel().copy() for layer in weights])

    done = train(
        seen, hidden=hidden, eta=eta, b=b, iterations=iterations, last=RECORDED, momentum=mu, each=keep, rng=seeds[0]
    )
    if done.diverged_at is not None:
        return None
    generator = np.random.default_rng(seeds[1])
    layers = [np.stack(layer) for layer in zip(*rows, strict=True)]
    moving = [random_projections(layer, rng=generator) for layer in layers if np.ptp(layer, axis=0).any()]
    steps = [np.diff(columns, axis=0) for columns in moving]
    alike = [gaussian_surrogate(columns, rng=generator).cumsum(axis=0) for columns in steps]
    found = [_index(columns) for columns in moving]
    shown = accuracy(done.last, *seen.arrays), accuracy(done.last, *unseen.arrays)
    return TrainedRun(
        hidden,
        eta,
        b,
        *shown,
        tuple(found),
        _largest(found),
        _largest([_index(shuffle_rows(columns, rng=generator)) for columns in moving]),
        _largest([_index(columns - columns.mean(axis=0)) for columns in alike]),
        _largest([_index(columns) for columns in steps]),
        float(np.mean(autocorrelation(np.hstack(moving)))) if moving else math.nan,
        _dimension(moving, seeds[2]),
    )


def reading(columns: FloatArray) -> FloatArray:
    r"""Return the published reading of every column: one over the median of 1/alpha over blocks of 2 to 36 rows.

    Parameters
    ----------
    columns : array of shape (n, d)
        Positions along d directions, less their mean; the last 756 rows are looked at.

    Raises
    ------
    ValueError
        Fewer than 144 rows, a constant column, values or sums that are exactly 0.

    References
    ----------
    Şimşekli, Sener, Deligiannidis and Erdogdu, NeurIPS 2020, arXiv:2006.09313.

    Examples
    --------
    >>> import numpy as np
    >>> walk = np.random.default_rng(1).standard_normal((782, 4)).cumsum(axis=0)
    >>> reading(walk - walk.mean(axis=0)).round(1).tolist()  # Gaussian steps: no tail at all
    [1.0, 1.0, 1.0, 1.0]
    """
    rows = columns[-RECORDED:]
    growths = [1 / block_log_moment(rows, block, errors="independent").value for block in BLOCKS]
    found: FloatArray = 1 / np.median(growths, axis=0)
    return found


def _index(columns: FloatArray) -> float:
    try:
        return float(np.median(reading(columns)))
    except ValueError:  # weights that stand still have no logarithm
        return math.nan


def _largest(indices: Sequence[float]) -> float:
    finite = [index for index in indices if math.isfinite(index)]
    return max(finite, default=math.nan)


def _dimension(moving: list[FloatArray], seed: Any) -> float:
    try:
        return persistent_homology_dimension(np.hstack(moving), n_points=POINTS, n_draws=2, rng=seed).value
    except ValueError:  # too few different points
        return math.nan


def rank_correlation(x: ArrayLike, y: ArrayLike, *, rng: RNG = None) -> RankCorrelation:
    r"""Return Kendall's tau-b with its standard error from a jackknife, and p by 9999 permutations.

    .. math:: \mathrm{se}^2 = \frac{n-1}{n}\sum_i (\tau_{(i)} - \bar\tau)^2, \qquad \tau_{(i)} \text{ without pair } i.

    Pairs with a value that is not finite are left out.

    Raises
    ------
    ValueError
        Fewer than four pairs, or all values of one kind equal.

    Examples
    --------
    >>> from levysde.sgd.generalization import rank_correlation
    >>> found = rank_correlation(range(8), [0, 2, 1, 3, 5, 4, 7, 6], rng=1)
    >>> round(found.tau.value, 3), found.p < 0.01
    (0.786, True)
    """
    from scipy.stats import kendalltau

    first, second = np.asarray(x, float), np.asarray(y, float)
    both = np.isfinite(first) & np.isfinite(second)
    first, second = first[both], second[both]
    n = len(first)
    if n < 4 or np.ptp(first) == 0 or np.ptp(second) == 0:
        raise ValueError(f"{n} pairs, with values that are not all equal, are needed: give at least 4 that differ")
    whole = kendall(first, second, rng=rng)
    left = np.arange(n)
    without = np.array([kendalltau(first[left != i], second[left != i]).statistic for i in range(n)])
    error = math.sqrt((n - 1) * float(np.nanvar(without)))
    interval = whole.tau - 1.96 * error, whole.tau + 1.96 * error
    return RankCorrelation(Estimate(whole.tau, error, math.nan, interval, n, "Kendall's tau-b, jackknife"), whole.p)
