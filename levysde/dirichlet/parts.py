"""One kind of jumps: its Lévy density, and how often it leads beyond a point."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.noise import AlphaStable, IsotropicStable, TemperedStable
from levysde.noise.base import Law
from levysde.noise.incomplete_gamma import upper_gamma
from levysde.noise.stable import levy_constant

Array = NDArray[np.float64]


class JumpPart(NamedTuple):
    r"""Jumps of the density :math:`c\,c_\alpha(1\pm\beta)e^{-\lambda|y|}|y|^{-1-\alpha}`, + for y > 0.

    For alpha < 1 not compensated, for alpha > 1 and for tempered ones compensated to the mean zero; the drift that is
    left at alpha = 1 is `shift`.
    """

    alpha: float
    tempering: float  # lambda, 0 where there is none
    factor: float  # c = sigma^alpha
    beta: float  # sign and amplitude included

    @property
    def variance(self) -> float:
        """Variance per unit time, infinite without tempering."""
        if self.tempering == 0.0:
            return math.inf
        share = 2 * levy_constant(self.alpha) * math.gamma(2 - self.alpha)
        return share * self.factor * math.pow(self.tempering, self.alpha - 2)

    def density(self, jump: Array) -> Array:
        """Return the Lévy density at jumps other than 0."""
        size = np.abs(jump)
        found: Array = levy_constant(self.alpha) * self.factor * size ** (-1.0 - self.alpha)
        return found * (1 + np.sign(jump) * self.beta) * np.exp(-self.tempering * size)

    def tail(self, gap: Array, side: float) -> Array:
        """Return the rate of jumps longer than `gap` > 0 to a side, 1 or -1."""
        c = levy_constant(self.alpha) * self.factor * (1 + side * self.beta)
        if self.tempering == 0.0:
            return np.asarray(c / self.alpha * gap**-self.alpha)
        gamma = np.vectorize(upper_gamma, otypes=[float])(self.alpha, self.tempering * gap)
        return np.asarray(c * self.tempering**self.alpha * gamma)


def jumps(amplitude: float, law: Law) -> JumpPart | None:
    """Return the jumps of one term of a noise; None if it is not of this kind."""
    if not isinstance(law, AlphaStable | IsotropicStable | TemperedStable):
        return None
    beta = math.copysign(1.0, amplitude) * getattr(law, "beta", 0.0)
    tempering = getattr(law, "tempering", 0.0) / abs(amplitude)
    return JumpPart(law.alpha, tempering, abs(amplitude) ** law.alpha, beta)


def shift(part: JumpPart) -> float:
    """Return the drift of S1 at alpha = 1, where a skewed motion is not stable but for one: it depends on the scale.

    It is what remains when the kernel of the form is sgn(z) log|z|, from the Fourier transform of that.
    """
    if part.alpha != 1.0 or part.tempering > 0.0 or part.beta == 0.0:
        return 0.0
    return 2 / math.pi * part.beta * part.factor * (float(np.euler_gamma) - math.log(part.factor))


def merged(parts: list[JumpPart]) -> tuple[JumpPart, ...]:
    """Add up parts that differ in strength and skewness only; alpha increasing."""
    found: dict[tuple[float, float], JumpPart] = {}
    for part in parts:
        before = found.get(part[:2], part._replace(factor=0.0))
        factor = before.factor + part.factor
        # As a step from one to the other, so that parts that are all skewed alike stay so to the last digit.
        beta = before.beta + (part.beta - before.beta) * part.factor / factor
        found[part[:2]] = part._replace(factor=factor, beta=beta)
    return tuple(found[key] for key in sorted(found))
