"""The watching bias: the constant, and the exact random walk solved by quadrature."""

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline

from levysde.noise import AlphaStable, Brownian, IsotropicStable
from levysde.theory import boundary_shift, getoor, shift_limit, step_shift

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "theory_step_shift.json").read_text(encoding="utf-8"))


@cache
def watched_time(alpha, dt, half_length, points=420):
    """Mean exit time from 0 out of (-r, r) of the walk with stable steps: v = dt + P v, by collocation."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    x, w = half_length * nodes, half_length * weights
    scale = dt ** (1 / alpha)
    cut = 40.0 ** (1 / alpha)
    k, kw = np.polynomial.legendre.leggauss(1000)
    k, kw = cut * (k + 1) / 2, cut * kw / 2
    reach = 2 * half_length / scale
    # k = cut s^4 smooths the cusp of exp(-k^alpha) at 0.
    s = k / cut
    k, kw = cut * s**4, kw * 4 * s**3
    grid = np.linspace(0.0, reach, 3500)
    density = CubicSpline(grid, np.cos(np.outer(grid, k)) @ (kw * np.exp(-(k**alpha))) / math.pi)
    kernel = density(np.abs(x[:, None] - x) / scale) / scale * w
    v = np.linalg.solve(np.eye(points) - kernel, np.full(points, dt))
    return dt + float((density(np.abs(x) / scale) / scale * w) @ v)


@pytest.mark.parametrize(("alpha", "value"), REFERENCE["step_shift"])
def test_constant(alpha, value):
    assert step_shift(alpha) == pytest.approx(value, abs=6e-7)


def test_brownian_constant():
    assert step_shift(2.0) == pytest.approx(math.sqrt(2) * 0.5825971579, rel=1e-9)
    assert boundary_shift(0.3 * Brownian(), 0.01) == pytest.approx(0.5825971579 * 0.3 * 0.1, rel=1e-9)
    assert boundary_shift(0.3 * AlphaStable(2), 0.01) == pytest.approx(math.sqrt(2) * 0.5825971579 * 0.03, rel=1e-9)


def test_constant_is_the_difference_of_mean_maxima():
    """Spitzer: sum_k E S_k^+ / k against its integral, E L_1^+ = Gamma(1 - 1/alpha) / pi."""
    for alpha in (1.3, 1.7, 2.0):
        n = 10**6
        terms = np.arange(1.0, n + 1) ** (1 / alpha - 1)
        # Euler-Maclaurin remainder: the sum minus its integral is zeta(1 - 1/alpha) plus half the last term.
        zeta = terms.sum() - alpha * n ** (1 / alpha) - terms[-1] / 2
        assert -zeta * math.gamma(1 - 1 / alpha) / math.pi == pytest.approx(step_shift(alpha), rel=1e-7)


@pytest.mark.parametrize(
    ("alpha", "dt", "mean"),
    [
        pytest.param(*row, marks=[pytest.mark.slow] if row[1] < 0.02 and row[0] < 2 else [])
        for row in REFERENCE["watched"]
    ],
)
def test_shift_removes_the_leading_bias(alpha, dt, mean):
    exact = getoor(1.0, alpha)
    assert watched_time(alpha, dt, 1.0) == pytest.approx(mean, abs=5e-8)
    shift = boundary_shift(AlphaStable(alpha), dt)
    corrected = watched_time(alpha, dt, 1.0 - shift) - exact
    # What is left is O(dt); without the shift the bias is O(dt^(1/alpha)).
    assert abs(corrected) < 0.6 * dt
    assert mean - exact > 1.9 * dt
    # Negative controls: a lost sqrt(2), and a shift half as long again, leave more.
    # At alpha = 1.2 the O(dt) term is as large as that at these steps; there the order below is the test.
    for factor in (1 / math.sqrt(2), 1.5) if alpha >= 1.5 else (0.25, 1.5):
        assert abs(watched_time(alpha, dt, 1.0 - factor * shift) - exact) > 1.8 * abs(corrected)


@pytest.mark.parametrize("alpha", [pytest.param(1.2, marks=pytest.mark.slow), 1.5])
def test_remainder_is_of_first_order(alpha):
    def order(factor):
        left = [
            abs(watched_time(alpha, dt, 1.0 - factor * boundary_shift(AlphaStable(alpha), dt)) - getoor(1.0, alpha))
            for dt in (0.02, 0.005)
        ]
        return math.log(left[0] / left[1]) / math.log(4)

    assert order(1.0) > 0.95
    # Negative control: half of the shift leaves a bias of order 1/alpha.
    assert order(0.5) < 1 / alpha + 0.1


@settings(deadline=None, max_examples=40)
@given(st.floats(1.05, 2.0), st.floats(1e-6, 1.0), st.floats(0.01, 10.0))
def test_shift_scales(alpha, dt, sigma):
    assert boundary_shift(sigma * AlphaStable(alpha), dt) == pytest.approx(
        sigma * dt ** (1 / alpha) * step_shift(alpha), rel=1e-12
    )
    assert boundary_shift(-sigma * IsotropicStable(alpha), dt) == pytest.approx(
        boundary_shift(sigma * AlphaStable(alpha), dt), rel=1e-12
    )


def test_mixtures_follow_the_larger_part():
    noise = 0.1 * Brownian() + 0.1 * AlphaStable(1.5)
    assert boundary_shift(noise, 1e-6) == pytest.approx(boundary_shift(0.1 * Brownian(), 1e-6), rel=1e-12)
    assert boundary_shift(0.01 * Brownian() + AlphaStable(1.5), 1e-3) == boundary_shift(1.0 * AlphaStable(1.5), 1e-3)
    two = boundary_shift(0.3 * AlphaStable(1.5) + 0.4 * AlphaStable(1.5), 0.01)
    one = boundary_shift((0.3**1.5 + 0.4**1.5) ** (2 / 3) * AlphaStable(1.5), 0.01)
    assert two == pytest.approx(one, rel=1e-12)


def test_no_correction_is_zero():
    for noise in (AlphaStable(1.0), AlphaStable(0.7), AlphaStable(1.5, 0.5), 0.0 * Brownian()):
        assert boundary_shift(noise, 0.01) == 0.0
        assert shift_limit(noise, 0.01, 1.0) == 0.0
    with pytest.raises(ValueError, match="alpha"):
        step_shift(1.0)
    with pytest.raises(ValueError, match="dt"):
        boundary_shift(Brownian(), 0.0)


def test_limit_of_validity():
    assert shift_limit(0.5 * AlphaStable(1.5), 0.01, -2.0) == pytest.approx((0.5 / 2) ** 3, rel=1e-12)
    assert shift_limit(Brownian(), 0.01, 0.0) == math.inf
