r"""Density and survival function of the symmetric stable law, for the sampler's tables.

With :math:`E e^{ikX} = e^{-|k|^\alpha}` and x > 0,

.. math::
    f(x) = \frac1\pi\,\mathrm{Re}\int_0^\infty e^{ikx}\,(e^{-k^\alpha}-1)\,dk, \qquad
    P(X > x) = -\frac1\pi\,\mathrm{Im}\int_0^\infty e^{ikx}\,(e^{-k^\alpha}-1)\,\frac{dk}{k}.

The "-1" changes neither value but removes the cancellation in the tail. Both integrals are taken along the ray
arg k = pi/4 (pi/(4 alpha) for alpha > 1), on which the integrand does not oscillate, by the trapezoidal rule in
log k, which converges exponentially because the integrand is analytic in a strip [1]_. There is no special case at
alpha = 1. Far out, where the integrals would need ever smaller k, the tail series takes over:

.. math:: P(X > x) = \frac1\pi\sum_{k\ge1} (-1)^{k+1}\frac{\Gamma(k\alpha)}{k!}\sin(k\pi\alpha/2)\,x^{-k\alpha}.

References
----------
.. [1] Trefethen and Weideman, SIAM Review 56 (2014), doi:10.1137/130932132.
.. [2] Nolan, Univariate Stable Distributions, Springer 2020, doi:10.1007/978-3-030-52915-4 (the tail series).
"""

from __future__ import annotations

import math

import numpy as np

TERMS = 40  # of the tail series


def far(alpha: float) -> float:
    """Return the value of x**alpha beyond which the tail series is used."""
    return 30.0 if alpha <= 1 else 1e3


def mode_density(alpha: float) -> float:
    """Return f(0) = Gamma(1 + 1/alpha) / pi."""
    return math.gamma(1 + 1 / alpha) / math.pi


def density_and_survival(x: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (f(x), P(X > x)) for x >= 1e-9, 0.2 <= alpha <= 2.

    The relative error is below 1e-10 wherever alpha <= 1.98, and below 1e-8 up to 2; the survival function is NaN
    for x < 1, where no table needs it.
    """
    if alpha == 2:
        return _normal(x)
    distant = x**alpha > far(alpha)
    density = np.empty_like(x)
    survival = np.empty_like(x)
    density[distant], survival[distant] = _series(x[distant], alpha)
    density[~distant], survival[~distant] = _integral(x[~distant], alpha)
    return density, survival


def _normal(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both for N(0, 2)."""
    density = np.exp(-x * x / 4) / math.sqrt(4 * math.pi)
    survival = np.array([0.5 * math.erfc(value / 2) for value in x])
    return density, survival


def _series(x: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Tail series, cut at its smallest term (it converges for alpha < 1 and is asymptotic above)."""
    k = np.arange(1, TERMS + 1)
    log_size = np.array([math.lgamma(n * alpha) - math.lgamma(n + 1) for n in k])
    terms = np.exp(log_size - k * alpha * np.log(x)[:, None])
    terms[k - 1 > np.argmin(terms, axis=1)[:, None]] = 0.0
    terms *= np.where(k % 2 == 1, 1.0, -1.0) * np.sin(k * np.pi * alpha / 2) / np.pi
    return (terms * (k * alpha)).sum(axis=1) / x, terms.sum(axis=1)


def _integral(x: np.ndarray, alpha: float, chunk: int = 64) -> tuple[np.ndarray, np.ndarray]:
    angle = np.pi / (4 * max(alpha, 1.0))
    step = 0.17 * angle  # error of the trapezoidal rule about exp(-2 pi angle / step), below 1e-15
    lowest = -(40 / min(alpha, 1.0)) - math.log(far(alpha)) / alpha
    highest = max(math.log(45 / math.cos(alpha * angle)) / alpha, math.log(45 / math.sin(angle)))
    k = np.exp(np.arange(lowest, highest + step, step) + 1j * angle)
    k_power = k**alpha
    decayed = np.exp(-k_power) * k * (step / np.pi)
    reduced = np.expm1(-k_power) * (step / np.pi)
    weights = np.stack([decayed, reduced * k, reduced])
    density = np.empty_like(x)
    survival = np.empty_like(x)
    for start in range(0, len(x), chunk):
        part = slice(start, start + chunk)
        # not `@`: its last bit depends on the number of BLAS threads, and so would every variate
        values = np.einsum("ij,jk->ik", weights, np.exp(1j * k[:, None] * x[part]))
        density[part] = np.where(x[part] < 1, values[0].real, values[1].real)
        survival[part] = np.where(x[part] < 1, np.nan, -values[2].imag)
    return density, survival
