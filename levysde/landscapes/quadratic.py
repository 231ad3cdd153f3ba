"""The quadratic well, whose path is the Ornstein-Uhlenbeck process of its noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_array, frozen, positive
from levysde.landscapes.base import Landscape, Params, PlainFunction

__all__ = ["Quadratic"]

FloatArray = NDArray[np.float64]


def potential_line(x: float, params: Params) -> float:
    """U = c x^2 / 2, params = (c,)."""
    return 0.5 * params[0] * x * x


def gradient_line(x: float, params: Params) -> float:
    """U' = c x; with params = (exp(-c dt),) it is the flow as well."""
    return params[0] * x


def potential_axes(x: FloatArray, params: Params) -> float:
    """U = sum_k c_k x_k^2 / 2, params = c."""
    total = 0.0
    for k in range(x.shape[0]):
        total += params[k] * x[k] * x[k]
    return 0.5 * total


def scale_axes(x: FloatArray, params: Params, out: FloatArray) -> None:
    """Multiply every coordinate: the gradient for params = c, the flow for params = exp(-c dt)."""
    for k in range(x.shape[0]):
        out[k] = params[k] * x[k]


def potential_matrix(x: FloatArray, params: Params) -> float:
    """U = x . C x / 2, params = C row by row."""
    dim = x.shape[0]
    total = 0.0
    for j in range(dim):
        for k in range(dim):
            total += params[j * dim + k] * x[j] * x[k]
    return 0.5 * total


def apply_matrix(x: FloatArray, params: Params, out: FloatArray) -> None:
    """Multiply by a matrix: the gradient for C, the flow for exp(-C dt); `out` must not be `x`."""
    dim = x.shape[0]
    for j in range(dim):
        total = 0.0
        for k in range(dim):
            total += params[j * dim + k] * x[k]
        out[j] = total


@dataclass(frozen=True, eq=False, init=False)
class Quadratic(Landscape):
    """U = x . C x / 2: one well at the origin, with an exact drift flow exp(-C t) x.

    Parameters
    ----------
    curvature : float or array_like
        C: a positive number (the same in every direction), a vector of positive numbers (one per coordinate), or a
        symmetric positive-definite matrix.
    dim : int
        Number of coordinates for a scalar curvature; a vector or a matrix brings its own.

    Raises
    ------
    TypeError, ValueError
        Not positive, not symmetric, or of another size than `dim`.
    """

    curvature_matrix: tuple[tuple[float, ...], ...]

    def __init__(self, curvature: ArrayLike = 1.0, dim: int = 1) -> None:
        given, dim = finite_array(curvature, "curvature"), count(dim, "dim")
        if given.ndim == 0:
            matrix = positive(float(given), "curvature") * np.eye(dim)
        elif given.ndim == 1 and given.size:
            if not np.all(given > 0.0):
                raise ValueError(f"curvature={given.tolist()} has entries that are not positive; a well needs them all")
            matrix = np.diag(given)
        elif given.ndim == 2 and given.shape[0] == given.shape[1] and given.size:
            if not np.allclose(given, given.T, rtol=1e-12, atol=0.0):
                raise ValueError("curvature is not a symmetric matrix; give (C + C.T) / 2")
            matrix = (given + given.T) / 2
            if not np.linalg.eigvalsh(matrix)[0] > 0.0:
                raise ValueError("curvature is not positive definite; a well needs every eigenvalue above 0")
        else:
            raise ValueError(f"curvature has shape {given.shape}; give a number, a vector or a square matrix")
        if dim not in (1, len(matrix)):
            raise ValueError(f"dim={dim} does not fit a curvature of {len(matrix)} coordinates; leave dim out")
        object.__setattr__(self, "curvature_matrix", tuple(tuple(row) for row in matrix.tolist()))
        object.__setattr__(self, "dim", len(matrix))

    @classmethod
    def examples(cls) -> tuple[Self, ...]:
        """Return a number, a vector, a matrix, and a stiff, a large and a small one."""
        matrix = [[2.0, 0.5, 0.0], [0.5, 1.0, -0.3], [0.0, -0.3, 0.7]]
        return cls(), cls(2.5, 2), cls([0.5, 3.0]), cls(matrix), cls(1e6), cls(1e-6, 2)

    @cached_property
    def _matrix(self) -> FloatArray:
        return frozen(self.curvature_matrix)

    @cached_property
    def _diagonal(self) -> bool:
        return bool(np.array_equal(self._matrix, np.diag(np.diag(self._matrix))))

    @cached_property
    def parameters(self) -> FloatArray:
        """The diagonal of C where it is diagonal, else C row by row."""
        return self._pack(self._matrix)

    @property
    def potential_function(self) -> PlainFunction:
        """The form of U that fits C."""
        if self.dim == 1:
            return potential_line
        return potential_axes if self._diagonal else potential_matrix

    @property
    def gradient_function(self) -> PlainFunction:
        """The form of C x that fits C."""
        if self.dim == 1:
            return gradient_line
        return scale_axes if self._diagonal else apply_matrix

    @property
    def flow_function(self) -> PlainFunction:
        """Multiplication, as in the gradient."""
        return self.gradient_function

    def flow_parameters(self, dt: float) -> FloatArray:
        """exp(-C dt), packed as C is."""
        step = positive(dt, "dt")
        if self._diagonal:
            return self._pack(np.diag(np.exp(-np.diag(self._matrix) * step)))
        # The exponential of a symmetric matrix through its eigenvectors: exact to rounding for stiff ones too.
        values, vectors = np.linalg.eigh(self._matrix)
        return self._pack((vectors * np.exp(-values * step)) @ vectors.T)

    def _pack(self, matrix: FloatArray) -> FloatArray:
        return frozen(np.diag(matrix) if self._diagonal else matrix.reshape(-1))

    @cached_property
    def lipschitz(self) -> float:
        """The largest eigenvalue of C."""
        return float(np.linalg.eigvalsh(self._matrix)[-1])

    def _find_critical(self) -> tuple[ArrayLike, ArrayLike]:
        return np.zeros((1, self.dim)), []

    def _hessian_at(self, x: Any) -> Any:
        return self._matrix[0, 0] if self.dim == 1 else self._matrix

    def __repr__(self) -> str:
        if np.array_equal(self._matrix, self._matrix[0, 0] * np.eye(self.dim)):
            return f"Quadratic({self._matrix[0, 0]:g}, dim={self.dim})"
        given = np.diag(self._matrix) if self._diagonal else self._matrix
        return f"Quadratic({given.tolist()})"
