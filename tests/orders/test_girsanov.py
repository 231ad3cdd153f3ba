"""The divergence of Euler's path from the SDE against exact values and plain sample means."""

import math

import numpy as np
import pytest

import levysde as ls
from levysde import stable
from levysde.convergence import path_divergence

GAMMA = 0.3


def potential(x, params):
    return (1.0 + x * x) ** (0.5 + 0.5 * params[0])


def gradient(x, params):
    return (1.0 + params[0]) * x * (1.0 + x * x) ** (0.5 * params[0] - 0.5)


def growing(gamma):
    return ls.from_functions(potential, gradient, params=[gamma])


def test_brownian_noise_in_a_quadratic_well_is_exact(seed):
    dt, steps, s = 0.2, 5, 0.5
    found = path_divergence(ls.SDE(ls.Quadratic(), ls.Brownian(), s), 0.3, dt=dt, t=1.0, n_paths=4000, rng=seed)
    square, exact = 0.3**2, 0.0
    for _ in range(steps):  # E (x r - s B_r)^2 = x^2 r^2 + s^2 r over [0, dt]
        exact += (square * dt**3 / 3 + s * s * dt**2 / 2) / (2 * s * s)
        square = (1 - dt) ** 2 * square + s * s * dt
    assert abs(found.value - exact) < 5 * found.standard_error + found.bias + 1e-12
    assert abs(found.value - 1.03 * exact) > 5 * found.standard_error  # 3 % off would be seen
    first = path_divergence(ls.SDE(ls.Quadratic(), ls.Brownian(), s), 0.3, dt=dt, t=dt, rng=seed)
    assert first.value == pytest.approx((0.09 * dt**3 / 3 + s * s * dt**2 / 2) / (2 * s * s), rel=1e-9)


def plain_mean(alpha, scale, dt, steps, n, rng, wrong=1.0):
    """Sample Girsanov's integral at a time within every step drawn at random."""
    x, total = np.zeros(n), np.zeros(n)
    for _ in range(steps):
        r, slope = dt * rng.random(n), gradient(x, [GAMMA])
        parts = []
        for length in (r, dt - r):
            jump = stable.rvs(alpha, size=n, rng=rng) * length ** (1 / alpha)
            parts.append(wrong * scale * (np.sqrt(length) * rng.standard_normal(n) + jump))
        within = x - r * slope + parts[0]
        total += dt * (gradient(within, [GAMMA]) - slope) ** 2 / (2 * scale**2)
        x = x - dt * slope + parts[0] + parts[1]
    return total.mean(), total.std() / math.sqrt(n)


def test_jumps_agree_with_a_plain_mean_where_that_has_a_variance(seed, rng):
    # 4 gamma < alpha, so that squares of the integrand have a mean
    alpha, scale, dt, steps = 1.7, 0.5, 0.25, 4
    sde = ls.SDE(growing(GAMMA), ls.Brownian() + ls.AlphaStable(alpha), scale)
    found = path_divergence(sde, 0.0, dt=dt, t=1.0, rng=seed)
    mean, error = plain_mean(alpha, scale, dt, steps, 100_000, rng)
    assert abs(found.value - mean) < 5 * math.hypot(found.standard_error, error) + found.bias
    mean, error = plain_mean(alpha, scale, dt, steps, 100_000, rng, wrong=1.1)
    assert abs(found.value - mean) > 5 * math.hypot(found.standard_error, error)
    bound = path_divergence(sde, 0.0, dt=dt, t=1.0, holder=(2 ** (1 - GAMMA) * (1 + GAMMA), GAMMA), rng=seed)
    assert bound.value > found.value


def test_infinite_for_a_quadratic_well_under_jumps(seed):
    noise = ls.Brownian() + ls.AlphaStable(1.5)
    cuts = (1e6, 1e8, 1e10)
    well, tame = (
        [path_divergence(ls.SDE(f, noise, 0.5), 0.0, dt=0.5, t=1.0, n_paths=200, cutoff=c, rng=seed) for c in cuts]
        for f in (ls.Quadratic(), growing(0.6))
    )
    # cutoff^(2 gamma - alpha) for gamma = 1, and a limit for gamma = 0.6
    assert math.log(well[2].value / well[1].value) / math.log(100) == pytest.approx(0.5, abs=1e-3)
    assert tame[2].value - tame[1].value == pytest.approx((tame[1].value - tame[0].value) * 100**-0.3, rel=0.05)


@pytest.mark.parametrize(
    ("sde", "told"),
    [
        (ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5)), "Brownian part"),
        (ls.SDE(ls.Quadratic(), ls.Brownian() + ls.AlphaStable(1.5, 0.5)), "at most one AlphaStable"),
        (ls.SDE(ls.Quadratic(dim=2), ls.Brownian()), "dimension"),
    ],
)
def test_refusals(sde, told):
    with pytest.raises(ValueError, match=told):
        path_divergence(sde, np.zeros(sde.dim), dt=0.1, t=1.0)
