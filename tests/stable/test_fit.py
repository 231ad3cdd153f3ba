"""`stable.fit`: known asymptotic variances, pulls over replications, edges of the parameter range, errors."""

import math

import numpy as np
import pytest

import levysde as ls
from levysde.stable.fitting import ecf, quantile
from levysde.stable.fitting.interval import cramer_rao, index_interval
from levysde.stable.fitting.law import Law

Z = 5.0
# Square roots of n times the variance of the estimate of alpha at beta = 0 (scale and, where it matters, location
# unknown): Cramér-Rao bound, McCulloch's quantiles, Kogon and Williams' regression. Each was computed from the
# information integral, the quantile delta method and the covariance of the characteristic function, respectively,
# with another program than this one.
ASYMPTOTIC = {
    0.8: (0.85450, 1.2014, 1.2971),
    1.2: (1.32543, 1.5988, 1.6359),
    1.5: (1.53536, 1.9625, 1.8331),
    1.8: (1.38299, 3.0766, 1.6762),
}
METHODS = ["mle", "quantile", "ecf"]


@pytest.mark.parametrize("alpha", ASYMPTOTIC)
def test_asymptotic_variance_of_the_quantile_method(alpha):
    found = quantile._covariance(Law(alpha, 0.0, 1.0, 0.0), 0.0)
    assert math.sqrt(found[0, 0]) == pytest.approx(ASYMPTOTIC[alpha][1], rel=2e-4)


@pytest.mark.parametrize("alpha", ASYMPTOTIC)
def test_asymptotic_variance_of_the_characteristic_function_method(alpha):
    found = ecf._covariance(Law(alpha, 0.0, 1.0, 0.0), 0.0)
    assert math.sqrt(found[0, 0]) == pytest.approx(ASYMPTOTIC[alpha][2], rel=2e-4)


@pytest.mark.parametrize("alpha", ASYMPTOTIC)
def test_cramer_rao_bound(alpha):
    assert cramer_rao(alpha) == pytest.approx(ASYMPTOTIC[alpha][0], rel=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_interval_of_the_index_is_a_normal_one_where_the_error_is_small(method):
    low, high = index_interval(method, 1.3, 1e-5, n=10**10, level=0.95)
    assert (low, high) == pytest.approx((1.3 - 1.959964e-5, 1.3 + 1.959964e-5), abs=2e-7)


def test_interval_at_two_ends_where_the_test_of_the_lower_end_says_so():
    """Half a deviation with the error there, half one in the scale of constant error; both computed anew."""
    low, high = index_interval("ecf", 2.0, math.nan, n=1000, level=0.9)

    def error(alpha):
        return math.sqrt(ecf._covariance(Law(alpha, 0.0, 1.0, 0.0), 0.0)[0, 0] / 1000)

    depth = np.linspace(0.01, math.sqrt(2 - low), 60)  # alpha = 2 - depth^2
    rate = 2 * depth / np.array([error(2 - d * d) for d in depth])
    scaled = np.sum((rate[1:] + rate[:-1]) / 2 * np.diff(depth))
    assert 0.5 * (2 - low) / error(low) + 0.5 * scaled == pytest.approx(1.644854, rel=0.01)
    assert high == 2.0
    wide = index_interval("ecf", 2.0, math.nan, n=1000, level=0.9, widening=math.sqrt(2))
    assert wide == pytest.approx(index_interval("ecf", 2.0, math.nan, n=500, level=0.9))


@pytest.mark.parametrize("alpha", [1.5, 1.75, 1.95, 2.0])
def test_interval_of_the_index_covers(alpha, rng):
    """Of 2000 estimates that are normal where the error is constant, and end at 2."""
    grid = np.linspace(1.0, 1.999, 200)
    error = np.array([math.sqrt(quantile._covariance(Law(a, 0.0, 1.0, 0.0), 0.0)[0, 0] / 1000) for a in grid])
    height = np.concatenate([[0.0], np.cumsum(np.diff(grid) * (1 / error[1:] + 1 / error[:-1]) / 2)])
    drawn = np.interp(np.interp(alpha, grid, height) + rng.normal(size=2000), height, [*grid[:-1], 2.0])
    ends = [
        index_interval("quantile", a, math.nan if a == 2 else float(np.interp(a, grid, error)), n=1000, level=0.95)
        for a in drawn.tolist()
    ]
    assert all(low < a <= high for a, (low, high) in zip(drawn, ends, strict=True))
    slack = Z * math.sqrt(0.95 * 0.05 / 2000)
    assert abs(np.mean([low <= alpha <= high for low, high in ends]) - 0.95) < slack
    half = [a - (a - low) / 2 <= alpha <= a + (high - a) / 2 for a, (low, high) in zip(drawn, ends, strict=True)]
    assert abs(np.mean(half) - 0.95) > slack  # negative control


@pytest.mark.parametrize("alpha", [1.2, 1.5, 1.8])
def test_observed_information_meets_the_cramer_rao_bound(alpha, seed):
    n = 10_000
    fit = ls.stable.fit(ls.stable.rvs(alpha, size=n, rng=seed), beta=0.0)
    bound = ASYMPTOTIC[alpha][0] / math.sqrt(n)
    # the observed information fluctuates by a few per cent at this n, and the bound moves with the estimate of alpha
    assert fit.standard_errors["alpha"] == pytest.approx(bound, rel=0.2)
    assert abs(fit.alpha - alpha) < Z * bound
    assert fit.standard_errors["beta"] == 0
    assert fit.beta == 0


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [1.2, 1.5, 1.8])
def test_variance_of_maximum_likelihood(alpha, seed):
    """Within 10 % of the bound, give or take the error of a variance from 600 replications."""
    n, repeats = 10_000, 600
    root = np.random.SeedSequence(seed).spawn(repeats)
    found = [ls.stable.fit(ls.stable.rvs(alpha, size=n, rng=r), beta=0.0).alpha for r in root]
    ratio = np.var(found) * n / ASYMPTOTIC[alpha][0] ** 2
    assert abs(ratio - 1) < 0.1 + Z * math.sqrt(2 / repeats) / 2
    assert abs(np.mean(found) - alpha) < Z * np.std(found) / math.sqrt(repeats) + 0.05 * np.std(found)


@pytest.mark.parametrize(("alpha", "beta"), [(0.8, 0.3), (1.0, -0.5), (1.5, 0.5), (1.7, -0.2)])
@pytest.mark.parametrize("method", METHODS)
def test_pulls(method, alpha, beta, seed):
    """(estimate - truth) / error has mean 0 and variance 1 in S0; the z-scores of both are computed."""
    repeats = 6 if method == "mle" else 20
    truth = dict(alpha=alpha, beta=beta, scale=2.0, loc=-3.0)
    pulls = []
    for r in np.random.SeedSequence(seed).spawn(repeats):
        x = ls.stable.rvs(alpha, beta, loc=-3.0, scale=2.0, size=3000, parameterization="S0", rng=r)
        fit = ls.stable.fit(x, method=method, parameterization="S0")
        pulls.append([(getattr(fit, name) - value) / fit.standard_errors[name] for name, value in truth.items()])
    pulls = np.array(pulls)
    assert np.all(np.abs(pulls.mean(axis=0)) * math.sqrt(repeats) < Z)
    square = (pulls**2).sum(axis=0)  # chi-squared with `repeats` degrees of freedom; Wilson-Hilferty makes it normal
    cube = (square / repeats) ** (1 / 3)
    assert np.all(np.abs(cube - (1 - 2 / (9 * repeats))) / math.sqrt(2 / (9 * repeats)) < Z)
    # negative control: errors that were a fifth of what they are would not pass
    assert np.any((25 * square / repeats) ** (1 / 3) - 1 > Z * math.sqrt(2 / (9 * repeats)))


@pytest.mark.parametrize("method", METHODS)
def test_both_parameterizations_name_one_law(method, seed):
    x = ls.stable.rvs(1.4, 0.6, loc=1.0, scale=3.0, size=2000, rng=seed)
    one, zero = (ls.stable.fit(x, method=method, parameterization=form) for form in ("S1", "S0"))
    grid = np.linspace(-20, 30, 7)
    pdf = [
        ls.stable.pdf(grid, f.alpha, f.beta, loc=f.loc, scale=f.scale, parameterization=f.parameterization)
        for f in (one, zero)
    ]
    assert np.allclose(*pdf, rtol=1e-9)
    assert one.log_likelihood == zero.log_likelihood
    assert one.loc != zero.loc


def test_likelihood_is_not_beaten_by_its_neighbours(seed):
    x = ls.stable.rvs(1.3, -0.4, size=2000, rng=seed)
    fit = ls.stable.fit(x, parameterization="S0")
    best = np.array([fit.alpha, fit.beta, fit.scale, fit.loc])
    for i, name in enumerate(("alpha", "beta", "scale", "loc")):
        for sign in (-1, 1):
            p = best.copy()
            p[i] += sign * fit.standard_errors[name]
            value = np.sum(ls.stable.logpdf(x, p[0], p[1], scale=p[2], loc=p[3], parameterization="S0"))
            # one standard error away the likelihood is lower by one half, more where the estimates are correlated
            assert fit.log_likelihood - value > 0.3


@pytest.mark.parametrize("method", METHODS)
def test_moves_and_scales_with_the_data(method, seed):
    x = ls.stable.rvs(1.6, 0.3, size=1500, rng=seed)
    fit, moved = (ls.stable.fit(v, method=method, parameterization="S0") for v in (x, 50 - 1e3 * x))
    tolerance = 1e-6 if method != "mle" else 0.1 * fit.standard_errors["alpha"]  # where the climb stops
    assert moved.alpha == pytest.approx(fit.alpha, abs=tolerance)
    assert moved.beta == pytest.approx(-fit.beta, abs=tolerance * 10)
    assert moved.scale == pytest.approx(1e3 * fit.scale, rel=tolerance)
    assert moved.loc == pytest.approx(50 - 1e3 * fit.loc, abs=1e4 * tolerance)


@pytest.mark.parametrize("method", METHODS)
def test_normal_data_end_at_two(method, seed):
    x = np.random.default_rng(seed).normal(3.0, 2.0, size=3000)
    fit = ls.stable.fit(x, method=method)
    assert fit.alpha > 1.9
    assert fit.loc == pytest.approx(3.0, abs=0.5)
    assert fit.scale == pytest.approx(math.sqrt(2), rel=0.1)
    if fit.alpha == 2:
        assert any("alpha is at 2" in note for note in fit.notes)
        assert math.isnan(fit.standard_errors["alpha"])
        assert 1.7 < fit.interval("alpha")[0] < 2
        assert fit.interval("alpha")[1] == 2
        assert fit.beta == 0
        if method == "mle":  # those of a normal sample: the scale is the standard deviation over sqrt(2)
            assert fit.standard_errors["loc"] == pytest.approx(2 / math.sqrt(3000), rel=0.1)
            assert fit.standard_errors["scale"] == pytest.approx(fit.scale / math.sqrt(6000), rel=0.1)


@pytest.mark.parametrize("sample", range(6))
def test_normal_samples_never_stop_the_fit(sample):
    """Wherever the climb ends, at the edge or close to it, there is a law, and an error or NaN for each parameter."""
    x = np.random.default_rng(sample).normal(3.0, 2.0, size=400)
    fit = ls.stable.fit(x)
    assert fit.scale == pytest.approx(math.sqrt(2), rel=0.2)
    assert all(math.isnan(error) or error >= 0 for error in fit.standard_errors.values())


def test_one_sided_data_end_at_beta_one(seed):
    fit = ls.stable.fit(ls.stable.rvs(0.7, 1.0, size=2000, rng=seed), parameterization="S0")
    assert fit.beta > 0.98
    assert abs(fit.alpha - 0.7) < Z * fit.standard_errors["alpha"]


def test_bootstrap_accepts_the_law_and_rejects_another(seed):
    x = ls.stable.rvs(1.5, size=400, rng=seed)
    good = ls.stable.fit(x, method="ecf", bootstrap=19, rng=seed)
    assert (20 * good.p_value) % 1 == pytest.approx(0, abs=1e-9)
    assert 1 / 20 <= good.p_value <= 1
    two_clusters = np.concatenate([x[:200] * 0.05, x[200:] * 0.05 + 4.0])
    assert ls.stable.fit(two_clusters, method="ecf", bootstrap=19, rng=seed).p_value == 1 / 20
    again = ls.stable.fit(x, method="ecf", bootstrap=19, rng=seed)
    assert again.p_value == good.p_value


def test_notes_tell_of_ties(seed):
    x = np.round(ls.stable.rvs(1.5, size=500, rng=seed), 1)
    assert any("repeated" in note for note in ls.stable.fit(x, method="ecf").notes)


@pytest.mark.parametrize(
    ("x", "options", "message"),
    [
        ([1.0] * 9, {}, "9 observations"),
        ([1.0] * 20, {}, "constant"),
        ([*range(20), math.nan], {}, "1 NaN or infinite"),
        ([*range(20), math.inf], {}, "1 NaN or infinite"),
        ([0.0] * 50 + [1.0, 2.0], {}, "coincide"),
        (range(20), {"method": "moments"}, "use 'mle'"),
        (range(20), {"beta": 1.5}, "beta=1.5"),
        (range(20), {"parameterization": "S2"}, "use 'S0' or 'S1'"),
        (range(20), {"bootstrap": -1}, "bootstrap=-1"),
    ],
)
def test_bad_input_is_refused(x, options, message):
    with pytest.raises(ValueError, match=message):
        ls.stable.fit(x, **options)


def test_intervals_and_print(seed):
    fit = ls.stable.fit(ls.stable.rvs(1.95, size=300, rng=seed), method="ecf")
    low, high = fit.interval("alpha")
    assert 0 < low < fit.alpha <= high <= 2
    assert "alpha" in str(fit)
    with pytest.raises(ValueError, match="no parameter"):
        fit.interval("gamma")
    with pytest.raises(ValueError, match="outside"):
        fit.interval("alpha", level=95)


def test_picture_shows_both_tails(seed):
    fit = ls.stable.fit(ls.stable.rvs(1.5, 0.5, size=1000, rng=seed), method="ecf")
    ax = ls.plot(fit)
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert len(ax.get_lines()) == 4
