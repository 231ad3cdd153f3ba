"""Dimensions of simulated stable paths against theorems: one-sided bands for the known low bias, and contrasts."""

import numpy as np
import pytest

import levysde as ls
from levysde import stable
from levysde.dimension import graph_dimension, range_dimension, zero_set_dimension, zero_set_slope

N = 2**18
LOW, HIGH = 0.85, 1.03  # of the limit: box counting at this size is low by 3 to 13 %


def path(noise, dim, n, seed, n_paths=6):
    sde = ls.SDE(ls.Flat(dim=dim), noise)
    return ls.simulate(sde, np.zeros(dim), t=1, dt=1 / n, n_paths=n_paths, rng=seed, scheme=ls.EulerMaruyama())


def within(found, truth, spare=5):
    margin = spare * found.standard_error
    return LOW * truth - margin < found.value < HIGH * truth + margin


@pytest.mark.parametrize("alpha", [0.7, 1.2, 1.8])
def test_range_in_the_plane(alpha, seed):
    found = range_dimension(path(ls.IsotropicStable(alpha), 2, N, seed))
    assert within(found, alpha)
    assert not within(found, alpha * 1.35)
    assert not within(found, alpha / 1.35)


def test_range_on_the_line_and_graph_in_the_plane(seed):
    line = range_dimension(path(ls.AlphaStable(1.5), 1, N, seed))
    assert within(line, 1.0)  # min(alpha, d)
    assert not within(line, 1.5)
    plane = graph_dimension(path(ls.IsotropicStable(1.8), 2, N, seed))
    assert within(plane, 1.8)
    assert not within(plane, 2 - 1 / 1.8)  # its value on the line


@pytest.mark.parametrize("alpha", [0.7, 1.2, 1.8])
def test_graph_on_the_line(alpha, seed):
    found = graph_dimension(path(ls.AlphaStable(alpha), 1, N, seed))
    assert within(found, max(1, 2 - 1 / alpha))
    assert not within(found, 2.0)


def test_a_drift_lifts_the_range_to_dimension_one(seed):
    still = path(ls.IsotropicStable(0.5), 2, N, seed)
    moving = still.x + still.t[:, None] * np.array([1.0, 0.0])
    scales = 0.04 * 0.5 ** np.arange(9)
    without, carried = range_dimension(still, scales=scales), range_dimension(moving, scales=scales)
    assert within(without, 0.5)
    assert within(carried, 1.0)
    assert carried.value - without.value > 0.3


def test_independent_components_of_two_indices_stay_below_the_blumenthal_getoor_bound(seed):
    one = path(ls.AlphaStable(1.8), 1, N, seed).x
    two = path(ls.AlphaStable(0.5), 1, N, seed + 1).x
    found = range_dimension(np.concatenate([one, two], axis=2))
    assert within(found, 1 + 0.5 * (1 - 1 / 1.8))
    assert found.value + 5 * found.standard_error < 1.8 * LOW


@pytest.mark.parametrize("alpha", [1.2, 1.5, 1.8])
def test_zero_set_has_the_slope_of_the_exact_sum(alpha, seed):
    paths = path(ls.AlphaStable(alpha), 1, 4096, seed, n_paths=400)
    unit = 4096 ** (-1 / alpha)
    found = zero_set_dimension(paths, width=unit, n_starts=16)
    exact = zero_set_slope(alpha, n_times=4097, width=1.0).value
    assert exact == pytest.approx(expected_slope(alpha), rel=1e-12)
    assert abs(found.value - exact) < 5 * found.standard_error
    assert abs(exact - (1 - 1 / alpha)) < 0.03
    assert abs(found.value - (1 - 1 / alpha) - 0.2) > 5 * found.standard_error


def expected_slope(alpha):
    k = np.arange(16, 2048)
    back = 2 * stable.cdf(k ** (-1 / alpha), alpha) - 1
    edges = 16 * 2 ** np.arange(8)
    counts = np.add.reduceat(back, edges[:-1] - 16)
    x = np.log2(edges[:-1])
    x = x - np.average(x, weights=counts)
    return np.sum(counts * x * np.log2(counts)) / np.sum(counts * x * x)


def test_a_path_that_does_not_return_has_a_negative_slope(seed):
    paths = path(ls.AlphaStable(0.7), 1, 2048, seed, n_paths=400)
    found = zero_set_dimension(paths, n_starts=64)
    assert found.value + 5 * found.standard_error < 0


def test_one_path_alone_gives_an_error_of_the_right_size(seed):
    paths = path(ls.IsotropicStable(1.2), 2, 2**15, seed, n_paths=24)
    scales = 0.04 * 0.5 ** np.arange(5)
    alone = [range_dimension(x, scales=scales) for x in paths.x]
    spread = np.std([one.value for one in alone], ddof=1)
    stated = np.sqrt(np.mean([one.standard_error**2 for one in alone]))
    # chi-square with 23 degrees of freedom: 5 standard errors of a log ratio are 5 / sqrt(2 * 23) = 0.74
    assert abs(np.log(stated / spread)) < 0.74


def test_zero_set_bad_input():
    with pytest.raises(ValueError, match="one coordinate"):
        zero_set_dimension(np.cumsum(np.ones((300, 2)), axis=0))
    with pytest.raises(ValueError, match="fewer than three windows"):
        zero_set_dimension(np.arange(300.0), width=0.5)
