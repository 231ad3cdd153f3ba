"""Moments of SGD's errors: closed forms, the bound of the paper, and a Monte Carlo against both and the fast chains."""

import math

import numpy as np
import pytest

from levysde.sgd.linear_regression import (
    DataSet,
    GaussianData,
    eta_for,
    h,
    moment_bound,
    moment_scores,
    noise_moment,
    second_moment,
    simulate,
)


def z(values, target):
    return abs(np.mean(values) - target) / (np.std(values) / math.sqrt(len(values)))


@pytest.mark.parametrize(("p", "d", "b"), [(0.5, 1, 1), (1.3, 2, 3), (2.0, 4, 2)])
def test_moments_of_the_additive_part(p, d, b, rng):
    n, eta, sigma, noise = 40_000, 0.3, 1.4, 2.0
    a, labels = sigma * rng.standard_normal((n, b, d)), noise * rng.standard_normal((n, b))
    sizes = np.linalg.norm(eta / b * np.einsum("nb,nbd->nd", labels, a), axis=1) ** p
    assert z(sizes, noise_moment(p, d, b, eta, sigma, noise=noise)) < 5
    assert z(sizes, noise_moment(p, d, b, 1.1 * eta, sigma, noise=noise)) > 5
    assert noise_moment(2, d, b, eta, sigma, noise=noise) == pytest.approx((eta * sigma * noise) ** 2 * d / b)


def test_the_bound_is_the_least_of_the_published_ones():
    """Over a grid of epsilon with the fraction as printed, whose inequality is attained."""
    for p, d, b, eta in ((1.2, 2, 1, 0.6), (2.0, 5, 5, 0.5), (3.0, 1, 1, 0.3)):
        kept, added = h(p, d, b, eta), noise_moment(p, d, b, eta)
        grown = 1 + np.linspace(1e-4, 1 - 1e-4, 20_001) * (1 / kept - 1)
        fraction = (grown ** (p / (p - 1)) - grown) / (grown ** (1 / (p - 1)) - 1) ** p
        bounds = fraction * added / (1 - grown * kept)
        assert moment_bound(p, d, b, eta) == pytest.approx(bounds.min(), rel=1e-5)
        at = len(grown) // 3
        y = np.geomspace(1e-3, 1e3, 4001)
        ratio = (1 + y) ** p / (grown[at] + fraction[at] * y**p)
        assert 1 - 1e-4 < ratio.max() <= 1 + 1e-12
    assert moment_bound(0.7, 2, 1, 0.6) == noise_moment(0.7, 2, 1, 0.6) / (1 - h(0.7, 2, 1, 0.6))
    assert moment_bound(2, 5, 5, 0.5, noise=3.0) == pytest.approx(9 * moment_bound(2, 5, 5, 0.5))


def test_the_bound_holds_and_is_infinite_at_the_index():
    for share in (0.2, 0.6, 0.9, 0.99):
        eta = share * eta_for(2.0, 3, 2)
        assert moment_bound(2, 3, 2, eta) > second_moment(3, 2, eta)
    near = [moment_bound(1.3 - gap, 2, 1, eta_for(1.3, 2, 1)) for gap in (0.1, 0.01, 0.001)]
    assert near[2] > 5 * near[1] > 25 * near[0]


@pytest.mark.parametrize(("d", "b", "eta", "noise"), [(2, 1, 0.5, 1.0), (3, 2, 0.4, 2.0), (1, 1, 0.4, 1.0)])
def test_second_moments_are_sums_of_powers(d, b, eta, noise, rng):
    """E|e_k|^2 = E|q|^2 (1 + h(2) + ... + h(2)^(k-1)), at and above alpha = 2."""
    at, data = [1, 5, 12], GaussianData(d, sigma=1.1, noise=noise)
    scores = moment_scores(data, b=b, eta=eta, p=2, at=at, n_chains=20_000, rng=rng)
    for k, score in zip(at, scores, strict=True):
        powers = sum(h(2, d, b, eta, 1.1) ** j for j in range(k))
        assert z(score, noise_moment(2, d, b, eta, 1.1, noise=noise) * powers) < 5
    assert z(score, 1.25 * noise_moment(2, d, b, eta, 1.1, noise=noise) * powers) > 5


def test_scores_and_fast_chains_agree(rng, seed):
    """Below alpha / 2, where the plain average has a standard error."""
    found = simulate(GaussianData(2), b=1, eta=0.6, steps=40, n_chains=40_000, rng=seed)
    plain = np.linalg.norm(found.last, axis=1) ** 0.5
    [scores] = moment_scores(GaussianData(2), b=1, eta=0.6, p=0.5, at=[40], n_chains=20_000, rng=rng)
    spread = math.hypot(np.std(plain) / math.sqrt(len(plain)), np.std(scores) / math.sqrt(len(scores)))
    assert abs(np.mean(plain) - np.mean(scores)) < 5 * spread
    assert abs(np.mean(plain) - 1.05 * np.mean(scores)) > 5 * spread


def test_the_moment_of_the_index_grows_in_proportion_to_the_steps(rng):
    for alpha in (0.8, 1.5):
        eta = eta_for(alpha, 1, 1)
        early, late = moment_scores(GaussianData(1), b=1, eta=eta, p=alpha, at=[50, 100], n_chains=20_000, rng=rng)
        middle = 0.5 * (np.mean(late) + 0.0)  # less what the start took away, a constant
        assert abs(np.mean(early) / middle - 1) < 0.1
        settled = moment_scores(GaussianData(1), b=1, eta=eta, p=0.5 * alpha, at=[50, 100], n_chains=20_000, rng=rng)
        assert np.mean(settled[1]) / np.mean(settled[0]) < 1.05


def test_pieces_and_seeds(monkeypatch, seed):
    question = {"b": 2, "eta": 0.3, "p": 1.5, "at": [3, 8], "n_chains": 50}
    whole = moment_scores(GaussianData(2), **question, rng=seed)
    assert whole.shape == (2, 50)
    np.testing.assert_array_equal(whole, moment_scores(GaussianData(2), **question, rng=seed))
    [late] = moment_scores(GaussianData(2), **question | {"at": [8]}, rng=seed)
    np.testing.assert_array_equal(whole[1], late)
    monkeypatch.setattr("levysde.sgd.linear_regression.moments.MOST_NUMBERS", 80)
    assert moment_scores(GaussianData(2), **question, rng=seed).shape == (2, 50)


def test_bad_questions():
    question = {"b": 1, "eta": 0.5, "p": 1, "at": [1], "n_chains": 5}
    with pytest.raises(ValueError, match=r"not below the tail index 1\.30084"):
        moment_bound(1.4, 2, 1, 0.6)
    with pytest.raises(ValueError, match="no stationary law"):
        moment_bound(0.1, 2, 1, 1.0)
    with pytest.raises(ValueError, match="p=0"):
        noise_moment(0.0, 2, 1, 0.6)
    for wrong, message in (({"at": []}, "increasing"), ({"at": [3, 3]}, "increasing"), ({"at": [0]}, "at=0")):
        with pytest.raises(ValueError, match=message):
            moment_scores(GaussianData(2), **question | wrong)
    with pytest.raises(ValueError, match="p=0"):
        moment_scores(GaussianData(2), **question | {"p": 0})
    with pytest.raises(TypeError, match="GaussianData"):
        moment_scores(DataSet(np.eye(2), [1, 2]), **question)
