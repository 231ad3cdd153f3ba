"""The exact value that block sums read off a law, against closed forms and direct integrals."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from levysde import stable, tails


@pytest.mark.parametrize("alpha", [0.3, 0.8, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("block", [2, 30, 1000])
def test_stable_laws_read_their_index_at_every_block(alpha, block):
    found = tails.block_limit(lambda t: np.exp(-(t**alpha)), block)
    assert found.valid
    assert found.value == pytest.approx(alpha, rel=1e-9)


def test_laplace_in_closed_form():
    # |X| is exponential, E log|X| = -gamma; two have the density (1 + |y|) exp(-|y|) / 4, E log|Y| = 1/2 - gamma
    found = tails.block_limit(lambda t: 1 / (1 + t * t), 2)
    assert found.value == pytest.approx(2 * math.log(2), rel=1e-9)


@pytest.mark.parametrize("block", [2, 50])
def test_uncentred_normal_against_a_direct_integral(block):
    def mean_log(mean, sd):
        edges = [mean - 40 * sd, 0.0, mean + 40 * sd]
        parts = [
            quad(lambda x: math.log(abs(x)) * norm.pdf(x, mean, sd), a, b, limit=400)[0]
            for a, b in itertools.pairwise(edges)
        ]
        return math.fsum(parts)

    found = tails.block_limit(lambda t: np.exp(1j * np.minimum(t, 1e3) - t * t / 2), block)
    direct = (mean_log(block, math.sqrt(block)) - mean_log(1, 1)) / math.log(block)
    assert 1 / found.value == pytest.approx(direct, rel=1e-6)


def test_the_estimator_converges_to_it_and_not_to_the_index_of_the_tail(seed):
    x = stable.rvs(1.5, size=400_000, rng=seed)
    x = x + 2 * np.random.default_rng(seed).standard_normal(len(x))  # same tail, not stable
    limit = tails.block_limit(lambda t: np.exp(-(t**1.5) - 2 * t * t), 20)
    ours = tails.block_log_moment(x, 20)
    assert abs(ours.value - limit.value) < 5 * ours.standard_error
    assert abs(ours.value - 1.5) > 5 * ours.standard_error


def test_scale_does_not_matter():
    one, other = (tails.block_limit(lambda t, s=s: 1 / (1 + (s * t) ** 2), 10).value for s in (1.0, 1e6))
    assert one == pytest.approx(other, rel=1e-9)


def test_what_is_refused():
    with pytest.raises(ValueError, match="block"):
        tails.block_limit(lambda t: np.exp(-t), 1)
    with pytest.raises(TypeError, match="function"):
        tails.block_limit(0.5, 10)
    with pytest.raises(ValueError, match="atom"):
        tails.block_limit(lambda t: 0.1 + 0.9 * np.exp(-t), 10)
    with pytest.raises(ValueError, match="atom"):
        tails.block_limit(lambda t: 2 * np.exp(-t), 10)
    with pytest.raises(ValueError, match="not finite"):
        tails.block_limit(lambda t: np.where(abs(t - 1) < 0.5, np.nan, np.exp(-t)), 10)
