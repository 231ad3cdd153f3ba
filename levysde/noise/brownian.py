"""Brownian motion."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from levysde.noise.base import Cut, Increment, Law
from levysde.stable.sampling import sampler_and_table

if TYPE_CHECKING:
    from levysde.domains import Domain


@dataclass(frozen=True)
class Brownian(Law):
    """Standard Brownian motion, with independent components of variance t: psi(k) = |k|^2 / 2.

    `AlphaStable(2)` is sqrt(2) times this process.
    """

    jumps = False
    gaussian_rate = 1.0

    def exponent(self, k: np.ndarray) -> np.ndarray:
        """Return |k|^2 / 2."""
        return np.asarray(0.5 * np.sum(k * k, axis=-1))

    def exit_measure(self, point: np.ndarray, domain: Domain, amplitude: float) -> float:
        """Return 0: the paths are continuous."""
        return 0.0

    def cut(self, threshold: float, dim: int, amplitude: float) -> Cut:
        """Return the variance; there are no jumps."""
        return Cut(0.0, amplitude * amplitude, 2.0, False)

    def increment(self, dt: float, dim: int, amplitude: float) -> Increment:
        """Return N(0, dt), drawn from the table of N(0, 2)."""
        sampler, table = sampler_and_table(2.0)
        return Increment(sampler, table, amplitude * math.sqrt(0.5 * dt))
