"""Gradient noise along training, and the indices that are read off it."""

import numpy as np
import pytest

from levysde import stable
from levysde.sgd import networks
from levysde.sgd.gradient_noise import indices, noise_along
from levysde.sgd.samples import digits

DATA = networks.Classes(digits().arrays[0][:300], digits().arrays[1][:300])


def along(**changes):
    settings = {"hidden": (8,), "eta": 0.1, "b": 10, "at": [0, 10, 30], "rng": 5}
    return list(noise_along(DATA, **(settings | changes)))


def test_noise_is_the_gradients_of_an_epoch_less_their_mean():
    [shot] = along(at=[0])
    x, y = DATA.arrays
    generator = np.random.default_rng(5)
    _, shots = generator.spawn(2)
    weights = networks.initial_weights((64, 8, 10), generator)
    order = shots.permutation(300).reshape(30, 10)
    assert len(set(order.ravel().tolist())) == 300
    rows = np.array([np.concatenate([g.ravel() for g in networks.gradients(weights, x[k], y[k])]) for k in order])
    np.testing.assert_allclose(shot.noise, rows - rows.mean(axis=0), atol=1e-15)
    # the batches of an epoch make up the full gradient
    full = np.concatenate([g.ravel() for g in networks.gradients(weights, x, y)])
    np.testing.assert_allclose(rows.mean(axis=0), full, atol=1e-13)
    assert shot.loss == networks.loss(weights, x, y)
    assert shot.accuracy == networks.accuracy(weights, x, y)


def test_snapshots_do_not_change_the_training():
    first = along(at=[0, 10, 30])
    [alone] = along(at=[30])
    np.testing.assert_array_equal(first[-1].noise, alone.noise)
    assert [shot.iteration for shot in first] == [0, 10, 30]
    drawn = along(at=[0, 10, 30], n_batches=7)
    assert drawn[-1].loss == alone.loss
    assert drawn[-1].noise.shape == (7, 8 * 64 + 10 * 8)
    assert first[-1].loss < first[0].loss
    assert not np.array_equal(along(rng=6)[0].noise, first[0].noise)


def test_a_diverged_run_ends():
    assert [shot.iteration for shot in along(eta=1e6, at=[0, 50])] == [0]


def test_indices_tell_stable_noise_by_coordinate_and_not_by_surrogate(seed):
    """A surrogate of stable noise reads alpha as well when pooled, since sample variances are random scales."""
    found = indices(stable.rvs(1.2, size=(90, 4000), rng=seed), rng=seed)
    for index in (found.pooled, found.pooled_shuffled, found.coordinates):
        assert abs(index.value - 1.2) < 0.15
    assert found.pooled_surrogate.value < 1.5
    gaussian = found.coordinates_surrogate
    assert abs(gaussian.value - 2) < 5 * gaussian.standard_error


def test_indices_of_gaussian_noise_with_scales(rng):
    noise = rng.standard_normal((90, 40, 60)) * np.geomspace(1e-4, 1, 2400).reshape(40, 60)
    noise[:, :, 3] = 0.0  # a silent unit
    found = indices(noise, rng=int(rng.integers(2**31)))
    assert found.pooled.value < 1.6
    assert abs(found.pooled.value - found.pooled_surrogate.value) < 0.1
    assert abs(found.coordinates.value - 2) < 5 * found.coordinates.standard_error


def test_what_is_refused():
    for changes, text in (
        ({"at": []}, "at="),
        ({"at": [5, 3]}, "increasing"),
        ({"at": [0, 0]}, "increasing"),
        ({"b": 200}, "at most 150"),
        ({"eta": 0.0}, "eta"),
        ({"hidden": (0,)}, "hidden"),
        ({"n_batches": 1}, "n_batches"),
    ):
        with pytest.raises(ValueError, match=text):
            noise_along(DATA, **({"hidden": (8,), "eta": 0.1, "b": 10, "at": [0], "rng": 5} | changes))
    with pytest.raises(ValueError, match="n_batches"):
        indices(np.ones(5))
