"""Wells of chosen widths and depths on a line: what separates the two laws of exit times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import finite_array, frozen, positive
from levysde.landscapes.base import Landscape, Params, PlainFunction
from levysde.landscapes.lookup import cell

__all__ = ["MultiWell"]

FloatArray = NDArray[np.float64]

# A cell runs from a barrier to the next minimum; the first and the last go on to infinity behind their minimum.
# Parameters: number of cells n, the n - 1 nodes between cells, then per cell five numbers:
# minimum m, 1/L with L the signed distance from it to its barrier, curvature 6 du/L^2, energy at m, barrier height du.
# With y = (x - m)/L, in [0, 1] up the slope and negative behind the minimum,
#     U = u + du y^2 (3 - 2y) for y > 0, u + curvature (x - m)^2/2 else, and U' = curvature (x - m)(1 - max(y, 0)).


def potential(x: float, params: Params) -> float:
    """U at one point."""
    n = int(params[0])
    at = n + 5 * cell(x, params, 1, n)
    d = x - params[at]
    y = d * params[at + 1]
    if y < 0.0:
        return params[at + 3] + 0.5 * params[at + 2] * d * d
    return params[at + 3] + params[at + 4] * y * y * (3.0 - 2.0 * y)


def gradient(x: float, params: Params) -> float:
    """U' at one point."""
    n = int(params[0])
    at = n + 5 * cell(x, params, 1, n)
    d = x - params[at]
    y = d * params[at + 1]
    y = 0.0 if y < 0.0 else y
    return params[at + 2] * d * (1.0 - y)


def flow(x: float, params: Params) -> float:
    """Solve y' = -c y (1 - max(y, 0)) over a step: y q / (1 - y + y q) uphill and y q behind, with q = exp(-c dt).

    Parameters as above, with three numbers per cell: m, 1/L and q.
    """
    n = int(params[0])
    at = n + 3 * cell(x, params, 1, n)
    d = x - params[at]
    # Rounding of 1/L must not carry a point over the barrier. With `if` in place of min and max a path that crosses its
    # minimum every few steps costs four times as much: the processor cannot foresee the branch.
    y = min(max(d * params[at + 1], 0.0), 1.0)
    q = params[at + 2]
    return params[at] + d * q / ((1.0 - y) + y * q)


@dataclass(frozen=True, eq=False, init=False)
class MultiWell(Landscape):
    """Wells with widths and depths set independently.

    U passes through the nodes (x_k, u_k), alternately minima and barriers, with zero slope at each: between two nodes
    it is the cubic u_k + (u_{k+1} - u_k) s^2 (3 - 2s), s = (x - x_k)/(x_{k+1} - x_k), and outside the first and the
    last minimum a parabola with the curvature of its inner side. U' is continuous; U'' jumps at every inner node, where
    `hessian` and `curvature` give the mean of both sides.

    The drift flow is exact: s' = -(6 du/L^2) s (1 - s) is the logistic equation, and outside the path decays
    exponentially.

    Parameters
    ----------
    x : array_like, shape (n,), n odd and at least 3
        Nodes, increasing: minimum, barrier, minimum, ..., minimum.
    u : array_like, shape (n,)
        Their energies: every barrier above the minima beside it.

    Raises
    ------
    TypeError, ValueError
        Not finite real numbers, not of equal odd length, `x` not increasing or `u` not alternating.
    """

    x: tuple[float, ...]
    u: tuple[float, ...]
    dim = 1

    def __init__(self, x: ArrayLike, u: ArrayLike) -> None:
        nodes, energies = finite_array(x, "x"), finite_array(u, "u")
        if nodes.ndim != 1 or nodes.shape != energies.shape:
            raise ValueError(f"x has shape {nodes.shape} and u {energies.shape}; give two rows of equal length")
        if len(nodes) < 3 or len(nodes) % 2 == 0:
            raise ValueError(
                f"x has {len(nodes)} nodes; give minimum, barrier, minimum, ...: an odd number of at least 3"
            )
        if not np.all(np.diff(nodes) > 0.0):
            raise ValueError(f"x={nodes.tolist()} is not increasing; sort the nodes")
        rises = np.diff(energies)
        if not (np.all(rises[::2] > 0.0) and np.all(rises[1::2] < 0.0)):
            raise ValueError(
                f"u={energies.tolist()} does not alternate; start and end with a minimum, a higher barrier between two"
            )
        object.__setattr__(self, "x", tuple(nodes.tolist()))
        object.__setattr__(self, "u", tuple(energies.tolist()))

    @classmethod
    def examples(cls) -> tuple[Self, ...]:
        """Return two wells, narrow and deep beside wide and shallow, in several sizes, and four wells."""
        x, u = np.array([-0.5, 0.0, 1.5]), np.array([-1.0, 0.0, -0.5])
        four = cls([-3, -2, -1.5, 0, 0.3, 1, 4], [0, 1, -1, 2, 1.5, 3, -2])
        return cls(x, u), cls(20 * x + 3, 10 * u), cls(x, 1e6 * u), cls(x, 1e-6 * u), cls(1e-3 * x, u), four

    @cached_property
    def _cells(self) -> FloatArray:
        """Per cell (minimum, 1/L, curvature, energy of the minimum, barrier height)."""
        rows = []
        for i in range(len(self.x) - 1):
            low, top = (i, i + 1) if i % 2 == 0 else (i + 1, i)
            length, rise = self.x[top] - self.x[low], self.u[top] - self.u[low]
            rows.append([self.x[low], 1.0 / length, 6.0 * rise / length / length, self.u[low], rise])
        return np.array(rows)

    def _pack(self, rows: FloatArray) -> FloatArray:
        return frozen([len(rows), *self.x[1:-1], *rows.reshape(-1)])

    @cached_property
    def parameters(self) -> FloatArray:
        """Number of cells, the nodes between them, then five numbers per cell."""
        return self._pack(self._cells)

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
        """As `parameters`, with exp(-curvature dt) as the third and last number of a cell."""
        step = positive(dt, "dt")
        rows = self._cells[:, :3].copy()
        # The floor keeps a point on the barrier from becoming 0/0 after a step of hundreds of relaxation times.
        rows[:, 2] = np.maximum(np.exp(-rows[:, 2] * step), 1e-300)
        return self._pack(rows)

    @cached_property
    def lipschitz(self) -> float:
        """The largest curvature, 6 du/L^2 over all slopes."""
        return float(np.max(self._cells[:, 2]))

    @property
    def joints(self) -> FloatArray:
        """The inner nodes: U'' jumps there."""
        return frozen(self.x[1:-1])

    def _find_critical(self) -> tuple[ArrayLike, ArrayLike]:
        return list(self.x[::2]), list(self.x[1::2])

    def _hessian_at(self, x: Any) -> Any:
        right = cell(x, self.x[1:-1], 0, len(self.x) - 2)
        left = right - 1 if right > 0 and x == self.x[right] else right
        return (self._bend(x, left) + self._bend(x, right)) / 2

    def _bend(self, x: float, index: int) -> float:
        """U'' in one cell."""
        low, inverse, curvature = self._cells[index, :3].tolist()
        return float(curvature * (1.0 - 2.0 * max((x - low) * inverse, 0.0)))
