r"""Tables of the ziggurat sampler.

The region under a unimodal density is cut, on each side of its mode, into rectangles of area 1/LAYERS that lie wholly
under it, and a left-over of a quarter of a per cent (`levysde.stable.layers`; 1.3 per cent at alpha = 0.2). A word
whose low bits name a rectangle yields a variate by one look-up and one multiplication, without any test; the others
choose a left-over region by Walker's alias method and a uniform point of it by rejection [1]_ [2]_. Both sides,
one-sided laws, light tails and the normal law share this layout.

Layout (a plain float64 array, so that another alpha costs no recompilation):

====================  =======================================================================================
head[0:8]             RECTANGLES, REGIONS (their numbers), LEFT (the first region of the left side), SHIFT (the mode)
head[8:16], [16:24]   right and left side: where its wedge and tail tables are, see the constants below
hot[LAYERS]           signed scale of each rectangle; 0 where there is none
regions[...]          eight numbers for each left-over region, see `layers`; a tail has no rise, a small rectangle
                      under the mode lies wholly under the density (MOST = -inf)
wedge                 log f on a uniform grid of u (see `layers`), two numbers a node (value, slope times step)
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

from levysde.stable.coefficients import standard_shift
from levysde.stable.density import SMALL_ALPHA
from levysde.stable.evaluate import log_densities, log_tails
from levysde.stable.interpolant import table_of
from levysde.stable.layers import (
    LEAST,
    LOW,
    MOST,
    REGION,
    RISE,
    SHARE,
    WIDTH,
    X,
    alias,
    coordinate,
    cut,
    hermite,
    invert_tail,
    leave,
)
from levysde.stable.mode import mode, mode_from_origin, width_at_origin

LAYERS = 4096  # both sides together
RECTANGLES, REGIONS, LEFT, SHIFT = range(4)  # what the head of the table holds
HEAD = 8  # numbers in the head and in each side's
WEDGE, GRID_LOW, WEDGE_RATE, TAIL, TAIL_RATE, EXPONENT, GRID_WIDTH, ORIGIN = range(8)  # what the head of a side holds
HOT = 3 * HEAD
PARTS = HOT + LAYERS

CAP_PARTS = 1 / 8, 1 / 64  # areas, in those of the others, of the further rectangles under the mode
TAIL_CELLS = 1024
LARGEST_E = 64 * math.log(2) + 1e-9
TWO_52 = 2.0**52

COARSEST_STEP, FINEST_STEP = 0.04, 0.0025  # of the grid of u
BEFORE = 3  # coarse steps that a grid about the origin begins before the mode, for the differences there
NEAR_ORIGIN = 0.01  # the part of the law's width at the S1 origin below which its grid is linear (alpha < 0.9)
GRID_START = 1e-5  # in half-widths of the mode: nearer, f is f(mode) to 1e-10
GRID_END = 1e5  # a heavy side's grid ends where x**alpha is this; beyond, the tail is a power
LEAST_LOG = -120.0  # log f at which a light side's grid ends, below 2^-64 of the tail strip
TOLERANCE = 1e-5  # of the interpolated log f at twice the step that is taken: the error falls as its fourth power


@dataclass(frozen=True)
class Law:
    """One side of a law by two functions of the distances from its mode: log f and log P(X > distance)."""

    log_density: Callable[[np.ndarray], np.ndarray]
    log_tail: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Side:
    """One side of a density: log f on a uniform grid of u (see `layers`) from the mode outwards."""

    grid_low: float
    step: float
    width: float
    origin: float
    log_f: np.ndarray
    log_tail: Callable[[np.ndarray], np.ndarray]
    top: float  # the density at the mode
    mass: float  # the probability of this side
    exponent: float  # 1/alpha on a heavy side, 0 on a light one


def has_table(alpha: float) -> bool:
    """Whether laws of this index have tables; below, the mode is too sharp for them and `stable.chambers` serves."""
    return alpha >= 0.2


@functools.lru_cache(maxsize=64)
def stable_table(alpha: float, beta: float) -> np.ndarray:
    """Return the table of the standard S0 law; writable, since kernels ask for that, but never written to."""
    if beta == 0 or alpha == 2:
        half = side(_law(alpha, 0.0, 0.0, 0.0, 0.0, 1.0), 1 / alpha if alpha < 2 else 0.0)
        return assemble(0.0, [half, half])
    shift = standard_shift(alpha, beta)
    if alpha >= SMALL_ALPHA:
        centre = mode(alpha, beta)
        return assemble(centre, [_skewed_side(alpha, beta, centre, 0.0, shift, sign) for sign in (1.0, -1.0)])
    centre = mode_from_origin(alpha, beta)
    sides = [_skewed_side(alpha, beta, centre, -shift, 0.0, sign) for sign in (1.0, -1.0)]
    return assemble(centre - shift, sides)


def _skewed_side(alpha: float, beta: float, centre: float, shift_0: float, shift_1: float, sign: float) -> Side:
    """Return the right (sign = 1) or left side; the shifts lead from the coordinate of the mode to S0 and S1."""
    law = _law(alpha, beta, centre, shift_0, shift_1, sign)
    exponent = 1 / alpha if sign * beta > -1 else 0.0
    if alpha >= SMALL_ALPHA:
        return side(law, exponent)
    return side(law, exponent, NEAR_ORIGIN * width_at_origin(alpha, beta), sign * centre)


def _law(alpha: float, beta: float, centre: float, shift_0: float, shift_1: float, sign: float) -> Law:
    """Return one side of the law about `centre`, from the table of densities."""
    table = table_of(alpha, beta).copy()  # the kernels are compiled for writable arrays

    def log_density(distance: np.ndarray) -> np.ndarray:
        found = np.empty_like(distance)
        log_densities(centre + sign * distance, shift_0, shift_1, alpha, beta, table, found)
        return found

    def log_tail(distance: np.ndarray) -> np.ndarray:
        upper, lower = np.empty_like(distance), np.empty_like(distance)
        log_tails(centre + sign * distance, shift_0, shift_1, alpha, beta, table, upper, lower)
        return upper if sign > 0 else lower

    return Law(log_density, log_tail)


def side(law: Law, exponent: float, width: float = 0.0, origin: float = 0.0) -> Side:
    """Return the side of a density right of its mode.

    `exponent` is 1/alpha for a heavy tail and 0 for a light one, which ends at the origin if there is one.
    """
    at_mode = np.zeros(1)
    top, mass = float(law.log_density(at_mode)[0]), float(law.log_tail(at_mode)[0])
    step = COARSEST_STEP
    far = GRID_END**exponent
    if width:
        low = float(coordinate(0.0, width, origin)) - BEFORE * step
        far = far if exponent else -origin
    else:
        near = np.exp(np.arange(math.log(1e-9), math.log(1e3), 0.25))
        drop = top - law.log_density(near)
        low = math.log(near[np.argmax(drop > 0.5)] * GRID_START)
        far = far if exponent else float(near[np.argmax(drop > -LEAST_LOG)])
    u = np.arange(low, float(coordinate(far, width, origin)) + step, step)
    log_f = law.log_density(_distances(u, width, origin))
    if not exponent:
        kept = int(np.argmin(np.append(log_f, -math.inf) > top + LEAST_LOG))
        u, log_f = u[:kept], log_f[:kept]
    while True:
        middle = law.log_density(_distances(u[:-1] + step / 2, width, origin))
        good = step <= FINEST_STEP or _error(log_f, middle) < TOLERANCE
        step, u = step / 2, low + step / 2 * np.arange(2 * len(u) - 1)
        log_f = _interleave(log_f, middle)
        if good:
            return Side(low, step, width, origin, log_f, law.log_tail, math.exp(top), math.exp(mass), exponent)


def _distances(u: np.ndarray, width: float, origin: float) -> np.ndarray:
    return np.asarray(width * np.sinh(u) - origin if width else np.exp(u))


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
    right, left = sides
    right_cut = _cut(right)
    left_cut = right_cut if left is right else _cut(left)
    for side, (edges, rows, wedge, tail), sign in ((right, right_cut, 1.0), (left, left_cut, -1.0)):
        hot[rectangles : rectangles + len(edges)] = sign * edges / TWO_52
        rectangles += len(edges)
        regions.append(rows.copy())
        regions[-1][:, [X, WIDTH]] *= sign
        lines += [wedge, tail]
        heads.append([side.grid_low, 1 / side.step, TAIL_CELLS / LARGEST_E, side.exponent, side.width, side.origin])
    left_over = np.concatenate(regions)
    alias(left_over, np.empty(len(left_over), np.int64), np.empty(len(left_over), np.int64))
    ends = PARTS + left_over.size + np.cumsum([0, *(line.size for line in lines)])
    head = np.zeros((3, HEAD))
    head[0, [RECTANGLES, REGIONS, LEFT, SHIFT]] = rectangles, len(left_over), len(regions[0]), centre
    for number, values in enumerate(heads):
        head[1 + number, [GRID_LOW, WEDGE_RATE, TAIL_RATE, EXPONENT, GRID_WIDTH, ORIGIN]] = values
        head[1 + number, [WEDGE, TAIL]] = ends[2 * number : 2 * number + 2]
    return np.concatenate([head.ravel(), hot, left_over.ravel(), *lines])


def _cut(side: Side) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the edges of the rectangles (from the outermost), the left-over regions, the wedge and the tail line."""
    slope_f = _slopes(side.log_f)
    edges, heights = np.zeros(LAYERS + 1), np.zeros(LAYERS + 1)
    grid = side.grid_low, 1 / side.step, side.width, side.origin
    whole = count = cut(*grid, side.log_f, slope_f, 1 / LAYERS, 0, edges, heights)
    for part in CAP_PARTS:  # what is left under the mode may be a needle, most of whose box lies above the density
        count = cut(*grid, side.log_f, slope_f, part / LAYERS, count, edges, heights)
    regions = np.zeros((count + 1, REGION))
    leave(*grid, side.log_f, slope_f, edges[: count + 1], heights[: count + 1], side.top, regions)
    start = (coordinate(edges[1], side.width, side.origin) - side.grid_low) / side.step
    cell = int(start)
    u = side.grid_low + side.step * np.arange(cell, side.log_f.size)
    log_s = side.log_tail(_distances(u, side.width, side.origin))
    stretch = side.width * np.cosh(u) if side.width else np.exp(u)
    slope_s = -side.step * stretch * np.exp(side.log_f[cell:] - log_s)
    log_beyond = hermite(start - cell, log_s[0], slope_s[0], log_s[1], slope_s[1])
    p, slope = np.empty(TAIL_CELLS + 1), np.empty(TAIL_CELLS + 1)
    invert_tail(u[0], *grid[1:], log_s, slope_s, log_beyond, side.exponent, LARGEST_E, p, slope)
    regions[0, SHARE] = math.exp(log_beyond)
    small = np.zeros((count - whole, REGION))
    small[:, WIDTH], small[:, LOW] = edges[whole + 1 : count + 1], heights[whole:count]
    small[:, RISE] = np.diff(heights[whole : count + 1])
    small[:, [LEAST, MOST]] = -math.inf  # all of it lies under the density
    small[:, SHARE] = small[:, WIDTH] * small[:, RISE]
    regions[-1, SHARE] = side.mass - whole / LAYERS - regions[:-1, SHARE].sum() - small[:, SHARE].sum()
    wedge, tail = np.column_stack([side.log_f, slope_f]).ravel(), np.column_stack([p, slope]).ravel()
    return edges[1 : whole + 1], np.concatenate([regions, small]), wedge, tail


def _slopes(values: np.ndarray) -> np.ndarray:
    """Return derivative times step on the uniform grid, of fourth order inside."""
    slopes: np.ndarray = np.gradient(values)
    slopes[2:-2] = (8 * (values[3:-1] - values[1:-3]) - (values[4:] - values[:-4])) / 12
    return slopes
