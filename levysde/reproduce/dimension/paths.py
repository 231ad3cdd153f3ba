"""Dimensions of simulated paths: Proposition 1 of the Hausdorff-dimension paper, and the theorems around it.

Box counting of N points is biased low: by 3 to 13 % at N = 2^18 to 2^20, and by up to 15 % with its sampling error
removed (2^19 steps, three runs: 0.655 for 0.7, 1.162 for 1.2, 1.406 for 1.5, 1.673 for 1.8; more for Brownian motion in
the plane, whose count has a logarithm). A claim "the dimension is D" is therefore the band from 0.85 D to 1.03 D, and
two dimensions are told apart by what lies between their bands.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from levysde._types import NDArray
from levysde.dimension import (
    graph_boxes,
    index_from_increments,
    range_boxes,
    upper_index,
    zero_set_dimension,
    zero_set_slope,
)
from levysde.dimension.box_counts import BoxCounts
from levysde.estimate import Estimate, Prediction
from levysde.landscapes import Flat
from levysde.noise import AlphaStable, IsotropicStable, Noise, TemperedStable
from levysde.paths import simulate
from levysde.reproduce._build import difference, with_spread
from levysde.reproduce._series import curve, measured
from levysde.reproduce.experiment import Setting
from levysde.reproduce.finding import Claim, Control, Finding, Number, Panel, Series
from levysde.schemes import EulerMaruyama
from levysde.sde import SDE
from levysde.tails import block_limit, block_log_moment

FloatArray = NDArray[np.float64]

LAGS = (1, 2, 4, 8, 16)  # steps, of `index_from_increments`
LOW, HIGH = 0.85, 1.03  # of a dimension: what box counting at these sizes may read
DRIFT_SCALES = 0.04 * 0.5 ** np.arange(9)  # of paths on [0, 1]: where a drift of speed 1 and jumps are both resolved
BIAS_NOTE = (
    "box counting is biased low by 3 to 13 % at these sizes: a dimension D is claimed as the band from 0.85 D to 1.03 D"
)


def sample(
    noise: Noise, dim: int, setting: Setting, *key: int, size: tuple[int, int] | None = None, t: float = 1.0
) -> FloatArray:
    """Return paths on [0, t] without a landscape, of shape (n_paths, n_times, dim); size is (steps, n_paths)."""
    steps, n_paths = _size(setting) if size is None else size
    found = simulate(
        SDE(Flat(dim=dim), noise),
        np.zeros(dim),
        t=t,
        dt=t / steps,
        n_paths=n_paths,
        scheme=EulerMaruyama(),
        rng=setting.seed(*key),
        workers=setting.workers,
    )
    return np.asarray(found.x)


def range_of_paths(setting: Setting) -> Finding:
    """Range of isotropic stable motion: min(alpha, d)."""
    cases = [(0.7, 2), (1.2, 2), (1.5, 2), (1.8, 2), (1.5, 1)]
    counts = [range_boxes(sample(IsotropicStable(a), d, setting, 1, k)) for k, (a, d) in enumerate(cases)]
    numbers = tuple(
        _dimension(f"range of stable motion, alpha = {a:g}, d = {d}", min(a, d), found.dimension, "min(alpha, d)")
        for (a, d), found in zip(cases, counts, strict=True)
    )
    alphas, plane = (
        [a for a, d in cases if d == 2],
        [n.ours for (_, d), n in zip(cases, numbers, strict=True) if d == 2],
    )
    control = Control(
        "slope of the dimension against alpha, in the plane",
        Claim(0.7, 1.2, 0.0, "the dimension is the index"),
        _slope(alphas, plane),
        "prove",
        "the dimension does not follow the index",
    )
    panels = (
        Panel(
            "Range in the plane",
            "index alpha",
            "box dimension",
            (curve("min(alpha, 2)", (0.5, 2.0), (0.5, 2.0)), measured("box counting", alphas, plane)),
        ),
        _counts("Boxes visited", counts, [f"alpha = {a:g}, d = {d}" for a, d in cases]),
    )
    return Finding(numbers, (control,), panels, _sizes(setting), (BIAS_NOTE,))


def graph_of_paths(setting: Setting) -> Finding:
    """Graph of stable motion: max(1, 2 - 1/alpha) on the line, max(1, alpha) in the plane."""
    cases = [(0.7, 1), (1.2, 1), (1.5, 1), (1.8, 1), (2.0, 1), (0.7, 2), (1.5, 2), (1.8, 2)]
    counts = [graph_boxes(sample(IsotropicStable(a), d, setting, 2, k)) for k, (a, d) in enumerate(cases)]
    truths = [max(1.0, 2 - 1 / a) if d == 1 else max(1.0, a) for a, d in cases]
    law = {1: "max(1, 2 - 1/alpha)", 2: "max(1, alpha)"}
    numbers = tuple(
        _dimension(f"graph, alpha = {a:g}, d = {d}", truth, found.dimension, law[d])
        for (a, d), truth, found in zip(cases, truths, counts, strict=True)
    )
    control = Control(
        "graph on the line, alpha = 1.8 less alpha = 0.7",
        Claim.above(0.2, "0.444"),
        difference(numbers[3].ours, numbers[0].ours),
        "prove",
        "rough and smooth graphs are not told apart",
    )
    grid = np.linspace(0.5, 2.0, 61)
    panels = (
        Panel(
            "Graph",
            "index alpha",
            "box dimension",
            (
                curve("max(1, 2 - 1/alpha)", grid, np.maximum(1, 2 - 1 / grid)),
                measured("on the line", [a for a, _ in cases[:5]], [n.ours for n in numbers[:5]]),
                curve("max(1, alpha)", grid, np.maximum(1, grid), group=1),
                measured("in the plane", [a for a, _ in cases[5:]], [n.ours for n in numbers[5:]], group=1),
            ),
        ),
        _counts("Boxes visited", counts, [f"alpha = {a:g}, d = {d}" for a, d in cases]),
    )
    return Finding(numbers, (control,), panels, _sizes(setting), (BIAS_NOTE,))


def zero_set(setting: Setting) -> Finding:
    """Zero set on the line: 1 - 1/alpha for alpha > 1, else one point."""
    times, paths = setting.pick((2**12, 400), (2**15, 2000))
    alphas, numbers = (0.7, 1.2, 1.5, 1.8, 2.0), []
    for k, alpha in enumerate(alphas):
        walk = sample(AlphaStable(alpha), 1, setting, 3, k, size=(times, paths), t=float(times))
        ours = zero_set_dimension(walk, width=1.0, n_starts=16 if alpha > 1 else 128)
        exact = zero_set_slope(alpha, n_times=times + 1, width=1.0)
        limit = 1 - 1 / alpha
        ours = dataclasses.replace(ours, bias=abs(exact.value - limit))
        claim = Claim.value(limit, 0.0, "1 - 1/alpha") if alpha > 1 else Claim.below(0.0, "no returns: dimension 0")
        numbers.append(Number(f"zero set, alpha = {alpha:g}", claim, ours, exact))
    control = Control(
        "zero set, alpha = 1.8 less alpha = 1.2",
        Claim(0.1, 0.5, 0.0, "0.278"),
        difference(numbers[3].ours, numbers[1].ours),
        "prove",
        "paths that return often and seldom are not told apart",
    )
    grid = np.linspace(1.0, 2.0, 41)
    panel = Panel(
        "Zero set on the line",
        "index alpha",
        "dimension of the zero set",
        (
            curve("1 - 1/alpha", grid, 1 - 1 / grid),
            measured("occupation counts", alphas[1:], [number.ours for number in numbers[1:]]),
        ),
    )
    note = "the bias is exact: the slope of the sums of P(|X_k| < 1) over the same windows, less 1 - 1/alpha"
    return Finding(tuple(numbers), (control,), (panel,), {"n_times": times, "n_paths": paths}, (note,))


def coordinates(setting: Setting) -> Finding:
    """Independent coordinates of two indices: 1 + a2 (1 - 1/a1), below the index of Blumenthal and Getoor."""
    pairs = [(1.5, 1.5), (1.8, 1.2), (1.5, 0.8), (1.8, 0.5)]
    counts = [
        range_boxes(np.concatenate([sample(AlphaStable(a), 1, setting, 4, k, j) for j, a in enumerate(pair)], axis=2))
        for k, pair in enumerate(pairs)
    ]
    found = [one.dimension for one in counts]
    exact = [1 + b * (1 - 1 / a) for a, b in pairs]
    numbers = tuple(
        Number(
            f"range, indices {a:g} and {b:g}",
            Claim.below(a, "Proposition 1: at most the Blumenthal-Getoor index"),
            ours,
            _exact(truth, "Pruitt-Taylor: 1 + a2 (1 - 1/a1)"),
        )
        for (a, b), ours, truth in zip(pairs, found, exact, strict=True)
    )
    attained = "the bound is strict for independent coordinates of different indices: dimension 1 + a2 (1 - 1/a1)"
    controls = tuple(
        Control(
            f"dimension over index, indices {a:g} and {b:g}",
            Claim(LOW, HIGH, 0.0, "the index is the dimension"),
            with_spread(ours.value / a, ours.standard_error / a, ours.n, ours.method),
            "refute",
            attained,
        )
        for (a, b), ours in zip(pairs, found, strict=True)
    )
    lower = [b for _, b in pairs]
    panels = (
        Panel(
            "Range of two independent coordinates",
            "smaller index a2",
            "box dimension",
            (
                measured("box counting", lower, found),
                Series("1 + a2 (1 - 1/a1)", tuple(lower), tuple(exact), look="oracle"),
                Series("index a1", tuple(lower), tuple(a for a, _ in pairs), look="paper"),
            ),
        ),
        _counts("Boxes visited", counts, [f"{a:g} and {b:g}" for a, b in pairs]),
    )
    return Finding(numbers, controls, panels, _sizes(setting), (BIAS_NOTE,))


def drift(setting: Setting) -> Finding:
    """See that a drift lifts the dimension of the range to 1 where alpha < 1."""
    alphas, numbers, controls = (0.5, 0.7), [], []
    still, moving = [], []
    for k, alpha in enumerate(alphas):
        x = sample(IsotropicStable(alpha), 2, setting, 5, k)
        time = np.linspace(0, 1, x.shape[1])[:, None] * np.array([1.0, 0.0])
        still.append(range_boxes(x, scales=DRIFT_SCALES))
        moving.append(range_boxes(x + time, scales=DRIFT_SCALES))
        index = upper_index(IsotropicStable(alpha), drift=1.0).value
        numbers += [
            _dimension(f"range without drift, alpha = {alpha:g}", alpha, still[-1].dimension, "alpha"),
            _dimension(f"range with drift 1, alpha = {alpha:g}", index, moving[-1].dimension, "max(1, alpha)"),
        ]
        controls.append(
            Control(
                f"dimension over tail index with drift 1, alpha = {alpha:g}",
                Claim(LOW, HIGH, 0.0, "the dimension is the tail index"),
                with_spread(
                    moving[-1].dimension.value / alpha, moving[-1].dimension.standard_error / alpha, len(x), "ratio"
                ),
                "refute",
                "with a drift the range has dimension 1, and no tail index below 1 shows in it",
            )
        )
    panel = Panel(
        "Boxes visited with and without a drift",
        "1 / side of the boxes",
        "boxes visited",
        tuple(
            Series(f"alpha = {alpha:g}, {what}", *_curve(one), look="plain", group=group, drawn="joined")
            for group, (alpha, what, one) in enumerate(
                [(a, "drift 1", m) for a, m in zip(alphas, moving, strict=True)]
                + [(a, "no drift", s) for a, s in zip(alphas, still, strict=True)]
            )
        ),
        log_x=True,
        log_y=True,
    )
    return Finding(tuple(numbers), tuple(controls), (panel,), _sizes(setting), (BIAS_NOTE,))


def proposition_1(setting: Setting) -> Finding:
    """See that the upper Blumenthal-Getoor index bounds the dimension, and that it is an index of small jumps."""
    cases: list[tuple[str, Noise]] = [
        ("stable 0.8", IsotropicStable(0.8)),
        ("stable 1.2", IsotropicStable(1.2)),
        ("tempered stable 1.2", TemperedStable(1.2, 1.0)),
        ("stable 1.5 + stable 0.8", AlphaStable(1.5) + AlphaStable(0.8)),
    ]
    numbers, indices, dimensions, betas = [], [], [], []
    for k, (name, noise) in enumerate(cases):
        x = sample(noise, 2, setting, 6, k)
        exact, reading = upper_index(noise), _reading(noise, 1 / (x.shape[1] - 1))
        index = index_from_increments(np.diff(x[:, :, 0], axis=1).ravel(), lags=LAGS)
        index = dataclasses.replace(index, bias=abs(reading.value - exact.value))
        dimension = range_boxes(x).dimension
        numbers += [
            Number(f"index from increments, {name}", Claim.value(exact.value, 0.0, "beta"), index, reading),
            Number(f"dimension of the range, {name}", Claim.below(exact.value, "Proposition 1: <= beta"), dimension),
        ]
        indices.append(index)
        dimensions.append(dimension)
        betas.append(exact.value)
    long = sample(cases[2][1], 1, setting, 6, len(cases), size=(163_840, 1), t=163_840.0)
    tail = block_log_moment(np.diff(long[0, ::10, 0]), 16)
    control = Control(
        "tail index of tempered stable motion over long times",
        Claim.value(1.2, 0.0, "beta is the tail index"),
        tail,
        "refute",
        "beta is an index of small jumps, not of the tail: tempered stable motion has the same beta and all moments",
    )
    panel = Panel(
        "Index and dimension",
        "Blumenthal-Getoor index beta",
        "measured",
        (
            curve("beta", (0.7, 1.6), (0.7, 1.6)),
            measured("index from increments", betas, indices),
            measured("dimension of the range", betas, dimensions, group=1),
            measured("tail index, tempered stable", [1.2], [tail], group=2, look="control"),
        ),
    )
    return Finding(tuple(numbers), (control,), (panel,), _sizes(setting), (BIAS_NOTE,))


def _dimension(case: str, truth: float, ours: Estimate, law: str) -> Number:
    return Number(case, Claim(LOW * truth, HIGH * truth, 0.0, f"{law} = {truth:g}"), ours, _exact(truth, law))


def _exact(truth: float, law: str) -> Prediction:
    """Return an exact dimension; its error is what box counting may miss of it."""
    return Prediction(truth, (1 - LOW) * truth, law, True, "Hausdorff dimension, to be missed by 3 to 13 % from below")


def _reading(noise: Noise, dt: float) -> Prediction:
    """Return what `index_from_increments` measures on the line over steps of dt, from the characteristic exponent."""
    x = np.log(LAGS) - np.mean(np.log(LAGS))
    sizes = [0.0]  # means of the log of increments over m steps, less that over one
    for lag in LAGS[1:]:
        limit = block_limit(lambda k: np.exp(-dt * noise.psi(k)), lag)
        sizes.append(np.log(lag) / limit.value)
    law = "growth of E log|X_t| from the characteristic exponent"
    return Prediction(float(x @ x / (x @ np.array(sizes))), 1e-8, law, True, "exact, over the same steps")


def _slope(x: Sequence[float], y: Sequence[Estimate]) -> Estimate:
    at = np.asarray(x) - np.mean(x)
    lever = at / (at @ at)
    error = float(np.linalg.norm(lever * np.array([one.standard_error for one in y])))
    return with_spread(float(lever @ np.array([one.value for one in y])), error, len(y), "least squares")


def _curve(counts: BoxCounts) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple((1 / counts.scales).tolist()), tuple(counts.counts.mean(axis=0).tolist())


def _counts(title: str, counts: Sequence[BoxCounts], labels: Sequence[str]) -> Panel:
    series = tuple(
        Series(label, *_curve(one), look="plain", group=k, drawn="joined")
        for k, (one, label) in enumerate(zip(counts, labels, strict=True))
    )
    return Panel(title, "1 / side of the boxes", "boxes visited", series, log_x=True, log_y=True)


def _sizes(setting: Setting) -> dict[str, int]:
    steps, paths = _size(setting)
    return {"steps": steps, "n_paths": paths}


def _size(setting: Setting) -> tuple[int, int]:
    return setting.pick((2**18, 6), (2**20, 12))
