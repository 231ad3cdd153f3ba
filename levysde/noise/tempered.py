"""Exponentially tempered stable motion."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from levysde._validate import finite_number, positive
from levysde.noise.base import Increment, Law, Near
from levysde.noise.incomplete_gamma import upper_gamma
from levysde.noise.stable import levy_constant
from levysde.stable.tempered import tempered, tempered_table

if TYPE_CHECKING:
    from levysde.domains import Domain

SMALL = 0.25  # of |k| / tempering: below, the odd part of the exponent is summed as a power series


@dataclass(frozen=True)
class TemperedStable(Law):
    r"""Stable motion whose jumps are tempered exponentially; its components are independent, jumps go along the axes.

    The Lévy density is that of `AlphaStable(alpha, beta)` times :math:`e^{-\lambda|y|}`, lambda = `tempering`:
    :math:`c_\alpha(1+\beta)e^{-\lambda y}y^{-1-\alpha}` for y > 0,
    :math:`c_\alpha(1-\beta)e^{-\lambda|y|}|y|^{-1-\alpha}` for y < 0. All moments exist. The process looks stable over
    distances well below 1/lambda, and Brownian over long times: its variance per unit time is
    :math:`2c_\alpha\Gamma(2-\alpha)\lambda^{\alpha-2}`.

    For alpha < 1 it is the sum of its jumps, not compensated: its mean is
    :math:`2\beta c_\alpha\Gamma(1-\alpha)\lambda^{\alpha-1}t`. For alpha >= 1 the jumps are compensated: its mean is 0.
    In both cases it tends to `AlphaStable(alpha, beta)` (in S1) for lambda -> 0, except at alpha = 1 with beta != 0,
    where the drift that is left grows like log(lambda). In closed form :math:`Ee^{ikX_t} = e^{-t\psi(k)}`,

    .. math::
        \psi(k) = -c_\alpha\sum_\pm(1\pm\beta)\,g(\pm k),\qquad
        g(k) = \begin{cases}
        \Gamma(-\alpha)\left((\lambda-ik)^\alpha - \lambda^\alpha\right) & \alpha < 1\\
        (\lambda-ik)\log(1-ik/\lambda) + ik & \alpha = 1\\
        \Gamma(-\alpha)\left((\lambda-ik)^\alpha - \lambda^\alpha + ik\alpha\lambda^{\alpha-1}\right) & \alpha > 1.
        \end{cases}

    Parameters
    ----------
    alpha : index of the small jumps, in (0, 2)
    tempering : lambda > 0, one over the length beyond which jumps are cut off
    beta : skewness in [-1, 1]

    Raises
    ------
    ValueError, TypeError
        For parameters outside their range; and in a simulation if an increment over dt would cost more than 10^4
        stable draws.

    Notes
    -----
    Increments are stable draws kept with an exponential probability (`levysde.stable.tempered`): exact for alpha < 1;
    for alpha >= 1 the law of each component's increment is within 1e-12 of the true one in total variation. A variate
    costs 0.2 to 0.6 microseconds where lambda^alpha dt is small, and in proportion to lambda^alpha dt where it is not.

    References
    ----------
    .. [1] Koponen, Phys. Rev. E 52 (1995) 1197, doi:10.1103/PhysRevE.52.1197.
    .. [2] Rosiński, Stoch. Proc. Appl. 117 (2007) 677, doi:10.1016/j.spa.2006.10.003.
    .. [3] Baeumer and Meerschaert, J. Comput. Appl. Math. 233 (2010) 2438, doi:10.1016/j.cam.2009.10.027.
    .. [4] Kawai and Masuda, J. Comput. Appl. Math. 235 (2011) 2873, doi:10.1016/j.cam.2010.12.014.

    Examples
    --------
    >>> import levysde as ls
    >>> noise = ls.TemperedStable(1.5, 2.0)
    >>> noise.jump_rate(0.0, ls.Interval(-1, 1)) < ls.AlphaStable(1.5).jump_rate(0.0, ls.Interval(-1, 1))
    True
    """

    alpha: float
    tempering: float
    beta: float = 0.0

    def __post_init__(self) -> None:
        advice = "for Gaussian noise use Brownian()"
        alpha = finite_number(self.alpha, "alpha", low=0, high=2, open_low=True, open_high=True, advice=advice)
        object.__setattr__(self, "alpha", alpha)
        if self.tempering == 0:
            raise ValueError("tempering=0 is no tempering; use AlphaStable(alpha, beta)")
        object.__setattr__(self, "tempering", positive(self.tempering, "tempering"))
        object.__setattr__(self, "beta", finite_number(self.beta, "beta", low=-1, high=1))

    def __repr__(self) -> str:
        skew = "" if self.beta == 0 else f", {self.beta:g}"
        return f"TemperedStable({self.alpha:g}, {self.tempering:g}{skew})"

    jumps = True
    gaussian_rate = 0.0

    @property
    def near(self) -> Near:
        """The stable motion with the same small jumps."""
        return Near(self.alpha, 1.0, self.beta == 0)

    def exponent(self, k: np.ndarray) -> np.ndarray:
        """Return the sum of the components' exponents."""
        alpha, ratio = self.alpha, k / self.tempering
        factor = -2 * levy_constant(alpha) * self.tempering**alpha * math.gamma(2 - alpha) / alpha
        real = factor * _even(alpha, ratio)
        if self.beta == 0:
            return np.asarray(real.sum(axis=-1))
        return np.asarray((real + 1j * (self.beta * factor * _odd(alpha, ratio))).sum(axis=-1))

    def exit_measure(self, point: np.ndarray, domain: Domain, amplitude: float) -> float:
        """Return the sum over the axes of the Lévy measure of the jumps that land outside, to 1e-13 of each tail."""
        total = 0.0
        for axis in np.eye(domain.dim):
            for low, high in domain.outside(point, amplitude * axis):
                sign, near, far = (1.0, low, high) if low >= 0 else (-1.0, -high, -low)
                total += (1 + sign * self.beta) * (self._tail(near) - self._tail(far))
        return float(levy_constant(self.alpha) * self.tempering**self.alpha * total)

    def _tail(self, distance: float) -> float:
        if distance == 0:
            return math.inf
        return 0.0 if math.isinf(distance) else upper_gamma(self.alpha, self.tempering * distance)

    def increment(self, dt: float, dim: int, amplitude: float) -> Increment:
        """Return independent tempered increments; only the table knows alpha, tempering, beta and dt."""
        return Increment(tempered, tempered_table(self.alpha, self.tempering, self.beta, dt), amplitude)


def _even(alpha: float, k: np.ndarray) -> np.ndarray:
    """Return Re((1 - ik)^alpha - 1) / (alpha - 1), at alpha = 1 its limit, without cancellation.

    (1 - ik)^alpha = (1 - ik)(1 + E), E = expm1((alpha - 1) log(1 - ik)).
    """
    size, angle = 0.5 * np.log1p(k * k), np.arctan(k)
    if alpha == 1:
        return np.asarray(size - k * angle)
    power = np.expm1((alpha - 1) * (size - 1j * angle))
    return np.asarray((power.real + k * power.imag) / (alpha - 1))


def _odd(alpha: float, k: np.ndarray) -> np.ndarray:
    """Return Im((1 - ik)^alpha) / (alpha - 1), for alpha >= 1 with its linear term taken off (and the limit at 1)."""
    size, angle = 0.5 * np.log1p(k * k), np.arctan(k)
    if alpha < 1:
        return np.asarray(-np.exp(alpha * size) * np.sin(alpha * angle) / (alpha - 1))
    near = np.where(np.abs(k) < SMALL, k, 0.0)
    term = alpha * (2 - alpha) / 6 * near**3  # of the binomial series: +-binomial(alpha, n) k^n / (alpha - 1)
    series = np.zeros_like(k)
    for n in range(3, 31, 2):
        series -= term
        term = -term * near * near * (alpha - n) * (alpha - n - 1) / ((n + 1) * (n + 2))
    if alpha == 1:
        closed = k - k * size - angle
    else:
        power = np.expm1((alpha - 1) * (size - 1j * angle))
        closed = (power.imag - k * power.real) / (alpha - 1) + k
    return np.where(np.abs(k) < SMALL, series, closed)
