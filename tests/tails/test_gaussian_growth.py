"""Projections keep the index of stable rows; block sums on dependent Gaussian values read what the formula says."""

import numpy as np
import pytest
from scipy.signal import lfilter

from levysde import stable, tails


def first_order(n, phi):
    lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return phi**lag


def test_known_cases():
    assert tails.gaussian_growth(np.eye(60), 5) == pytest.approx(0.5, abs=1e-12)
    assert tails.gaussian_growth(np.ones((60, 60)), 5) == pytest.approx(1.0, abs=1e-12)
    walk = np.minimum.outer(np.arange(1, 61), np.arange(1, 61)).astype(float)
    assert tails.gaussian_growth(7 * walk, 5) == pytest.approx(tails.gaussian_growth(walk, 5), abs=1e-12)


@pytest.mark.parametrize("block", [3, 18])
def test_the_formula_is_the_mean_of_the_estimator(block, rng):
    n, series, phi = 180, 4000, 0.6
    x = lfilter([1.0], [1.0, -phi], rng.standard_normal((200 + n, series)), axis=0)[200:]
    found = 1 / tails.block_log_moment(x, block, errors="independent").value
    error = found.std(ddof=1) / np.sqrt(series)
    assert abs(found.mean() - tails.gaussian_growth(first_order(n, phi), block)) < 5 * error
    assert abs(found.mean() - tails.gaussian_growth(first_order(n, phi - 0.1), block)) > 5 * error


def test_growth_bad_input():
    with pytest.raises(ValueError, match="square"):
        tails.gaussian_growth(np.ones((3, 4)), 2)
    with pytest.raises(ValueError, match="at most 5"):
        tails.gaussian_growth(np.eye(20), 6)
    with pytest.raises(ValueError, match="no variance"):
        tails.gaussian_growth(np.zeros((20, 20)), 2)


def test_projections_are_on_unit_directions(rng):
    x = rng.standard_normal((50, 3))
    seen = tails.random_projections(x, 200, rng=1)
    assert seen.shape == (50, 200)
    assert np.allclose(seen.mean(axis=0), 0)
    directions = np.linalg.lstsq(x - x.mean(axis=0), seen, rcond=None)[0]
    assert np.allclose(np.linalg.norm(directions, axis=0), 1)
    assert np.allclose(seen, tails.random_projections(x + 5.0, 200, rng=1))
    one = tails.random_projections(x[:, :1], 4, rng=1)
    assert np.allclose(np.abs(one), np.abs(x[:, :1] - x[:, :1].mean()))


def test_projected_stable_rows_keep_their_index(rng):
    rows = stable.rvs(1.5, size=(8000, 20), rng=rng)
    for found in tails.block_log_moment(tails.random_projections(rows, 4, centre="median", rng=rng), 20):
        assert abs(found.value - 1.5) < 5 * found.standard_error
        assert abs(found.value - 2.0) > 5 * found.standard_error


def test_one_value_moves_the_mean_and_not_the_median(rng):
    """A coordinate's mean that is far off is a shift of all rows, and block sums of a shift read the index 1."""
    rows = stable.rvs(1.5, size=(8000, 20), rng=rng)
    rows[17, 3] = 4e5
    shifted, kept = (
        tails.block_log_moment(tails.random_projections(rows, 4, centre=centre, rng=1), 20)
        for centre in ("mean", "median")
    )
    assert min(found.value for found in shifted) < 1.3
    assert min(found.value for found in kept) > 1.3


def test_projections_bad_input():
    with pytest.raises(ValueError, match="at least two rows"):
        tails.random_projections(np.ones(5))
    with pytest.raises(ValueError, match="n_directions"):
        tails.random_projections(np.eye(3), 0)
    with pytest.raises(ValueError, match="centre='mode' is neither"):
        tails.random_projections(np.eye(3), centre="mode")
