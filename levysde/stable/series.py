r"""Series of the density and the survival function: far out, and near the S1 origin for small alpha.

With C = |C| exp(-i eta) of `stable.coefficients` and x_1 > 0 in the S1 parameterization,

.. math::
    P(X > x) = \frac1\pi\sum_{n\ge1} (-1)^{n+1}\frac{\Gamma(n\alpha)}{n!}\sin(n\eta)\,|C|^n x_1^{-n\alpha}, \qquad
    f(x) = \frac1{\pi\alpha}\sum_{n\ge0} \frac{\Gamma((n+1)/\alpha)}{n!}\sin((n+1)\phi)\,|C|^{-(n+1)/\alpha} x_1^n

with :math:`\phi = \pi - \eta/\alpha`. The first converges for alpha < 1 and is asymptotic above, the second the other
way round [1]_. Both are summed until a term is below 1e-17 of the sum, and not used where none is.

References
----------
.. [1] Zolotarev, One-dimensional Stable Distributions, AMS 1986, doi:10.1090/mmono/065, sections 2.4 and 2.5.
"""

from __future__ import annotations

import math

from levysde._jit import inline
from levysde.stable.coefficients import ALPHA, ANGLE, CO_ANGLE, EXCESS, SIZE, WEIGHT
from levysde.stable.gamma import log_gamma

TERMS = 32
NEGLIGIBLE = 1e-17
FAR, LOG_FAR, LOG_FAR_RATE = 0.5, 2.07, -3.74  # see `far_out`
CLOSE_TO_ONE = 0.02  # |alpha - 1| below which |C| is large, and the first term of the tail series is used, from
LEADING_FROM = 1e40


@inline
def _log(value):  # type: ignore[no-untyped-def]
    """Return the logarithm, NaN where rounding has made a probability negative (Python would raise an error)."""
    return math.log(value) if value > 0.0 else math.nan


@inline
def far_out(x_1, law):  # type: ignore[no-untyped-def]
    """Whether the tail series is good to its last bit.

    That is where |C| x^-alpha is below the smaller of `FAR` and exp(LOG_FAR + LOG_FAR_RATE alpha): its term number
    `TERMS`, n^2 Gamma(n alpha) / (n! Gamma(alpha)) times the power, is then below 1e-17 for every alpha.
    """
    excess = law[EXCESS]
    if x_1 <= 0.0 or law[WEIGHT] <= 0.0:
        return False
    if abs(excess) < CLOSE_TO_ONE:
        return x_1 > LEADING_FROM
    return law[SIZE] * x_1 ** -law[ALPHA] < min(FAR, math.exp(LOG_FAR + LOG_FAR_RATE * law[ALPHA]))


@inline
def tail_series(x_1, law):  # type: ignore[no-untyped-def]
    """Return (log f, log P(X > x)) where `far_out`."""
    alpha = law[ALPHA]
    log_x = math.log(x_1)
    log_first = log_gamma(alpha)
    log_lead = math.log(law[WEIGHT] / math.pi) + log_first - alpha * log_x
    density = survival = 1.0
    if abs(law[EXCESS]) >= CLOSE_TO_ONE:
        ratio = law[SIZE] * math.exp(-alpha * log_x)
        twice_cosine = 2.0 * math.cos(law[ANGLE])
        before, now = 0.0, 1.0  # sin(n eta) / sin(eta)
        power = 1.0
        for n in range(2, TERMS):
            before, now = now, twice_cosine * now - before
            power *= -ratio / n
            size = power * math.exp(log_gamma(n * alpha) - log_first)
            survival += size * now
            density += n * size * now
            if abs(n * n * size) < NEGLIGIBLE:
                break
    return log_lead + math.log(alpha * density) - log_x, log_lead + math.log(survival)


@inline
def origin_series(x_1, law):  # type: ignore[no-untyped-def]
    """Return (log f, log P(X > x), log P(X < x)) for x_1 >= 0, alpha < 1; NaN where the series is not good enough."""
    alpha = law[ALPHA]
    y = x_1 * law[SIZE] ** (-1.0 / alpha)
    upper, lower = law[ANGLE] / alpha, law[CO_ANGLE] / alpha
    sine = math.sin(min(upper, lower))
    log_lead = log_gamma(1.0 / alpha)
    density, mass = 1.0, y
    size, last, power = 1.0, math.inf, 1.0
    twice_cosine = 2.0 * math.cos(lower)
    before, now = 0.0, 1.0
    good = False
    for n in range(1, TERMS):
        before, now = now, twice_cosine * now - before
        power *= y  # not y**n: its last bit differs between Numba and Python
        size = math.exp(log_gamma((n + 1) / alpha) - log_lead - log_gamma(n + 1.0)) * power
        if size * (n + 1) < NEGLIGIBLE:
            good = True
            break
        if size > last or size > 0.5:
            break
        last = size
        density += size * now
        mass += size * now * y / (n + 1)
    if not good:
        return math.nan, math.nan, math.nan
    lead = math.exp(log_lead) * sine / alpha
    log_density = log_lead + _log(sine * density / (math.pi * alpha)) - math.log(law[SIZE]) / alpha
    return log_density, _log((upper - lead * mass) / math.pi), _log((lower + lead * mass) / math.pi)
