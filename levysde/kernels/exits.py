"""The exit loop: lanes of paths that are refilled with the next path id as soon as one leaves the domain.

Each path id is simulated once and recorded whenever it ends, so that there is no length bias; its random numbers
come from its own stream, so that the record does not depend on the number of lanes, on the budget of a call or on
how the ids are divided among workers. Everything that the loop needs to go on lies in its arguments: a call stops
after `budget` steps and the next one continues bit for bit.
"""

from __future__ import annotations

import math

from levysde._jit import (
    DRIFT,
    INSIDE,
    SAMPLER,
    STEP,
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
)
from levysde._streams import seed_stream
from levysde.kernels.bridge import CROSSING
from levysde.kernels.noise import draw_increment

NEXT, PATHS, FIRST, ACTIVE, CLOCK, DONE = range(6)  # entries of `cursor`
EXITED, CENSORED, NONFINITE, PENDING = 0, 1, 2, 3


@inline
def start_lane(lane, x0, root, cursor, streams, x, ids, born):  # type: ignore[no-untyped-def]
    """Put the next path into a lane."""
    path = cursor[NEXT]
    cursor[NEXT] += 1
    ids[lane] = path
    born[lane] = cursor[CLOCK]
    seed_stream(root, cursor[FIRST] + path, streams, lane)
    row = path if x0.shape[0] > 1 else 0
    for i in range(x.shape[0]):
        x[i, lane] = x0[row, i]


@inline
def _move_lane(source, target, streams, x, x_new, ids, born, ok, share):  # type: ignore[no-untyped-def]
    for i in range(x.shape[0]):
        x[i, target] = x[i, source]
        x_new[i, target] = x_new[i, source]
    for i in range(4):
        streams[i, target] = streams[i, source]
    ids[target] = ids[source]
    born[target] = born[source]
    ok[target] = ok[source]
    share[target] = share[source]


@kernel(
    i8(
        # what moves a path
        *(pointer(STEP), Vector, pointer(DRIFT), Vector),
        *(pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER)),
        *(Integers, Vector, Integers, Vector),
        # where it ends
        *(pointer(INSIDE), Vector, pointer(CROSSING), Vector, i8, Vector),
        # state
        *(Matrix, Words, Integers, Streams, Matrix, Matrix, Matrix, Matrix, Integers, Integers, Flags),
        # record and limits
        *(Vector, Matrix, Matrix, Flags, f8, i8, i8),
    )
)
def exits(  # type: ignore[no-untyped-def]
    step,
    settings,
    drift,
    params,
    s0,
    s1,
    s2,
    s3,
    slot,
    tables,
    offset,
    scale,
    inside,
    domain_params,
    crossing,
    variance,
    continuous,
    share,
    x0,
    root,
    cursor,
    streams,
    x,
    x_new,
    increment,
    scratch,
    ids,
    born,
    ok,
    times,
    exit_points,
    pre_exit_points,
    status,
    dt,
    max_steps,
    budget,
):
    """Advance all lanes by at most `budget` steps; returns the number of active lanes.

    Returns early when no lane is active, or when the ids have run out and an eighth of the lanes is idle (the caller
    then repacks them). `x` holds the state on entry and on return. `crossing` finds the exits between two looks, where
    `variance` of the steps is not 0, and when in a step a path left: at the `share` of it, 1 on entry.
    """
    params, settings, tables, scale = borrowed(params), borrowed(settings), borrowed(tables), borrowed(scale)
    domain_params, ids, born = borrowed(domain_params), borrowed(ids), borrowed(born)
    variance, share = borrowed(variance), borrowed(share)
    slot, offset, streams, ok = borrowed(slot), borrowed(offset), borrowed(streams), borrowed(ok)
    x, x_new, increment, scratch = borrowed(x), borrowed(x_new), borrowed(increment), borrowed(scratch)
    lanes = x.shape[1]
    now, after = x, x_new
    steps = 0
    deadline = cursor[CLOCK]  # forces the ages to be looked at once
    for _ in range(budget):
        draw_increment(s0, s1, s2, s3, slot, tables, offset, scale, streams, increment)
        step(drift, params, settings, now, increment, scratch, after)
        cursor[CLOCK] += 1
        outside = inside(after, domain_params, ok)
        if variance[0] > 0.0:
            outside += crossing(streams, now, after, domain_params, variance, continuous, share, ok)
        due = cursor[CLOCK] >= deadline
        if outside > 0 or due:
            lane = 0
            while lane < cursor[ACTIVE] and (outside > 0 or due):
                age = cursor[CLOCK] - born[lane]
                if ok[lane] == 1 and age < max_steps:
                    lane += 1
                    continue
                path = ids[lane]
                finite = True
                for i in range(x.shape[0]):
                    finite = finite and math.isfinite(after[i, lane])
                if not finite:
                    status[path] = NONFINITE
                    times[path] = math.nan
                elif ok[lane] == 1:
                    status[path] = CENSORED
                    times[path] = max_steps * dt
                else:
                    status[path] = EXITED
                    times[path] = (age - 1 + share[lane]) * dt
                for i in range(x.shape[0]):
                    exit_points[path, i] = math.nan if status[path] == CENSORED else after[i, lane]
                    pre_exit_points[path, i] = after[i, lane] if status[path] == CENSORED else now[i, lane]
                cursor[DONE] += 1
                outside -= 0 if ok[lane] == 1 else 1
                if cursor[NEXT] < cursor[PATHS]:
                    start_lane(lane, x0, root, cursor, streams, after, ids, born)
                    lane += 1
                else:
                    cursor[ACTIVE] -= 1
                    last = cursor[ACTIVE]
                    if last != lane:
                        _move_lane(last, lane, streams, now, after, ids, born, ok, share)
                    ok[last] = 0
            for idle in range(cursor[ACTIVE], lanes):  # idle lanes go on moving; parked here they leave rarely
                if ok[idle] == 0:
                    for i in range(x.shape[0]):
                        after[i, idle] = x0[0, i]
            if due:
                deadline = cursor[CLOCK] + max_steps
                for lane in range(cursor[ACTIVE]):
                    deadline = min(deadline, born[lane] + max_steps)
        now, after = after, now
        steps += 1
        if 8 * cursor[ACTIVE] <= 7 * lanes and cursor[NEXT] == cursor[PATHS]:
            break
    if steps % 2 == 1:
        x[:] = x_new
    return cursor[ACTIVE]
