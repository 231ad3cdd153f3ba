"""Draws against our own distribution function, which is proved apart from them in `tests/stable`."""

import math

import numpy as np
import pytest

import levysde as ls

LAWS = [
    *((alpha, 0.0) for alpha in (0.2, 0.5, 0.8, 1.0, 1.2, 1.5, 1.9, 1.999, 2.0)),
    *((alpha, beta) for alpha in (0.5, 0.8, 1.0, 1.5, 1.9) for beta in (-1.0, -0.4, 0.7, 1.0)),
    *((0.2, -0.7), (0.2, 1.0), (0.3, 0.4), (0.3, 1.0), (0.45, -0.99), (0.999, 0.5), (1.001, -0.9), (1.2, 0.999)),
]
# P(sqrt(n) D > K) = 2 exp(-2 K^2) is 5.7e-7, that of z = 5, at this K.
K = math.sqrt(math.log(2 / 5.7e-7) / 2)


def kolmogorov(x, alpha, beta, form="S1"):
    """Return sqrt(n) times the Kolmogorov-Smirnov distance from the standard law."""
    p = np.sort(ls.stable.cdf(x, alpha, beta, parameterization=form))
    rank = np.arange(len(x) + 1) / len(x)
    return math.sqrt(len(x)) * max(np.max(rank[1:] - p), np.max(p - rank[:-1]))


def wider(alpha):
    """Return a scale that is off by 3 %, in scale^alpha where that is what shows."""
    return 1.03 if alpha >= 1 else 1.03 ** (1 / alpha)


@pytest.mark.parametrize(("alpha", "beta"), LAWS)
def test_probability_integral_transform(alpha, beta, seed):
    x = ls.stable.rvs(alpha, beta, size=10**6, parameterization="S0", rng=seed)
    assert kolmogorov(x, alpha, beta, "S0") < K
    assert kolmogorov(wider(alpha) * x, alpha, beta, "S0") > K


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "beta"), LAWS)
def test_probability_integral_transform_of_ten_million(alpha, beta, seed):
    x = ls.stable.rvs(alpha, beta, size=10**7, parameterization="S0", rng=seed)
    assert kolmogorov(x, alpha, beta, "S0") < K


@pytest.mark.parametrize(("alpha", "beta"), [(0.6, 0.0), (0.8, -0.5), (1.0, 0.0), (1.0, 0.7), (1.3, 1.0), (1.7, 0.3)])
def test_sums_keep_the_law(alpha, beta, seed):
    """X_1 + ... + X_n has the law of n^(1/alpha) X, plus (2/pi) beta n log n at alpha = 1."""
    n = 5
    x = ls.stable.rvs(alpha, beta, size=(n, 400_000), rng=seed).sum(axis=0)
    shift = 2 / math.pi * beta * n * math.log(n) if alpha == 1 else 0.0
    assert kolmogorov((x - shift) * n ** (-1 / alpha), alpha, beta) < K
    assert kolmogorov((x - shift) / n ** (1 / (alpha - 0.1)), alpha, beta) > K
    if shift:
        assert kolmogorov(x * n ** (-1 / alpha), alpha, beta) > K


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "beta"), [(0.8, 0.5), (1.0, -1.0), (1.2, 0.0), (1.5, 0.7), (1.9, 1.0)])
def test_exceedances_of_a_hundred_million(alpha, beta, laws, seed):
    """Counts beyond the exact quantiles of both sides, down to 1e-7."""
    levels = np.array([1e-3, 1e-4, 1e-5, 1e-6, 1e-7])
    right = ls.stable.isf(levels, alpha, beta, parameterization="S0")
    left = ls.stable.ppf(levels, alpha, beta, parameterization="S0")
    above, below, n = np.zeros(5), np.zeros(5), 10**8
    block = np.empty(10**6)
    rng = np.random.default_rng(seed)
    for _ in range(n // block.size):
        ls.stable.rvs(alpha, beta, out=block, parameterization="S0", rng=rng)
        far = block[(block > right[0]) | (block < left[0])]
        above += [np.count_nonzero(far > x) for x in right]
        below += [np.count_nonzero(far < x) for x in left]
    assert all(
        laws.count_z(count, n, p) < laws.Z for counts in (above, below) for count, p in zip(counts, levels, strict=True)
    )


def characteristic(k, alpha, beta):
    """Return E exp(ikX) of the standard S0 law, k > 0, written from the definition."""
    if alpha == 1:
        return np.exp(-k * (1 + 2j / math.pi * beta * np.log(k)))
    lean = 0.0 if alpha == 2 else math.tan(math.pi * alpha / 2) * (k - k**alpha)
    return np.exp(-(k**alpha) - 1j * beta * lean)


def deviation(alpha, beta, n, seed, factor=1.0):
    """Return the largest z-score of real and imaginary part at 20 frequencies, n draws in blocks."""
    k = np.geomspace(0.05, 3.0, 20)
    rng = np.random.default_rng(seed)
    block = np.empty(10**6)
    total = np.zeros((2, len(k)))
    for _ in range(n // block.size):
        ls.stable.rvs(alpha, beta, out=block, parameterization="S0", rng=rng)
        for i, frequency in enumerate(k):
            angle = factor * frequency * block
            total[:, i] += np.cos(angle).sum(), np.sin(angle).sum()
    phi, double = characteristic(k, alpha, beta), characteristic(2 * k, alpha, beta)
    wanted = np.array([phi.real, phi.imag])
    variance = np.array([(1 + double.real) / 2, (1 - double.real) / 2]) - wanted**2
    return np.max(np.abs(total / n - wanted) / np.sqrt(variance / n))


@pytest.mark.parametrize(("alpha", "beta"), LAWS[::3])
def test_characteristic_function_at_twenty_frequencies(alpha, beta, laws, seed):
    assert deviation(alpha, beta, 10**6, seed) < laws.Z
    assert deviation(alpha, beta, 10**6, seed, wider(alpha)) > laws.Z


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.7), (0.8, 0.0), (1.0, 0.7), (1.5, 0.0), (1.5, -1.0), (1.9, 0.7)])
def test_characteristic_function_of_a_hundred_million(alpha, beta, laws, seed):
    assert deviation(alpha, beta, 10**8, seed) < laws.Z
