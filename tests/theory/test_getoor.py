"""Exit without drift: closed forms against the generator applied to them by quadrature, and scaling."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from levysde.domains import Ball, HalfSpace, Interval
from levysde.landscapes import Flat
from levysde.noise import AlphaStable, Brownian, IsotropicStable
from levysde.sde import SDE
from levysde.theory import getoor, mean_exit_time
from levysde.theory.getoor import unit_tail


def generator(u, x, alpha, beta, inside):
    """A u at x for one-dimensional stable motion, alpha != 1, by quadrature of the Lévy integral.

    For alpha < 1 the S1 law is the uncompensated sum of jumps; for alpha > 1 every jump is compensated.
    """
    c = math.gamma(1 + alpha) * math.sin(math.pi * alpha / 2) / math.pi
    h = 1e-5
    slope = (u(x + h) - u(x - h)) / (2 * h) if alpha > 1 else 0.0
    total = 0.0
    for side, weight in ((1.0, 1 + beta), (-1.0, 1 - beta)):
        edge = inside[1] - x if side > 0 else x - inside[0]

        def jump(y, side=side):
            return u(x + side * y) - u(x) - side * slope * y

        # Below this length the integrand is its Taylor term; the difference quotient would only show round-off.
        cut = 1e-3
        curve = (u(x + cut) - 2 * u(x) + u(x - cut)) / cut**2
        first = 0.0 if alpha > 1 else side * (u(x + h) - u(x - h)) / (2 * h) * cut ** (1 - alpha) / (1 - alpha)
        near = first + curve / 2 * cut ** (2 - alpha) / (2 - alpha)
        middle = quad(lambda y: jump(y) * y ** (-1 - alpha), cut, edge, limit=400, epsabs=1e-11, epsrel=1e-10)[0]
        far = -u(x) * edge**-alpha / alpha
        far -= side * slope * edge ** (1 - alpha) / (alpha - 1) if alpha > 1 else 0.0
        total += c * weight * (near + middle + far)
    return total


@pytest.mark.parametrize("alpha", [0.6, 1.3, 1.5, 1.8])
@pytest.mark.parametrize("beta", [0.0, 0.5, -0.8])
def test_interval_solves_the_exit_equation(alpha, beta):
    sde = SDE(Flat(), 0.7 * AlphaStable(alpha, beta))
    domain = Interval(-0.5, 1.5)

    def u(x):
        return mean_exit_time(sde, x, domain).value if -0.5 < x < 1.5 else 0.0

    assert 0.7**alpha * generator(u, 0.2, alpha, beta, (-0.5, 1.5)) == pytest.approx(-1.0, rel=2e-5)


def test_independent_components_solve_the_exit_equation_in_the_plane():
    alpha, point = 1.4, np.array([0.3, -0.4])
    sde = SDE(Flat(2), AlphaStable(alpha))
    domain = Ball([0.0, 0.0], 1.0)
    total = 0.0
    for axis in range(2):
        chord = math.sqrt(1 - point[1 - axis] ** 2)

        def u(t, axis=axis, chord=chord):
            at = point.copy()
            at[axis] = t
            return mean_exit_time(sde, at, domain).value if abs(t) < chord else 0.0

        total += generator(u, point[axis], alpha, 0.0, (-chord, chord))
    assert total == pytest.approx(-1.0, rel=2e-5)


def test_known_values():
    assert getoor(1, 1.5) == pytest.approx(0.75225278, abs=5e-9)
    assert getoor(1, 1.0) == pytest.approx(1.0, rel=1e-15)
    assert getoor(2.0, 2.0, x=0.5, dim=3, scale=0.7) == pytest.approx((4 - 0.25) / (6 * 0.49), rel=1e-14)
    assert getoor(1, 1.2, x=1.0) == 0.0
    assert getoor(1, 1.2, x=[0.8, 0.9], dim=2) == 0.0


@pytest.mark.parametrize("dim", [1, 2, 3, 5])
@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.7])
def test_front_door_in_a_ball(dim, alpha):
    start, r, scale = np.full(dim, 0.2), 1.3, 0.4
    sde = SDE(Flat(dim), IsotropicStable(alpha), epsilon=scale)
    prediction = mean_exit_time(sde, start, Ball(np.zeros(dim), r))
    assert prediction.valid
    assert prediction.value == pytest.approx(getoor(r, alpha, start, dim, scale), rel=1e-12)
    independent = mean_exit_time(SDE(Flat(dim), scale * AlphaStable(alpha)), start, Ball(np.zeros(dim), r))
    square = r * r - dim * 0.04
    assert independent.value == pytest.approx(
        square ** (alpha / 2) / (dim * math.gamma(1 + alpha) * scale**alpha), rel=1e-12
    )
    shifted = mean_exit_time(sde, start + 5.0, Ball(np.full(dim, 5.0), r))
    assert shifted.value == pytest.approx(prediction.value, rel=1e-12)


@pytest.mark.parametrize("noise", [AlphaStable(1.4), IsotropicStable(1.4)])
def test_tail_is_the_noises_own(noise):
    tail = unit_tail(1.4, 2, independent=isinstance(noise, AlphaStable))
    assert tail == pytest.approx(noise.jump_rate(np.zeros(2), Ball([0.0, 0.0], 1.0)), rel=1e-8)


def test_parts_of_one_alpha_add_as_rates():
    domain, start = Ball([0.0, 0.0], 1.0), [0.1, 0.3]
    times = [
        mean_exit_time(SDE(Flat(2), noise), start, domain).value
        for noise in (
            0.5 * AlphaStable(1.5),
            0.8 * IsotropicStable(1.5),
            0.5 * AlphaStable(1.5) + 0.8 * IsotropicStable(1.5),
        )
    ]
    assert 1 / times[2] == pytest.approx(1 / times[0] + 1 / times[1], rel=1e-12)


def test_alpha_two_is_brownian_with_variance_two():
    domain = Interval(-1.0, 3.0)
    stable = mean_exit_time(SDE(Flat(), 0.3 * AlphaStable(2)), 0.5, domain)
    brownian = mean_exit_time(SDE(Flat(), 0.3 * math.sqrt(2) * Brownian()), 0.5, domain)
    assert stable.value == pytest.approx(1.5 * 2.5 / (2 * 0.09), rel=1e-14)
    assert brownian.value == pytest.approx(stable.value, rel=1e-14)
    # Negative control: a lost factor 2 in the variance is seen.
    assert mean_exit_time(SDE(Flat(), 0.3 * Brownian()), 0.5, domain).value == pytest.approx(
        2 * stable.value, rel=1e-14
    )
    limit = mean_exit_time(SDE(Flat(), 0.3 * AlphaStable(1.9999999)), 0.5, domain)
    assert limit.value == pytest.approx(stable.value, rel=1e-6)
    plane = mean_exit_time(SDE(Flat(2), 0.5 * Brownian()), [0.1, 0.2], Ball([0.0, 0.0], 1.0))
    assert plane.value == pytest.approx(0.95 / (2 * 0.25), rel=1e-14)


def test_a_motion_that_only_goes_up_leaves_a_half_line():
    # A stable subordinator with Laplace exponent s^alpha: E tau = b^alpha / Gamma(1 + alpha).
    alpha = 0.7
    scale = math.cos(math.pi * alpha / 2) ** (1 / alpha)
    prediction = mean_exit_time(SDE(Flat(), scale * AlphaStable(alpha, 1.0)), 0.0, Interval(-math.inf, 2.0))
    assert prediction.value == pytest.approx(2.0**alpha / math.gamma(1 + alpha), rel=1e-12)
    mirrored = mean_exit_time(SDE(Flat(), -scale * AlphaStable(alpha, 1.0)), 0.0, Interval(-2.0, math.inf))
    assert mirrored.value == pytest.approx(prediction.value, rel=1e-12)


def test_what_has_no_closed_form_says_so():
    line = Interval(-1.0, 1.0)
    for noise in (AlphaStable(1.5) + 0.3 * Brownian(), AlphaStable(1.5) + AlphaStable(1.2), AlphaStable(1.0, 0.5)):
        prediction = mean_exit_time(SDE(Flat(), noise), 0.0, line)
        assert not prediction.valid
        assert math.isnan(prediction.value)
        assert "no closed form" in prediction.reason
    assert not mean_exit_time(SDE(Flat(), AlphaStable(1.5)), 3.0, ~line).valid
    assert not mean_exit_time(SDE(Flat(2), AlphaStable(1.5)), [0, 0], HalfSpace([1.0, 0.0], 1.0)).valid
    assert not mean_exit_time(SDE(Flat(2), AlphaStable(1.5, 0.5)), [0, 0], Ball([0.0, 0.0], 1.0)).valid
    assert mean_exit_time(SDE(Flat(), AlphaStable(1.5)), 0.0, Interval(-math.inf, 1.0)).value == math.inf
    assert mean_exit_time(SDE(Flat(), Brownian()), 0.0, Interval(-math.inf, 1.0)).value == math.inf
    assert mean_exit_time(SDE(Flat(), AlphaStable(1.5), epsilon=0.0), 0.0, line).value == math.inf


@settings(deadline=None, max_examples=50)
@given(st.floats(0.1, 2.0), st.floats(0.01, 100.0), st.floats(0.01, 100.0), st.floats(-0.99, 0.99), st.integers(1, 6))
def test_time_scales_as_radius_over_amplitude(alpha, r, scale, x, dim):
    assert getoor(r, alpha, x * r, dim, scale) == pytest.approx(
        (r / scale) ** alpha * getoor(1, alpha, x, dim), rel=1e-9
    )


@pytest.mark.parametrize(
    "arguments", [(1, 2.3), (1, 0.0), (-1, 1.5), (1, 1.5, [0.1, 0.2]), (1, 1.5, 0.0, 0), (1, 1.5, math.nan)]
)
def test_getoor_refuses(arguments):
    with pytest.raises(ValueError, match=r"alpha|r=|x=|dim"):
        getoor(*arguments)
