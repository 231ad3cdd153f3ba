r"""One table per law: polynomials for log f and for the logarithm of the smaller tail, on adaptive cells.

The variable is :math:`u = \mathrm{asinh}((x - c)/W)`: linear at the centre c, logarithmic in both tails. For
alpha >= 0.9 the centre is 0 in S0 and W = 1; below, it is the S1 origin, and W the length on which the density varies
there. A cell is halved until the last two of its `NODES` Chebyshev coefficients are below `TOLERANCE`: relative errors
of f and of the smaller tail of the same size. The table ends at `FURTHEST`, or where the density falls below e^-`DEPTH`
of its largest value; points beyond are evaluated directly.

Layout: head[0:8]; the cell of each of `BINS` equal bins; the cells, `CELL` numbers each: start, width, the side whose
tail is stored (1: upper, -1: lower), log P(X > x) and log P(X < x) at the start, coefficients of log f and of the
log tail by powers of t, -1 <= t <= 1 (the Chebyshev coefficients fall off so fast that nothing is lost).
"""

from __future__ import annotations

import functools
import math

import numpy as np

from levysde._jit import Vector, f8, i8, inline, kernel
from levysde.stable.coefficients import COUNT, TANGENT, fill_coefficients
from levysde.stable.density import SMALL_ALPHA, log_all
from levysde.stable.mode import origin_width

NODES = 14
TOLERANCE = 1e-13
ROUNDING = 2e-15  # of the logarithms, which sets how small the last coefficients can be
BINS = 4096
FIRST_CELLS = 16
MOST_CELLS = 600
GAIN = 2.0**NODES  # the most by which the last coefficients fall when a cell is halved
DEPTH = 60.0
FURTHEST = 1e15
WIDTH, LOW, HIGH, RATE, CELLS = range(5)
HEAD = 8
BODY = HEAD + BINS
START, SPAN, SIDE, UPPER, LOWER, DENSITY = range(6)
TAIL = DENSITY + NODES
CELL = TAIL + NODES
DIRECT = 0.0  # the side of a cell that a polynomial does not describe, at the end of a one-sided law's support

_ANGLES = (np.arange(NODES) + 0.5) * np.pi / NODES
_PLACES = np.cos(_ANGLES)
_TRANSFORM = np.cos(np.outer(np.arange(NODES), _ANGLES)) * 2 / NODES
_TRANSFORM[0] /= 2
_POWERS = np.zeros((NODES, NODES))  # of the Chebyshev polynomials, a column each
for _k in range(NODES):
    _POWERS[: _k + 1, _k] = np.polynomial.chebyshev.cheb2poly(np.eye(NODES)[_k])[: _k + 1]


@functools.lru_cache(maxsize=64)
def table_of(alpha: float, beta: float) -> np.ndarray:
    """Return the read-only table of the standard law."""
    room = np.empty(BODY + MOST_CELLS * CELL)
    cells = int(_build(alpha, beta, room))
    table = room[: BODY + cells * CELL].copy()
    table.setflags(write=False)
    return table


@inline
def polynomial(t, table, start):  # type: ignore[no-untyped-def]
    """Return the polynomial of degree `NODES` - 1 at t, its even and its odd part by Horner's rule side by side."""
    square = t * t
    even, odd = table[start + NODES - 2], table[start + NODES - 1]
    for k in range(NODES - 4, -1, -2):
        even = even * square + table[start + k]
        odd = odd * square + table[start + k + 1]
    return even + t * odd


@inline
def place(u, offset, width, alpha):  # type: ignore[no-untyped-def]
    """Return the S0 and the S1 coordinate of u; offset is their difference."""
    x = width * math.sinh(u)
    if alpha < SMALL_ALPHA:
        return x - offset, x
    return x, x + offset


@inline
def find_cell(u, table):  # type: ignore[no-untyped-def]
    """Return where the cell of u starts in the table."""
    bin_ = min(int((u - table[LOW]) * table[RATE]), BINS - 1)
    return BODY + CELL * int(table[HEAD + bin_])


@inline
def _end(inside, sign, offset, width, alpha, least, right, left):  # type: ignore[no-untyped-def]
    """Return the u on one side of `inside` where the table ends; `least` is the least log f that it holds."""
    outside = sign * math.asinh(FURTHEST / width)
    for _ in range(20):  # to 1e-4, and none of it matters
        middle = 0.5 * (inside + outside)
        x, x_1 = place(middle, offset, width, alpha)
        if not log_all(x, x_1, right, left)[0] > least:
            outside = middle
        else:
            inside = middle
    return inside


@kernel(i8(f8, f8, Vector))
def _build(alpha, beta, table):  # type: ignore[no-untyped-def]
    """Fill the table; returns the number of cells."""
    right, left = np.empty(COUNT), np.empty(COUNT)
    fill_coefficients(alpha, beta, right)
    fill_coefficients(alpha, -beta, left)
    offset = beta * right[TANGENT]
    width = origin_width(right) if alpha < SMALL_ALPHA else 1.0
    top, summit = -math.inf, 0.0
    for i in range(-40, 41):  # near enough to the largest density
        x, x_1 = place(0.25 * i, offset, width, alpha)
        log_f = log_all(x, x_1, right, left)[0]
        if log_f > top:
            top, summit = log_f, 0.25 * i
    low = _end(summit, -1.0, offset, width, alpha, top - DEPTH, right, left)
    high = _end(summit, 1.0, offset, width, alpha, top - DEPTH, right, left)
    table[WIDTH], table[LOW], table[HIGH], table[RATE] = width, low, high, BINS / (high - low)
    log_density, log_upper, log_lower = np.empty(NODES), np.empty(NODES), np.empty(NODES)
    series_density, series_tail = np.empty(NODES), np.empty(NODES)
    cells = 0
    first = 0  # the cell covers the bins first ... first + bins - 1
    bins = BINS // FIRST_CELLS
    while first < BINS:
        start, span = low + first / table[RATE], bins / table[RATE]
        at = BODY + CELL * cells
        table[at + START], table[at + SPAN] = start, span
        size = 1.0
        for i in range(NODES):
            x, x_1 = place(start + 0.5 * span * (1.0 + _PLACES[i]), offset, width, alpha)
            log_density[i], log_upper[i], log_lower[i] = log_all(x, x_1, right, left)
            size = max(size, abs(log_density[i]))
        table[at + SIDE] = 1.0 if log_upper[NODES // 2] < log_lower[NODES // 2] else -1.0
        log_tail = log_upper if table[at + SIDE] > 0.0 else log_lower
        for k in range(NODES):
            total = tail = 0.0
            for i in range(NODES):
                total += _TRANSFORM[k, i] * log_density[i]
                tail += _TRANSFORM[k, i] * log_tail[i]
            series_density[k], series_tail[k] = total, tail
        worst = 0.0
        for k in range(NODES - 2, NODES):
            worst = max(worst, abs(series_density[k]), abs(series_tail[k]))
        enough = max(TOLERANCE, ROUNDING * size)
        if bins > 1 and not worst < enough and cells < MOST_CELLS - FIRST_CELLS:
            bins //= 2
            while bins > 1 and worst > enough * GAIN:  # nor would the half do
                bins //= 2
                worst /= GAIN
            continue
        if not worst < enough:
            table[at + SIDE] = DIRECT
        for i in range(NODES):
            total = tail = 0.0
            for k in range(NODES - 1, i - 1, -1):
                total += _POWERS[i, k] * series_density[k]
                tail += _POWERS[i, k] * series_tail[k]
            table[at + DENSITY + i], table[at + TAIL + i] = total, tail
        x, x_1 = place(start, offset, width, alpha)
        _, table[at + UPPER], table[at + LOWER] = log_all(x, x_1, right, left)
        for i in range(bins):
            table[HEAD + first + i] = cells
        cells += 1
        first += bins
        while bins < BINS // FIRST_CELLS and first % (2 * bins) == 0:
            bins *= 2
    table[CELLS] = cells
    return cells
