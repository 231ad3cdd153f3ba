"""95 % means 93 to 97 % of 2000 replications, and intervals half as wide that fail."""

import numpy as np
import pytest

import levysde as ls
from levysde import tails

REPLICATIONS = 2000
SLACK = 0.02
Z = 5.0  # binomial errors, where intervals rest on few values
STABLE = {
    "log_moment": lambda x: tails.log_moment(x, errors="independent"),
    "log_moment, HAC": lambda x: tails.log_moment(x[:2000], errors="hac"),
    "block_log_moment": lambda x: tails.block_log_moment(x, 20, errors="independent"),
    "median over blocks": lambda x: tails.block_log_moment(x, [5, 10, 20], errors="independent"),
    "block_order_statistic": lambda x: tails.block_order_statistic(x, 20, errors="independent"),
}
PARETO = {
    "hill": lambda x: tails.hill(x, 100, errors="independent"),
    "hill_corrected": lambda x: tails.hill_corrected(x, 100, errors="independent"),
    "moment": lambda x: tails.moment(x, 400, errors="independent"),
    "pickands": lambda x: tails.pickands(x, 400, errors="independent"),
    "generalized_pareto": lambda x: tails.generalized_pareto(x, 500, errors="independent"),
}
SHORT = {  # 25 blocks, 25 exceedances
    "log_moment": (lambda x: tails.log_moment(x, errors="independent"), "stable"),
    "block_log_moment": (lambda x: tails.block_log_moment(x, 20, errors="independent"), "stable"),
    "block_order_statistic": (lambda x: tails.block_order_statistic(x, 20, errors="independent"), "stable"),
    "hill": (lambda x: tails.hill(x, 25, errors="independent"), "Pareto"),
    "moment": (lambda x: tails.moment(x, 25, errors="independent"), "Pareto"),
    "pickands": (lambda x: tails.pickands(x, 25, errors="independent"), "Pareto"),
}


def check(found, truth, slack=SLACK):
    low, high = found.interval
    covered = np.mean((low <= truth) & (truth <= high))
    assert abs(covered - 0.95) <= slack, covered
    middle = found.value
    with np.errstate(invalid="ignore"):  # an infinite index has no half
        half = (middle - (middle - low) / 2 <= truth) & (truth <= middle + (high - middle) / 2)
    assert abs(np.mean(half) - 0.95) > slack  # negative control


@pytest.mark.parametrize(
    "alpha", [pytest.param(0.8, marks=pytest.mark.slow), 1.5, pytest.param(1.8, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("name", STABLE)
def test_closed_forms_on_stable_data(name, alpha, seed):
    check(STABLE[name](ls.stable.rvs(alpha, size=(4000, REPLICATIONS), rng=seed)), alpha)


@pytest.mark.parametrize(
    "alpha", [pytest.param(0.8, marks=pytest.mark.slow), 1.5, pytest.param(3.0, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("name", PARETO)
def test_closed_forms_on_pareto_data(name, alpha, rng):
    check(PARETO[name](1 + rng.pareto(alpha, (2000, REPLICATIONS))), alpha)


@pytest.mark.parametrize("alpha", [0.8, 1.8])
@pytest.mark.parametrize("name", SHORT)
def test_short_samples(name, alpha, rng):
    estimator, law = SHORT[name]
    size = (500, REPLICATIONS)
    x = ls.stable.rvs(alpha, size=size, rng=rng) if law == "stable" else 1 + rng.pareto(alpha, size)
    check(estimator(x), alpha, max(SLACK, Z * np.sqrt(0.95 * 0.05 / REPLICATIONS)))


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.8, 1.2, 1.5, 1.8, 1.9, 1.95, 2.0])
@pytest.mark.parametrize("n", [500, 1000, 4000])
@pytest.mark.parametrize("name", ["quantile", "ecf"])
def test_fits(name, n, alpha, seed):
    x = ls.stable.rvs(alpha, size=(n, REPLICATIONS), rng=seed)
    check(getattr(tails, name)(x, beta=0.0, errors="independent"), alpha)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [1.5, 1.95])
@pytest.mark.parametrize("name", ["quantile", "ecf"])
def test_fits_with_unknown_skewness(name, alpha, seed):
    x = ls.stable.rvs(alpha, size=(1000, REPLICATIONS), rng=seed)
    check(getattr(tails, name)(x, errors="independent"), alpha)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [1.5, 1.8])
def test_maximum_likelihood(alpha, seed):
    x = ls.stable.rvs(alpha, size=(500, REPLICATIONS), rng=seed)
    check(tails.max_likelihood(x, beta=0.0, errors="independent"), alpha)
