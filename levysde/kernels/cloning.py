r"""Adaptive multilevel splitting: particles that fall behind are replaced by clones of those ahead.

Every particle runs from its start until it returns to the core or reaches the target, and has a *best* level, the
highest that it saw. When all particles of a repetition have ended, those whose best level is the lowest, Z, are killed,
all of them (ties), and each becomes a clone of a survivor drawn at random: it starts where that survivor was first seen
above Z, with random numbers of its own. With K of n killed the weight is multiplied by 1 - K/n; when nobody is left
below the target the weight is the estimate of the probability to reach it, which is unbiased for any score [1]_.

Levels are whole numbers, so that the branching points of a particle, one for each level it rose to, fit a fixed table.
The clones of several repetitions share the lanes of a block through one queue. Each clone has a stream of its own,
named by repetition and serial number, and each repetition draws the parents from one stream more: results depend
neither on the number of lanes nor on which repetitions share a block.

References
----------
.. [1] Bréhier, Gazeau, Goudenège, Lelièvre and Rousset, Ann. Appl. Probab. 26 (2016), doi:10.1214/16-AAP1185.
"""

from __future__ import annotations

import math

import numpy as np

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
from levysde._streams import next_word, seed_stream
from levysde.kernels.noise import draw_increment

ACTIVE, HEAD, WAITING, LOST, STEPS = range(5)  # entries of `cursor`
SERIALS = np.uint64(32)  # bits of a stream's number that count the clones of a repetition


@inline
def stream_number(repetition, serial):  # type: ignore[no-untyped-def]
    """Return the number of the stream of one clone."""
    return (np.uint64(repetition) << SERIALS) | np.uint64(serial)


@inline
def advance_repetition(  # type: ignore[no-untyped-def]
    r, n, top, best, serial, records, seen, parents, born, outstanding, log_weight, survivors, queue, cursor
):
    """Kill and clone until somebody has to run, all are at the target (level `top`), or nobody survives."""
    while outstanding[r] == 0:
        lowest = top
        for i in range(r * n, (r + 1) * n):
            lowest = min(lowest, best[i])
        if lowest == top:
            return
        alive = 0
        for i in range(r * n, (r + 1) * n):
            if best[i] > lowest:
                survivors[alive] = i
                alive += 1
        if alive == 0:
            log_weight[r] = -math.inf
            return
        log_weight[r] += math.log(alive / n)
        for i in range(r * n, (r + 1) * n):
            if best[i] != lowest:
                continue
            parent = survivors[np.int64(next_word(parents, r) % np.uint64(alive))]
            level = lowest + 1
            while level < top and seen[parent * top + level] == 0:
                level += 1
            best[i] = level
            if level == top:
                continue
            seen[i * top + level] = 1
            records[i * top + level] = records[parent * top + level]
            born[r] += 1
            serial[i] = born[r]
            outstanding[r] += 1
            queue[(cursor[HEAD] + cursor[WAITING]) % queue.size] = i
            cursor[WAITING] += 1


@kernel(
    i8(
        *(pointer(STEP), Vector, pointer(DRIFT), Vector),
        *(pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER)),
        *(Integers, Vector, Integers, Vector),
        # where a path ends, and where it is on its way
        *(pointer(INSIDE), Vector, pointer(DRIFT), Vector, f8),
        # particles: best level, serial number, branching points and whether there is one
        *(Words, i8, i8, i8, Integers, Integers, Matrix, Flags),
        # repetitions
        *(Streams, Integers, Integers, Vector, Integers, Integers),
        # lanes
        *(Integers, Streams, Matrix, Matrix, Matrix, Matrix, Matrix, Flags, Integers, Integers),
        *(i8, i8),
    )
)
def clone(  # type: ignore[no-untyped-def]
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
    root,
    first,
    n,
    top,
    best,
    serial,
    records,
    seen,
    parents,
    born,
    outstanding,
    log_weight,
    survivors,
    queue,
    cursor,
    streams,
    x,
    x_new,
    increment,
    scratch,
    levels,
    ok,
    who,
    age,
    oldest,
    budget,
):
    """Advance all lanes by at most `budget` steps; returns the number of particles that are still to end.

    Particle i belongs to repetition i // n of this block, which has the number `first` + i // n. Row i * top + level of
    `records` holds where it was first seen at that level, if `seen` says so. A path of more than `oldest` steps is
    stopped and counted as lost, like one that becomes non-finite.
    """
    params, settings, tables, scale = borrowed(params), borrowed(settings), borrowed(tables), borrowed(scale)
    slot, offset, streams, ok = borrowed(slot), borrowed(offset), borrowed(streams), borrowed(ok)
    domain_params, score_params, levels = borrowed(domain_params), borrowed(score_params), borrowed(levels)
    x, x_new, increment, scratch = borrowed(x), borrowed(x_new), borrowed(increment), borrowed(scratch)
    best, serial, records, seen = borrowed(best), borrowed(serial), borrowed(records), borrowed(seen)
    queue, cursor, who, age = borrowed(queue), borrowed(cursor), borrowed(who), borrowed(age)
    dim = x.shape[0]
    now, after = x, x_new
    steps = 0
    while steps < budget:
        while cursor[ACTIVE] < x.shape[1] and cursor[WAITING] > 0:
            lane, i = cursor[ACTIVE], queue[cursor[HEAD]]
            cursor[HEAD] = (cursor[HEAD] + 1) % queue.size
            cursor[WAITING] -= 1
            cursor[ACTIVE] += 1
            who[lane], age[lane] = i, 0
            seed_stream(root, stream_number(first + i // n, serial[i]), streams, lane)
            for k in range(dim):
                now[k, lane] = records[i * top + best[i], k]
        if cursor[ACTIVE] == 0:
            break
        draw_increment(s0, s1, s2, s3, slot, tables, offset, scale, streams, increment)
        step(drift, params, settings, now, increment, scratch, after)
        inside(after, domain_params, ok)
        score(after, score_params, levels)
        steps += 1
        cursor[STEPS] += cursor[ACTIVE]
        lane = 0
        while lane < cursor[ACTIVE]:
            i = who[lane]
            age[lane] += 1
            if ok[lane] == 1 and levels[1, lane] >= core and age[lane] < oldest:
                level = np.int64(levels[0, lane])
                if level > best[i]:
                    best[i] = level
                    seen[i * top + level] = 1
                    for k in range(dim):
                        records[i * top + level, k] = after[k, lane]
                lane += 1
                continue
            if ok[lane] == 0:
                finite = True
                for k in range(dim):
                    finite = finite and math.isfinite(after[k, lane])
                if finite:
                    best[i] = top
                else:
                    cursor[LOST] += 1
            elif levels[1, lane] >= core:
                cursor[LOST] += 1
            r = i // n
            outstanding[r] -= 1
            if outstanding[r] == 0:
                advance_repetition(
                    r, n, top, best, serial, records, seen, parents, born, outstanding,
                    log_weight, survivors, queue, cursor,
                )  # fmt: skip
            cursor[ACTIVE] -= 1
            last = cursor[ACTIVE]
            for k in range(dim):
                after[k, lane] = after[k, last]
                after[k, last] = score_params[k]  # an idle lane goes on moving; at the minimum it does so quietly
            for k in range(4):
                streams[k, lane] = streams[k, last]
            levels[0, lane], levels[1, lane] = levels[0, last], levels[1, last]
            ok[lane], who[lane], age[lane] = ok[last], who[last], age[last]
        now, after = after, now
    if steps % 2 == 1:
        x[:] = x_new
    return cursor[ACTIVE] + cursor[WAITING]
