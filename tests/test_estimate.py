"""Estimates of censored waiting times: exact facts, then coverage and laws by simulation with computed errors."""

import math

import numpy as np
import pytest
from scipy import stats

from levysde.estimate import Estimate, Prediction, exponential_mean, proportion, sample_mean, with_error
from levysde.survival import exponential_p_value, kaplan_meier, restricted_mean

Z = 5.0
NONE = np.empty(0)


def split(times, t_max):
    """Cut waiting times at a clock."""
    exits = times[times <= t_max]
    return exits, np.full(times.size - exits.size, t_max)


def mean_of(exits, censored, **keywords):
    total = float(np.sum(exits) + np.sum(censored))
    return exponential_mean(total, exits.size, exits.size + censored.size, censored=censored.size > 0, **keywords)


# The two values ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (453.6412, 4.0872, "453.6 ± 4.1"),
        (784.2, 40.3, "784 ± 40"),
        (0.07461, 0.00042, "0.07461 ± 0.00042"),
        (12345.0, 1234.0, "12345 ± 1234"),
        (1.234e9, 4e7, "(1.234 ± 0.040)e+09"),
        (-2.0, 0.1, "-2.00 ± 0.10"),
        (3.0, 0.0, "3"),
        (1.5, math.nan, "1.5 ± nan"),
        (math.nan, 1.0, "nan"),
        (99.99, 0.0999, "99.990 ± 0.100"),
    ],
)
def test_value_and_error_are_written_with_two_digits_of_the_error(value, error, text):
    assert with_error(value, error) == text
    assert str(Estimate(value, error, math.nan, (0.0, 1.0), 3, "m")) == text


def test_estimate_and_prediction_keep_their_positional_order():
    estimate = Estimate(1.0, 0.5, 0.1, (0.0, 2.0), 7, "made up")
    fields = (estimate.value, estimate.standard_error, estimate.bias, estimate.interval, estimate.n, estimate.method)
    assert fields == (1.0, 0.5, 0.1, (0.0, 2.0), 7, "made up")
    assert f"{estimate:.3f}" == "1.000 ± 0.500"
    assert f"{estimate}" == str(estimate)
    assert float(estimate) == 1.0
    assert estimate.relative_error == 0.5

    prediction = Prediction(2.0, 0.1, "Kramers", False, "the noise is too strong")
    assert prediction.law == "Kramers"
    assert float(prediction) == 2.0
    assert f"{prediction:.1f}" == "2.0"
    assert "not valid: the noise is too strong" in f"{prediction}"
    assert str(Prediction(2.0, 0.1, "Kramers", True, "")) == "2 (Kramers)"


# Means and proportions -----------------------------------------------------------------------------------------------


def test_sample_mean_is_students(rng):
    values = rng.standard_normal(200_000) + 3.0  # more than one block of the sum of squares
    found = sample_mean(values, level=0.9)
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.9)
    assert found.interval == pytest.approx((expected.low, expected.high), rel=1e-12)
    assert found.standard_error == pytest.approx(stats.sem(values), rel=1e-12)
    assert found.n == values.size
    assert math.isnan(found.bias)


def test_one_value_has_a_mean_but_no_error():
    found = sample_mean(np.array([2.0]))
    assert found.value == 2.0
    assert math.isnan(found.standard_error)
    assert found.interval == (-math.inf, math.inf)


def test_exponential_mean_of_a_known_sample():
    found = mean_of(np.array([1.0, 2.0, 3.0]), np.array([4.0, 4.0]))
    assert found.value == pytest.approx(14.0 / 3.0)
    assert found.standard_error == pytest.approx(14.0 / 3.0 / math.sqrt(3.0))
    assert found.n == 5
    # The interval inverted by its definition: at its ends the Poisson count of exits in 14 has tails of 2.5 %.
    low, high = found.interval
    assert stats.poisson.cdf(3, 14.0 / low) == pytest.approx(0.025)
    assert stats.poisson.sf(2, 14.0 / high) == pytest.approx(0.025)
    # Nothing censored: the total time is a gamma variate of shape 3.
    low, high = mean_of(np.array([1.0, 2.0, 3.0]), NONE).interval
    assert stats.gamma.sf(6.0 / low, 3) == pytest.approx(0.025)
    assert stats.gamma.cdf(6.0 / high, 3) == pytest.approx(0.025)


@pytest.mark.parametrize("t_max", [0.8, 2.0])
def test_total_time_over_exits_is_right_where_the_naive_means_are_not(rng, t_max):
    times = rng.exponential(3.0, 100_000)
    exits, censored = split(times, 3.0 * t_max)
    found = mean_of(exits, censored)
    assert abs(found.value - 3.0) < Z * found.standard_error
    # Negative controls: the mean of the exited paths, and of all of them with the clock taken for an exit.
    for naive in (sample_mean(exits), sample_mean(np.concatenate([exits, censored]))):
        assert abs(naive.value - 3.0) > Z * naive.standard_error


def coverage(intervals, truth):
    return np.mean([low <= truth <= high for low, high in intervals])


@pytest.mark.parametrize("n", [5, 30])
def test_interval_of_the_exponential_mean_covers(rng, n):
    repeats = 4000
    tolerance = Z * math.sqrt(0.9 * 0.1 / repeats)
    whole = rng.exponential(1.0, (repeats, n))
    exact = [mean_of(row, NONE, level=0.9).interval for row in whole]
    assert abs(coverage(exact, 1.0) - 0.9) < tolerance
    cut = [mean_of(*split(row, 1.0), level=0.9).interval for row in whole if np.min(row) <= 1.0]
    assert coverage(cut, 1.0) > 0.9 - tolerance
    if n == 30:
        # Negative control: the censored sample taken for a whole one.
        naive = [mean_of(np.minimum(row, 1.0), NONE, level=0.9).interval for row in whole]
        assert coverage(naive, 1.0) < 0.9 - tolerance


def test_interval_of_the_sample_mean_covers(rng):
    repeats = 4000
    found = [sample_mean(row, level=0.9).interval for row in rng.standard_normal((repeats, 6))]
    assert abs(coverage(found, 0.0) - 0.9) < Z * math.sqrt(0.9 * 0.1 / repeats)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (1, 1), (123, 4567)])
def test_proportion_has_wilsons_interval(k, n):
    found = proportion(k, n)
    z = stats.norm.ppf(0.975)
    p = k / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert found.interval == pytest.approx((centre - reach, centre + reach), abs=1e-12)
    assert found.value == p
    assert found.standard_error == pytest.approx(math.sqrt(p * (1 - p) / n))


# Survival ------------------------------------------------------------------------------------------------------------


def test_kaplan_meier_by_hand():
    curve = kaplan_meier(np.array([1.0, 3.0, 5.0]), np.array([2.0, 4.0]))
    assert curve.t.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert curve.value == pytest.approx([1.0, 0.8, 0.8, 0.8 * 2 / 3, 0.8 * 2 / 3, 0.0])
    # Log-log band at t = 1: survival s, variance of log s by Greenwood.
    s, variance = 0.8, 1.0 / (5.0 * 4.0)
    reach = stats.norm.ppf(0.975) * math.sqrt(variance) / abs(math.log(s))
    assert (curve.low[1], curve.high[1]) == pytest.approx((s ** math.exp(reach), s ** math.exp(-reach)))
    assert (curve.low[0], curve.high[0]) == (1.0, 1.0)
    assert curve.low[-1] == 0.0
    assert curve.high[-1] == curve.high[-2]
    assert np.all((curve.low <= curve.value) & (curve.value <= curve.high))
    assert curve([0.0, 0.99, 1.0, 9.0]) == pytest.approx([1.0, 1.0, 0.8, 0.0])
    assert np.isnan(curve(-1.0))


def test_survival_is_unknown_beyond_the_last_censored_time(rng):
    exits, censored = split(rng.exponential(1.0, 50), 1.0)
    curve = kaplan_meier(exits, censored)
    assert curve(1.0) == pytest.approx(censored.size / 50)
    assert np.isnan(curve(1.01))


def test_survival_without_exits_has_wilsons_floor():
    curve = kaplan_meier(NONE, np.full(20, 7.0))
    assert curve.t.tolist() == [0.0, 7.0]
    assert curve.value.tolist() == [1.0, 1.0]
    assert curve.low[1] == pytest.approx(proportion(20, 20).interval[0])


def test_survival_band_covers(rng):
    repeats, t = 1000, 0.7
    hits = 0
    for row in rng.exponential(1.0, (repeats, 60)):
        curve = kaplan_meier(*split(row, 1.5), level=0.9)
        i = np.searchsorted(curve.t, t, side="right") - 1
        hits += curve.low[i] <= math.exp(-t) <= curve.high[i]
    assert abs(hits / repeats - 0.9) < Z * math.sqrt(0.9 * 0.1 / repeats)


@pytest.mark.parametrize("t", [0.5, 1.0])
def test_restricted_mean_of_clocked_paths_is_a_sample_mean(rng, t):
    times = np.ceil(rng.exponential(1.0, 400) / 0.05) * 0.05  # with ties
    plain = sample_mean(np.minimum(times, t))
    found = restricted_mean(*split(times, 1.0), t)
    assert found.value == pytest.approx(plain.value, rel=1e-12)
    assert found.standard_error == pytest.approx(plain.standard_error, rel=1e-10)
    assert found.n == 400


def test_restricted_mean_beyond_the_last_exit_is_the_mean(rng):
    times = rng.exponential(1.0, 30)
    found = restricted_mean(times, NONE, 100.0)
    assert found.value == pytest.approx(np.mean(times))
    assert found.standard_error == pytest.approx(stats.sem(times))


def test_restricted_mean_error_under_random_censoring(rng):
    t, repeats, n = 1.2, 2000, 80
    found = []
    for _ in range(repeats):
        waiting, clock = rng.exponential(1.0, n), rng.uniform(0.3, 3.0, n)
        left = waiting <= clock
        if max(np.max(waiting[left]), np.max(clock[~left])) >= t:
            found.append(restricted_mean(waiting[left], clock[~left], t))
    values = np.array([each.value for each in found])
    truth = -math.expm1(-t)
    assert abs(np.mean(values) - truth) < Z * stats.sem(values)
    # The stated error against the spread over repetitions, whose own relative error is 1/sqrt(2 m).
    spread = np.std(values, ddof=1)
    stated = math.sqrt(np.mean([each.standard_error**2 for each in found]))
    assert abs(stated / spread - 1.0) < Z / math.sqrt(2 * len(found))


# The exponential law -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("t_max", [math.inf, 2.0, 1.0, 0.3])
@pytest.mark.parametrize("n", [30, 200])
def test_p_values_are_uniform_under_the_exponential_law(rng, n, t_max):
    cut = [split(row, t_max) for row in rng.exponential(1.0, (1500, n))]
    p = [exponential_p_value(*each) for each in cut if each[0].size >= 3]
    assert stats.kstest(p, "uniform").pvalue > 2 * stats.norm.sf(Z)
    if t_max == 1.0:
        # Negative control: exits alone, as if the censored paths did not exist.
        p = [exponential_p_value(exits, NONE) for exits, _ in cut if exits.size >= 3]
        assert stats.kstest(p, "uniform").pvalue < 2 * stats.norm.sf(Z)


@pytest.mark.parametrize("t_max", [math.inf, 2.0, 1.0])
@pytest.mark.parametrize("law", ["gamma", "lognormal", "mixture", "delay"])
def test_other_laws_are_found_out(rng, law, t_max):
    n = 2000
    times = {
        "gamma": rng.gamma(2.0, 0.5, n),
        "lognormal": rng.lognormal(0.0, 1.0, n),
        "mixture": rng.exponential(np.where(rng.random(n) < 0.5, 0.3, 2.0)),
        "delay": 0.1 + rng.exponential(1.0, n),
    }[law]
    assert exponential_p_value(*split(times, t_max)) < 1e-3


def test_a_recording_grid_is_not_mistaken_for_another_law(rng):
    step = 0.02
    times = np.ceil(rng.exponential(1.0, 300_000) / step) * step
    exits, censored = split(times, 100 * step)
    assert exponential_p_value(exits, censored) < 1e-6  # the negative control: the grid is seen
    p = [
        exponential_p_value(*split(np.ceil(row / step) * step, 100 * step), resolution=step)
        for row in rng.exponential(1.0, (300, 5000))
    ]
    assert stats.kstest(p, "uniform", alternative="greater").pvalue > stats.norm.sf(Z)
    assert exponential_p_value(exits, censored, resolution=step) > stats.norm.sf(Z)


def test_p_value_does_not_depend_on_the_unit_or_order_of_time(rng):
    exits, censored = split(rng.exponential(1.0, 100), 1.0)
    p = exponential_p_value(exits, censored)
    assert exponential_p_value(rng.permutation(exits) * 1e6, censored * 1e6) == pytest.approx(p, rel=1e-9)
    # Random censoring takes the general way through the sum; a clock one path beyond all exits must agree with none.
    whole = rng.exponential(1.0, 40)
    assert exponential_p_value(whole, np.array([1e-300])) == pytest.approx(exponential_p_value(whole, NONE), rel=1e-9)


def test_p_value_is_uniform_under_random_censoring(rng):
    p = []
    for waiting, clock in zip(rng.exponential(1.0, (1500, 100)), rng.uniform(0.0, 3.0, (1500, 100)), strict=True):
        left = waiting <= clock
        p.append(exponential_p_value(waiting[left], clock[~left]))
    assert stats.kstest(p, "uniform").pvalue > 2 * stats.norm.sf(Z)


# Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, math.nan])
def test_levels_outside_the_unit_interval_are_refused(level):
    with pytest.raises(ValueError, match="level"):
        sample_mean(np.ones(3), level=level)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sample_mean(NONE), "no values"),
        (lambda: exponential_mean(3.0, 0, 3, censored=True), "no event"),
        (lambda: proportion(0, 0), "no trials"),
        (lambda: kaplan_meier(NONE, NONE), "survival has no estimate"),
        (lambda: restricted_mean(NONE, NONE, 1.0), "restricted mean has no estimate"),
        (lambda: restricted_mean(np.ones(2), np.full(2, 3.0), 3.1), "longer t_max"),
        (lambda: restricted_mean(np.ones(2), NONE, -1.0), "t=-1"),
        (lambda: exponential_p_value(np.ones(2), np.ones(9)), "at least 3"),
        (lambda: exponential_p_value(np.full(9, 0.1), NONE, resolution=0.1), "first step"),
    ],
)
def test_nonsense_is_refused_with_a_way_out(call, message):
    with pytest.raises(ValueError, match=message):
        call()
