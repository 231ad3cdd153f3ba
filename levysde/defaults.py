"""Steps, horizons and schemes for a user who named none, by stated rules in the landscape's own scales.

Everything here scales with the problem: a landscape stretched by 20 or multiplied by 10 gets a step and a horizon
that are scaled alike.
"""

from __future__ import annotations

import math

import numpy as np

from levysde.domains import Domain
from levysde.noise.base import Noise
from levysde.schemes import EulerMaruyama, Heun, Scheme, Splitting
from levysde.sde import SDE

RELAXATION_SHARE = 0.02  # of the shortest relaxation time 1 / |curvature|
CROSSING_SHARE = 1e-3  # of the time in which the noise alone crosses the distance to the boundary
MEANS = 30.0  # horizon in crude mean exit times: exp(-30) of the paths would be censored
LONGEST = 10_000_000  # steps of a horizon that nobody asked for

STEP_RULE = (
    f"dt = min({RELAXATION_SHARE:g} / largest curvature at the critical points, {CROSSING_SHARE:g} x time in which the "
    "noise crosses the distance to the boundary)"
)
HORIZON_RULE = f"t_max = {MEANS:g} x crude mean exit time, at most {LONGEST:g} steps"


def choose_scheme(sde: SDE, dt: float) -> Scheme:
    """Return Splitting, unless the force is globally Lipschitz and dt is below half its stability limit.

    A Stratonovich coefficient gets Heun, which alone is made for it.
    """
    if sde.coefficient is not None and sde.coefficient.calculus == "Stratonovich":
        return Heun()
    return EulerMaruyama() if dt * sde.landscape.lipschitz <= 0.5 else Splitting()


def crossing_rate(noise: Noise, length: float, dim: int) -> float:
    """Return the rate at which the noise alone crosses a length: Re psi(1 / length), the largest over the axes."""
    return float(np.max(np.real(noise.psi(np.eye(dim) / length, dim=dim)))) if math.isfinite(length) else 0.0


def steepest_curvature(sde: SDE, domain: Domain | None, x0: np.ndarray, *, aside: float = 1e-6) -> float:
    """Return the largest |eigenvalue| of the Hessian at the start and at the critical points in or on the domain.

    It is taken a part `aside` of the way from a critical point to the start.
    """
    places = np.concatenate([sde.landscape.minima, sde.landscape.saddles])
    if domain is not None and len(places):
        grown = domain.expand(1e-9 * (1 + float(np.max(np.abs(places)))))
        places = places[np.atleast_1d(grown.contains(places))]
    # a hair off the critical points, towards the start: on the well's own side where the curvature jumps at a barrier
    places = np.concatenate([places + aside * (x0[0] - places), x0[:1]])
    curvatures = np.linalg.eigvalsh(sde.landscape.hessian(places))
    return float(np.max(np.abs(curvatures)))


def choose_step(
    sde: SDE,
    domain: Domain | None,
    x0: np.ndarray,
    *,
    share: float = RELAXATION_SHARE,
    crossing: float = CROSSING_SHARE,
) -> float:
    """Return the step by `STEP_RULE`, with other shares of the relaxation and the crossing time if asked.

    Raises
    ------
    ValueError
        If neither the landscape nor the noise has a time scale here.
    """
    rate = steepest_curvature(sde, domain, x0) / share
    if domain is not None:
        noise_rate = crossing_rate(sde.noise_at(x0[0]), float(np.min(domain.distance(x0))), sde.dim)
        rate = max(rate, noise_rate / crossing)
    if not 0 < rate < math.inf:
        raise ValueError("the problem has no time scale from which to choose a step; give dt=")
    return 1 / rate


def crude_mean_exit(sde: SDE, domain: Domain, x0: np.ndarray) -> float:
    """Return the order of magnitude of the mean exit time: first jump, Arrhenius and free flight put together."""
    start = _resting_point(sde, domain, x0[0])
    noise = sde.noise_at(start)  # all that is known, here, of a noise that depends on the state
    length = float(domain.distance(start))
    free = crossing_rate(noise, length, sde.dim)
    relaxation = steepest_curvature(sde, domain, x0)
    rate = noise.jump_rate(start, domain) if noise.has_jumps else 0.0
    if noise.variance_rate > 0:
        height = _barrier(sde, domain, start)
        exponent = 2 * height / noise.variance_rate
        rate += max(relaxation, free) / (2 * math.pi) * math.exp(-min(exponent, 700.0))
    return 1 / rate if rate > 0 else math.inf


def choose_horizon(sde: SDE, domain: Domain, x0: np.ndarray, dt: float) -> float:
    """Return t_max by `HORIZON_RULE`."""
    return float(np.clip(MEANS * crude_mean_exit(sde, domain, x0), 100 * dt, LONGEST * dt))


def _resting_point(sde: SDE, domain: Domain, start: np.ndarray) -> np.ndarray:
    """Return the nearest minimum inside the domain, or the start itself."""
    minima = sde.landscape.minima
    if len(minima):
        minima = minima[np.atleast_1d(domain.contains(minima))]
    if not len(minima):
        return start
    return np.asarray(minima[np.argmin(np.linalg.norm(minima - start, axis=1))])


def _barrier(sde: SDE, domain: Domain, start: np.ndarray) -> float:
    """Return the height to climb, at least 0: to the lowest reachable end or saddle, with what lies in between."""
    bottom = float(sde.landscape.potential(start))
    landscape = sde.landscape
    if landscape.dim > 1:
        heights = landscape.potential(landscape.saddles) - bottom if len(landscape.saddles) else np.zeros(1)
        return max(float(np.min(heights)), 0.0)
    tops = []
    for low, high in domain.outside(start, np.ones(1)):
        end = start[0] + (high if high < 0 else low)
        between = np.linspace(start[0], end, 101)
        tops.append(float(np.max(landscape.potential(between))) - bottom)
    return max(min(tops, default=0.0), 0.0)
