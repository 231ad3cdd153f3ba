"""The tail-index analysis, its theory: stable noise leaves wells by their width, and at which rates."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from levysde import dirichlet, rare, theory
from levysde._types import NDArray
from levysde.estimate import Estimate, Prediction, proportion
from levysde.landscapes import MultiWell
from levysde.noise import AlphaStable, Brownian, Noise
from levysde.reproduce._build import ratio, with_spread
from levysde.reproduce._series import curve, measured, printed
from levysde.reproduce.experiment import Setting
from levysde.reproduce.finding import Claim, Control, Finding, Number, Panel, Series
from levysde.scaling import fit_exponential_law, fit_power_law
from levysde.sde import SDE
from levysde.wells import chain, count_transitions, solve_chain

__all__ = ["transitions", "width_against_height"]

Array = NDArray[np.float64]
Points = Sequence[tuple[float, MultiWell]]

ALPHA = 1.5
EPSILON = 0.01  # amplitude of stable noise for slopes, and for changes of well
COUNTED = 0.05
SCALE = 0.5  # of Brownian noise: 2 h / s^2 = 8 h
FACTORS = (0.7, 1.0, 1.4, 2.0)  # of widths
HEIGHTS = (1.25, 1.6, 2.0, 3.0)
PLAIN = MultiWell(x=(-0.5, 0.0, 1.5), u=(-1.0, 0.0, -0.5))  # the default: narrow and deep beside wide and shallow
SWAPPED = MultiWell(x=(-0.5, 0.0, 1.5), u=(-0.5, 0.0, -1.0))  # the same widths, heights exchanged
THREE = MultiWell(x=(-2.0, -1.0, 0.0, 0.6, 1.6), u=(-1.0, 0.0, -0.5, 0.0, -1.0))


def width_against_height(setting: Setting) -> Finding:
    """Show that stable noise leaves wells by their width, Brownian noise by their height; shares of time follow."""
    wide = [(f, MultiWell(f * np.array(PLAIN.x), PLAIN.u)) for f in FACTORS]
    high = [(h, MultiWell(PLAIN.x, h * np.array(PLAIN.u))) for h in HEIGHTS]
    jumps, diffusion = EPSILON * AlphaStable(ALPHA), SCALE * Brownian()
    fits = [
        _slope(setting, 0, wide, jumps, ALPHA),
        _slope(setting, 1, high, jumps, 0.0),
        _slope(setting, 2, high, diffusion, 2 / SCALE**2),
    ]
    claims = (
        ("stable: d log E tau / d log width", Claim.value(ALPHA, 0.0, "polynomial in the width, with exponent alpha")),
        ("stable: d log E tau / d height", Claim.value(0.0, 0.0, "heights do not enter")),
        (
            "Brownian: d log(height E tau) / d height",
            Claim.value(2 / SCALE**2, 0.0, "exponential in the height, 2/s^2"),
        ),
    )
    numbers = [Number(case, claim, ours, exact) for (case, claim), (ours, exact, _) in zip(claims, fits, strict=True)]
    share = 3**ALPHA / (1 + 3**ALPHA)
    text = "share of time ~ width^alpha"
    wells = [_occupancy(setting, at, part, COUNTED * AlphaStable(ALPHA)) for at, part in enumerate((PLAIN, SWAPPED))]
    ours = replace(wells[0][0], bias=abs(wells[0][1].value - share))
    numbers.append(Number("stable: share of the wide shallow well", Claim.value(share, 0.0, text), ours, wells[0][1]))
    gibbs = Claim.value(0.07, 0.005, "Gibbs weight at s = 0.5, rounded: the deep well is preferred")
    ours, exact = _occupancy(setting, 2, PLAIN, diffusion)
    numbers.append(Number("Brownian: share of the wide shallow well", gibbs, ours, exact))
    ours = replace(wells[1][0], bias=abs(wells[1][1].value - share))
    but = "the heights enter the shares of time"
    control = Control("stable, heights exchanged: the same share", Claim.value(share, 0.0, text), ours, "refute", but)
    heights = *_from_the_lowest(fits[1][2], "stable", 0), *_from_the_lowest(fits[2][2], "Brownian (times height)", 1)
    panels = (
        Panel("Widths, stable noise", "width factor", "mean exit time", fits[0][2], log_x=True, log_y=True),
        Panel("Heights", "height", "mean exit time over that of the lowest", heights, log_y=True),
    )
    notes = (
        "Under Brownian noise a well stretched by f is left f^2 times later (time scales so): widths count there as "
        "well, by a power; the height counts exponentially.",
    )
    return Finding(
        tuple(numbers),
        (control,),
        panels,
        {"epsilon": EPSILON, "counted_at": COUNTED, "alpha": ALPHA, "s": SCALE},
        notes,
    )


def _slope(
    setting: Setting, key: int, wells: Points, noise: Noise, limit: float
) -> tuple[Estimate, Prediction, tuple[Series, ...]]:
    """Return slope, that of the exact mean exit times, and both as points: well 0 left through its basin."""
    by_width, brownian = key == 0, not noise.has_jumps
    method = "adaptive_splitting" if brownian else "one_big_jump"
    fit = fit_power_law if by_width else fit_exponential_law
    x, y, exact = [], [], []
    for at, (factor, well) in enumerate(wells):
        question = SDE(well, noise), well.minima[0], well.basin(0)
        seed = setting.seed(7, key, at)
        ours = rare.mean_exit_time(
            *question, rel_error=setting.pick(0.05, 0.02), method=method, rng=seed, workers=setting.workers
        )
        told = theory.mean_exit_time(*question) if brownian else dirichlet.mean_exit_time(*question)
        # the prefactor of Kramers' law is one over the curvatures, which grow with the height
        by = factor if brownian else 1.0
        x.append(factor)
        y.append(with_spread(by * ours.value, by * math.hypot(ours.standard_error, ours.bias), ours.n, ours.method))
        exact.append(by * told.value)
    found = fit(x, [point.value for point in y], [point.standard_error for point in y])
    solved = fit(x, exact).exponent.value
    # how far the limit of small noise is, computed: the law is asymptotic
    slope = replace(found.exponent, bias=abs(solved - limit))
    points = measured("simulated", x, y), curve("exact", x, exact)
    return slope, Prediction(solved, 1e-3, "slope of exact mean exit times", True, "same noise"), points


def _from_the_lowest(points: tuple[Series, ...], noise: str, group: int) -> list[Series]:
    """Return simulated and exact points as multiples of the first exact one, which fits both kinds of noise."""
    first = points[-1].y[0]
    return [
        replace(
            series,
            label=f"{noise}, {series.label}",
            y=tuple(value / first for value in series.y),
            error=tuple(error / first for error in series.error),
            group=group,
        )
        for series in points
    ]


def _occupancy(setting: Setting, at: int, wells: MultiWell, noise: Noise) -> tuple[Estimate, Prediction]:
    """Return the share of time in the right well, counted, and solved for."""
    sde = SDE(wells, noise)
    counted = count_transitions(
        sde,
        t=2e4 if noise.has_jumps else 4e4,
        n_paths=setting.pick(32, 160) // (1 if noise.has_jumps else 2),
        dt=0.02 if noise.has_jumps else 0.008,
        rng=setting.seed(7, 3, at),
        workers=setting.workers,
    )
    solved = solve_chain(sde)
    share = float(solved.stationary[1])
    return counted.occupancy[1], Prediction(share, 1e-3, solved.law, solved.valid, solved.reason)


def transitions(setting: Setting) -> Finding:
    """Count rates q_ij between three wells: as the paper prints them, and with the constant of its own noise."""
    sde = SDE(THREE, COUNTED * AlphaStable(ALPHA))
    literal = _literal(THREE, ALPHA) * COUNTED**ALPHA
    counted = count_transitions(
        sde, t=1.5e4, n_paths=setting.pick(36, 180), dt=0.02, rng=setting.seed(8), workers=setting.workers
    )
    solved, limit = solve_chain(sde), chain(sde)
    numbers, controls, rates = [], [], []
    for i, j in itertools.permutations(range(3), 2):
        q, told = float(literal[i, j]), float(limit.generator[i, j])
        ours = counted.rate(i, j)
        exact = Prediction(
            float(solved.generator[i, j]) / q, float(solved.error[i, j]) / q, solved.law, solved.valid, solved.reason
        )
        claim = Claim.value(1.0, 0.0, "q_ij = (1/alpha) | |s_(j-1) - m_i|^-alpha - |s_j - m_i|^-alpha |")
        numbers.append(Number(f"rate {i} -> {j} over q_ij eps^alpha", claim, ratio(ours, q), exact))
        # the next term of the law is of relative size error / rate, which the theory tells
        claim = Claim.value(1.0, float(limit.error[i, j]) / told, "q_ij c_alpha eps^alpha")
        but = "the rates are not those of the first big jump either"
        controls.append(
            Control(f"rate {i} -> {j} over c_alpha q_ij eps^alpha", claim, ratio(ours, told), "refute", but)
        )
        rates.append((q, told, ours, float(solved.generator[i, j])))
    for i in range(3):
        j = (i + 1) % 3
        row = counted.total_counts[i]
        claim = Claim.value(
            float(literal[i, j] / literal[i].sum()), float(limit.error[i, j] / limit.generator[i, j]), "q_ij / q_i"
        )
        exact = Prediction(float(-solved.generator[i, j] / solved.generator[i, i]), 1e-3, solved.law, solved.valid, "")
        numbers.append(
            Number(f"share of the changes {i} -> {j}", claim, proportion(int(row[j]), int(row.sum())), exact)
        )
    places = range(1, 7)
    points = (
        printed("as printed", places, [rate[0] for rate in rates]),
        Series("with c_alpha", tuple(places), tuple(rate[1] for rate in rates), look="control", group=1),
        measured("counted", places, [rate[2] for rate in rates], group=2),
        Series("exit problem", tuple(places), tuple(rate[3] for rate in rates), look="oracle", group=2),
    )
    panel = Panel(
        "Rates between three wells", "change of well: 0-1, 0-2, 1-0, 1-2, 2-0, 2-1", "rate", points, log_y=True
    )
    constant = math.gamma(1 + ALPHA) * math.sin(math.pi * ALPHA / 2) / math.pi
    notes = (
        f"c_alpha = Gamma(1 + alpha) sin(pi alpha / 2) / pi = {constant:.4f} at alpha = {ALPHA:g}: the rates are those "
        "of noise with the Lévy density |y|^(-1-alpha). Noise with E exp(iwL) = exp(-|w|^alpha), which the paper has "
        f"and simulates, jumps c_alpha times as often: wells are left {1 / constant:.2f} times later than printed.",
    )
    settings = {"epsilon": COUNTED, "alpha": ALPHA, "changes": int(counted.total_counts.sum())}
    return Finding(tuple(numbers), tuple(controls), (panel,), settings, notes)


def _literal(wells: MultiWell, alpha: float) -> Array:
    """Return the paper's q_ij, for minima and barriers in turn."""
    minima, barriers = np.array(wells.x[::2]), np.r_[-np.inf, wells.x[1::2], np.inf]
    with np.errstate(divide="ignore"):
        reach = np.abs(barriers[None, :] - minima[:, None]) ** -alpha
    rates = np.abs(np.diff(reach, axis=1)) / alpha
    np.fill_diagonal(rates, 0.0)
    return np.asarray(rates)
