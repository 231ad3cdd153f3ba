"""Kramers' law: the exponential time that Brownian noise needs to climb out of a well."""

import math
from typing import Any, NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.domains import Domain
from levysde.estimate import Prediction
from levysde.landscapes.base import Landscape
from levysde.sde import SDE
from levysde.theory.eyring_kramers import eyring_kramers
from levysde.theory.question import component, starting_point, unknown, well

Array = NDArray[np.float64]

LAW = "Kramers"
# A barrier below HIGH T does not hold the path; a start or a rival well must be CLEAR T away from deciding.
HIGH = 4.0
CLEAR = 3.0


def kramers(sde: SDE, x0: Any, domain: Domain) -> Prediction:
    """Leading-order mean exit time of dX = -grad U dt + s dB over a high barrier, T = s^2 / 2.

    In one dimension, from the minimum m over the barrier s, barrier height D = U(s) - U(m)::

        E tau = 2 pi / sqrt(U''(m) |U''(s)|) e^(D/T) Phi(delta),   delta = (end - s) sqrt(|U''(s)| / T)

    The end of the domain decides the last factor, the normal distribution function: 1 for an end well beyond the
    barrier ("to the other well"), 1/2 for an end on it ("to the saddle"). Two ways out add as rates. In more dimensions
    Eyring-Kramers, see `levysde.theory.eyring_kramers`.

    Valid where the barrier is at least 4 T, the start is well inside the basin, no other well in the domain competes,
    and the curvature is continuous at minimum and barrier: a jump of it (a `MultiWell` barrier) is refused, and the
    value then uses the mean of the two sides' 1/sqrt|U''|.

    Returns
    -------
    Prediction
        `error` is the size of the next term of the expansion in T, not a bound.

    References
    ----------
    Kramers, Physica 7 (1940) 284, doi:10.1016/S0031-8914(40)90098-2; Bovier, Eckhoff, Gayrard & Klein, J. Eur. Math.
    Soc. 6 (2004) 399, doi:10.4171/JEMS/14. `AlphaStable(2)` has variance 2t, so there T = sigma^2.
    """
    x = starting_point(sde, x0, domain)
    noise = sde.effective_noise
    if noise.has_jumps:
        return unknown(LAW, "the noise has jumps; a path can leave without passing the barrier")
    if noise.variance_rate == 0.0:
        return unknown(LAW, "the noise has no Gaussian part")
    temperature = noise.variance_rate / 2.0
    if sde.dim > 1:
        return eyring_kramers(sde.landscape, temperature, x, domain)
    return _one_dimensional(sde.landscape, temperature, float(x[0]), component(domain, x))


class _Side(NamedTuple):
    """One way out: its rate without e^(-D/T), height over the minimum, next-order correction, place and objection."""

    prefactor: float
    height: float
    correction: float
    place: str
    objection: str


class Expansion(NamedTuple):
    """Second to fourth derivative of U at a critical point, and whether the second one jumps there."""

    second: float
    third: float
    fourth: float
    jumps: bool


def _one_dimensional(landscape: Landscape, temperature: float, x: float, ends: tuple[float, float]) -> Prediction:
    i = well(landscape, np.array([x]))
    if i is None:
        return unknown(LAW, f"x0={x:g} is in no basin: it lies on a barrier or the landscape has no minimum")
    minimum = float(np.ravel(landscape.minima)[i])
    if not ends[0] < minimum < ends[1]:
        return unknown(LAW, f"the minimum {minimum:g} of the start's basin is outside the domain: the drift leads out")
    widths = [width for width in landscape.width(i) if math.isfinite(width)]
    reach = min([*widths, *(abs(end - minimum) for end in ends if math.isfinite(end))], default=math.inf)
    if math.isinf(reach):
        return Prediction(math.inf, 0.0, LAW, True, "the domain is the whole basin and has no end: nothing to leave")
    bottom = expand(landscape, minimum, reach)
    if not bottom.second > 0:
        return unknown(LAW, f"the minimum {minimum:g} is flat: the curvature there is {bottom.second:g}")
    sides = [
        side
        for direction, end in zip((-1.0, 1.0), ends, strict=True)
        if (side := _side(landscape, temperature, i, minimum, x, direction, end)) is not None
    ]
    objections = [side.objection for side in sides if side.objection]
    if bottom.jumps:
        objections.append(f"the curvature jumps at the minimum {minimum:g}")
    open_sides = [side for side in sides if side.prefactor > 0]
    if not open_sides:
        return unknown(LAW, "; ".join(objections) or "no way out of the domain from this well")
    lowest = min(side.height for side in open_sides)
    if lowest < HIGH * temperature:
        objections.append(f"the barrier {lowest:.4g} is only {lowest / temperature:.2g} T, not far above the noise")
    # Rates relative to the lowest barrier, so that nothing overflows before the end.
    shares = [side.prefactor * math.exp((lowest - side.height) / temperature) for side in open_sides]
    rate = math.sqrt(bottom.second) * sum(shares)
    log_value = lowest / temperature - math.log(rate)
    value = math.exp(log_value) if log_value < 709.0 else math.inf
    correction = minimum_correction(bottom) * temperature + sum(
        share * side.correction for share, side in zip(shares, open_sides, strict=True)
    ) / sum(shares)
    place = " and ".join(side.place for side in open_sides)
    reason = f"barrier {lowest / temperature:.3g} T, next term {correction:+.1%}"
    if math.isinf(value):
        reason += f"; log of the mean is {log_value:.4f}"
    return Prediction(
        value,
        value * abs(correction),
        f"{LAW}, {place}",
        not objections,
        "; ".join(objections) if objections else reason,
    )


def _side(
    landscape: Landscape, temperature: float, i: int, minimum: float, x: float, direction: float, end: float
) -> _Side | None:
    """Describe the way out to one side; None where there is nothing on that side."""
    k = 0 if direction < 0 else 1
    width, height = landscape.width(i)[k], landscape.barrier(i)[k]
    if math.isinf(end) and math.isinf(width):
        return None
    barrier = minimum + direction * width
    if math.isfinite(width):
        top = expand(landscape, barrier, width)
        size = math.sqrt(temperature / abs(top.second)) if top.second < 0 else math.inf
    if math.isinf(width) or direction * (end - barrier) < -3.0 * size:
        return _slope(landscape, temperature, minimum, end, direction)
    if math.isinf(end):
        return _closed(landscape, temperature, i, direction, height)
    delta = direction * (end - barrier) / size
    climbed = float(landscape.potential(x)) - float(landscape.potential(minimum))
    half = math.erfc(-delta / math.sqrt(2.0)) / 2.0
    place = (
        f"to the saddle {barrier:g}" if abs(delta) < 0.05 else f"past the saddle {barrier:g}, the end {end:g} decides"
    )
    place = f"over the saddle {barrier:g} to the other well" if delta > 3.0 else place
    objection = ""
    if top.jumps:
        objection = f"the curvature jumps at the barrier {barrier:g}"
    elif not top.second < 0:
        objection = f"the barrier {barrier:g} is flat"
    elif height - climbed < CLEAR * temperature <= climbed:
        objection = f"x0={x:g} is within {CLEAR:g} T of the barrier: the path need not visit the minimum"
    elif delta > 3.0:
        objection = _beyond(landscape, temperature, barrier, end, height)
    cubic = -direction * top.third * math.sqrt(2 * temperature / math.pi) / (3 * abs(top.second) ** 1.5)
    correction = barrier_correction(top) * temperature + cubic * math.exp(-delta * delta / 2) / (2 * half)
    prefactor = math.sqrt(abs(top.second)) / (2 * math.pi * half)
    return _Side(prefactor, height, correction, place, objection)


def _slope(landscape: Landscape, temperature: float, minimum: float, end: float, direction: float) -> _Side:
    """Describe an end where the drift still points back: rate U'(b) sqrt(U''(m) / (2 pi T)) e^(-D/T)."""
    height = float(landscape.potential(end)) - float(landscape.potential(minimum))
    slope = direction * float(landscape.gradient(end))
    curvature = abs(float(landscape.hessian(end)))
    prefactor = max(slope, 0.0) / math.sqrt(2 * math.pi * temperature)
    place = f"to the slope at {end:g}"
    objection = "" if slope > 0 else f"the drift at the end {end:g} points out of the domain"
    correction = temperature * curvature / (slope * slope) if slope > 0 else math.inf
    return _Side(prefactor, height, correction, place, objection)


def _closed(landscape: Landscape, temperature: float, i: int, direction: float, height: float) -> _Side:
    """Describe a side without an end but with other wells on it: they must not hold the path."""
    minima = np.ravel(landscape.minima)
    others = minima[:i] if direction < 0 else minima[i + 1 :]
    lowest = float(np.min(landscape.potential(others)))
    gap = lowest - float(landscape.potential(minima[i]))
    objection = "" if gap > CLEAR * temperature else "the domain holds another well that is not far above this one"
    return _Side(0.0, height, 0.0, "", objection)


def _beyond(landscape: Landscape, temperature: float, barrier: float, end: float, height: float) -> str:
    """Objection where the path from the barrier to the end has another climb of comparable height."""
    between = [float(m) for m in np.concatenate([np.ravel(landscape.minima), np.ravel(landscape.saddles)])]
    places = sorted(p for p in [*between, end] if min(barrier, end) <= p <= max(barrier, end))
    places = places if end > barrier else places[::-1]
    levels = [float(landscape.potential(p)) for p in places]
    climb = max((level - min(levels[: k + 1]) for k, level in enumerate(levels)), default=0.0)
    if climb > height - CLEAR * temperature:
        return f"beyond the barrier {barrier:g} the path climbs again by {climb:.3g}"
    return ""


def expand(landscape: Landscape, point: float, reach: float) -> Expansion:
    """Expand by differences of the gradient; each side's own curvature tells whether it jumps."""
    near, far = 1e-4 * reach, 2e-2 * reach

    def slope(y: float) -> float:
        return float(landscape.gradient(y))

    middle = slope(point)
    left, right = (middle - slope(point - near)) / near, (slope(point + near) - middle) / near
    larger = max(abs(left), abs(right))
    jumps = abs(left - right) > 0.01 * larger
    if jumps:
        # Half of the Gaussian integral comes from either side.
        mean = (1 / math.sqrt(abs(left) or math.inf) + 1 / math.sqrt(abs(right) or math.inf)) / 2
        return Expansion(math.copysign(1 / mean**2, left) if mean > 0 else 0.0, 0.0, 0.0, True)
    third = (slope(point + far) - 2 * middle + slope(point - far)) / far**2
    fourth = (slope(point + 2 * far) - 2 * slope(point + far) + 2 * slope(point - far) - slope(point - 2 * far)) / (
        2 * far**3
    )
    return Expansion((left + right) / 2, third, fourth, False)


def minimum_correction(at: Expansion) -> float:
    """Coefficient of T in the Laplace expansion of int e^(-U/T) at a minimum."""
    return -at.fourth / (8 * at.second**2) + 5 * at.third**2 / (24 * at.second**3)


def barrier_correction(at: Expansion) -> float:
    """Coefficient of T in the Laplace expansion of int e^(U/T) at a maximum."""
    return at.fourth / (8 * at.second**2) + 5 * at.third**2 / (24 * abs(at.second) ** 3)
