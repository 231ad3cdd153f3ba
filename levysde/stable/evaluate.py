"""The loops behind the public functions: from the table of the law where it reaches, else point by point.

Points come in units of the scale; `shift_0` and `shift_1` are added to give the S0 and the S1 coordinate, and one of
them is 0, so that neither coordinate is rounded twice. An empty table means direct evaluation everywhere.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import Vector, f8, inline, kernel, void
from levysde.stable.coefficients import COUNT, fill_coefficients
from levysde.stable.density import SMALL_ALPHA, log_all, log_complement
from levysde.stable.interpolant import (
    BODY,
    CELL,
    CELLS,
    DENSITY,
    DIRECT,
    HIGH,
    LOW,
    LOWER,
    SIDE,
    SPAN,
    START,
    TAIL,
    UPPER,
    WIDTH,
    find_cell,
    place,
    polynomial,
)

NEWTON_STEPS = 100
EXACT = 1e-16
FURTHEST_U = 709.0  # sinh would overflow
CONVERGED = 1e-8  # the step after which a quadratically convergent iteration is exact
FEW = 1000  # quantiles in one call that are polished on the law itself


@inline
def _direct(x, x_1, right, left):  # type: ignore[no-untyped-def]
    """Return (log f, log P(X > x), log P(X < x)) for any double."""
    if math.isnan(x):
        return math.nan, math.nan, math.nan
    if math.isinf(x):
        return -math.inf, -math.inf if x > 0.0 else 0.0, 0.0 if x > 0.0 else -math.inf
    return log_all(x, x_1, right, left)


@kernel(void(Vector, f8, f8, f8, f8, Vector, Vector))
def log_densities(x, shift_0, shift_1, alpha, beta, table, out):  # type: ignore[no-untyped-def]
    """Fill log f."""
    right, left = np.empty(COUNT), np.empty(COUNT)
    fill_coefficients(alpha, beta, right)
    fill_coefficients(alpha, -beta, left)
    own = shift_1 if alpha < SMALL_ALPHA else shift_0
    for i in range(x.size):
        if table.size > 0:
            u = math.asinh((x[i] + own) / table[WIDTH])
            at = find_cell(u, table) if table[LOW] < u < table[HIGH] else -1
            if at > 0 and table[at + SIDE] != DIRECT:
                t = 2.0 * (u - table[at + START]) / table[at + SPAN] - 1.0
                out[i] = polynomial(t, table, at + DENSITY)
                continue
        out[i] = _direct(x[i] + shift_0, x[i] + shift_1, right, left)[0]


@kernel(void(Vector, f8, f8, f8, f8, Vector, Vector, Vector))
def log_tails(x, shift_0, shift_1, alpha, beta, table, upper, lower):  # type: ignore[no-untyped-def]
    """Fill log P(X > x) and log P(X < x)."""
    right, left = np.empty(COUNT), np.empty(COUNT)
    fill_coefficients(alpha, beta, right)
    fill_coefficients(alpha, -beta, left)
    own = shift_1 if alpha < SMALL_ALPHA else shift_0
    for i in range(x.size):
        if table.size > 0:
            u = math.asinh((x[i] + own) / table[WIDTH])
            at = find_cell(u, table) if table[LOW] < u < table[HIGH] else -1
            if at > 0 and table[at + SIDE] != DIRECT:
                t = 2.0 * (u - table[at + START]) / table[at + SPAN] - 1.0
                tail = min(polynomial(t, table, at + TAIL), 0.0)
                rest = log_complement(tail)
                upper[i] = tail if table[at + SIDE] > 0.0 else rest
                lower[i] = rest if table[at + SIDE] > 0.0 else tail
                continue
        _, upper[i], lower[i] = _direct(x[i] + shift_0, x[i] + shift_1, right, left)


@inline
def _bracket(log_q, side, table):  # type: ignore[no-untyped-def]
    """Return the number of the cell where log P = log_q, P being the upper (side = 1) or the lower tail (side = -1).

    It is -1 and the number of cells if the solution lies beyond the table.
    """
    edge = UPPER if side > 0.0 else LOWER
    low, high = -1, int(table[CELLS])
    while high - low > 1:
        middle = (low + high) // 2
        if (table[BODY + CELL * middle + edge] - log_q) * side > 0.0:
            low = middle
        else:
            high = middle
    at = BODY + CELL * max(low, 0)
    if low == int(table[CELLS]) - 1 and table[at + SIDE] != DIRECT:
        known = table[at + SIDE] * side > 0.0
        last = polynomial(1.0, table, at + TAIL)
        if ((last if known else log_complement(last)) - log_q) * side > 0.0:
            return low + 1
    return low


@inline
def _from_table(log_q, side, at, table):  # type: ignore[no-untyped-def]
    """Solve for u in the cell that starts at `at`, by a guarded Newton iteration."""
    falling = table[at + SIDE]  # the stored tail falls (1) or rises (-1) with x
    target = log_q if falling * side > 0.0 else log_complement(log_q)
    low, high = -1.0, 1.0
    t = 0.0
    half = 0.5 * table[at + SPAN]
    u = table[at + START] + half
    for _ in range(NEWTON_STEPS):
        tail = polynomial(t, table, at + TAIL)
        miss = (tail - target) * falling
        if miss > 0.0:
            low = t
        else:
            high = t
        rate = math.exp(polynomial(t, table, at + DENSITY) - tail) * math.cosh(u) * half * table[WIDTH]
        step = miss / rate
        t += step
        if not low <= t <= high and abs(step) > CONVERGED:
            t = 0.5 * (low + high)
        u = table[at + START] + half * (1.0 + t)
        if abs(step) < CONVERGED:
            break
    return u


@inline
def _log_cosh(u):  # type: ignore[no-untyped-def]
    return abs(u) + math.log1p(math.exp(-2.0 * abs(u))) - math.log(2.0)


@inline
def _from_law(log_q, side, low, high, offset, alpha, width, right, left):  # type: ignore[no-untyped-def]
    """Solve for u between low and high on the law itself, by a guarded Newton iteration."""
    u = low if high - low > 100.0 and side > 0.0 else high if high - low > 100.0 else 0.5 * (low + high)
    for _ in range(NEWTON_STEPS):
        x, x_1 = place(u, offset, width, alpha)
        log_f, upper, lower = log_all(x, x_1, right, left)
        tail = upper if side > 0.0 else lower
        if (tail - log_q) * side > 0.0:
            low = u
        else:
            high = u
        step = side * (tail - log_q) * math.exp(tail - log_f - _log_cosh(u)) / width
        u += step
        if abs(step) < CONVERGED * abs(u) or high - low < EXACT * abs(u):
            break
        if not low <= u <= high:  # also where the tail is 0 and the step NaN
            u = 0.5 * (low + high)
    return u


@kernel(void(Vector, Vector, f8, f8, f8, f8, Vector, Vector))
def quantiles(log_q, log_p, shift_0, shift_1, alpha, beta, table, out):  # type: ignore[no-untyped-def]
    """Fill the x with log P(X < x) = log_q and log P(X > x) = log_p; the smaller of the two decides."""
    right, left = np.empty(COUNT), np.empty(COUNT)
    fill_coefficients(alpha, beta, right)
    fill_coefficients(alpha, -beta, left)
    own = shift_1 if alpha < SMALL_ALPHA else shift_0
    offset = shift_1 - shift_0
    for i in range(log_q.size):
        side = 1.0 if log_p[i] < log_q[i] else -1.0
        target = min(log_p[i], log_q[i])
        if target == -math.inf:
            ends_here = alpha < 1.0 and beta == -side
            out[i] = -shift_1 if ends_here else side * math.inf
            continue
        cells = int(table[CELLS])
        cell = _bracket(target, side, table)
        at = BODY + CELL * min(max(cell, 0), cells - 1)
        if 0 <= cell < cells and table[at + SIDE] != DIRECT:
            u = _from_table(target, side, at, table)
        else:
            low = -FURTHEST_U if cell <= 0 else table[HIGH] if cell == cells else table[at + START]
            high = table[LOW] if cell < 0 else FURTHEST_U if cell >= cells - 1 else table[at + START] + table[at + SPAN]
            u = _from_law(target, side, low, high, offset, alpha, table[WIDTH], right, left)
        if abs(u) > FURTHEST_U - 0.01:
            out[i] = side * math.inf
            continue
        x = table[WIDTH] * math.sinh(u) - own
        if log_q.size <= FEW:  # a Newton step on the law itself
            log_f, upper, lower = log_all(x + shift_0, x + shift_1, right, left)
            now = upper if side > 0.0 else lower
            step = side * math.expm1(min(now - target, 1.0)) * math.exp(target - log_f)
            if abs(step) < 1e-6 * table[WIDTH] * math.cosh(u):
                x += step
        out[i] = x
