"""Law 10: under Brownian and stable noise together, jumps take over as the noise falls."""

from __future__ import annotations

import math

from levysde.estimate import Prediction
from levysde.noise import Brownian
from levysde.scaling import fit_power_law
from levysde.sde import SDE
from levysde.verification.result import Panel, Report, Row
from levysde.verification.setting import Setting, solved
from levysde.verification.verdict import judge, ratios

PANEL = Panel("1 / epsilon", "mean exit time", True, True)
BARRIER = 5.0  # 2 dU / s^2 of the Brownian part at epsilon = 1
JUMPS = 0.1  # rate of the jumps over that of the Brownian part at epsilon = 1
FACTORS = (1.2, 1.0, 0.85, 0.7, 0.55, 0.4, 0.25)
LADDER = (0.25, 0.0625, 0.015625)


def mixed(setting: Setting) -> list[Report]:
    r"""Leave well 0 under :math:`\epsilon(sB + aL)` of falling epsilon.

    The rates of both parts alone are added, :math:`1/E\tau\approx\epsilon^\alpha K + 1/E\tau_B(\epsilon s)`: the local
    exponent :math:`-d\log E\tau/d\log\epsilon` climbs with Kramers' law, has its maximum where the rates cross, and
    returns to alpha. In the limit the jumps alone are left, whatever s.

    References
    ----------
    Imkeller and Pavlyukevich, J. Phys. A 39 (2006) L237, doi:10.1088/0305-4470/39/15/L01.
    """
    minimum, basin = setting.well(0)
    s = float(f"{math.sqrt(2 * min(setting.landscape.barrier(0)) / BARRIER):.4g}")
    brownian, stable = s * Brownian(), setting.noise
    alone = setting.theory(SDE(setting.landscape, brownian), minimum, basin).value
    jumps = setting.theory(SDE(setting.landscape, stable), minimum, basin).value
    a = float(f"{(JUMPS * jumps / alone) ** (1 / setting.alpha):.4g}")
    noise = brownian + a * stable

    def rates(epsilon: float) -> tuple[float, float]:
        parts = (SDE(setting.landscape, part, epsilon) for part in (brownian, a * stable))
        first, second = (1 / setting.theory(sde, minimum, basin).value for sde in parts)
        return first, second

    rows = []
    for at, epsilon in enumerate(FACTORS):
        sde = SDE(setting.landscape, noise, epsilon)
        solution = solved(sde, minimum, basin)
        predicted = Prediction(1 / sum(rates(epsilon)), math.nan, "sum of the rates", True, "either part alone")
        measured = setting.measured(sde, minimum, basin, solution, (10, at))
        rows.append(Row(f"E tau, epsilon={epsilon:g}", 1 / epsilon, predicted, solution, measured))
    limit = []
    for epsilon in LADDER:
        sde = SDE(setting.landscape, noise, epsilon)
        only = SDE(setting.landscape, a * stable, epsilon)
        limit.append(Row("", epsilon, setting.theory(only, minimum, basin), solved(sde, minimum, basin), None))
    crossing = _crossing(rates)
    exact = [row.solved.value for row in rows if row.solved is not None]
    remark = f"rates of the two parts cross at epsilon={crossing:.3g}"
    if len(exact) == len(rows):
        fit = fit_power_law([row.x for row in rows], exact)
        steepest = max(range(len(fit.local_exponent)), key=fit.local_exponent.__getitem__)
        remark += (
            f"; the local exponent is largest, {fit.local_exponent[steepest]:.2f}, at "
            f"epsilon={1 / fit.local_x[steepest]:.2g}, and {fit.local_exponent[-1]:.2f} in the end"
        )
    return [
        judge(
            "mixed",
            "well 0",
            "as epsilon falls, jumps take over from Brownian exits and only they are left",
            f"epsilon ({s:g} Brownian + {a:g} stable, alpha={setting.alpha:g})",
            rows,
            panel=PANEL,
            headline=min((row for row in rows if row.measured), key=lambda row: -row.x, default=rows[-1]),
            approach=ratios(LADDER, limit),
            remark=remark,
        )
    ]


def _crossing(rates: object) -> float:
    """Return epsilon at which both rates are equal."""
    from scipy.optimize import brentq

    def difference(log_epsilon: float) -> float:
        first, second = rates(math.exp(log_epsilon))  # type: ignore[operator]
        return math.log(first / second)

    return math.exp(brentq(difference, math.log(0.3), math.log(3.0)))
