"""Which law applies: chosen by what the noise does, not by what it is called."""

import math
from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde.domains import Ball, Domain
from levysde.estimate import Prediction
from levysde.landscapes.flat import Flat
from levysde.noise.base import Noise
from levysde.noise.isotropic import IsotropicStable
from levysde.noise.stable import AlphaStable
from levysde.sde import SDE
from levysde.theory.brownian import brownian
from levysde.theory.first_jump import first_jump
from levysde.theory.getoor import strictly_stable, symmetric_stable, unit_tail
from levysde.theory.kramers import kramers
from levysde.theory.question import component, starting_point, unknown

Array = NDArray[np.float64]


def mean_exit_time(sde: SDE, x0: Any, domain: Domain) -> Prediction:
    """Mean time at which the path from x0 first leaves the domain, with the law that says so.

    =====================  =====================================================================
    without drift          Getoor's formula (stable), (r^2 - |x|^2) / (d s^2) (Brownian)
    no jumps, 1-D          Brownian quadrature, exact for every amplitude
    no jumps, d > 1        Eyring-Kramers
    jumps                  first big jump
    =====================  =====================================================================

    Parameters
    ----------
    sde : SDE
        Landscape, noise and epsilon.
    x0 : float or array_like of shape (dim,)
        One starting point.
    domain : Domain
        Where to leave from.

    Returns
    -------
    Prediction
        Outside the regime of every law `valid` is False and `reason` says why; a question that has a physical meaning
        never raises.

    Raises
    ------
    TypeError
        For arguments in another order than (sde, x0, domain).
    ValueError
        For dimensions that differ or a start outside the domain.
    """
    x = starting_point(sde, x0, domain)
    noise = sde.effective_noise
    if isinstance(sde.landscape, Flat):
        return _free(noise, x, domain)
    if noise.has_jumps:
        return first_jump(sde, x0, domain)
    if noise.variance_rate == 0.0:
        return unknown("deterministic", "the noise is zero")
    return brownian(sde, x0, domain) if sde.dim == 1 else kramers(sde, x0, domain)


def _free(noise: Noise, x: Array, domain: Domain) -> Prediction:
    """Answer by the closed forms without drift."""
    if noise.variance_rate == 0.0 and not noise.has_jumps:
        return Prediction(math.inf, 0.0, "deterministic", True, "no drift and no noise")
    if not noise.has_jumps:
        return _free_brownian(noise.variance_rate, x, domain)
    law = "Getoor"
    if noise.variance_rate > 0.0:
        return unknown(law, "no closed form for jumps and a Gaussian part together")
    parts = [(amplitude, part) for amplitude, part in noise.leaves() if amplitude != 0.0]
    stable = [(amplitude, part) for amplitude, part in parts if isinstance(part, (AlphaStable, IsotropicStable))]
    indices = {part.alpha for _, part in stable}
    if len(indices) != 1 or len(stable) < len(parts):
        return unknown(law, f"no closed form without drift for {noise}; known are stable motions of one alpha")
    alpha = indices.pop()
    power, skewness, tail = 0.0, 0.0, 0.0
    for amplitude, part in stable:
        weight = abs(amplitude) ** alpha
        power += weight
        tail += weight * unit_tail(alpha, len(x), independent=isinstance(part, AlphaStable))
        if isinstance(part, AlphaStable):
            skewness += math.copysign(weight, amplitude) * part.beta
    beta = skewness / power
    if len(x) == 1:
        if alpha == 1.0 and beta != 0.0:
            return unknown(law, "alpha = 1 with skewness is not strictly stable: no closed form")
        if len(domain.outside(x, np.ones(1))) == 1 and all(map(math.isfinite, domain.outside(x, np.ones(1))[0])):
            return unknown(law, "no closed form for the complement of an interval")
        a, b = component(domain, x)
        if math.isinf(a) and math.isinf(b):
            return Prediction(math.inf, 0.0, law, True, "the domain is the whole line: there is nothing to leave")
        value = strictly_stable(a, b, float(x[0]), alpha, beta, power ** (1 / alpha))
        reason = (
            "exact without drift"
            if math.isfinite(value)
            else "the path does leave a half-line, but the mean is infinite"
        )
        return Prediction(value, 1e-14 * value if math.isfinite(value) else 0.0, law, True, reason)
    if beta != 0.0:
        return unknown(law, "no closed form for skewed components in more than one dimension")
    if not isinstance(domain, Ball):
        return unknown(law, f"no closed form in {domain}; known are the interval and the ball")
    centre = np.asarray(domain.center, float)
    value = symmetric_stable(float(domain.radius), alpha, float(np.sum((x - centre) ** 2)), tail)
    return Prediction(value, 1e-12 * value, law, True, "exact without drift")


def _free_brownian(variance_rate: float, x: Array, domain: Domain) -> Prediction:
    """Free Brownian motion: a ball of any dimension, an interval."""
    law = "free Brownian motion"
    if len(x) == 1:
        a, b = component(domain, x)
        if math.isinf(a) or math.isinf(b):
            return Prediction(math.inf, 0.0, law, True, "the mean exit time from an unbounded interval is infinite")
        value = (float(x[0]) - a) * (b - float(x[0])) / variance_rate
    elif isinstance(domain, Ball):
        square = float(np.sum((x - np.asarray(domain.center, float)) ** 2))
        value = (float(domain.radius) ** 2 - square) / (len(x) * variance_rate)
    else:
        return unknown(law, f"no closed form in {domain}; known are the interval and the ball")
    return Prediction(value, 1e-14 * value, law, True, "exact without drift")
