"""The transition loop: a block of paths advanced together, each with the well whose core it visited last.

A path belongs to the well of the last core that it was in, wherever it is now: what leaves a core and comes back to it
has not changed wells. Between two looks a core may be jumped over; that is not a visit.
"""

from __future__ import annotations

import math

from levysde._jit import (
    DRIFT,
    SAMPLER,
    STEP,
    Counters,
    Integers,
    Matrix,
    Streams,
    Vector,
    borrowed,
    i8,
    inline,
    kernel,
    pointer,
)
from levysde.kernels.noise import draw_increment

NOWHERE, LOST = -1, -2  # labels of a path that has been in no core yet, and of one that is not finite


@inline
def in_core(x, lane, core, centres, ends):  # type: ignore[no-untyped-def]
    """Whether a lane is in a core: [low, high] in one dimension, else the ball with the squared radius `high`."""
    low, high = ends[core, 0], ends[core, 1]
    if x.shape[0] == 1:
        return low <= x[0, lane] <= high
    total = 0.0
    for i in range(x.shape[0]):
        d = x[i, lane] - centres[core, i]
        total += d * d
    return total <= high


@kernel(
    i8(
        *(pointer(STEP), Vector, pointer(DRIFT), Vector),
        *(pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER)),
        *(Integers, Vector, Integers, Vector),
        *(Matrix, Matrix),  # the cores
        *(Streams, Matrix, Matrix, Matrix, Matrix),
        *(Integers, Integers, Counters, Counters, Matrix, Counters),
        *(i8, i8, i8, i8),
    )
)
def transitions(  # type: ignore[no-untyped-def]
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
    centres,
    ends,
    streams,
    x,
    x_new,
    increment,
    scratch,
    label,
    entered,
    counts,
    dwell,
    squares,
    saved,
    done,
    last,
    save_every,
    budget,
):
    """Advance from step `done` to step `last`, at most `budget` steps; returns the number of steps done so far.

    Per lane: `label` the well that the path belongs to and `entered` the step at which it came there; `counts` (n * n)
    the changes from well i to well j, `dwell` (n) the steps spent in well i, `squares` (n) the sum of the squared
    lengths, in steps, of the stays that have ended, and `saved` the label after j * save_every steps.
    """
    params, settings, tables, scale = borrowed(params), borrowed(settings), borrowed(tables), borrowed(scale)
    slot, offset, streams = borrowed(slot), borrowed(offset), borrowed(streams)
    x, x_new, increment, scratch = borrowed(x), borrowed(x_new), borrowed(increment), borrowed(scratch)
    n = centres.shape[0]
    now, after = x, x_new
    steps = 0
    while done < last and steps < budget:
        draw_increment(s0, s1, s2, s3, slot, tables, offset, scale, streams, increment)
        step(drift, params, settings, now, increment, scratch, after)
        now, after = after, now
        steps += 1
        done += 1
        for lane in range(x.shape[1]):
            well = label[lane]
            if well == LOST:
                continue
            if well != NOWHERE:
                dwell[lane, well] += 1
                if in_core(now, lane, well, centres, ends):
                    continue
            found = well
            for core in range(n):
                if in_core(now, lane, core, centres, ends):
                    found = core
                    break
            if found == well:  # in no core: on its way, or not finite
                for i in range(x.shape[0]):
                    if not math.isfinite(now[i, lane]):
                        found = LOST
            if found == well:
                continue
            label[lane] = found
            if well != NOWHERE:
                if found == LOST:  # the step that lost it is no time in a well
                    dwell[lane, well] -= 1
                else:
                    stay = float(done - entered[lane])
                    counts[lane, well * n + found] += 1
                    squares[lane, well] += stay * stay
            entered[lane] = done
        if done % save_every == 0:
            at = done // save_every
            for lane in range(x.shape[1]):
                saved[lane, at] = label[lane]
    if steps % 2 == 1:
        x[:] = x_new
    return done
