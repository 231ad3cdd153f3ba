"""Exact Brownian exit times: reference digits, closed forms, symmetry, huge barriers."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from levysde.domains import Interval
from levysde.landscapes import DoubleWell, Flat, MultiWell, Polynomial, Quadratic, from_functions
from levysde.noise import AlphaStable, Brownian
from levysde.sde import SDE
from levysde.theory import brownian, mean_exit_time

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "theory_brownian.json").read_text(encoding="utf-8"))


def logarithm(x, params):
    return params[0] * math.log(1 + x * x)


def logarithm_slope(x, params):
    return params[0] * 2 * x / (1 + x * x)


ASYMMETRIC = Polynomial([0.0, 0.0, -0.5, -1 / 6, 1 / 8])


def at(landscape, temperature):
    return SDE(landscape, math.sqrt(2 * temperature) * Brownian())


def last_digit(text):
    return 0.51 * 10.0 ** -len(text.split(".")[1])


@pytest.mark.parametrize(("temperature", "saddle", "other"), REFERENCE["double_well"])
def test_double_well(temperature, saddle, other):
    sde = at(DoubleWell(), float(temperature))
    for end, text in ((0.0, saddle), (1.0, other)):
        there = brownian(sde, -1.0, Interval(-math.inf, end))
        assert there.valid
        assert there.value == pytest.approx(float(text), abs=last_digit(text))
        assert there.error < 1e-10 * there.value
        assert brownian(sde, 1.0, Interval(-end, math.inf)).value == pytest.approx(there.value, rel=1e-12)
    # Twice the variance is a lost sqrt(2) in the noise: it must not pass.
    wrong = brownian(
        SDE(DoubleWell(), math.sqrt(2 * float(temperature)) * AlphaStable(2)), -1.0, Interval(-math.inf, 0.0)
    )
    assert abs(wrong.value / float(saddle) - 1) > 0.3
    right = brownian(SDE(DoubleWell(), math.sqrt(float(temperature)) * AlphaStable(2)), -1.0, Interval(-math.inf, 0.0))
    assert right.value == pytest.approx(float(saddle), abs=2 * last_digit(saddle))


@pytest.mark.parametrize(("sigma", "mean"), REFERENCE["quadratic"])
def test_quadratic(sigma, mean):
    prediction = mean_exit_time(SDE(Quadratic(), float(sigma) * AlphaStable(2)), 0.0, Interval(-1.0, 1.0))
    assert prediction.law == "Brownian quadrature"
    assert prediction.value == pytest.approx(float(mean), abs=last_digit(mean) * (2 if sigma == "0.25" else 1))


@pytest.mark.parametrize(("temperature", "saddle", "other"), REFERENCE["asymmetric"])
def test_asymmetric_well(temperature, saddle, other):
    for end, text in ((0.0, saddle), (2.0, other)):
        prediction = brownian(at(ASYMMETRIC, float(temperature)), -1.0, Interval(-math.inf, end))
        assert prediction.value == pytest.approx(float(text), abs=last_digit(text))


def test_default_landscape():
    wells = SDE(MultiWell(x=[-0.5, 0.0, 1.5], u=[-1.0, 0.0, -0.5]), 0.5 * Brownian())
    for x, domain, mean in (
        (-0.5, Interval(-math.inf, 0.0), 453.6),
        (1.5, Interval(0.0, math.inf), 163.4),
        (-0.5, Interval(-math.inf, 1.5), 2521.0),
        (1.5, Interval(-0.5, math.inf), 200.2),
    ):
        assert mean_exit_time(wells, x, domain).value == pytest.approx(mean, abs=0.05)


@settings(deadline=None, max_examples=40)
@given(st.floats(-50.0, 50.0), st.floats(0.01, 50.0), st.floats(0.001, 0.999), st.floats(0.01, 10.0))
def test_free_motion_is_the_parabola(a, length, share, variance):
    x = a + share * length
    prediction = brownian(SDE(Flat(), math.sqrt(variance) * Brownian()), x, Interval(a, a + length))
    assert prediction.value == pytest.approx((x - a) * (a + length - x) / variance, rel=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.floats(-0.9, 0.9), st.floats(0.05, 2.0), st.floats(0.2, 5.0))
def test_against_the_double_integral(x, temperature, curvature):
    """Two-sided formula by nested quadrature, in the usual form with a difference."""
    potential = Quadratic(curvature)
    a, b = -1.0, 1.5

    def scale(y):
        return quad(lambda z: math.exp(curvature * z * z / 2 / temperature), a, y, epsrel=1e-12)[0]

    def inner(y):
        mass = quad(lambda z: math.exp(-curvature * z * z / 2 / temperature), a, y, epsrel=1e-12)[0]
        return math.exp(curvature * y * y / 2 / temperature) * mass / temperature

    total = quad(inner, a, b, epsrel=1e-10)[0]
    expected = scale(x) / scale(b) * total - quad(inner, a, x, epsrel=1e-10)[0]
    assert brownian(at(potential, temperature), x, Interval(a, b)).value == pytest.approx(expected, rel=1e-6)


def test_start_beside_a_minimum():
    """A start some bits away from a mark leaves no empty panel between them."""
    at_minimum = brownian(at(Quadratic(1.0), 0.5), 0.0, Interval(-1.0, 1.5)).value
    for x in (5e-324, 1e-300, 1e-17, -5e-324):
        assert brownian(at(Quadratic(1.0), 0.5), x, Interval(-1.0, 1.5)).value == pytest.approx(at_minimum, rel=1e-12)


def test_step_in_time_units():
    """Stretching the potential by c and the temperature by c divides the time by c."""
    one = brownian(at(DoubleWell(), 0.1), -1.0, Interval(-math.inf, 0.3)).value
    assert brownian(at(DoubleWell(7.0), 0.7), -1.0, Interval(-math.inf, 0.3)).value == pytest.approx(one / 7, rel=1e-11)


def test_a_far_wall_changes_nothing():
    open_side = brownian(at(DoubleWell(), 0.05), -1.0, Interval(-math.inf, 0.0)).value
    assert brownian(at(DoubleWell(), 0.05), -1.0, Interval(-6.0, 0.0)).value == pytest.approx(open_side, rel=1e-9)


def test_huge_barriers_do_not_overflow():
    def log_mean(epsilon):
        prediction = mean_exit_time(SDE(DoubleWell(), Brownian(), epsilon=epsilon), -1.0, Interval(-math.inf, 0.0))
        assert prediction.value == math.inf
        assert prediction.valid
        return float(prediction.reason.split()[-1])

    for epsilon in (0.02, 0.01):
        temperature = epsilon**2 / 2
        kramers = math.log(math.pi / math.sqrt(2)) + 0.25 / temperature
        # The next term of the expansion is 1 + 3 T / 2.
        assert log_mean(epsilon) == pytest.approx(kramers + 1.5 * temperature, abs=1e-5)
    near = mean_exit_time(SDE(DoubleWell(), Brownian(), epsilon=0.02), -0.2, Interval(-0.3, 0.0))
    assert near.valid
    assert 0 < near.value < math.inf


def test_complement_is_the_piece_around_the_start():
    sde = at(DoubleWell(), 0.1)
    hole = brownian(sde, -1.0, ~Interval(0.9, 1.1))
    assert hole.value == pytest.approx(brownian(sde, -1.0, Interval(-math.inf, 0.9)).value, rel=1e-12)
    outer = brownian(sde, 2.0, ~Interval(0.9, 1.1))
    assert outer.value == pytest.approx(brownian(sde, 2.0, Interval(1.1, math.inf)).value, rel=1e-12)


def test_without_confinement_the_mean_is_infinite():
    whole = brownian(at(DoubleWell(), 0.1), 0.0, Interval(-math.inf, math.inf))
    assert whole.value == math.inf
    assert "whole line" in whole.reason
    flat = brownian(at(Flat(), 0.1), 0.0, Interval(-math.inf, 1.0))
    assert flat.value == math.inf
    assert "confine" in flat.reason
    # U = k log(1 + x^2) confines only where its Gibbs weight (1 + x^2)^(-k/T) can be integrated.
    heavy = from_functions(logarithm, logarithm_slope, params=[1.0])
    assert math.isfinite(brownian(at(heavy, 0.5), 0.0, Interval(-math.inf, 1.0)).value)
    assert brownian(at(heavy, 3.0), 0.0, Interval(-math.inf, 1.0)).value == math.inf


def test_logarithmic_well_against_quadrature():
    heavy, temperature = from_functions(logarithm, logarithm_slope, params=[1.0]), 0.5

    def inner(y):
        return (1 + y * y) ** 2 * quad(lambda z: (1 + z * z) ** -2.0, -np.inf, y, epsrel=1e-12)[0]

    expected = quad(inner, 0.0, 1.0, epsrel=1e-10)[0] / temperature
    prediction = brownian(at(heavy, temperature), 0.0, Interval(-math.inf, 1.0))
    assert prediction.value == pytest.approx(expected, rel=1e-8)


def test_refusals():
    assert "jumps" in brownian(SDE(DoubleWell(), AlphaStable(1.5)), -1.0, Interval(-2.0, 0.0)).reason
    assert not brownian(SDE(DoubleWell(), Brownian(), epsilon=0.0), -1.0, Interval(-2.0, 0.0)).valid
    with pytest.raises(ValueError, match="not inside"):
        brownian(at(DoubleWell(), 0.1), 1.0, Interval(-2.0, 0.0))
    with pytest.raises(TypeError, match=r"\(sde, x0, domain\)"):
        mean_exit_time(at(DoubleWell(), 0.1), Interval(-2.0, 0.0), -1.0)
    with pytest.raises(ValueError, match="dimension"):
        mean_exit_time(SDE(Flat(2), Brownian()), [0.0, 0.0], Interval(-2.0, 0.0))
