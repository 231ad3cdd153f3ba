"""How a computed number approaches its limit: the limit, the exponent of what is left, and what is left now."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from levysde._types import ArrayLike
from levysde._validate import finite_array

STEEPEST = 12.0  # exponent beyond which the last two numbers count as equal


@dataclass(frozen=True)
class Approach:
    """value(x) = limit + C x^exponent for x -> 0, from the three smallest x.

    Attributes
    ----------
    x, value, error : tuple of float
        What was computed, x decreasing, with numerical errors.
    limit : float
        NaN where the differences do not shrink: then nothing can be said about the limit.
    limit_error : float
        The whole of what is left at the smallest x, |value - limit|, and the numerical errors: honest as long as the
        next term is smaller than that.
    exponent : float
        Exponent with which the rest falls; NaN where the values do not change beyond their errors.
    """

    x: tuple[float, ...]
    value: tuple[float, ...]
    error: tuple[float, ...]
    limit: float
    limit_error: float
    exponent: float

    @property
    def decided(self) -> bool:
        """Whether there is a limit to speak of."""
        return math.isfinite(self.limit)

    def reaches(self, target: float) -> bool:
        """Whether the target is the limit, within what is left at the smallest x."""
        return self.decided and abs(self.limit - target) <= self.limit_error

    def off(self, target: float) -> float:
        """Return how far the value at the largest x is from the target."""
        return abs(self.value[0] - target)

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-able except for NaN."""
        return dict(vars(self))


def approach(x: ArrayLike, value: ArrayLike, error: ArrayLike | None = None) -> Approach:
    r"""Extrapolate a number to x = 0 without knowing the exponent: three values determine :math:`L + Cx^p`.

    .. math:: \frac{v_1-v_2}{v_2-v_3} = \frac{x_1^p-x_2^p}{x_2^p-x_3^p},\qquad
              L = v_3 - (v_2-v_3)\frac{x_3^p}{x_2^p-x_3^p}

    which for a constant ratio of the x is Aitken's process. The target plays no part in it, so that a law which tends
    to something else is found out even where its values change slowly.

    Parameters
    ----------
    x : positive numbers, shape (n,), n >= 3, all different
    value, error : the numbers and their numerical errors, shape (n,); no error is zero error

    Raises
    ------
    TypeError, ValueError
        Shapes or signs that do not fit.

    References
    ----------
    Brezinski and Redivo Zaglia, Extrapolation Methods: Theory and Practice, North-Holland 1991.

    Examples
    --------
    >>> from levysde.scaling import approach
    >>> found = approach([0.1, 0.025, 0.00625], [1.2, 1.1, 1.05])
    >>> f"{found.limit:.3f} {found.exponent:.3f}", found.reaches(1.0), found.reaches(1.1)
    ('1.000 0.500', True, False)
    """
    places, values = finite_array(x, "x"), finite_array(value, "value")
    errors = np.zeros_like(values) if error is None else finite_array(error, "error")
    if places.ndim != 1 or not places.shape == values.shape == errors.shape:
        raise ValueError(f"x has shape {places.shape}, value {values.shape}, error {errors.shape}; give equal rows")
    if len(np.unique(places)) < len(places) or len(places) < 3 or not np.all(places > 0):
        raise ValueError(f"x={places.tolist()} must hold three or more different positive numbers")
    order = np.argsort(-places)
    places, values, errors = places[order], values[order], np.abs(errors[order])
    limit, left, exponent = _limit(places[-3:], values[-3:], errors[-3:])
    return Approach(
        tuple(places.tolist()),
        tuple(values.tolist()),
        tuple(errors.tolist()),
        limit,
        left + float(errors[-1]),
        exponent,
    )


def _limit(x: np.ndarray, v: np.ndarray, e: np.ndarray) -> tuple[float, float, float]:
    """Return limit, distance of the last value from it, and exponent."""
    first, second = float(v[0] - v[1]), float(v[1] - v[2])
    if abs(second) <= e[1] + e[2]:  # nothing changes any more that the errors would show
        return float(v[2]), abs(second), math.nan

    def excess(p: float) -> float:  # of log |first / second| over that of the exponent p; falls with p
        return math.log(abs(first / second)) - math.log((x[0] ** p - x[1] ** p) / (x[1] ** p - x[2] ** p))

    smallest = 1e-3
    if first * second <= 0 or excess(smallest) <= 0:
        return math.nan, math.inf, math.nan
    if excess(STEEPEST) >= 0:
        return float(v[2]), abs(second), STEEPEST
    from scipy.optimize import brentq

    p = float(brentq(excess, smallest, STEEPEST, xtol=1e-10))
    left = second * float(x[2] ** p / (x[1] ** p - x[2] ** p))
    return float(v[2]) - left, abs(left), p
