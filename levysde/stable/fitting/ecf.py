r"""Fitting by the empirical characteristic function.

With the data standardised by a first estimate, two straight lines are fitted to :math:`\hat\varphi(t)`, t = 0.1, 0.2,
..., 1 [1]_ [2]_:

.. math::
    \log(-\log|\hat\varphi(t)|) = \alpha\log\sigma + \alpha\log t, \qquad
    \arg\hat\varphi(t) = \mu t - \beta\tan\tfrac{\pi\alpha}2\,(\sigma t - (\sigma t)^\alpha) \quad (S0).

The errors are asymptotic: the covariance of :math:`\hat\varphi` at the ten frequencies, which is known in closed form
for every law, carried through the two regressions.

References
----------
.. [1] Koutrouvelis, JASA 75 (1980), doi:10.1080/01621459.1980.10477573.
.. [2] Kogon and Williams, in: A Practical Guide to Heavy Tails, Birkhäuser 1998, pp. 311-335.
"""

from __future__ import annotations

import math

import numpy as np

from levysde.stable.fitting.law import Law, lean, log_characteristic

FREQUENCIES = np.arange(1, 11) / 10
CHUNK = 100_000  # values whose cosines are held at a time


def fit_ecf(x: np.ndarray, start: Law, beta: float | None) -> tuple[Law, np.ndarray]:
    """Return the fitted law and the covariance of (alpha, beta, scale, loc), S0; zeros where beta is given."""
    z = (x - start.loc) / start.scale
    standard = _regress(_empirical(z), beta)
    covariance = _covariance(standard, beta) / len(x)
    scaling = np.array([1.0, 1.0, start.scale, start.scale])
    return standard.moved(start), covariance * np.outer(scaling, scaling)


def _empirical(z: np.ndarray) -> np.ndarray:
    """Return the real parts of the characteristic function at all frequencies, then the imaginary parts."""
    total = np.zeros(2 * len(FREQUENCIES))
    for begin in range(0, len(z), CHUNK):
        angle = np.multiply.outer(FREQUENCIES, z[begin : begin + CHUNK])
        total += np.concatenate([np.cos(angle).sum(axis=1), np.sin(angle).sum(axis=1)])
    return total / len(z)


def _regress(parts: np.ndarray, beta: float | None) -> Law:
    phi = parts[: len(FREQUENCIES)] + 1j * parts[len(FREQUENCIES) :]
    size = np.minimum(np.abs(phi), 1 - 1e-12)
    alpha, height = np.polyfit(np.log(FREQUENCIES), np.log(-np.log(size)), 1)
    alpha = float(min(max(alpha, 1e-2), 2.0))
    scale = math.exp(height / alpha)
    angle = np.unwrap(np.angle(phi))
    slope = -lean(scale * FREQUENCIES, alpha)
    if beta is not None or alpha == 2:
        skew = 0.0 if beta is None else beta
        loc = float(FREQUENCIES @ (angle - skew * slope) / (FREQUENCIES @ FREQUENCIES))
        return Law(alpha, skew, scale, loc)
    (loc, skew), *_ = np.linalg.lstsq(np.column_stack([FREQUENCIES, slope]), angle, rcond=None)
    if abs(skew) > 1:
        return _regress(parts, math.copysign(1.0, skew))._replace(alpha=alpha, scale=scale)
    return Law(alpha, float(skew), scale, float(loc))


def _covariance(law: Law, beta: float | None) -> np.ndarray:
    """Return n times the covariance by the delta method at the fitted law; NaN for what is on the edge of its range."""

    def phi(t: np.ndarray) -> np.ndarray:
        values = np.ones(t.shape, complex)
        seen = t != 0
        values[seen] = np.exp(log_characteristic(np.abs(t[seen]), law))
        return np.where(t < 0, values.conj(), values)

    s, t = FREQUENCIES[:, None], FREQUENCIES[None, :]
    plus, minus, single = phi(s + t), phi(s - t), phi(FREQUENCIES)
    cosines = (plus.real + minus.real) / 2 - np.outer(single.real, single.real)
    sines = (minus.real - plus.real) / 2 - np.outer(single.imag, single.imag)
    mixed = (plus.imag - minus.imag) / 2 - np.outer(single.real, single.imag)
    spread = np.block([[cosines, mixed], [mixed.T, sines]])
    parts = np.concatenate([single.real, single.imag])
    step = 1e-6
    columns = []
    for i in range(len(parts)):
        nudge = np.zeros(len(parts))
        nudge[i] = step
        up, down = np.array(_regress(parts + nudge, beta)), np.array(_regress(parts - nudge, beta))
        columns.append((up - down) / (2 * step))
    jacobian = np.column_stack(columns)
    covariance = np.asarray(jacobian @ spread @ jacobian.T)
    for i, at_edge in enumerate((law.alpha == 2, beta is None and (law.alpha == 2 or abs(law.beta) == 1))):
        if at_edge:
            covariance[i, :] = covariance[:, i] = math.nan
    return covariance
