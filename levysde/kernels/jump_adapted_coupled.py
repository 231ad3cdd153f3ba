"""Coupled paths of the jump-adapted scheme: one with a fine step and the same with coarse ones, on the same noise.

They share their jumps. Between two events of a coarse path (its grid times and the jumps) the Gaussian increments of
the fine one are summed; a coarse path moves at its own events only.
"""

from __future__ import annotations

from levysde._jit import (
    DRIFT,
    SAMPLER,
    Counters,
    Cube,
    Integers,
    Matrix,
    Streams,
    Vector,
    borrowed,
    f8,
    i8,
    kernel,
    pointer,
)
from levysde.kernels.events import AGE, MOVE, TICK, TICKS, WAIT, add_jump, draw_wait, flow_lane, move


@kernel(
    i8(
        *(pointer(DRIFT), Matrix, pointer(SAMPLER), Vector, f8, Vector, Integers),
        *(Streams, Streams, Matrix, Matrix, Matrix, Matrix, Matrix, Counters),
        *(Cube, Cube, Counters, f8, i8, i8),
    )
)
def jump_adapted_coupled(  # type: ignore[no-untyped-def]
    drift,
    params,
    sampler,
    table,
    spread,
    jumps,
    ratio,
    streams,
    jump_streams,
    x,
    after,
    increment,
    point,
    moved,
    counters,
    coarse,
    sums,
    since,
    dt,
    last,
    budget,
):
    """Advance every lane by at most `budget` fine events towards fine step `last`; returns the steps all have done.

    `coarse` and `sums` have shape (levels, dim, lanes), `since` (levels, lanes): the coarse paths, the Gaussian
    increments and the fine ticks since their last event; level i makes a step every ratio[i] fine ones.
    """
    params, table, jumps, counters = borrowed(params), borrowed(table), borrowed(jumps), borrowed(counters)
    streams, jump_streams, x, after = borrowed(streams), borrowed(jump_streams), borrowed(x), borrowed(after)
    increment, point, moved, since = borrowed(increment), borrowed(point), borrowed(moved), borrowed(since)
    coarse, sums = borrowed(coarse), borrowed(sums)
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
            jumped = counters[WAIT, lane] == 0
            for i in range(dim):
                x[i, lane] = after[i, lane]
                after[i, lane] = 0.0
            while counters[WAIT, lane] == 0:
                add_jump(jumps, jump_streams, lane, after, point)
                counters[WAIT, lane] = draw_wait(jumps, jump_streams, lane)
            arrived = counters[TICK, lane] == TICKS
            if arrived:
                counters[TICK, lane] = 0
                counters[AGE, lane] += 1
            for level in range(ratio.size):
                place, total = coarse[level], sums[level]
                since[level, lane] += counters[MOVE, lane]
                for i in range(dim):
                    total[i, lane] += increment[i, lane]
                if jumped or (arrived and counters[AGE, lane] % ratio[level] == 0):
                    flow_lane(drift, params, since[level, lane], tick, lane, place, place, point, moved)
                    since[level, lane] = 0
                    for i in range(dim):
                        place[i, lane] += total[i, lane] + after[i, lane]
                        total[i, lane] = 0.0
            for i in range(dim):
                x[i, lane] += after[i, lane]
            done = min(done, counters[AGE, lane])
        if done == last:
            break
    return done
