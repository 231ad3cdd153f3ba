r"""The mode of a stable law, which is unimodal for every alpha and beta [1]_.

References
----------
.. [1] Yamazato, Ann. Probab. 6 (1978), doi:10.1214/aop/1176995474.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from levysde._jit import f8, inline, kernel
from levysde.stable.coefficients import ALPHA, COUNT, SIZE, TANGENT, fill_coefficients, standard_shift
from levysde.stable.density import SMALL_ALPHA, log_all
from levysde.stable.gamma import log_gamma

STEP = 0.01  # of the differences; their error, of sixth order, moves the mode by less than 1e-9
FURTHEST = 1.0  # for alpha >= 0.9 the mode lies within, in S0
STEPS = 36  # bisections of at most 50 units of the peak's width, to 1e-9 of it; false position is there sooner
COARSE = 8  # of them bisect in any case
FLAT = 1e-12  # slope, times STEP, at which the mode is found to 1e-10 of the width


@functools.lru_cache(maxsize=256)
def mode(alpha: float, beta: float) -> float:
    """Return the mode of the standard S0 law, 0.1 <= alpha <= 2, to about 1e-8 of the width of the peak.

    For alpha < 0.3 the peak at the S1 origin is so narrow that a double in S0 cannot resolve 1e-8 of it: see
    `mode_from_origin`.
    """
    found = float(_mode(alpha, beta))
    return found - standard_shift(alpha, beta) if alpha < SMALL_ALPHA else found


@functools.lru_cache(maxsize=256)
def mode_from_origin(alpha: float, beta: float) -> float:
    """Return the mode of the standard S1 law, 0.1 <= alpha < 0.9, to about 1e-8 of the width of the peak."""
    return float(_mode(alpha, beta))


@inline
def origin_width(law):  # type: ignore[no-untyped-def]
    """Return the length on which the density varies at the S1 origin, from its second derivative there; alpha < 1."""
    alpha = law[ALPHA]
    return math.exp(math.log(law[SIZE]) / alpha + 0.5 * (log_gamma(1.0 / alpha) - log_gamma(3.0 / alpha)))


def width_at_origin(alpha: float, beta: float) -> float:
    """Return `origin_width` of a law."""
    right = np.empty(COUNT)
    fill_coefficients(alpha, beta, right)
    return float(origin_width(right))


@inline
def _slope(u, width, skew, right, left):  # type: ignore[no-untyped-def]
    """Return d log f / du times `STEP`, with x = u, or x_1 = width sinh(u) if a width is given."""
    total = 0.0
    for i in range(-3, 4):
        if i != 0:
            size = (0.75, -0.15, 1.0 / 60.0)[abs(i) - 1]
            place = u + i * STEP
            offset = skew * right[TANGENT]
            if width > 0.0:
                x_1 = width * math.sinh(place)
                value = log_all(x_1 - offset, x_1, right, left)[0]
            else:
                value = log_all(place, place + offset, right, left)[0]
            total += size * value if i > 0 else -size * value
    return total


@kernel(f8(f8, f8))
def _mode(alpha, beta):  # type: ignore[no-untyped-def]
    """Find the zero of the slope, in S1 for alpha < 0.9; the law is reflected to beta >= 0."""
    right, left = np.empty(COUNT), np.empty(COUNT)
    skew = abs(beta)
    fill_coefficients(alpha, skew, right)
    fill_coefficients(alpha, -skew, left)
    if skew == 0.0 or alpha == 2.0:
        return 0.0
    low, high, width = -FURTHEST, FURTHEST, 0.0
    if alpha < SMALL_ALPHA:  # there the mode is at x_1 > 0, and at most as far as the median of the one-sided law
        width = origin_width(right)
        low, high = 0.0, math.asinh((right[SIZE] / math.log(2.0)) ** (1.0 / alpha) / width)
    at_low = at_high = math.nan
    last = 0
    found = 0.0
    for step in range(STEPS):
        found = 0.5 * (low + high)
        if step >= COARSE and 0.0 < at_low < math.inf and -math.inf < at_high < 0.0:
            found = low + (high - low) * at_low / (at_low - at_high)
        slope = _slope(found, width, skew, right, left)
        if abs(slope) < FLAT:
            break
        if slope < 0.0:  # the weight of an end that stays put is halved
            high, at_high = found, slope
            at_low = 0.5 * at_low if last < 0 else at_low
            last = -1
        else:  # also where the density is 0
            low, at_low = found, slope
            at_high = 0.5 * at_high if last > 0 else at_high
            last = 1
    if alpha < SMALL_ALPHA:
        found = width * math.sinh(found)
    return found if beta > 0.0 else -found
