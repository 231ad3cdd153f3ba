"""Rotation-invariant alpha-stable motion."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from levysde.noise.base import Cut, Increment, Law, Near
from levysde.noise.stable import AlphaStable
from levysde.stable.isotropic import isotropic, isotropic_table
from levysde.stable.sampling import check_index

if TYPE_CHECKING:
    from levysde.domains import Domain

DIRECTIONS = 2**14


@dataclass(frozen=True)
class IsotropicStable(Law):
    r"""Stable motion whose law is invariant under rotations: E exp(ik.L_t) = exp(-t |k|^alpha), |k| Euclidean.

    Its Lévy measure is :math:`c_{d,\alpha}|y|^{-d-\alpha}dy` with
    :math:`c_{d,\alpha} = \alpha 2^{\alpha-1}\Gamma(\frac{d+\alpha}2) / (\pi^{d/2}\Gamma(1-\frac\alpha2))`.
    Its components are dependent: it is a different process from `AlphaStable`, except in one dimension.

    Parameters
    ----------
    alpha : stability index in (0, 2]

    Raises
    ------
    ValueError
        If alpha is outside its range.

    References
    ----------
    .. [1] Samorodnitsky and Taqqu, Stable Non-Gaussian Random Processes, 1994, section 2.5.
    """

    alpha: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", check_index(self.alpha)[0])

    def __repr__(self) -> str:
        return f"IsotropicStable({self.alpha:g})"

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
        return Near(self.alpha, 1.0, True)

    def exponent(self, k: np.ndarray) -> np.ndarray:
        """Return |k|^alpha."""
        return np.asarray(np.sqrt(np.sum(k * k, axis=-1)) ** self.alpha)

    def exit_measure(self, point: np.ndarray, domain: Domain, amplitude: float) -> float:
        """Integrate the tail of the radial measure over all directions.

        Exact in one dimension, by adaptive quadrature in two, and over 2^14 quasi-random directions beyond (relative
        error about 1e-3 unless the domain is a ball around the point).
        """
        if domain.dim == 1:
            return AlphaStable(self.alpha).exit_measure(point, domain, amplitude)
        return float(abs(amplitude) ** self.alpha * radial_measure(self.alpha, point, domain, np.eye(domain.dim)))

    def cut(self, threshold: float, dim: int, amplitude: float) -> Cut | None:
        """Return it: the measure of |y| > r is that of the sphere times c_{d,alpha} r^-alpha / alpha."""
        if self.alpha == 2 or dim == 1:
            return AlphaStable(self.alpha).cut(threshold, dim, amplitude)
        sphere = 2 * math.pi ** (dim / 2) / math.gamma(dim / 2)
        size = sphere * _density_constant(self.alpha, dim) * abs(amplitude) ** self.alpha
        rate = size / self.alpha * threshold**-self.alpha
        return Cut(rate, size * threshold ** (2 - self.alpha) / (2 - self.alpha) / dim, self.alpha, True)

    def increment(self, dt: float, dim: int, amplitude: float) -> Increment:
        """Return dt^(1/alpha) times a standard isotropic vector."""
        if dim == 1:
            return AlphaStable(self.alpha).increment(dt, dim, amplitude)
        return Increment(isotropic, isotropic_table(self.alpha), amplitude * dt ** (1 / self.alpha))


def radial_measure(alpha: float, point: np.ndarray, domain: Domain, factor: np.ndarray) -> float:
    """Return the measure of {y : point + factor y not in domain} under the isotropic Lévy measure of index alpha."""
    dim = domain.dim

    def both_ways(direction: np.ndarray) -> float:
        """Return the sum of near^-alpha - far^-alpha over the outside parts of a line through the point."""
        total = 0.0
        for low, high in domain.outside(point, factor @ direction):
            near, far = min(abs(low), abs(high)), max(abs(low), abs(high))
            total += (math.inf if near == 0 else near**-alpha) - far**-alpha
        return total

    if dim == 1:
        integral = both_ways(np.ones(1))
    elif dim == 2:
        from scipy.integrate import quad

        def along(angle: float) -> float:
            return both_ways(np.array([math.cos(angle), math.sin(angle)]))

        # kinks at the corners of a domain stop it at 1e-8 now and then; with full_output it does not warn
        integral = quad(along, 0, math.pi, limit=500, epsabs=0, epsrel=1e-9, full_output=1)[0]
    else:
        from scipy.special import gamma, ndtri
        from scipy.stats import qmc

        normal = ndtri(qmc.Sobol(dim, rng=np.random.default_rng(0)).random(DIRECTIONS))
        directions = normal / np.linalg.norm(normal, axis=1, keepdims=True)
        half_sphere = math.pi ** (dim / 2) / gamma(dim / 2)
        integral = half_sphere * np.mean([both_ways(u) for u in directions])
    return float(_density_constant(alpha, dim) / alpha * integral)


def _density_constant(alpha: float, dim: int) -> float:
    ratio = math.lgamma((dim + alpha) / 2) - math.lgamma(1 - alpha / 2) - dim / 2 * math.log(math.pi)
    return alpha * 2 ** (alpha - 1) * math.exp(ratio)
