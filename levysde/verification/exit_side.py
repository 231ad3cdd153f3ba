"""Law 7: a path leaves through a side with probability proportional to distance^-alpha."""

from __future__ import annotations

import math

import numpy as np

from levysde import dirichlet
from levysde.domains import Interval
from levysde.estimate import Prediction
from levysde.rare import multilevel_exit_probability
from levysde.scaling import Approach, fit_power_law
from levysde.scaling import approach as extrapolate
from levysde.sde import SDE
from levysde.verification.odds import odds_of, solved_odds
from levysde.verification.result import Panel, Report, Row
from levysde.verification.setting import LADDER, LeftOutError, Setting, moderate
from levysde.verification.slopes import predicted_exponent
from levysde.verification.verdict import fit_both, judge

PANEL = Panel("distance right / distance left", "odds of an exit on the right", True, True)
LEFT = 0.6  # of the half-width of the well: the distance of the left end
RIGHT = (0.35, 0.5, 0.7, 0.9)
RELAXATIONS = 60.0


def exit_side(setting: Setting) -> list[Report]:
    """Leave intervals around minimum 0, inside its basin, whose right ends lie at several distances.

    References
    ----------
    Imkeller and Pavlyukevich, Stochastic Process. Appl. 116 (2006) 611, doi:10.1016/j.spa.2005.11.006.
    """
    minimum, _ = setting.well(0)
    half = min(setting.landscape.width(0))
    domains = [Interval(minimum - LEFT * half, minimum + right * half) for right in RIGHT]
    epsilon = max(moderate(setting, minimum, domain, relaxations=RELAXATIONS) for domain in domains)
    sde = SDE(setting.landscape, setting.noise, epsilon)
    rows = []
    for at, domain in enumerate(domains):
        solution = dirichlet.exit_probability(sde, minimum, domain, side="right")
        mean = dirichlet.mean_exit_time(sde, minimum, domain)
        if setting.cost(sde, minimum, domain, mean) * (setting.effort.rel_error / setting.effort.error) ** 2 > 50 * (
            setting.effort.steps
        ):
            raise LeftOutError("exits are too rare for plain simulation, which alone gives exit points")
        measured = multilevel_exit_probability(
            sde, minimum, domain, Interval(domain.b, math.inf), error=setting.effort.error,
            rng=setting.seed(7, at), workers=setting.workers,
        )  # fmt: skip
        predicted = Prediction(_predicted(setting, minimum, domain), math.nan, "first big jump", True, "small noise")
        ratio = RIGHT[at] / LEFT
        rows.append(
            Row(f"odds, distances {ratio:.3g} to 1", ratio, predicted, solved_odds(solution), odds_of(measured))
        )
    fits = fit_both(rows, fit_power_law)
    return [
        judge(
            "exit side",
            "inside well 0",
            "the odds of the sides are (distance ratio)^-alpha",
            f"alpha={setting.alpha:g}, epsilon={epsilon:.3g}",
            rows,
            panel=PANEL,
            measured_fit=fits[0],
            solved_fit=fits[1],
            expected=predicted_exponent(rows, fit_power_law),
            approach=_approach(setting, minimum, domains[0], epsilon),
        )
    ]


def _predicted(setting: Setting, x: float, domain: Interval) -> float:
    at = np.array([x])
    right = setting.noise.jump_rate(at, Interval(-math.inf, domain.b))
    return right / setting.noise.jump_rate(at, Interval(domain.a, math.inf))


def _approach(setting: Setting, x: float, domain: Interval, epsilon: float) -> Approach | None:
    """Return how the odds over the predicted ones tend to 1."""
    found = []
    predicted = _predicted(setting, x, domain)
    for k in LADDER:
        sde = SDE(setting.landscape, setting.noise, epsilon / 2.0**k)
        p = dirichlet.exit_probability(sde, x, domain, side="right")
        if p.valid:
            exact = solved_odds(p)
            found.append((sde.epsilon, exact.value / predicted, exact.error / predicted))
    return extrapolate(*zip(*found, strict=True)) if len(found) >= 3 else None
