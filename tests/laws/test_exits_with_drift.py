"""Exits from wells against the exit problem solved deterministically, quadrature, and the first-jump law."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.theory import boundary_shift

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "exits.json").read_text())
QUADRATIC = ls.Interval(-1, 1)
LEFT = ls.Interval(-math.inf, 0)


def _value(name, alpha, sigma):
    return next(value for a, s, value in REFERENCE[name] if (a, s) == (alpha, sigma))


def _stable(landscape, alpha, sigma):
    return ls.SDE(landscape, ls.AlphaStable(alpha), sigma)


# The chain itself ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("x0", "mean"), REFERENCE["watched_quadratic"])
def test_euler_chain_of_the_quadratic_well(x0, mean, laws, seed):
    """No bias: the reference is the mean exit time of the same chain."""
    arguments = {"n_paths": 100_000, "dt": 0.0025, "t_max": 60.0, "rng": seed, "scheme": ls.EulerMaruyama()}
    value, error = laws.mean_exit(_stable(ls.Quadratic(), 1.5, 1.0), x0, QUADRATIC, **arguments)
    assert abs(value - mean) / error < laws.Z
    for wrong in (_stable(ls.Quadratic(), 1.5, 1.03), _stable(ls.Quadratic(), 1.4, 1.0)):
        value, error = laws.mean_exit(wrong, x0, QUADRATIC, **arguments)
        assert abs(value - mean) / error > laws.Z


# Continuous time -----------------------------------------------------------------------------------------------------
#
# Boundaries where the drift is below sigma dt^(1/alpha - 1) (here: all but -2.5) are moved inward by boundary_shift for
# alpha > 1; what is left is O(dt), which Richardson's combination of dt and 4 dt removes. Measured at dt and 4 dt the
# first-order part itself is below 3 % here, so that the second order left is about its square, 1e-3, against
# statistical errors of 3e-3.


def _shifted(domain, noise, dt):
    """Move the right end, and the left end of (-1, 1) but not the end at -2.5, where the drift is 13."""
    shift = boundary_shift(noise, dt)
    left = domain.a + shift if domain.a > -2 else domain.a
    return ls.Interval(left, domain.b - shift)


def _exits(sde, x0, domain, dt, n, seed, laws, statistic, t_max):
    def measure(step, rng):
        inner = _shifted(domain, sde.effective_noise, step)
        sample = ls.first_exit(sde, x0, inner, n_paths=n, dt=step, t_max=t_max, rng=rng, scheme=ls.Splitting())
        assert sample.n_exited == n
        values = statistic(sample)
        return np.mean(values), np.std(values) / math.sqrt(n)

    return laws.extrapolated(measure, dt, seed)


def _times(sample):
    return sample.times


def _on_the_right(sample):
    return (sample.exit_points[:, 0] > -0.5).astype(float)


CASES = [
    ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, QUADRATIC, 0.5, 0.5),
    ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, QUADRATIC, 0.8, 0.5),
    ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, QUADRATIC, 1.5, 0.5),
    ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, QUADRATIC, 1.8, 1.0),
    ("double_well_from_-1_out_of_-inf_0", ls.DoubleWell(), -1.0, LEFT, 0.5, 0.5),
    ("double_well_from_-1_out_of_-inf_0", ls.DoubleWell(), -1.0, LEFT, 0.8, 0.5),
    ("double_well_from_-1_out_of_-inf_0", ls.DoubleWell(), -1.0, LEFT, 1.5, 0.5),
    ("double_well_from_-1_out_of_-2.5_0", ls.DoubleWell(), -1.0, ls.Interval(-2.5, 0), 0.5, 0.5),
    ("double_well_from_-1_out_of_-2.5_0", ls.DoubleWell(), -1.0, ls.Interval(-2.5, 0), 0.8, 0.5),
    ("double_well_from_-1_out_of_-2.5_0", ls.DoubleWell(), -1.0, ls.Interval(-2.5, 0), 1.5, 0.5),
]


@pytest.mark.parametrize(
    ("name", "landscape", "x0", "domain", "alpha", "sigma"), CASES, ids=[f"{c[0]}-{c[4]}-{c[5]}" for c in CASES]
)
def test_mean_exit_time(name, landscape, x0, domain, alpha, sigma, laws, seed):
    wanted = _value(name, alpha, sigma)
    n, dt = (100_000, 0.005) if alpha < 1 else (50_000, 0.0025)
    sde = _stable(landscape, alpha, sigma)
    value, error = _exits(sde, x0, domain, dt, n, seed, laws, _times, 40 * wanted)
    assert abs(value - wanted) / error < laws.Z
    assert error < 0.01 * wanted  # tight enough for the controls below to mean something
    # Another alpha, by the neighbouring columns of the reference as far as they differ at all (in the double well the
    # time has a maximum near alpha = 1.7), and a scale 3 % off (below alpha = 1: 10 %), by interpolation in log sigma.
    others = [v for a, s, v in REFERENCE[name] if s == sigma and a != alpha and abs(v / wanted - 1) > 0.08]
    assert len(others) >= 3
    assert min(abs(value - v) / error for v in others) > laws.Z
    table = sorted((math.log(s), math.log(v)) for a, s, v in REFERENCE[name] if a == alpha)
    slip = math.log(1.03 if alpha > 1 else 1.1)
    for sign in (-1, 1):
        wrong = math.exp(np.interp(math.log(sigma) + sign * slip, *zip(*table, strict=True)))
        assert abs(value - wrong) / error > laws.Z


@pytest.mark.parametrize("alpha", [0.5, 0.8, 1.5])
def test_exit_side_of_the_double_well(alpha, laws, seed):
    wanted = _value("double_well_at_0_side_from_-1_out_of_-2.5_0", alpha, 0.5)
    sde = _stable(ls.DoubleWell(), alpha, 0.5)
    value, error = _exits(sde, -1.0, ls.Interval(-2.5, 0), 0.005, 50_000, seed, laws, _on_the_right, 200.0)
    assert abs(value - wanted) / error < laws.Z
    jumps_only = 1 / (1 + 1.5**-alpha)  # the small-noise limit, which is not reached at sigma = 0.5
    assert abs(value - jumps_only) / error > laws.Z or alpha == 0.5  # there it is 0.551 against 0.567
    others = [v for a, s, v in REFERENCE["double_well_at_0_side_from_-1_out_of_-2.5_0"] if s == 0.5 and a != alpha]
    assert min(abs(value - v) / error for v in others) > laws.Z


@pytest.mark.parametrize("alpha", [0.8, 1.5])
def test_exit_side_of_the_quadratic_well(alpha, laws, seed):
    wanted = _value("quadratic_right_from_0.5_out_of_-1_1", alpha, 1.0)
    sde = _stable(ls.Quadratic(), alpha, 1.0)
    value, error = _exits(sde, 0.5, QUADRATIC, 0.0025, 60_000, seed, laws, _on_the_right_of_zero, 100.0)
    assert abs(value - wanted) / error < laws.Z
    others = [v for a, s, v in REFERENCE["quadratic_right_from_0.5_out_of_-1_1"] if s == 1.0 and a != alpha]
    assert min(abs(value - v) / error for v in others) > laws.Z


def _on_the_right_of_zero(sample):
    return (sample.exit_points[:, 0] > 0).astype(float)


# Brownian ------------------------------------------------------------------------------------------------------------


def test_brownian_double_well(laws, seed):
    """From -1 to 0 at T = eps^2 / 2 = 0.1: 30.8213025 by quadrature (theory.brownian agrees, tests/theory)."""
    sde = ls.SDE(ls.DoubleWell(), ls.Brownian(), math.sqrt(0.2))
    value, error = _exits(sde, -1.0, LEFT, 0.01, 10_000, seed, laws, _times, 1000.0)
    assert ls.theory.mean_exit_time(sde, -1.0, LEFT).value == pytest.approx(30.8213025, rel=1e-8)
    assert abs(value - 30.8213025) / error < laws.Z
    for epsilon in (1.03 * sde.epsilon, math.sqrt(2) * sde.epsilon):
        wrong = ls.theory.mean_exit_time(ls.SDE(ls.DoubleWell(), ls.Brownian(), epsilon), -1.0, LEFT).value
        assert abs(value - wrong) / error > laws.Z


@pytest.mark.parametrize(("well", "wanted"), [(0, 453.6), (1, 163.4)])
def test_brownian_noise_in_the_default_landscape(well, wanted, laws, seed):
    """453.6 (narrow) and 163.4 (wide) to the barrier, by quadrature.

    The curvatures 24 and 4/3 set the steps; what shift and Richardson leave is of second order in 0.2, the
    share of the relaxation time in the coarser step, over 3: about 1 % against statistical errors of 4 %.
    """
    landscape = ls.MultiWell(x=[-0.5, 0, 1.5], u=[-1, 0, -0.5])
    sde = ls.SDE(landscape, ls.Brownian(), 0.5)
    x0, domain = landscape.minima[well], landscape.basin(well)
    exact = ls.theory.mean_exit_time(sde, x0, domain).value
    assert exact == pytest.approx(wanted, abs=0.05)
    dt = 0.05 / landscape.curvature(well)
    noise = sde.effective_noise

    def measure(step, rng):
        return laws.mean_exit(
            sde, x0, domain, n_paths=1000, dt=step, t_max=40 * wanted, rng=rng, shift=boundary_shift(noise, step),
            scheme=ls.Splitting(),
        )  # fmt: skip

    value, error = laws.extrapolated(measure, dt, seed)
    assert abs(value - exact) / error < laws.Z
    for epsilon in (0.5 * math.sqrt(2), 0.5 / math.sqrt(2)):  # the lost sqrt(2), either way
        wrong = ls.theory.mean_exit_time(ls.SDE(landscape, ls.Brownian(), epsilon), x0, domain).value
        assert abs(value - wrong) / error > laws.Z


# Small noise: the first big jump -------------------------------------------------------------------------------------


def _c(alpha):
    return math.gamma(1 + alpha) * math.sin(math.pi * alpha / 2) / math.pi


@pytest.mark.parametrize(("sigma", "n", "dt"), [(0.1, 20_000, 0.01), (0.01, 1500, 0.02)])
def test_first_jump_law(sigma, n, dt, laws, seed):
    """Double well, alpha = 1.5: the exact time is 1 / (sigma^alpha c_alpha / alpha) less a known correction.

    The correction is 17 % at sigma = 0.1 and 1.5 % at 0.01: there the leading order is right within the error. With the
    papers' constant 1/alpha in place of c_alpha/alpha it would be too short by the factor 0.3 at any noise.
    """
    alpha = 1.5
    exact = _value("small_noise", alpha, sigma)
    leading = 1 / (sigma**alpha * _c(alpha) / alpha)
    sde = _stable(ls.DoubleWell(), alpha, sigma)
    assert ls.theory.first_jump(sde, -1.0, LEFT).value == pytest.approx(leading, rel=1e-12)
    noise = sde.effective_noise
    value, error = laws.mean_exit(
        sde, -1.0, LEFT, n_paths=n, dt=dt, t_max=40 * leading, rng=seed, shift=boundary_shift(noise, dt)
    )  # dt = 0.02 of a relaxation time: bias about (2 dt)^2 / 12 and c dt of a jump's width, both below 2e-3
    assert abs(value - exact) / error < laws.Z
    corrected = leading * (1 - 1.5 * sigma * (1 if sigma < 0.05 else 1.126))  # 1 - 1.5 sigma + O(sigma^1.5)
    assert corrected == pytest.approx(exact, rel=2e-3)
    uncorrected_constant = 1 / (sigma**alpha / alpha)
    assert abs(value - uncorrected_constant) / error > laws.Z
    if sigma == 0.1:
        assert abs(value - leading) / error > laws.Z
    else:
        assert abs(value - leading) / error < laws.Z


def test_small_noise_exits_are_exponential_and_by_one_jump(laws, seed):
    sde = _stable(ls.DoubleWell(), 1.5, 0.02)
    sample = ls.first_exit(sde, -1.0, LEFT, n_paths=3000, dt=0.02, t_max=1e5, rng=seed)
    assert sample.exponential_p_value() > 6e-7  # the two-sided level of z = 5
    # P(X > x) after the jump: the leap from -1 to above u has the law (1 + u)^-alpha up to O(sigma)
    beyond = np.count_nonzero(sample.exit_points[:, 0] > 1.0)
    # of those leaps over 1, 2^-1.5 reach over 2. The correction O(1.5 sigma) of the total rate is 3 %.
    assert abs(beyond / 3000 / 2**-1.5 - 1) < 0.03 + laws.Z * math.sqrt((1 - 2**-1.5) / 2**-1.5 / 3000)
    assert laws.count_z(beyond, 3000, 2**-2.0) > laws.Z  # alpha off by 0.5
