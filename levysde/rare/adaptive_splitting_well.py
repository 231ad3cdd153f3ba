r"""The well that a path has to leave: its core, the surface on which excursions start, and what speaks against it.

Near a minimum m with Hessian H the Gibbs law at the temperature T = s^2 / 2 is Gaussian with covariance
:math:`T H^{-1}`, and the squared distance :math:`r^2 = (x - m)^T H (x - m) / T` follows a chi-squared law. The core
holds `CORE_SHARE` of that law, and an excursion starts where `SURFACE_SHARE` is surpassed: 0.5 and 1.3 standard
deviations on the line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde import defaults
from levysde._types import NDArray
from levysde.domains import Domain
from levysde.domains.base import Convex
from levysde.domains.complement import Complement
from levysde.landscapes.base import Landscape
from levysde.sde import SDE
from levysde.theory.question import component, starting_point, well

Array = NDArray[np.float64]

CORE_SHARE, SURFACE_SHARE = 0.4, 0.8
LONGEST_STRIDE = 16
WIDEST = 0.25  # a standard deviation counts as at most this part of the distance to the boundary
SHALLOW = 6.0  # another minimum this many T above ours holds less than exp(-6) of the time
LOW_PASS = 5.0  # nor does it matter behind a pass this low: then it is visited all the time
DEEP = 7.0  # a trap that takes longer than exp(7) relaxation times to leave
RAYS = 64
STEPS = 33
REACHABLE = 6.0  # places of exit this many T higher than the lowest one are never seen

# all times sqrt(rel_error), because StrangSplitting with the boundary shift was seen to err by the square of the step
RELAXATION_SHARE = 0.25
UPHILL_SHARE = (
    0.6  # beyond, even at four times the step, a path climbs by whole factors e at a step, and splitting fails
)
CROSSING_SHARE = 0.04
STEP_RULE = (
    f"dt = sqrt(rel_error) min({RELAXATION_SHARE:g} / largest curvature at the critical points, "
    f"{UPHILL_SHARE:g} (s / drift)^2 on the way out (in several dimensions: where paths leave), "
    f"{CROSSING_SHARE:g} x time in which the noise crosses the distance to the boundary)"
)


@dataclass(frozen=True)
class Well:
    """The well round the minimum `centre`, at the temperature `temperature`."""

    centre: Array  # (dim,)
    metric: Array  # (dim, dim): H / T
    temperature: float
    core: float  # squared distances in standard deviations
    surface: float
    slowest: float  # smallest rate of relaxation
    stride: int  # cycles from one start to the next: cycles follow the stiffest direction, starts shall differ in all


@dataclass(frozen=True)
class Ways:
    """Straight ways from the minimum to the boundary: where they end, and how high they climb, lowest first."""

    ends: Array  # (n, dim)
    tops: Array  # (n,)
    slopes: Array  # (n,): steepest drift on the way on the line; in more dimensions, where paths go round, at the end

    def below(self, excess: float) -> Ways:
        """Return the ways that climb at most by `excess` more than the lowest one."""
        low = self.tops <= self.tops[:1] + excess
        return Ways(self.ends[low], self.tops[low], self.slopes[low])


def find_well(sde: SDE, x: Array, domain: Domain) -> Well:
    """Return the well that a path from x has to leave; ask `objection` first."""
    from scipy.special import gammaincinv

    temperature = sde.effective_noise.variance_rate / 2.0
    centre = _minimum(sde.landscape, x, domain)
    assert centre is not None
    values, vectors = np.linalg.eigh(np.reshape(sde.landscape.hessian(centre), (sde.dim, sde.dim)))
    values = np.maximum(values, temperature / (WIDEST * float(domain.distance(centre))) ** 2)
    metric = (vectors * values) @ vectors.T / temperature
    core, surface = (2.0 * float(gammaincinv(sde.dim / 2.0, share)) for share in (CORE_SHARE, SURFACE_SHARE))
    stride = min(math.ceil(math.sqrt(values.max() / values.min()) - 1e-6), LONGEST_STRIDE)
    return Well(centre, metric, temperature, core, surface, float(values.min()), stride)


def objection(sde: SDE, x0: object, domain: Domain) -> str:
    """Say why cycles round a minimum cannot measure this exit; "" where they can."""
    x = starting_point(sde, x0, domain)
    if sde.coefficient is not None:
        return "the noise depends on the state; use first_exit"
    noise = sde.effective_noise
    if noise.has_jumps:
        return (
            "the noise has jumps, which pass over the levels that a path is split at; "
            "use rare.one_big_jump, or first_exit"
        )
    if noise.variance_rate == 0.0:
        return "there is no noise (epsilon = 0): nothing leaves a well"
    if sde.dim == 1 and all(math.isinf(end) for end in component(domain, x)):
        return "the domain is the whole line: there is nothing to leave"
    if sde.dim > 2 and not isinstance(domain, (Convex, Complement)):
        return "in more than two dimensions the domain must be a Ball, Box, HalfSpace or a complement; use first_exit"
    centre = _minimum(sde.landscape, x, domain)
    if centre is None:
        return "no minimum of the landscape lies in the domain, so nothing keeps the paths inside; use first_exit"
    return _trap(sde, centre, domain)


def ways_out(landscape: Landscape, centre: Array, domain: Domain) -> Ways:
    """Find where straight ways from the minimum meet the boundary."""
    dim = len(centre)
    if dim == 1:
        directions = np.array([[1.0], [-1.0]])
    elif dim == 2:
        angles = 2.0 * math.pi * (np.arange(RAYS) + 0.5) / RAYS
        directions = np.column_stack([np.cos(angles), np.sin(angles)])
    else:
        directions = np.random.default_rng(0).standard_normal((RAYS * dim, dim))
    for place in (*landscape.minima, *landscape.saddles):  # a small target is missed by blind rays
        if np.linalg.norm(place - centre) > 0.0:
            directions = np.append(directions, [place - centre], axis=0)
    ends, tops, slopes = [], [], []
    for direction in directions:
        length = min((low for low, _ in domain.outside(centre, direction) if low > 0.0), default=math.inf)
        if math.isfinite(length):
            way = centre + np.linspace(0.0, length, STEPS)[:, None] * direction
            ends.append(way[-1])
            tops.append(float(np.max(landscape.potential(way))))
            drift = landscape.gradient(way if dim == 1 else way[-1:])
            slopes.append(float(np.max(np.linalg.norm(drift, axis=-1))))
    order = np.argsort(tops, kind="stable")
    return Ways(np.reshape(ends, (-1, dim))[order], np.array(tops)[order], np.array(slopes)[order])


def choose_step(sde: SDE, x: Array, domain: Domain, well: Well, rel_error: float) -> float:
    """Return the step by `STEP_RULE`."""
    curvature = defaults.steepest_curvature(sde, domain, x[np.newaxis])
    noise_rate = defaults.crossing_rate(sde.effective_noise, float(domain.distance(well.centre)), sde.dim)
    rate = max(curvature / RELAXATION_SHARE, noise_rate / CROSSING_SHARE)
    slopes = ways_out(sde.landscape, well.centre, domain).below(REACHABLE * well.temperature).slopes
    rate = max(rate, float(np.max(slopes, initial=0.0)) ** 2 / (2.0 * well.temperature * UPHILL_SHARE))
    return math.sqrt(rel_error) / rate


def _minimum(landscape: Landscape, x: Array, domain: Domain) -> Array | None:
    """Return the minimum of the basin of x if it is in the domain, else the lowest one that is."""
    minima = landscape.minima
    if not len(minima):
        return None
    here = np.atleast_1d(domain.contains(minima)) & (np.atleast_1d(domain.distance(minima)) > 0.0)
    if landscape.dim == 1:  # a continuous path stays in its piece of the domain
        a, b = component(domain, x)
        here &= (minima[:, 0] > a) & (minima[:, 0] < b)
    if not here.any():
        return None
    own = well(landscape, x)
    if own is not None and here[own]:
        return np.array(minima[own])
    inside = minima[here]
    return np.array(inside[np.argmin(landscape.potential(inside))])


def _trap(sde: SDE, centre: Array, domain: Domain) -> str:
    """Say which other minimum of the domain would hold the paths for too long."""
    landscape, temperature = sde.landscape, sde.effective_noise.variance_rate / 2.0
    bottom = float(landscape.potential(centre))
    saddles = landscape.saddles
    for minimum in landscape.minima[np.atleast_1d(domain.contains(landscape.minima))]:
        between = saddles
        if landscape.dim == 1:
            if not component(domain, centre)[0] < minimum[0] < component(domain, centre)[1]:
                continue
            between = saddles[(saddles[:, 0] - centre[0]) * (saddles[:, 0] - minimum[0]) < 0.0]
        if np.array_equal(minimum, centre) or not len(between):
            continue
        height, heights = float(landscape.potential(minimum)), landscape.potential(between)
        passes = float(np.min(heights)) if landscape.dim > 1 else float(np.max(heights))
        hidden = height - bottom < SHALLOW * temperature and passes - bottom > LOW_PASS * temperature
        own = landscape.potential(saddles) if landscape.dim > 1 else heights
        if hidden or float(np.min(own)) - height > DEEP * temperature:
            place = ", ".join(f"{c:.4g}" for c in minimum)
            return (
                f"the domain holds another well at ({place}), in which a path may be caught for longer than can be "
                "simulated; leave the wells one by one, each from a domain that ends at its saddle"
            )
    return ""
