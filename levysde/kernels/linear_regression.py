"""Constant-step SGD on linear regression with fresh Gaussian data: many chains side by side.

One step takes b samples a, with residuals w = a.e - noise, to e - (eta/b) sum a w. For b = 1 that is what is computed:
d + 1 normal variates. For more samples little of the b (d + 1) normals is seen, by rotation of the data and of the
samples. Let r = |e|, g the b components of the data along e in units of sigma, X = |g| (chi, b degrees), z0 the noise
along g, and V the length of the rest of the noise (chi, b - 1 degrees), both of variance one:

    along e      becomes r - (eta/b) sigma X (sigma r X - noise z0)
    across e     comes (eta/b) sigma sqrt((sigma r X - noise z0)^2 + noise^2 V^2) times an orthogonal normal vector

The orthogonal vector is d normals less their component along e, and that component, independent of it, serves as z0: a
step costs d + 2 variates whatever b is, and the chain has the law of the recursion exactly.

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
NOT_ASKED = -1  # in place of the number of normals whose length is a chi variate
LABEL, SHARE, SQUARE, DOT, ALONG, REST = range(6)  # rows of `work`; LABEL is the noise in units of the chain
WORK = 6


@inline
def power_of_level(levels):  # type: ignore[no-untyped-def]
    """Return 2^(-SHIFT levels), which is 0 for many levels."""
    factor = 1.0
    for _ in range(min(levels, 8)):
        factor *= DOWN
    return factor


@inline
def _draw(sampler, table, scale, streams, out):  # type: ignore[no-untyped-def]
    """Fill `out` with variates."""
    for row in range(out.shape[0]):
        for lane in range(out.shape[1]):
            out[row, lane] = 0.0
    sampler(streams, table, scale, out)


@inline
def _lengths(z, first, squares, drawn, at, work, row):  # type: ignore[no-untyped-def]
    """Fill a row of `work` with chi variates: lengths of the rows first, ... of z, or, for none, drawn from a table.

    A single normal keeps its sign: what is done with lengths is even in each.
    """
    lanes = z.shape[1]
    if squares == 0:
        for lane in range(lanes):
            work[row, lane] = drawn[at, lane]
    elif squares == 1:
        for lane in range(lanes):
            work[row, lane] = z[first, lane]
    elif squares > 1:
        for lane in range(lanes):
            work[row, lane] = z[first, lane] * z[first, lane]
        for i in range(first + 1, first + squares):
            for lane in range(lanes):
                work[row, lane] += z[i, lane] * z[i, lane]
        for lane in range(lanes):
            work[row, lane] = math.sqrt(work[row, lane])


@inline
def _on_a_line(e, z, of_noise, work, sigma, pull):  # type: ignore[no-untyped-def]
    """Take a step for d = 1."""
    for lane in range(e.shape[1]):
        root, x = work[ALONG, lane], e[0, lane]
        work[SQUARE, lane] = x * x
        e[0, lane] = x - pull * root * (sigma * root * x - work[LABEL, lane] * z[of_noise, lane])


@inline
def _measure(e, z, first, work):  # type: ignore[no-untyped-def]
    """Fill the rows SQUARE and DOT with |e|^2 and e.z."""
    for lane in range(e.shape[1]):
        x = e[0, lane]
        work[SQUARE, lane] = x * x
        work[DOT, lane] = x * z[first, lane]
    for row in range(1, e.shape[0]):
        for lane in range(e.shape[1]):
            x = e[row, lane]
            work[SQUARE, lane] += x * x
            work[DOT, lane] += x * z[first + row, lane]


@inline
def _one_sample(e, z, first, of_noise, work, sigma, pull):  # type: ignore[no-untyped-def]
    """Take a step for b = 1, d > 1: the rows of z are the sample in units of sigma."""
    _measure(e, z, first, work)
    for lane in range(e.shape[1]):
        work[DOT, lane] = pull * (sigma * work[DOT, lane] - work[LABEL, lane] * z[of_noise, lane])
    for row in range(e.shape[0]):
        for lane in range(e.shape[1]):
            e[row, lane] -= work[DOT, lane] * z[first + row, lane]


@inline
def _many_samples(e, z, first, work, sigma, pull):  # type: ignore[no-untyped-def]
    """Take a step for b > 1, d > 1."""
    _measure(e, z, first, work)
    at_zero = 0
    for lane in range(e.shape[1]):
        at_zero += 1 if work[SQUARE, lane] == 0.0 else 0
    if at_zero > 0:
        for lane in range(e.shape[1]):
            if work[SQUARE, lane] == 0.0:  # every direction is as good as the first axis
                e[0, lane], work[DOT, lane] = 1.0, z[first, lane]
    for lane in range(e.shape[1]):
        length, root, label = math.sqrt(work[SQUARE, lane]), work[ALONG, lane], work[LABEL, lane]
        per_length = 1.0 / length if length > 0.0 else 1.0
        normal = work[DOT, lane] * per_length
        residual = sigma * length * root - label * normal
        rest = label * work[REST, lane]
        spread = pull * math.sqrt(residual * residual + rest * rest)
        work[DOT, lane] = (length - pull * root * residual - spread * normal) * per_length
        work[ALONG, lane] = spread
    for row in range(e.shape[0]):
        for lane in range(e.shape[1]):
            e[row, lane] = work[DOT, lane] * e[row, lane] + work[ALONG, lane] * z[first + row, lane]


@inline
def _change_levels(e, total, level, work, noise):  # type: ignore[no-untyped-def]
    """Scale the chains whose squared lengths have left the range; one step late, long before any overflow."""
    for lane in range(e.shape[1]):
        square = work[SQUARE, lane]
        if square > TOO_LARGE or (0.0 < square < TOO_SMALL and (level[OWN, lane] > 0 or noise == 0.0)):
            up = square > TOO_LARGE
            for row in range(e.shape[0]):
                e[row, lane] *= DOWN if up else UP
            level[OWN, lane] += 1 if up else -1
            if level[OWN, lane] > level[SUM, lane]:
                level[SUM, lane] += 1
                for row in range(e.shape[0]):
                    total[row, lane] *= DOWN
            work[LABEL, lane] = noise * power_of_level(level[OWN, lane])
            work[SHARE, lane] = power_of_level(level[SUM, lane] - level[OWN, lane])


@kernel(
    i8(
        *(pointer(SAMPLER), Vector, Vector, Vector, Vector, i8, i8),
        *(Streams, Matrix, Matrix, Counters, Matrix, Matrix, Matrix, Matrix, i8, i8, i8, i8),
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
    chi_x,
    chi_v,
    work,
    done,
    last,
    average_from,
    budget,
):
    """Take all chains (lanes) `budget` steps on, at most to step `last`; returns the number of steps done.

    `e` holds the errors in units of 2^(SHIFT level[OWN]); from step `average_from` on they are added to `total`, in
    units of 2^(SHIFT level[SUM]). X is the length of `squares_x` normals, drawn from `table_x` where that is 0, and
    not asked for (b = 1, d > 1) where it is negative; likewise V, which then is 0. Variates are drawn for as many steps
    ahead as `chi_x` has rows. For each step `z` has rows of d normals (none for d = 1), those of X and of V, and the
    noise where it has a row of its own (b = 1 or d = 1).
    """
    table, settings, streams, work = borrowed(table), borrowed(settings), borrowed(streams), borrowed(work)
    table_x, table_v, chi_x, chi_v = borrowed(table_x), borrowed(table_v), borrowed(chi_x), borrowed(chi_v)
    e, total, level, z = borrowed(e), borrowed(total), borrowed(level), borrowed(z)
    dim, lanes = e.shape
    sigma, noise, pull = settings[SIGMA], settings[NOISE], settings[FACTOR] * settings[SIGMA]
    ahead = chi_x.shape[0]
    rows = z.shape[0] // ahead
    across = dim if dim > 1 else 0
    end = min(last, done + budget)
    while done < end:
        at = done % ahead
        if at == 0:
            _draw(sampler, table, ROOT_HALF, streams, z)
            if squares_x == 0:
                _draw(sampler, table_x, 1.0, streams, chi_x)
            if squares_v == 0:
                _draw(sampler, table_v, 1.0, streams, chi_v)
        first = at * rows
        of_noise = first + rows - 1
        _lengths(z, first + across, squares_x, chi_x, at, work, ALONG)
        _lengths(z, first + across + max(squares_x, 0), squares_v, chi_v, at, work, REST)
        if across == 0:
            _on_a_line(e, z, of_noise, work, sigma, pull)
        elif squares_x < 0:
            _one_sample(e, z, first, of_noise, work, sigma, pull)
        else:
            _many_samples(e, z, first, work, sigma, pull)
        outside = 0
        for lane in range(lanes):
            outside += 1 if work[SQUARE, lane] > TOO_LARGE or work[SQUARE, lane] < TOO_SMALL else 0
        if outside > 0:
            _change_levels(e, total, level, work, noise)
        if done >= average_from:
            for row in range(dim):
                for lane in range(lanes):
                    total[row, lane] += work[SHARE, lane] * e[row, lane]
        done += 1
    return done
