"""The noise that `one_big_jump` takes: one stable motion, skewed or not, and a Brownian one beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde.noise import AlphaStable, Brownian, IsotropicStable
from levysde.noise.base import Noise
from levysde.sde import SDE
from levysde.stable.distribution import sf

LOWEST_ALPHA, HIGHEST_ALPHA = 0.5, 1.99
LEAST_SKEWED_GAP = 0.1  # to alpha = 1, where the skewed S1 law runs away from the origin
FAINTEST = 0.02  # of the jumps to both sides: the share that one side is given at least when jumps are aimed

HINT = "use extrapolated, first_exit, or for Brownian noise adaptive_multilevel_splitting"


@dataclass(frozen=True)
class Drive:
    """sigma L + s B, with L of index alpha and skewness beta (S1) and `variance` = s^2."""

    alpha: float
    beta: float
    sigma: float
    variance: float

    @property
    def noise(self) -> Noise:
        """The same as a noise."""
        jumps = self.sigma * AlphaStable(self.alpha, self.beta)
        return jumps + math.sqrt(self.variance) * Brownian() if self.variance > 0.0 else jumps

    def spread(self, rate: float) -> float:
        """Length over which it spreads while the drift leads back, or away, at this rate."""
        return float(self.sigma * rate ** (-1 / self.alpha) + math.sqrt(self.variance / (2.0 * rate)))

    def jumps_of(self, dt: float) -> float:
        """Scale of the stable part over one step."""
        return float(self.sigma * dt ** (1 / self.alpha))

    def gauss_of(self, dt: float) -> float:
        """Return the standard deviation of the Brownian part over one step."""
        return math.sqrt(self.variance * dt)

    def length_of(self, dt: float) -> float:
        """Length by which one step moves."""
        return self.jumps_of(dt) + self.gauss_of(dt)

    def time_of(self, length: float) -> float:
        """Time in which either part alone has this scale, the shorter of the two."""
        jumps = (length / self.sigma) ** self.alpha
        return float(min(jumps, length * length / self.variance if self.variance > 0.0 else math.inf))

    def aimed(self, sign: float, distance: float) -> float:
        """Weight of the jumps beyond this distance to one side, for aiming."""
        return float(max(1.0 + sign * self.beta, FAINTEST) * distance**-self.alpha)

    def leaving(self, below: float, above: float, dt: float) -> float:
        """Return the probability that the jumps of one step lead further than `below` down or `above` up."""
        scale = self.jumps_of(dt)
        down, up = (float(sf(d / scale, self.alpha, b)) for d, b in ((below, -self.beta), (above, self.beta)))
        return down + up


def drive_of(sde: SDE) -> Drive:
    """Return the noise of an SDE on the line.

    Raises
    ------
    ValueError
        It is of another kind.
    """
    if sde.coefficient is not None:
        raise ValueError(f"the noise depends on the state; {HINT}")
    noise = sde.effective_noise
    powers: dict[float, float] = {}
    skews: dict[float, float] = {}
    for amplitude, law in noise.leaves():
        if amplitude == 0.0 or not law.has_jumps:
            continue
        if not isinstance(law, AlphaStable | IsotropicStable):
            raise ValueError(f"the noise has the part {law!r}, which is neither stable nor Brownian; {HINT}")
        power = abs(amplitude) ** law.alpha
        powers[law.alpha] = powers.get(law.alpha, 0.0) + power
        skew = float(np.sign(amplitude)) * getattr(law, "beta", 0.0) * power
        skews[law.alpha] = skews.get(law.alpha, 0.0) + skew
    if len(powers) != 1:
        raise ValueError(f"the noise {sde.noise!r} has {len(powers)} stable indices and needs one; {HINT}")
    ((alpha, power),) = powers.items()
    beta = skews[alpha] / power
    if not LOWEST_ALPHA <= alpha <= HIGHEST_ALPHA:
        raise ValueError(f"alpha={alpha:g} is outside [{LOWEST_ALPHA:g}, {HIGHEST_ALPHA:g}]; {HINT}")
    if beta != 0.0 and abs(alpha - 1.0) < LEAST_SKEWED_GAP:
        raise ValueError(f"alpha={alpha:g} of skewed noise is within {LEAST_SKEWED_GAP:g} of 1; {HINT}")
    return Drive(alpha, beta, float(power ** (1 / alpha)), noise.variance_rate)
