"""Plain cycles round a minimum: how long they last, and where they leave the core's surroundings.

A chain starts at x0 and falls into the core. A cycle then lasts from one entry into the core to the next: out across
the start surface (the first point beyond it is kept), and back into the core, or on to the target, after which the
chain starts anew at x0. Falls are counted apart from cycles. Cycles begun before `burn` steps are not counted.
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
from levysde.kernels.noise import draw_increment

NEXT, CHAINS, ACTIVE, FIRST, ATTEMPTS, LOST = range(6)  # entries of `cursor`
FALLING, IN, OUT = range(3)  # phases of a chain
TIME, TRIES, FALLS, FALL_TIME = range(4)  # columns of `tally`, all in steps or numbers


@inline
def _begin(lane, who, phase, age, counted, x0, started, tally, cursor, x):  # type: ignore[no-untyped-def]
    """Put the chain of a lane at x0."""
    tally[who[lane], TRIES] += 1.0
    cursor[ATTEMPTS] += 1
    for i in range(x.shape[0]):
        x[i, lane] = x0[0, i]
    phase[lane] = FALLING
    if started:  # x0 lies in the core
        tally[who[lane], FALLS] += 1.0
        phase[lane] = IN


@kernel(
    i8(
        *(pointer(STEP), Vector, pointer(DRIFT), Vector),
        *(pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER)),
        *(Integers, Vector, Integers, Vector),
        # where a path ends, and where it is on its way
        *(pointer(INSIDE), Vector, pointer(DRIFT), Vector, f8, f8),
        # start, record
        *(Matrix, i8, Words, Matrix, Matrix, i8, i8, i8),
        # state
        *(Integers, Streams, Matrix, Matrix, Matrix, Matrix, Matrix, Flags, Integers, Integers, Integers, Integers),
        i8,
    )
)
def cycles(  # type: ignore[no-untyped-def]
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
    score,
    score_params,
    core,
    surface,
    x0,
    started,
    root,
    starts,
    tally,
    wanted,
    stride,
    burn,
    cursor,
    streams,
    x,
    x_new,
    increment,
    scratch,
    levels,
    ok,
    who,
    phase,
    age,
    counted,
    budget,
):
    """Advance all lanes by at most `budget` steps; returns the number of chains under way.

    Every chain counts `wanted` * `stride` cycles; the surface point of every `stride`-th one goes to `starts`, for
    chain c to its rows from c * wanted on. `core` and `surface` are squared distances in standard deviations;
    `counted` is -1 for a chain that is still being burnt in.
    """
    params, settings, tables, scale = borrowed(params), borrowed(settings), borrowed(tables), borrowed(scale)
    slot, offset, streams, ok = borrowed(slot), borrowed(offset), borrowed(streams), borrowed(ok)
    domain_params, score_params, levels = borrowed(domain_params), borrowed(score_params), borrowed(levels)
    x, x_new, increment, scratch = borrowed(x), borrowed(x_new), borrowed(increment), borrowed(scratch)
    starts, tally, x0, cursor = borrowed(starts), borrowed(tally), borrowed(x0), borrowed(cursor)
    who, phase, age, counted = borrowed(who), borrowed(phase), borrowed(age), borrowed(counted)
    dim = x.shape[0]
    now, after = x, x_new
    steps = 0
    while steps < budget:
        while cursor[ACTIVE] < x.shape[1] and cursor[NEXT] < cursor[CHAINS]:
            lane = cursor[ACTIVE]
            who[lane], age[lane], counted[lane] = cursor[NEXT], 0, -1
            seed_stream(root, cursor[FIRST] + cursor[NEXT], streams, lane)
            _begin(lane, who, phase, age, counted, x0, started, tally, cursor, now)
            cursor[NEXT] += 1
            cursor[ACTIVE] += 1
        if cursor[ACTIVE] == 0:
            break
        draw_increment(s0, s1, s2, s3, slot, tables, offset, scale, streams, increment)
        step(drift, params, settings, now, increment, scratch, after)
        inside(after, domain_params, ok)
        score(after, score_params, levels)
        steps += 1
        lane = 0
        while lane < cursor[ACTIVE]:
            chain, away = who[lane], levels[1, lane]
            age[lane] += 1
            left = ok[lane] == 0
            if left:
                for i in range(dim):
                    cursor[LOST] += 0 if math.isfinite(after[i, lane]) else 1
            if phase[lane] == FALLING:
                tally[chain, FALL_TIME] += 1.0
                if left:
                    _begin(lane, who, phase, age, counted, x0, started, tally, cursor, after)
                elif away < core:
                    tally[chain, FALLS] += 1.0
                    phase[lane] = IN
                    counted[lane] = 0 if counted[lane] < 0 and age[lane] >= burn else counted[lane]
                lane += 1
                continue
            if counted[lane] >= 0:
                tally[chain, TIME] += 1.0
            if phase[lane] == IN and (left or away > surface):
                phase[lane] = OUT
                if counted[lane] >= 0 and counted[lane] % stride == 0:
                    for i in range(dim):
                        starts[chain * wanted + counted[lane] // stride, i] = after[i, lane]
            if not (left or (phase[lane] == OUT and away < core)):
                lane += 1
                continue
            if counted[lane] >= 0:
                counted[lane] += 1
            if counted[lane] < wanted * stride:
                phase[lane] = IN
                if left:
                    _begin(lane, who, phase, age, counted, x0, started, tally, cursor, after)
                if phase[lane] == IN and counted[lane] < 0 and age[lane] >= burn:
                    counted[lane] = 0
                lane += 1
                continue
            cursor[ACTIVE] -= 1
            last = cursor[ACTIVE]
            for i in range(dim):
                after[i, lane] = after[i, last]
                after[i, last] = x0[0, i]  # an idle lane goes on moving; let it do so somewhere harmless
            for i in range(4):
                streams[i, lane] = streams[i, last]
            for i in range(2):
                levels[i, lane] = levels[i, last]
            ok[lane], who[lane], phase[lane] = ok[last], who[last], phase[last]
            age[lane], counted[lane] = age[last], counted[last]
        now, after = after, now
    if steps % 2 == 1:
        x[:] = x_new
    return cursor[ACTIVE]
