"""Law 1: the mean exit time grows like (1/epsilon)^alpha."""

from __future__ import annotations

from levysde.scaling import fit_power_law
from levysde.sde import SDE
from levysde.verification.result import Panel, Report
from levysde.verification.setting import LADDER, Setting
from levysde.verification.verdict import fit_both, judge, ratios

PANEL = Panel("1 / epsilon", "mean exit time", True, True)


def noise(setting: Setting) -> list[Report]:
    """Measure every well at falling noise.

    References
    ----------
    Imkeller and Pavlyukevich, Stochastic Process. Appl. 116 (2006) 611, doi:10.1016/j.spa.2005.11.006.
    """
    reports = []
    for i in setting.wells:
        minimum, basin = setting.well(i)
        rows = {}
        for k in sorted({*setting.effort.halvings, *LADDER}):
            epsilon = setting.epsilon / 2.0**k
            sde = SDE(setting.landscape, setting.noise, epsilon)
            rows[k] = setting.row(f"E tau, epsilon={epsilon:.3g}", 1 / epsilon, sde, minimum, basin, (1, i, k + 8))
        measured, solution = fit_both(list(rows.values()), fit_power_law)
        finest = setting.epsilon / 2.0 ** max(rows)
        reports.append(
            judge(
                "noise",
                f"well {i}",
                "log E tau against log(1/epsilon) has slope alpha; E tau = 1 / (epsilon^alpha nu(out))",
                f"alpha={setting.alpha:g}, epsilon={setting.epsilon:.3g} to {finest:.2g}",
                list(rows.values()),
                panel=PANEL,
                measured_fit=measured,
                solved_fit=solution,
                expected=setting.alpha,
                approach=ratios([setting.epsilon / 2.0**k for k in LADDER], [rows[k] for k in LADDER]),
            )
        )
    return reports
