r"""Scores for the splitting of paths: how far a point is on its way out, and how far from the core of the well.

A score block writes two rows: the level, a number in [0, levels), and the squared distance from the minimum in standard
deviations of the Gaussian well, :math:`r^2 = (x - m)^T H (x - m) / T`. All blocks read the centre m (dim numbers) and
the matrix H / T (dim x dim) from the beginning of their parameters, what is their own after it.
"""

from __future__ import annotations

import math

from levysde._jit import DRIFT, borrowed, inline, kernel

# what the target is, for `distance_score`
INSIDE_BALL, OUTSIDE_BALL, INSIDE_BOX, OUTSIDE_BOX, HALF_SPACE, OUTSIDE_HALF_SPACE = range(6)


@inline
def _core_distance(x, lane, params):  # type: ignore[no-untyped-def]
    dim = x.shape[0]
    total = 0.0
    for i in range(dim):
        across = 0.0
        for k in range(dim):
            across += params[dim + i * dim + k] * (x[k, lane] - params[k])
        total += across * (x[i, lane] - params[i])
    return total


@inline
def _position(x, low, inverse, size):  # type: ignore[no-untyped-def]
    """Return x in units of the grid, kept on it; the comparison is false for NaN, which becomes 0."""
    position = (x - low) * inverse
    return min(position, size - 1.000001) if position > 0.0 else 0.0


@kernel(DRIFT)
def line_score(x, params, out):  # type: ignore[no-untyped-def]
    """Read the level from a table on the line: (low, 1 / step, size, values)."""
    x, params, out = borrowed(x), borrowed(params), borrowed(out)
    low, inverse, size = params[2], params[3], params[4]
    for lane in range(x.shape[1]):
        position = _position(x[0, lane], low, inverse, size)
        cell = int(position)
        left, right = params[5 + cell], params[6 + cell]
        out[0, lane] = left + (position - cell) * (right - left)
        away = x[0, lane] - params[0]
        out[1, lane] = params[1] * away * away


@kernel(DRIFT)
def plane_score(x, params, out):  # type: ignore[no-untyped-def]
    """Interpolate the level in a table on the plane: (low, 1 / step, size) of each axis, then the values by rows."""
    x, params, out = borrowed(x), borrowed(params), borrowed(out)
    width = int(params[11])
    for lane in range(x.shape[1]):
        u = _position(x[0, lane], params[6], params[7], params[8])
        v = _position(x[1, lane], params[9], params[10], params[11])
        row, column = int(u), int(v)
        u -= row
        v -= column
        at = 12 + row * width + column
        near = params[at] + v * (params[at + 1] - params[at])
        at += width
        out[0, lane] = near + u * (params[at] + v * (params[at + 1] - params[at]) - near)
        out[1, lane] = _core_distance(x, lane, params)


@inline
def _distance(x, lane, kind, params, at):  # type: ignore[no-untyped-def]
    """Return the distance to the boundary from within a domain, whose own parameters start at `at`."""
    dim = x.shape[0]
    total = 0.0
    if kind in (INSIDE_BALL, OUTSIDE_BALL):
        for k in range(dim):
            away = x[k, lane] - params[at + 1 + k]
            total += away * away
        gap = math.sqrt(total) - math.sqrt(params[at])
        return gap if kind == OUTSIDE_BALL else -gap
    if kind == INSIDE_BOX:
        nearest = math.inf
        for k in range(dim):
            nearest = min(nearest, x[k, lane] - params[at + k], params[at + dim + k] - x[k, lane])
        return nearest
    if kind == OUTSIDE_BOX:
        for k in range(dim):
            gap = max(params[at + k] - x[k, lane], x[k, lane] - params[at + dim + k], 0.0)
            total += gap * gap
        return math.sqrt(total)
    length = 0.0
    for k in range(dim):
        total += params[at + 1 + k] * x[k, lane]
        length += params[at + 1 + k] * params[at + 1 + k]
    gap = (params[at] - total) / math.sqrt(length)
    return gap if kind == HALF_SPACE else -gap


@kernel(DRIFT)
def distance_score(x, params, out):  # type: ignore[no-untyped-def]
    """Return levels * (1 - distance to the boundary / that of the minimum): (kind, levels, length, domain's own)."""
    x, params, out = borrowed(x), borrowed(params), borrowed(out)
    at = x.shape[0] * (x.shape[0] + 1)
    kind, levels, length = int(params[at]), params[at + 1], params[at + 2]
    for lane in range(x.shape[1]):
        share = 1.0 - _distance(x, lane, kind, params, at + 3) / length
        out[0, lane] = min(levels * share, levels - 0.5) if share > 0.0 else 0.0
        out[1, lane] = _core_distance(x, lane, params)
