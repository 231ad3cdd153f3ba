"""The law of the survivors: closed forms, conservation of probability, and paths that survived."""

import math

import numpy as np
import pytest

import levysde as ls
from levysde import dirichlet

UNIT = ls.Interval(-1.0, 1.0)
X = np.linspace(-0.98, 0.98, 13)


def test_brownian_cosine():
    law = dirichlet.quasi_stationary(ls.SDE(ls.Flat(), ls.Brownian()), UNIT)
    assert np.abs(law.density(X) - math.pi / 4 * np.cos(math.pi * X / 2)).max() < 1e-10
    assert np.abs(law.cdf(X) - (1 + np.sin(math.pi * X / 2)) / 2).max() < 1e-11
    assert law.exit_rate.value == pytest.approx(math.pi**2 / 8, rel=1e-12)
    assert law.error < 1e-10
    assert law.density(1.5) == 0.0
    assert (law.cdf(-2.0), law.cdf(2.0)) == (0.0, 1.0)
    wrong = math.pi / 4 * np.cos(1.01 * math.pi * X / 2)
    assert np.abs(law.density(X) - wrong).max() > 1e-3


def flat_mode(alpha, n=30):
    """Principal eigenfunction of the fractional Laplacian in the basis (1 - x^2)^(alpha/2) C_k^(alpha/2 + 1/2), even k.

    The operator takes its k-th member to Gamma(alpha + k + 1) / k! C_k (Dyda, Kuznetsov, Kwasnicki, arXiv:1509.08533);
    Gauss-Jacobi quadrature of the weak form.
    """
    from scipy.linalg import eigh
    from scipy.special import eval_jacobi, gammaln, roots_jacobi

    k = np.arange(0, 2 * n, 2)
    a = alpha / 2
    x, w = roots_jacobi(3 * n + 10, a, a)
    values = np.array([eval_jacobi(j, a, a, x) for j in k])
    stiff = (values * w) @ values.T * np.exp(gammaln(alpha + k + 1) - gammaln(k + 1))
    y, v = roots_jacobi(3 * n + 10, alpha, alpha)
    mass_values = np.array([eval_jacobi(j, a, a, y) for j in k])
    rates, modes = eigh((stiff + stiff.T) / 2, (mass_values * v) @ mass_values.T)
    mode = modes[:, 0]
    total = (w * (mode @ values)).sum()

    def density(z):
        return (1 - z * z) ** a * (mode @ np.array([eval_jacobi(j, a, a, z) for j in k])) / total

    return rates[0], density


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5, 1.9])
def test_symmetric_stable(alpha):
    """Without drift the generator is its own adjoint, and a spectral method that shares nothing gives the mode."""
    law = dirichlet.quasi_stationary(ls.SDE(ls.Flat(), ls.AlphaStable(alpha)), UNIT)
    rate, density = flat_mode(alpha, 60)
    coarse_rate, coarse = flat_mode(alpha)
    assert abs(law.exit_rate.value - rate) < abs(coarse_rate - rate) + 1e-9
    assert np.abs(law.density(X) - density(X)).max() < np.abs(coarse(X) - density(X)).max() + law.error
    assert np.abs(law.density(X) - flat_mode(1.03 * alpha)[1](X)).max() > 1e-3
    assert np.abs(law.density(X) - law.density(-X)).max() < 1e-8
    assert law.error < 1e-8


def flux(law, alpha, scale, a, b):
    """Rate of jumps out, averaged over the density: polynomials against powers of the distances to the ends."""
    nodes, w = np.polynomial.legendre.leggauss(30)
    lengths = np.diff(law.edges)
    x = law.edges[:-1, None] + lengths[:, None] * (1 + nodes) / 2
    density = np.polynomial.legendre.legval(nodes, law.coefficients.T)
    left = np.cumsum(np.append(0.0, lengths[:-1]))[:, None] + lengths[:, None] * (1 + nodes) / 2
    right = (np.cumsum(np.append(0.0, lengths[::-1][:-1]))[::-1])[:, None] + lengths[:, None] * (1 - nodes) / 2
    tail = scale**alpha * math.gamma(alpha) * math.sin(math.pi * alpha / 2) / math.pi
    leaving = tail * ((left**-alpha if a > -math.inf else 0.0) + (right**-alpha if b < math.inf else 0.0))
    assert np.isfinite(x).all()
    return float(np.sum(lengths[:, None] * w / 2 * density * leaving))


@pytest.mark.parametrize("alpha", [0.5, 0.8, 1.0])
def test_rate_is_the_flux(alpha):
    """What leaves per time is the rate: the eigenvalue of one matrix against an integral over the mode of another."""
    sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(alpha), 0.3)
    law = dirichlet.quasi_stationary(sde, ls.Interval(-1.0, 2.0))
    assert law.exit_rate.value == pytest.approx(dirichlet.principal_eigenvalue(sde, ls.Interval(-1.0, 2.0)).value)
    # The drift leads inward: all leave by jumps; quadrature of d^(-alpha/2) at the ends leaves 1e-7.
    assert flux(law, alpha, 0.3, -1.0, 2.0) == pytest.approx(law.exit_rate.value, rel=1e-7)
    assert law.error < 1e-6


def test_density_jumps_where_the_drift_leads_out():
    """Below order one with drift outward: what leaves is the flux of the drift and the jumps."""
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(0.5), 0.3)
    law = dirichlet.quasi_stationary(sde, ls.Interval(-0.9, 0.7))
    ends = law.density([-0.9 + 1e-9, 0.7 - 1e-9])
    assert (ends > 0.1).all()
    drift = np.abs(sde.landscape.gradient(np.array([-0.9, 0.7])).ravel())
    edge = np.polynomial.legendre.legval([-1.0, 1.0], law.coefficients[[0, -1]].T, tensor=False)
    total = flux(law, 0.5, 0.3, -0.9, 0.7) + float(drift @ edge)
    # sqrt(d) at the ends, elements down to 1e-13.
    assert total == pytest.approx(law.exit_rate.value, rel=1e-6)


def test_mean_time_from_the_law():
    """Started from the law, the time to leave is exponential: the mean time averaged over the density is 1 / rate."""
    sde, domain = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.4), 0.5), ls.Interval(-2.0, 0.3)
    law = dirichlet.quasi_stationary(sde, domain)
    means = mixed(law, lambda x: dirichlet.mean_exit_time(sde, x, domain).value)
    assert means == pytest.approx(1 / law.exit_rate.value, rel=1e-8)


def mixed(law, function):
    """Average over the law: Gauss on every element, but for those that carry less than 1e-12."""
    nodes, w = np.polynomial.legendre.leggauss(10)
    total = 0.0
    for left, right in zip(law.edges[:-1], law.edges[1:], strict=True):
        if right - left > 1e-9:
            x = left + (right - left) * (1 + nodes) / 2
            density = law.density(x)
            total += sum((right - left) / 2 * w * density * np.array([function(float(z)) for z in x]))
    return total


def test_survivors(seed):
    """Paths still inside after eight relaxation times, against the cumulated density."""
    sde, domain = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), 0.4), ls.Interval(-1.0, 1.5)
    law = dirichlet.quasi_stationary(sde, domain)
    n, dt, t = 15_000, 0.01, 8.0
    paths = ls.simulate(sde, 0.0, t=t, dt=dt, n_paths=n, save_every=1, rng=seed).x[:, :, 0]
    inside = ((paths > -1.0) & (paths < 1.5)).all(axis=1)
    ends = paths[inside, -1]
    assert len(ends) > 500
    for z in (-0.5, -0.1, 0.0, 0.2, 0.7):
        p = float(law.cdf(z))
        error = math.sqrt(p * (1 - p) / len(ends))
        # Splitting moves by drift, then noise: of order dt in the width.
        assert abs((ends < z).mean() - p) < 5 * error + dt
    brownian = dirichlet.quasi_stationary(ls.SDE(ls.Quadratic(), 0.4 * ls.Brownian()), domain)
    worst = max(abs((ends < z).mean() - float(brownian.cdf(z))) for z in (-0.5, 0.2))
    assert worst > 5 * 0.5 / math.sqrt(len(ends)) + dt


def test_half_lines():
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.3)
    law = dirichlet.quasi_stationary(sde, ls.Interval(-math.inf, 0.0))
    assert law.error < 1e-6
    wide = dirichlet.quasi_stationary(sde, ls.Interval(-1000.0, 0.0))
    lost = 0.3**1.5 * math.gamma(1.5) * math.sin(0.75 * math.pi) / math.pi * 1000**-1.5
    gap = np.abs(law.cdf(X - 1.0) - wide.cdf(X - 1.0)).max()
    assert gap < lost / law.exit_rate.value + law.error + wide.error  # of those that survive, so many went beyond -1000
    with pytest.raises(ValueError, match="dimension"):
        dirichlet.quasi_stationary(ls.SDE(ls.Quadratic(dim=2), ls.Brownian()), ls.Ball((0.0, 0.0), 1.0))
