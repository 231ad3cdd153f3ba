"""The Müller-Brown surface, the standard two-dimensional test of theoretical chemistry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import frozen
from levysde.landscapes.base import Landscape, Params, PlainFunction
from levysde.landscapes.critical import critical_points

__all__ = ["MullerBrown"]

FloatArray = NDArray[np.float64]

# A, a, b, c, x0, y0 of the four terms A exp(a dx^2 + b dx dy + c dy^2).
TERMS = (
    (-200.0, -1.0, 0.0, -10.0, 1.0, 0.0),
    (-100.0, -1.0, 0.0, -10.0, 0.0, 0.5),
    (-170.0, -6.5, 11.0, -6.5, -0.5, 1.5),
    (15.0, 0.7, 0.6, 0.7, -1.0, 1.0),
)
# The last term grows beyond the largest float at a distance of about 32; past exp(600) it stays put.
LARGEST_EXPONENT = 600.0


def potential(x: FloatArray, params: Params) -> float:
    """U at one point, params = the four rows of six numbers."""
    total = 0.0
    for k in range(0, 24, 6):
        dx = x[0] - params[k + 4]
        dy = x[1] - params[k + 5]
        e = params[k + 1] * dx * dx + params[k + 2] * dx * dy + params[k + 3] * dy * dy
        total += params[k] * math.exp(LARGEST_EXPONENT if e > LARGEST_EXPONENT else e)
    return total


def gradient(x: FloatArray, params: Params, out: FloatArray) -> None:
    """Write grad U at one point; params as for the potential."""
    gx = 0.0
    gy = 0.0
    for k in range(0, 24, 6):
        dx = x[0] - params[k + 4]
        dy = x[1] - params[k + 5]
        e = params[k + 1] * dx * dx + params[k + 2] * dx * dy + params[k + 3] * dy * dy
        height = params[k] * math.exp(LARGEST_EXPONENT if e > LARGEST_EXPONENT else e)
        gx += height * (2.0 * params[k + 1] * dx + params[k + 2] * dy)
        gy += height * (params[k + 2] * dx + 2.0 * params[k + 3] * dy)
    out[0] = gx
    out[1] = gy


@dataclass(frozen=True, eq=False)
class MullerBrown(Landscape):
    """U = sum_k A_k exp(a_k dx^2 + b_k dx dy + c_k dy^2) with the four terms of Müller and Brown [1]_.

    Three minima near (-0.558, 1.442), (0.623, 0.028) and (-0.050, 0.467) with energies -146.70, -108.17 and -80.77, and
    two saddles near (0.212, 0.293) and (-0.822, 0.624) with energies -72.25 and -40.66. They are found by a search in
    the box [-1.5, 1.2] x [-0.3, 2].

    References
    ----------
    .. [1] K. Müller, L. D. Brown, Theor. Chim. Acta 53 (1979) 75-93, doi:10.1007/BF00547608.
    """

    dim = 2

    @classmethod
    def examples(cls) -> tuple[Self, ...]:
        """Return the surface."""
        return (cls(),)

    @cached_property
    def parameters(self) -> FloatArray:
        """Four rows (A, a, b, c, x0, y0), one after the other."""
        return frozen(np.array(TERMS).reshape(-1))

    @property
    def potential_function(self) -> PlainFunction:
        """U at one point."""
        return potential

    @property
    def gradient_function(self) -> PlainFunction:
        """Gradient at one point."""
        return gradient

    def _find_critical(self) -> tuple[ArrayLike, ArrayLike]:
        params = self._call_parameters
        low, high = np.array([-1.5, -0.3]), np.array([1.2, 2.0])
        return critical_points(self._gradient_at, self._hessian_at, lambda x: potential(x, params), low, high)

    def _hessian_at(self, x: Any) -> Any:
        total = np.zeros((2, 2))
        for height, a, b, c, x0, y0 in TERMS:
            dx, dy = x[0] - x0, x[1] - y0
            slope = np.array([2 * a * dx + b * dy, b * dx + 2 * c * dy])
            bend = np.array([[2 * a, b], [b, 2 * c]])
            exponent = min(a * dx * dx + b * dx * dy + c * dy * dy, LARGEST_EXPONENT)
            total += height * math.exp(exponent) * (np.outer(slope, slope) + bend)
        return total
