"""The coupled loop: one path with a fine step and the same path with several coarse steps, on the same noise.

The increments of the fine steps are summed over each coarse step. Their sum has exactly the law of an increment over
the coarse step, since the increments of a Lévy process are independent and stationary; so each coarse path is a path of
its own scheme, driven by the noise that drives the fine one.
"""

from __future__ import annotations

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
        # the fine path, and the noise of all
        *(pointer(STEP), Vector, pointer(DRIFT), Vector),
        *(pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER), pointer(SAMPLER)),
        *(Integers, Vector, Integers, Vector),
        # the coarse paths: settings and parameters of all steps end to end
        *(pointer(STEP), Vector, Integers, pointer(DRIFT), Vector, Integers, Integers),
        # state and limits
        *(Streams, Matrix, Cube, Cube, Matrix, Matrix, Matrix, i8, i8, i8),
    )
)
def coupled(  # type: ignore[no-untyped-def]
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
    coarse_step,
    coarse_settings,
    settings_at,
    coarse_drift,
    coarse_params,
    params_at,
    ratio,
    streams,
    x,
    coarse,
    sums,
    x_new,
    increment,
    scratch,
    done,
    last,
    budget,
):
    """Advance all paths from fine step `done` to `last`, at most `budget` fine steps; returns the steps done so far.

    `coarse` and `sums` have shape (levels, dim, lanes): the coarse paths, and what has been summed of their next
    increments; level i makes one step every ratio[i] fine ones, with coarse_settings[settings_at[i]:settings_at[i + 1]]
    and coarse_params[params_at[i]:params_at[i + 1]].
    """
    params, settings, tables, scale = borrowed(params), borrowed(settings), borrowed(tables), borrowed(scale)
    coarse_params, coarse_settings = borrowed(coarse_params), borrowed(coarse_settings)
    slot, offset, streams, x = borrowed(slot), borrowed(offset), borrowed(streams), borrowed(x)
    coarse, sums, x_new = borrowed(coarse), borrowed(sums), borrowed(x_new)
    increment, scratch = borrowed(increment), borrowed(scratch)
    dim, lanes = x.shape
    now, after = x, x_new
    steps = 0
    while done < last and steps < budget:
        draw_increment(s0, s1, s2, s3, slot, tables, offset, scale, streams, increment)
        step(drift, params, settings, now, increment, scratch, after)
        now, after = after, now  # from here on `after` is free
        steps += 1
        done += 1
        for level in range(ratio.size):
            total = sums[level]
            for i in range(dim):
                for lane in range(lanes):
                    total[i, lane] += increment[i, lane]
            if done % ratio[level] == 0:
                place = coarse[level]
                coarse_step(
                    coarse_drift,
                    coarse_params[params_at[level] : params_at[level + 1]],
                    coarse_settings[settings_at[level] : settings_at[level + 1]],
                    place,
                    total,
                    scratch,
                    after,
                )
                for i in range(dim):
                    for lane in range(lanes):
                        place[i, lane] = after[i, lane]
                        total[i, lane] = 0.0
    if steps % 2 == 1:
        x[:] = x_new
    return done
