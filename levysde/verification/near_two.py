"""Law 9: the crossover as alpha tends to 2."""

from __future__ import annotations

import math
from dataclasses import replace

from levysde.noise import AlphaStable
from levysde.sde import SDE
from levysde.verification.result import Panel, Report, Row
from levysde.verification.setting import Setting, solved
from levysde.verification.verdict import judge, ratios

PANEL = Panel("2 - alpha", "mean exit time", True, True)
BARRIER = 5.0  # temperatures: the lower barrier of well 0 at alpha = 2
DISTANCES = (0.2, 0.05, 0.0125, 0.003125, 0.00078125)  # of alpha from 2


def near_two(setting: Setting) -> list[Report]:
    r"""Leave well 0 at a fixed amplitude for alpha up to 2: stable mean exit times tend to the Brownian one.

    The rate of the long jumps, :math:`\epsilon^\alpha(c_\alpha/\alpha)w^{-\alpha}`, falls like
    :math:`2 - \alpha`. At a fixed amplitude small moves take over, and the mean exit time tends to that of Brownian
    motion of variance 2t, with a correction that falls like
    :math:`2 - \alpha` in the end. The first-jump law, which would tend
    to infinity, is a law of small noise at fixed alpha.

    References
    ----------
    Chechkin, Sliusarenko, Metzler and Klafter, Phys. Rev. E 75 (2007) 041101, doi:10.1103/PhysRevE.75.041101.
    """
    minimum, basin = setting.well(0)
    epsilon = float(f"{math.sqrt(min(setting.landscape.barrier(0)) / BARRIER):.4g}")
    limit = setting.theory(SDE(setting.landscape, AlphaStable(2.0), epsilon), minimum, basin)
    rows = []
    for at, distance in enumerate(DISTANCES):
        sde = SDE(setting.landscape, AlphaStable(2 - distance), epsilon)
        solution = solved(sde, minimum, basin)
        measured = setting.measured(sde, minimum, basin, solution, (9, at))
        predicted = replace(limit, error=math.nan, law=f"{limit.law} at alpha = 2")
        rows.append(Row(f"E tau, alpha={2 - distance:g}", distance, predicted, solution, measured))
    jumps = setting.theory(SDE(setting.landscape, AlphaStable(2 - DISTANCES[0]), epsilon), minimum, basin)
    return [
        judge(
            "near two",
            "well 0",
            "at fixed noise E tau tends to its Brownian value as alpha tends to 2",
            f"alpha={2 - DISTANCES[0]:g} to {2 - DISTANCES[-1]:g}, epsilon={epsilon:.3g}",
            rows,
            panel=PANEL,
            headline=rows[-1],
            approach=ratios(DISTANCES, rows),
            small="(2 - alpha)",
            remark=f"the first-jump law at alpha={2 - DISTANCES[0]:g} says {jumps.value:.4g}",
        )
    ]
