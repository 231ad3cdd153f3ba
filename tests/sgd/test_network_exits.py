"""Exits of networks from the weights that they had learned."""

import math

import numpy as np
import pytest

from levysde.sgd.network_exits import NetworkExit, network_exits
from levysde.sgd.networks import Classes, accuracy, gradients, initial_weights
from levysde.sgd.samples import digits


def test_iterations_are_those_of_plain_sgd(seed):
    data, eta, radius = digits(), 0.1, 0.2
    [[found]] = network_exits(data, hidden=(12,), eta=eta, radii=[radius], wanted=0.8, check_every=[25], rng=seed)
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


def test_one_run_answers_for_all_radii_and_looks(seed):
    how = {"hidden": (12,), "eta": 0.1, "wanted": 0.8, "rng": seed}
    radii, looks = [0.3, 0.1, 0.2], [40, 7]
    table = network_exits(digits(), radii=radii, check_every=looks, **how)
    assert table == [
        [network_exits(digits(), radii=[radius], check_every=[every], **how)[0][0] for radius in radii]
        for every in looks
    ]
    assert table[1][0].stored < table[0][0].stored  # who looks more often finds it earlier
    assert [one.radius for one in table[0]] == radii
    assert table[0][1].left < table[0][2].left < table[0][0].left


def test_a_run_that_is_given_up():
    data = Classes([[0.0, 1.0], [1.0, 0.0]], [0, 1])
    how = {"hidden": (2,), "b": 2, "check_every": [10], "max_steps": 30, "rng": 1}
    [[found]] = network_exits(data, eta=1e-6, radii=[1.0], **how)
    assert found == NetworkExit(1e-6, 1.0, -1, -1)
    assert found.from_start == math.inf == found.from_centre
    [[near, far]] = network_exits(data, eta=1e-6, radii=[1e-9, 1.0], wanted=0.1, **how)
    assert (near.stored, near.left, far.left) == (10, 11, -1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("eta", 0.0),
        ("radii", [-1.0]),
        ("radii", []),
        ("wanted", 1.0),
        ("check_every", [0]),
        ("check_every", []),
        ("max_steps", 0),
    ],
)
def test_refusals(name, value):
    with pytest.raises(ValueError, match=name):
        network_exits(digits(), **({"hidden": (5,), "eta": 0.1, "radii": [0.1]} | {name: value}))
