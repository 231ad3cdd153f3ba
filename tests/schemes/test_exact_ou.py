"""`ExactOU` against the law of the transition, at short and at very long steps."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

import levysde as ls
from levysde.exits import long_steps_meant
from levysde.schemes.exact_ou import effective_time, moment_time

Z = 5.0
N = 40_000


def characteristic_z(x, k, phi):
    """Return the largest |z| of the real and imaginary parts of mean exp(ik.x); cos and sin have standard errors."""
    z = []
    for vector, target in zip(k, phi, strict=True):
        angle = x @ vector
        for values, wanted in ((np.cos(angle), target.real), (np.sin(angle), target.imag)):
            z.append(abs(np.mean(values) - wanted) / (np.std(values) / math.sqrt(len(x))))
    return max(z)


def transition(sde, x0, dt, k, *, noise=None):
    """The characteristic function by quadrature of the exponent along the flow: it knows nothing of the scheme."""
    noise = noise or sde.driving_noise
    curvature = np.reshape(sde.landscape.hessian(np.zeros(sde.dim)), (sde.dim, sde.dim))
    values, vectors = np.linalg.eigh(curvature)

    def flow(s):
        return (vectors * np.exp(-values * s)) @ vectors.T

    def part(s, vector, name):
        wave = flow(s) @ vector
        return getattr(complex(noise.psi(wave if sde.dim > 1 else wave[0], dim=sde.dim)), name)

    found = []
    for vector in k:
        parts = [quad(part, 0, dt, (vector, name), epsabs=1e-11, limit=200)[0] for name in ("real", "imag")]
        found.append(np.exp(1j * vector @ flow(dt) @ x0 - complex(*parts)))
    return np.array(found)


MATRIX = [[2.0, 0.5], [0.5, 1.0]]
CASES = {
    "Brownian": (ls.Quadratic(1.3), ls.Brownian()),
    "alpha 0.15, by the formula of Chambers": (ls.Quadratic(1.3), ls.AlphaStable(0.15)),
    "alpha 0.7": (ls.Quadratic(1.3), ls.AlphaStable(0.7)),
    "Cauchy": (ls.Quadratic(1.3), ls.AlphaStable(1.0)),
    "alpha 1.5": (ls.Quadratic(1.3), ls.AlphaStable(1.5)),
    "skewed": (ls.Quadratic(1.3), ls.AlphaStable(1.4, 0.8)),
    "skewed, index one": (ls.Quadratic(1.3), ls.AlphaStable(1.0, -0.7)),
    "sum": (ls.Quadratic(1.3), 0.5 * ls.Brownian() + ls.AlphaStable(1.5) + -0.4 * ls.AlphaStable(1.0, 0.9)),
    "flat": (ls.Flat(), ls.AlphaStable(1.5) + ls.Brownian()),
    "isotropic": (ls.Quadratic(1.3, dim=2), ls.IsotropicStable(1.5)),
    "elliptical": (ls.Quadratic(1.3, dim=2), ls.EllipticalStable(1.3, [[1.0, 0.5], [0.5, 2.0]])),
    "axes": (ls.Quadratic([0.5, 3.0]), ls.AlphaStable(1.5) + ls.AlphaStable(1.0, 0.6) + 0.5 * ls.Brownian()),
    "matrix": (ls.Quadratic(MATRIX), ls.Brownian() + 0.3 * ls.AlphaStable(2)),
}


def sample(sde, x0, dt, seed, scheme=None):
    scheme = scheme or ls.ExactOU()
    return ls.simulate(sde, x0, t=dt, dt=dt, n_paths=N, scheme=scheme, rng=seed).x[:, -1]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dt", [0.01, 5.0])
def test_the_transition_has_its_law(name, dt, seed):
    landscape, noise = CASES[name]
    sde = ls.SDE(landscape, noise, 0.7)
    x0 = np.array([1.0, -0.5])[: sde.dim] * ("0.15" not in name)  # there the noise of a short step is below 1e-12
    x = sample(sde, x0, dt, seed)
    directions = np.array([[1.0]]) if sde.dim == 1 else np.array([[1.0, 0.0], [0.6, -0.8], [0.0, 1.0]])
    spread = np.median(np.abs(x - np.median(x, axis=0)))
    k = np.concatenate([u * directions / spread for u in (0.2, 0.6, 1.2)])
    phi = transition(sde, x0, dt, k)
    assert characteristic_z(x, k, phi) < Z
    louder = transition(sde, x0, dt, k, noise=(1.1 if "0.15" not in name else 2.0) * sde.driving_noise)
    assert characteristic_z(x, k, louder) > Z
    # that the noise of a whole step of Splitting has another law is seen where the step is long
    with long_steps_meant():
        wrong = sample(sde, x0, dt, seed, ls.Splitting())
    assert dt < 1 or name == "flat" or characteristic_z(wrong, k, phi) > Z


def test_two_steps_are_one_of_twice_the_length(seed):
    sde = ls.SDE(ls.Quadratic(0.8), ls.AlphaStable(1.2, 0.5), 0.6)
    k = np.array([[0.5], [1.0], [2.0]])
    two = ls.simulate(sde, 1.0, t=4.0, dt=2.0, n_paths=N, scheme=ls.ExactOU(), rng=seed).x[:, -1]
    assert characteristic_z(two, k, transition(sde, np.ones(1), 4.0, k)) < Z


@pytest.mark.parametrize("rate", [-2.0, -1e-9, 0.0, 1e-9, 0.3, 40.0])
@pytest.mark.parametrize("dt", [1e-6, 0.1, 5.0])
def test_the_times_are_the_integrals(rate, dt):
    """For wells, flat ground and hills alike."""
    assert effective_time(rate, dt) == pytest.approx(quad(lambda s: math.exp(-rate * s), 0, dt)[0], rel=1e-9)
    wanted = quad(lambda s: rate * s * math.exp(-rate * s), 0, dt)[0]
    assert moment_time(rate, dt) == pytest.approx(wanted, rel=1e-9, abs=1e-15 * dt)


def test_what_it_cannot_do_is_refused():
    def refused(landscape, noise, words):
        reason = ls.ExactOU().misfit(ls.SDE(landscape, noise))
        assert words in reason, reason

    refused(ls.DoubleWell(), ls.Brownian(), "needs a quadratic landscape, and this is DoubleWell")
    refused(ls.Quadratic(), ls.TemperedStable(1.5, 1.0), "needs stable or Brownian noise")
    refused(ls.Quadratic(), ls.Brownian() + ls.CompoundPoisson(1.0, [1.0]), "needs stable or Brownian noise")
    refused(ls.Quadratic(MATRIX), ls.AlphaStable(1.5), "needs a diagonal curvature")
    refused(ls.Quadratic([1.0, 2.0]), ls.IsotropicStable(1.5), "needs the same curvature in every direction")
    refused(ls.Quadratic([1.0, 2.0]), ls.AlphaStable(0.1), "so small an alpha")
    assert ls.ExactOU().misfit(ls.SDE(ls.Quadratic(MATRIX), ls.IsotropicStable(2))) == ""
