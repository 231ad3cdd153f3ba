"""Stationary laws: the quadratic well exactly (chain and all), Cauchy noise in a quartic well, Gibbs."""

import math

import numpy as np
import pytest

import levysde as ls

# The state of a Splitting chain is one of the Strang chain (half the noise, the flow, half the noise) plus an
# independent half increment: X = Y + N(dt/2), so E exp(ikY) = E exp(ikX) exp(dt psi(k) / 2). Y has the stationary law
# up to O(dt^2). In the tests below that is (curvature dt)^2 / 12 < 1e-4, against a statistical error above 1e-3.


def _last(sde, x0, *, t, dt, n, rng, scheme):
    return ls.simulate(sde, x0, t=t, dt=dt, n_paths=n, scheme=scheme, save_every=round(t / dt), rng=rng).x[:, -1]


@pytest.mark.parametrize("scheme", [ls.EulerMaruyama(), ls.Splitting()], ids=repr)
@pytest.mark.parametrize(
    ("alpha", "beta"), [(0.5, 0.0), (0.8, 0.0), (1.0, 0.0), (1.5, 0.0), (1.9, 0.0), (2.0, 0.0), (1.5, 1.0), (0.7, -0.8)]
)
def test_quadratic_well(alpha, beta, scheme, laws, seed):
    """X' = q X + noise: after n steps stable with scale^alpha = eps^alpha dt (1 - q^(alpha n)) / (1 - q^alpha).

    q = 1 - a dt for Euler and exp(-a dt) for Splitting; exact for the chain; n = 120 is all but stationary.
    """
    a, eps, dt, steps = 2.0, 0.7, 0.02, 120
    n = 300_000 if beta == 0 else 60_000  # the skewed sampler is slow
    sde = ls.SDE(ls.Quadratic(a), ls.AlphaStable(alpha, beta), eps)
    x = _last(sde, 0.5, t=steps * dt, dt=dt, n=n, rng=seed, scheme=scheme)[:, 0]
    q = 1 - a * dt if isinstance(scheme, ls.EulerMaruyama) else math.exp(-a * dt)
    power = eps**alpha * dt * (1 - q ** (alpha * steps)) / (1 - q**alpha)
    k = laws.rays(alpha, power ** (1 / alpha))

    def phi(alpha, power):
        skew = 0.0 if beta == 0 else beta * math.tan(math.pi * alpha / 2)
        return np.exp(1j * k * 0.5 * q**steps - power * k**alpha * (1 - 1j * skew))

    assert laws.characteristic_z(x, k, phi(alpha, power)) < laws.Z
    slip = 1.03 if alpha >= 1 else 1.05 ** (1 / alpha)
    assert laws.characteristic_z(x, k, phi(alpha, power * slip**alpha)) > laws.Z
    if alpha < 2:
        assert laws.characteristic_z(x, k, phi(alpha - 0.1, power)) > laws.Z
        root = dt ** (alpha / 2 - 1)  # sqrt(dt) for dt^(1/alpha)
        assert laws.characteristic_z(x, k, phi(alpha, power * root)) > laws.Z
    else:
        assert laws.characteristic_z(x, k, phi(alpha, power / 2)) > laws.Z  # the lost sqrt(2)


def test_quadratic_well_in_the_plane(laws, seed):
    """Splitting with a full matrix: Cov' = Q Cov Q + dt I, solved for the stationary covariance."""
    matrix, dt, n = np.array([[2.0, 0.7], [0.7, 1.0]]), 0.05, 100_000
    x = _last(
        ls.SDE(ls.Quadratic(matrix), ls.Brownian()), [0.0, 0.0], t=20.0, dt=dt, n=n, rng=seed, scheme=ls.Splitting()
    )
    values, vectors = np.linalg.eigh(matrix)
    covariance = vectors @ np.diag(dt / (1 - np.exp(-2 * values * dt))) @ vectors.T
    k = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0], [0.5, 1.5]])
    phi = np.exp(-np.einsum("ij,jk,ik->i", k, covariance, k) / 2)
    assert laws.characteristic_z(x, k, phi) < laws.Z
    assert laws.characteristic_z(x, k * np.array([1.0, -1.0]), phi) > laws.Z  # the coupling has a sign
    assert laws.characteristic_z(x, k, phi ** (1.03**2)) > laws.Z


def _drawn(density, grid, n, rng):
    """Draw from a density given on a grid, by its distribution function."""
    whole = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))])
    return np.interp(rng.random(n) * whole[-1], whole, grid)


def test_cauchy_noise_in_a_quartic_well(laws, rng):
    """U = x^4/4 with Cauchy noise has the density 1 / (pi (1 - x^2 + x^4)) (Chechkin et al. 2002).

    Its characteristic function is exp(-k/2) (cos(s k) + sin(s k) / sqrt(3)), s = sqrt(3)/2, k > 0. Paths start in that
    law, so that it only has to stay; a law that is not invariant is left within a relaxation time of about one.
    """
    dt, n = 0.02, 400_000
    grid = np.sinh(np.linspace(-12, 12, 200_001))
    x0 = _drawn(1 / (math.pi * (1 - grid**2 + grid**4)), grid, n, rng)
    sde = ls.SDE(ls.Polynomial([0, 0, 0, 0, 0.25]), ls.AlphaStable(1.0))
    x = _last(sde, x0, t=2.0, dt=dt, n=n, rng=rng, scheme=ls.Splitting())[:, 0]
    k = np.array([0.5, 0.8, 1.2, 2.0, 3.0])

    def phi(k):
        s = math.sqrt(3) / 2
        return np.exp(-k / 2) * (np.cos(s * k) + np.sin(s * k) / math.sqrt(3))

    from scipy.integrate import quad

    for number in k:
        density = quad(lambda y: 2 / (math.pi * (1 - y * y + y**4)), 0, math.inf, weight="cos", wvar=number)[0]
        assert phi(number) == pytest.approx(density, abs=1e-7)
    half = np.exp(-dt * k / 2)
    assert laws.characteristic_z(x, k, phi(k) * half) < laws.Z
    # noise 3 % stronger: x scales as amplitude^(1/3), time as amplitude^(-2/3)
    assert laws.characteristic_z(x, k, phi(1.03 ** (1 / 3) * k) * half) > laws.Z
    assert laws.characteristic_z(x, k, np.exp(-k)) > laws.Z  # the noise's own law


def test_a_law_that_is_not_invariant_is_left(laws, rng):
    """The negative control of the start: from the same law, with noise 10 % stronger, it is gone at t = 2."""
    dt, n = 0.02, 60_000
    grid = np.sinh(np.linspace(-12, 12, 200_001))
    x0 = _drawn(1 / (math.pi * (1 - grid**2 + grid**4)), grid, n, rng)
    sde = ls.SDE(ls.Polynomial([0, 0, 0, 0, 0.25]), ls.AlphaStable(1.0), 1.1)
    x = _last(sde, x0, t=2.0, dt=dt, n=n, rng=rng, scheme=ls.Splitting())[:, 0]
    k, s = np.array([0.5, 0.8, 1.2, 2.0, 3.0]), math.sqrt(3) / 2
    phi = np.exp(-k / 2) * (np.cos(s * k) + np.sin(s * k) / math.sqrt(3))
    assert laws.characteristic_z(x, k, phi * np.exp(-dt * k / 2)) > laws.Z


@pytest.mark.parametrize("eps", [0.5, 1.0])
def test_gibbs_in_the_double_well(eps, laws, rng):
    """Density exp(-2 U / eps^2) under eps Brownian(); paths start in it and have to keep it for two time units."""
    dt, n = 0.02, 600_000
    y = np.linspace(-5, 5, 20001)

    def weight(strength):
        return np.exp(-2 * (y**4 / 4 - y**2 / 2 + 0.25) / strength**2)

    def phi(k, strength):
        return np.array([np.sum(weight(strength) * np.cos(value * y)) for value in k]) / np.sum(weight(strength))

    sde = ls.SDE(ls.DoubleWell(), ls.Brownian(), eps)
    x = _last(sde, _drawn(weight(eps), y, n, rng), t=2.0, dt=dt, n=n, rng=rng, scheme=ls.Splitting())[:, 0]
    k = np.array([0.5, 1.0, 1.5, 2.5])
    half = np.exp(-dt * eps**2 * k**2 / 4)
    assert laws.characteristic_z(x, k, phi(k, eps) * half) < laws.Z
    assert laws.characteristic_z(x, k, phi(k, 1.03 * eps) * half) > laws.Z
    assert laws.characteristic_z(x, k, phi(k, math.sqrt(2) * eps) * half) > laws.Z  # AlphaStable(2) in its place
