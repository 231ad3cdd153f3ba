"""Iterates of SGD in the Hausdorff-dimension paper: the bound, the estimator of the index, the generalization gap."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from levysde import stable
from levysde._types import NDArray
from levysde.dimension import generalization_bound, path_gap
from levysde.estimate import Estimate
from levysde.noise import IsotropicStable
from levysde.reproduce._build import exactly, mean_of, with_spread
from levysde.reproduce._series import curve, measured
from levysde.reproduce.dimension.paths import sample
from levysde.reproduce.experiment import Setting
from levysde.reproduce.finding import Claim, Control, Finding, Number, Panel, Series
from levysde.sgd.generalization import BLOCKS, RECORDED, GeneralizationStudy, generalization_study, reading
from levysde.tails import block_log_moment, gaussian_growth

FloatArray = NDArray[np.float64]

# Figure 2(a), read off to ±0.015 in beta: depth of the VGG network -> least and largest beta, and gap in per cent.
FIGURE_2A = {
    4: (1.37, 2.21, 24, 38),
    6: (0.98, 1.20, 17, 24),
    7: (1.05, 1.32, 17, 26),
    8: (1.08, 1.37, 17, 26),
    11: (0.99, 1.34, 17, 26),
    16: (0.67, 1.26, 17, 29),
    19: (0.77, 1.27, 17, 29),
}
READ_OFF = 0.015
STEPS = 782  # rows of one epoch, of which the last 756 are used
DIRECTIONS = 10
MU = 0.9  # momentum of the paper
ROUNDING = 1e-12
FEWEST = 4  # runs that a rank correlation needs


def bound(setting: Setting) -> Finding:
    """Theorem 1: the bound rises with d_H, B and L, falls with n and gamma, and holds along stable paths."""
    base = {"dimension": 1.5, "n": 50_000, "bound": 1.0, "lipschitz": 1.0, "gamma": 0.05}
    numbers = [_doubled(base, name, sign) for name, sign in zip(base, (1, -1, 1, 1, -1), strict=True)]
    n, length, points, repetitions = setting.pick((300, 30.0, 2**11, 24), (1000, 30.0, 2**12, 60))
    alphas = (0.5, 0.8, 1.1, 1.4, 1.7, 2.0)
    gaps = []
    for k, alpha in enumerate(alphas):
        paths = sample(IsotropicStable(alpha), 2, setting, 7, k, size=(points, repetitions))
        unit = np.linalg.norm(paths, axis=2).max(axis=1)[:, None, None]
        gaps.append([path_gap(x, n=n, lipschitz=length, rng=setting.seed(8, k, j)) for j, x in enumerate(paths / unit)])
    most = [generalization_bound(alpha, n=n, lipschitz=length) for alpha in alphas]
    numbers += [
        Number(
            f"largest error on a path over the bound, d_H = {alpha:g}",
            Claim.below(1.0, "the bound holds"),
            mean_of(np.array(gap) / top, "mean over paths and samples"),
        )
        for alpha, gap, top in zip(alphas, gaps, most, strict=True)
    ]
    slope = _line(np.repeat(alphas, repetitions), n * np.square(gaps).ravel())
    steepest = 2 * math.log(n * length**2)
    text = f"at most 2 log(n L^2) = {steepest:.3g}, and rising"
    numbers.append(Number("slope of n times the squared error against d_H", Claim(0.0, steepest, 0.0, text), slope))
    control = Control(
        "growth of the error with the dimension: the same slope",
        Claim.above(0.0, "the dimension orders the errors"),
        slope,
        "prove",
        "the error along a path does not grow with its dimension",
    )
    sizes = np.geomspace(1e3, 1e7, 60)
    panels = (
        Panel(
            "Largest generalization error on a path",
            "dimension of the path d_H",
            "generalization error",
            (
                Series("Theorem 1", alphas, tuple(most), look="paper", drawn="joined"),
                measured("largest on a stable path", alphas, [mean_of(gap) for gap in gaps]),
            ),
            log_y=True,
        ),
        Panel(
            "Theorem 1, B = L = 1, gamma = 0.05",
            "number of samples n",
            "bound",
            tuple(
                curve(f"d_H = {d:g}", sizes, [generalization_bound(d, n=int(m)) for m in sizes], group=k, look="plain")
                for k, d in enumerate((0.5, 1.0, 1.5, 2.0))
            ),
            log_x=True,
            log_y=True,
        ),
    )
    notes = (
        "loss (1 + cos 2L<w, u>)/2, u uniform on the circle: B = 1, Lipschitz constant L, risk known exactly",
        "'n sufficiently large' is not quantified: no finite n can contradict the theorem; it orders, and is far above "
        "the errors seen here",
    )
    settings = {"n": n, "lipschitz": length, "points": points, "repetitions": repetitions}
    return Finding(tuple(numbers), (control,), panels, settings, notes)


def estimator_on_gaussian(setting: Setting) -> Finding:
    """Try the published reading of iterates: right for independent stable rows, 1 to 2 for dependent Gaussian ones."""
    repetitions = setting.pick(60, 300)
    rng = np.random.default_rng(setting.seed(9))
    phis = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.99, 1.0)
    rates = (1e-4, 1e-3, 1e-2, 1e-1)
    ranges = (1.0, 3.0, 10.0)
    shape = (STEPS, repetitions * DIRECTIONS)
    on_phi = [_published(autoregression(shape, (phi,), rng)) for phi in phis]
    on_rate = [_published(autoregression(shape, (1 + MU - rate, -MU), rng)) for rate in rates]
    ramp = np.linspace(0, 1, STEPS)[:, None]
    on_range = [_published(size * ramp + rng.standard_normal(shape)) for size in ranges]
    exact = [1 / float(np.median([_growth(phi, block) for block in BLOCKS])) for phi in phis]
    numbers = [
        Number(
            f"1/alpha of independent stable values, alpha = {alpha:g}, block 6",
            Claim.value(1 / alpha, 0.0, "unbiased for 1/alpha"),
            mean_of(1 / block_log_moment(stable.rvs(alpha, size=shape, rng=rng), 6, errors="independent").value),
        )
        for alpha in (1.2, 1.5, 1.8)
    ]
    white = dataclasses.replace(on_phi[0], bias=abs(exact[0] - 2))
    numbers.append(Number("reading of independent normal rows", Claim.value(2.0, 0.0, "alpha = 2"), white))
    dependent = [
        *((f"Gaussian AR(1), phi = {phi:g}", one) for phi, one in zip(phis[1:], on_phi[1:], strict=True)),
        *((f"heavy ball, eta lambda = {rate:g}", one) for rate, one in zip(rates, on_rate, strict=True)),
        *((f"drift over {size:g} sd and white noise", one) for size, one in zip(ranges, on_range, strict=True)),
    ]
    but = "on Gaussian iterates that depend on one another or drift it reads 1 to 2, where there is no heavy tail"
    controls = tuple(
        Control(f"reading of {name}", Claim.value(2.0, 0.0, "alpha = 2"), found, "refute", but)
        for name, found in dependent
    )
    panels = (
        Panel(
            "Gaussian AR(1) iterates",
            "coefficient phi",
            "reading of the tail index",
            (
                curve("tail index", (0, 1), (2, 2), look="control"),
                measured("published reading", phis, on_phi),
                Series("from the covariance", phis, tuple(exact), look="oracle"),
            ),
        ),
        Panel(
            "Momentum 0.9 on a quadratic",
            "step size times curvature",
            "reading of the tail index",
            (curve("tail index", (1e-4, 0.1), (2, 2), look="control"), measured("published reading", rates, on_rate)),
            log_x=True,
        ),
        Panel(
            "Drift and white noise",
            "drift over the steps, in sd of the noise",
            "reading of the tail index",
            (curve("tail index", (1, 10), (2, 2), look="control"), measured("published reading", ranges, on_range)),
            log_x=True,
        ),
    )
    settings = {"steps": STEPS, "rows": RECORDED, "blocks": list(BLOCKS), "directions": DIRECTIONS}
    note = "published reading: positions less their mean, last 756 of 782, medians over blocks and over 10 directions"
    return Finding(tuple(numbers), controls, panels, settings | {"repetitions": repetitions}, (note,))


def gap(setting: Setting) -> Finding:
    """Figure 2: the reading of the last iterates against the generalization gap, over step and batch size."""
    data = setting.samples()
    etas, batches, n_train = (0.002, 0.006, 0.02), (4, 16, 64), min(1000, 2 * data.shape[0] // 3)
    hiddens: tuple[tuple[int, ...], ...] = setting.pick(((10,), (10,) * 3), ((10,), (10,) * 3, (32,), (32,) * 3))
    iterations, repetitions = setting.pick((2500, 2), (8000, 2))
    study = generalization_study(
        data,
        hiddens=hiddens,
        etas=etas,
        batches=batches,
        n_train=n_train,
        iterations=iterations,
        repetitions=repetitions,
        momentum=MU,
        rng=setting.seed(10),
    )
    settings = {"hiddens": [list(h) for h in hiddens], "etas": list(etas), "batches": list(batches)}
    sizes = {"n_train": n_train, "iterations": iterations, "repetitions": repetitions, "momentum": MU}
    for hidden in hiddens:
        gaps = study.column("gap", hidden=hidden)
        if gaps.size < FEWEST:
            what = f"{gaps.size} runs reached 90 % on the training data: give data that it can learn"
        elif np.ptp(gaps) == 0:
            what = f"all runs have the gap {gaps[0]:.3g} %, with nothing to order: give data that is harder to learn"
        else:
            continue
        raise ValueError(f"{_name(hidden)}: {what}")
    beta = study.column("positions")
    narrowest = min(high - low for low, high, _, _ in FIGURE_2A.values())
    ends = min(low for low, *_ in FIGURE_2A.values()), max(high for _, high, *_ in FIGURE_2A.values())
    one_reading = float(beta.std(ddof=1))
    spread = with_spread(float(np.ptp(beta)), math.sqrt(2) * one_reading, beta.size, "largest less least of all runs")
    taus = {hidden: study.correlation("positions", hidden=hidden) for hidden in (None, *hiddens)}
    numbers = (
        Number("beta, mean of all runs", Claim(*ends, READ_OFF, "all points of Figure 2(a)"), mean_of(beta)),
        Number(
            "spread of beta over step and batch sizes",
            Claim.above(narrowest, "the smallest spread of a depth in Figure 2(a)", math.sqrt(2) * READ_OFF),
            spread,
        ),
        *(
            Number(
                f"Kendall's tau of beta and the gap, {'all networks' if hidden is None else _name(hidden)}",
                Claim.above(0.0, "positive rank correlation"),
                found.tau,
            )
            for hidden, found in taus.items()
        ),
    )
    panels, notes = _gap_panels(study, hiddens), _gap_notes(study, str(taus[None]), setting.source)
    return Finding(numbers, _controls(study), panels, settings | sizes, notes)


def _controls(study: GeneralizationStudy) -> tuple[Control, ...]:
    beta = study.column("positions")
    return (
        Control(
            "reading of shuffled rows less beta",
            Claim.value(0.0, 0.0, "a tail index does not depend on the order"),
            mean_of(study.column("shuffled") - beta),
            "refute",
            "the reading is that of the dependence in time: rows in random order read 2 and more",
        ),
        Control(
            "part of 2 - beta that Gaussian steps give as well",
            Claim.below(0.5, "heavy tails lower beta, not the dependence"),
            mean_of((2 - study.column("gaussian")) / (2 - beta)),
            "refute",
            "paths with Gaussian steps of the same mean and covariance in time read the same",
        ),
        Control(
            "Kendall's tau of the spanning-tree dimension and the gap",
            Claim.above(0.0, "positive rank correlation"),
            study.correlation("dimension").tau,
            "prove",
            "the dimension of the iterates by spanning trees does not order the gaps either",
        ),
    )


def _gap_panels(study: GeneralizationStudy, hiddens: Sequence[tuple[int, ...]]) -> tuple[Panel, ...]:
    def ours(quantity: str) -> tuple[Series, ...]:
        return tuple(
            Series(_name(h), _column(study, quantity, h), _column(study, "gap", h), group=k)
            for k, h in enumerate(hiddens)
        )

    boxes = tuple(
        Series(f"paper, D = {depth}", (low, high, high, low, low), (g, g, top, top, g), (), "paper", 4 + k, "line")
        for k, (depth, (low, high, g, top)) in enumerate((d, FIGURE_2A[d]) for d in (4, 7, 16))
    )
    ratios = _column(study, "eta/b")
    readings = tuple(
        Series(label, ratios, _column(study, kind), look="ours" if kind == "positions" else "control", group=k)
        for k, (kind, label) in enumerate(
            (
                ("positions", "as published"),
                ("shuffled", "rows shuffled"),
                ("gaussian", "Gaussian steps"),
                ("increments", "increments"),
            )
        )
    )
    y = "accuracy on training less test data (%)"
    return (
        Panel("Figure 2(a): index", "reading of the tail index, beta", y, (*ours("positions"), *boxes)),
        Panel("Figure 2(b): step over batch size", "eta / B", y, ours("eta/b"), log_x=True),
        Panel("Dimension by spanning trees", "dimension of the last iterates", y, ours("dimension")),
        Panel("The same reading of controls", "eta / B", "reading of the tail index", readings, log_x=True),
    )


def _gap_notes(study: GeneralizationStudy, tau: str, source: str) -> tuple[str, ...]:
    correlation = float(np.mean([run.correlation for run in study.kept]))
    return (
        f"{len(study.kept)} of {len(study.runs) + study.diverged} runs reached 90 % on the training data and are "
        f"compared; bias-free networks on {source}, not VGG on CIFAR-10; beta is the largest reading of all layers",
        f"tau of beta and gap, all networks: {tau}; of eta/B and gap: {study.correlation('eta/b')}",
        f"autocorrelation of the positions at lag 1: {correlation:.4f}; a Gaussian path like that reads 1.00",
    )


def _doubled(base: dict[str, float], name: str, sign: int) -> Number:
    more = base | {name: type(base[name])(2 * base[name])}
    change = math.log(generalization_bound(**more) / generalization_bound(**base))  # type: ignore[arg-type]
    ours = dataclasses.replace(exactly(change, "Theorem 1"), bias=ROUNDING)
    shown = {"dimension": "d_H", "n": "n", "bound": "B", "lipschitz": "L", "gamma": "gamma"}[name]
    claim = Claim.above(0.0, "rises") if sign > 0 else Claim.below(0.0, "falls")
    return Number(f"log of the bound, {shown} doubled", claim, ours)


def autoregression(shape: tuple[int, int], coefficients: tuple[float, ...], rng: np.random.Generator) -> FloatArray:
    """Return Gaussian series x_k = c_1 x_{k-1} + c_2 x_{k-2} + ... + xi_k, after 5000 steps unless they explode."""
    from scipy.signal import lfilter

    walk = abs(sum(coefficients) - 1) < 1e-9
    before = 0 if walk else 5000
    noise = rng.standard_normal((before + shape[0], shape[1]))
    found: FloatArray = lfilter([1.0], [1.0, *(-c for c in coefficients)], noise, axis=0)[before:]
    return found


def _published(series: FloatArray) -> Estimate:
    found = reading(series - series.mean(axis=0))
    medians = np.median(found.reshape(-1, DIRECTIONS), axis=1)
    return mean_of(medians, "mean over repetitions of the median over 10 directions")


def _growth(phi: float, block: int) -> float:
    """Return the exact mean of 1/alpha over Gaussian AR(1) rows, the mean of all 782 taken away."""
    k = np.arange(STEPS)
    covariance = phi ** np.abs(k[:, None] - k) if phi < 1 else np.minimum(k[:, None], k) + 1.0
    covariance = covariance - covariance.mean(axis=0)
    covariance = covariance - covariance.mean(axis=1)[:, None]
    return gaussian_growth(covariance[-RECORDED:, -RECORDED:], block)


def _line(x: FloatArray, y: FloatArray) -> Estimate:
    """Return the slope of y against x with the error of a regression whose errors may differ in size."""
    at = x - x.mean()
    value = float(at @ y / (at @ at))
    left = y - y.mean() - value * at
    error = math.sqrt(float(np.sum((at * left) ** 2))) / float(at @ at)
    return with_spread(value, error, len(x), "least squares over all runs, sandwich error")


def _column(study: GeneralizationStudy, quantity: str, hidden: tuple[int, ...] | None = None) -> tuple[float, ...]:
    return tuple(study.column(quantity, hidden=hidden).tolist())  # type: ignore[arg-type]


def _name(hidden: tuple[int, ...]) -> str:
    return f"depth {len(hidden) + 1}, width {hidden[0]}"
