r"""The light tail: the contribution of the saddle point, with full relative accuracy of its logarithm.

With w = 0 (see `stable.coefficients`) Phi is real on the axis and the contour of steepest descent leaves it at the
saddle, where it is best described by its own angle psi. Zolotarev's integrals result [1]_ [2]_,

.. math::
    P(X > x) = \frac1\pi\int_0^{\psi_{max}} e^{-g}\,d\psi, \qquad
    f(x) = \frac{\alpha\sin\delta}{(\alpha-1)(B + X\sin\delta)}\,\frac1\pi\int_0^{\psi_{max}} g\,e^{-g}\,d\psi,

.. math::
    g(\psi) = r(\psi)\,(B + X\sin\delta)\,\frac{\sin((\alpha-1)\psi)}{\sin\delta\,\sin\alpha\psi}, \qquad
    r(\psi)^{\alpha-1} = \Big(1 + \frac{X\sin\delta}B\Big)\frac{\sin\psi}{\sin\alpha\psi},

with :math:`\psi_{max} = \pi/\max(\alpha, 1)`. The integrands are positive, so nothing cancels; g grows from its value
g_0 at psi = 0 and the integral is cut where g = g_0 + `DEPTH`. Used for g_0 >= 1: `NODES` Gauss-Legendre points
then give 1e-14. Beyond g_0 = `FAR` two terms of Laplace's method are below 1e-12 in relation to the logarithm.

References
----------
.. [1] Zolotarev, One-dimensional Stable Distributions, AMS 1986, doi:10.1090/mmono/065, section 2.2.
.. [2] Nolan, Commun. Statist. Stoch. Models 13 (1997), doi:10.1080/15326349708807450.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import inline
from levysde.stable.coefficients import ALPHA, EXCESS, RATE, REAL, SHIFT, SINE

NODES = 48
DEPTH = 37.0
FAR = 1e6
_AT, _WEIGHT = np.polynomial.legendre.leggauss(NODES)
_AT, _WEIGHT = 0.5 * (_AT + 1.0), 0.5 * _WEIGHT


@inline
def _log_exponent(psi, law):  # type: ignore[no-untyped-def]
    """Return log g(psi) without the parts that depend on x; psi > 0."""
    alpha, excess = law[ALPHA], law[EXCESS]
    if excess == 0.0:
        cotangent = psi / math.tan(psi)
        return -cotangent + math.log(2.0 / math.pi * psi / math.sin(psi))
    sine, turned = math.sin(psi), math.sin(alpha * psi)
    half = math.sin(0.5 * excess * psi)
    small = math.sin(excess * psi)
    ratio = small * math.cos(psi) / sine - 2.0 * half * half  # sin(alpha psi) / sin(psi) - 1
    return -math.log1p(ratio) / excess + math.log(small / (law[SINE] * turned))


@inline
def saddle_position(x, x_1, law):  # type: ignore[no-untyped-def]
    """Return lambda = log(1 + X sin(delta) / B) / (alpha - 1) from the S0 or S1 coordinate, whichever is better.

    It is +inf beyond the end of the support, and -inf where there is no saddle.
    """
    excess, sine, real = law[EXCESS], law[SINE], law[REAL]
    if real <= 0.0:
        return -math.inf
    position = (x - law[SHIFT]) / real
    if excess == 0.0:
        return position / law[RATE]
    reach = position * sine
    if x_1 * sine <= 0.0 or reach <= -1.0:
        return math.inf if excess < 0.0 else -math.inf
    if abs(excess) > 0.2 or reach < -0.5:
        return math.log(x_1 * sine / real) / excess
    return math.log1p(reach) / excess


@inline
def log_saddle_exponent(position, law):  # type: ignore[no-untyped-def]
    """Return log g at psi = 0."""
    alpha, excess = law[ALPHA], law[EXCESS]
    if abs(position) == math.inf:
        return position
    offset = 1.0 if excess == 0.0 else math.log1p(excess) / excess
    return alpha * position + math.log(law[REAL]) - offset + math.log(law[RATE] / alpha)


@inline
def light_tail(position, law):  # type: ignore[no-untyped-def]
    """Return (log f, log P(X > x)) for w = 0 and g_0 >= 1, from `saddle_position`."""
    alpha = law[ALPHA]
    if position == math.inf:
        return -math.inf, -math.inf
    log_least = log_saddle_exponent(position, law)
    part = alpha * position + math.log(law[REAL])
    log_slope = math.log(alpha / (law[RATE] * law[REAL])) - law[EXCESS] * position
    least = math.exp(log_least)
    if least > FAR:
        return _laplace(log_least, log_slope, alpha)
    top = math.pi / max(alpha, 1.0)
    end = math.sqrt(2.0 * DEPTH / (alpha * least))  # g >= g_0 (1 + alpha psi^2 / 2)
    if end > 0.3 * top:
        low, high = 0.0, min(end, top)
        wanted = math.log(least + DEPTH)
        for _ in range(10):
            middle = 0.5 * (low + high)
            if part + _log_exponent(middle, law) < wanted:
                low = middle
            else:
                high = middle
        end = high
    density = 0.0
    survival = 0.0
    for i in range(NODES):
        g = math.exp(part + _log_exponent(_AT[i] * end, law))
        term = _WEIGHT[i] * math.exp(least - g)
        survival += term
        density += term * g
    scale = math.log(end / math.pi) - least
    return math.log(density) + scale + log_slope, math.log(survival) + scale


@inline
def _laplace(log_least, log_slope, alpha):  # type: ignore[no-untyped-def]
    log_survival = -0.5 * (log_least + math.log(2.0 * math.pi * alpha)) - math.exp(log_least)
    return log_survival + log_least + log_slope, log_survival
