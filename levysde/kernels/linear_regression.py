"""Constant-step SGD on linear regression with fresh Gaussian data: many chains side by side.

One step takes b samples a, with residuals w = a.e - noise, to e - (eta/b) sum a w. Only little of the b (d + 1) normal
variates is seen, by rotation of the data and of the samples. Let r = |e|, g the b components of the data along e in
units of sigma, X = |g| (chi, b degrees), z0 the noise along g, and V the length of the rest of the noise (chi, b - 1
degrees), both of variance one:

    along e      becomes r - (eta/b) sigma X (sigma r X - noise z0)
    across e     comes (eta/b) sigma sqrt((sigma r X - noise z0)^2 + noise^2 V^2) times an orthogonal normal vector

so that a step costs d + 3 variates whatever b is, and the chain has the law of the recursion exactly.

A chain that explodes or dies away is kept in doubles with an exponent beside it: a level is a factor 2^SHIFT, so that
scaling loses no bit. The running sum has an exponent of its own, never below that of the chain.
"""

from __future__ import annotations

import math

from levysde._jit import SAMPLER, Counters, Matrix, Streams, Vector, borrowed, i8, inline, kernel, pointer

ROOT_HALF = math.sqrt(0.5)  # the table of normal variates is that of N(0, 2)
SHIFT = 300
UP, DOWN = 2.0**SHIFT, 2.0**-SHIFT
TOO_LARGE, TOO_SMALL = 2.0**600, 2.0**-300  # squared lengths at which the level changes

FACTOR, SIGMA, NOISE = range(3)  # settings: eta/b, sigma, standard deviation of the noise
OWN, SUM = range(2)  # rows of `level`
KEEP, NEW, LABEL, SHARE, SQUARE, DOT, ALONG, REST = range(8)  # rows of `work`
WORK = 8


@inline
def power_of_level(levels):  # type: ignore[no-untyped-def]
    """Return 2^(-SHIFT levels), which is 0 for many levels."""
    factor = 1.0
    for _ in range(min(levels, 8)):
        factor *= DOWN
    return factor


@inline
def _fill_chi(sampler, table, streams, z, first, squares, chi, work, row):  # type: ignore[no-untyped-def]
    """Fill a row of `work` with chi variates: the length of the rows first, ... of z, or, for none, from a table."""
    lanes = z.shape[1]
    if squares == 1:
        for lane in range(lanes):
            work[row, lane] = abs(z[first, lane])
    elif squares > 1:
        for lane in range(lanes):
            work[row, lane] = z[first, lane] * z[first, lane]
        for i in range(first + 1, first + squares):
            for lane in range(lanes):
                work[row, lane] += z[i, lane] * z[i, lane]
        for lane in range(lanes):
            work[row, lane] = math.sqrt(work[row, lane])
    else:
        for lane in range(lanes):
            chi[0, lane] = 0.0
        sampler(streams, table, 1.0, chi)
        for lane in range(lanes):
            work[row, lane] = chi[0, lane]


@inline
def _change_levels(e, total, level, work, noisy):  # type: ignore[no-untyped-def]
    """Scale the chains whose squared lengths have left the range; one step late, long before any overflow."""
    for lane in range(e.shape[1]):
        square = work[SQUARE, lane]
        if square > TOO_LARGE or (0.0 < square < TOO_SMALL and (level[OWN, lane] > 0 or not noisy)):
            up = square > TOO_LARGE
            for row in range(e.shape[0]):
                e[row, lane] *= DOWN if up else UP
            level[OWN, lane] += 1 if up else -1
            if level[OWN, lane] > level[SUM, lane]:
                level[SUM, lane] += 1
                for row in range(e.shape[0]):
                    total[row, lane] *= DOWN
            work[LABEL, lane] = power_of_level(level[OWN, lane])
            work[SHARE, lane] = power_of_level(level[SUM, lane] - level[OWN, lane])


@kernel(
    i8(
        *(pointer(SAMPLER), Vector, Vector, Vector, Vector, i8, i8),
        *(Streams, Matrix, Matrix, Counters, Matrix, Matrix, Matrix, i8, i8, i8, i8),
    )
)
def streaming(  # type: ignore[no-untyped-def]
    sampler,
    table,
    table_x,
    table_v,
    settings,
    squares_x,
    squares_v,
    streams,
    e,
    total,
    level,
    z,
    chi,
    work,
    done,
    last,
    average_from,
    budget,
):
    """Take all chains (lanes) `budget` steps on, at most to step `last`; returns the number of steps done.

    `e` holds the errors in units of 2^(SHIFT level[OWN]); from step `average_from` on they are added to `total`, in
    units of 2^(SHIFT level[SUM]). X is the length of `squares_x` normals, or drawn from `table_x` where that is 0;
    likewise V, which is 0 where `squares_v` is negative. The rows of `z` are d normals (none for d = 1), those of X and
    of V, and, where there is noise, one for z0.
    """
    table, settings, streams, work = borrowed(table), borrowed(settings), borrowed(streams), borrowed(work)
    table_x, table_v, chi = borrowed(table_x), borrowed(table_v), borrowed(chi)
    e, total, level, z = borrowed(e), borrowed(total), borrowed(level), borrowed(z)
    dim, lanes = e.shape
    factor, sigma, noise = settings[FACTOR], settings[SIGMA], settings[NOISE]
    pull = factor * sigma
    across = dim if dim > 1 else 0
    of_v = across + squares_x
    of_noise = of_v + max(squares_v, 0)
    noisy = z.shape[0] > of_noise
    end = min(last, done + budget)
    while done < end:
        for row in range(z.shape[0]):
            for lane in range(lanes):
                z[row, lane] = 0.0
        sampler(streams, table, ROOT_HALF, z)
        _fill_chi(sampler, table_x, streams, z, across, squares_x, chi, work, ALONG)
        if squares_v >= 0:
            _fill_chi(sampler, table_v, streams, z, of_v, squares_v, chi, work, REST)
        for lane in range(lanes):
            work[SQUARE, lane] = e[0, lane] * e[0, lane]
        if across == 0:
            for lane in range(lanes):
                root = work[ALONG, lane]
                label = noise * work[LABEL, lane] * z[of_noise, lane] if noisy else 0.0
                e[0, lane] -= pull * root * (sigma * root * e[0, lane] - label)
        else:
            for lane in range(lanes):
                work[DOT, lane] = e[0, lane] * z[0, lane]
            for row in range(1, dim):
                for lane in range(lanes):
                    work[SQUARE, lane] += e[row, lane] * e[row, lane]
                    work[DOT, lane] += e[row, lane] * z[row, lane]
            for lane in range(lanes):
                length = math.sqrt(work[SQUARE, lane])
                root = work[ALONG, lane]
                label = noise * work[LABEL, lane] * z[of_noise, lane] if noisy else 0.0
                rest = noise * work[LABEL, lane] * work[REST, lane]
                residual = sigma * length * root - label
                spread = pull * math.sqrt(residual * residual + rest * rest)
                along = length - pull * root * residual
                work[NEW, lane] = spread
                if length > 0.0:
                    work[KEEP, lane] = (along - spread * work[DOT, lane] / length) / length
                else:  # every direction is as good as the first axis
                    work[KEEP, lane] = 0.0
                    z[0, lane] = along / spread if spread > 0.0 else 0.0
            for row in range(dim):
                for lane in range(lanes):
                    e[row, lane] = work[KEEP, lane] * e[row, lane] + work[NEW, lane] * z[row, lane]
        outside = 0
        for lane in range(lanes):
            outside += 1 if work[SQUARE, lane] > TOO_LARGE or work[SQUARE, lane] < TOO_SMALL else 0
        if outside > 0:
            _change_levels(e, total, level, work, noisy)
        if done >= average_from:
            for row in range(dim):
                for lane in range(lanes):
                    total[row, lane] += work[SHARE, lane] * e[row, lane]
        done += 1
    return done
