r"""Tables of the ziggurat sampler.

The region under a unimodal density is cut, on each side of its mode, into rectangles of area 1/LAYERS that lie wholly
under it, and a left-over of half a per cent (`levysde.stable.layers`). A word whose low bits name a
rectangle yields a variate by one look-up and one multiplication, without any test; the others choose a left-over region
by Walker's alias method and a uniform point of it by rejection [1]_ [2]_. Both sides, one-sided laws, light tails and
the normal law share this layout.

Layout (a plain float64 array, so that another alpha costs no recompilation):

====================  =======================================================================================
head[0:8]             RECTANGLES, REGIONS (their numbers), LEFT (the first region of the left side), SHIFT (the mode)
head[8:16], [16:24]   right and left side: where its wedge and tail tables are, see the constants below
hot[LAYERS]           signed scale of each rectangle; 0 where there is none
regions[...]          eight numbers for each left-over region, see `layers`; a tail has no rise
wedge                 log f on a uniform grid of log |x|, two numbers a node (value, slope times step)
tail                  p on a uniform grid of E = -log w, two numbers a node: x = exp(a E) p(E) solves
                      P(X > x) = w P(X > r), with a = 1/alpha for a heavy side, where p is constant for large E, and
                      0 for a light one. The tail is never cut: x reaches the 2^-64 quantile of the tail strip
====================  =======================================================================================

References
----------
.. [1] Marsaglia and Tsang, J. Stat. Software 5 (2000), doi:10.18637/jss.v005.i08.
.. [2] McFarland, J. Stat. Comput. Simul. 86 (2016), doi:10.1080/00949655.2015.1060234.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from levysde.stable.layers import NODES, REGION, SHARE, WEIGHTS, WIDTH, X, alias, cut, hermite, invert_tail, leave
from levysde.stable.symmetric import density_and_survival, mode_density

LAYERS = 2048  # both sides together
RECTANGLES, REGIONS, LEFT, SHIFT = range(4)  # what the head of the table holds
HEAD = 8  # numbers in the head and in each side's
WEDGE, LOG_LOW, WEDGE_RATE, TAIL, TAIL_RATE, EXPONENT = range(6)  # what the head of a side holds
HOT = 3 * HEAD
PARTS = HOT + LAYERS

SMALLEST_ALPHA = 0.2  # below, the mode is too sharp for the grid and `stable.chambers` serves
LOG_STEP = 0.02
TAIL_CELLS = 1024
LARGEST_E = 64 * math.log(2) + 1e-9
GRID_END = 1e5  # the grid of log x ends where x**alpha is this, or P(X > x) is below 2^-64 of the tail strip's
TWO_53 = 2.0**53


@dataclass(frozen=True)
class Side:
    """One side of a density: log f and log P(X > x) on a uniform grid of log x, x the distance from the mode."""

    grid_low: float
    log_f: np.ndarray
    log_s: np.ndarray  # need not be known (NaN) nearer to the mode than the tail's start
    top: float  # the density at the mode
    mass: float  # the probability of this side
    exponent: float  # 1/alpha on a heavy side, 0 on a light one


@functools.lru_cache(maxsize=64)
def symmetric_table(alpha: float) -> np.ndarray:
    """Return the read-only table of the symmetric stable law of scale 1, 0.2 <= alpha <= 2."""
    low = math.log(_flat_below(alpha))
    log_x = np.arange(low, math.log(GRID_END) / alpha, LOG_STEP)
    density, survival = density_and_survival(np.exp(log_x), alpha)
    exponent = 0.0 if alpha == 2 else 1 / alpha
    with np.errstate(divide="ignore"):
        seen = density > 1e-300
        log_f, log_s = np.log(density[seen]), np.log(survival[seen])
    return _assemble(0.0, 2 * [Side(low, log_f, log_s, mode_density(alpha), 0.5, exponent)])


def _flat_below(alpha: float) -> float:
    """Return the x below which f equals f(0) to 1e-11, from its curvature at the mode."""
    return math.exp(0.5 * (math.log(2e-11) + math.lgamma(1 / alpha) - math.lgamma(3 / alpha)))


def _assemble(mode: float, sides: list[Side]) -> np.ndarray:
    """Return the table of the law with this right and left side."""
    hot = np.zeros(LAYERS)
    rectangles = 0
    regions, lines, heads = [], [], []
    for side, sign in zip(sides, (1.0, -1.0), strict=True):
        slope_f = _slopes(side.log_f)
        edges, rows = _cut(side, slope_f)
        hot[rectangles : rectangles + len(edges)] = sign * edges / TWO_53
        rectangles += len(edges)
        rows[:, [X, WIDTH]] *= sign
        regions.append(rows)
        lines += [np.column_stack([side.log_f, slope_f]).ravel(), _tail(side, edges[0])]
        heads.append([side.grid_low, 1 / LOG_STEP, TAIL_CELLS / LARGEST_E, side.exponent])
    left_over = np.concatenate(regions)
    alias(left_over, np.empty(len(left_over), np.int64), np.empty(len(left_over), np.int64))
    ends = PARTS + left_over.size + np.cumsum([0, *(line.size for line in lines)])
    head = np.zeros((3, HEAD))
    head[0, [RECTANGLES, REGIONS, LEFT, SHIFT]] = rectangles, len(left_over), len(regions[0]), mode
    for number, values in enumerate(heads):
        head[1 + number, [LOG_LOW, WEDGE_RATE, TAIL_RATE, EXPONENT]] = values
        head[1 + number, [WEDGE, TAIL]] = ends[2 * number : 2 * number + 2]
    table = np.concatenate([head.ravel(), hot, left_over.ravel(), *lines])
    table.flags.writeable = False
    return table


def _cut(side: Side, slope_f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of the rectangles, from the outermost, and the left-over regions with their probabilities."""
    edges, heights = np.empty(LAYERS + 1), np.empty(LAYERS + 1)
    grid = side.grid_low, 1 / LOG_STEP, side.log_f, slope_f
    count = cut(*grid, 1 / LAYERS, edges, heights)
    regions = np.zeros((count + 1, REGION))
    leave(*grid, edges[: count + 1], heights[: count + 1], side.top, NODES, WEIGHTS, regions)
    start, log_s, slope_s = _beyond(side, edges[1])
    regions[0, SHARE] = math.exp(hermite(start, log_s[0], slope_s[0], log_s[1], slope_s[1]))
    regions[-1, SHARE] = side.mass - count / LAYERS - regions[:-1, SHARE].sum()
    return edges[1 : count + 1], regions


def _beyond(side: Side, edge: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Return log P(X > x) and its slope times step from the grid's cell of `edge` on, and where in it the edge lies."""
    position = (math.log(edge) - side.grid_low) / LOG_STEP
    cell = int(position)
    log_x = side.grid_low + LOG_STEP * np.arange(cell, side.log_f.size)
    log_s = side.log_s[cell:]
    return position - cell, log_s, -LOG_STEP * np.exp(log_x + side.log_f[cell:] - log_s)


def _tail(side: Side, edge: float) -> np.ndarray:
    """Return (p, slope of p times step) on the uniform grid of E."""
    start, log_s, slope_s = _beyond(side, edge)
    log_start = hermite(start, log_s[0], slope_s[0], log_s[1], slope_s[1])
    low = math.log(edge) - start * LOG_STEP
    p, slope = np.empty(TAIL_CELLS + 1), np.empty(TAIL_CELLS + 1)
    invert_tail(low, 1 / LOG_STEP, log_s, slope_s, log_start, side.exponent, LARGEST_E, p, slope)
    return np.column_stack([p, slope]).ravel()


def _slopes(values: np.ndarray) -> np.ndarray:
    """Return derivative times step on the uniform grid, of fourth order inside."""
    slopes: np.ndarray = np.gradient(values)
    slopes[2:-2] = (8 * (values[3:-1] - values[1:-3]) - (values[4:] - values[:-4])) / 12
    return slopes
