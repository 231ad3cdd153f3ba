"""The loop of coupled pairs: a fine and a coarse path moved by the same noise, until the first of them leaves.

A coarse step is as long as `ratio` fine ones, and its noise is the sum of theirs. Both paths are watched in their own
steps on their own domains. A pair ends with the coarse step in which one or both are seen outside: what became of each
is recorded, and a survivor is carried on elsewhere (by the Markov property with noise of its own). Lanes, streams and
refilling are as in `kernels.exits`.
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
    i8,
    inline,
    kernel,
    pointer,
    void,
)
from levysde.kernels.exits import ACTIVE, CLOCK, DONE, NEXT, PATHS, start_lane
from levysde.kernels.noise import draw_increment

BOTH_LEFT, FINE_LEFT, COARSE_LEFT, STAYED, LOST, WAITING = range(6)  # what became of a pair


@inline
def _start_pair(lane, x0, root, cursor, streams, fine, coarse, ids, born, left):  # type: ignore[no-untyped-def]
    start_lane(lane, x0, root, cursor, streams, fine, ids, born)
    left[lane] = 0
    for i in range(fine.shape[0]):
        coarse[i, lane] = fine[i, lane]


@inline
def _move_pair(source, target, streams, fine, coarse, ids, born, left, ok):  # type: ignore[no-untyped-def]
    for i in range(fine.shape[0]):
        fine[i, target] = fine[i, source]
        coarse[i, target] = coarse[i, source]
    for i in range(4):
        streams[i, target] = streams[i, source]
    ids[target] = ids[source]
    born[target] = born[source]
    left[target] = left[source]
    ok[target] = ok[source]


@inline
def _finite(x, row):  # type: ignore[no-untyped-def]
    finite = True
    for i in range(x.shape[1]):
        finite = finite and math.isfinite(x[row, i])
    return finite


@kernel(void(Matrix, Words, Integers, Streams, Matrix, Matrix, Integers, Integers, Integers, Flags))
def start_pairs(x0, root, cursor, streams, fine, coarse, ids, born, left, ok):  # type: ignore[no-untyped-def]
    """Put the first pairs of a block into its lanes."""
    for lane in range(fine.shape[1]):
        _start_pair(lane, x0, root, cursor, streams, fine, coarse, ids, born, left)
        ok[lane] = 1
    cursor[ACTIVE] = fine.shape[1]


@kernel(
    i8(
        # what moves the fine path, and the coarse one
        *(pointer(STEP), Vector, pointer(DRIFT), Vector),
        *(pointer(STEP), Vector, pointer(DRIFT), Vector),
        *(pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER)),
        *(Integers, Vector, Integers, Vector),
        # where they end
        *(pointer(INSIDE), Vector, pointer(INSIDE), Vector),
        # state
        *(Matrix, Words, Integers, Streams, Matrix, Matrix, Matrix, Matrix, Matrix, Matrix),
        *(Integers, Integers, Integers, Flags),
        # record and limits
        *(Flags, Integers, Integers, Matrix, Matrix, i8, i8, i8),
    )
)
def pairs(  # type: ignore[no-untyped-def]
    fine_step,
    fine_settings,
    fine_drift,
    fine_params,
    coarse_step,
    coarse_settings,
    coarse_drift,
    coarse_params,
    s0,
    s1,
    s2,
    s3,
    slot,
    tables,
    offset,
    scale,
    inside_fine,
    fine_domain,
    inside_coarse,
    coarse_domain,
    x0,
    root,
    cursor,
    streams,
    fine,
    coarse,
    moved,
    increment,
    total,
    scratch,
    ids,
    born,
    left,
    ok,
    kind,
    steps,
    sub_steps,
    fine_points,
    coarse_points,
    ratio,
    max_steps,
    budget,
):
    """Advance all lanes by at most `budget` coarse steps; returns the number of active lanes.

    Returns early when no lane is active, or when the ids have run out and half of the lanes are idle (the caller then
    repacks them: a call with so many function pointers costs as much as a thousand lane-steps of a pair).
    `steps` is the age of a pair at its end in coarse steps, `sub_steps` the fine step (1, ..., ratio) within the last
    of them at which the fine path was seen outside, 0 if it was not. The points are those of leaving, or where a
    survivor is at the end.
    """
    fine_params, fine_settings, fine_domain = borrowed(fine_params), borrowed(fine_settings), borrowed(fine_domain)
    coarse_params, coarse_settings = borrowed(coarse_params), borrowed(coarse_settings)
    coarse_domain, tables, scale = borrowed(coarse_domain), borrowed(tables), borrowed(scale)
    slot, offset, streams, ok = borrowed(slot), borrowed(offset), borrowed(streams), borrowed(ok)
    fine, coarse, moved, total = borrowed(fine), borrowed(coarse), borrowed(moved), borrowed(total)
    increment, scratch, left = borrowed(increment), borrowed(scratch), borrowed(left)
    dim, lanes = fine.shape[0], fine.shape[1]
    deadline = cursor[CLOCK]  # forces the ages to be looked at once
    for _ in range(budget):
        events = 0
        for i in range(dim):
            for lane in range(lanes):
                total[i, lane] = 0.0
        for sub in range(1, ratio + 1):
            draw_increment(s0, s1, s2, s3, slot, tables, offset, scale, streams, increment)
            fine_step(fine_drift, fine_params, fine_settings, fine, increment, scratch, moved)
            for i in range(dim):
                for lane in range(lanes):
                    total[i, lane] += increment[i, lane]
                    fine[i, lane] = moved[i, lane]
            if inside_fine(fine, fine_domain, ok) > 0:
                for lane in range(cursor[ACTIVE]):
                    if ok[lane] == 0 and left[lane] == 0:
                        left[lane] = sub
                        events += 1
                        for i in range(dim):
                            fine_points[ids[lane], i] = fine[i, lane]
        coarse_step(coarse_drift, coarse_params, coarse_settings, coarse, total, scratch, moved)
        for i in range(dim):
            for lane in range(lanes):
                coarse[i, lane] = moved[i, lane]
        events += inside_coarse(coarse, coarse_domain, ok)
        cursor[CLOCK] += 1
        due = cursor[CLOCK] >= deadline
        if events > 0 or due:
            lane = 0
            while lane < cursor[ACTIVE]:
                age = cursor[CLOCK] - born[lane]
                if left[lane] == 0 and ok[lane] == 1 and age < max_steps:
                    lane += 1
                    continue
                path = ids[lane]
                for i in range(dim):
                    coarse_points[path, i] = coarse[i, lane]
                    if left[lane] == 0:
                        fine_points[path, i] = fine[i, lane]
                if not (_finite(fine_points, path) and _finite(coarse_points, path)):
                    kind[path] = LOST
                elif left[lane] > 0:
                    kind[path] = FINE_LEFT if ok[lane] == 1 else BOTH_LEFT
                else:
                    kind[path] = STAYED if ok[lane] == 1 else COARSE_LEFT
                steps[path] = age
                sub_steps[path] = left[lane]
                cursor[DONE] += 1
                if cursor[NEXT] < cursor[PATHS]:
                    _start_pair(lane, x0, root, cursor, streams, fine, coarse, ids, born, left)
                    ok[lane] = 1
                    lane += 1
                else:
                    cursor[ACTIVE] -= 1
                    last = cursor[ACTIVE]
                    if last != lane:
                        _move_pair(last, lane, streams, fine, coarse, ids, born, left, ok)
            for idle in range(cursor[ACTIVE], lanes):  # idle lanes go on moving; parked here they leave rarely
                for i in range(dim):
                    fine[i, idle] = x0[0, i]
                    coarse[i, idle] = x0[0, i]
            if due:
                deadline = cursor[CLOCK] + max_steps
                for lane in range(cursor[ACTIVE]):
                    deadline = min(deadline, born[lane] + max_steps)
        if 2 * cursor[ACTIVE] <= lanes and cursor[NEXT] == cursor[PATHS]:
            break
    return cursor[ACTIVE]
