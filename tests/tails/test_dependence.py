"""Errors under dependence: long-run variances that are known, warnings, and intervals that hold."""

import math

import numpy as np
import pytest
from scipy.signal import lfilter

import levysde as ls
from levysde import tails
from levysde.tails.errors import long_run_variance

Z = 5.0


def autoregression(rng, phi, shape):
    """Stationary Gaussian AR(1) with variance 1, along the first axis."""
    noise = rng.normal(size=shape) * math.sqrt(1 - phi**2)
    noise[0] /= math.sqrt(1 - phi**2)
    return lfilter([1.0], [1.0, -phi], noise, axis=0)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8, -0.5])
def test_long_run_variance_of_an_autoregression(phi, rng):
    """(1 + phi)/(1 - phi), known; Bartlett's weights lose up to a tenth of it at this length."""
    found = np.array([long_run_variance(series) for series in autoregression(rng, phi, (5000, 60)).T])
    exact = (1 + phi) / (1 - phi)
    assert abs(found.mean() - exact) < 0.1 * exact + Z * found.std() / math.sqrt(60)
    if phi == 0.8:
        assert exact > 5 * np.var(autoregression(rng, phi, 5000))  # negative control: the plain variance


def test_hac_intervals_hold_and_plain_ones_do_not(rng):
    """Normal AR(1) with phi = 0.98: log-moments read 2; only errors that see the dependence cover it."""
    x = autoregression(rng, 0.98, (4000, 400))
    covered = {}
    for errors in ("independent", "hac"):
        low, high = tails.log_moment(x, errors=errors).interval
        covered[errors] = np.mean((low <= 2) & (high >= 2))
    error = math.sqrt(0.95 * 0.05 / 400)
    # Some 60 independent values are left: Bartlett's weights reach four fifths of the variance then.
    assert covered["hac"] > 0.95 - 0.08 - Z * error
    assert covered["independent"] < 0.95 - 0.08 - Z * error


@pytest.mark.parametrize("name", ["hill", "moment", "pickands", "generalized_pareto"])
def test_hac_agrees_with_plain_errors_on_independent_values(name, rng):
    x = 1 + rng.pareto(1.5, (4000, 50))
    plain, hac = (getattr(tails, name)(x, 400, errors=e).standard_error for e in ("independent", "hac"))
    assert np.mean(hac / plain) == pytest.approx(1.0, abs=0.05)


def test_hac_errors_of_hill_on_clusters(rng):
    """Every value twice: the error is sqrt(2) times that of independent values, and so is the spread."""
    x = np.repeat(1 + rng.pareto(1.5, (2000, 300)), 2, axis=0)
    plain, hac = (tails.hill(x, 400, errors=e) for e in ("independent", "hac"))
    spread = np.std(hac.value)
    assert np.mean(hac.standard_error) == pytest.approx(spread, rel=0.1 + Z / math.sqrt(600))
    assert np.mean(plain.standard_error) < 0.85 * spread


@pytest.mark.parametrize("name", ["quantile", "ecf"])
def test_errors_of_fits_on_clusters(name, seed):
    """The same for the fits of stable laws."""
    x = np.repeat(ls.stable.rvs(1.5, size=3000, rng=seed), 2)
    estimator = getattr(tails, name)
    ratio = estimator(x, errors="hac").standard_error / estimator(x, errors="independent").standard_error
    assert ratio == pytest.approx(math.sqrt(2), rel=0.2)


@pytest.mark.parametrize("name", ["quantile", "ecf", "max_likelihood"])
def test_intervals_at_the_end_of_the_stable_laws_on_clusters(name, rng):
    """Normal values, every one twice: an estimate of 2 has no error, and yet an interval that sees the dependence."""
    estimator = getattr(tails, name)
    samples = (np.repeat(rng.normal(size=500), 2) for _ in range(20))
    x = next(x for x in samples if estimator(x, beta=0.0, errors="independent").value == 2)
    plain, hac = (estimator(x, beta=0.0, errors=errors) for errors in ("independent", "hac"))
    assert math.isnan(hac.standard_error)
    assert plain.interval[1] == hac.interval[1] == 2
    assert hac.interval[0] < plain.interval[0] - 0.2 * (2 - plain.interval[0])


def test_errors_of_maximum_likelihood_on_clusters(seed):
    x = np.repeat(ls.stable.rvs(1.5, size=600, rng=seed), 2)
    hac = tails.max_likelihood(x, beta=0.0, errors="hac").standard_error
    plain = tails.max_likelihood(x, beta=0.0, errors="independent").standard_error
    assert hac / plain == pytest.approx(math.sqrt(2), rel=0.3)


def test_autocorrelation_is_warned_of(rng):
    x = autoregression(rng, 0.98, 3000)
    with pytest.warns(tails.DependenceWarning, match=r"lag-1 autocorrelation is 0\.9"):
        found = tails.log_moment(x)
    assert "HAC" in found.method
    assert found.standard_error > 1.2 * tails.log_moment(x, errors="independent").standard_error
    assert tails.autocorrelation(x[:, None])[0] == pytest.approx(0.98, abs=0.02)


EVERY = {
    "hill": lambda x: tails.hill(x, 200),
    "hill_corrected": lambda x: tails.hill_corrected(x, 200),
    "moment": lambda x: tails.moment(x, 200),
    "pickands": lambda x: tails.pickands(x, 100),
    "generalized_pareto": lambda x: tails.generalized_pareto(x, 200),
    "log_moment": tails.log_moment,
    "block_log_moment": lambda x: tails.block_log_moment(x, 15),
    "median over blocks": lambda x: tails.block_log_moment(x, [3, 7, 15]),
    "block_order_statistic": lambda x: tails.block_order_statistic(x, 15),
    "block_log_norm": lambda x: tails.block_log_norm(x[:, None], 15),
    "quantile": tails.quantile,
    "ecf": tails.ecf,
    "max_likelihood": lambda x: tails.max_likelihood(x[:400], beta=0.0),
}


@pytest.mark.parametrize("name", EVERY)
def test_every_estimator_warns_and_says_which_errors_it_gives(name, seed):
    x = np.repeat(ls.stable.rvs(1.5, size=700, rng=seed), 2)
    with pytest.warns(tails.DependenceWarning, match=r"lag-1 autocorrelation is 0\.[45]"):
        found = EVERY[name](x)
    assert "HAC" in found.method
    assert found.standard_error > 0


def test_independent_heavy_tails_raise_no_alarm(seed):
    """Two large neighbours do not make a correlation."""
    found = tails.autocorrelation(ls.stable.rvs(1.2, size=(2000, 300), rng=seed))
    assert abs(np.mean(np.abs(found) > 1.96 / math.sqrt(2000)) - 0.05) < Z * math.sqrt(0.05 * 0.95 / 300)
    tails.log_moment(ls.stable.rvs(1.2, size=5000, rng=seed))  # warnings are errors here
