"""Law 4: with independent components the exit rate of a ball is proportional to the number of directions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from levysde import theory
from levysde.domains import Ball
from levysde.estimate import Estimate, Prediction, with_error
from levysde.landscapes import Flat, Quadratic
from levysde.scaling import fit_power_law
from levysde.sde import SDE
from levysde.verification.result import Panel, Report, Row
from levysde.verification.setting import QUICK, Setting
from levysde.verification.slopes import predicted_exponent
from levysde.verification.verdict import fit_both, judge

PANEL = Panel("dimension d", "mean exit time", True, True)
EPSILONS = (0.1, 0.05)  # in the unit well: curvature 1, radius 1
QUICK_DIMENSIONS, DIMENSIONS = (1, 2, 3), (1, 2, 3, 4, 6)
STATEMENT = "the rate of leaving a ball is proportional to d"


def directions(setting: Setting) -> list[Report]:
    r"""Leave the unit ball in 1, 2, 3, ... dimensions, without drift and from a quadratic well.

    Jumps go along the axes, in 2 d directions. Without drift the law is exact at any noise. In the well there is no
    deterministic solution for d > 1: the correction, of order :math:`\epsilon^\alpha` where the drift points back at
    the boundary, is taken from simulations at two noises, and the square of what is left of it stands for the next
    term. A curve on the line has no ball, so that the well is always the unit quadratic one.

    References
    ----------
    Getoor, Trans. Amer. Math. Soc. 101 (1961) 75, doi:10.1090/S0002-9947-1961-0137148-5; Pavlyukevich,
    arXiv:1205.6115, for the well in R^d.
    """
    dimensions = QUICK_DIMENSIONS if setting.effort == QUICK else DIMENSIONS
    return [_free(setting, dimensions), _well(setting, dimensions)]


def _free(setting: Setting, dimensions: Sequence[int]) -> Report:
    rows = []
    for d in dimensions:
        sde, start, ball = SDE(Flat(dim=d), setting.noise), np.zeros(d), Ball(np.zeros(d), 1.0)
        exact = theory.mean_exit_time(sde, start, ball)
        measured = setting.measured(sde, start, ball, exact, (4, 0, d))
        rows.append(Row(f"E tau, d={d}", float(d), setting.theory(sde, start, ball), exact, measured))
    measured_fit, solved_fit = fit_both(rows, fit_power_law)
    return judge(
        "directions",
        "free",
        STATEMENT,
        f"alpha={setting.alpha:g}, epsilon=1, unit ball",
        rows,
        panel=PANEL,
        measured_fit=measured_fit,
        solved_fit=solved_fit,
        expected=predicted_exponent(rows, fit_power_law),
        remark="exact at any noise",
        limit=False,
    )


def _well(setting: Setting, dimensions: Sequence[int]) -> Report:
    rows: list[Row] = []
    over_law: list[list[Estimate]] = []  # simulated over predicted, at both noises, in every dimension
    for d in dimensions:
        start, ball = np.zeros(d), Ball(np.zeros(d), 1.0)
        shares = []
        for at, epsilon in enumerate(EPSILONS):
            sde = SDE(Quadratic(dim=d), setting.noise, epsilon)
            said = setting.theory(sde, start, ball)
            found = setting.measured(sde, start, ball, None, (4, 1, d, at))
            unchecked = replace(said, valid=False, reason="the limit of small noise is checked")
            rows.append(Row(f"E tau, epsilon={epsilon:g}, d={d}", math.nan, unchecked, None, found))
            if found is not None:
                shares.append(_scaled(found, 1 / said.value))
        if len(shares) == len(EPSILONS):
            over_law.append(shares)
            limit = _limit(shares, setting.alpha)
            scale = rows[-2].predicted.value if rows[-2].predicted else math.nan
            told = Prediction(
                scale, scale * (limit.value - shares[1].value) ** 2, said.law, True, "limit of small noise"
            )
            rows.append(Row(f"limit at the scale of epsilon=0.1, d={d}", float(d), told, None, _scaled(limit, scale)))
    limits = [row for row in rows if row.x == row.x]
    fitted = [replace(row, measured=_with_bias(row)) for row in limits]
    measured_fit, _ = fit_both(fitted, fit_power_law)
    headline = None
    if measured_fit is not None:
        expected = predicted_exponent(limits, fit_power_law)
        predicted = Prediction(expected, 0.0, "exponent", True, "limit of small noise")
        headline = Row("exponent", math.nan, predicted, None, measured_fit.exponent)
    return judge(
        "directions",
        "quadratic well",
        STATEMENT,
        f"alpha={setting.alpha:g}, epsilon={EPSILONS[0]:g} and {EPSILONS[1]:g}, unit ball",
        rows,
        panel=PANEL,
        headline=headline,
        measured_fit=measured_fit,
        expected=headline.predicted.value if headline and headline.predicted else math.nan,
        remark=_told(dimensions, over_law),
        limit=False,
    )


def _limit(shares: Sequence[Estimate], alpha: float) -> Estimate:
    """Extrapolate from two noises, the rest being of order epsilon^alpha."""
    first, second = shares
    q = (EPSILONS[0] / EPSILONS[1]) ** alpha
    value = (q * second.value - first.value) / (q - 1)
    error = math.hypot(q * second.standard_error, first.standard_error) / (q - 1)
    bias = (q * _known(second.bias) + _known(first.bias)) / (q - 1)
    interval = (value - 1.96 * error, value + 1.96 * error)
    return Estimate(value, error, bias, interval, first.n + second.n, "two noises extrapolated")


def _with_bias(row: Row) -> Estimate | None:
    """Return the measured limit with the stated next term counted as bias."""
    if row.measured is None or row.predicted is None:
        return row.measured
    return replace(row.measured, bias=row.measured.bias + row.predicted.error)


def _scaled(found: Estimate, factor: float) -> Estimate:
    low, high = found.interval
    return replace(
        found,
        value=factor * found.value,
        standard_error=factor * found.standard_error,
        bias=factor * _known(found.bias),
        interval=(factor * low, factor * high),
    )


def _told(dimensions: Sequence[int], found: Sequence[Sequence[Estimate]]) -> str:
    """Say how far off the law is in the highest dimension, with the errors of the simulations."""
    if len(found) < len(dimensions):
        return "not simulated in every dimension"
    first, second = (abs(1 - share.value) for share in found[-1])
    told = f"correction still {first:.1%} at epsilon={EPSILONS[0]:g}, d={dimensions[-1]}"
    if min(first, second) == 0:
        return told
    factor = math.log(EPSILONS[0] / EPSILONS[1])
    error = math.hypot(found[-1][0].standard_error / first, found[-1][1].standard_error / second) / factor
    return f"{told}, falling as epsilon^({with_error(math.log(first / second) / factor, error)}), simulated"


def _known(value: float) -> float:
    return 0.0 if math.isnan(value) else value
