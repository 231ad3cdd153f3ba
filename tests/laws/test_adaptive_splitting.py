"""Adaptive multilevel splitting against quadrature, a deterministic solution in the plane, and plain simulation."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.engine.pool import Control
from levysde.rare.adaptive_splitting import misfit
from levysde.rare.adaptive_splitting_mean import mean_of
from levysde.rare.adaptive_splitting_run import PARTICLES, Repetitions, Task, measure, repeat
from levysde.rare.adaptive_splitting_score import _distance, choose_score
from levysde.rare.adaptive_splitting_well import find_well

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "adaptive_splitting.json").read_text())
splitting = ls.rare.adaptive_multilevel_splitting
RARE = 0.13834  # the mean time from one well of the double well to the other is 1.0013e12


def _brownian(landscape, epsilon):
    return ls.SDE(landscape, ls.Brownian(), epsilon)


def _exact(sde, x0, domain):
    return ls.theory.mean_exit_time(sde, x0, domain).value


def _z(estimate, exact):
    """Return the distance beyond the stated bound of the step error, in standard errors."""
    return max(abs(estimate.value - exact) - estimate.bias, 0.0) / estimate.standard_error


def product(x, params):
    square = x[0] * x[0]
    total = square * (0.25 * square - 0.5)
    for k in range(1, x.shape[0]):
        total += 0.5 * params[0] * x[k] * x[k]
    return total


def product_gradient(x, params, out):
    out[0] = x[0] * (x[0] * x[0] - 1.0)
    for k in range(1, x.shape[0]):
        out[k] = params[0] * x[k]


def _product(dim):
    """Return the double well in the first coordinate and parabolas in the others: its exits are those of the line."""
    return ls.from_functions(product, product_gradient, dim=dim, params=[1.0], region=([-2.0] * dim, [2.0] * dim))


LEFT, ACROSS = ls.Interval(-math.inf, 0.0), ls.Interval(-math.inf, 1.0)
LINE = [
    ("rare", ls.DoubleWell(), RARE, -1.0, ACROSS, 1.0013e12),
    ("T8 across", ls.DoubleWell(), math.sqrt(0.1), -1.0, ACROSS, 729.670692),
    ("T8 saddle", ls.DoubleWell(), math.sqrt(0.1), -1.0, LEFT, 361.903760),
    ("T8 warm", ls.DoubleWell(), math.sqrt(0.4), -1.0, ACROSS, 19.0938970),
    ("slope", ls.Quadratic(), 0.25 * math.sqrt(2.0), 0.0, ls.Interval(-1.0, 1.0), 1008.17106),
    ("hot slope", ls.Quadratic(), math.sqrt(2.0), 0.0, ls.Interval(-1.0, 1.0), 0.595749319),
    ("two sides", ls.Quadratic(), 0.3, 0.2, ls.Interval(-1.0, 1.1), None),
    ("high start", ls.DoubleWell(), 0.25, -0.1, ACROSS, None),
    ("beyond the saddle", ls.DoubleWell(), 0.25, 0.1, ACROSS, None),
    ("kinked", ls.MultiWell(x=[-0.5, 0, 1.5], u=[-1, 0, -0.5]), 0.4, -0.5, LEFT, None),
]


@pytest.mark.parametrize(("name", "landscape", "epsilon", "x0", "domain", "known"), LINE, ids=[c[0] for c in LINE])
def test_exits_on_the_line(name, landscape, epsilon, x0, domain, known, laws, seed):
    sde = _brownian(landscape, epsilon)
    exact = _exact(sde, x0, domain)
    assert known is None or exact == pytest.approx(known, rel=1e-4)
    rel_error = 0.1 if name == "rare" else 0.05
    estimate = splitting(sde, x0, domain, rel_error=rel_error, rng=seed)
    assert _z(estimate, exact) < laws.Z
    assert estimate.relative_error <= rel_error / math.sqrt(2.0)
    assert estimate.bias <= rel_error / math.sqrt(2.0) * estimate.value
    assert estimate.interval[0] < estimate.value < estimate.interval[1]
    for factor in (math.sqrt(2.0), math.sqrt(0.5)):  # the lost factor 2 of the variance, either way
        assert _z(estimate, _exact(_brownian(landscape, factor * epsilon), x0, domain)) > laws.Z


def _runs(n, seed):
    sde = _brownian(ls.DoubleWell(), RARE)
    runs = [splitting(sde, -1.0, ACROSS, rel_error=0.1, rng=seed + i) for i in range(n)]
    return np.array([run.value for run in runs]), runs, _exact(sde, -1.0, ACROSS)


@pytest.mark.slow
def test_runs_scatter_as_they_say(seed):
    """The scatter of z over 8 runs follows chi / sqrt(8): outside [0.25, 2] with a probability of 1e-5."""
    values, runs, exact = _runs(8, seed)
    z = (values - exact) / [run.standard_error for run in runs]
    assert 0.25 < math.sqrt(np.mean(z * z)) < 2.0
    assert abs(np.mean(values) / exact - 1) < 5 * 0.1 / math.sqrt(2 * 8) + 0.02  # 0.02: the step error seen at 2 dt


@pytest.mark.slow
def test_mean_of_twenty_runs(laws, seed):
    values, _, exact = _runs(20, seed)
    assert laws.mean_z(values, exact) < laws.Z
    assert np.max(np.abs(values / exact - 1)) < 0.4
    wrong = _exact(_brownian(ls.DoubleWell(), 0.98 * RARE), -1.0, ACROSS)
    assert laws.mean_z(values, wrong) > laws.Z


# More dimensions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [2, 3])
def test_product_has_the_exits_of_the_line(dim, laws, seed):
    """Committor on a grid in the plane, distance to the boundary in space."""
    exact = _exact(_brownian(ls.DoubleWell(), 0.25), -1.0, ls.Interval(-math.inf, 0.5))
    sde, x0 = _brownian(_product(dim), 0.25), np.array([-1.0, *[0.0] * (dim - 1)])
    domain = ls.HalfSpace([2.0, *[0.0] * (dim - 1)], 1.0)
    estimate = splitting(sde, x0, domain, rel_error=0.15, rng=seed)
    assert _z(estimate, exact) < laws.Z
    assert ("committor" in estimate.method) == (dim == 2)
    assert (
        _z(estimate, _exact(_brownian(ls.DoubleWell(), 0.25 / math.sqrt(2)), -1.0, ls.Interval(-math.inf, 0.5)))
        > laws.Z
    )


@pytest.mark.slow
@pytest.mark.parametrize(("temperature", "exact"), REFERENCE["muller_brown"])
def test_muller_brown(temperature, exact, laws, seed):
    landscape = ls.MullerBrown()
    target = ~ls.Ball(landscape.minima[1], 0.1)
    sde = _brownian(landscape, math.sqrt(2 * temperature))
    estimate = splitting(sde, landscape.minima[0], target, rel_error=0.15, rng=seed)
    assert _z(estimate, exact) < laws.Z
    assert _z(estimate, 2 * exact) > laws.Z


@pytest.mark.parametrize("domain", [ls.Ball([0.0, 0.0], 1.0), ~ls.Box([0.8, -3.0], [2.0, 3.0])], ids=["ball", "box"])
def test_agrees_with_plain_simulation(domain, laws, seed):
    """A stiff parabola, out of a ball and into a box: the same question to `first_exit`."""
    sde = _brownian(ls.Quadratic(curvature=[1.0, 4.0], dim=2), 0.5)
    estimate = splitting(sde, [0.1, 0.0], domain, rel_error=0.1, rng=seed)

    def measured(dt, rng):
        shift = ls.theory.boundary_shift(sde.effective_noise, dt)
        return laws.mean_exit(
            sde, [0.1, 0.0], domain, n_paths=1500, dt=dt, t_max=3000.0, rng=rng, shift=shift, scheme=ls.Splitting()
        )

    value, error = laws.extrapolated(measured, 0.005, seed)
    difference = max(abs(estimate.value - value) - estimate.bias, 0.0)
    assert difference / math.hypot(estimate.standard_error, error) < laws.Z
    assert abs(estimate.value - 1.5 * value) / math.hypot(estimate.standard_error, 1.5 * error) > laws.Z


# The pieces ----------------------------------------------------------------------------------------------------------


def _task(seed, n=4, epsilon=0.3):
    sde = _brownian(_product(2), epsilon)
    x, domain = np.array([-1.0, 0.0]), ls.HalfSpace([1.0, 0.0], 0.0)
    well = find_well(sde, x, domain)
    score = choose_score(sde, domain, well)
    return Task(sde, x, domain, well, score, 0.05, (seed, seed + 1, seed + 2), 0, n)


def test_unbiased_for_every_score(laws, seed):
    """The same chain with the committor, with the distance, and with one level only (no splitting at all)."""
    task = _task(seed, n=24, epsilon=0.4)
    plain = replace(task.score, levels=1, params=np.r_[task.score.params[:12], np.zeros_like(task.score.params[12:])])
    found = []
    for number, score in enumerate((task.score, _distance(task.target, task.well), plain)):
        part = replace(task, score=score, entropies=(seed + number, seed + 10 + number, seed + 20 + number))
        p = np.exp(repeat(part, workers=1).log_p)
        found.append((np.mean(p), np.std(p, ddof=1) / math.sqrt(len(p))))
    for value, error in found[:2]:
        assert abs(value - found[2][0]) / math.hypot(error, found[2][1]) < laws.Z
        assert abs(2 * value - found[2][0]) / math.hypot(2 * error, found[2][1]) > laws.Z
    assert found[0][1] < found[2][1]  # and splitting is worth it


def test_results_depend_on_repetitions_only(seed):
    """Not on lanes, budget, blocks or workers."""
    task = _task(seed)
    whole = measure(task, Control())
    for other in (measure(task, Control(), lanes=7), measure(task, Control(), budget=37)):
        for name in Repetitions.__annotations__:
            np.testing.assert_array_equal(getattr(whole, name), getattr(other, name))
    parts = [measure(replace(task, first=first, n=n), Control()) for first, n in ((0, 1), (1, 3))]
    np.testing.assert_array_equal(Repetitions.joined(parts).log_p, whole.log_p)
    assert len(set(whole.log_p)) > 1


def test_workers_do_not_change_the_estimate(seed):
    sde = _brownian(ls.DoubleWell(), 0.25)
    one, two = (splitting(sde, -1.0, LEFT, rel_error=0.2, rng=seed, workers=workers) for workers in (1, 2))
    assert one == two
    assert one != splitting(sde, -1.0, LEFT, rel_error=0.2, rng=seed + 1)


def test_jackknife_of_the_quotient(laws, rng):
    """Lognormal p of 30 % scatter, cycles of 10 %: the mean is unbiased and the error is that of the scatter."""
    n, trials = 16, 400
    values, errors = [], []
    for _ in range(trials):
        log_p = rng.normal(-20.0, 0.3, n) - 0.045
        ones = np.ones(n)
        mean = mean_of(Repetitions(log_p, rng.normal(1.0, 0.1, n), ones, ones, 0 * ones))
        values.append(mean.value)
        errors.append(mean.standard_error)
    assert laws.mean_z(np.array(values), math.exp(20.0)) < laws.Z
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.2)
    assert np.mean(errors) >= math.sqrt(20.0 / PARTICLES / n) * 0.99 * math.exp(20.0)


def test_extinct_repetitions_give_no_value():
    ones = np.ones(4)
    assert math.isnan(mean_of(Repetitions(np.full(4, -math.inf), ones, ones, ones, 0 * ones)).value)
    single = mean_of(Repetitions(np.array([-3.0, *[-math.inf] * 3]), ones, ones, ones, 0 * ones))
    assert math.isinf(single.standard_error)


# Bad input -----------------------------------------------------------------------------------------------------------

MISFITS = [
    (ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.1), -1.0, ACROSS, "jumps"),
    (ls.SDE(ls.DoubleWell(), ls.Brownian() + ls.AlphaStable(1.5), 0.1), -1.0, ACROSS, "jumps"),
    (ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.0), -1.0, ACROSS, "no noise"),
    (ls.SDE(ls.Flat(), ls.Brownian(), 1.0), 0.0, ls.Interval(-1.0, 1.0), "no minimum"),
    (ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.1), 0.5, ls.Interval(0.1, 0.6), "no minimum"),
    (ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.1), -1.0, ls.Interval(-math.inf, math.inf), "whole line"),
    (ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.1), -1.0, ls.Interval(-math.inf, 2.0), "another well"),
    (ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.2, coefficient=lambda x: 1.0), -1.0, ACROSS, "state"),
]


@pytest.mark.parametrize(("sde", "x0", "domain", "word"), MISFITS, ids=[f"{c[3]}-{i}" for i, c in enumerate(MISFITS)])
def test_misfit(sde, x0, domain, word):
    assert word in misfit(sde, x0, domain)
    with pytest.raises(ValueError, match=word):
        splitting(sde, x0, domain, rng=1)


def test_a_start_that_never_visits_the_well_is_refused(seed):
    """From 0.9 the other well's bottom is reached first: 1e-4 of the paths come back."""
    with pytest.raises(ValueError, match="not rare"):
        splitting(_brownian(ls.DoubleWell(), 0.25), 0.95, ACROSS, rng=seed)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"rel_error": 0.0}, ValueError),
        ({"rel_error": "1"}, TypeError),
        ({"dt": -1.0}, ValueError),
        ({"rng": -1}, ValueError),
    ],
)
def test_bad_arguments(arguments, error):
    with pytest.raises(error):
        splitting(_brownian(ls.DoubleWell(), 0.25), -1.0, ACROSS, **arguments)


def test_order_of_arguments():
    with pytest.raises(TypeError, match="order"):
        splitting(_brownian(ls.DoubleWell(), 0.25), ACROSS, -1.0)
