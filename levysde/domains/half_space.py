"""Half-spaces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from levysde._types import ArrayLike
from levysde._validate import finite_number, frozen
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
    slab,
)
from levysde.domains.interval import distance_interval, inside_interval, outside_interval

# The plain functions are compiled into the exit kernel: no allocation, no closures, and every comparison false for NaN.


def inside_half_space(x: FloatArray, params: FloatArray) -> bool:
    """Whether normal . x < offset, params = (offset, normal)."""
    total = 0.0
    for k in range(x.shape[0]):
        total += params[1 + k] * x[k]
    return bool(-math.inf < total < params[0])


def outside_half_space(x: FloatArray, params: FloatArray) -> bool:
    """Whether x is finite and not in the half-space."""
    return finite(x) and not inside_half_space(x, params)


def distance_half_space(x: FloatArray, params: FloatArray, normal: FloatArray) -> float:
    """Distance to the plane, negative outside."""
    height, square = 0.0, 0.0
    for k in range(x.shape[0]):
        height += params[1 + k] * x[k]
        square += params[1 + k] * params[1 + k]
    length = math.sqrt(square)
    for k in range(x.shape[0]):
        normal[k] = params[1 + k] / length
    return float((params[0] - height) / length)


@dataclass(frozen=True, eq=False, init=False)
class HalfSpace(Convex):
    """The open half-space {x : normal . x < offset}.

    Parameters
    ----------
    normal : array_like, shape (dim,), or a number in one dimension
        Outward normal, not zero; its length is kept, so that `offset` is measured in its units.
    offset : float
    """

    normal: tuple[float, ...]
    offset: float

    def __init__(self, normal: ArrayLike, offset: float) -> None:
        vector = as_vector(normal, "normal")
        if not np.any(vector):
            raise ValueError("normal is zero; give the outward normal of the boundary plane")
        set_fields(self, normal=tuple(vector.tolist()), offset=finite_number(offset, "offset"), dim=len(vector))

    @cached_property
    def parameters(self) -> FloatArray:
        """(offset, normal), or the two ends in one dimension."""
        if self.dim == 1:
            end = self.offset / self.normal[0]
            return frozen([-math.inf, end] if self.normal[0] > 0.0 else [end, math.inf])
        return frozen([self.offset, *self.normal])

    @property
    def inside_function(self) -> InsideFunction:
        """Plain function of the open half-space."""
        return inside_interval if self.dim == 1 else inside_half_space

    @property
    def outside_function(self) -> InsideFunction:
        """Plain function of the complement."""
        return outside_interval if self.dim == 1 else outside_half_space

    @property
    def distance_function(self) -> DistanceFunction:
        """Plain function of the signed distance."""
        return distance_interval if self.dim == 1 else distance_half_space

    def shrink(self, distance: float) -> HalfSpace:
        """Return the half-space with its plane moved inward."""
        return HalfSpace(self.normal, self.offset - checked_distance(distance) * math.hypot(*self.normal))

    def expand(self, distance: float) -> HalfSpace:
        """Return the half-space with its plane moved outward."""
        return HalfSpace(self.normal, self.offset + checked_distance(distance) * math.hypot(*self.normal))

    def _contains(self, x: FloatArray) -> BoolArray:
        if self.dim == 1:
            return between(x[:, 0], self.parameters[0], self.parameters[1])
        total = np.zeros(len(x))
        with np.errstate(over="ignore", invalid="ignore"):
            for k, component in enumerate(self.normal):
                total += component * x[:, k]
        return between(total, -math.inf, self.offset)

    def _signed_distance(self, x: FloatArray) -> FloatArray:
        height: FloatArray = x @ np.asarray(self.normal)
        return (self.offset - height) / math.hypot(*self.normal)

    def _chord(self, start: FloatArray, direction: FloatArray) -> tuple[float, float]:
        normal = np.asarray(self.normal)
        return slab(float(normal @ start), float(normal @ direction), -math.inf, self.offset)
