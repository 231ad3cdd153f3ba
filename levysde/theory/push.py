"""What the small jumps of skewed noise do: they push, and so move points of rest and barriers."""

from __future__ import annotations

import math

import numpy as np

from levysde.domains import Interval
from levysde.landscapes.base import Landscape
from levysde.noise.base import Noise

FARTHEST = 0.5  # of the way to the barrier, that anything is moved


def velocity(noise: Noise, length: float) -> float:
    """Mean velocity of the noise as it is seen over a length: -Im psi(k) / k at k = 1/length.

    Zero for symmetric noise; sigma^alpha beta tan(pi alpha/2) length^(1 - alpha) for skewed stable noise, where it is
    the push of the jumps shorter than the length (alpha < 1), or the compensation of the longer ones (alpha > 1).
    """
    return -float(np.imag(noise.psi(1.0 / length))) * length


def shift(v: float, landscape: Landscape, place: float, width: float) -> float:
    """How far the velocity v moves a minimum of the line; a barrier is moved as far against it.

    The distance is v / U'' at `place`, on the side where the curve is flatter, and at most half of `width`.
    """
    step = 1e-4 * width
    slopes = [
        abs(float(landscape.gradient(place + s)) - float(landscape.gradient(place))) / step for s in (-step, step)
    ]
    farthest = FARTHEST * width
    return math.copysign(min(abs(v) / min(slopes), farthest) if min(slopes) > 0 else farthest, v) if v else 0.0


def pushed(landscape: Landscape, noise: Noise, minimum: float, piece: Interval) -> float:
    """Relative change of the rate of leaving if the minimum, and ends that are barriers, give way to skewed noise."""
    width = min(minimum - piece.a, piece.b - minimum)
    v = velocity(noise, width)
    if v == 0.0:
        return 0.0
    ends = {piece.a: piece.a, piece.b: piece.b}
    for saddle in np.ravel(landscape.saddles):
        # What lands beyond a barrier that has come nearer is carried out; one that has moved away changes nothing.
        nearer = float(saddle) - shift(v, landscape, float(saddle), width)
        if float(saddle) in ends and piece.a < nearer < piece.b:
            ends[float(saddle)] = nearer
    place = minimum + shift(v, landscape, minimum, width)
    if not ends[piece.a] < place < ends[piece.b]:
        return math.inf
    moved = noise.jump_rate(np.array([place]), Interval(ends[piece.a], ends[piece.b]))
    return abs(moved / noise.jump_rate(np.array([minimum]), piece) - 1.0)
