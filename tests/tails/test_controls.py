"""Controls: what they keep, what they take away, and what the block-sum estimator reads on nulls."""

import math

import numpy as np
import pytest
from scipy.signal import lfilter

import levysde as ls
from levysde import tails

Z = 5.0


def test_surrogate_has_the_covariances_of_the_data(rng):
    """At lags 0, 1 and 3, between columns too: the mean over surrogates is the circular autocovariance exactly."""
    x = np.cumsum(rng.standard_t(2, (60, 2)), axis=0)
    centred = x - x.mean(axis=0)
    drawn = np.array([tails.gaussian_surrogate(x, rng=i) - x.mean(axis=0) for i in rng.integers(2**60, size=1500)])
    for lag in (0, 1, 3):
        exact = np.roll(centred, lag, axis=0).T @ centred / 60
        each = np.einsum("ri,rj->rij", drawn[:, 5], drawn[:, 5 + lag])
        error = each.std(axis=0) / math.sqrt(1500)
        assert np.all(np.abs(each.mean(axis=0) - exact) < Z * error)
    assert abs(np.mean(drawn[:, 7, 0] ** 4) / np.mean(drawn[:, 7, 0] ** 2) ** 2 - 3) < Z * math.sqrt(96 / 1500) + 0.1


def test_surrogate_with_independent_rows(rng):
    """Covariance at lag 0 kept, at lag 1 gone; more rows than columns and the other way round."""
    for n, d in ((40, 3), (6, 9)):
        x = np.cumsum(rng.standard_t(2, (n, d)), axis=0)
        centred = x - x.mean(axis=0)
        seeds = rng.integers(2**60, size=1500)
        drawn = np.array([tails.gaussian_surrogate(x, keep="rows", rng=i) - x.mean(axis=0) for i in seeds])
        for lag, exact in ((0, centred.T @ centred / n), (1, np.zeros((d, d)))):
            each = np.einsum("ri,rj->rij", drawn[:, 2], drawn[:, 2 + lag])
            error = each.std(axis=0) / math.sqrt(1500)
            assert np.all(np.abs(each.mean(axis=0) - exact) < Z * error)
    with pytest.raises(ValueError, match="'series' or 'rows'"):
        tails.gaussian_surrogate(x, keep="all")


def test_surrogate_of_heavy_tails_has_none(seed):
    x = ls.stable.rvs(1.1, size=20_000, rng=seed)
    found = tails.log_moment(tails.gaussian_surrogate(x, rng=seed))
    assert abs(found.value - 2) < Z * found.standard_error
    assert tails.log_moment(x).value < 1.3  # negative control: what it was made from
    assert np.array_equal(tails.gaussian_surrogate(x, rng=3), tails.gaussian_surrogate(x, rng=3))


def test_shuffles_keep_what_they_promise(rng):
    x = rng.normal(size=(50, 4))
    rows = tails.shuffle_rows(x, rng=1)
    assert sorted(map(tuple, rows)) == sorted(map(tuple, x))
    assert not np.array_equal(rows, x)
    entries = tails.shuffle_coordinates(x, rng=1)
    assert np.array_equal(np.sort(entries, axis=1), np.sort(x, axis=1))
    assert not np.array_equal(entries, x)
    series = x[:, 0]
    assert tails.shuffle_rows(series, rng=1).shape == (50,)
    assert np.array_equal(tails.shuffle_coordinates(series, rng=1), series)
    assert np.array_equal(tails.increments(series), np.diff(series))
    z = tails.standardise(x * [1, 10, 100, 1000])
    assert np.allclose(np.quantile(z, 0.75, axis=0) - np.quantile(z, 0.25, axis=0), 1)
    assert np.allclose(np.median(z, axis=0), 0)


@pytest.mark.parametrize(("phi", "reads"), [(0.6, 1.28), (0.9, 1.07), (1.0, 1.0)])
def test_autocorrelated_gaussian_values_read_as_heavy_tails(phi, reads, rng):
    """The protocol of the papers (756 centred positions, median over blocks) on Gaussian data; shuffled it reads 2."""
    x = lfilter([1.0], [1.0, -phi], rng.normal(size=(3000, 300)), axis=0)[-756:]
    x -= x.mean(axis=0)
    blocks = [2, 3, 6, 18, 36]
    values = tails.block_log_moment(x, blocks, errors="independent").value
    assert np.median(values) == pytest.approx(reads, abs=Z * 1.2533 * np.std(values) / math.sqrt(300) + 0.02)
    if phi == 1.0:  # the shuffled positions of a walk are no sample of a normal law; its increments are
        steps = tails.block_log_moment(tails.increments(x)[:648], blocks, errors="independent").value
        assert np.median(steps) == pytest.approx(2.0, abs=Z * 1.2533 * np.std(steps) / math.sqrt(300) + 0.03)
    else:
        shuffled = tails.block_log_moment(rng.permuted(x, axis=0), blocks, errors="independent").value
        assert np.median(shuffled) == pytest.approx(2.0, abs=Z * 1.2533 * np.std(shuffled) / math.sqrt(300) + 0.03)


@pytest.mark.parametrize(("law", "reads"), [("uniform", 2.24), ("laplace", 1.70), ("t", 1.70), ("normal", 2.0)])
def test_shapes_without_heavy_tails_read_as_in_the_literature(law, reads, rng):
    """10^5 values, median over the block sizes 2 to 1000 of the 2021 experiments."""
    n = 100_000
    draw = {
        "uniform": lambda: rng.uniform(-1, 1, n),
        "laplace": lambda: rng.laplace(size=n),
        "t": lambda: rng.standard_t(3, n),
        "normal": lambda: rng.normal(size=n),
    }[law]
    found = tails.block_log_moment(draw(), [2, 5, 10, 20, 50, 100, 200, 500, 1000])
    assert found.value == pytest.approx(reads, abs=Z * found.standard_error + 0.02)


def test_block_scan(seed, rng):
    """Flat for stable laws; drifting for finite variance, autocorrelation and lognormal values."""
    n = 40_000
    scan = tails.block_scan(ls.stable.rvs(1.5, size=n, rng=seed))
    assert abs(scan.drift) < Z * scan.drift_error
    assert np.all(np.abs(scan.alpha - 1.5) < Z * scan.standard_error)
    assert np.all(scan.block[1:] == 2 * scan.block[:-1])
    laplace = tails.block_scan(rng.laplace(size=n))
    assert not laplace.is_flat
    assert laplace.drift < 0  # 1/alpha falls to 1/2
    assert laplace.growth[0] < 1.8  # single values are far from normal, large sums are not
    assert tails.block_scan(rng.standard_t(3, 4 * n)).drift < 0
    correlated = tails.block_scan(lfilter([1.0], [1.0, -0.9], rng.normal(size=n)))
    assert not correlated.is_flat
    exploding = tails.block_scan(rng.lognormal(0, 8, n) * rng.choice([-1, 1], n))
    assert not exploding.is_flat
    with pytest.raises(ValueError, match="multiples"):
        tails.block_scan(rng.normal(size=500), [4, 6])
    with pytest.raises(ValueError, match="at least 200"):
        tails.block_scan(rng.normal(size=100))


def test_doubling(rng):
    """A recursion that explodes is found out, a stationary one passes."""
    grow = np.exp(np.cumsum(rng.normal(0.05, 1, (80, 3000)), axis=0)) * rng.choice([-1, 1], 3000)
    assert not tails.k_doubling([grow[19], grow[39], grow[79]]).is_stationary
    still = lfilter([1.0], [1.0, -0.5], rng.normal(size=(100, 3000)), axis=0)
    assert tails.k_doubling([still[24], still[49], still[99]]).is_stationary
    with pytest.raises(ValueError, match="at least two"):
        tails.k_doubling([still[0]])
    with pytest.raises(ValueError, match="equal numbers"):
        tails.k_doubling([still, still[:, :5]])
