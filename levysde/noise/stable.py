"""Alpha-stable motion with independent components."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from levysde.noise.base import Cut, Increment, Law, Near
from levysde.stable.coefficients import standard_shift
from levysde.stable.sampling import check_index, sampler_and_table

if TYPE_CHECKING:
    from levysde.domains import Domain


def levy_constant(alpha: float) -> float:
    """Return c_alpha = Gamma(1 + alpha) sin(pi alpha / 2) / pi; 0 at alpha = 2.

    The Lévy density of symmetric stable motion with E exp(ikL_t) = exp(-t |k|^alpha) is c_alpha |y|^(-1-alpha), and
    P(L_1 > x) ~ (c_alpha / alpha) x^(-alpha). Papers in the convention of Imkeller and Pavlyukevich use the density
    |y|^(-1-alpha): their rates times c_alpha are ours.
    """
    return 0.0 if alpha == 2 else math.gamma(1 + alpha) * math.sin(math.pi * alpha / 2) / math.pi


@dataclass(frozen=True)
class AlphaStable(Law):
    r"""Alpha-stable motion; in several dimensions the components are independent, so that jumps go along the axes.

    .. math::
        E e^{ikL_t} = \exp\left(-t|k|^\alpha\left(1 - i\beta\,\mathrm{sgn}(k)\tan\tfrac{\pi\alpha}2\right)\right),
        \quad \alpha\ne1;\qquad
        \exp\left(-t|k|\left(1 + i\beta\tfrac2\pi\mathrm{sgn}(k)\log|k|\right)\right),\quad \alpha = 1.

    The Lévy density is c_alpha (1 + beta) y^(-1-alpha) for y > 0 and c_alpha (1 - beta) |y|^(-1-alpha) for y < 0, with
    c_alpha = Gamma(1+alpha) sin(pi alpha/2) / pi (`levysde.noise.stable.levy_constant`). `AlphaStable(2)` is sqrt(2)
    times Brownian motion.

    Parameters
    ----------
    alpha : stability index in (0, 2]
    beta : skewness in [-1, 1]. Noise with alpha >= 0.2 is drawn by a ziggurat for less than the price of a normal
        variate, the rest by the exact Chambers-Mallows-Stuck formula, about twenty times slower
        (`levysde.stable.rvs`).

    Raises
    ------
    ValueError
        If alpha or beta is outside its range.

    References
    ----------
    .. [1] Samorodnitsky and Taqqu, Stable Non-Gaussian Random Processes, 1994.
    .. [2] Imkeller and Pavlyukevich, Stoch. Proc. Appl. 116 (2006), doi:10.1016/j.spa.2005.11.006.
    """

    alpha: float
    beta: float = 0.0

    def __post_init__(self) -> None:
        alpha, beta = check_index(self.alpha, self.beta)
        object.__setattr__(self, "alpha", alpha)
        object.__setattr__(self, "beta", beta)

    def __repr__(self) -> str:
        return f"AlphaStable({self.alpha:g})" if self.beta == 0 else f"AlphaStable({self.alpha:g}, {self.beta:g})"

    @property
    def jumps(self) -> bool:
        """True unless alpha = 2."""
        return self.alpha < 2

    @property
    def gaussian_rate(self) -> float:
        """2 at alpha = 2, otherwise 0."""
        return 2.0 if self.alpha == 2 else 0.0

    @property
    def near(self) -> Near:
        """Itself."""
        return Near(self.alpha, 1.0, self.beta == 0)

    def exponent(self, k: np.ndarray) -> np.ndarray:
        """Return the sum of the components' exponents."""
        size = np.abs(k) ** self.alpha
        if self.beta == 0 or self.alpha == 2:
            return np.asarray(size.sum(axis=-1))
        if self.alpha == 1:
            logarithm = np.log(np.where(k == 0, 1.0, np.abs(k)))
            return np.asarray((size * (1 + 1j * self.beta * (2 / math.pi) * np.sign(k) * logarithm)).sum(axis=-1))
        skew = self.beta * math.tan(math.pi * self.alpha / 2)
        return np.asarray((size * (1 - 1j * np.sign(k) * skew)).sum(axis=-1))

    def exit_measure(self, point: np.ndarray, domain: Domain, amplitude: float) -> float:
        """Return the sum over the axes of the Lévy measure of the jumps that land outside."""
        total = 0.0
        for axis in np.eye(domain.dim):
            for low, high in domain.outside(point, axis):
                total += self._measure(low / amplitude, high / amplitude)
        return total

    def _measure(self, one_end: float, other_end: float) -> float:
        """Return the Lévy measure of an interval that does not contain 0."""
        low, high = min(one_end, other_end), max(one_end, other_end)
        sign, near, far = (1.0, low, high) if low >= 0 else (-1.0, -high, -low)
        if near == 0:
            return math.inf
        tail = float(near**-self.alpha - (0.0 if math.isinf(far) else far**-self.alpha))
        return levy_constant(self.alpha) / self.alpha * (1 + sign * self.beta) * tail

    def cut(self, threshold: float, dim: int, amplitude: float) -> Cut | None:
        """Return it for beta = 0: jumps on each axis with the tail (c_alpha/alpha) r^-alpha to either side."""
        if self.alpha == 2:
            return Cut(0.0, 2 * amplitude * amplitude, 2.0, False)
        if self.beta != 0:
            return None
        size = 2 * levy_constant(self.alpha) * abs(amplitude) ** self.alpha
        rate = size / self.alpha * threshold**-self.alpha
        return Cut(dim * rate, size * threshold ** (2 - self.alpha) / (2 - self.alpha), self.alpha, False)

    def increment(self, dt: float, dim: int, amplitude: float) -> Increment:
        """Return dt^(1/alpha) times a standard variate; at alpha = 1, beta shifts it by (2/pi) beta dt ln dt."""
        at_one = 2 / math.pi * self.beta * math.log(dt)
        shift = at_one if self.alpha == 1 else standard_shift(self.alpha, self.beta)
        sampler, table = sampler_and_table(self.alpha, self.beta, shift)
        return Increment(sampler, table, amplitude * dt ** (1 / self.alpha))
