"""Fits of laws: against closed forms, against their own errors, and what they refuse."""

import math

import numpy as np
import pytest

import levysde as ls
from levysde.scaling import fit_exponential_law, fit_power_law

X = np.array([1.0, 2.0, 5.0, 9.0, 20.0])
RELATIVE = np.array([0.02, 0.01, 0.03, 0.01, 0.02])


def test_exact_laws_are_found_exactly():
    power = fit_power_law(X, 3 * X**1.7)
    assert power.exponent.value == pytest.approx(1.7, rel=1e-12)
    assert power.constant == pytest.approx(3, rel=1e-12)
    assert power.exponent.standard_error == 0
    assert math.isnan(power.chi_square)
    np.testing.assert_allclose(power.local_exponent, 1.7, rtol=1e-12)
    np.testing.assert_allclose(power(X), 3 * X**1.7, rtol=1e-12)
    exponential = fit_exponential_law(X - 5, 3 * np.exp(-0.4 * X), RELATIVE * np.exp(-0.4 * X))
    assert exponential.exponent.value == pytest.approx(-0.4, rel=1e-12)
    assert exponential.chi_square == pytest.approx(0, abs=1e-18)
    np.testing.assert_allclose(exponential(X - 5), 3 * np.exp(-0.4 * X), rtol=1e-12)


def test_against_polyfit_with_weights():
    y = np.array([2.9, 11.0, 44.0, 130.0, 480.0])
    fit = fit_power_law(X, y, RELATIVE * y)
    coefficients, covariance = np.polyfit(np.log(X), np.log(y), 1, w=1 / RELATIVE, cov="unscaled")
    assert fit.exponent.value == pytest.approx(coefficients[0], rel=1e-12)
    assert fit.exponent.standard_error == pytest.approx(math.sqrt(covariance[0, 0]), rel=1e-12)
    assert fit.log_constant_error == pytest.approx(math.sqrt(covariance[1, 1]), rel=1e-12)
    residual = np.log(y) - np.polyval(coefficients, np.log(X))
    assert fit.chi_square == pytest.approx(np.sum((residual / RELATIVE) ** 2), rel=1e-10)
    assert fit.freedom == 3


def test_a_common_factor_moves_the_constant_only():
    """Errors that all points share, as covariance, cost the exponent nothing."""
    y = 3 * X**1.5
    own = np.diag((RELATIVE * y) ** 2)
    shared = own + 0.2**2 * np.outer(y, y)
    alone, together = fit_power_law(X, y, covariance=own), fit_power_law(X, y, covariance=shared)
    assert together.exponent.standard_error == pytest.approx(alone.exponent.standard_error, rel=1e-9)
    assert together.log_constant_error == pytest.approx(math.hypot(alone.log_constant_error, 0.2), rel=1e-9)
    np.testing.assert_allclose(together.local_error, alone.local_error, rtol=1e-9)


def test_the_stated_errors_are_the_true_ones(rng):
    """Exponents and chi-squares of many fits follow the normal and the chi-square law; wrong errors do not."""
    n = 4000
    noise = rng.standard_normal((n, X.size)) * RELATIVE
    wrong = 0
    z, chi = np.empty(n), np.empty(n)
    for k in range(n):
        y = 3 * X**1.5 * np.exp(noise[k])
        fit = fit_power_law(X, y, RELATIVE * y)
        z[k] = (fit.exponent.value - 1.5) / fit.exponent.standard_error
        chi[k] = fit.chi_square
        wrong += fit_power_law(X, y, 0.5 * RELATIVE * y).p_value < 0.01
    assert abs(z.mean()) < 5 / math.sqrt(n)
    assert abs(z.var() - 1) < 5 * math.sqrt(2 / n)
    assert abs(chi.mean() - 3) < 5 * math.sqrt(6 / n)
    assert wrong > 0.2 * n  # errors stated at half their size show in the p-value


def test_bias_of_the_values_reaches_the_exponent():
    y = X**1.5
    fit = fit_power_law(X, y, RELATIVE * y, bias=[0, 0, 0, 0, 0.1 * y[-1]])
    moved = fit_power_law(X, y * np.array([1, 1, 1, 1, math.exp(0.1)]), RELATIVE * y * [1, 1, 1, 1, math.exp(0.1)])
    assert fit.exponent.bias == pytest.approx(abs(moved.exponent.value - 1.5), rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [1, -1]), "must be positive"),
        (([-1, 2], [1, 1]), "must be positive for a power law"),
        (([1, 1], [1, 2]), "fewer than two different"),
        (([1, 2, 3], [1, 2]), "equal length"),
        (([1, 2], [1, 2], [0.5, 0.1]), "standard errors; its logarithm"),
        (([1, 2], [1, 2], [0.1, 0.0]), "must be positive"),
        (([1, 2], [1, 2], [0.1]), "one error per value"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_power_law(*arguments)
    with pytest.raises(ValueError, match="both given"):
        fit_power_law([1, 2], [1, 2], [0.1, 0.1], covariance=np.eye(2))


def test_the_picture_has_a_panel_of_local_exponents():
    import matplotlib.pyplot as plt

    fit = fit_power_law(X, 3 * X**1.5, 0.1 * X**1.5)
    axes = ls.plot(fit).figure.axes
    assert [ax.get_ylabel() for ax in axes] == ["y", "local\nexponent"]
    assert axes[1].get_xlabel() == "x"
    plt.close("all")
