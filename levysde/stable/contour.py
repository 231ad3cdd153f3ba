r"""Density and survival function by the trapezoidal rule on a contour close to that of steepest descent.

With Phi and kappa of `stable.coefficients`, for any start and end on which the integrand vanishes,

.. math::
    f(x) = \frac1\pi\,\mathrm{Im}\int e^{\Phi}\,d\kappa
         = \frac1\pi\,\mathrm{Im}\Big[\frac1b + \int\big(e^{\Phi} - e^{-b\kappa}\big)\,\kappa\,dL\Big], \qquad
    P(X > x) = \frac1\pi\,\mathrm{Im}\Big[-\log b + \int\big(e^{\Phi} - e^{-b\kappa}\big)\,dL\Big],

where the subtracted exponential, whose integrals are known, makes the integrand small as kappa goes to 0 and keeps
the relative accuracy in the heavy tail. The contour is :math:`L = s + i\psi(s)` with the angle

.. math:: \psi(s) = -\frac1\alpha\arg\big(-\Phi'(e^s)\big),

which equals the angle of steepest descent, Im Phi = 0, at both ends and for alpha = 1. There is one scale, the s_0
with :math:`|\Phi| = 1`, and :math:`b = 2 e^{-s_0 - i\theta}` with theta = psi(s_0) unless e^(-b kappa) would grow.
With s = s_0 + t - e^(-t)/2 the integrand decays double exponentially to the left, and the trapezoidal rule in t
converges as exp(-2 pi d / h), d being the half-width of the strip where the integrand is analytic and small [1]_. What
limits d is the angle of the saddle, which `turning_weight` keeps above 0.9, and 0.67 at alpha = 2; the map makes it
0.6 and 0.45. The step gives exp(-2 pi d / h) = 1e-15 and 1e-11, in relation to an integrand of order 1; the second is
pessimistic, since the centre near alpha = 2 belongs to `stable.central` (2e-12 is the worst that is seen).

References
----------
.. [1] Trefethen and Weideman, SIAM Review 56 (2014), doi:10.1137/130932132.
.. [2] Ament and O'Neil, Statist. Comput. 28 (2018), doi:10.1007/s11222-017-9725-y.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import inline
from levysde.stable.coefficients import (
    ALPHA,
    EXCESS,
    LEAST_TURN,
    RATE,
    REAL,
    SADDLE,
    SHIFT,
    SINE,
    WEIGHT,
)
from levysde.stable.gamma import length

STEP = 0.11
LAST = 3.2  # the contour ends at least this far from s_0
FURTHEST = 12.0  # from s_0 to the end of the contour
WITHIN = 1.0  # of the angle of b
STRAIGHT_FROM = 3.0  # X beyond which, where B <= 0, the real axis itself is taken: its integrand is positive, and the
STRAIGHT = 1e100  # contour would turn far to the left, where the map is coarse; this `bend` makes psi vanish
NEGLIGIBLE = -38.0  # exponents below are lost in the last bit of the sum
SMALL = 1e-17  # terms below this part of the sum are lost
FAR_FROM_ONE = 0.2  # abs(alpha - 1) from which differences of powers can be taken as they stand
_T = STEP * np.arange(-60, 121)
_FIRST = 60  # the node at t = 0
_BACK = 0.5 * np.exp(-_T)
_S = _T - _BACK  # the nodes, from s_0
_SIZE = np.exp(_S)


@inline
def _exponent_slope(s, law):  # type: ignore[no-untyped-def]
    """Return (ell(s), |kappa|^(alpha - 1)) on the real axis of L."""
    if law[EXCESS] == 0.0:
        return law[RATE] * s, 1.0
    grown = math.expm1(law[EXCESS] * s)
    return grown / law[SINE], 1.0 + grown if grown > -0.5 else math.exp(law[EXCESS] * s)


@inline
def turning_weight(law):  # type: ignore[no-untyped-def]
    """Return the weight of the law whose contour is taken: a light tail would bend its own too sharply."""
    if law[REAL] <= 0.0:
        return law[WEIGHT]
    # for alpha close to 2 the end of the contour must stay inside the sector of decay
    turn = LEAST_TURN * min(1.0, 1.75 / (law[ALPHA] / 1.5 + law[EXCESS]))
    least = turn * law[RATE] if law[EXCESS] == 0.0 else math.tan(turn * law[EXCESS]) / law[SINE]
    return max(law[WEIGHT], law[REAL] * least)


@inline
def _scale(x, weight, law):  # type: ignore[no-untyped-def]
    """Return the s at which |Phi| is about 1."""
    s = -math.log(1.0 + abs(x))
    for _ in range(6):
        ell, power = _exponent_slope(s, law)
        s = 0.5 * (s - math.log(length(x - law[REAL] * ell, weight * power)))
    return s


@inline
def _angle(s, x, weight, law):  # type: ignore[no-untyped-def]
    """Return psi(s)."""
    ell, power = _exponent_slope(s, law)
    along = x - law[REAL] * (law[ALPHA] * ell + law[RATE])
    return math.atan2(law[ALPHA] * weight * power, along) / law[ALPHA]


@inline
def _node(s, size, x, bend, b_real, b_imag, weight, law, heavy_only):  # type: ignore[no-untyped-def]
    """Return (Re E, Im E, Re E kappa, Im E kappa, dpsi/ds, Re Phi, the larger exponent), E being the bracket.

    size = e^s.
    """
    alpha, excess = law[ALPHA], law[EXCESS]
    ell, power = _exponent_slope(s, law)
    along = bend - law[REAL] * (alpha * ell + law[RATE])
    across = alpha * weight * power
    square = along * along + across * across
    angle = math.atan2(across, along) / alpha
    turn = (excess * across * along + law[REAL] * alpha * law[RATE] * power * across) / (alpha * square)
    cosine, sine = math.cos(angle), math.sin(angle)
    k_real, k_imag = size * cosine, size * sine
    turned = power  # real part of kappa^(alpha - 1)
    if excess == 0.0:
        ell_imag = law[RATE] * angle
    elif abs(excess) > FAR_FROM_ONE:  # (alpha - 1) psi is alpha psi, whose sine and cosine are known, less psi
        unit = power / math.sqrt(square)
        turned = unit * (along * cosine + across * sine)
        ell += (turned - power) / law[SINE]
        ell_imag = unit * (across * cosine - along * sine) / law[SINE]
    else:
        half, other = math.sin(0.5 * excess * angle), math.cos(0.5 * excess * angle)
        turned -= 2.0 * power * half * half
        ell += (turned - power) / law[SINE]
        ell_imag = 2.0 * power * half * other / law[SINE]
    # heavy = i w kappa^(alpha - 1), light = -X + B ell
    heavy_real, heavy_imag = -law[WEIGHT] * ell_imag * law[SINE], law[WEIGHT] * turned
    light_real, light_imag = law[REAL] * ell - x, law[REAL] * ell_imag
    if heavy_only:
        base_real, base_imag, rest_real, rest_imag = light_real, light_imag, heavy_real, heavy_imag
    else:
        base_real, base_imag = -b_real, -b_imag
        rest_real, rest_imag = light_real + heavy_real + b_real, light_imag + heavy_imag + b_imag
    u = k_real * base_real - k_imag * base_imag
    v = k_real * base_imag + k_imag * base_real
    p = k_real * rest_real - k_imag * rest_imag
    q = k_real * rest_imag + k_imag * rest_real
    # e^(u+iv) (e^(p+iq) - 1), without cancellation when p and q are small
    half, other = math.sin(0.5 * q), math.cos(0.5 * q)  # sine and cosine of one number cost little more than one
    grown = math.expm1(p)
    m_real = grown - 2.0 * (1.0 + grown) * half * half
    m_imag = 2.0 * (1.0 + grown) * half * other
    fall = math.exp(u)
    c, d = fall * math.cos(v), fall * math.sin(v)
    e_real, e_imag = c * m_real - d * m_imag, c * m_imag + d * m_real
    return (
        e_real,
        e_imag,
        e_real * k_real - e_imag * k_imag,
        e_real * k_imag + e_imag * k_real,
        turn,
        u + p,
        max(u, u + p),
    )


@inline
def rotating_contour(x_standard, law, heavy_only):  # type: ignore[no-untyped-def]
    """Return (f, P(X > x), s0): the density is e^s0 f.

    With `heavy_only`, the contribution of the heavy tail alone: that of e^Phi minus e^Phi at w = 0.
    """
    x = x_standard - law[SHIFT]
    weight = turning_weight(law)
    # nearer to the centre the saddle, where the contour bends, would be too close to zero
    bend = max(x, law[SADDLE])
    start = _scale(bend, weight, law)
    if law[REAL] <= 0.0 and x > STRAIGHT_FROM and not heavy_only:
        bend = STRAIGHT
    end = start + LAST
    while end < start + FURTHEST and _node(end, math.exp(end), x, bend, 0.0, 0.0, weight, law, False)[5] > NEGLIGIBLE:
        end += 0.25
    last = _angle(end, bend, weight, law)
    angle = min(max(_angle(start, bend, weight, law), last - WITHIN), last + WITHIN)
    if not heavy_only:
        end = max(end, start + math.log(-0.7 * NEGLIGIBLE / math.cos(last - angle)))  # so that e^(-b kappa) decays too
    shrink = math.exp(-start)
    b_real, b_imag = 2.0 * shrink * math.cos(angle), -2.0 * shrink * math.sin(angle)
    known = 0.0 if heavy_only else angle / STEP  # the integral is relative to this
    scale = math.exp(start)
    density = 0.0
    survival = 0.0
    for direction in (1, -1):
        j = _FIRST if direction == 1 else _FIRST - 1
        while True:
            s = start + _S[j]
            er, ei, kr, ki, turn, _, height = _node(
                s, scale * _SIZE[j], x, bend, b_real, b_imag, weight, law, heavy_only
            )
            speed = 1.0 + _BACK[j]
            density += speed * (ki + turn * kr) * shrink
            survival += speed * (ei + turn * er)
            j += direction
            if direction == 1 and (s > end or height < NEGLIGIBLE):
                break
            if direction == -1 and not (abs(er) + abs(ei)) * speed >= SMALL * max(abs(survival), known):
                break
    density *= STEP
    survival *= STEP
    if not heavy_only:
        density += 0.5 * math.sin(angle)
        survival += angle
    return density / math.pi, survival / math.pi, start
