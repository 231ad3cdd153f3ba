r"""Cutting the region under one side of a unimodal density into rectangles of equal area and what is left over.

Rectangle j spans (0, x_j) x (y_{j-1}, y_j) with f(x_j) = y_j and x_j (y_j - y_{j-1}) = area: it lies wholly under the
density, so that its points need no test. Three kinds of regions are left over: the tail (x > x_1), the overhangs
(x_j < x < x_{j-1}, y_{j-1} < y < f(x)) and the cap above the last rectangle. They hold half a per cent of the
probability at 1024 layers [1]_.

The density is known by log f on a uniform grid of log x, interpolated by cubic Hermite polynomials.

References
----------
.. [1] McFarland, J. Stat. Comput. Simul. 86 (2016), doi:10.1080/00949655.2015.1060234.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import Integers, Matrix, Vector, f8, i8, inline, kernel, void

X, WIDTH, LOW, RISE, ABOVE, BELOW, SHARE, OTHER = range(8)  # the columns of a left-over region
REGION = 8
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)


@inline
def hermite(t, left, slope_left, right, slope_right):  # type: ignore[no-untyped-def]
    """Cubic Hermite interpolation on [0, 1]."""
    s = 1.0 - t
    return s * s * ((1.0 + 2.0 * t) * left + t * slope_left) + t * t * ((1.0 + 2.0 * s) * right - s * slope_right)


@inline
def _density(log_x, grid_low, rate, log_f, slope_f):  # type: ignore[no-untyped-def]
    """Return f at exp(log_x)."""
    position = (log_x - grid_low) * rate
    if position <= 0.0:
        return math.exp(log_f[0])
    cell = min(int(position), log_f.size - 2)
    return math.exp(hermite(position - cell, log_f[cell], slope_f[cell], log_f[cell + 1], slope_f[cell + 1]))


@kernel(i8(f8, f8, Vector, Vector, f8, Vector, Vector))
def cut(grid_low, rate, log_f, slope_f, area, edges, heights):  # type: ignore[no-untyped-def]
    """Fill edges[1:] and heights[1:] from the tail inwards; return the number of rectangles."""
    cell = log_f.size - 1
    high = grid_low + cell / rate
    heights[0] = 0.0
    count = 0
    while count < edges.size - 1:
        y = heights[count]
        while cell >= 0 and (math.exp(log_f[cell]) - y) * math.exp(grid_low + cell / rate) < area:
            cell -= 1
        if cell < 0:  # no further rectangle fits under the density
            break
        left = grid_low + cell / rate
        right = min(left + 1 / rate, high)
        for _ in range(50):
            middle = 0.5 * (left + right)
            if (_density(middle, grid_low, rate, log_f, slope_f) - y) * math.exp(middle) < area:
                right = middle
            else:
                left = middle
        count += 1
        edges[count] = math.exp(left)
        heights[count] = y + area / edges[count]
        high = left
    return count


@kernel(void(f8, f8, Vector, Vector, Vector, Vector, f8, Vector, Vector, Matrix))
def leave(grid_low, rate, log_f, slope_f, edges, heights, top, nodes, weights, regions):  # type: ignore[no-untyped-def]
    """Describe the overhangs and the cap: the box around each, its area, and how far f strays from the box's diagonal.

    Row j belongs to the region outside rectangle j + 1, the last row to the cap, row 0 (the tail) is left alone.
    The column SHARE receives the area of each region, except for the cap, whose area the caller knows by difference.
    """
    count = edges.size - 1
    for j in range(1, count + 1):
        inner, low = (edges[j + 1] if j < count else 0.0), heights[j]
        outer, rise = edges[j], (heights[j + 1] if j < count else top) - heights[j]
        regions[j, X], regions[j, WIDTH], regions[j, LOW], regions[j, RISE] = inner, outer - inner, low, rise
        if j < count:
            middle, half = 0.5 * math.log(outer * inner), 0.5 * math.log(outer / inner)
            total = 0.0
            for i in range(nodes.size):
                log_x = middle + half * nodes[i]
                f = _density(log_x, grid_low, rate, log_f, slope_f)
                total += weights[i] * half * math.exp(log_x) * (f - low)
            regions[j, SHARE] = total
        above, below, least, most = 0.0, 0.0, math.inf, 0.0
        steps = 24
        for i in range(1, steps):
            s = i / steps
            f = _density(math.log(inner + s * (outer - inner)), grid_low, rate, log_f, slope_f)
            lift = (f - low) / rise - (1.0 - s)
            above, below = max(above, lift), max(below, -lift)
            sag = -lift / (s * (1.0 - s))
            least, most = min(least, sag), max(most, sag)
        # A convex density stays below the diagonal: ABOVE = 0 tells the sampler so, and is claimed only where the
        # curvature hardly changes. The margins cover what lies between the points looked at; at the cap, where f may be
        # as sharp as a needle, nothing is known without a look.
        convex = least > 0.3 * most and most > 1e-7
        regions[j, ABOVE] = 0.0 if convex else 1.15 * above + 0.02
        regions[j, BELOW] = 1.15 * below + 0.02
        if j == count:
            regions[j, ABOVE] = 1.0
            regions[j, BELOW] = 1.0


@kernel(void(Matrix, Integers, Integers))
def alias(regions, small, large):  # type: ignore[no-untyped-def]
    """Replace the column SHARE by the probability to stay and OTHER by where to go instead (Walker's alias method)."""
    n = regions.shape[0]
    mean = 0.0
    for i in range(n):
        mean += regions[i, SHARE] / n
    n_small = n_large = 0
    for i in range(n):
        regions[i, SHARE] /= mean
        regions[i, OTHER] = float(i)
        if regions[i, SHARE] < 1.0:
            small[n_small] = i
            n_small += 1
        else:
            large[n_large] = i
            n_large += 1
    while n_small > 0 and n_large > 0:
        n_small -= 1
        poor, rich = small[n_small], large[n_large - 1]
        regions[poor, OTHER] = float(rich)
        regions[rich, SHARE] -= 1.0 - regions[poor, SHARE]
        if regions[rich, SHARE] < 1.0:
            n_large -= 1
            small[n_small] = rich
            n_small += 1


@kernel(void(f8, f8, Vector, Vector, f8, f8, f8, Vector, Vector))
def invert_tail(grid_low, rate, log_s, slope_s, log_start, exponent, largest, p, slope):  # type: ignore[no-untyped-def]
    """Solve log P(X > x) = log_start - E on the uniform grid of E in [0, largest]; x = exp(exponent E) p.

    Beyond the grid, P(X > x) is the power of x that is fitted to its end (heavy sides only get there).
    """
    n, last = p.size, log_s.size - 1
    step = largest / (n - 1)
    cell = 0
    while cell < last - 1 and log_s[cell + 1] > log_start:
        cell += 1
    for i in range(n):
        target = log_start - i * step
        while cell < last - 1 and log_s[cell + 1] > target:
            cell += 1
        if target < log_s[last]:
            log_x = grid_low + last / rate + (log_s[last] - target) * exponent
            fall = -1.0 / exponent if exponent > 0.0 else -math.inf
        else:
            left, right = 0.0, 1.0
            for _ in range(50):
                t = 0.5 * (left + right)
                if hermite(t, log_s[cell], slope_s[cell], log_s[cell + 1], slope_s[cell + 1]) > target:
                    left = t
                else:
                    right = t
            log_x = grid_low + (cell + left) / rate
            near, far = slope_s[cell], slope_s[cell + 1]
            chord = log_s[cell + 1] - log_s[cell]
            fall = rate * ((1.0 - left) * (1.0 - 3.0 * left) * near + left * (3.0 * left - 2.0) * far)
            fall += rate * 6.0 * left * (1.0 - left) * chord
        p[i] = math.exp(log_x - exponent * i * step)
        slope[i] = step * p[i] * (-1.0 / fall - exponent)
