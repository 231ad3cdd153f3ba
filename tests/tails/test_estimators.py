"""Estimators: right on the laws they assume, wrong where they must be, column by column, and refusing nonsense."""

import math
import warnings

import numpy as np
import pytest

import levysde as ls
from levysde import tails

Z = 5.0
K = 2000  # exceedances
N = 20_000
STABLE = {
    "log_moment": lambda x: tails.log_moment(x),
    "block_log_moment": lambda x: tails.block_log_moment(x, 50),
    "median over blocks": lambda x: tails.block_log_moment(x, [10, 20, 40, 50]),
    "block_order_statistic": lambda x: tails.block_order_statistic(x, 50),
    "quantile": lambda x: tails.quantile(x),
    "ecf": lambda x: tails.ecf(x),
}
PARETO = {
    "hill": lambda x: tails.hill(x, K),
    "hill_corrected": lambda x: tails.hill_corrected(x, K),
    "moment": lambda x: tails.moment(x, K),
    "pickands": lambda x: tails.pickands(x, K),
    "generalized_pareto": lambda x: tails.generalized_pareto(x, K),
}


@pytest.mark.parametrize("alpha", [0.8, 1.2, 1.5, 1.8])
@pytest.mark.parametrize("name", STABLE)
def test_stable_data(name, alpha, seed):
    found = STABLE[name](ls.stable.rvs(alpha, size=N, rng=seed))
    assert abs(found.value - alpha) < Z * found.standard_error
    assert found.standard_error < 0.1 * alpha
    low, high = found.interval
    assert low < found.value < high
    # negative control: another index is told apart by the errors that are claimed
    assert abs(found.value - 0.5 * alpha) > Z * found.standard_error
    assert "assumes" in found.method


@pytest.mark.parametrize("alpha", [0.8, 1.5, 3.0])
@pytest.mark.parametrize("name", PARETO)
def test_pareto_data(name, alpha, rng):
    found = PARETO[name](1 + rng.pareto(alpha, N))
    bias = 0.05 * alpha if name == "hill_corrected" else 0.0  # it estimates a bias that is none
    assert abs(found.value - alpha) < Z * found.standard_error + bias
    assert abs(found.value - 4 * alpha) > Z * found.standard_error
    assert f"k = {K}" in found.method


def test_maximum_likelihood(seed):
    found = tails.max_likelihood(ls.stable.rvs(1.5, size=1500, rng=seed), beta=0.0)
    assert abs(found.value - 1.5) < Z * found.standard_error
    assert found.standard_error == pytest.approx(1.53536 / math.sqrt(1500), rel=0.3)  # the Cramér-Rao bound


def test_fits_are_those_of_stable_fit(seed):
    x = ls.stable.rvs(1.6, 0.3, size=3000, rng=seed)
    for name, method in (("quantile", "quantile"), ("ecf", "ecf")):
        found, fit = getattr(tails, name)(x), ls.stable.fit(x, method=method)
        assert found.value == fit.alpha
        assert found.standard_error == pytest.approx(fit.standard_errors["alpha"], rel=1e-9)
        assert found.interval == pytest.approx(fit.interval("alpha"), rel=1e-6)


def test_errors_of_block_sums_are_those_predicted(seed):
    """sd(1/alpha) = sqrt(V/K2) / log K1 with V the variance of log|X|, but for the part the terms explain."""
    for alpha in (1.5, 2.0):
        x = ls.stable.rvs(alpha, size=(10_000, 200), rng=seed)
        found = tails.block_log_moment(x, 100)
        predicted = alpha**2 * math.sqrt(math.pi**2 / 6 * (1 / alpha**2 + 0.5) / 100) / math.log(100)
        spread = float(np.std(found.value))
        assert spread == pytest.approx(predicted, rel=0.05 + Z / math.sqrt(2 * 200))
        assert float(np.mean(found.standard_error)) == pytest.approx(spread, rel=Z / math.sqrt(2 * 200))


def test_nothing_is_clipped_at_two(rng):
    uniform = rng.uniform(-1, 1, 20_000)
    assert tails.log_moment(uniform).interval[0] > 2
    assert tails.block_log_moment(uniform, [10, 20, 50, 100]).value > 2.05  # reads 2.2 to 2.3
    assert tails.moment(rng.exponential(size=20_000), 1000).value > 5
    normal = tails.log_moment(rng.normal(size=(2000, 200)))
    above = np.mean(normal.value > 2)
    assert 0.2 < above < 0.8


def test_no_power_law_reads_infinite(rng):
    bounded = rng.uniform(0, 1, 10_000)
    for name in ("moment", "pickands", "generalized_pareto"):
        found = getattr(tails, name)(bounded, 1000)
        assert found.value == math.inf
        assert math.isnan(found.standard_error)
        assert found.interval[1] == math.inf


def test_normal_data_at_the_end_of_the_stable_laws(rng):
    x = rng.normal(size=2000)
    for estimator in (tails.quantile, tails.ecf):
        found = estimator(x)
        assert found.interval[0] < 2
        assert found.interval[1] == 2
        assert found.interval[0] > 1.7


@pytest.mark.parametrize("name", [*STABLE, *PARETO])
def test_columns_are_estimated_one_by_one(name, seed):
    x = ls.stable.rvs(1.4, size=(9000, 3), rng=seed)
    estimator = {**STABLE, **PARETO}[name]
    together = estimator(x)
    assert isinstance(together, ls.Estimate)
    assert together.value.shape == together.standard_error.shape == (3,)
    for j, one in enumerate(together):
        alone = estimator(x[:, j])
        assert one.value == pytest.approx(alone.value, rel=1e-12, nan_ok=True)
        assert one.standard_error == pytest.approx(alone.standard_error, rel=1e-9, nan_ok=True)
        assert one.interval == pytest.approx(alone.interval, rel=1e-9)
    with pytest.raises(TypeError, match="no single value"):
        float(together)


def test_vectors_need_no_independent_components(seed):
    """One factor in all components: the norm is that of one stable number, the pooled entries are not independent."""
    factor = ls.stable.rvs(1.3, size=20_000, rng=seed)
    x = factor[:, None] * np.array([1.0, -2.0, 0.5])
    found = tails.block_log_norm(x, [10, 20, 50])
    assert abs(found.value - 1.3) < Z * found.standard_error
    pooled = tails.block_log_moment(x.ravel(), [9, 21, 51], errors="independent")
    assert abs(pooled.value - 1.3) > Z * pooled.standard_error  # negative control


def test_scale_does_not_matter_and_huge_values_do_not_overflow(seed):
    x = ls.stable.rvs(0.8, size=8000, rng=seed)
    for estimator in (tails.log_moment, lambda v: tails.hill(v, 500), lambda v: tails.block_log_norm(v[:, None], 20)):
        assert estimator(1e150 * x).value == pytest.approx(estimator(x).value, rel=1e-9)


def test_bias_reduction(rng):
    """Over 60 Burr samples, P(X > x) = 1/(1 + x^1.5), where Hill is clearly off."""
    x = (1 / rng.uniform(size=(5000, 60)) - 1) ** (1 / 1.5)
    plain = tails.hill(x, 900, errors="independent").value
    corrected = tails.hill_corrected(x, 900, errors="independent").value
    error = Z * np.std(corrected) / math.sqrt(60)
    assert abs(np.mean(corrected) - 1.5) < 0.03 + error
    assert abs(np.mean(plain) - 1.5) > 0.03 + error  # negative control


def test_stable_region_ends_where_the_tail_ends(rng):
    """A Pareto tail beyond 1 with a uniform body below: the region must not run far into the body."""
    x = np.concatenate([1 + rng.pareto(1.5, 2000), rng.uniform(0, 1, 8000)])
    plot = tails.hill_plot(x, k_max=9000)
    first, last = plot.stable_region()
    assert first <= 20
    assert 200 < last < 3000
    pareto = tails.hill_plot(1 + rng.pareto(1.5, 10_000), k_max=9000)
    assert pareto.stable_region()[1] > 3000
    inside = np.flatnonzero(plot.k == last)[0]
    assert plot.low[inside] < plot.alpha[inside] < plot.high[inside]
    assert plot.alpha[inside] == pytest.approx(tails.hill(x, last, errors="independent").value, rel=1e-9)


def test_bootstrap_choice_of_k(seed):
    """Over 20 Cauchy samples its typical error is that of the best k of all, and far below that of a bad one."""
    x = np.abs(np.random.default_rng(seed).standard_cauchy((3000, 20)))
    errors = [np.median(np.abs(tails.hill(x, k).value - 1)) for k in (30, 60, 120, 240, 480, 960)]
    # The median of n values of |normal| has the relative error 1.1664/sqrt(n); that of the best k is one of six.
    best, slack = min(errors), 2 * (1 + Z * 1.1664 / math.sqrt(20))
    chosen = [tails.hill(column, tails.choose_k(column, resamples=30, rng=seed)).value for column in x.T]
    assert np.median(np.abs(np.array(chosen) - 1)) < best * slack
    assert tails.choose_k(x[:, 0], resamples=30, rng=seed) == tails.choose_k(x[:, 0], resamples=30, rng=seed)
    assert np.max(np.abs(tails.hill(x, 30).value - 1)) > best * slack  # negative control


ZEROS = np.concatenate([np.zeros(5), np.arange(1.0, 100.0)])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tails.hill([], 3), "x is empty"),
        (lambda: tails.hill(np.ones(50), 3), "x is constant, equal to 1"),
        (lambda: tails.log_moment(np.column_stack([np.arange(20.0) + 1, np.ones(20)])), "column 1 of x is constant"),
        (
            lambda: tails.log_moment([1.0, math.nan, 2.0, math.inf]),
            r"2 NaN or infinite values of 4, the first .* x\[1\]",
        ),
        (lambda: tails.hill(np.array([[1.0, 2], [3, math.inf]]), 1), r"x\[1, 1\]"),
        (lambda: tails.hill(np.zeros((3, 3, 3)), 1), "shape"),
        (lambda: tails.hill(np.arange(10.0), 10), "k=10 is too large"),
        (lambda: tails.hill(np.arange(10.0), 0), "k=0"),
        (lambda: tails.pickands(np.arange(100.0), 26), "k <= 25"),
        (lambda: tails.hill(np.r_[np.zeros(95), np.arange(1.0, 6.0)], 10), "smaller k"),
        (lambda: tails.log_moment(ZEROS), "5 zeros of 104"),
        (lambda: tails.log_moment([1.0, 2.0, 3.0]), "at least 10"),
        (lambda: tails.block_log_moment(np.arange(1.0, 50.0), 20), "at most 12"),
        (lambda: tails.block_log_moment(np.arange(1.0, 50.0), 1), "block=1"),
        (lambda: tails.block_log_moment(np.arange(1.0, 50.0), []), "block is empty"),
        (lambda: tails.block_log_moment(np.tile([1.0, -1.0], 50), 10, errors="independent"), "exactly 0"),
        (lambda: tails.hill(np.arange(1.0, 50.0), 5, errors="newey"), "'auto', 'independent', 'hac'"),
        (lambda: tails.hill(np.arange(1.0, 50.0), 5, level=95), "outside"),
        (lambda: tails.hill_plot(np.ones((20, 2)) * np.arange(1.0, 21.0)[:, None]), "2 columns"),
        (lambda: tails.quantile([1.0, 2.0, 3.0]), "a stable law needs at least 10"),
    ],
)
def test_bad_input_is_refused(call, message):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", tails.DependenceWarning)
        with pytest.raises(ValueError, match=message):
            call()


def test_text_is_refused():
    with pytest.raises(TypeError, match="real numbers"):
        tails.hill(["a", "b"], 1)
