"""Tempered noise: between stable and Brownian, and its own error. Scale functions for it are in `test_skewed`."""

import math

import pytest

import levysde as ls
from levysde import dirichlet
from levysde.noise.stable import levy_constant

UNIT = ls.Interval(-1.0, 1.0)


def mean(noise, landscape=None, x=0.3):
    found = dirichlet.mean_exit_time(ls.SDE(landscape or ls.Quadratic(), noise), x, UNIT)
    assert found.valid
    assert found.error < 1e-6 * found.value
    return found.value


@pytest.mark.parametrize(("alpha", "beta"), [(1.5, 0.0), (1.9, 0.0), (1.5, 0.6), (0.6, -0.6)])
def test_without_tempering_it_is_stable(alpha, beta):
    """What tempering takes away is of first order in it, but for its drift and at small alpha."""
    stable = mean(ls.AlphaStable(alpha, beta))
    gaps = [mean(ls.TemperedStable(alpha, rate, beta)) - stable for rate in (2e-5, 1e-5, 5e-6)]
    power = 1.0
    if beta != 0.0 and alpha > 1.0:
        power = alpha - 1.0  # both are compensated to the mean zero; the jumps taken away had the mean lambda^(alpha-1)
    elif alpha < 1.0:
        power = alpha  # K is compensated at 0 and decays: jumps beyond 1/lambda are taken away, of this rate
    assert math.log2(gaps[1] / gaps[2]) == pytest.approx(power, abs=0.02)
    assert abs(gaps[2]) < 1e-2 * stable


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.5), (1.0, 0.0), (1.5, 0.5)])
def test_strong_tempering_is_brownian(alpha, beta):
    """Of variance 1 and mean 0, it tends to Brownian motion like the length of its jumps."""
    brownian = mean(ls.Brownian())
    gaps = []
    for rate in (1e4, 4e4):
        spread = math.sqrt(2 * levy_constant(alpha) * math.gamma(2 - alpha)) * rate ** (alpha / 2 - 1)
        drift = 0.0
        if alpha < 1.0:
            drift = 2 * beta * levy_constant(alpha) * math.gamma(1 - alpha) * rate ** (alpha - 1) / spread
        landscape = ls.Polynomial([0.0, drift, 0.5])  # takes the mean of uncompensated jumps off
        gaps.append(mean(1 / spread * ls.TemperedStable(alpha, rate, beta), landscape) - brownian)
    # Jumps are of the length 1 / (rate spread) = rate^(-alpha/2).
    assert math.log(gaps[0] / gaps[1], 4) == pytest.approx(alpha / 2, abs=0.02)


@pytest.mark.parametrize(
    "noise",
    [
        ls.TemperedStable(0.5, 10.0, -0.5),
        ls.TemperedStable(0.8, 0.3, 0.7),
        ls.TemperedStable(1.0, 1.0, 1.0),
        ls.TemperedStable(1.05, 3.0, 1.0) + 0.5 * ls.AlphaStable(0.7, -0.5),
        -ls.TemperedStable(1.5, 2.0, 0.5) + 0.3 * ls.Brownian(),
        ls.TemperedStable(1.8, 30.0),
    ],
    ids=repr,
)
def test_own_error(noise):
    for sde, x, domain in (
        (ls.SDE(ls.Quadratic(), noise), 0.3, UNIT),
        (ls.SDE(ls.DoubleWell(), noise), -1.0, ls.Interval(-math.inf, 0.0)),
    ):
        numbers = [dirichlet.mean_exit_time(sde, x, domain), dirichlet.second_moment(sde, x, domain)]
        numbers += [dirichlet.exit_probability(sde, x, domain), dirichlet.principal_eigenvalue(sde, domain)]
        assert all(p.valid and p.error <= 1e-6 * p.value for p in numbers)


@pytest.mark.parametrize("alpha", [0.6, 1.0, 1.4])
def test_parts_of_one_kind_add_up(alpha):
    """Equal parts of opposite skewness are one symmetric part; 2 X of tempering 3 has jumps tempered by 3/2."""
    parts = 0.7 * ls.TemperedStable(alpha, 3.0, 0.5) + 0.7 * ls.TemperedStable(alpha, 3.0, -0.5)
    scale = 0.7 * 2 ** (1 / alpha)
    whole = scale * ls.TemperedStable(alpha, 3.0 * scale / 0.7)
    assert mean(parts) == pytest.approx(mean(whole), rel=1e-9)
    assert abs(mean(scale * ls.TemperedStable(alpha, 3.0)) / mean(whole) - 1.0) > 1e-3


def test_what_is_not_resolved_is_said():
    """Paths leave after 10^16 units of time here, which doubles do not hold; that it is to the right is certain."""
    sde = ls.SDE(ls.Quadratic(), 0.179 * ls.TemperedStable(0.32, 27.405, 1.0))
    domain = ls.Interval(-1.5, 1.0)
    assert not dirichlet.mean_exit_time(sde, 0.3, domain).valid
    assert dirichlet.exit_probability(sde, 0.3, domain).value == 1.0


@pytest.mark.parametrize("rate", [10.9, 17.7])
def test_rounding_of_the_length_of_a_jump(rate):
    """(3 / rate) * rate is above 3 in floating point for these: the rules for short and long elements meet there."""
    near = [mean(ls.TemperedStable(1.5, rate * factor)) for factor in (1 - 1e-6, 1.0, 1 + 1e-6)]
    assert near[0] + near[2] == pytest.approx(2 * near[1], rel=1e-9)


@pytest.mark.parametrize("alpha", [0.6, 1.5])
def test_exit_point(alpha):
    """Tempered jumps land nearer: beyond 3 hardly ever; and just beyond an end, all that leave by that side."""
    sde = ls.SDE(ls.Flat(), ls.TemperedStable(alpha, 4.0, 0.4))
    side = dirichlet.exit_probability(sde, 0.2, UNIT).value
    laws = [dirichlet.exit_point_law(sde, 0.2, UNIT, y) for y in (1 + 1e-9, 2.0, 3.0)]
    rho = 0.5 + math.atan(0.4 * math.tan(math.pi * alpha / 2)) / (math.pi * alpha)
    # Exit points have the density (y - 1)^(-alpha rho) just beyond the end.
    assert 0.0 <= side - laws[0].value < 10 * 1e-9 ** (1 - alpha * rho)
    # From 2 to 3 the density of jumps falls by exp(-4) at least.
    assert 0.0 < laws[2].value < math.exp(-4.0) * laws[1].value
    stable = dirichlet.exit_point_law(ls.SDE(ls.Flat(), ls.AlphaStable(alpha, 0.4)), 0.2, UNIT, 3.0)
    assert stable.value > 10 * laws[2].value
