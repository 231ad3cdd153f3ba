"""The exit loop of the jump-adapted scheme: exits are looked for at grid times and on both sides of every jump.

Lanes are refilled and repacked as in `kernels.exits`; every lane moves to its own next event (`kernels.events`), so
that they stand at different times. What the Gaussian part does between two events is seen by `crossing`, where asked.
"""

from __future__ import annotations

import math

from levysde._jit import (
    DRIFT,
    INSIDE,
    SAMPLER,
    Counters,
    Flags,
    Integers,
    Matrix,
    Streams,
    Vector,
    Words,
    borrowed,
    f8,
    i8,
    inline,
    kernel,
    pointer,
    void,
)
from levysde._streams import seed_stream
from levysde.kernels.bridge import CROSSING
from levysde.kernels.events import AGE, MOVE, PATH, TICK, TICKS, WAIT, add_jump, draw_wait, move
from levysde.kernels.exits import ACTIVE, CENSORED, DONE, EXITED, FIRST, NEXT, NONFINITE, PATHS


@inline
def _start_lane(lane, x0, root, jump_root, cursor, jumps, streams, jump_streams, x, counters):  # type: ignore[no-untyped-def]
    """Put the next path into a lane."""
    path = cursor[NEXT]
    cursor[NEXT] += 1
    seed_stream(root, cursor[FIRST] + path, streams, lane)
    seed_stream(jump_root, cursor[FIRST] + path, jump_streams, lane)
    counters[PATH, lane] = path
    counters[AGE, lane] = 0
    counters[TICK, lane] = 0
    counters[WAIT, lane] = draw_wait(jumps, jump_streams, lane)
    row = path if x0.shape[0] > 1 else 0
    for i in range(x.shape[0]):
        x[i, lane] = x0[row, i]


@kernel(void(Matrix, Words, Words, Integers, Vector, Streams, Streams, Matrix, Counters))
def start_events(x0, root, jump_root, cursor, jumps, streams, jump_streams, x, counters):  # type: ignore[no-untyped-def]
    """Put the first paths of a block into its lanes."""
    for lane in range(x.shape[1]):
        _start_lane(lane, x0, root, jump_root, cursor, jumps, streams, jump_streams, x, counters)
    cursor[ACTIVE] = x.shape[1]


@inline
def _move_lane(  # type: ignore[no-untyped-def]
    source, target, streams, jump_streams, now, after, landed, counters, ages, ok, ok_landed
):
    for i in range(now.shape[0]):
        now[i, target] = now[i, source]
        after[i, target] = after[i, source]
        landed[i, target] = landed[i, source]
    for i in range(4):
        streams[i, target] = streams[i, source]
        jump_streams[i, target] = jump_streams[i, source]
    for i in range(counters.shape[0]):
        counters[i, target] = counters[i, source]
    ages[target] = ages[source]
    ok[target] = ok[source]
    ok_landed[target] = ok_landed[source]


@kernel(
    i8(
        # what moves a path
        *(pointer(DRIFT), Matrix, pointer(SAMPLER), Vector, f8, Vector),
        # where it ends
        *(pointer(INSIDE), Vector, pointer(CROSSING), f8),
        # state
        *(Matrix, Words, Words, Integers, Streams, Streams),
        *(Matrix, Matrix, Matrix, Matrix, Matrix, Matrix, Counters, Vector, Vector, Vector, Flags, Flags),
        # record and limits
        *(Vector, Matrix, Matrix, Flags, f8, i8, i8),
    )
)
def jump_adapted_exits(  # type: ignore[no-untyped-def]
    drift,
    params,
    sampler,
    table,
    spread,
    jumps,
    inside,
    domain_params,
    crossing,
    bridged,
    x0,
    root,
    jump_root,
    cursor,
    streams,
    jump_streams,
    x,
    after,
    x_new,
    increment,
    point,
    moved,
    counters,
    ages,
    variance,
    share,
    ok,
    ok_landed,
    times,
    exit_points,
    pre_exit_points,
    status,
    dt,
    max_steps,
    budget,
):
    """Advance all lanes by at most `budget` events each; returns the number of active lanes.

    `bridged` is the variance that `crossing` sees in a tick, 0 where it is not asked; `share` is 1 on entry. Returns
    early as `kernels.exits` does; `x` holds the state on entry and on return.
    """
    params, table, jumps, domain_params = borrowed(params), borrowed(table), borrowed(jumps), borrowed(domain_params)
    streams, jump_streams, counters = borrowed(streams), borrowed(jump_streams), borrowed(counters)
    x, after, x_new, increment = borrowed(x), borrowed(after), borrowed(x_new), borrowed(increment)
    point, moved, ages, variance = borrowed(point), borrowed(moved), borrowed(ages), borrowed(variance)
    share, ok, ok_landed = borrowed(share), borrowed(ok), borrowed(ok_landed)
    dim, lanes = x.shape
    tick = dt / TICKS
    now, landed = x, x_new
    events = 0
    for _ in range(budget):
        for lane in range(lanes):
            counters[MOVE, lane] = min(TICKS - counters[TICK, lane], counters[WAIT, lane])
            variance[lane] = bridged * counters[MOVE, lane]
        move(drift, params, sampler, table, spread, tick, streams, counters, now, after, increment, point, moved)
        inside(after, domain_params, ok)
        if bridged > 0.0:
            crossing(streams, now, after, domain_params, variance, 1, share, ok)
        for i in range(dim):
            for lane in range(lanes):
                landed[i, lane] = after[i, lane]
        for lane in range(lanes):
            ages[lane] = counters[AGE, lane] + (counters[TICK, lane] + share[lane] * counters[MOVE, lane]) / TICKS
            counters[TICK, lane] += counters[MOVE, lane]
            if counters[TICK, lane] == TICKS:
                counters[TICK, lane] = 0
                counters[AGE, lane] += 1
            counters[WAIT, lane] -= counters[MOVE, lane]
            if counters[WAIT, lane] == 0:
                add_jump(jumps, jump_streams, lane, landed, point)
                counters[WAIT, lane] = draw_wait(jumps, jump_streams, lane)
        inside(landed, domain_params, ok_landed)
        lane = 0
        while lane < cursor[ACTIVE]:
            stays = ok[lane] == 1 and ok_landed[lane] == 1
            if stays and counters[AGE, lane] < max_steps:
                lane += 1
                continue
            path = counters[PATH, lane]
            finite = True
            for i in range(dim):
                end = landed[i, lane] if ok[lane] == 1 else after[i, lane]
                finite = finite and math.isfinite(end)
                exit_points[path, i] = math.nan if stays else end
                pre_exit_points[path, i] = end if stays else (after[i, lane] if ok[lane] == 1 else now[i, lane])
            if not finite:
                status[path] = NONFINITE
                times[path] = math.nan
            elif stays:
                status[path] = CENSORED
                times[path] = max_steps * dt
            else:
                status[path] = EXITED
                times[path] = ages[lane] * dt
            cursor[DONE] += 1
            if cursor[NEXT] < cursor[PATHS]:
                _start_lane(lane, x0, root, jump_root, cursor, jumps, streams, jump_streams, landed, counters)
                lane += 1
            else:
                cursor[ACTIVE] -= 1
                last = cursor[ACTIVE]
                if last != lane:
                    _move_lane(last, lane, streams, jump_streams, now, after, landed, counters, ages, ok, ok_landed)
                ok[last] = 0
        for idle in range(cursor[ACTIVE], lanes):  # idle lanes go on moving; parked here they leave rarely
            if ok[idle] == 0 or ok_landed[idle] == 0:
                for i in range(dim):
                    landed[i, idle] = x0[0, i]
        now, landed = landed, now
        events += 1
        if 8 * cursor[ACTIVE] <= 7 * lanes and cursor[NEXT] == cursor[PATHS]:
            break
    if events % 2 == 1:
        x[:] = x_new
    return cursor[ACTIVE]
