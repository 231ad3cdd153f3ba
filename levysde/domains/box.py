"""Boxes with faces normal to the axes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from levysde._types import ArrayLike
from levysde._validate import frozen
from levysde.domains.base import (
    BoolArray,
    Convex,
    DistanceFunction,
    FloatArray,
    InsideFunction,
    as_vector,
    checked_distance,
    finite,
    set_fields,
    slab,
)
from levysde.domains.interval import distance_interval, inside_interval, outside_interval

# The plain functions are compiled into the exit kernel: no allocation, no closures, and every comparison false for NaN.


def inside_box(x: FloatArray, params: FloatArray) -> bool:
    """Whether low < x < high in every coordinate, params = (low, high)."""
    dim = x.shape[0]
    ok = True
    for k in range(dim):
        ok = ok and params[k] < x[k] < params[dim + k]
    return bool(ok)


def outside_box(x: FloatArray, params: FloatArray) -> bool:
    """Whether x is finite and some coordinate is not in (low, high)."""
    return finite(x) and not inside_box(x, params)


def distance_box(x: FloatArray, params: FloatArray, normal: FloatArray) -> float:
    """Distance to the nearest face, negative outside."""
    dim = x.shape[0]
    nearest, face, square = math.inf, 0, 0.0
    for k in range(dim):
        gap = min(x[k] - params[k], params[dim + k] - x[k])
        if gap < nearest:
            nearest, face = gap, k
        normal[k] = 0.0
        if gap < 0.0:
            normal[k] = gap if x[k] <= params[k] else -gap
            square += gap * gap
    if square > 0.0:
        nearest = -math.sqrt(square)
        for k in range(dim):
            normal[k] /= -nearest
    else:
        normal[face] = -1.0 if x[face] - params[face] == nearest else 1.0
    return float(nearest)


@dataclass(frozen=True, eq=False, init=False)
class Box(Convex):
    """The open box low < x < high, coordinate by coordinate; sides may be infinite.

    Parameters
    ----------
    low, high : array_like, shape (dim,), or numbers in one dimension
        Opposite corners, low < high in every coordinate; entries may be -inf and inf.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]

    def __init__(self, low: ArrayLike, high: ArrayLike) -> None:
        below, above = as_vector(low, "low", infinite=True), as_vector(high, "high", infinite=True)
        if below.shape != above.shape:
            raise ValueError(f"low has {len(below)} and high {len(above)} coordinates; give as many of each")
        if not np.all((below < above) & (below < math.inf) & (above > -math.inf)):
            raise ValueError(f"low={below.tolist()} is not below high={above.tolist()} in every coordinate")
        set_fields(self, low=tuple(below.tolist()), high=tuple(above.tolist()), dim=len(below))

    @cached_property
    def parameters(self) -> FloatArray:
        """(low, high)."""
        return frozen([*self.low, *self.high])

    @property
    def inside_function(self) -> InsideFunction:
        """Plain function of the open box."""
        return inside_interval if self.dim == 1 else inside_box

    @property
    def outside_function(self) -> InsideFunction:
        """Plain function of the complement."""
        return outside_interval if self.dim == 1 else outside_box

    @property
    def distance_function(self) -> DistanceFunction:
        """Plain function of the signed distance."""
        return distance_interval if self.dim == 1 else distance_box

    def shrink(self, distance: float) -> Box:
        """Return the box with every face moved inward."""
        d = checked_distance(distance)
        low, high = np.asarray(self.low) + d, np.asarray(self.high) - d
        if not np.all(low < high):
            raise ValueError(f"distance={d:g} leaves nothing of {self!r}; give less than half its shortest side")
        return Box(low, high)

    def expand(self, distance: float) -> Box:
        """Return the box with every face moved outward."""
        d = checked_distance(distance)
        return Box(np.asarray(self.low) - d, np.asarray(self.high) + d)

    def _contains(self, x: FloatArray) -> BoolArray:
        inside: BoolArray = np.all((np.asarray(self.low) < x) & (x < np.asarray(self.high)), axis=1)
        return inside

    def _signed_distance(self, x: FloatArray) -> FloatArray:
        gap = np.maximum(np.asarray(self.low) - x, x - np.asarray(self.high))
        outer: FloatArray = np.linalg.norm(np.maximum(gap, 0.0), axis=1)
        return np.where(outer > 0.0, -outer, -np.max(gap, axis=1))

    def _chord(self, start: FloatArray, direction: FloatArray) -> tuple[float, float]:
        slabs = [slab(*side) for side in zip(start.tolist(), direction.tolist(), self.low, self.high, strict=True)]
        return max(low for low, _ in slabs), min(high for _, high in slabs)
