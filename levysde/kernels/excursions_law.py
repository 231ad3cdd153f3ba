r"""Survival function and density of a stable law at the price of a few loads, for the loop over excursions.

The grid is graded in w = 1 + abs(x): every octave of w has `CELLS` equal cells, each with a parabola through its three
Chebyshev points, so that the leading bits of w *are* the number of the cell. Relative errors stay below 1e-5 for
1 <= alpha <= 1.98; at alpha = 0.5 that of the density is 6e-5 at its sharp top. A skewed law has a second such table,
for what lies below the origin.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from levysde._jit import inline
from levysde._types import NDArray

CELLS = 64  # per octave; a power of 2
OCTAVES = 80  # up to 1e24, where both are taken to be 0
ROW = 6  # numbers per cell: three of the survival function, three of the density
SIDE = OCTAVES * CELLS * ROW  # numbers of one side

_CELL_BITS = CELLS.bit_length() - 1
_DROP = 52 - _CELL_BITS  # low bits of the 52 of the mantissa, which place w inside its cell
_FIRST = 1023 << _CELL_BITS  # the leading bits of 1.0
_LAST = OCTAVES * CELLS - 1
_MASK = (1 << _DROP) - 1
_UNIT = 2.0**-_DROP


@functools.lru_cache(maxsize=32)
def law_table(alpha: float, beta: float = 0.0) -> NDArray[np.float64]:
    """Return the cells of the standard S1 law, (SIDE,), (2 SIDE,) for a skewed one; the last of a side hold zeros."""
    return _side(alpha, beta) if beta == 0.0 else np.concatenate([_side(alpha, beta), _side(alpha, -beta)])


def _side(alpha: float, beta: float) -> NDArray[np.float64]:
    """Return the cells of P(X > x) and f(x) for x >= 0."""
    from levysde.stable.distribution import pdf, sf

    node = math.sqrt(3.0) / 4.0
    start = np.ldexp(1.0, np.repeat(np.arange(OCTAVES), CELLS)) * np.tile(1.0 + np.arange(CELLS) / CELLS, OCTAVES)
    width = np.ldexp(1.0, np.repeat(np.arange(OCTAVES), CELLS)) / CELLS
    points = start + width * (0.5 + node * np.array([[-1.0], [0.0], [1.0]])) - 1.0
    cells = np.zeros((OCTAVES * CELLS, ROW))
    for column, function in ((0, sf), (3, pdf)):
        low, middle, high = np.asarray(function(points, alpha, beta))
        cells[:, column] = middle
        cells[:, column + 1] = (high - low) / (2.0 * node)
        cells[:, column + 2] = (high - 2.0 * middle + low) / (2.0 * node * node)
    cells[-1] = 0.0
    return cells.ravel()


@inline
def place_of(bits):  # type: ignore[no-untyped-def]
    """Return where the cell of w starts in the table, and the place of w in it, -1/2 to 1/2; `bits` are those of w."""
    cell = min((bits >> _DROP) - _FIRST, _LAST)
    return ROW * cell, (bits & _MASK) * _UNIT - 0.5


@inline
def survival(law, at, t):  # type: ignore[no-untyped-def]
    """Return P(X > x), x >= 0; with SIDE added to `at` P(X < -x)."""
    return law[at] + t * (law[at + 1] + t * law[at + 2])


@inline
def density(law, at, t):  # type: ignore[no-untyped-def]
    """Return f(x), x >= 0; with SIDE added to `at` f(-x)."""
    return law[at + 3] + t * (law[at + 4] + t * law[at + 5])
