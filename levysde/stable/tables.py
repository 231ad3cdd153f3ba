r"""Tables of the ziggurat sampler.

The region under a unimodal density is covered by layers of equal area. A layer is a rectangle that starts at the
mode, so that a uniform point of a random layer is a uniform point of the covering, and accepting the points below
the density gives exact draws [1]_ [2]_. In 98 % of the draws (alpha > 0.8) the point lies left of the next layer's
edge, hence under the density: one look-up, one multiplication, one comparison.

Layout (a plain float64 array, so that another alpha costs no recompilation):

====================  =======================================================================================
head[0:8], [8:16]     right and left side: where its wedge and tail tables are, see the constants below
hot[2 * LAYERS]       (signed scale, threshold) of each layer; half of the layers lie on each side of the mode
cold[3 * LAYERS]      (height of the outer edge, rise to the inner edge, bend: largest distance of the density from
                      its chord, in rises) of each layer; the bend decides most wedge tests without a logarithm
wedge                 log f on a uniform grid of log x, two numbers a node (value, slope times step)
tail                  p on a uniform grid of E = -log w, two numbers a node: x = exp(a E) p(E) solves
                      P(X > x) = w P(X > r), with a = 1/alpha for a heavy side, where p is constant for large E, and
                      0 for a light one. The tail is never cut: x reaches the 2^-64 quantile of the tail strip
====================  =======================================================================================

References
----------
.. [1] Marsaglia and Tsang, J. Stat. Software 5 (2000), doi:10.18637/jss.v005.i08.
.. [2] McFarland, J. Stat. Comput. Simul. 86 (2016), doi:10.1080/00949655.2015.1060234 (tails and wedges).
"""

from __future__ import annotations

import functools
import math

import numpy as np

from levysde._jit import Vector, f8, inline, kernel
from levysde.stable.symmetric import density_and_survival, mode_density

LAYERS = 1024  # both sides together
SIDE = LAYERS // 2
HEAD = 8  # numbers a side
WEDGE, LOG_LOW, WEDGE_RATE, TAIL, TAIL_RATE, EXPONENT = range(6)  # what the head of a side holds
HOT = 2 * HEAD
COLD = HOT + 2 * LAYERS
PARTS = COLD + 3 * LAYERS

SMALLEST_ALPHA = 0.2  # below, the mode is too sharp for the grid and `stable.chambers` serves
TAIL_CELLS = 1024
LARGEST_E = 64 * math.log(2) + 1e-9
GRID_END = 2e3  # the grid of log x ends where x**alpha is this
TWO_53 = 2.0**53


@functools.lru_cache(maxsize=64)
def symmetric_table(alpha: float) -> np.ndarray:
    """Return the read-only table of the symmetric stable law of scale 1, 0.2 <= alpha <= 2."""
    log_step = 0.02 if alpha < 1.5 else 0.01  # light tails are steep in log-log
    log_x = np.arange(math.log(_flat_below(alpha)), math.log(GRID_END) / alpha, log_step)
    density, survival = density_and_survival(np.exp(log_x), alpha)
    log_f, log_s = np.log(density), np.log(survival)
    slope_f = _slopes(log_f)
    edges, heights = np.empty(SIDE + 1), np.empty(SIDE + 1)
    area = _layers(log_x, log_f, slope_f, log_s, mode_density(alpha), edges, heights)
    outer, inner = edges[:-1].copy(), edges[1:].copy()
    outer[0] = area / heights[1]  # the base strip is as wide as its area, tail included
    bends = _bends(inner, outer, heights, log_x, log_f, slope_f)
    tail = _tail(log_x, log_s, density, survival, edges[1], alpha)
    wedge = np.column_stack([log_f, slope_f]).ravel()

    table = np.zeros(PARTS + wedge.size + tail.size)
    exponent = 0.0 if alpha == 2 else 1 / alpha
    head = [PARTS, log_x[0], 1 / log_step, PARTS + wedge.size, TAIL_CELLS / LARGEST_E, exponent]
    for side, sign in enumerate((1.0, -1.0)):
        table[side * HEAD : side * HEAD + len(head)] = head
        hot = table[HOT + 2 * SIDE * side :][: 2 * SIDE]
        hot[0::2] = sign * outer / TWO_53
        hot[1::2] = inner / outer * TWO_53
        cold = table[COLD + 3 * SIDE * side :][: 3 * SIDE]
        cold[0::3] = heights[:-1]
        cold[1::3] = np.diff(heights)
        cold[2::3] = bends
    table[PARTS : PARTS + wedge.size] = wedge
    table[PARTS + wedge.size :] = tail
    table.flags.writeable = False
    return table


def _flat_below(alpha: float) -> float:
    """Return the x below which f equals f(0) to 1e-11, from its curvature at the mode."""
    return math.exp(0.5 * (math.log(2e-11) + math.lgamma(1 / alpha) - math.lgamma(3 / alpha)))


def _slopes(values: np.ndarray) -> np.ndarray:
    """Return derivative times step on the uniform grid, of fourth order inside."""
    slopes: np.ndarray = np.gradient(values)
    slopes[2:-2] = (8 * (values[3:-1] - values[1:-3]) - (values[4:] - values[:-4])) / 12
    return slopes


def _bends(
    inner: np.ndarray,
    outer: np.ndarray,
    heights: np.ndarray,
    log_x: np.ndarray,
    log_f: np.ndarray,
    slope_f: np.ndarray,
) -> np.ndarray:
    """Return an upper bound of |f - chord| / rise for every layer."""
    s = np.linspace(0.01, 0.99, 25)
    x = inner[:, None] + s * (outer - inner)[:, None]
    position = np.clip((np.log(x) - log_x[0]) / (log_x[1] - log_x[0]), 0.0, log_x.size - 1.001)
    cell = position.astype(int)
    t = position - cell
    density = np.exp(hermite(t, log_f[cell], slope_f[cell], log_f[cell + 1], slope_f[cell + 1]))
    rises = np.diff(heights)
    bend = np.abs((density - heights[:-1, None]) / rises[:, None] - (1 - s)).max(axis=1)
    return np.asarray(1.1 * bend + 0.02)  # 0.02: between the sampled points


def _tail(
    log_x: np.ndarray, log_s: np.ndarray, density: np.ndarray, survival: np.ndarray, start: float, alpha: float
) -> np.ndarray:
    """Return (p, slope of p times step) on the uniform grid of E."""
    decay = np.linspace(0, LARGEST_E, TAIL_CELLS + 1)
    known = log_x >= 0
    x_grid, s_grid = log_x[known], log_s[known]
    log_target = math.log(density_and_survival(np.array([start]), alpha)[1][0]) - decay
    log_quantile = np.interp(-log_target, -s_grid, x_grid)
    beyond = log_target < s_grid[-1]
    constant = math.gamma(alpha) * math.sin(math.pi * alpha / 2) / math.pi
    if alpha < 2:
        log_quantile[beyond] = (math.log(constant) - log_target[beyond]) / alpha
    for _ in range(4):  # Newton's method in log-log: the linear interpolant is already within 1e-4
        f, s = density_and_survival(np.exp(log_quantile), alpha)
        log_quantile += (np.log(s) - log_target) * s / (f * np.exp(log_quantile))
    x = np.exp(log_quantile)
    f, s = density_and_survival(x, alpha)
    exponent = 0.0 if alpha == 2 else 1 / alpha
    shrink = np.exp(-exponent * decay)
    slope = (s / f - exponent * x) * shrink * (LARGEST_E / TAIL_CELLS)
    return np.column_stack([x * shrink, slope]).ravel()


@inline
def _inverse(log_y, log_x, log_f, slope_f):  # type: ignore[no-untyped-def]
    """Solve log f(x) = log_y on the decreasing grid; returns x."""
    low, high = 0, log_f.size - 1
    if log_y >= log_f[0]:
        return math.exp(log_x[0])
    while high - low > 1:
        middle = (low + high) // 2
        if log_f[middle] > log_y:
            low = middle
        else:
            high = middle
    left, right = 0.0, 1.0
    for _ in range(45):
        t = 0.5 * (left + right)
        if hermite(t, log_f[low], slope_f[low], log_f[high], slope_f[high]) > log_y:
            left = t
        else:
            right = t
    return math.exp(log_x[low] + 0.5 * (left + right) * (log_x[high] - log_x[low]))


@inline
def hermite(t, left, slope_left, right, slope_right):  # type: ignore[no-untyped-def]
    """Cubic Hermite interpolation on [0, 1]."""
    s = 1.0 - t
    return s * s * ((1.0 + 2.0 * t) * left + t * slope_left) + t * t * ((1.0 + 2.0 * s) * right - s * slope_right)


@kernel(f8(Vector, Vector, Vector, Vector, f8, Vector, Vector))
def _layers(log_x, log_f, slope_f, log_s, top, edges, heights):  # type: ignore[no-untyped-def]
    """Find the start of the tail for which the layers end exactly at the mode; fills edges and heights 1...SIDE."""
    low, high = 0.0, log_x[-1]
    area = 0.0
    for _ in range(60):
        log_r = 0.5 * (low + high)
        position = (log_r - log_x[0]) / (log_x[1] - log_x[0])
        cell = min(int(position), log_x.size - 2)
        t = position - cell
        y = math.exp(hermite(t, log_f[cell], slope_f[cell], log_f[cell + 1], slope_f[cell + 1]))
        x = math.exp(log_r)
        step = log_x[1] - log_x[0]
        fall_left = -step * math.exp(log_x[cell] + log_f[cell] - log_s[cell])  # d log S / d log x = -x f / S
        fall_right = -step * math.exp(log_x[cell + 1] + log_f[cell + 1] - log_s[cell + 1])
        area = x * y + math.exp(hermite(t, log_s[cell], fall_left, log_s[cell + 1], fall_right))
        layer = 1
        while True:
            edges[layer] = x
            heights[layer] = y
            y += area / x
            layer += 1
            if layer == edges.size - 1 or y >= top:
                break
            x = _inverse(math.log(y), log_x, log_f, slope_f)
        if layer < edges.size - 1 or y > top:
            low = log_r  # the strips are too thick: start the tail further out
        else:
            high = log_r
    edges[0] = math.nan
    edges[edges.size - 1] = 0.0
    heights[0] = 0.0
    heights[heights.size - 1] = top
    return area
