"""The Blumenthal-Getoor index, exact and from increments; spanning trees; the generalization bound."""

import math

import numpy as np
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

import levysde as ls
from levysde import stable
from levysde.dimension import (
    generalization_bound,
    index_from_increments,
    persistent_homology_dimension,
    upper_index,
)
from levysde.dimension.persistent_homology import _grown, _tree

NOISES = [
    (ls.AlphaStable(1.5), 0.0, 1.5),
    (ls.AlphaStable(0.6, 0.5), 0.0, 0.6),
    (ls.AlphaStable(0.6), 1.0, 1.0),
    (ls.IsotropicStable(1.2), 0.0, 1.2),
    (ls.Brownian(), 0.0, 2.0),
    (0.1 * ls.Brownian() + ls.AlphaStable(1.2), 0.0, 2.0),
    (ls.TemperedStable(0.8, 3.0), 0.0, 0.8),
    (ls.TemperedStable(1.4, 3.0) + ls.AlphaStable(1.1), 0.0, 1.4),
    (0 * ls.AlphaStable(1.9) + ls.AlphaStable(1.1), 0.0, 1.1),
]


@pytest.mark.parametrize(("noise", "drift", "index"), NOISES)
def test_upper_index_is_the_growth_of_the_exponent(noise, drift, index):
    assert upper_index(noise, drift=drift).value == index
    k = np.array([1e60, 1e62])
    size = np.abs(noise.psi(k) - 1j * drift * k)
    assert math.log(size[1] / size[0]) / math.log(100) == pytest.approx(index, abs=1e-9)


def test_upper_index_of_finitely_many_jumps_is_zero():
    assert upper_index(ls.CompoundPoisson(2.0, [-1.0, 1.0])).value == 0.0


@pytest.mark.parametrize("alpha", [0.7, 1.2, 1.8, 2.0])
def test_index_of_stable_increments(alpha, rng):
    found = index_from_increments(stable.rvs(alpha, size=200_000, rng=rng))
    assert abs(found.value - alpha) < 5 * found.standard_error
    assert abs(found.value - alpha - 0.1) > 5 * found.standard_error


def test_tempering_does_not_change_the_index_but_coarse_sampling_hides_it(seed):
    sde = ls.SDE(ls.Flat(), ls.TemperedStable(0.8, 1.0))
    fine = ls.simulate(sde, 0.0, t=200, dt=1e-3, rng=seed, scheme=ls.EulerMaruyama())
    found = index_from_increments(np.diff(fine.x[0], axis=0))
    # seen over dt, lambda^alpha dt = 1e-3 to 16e-3 of the jumps are cut off: a bias of that order
    assert abs(found.value - 0.8) < 5 * found.standard_error + 0.02
    coarse = index_from_increments(np.diff(fine.x[0, ::1000], axis=0), lags=(1, 2, 4))
    assert coarse.value > 1.2


def test_index_needs_increments_of_a_process():
    with pytest.raises(ValueError, match="increasing"):
        index_from_increments(np.ones(1000), lags=(4, 2))
    with pytest.raises(ValueError, match="too few"):
        index_from_increments(np.ones(100))
    with pytest.raises(ValueError, match="zero throughout"):
        index_from_increments(np.zeros(1000))
    with pytest.raises(ValueError, match="do not grow"):
        index_from_increments(np.diff(np.random.default_rng(0).normal(size=100_001)), lags=(1, 64, 128))


def test_spanning_trees_of_known_sets(rng):
    square = rng.random((3000, 2))
    found = persistent_homology_dimension(square, rng=rng)
    assert found.value == pytest.approx(2, abs=0.1)  # edges of the square: low by a few per cent
    line = np.repeat(square[:, :1], 5, axis=1)
    assert persistent_homology_dimension(line, rng=rng, n_draws=2).value == pytest.approx(1, abs=0.02)
    assert persistent_homology_dimension(line[:, :2], rng=rng, n_draws=2).value == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("dim", [2, 3, 6])
def test_trees_have_the_length_of_the_dense_one(dim, rng):
    points = rng.standard_normal((200, dim))
    exact = minimum_spanning_tree(cdist(points, points)).sum()
    assert _tree(points, 1.0) == pytest.approx(exact, rel=1e-12)
    assert _grown(points).sum() == pytest.approx(exact, rel=1e-12)


def test_a_smaller_power_reaches_dimensions_below_one(rng):
    digits = rng.integers(0, 2, size=(3000, 30)) * 2
    cantor = digits @ 3.0 ** -np.arange(1, 31)
    found = persistent_homology_dimension(cantor, rng=rng, power=0.3)
    assert found.value == pytest.approx(math.log(2) / math.log(3), abs=0.05)
    assert persistent_homology_dimension(cantor, rng=rng).value > 0.9  # power 1 sees nothing below 1


def test_spanning_trees_need_enough_points(rng):
    with pytest.raises(ValueError, match="different points"):
        persistent_homology_dimension(rng.random((600, 2)).round(1))


def test_the_draws_are_a_function_of_rng(rng):
    points = rng.random((1000, 2))
    one, two = (persistent_homology_dimension(points, n_points=500, n_draws=2, rng=5) for _ in range(2))
    assert one == two


def test_generalization_bound():
    assert generalization_bound(1.5, n=50_000) == pytest.approx(0.026629, abs=5e-7)
    assert generalization_bound(1.5, n=50_000) < generalization_bound(1.6, n=50_000)
    assert generalization_bound(1.5, n=100_000) < generalization_bound(1.5, n=50_000)
    assert generalization_bound(1.5, n=50_000, gamma=0.01) > generalization_bound(1.5, n=50_000)
    assert generalization_bound(1.5, n=50_000, bound=3) == pytest.approx(3 * generalization_bound(1.5, n=50_000))
    with pytest.raises(ValueError, match="more data"):
        generalization_bound(1.5, n=50, lipschitz=0.1)
