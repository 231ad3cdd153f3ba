"""The record loop of the jump-adapted scheme: the states at the grid times, after a jump that falls on one."""

from __future__ import annotations

import math

from levysde._jit import (
    DRIFT,
    SAMPLER,
    Counters,
    Cube,
    Matrix,
    Streams,
    Vector,
    borrowed,
    f8,
    i8,
    kernel,
    pointer,
)
from levysde.kernels.events import AGE, MOVE, TICK, TICKS, WAIT, add_jump, draw_wait, move


@kernel(
    i8(
        *(pointer(DRIFT), Matrix, pointer(SAMPLER), Vector, f8, Vector),
        *(Streams, Streams, Matrix, Matrix, Matrix, Matrix, Matrix, Counters),
        *(Cube, f8, i8, i8, i8),
    )
)
def jump_adapted_record(  # type: ignore[no-untyped-def]
    drift,
    params,
    sampler,
    table,
    spread,
    jumps,
    streams,
    jump_streams,
    x,
    after,
    increment,
    point,
    moved,
    counters,
    saved,
    dt,
    last,
    save_every,
    budget,
):
    """Advance every lane by at most `budget` events towards step `last`; returns the number of steps all have done.

    `saved` has shape (lanes, times, dim); entry j holds the state after j * save_every steps, NaN for a lost path.
    """
    params, table, jumps, counters = borrowed(params), borrowed(table), borrowed(jumps), borrowed(counters)
    streams, jump_streams, x, after = borrowed(streams), borrowed(jump_streams), borrowed(x), borrowed(after)
    increment, point, moved = borrowed(increment), borrowed(point), borrowed(moved)
    dim, lanes = x.shape
    tick = dt / TICKS
    done = 0
    for _ in range(budget):
        for lane in range(lanes):
            left = TICKS - counters[TICK, lane] if counters[AGE, lane] < last else 0
            counters[MOVE, lane] = min(left, counters[WAIT, lane])
        move(drift, params, sampler, table, spread, tick, streams, counters, x, after, increment, point, moved)
        done = last
        for lane in range(lanes):
            if counters[AGE, lane] == last:
                continue
            counters[TICK, lane] += counters[MOVE, lane]
            counters[WAIT, lane] -= counters[MOVE, lane]
            while counters[WAIT, lane] == 0:
                add_jump(jumps, jump_streams, lane, after, point)
                counters[WAIT, lane] = draw_wait(jumps, jump_streams, lane)
            finite = True
            for i in range(dim):
                x[i, lane] = after[i, lane]
                finite = finite and math.isfinite(after[i, lane])
            if counters[TICK, lane] == TICKS:
                counters[TICK, lane] = 0
                counters[AGE, lane] += 1
                if counters[AGE, lane] % save_every == 0:
                    for i in range(dim):
                        saved[lane, counters[AGE, lane] // save_every, i] = x[i, lane] if finite else math.nan
            done = min(done, counters[AGE, lane])
        if done == last:
            break
    return done
