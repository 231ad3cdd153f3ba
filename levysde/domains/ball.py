"""Balls."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from levysde._types import ArrayLike
from levysde._validate import frozen, positive
from levysde.domains.base import (
    BoolArray,
    Convex,
    DistanceFunction,
    FloatArray,
    InsideFunction,
    as_vector,
    between,
    checked_distance,
    finite,
    set_fields,
)
from levysde.domains.interval import distance_interval, inside_interval, outside_interval

# The plain functions are compiled into the exit kernel: no allocation, no closures, and every comparison false for NaN.


def inside_ball(x: FloatArray, params: FloatArray) -> bool:
    """Whether the squared distance to the centre is below the squared radius, params = (r^2, centre)."""
    total = 0.0
    for k in range(x.shape[0]):
        d = x[k] - params[1 + k]
        total += d * d
    return bool(total < params[0])


def outside_ball(x: FloatArray, params: FloatArray) -> bool:
    """Whether x is finite and not in the ball."""
    return finite(x) and not inside_ball(x, params)


def distance_ball(x: FloatArray, params: FloatArray, normal: FloatArray) -> float:
    """Distance to the sphere, negative outside; from the centre every direction is as good."""
    total = 0.0
    for k in range(x.shape[0]):
        normal[k] = x[k] - params[1 + k]
        total += normal[k] * normal[k]
    length = math.sqrt(total)
    for k in range(x.shape[0]):
        if length > 0.0:
            normal[k] /= length
        else:
            normal[k] = 1.0 if k == 0 else 0.0
    return math.sqrt(params[0]) - length


@dataclass(frozen=True, eq=False, init=False)
class Ball(Convex):
    """The open ball of points closer to `center` than `radius`.

    Parameters
    ----------
    center : array_like, shape (dim,), or a number in one dimension
    radius : float
        Above 0.
    """

    center: tuple[float, ...]
    radius: float

    def __init__(self, center: ArrayLike, radius: float) -> None:
        vector = as_vector(center, "center")
        set_fields(self, center=tuple(vector.tolist()), radius=positive(radius, "radius"), dim=len(vector))

    @cached_property
    def parameters(self) -> FloatArray:
        """(radius^2, center), or the two ends in one dimension."""
        if self.dim == 1:
            return frozen([self.center[0] - self.radius, self.center[0] + self.radius])
        return frozen([self.radius * self.radius, *self.center])

    @property
    def inside_function(self) -> InsideFunction:
        """Plain function of the open ball."""
        return inside_interval if self.dim == 1 else inside_ball

    @property
    def outside_function(self) -> InsideFunction:
        """Plain function of the complement."""
        return outside_interval if self.dim == 1 else outside_ball

    @property
    def distance_function(self) -> DistanceFunction:
        """Plain function of the signed distance."""
        return distance_interval if self.dim == 1 else distance_ball

    def shrink(self, distance: float) -> Ball:
        """Return the ball of radius - distance."""
        d = checked_distance(distance)
        if not d < self.radius:
            raise ValueError(f"distance={d:g} leaves nothing of {self!r}; give less than the radius {self.radius:g}")
        return Ball(self.center, self.radius - d)

    def expand(self, distance: float) -> Ball:
        """Return the ball of radius + distance."""
        return Ball(self.center, self.radius + checked_distance(distance))

    def _contains(self, x: FloatArray) -> BoolArray:
        if self.dim == 1:
            return between(x[:, 0], self.parameters[0], self.parameters[1])
        # Added coordinate by coordinate, in the order of the kernel, so that both round alike on the boundary.
        total = np.zeros(len(x))
        with np.errstate(over="ignore", invalid="ignore"):
            for k, centre in enumerate(self.center):
                total += (x[:, k] - centre) * (x[:, k] - centre)
        return between(total, -math.inf, self.parameters[0])

    def _signed_distance(self, x: FloatArray) -> FloatArray:
        length: FloatArray = np.linalg.norm(x - np.asarray(self.center), axis=1)
        return self.radius - length

    def _chord(self, start: FloatArray, direction: FloatArray) -> tuple[float, float]:
        # Along the unit direction, with the foot of the perpendicular from the centre: no cancelling quadratic formula.
        length = float(np.linalg.norm(direction))
        unit = direction / length
        offset = start - np.asarray(self.center)
        along = float(offset @ unit)
        across = float(np.linalg.norm(offset - along * unit))
        half = math.sqrt(max((self.radius - across) * (self.radius + across), 0.0))
        return (-along - half) / length, (-along + half) / length
