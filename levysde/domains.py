"""Where to leave from: intervals, balls, boxes, half-spaces and their complements.

Boundary conventions. `Interval`, `Ball`, `Box` and `HalfSpace` are open sets: their boundary is outside.
The complement ``~domain`` is the set of finite points not in `domain`, so it contains the boundary, and a first exit
from it is the first entrance into the open `domain`. A point with a NaN or infinite coordinate is in no domain,
complement or not: a path that is lost has left.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import finite_array, finite_number, frozen, point, positive

__all__ = ["Ball", "Box", "Complement", "Domain", "HalfSpace", "Interval"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
InsideFunction = Callable[[Any, Any], bool]


# The functions below are compiled into the exit kernel: no allocation, no closures, and every comparison false for NaN.


def inside_interval(x: float, params: FloatArray) -> bool:
    """Whether a < x < b, params = (a, b)."""
    low, high = params[0], params[1]
    return bool((low < x) & (x < high))  # not `and`: without a branch the loop over lanes vectorises


def outside_interval(x: float, params: FloatArray) -> bool:
    """Whether x is finite and not in (a, b)."""
    return bool(-math.inf < x <= params[0] or params[1] <= x < math.inf)


def inside_ball(x: FloatArray, params: FloatArray) -> bool:
    """Whether the squared distance to the centre is below the squared radius, params = (r^2, centre)."""
    total = 0.0
    for k in range(x.shape[0]):
        d = x[k] - params[1 + k]
        total += d * d
    return bool(total < params[0])


def outside_ball(x: FloatArray, params: FloatArray) -> bool:
    """Whether x is finite and not in the ball."""
    return _finite(x) and not inside_ball(x, params)


def inside_box(x: FloatArray, params: FloatArray) -> bool:
    """Whether low < x < high in every coordinate, params = (low, high)."""
    dim = x.shape[0]
    ok = True
    for k in range(dim):
        ok = ok and params[k] < x[k] < params[dim + k]
    return bool(ok)


def outside_box(x: FloatArray, params: FloatArray) -> bool:
    """Whether x is finite and some coordinate is not in (low, high)."""
    return _finite(x) and not inside_box(x, params)


def inside_half_space(x: FloatArray, params: FloatArray) -> bool:
    """Whether normal . x < offset, params = (offset, normal)."""
    total = 0.0
    for k in range(x.shape[0]):
        total += params[1 + k] * x[k]
    return bool(-math.inf < total < params[0])


def outside_half_space(x: FloatArray, params: FloatArray) -> bool:
    """Whether x is finite and not in the half-space."""
    return _finite(x) and not inside_half_space(x, params)


def _finite(x: FloatArray) -> bool:
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
        rows, shape = _rows(x, self.dim)
        return self._contains(rows).reshape(shape)

    def distance(self, x: ArrayLike) -> FloatArray:
        """Euclidean distance from points in the domain to its boundary; 0 for points outside; shapes as `contains`."""
        rows, shape = _rows(x, self.dim)
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


class _Convex(Domain):
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


@dataclass(frozen=True, eq=False)
class Interval(_Convex):
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

    def shrink(self, distance: float) -> Interval:
        """Return (a + distance, b - distance)."""
        d = _distance(distance)
        if not self.a + d < self.b - d:
            raise ValueError(f"distance={d:g} leaves nothing of {self!r}; give less than {(self.b - self.a) / 2:g}")
        return Interval(self.a + d, self.b - d)

    def expand(self, distance: float) -> Interval:
        """Return (a - distance, b + distance)."""
        d = _distance(distance)
        return Interval(self.a - d, self.b + d)

    def _contains(self, x: FloatArray) -> BoolArray:
        return _between(x[:, 0], self.a, self.b)

    def _signed_distance(self, x: FloatArray) -> FloatArray:
        return np.minimum(x[:, 0] - self.a, self.b - x[:, 0])

    def _chord(self, start: FloatArray, direction: FloatArray) -> tuple[float, float]:
        return _slab(float(start[0]), float(direction[0]), self.a, self.b)


@dataclass(frozen=True, eq=False, init=False)
class Ball(_Convex):
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
        vector = _vector(center, "center")
        _set(self, center=tuple(vector.tolist()), radius=positive(radius, "radius"), dim=len(vector))

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

    def shrink(self, distance: float) -> Ball:
        """Return the ball of radius - distance."""
        d = _distance(distance)
        if not d < self.radius:
            raise ValueError(f"distance={d:g} leaves nothing of {self!r}; give less than the radius {self.radius:g}")
        return Ball(self.center, self.radius - d)

    def expand(self, distance: float) -> Ball:
        """Return the ball of radius + distance."""
        return Ball(self.center, self.radius + _distance(distance))

    def _contains(self, x: FloatArray) -> BoolArray:
        if self.dim == 1:
            return _between(x[:, 0], self.parameters[0], self.parameters[1])
        # Added coordinate by coordinate, in the order of the kernel, so that both round alike on the boundary.
        total = np.zeros(len(x))
        with np.errstate(over="ignore", invalid="ignore"):
            for k, centre in enumerate(self.center):
                total += (x[:, k] - centre) * (x[:, k] - centre)
        return _between(total, -math.inf, self.parameters[0])

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


@dataclass(frozen=True, eq=False, init=False)
class Box(_Convex):
    """The open box low < x < high, coordinate by coordinate; sides may be infinite.

    Parameters
    ----------
    low, high : array_like, shape (dim,), or numbers in one dimension
        Opposite corners, low < high in every coordinate; entries may be -inf and inf.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]

    def __init__(self, low: ArrayLike, high: ArrayLike) -> None:
        below, above = _vector(low, "low", infinite=True), _vector(high, "high", infinite=True)
        if below.shape != above.shape:
            raise ValueError(f"low has {len(below)} and high {len(above)} coordinates; give as many of each")
        if not np.all((below < above) & (below < math.inf) & (above > -math.inf)):
            raise ValueError(f"low={below.tolist()} is not below high={above.tolist()} in every coordinate")
        _set(self, low=tuple(below.tolist()), high=tuple(above.tolist()), dim=len(below))

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

    def shrink(self, distance: float) -> Box:
        """Return the box with every face moved inward."""
        d = _distance(distance)
        low, high = np.asarray(self.low) + d, np.asarray(self.high) - d
        if not np.all(low < high):
            raise ValueError(f"distance={d:g} leaves nothing of {self!r}; give less than half its shortest side")
        return Box(low, high)

    def expand(self, distance: float) -> Box:
        """Return the box with every face moved outward."""
        d = _distance(distance)
        return Box(np.asarray(self.low) - d, np.asarray(self.high) + d)

    def _contains(self, x: FloatArray) -> BoolArray:
        inside: BoolArray = np.all((np.asarray(self.low) < x) & (x < np.asarray(self.high)), axis=1)
        return inside

    def _signed_distance(self, x: FloatArray) -> FloatArray:
        gap = np.maximum(np.asarray(self.low) - x, x - np.asarray(self.high))
        outer: FloatArray = np.linalg.norm(np.maximum(gap, 0.0), axis=1)
        return np.where(outer > 0.0, -outer, -np.max(gap, axis=1))

    def _chord(self, start: FloatArray, direction: FloatArray) -> tuple[float, float]:
        slabs = [_slab(*side) for side in zip(start.tolist(), direction.tolist(), self.low, self.high, strict=True)]
        return max(low for low, _ in slabs), min(high for _, high in slabs)


@dataclass(frozen=True, eq=False, init=False)
class HalfSpace(_Convex):
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
        vector = _vector(normal, "normal")
        if not np.any(vector):
            raise ValueError("normal is zero; give the outward normal of the boundary plane")
        _set(self, normal=tuple(vector.tolist()), offset=finite_number(offset, "offset"), dim=len(vector))

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

    def shrink(self, distance: float) -> HalfSpace:
        """Return the half-space with its plane moved inward."""
        return HalfSpace(self.normal, self.offset - _distance(distance) * math.hypot(*self.normal))

    def expand(self, distance: float) -> HalfSpace:
        """Return the half-space with its plane moved outward."""
        return HalfSpace(self.normal, self.offset + _distance(distance) * math.hypot(*self.normal))

    def _contains(self, x: FloatArray) -> BoolArray:
        if self.dim == 1:
            return _between(x[:, 0], self.parameters[0], self.parameters[1])
        total = np.zeros(len(x))
        with np.errstate(over="ignore", invalid="ignore"):
            for k, component in enumerate(self.normal):
                total += component * x[:, k]
        return _between(total, -math.inf, self.offset)

    def _signed_distance(self, x: FloatArray) -> FloatArray:
        height: FloatArray = x @ np.asarray(self.normal)
        return (self.offset - height) / math.hypot(*self.normal)

    def _chord(self, start: FloatArray, direction: FloatArray) -> tuple[float, float]:
        normal = np.asarray(self.normal)
        return _slab(float(normal @ start), float(normal @ direction), -math.inf, self.offset)


@dataclass(frozen=True, eq=False)
class Complement(Domain):
    """All finite points outside `domain`, boundary included; written ``~domain``.

    A path leaves it by entering `domain`.
    """

    domain: Domain

    def __post_init__(self) -> None:
        if not isinstance(self.domain, _Convex):
            raise TypeError(f"domain={self.domain!r} has no complement here; give an Interval, Ball, Box or HalfSpace")
        object.__setattr__(self, "dim", self.domain.dim)

    @property
    def _convex(self) -> _Convex:
        assert isinstance(self.domain, _Convex)
        return self.domain

    @property
    def parameters(self) -> FloatArray:
        """Those of the domain left out."""
        return self.domain.parameters

    @property
    def inside_function(self) -> InsideFunction:
        """Plain function of the complement."""
        return self._convex.outside_function

    def shrink(self, distance: float) -> Domain:
        """Return the complement of the expanded domain."""
        return ~self.domain.expand(distance)

    def expand(self, distance: float) -> Domain:
        """Return the complement of the shrunk domain."""
        return ~self.domain.shrink(distance)

    def _contains(self, x: FloatArray) -> BoolArray:
        return np.isfinite(x).all(axis=1) & ~self.domain._contains(x)

    def _signed_distance(self, x: FloatArray) -> FloatArray:
        return -self.domain._signed_distance(x)

    def _outside(self, start: FloatArray, direction: FloatArray) -> list[tuple[float, float]]:
        low, high = self._convex._chord(start, direction)
        return [(low, high)] if low < high else []

    def __invert__(self) -> Domain:
        return self.domain

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Complement) and self.domain == other.domain

    def __hash__(self) -> int:
        return hash((Complement, self.domain))

    def __repr__(self) -> str:
        return f"~{self.domain!r}"


def _between(values: FloatArray, low: float, high: float) -> BoolArray:
    inside: BoolArray = (low < values) & (values < high)
    return inside


def _slab(start: float, speed: float, low: float, high: float) -> tuple[float, float]:
    """Return the interval of s with low < start + s speed < high."""
    if speed == 0.0:
        return (-math.inf, math.inf) if low < start < high else (math.inf, -math.inf)
    first, last = (low - start) / speed, (high - start) / speed
    return min(first, last), max(first, last)


def _rows(x: ArrayLike, dim: int) -> tuple[FloatArray, tuple[int, ...]]:
    """Return x as rows (n, dim), and the shape of one value per point; NaN and infinities are points like any other."""
    array = np.asarray(x, dtype=np.float64)
    if array.ndim > 0 and array.shape[-1] == dim:
        return array.reshape(-1, dim), array.shape[:-1]
    if dim == 1:
        return array.reshape(-1, 1), array.shape
    raise ValueError(f"x has shape {array.shape}; points of this domain need shape (..., {dim})")


def _vector(values: ArrayLike, name: str, *, infinite: bool = False) -> FloatArray:
    array = np.array(values, dtype=np.float64) if infinite else finite_array(values, name)
    if array.ndim > 1 or array.size == 0 or np.isnan(array).any():
        raise ValueError(f"{name}={values!r} is not a point; give one number per coordinate")
    return array.reshape(-1)


def _distance(distance: float) -> float:
    return finite_number(distance, "distance", low=0.0)


def _set(value: Domain, **attributes: Any) -> None:
    """Fill in the fields of a frozen value while it is being built."""
    for name, content in attributes.items():
        object.__setattr__(value, name, content)
