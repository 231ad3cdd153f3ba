"""The SDE that SGD follows: Euler's scheme with the step eta is SGD, bit for bit but for rounding."""

import math

import numpy as np
import pytest

import levysde as ls


@pytest.mark.parametrize("alpha", [0.8, 1.0, 1.5, 2.0, None])
def test_eulers_chain_with_the_step_eta_is_sgd(alpha):
    eta, sigma, steps = 0.05, 0.7, 40
    sde = ls.sgd.matching_sde(ls.Quadratic(), eta=eta, sigma=sigma, alpha=alpha)
    flat = ls.SDE(ls.Flat(), ls.Brownian() if alpha is None else ls.AlphaStable(alpha))
    scheme = ls.EulerMaruyama()
    x = ls.simulate(sde, 1.0, t=steps * eta, dt=eta, n_paths=20, scheme=scheme, rng=3).x[..., 0]
    # The same streams, at a step of one, give the noise S_k of SGD.
    noise = np.diff(ls.simulate(flat, 0.0, t=float(steps), dt=1.0, n_paths=20, scheme=scheme, rng=3).x[..., 0])
    w = np.ones(20)
    for k in range(steps):
        w = w - eta * (w + sigma * -noise[:, k])
        np.testing.assert_allclose(x[:, k + 1], w, rtol=1e-9, atol=1e-9)


def test_epsilon():
    well = ls.DoubleWell()
    assert ls.sgd.matching_sde(well, eta=0.01, sigma=2, alpha=1.5).epsilon == pytest.approx(2 * 0.01 ** (1 / 3))
    assert ls.sgd.matching_sde(well, eta=0.01, sigma=2, alpha=2).epsilon == pytest.approx(0.2)
    gaussian = ls.sgd.matching_sde(well, eta=0.01, sigma=2, alpha=None)
    assert gaussian.epsilon == pytest.approx(0.2)
    assert gaussian.noise == ls.Brownian()
    assert math.isclose(ls.sgd.matching_sde(well, eta=0.01, sigma=2, alpha=1).epsilon, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"eta": 0}, "eta=0 is outside"),
        ({"sigma": -1}, "sigma=-1"),
        ({"alpha": 2.5}, "outside .0, 2."),
        ({"alpha": 0}, "alpha=0"),
    ],
)
def test_wrong_numbers(change, message):
    with pytest.raises(ValueError, match=message):
        ls.sgd.matching_sde(ls.DoubleWell(), **({"eta": 0.1, "sigma": 1, "alpha": 1.5} | change))


def test_what_is_no_landscape_is_told():
    with pytest.raises(TypeError, match="landscape"):
        ls.sgd.matching_sde(0.1, eta=0.1, sigma=1, alpha=1.5)
