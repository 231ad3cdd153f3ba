"""Exits of networks from the weights that they had learned."""

import math

import numpy as np
import pytest

from levysde.sgd.network_exits import NetworkExit, network_exit
from levysde.sgd.networks import Classes, accuracy, gradients, initial_weights
from levysde.sgd.samples import digits


def test_iterations_are_those_of_plain_sgd(seed):
    data, eta, radius = digits(), 0.1, 0.2
    found = network_exit(data, hidden=(12,), eta=eta, radius=radius, wanted=0.8, check_every=25, rng=seed)
    x, y = data.arrays
    weights = initial_weights((64, 12, 10), np.random.default_rng(seed))
    centre, step = None, 0
    while True:
        batch = slice(100 * (step % 18), 100 * (step % 18) + 100)
        weights = [w - eta * g for w, g in zip(weights, gradients(weights, x[batch], y[batch]), strict=True)]
        step += 1
        if centre is None and step % 25 == 0 and accuracy(weights, x, y) > 0.8:
            centre = weights
            assert found.stored == step
        elif centre is not None and math.dist(np.concatenate([w.ravel() for w in weights]),
                                              np.concatenate([c.ravel() for c in centre])) > radius:  # fmt: skip
            break
    assert found.left == step
    assert found.from_centre == pytest.approx(eta * (step - found.stored))
    assert found.from_start == pytest.approx(eta * step)


def test_a_run_that_is_given_up():
    data = Classes([[0.0, 1.0], [1.0, 0.0]], [0, 1])
    found = network_exit(data, hidden=(2,), eta=1e-6, radius=1.0, b=2, check_every=10, max_steps=30, rng=1)
    assert found == NetworkExit(1e-6, -1, -1)
    assert found.from_start == math.inf == found.from_centre


@pytest.mark.parametrize(("name", "value"), [("eta", 0.0), ("radius", -1.0), ("wanted", 1.0), ("check_every", 0)])
def test_refusals(name, value):
    with pytest.raises(ValueError, match=name):
        network_exit(digits(), **({"hidden": (5,), "eta": 0.1, "radius": 0.1} | {name: value}))
