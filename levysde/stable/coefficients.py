r"""The characteristic function in the form that every method of `stable.density` starts from.

With :math:`k = -i\kappa`, :math:`\kappa = e^L` in the upper half plane and :math:`\delta = \pi(\alpha-1)/2`, the
standard S0 law has :math:`e^{-ikx}\varphi(k) = e^{\Phi(\kappa)}`,

.. math::
    \Phi = \kappa\,[-X + B\,\ell(L) + i w\,(1 + \ell(L)\sin\delta)], \qquad
    \ell(L) = \frac{e^{(\alpha-1)L} - 1}{\sin\delta}\ \Big(\to \tfrac2\pi L \text{ at } \alpha = 1\Big),

.. math::
    B = \sin^2\delta - \beta\cos^2\delta, \quad w = (1+\beta)\cos\delta, \quad
    X = x - \tan(\delta/2)\,(1 + w).

All are smooth in alpha, so that alpha = 1 needs no case of its own, and w, the weight of the heavy right tail, keeps
its relative accuracy when it is small: P(X > x) is asymptotically w Gamma(alpha) / pi x^(-alpha). In
the S1 coordinate :math:`x_1 = x + \beta\tan(\pi\alpha/2) = X + B/\sin\delta`, this is
:math:`\Phi = -\kappa x_1 - C\kappa^\alpha` with :math:`C = -(B + iw\sin\delta)/\sin\delta`.

The left side of a law is the right side of the law with -beta, at -x.

References
----------
.. [1] Nolan, Univariate Stable Distributions, Springer 2020, doi:10.1007/978-3-030-52915-4.
.. [2] Zolotarev, One-dimensional Stable Distributions, AMS 1986, doi:10.1090/mmono/065.
"""

from __future__ import annotations

import math

from levysde._jit import inline
from levysde.stable.gamma import length

ALPHA, EXCESS, SINE, RATE, WEIGHT, REAL, SHIFT, SIZE, ANGLE, CO_ANGLE, OPPOSITE, TANGENT, SADDLE = range(13)
COUNT = 13
LOG_NEAREST = 0.0  # log of the least exponent -Phi at the saddle for which the saddle shapes the contour
LEAST_TURN = 0.9  # the least angle of the saddle, seen from zero, for which the contour is smooth enough


def standard_shift(alpha: float, beta: float) -> float:
    """Return beta tan(pi alpha/2), by which the standard S1 law lies right of the S0 one; 0 at alpha = 1 and 2."""
    return 0.0 if beta == 0 or alpha in (1, 2) else -beta / math.tan(math.pi * (alpha - 1) / 2)


@inline
def fill_coefficients(alpha, beta, out):  # type: ignore[no-untyped-def]
    """Fill the coefficients of the right side of a law; SIZE, ANGLE and CO_ANGLE only for alpha != 1."""
    excess = alpha - 1.0
    half_turn = 0.5 * math.pi * excess
    sine = math.sin(half_turn)
    cosine = math.sin(0.5 * math.pi * min(alpha, 2.0 - alpha))  # exact where it is small, at 0 and at 2
    weight = (1.0 + beta) * cosine
    opposite = (1.0 - beta) * cosine
    real = sine * sine - beta * cosine * cosine
    out[ALPHA] = alpha
    out[EXCESS] = excess
    out[SINE] = sine
    out[RATE] = excess / sine if excess != 0.0 else 2.0 / math.pi
    out[WEIGHT] = weight
    out[REAL] = real
    out[SHIFT] = math.tan(0.5 * half_turn) * (1.0 + weight)
    out[OPPOSITE] = opposite
    if excess != 0.0:
        out[SIZE] = length(real / sine, weight)  # |C|
        out[ANGLE] = math.atan2(weight, -real / sine)  # -arg C, between 0 and pi
        out[TANGENT] = -cosine / sine
        # alpha pi - ANGLE for alpha < 1: the angle of the mirrored law, exact where it is small
        out[CO_ANGLE] = math.atan2(opposite, -(sine * sine + beta * cosine * cosine) / sine)
    else:
        out[SIZE] = math.inf
        out[ANGLE] = out[CO_ANGLE] = math.nan
        out[TANGENT] = 0.0  # no shift: S1 is S0 here for scale 1
    out[SADDLE] = -math.inf
    if real > 0.0:
        # log(-Phi) at the saddle of the light tail is (alpha / excess) log1p(X sine / real) + offset
        scaled = (LOG_NEAREST - math.log(real) + math.log(alpha / out[RATE])) / alpha
        if excess != 0.0:
            scaled += math.log1p(excess) / (excess * alpha)
            out[SADDLE] = real * math.expm1(excess * scaled) / sine
        else:
            out[SADDLE] = real * (scaled + 1.0) * out[RATE]
