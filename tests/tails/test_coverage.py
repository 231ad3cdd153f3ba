"""95 % means 95 %: 2000 replications, and intervals half as wide that fail."""

import numpy as np
import pytest

import levysde as ls
from levysde import tails

REPLICATIONS = 2000
Z = 5.0


def check(low, high, truth, replications=REPLICATIONS, middle=None):
    """The share covered is 93 to 97 %, give or take what 5 binomial errors add to 2000 replications or fewer."""
    covered = np.mean((low <= truth) & (truth <= high))
    slack = max(0.02, Z * np.sqrt(0.95 * 0.05 / replications))
    assert abs(covered - 0.95) <= slack, covered
    middle = 0.5 * (low + high) if middle is None else middle
    half = np.mean((middle - (middle - low) / 2 <= truth) & (truth <= middle + (high - middle) / 2))
    assert abs(half - 0.95) > slack  # negative control


@pytest.mark.parametrize("alpha", [0.8, 1.5, 1.8])
def test_closed_forms_on_stable_data(alpha, seed):
    x = ls.stable.rvs(alpha, size=(4000, REPLICATIONS), rng=seed)
    for found in (
        tails.log_moment(x, errors="independent"),
        tails.log_moment(x[:2000], errors="hac"),
        tails.block_log_moment(x, 20, errors="independent"),
        tails.block_log_moment(x, [5, 10, 20], errors="independent"),
        tails.block_order_statistic(x, 20, errors="independent"),
    ):
        check(*found.interval, alpha, middle=found.value)


@pytest.mark.parametrize("alpha", [0.8, 1.5, 3.0])
def test_closed_forms_on_pareto_data(alpha, rng):
    x = 1 + rng.pareto(alpha, (2000, REPLICATIONS))
    for name, k in (("hill", 100), ("moment", 400), ("pickands", 400)):
        found = getattr(tails, name)(x, k, errors="independent")
        check(*found.interval, alpha, middle=found.value)


def test_generalized_pareto(rng):
    x = 1 + rng.pareto(1.5, (1000, REPLICATIONS // 4))
    found = tails.generalized_pareto(x, 500, errors="independent")
    check(*found.interval, 1.5, REPLICATIONS // 4, middle=found.value)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["quantile", "ecf"])
def test_fits(name, seed):
    x = ls.stable.rvs(1.5, size=(1000, REPLICATIONS), rng=seed)
    found = getattr(tails, name)(x, beta=0.0, errors="independent")
    check(*found.interval, 1.5, middle=found.value)


@pytest.mark.slow
def test_maximum_likelihood(seed):
    x = ls.stable.rvs(1.5, size=(500, REPLICATIONS), rng=seed)
    found = tails.max_likelihood(x, beta=0.0, errors="independent")
    check(*found.interval, 1.5, middle=found.value)
