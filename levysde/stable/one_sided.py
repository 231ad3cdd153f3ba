r"""The contour for small alpha, in S1, where the law is seen from the end of the one-sided laws' support.

With x_1 = x - zeta > 0, :math:`\kappa = \tilde\kappa/x_1` and :math:`z = C x_1^{-\alpha}`,

.. math::
    P(X > x) = \frac1\pi\,\mathrm{Im}\int e^{-\tilde\kappa}\,(e^{-z\tilde\kappa^\alpha} - 1)\,dL, \qquad
    f(x) = \frac1{\pi x_1}\,\mathrm{Im}\int e^{-\tilde\kappa}\,(e^{-z\tilde\kappa^\alpha} - 1)\,\tilde\kappa\,dL .

For |z| < `DIRECT_FROM` on the real axis, where nothing cancels: the integrand is as small as the result. Otherwise on
the contour of `stable.contour`, with e^(-b kappa), |b| = 1, in place of e^(-kappa) for the probability, and e^Phi alone
for the density. The factor :math:`e^{-z\kappa^\alpha}` varies on the scale 1/alpha of L, the other one on the scale 1,
and the double-exponential map s = t - e^(-t)/2 is coarse far to the left; hence the step falls as 1/log|z|.

For x_1 < 0, where one side is nearly absent, the heavy part alone (see `stable.density`) is the integral of
:math:`e^{\tilde\kappa - \mathrm{Re}(z)\tilde\kappa^\alpha}(e^{-i\,\mathrm{Im}(z)\tilde\kappa^\alpha} - 1)`.
"""

from __future__ import annotations

import math

from levysde._jit import inline
from levysde.stable.coefficients import ALPHA, LEAST_TURN, REAL, SINE, WEIGHT
from levysde.stable.gamma import length

STEP = 0.12
FINER = 0.3  # the step times log|z| stays below
NEGLIGIBLE = -38.0
DIRECT_FROM = 0.3  # |z| from which e^Phi itself is summed for f; below, the contour is the real axis
LAST = 3.7
SMALL = 1e-17


@inline
def _node(s, side, real, imag, path_real, path_imag, alpha, power_of_angle, b_real, b_imag, direct):  # type: ignore[no-untyped-def]
    """Return the brackets of the two integrals, dpsi/ds and an exponent; side is the sign of x_1, z = real - i imag."""
    growth = math.exp((1.0 - alpha) * s)
    along = side * growth + alpha * path_real
    across = alpha * path_imag
    whole = math.atan2(across, along)
    angle = whole * power_of_angle
    square = along * along + across * across
    turn = -power_of_angle * across * side * (1.0 - alpha) * growth / square if across > 0.0 else 0.0
    power = math.exp(alpha * s)
    size = power * growth
    k_real, k_imag = size * math.cos(angle), size * math.sin(angle)
    if direct:  # alpha psi is the whole angle, whose sine and cosine are known
        unit = power / math.sqrt(square)
        c, d = unit * along, unit * across
    else:
        c, d = power * math.cos(alpha * angle), power * math.sin(alpha * angle)
    if side < 0.0:
        u, v = k_real - real * c, k_imag - real * d
        p, q = -imag * d, imag * c
    elif direct:
        u, v = -k_real - (real * c + imag * d), -k_imag + imag * c - real * d
        p, q = b_real * k_real - b_imag * k_imag, b_real * k_imag + b_imag * k_real
        rise, fall = math.exp(u), math.exp(-p)
        e_real, e_imag = rise * math.cos(v), rise * math.sin(v)
        f_real, f_imag = e_real * k_real - e_imag * k_imag, e_real * k_imag + e_imag * k_real
        return e_real - fall * math.cos(q), e_imag + fall * math.sin(q), f_real, f_imag, turn, max(u, -p)
    else:
        u, v = b_imag * k_imag - b_real * k_real, -b_real * k_imag - b_imag * k_real
        p = (b_real - 1.0) * k_real - b_imag * k_imag - (real * c + imag * d)
        q = (b_real - 1.0) * k_imag + b_imag * k_real + imag * c - real * d
    half = math.sin(0.5 * q)
    grown = math.expm1(p)
    m_real = grown - 2.0 * (1.0 + grown) * half * half
    m_imag = (1.0 + grown) * math.sin(q)
    fall = math.exp(u)
    c, d = fall * math.cos(v), fall * math.sin(v)
    e_real, e_imag = c * m_real - d * m_imag, c * m_imag + d * m_real
    f_real, f_imag = e_real * k_real - e_imag * k_imag, e_real * k_imag + e_imag * k_real
    return e_real, e_imag, f_real, f_imag, turn, max(u, u + p)


@inline
def one_sided_contour(x_1, law):  # type: ignore[no-untyped-def]
    """Return (|x_1| f, P(X > x)); for x_1 < 0 the heavy part of both."""
    alpha = law[ALPHA]
    side = 1.0 if x_1 > 0.0 else -1.0
    scale = abs(x_1) ** -alpha
    real, imag = -law[REAL] / law[SINE] * scale, law[WEIGHT] * scale
    path_real, path_imag, power_of_angle = real, imag, 1.0 / alpha
    if side < 0.0:
        path_imag = max(imag, real * math.tan(LEAST_TURN * (1.0 - alpha)))
        power_of_angle = 1.0
    direct = side > 0.0 and length(real, imag) > DIRECT_FROM
    angle = 0.0
    if side > 0.0 and not direct:
        path_real = path_imag = 0.0
    elif side > 0.0:
        angle = math.atan2(alpha * imag, 1.0 + alpha * real) + math.atan2(
            alpha * imag, math.exp((1.0 - alpha) * LAST) + alpha * real
        )
        angle *= 0.5 / alpha
    b_real, b_imag = math.cos(angle), -math.sin(angle)
    step = min(STEP, FINER / max(1.0, math.log(length(real, imag))))
    known = angle / step  # the integral is relative to this
    density = 0.0
    survival = 0.0
    for direction in (1, -1):
        j = 0 if direction == 1 else -1
        while True:
            t = step * j
            back = 0.5 * math.exp(-t)
            er, ei, kr, ki, turn, height = _node(
                t - back, side, real, imag, path_real, path_imag, alpha, power_of_angle, b_real, b_imag, direct
            )
            speed = 1.0 + back
            survival += speed * (ei + turn * er)
            density += speed * (ki + turn * kr)
            j += direction
            if direction == 1 and not height >= NEGLIGIBLE:
                break
            if direction == -1 and not (abs(er) + abs(ei)) * speed >= SMALL * max(abs(survival), known):
                break
    density *= step
    survival = survival * step + angle
    if not direct:
        density -= b_imag
    return density / math.pi, survival / math.pi
