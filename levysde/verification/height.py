"""Law 3: heights of barriers do not matter under stable noise, and count exponentially under Brownian noise."""

from __future__ import annotations

import math
from collections.abc import Sequence

from levysde.noise import Brownian, Noise
from levysde.scaling import ScalingFit, fit_exponential_law
from levysde.sde import SDE
from levysde.verification.reshape import reshape
from levysde.verification.result import Panel, Report, Row
from levysde.verification.setting import LADDER, LeftOutError, Setting
from levysde.verification.slopes import Case, predicted_exponent, slopes
from levysde.verification.verdict import fit_both, judge

PANEL = Panel("barrier height", "mean exit time", False, True)
FACTORS = (1.0, 1.5, 2.0, 3.0)
LOWEST = 6.0  # 2 dU / s^2 of the lowest barrier under Brownian noise
BROWNIAN_LADDER = (0, 1, 2, 3)  # halvings of the temperature


def height(setting: Setting) -> list[Report]:
    """Multiply U by several factors, under stable and under Brownian noise.

    References
    ----------
    Imkeller and Pavlyukevich, Stochastic Process. Appl. 116 (2006) 611, doi:10.1016/j.spa.2005.11.006; Kramers,
    Physica 7 (1940) 284, doi:10.1016/S0031-8914(40)90098-2.
    """
    if reshape(setting.landscape) is None:
        raise LeftOutError("the heights of this landscape cannot be changed")
    lower = min(setting.landscape.barrier(0))
    cases: list[Case] = []
    for factor in FACTORS:
        shape = reshape(setting.landscape, height=factor)
        if shape is not None:
            cases.append((factor * lower, shape, float(shape.minima[0, 0]), shape.basin(0)))
    stable = [setting.epsilon / 2.0**k for k in LADDER]
    rows, fits = _measure(setting, 0, cases, setting.noise, stable[0])
    expected = predicted_exponent(rows, fit_exponential_law)
    first = judge(
        "height",
        "stable",
        "log E tau against the height of the barrier has slope 0",
        f"alpha={setting.alpha:g}, epsilon={stable[0]:.3g}",
        rows,
        panel=PANEL,
        measured_fit=fits[0],
        solved_fit=fits[1],
        expected=expected,
        approach=slopes(cases, setting.noise, stable, fit_exponential_law),
        target=expected,
    )
    amplitude = math.sqrt(2 * lower / LOWEST)
    falling = [float(f"{amplitude / 2 ** (k / 2):.4g}") for k in BROWNIAN_LADDER]
    rows, fits = _measure(setting, 1, cases, Brownian(), falling[0])
    second = judge(
        "height",
        "Brownian",
        "log E tau against the height of the barrier has slope 2 / s^2",
        f"s={falling[0]:.3g}, 2 dU / s^2 from {LOWEST:g}",
        rows,
        panel=PANEL,
        measured_fit=fits[0],
        solved_fit=fits[1],
        expected=2 / falling[0] ** 2,
        approach=slopes(cases, Brownian(), falling, fit_exponential_law, lambda s: 2 / s**2),
        small="s",
    )
    return [first, second]


def _measure(
    setting: Setting, number: int, cases: Sequence[Case], noise: Noise, epsilon: float
) -> tuple[list[Row], tuple[ScalingFit | None, ScalingFit | None]]:
    rows = [
        setting.row(f"E tau, height {x:.3g}", x, SDE(shape, noise, epsilon), start, domain, (3, number, at))
        for at, (x, shape, start, domain) in enumerate(cases)
    ]
    return rows, fit_both(rows, fit_exponential_law)
