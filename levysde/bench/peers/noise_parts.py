"""What a peer has to draw."""

from __future__ import annotations

import math

from levysde.noise import AlphaStable, Brownian
from levysde.sde import SDE


def noise_parts(sde: SDE) -> tuple[float, list[tuple[float, float]]] | None:
    """Return the amplitude of the Brownian part and (amplitude, alpha) of every symmetric stable one with alpha < 2.

    None where the noise has another part. `AlphaStable(2)` counts as sqrt(2) times Brownian motion, which it is.
    """
    variance = 0.0
    stable = []
    for amplitude, law in sde.effective_noise.leaves():
        if isinstance(law, Brownian):
            variance += amplitude**2
        elif isinstance(law, AlphaStable) and law.alpha == 2:
            variance += 2 * amplitude**2
        elif isinstance(law, AlphaStable) and law.beta == 0:
            stable.append((amplitude, law.alpha))
        else:
            return None
    return math.sqrt(variance), stable


def brownian_amplitude(sde: SDE) -> float | None:
    """Return the amplitude of purely Brownian noise, None for any other."""
    parts = noise_parts(sde)
    return None if parts is None or parts[1] else parts[0]
