"""Any polynomial of one variable as a potential."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import finite_array, frozen
from levysde.landscapes.base import Landscape, Params, PlainFunction
from levysde.landscapes.critical import extrema

__all__ = ["Polynomial"]

FloatArray = NDArray[np.float64]


def potential(x: float, params: Params) -> float:
    """U by Horner's rule, params = (number of coefficients, coefficients of U, coefficients of U')."""
    n = int(params[0])
    total = params[n]
    for k in range(n - 1, 0, -1):
        total = total * x + params[k]
    return total


def gradient(x: float, params: Params) -> float:
    """U' by Horner's rule; params as for the potential."""
    n = int(params[0])
    total = params[2 * n - 1]
    for k in range(2 * n - 2, n, -1):
        total = total * x + params[k]
    return total


@dataclass(frozen=True, eq=False, init=False)
class Polynomial(Landscape):
    """U = c_0 + c_1 x + c_2 x^2 + ..., lowest order first as in `numpy.polynomial`.

    A potential that does not rise on both sides (odd degree, or a negative leading coefficient) is allowed: paths
    then run away on that side, and a basin ends at the local maximum that guards it. Critical points are the real
    roots of U' (eigenvalues of the companion matrix), refined by bracketing; an inflection with zero slope is not one.

    Parameters
    ----------
    coefficients : array_like, shape (degree + 1,)
        Zeros at the end are dropped; the degree must be at least 1.

    Raises
    ------
    TypeError, ValueError
        Not finite real numbers in one row, or a constant.
    """

    coefficients: tuple[float, ...]
    dim = 1

    def __init__(self, coefficients: ArrayLike) -> None:
        given = finite_array(coefficients, "coefficients")
        if given.ndim != 1:
            raise ValueError(f"coefficients has shape {given.shape}; give one row of numbers, lowest order first")
        trimmed = np.trim_zeros(given, "b")
        if len(trimmed) < 2:
            raise ValueError(f"coefficients={given.tolist()} is a constant; for no force use Flat()")
        object.__setattr__(self, "coefficients", tuple(trimmed.tolist()))

    @classmethod
    def examples(cls) -> tuple[Self, ...]:
        """Return skewed double wells of several sizes, a flat quartic, an open cubic, an inflection and a slope."""
        skewed = np.array([0.0, 0.0, -0.5, -1 / 6, 0.125])
        sizes = [(20.0, 10.0), (1.0, 1e6), (1.0, 1e-6), (1e-3, 1.0)]
        stretched = [cls(height * skewed / length ** np.arange(5.0)) for length, height in sizes]
        others = [[0, 0, 0, 0, 0.25], [0, 0, 0.5, -1 / 3], [0, 0, 0.5, -2 / 3, 0.25], [1, 0.5], [3, -2, 1.5]]
        return cls(skewed), *stretched, *(cls(c) for c in others)

    @cached_property
    def parameters(self) -> FloatArray:
        """(number of coefficients, coefficients of U, coefficients of U')."""
        return frozen([len(self.coefficients), *self.coefficients, *self._derivative(1)])

    @property
    def potential_function(self) -> PlainFunction:
        """U at one point."""
        return potential

    @property
    def gradient_function(self) -> PlainFunction:
        """U' at one point."""
        return gradient

    @property
    def lipschitz(self) -> float:
        """The second derivative of a parabola; infinite for a higher degree."""
        if len(self.coefficients) > 3:
            return math.inf
        return abs(2.0 * self.coefficients[2]) if len(self.coefficients) == 3 else 0.0

    def _derivative(self, order: int) -> FloatArray:
        from numpy.polynomial import polynomial

        return np.asarray(polynomial.polyder(np.array(self.coefficients), order), dtype=np.float64)

    def _find_critical(self) -> tuple[ArrayLike, ArrayLike]:
        from numpy.polynomial import polynomial

        if len(self.coefficients) == 2:
            return [], []
        # Real parts of complex roots only add points to the grid. Roots that agree to 1e-6 are one multiple root that
        # rounding has split: between them the sign of U' means nothing.
        places = np.sort(polynomial.polyroots(self._derivative(1)).real)
        size = np.maximum(np.abs(places[1:]), np.abs(places[:-1]))
        apart = np.diff(places) > 1e-6 * size
        middles = (places[1:] + places[:-1])[apart] / 2
        pad = max(abs(places[0]), abs(places[-1])) or 1.0
        grid = np.array([places[0] - pad, *middles, places[-1] + pad])
        params = self._call_parameters
        return extrema(lambda x: gradient(x, params), grid)

    def _hessian_at(self, x: Any) -> Any:
        total = 0.0
        for coefficient in self._derivative(2).tolist()[::-1]:
            total = total * x + coefficient
        return total
