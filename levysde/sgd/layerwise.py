"""Layer-wise tail indices of trained networks against eta/b, as published, with the controls beside them."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import NDArray
from levysde.sgd.gradient_noise import NoiseReport, report
from levysde.sgd.networks import Classes, accuracy, minibatch_gradients, train
from levysde.tails import block_log_moment

FloatArray = NDArray[np.float64]

BLOCKS = (2, 5, 10, 20, 50, 100, 500, 1000)  # of the published protocol; those that leave 8 blocks are used
FEWEST = 8
PERMUTATIONS = 9999
KINDS = ("average", "initial", "shuffled", "sums")  # the fields of `Indices`
TERMS = 16  # of a sum, and sums in a sum of sums
DRAWS = 4000  # sums of sums
COORDINATES = 200  # of a layer, in the report on its gradient noise


@dataclass(frozen=True)
class Indices:
    """Block-sum indices of the entries of one layer, less their mean.

    Attributes
    ----------
    average : of the averaged last iterates: what the papers show
    initial : of the weights before the first step; 2.2 to 2.3 for uniform ones, although they have no tail at all
    shuffled : of the averaged iterates in random order: what is left without the order of neurons
    sums : from the growth of sums of 16 to 256 of them, drawn at random: that of the entries where these follow a
        stable law, 2 where their variance is finite and such sums are normal
    """

    average: float
    initial: float
    shuffled: float
    sums: float


@dataclass(frozen=True, eq=False)
class Run:
    """A trained network.

    Attributes
    ----------
    hidden, eta, b : the setting
    accuracy : on the training samples
    diverged_at : the step at which it diverged, or None
    layers : Indices per layer; none where it diverged
    noise : NoiseReport at the end of training; None where it diverged, where every layer is too sparse, or where none
        was asked for
    """

    hidden: tuple[int, ...]
    eta: float
    b: int
    accuracy: float
    diverged_at: int | None
    layers: dict[str, Indices]
    noise: NoiseReport | None


@dataclass(frozen=True)
class Trend:
    """Kendall's tau between an index and eta/b, with the p-value of a two-sided permutation test."""

    tau: float
    p: float
    n: int


@dataclass(frozen=True, eq=False)
class LayerwiseStudy:
    """All runs, and the trend of each layer."""

    runs: tuple[Run, ...]
    trends: dict[str, dict[str, Trend]]  # name of an index -> layer -> Trend
    iterations: int
    entropy: int

    def table(self) -> str:
        """Return a line per run and layer, then the trends."""
        head = f"{'hidden':<9}{'eta':>8}{'b':>5}{'eta/b':>9}  {'acc.':>5}  {'layer':<7}"
        lines = [head + f"{'average':>8}{'initial':>8}{'shuffled':>9}{'sums':>7}  gradient noise (surrogate)"]
        for run in self.runs:
            size = "x".join(map(str, run.hidden))
            start = f"{size:<9}{run.eta:>8.4g}{run.b:>5}{run.eta / run.b:>9.3g}  {run.accuracy:>5.3f}  "
            if run.diverged_at is not None:
                lines.append(f"{start}diverged at step {run.diverged_at}")
                continue
            for name, found in run.layers.items():
                tail = run.noise.layers.get(name) if run.noise else None
                said = "too sparse to judge" if run.noise else "not judged"
                if tail is not None:
                    index, surrogate = (control.index.value for control in tail.controls[:2])
                    said = f"{index:.2f} ({surrogate:.2f}) {tail.kind}"
                numbers = f"{found.average:>8.2f}{found.initial:>8.2f}{found.shuffled:>9.2f}{found.sums:>7.2f}"
                lines.append(f"{start}{name:<7}{numbers}  {said}")
                start = " " * len(start)
        lines += ["", "Kendall's tau of the index against eta/b (p by permutation)"]
        names = list(self.trends["average"]) if self.trends else []
        for name in names:
            parts = [f"{kind} {found[name].tau:+.2f} (p = {found[name].p:.2g})" for kind, found in self.trends.items()]
            lines.append(f"  {name:<7} {', '.join(parts)}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per run and layer; a run that diverged has one row without a layer."""
        found = []
        for run in self.runs:
            start = {"hidden": "x".join(map(str, run.hidden)), "eta": run.eta, "b": run.b, "accuracy": run.accuracy}
            layers = run.layers or {"": Indices(*[math.nan] * len(KINDS))}
            found += [start | {"layer": name} | vars(indices) for name, indices in layers.items()]
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, for JSON."""
        runs = [
            {
                "hidden": list(run.hidden),
                "eta": run.eta,
                "b": run.b,
                "accuracy": run.accuracy,
                "diverged_at": run.diverged_at,
                "layers": {name: vars(found) for name, found in run.layers.items()},
                "noise": None if run.noise is None else run.noise.to_dict(),
            }
            for run in self.runs
        ]
        trends = {kind: {name: vars(trend) for name, trend in found.items()} for kind, found in self.trends.items()}
        return {"runs": runs, "trends": trends, "iterations": self.iterations, "entropy": str(self.entropy)}


def layerwise(
    data: Classes,
    *,
    hiddens: Sequence[tuple[int, ...]],
    etas: Sequence[float],
    batches: Sequence[int],
    iterations: int,
    n_batches: int | None = 60,
    rng: RNG = None,
    progress: Callable[[int, int], object] | None = None,
) -> LayerwiseStudy:
    """Train networks of several widths, step and batch sizes, and estimate layer-wise tail indices of their weights.

    The published protocol averages the last iterates (here the last tenth), takes the entries of a layer less their
    mean for a sample of a stable law, and finds an index that falls with eta/b. Beside it stand the same estimate for
    the untrained weights, for shuffled entries and for sums of these, and a report on the gradient noise at the end.

    Parameters
    ----------
    data : Classes
    hiddens : widths of the hidden layers, for each network
    etas, batches : step sizes and batch sizes; all combinations are trained
    iterations : steps of each run
    n_batches : minibatches of the report on gradient noise, at least 20; None makes no report
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`
    progress : called with (runs done, runs)

    Returns
    -------
    LayerwiseStudy

    Raises
    ------
    ValueError, TypeError
        For numbers outside their range.

    References
    ----------
    Gürbüzbalaban, Şimşekli and Zhu, ICML 2021, arXiv:2006.04740.
    """
    entropy = entropy_of(rng)
    settings = [(hidden, eta, b) for hidden in hiddens for eta in etas for b in batches]
    if not settings:
        raise ValueError("hiddens, etas and batches must hold a value each; give at least one network, step and batch")
    runs: list[Run] = []
    for number, (seed, setting) in enumerate(
        zip(np.random.SeedSequence(entropy).spawn(len(settings)), settings, strict=True), start=1
    ):
        runs.append(_run(data, *setting, iterations, n_batches, seed))
        if progress is not None:
            progress(number, len(settings))
    generator = np.random.default_rng(np.random.SeedSequence(entropy).spawn(len(settings) + 1)[-1])
    finished = [run for run in runs if run.layers]
    depth = min((len(run.layers) for run in finished), default=0)
    trends: dict[str, dict[str, Trend]] = {}
    for kind in KINDS if len(finished) > 2 else ():
        ratios = [run.eta / run.b for run in finished]
        trends[kind] = {
            name: kendall(ratios, [getattr(run.layers[name], kind) for run in finished], rng=generator)
            for name in list(finished[0].layers)[:depth]
        }
    return LayerwiseStudy(tuple(runs), trends, iterations, entropy)


def _run(
    data: Classes, hidden: tuple[int, ...], eta: float, b: int, iterations: int, n_batches: int | None, seed: Any
) -> Run:
    seeds = seed.spawn(5)
    last = max(1, iterations // 10)
    trained = train(data, hidden=hidden, eta=eta, b=b, iterations=iterations, last=last, rng=seeds[0])
    if trained.diverged_at is not None:
        return Run(hidden, eta, b, math.nan, trained.diverged_at, {}, None)
    names = [f"layer {i + 1}" for i in range(len(trained.last))]
    generator = np.random.default_rng(seeds[1])
    layers = {}
    orders = seeds[4].spawn(len(names))
    for name, average, initial, order in zip(names, trained.average, trained.initial, orders, strict=True):
        entries = average.ravel()
        layers[name] = Indices(
            average=entry_index(entries),
            initial=entry_index(initial.ravel()),
            shuffled=entry_index(generator.permutation(entries)),
            sums=sum_index(entries, rng=order),
        )
    noise = None
    if n_batches is not None:
        rows = dict(
            zip(names, minibatch_gradients(trained.last, data, b=b, n_batches=n_batches, rng=seeds[2]), strict=True)
        )
        with contextlib.suppress(ValueError):  # silent units: no layer can be judged
            noise = report(rows, coordinates=COORDINATES, iteration=iterations, rng=seeds[3])
    return Run(hidden, eta, b, accuracy(trained.last, *data.arrays), None, layers, noise)


def entry_index(entries: FloatArray) -> float:
    """Return the block-sum index of entries less their mean, by the median over the published block sizes."""
    values = entries - entries.mean()
    sizes = [block for block in BLOCKS if len(values) // block >= FEWEST]
    return float(block_log_moment(values[values != 0], sizes, errors="independent"))


def sum_index(entries: FloatArray, *, rng: RNG = None) -> float:
    """Return the index by which sums of entries, less their mean, grow from 16 to 256 entries drawn at random.

    Under a stable law sums keep the index of their terms; a law of finite variance is read as 2 once its sums are
    normal, however unlike a normal law its body is. Entries are drawn with replacement, so that few of them do.

    Examples
    --------
    >>> import numpy as np
    >>> from levysde.sgd.layerwise import entry_index, sum_index
    >>> entries = np.random.default_rng(1).laplace(size=20_000)
    >>> entry_index(entries) < 1.8 < sum_index(entries, rng=1) < 2.2
    True
    """
    values = np.asarray(entries, float).ravel() - np.mean(entries)
    generator = np.random.default_rng(entropy_of(rng))
    sums = generator.choice(values, (DRAWS, TERMS, TERMS)).sum(axis=2).ravel()
    return float(block_log_moment(sums, TERMS, errors="independent"))


def kendall(x: Sequence[float], y: Sequence[float], *, rng: RNG = None) -> Trend:
    """Return Kendall's tau-b and the p-value of a two-sided test by 9999 random permutations of y.

    Examples
    --------
    >>> from levysde.sgd.layerwise import kendall
    >>> round(kendall(range(8), range(8), rng=1).tau, 6)
    1.0
    """
    from scipy.stats import kendalltau, rankdata

    first, second = rankdata(x), rankdata(y)  # ranks: an index may be infinite
    tau = float(kendalltau(first, second).statistic)
    if not math.isfinite(tau):  # all of one kind are equal
        return Trend(math.nan, math.nan, len(first))
    generator = np.random.default_rng(entropy_of(rng))
    above, right = np.triu_indices(len(first), 1)
    order = np.sign(first[above] - first[right])
    shuffled = generator.permuted(np.tile(second, (PERMUTATIONS, 1)), axis=1)
    scores = np.sign(shuffled[:, above] - shuffled[:, right]) @ order
    seen = abs(float(np.sign(second[above] - second[right]) @ order))
    p = (1 + int(np.count_nonzero(np.abs(scores) >= seen - 1e-9))) / (1 + PERMUTATIONS)
    return Trend(tau, p, len(first))
