"""The record loop: a block of paths advanced together, saved every so many steps."""

from __future__ import annotations

import math

from levysde._jit import (
    DRIFT,
    SAMPLER,
    STEP,
    Cube,
    Integers,
    Matrix,
    Streams,
    Vector,
    borrowed,
    i8,
    kernel,
    pointer,
)
from levysde.kernels.noise import draw_increment


@kernel(
    i8(
        *(pointer(STEP), Vector, pointer(DRIFT), Vector),
        *(pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER)),
        *(Integers, Vector, Integers, Vector),
        *(Streams, Matrix, Matrix, Matrix, Matrix),
        *(Cube, i8, i8, i8, i8),
    )
)
def record(  # type: ignore[no-untyped-def]
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
    streams,
    x,
    x_new,
    increment,
    scratch,
    saved,
    done,
    last,
    save_every,
    budget,
):
    """Advance from step `done` to step `last`, at most `budget` steps; returns the number of steps done so far.

    `saved` has shape (lanes, times, dim); entry j holds the state after j * save_every steps, NaN for a lost path.
    """
    params, settings, tables, scale = borrowed(params), borrowed(settings), borrowed(tables), borrowed(scale)
    slot, offset, streams = borrowed(slot), borrowed(offset), borrowed(streams)
    x, x_new, increment, scratch = borrowed(x), borrowed(x_new), borrowed(increment), borrowed(scratch)
    now, after = x, x_new
    steps = 0
    while done < last and steps < budget:
        draw_increment(s0, s1, s2, s3, slot, tables, offset, scale, streams, increment)
        step(drift, params, settings, now, increment, scratch, after)
        now, after = after, now
        steps += 1
        done += 1
        if done % save_every == 0:
            at = done // save_every
            for lane in range(x.shape[1]):
                finite = True
                for i in range(x.shape[0]):
                    finite = finite and math.isfinite(now[i, lane])
                for i in range(x.shape[0]):
                    saved[lane, at, i] = now[i, lane] if finite else math.nan
    if steps % 2 == 1:
        x[:] = x_new
    return done
