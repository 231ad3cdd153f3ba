"""Rates of Brownian noise from well to well, over every saddle by itself."""

import math
from typing import NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.landscapes.base import Landscape
from levysde.theory.kramers import HIGH, barrier_correction, expand, minimum_correction
from levysde.theory.question import descend

Array = NDArray[np.float64]

LAW = "Eyring-Kramers"
LARGEST_CORRECTION = 0.5


class Crossing(NamedTuple):
    """The way from minimum `start` over a saddle to minimum `end`."""

    start: int
    end: int
    rate: float
    correction: float  # expected size, relative; NaN where it is not known
    objection: str


def crossings(landscape: Landscape, temperature: float) -> list[Crossing]:
    """Rates at which Brownian noise with s^2 = 2T carries a path from minimum to minimum, over each saddle both ways.

    ::

        k = |lambda_-(s)| / (2 pi) sqrt(det H(m) / |det H(s)|) e^(-(U(s) - U(m)) / T)

    with the Hessians H and the negative eigenvalue lambda_- at the saddle; in one dimension
    sqrt(U''(m) |U''(s)|) / (2 pi) e^(-D/T). These rates are in detailed balance with the weights
    e^(-U(m)/T) / sqrt(det H(m)). The next term is O(T) in one dimension (`correction`), and not computed in several.

    Objected to: a barrier below 4 T, a next term above one half, curvatures that jump (the mean of both sides'
    1/sqrt|U''| is then taken), a flat minimum or saddle (NaN). Saddles from which the steepest descent does not end in
    two of the minima that the landscape knows are left out.

    References
    ----------
    Kramers, Physica 7 (1940) 284, doi:10.1016/S0031-8914(40)90098-2; Bovier, Eckhoff, Gayrard & Klein, J. Eur. Math.
    Soc. 6 (2004) 399, doi:10.4171/JEMS/14.
    """
    return _on_the_line(landscape, temperature) if landscape.dim == 1 else _in_space(landscape, temperature)


def _on_the_line(landscape: Landscape, temperature: float) -> list[Crossing]:
    found = []
    minima = [float(m) for m in landscape.minima[:, 0]]
    reaches = [min(landscape.width(i)) for i in range(len(minima))]
    bottoms = [expand(landscape, m, reach) for m, reach in zip(minima, reaches, strict=True)] if len(minima) > 1 else []
    for i in range(len(minima) - 1):
        saddle = landscape.basin(i).b
        top = expand(landscape, saddle, min(reaches[i : i + 2]))
        for start, end in ((i, i + 1), (i + 1, i)):
            bottom = bottoms[start]
            height = float(landscape.potential(saddle)) - float(landscape.potential(minima[start]))
            objections = _low(height, temperature)
            if not (bottom.second > 0 > top.second):
                reason = f"the minimum {minima[start]:g} or the barrier {saddle:g} is flat"
                found.append(Crossing(start, end, math.nan, math.nan, reason))
                continue
            if top.jumps or bottom.jumps:
                place = f"barrier {saddle:g}" if top.jumps else f"minimum {minima[start]:g}"
                objections.append(f"the curvature jumps at the {place}")
            rate = math.sqrt(bottom.second * -top.second) / (2 * math.pi) * math.exp(-height / temperature)
            correction = abs(minimum_correction(bottom) + barrier_correction(top)) * temperature
            if correction > LARGEST_CORRECTION:
                objections.append(f"the next term of the expansion is {correction:.2g} of the rate")
            found.append(Crossing(start, end, rate, correction, "; ".join(objections)))
    return found


def _in_space(landscape: Landscape, temperature: float) -> list[Crossing]:
    found = []
    minima = np.asarray(landscape.minima, float)
    for saddle in np.asarray(landscape.saddles, float):
        values, vectors = np.linalg.eigh(np.atleast_2d(landscape.hessian(saddle)))
        if not values[0] < 0 < values[1]:
            continue
        step = 1e-3 * float(np.min(np.linalg.norm(minima - saddle, axis=1)))
        ends = [descend(landscape, saddle + side * step * vectors[:, 0]) for side in (-1.0, 1.0)]
        for start, end in (ends, ends[::-1]):
            if start is None or end is None or start == end:
                continue
            bottom = float(np.linalg.det(np.atleast_2d(landscape.hessian(minima[start]))))
            height = float(landscape.potential(saddle)) - float(landscape.potential(minima[start]))
            prefactor = -values[0] / (2 * math.pi) * math.sqrt(bottom / abs(float(np.prod(values))))
            rate = prefactor * math.exp(-height / temperature)
            found.append(Crossing(start, end, rate, math.nan, "; ".join(_low(height, temperature))))
    return found


def _low(height: float, temperature: float) -> list[str]:
    if height >= HIGH * temperature:
        return []
    return [f"a barrier of {height:.4g} is only {height / temperature:.2g} T"]
