"""What the loops of the jump-adapted scheme share: lanes that move to their own next event.

An event is a grid time or a jump. Time inside a step is counted in ticks, TICKS to a step, so that the pieces of a step
add up to it exactly; a jump happens at the tick nearest to its exponential time. The flow over any number of ticks is
put together from exact flows over multiples of BASE ticks and of one tick (rows of `params`), or follows an adaptive
flow for that time. Jumps have a stream of their own: their times and sizes are the same whatever the step.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import inline
from levysde._streams import next_word

BASE = 128
TICKS = BASE * BASE
NEVER = 2**62

PATH, AGE, TICK, WAIT, MOVE = range(5)  # rows of `counters`: path id, steps done, ticks since, ticks to the next jump
RATE, PARTS, TABLE = range(3)  # of `jumps`: jumps per tick, number of parts, first part
SHARE, THRESHOLD, POWER, ISOTROPIC, PART = range(5)  # of a part: cumulative share of the rate, ...; and its size

_U1, _U12 = np.uint64(1), np.uint64(12)
_TWO_MINUS_52 = 2.0**-52
_TWO_MINUS_64 = 2.0**-64


@inline
def _uniform(streams, lane):  # type: ignore[no-untyped-def]
    return (np.float64(np.int64(next_word(streams, lane) >> _U12)) + 0.5) * _TWO_MINUS_52


@inline
def _log_uniform(streams, lane):  # type: ignore[no-untyped-def]
    """Return the logarithm of a uniform; all 64 bits count, since they set the largest magnitude."""
    return math.log((np.float64(next_word(streams, lane)) + 0.5) * _TWO_MINUS_64)


@inline
def draw_wait(jumps, streams, lane):  # type: ignore[no-untyped-def]
    """Return the number of ticks until the next jump."""
    if jumps[RATE] == 0.0:
        return NEVER
    return np.int64(min(0.5 - _log_uniform(streams, lane) / jumps[RATE], float(NEVER)))


@inline
def add_jump(jumps, streams, lane, out, scratch):  # type: ignore[no-untyped-def]
    """Add one jump to a column of `out`: which part it belongs to, how long, which way."""
    dim = out.shape[0]
    which = _uniform(streams, lane)
    at = TABLE
    for _ in range(np.int64(jumps[PARTS]) - 1):
        if which >= jumps[at + SHARE]:
            at += PART
    length = jumps[at + THRESHOLD] * math.exp(jumps[at + POWER] * _log_uniform(streams, lane))
    if jumps[at + ISOTROPIC] == 0.0:
        word = next_word(streams, lane)
        axis = np.int64(np.float64(np.int64(word >> _U12)) * _TWO_MINUS_52 * dim)
        out[axis, lane] += length if word & _U1 else -length
        return
    square = 0.0
    for i in range(dim):
        normal = math.sqrt(-2.0 * _log_uniform(streams, lane)) * math.cos(2.0 * math.pi * _uniform(streams, lane))
        scratch[i, 0] = normal
        square += normal * normal
    for i in range(dim):
        out[i, lane] += length * scratch[i, 0] / math.sqrt(square)


@inline
def flow_lane(drift, params, ticks, tick, lane, now, after, point, moved):  # type: ignore[no-untyped-def]
    """Put the flow of one lane over any number of ticks into `after`; `point` and `moved` are (dim, 1)."""
    dim = now.shape[0]
    for i in range(dim):
        moved[i, 0] = now[i, lane]
    if params.shape[0] == 2:  # an adaptive flow: its last parameter is the time
        if ticks > 0:
            params[1, params.shape[1] - 1] = ticks * tick
            for i in range(dim):
                point[i, 0] = moved[i, 0]
            drift(point, params[1], moved)
    else:
        for _ in range(ticks // TICKS):
            for i in range(dim):
                point[i, 0] = moved[i, 0]
            drift(point, params[0], moved)
        coarse, fine = ticks % TICKS // BASE, ticks % BASE
        if coarse > 0:
            for i in range(dim):
                point[i, 0] = moved[i, 0]
            drift(point, params[coarse], moved)
        if fine > 0:
            for i in range(dim):
                point[i, 0] = moved[i, 0]
            drift(point, params[BASE - 1 + fine], moved)
    for i in range(dim):
        after[i, lane] = moved[i, 0]


@inline
def move(  # type: ignore[no-untyped-def]
    drift, params, sampler, table, spread, tick, streams, counters, now, after, increment, point, moved
):
    """Move every lane over its own MOVE ticks: drift flow, then the Gaussian part, of deviation `spread` a root tick.

    `increment` holds the Gaussian part on return.
    """
    dim, lanes = now.shape
    drift(now, params[0], after)
    for lane in range(lanes):
        if counters[MOVE, lane] != TICKS:
            flow_lane(drift, params, counters[MOVE, lane], tick, lane, now, after, point, moved)
    for i in range(dim):
        for lane in range(lanes):
            increment[i, lane] = 0.0
    sampler(streams, table, spread, increment)
    for i in range(dim):
        for lane in range(lanes):
            increment[i, lane] *= math.sqrt(np.float64(counters[MOVE, lane]))
            after[i, lane] += increment[i, lane]
