r"""Density and distribution functions of a stable law, point by point, in logarithms.

Which method serves where, with the S0 coordinate x, the S1 coordinate x_1 = x + beta tan(pi alpha/2), and after
reflection to x >= 0 (x_1 >= 0 for alpha < 0.9):

========================  ==========================================  =======================================
`stable.closed_forms`     alpha = 2, Cauchy, Lévy                     elementary functions
`stable.central`          alpha >= 0.9, the centre, where density     trapezoid on the real axis, absolute error
                          and tails exceed 0.003                      below 2e-15
`stable.series`           far out: |C| x_1^-alpha below 0.5 and       terms below 1e-17 of the sum
                          exp(2.07 - 3.74 alpha), or x > 1e40 where
                          abs(alpha - 1) < 0.02
`stable.series`           at the S1 origin, alpha < 0.9                terms below 1e-17 of the sum
`stable.saddle`           the light tail, where the saddle's           positive integrand, 48 nodes; its heavy part
                          exponent exceeds 1 and its angle is small    comes from one of the others
`stable.one_sided`        alpha < 0.9 elsewhere                        trapezoid on a contour
`stable.contour`          alpha >= 0.9 elsewhere                       trapezoid on a contour
========================  ==========================================  =======================================

The neighbouring methods are both good to 2e-12 at every border. A point costs 1 to 8 microseconds.

References
----------
.. [1] Nolan, Univariate Stable Distributions, Springer 2020, doi:10.1007/978-3-030-52915-4.
.. [2] Ament and O'Neil, Statist. Comput. 28 (2018), doi:10.1007/s11222-017-9725-y.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import Vector, f8, inline, kernel, void
from levysde.stable.central import LEAST, central_inversion, reach
from levysde.stable.closed_forms import cauchy, levy, normal
from levysde.stable.coefficients import (
    ALPHA,
    COUNT,
    OPPOSITE,
    REAL,
    TANGENT,
    WEIGHT,
    fill_coefficients,
)
from levysde.stable.contour import rotating_contour, turning_weight
from levysde.stable.one_sided import one_sided_contour
from levysde.stable.saddle import light_tail, log_saddle_exponent, saddle_position
from levysde.stable.series import far_out, origin_series, tail_series

SMALL_ALPHA = 0.9
NEARLY_ABSENT = 0.1  # alpha < 0.9: 1 - |beta| below which the light side needs the saddle


@inline
def log_sum(a, b):  # type: ignore[no-untyped-def]
    """Return log(e^a + e^b)."""
    high, low = max(a, b), min(a, b)
    if low == -math.inf:
        return high
    return high + math.log1p(math.exp(low - high))


@inline
def log_complement(a):  # type: ignore[no-untyped-def]
    """Return log(1 - e^a) for a <= 0."""
    if a >= 0.0:
        return -math.inf
    return math.log(-math.expm1(a)) if a > -0.7 else math.log1p(-math.exp(a))


@inline
def _log(value):  # type: ignore[no-untyped-def]
    return math.log(value) if value > 0.0 else -math.inf


@inline
def _plus(log_value, value):  # type: ignore[no-untyped-def]
    """Return log(e^log_value + value), where the value may be slightly negative."""
    if value > 0.0:
        return log_sum(log_value, math.log(value))
    return log_value + math.log1p(max(value * math.exp(-log_value), -1.0)) if value < 0.0 else log_value


@inline
def _right_rotating(x, x_1, right):  # type: ignore[no-untyped-def]
    """Return (log f, log P(X > x), log P(X < x)) for x >= 0, alpha >= 0.9."""
    position = saddle_position(x, x_1, right)
    has_saddle = log_saddle_exponent(position, right) > 0.0 if right[REAL] > 0.0 else False
    half, full = reach(right)
    if x < half or x < full:
        density, survival = central_inversion(x, right, 2 if x < half else 1)
        if density > LEAST and survival > LEAST:
            return math.log(density), math.log(survival), math.log1p(-survival)
    if far_out(x_1, right):
        log_f, upper = tail_series(x_1, right)
        if has_saddle:
            log_light, light_upper = light_tail(position, right)
            log_f, upper = log_sum(log_f, log_light), log_sum(upper, light_upper)
        return log_f, upper, log_complement(upper)
    if has_saddle and turning_weight(right) > right[WEIGHT]:
        log_f, upper = light_tail(position, right)
        if right[WEIGHT] > 0.0:
            density, survival, shift = rotating_contour(x, right, True)
            log_f, upper = _plus(log_f - shift, density) + shift, _plus(upper, survival)
    else:
        density, survival, shift = rotating_contour(x, right, False)
        log_f, upper = _log(density) + shift, _log(survival)
    return log_f, upper, log_complement(upper)


@inline
def _right_one_sided(x, x_1, right, left):  # type: ignore[no-untyped-def]
    """Return the same for x_1 >= 0, alpha < 0.9; x is the S0 coordinate."""
    if right[WEIGHT] <= 0.0:
        return -math.inf, -math.inf, 0.0
    if far_out(x_1, right):
        log_f, upper = tail_series(x_1, right)
        return log_f, upper, log_complement(upper)
    log_f, upper, lower = origin_series(x_1, right)
    nearly_absent = right[OPPOSITE] < NEARLY_ABSENT * (right[OPPOSITE] + right[WEIGHT])
    position = saddle_position(-x, -x_1, left) if nearly_absent else -math.inf
    if nearly_absent and log_saddle_exponent(position, left) > 0.0:
        log_light, light_lower = light_tail(position, left)
        if left[WEIGHT] <= 0.0:
            log_f, lower = log_light, light_lower
        elif math.isnan(log_f):
            density, survival = one_sided_contour(-x_1, left)
            shift = -math.log(x_1)
            log_f, lower = _plus(log_light - shift, density) + shift, _plus(light_lower, survival)
        else:
            log_f, lower = log_sum(log_f, log_light), log_sum(lower, light_lower)
        return log_f, log_complement(lower), lower
    if math.isnan(log_f):
        density, survival = one_sided_contour(x_1, right)
        log_f, upper = _log(density) - math.log(x_1), _log(survival)
        lower = log_complement(upper)
    return log_f, upper, lower


@inline
def log_all(x, x_1, right, left):  # type: ignore[no-untyped-def]
    """Return (log f, log P(X > x), log P(X < x)) of a standard law.

    Parameters
    ----------
    x, x_1 : the S0 and S1 coordinate of the point; both, because either may be the exact one
    right, left : coefficients of the two sides, from `fill_coefficients` for beta and -beta
    """
    alpha = right[ALPHA]
    if alpha == 2.0:
        return normal(x)
    if alpha == 1.0 and right[REAL] == 0.0:
        return cauchy(x)
    if alpha == 0.5 and left[WEIGHT] == 0.0 and x_1 > 0.0:
        return levy(x_1)
    if alpha == 0.5 and right[WEIGHT] == 0.0 and x_1 < 0.0:
        log_f, lower, upper = levy(-x_1)
        return log_f, upper, lower
    if alpha >= SMALL_ALPHA:
        if x >= 0.0:
            return _right_rotating(x, x_1, right)
        log_f, lower, upper = _right_rotating(-x, -x_1, left)
        return log_f, upper, lower
    if x_1 >= 0.0:
        return _right_one_sided(x, x_1, right, left)
    log_f, lower, upper = _right_one_sided(-x, -x_1, left, right)
    return log_f, upper, lower


@inline
def log_density_and_survival_at(x, alpha, beta, log_density, log_survival):  # type: ignore[no-untyped-def]
    """Fill the same as `log_density_and_survival`, for other kernels."""
    right, left = np.empty(COUNT), np.empty(COUNT)
    fill_coefficients(alpha, beta, right)
    fill_coefficients(alpha, -beta, left)
    offset = beta * right[TANGENT]
    for i in range(x.size):
        log_density[i], log_survival[i], _ = log_all(x[i], x[i] + offset, right, left)


@kernel(void(Vector, f8, f8, Vector, Vector))
def log_density_and_survival(x, alpha, beta, log_density, log_survival):  # type: ignore[no-untyped-def]
    """Fill log f(x) and log P(X > x) of the standard S0 law, 0.01 <= alpha <= 2, for finite x.

    The absolute error of both logarithms has median 1e-15 and is below 2e-12, see `tests/stable`.
    """
    log_density_and_survival_at(x, alpha, beta, log_density, log_survival)
