"""No force: the noise alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count, frozen
from levysde.landscapes.base import Landscape, Params, PlainFunction

__all__ = ["Flat"]

FloatArray = NDArray[np.float64]


def potential(x: Any, params: Params) -> float:
    """U = 0, for points of any dimension."""
    return 0.0


def gradient_line(x: float, params: Params) -> float:
    """U' = 0."""
    return 0.0


def gradient_space(x: FloatArray, params: Params, out: FloatArray) -> None:
    """Write the zero vector."""
    for k in range(x.shape[0]):
        out[k] = 0.0


def flow_line(x: float, params: Params) -> float:
    """Stay."""
    return x


def flow_space(x: FloatArray, params: Params, out: FloatArray) -> None:
    """Stay."""
    for k in range(x.shape[0]):
        out[k] = x[k]


@dataclass(frozen=True, eq=False)
class Flat(Landscape):
    """U = 0 in `dim` dimensions: free flights, for which Getoor's exit times are exact. It has no minima.

    Parameters
    ----------
    dim : int
        At least 1.
    """

    dim: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "dim", count(self.dim, "dim"))

    @classmethod
    def examples(cls) -> tuple[Self, ...]:
        """One and three dimensions."""
        return cls(), cls(3)

    @property
    def parameters(self) -> FloatArray:
        """None."""
        return frozen([])

    @property
    def potential_function(self) -> PlainFunction:
        """Zero."""
        return potential

    @property
    def gradient_function(self) -> PlainFunction:
        """Zero."""
        return gradient_line if self.dim == 1 else gradient_space

    @property
    def flow_function(self) -> PlainFunction:
        """The identity."""
        return flow_line if self.dim == 1 else flow_space

    def flow_parameters(self, dt: float) -> FloatArray:
        """Return nothing, for any dt."""
        return frozen([])

    @property
    def lipschitz(self) -> float:
        """Zero."""
        return 0.0

    def _find_critical(self) -> tuple[ArrayLike, ArrayLike]:
        return [], []

    def _hessian_at(self, x: Any) -> Any:
        return 0.0 if self.dim == 1 else np.zeros((self.dim, self.dim))
