"""How large the next term of the first-jump law is: sizes, calibrated on the deterministic exit problem."""

import math
from typing import NamedTuple

import numpy as np

from levysde.domains import Domain
from levysde.noise.base import Noise, Sum

NUDGE = 0.9  # factor on distances, relative to the noise, from which the steepness of a jump rate is read


class Spread(NamedTuple):
    """Length over which the noise spreads while the drift -rate x acts, and the index of the noise at that length."""

    length: float
    alpha: float


def spread(noise: Noise, dim: int, rate: float) -> Spread:
    """Length l with Re psi(1/l) = rate: sigma rate^(-1/alpha) for stable noise of amplitude sigma.

    The index is the logarithmic slope of psi there, so mixtures are judged by the part that dominates at that length,
    and noises that differ along the axes by the widest. Jumps at a finite rate are left out, see `knocked`.
    """
    steady = restless(noise, dim)

    def log_psi(log_k: float) -> float:
        return math.log(float(np.max(np.real(steady.psi(math.exp(log_k) * np.eye(dim), dim=dim)))))

    if rate <= 0.0:
        return Spread(math.inf, 1.0)
    if not steady.leaves():
        return Spread(0.0, 1.0)
    low, high = -60.0, 60.0
    target = math.log(rate)
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if log_psi(middle) < target else (low, middle)
    return Spread(math.exp(-low), (log_psi(low + 0.05) - log_psi(low - 0.05)) / 0.1)


def restless(noise: Noise, dim: int) -> Noise:
    """Return the parts that never rest: Gaussian parts and jumps of infinite activity."""
    return Sum(
        tuple(
            (amplitude, law)
            for amplitude, law in noise.leaves()
            if amplitude != 0.0 and (law.gaussian_rate > 0.0 or law.activity(dim) == math.inf)
        )
    )


def knocked(noise: Noise, at: np.ndarray, domain: Domain, rate: float) -> float:
    """Relative correction from the jumps of finite activity that do not leave but displace the path.

    They come at the rate L, and the path returns to rest within about 1/rate; displaced, it may leave with any of the
    jumps of finite activity, L' in all, instead of with the rate of leaving R: L / rate (1 + L' / R).
    """
    dim = domain.dim
    finite = Sum(tuple((a, law) for a, law in noise.leaves() if a != 0.0 and 0.0 < law.activity(dim) < math.inf))
    total = sum(law.activity(dim) for _, law in finite.leaves())
    staying = total - finite.jump_rate(at, domain)
    if staying <= 0.0:
        return 0.0
    leaving = noise.jump_rate(at, domain)
    return staying / rate * (1.0 + total / leaving) if rate > 0.0 and leaving > 0.0 else math.inf


def reach(noise: Noise, at: np.ndarray, domain: Domain, width: float, rest: Spread) -> float:
    """Distance to the boundary in which a stable law of the index of `rest` would be as sensitive to its position.

    The rate of jumps out of a domain falls like distance^-q. For stable noise q is its index, and this is `width`. For
    tempered noise q = index + width / (tempering length) may be large; the path then leaves from where the noise has
    brought it rather than from rest, as soon as the spread is not small against the tempering length.
    """
    steady = restless(noise, domain.dim)
    far = steady.jump_rate(at, domain)
    if far <= 0.0:
        return width
    steepness = math.log((1.0 / NUDGE * steady).jump_rate(at, domain) / far) / -math.log(NUDGE)
    return width * min(1.0, rest.alpha / steepness) if steepness > 0.0 else width


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
