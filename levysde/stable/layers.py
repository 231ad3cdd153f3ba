r"""Cutting the region under one side of a unimodal density into rectangles of equal area and what is left over.

Rectangle j spans (0, x_j) x (y_{j-1}, y_j) with f(x_j) = y_j and x_j (y_j - y_{j-1}) = area: it lies wholly under the
density, so that its points need no test. Three kinds of regions are left over: the tail (x > x_1), the overhangs
(x_j < x < x_{j-1}, y_{j-1} < y < f(x)) and the cap above the last rectangle. They hold a quarter of a per
cent of the probability at 4096 layers and alpha = 1.5 [1]_.

The density is known by log f on a uniform grid of u, interpolated by cubic Hermite polynomials. For the distance d
from the mode, u = log d (width = 0), or, where a law has its scales at another point than the mode, at the distance
`origin` to the left of it, u = asinh((d + origin)/width).

References
----------
.. [1] McFarland, J. Stat. Comput. Simul. 86 (2016), doi:10.1080/00949655.2015.1060234.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import Integers, Matrix, Vector, f8, i8, inline, kernel, void

X, WIDTH, LOW, RISE, LEAST, MOST, SHARE, OTHER = range(8)  # the columns of a left-over region
REGION = 8
NODES, WEIGHTS = np.polynomial.legendre.leggauss(5)
POINTS = np.array([0.002, 0.08, 0.25, 0.5, 0.75, 0.92, 0.998])  # where the sag is looked at
NEEDLE = 0.5  # the change of the sag over a cap beyond which these points say too little
CLOSE = 1e-11  # how nearly a rectangle fills its area; f - y is no better known near the mode
ROUNDING = 1e-15  # of u


@inline
def hermite(t, left, slope_left, right, slope_right):  # type: ignore[no-untyped-def]
    """Cubic Hermite interpolation on [0, 1]."""
    s = 1.0 - t
    return s * s * ((1.0 + 2.0 * t) * left + t * slope_left) + t * t * ((1.0 + 2.0 * s) * right - s * slope_right)


@inline
def coordinate(distance, width, origin):  # type: ignore[no-untyped-def]
    """Return u."""
    if width == 0.0:
        return math.log(distance)
    place = (distance + origin) / width
    size = math.log(abs(place) + math.sqrt(1.0 + place * place))  # Numba and Python round their asinh differently
    return size if place > 0.0 else -size


@inline
def distance_at(u, width, origin):  # type: ignore[no-untyped-def]
    """Return d."""
    return math.exp(u) if width == 0.0 else 0.5 * width * (math.exp(u) - math.exp(-u)) - origin


@inline
def stretch(u, width):  # type: ignore[no-untyped-def]
    """Return dd/du."""
    return math.exp(u) if width == 0.0 else 0.5 * width * (math.exp(u) + math.exp(-u))


@inline
def _density(u, grid_low, rate, log_f, slope_f):  # type: ignore[no-untyped-def]
    """Return f."""
    position = (u - grid_low) * rate
    if position <= 0.0:
        return math.exp(log_f[0])
    cell = min(int(position), log_f.size - 2)
    return math.exp(hermite(position - cell, log_f[cell], slope_f[cell], log_f[cell + 1], slope_f[cell + 1]))


@inline
def _excess(u, y, area, grid_low, rate, width, origin, log_f, slope_f):  # type: ignore[no-untyped-def]
    """Return by how much, relative to `area`, a rectangle from y up to the density at u is too large."""
    return (_density(u, grid_low, rate, log_f, slope_f) - y) * distance_at(u, width, origin) / area - 1.0


@kernel(i8(f8, f8, f8, f8, Vector, Vector, f8, i8, Vector, Vector))
def cut(grid_low, rate, width, origin, log_f, slope_f, area, count, edges, heights):  # type: ignore[no-untyped-def]
    """Fill edges and heights from number `count` + 1 on, from the tail inwards; return the number of rectangles."""
    cell = log_f.size - 1
    high = grid_low + cell / rate
    while count < edges.size - 1:
        y = heights[count]
        while cell >= 0:  # a grid about an origin begins before the mode
            distance = max(distance_at(grid_low + cell / rate, width, origin), 0.0)
            if (math.exp(log_f[cell]) - y) * distance >= area:
                break
            cell -= 1
        if cell < 0:  # no further rectangle fits under the density
            break
        left = grid_low + cell / rate
        right = min(left + 1 / rate, high)
        over = _excess(left, y, area, grid_low, rate, width, origin, log_f, slope_f)
        short = _excess(right, y, area, grid_low, rate, width, origin, log_f, slope_f)
        kept = 0  # false position, with the weight of an end that stays put halved (Illinois)
        for _ in range(50):
            if over < CLOSE or right - left < ROUNDING:
                break
            middle = left + (right - left) * over / (over - short)
            excess = _excess(middle, y, area, grid_low, rate, width, origin, log_f, slope_f)
            if excess < 0.0:
                right, short = middle, excess
                over = 0.5 * over if kept == 1 else over
                kept = 1
            else:
                left, over = middle, excess
                short = 0.5 * short if kept == -1 else short
                kept = -1
        count += 1
        edges[count] = distance_at(left, width, origin)
        heights[count] = y + area / edges[count]
        high = left
    return count


@kernel(void(f8, f8, f8, f8, Vector, Vector, Vector, Vector, f8, Matrix))
def leave(grid_low, rate, width, origin, log_f, slope_f, edges, heights, top, regions):  # type: ignore[no-untyped-def]
    """Describe the overhangs and the cap: the box around each, its area, and how far f sags below the box's diagonal.

    Row j belongs to the region outside rectangle j + 1, the last row to the cap, row 0 (the tail) is left alone.
    The column SHARE receives the area of each region, except for the cap, whose area the caller knows by difference.
    In coordinates of the box, f = 1 - s - sag(s) s (1 - s): LEAST and MOST bound the sag.
    """
    count = edges.size - 1
    for j in range(1, count + 1):
        inner, low = (edges[j + 1] if j < count else 0.0), heights[j]
        outer, rise = edges[j], (heights[j + 1] if j < count else top) - heights[j]
        regions[j, X], regions[j, WIDTH], regions[j, LOW], regions[j, RISE] = inner, outer - inner, low, rise
        if j < count:
            begin, end = coordinate(inner, width, origin), coordinate(outer, width, origin)
            panels = 1 + int(4.0 * (end - begin))
            half = 0.5 * (end - begin) / panels
            total = 0.0
            for panel in range(panels):
                middle = begin + half * (1 + 2 * panel)
                for i in range(NODES.size):
                    u = middle + half * NODES[i]
                    f = _density(u, grid_low, rate, log_f, slope_f)
                    total += WEIGHTS[i] * half * stretch(u, width) * (f - low)
            regions[j, SHARE] = total
        least, most = (math.inf, -math.inf) if j < count else (-1.0, -1.0)  # the mode is flat
        for i in range(POINTS.size):
            s = POINTS[i]
            f = _density(coordinate(inner + s * (outer - inner), width, origin), grid_low, rate, log_f, slope_f)
            sag = (1.0 - s - (f - low) / rise) / (s * (1.0 - s))
            least, most = min(least, sag), max(most, sag)
        # A convex density stays below the diagonal: LEAST >= 0 tells the sampler so, and is claimed only where the
        # curvature hardly changes. The margins cover what lies between the points looked at; at a cap as sharp as a
        # needle nothing is known without a look.
        convex = least > 0.3 * most and most > 1e-7
        margin = 0.15 * (most - least) + 0.02
        regions[j, LEAST] = max(least - margin, 0.0) if convex else min(least - margin, -1e-300)
        regions[j, MOST] = most + margin
        if j == count and most - least > NEEDLE:
            regions[j, LEAST], regions[j, MOST] = -math.inf, math.inf


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


@kernel(void(f8, f8, f8, f8, Vector, Vector, f8, f8, f8, Vector, Vector))
def invert_tail(grid_low, rate, width, origin, log_s, slope_s, log_start, exponent, largest, p, slope):  # type: ignore[no-untyped-def]
    """Solve log P(X > d) = log_start - E on the uniform grid of E in [0, largest]; d = exp(exponent E) p.

    Beyond the grid, P(X > d) is the power of d that is fitted to its end (heavy sides only get there).
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
            end = distance_at(grid_low + last / rate, width, origin)
            log_d = math.log(end) + (log_s[last] - target) * exponent
            fall = -1.0 / exponent if exponent > 0.0 else -math.inf
        else:
            left, right = 0.0, 1.0
            for _ in range(50):
                t = 0.5 * (left + right)
                if hermite(t, log_s[cell], slope_s[cell], log_s[cell + 1], slope_s[cell + 1]) > target:
                    left = t
                else:
                    right = t
            u = grid_low + (cell + left) / rate
            distance = distance_at(u, width, origin)
            log_d = math.log(distance)
            near, far = slope_s[cell], slope_s[cell + 1]
            chord = log_s[cell + 1] - log_s[cell]
            fall = rate * ((1.0 - left) * (1.0 - 3.0 * left) * near + left * (3.0 * left - 2.0) * far)
            fall += rate * 6.0 * left * (1.0 - left) * chord
            fall *= distance / stretch(u, width)  # from d log P / du to d log P / d log d
        p[i] = math.exp(log_d - exponent * i * step)
        slope[i] = step * p[i] * (-1.0 / fall - exponent)
