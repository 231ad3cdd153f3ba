"""The logarithm of the gamma function and a hypotenuse, in arithmetic that Numba and Python round alike.

Numba's `math.lgamma` and `math.hypot` differ from Python's in the last bit, and with them the sampler's tables and
every variate would change when the compiler is switched off.
"""

from __future__ import annotations

import math

from levysde._jit import inline

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_ENOUGH = 10.0  # from here on the terms below reach 1e-17


@inline
def log_gamma(x):  # type: ignore[no-untyped-def]
    """Return log Gamma(x), x > 0, by Stirling's series after a shift; error below 1e-14 max(1, |result|)."""
    product = 1.0
    while x < _ENOUGH:
        product *= x
        x += 1.0
    r = 1.0 / x
    s = r * r
    series = 1.0 / 1188.0 - s * (691.0 / 360360.0 - s / 156.0)
    series = r * (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * series))))
    return (x - 0.5) * math.log(x) - x + _HALF_LOG_TWO_PI + series - math.log(product)


@inline
def length(a, b):  # type: ignore[no-untyped-def]
    """Return the square root of a^2 + b^2, for numbers whose squares are in range."""
    return math.sqrt(a * a + b * b)
