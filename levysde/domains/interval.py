"""Intervals of the line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from levysde._validate import finite_number, frozen
from levysde.domains.base import (
    BoolArray,
    Convex,
    DistanceFunction,
    FloatArray,
    InsideFunction,
    between,
    checked_distance,
    slab,
)

# The plain functions are compiled into the exit kernel: no allocation, no closures, and every comparison false for NaN.


def inside_interval(x: float, params: FloatArray) -> bool:
    """Whether a < x < b, params = (a, b)."""
    low, high = params[0], params[1]
    return bool((low < x) & (x < high))  # not `and`: without a branch the loop over lanes vectorises


def outside_interval(x: float, params: FloatArray) -> bool:
    """Whether x is finite and not in (a, b)."""
    return bool(-math.inf < x <= params[0] or params[1] <= x < math.inf)


def distance_interval(x: float, params: FloatArray) -> float:
    """Distance to the nearer end, negative outside."""
    return float(min(x - params[0], params[1] - x))


@dataclass(frozen=True, eq=False)
class Interval(Convex):
    """The open interval (a, b) of the line; either end may be infinite.

    Parameters
    ----------
    a, b : float
        Ends, a < b.

    Raises
    ------
    ValueError
        An end is NaN, or a >= b.
    """

    a: float
    b: float
    dim = 1

    def __post_init__(self) -> None:
        for name in ("a", "b"):
            end = getattr(self, name)
            if not (isinstance(end, float) and math.isinf(end)):
                end = finite_number(end, name, advice="an end of an interval is a number, -inf or inf")
            object.__setattr__(self, name, float(end))
        if not self.a < self.b or self.a == math.inf or self.b == -math.inf:
            raise ValueError(f"a={self.a:g} is not below b={self.b:g}; give the lower end first")

    @cached_property
    def parameters(self) -> FloatArray:
        """The ends (a, b)."""
        return frozen([self.a, self.b])

    @property
    def inside_function(self) -> InsideFunction:
        """Plain function of the open interval."""
        return inside_interval

    @property
    def outside_function(self) -> InsideFunction:
        """Plain function of the complement."""
        return outside_interval

    @property
    def distance_function(self) -> DistanceFunction:
        """Distance to the nearer end."""
        return distance_interval

    def shrink(self, distance: float) -> Interval:
        """Return (a + distance, b - distance)."""
        d = checked_distance(distance)
        if not self.a + d < self.b - d:
            raise ValueError(f"distance={d:g} leaves nothing of {self!r}; give less than {(self.b - self.a) / 2:g}")
        return Interval(self.a + d, self.b - d)

    def expand(self, distance: float) -> Interval:
        """Return (a - distance, b + distance)."""
        d = checked_distance(distance)
        return Interval(self.a - d, self.b + d)

    def _contains(self, x: FloatArray) -> BoolArray:
        return between(x[:, 0], self.a, self.b)

    def _signed_distance(self, x: FloatArray) -> FloatArray:
        return np.minimum(x[:, 0] - self.a, self.b - x[:, 0])

    def _chord(self, start: FloatArray, direction: FloatArray) -> tuple[float, float]:
        return slab(float(start[0]), float(direction[0]), self.a, self.b)
