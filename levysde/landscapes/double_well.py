"""The quartic double well, the standard example of metastability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import frozen, positive
from levysde.landscapes.base import Landscape, Params, PlainFunction

__all__ = ["DoubleWell"]

FloatArray = NDArray[np.float64]


def potential(x: float, params: Params) -> float:
    """U = s (x^4/4 - x^2/2), params = (s,)."""
    square = x * x
    return params[0] * square * (0.25 * square - 0.5)


def gradient(x: float, params: Params) -> float:
    """U' = s x (x^2 - 1)."""
    return params[0] * x * (x * x - 1.0)


def flow(x: float, params: Params) -> float:
    """X / sqrt(q + x^2 (1 - q)) with params = (q, 1 - q, 1 / sqrt(1 - q)), q = exp(-2 s dt).

    From farther than 1e100, where the square may overflow, the path comes down to the last parameter whatever x is.
    """
    if abs(x) > 1e100:
        return math.copysign(params[2], x)
    return x / math.sqrt(params[0] + x * x * params[1])


@dataclass(frozen=True, eq=False)
class DoubleWell(Landscape):
    """U = scale (x^4/4 - x^2/2): minima at -1 and 1, barrier of height scale/4 at 0.

    The drift x' = scale (x - x^3) has the exact flow x e^h / sqrt(1 + x^2 (e^{2h} - 1)) with h = scale t.

    Parameters
    ----------
    scale : float
        Above 0.
    """

    scale: float = 1.0
    dim = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive(self.scale, "scale"))

    @classmethod
    def examples(cls) -> tuple[Self, ...]:
        """Return the plain one and two far from scale 1."""
        return cls(), cls(1e6), cls(1e-6)

    @cached_property
    def parameters(self) -> FloatArray:
        """The scale."""
        return frozen([self.scale])

    @property
    def potential_function(self) -> PlainFunction:
        """U at one point."""
        return potential

    @property
    def gradient_function(self) -> PlainFunction:
        """U' at one point."""
        return gradient

    @property
    def flow_function(self) -> PlainFunction:
        """The exact drift flow."""
        return flow

    def flow_parameters(self, dt: float) -> FloatArray:
        """(q, 1 - q, 1 / sqrt(1 - q)) with q = exp(-2 scale dt)."""
        h = 2.0 * self.scale * positive(dt, "dt")
        rest = -math.expm1(-h)
        # The floor keeps x = 0 from becoming 0/0 after a step of more than 345 relaxation times.
        return frozen([max(math.exp(-h), 1e-300), rest, 1.0 / math.sqrt(rest)])

    def _find_critical(self) -> tuple[ArrayLike, ArrayLike]:
        return [-1.0, 1.0], [0.0]

    def _hessian_at(self, x: Any) -> Any:
        return self.scale * (3.0 * x * x - 1.0)
