"""Mean exit times by extrapolation: what a watched path misses, and the limit against references of all kinds."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.rare import extrapolated
from levysde.rare.extrapolation import expected_steps, first_step
from levysde.rare.inner_domain import inner_domain
from levysde.rare.ladder import Ladder
from levysde.rare.missed_distance import missed_distance
from levysde.theory import step_shift

FOLDER = Path(__file__).parents[1] / "reference"
REFERENCE = json.loads((FOLDER / "exits.json").read_text())
MIXED = json.loads((FOLDER / "rare_exits.json").read_text())["mixed"]
UNIT = ls.Interval(-1, 1)
LEFT = ls.Interval(-math.inf, 0)
WELL = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5)
RIGHT = np.ones(1)


def _value(name, alpha, sigma):
    return next(value for a, s, value in REFERENCE[name] if (a, s) == (alpha, sigma))


def _missed(noise, dt, drift=0.0):
    return missed_distance(noise, dt, normal=RIGHT, drift=drift, length=1.0)


# The distance that is missed -----------------------------------------------------------------------------------------


def _free_of_first_order(alpha, noise, dt):
    """Return the coefficient of dt^(1/alpha) from two steps, the part of first order eliminated."""
    one, two = _missed(noise, dt) / dt, _missed(noise, 2 * dt) / (2 * dt)
    power = 1 / alpha - 1
    return (two - one) / ((2 * dt) ** power - dt**power)


@pytest.mark.parametrize("alpha", [1.1, 1.2, 1.5, 1.8, 2.0])
def test_without_drift_it_is_the_step_shift(alpha):
    assert _free_of_first_order(alpha, ls.AlphaStable(alpha), 1e-5) == pytest.approx(step_shift(alpha), rel=2e-4)
    assert _free_of_first_order(alpha, 2 * ls.AlphaStable(alpha), 1e-5) != pytest.approx(step_shift(alpha), rel=0.5)


@pytest.mark.parametrize(("alpha", "beta"), [(0.8, -0.499984), (0.9, -1.262947)])
def test_below_one_it_is_the_continuation(alpha, beta):
    assert _free_of_first_order(alpha, ls.AlphaStable(alpha), 1e-4) == pytest.approx(beta, rel=2e-3)


def test_at_one_it_is_the_logarithm():
    slope = (_missed(ls.AlphaStable(1), 1e-5) / 1e-5 - _missed(ls.AlphaStable(1), 1e-4) / 1e-4) / math.log(10)
    assert slope == pytest.approx(1 / (2 * math.pi), rel=1e-3)


@pytest.mark.parametrize("beta", [0.5, -1.0])
def test_skewed_noise_misses_half_its_mean_size_at_both_ends(beta):
    """-zeta(1 - 1/alpha) E L^+ with E L^+ = E|L| / 2 (mean zero), E|L| as in Samorodnitsky and Taqqu, (1.2.17)."""
    alpha = 1.5
    tan = beta * math.tan(math.pi * alpha / 2)
    growth = (1 + tan * tan) ** (1 / (2 * alpha)) * math.cos(math.atan(tan) / alpha)
    expected = step_shift(alpha) * growth
    assert growth > 1.02  # the tolerance below tells it from the symmetric constant
    for sign in (1, -1):
        found = _free_of_first_order(alpha, sign * ls.AlphaStable(alpha, beta), 1e-5)
        assert found == pytest.approx(expected, rel=1e-3)


def test_drift_inward_shortens_it_and_drift_outward_adds_half_a_step():
    noise, dt = 0.1 * ls.AlphaStable(1.5), 0.05
    free = _missed(noise, dt)
    assert 0.3 * free < _missed(noise, dt, -1.0) < 0.5 * free
    assert 0 < _missed(noise, dt, -10.0) < 0.1 * free
    assert _missed(noise, dt, 10.0) == pytest.approx(10 * dt / 2, rel=0.1)
    assert _missed(noise, 1e-6, -1.0) == pytest.approx(_missed(noise, 1e-6), rel=0.05)  # far below the limit 1e-3


def test_jumps_at_a_finite_rate_miss_nothing():
    assert _missed(ls.CompoundPoisson(1.0, [-1.0, 1.0]), 0.01) == 0.0
    both = ls.Brownian() + ls.CompoundPoisson(1.0, [-1.0, 1.0])
    assert _missed(both, 0.01) == _missed(ls.Brownian(), 0.01)


# Exact values of the watched path ------------------------------------------------------------------------------------


def _watched(alpha):
    """Return dt -> the mean exit time of the watched path out of (-1, 1), between the exact values by powers of dt."""
    limit = 1 / math.gamma(1 + alpha)
    rows = np.array([(dt, value) for a, dt, value in REFERENCE["watched"] if a == alpha])
    powers = np.array([1 / alpha, 1.0, 2 / alpha])
    coefficients = np.linalg.lstsq(rows[:, :1] ** powers, rows[:, 1] - limit, rcond=None)[0]
    assert np.max(np.abs(rows[:, :1] ** powers @ coefficients - (rows[:, 1] - limit))) < 2e-6
    return limit, lambda dt: limit + float(dt**powers @ coefficients)


def test_moved_boundary_leaves_a_first_order_error_that_extrapolation_removes():
    """alpha = 1.5. Out of (-r, r) in steps dt it takes r^alpha times as long as out of (-1, 1) in dt / r^alpha."""
    alpha = 1.5
    limit, watched = _watched(alpha)

    def moved(dt, factor):
        r = 1 - factor * _missed(ls.AlphaStable(alpha), dt)
        return r**alpha * watched(dt / r**alpha)

    def limit_from(dt, factor):
        return (4 * moved(dt, factor) - moved(4 * dt, factor)) / 3

    errors = {dt: moved(dt, 1) / limit - 1 for dt in (0.0025, 0.005, 0.01)}
    order = math.log2(errors[0.01] / errors[0.0025]) / 2
    assert order == pytest.approx(1.0, abs=0.15)
    assert abs(errors[0.01]) < 0.015
    assert abs(limit_from(0.0025, 1) / limit - 1) < 4e-4
    assert abs(limit_from(0.0025, 0) / limit - 1) > 4e-3  # no shift, extrapolated as if the error were linear
    assert abs(limit_from(0.0025, -1) / limit - 1) > 8e-3  # the wrong direction
    assert abs(moved(0.0025, 0) / limit - 1) > 0.02  # nothing at all


# The limit of the simulation -----------------------------------------------------------------------------------------


def _agrees(found, wanted, rel_error):
    """Whether the value is within 5 standard errors and the stated bias, which keep what was promised."""
    assert found.standard_error <= rel_error / math.sqrt(2) * found.value * 1.001
    assert found.bias <= rel_error / math.sqrt(2) * found.value * 1.001
    return abs(found.value - wanted) < 5 * found.standard_error + found.bias


CASES = [
    ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, UNIT, 0.5, 0.5),
    ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, UNIT, 1, 0.5),
    ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, UNIT, 1.2, 0.2),
    ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, UNIT, 1.8, 0.5),
    ("double_well_from_-1_out_of_-inf_0", ls.DoubleWell(), -1.0, LEFT, 0.8, 0.5),
    ("double_well_from_-1_out_of_-inf_0", ls.DoubleWell(), -1.0, LEFT, 1.5, 0.5),
    ("double_well_from_-1_out_of_-inf_0", ls.DoubleWell(), -1.0, LEFT, 1.95, 0.5),
    ("double_well_from_-1_out_of_-2.5_0", ls.DoubleWell(), -1.0, ls.Interval(-2.5, 0), 1, 0.5),
    ("double_well_from_-1_out_of_-2.5_0", ls.DoubleWell(), -1.0, ls.Interval(-2.5, 0), 1.5, 0.2),
]


@pytest.mark.parametrize(
    ("name", "landscape", "x0", "domain", "alpha", "sigma"), CASES, ids=[f"{c[0]}-{c[4]}-{c[5]}" for c in CASES]
)
def test_wells(name, landscape, x0, domain, alpha, sigma, seed):
    wanted = _value(name, alpha, sigma)
    found = extrapolated(ls.SDE(landscape, ls.AlphaStable(alpha), sigma), x0, domain, rel_error=0.01, rng=seed)
    assert _agrees(found, wanted, 0.01)
    wrong = extrapolated(ls.SDE(landscape, ls.AlphaStable(alpha), sigma * 1.2), x0, domain, rel_error=0.01, rng=seed)
    assert not _agrees(wrong, wanted, 0.01)


@pytest.mark.parametrize("temperature", [0.2, 0.1])
def test_brownian_double_well(temperature, seed):
    sde = ls.SDE(ls.DoubleWell(), ls.Brownian(), math.sqrt(2 * temperature))
    wanted = {0.2: 7.93402154, 0.1: 30.8213025}[temperature]
    found = extrapolated(sde, -1.0, LEFT, rel_error=0.01, rng=seed)
    assert _agrees(found, wanted, 0.01)
    assert not _agrees(found, 1.06 * wanted, 0.01)


def _mixed(variance, alpha):
    return math.sqrt(variance) * ls.Brownian() + ls.AlphaStable(alpha)


BALL = ls.Ball([0.0, 0.0], 1.0)
FREE = [  # noise, start, domain, mean exit time (None: the closed form of theory.mean_exit_time)
    (ls.AlphaStable(1.5, 0.7), 0.2, UNIT, None),
    (ls.AlphaStable(0.7, 0.5), 0.2, UNIT, None),
    (ls.AlphaStable(1.0), 0.2, UNIT, None),
    *((_mixed(variance, alpha), start, UNIT, mean) for alpha, variance, start, mean in MIXED),
    (ls.IsotropicStable(1.5), [0.0, 0.3], BALL, None),
    (ls.AlphaStable(1.5), [0.0, 0.3], BALL, None),  # a boundary that is missed by different distances
    (ls.Brownian(), [0.0, 0.3], BALL, None),
]


@pytest.mark.parametrize(("noise", "x0", "domain", "wanted"), FREE, ids=[f"{c[0]}-{c[2]}" for c in FREE])
def test_without_drift(noise, x0, domain, wanted, seed):
    sde = ls.SDE(ls.Flat(dim=domain.dim), noise)
    if wanted is None:
        prediction = ls.theory.mean_exit_time(sde, x0, domain)
        assert prediction.valid
        wanted = prediction.value
    found = extrapolated(sde, x0, domain, rel_error=0.01, rng=seed)
    assert _agrees(found, wanted, 0.01)
    assert not _agrees(found, 1.06 * wanted, 0.01)


def test_a_box_is_left_like_its_narrow_side(seed):
    """Independent components without drift: out of a box so long that its far faces are never reached, Getoor."""
    sde = ls.SDE(ls.Flat(dim=2), ls.AlphaStable(1.5))
    found = extrapolated(sde, [0.0, 0.0], ls.Box([-1, -math.inf], [1, math.inf]), rel_error=0.02, rng=seed)
    assert _agrees(found, 1 / math.gamma(2.5), 0.02)


def test_tempered_noise_between_its_limits(seed):
    """Tempered with lambda -> 0 it is stable; with lambda = 2 the mean is longer."""
    sde = ls.SDE(ls.Flat(), ls.TemperedStable(1.5, 1e-4))
    assert _agrees(extrapolated(sde, 0.0, UNIT, rel_error=0.02, rng=seed), 1 / math.gamma(2.5), 0.02)
    sde = ls.SDE(ls.Flat(), ls.TemperedStable(1.5, 2.0))
    assert not _agrees(extrapolated(sde, 0.0, UNIT, rel_error=0.02, rng=seed), 1 / math.gamma(2.5), 0.02)


def test_compound_poisson_is_left_with_the_first_jump(seed):
    """Every jump leads out of (-1, 1) from anywhere near 0: the mean is 1/rate, exactly."""
    sde = ls.SDE(ls.Quadratic(), ls.CompoundPoisson(0.5, [-3.0, 3.0]))
    found = extrapolated(sde, 0.0, UNIT, rel_error=0.02, rng=seed)
    assert _agrees(found, 2.0, 0.02)


# What the shift is for -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("factor", "close"), [(1.0, True), (0.0, False), (-1.0, False)])
def test_only_the_inward_shift_extrapolates_to_the_limit(factor, close, seed):
    """Quadratic well, alpha = 1.8: steps 0.02 and 0.08, boundaries moved inward, not at all, and outward."""
    alpha, sigma, dt = 1.8, 0.5, 0.02
    wanted = _value("quadratic_from_0_out_of_-1_1", alpha, sigma)
    sde, start = ls.SDE(ls.Quadratic(), ls.AlphaStable(alpha), sigma), np.zeros(1)
    domains = []
    for i in range(3):
        inner = inner_domain(sde, UNIT, start, dt * 4**i).domain
        domains.append(ls.Interval(-1 - factor * (-1 - inner.a), 1 - factor * (1 - inner.b)))
    ladder = Ladder(sde, start, ls.Splitting(), domains, dt, (1.0,), seed, 1)
    ladder.extend(30_000, 100 * wanted)
    value, error = ladder.value
    gap, noise = ladder.difference
    stated = 5 * error + max(abs(gap), noise) / 3
    assert abs(value - wanted) < stated if close else abs(value - wanted) > 5 * error


def test_five_times_less_work_than_plain_splitting_of_the_same_bias(seed):
    """Double well, epsilon = 0.5, alpha = 1.5: path steps times squared error, which for either is a constant.

    The bias of plain Splitting is of order dt^(1/alpha), so that its step at the bias of the extrapolation follows from
    a run at a longer one; there the bias is taken low by three standard errors, against the claim.
    """
    alpha, wanted = 1.5, _value("double_well_from_-1_out_of_-inf_0", 1.5, 0.5)
    found = extrapolated(WELL, -1.0, LEFT, rel_error=0.004, rng=seed)
    assert _agrees(found, wanted, 0.004)
    finest = float(re.search(r"dt = ([^,]+),", found.method)[1])
    work = found.n / 4 * (2 + 1 / 4 + 1 / 16) * wanted / finest * found.standard_error**2

    dt = 0.05
    plain = ls.first_exit(WELL, -1.0, LEFT, n_paths=100_000, dt=dt, t_max=600.0, rng=seed, scheme=ls.Splitting()).mean()
    bias = plain.value - wanted - 3 * plain.standard_error
    assert bias > 3 * found.bias
    same = dt * (found.bias / bias) ** alpha
    assert plain.n * wanted / same * plain.standard_error**2 > 5 * work


# Being a function ----------------------------------------------------------------------------------------------------


def test_result_does_not_depend_on_workers_and_follows_rng():
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5)
    one = extrapolated(sde, -1.0, LEFT, rel_error=0.05, rng=3)
    two = extrapolated(sde, -1.0, LEFT, rel_error=0.05, rng=3, workers=2)
    assert (one.value, one.standard_error, one.bias, one.n) == (two.value, two.standard_error, two.bias, two.n)
    assert extrapolated(sde, -1.0, LEFT, rel_error=0.05, rng=4).value != one.value
    generator = np.random.default_rng(1)
    values = {extrapolated(sde, -1.0, LEFT, rel_error=0.1, rng=generator).value for _ in range(2)}
    assert len(values) == 2


def test_a_given_step_is_kept():
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5)
    found = extrapolated(sde, -1.0, LEFT, rel_error=0.05, dt=0.0125, rng=1)
    assert "dt = 0.0125, 0.05, 0.2" in found.method


def test_noise_that_depends_on_the_state(seed):
    """The amplitude 1/2 given as a coefficient, for which Splitting does not fit."""
    sde = ls.SDE(ls.DoubleWell(), ls.Brownian(), coefficient=_half)
    found = extrapolated(sde, -1.0, LEFT, rel_error=0.03, rng=seed)
    wanted = ls.theory.mean_exit_time(ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.5), -1.0, LEFT).value
    assert _agrees(found, wanted, 0.03)


def _half(x):
    return 0.5


@pytest.mark.parametrize(
    ("arguments", "settings", "error", "words"),
    [
        ((WELL, LEFT, -1.0), {}, TypeError, "order"),
        ((WELL, 1.0, LEFT), {}, ValueError, "not inside"),
        ((WELL, [-1.0, -2.0], LEFT), {}, ValueError, "one point"),
        ((WELL, -1.0, LEFT), {"rel_error": 0.0}, ValueError, "rel_error"),
        ((WELL, -1.0, LEFT), {"rel_error": 1.0}, ValueError, "rel_error"),
        ((WELL, -1.0, LEFT), {"dt": -0.1}, ValueError, "dt"),
        ((WELL, -1.0, LEFT), {"dt": 5.0}, ValueError, "too coarse"),
        ((WELL, -1.0, LEFT), {"max_steps": 1e3}, ValueError, "max_steps"),
        ((ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.0), -1.0, LEFT), {}, ValueError, "deterministic"),
        ((ls.SDE(ls.Flat(), ls.AlphaStable(1.5)), -1.0, LEFT), {}, ValueError, "infinite"),
        ((ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 1e-6), -1.0, LEFT), {}, ValueError, "path steps"),
        ((ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.1), -1.0, LEFT), {}, ValueError, "path steps"),
    ],
)
def test_bad_questions_are_refused_before_any_work(arguments, settings, error, words):
    with pytest.raises(error, match=words):
        extrapolated(*arguments, **settings)


def test_expected_steps_are_right_within_a_factor(seed):
    found = extrapolated(WELL, -1.0, LEFT, rel_error=0.02, rng=seed)
    steps = found.value / first_step(WELL, LEFT, np.array([-1.0])) * found.n * (2 + 1 / 4 + 1 / 16) / 4
    assert 0.2 < expected_steps(WELL, -1.0, LEFT, rel_error=0.02) / steps < 5
