"""Law 8: tempered jumps leave the power law."""

from __future__ import annotations

import math
from itertools import pairwise

from levysde.noise import TemperedStable
from levysde.scaling import fit_power_law
from levysde.sde import SDE
from levysde.verification.result import Panel, Report, Row
from levysde.verification.setting import LADDER, Setting, moderate, solved
from levysde.verification.verdict import fit_both, judge, ratios

PANEL = Panel("1 / epsilon", "mean exit time", True, True)
RELAXATIONS = 20.0
FACTORS = (1.0, 0.75, 0.6, 0.45)
SHARE = 0.5  # width of the well over the tempering length at the largest noise


def tempered(setting: Setting) -> list[Report]:
    r"""Measure well 0 under tempered stable noise of falling amplitude: the local exponent leaves alpha and grows.

    The Lévy density of the noise falls like :math:`e^{-\lambda|y|}`, so that jumps across a well of half-width a come
    at a rate like :math:`e^{-\lambda a/\epsilon}`: between the power law of stable noise and the Gaussian exponential.
    What is checked: simulation against the equation of the generator; that the local exponent exceeds alpha and grows;
    and, at a tempering length :math:`\epsilon/\lambda` held at the half-width, the first-jump law with its limit.

    References
    ----------
    Imkeller, Pavlyukevich and Wetzel, Ann. Probab. 37 (2009) 530, doi:10.1214/08-AOP412.
    """
    minimum, basin = setting.well(0)
    half = min(setting.landscape.width(0))
    top = moderate(setting, minimum, basin, relaxations=RELAXATIONS)
    noise = TemperedStable(setting.alpha, SHARE * top / half)
    rows = []
    for at, factor in enumerate(FACTORS):
        epsilon = factor * top
        sde = SDE(setting.landscape, noise, epsilon)
        rows.append(setting.row(f"E tau, epsilon={epsilon:.3g}", 1 / epsilon, sde, minimum, basin, (8, at)))
    measured, solution = fit_both(rows, fit_power_law)
    exact = [row.solved.value for row in rows if row.solved is not None]
    objections, remark = [], ""
    if len(exact) == len(rows):
        local = fit_power_law([row.x for row in rows], exact).local_exponent
        told = " to ".join(f"{value:.2f}" for value in (local[0], local[-1]))
        if local[0] > setting.alpha and all(b > a for a, b in pairwise(local)):
            remark = f"local exponent {told}, against {setting.alpha:g} without tempering"
        else:
            objections = [f"the local exponent goes from {told} and does not leave {setting.alpha:g}"]
    falling = [setting.epsilon / 2.0**k for k in LADDER]
    limit = [_limit_row(setting, epsilon, half) for epsilon in falling]
    return [
        judge(
            "tempered",
            "well 0",
            "tempered jumps leave the power law: the exponent exceeds alpha and grows",
            f"alpha={setting.alpha:g}, tempering={noise.tempering:.3g}, epsilon={top:.3g} to {rows[-1].x ** -1:.2g}",
            rows,
            panel=PANEL,
            measured_fit=measured,
            solved_fit=solution,
            expected=math.nan,
            approach=ratios(falling, limit),
            objections=objections,
            remark=remark,
        )
    ]


def _limit_row(setting: Setting, epsilon: float, length: float) -> Row:
    """Return solved and predicted mean exit times with jumps tempered at a fixed length."""
    minimum, basin = setting.well(0)
    sde = SDE(setting.landscape, TemperedStable(setting.alpha, epsilon / length), epsilon)
    return Row("", epsilon, setting.theory(sde, minimum, basin), solved(sde, minimum, basin), None)
