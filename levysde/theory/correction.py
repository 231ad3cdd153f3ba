"""How large the next term of the first-jump law is: sizes, calibrated on the deterministic exit problem."""

import math
from typing import NamedTuple

import numpy as np

from levysde.noise.base import Noise


class Spread(NamedTuple):
    """Length over which the noise spreads while the drift -rate x acts, and the index of the noise at that length."""

    length: float
    alpha: float


def spread(noise: Noise, dim: int, rate: float) -> Spread:
    """Length l with Re psi(1/l) = rate: sigma rate^(-1/alpha) for stable noise of amplitude sigma.

    The index is the logarithmic slope of psi there, so mixtures are judged by the part that dominates at that length.
    """

    def log_psi(log_k: float) -> float:
        k = np.zeros(dim)
        k[0] = math.exp(log_k)
        return math.log(float(np.real(np.ravel(noise.psi(k, dim=dim))[0])))

    if rate <= 0.0:
        return Spread(math.inf, 1.0)
    low, high = -60.0, 60.0
    target = math.log(rate)
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if log_psi(middle) < target else (low, middle)
    return Spread(math.exp(-low), (log_psi(low + 0.05) - log_psi(low - 0.05)) / 0.1)


def at_slope(rest: Spread, width: float) -> float:
    """Relative correction from the spread around the stable point, boundary at `width` with the drift pointing back.

    O(sigma^alpha). The factor 0.05 + 1.8 (alpha/1.5)^4 covers the quadratic well on (-1, 1) within 1.5 times its true
    correction for 0.8 <= alpha <= 1.95 and sigma = 0.2.
    """
    return float((0.05 + 1.8 * (rest.alpha / 1.5) ** 4) * (rest.length / width) ** rest.alpha)


def at_saddle(thickness: Spread, width: float) -> float:
    """Relative correction at a boundary on a saddle, where noise and drift balance over `thickness.length`.

    O(sigma^min(alpha, 1)): a jump may stop that much short of the boundary. The factor 1.6 min(alpha, 1)^3 is that of
    the quartic double well.
    """
    index = min(thickness.alpha, 1.0)
    return float(1.6 * index**3 * (thickness.length / width) ** index)


def before_rest(rest: Spread, width: float, distance: float) -> float:
    """Chance of leaving before the start is forgotten, above that of a start at the stable point."""
    if distance <= 0.0:
        return 1.0
    return max(float((rest.length / distance) ** rest.alpha - (rest.length / width) ** rest.alpha), 0.0)
