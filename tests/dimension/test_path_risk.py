"""The largest error along a path: exact risk, the variance of one point, and what a wrong constant does."""

import math

import numpy as np
import pytest
from scipy.special import j0

from levysde.dimension import path_gap
from levysde.dimension.path_risk import _mean_wave


def test_mean_waves_are_the_known_ones():
    s = np.array([0.0, 0.3, 2.0, 17.0])
    assert np.allclose(_mean_wave(s, 1), np.cos(s), atol=1e-12)
    assert np.allclose(_mean_wave(s, 2), j0(s), atol=1e-12)
    assert np.allclose(_mean_wave(s, 3), np.sinc(s / np.pi), atol=1e-12)


def test_one_point_has_the_variance_of_its_loss(rng):
    n, draws, s = 50, 2000, 1.5
    squares = n * np.array([path_gap([[s / 2, 0.0]], n=n, lipschitz=1.0, rng=rng) for _ in range(draws)]) ** 2
    error = squares.std(ddof=1) / math.sqrt(draws)
    assert abs(squares.mean() - variance(s)) < 5 * error
    assert abs(squares.mean() - variance(1.1 * s)) > 5 * error  # another L


def variance(s):
    return (0.5 * (1 + j0(2 * s)) - j0(s) ** 2) / 4


def test_the_largest_is_over_all_points(rng):
    points = rng.standard_normal((3000, 2))
    whole = path_gap(points, n=40, lipschitz=5.0, rng=3)
    assert whole == max(path_gap(part, n=40, lipschitz=5.0, rng=3) for part in np.array_split(points, 7))
    assert path_gap(np.zeros((5, 2)), n=40, lipschitz=5.0, rng=3) == pytest.approx(0, abs=1e-15)


def test_bad_input():
    with pytest.raises(ValueError, match="n_points, dim"):
        path_gap(np.zeros(3), n=10, lipschitz=1.0)
    with pytest.raises(ValueError, match="lipschitz"):
        path_gap(np.zeros((3, 2)), n=10, lipschitz=0.0)
