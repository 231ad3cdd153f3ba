"""Density, distribution function and quantiles against high-precision references, closed forms and each other."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.stable.central import reach
from levysde.stable.coefficients import COUNT, fill_coefficients
from levysde.stable.density import SMALL_ALPHA, log_density_and_survival
from levysde.stable.mode import mode

S = ls.stable
REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "stable_distribution.json").read_text())
LAWS = [(0.1, 0.3), (0.2, -1.0), (0.5, 0.9), (0.8, 1.0), (0.95, -0.4), (1.0, 0.5), (1.001, -1.0), (1.3, 0.2)]
LAWS += [(1.5, 1.0), (1.9, -0.7), (1.999, 0.0), (2.0, 0.0)]


def _log(text):
    """Return the logarithm of a decimal that may be far below the smallest double."""
    mantissa, _, exponent = text.partition("e")
    value = float(mantissa)
    return math.log(value) + int(exponent or 0) * math.log(10) if value > 0 else -math.inf


def _errors():
    """Return the errors of log f, log cdf and log sf, in relation to max(1, |log|), one law a call."""
    found = []
    rows = {}
    for x, alpha, beta, *texts in REFERENCE["values"]:
        rows.setdefault((alpha, beta), []).append((x, *map(_log, texts)))
    for (alpha, beta), points in rows.items():
        x, density, survival, mass = np.array(points).T
        for function, wanted in ((S.logpdf, density), (S.logsf, survival), (S.logcdf, mass)):
            got = function(x, alpha, beta, parameterization="S0")
            present = wanted > -np.inf
            assert np.all(got[~present] == -np.inf)
            scale = np.maximum(1, np.abs(wanted[present]) / 100)  # a double cannot hold more: 100 * 2^-53 = 1e-14
            found.append(np.abs(got[present] - wanted[present]) / scale)
    return np.concatenate(found)


@pytest.fixture(scope="module")
def errors():
    return _errors()


def test_accuracy_against_the_reference(errors):
    assert errors.size > 8000
    assert np.median(errors) < 1e-13
    assert np.max(errors) < 1e-9


def test_accuracy_is_mostly_that_of_a_double(errors):
    assert np.quantile(errors, 0.99) < 1e-12


def test_the_two_routes_of_the_reference_agree():
    assert len(REFERENCE["routes"]) >= 30
    for _, _, _, density, survival, other_density, other_survival in REFERENCE["routes"]:
        for one, other in ((density, other_density), (survival, other_survival)):
            assert abs(float(one) - float(other)) < 1e-15 * float(one) + 1e-24  # the second sums terms of order 1


@pytest.mark.parametrize("column", [0, 1])
def test_another_alpha_or_beta_would_be_seen(column):
    """Negative control: a millionth of a change of a parameter is seen at once."""
    changed = [1e-6 * (column == 0), 1e-6 * (column == 1)]
    row = next(row for row in REFERENCE["values"] if tuple(row[:3]) == (2.0, 1.5, 0.3))
    got = S.logpdf(2.0, 1.5 + changed[0], 0.3 + changed[1], parameterization="S0")
    assert abs(got - _log(row[3])) > 1e-9


def test_known_truths_that_scipy_misses():
    assert S.sf(1e6, 1.5, 0) == pytest.approx(1.9947114051902622e-10, rel=1e-13)
    assert S.pdf(1e12, 1.5, 0) == pytest.approx(2.99206710301074509e-31, rel=1e-13)
    assert S.pdf(-12, 1.6, 1) == pytest.approx(2.37993099190839156e-40, rel=1e-12)


def test_normal_has_variance_two():
    x = np.array([-40.0, -3.0, -0.1, 0.0, 1.0, 5.0, 30.0])
    assert np.allclose(S.logpdf(x, 2.0), -x * x / 4 - 0.5 * math.log(4 * math.pi), rtol=1e-14)
    assert np.allclose(S.cdf(x, 2.0), [0.5 * math.erfc(-v / 2) for v in x], rtol=2e-13, atol=0)
    assert S.logsf(1e5, 2.0) == pytest.approx(-2.5e9 - math.log(1e5 * math.sqrt(math.pi)), rel=1e-14)


def test_cauchy():
    x = np.concatenate([-np.geomspace(1e-9, 1e300, 200), np.geomspace(1e-9, 1e300, 200)])
    assert np.allclose(S.logpdf(x, 1.0), -math.log(math.pi) - 2 * np.log(np.hypot(1, x)), rtol=1e-14, atol=2e-14)
    assert np.allclose(S.logsf(x, 1.0), np.log(np.arctan2(1, x) / math.pi), rtol=1e-14, atol=2e-14)


def test_levy_near_the_end_of_its_support_and_far_out():
    x = np.geomspace(1e-6, 1e300, 300)
    wanted = -1.5 * np.log(x) - 0.5 / x - 0.5 * math.log(2 * math.pi)
    assert np.allclose(S.logpdf(x, 0.5, 1.0), wanted, rtol=3e-13, atol=1e-13)
    near = x < 1e200
    wanted = [math.erfc(math.sqrt(0.5 / v)) for v in x[near]]
    assert np.allclose(S.cdf(x[near], 0.5, 1.0), wanted, rtol=1e-12, atol=1e-320)
    assert S.pdf(-1e-9, 0.5, 1.0) == 0
    assert S.logpdf(0.0, 0.5, 1.0) == -math.inf
    assert S.cdf(-1.0, 0.5, 1.0) == 0
    assert S.sf(-1.0, 0.5, 1.0) == 1


@pytest.mark.parametrize(("alpha", "beta"), LAWS)
def test_reflection(alpha, beta):
    x = np.array([-1e8, -30.0, -2.0, -0.3, 0.0, 0.4, 3.0, 1e3, 1e200])
    for one, other in ((S.logpdf, S.logpdf), (S.logsf, S.logcdf)):
        assert np.allclose(one(x, alpha, beta), other(-x, alpha, -beta), rtol=1e-13, atol=1e-11)


@pytest.mark.parametrize(("alpha", "beta"), LAWS)
def test_one_point_and_many_agree(alpha, beta, rng):
    x = S.rvs(alpha, beta, size=5000, rng=rng)
    some = slice(0, 200)
    for function in (S.logpdf, S.logcdf, S.logsf):
        many = function(x, alpha, beta)
        few = np.array([function(value, alpha, beta) for value in x[some]])
        assert np.max(np.abs(many[some] - few)) < 1e-10
    q = rng.uniform(size=5000)
    assert np.allclose(S.ppf(q, alpha, beta)[some], S.ppf(q[some], alpha, beta), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("alpha", "beta"), LAWS)
def test_the_distribution_function_rises_and_its_slope_is_the_density(alpha, beta):
    """Across every border of methods and of the table: the integral of f between points is the rise of the tail."""
    nodes, weights = np.polynomial.legendre.leggauss(10)
    edges = S.isf(np.geomspace(0.4, 1e-13, 600), alpha, beta)
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half) + half * nodes
    rise = np.sum(half * weights * np.exp(S.logpdf(x, alpha, beta)), axis=1)
    for tail in (S.sf(edges, alpha, beta), np.array([S.sf(v, alpha, beta) for v in edges])):
        assert np.all(np.diff(tail) <= 0)
        assert np.allclose(-np.diff(tail), rise, rtol=1e-9, atol=1e-12 * tail[:-1])


@pytest.mark.parametrize("alpha", [SMALL_ALPHA, 0.8, 1.2, 1.6])
@pytest.mark.parametrize("beta", [-0.95, -0.5, 0.3])
def test_no_step_at_the_borders_in_alpha(alpha, beta):
    x = np.array([-50.0, -3.0, -0.5, 0.2, 1.0, 4.0, 1e4])
    below, at, above = (S.logpdf(x, alpha + d, beta, parameterization="S0") for d in (-1e-7, 0.0, 1e-7))
    assert np.max(np.abs(above - 2 * at + below)) < 1e-11


@pytest.mark.parametrize(
    ("alpha", "beta"), [(0.95, 0.0), (1.0, 0.3), (1.15, 0.2), (1.4, -0.9), (1.6, 1.0), (1.95, 0.5)]
)
def test_no_step_where_the_centre_ends(alpha, beta):
    """Third differences across the borders of the inversion along the real axis with half and with all of its nodes."""
    borders = []
    for side in (1.0, -1.0):
        law = np.empty(COUNT)
        fill_coefficients(alpha, side * beta, law)
        borders += [(side, border) for border in reach(law) if border > 0.3]
    assert len(borders) >= 2
    for side, border in borders:
        x = side * (border + 1e-4 * np.array([-3.0, -1.0, 1.0, 3.0]))
        for function in (S.logpdf, S.logsf, S.logcdf):
            below, inside, outside, above = function(x, alpha, beta, parameterization="S0")
            assert abs(above - 3 * outside + 3 * inside - below) < 3e-11


def test_continuous_at_alpha_one_in_s0():
    x = np.array([-100.0, -2.0, 0.0, 0.7, 2.0, 5.0])
    for beta in (-1.0, 0.3, 0.9):
        at = S.logpdf(x, 1.0, beta, parameterization="S0")
        for alpha in (1 - 1e-9, 1 + 1e-9):
            near = S.logpdf(x, alpha, beta, parameterization="S0")
            assert np.max(np.abs(near - at) / np.maximum(1, np.abs(at))) < 2e-7


@pytest.mark.parametrize(("alpha", "beta"), [(0.4, 0.7), (1.0, 0.7), (1.5, -0.3), (2.0, 0.0)])
def test_loc_scale_and_the_two_parameterizations(alpha, beta):
    x, loc, scale = np.array([-3.0, 0.1, 2.5]), 0.7, 2.5
    if alpha == 1:
        shift = 2 / math.pi * beta * scale * math.log(scale)
    else:
        shift = beta * scale * math.tan(math.pi * alpha / 2) if alpha < 2 else 0.0
    one = S.pdf(x, alpha, beta, loc=loc, scale=scale)
    zero = S.pdf(x, alpha, beta, loc=loc + shift, scale=scale, parameterization="S0")
    assert np.allclose(one, zero, rtol=1e-12)
    standard = S.pdf((x - loc - shift) / scale, alpha, beta, parameterization="S0") / scale
    assert np.allclose(zero, standard, rtol=1e-12)


def test_the_characteristic_function_of_the_scaled_law_at_alpha_one():
    """X = loc + scale Z + (2/pi) beta scale log(scale) in S1: E exp(ikX) by quadrature over quantiles."""
    q = (np.arange(200_000) + 0.5) / 200_000
    x = S.ppf(q, 1.0, 0.5, loc=0.3, scale=2.0)
    k = 0.4
    got = np.mean(np.exp(1j * k * x))
    wanted = np.exp(1j * k * 0.3 - 2 * k * (1 + 1j * 0.5 * 2 / math.pi * math.log(k)))
    assert abs(got - wanted) < 2e-4
    assert abs(got - np.exp(1j * k * 0.3 - 2 * k * (1 + 1j * 0.5 * 2 / math.pi * math.log(2 * k)))) > 1e-2


@pytest.mark.parametrize(("alpha", "beta"), [(0.6, 0.4), (1.2, -0.5), (1.7, 0.9)])
def test_scipy_agrees_where_it_is_right(alpha, beta):
    from scipy.stats import levy_stable

    x = np.array([-5.0, -1.0, 0.3, 2.0, 8.0])
    assert np.allclose(S.pdf(x, alpha, beta), levy_stable.pdf(x, alpha, beta), rtol=1e-8)
    assert np.allclose(S.cdf(x, alpha, beta), levy_stable.cdf(x, alpha, beta), rtol=1e-7)


def test_logarithms_where_the_values_underflow():
    assert S.pdf(1e200, 1.5) == 0
    lead = math.log(1.5 * math.gamma(1.5) * math.sin(0.75 * math.pi) / math.pi)
    assert S.logpdf(1e200, 1.5) == pytest.approx(lead - 2.5 * math.log(1e200), rel=1e-15)
    assert S.logsf(1e300, 1.5) == pytest.approx(lead - math.log(1.5) - 1.5 * math.log(1e300), rel=1e-15)
    assert -1e12 < S.logpdf(-1e4, 1.5, 1.0) < -1e9


@pytest.mark.parametrize(("alpha", "beta"), LAWS)
def test_quantiles_invert_the_distribution_function(alpha, beta):
    q = np.array([1e-300, 1e-30, 1e-9, 1e-3, 0.2, 0.5, 0.8, 0.999])
    for quantile, tail in ((S.ppf, S.logcdf), (S.isf, S.logsf)):
        x = quantile(q, alpha, beta)
        reachable = np.isfinite(x) & (np.abs(x) < 1e250)
        assert reachable.sum() >= 6
        assert np.max(np.abs(tail(x, alpha, beta) - np.log(q))[reachable]) < 1e-10
    assert S.ppf(0.5, alpha, beta, loc=3.0, scale=2.0) == pytest.approx(S.isf(0.5, alpha, beta, loc=3.0, scale=2.0))


def test_quantiles_at_the_ends():
    assert S.ppf(0, 1.5) == -math.inf
    assert S.ppf(1, 1.5) == math.inf
    assert S.isf(0, 1.5) == math.inf
    assert S.ppf(0, 0.5, 1.0) == 0
    assert S.isf(1, 0.5, 1.0, loc=2.0) == 2
    assert S.ppf(1, 0.5, -1.0) == 0
    assert S.ppf(0, 0.5, 1.0, parameterization="S0") == pytest.approx(-1.0)


@pytest.mark.parametrize("alpha", [0.3, 0.5, 0.8, 0.95, 1.0, 1.4, 1.9])
@pytest.mark.parametrize("beta", [-1.0, -0.3, 0.05, 0.8])
def test_the_mode_is_the_maximum(alpha, beta):
    centre = mode(alpha, beta)
    top = S.logpdf(centre, alpha, beta, parameterization="S0")
    for step in (1e-3, 1e-2, 0.1):
        for side in (-1, 1):
            assert S.logpdf(centre + side * step, alpha, beta, parameterization="S0") <= top
    assert mode(0.5, 1.0) == pytest.approx(-2 / 3, abs=1e-8)


def test_shapes_and_special_points():
    assert isinstance(S.pdf(0.3, 1.5), float)
    assert S.pdf([[0.1, 0.2], [0.3, 0.4]], 1.5).shape == (2, 2)
    assert S.pdf([], 1.5).shape == (0,)
    assert S.pdf(math.inf, 1.5) == 0
    assert S.cdf(math.inf, 1.5) == 1
    assert S.sf(-math.inf, 1.5) == 1
    assert math.isnan(S.cdf(math.nan, 1.5))
    assert S.pdf(1, 1.5) == S.pdf(1.0, 1.5)


def test_the_kernel_of_the_samplers_tables():
    x = np.array([-2.0, 0.1, 3.0])
    log_f, log_s = np.empty(3), np.empty(3)
    log_density_and_survival(x, 1.3, 0.4, log_f, log_s)
    assert np.array_equal(log_f, S.logpdf(x, 1.3, 0.4, parameterization="S0"))
    assert np.array_equal(log_s, S.logsf(x, 1.3, 0.4, parameterization="S0"))


@pytest.mark.parametrize(
    ("arguments", "keywords", "error", "message"),
    [
        ((0.0, 2.3), {}, ValueError, "alpha=2.3"),
        ((0.0, 0.0), {}, ValueError, "alpha=0"),
        ((0.0, 1.5, 1.2), {}, ValueError, "beta=1.2"),
        ((0.0, 1.5), {"scale": 0.0}, ValueError, "scale=0"),
        ((0.0, 1.5), {"loc": math.nan}, ValueError, "loc=nan"),
        ((0.0, 1.5), {"parameterization": "M"}, ValueError, "'S0' or 'S1'"),
        (("a", 1.5), {}, TypeError, "give real numbers"),
        (([1.0, [2.0]], 1.5), {}, ValueError, "ragged"),
        ((0.0, "a"), {}, TypeError, "alpha='a'"),
    ],
)
def test_bad_input(arguments, keywords, error, message):
    with pytest.raises(error, match=message):
        S.pdf(*arguments, **keywords)


@pytest.mark.parametrize("q", [-0.1, 1.1, math.nan])
def test_bad_probability(q):
    with pytest.raises(ValueError, match=r"not a probability; give numbers in \[0, 1\]"):
        S.ppf(q, 1.5)


@pytest.mark.parametrize("alpha", [0.9, 0.92, 0.95, 0.999, 1.001, 1.05])
@pytest.mark.parametrize("beta", [0.5, 0.8, 0.9, 0.95, 1.0])
def test_skewed_laws_near_index_one(alpha, beta):
    """The inversion integral along the real axis with a quarter of the package's step, where densities exceed 0.003.

    Contours were once off by 4e-9 at alpha = 0.9 on the light side, between the points of the tables.
    """
    step = 0.00875
    t = step * np.arange(-480, 512)
    s = t - 0.5 * np.exp(-t)
    k, weight = np.exp(s), step / np.pi * (1 + 0.5 * np.exp(-t))
    x = np.linspace(-2.9, 3, 237)
    theta = np.outer(x, k) - beta * math.tan(math.pi * alpha / 2) * (k**alpha - k)
    density = (weight * k * np.exp(-(k**alpha)) * np.cos(theta)).sum(axis=1)
    seen = density > 3e-3
    points = [ls.stable.pdf(v, alpha, beta, parameterization="S0") for v in x[seen]]
    np.testing.assert_allclose(points, density[seen], rtol=1e-11)
