"""The exact law of SGD on linear regression against tables, closed forms, and independent quadrature."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import lambertw

from levysde.sgd.linear_regression import eta_critical, eta_for, eta_max, h, rho, second_moment, tail_index

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "linear_regression.json").read_text())


@pytest.mark.parametrize("row", REFERENCE["law"], ids=str)
def test_the_table(row):
    d, b, eta, growth, half, one, _, alpha = row
    np.testing.assert_allclose((rho(d, b, eta), h(0.5, d, b, eta), h(1, d, b, eta)), (growth, half, one), atol=1e-12)
    assert abs(tail_index(d, b, eta) - alpha) < (2e-12 if d <= 20 else 1e-10)


@pytest.mark.parametrize("row", REFERENCE["law"], ids=str)
def test_the_slope_of_h_at_its_root(row):
    d, b, eta, *_, slope, alpha = row
    assert (h(alpha + 1e-4, d, b, eta) - h(alpha - 1e-4, d, b, eta)) / 2e-4 == pytest.approx(slope, abs=6e-7)


def test_tables_along_one_parameter():
    for given_values, wanted in (
        ([tail_index(2, 1, 0.1 * k) for k in range(1, 10)], REFERENCE["fixed_d2_b1_eta_from_0.1"]),
        ([tail_index(d, 1, 0.3) for d in range(1, 6)], REFERENCE["fixed_b1_eta0.3_d_from_1"]),
        ([tail_index(d, 5, 0.8) for d in range(1, 9)], REFERENCE["fixed_b5_eta0.8_d_from_1"]),
        (
            [tail_index(1, b, 2.2) for b, _ in REFERENCE["fixed_d1_eta2.2_b"]],
            [a for _, a in REFERENCE["fixed_d1_eta2.2_b"]],
        ),
    ):
        np.testing.assert_allclose(given_values, wanted, atol=5.1e-4)
    found = [tail_index(5, b, 0.2 * b) for b in range(1, 7)]  # at a fixed eta/b larger batches are heavier
    np.testing.assert_allclose(found, REFERENCE["fixed_d5_eta_over_b0.2_b_from_1"], atol=5.1e-3)


def test_steps_of_given_rates_and_indices():
    for d, b, value, error in REFERENCE["eta_max"]:
        assert abs(eta_max(d, b) - value) < error
        assert abs(rho(d, b, eta_max(d, b))) < 1e-14
    for alpha, d, b, value in REFERENCE["eta_for"]:
        assert abs(eta_for(alpha, d, b) - value) < (1e-13 if alpha == 4 else 1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(1, 40), st.floats(0.02, 20.0), st.floats(0.2, 5.0))
@example(12, 38, 2.00001, 3.7)  # above the critical index by less than a rough root can tell
@example(12, 38, math.nextafter(2.0, 3.0), 1.0)
@example(12, 38, math.nextafter(2.0, 1.0), 1.0)
def test_eta_for_and_tail_index_are_inverse_and_two_is_critical(d, b, alpha, sigma):
    assert tail_index(d, b, eta_for(alpha, d, b, sigma), sigma) == pytest.approx(alpha, abs=1e-9 if d <= 20 else 1e-6)
    assert tail_index(d, b, eta_critical(d, b, sigma), sigma) == pytest.approx(2, abs=1e-11 if d <= 20 else 1e-9)
    assert eta_critical(d, b, sigma) < eta_max(d, b, sigma)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), st.integers(1, 200), st.floats(0.01, 3.0), st.floats(0.3, 3.0))
def test_the_second_and_the_fourth_moment_are_polynomials(d, b, share, sigma):
    eta = share * eta_critical(d, b)
    c, m1 = eta / b, b
    m2, m3, m4 = (math.prod(b + 2 * i for i in range(k)) for k in (2, 3, 4))
    second = 1 - 2 * c * m1 + c * c * (m2 + (d - 1) * m1)
    fourth = 1 - 4 * c * m1 + 6 * c**2 * m2 - 4 * c**3 * m3 + c**4 * m4
    fourth += 2 * c**2 * (d - 1) * (m1 - 2 * c * m2 + c * c * m3) + c**4 * (d - 1) * (d + 1) * m2
    assert h(2, d, b, eta / sigma**2, sigma) == pytest.approx(second, rel=1e-12)
    assert h(4, d, b, eta / sigma**2, sigma) == pytest.approx(fourth, rel=1e-12)
    assert h(0, d, b, eta) == 1


def test_two_other_integrals():
    """One dimension cut at the kink, and batches of one through a hypergeometric function, both by mpmath."""
    for b, eta, s, value in REFERENCE["one_dimension"]:
        assert abs((rho(1, b, eta) if s is None else h(s, 1, b, eta)) - value) < 1e-12
    for d, eta, s, value in REFERENCE["batches_of_one"]:
        assert abs(h(s, d, 1, eta) - value) < 1e-10


@pytest.mark.parametrize(("d", "b", "eta"), [(5, 5, 1.0), (2, 1, 0.6), (10, 5, 0.65)])
def test_random_matrices(d, b, eta, rng):
    a = rng.standard_normal((200_000, b, d))
    factors = np.linalg.norm(np.eye(d)[0] - eta / b * np.einsum("nbi,nb->ni", a, a[:, :, 0]), axis=1)

    def z(values, target):
        return abs(np.mean(values) - target) / (np.std(values) / math.sqrt(len(values)))

    for s in (0.5, 1.0, 1.5):
        assert z(factors**s, h(s, d, b, eta)) < 5
        assert z(factors**s, h(s, d, b, 1.05 * eta)) > 5  # a step 5 % longer is told apart
    assert z(np.log(factors), rho(d, b, eta)) < 5


def test_larger_steps_dimensions_and_variances_are_heavier_and_larger_batches_lighter():
    for d, b in ((1, 1), (3, 2), (60, 10)):
        etas = np.linspace(0.3, 0.98, 4) * eta_max(d, b)
        assert np.all(np.diff([tail_index(d, b, eta) for eta in etas]) < 0)
        assert np.all(np.diff([tail_index(d, b, 0.5 * etas[0], sigma) for sigma in (0.7, 1.0, 1.3)]) < 0)
        assert tail_index(d + 1, b, etas[0]) < tail_index(d, b, etas[0])
    lighter = [tail_index(1, b, 1.5) for b in (2, 3, 5, 10)]
    assert np.all(np.diff(lighter) > 0)
    # Only where alpha >= 1: at d = 1, eta = 2.2 larger batches turn heavier again, until there is no law at all.
    counter = [tail_index(1, b, 2.2) for b in (5, 10, 20)]
    assert np.all(np.diff(counter) < 0)
    assert rho(1, 50, 2.2) > 0


def test_only_eta_sigma_squared_counts():
    assert tail_index(3, 2, 0.1, 2.0) == pytest.approx(tail_index(3, 2, 0.4), rel=1e-12)
    assert eta_max(3, 2, 2.0) == pytest.approx(eta_max(3, 2) / 4, rel=1e-14)


def test_small_steps_have_huge_indices():
    """2 kappa (log(2 kappa) - 1) = 1 with kappa = alpha c; corrections are of the relative order c log c."""
    kappa = 0.5 * math.exp(1 + lambertw(1 / math.e).real)
    for d, b in ((1, 1), (20, 3), (2, 30)):
        errors = [tail_index(d, b, c * b) * c / kappa - 1 for c in (1e-3, 1e-4, 1e-5)]
        assert abs(errors[2]) < 1e-3
        assert all(abs(b) < 0.2 * abs(a) for a, b in itertools.pairwise(errors))
    assert tail_index(1, 1, 1e-6) == math.inf
    assert eta_for(1e5, 4, 2) == pytest.approx(2 * kappa / 1e5, rel=1e-3)
    assert tail_index(4, 2, eta_for(1e5, 4, 2)) == pytest.approx(1e5, rel=1e-12)


def test_the_window_of_infinite_variance_is_narrow_in_high_dimension():
    for d, b in ((50, 1), (300, 5), (3000, 20)):
        excess = eta_max(d, b) / eta_critical(d, b) - 1
        assert excess == pytest.approx(4 * (b + 2) / (d + b + 1) ** 2, rel=0.06)


def test_second_moment():
    assert second_moment(1, 1, 0.2) == pytest.approx(0.142857142857)
    assert second_moment(5, 5, 0.3, noise=2.0) == pytest.approx(4 * 0.2238805970149)
    assert second_moment(2, 1, 0.15 / 9, 3.0) == pytest.approx(0.214285714 / 9)
    assert second_moment(2, 1, 0.5) == math.inf
    assert second_moment(2, 1, 0.9) == math.inf


@pytest.mark.parametrize("verb", [tail_index, second_moment])
def test_no_stationary_law(verb):
    with pytest.raises(ValueError, match=r"no stationary law at eta=0.95: rho = .* below eta_max = 0.93708"):
        verb(2, 1, 0.95)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: tail_index(0, 1, 0.1), ValueError, "d=0 is too small"),
        (lambda: tail_index(1.5, 1, 0.1), TypeError, "d=1.5 is not a whole number"),
        (lambda: rho(1, 0, 0.1), ValueError, "b=0 is too small"),
        (lambda: rho(1, 1, 0.0), ValueError, "eta=0 is outside"),
        (lambda: rho(1, 1, math.nan), ValueError, "eta=nan is not finite"),
        (lambda: h(-1, 1, 1, 0.1), ValueError, "s=-1 is outside"),
        (lambda: h(1, 1, 1, 0.1, -1), ValueError, "sigma=-1 is outside"),
        (lambda: eta_for(0, 1, 1), ValueError, "alpha=0 is outside"),
        (lambda: eta_for("2", 1, 1), TypeError, "alpha='2' is not a number"),
        (lambda: second_moment(1, 1, 0.1, noise=0), ValueError, "noise=0 is outside"),
    ],
)
def test_wrong_numbers(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_powers_beyond_doubles_are_infinite():
    assert h(2000, 1, 1, 1.0) == math.inf
    assert h(300, 3, 1, 1.0) > 1e300
