"""Law 2: the mean exit time grows like width^alpha."""

from __future__ import annotations

from collections.abc import Sequence

from levysde.landscapes import Landscape
from levysde.scaling import fit_power_law
from levysde.sde import SDE
from levysde.verification.reshape import reshape
from levysde.verification.result import Panel, Report
from levysde.verification.setting import LADDER, LeftOutError, Setting
from levysde.verification.slopes import predicted_exponent, slopes
from levysde.verification.verdict import fit_both, judge

PANEL = Panel("effective width", "mean exit time", True, True)
FACTORS = (0.7, 1.0, 1.4, 2.0)

Well = tuple[Landscape, int, float]  # landscape, number of the well, effective width


def width(setting: Setting) -> list[Report]:
    """Stretch well 0; and compare the wells of the landscape with each other.

    The width that counts is (left^-alpha + right^-alpha)^(-1/alpha).

    References
    ----------
    Imkeller and Pavlyukevich, Stochastic Process. Appl. 116 (2006) 611, doi:10.1016/j.spa.2005.11.006.
    """
    stretched = [(reshape(setting.landscape, width=factor), factor) for factor in FACTORS]
    families: list[tuple[str, list[Well]]] = []
    wells = [(shape, 0, factor * setting.width(0)) for shape, factor in stretched if shape is not None]
    if wells:
        families.append(("well 0 stretched", wells))
    own = [(setting.landscape, i, setting.width(i)) for i in setting.wells]
    widths = [size for _, _, size in own]
    if max(widths) > 1.01 * min(widths):
        families.append(("between wells", own))
    if not families:
        raise LeftOutError("the wells are equally wide and the landscape cannot be stretched")
    return [_family(setting, number, *family) for number, family in enumerate(families)]


def _family(setting: Setting, number: int, subject: str, wells: Sequence[Well]) -> Report:
    rows = []
    for at, (landscape, i, size) in enumerate(wells):
        sde = SDE(landscape, setting.noise, setting.epsilon)
        start, basin = float(landscape.minima[i, 0]), landscape.basin(i)
        rows.append(setting.row(f"E tau, width {size:.3g}", size, sde, start, basin, (2, number, at)))
    measured, solution = fit_both(rows, fit_power_law)
    cases = [(size, landscape, float(landscape.minima[i, 0]), landscape.basin(i)) for landscape, i, size in wells]
    expected = predicted_exponent(rows, fit_power_law)
    return judge(
        "width",
        subject,
        "log E tau against log width has slope alpha",
        f"alpha={setting.alpha:g}, epsilon={setting.epsilon:.3g}",
        rows,
        panel=PANEL,
        measured_fit=measured,
        solved_fit=solution,
        expected=expected,
        approach=slopes(cases, setting.noise, [setting.epsilon / 2.0**k for k in LADDER], fit_power_law),
        target=expected,
    )
