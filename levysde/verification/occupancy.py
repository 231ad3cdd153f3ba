"""Law 5: the share of time in a well grows like width^alpha."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from levysde import defaults
from levysde.estimate import Estimate, Prediction
from levysde.landscapes import MultiWell
from levysde.scaling import Approach, fit_power_law
from levysde.scaling import approach as extrapolate
from levysde.sde import SDE
from levysde.verification.odds import odds, odds_of, solved_odds
from levysde.verification.result import Panel, Report, Row
from levysde.verification.setting import LADDER, LeftOutError, Setting, moderate
from levysde.verification.verdict import fit_both, judge
from levysde.wells import TransitionCounts, WellChain, chain, count_transitions, solve_chain

OWN = Panel("minimum", "share of time", False, False, joined=False)
FAMILY = Panel("ratio of the widths", "ratio of the shares of time", True, True)
RATIOS = (0.5, 1.0, 2.0)
RELAXATIONS = 300.0  # of its own that the stay in some well lasts, and more in the others
SHARE = 0.05  # of the shortest relaxation time: the step; a second run has COARSE times that
COARSE = 4
CHANGES = 20.0  # per path, of the slowest well


def occupancy(setting: Setting) -> list[Report]:
    """Count changes between wells; and, for two wells, widen one of them.

    With one barrier between two wells the odds are (width ratio)^alpha, whatever the depths. The deterministic values
    solve the exit problem between cores.

    References
    ----------
    Imkeller and Pavlyukevich, Stochastic Process. Appl. 116 (2006) 611, doi:10.1016/j.spa.2005.11.006.
    """
    if len(setting.wells) < 2:
        raise LeftOutError("the landscape has one well")
    epsilon = min(moderate(setting, *setting.well(i), relaxations=RELAXATIONS) for i in setting.wells)
    falling = [epsilon / 2.0**k for k in LADDER]
    reports = [_own(setting, falling)]
    if isinstance(setting.landscape, MultiWell) and len(setting.wells) == 2:
        reports.append(_family(setting, setting.landscape, epsilon))
    return reports


def _own(setting: Setting, falling: Sequence[float]) -> Report:
    sde = SDE(setting.landscape, setting.noise, falling[0])
    limit, solution = chain(sde), solve_chain(sde)
    counted = _count(setting, sde, solution, (5, 0))
    rows = []
    for i, share in enumerate(counted):
        predicted = Prediction(float(limit.stationary[i]), math.nan, limit.law, limit.valid, limit.reason)
        exact = _share(solution, i)
        rows.append(Row(f"share of well {i}", float(setting.landscape.minima[i, 0]), predicted, exact, share))
    widest = int(np.argmax(limit.stationary))
    return judge(
        "occupancy",
        "all wells",
        "shares of time follow from the widths alone, share ~ width^alpha",
        f"alpha={setting.alpha:g}, epsilon={falling[0]:.3g}",
        rows,
        panel=OWN,
        headline=rows[widest],
        approach=_approach(setting, falling, widest),
    )


def _family(setting: Setting, landscape: MultiWell, epsilon: float) -> Report:
    left = landscape.x[1] - landscape.x[0]
    rows = []
    for at, ratio in enumerate(RATIOS):
        wells = MultiWell(x=[*landscape.x[:2], landscape.x[1] + ratio * left], u=landscape.u)
        sde = SDE(wells, setting.noise, epsilon)
        limit, solution = chain(sde), solve_chain(sde)
        share = _count(setting, sde, solution, (5, 1, at))[1]
        rows.append(
            Row(
                f"odds, widths {ratio:g} to 1",
                ratio,
                Prediction(odds(float(limit.stationary[1])), math.nan, limit.law, limit.valid, limit.reason),
                solved_odds(_share(solution, 1)),
                odds_of(share),
            )
        )
    measured, solution_fit = fit_both(rows, fit_power_law)
    return judge(
        "occupancy",
        "right well widened",
        "the odds of two wells grow like (width ratio)^alpha",
        f"alpha={setting.alpha:g}, epsilon={epsilon:.3g}",
        rows,
        panel=FAMILY,
        measured_fit=measured,
        solved_fit=solution_fit,
        expected=setting.alpha,
        limit=False,
    )


def _count(setting: Setting, sde: SDE, solution: WellChain, key: tuple[int, ...]) -> list[Estimate]:
    """Return the shares of time with the bias that a longer step shows."""
    minima = np.asarray(sde.landscape.minima)
    dt = defaults.choose_step(sde, None, minima, share=SHARE)
    t = max(CHANGES * float(np.max(solution.mean_stay)), 1000 * dt)
    paths = max(32, setting.effort.paths // 40)
    if t / dt * paths > 10 * setting.effort.steps:
        raise LeftOutError("the wells change too rarely for paths to be followed")
    runs: list[TransitionCounts] = []
    for number, step in enumerate((dt, COARSE * dt)):
        counted = count_transitions(
            sde, t=t, n_paths=paths, dt=step, rng=setting.seed(*key, number), workers=setting.workers
        )
        if "partial" in counted.provenance:
            raise KeyboardInterrupt
        runs.append(counted)
    fine, coarse = (run.occupancy for run in runs)
    found = []
    for one, other in zip(fine, coarse, strict=True):
        noise = math.hypot(one.standard_error, other.standard_error)
        found.append(replace(one, bias=max(abs(one.value - other.value), noise) / (COARSE - 1)))
    return found


def _share(solution: WellChain, i: int) -> Prediction:
    """Return the share of a well with the error that those of the rates can make."""
    value, error = float(solution.stationary[i]), 0.0
    for row, column in zip(*np.nonzero(solution.error), strict=True):
        moved = np.array(solution.generator)
        moved[row, column] += solution.error[row, column]
        error += abs(float(replace(solution, generator=moved).stationary[i]) - value)
    return Prediction(value, error, solution.law, solution.valid, solution.reason)


def _approach(setting: Setting, falling: Sequence[float], i: int) -> Approach | None:
    found = []
    for epsilon in falling:
        sde = SDE(setting.landscape, setting.noise, epsilon)
        solution, limit = solve_chain(sde), chain(sde)
        exact = _share(solution, i)
        if exact.valid:
            found.append((epsilon, exact.value / float(limit.stationary[i]), exact.error / exact.value))
    return extrapolate(*zip(*found, strict=True)) if len(found) >= 3 else None
