"""The upper incomplete gamma function of negative order: tails of exponentially tempered power laws."""

from __future__ import annotations

import math

NEAR = 1.0  # below: the series of the integral up to here; above: the continued fraction


def upper_gamma(alpha: float, x: float) -> float:
    r"""Return :math:`\Gamma(-\alpha, x) = \int_x^\infty e^{-t} t^{-1-\alpha} dt` for 0 < alpha < 2 and x > 0.

    To a relative error below 1e-13, integer alpha included; 0 beyond x = 745, where it underflows.

    References
    ----------
    .. [1] DLMF, https://dlmf.nist.gov/8.9.E2 (the continued fraction) and https://dlmf.nist.gov/8.7 (series).
    """
    if x >= NEAR:
        return _fraction(alpha, x)
    log_x, factor, total = math.log(x), 1.0, 0.0
    for n in range(40):  # the integral from x to 1, term by term: (1 - x^(n - alpha)) / (n - alpha)
        power = n - alpha
        total += factor * (-log_x if power == 0 else -math.expm1(power * log_x) / power)
        factor /= -(n + 1)
        if abs(factor) < 1e-18:
            break
    return total + _fraction(alpha, NEAR)


def _fraction(alpha: float, x: float) -> float:
    """Return the value by the continued fraction, evaluated from the front by Lentz's method."""
    b = x + 1 + alpha
    c, d = math.inf, 1 / b
    value = d
    for n in range(1, 1000):
        a = -n * (n + alpha)
        b += 2
        d = 1 / (b + a * d)
        c = b + a / c
        value *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return math.exp(-x - alpha * math.log(x)) * value
