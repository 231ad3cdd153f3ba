"""Eyring-Kramers: Kramers' law in several dimensions, over the saddles on or outside the domain's boundary."""

import math
from typing import NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.domains import Domain
from levysde.estimate import Prediction
from levysde.landscapes.base import Landscape
from levysde.theory.question import descend, unknown, well

Array = NDArray[np.float64]

LAW = "Eyring-Kramers"
HIGH = 4.0
CLEAR = 3.0
RAYS = 512
STEPS = 64


class Gate(NamedTuple):
    """A saddle on the way out: position, height, the factor in front of its rate, where it leads and what objects."""

    position: Array
    height: float
    prefactor: float
    leads_to: int | None
    objection: str


def eyring_kramers(landscape: Landscape, temperature: float, x: Array, domain: Domain) -> Prediction:
    """Mean exit time from the basin of x out of the domain, for isotropic Brownian noise with s^2 = 2T.

    ::

        1 / E tau = sum over saddles s of
                    |lambda_-(s)| / (2 pi) sqrt(det H(m) / |det H(s)|) e^(-(U(s) - U(m))/T) / Phi(delta)

    H are the Hessians, lambda_- the negative eigenvalue at the saddle, delta the distance from the saddle to the
    boundary along the unstable direction in units of sqrt(T / |lambda_-|): Phi = 1 for a boundary well beyond the
    saddle, 1/2 on it. Relative corrections are O(T log(1/T)^(3/2)) in general and are not computed: `error` is NaN.

    Refused where: a barrier is below 4 T, the boundary can be reached below every saddle, another minimum in the domain
    competes, or the boundary crosses a saddle obliquely to its unstable direction.

    References
    ----------
    Bovier, Eckhoff, Gayrard & Klein, J. Eur. Math. Soc. 6 (2004) 399, doi:10.4171/JEMS/14; Berglund, Markov Processes
    Relat. Fields 19 (2013) 459, arXiv:1106.5799.
    """
    i = well(landscape, x)
    if i is None:
        return unknown(LAW, "the steepest descent from x0 ends in no minimum that the landscape knows")
    minimum = np.asarray(landscape.minima, float)[i]
    if not bool(np.all(domain.contains(minimum))):
        return unknown(
            LAW, f"the minimum {_show(minimum)} of the start's basin is outside the domain: the drift leads out"
        )
    bottom = float(landscape.potential(minimum))
    hessian = np.atleast_2d(landscape.hessian(minimum))
    gates = [
        gate for s in np.asarray(landscape.saddles, float) if (gate := _gate(landscape, temperature, s, i, domain))
    ]
    if not gates:
        return unknown(LAW, "no saddle leads from this minimum out of the domain")
    lowest = min(gate.height for gate in gates)
    objections = [gate.objection for gate in gates if gate.objection and gate.height < lowest + 10 * temperature]
    if lowest - bottom < HIGH * temperature:
        objections.append(f"the barrier {lowest - bottom:.4g} is only {(lowest - bottom) / temperature:.2g} T")
    climbed = float(landscape.potential(x)) - bottom
    if lowest - bottom - climbed < CLEAR * temperature <= climbed:
        objections.append(f"x0 is within {CLEAR:g} T of the height of the saddle: the path need not visit the minimum")
    pass_height = lowest_ray(landscape, minimum, domain)
    if pass_height < lowest - 0.01 * (lowest - bottom):
        objections.append(f"the boundary is reached at the height {pass_height:.4g}, below the saddle at {lowest:.4g}")
    rate = sum(gate.prefactor * math.exp((lowest - gate.height) / temperature) for gate in gates)
    log_value = (lowest - bottom) / temperature - math.log(rate * math.sqrt(float(np.linalg.det(hessian))))
    value = math.exp(log_value) if log_value < 709.0 else math.inf
    places = ", ".join(_show(gate.position) for gate in gates)
    reason = f"over the saddle {places}; barrier {(lowest - bottom) / temperature:.3g} T"
    if math.isinf(value):
        reason += f"; log of the mean is {log_value:.4f}"
    return Prediction(value, math.nan, LAW, not objections, "; ".join(dict.fromkeys(objections)) or reason)


def _gate(landscape: Landscape, temperature: float, saddle: Array, i: int, domain: Domain) -> Gate | None:
    """Judge a saddle as a way out of minimum i; None where it does not join it to anything else."""
    values, vectors = np.linalg.eigh(np.atleast_2d(landscape.hessian(saddle)))
    if not (values[0] < 0 < values[1]):
        return None
    minima = np.asarray(landscape.minima, float)
    step = 1e-3 * float(np.min(np.linalg.norm(minima - saddle, axis=1)))
    ends = [descend(landscape, saddle + side * step * vectors[:, 0]) for side in (-1.0, 1.0)]
    if i not in ends or ends == [i, i]:
        return None
    outward = vectors[:, 0] if ends[0] == i else -vectors[:, 0]
    beyond = ends[1] if ends[0] == i else ends[0]
    size = math.sqrt(temperature / -values[0])
    back = min(4.0 * size, 0.5 * float(np.linalg.norm(minima[i] - saddle)))
    crossing = _crossing(domain, saddle, outward, back)
    half = math.erfc(-crossing / size / math.sqrt(2.0)) / 2.0
    objection = ""
    if crossing < -3.0 * size:
        objection = f"the boundary cuts the slope well before the saddle {_show(saddle)}"
        half = 0.5
    elif crossing < 3.0 * size and _oblique(domain, saddle + crossing * outward, outward, size):
        objection = f"the boundary crosses the saddle {_show(saddle)} obliquely to its unstable direction"
    elif beyond is not None and bool(np.all(domain.contains(minima[beyond]))):
        objection = f"the saddle {_show(saddle)} leads to another minimum inside the domain"
    prefactor = -values[0] / (2 * math.pi * half * math.sqrt(abs(float(np.prod(values)))))
    return Gate(saddle, float(landscape.potential(saddle)), float(prefactor), beyond, objection)


def _crossing(domain: Domain, saddle: Array, outward: Array, back: float) -> float:
    """Signed distance from the saddle, along its unstable direction, at which a path going out leaves the domain."""
    start = saddle - back * outward
    if not bool(np.all(domain.contains(start))):
        return -math.inf
    return min((low for low, _ in domain.outside(start, outward) if low >= 0), default=math.inf) - back


def _oblique(domain: Domain, place: Array, outward: Array, size: float) -> bool:
    """Whether the boundary's normal at a place differs from the direction by more than about 8 degrees."""
    inner, h = place - 0.1 * size * outward, 1e-3 * size
    axes = h * np.eye(len(place))
    slopes = [float(domain.distance(inner + axis)) - float(domain.distance(inner - axis)) for axis in axes]
    length = float(np.linalg.norm(slopes))
    return length == 0.0 or abs(float(np.dot(slopes, outward))) < 0.99 * length


def lowest_ray(landscape: Landscape, minimum: Array, domain: Domain) -> float:
    """Upper bound of the height at which the boundary can be reached: the lowest of the straight ways to it."""
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((RAYS, len(minimum)))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    best = math.inf
    for direction in directions:
        length = min((low for low, _ in domain.outside(minimum, direction) if low > 0), default=math.inf)
        if math.isfinite(length):
            way = minimum + np.linspace(0.0, length, STEPS)[:, None] * direction
            best = min(best, float(np.max(landscape.potential(way))))
    return best


def _show(point: Array) -> str:
    return "(" + ", ".join(f"{c:.4g}" for c in point) + ")"
