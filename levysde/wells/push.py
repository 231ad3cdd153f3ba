"""Rates between wells with the points of rest and the barriers where the small jumps of skewed noise move them."""

from __future__ import annotations

import math

import numpy as np

from levysde._types import NDArray
from levysde.domains import Interval
from levysde.landscapes.base import Landscape
from levysde.noise.base import Noise
from levysde.theory.push import shift, velocity

Array = NDArray[np.float64]


def moved_rates(noise: Noise, landscape: Landscape, i: int) -> Array:
    """Rates out of minimum i on the line with all points of rest moved by v / U'', in the next order of small noise.

    Minima are pushed along, barriers against the velocity v, which is taken at the smallest width of well i; on the
    side where a barrier is flatter.
    """
    n = len(landscape.minima)
    minimum, width = float(landscape.minima[i, 0]), min(landscape.width(i))
    v = velocity(noise, width)
    place = minimum + shift(v, landscape, minimum, width)
    edges = [-math.inf, *(float(s) - shift(v, landscape, float(s), width) for s in landscape.saddles[:, 0]), math.inf]
    rates = np.zeros(n)
    if not edges[i] < place < edges[i + 1]:
        return np.full(n, math.nan)
    for j in range(n):
        if j != i and edges[j] < edges[j + 1]:
            rates[j] = noise.jump_rate(np.array([place]), ~Interval(edges[j], edges[j + 1]))
    return rates
