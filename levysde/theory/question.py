"""The question put to every law: from this point, out of this domain. Validation and the well it starts in."""

import math
from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde._validate import point
from levysde.domains import Domain, Interval
from levysde.estimate import Prediction
from levysde.landscapes.base import Landscape
from levysde.sde import SDE

Array = NDArray[np.float64]


def starting_point(sde: SDE, x0: Any, domain: Domain) -> Array:
    """Check the three arguments and return x0 as an array (dim,).

    Raises
    ------
    TypeError
        When the arguments come in another order than (sde, x0, domain).
    ValueError
        When the dimensions differ or x0 is not inside the domain.
    """
    if isinstance(x0, Domain) or not isinstance(domain, Domain) or not isinstance(sde, SDE):
        given = ", ".join(type(argument).__name__ for argument in (sde, x0, domain))
        raise TypeError(f"the arguments are (sde, x0, domain) in this order; given ({given})")
    if domain.dim != sde.dim:
        raise ValueError(
            f"domain has dimension {domain.dim}, the SDE has {sde.dim}; use a domain of dimension {sde.dim}"
        )
    x = point(x0, sde.dim, "x0")
    if not bool(np.all(domain.contains(x))):
        raise ValueError(f"x0={x0} is not inside {domain}; start from a point of the (open) domain")
    return x


def component(domain: Domain, x: Array) -> tuple[float, float]:
    """Find the ends (a, b) of the connected piece of a one-dimensional domain around x.

    A continuous path cannot leave this piece without leaving the domain.
    """
    if isinstance(domain, Interval):
        return domain.a, domain.b
    centre = float(x[0])
    low, high = -math.inf, math.inf
    for start, end in domain.outside(x, np.ones(1)):
        if end <= 0:
            low = max(low, centre + end)
        else:
            high = min(high, centre + max(start, 0.0))
    return low, high


def well(landscape: Landscape, x: Array) -> int | None:
    """Index of the minimum whose basin holds x, None where there is none (at a barrier, on a flat)."""
    minima = landscape.minima
    if landscape.dim == 1:
        return next((i for i in range(len(minima)) if bool(np.all(landscape.basin(i).contains(x)))), None)
    if len(minima) == 1 and len(landscape.saddles) == 0:
        return 0
    return descend(landscape, x)


def descend(landscape: Landscape, x: Array) -> int | None:
    """Index of the minimum that the steepest descent from x ends in; None where it ends nowhere known."""
    from scipy.integrate import solve_ivp

    minima = np.asarray(landscape.minima, float)
    if len(minima) == 0:
        return None
    curvatures = [np.linalg.eigvalsh(np.atleast_2d(landscape.hessian(m))) for m in minima]
    rate = max(float(c[-1]) for c in curvatures)
    position = np.array(x, float)

    def velocity(_: float, y: Array) -> Array:
        return -np.asarray(landscape.gradient(y), float)

    for exponent in range(12):
        span = 4.0 * 2.0**exponent / rate
        position = solve_ivp(velocity, (0.0, span), position, method="LSODA", rtol=1e-8, atol=1e-10).y[:, -1]
        gaps = np.linalg.norm(minima - position, axis=1)
        i = int(np.argmin(gaps))
        # Near a minimum the height is the quadratic form; both must agree before the descent is called finished.
        form = 0.5 * float(
            (position - minima[i]) @ np.atleast_2d(landscape.hessian(minima[i])) @ (position - minima[i])
        )
        height = float(landscape.potential(position)) - float(landscape.potential(minima[i]))
        others = np.linalg.norm(np.delete(minima, i, axis=0) - minima[i], axis=1)
        reach = 0.05 * float(others.min()) if len(others) else math.inf
        if (
            gaps[i] < reach
            and height <= 2.0 * form + 1e-12 * (1.0 + abs(height))
            and np.linalg.norm(velocity(0.0, position)) <= (2.0 * float(curvatures[i][-1]) * gaps[i] + 1e-8)
        ):
            return i
    return None


def unknown(law: str, reason: str) -> Prediction:
    """Prediction of a law that has nothing to say about this question."""
    return Prediction(math.nan, math.nan, law, False, reason)
