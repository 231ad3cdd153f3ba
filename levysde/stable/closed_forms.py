r"""The laws with elementary densities: N(0, 2) at alpha = 2, Cauchy at alpha = 1, Lévy at alpha = 1/2, beta = 1.

The complementary error function underflows near 27; from `ASYMPTOTIC_FROM` on its logarithm is that of

.. math:: \mathrm{erfc}(z) = \frac{e^{-z^2}}{z\sqrt\pi}\Big(1 - \frac1{2z^2} + \frac{3}{4z^4} - \dots\Big),

with five terms after the first, good to 1e-14 there.
"""

from __future__ import annotations

import math

from levysde._jit import inline

ASYMPTOTIC_FROM = 25.0
LOG_2 = math.log(2.0)
LOG_PI = math.log(math.pi)


@inline
def log_erfc(z):  # type: ignore[no-untyped-def]
    """Return log erfc(z)."""
    if z < ASYMPTOTIC_FROM:
        return math.log(math.erfc(z))
    t = 0.5 / (z * z)
    rest = -t * (1.0 - 3.0 * t * (1.0 - 5.0 * t * (1.0 - 7.0 * t * (1.0 - 9.0 * t))))
    return math.log1p(rest) - z * z - math.log(z) - 0.5 * LOG_PI


@inline
def normal(x):  # type: ignore[no-untyped-def]
    """Return (log f, log P(X > x), log P(X < x)) of N(0, 2)."""
    return -0.25 * x * x - LOG_2 - 0.5 * LOG_PI, log_erfc(0.5 * x) - LOG_2, log_erfc(-0.5 * x) - LOG_2


@inline
def cauchy(x):  # type: ignore[no-untyped-def]
    """Return the same for the standard Cauchy law."""
    log_f = -LOG_PI - 2.0 * math.log(math.hypot(1.0, x))
    return log_f, math.log(math.atan2(1.0, x)) - LOG_PI, math.log(math.atan2(1.0, -x)) - LOG_PI


@inline
def levy(x_1):  # type: ignore[no-untyped-def]
    """Return the same for the Lévy law on x_1 > 0; log P(X > x) is for x_1 that are not huge."""
    z = math.sqrt(0.5 / x_1)
    log_f = -1.5 * math.log(x_1) - 0.5 / x_1 - 0.5 * (LOG_2 + LOG_PI)
    return log_f, math.log(math.erf(z)), log_erfc(z)
