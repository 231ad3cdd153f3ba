"""What every domain is, and what convex ones share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import finite_array, finite_number, point

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
InsideFunction = Callable[[Any, Any], bool]
DistanceFunction = Callable[..., float]


def finite(x: FloatArray) -> bool:
    """Whether every coordinate is finite."""
    finite = True
    for k in range(x.shape[0]):
        finite = finite and -math.inf < x[k] < math.inf
    return bool(finite)


class Domain(ABC):
    """A region of R^dim that a path may leave.

    Attributes
    ----------
    dim : int
        Number of coordinates of its points.
    """

    dim: int

    @property
    @abstractmethod
    def inside_function(self) -> InsideFunction:
        """Plain function (x, params) -> bool that the kernels compile: x a float for dim 1, else an array (dim,)."""

    @property
    @abstractmethod
    def parameters(self) -> FloatArray:
        """Numbers that `inside_function` reads: a read-only array."""

    @property
    def distance_function(self) -> DistanceFunction | None:
        """Plain function of the signed distance to the boundary, which changes its sign there; None where unknown.

        Called as (x, params) in one dimension; in several as (x, params, normal), and then the unit vector from x to
        the nearest point of the boundary, times the sign of the distance, is written to `normal`.
        """
        return None

    @abstractmethod
    def _contains(self, x: FloatArray) -> BoolArray:
        """Membership of points (n, dim), with the arithmetic of `inside_function`."""

    @abstractmethod
    def _signed_distance(self, x: FloatArray) -> FloatArray:
        """Distance to the boundary for points (n, dim), negative outside."""

    @abstractmethod
    def shrink(self, distance: float) -> Domain:
        """Return the domain with its boundary moved inward by `distance` >= 0.

        Raises
        ------
        ValueError
            `distance` is negative, or nothing is left.
        """

    @abstractmethod
    def expand(self, distance: float) -> Domain:
        """Return the domain with its boundary moved outward by `distance` >= 0 (a box stays a box)."""

    @abstractmethod
    def _outside(self, start: FloatArray, direction: FloatArray) -> list[tuple[float, float]]:
        """Return what `outside` returns, for checked arrays (dim,)."""

    def contains(self, x: ArrayLike) -> BoolArray:
        """Say which points are in the domain.

        Parameters
        ----------
        x : array_like, shape (..., dim)
            Points. In one dimension an array whose last axis is not of length 1, or a scalar, is taken elementwise.

        Returns
        -------
        array of bool, shape (...), or the shape of `x` where it was taken elementwise
        """
        rows, shape = as_rows(x, self.dim)
        return self._contains(rows).reshape(shape)

    def distance(self, x: ArrayLike) -> FloatArray:
        """Euclidean distance from points in the domain to its boundary; 0 for points outside; shapes as `contains`."""
        rows, shape = as_rows(x, self.dim)
        return np.maximum(self._signed_distance(rows), 0.0).reshape(shape)

    def outside(self, start: ArrayLike, direction: ArrayLike) -> list[tuple[float, float]]:
        """Find where the line through a point runs outside the domain: where a jump along it would leave.

        Parameters
        ----------
        start : array_like, shape (dim,)
            A point in the domain.
        direction : array_like, shape (dim,)
            Any non-zero vector.

        Returns
        -------
        list of (low, high)
            Increasing disjoint intervals of real s, not holding 0, where ``start + s * direction`` is outside.

        Raises
        ------
        ValueError
            `start` is not in the domain, or `direction` is zero.
        """
        origin, along = point(start, self.dim, "start"), point(direction, self.dim, "direction")
        if not self._contains(origin[np.newaxis])[0]:
            raise ValueError(f"start={origin.tolist()} is not in {self!r}; give a point inside")
        if not np.any(along):
            raise ValueError("direction is zero; give a non-zero vector")
        return self._outside(origin, along)

    def __invert__(self) -> Domain:
        from levysde.domains.complement import Complement  # it is a Domain itself

        return Complement(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Domain):
            return NotImplemented
        same = type(self) is type(other) and self.dim == other.dim and self.inside_function is other.inside_function
        return same and np.array_equal(self.parameters, other.parameters)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.dim, (self.parameters + 0.0).tobytes()))

    def __reduce__(self) -> tuple[Any, ...]:
        # Rebuilt from what the caller gave: an unpickled array would otherwise come back writeable.
        return type(self), tuple(getattr(self, f.name) for f in fields(self))  # type: ignore[arg-type]


class Convex(Domain):
    """A convex domain: a line meets it in one chord. In one dimension every one of them is an interval."""

    @abstractmethod
    def _chord(self, start: FloatArray, direction: FloatArray) -> tuple[float, float]:
        """Return the interval (low, high) of s inside; low >= high where the line misses the domain."""

    @property
    @abstractmethod
    def outside_function(self) -> InsideFunction:
        """The `inside_function` of the complement."""

    def _outside(self, start: FloatArray, direction: FloatArray) -> list[tuple[float, float]]:
        low, high = self._chord(start, direction)
        found = []
        if low > -math.inf:
            found.append((-math.inf, low))
        if high < math.inf:
            found.append((high, math.inf))
        return found


def between(values: FloatArray, low: float, high: float) -> BoolArray:
    """Return which values lie in the open interval."""
    inside: BoolArray = (low < values) & (values < high)
    return inside


def slab(start: float, speed: float, low: float, high: float) -> tuple[float, float]:
    """Return the interval of s with low < start + s speed < high."""
    if speed == 0.0:
        return (-math.inf, math.inf) if low < start < high else (math.inf, -math.inf)
    first, last = (low - start) / speed, (high - start) / speed
    return min(first, last), max(first, last)


def as_rows(x: ArrayLike, dim: int) -> tuple[FloatArray, tuple[int, ...]]:
    """Return x as rows (n, dim), and the shape of one value per point; NaN and infinities are points like any other."""
    array = np.asarray(x, dtype=np.float64)
    if array.ndim > 0 and array.shape[-1] == dim:
        return array.reshape(-1, dim), array.shape[:-1]
    if dim == 1:
        return array.reshape(-1, 1), array.shape
    raise ValueError(f"x has shape {array.shape}; points of this domain need shape (..., {dim})")


def as_vector(values: ArrayLike, name: str, *, infinite: bool = False) -> FloatArray:
    """Return a checked point or vector of any length."""
    array = np.array(values, dtype=np.float64) if infinite else finite_array(values, name)
    if array.ndim > 1 or array.size == 0 or np.isnan(array).any():
        raise ValueError(f"{name}={values!r} is not a point; give one number per coordinate")
    return array.reshape(-1)


def checked_distance(distance: float) -> float:
    """Return a distance, finite and not negative."""
    return finite_number(distance, "distance", low=0.0)


def set_fields(value: Domain, **attributes: Any) -> None:
    """Fill in the fields of a frozen value while it is being built."""
    for name, content in attributes.items():
        object.__setattr__(value, name, content)
