"""The synthetic experiment of the paper as it was run, and the indices that are read from chains."""

import math

import numpy as np
import pytest

from levysde.sgd.linear_regression import (
    GaussianData,
    average_index,
    eta_critical,
    last_index,
    published_chains,
    published_data,
    rho,
    simulate,
    tail_index,
)


def test_the_data_are_those_of_the_paper(rng):
    data = published_data(3, n=4000, sigma=2.0, rng=rng)
    a, residuals = data.a, data.y - data.a @ data.solution
    for values, deviation in ((a, 2.0), (residuals, 3.0)):
        assert abs(np.std(values) - deviation) < 5 * deviation / math.sqrt(2 * values.size)
    solutions = np.array([published_data(3, n=200, rng=rng).solution for _ in range(300)])
    assert (
        abs(np.std(solutions) - 3.0) < 5 * 3.0 / math.sqrt(2 * solutions.size) + 0.01
    )  # their own error: 3 / sqrt(200)


def test_a_longer_run_continues_a_shorter_one(rng, seed):
    data = published_data(4, n=30, rng=rng)
    one, two = (published_chains(data, b=2, eta=0.1, steps=10, n_chains=n, rng=seed) for n in (20, 20))
    np.testing.assert_array_equal(one.last, two.last)
    longer = published_chains(data, b=2, eta=0.1, steps=11, n_chains=20, rng=seed)
    assert longer.average_from == 5  # of 11 steps the last six, as of 10 the last five
    # The one step more is a sum of two samples, weighted by their residuals.
    for before, after in zip(one.last, longer.last, strict=True):
        moves = -0.1 / 2 * (data.a @ (before + data.solution) - data.y)[:, None] * data.a
        pairs = moves[:, None] + moves[None]
        assert np.abs(before + pairs - after).max(axis=2).min() < 1e-12 * (1 + np.abs(before).max())
    starts = published_chains(data, b=2, eta=1e-12, steps=1, n_chains=4000, rng=seed).last + data.solution
    assert abs(np.std(starts) - 5.0) < 5 * 5.0 / math.sqrt(2 * starts.size)


def test_an_exploding_chain_reads_as_an_index_that_falls_with_its_length(rng):
    """One over the root of the steps, at a growth of rho in a step; the stationary index of a line stays."""
    data = published_data(40, n=2000, rng=rng)
    seed = int(rng.integers(2**60))
    short, long = (published_chains(data, b=1, eta=0.2, steps=k, n_chains=1600, rng=seed) for k in (200, 800))
    growth = (long.last_log_norm - short.last_log_norm) / 600
    error = np.std(growth) / math.sqrt(len(growth))
    assert abs(growth.mean() - rho(40, 1, 0.2)) < 5 * error + 0.03 * rho(40, 1, 0.2)  # 2000 samples are not all
    one, two = average_index(short), average_index(long)
    spread = math.hypot(one.relative_error, two.relative_error)
    assert abs(math.log(two.value / one.value) + 0.5 * math.log(4)) < 5 * spread + 0.15
    assert math.log(two.value / one.value) < -5 * spread
    settled = [
        average_index(simulate(GaussianData(1), b=1, eta=1.0, steps=k, n_chains=1600, rng=rng)) for k in (500, 2000)
    ]
    error = math.hypot(*(estimate.relative_error for estimate in settled))
    assert abs(math.log(settled[1].value / settled[0].value)) < 5 * error


def test_indices_of_stationary_chains(seed):
    chains = simulate(GaussianData(1), b=1, eta=1.2, steps=1000, n_chains=8000, rng=seed)
    alpha = tail_index(1, 1, 1.2)
    for found in (average_index(chains, block=[100, 200, 400]), last_index(chains)):
        assert abs(found.value - alpha) < 5 * found.standard_error
        assert abs(found.value - 2.5 * alpha) > 5 * found.standard_error
    light = simulate(GaussianData(1), b=1, eta=0.3 * eta_critical(1, 1), steps=500, n_chains=1600, rng=seed)
    found = average_index(light)
    assert abs(found.value - 2) < 5 * found.standard_error + 0.1  # saturates, although alpha is above 5


def test_bad_questions():
    chains = simulate(GaussianData(1), b=1, eta=0.5, steps=5, n_chains=20, rng=1)
    with pytest.raises(ValueError, match="share"):
        last_index(chains, share=1.0)
    with pytest.raises(ValueError, match="block"):
        average_index(chains)
    with pytest.raises(TypeError, match="published_data"):
        published_chains(GaussianData(3), b=1, eta=0.1, steps=5)
    with pytest.raises(ValueError, match="sigma"):
        published_data(3, sigma=0.0)
