"""What every landscape is: a frozen value with a potential, its gradient, and the geometry that metastability needs."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any, Self

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count, frozen
from levysde.domains import Interval
from levysde.landscapes.critical import derivative

__all__ = ["Landscape", "Params", "PlainFunction"]

FloatArray = NDArray[np.float64]
PlainFunction = Callable[..., Any]
Params = Sequence[float]  # what a plain function sees of its parameters: an array in kernels, a list from Python


class Landscape(ABC):
    """A potential U on R^dim, as a frozen value: nothing in it changes after construction.

    A subclass gives `dim`, `parameters`, the two plain functions, `_find_critical` and `examples`; everything else
    follows. The plain functions are compiled into the simulation kernels and called by Python for arrays, so they use
    `math`, allocate nothing and take every number from their second argument.

    Attributes
    ----------
    dim : int
        Number of coordinates.
    """

    dim: int

    @classmethod
    @abstractmethod
    def examples(cls) -> tuple[Self, ...]:
        """Instances that the shared tests go through; a new landscape is tested by giving some."""

    @property
    @abstractmethod
    def parameters(self) -> FloatArray:
        """Numbers that the plain functions read: a read-only C-contiguous array."""

    @property
    @abstractmethod
    def potential_function(self) -> PlainFunction:
        """Plain function ``f(x, params) -> float``; x is a float for dim 1, else an array (dim,)."""

    @property
    @abstractmethod
    def gradient_function(self) -> PlainFunction:
        """Plain function ``f(x, params) -> float`` for dim 1, else ``f(x, params, out) -> None``."""

    @property
    def flow_function(self) -> PlainFunction | None:
        """Plain function of the exact flow of x' = -grad U(x), called like the gradient; None where unknown."""
        return None

    def flow_parameters(self, dt: float) -> FloatArray:
        """Numbers that `flow_function` reads for a step `dt` > 0.

        Raises
        ------
        NotImplementedError
            No exact flow is known for this landscape.
        """
        raise NotImplementedError(f"{type(self).__name__} knows no exact flow; integrate its gradient instead")

    @property
    def lipschitz(self) -> float:
        """Smallest known Lipschitz constant of the gradient on the whole space; infinite where there is none."""
        return math.inf

    @property
    def joints(self) -> FloatArray:
        """Points where pieces of a one-dimensional potential meet, a derivative of which jumps there; shape (n,)."""
        return frozen([])

    @abstractmethod
    def _find_critical(self) -> tuple[ArrayLike, ArrayLike]:
        """Return minima and saddles (in 1-D: local maxima), each (n, dim), in 1-D increasing."""

    def _hessian_at(self, x: Any) -> Any:
        """Second derivative at one point: a float for dim 1, else a matrix; here from differences of the gradient."""
        return derivative(self._gradient_at, x, self._length)

    @property
    def _length(self) -> float:
        """Length on which the potential changes: a starting step for differences."""
        return 1.0

    @property
    def _call_parameters(self) -> Any:
        # Python floats: several times faster than NumPy scalars in a plain function, same bits, no overflow warnings.
        return self.parameters.tolist()

    def _gradient_at(self, x: Any) -> Any:
        if self.dim == 1:
            return self.gradient_function(x, self._call_parameters)
        out = np.empty(self.dim)
        self.gradient_function(x, self._call_parameters, out)
        return out

    def potential(self, x: ArrayLike) -> FloatArray:
        """U at every point.

        Parameters
        ----------
        x : array_like, shape (..., dim)
            Points. In one dimension an array whose last axis is not of length 1, or a scalar, is taken elementwise.

        Returns
        -------
        array of shape (...); the shape of `x` where it was taken elementwise
        """
        rows, shape, _ = self._rows(x)
        function, params = self.potential_function, self._call_parameters
        with np.errstate(over="ignore", invalid="ignore"):  # far out, overflow to infinity is the right answer
            return np.array([function(row, params) for row in rows], dtype=np.float64).reshape(shape)

    def gradient(self, x: ArrayLike) -> FloatArray:
        """Gradient of U at every point, of the shape of `x`; shapes of `x` as in `potential`."""
        rows, shape, elementwise = self._rows(x)
        function, params = self.gradient_function, self._call_parameters
        flat = np.empty((len(rows), self.dim))
        with np.errstate(over="ignore", invalid="ignore"):
            for row, out in zip(rows, flat, strict=True):
                if self.dim == 1:
                    out[0] = function(row, params)
                else:
                    function(row, params, out)
        return flat.reshape(shape if elementwise else (*shape, self.dim))

    def hessian(self, x: ArrayLike) -> FloatArray:
        """Second derivatives of U at every point.

        Returns
        -------
        array of shape (..., dim, dim); in one dimension the shape of `x` where it was taken elementwise
        """
        rows, shape, elementwise = self._rows(x)
        flat = np.array([self._hessian_at(row) for row in rows], dtype=np.float64)
        return flat.reshape(shape if elementwise else (*shape, self.dim, self.dim))

    def _rows(self, x: ArrayLike) -> tuple[Sequence[Any], tuple[int, ...], bool]:
        """Return the points one by one, the shape of one value per point, and whether x was taken elementwise."""
        array = np.asarray(x, dtype=np.float64)
        if self.dim == 1:
            pointwise = array.ndim > 0 and array.shape[-1] == 1
            return array.reshape(-1).tolist(), array.shape[:-1] if pointwise else array.shape, not pointwise
        if array.ndim == 0 or array.shape[-1] != self.dim:
            raise ValueError(f"x has shape {array.shape}; points of this landscape need shape (..., {self.dim})")
        rows = np.ascontiguousarray(array).reshape(-1, self.dim)
        return [*rows], array.shape[:-1], False

    @cached_property
    def _critical(self) -> tuple[FloatArray, FloatArray]:
        minima, saddles = self._find_critical()
        return frozen(np.reshape(minima, (-1, self.dim))), frozen(np.reshape(saddles, (-1, self.dim)))

    @property
    def minima(self) -> FloatArray:
        """Local minima, shape (n, dim); in one dimension increasing, else lowest first."""
        return self._critical[0]

    @property
    def saddles(self) -> FloatArray:
        """Saddles of index one, shape (m, dim), lowest first; in one dimension the local maxima, increasing."""
        return self._critical[1]

    def curvature(self, i: int) -> float | FloatArray:
        """Second derivative of U at minimum `i`: a float in one dimension, else the Hessian matrix."""
        value = self._hessian_at(self._minimum(i))
        return float(value) if self.dim == 1 else np.asarray(value, dtype=np.float64)

    def basin(self, i: int) -> Interval:
        """Return the basin of attraction of minimum `i` in one dimension, infinite where no maximum closes it.

        Raises
        ------
        NotImplementedError
            In more than one dimension, where basins have no simple shape.
        IndexError
            There is no minimum `i`.
        """
        if self.dim != 1:
            raise NotImplementedError(
                f"the basins of a landscape in {self.dim} dimensions have no simple shape; choose where to leave from "
                "yourself, for instance a Ball round the minimum (in compare_minima: domains=[...], one per minimum)"
            )
        minimum, maxima = self._minimum(i), self.saddles[:, 0]
        left, right = maxima[maxima < minimum], maxima[maxima > minimum]
        return Interval(float(left[-1]) if len(left) else -math.inf, float(right[0]) if len(right) else math.inf)

    def width(self, i: int) -> tuple[float, float]:
        """Return the distances from minimum `i` to its barriers (left, right); infinite where open. 1-D only."""
        basin, minimum = self.basin(i), self._minimum(i)
        return minimum - basin.a, basin.b - minimum

    def barrier(self, i: int) -> tuple[float, float]:
        """Return the heights of the barriers (left, right) above minimum `i`; infinite where open. 1-D only."""
        basin, bottom = self.basin(i), float(self.potential(self._minimum(i)))
        left, right = (float(self.potential(end)) - bottom if math.isfinite(end) else math.inf for end in _ends(basin))
        return left, right

    def _minimum(self, i: int) -> Any:
        """Minimum number i as the plain functions want it."""
        n = len(self.minima)
        index = count(i, "i", minimum=-n)
        if index >= n:
            raise IndexError(f"i={i} is not a minimum; this landscape has {n}, numbered from 0")
        return float(self.minima[index, 0]) if self.dim == 1 else self.minima[index]

    def _identity(self) -> tuple[Any, ...]:
        functions = self.potential_function, self.gradient_function
        return type(self), self.dim, functions, (self.parameters + 0.0).tobytes()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Landscape):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def __reduce__(self) -> tuple[Any, ...]:
        # Rebuilt from what the caller gave: an unpickled array would otherwise come back writeable.
        return type(self), tuple(getattr(self, f.name) for f in fields(self))  # type: ignore[arg-type]


def _ends(basin: Interval) -> tuple[float, float]:
    return basin.a, basin.b
