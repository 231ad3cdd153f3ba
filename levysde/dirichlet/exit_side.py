"""Through which end the path leaves."""

from __future__ import annotations

import math
from typing import Any, Literal

from levysde._validate import finite_number
from levysde.dirichlet.ladder import predict
from levysde.dirichlet.mesh import LADDER, build
from levysde.dirichlet.question import ask, start
from levysde.dirichlet.system import System
from levysde.domains import Domain
from levysde.estimate import Prediction
from levysde.sde import SDE

LAW = "exit problem: side"
BEYOND = "exit problem: exit point"


def exit_probability(sde: SDE, x0: Any, domain: Domain, *, side: Literal["left", "right"] = "right") -> Prediction:
    """Probability to leave an interval to one side, by a jump beyond that end or through it.

    A p = 0 inside, p = 1 on that side and 0 on the other. Other arguments and errors as for `mean_exit_time`.

    Parameters
    ----------
    side : "left" or "right"
        Of the interval.

    References
    ----------
    Blumenthal, Getoor, Ray, Trans. Amer. Math. Soc. 99 (1961) 540, doi:10.1090/S0002-9947-1961-0126885-4: without
    drift it is a regularised incomplete beta function. Profeta and Simon, arXiv:1501.03926: so it is with skewness.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.Flat(), ls.AlphaStable(1.0))  # 1/2 + arcsin(x)/pi
    >>> f"{ls.dirichlet.exit_probability(sde, 0.5, ls.Interval(-1.0, 1.0)).value:.8f}"
    '0.66666667'
    """
    question = ask(sde, domain)
    x = start(question, x0)
    if side not in ("left", "right"):
        raise ValueError(f"side={side!r} is neither 'left' nor 'right'")
    if math.isinf(question.a) or math.isinf(question.b):
        build(question, LADDER[0])  # refuses a landscape that lets paths escape to infinity
        open_side = "left" if math.isinf(question.a) else "right"
        return Prediction(float(side != open_side), 0.0, LAW, True, "a half-line has one end to leave through")
    if question.closed(side) or question.closed("left" if side == "right" else "right"):
        return Prediction(float(not question.closed(side)), 0.0, LAW, True, "neither jumps nor drift lead to one side")
    missing = 0.0

    def number(system: System, _: int) -> float:
        nonlocal missing
        chances = [system.at(system.chance(k), x) for k in (0, 1)]
        missing = abs(1.0 - sum(chances))
        return chances[0 if side == "left" else 1]

    found = predict(question, LAW, number)
    if missing <= found.error + 1e-6:
        return found
    # Errors may look alike on all meshes.
    return Prediction(found.value, found.error + missing, LAW, False, "the chances of both sides do not add up to 1")


def exit_point_law(sde: SDE, x0: Any, domain: Domain, y: float) -> Prediction:
    r"""Distribution of the exit point: P(X_tau > y) for y on the right of the domain, P(X_tau < y) on its left.

    .. math:: A p(x) = -\nu(\text{jumps from } x \text{ beyond } y) \text{ inside}, \qquad p = 0 \text{ outside}

    Without a Gaussian part, without drift for alpha < 1 and with jumps to both sides for alpha > 1 the motion leaves by
    a jump, and never lands on the end itself; at an end this is then `exit_probability`. Other arguments and errors as
    for `mean_exit_time`.

    Parameters
    ----------
    y : float
        Beyond an end of the interval.

    References
    ----------
    Blumenthal, Getoor, Ray, Trans. Amer. Math. Soc. 99 (1961) 540, doi:10.1090/S0002-9947-1961-0126885-4.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.Flat(), ls.AlphaStable(1.0))  # from the middle: arcsin(1/y)/pi
    >>> f"{ls.dirichlet.exit_point_law(sde, 0.0, ls.Interval(-1.0, 1.0), 2.0).value:.8f}"
    '0.16666667'
    """
    question = ask(sde, domain)
    x = start(question, x0)
    y = finite_number(y, "y")
    if question.a <= y <= question.b:
        raise ValueError(
            f"y={y:g} is not beyond an end of [{question.a:g}, {question.b:g}]; give a point outside, or use "
            "exit_probability for everything beyond an end"
        )
    if not question.parts:
        return Prediction(0.0, 0.0, BEYOND, True, "Brownian motion leaves through the ends")
    return predict(question, BEYOND, lambda system, _: system.at(system.beyond(y), x))
