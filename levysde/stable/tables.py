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
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from levysde.stable.density import log_density_and_survival
from levysde.stable.layers import NODES, REGION, SHARE, WEIGHTS, WIDTH, X, alias, cut, hermite, invert_tail, leave
from levysde.stable.mode import mode

LAYERS = 2048  # both sides together
RECTANGLES, REGIONS, LEFT, SHIFT = range(4)  # what the head of the table holds
HEAD = 8  # numbers in the head and in each side's
WEDGE, LOG_LOW, WEDGE_RATE, TAIL, TAIL_RATE, EXPONENT = range(6)  # what the head of a side holds
HOT = 3 * HEAD
PARTS = HOT + LAYERS

TAIL_CELLS = 1024
LARGEST_E = 64 * math.log(2) + 1e-9
TWO_53 = 2.0**53

COARSEST_STEP, FINEST_STEP = 0.04, 0.0025  # of the grid of log x
GRID_START = 1e-5  # in half-widths of the mode: nearer, f is f(mode) to 1e-10
GRID_END = 1e5  # a heavy side's grid ends where x**alpha is this; beyond, the tail is a power
LEAST_LOG = -120.0  # log f at which a light side's grid ends, below 2^-64 of the tail strip
TOLERANCE = 1e-5  # of the interpolated log f at twice the step that is taken: the error falls as its fourth power


Law = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # x -> (log f, log P(X > x))


@dataclass(frozen=True)
class Side:
    """One side of a density: log f and log P(X > x) on a uniform grid of log x, x the distance from the mode."""

    grid_low: float
    step: float
    log_f: np.ndarray
    log_s: np.ndarray
    top: float  # the density at the mode
    mass: float  # the probability of this side
    exponent: float  # 1/alpha on a heavy side, 0 on a light one


def has_table(alpha: float, beta: float) -> bool:
    """Whether a law has a table; elsewhere the mode is too sharp for it and `stable.chambers` serves."""
    skew = abs(beta)
    return alpha >= 0.2 and (skew == 0 or alpha >= 0.5 or (alpha >= 0.3 and skew <= 0.5))


@functools.lru_cache(maxsize=64)
def stable_table(alpha: float, beta: float) -> np.ndarray:
    """Return the table of the standard S0 law; writable, since kernels ask for that, but never written to."""
    if beta == 0 or alpha == 2:
        half = _stable_side(alpha, 0.0, 0.0)
        return assemble(0.0, [half, half])
    centre = mode(alpha, beta)
    return assemble(centre, [_stable_side(alpha, beta, centre), _stable_side(alpha, -beta, -centre)])


def _stable_side(alpha: float, beta: float, centre: float) -> Side:
    """Return the right side of a law; the left one is the right side of the law with -beta."""

    def law(distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        log_f, log_s = np.empty_like(distance), np.empty_like(distance)
        log_density_and_survival(centre + distance, alpha, beta, log_f, log_s)
        return log_f, log_s

    return side(law, 1 / alpha if alpha < 2 and beta > -1 else 0.0)


def side(law: Law, exponent: float) -> Side:
    """Return the side of a density right of its mode.

    `law` gives log f and log P(X > x) at distances from the mode; `exponent` is 1/alpha for a heavy tail and 0 for a
    light one.
    """
    at_mode = law(np.zeros(1))
    top, mass = float(at_mode[0][0]), float(at_mode[1][0])
    near = np.exp(np.arange(math.log(1e-9), math.log(1e3), 0.25))
    drop = top - law(near)[0]
    low = math.log(near[np.argmax(drop > 0.5)] * GRID_START)
    high = math.log(GRID_END) * exponent if exponent else math.log(near[np.argmax(drop > -LEAST_LOG)])
    step = COARSEST_STEP
    log_x = np.arange(low, high + step, step)
    log_f, log_s = law(np.exp(log_x))
    if not exponent:
        kept = int(np.argmin(np.append(log_f, -math.inf) > top + LEAST_LOG))
        log_x, log_f, log_s = log_x[:kept], log_f[:kept], log_s[:kept]
    while True:
        middle_f, middle_s = law(np.exp(log_x[:-1] + step / 2))
        good = step <= FINEST_STEP or _error(log_f, middle_f) < TOLERANCE
        step, log_x = step / 2, low + step / 2 * np.arange(2 * len(log_x) - 1)
        log_f, log_s = _interleave(log_f, middle_f), _interleave(log_s, middle_s)
        if good:
            return Side(low, step, log_f, log_s, math.exp(top), math.exp(mass), exponent)


def _interleave(nodes: np.ndarray, middles: np.ndarray) -> np.ndarray:
    found = np.empty(len(nodes) + len(middles))
    found[::2], found[1::2] = nodes, middles
    return found


def _error(log_f: np.ndarray, middle: np.ndarray) -> float:
    """Return the largest error of the interpolated log f halfway between nodes; it counts less where f is small."""
    slopes = _slopes(log_f)
    found = 0.5 * (log_f[:-1] + log_f[1:]) + (slopes[:-1] - slopes[1:]) / 8
    used = slice(3, -3)
    seen = middle[used] > log_f[0] + LEAST_LOG
    error = np.abs(found[used] - middle[used]) * np.exp(0.25 * (middle[used] - log_f[0]))
    return float(np.max(error[seen], initial=0.0))


def assemble(centre: float, sides: list[Side]) -> np.ndarray:
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
        heads.append([side.grid_low, 1 / side.step, TAIL_CELLS / LARGEST_E, side.exponent])
    left_over = np.concatenate(regions)
    alias(left_over, np.empty(len(left_over), np.int64), np.empty(len(left_over), np.int64))
    ends = PARTS + left_over.size + np.cumsum([0, *(line.size for line in lines)])
    head = np.zeros((3, HEAD))
    head[0, [RECTANGLES, REGIONS, LEFT, SHIFT]] = rectangles, len(left_over), len(regions[0]), centre
    for number, values in enumerate(heads):
        head[1 + number, [LOG_LOW, WEDGE_RATE, TAIL_RATE, EXPONENT]] = values
        head[1 + number, [WEDGE, TAIL]] = ends[2 * number : 2 * number + 2]
    table = np.concatenate([head.ravel(), hot, left_over.ravel(), *lines])
    return table


def _cut(side: Side, slope_f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of the rectangles, from the outermost, and the left-over regions with their probabilities."""
    edges, heights = np.empty(LAYERS + 1), np.empty(LAYERS + 1)
    grid = side.grid_low, 1 / side.step, side.log_f, slope_f
    count = cut(*grid, 1 / LAYERS, edges, heights)
    regions = np.zeros((count + 1, REGION))
    leave(*grid, edges[: count + 1], heights[: count + 1], side.top, NODES, WEIGHTS, regions)
    start, log_s, slope_s = _beyond(side, edges[1])
    regions[0, SHARE] = math.exp(hermite(start, log_s[0], slope_s[0], log_s[1], slope_s[1]))
    regions[-1, SHARE] = side.mass - count / LAYERS - regions[:-1, SHARE].sum()
    return edges[1 : count + 1], regions


def _beyond(side: Side, edge: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Return log P(X > x) and its slope times step from the grid's cell of `edge` on, and where in it the edge lies."""
    position = (math.log(edge) - side.grid_low) / side.step
    cell = int(position)
    log_x = side.grid_low + side.step * np.arange(cell, side.log_f.size)
    log_s = side.log_s[cell:]
    return position - cell, log_s, -side.step * np.exp(log_x + side.log_f[cell:] - log_s)


def _tail(side: Side, edge: float) -> np.ndarray:
    """Return (p, slope of p times step) on the uniform grid of E."""
    start, log_s, slope_s = _beyond(side, edge)
    log_start = hermite(start, log_s[0], slope_s[0], log_s[1], slope_s[1])
    low = math.log(edge) - start * side.step
    p, slope = np.empty(TAIL_CELLS + 1), np.empty(TAIL_CELLS + 1)
    invert_tail(low, 1 / side.step, log_s, slope_s, log_start, side.exponent, LARGEST_E, p, slope)
    return np.column_stack([p, slope]).ravel()


def _slopes(values: np.ndarray) -> np.ndarray:
    """Return derivative times step on the uniform grid, of fourth order inside."""
    slopes: np.ndarray = np.gradient(values)
    slopes[2:-2] = (8 * (values[3:-1] - values[1:-3]) - (values[4:] - values[:-4])) / 12
    return slopes
