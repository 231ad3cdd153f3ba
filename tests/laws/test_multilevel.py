"""Multilevel Monte Carlo against the exit problem solved deterministically, closed forms, and its own telescope."""

import importlib
import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from scipy.special import betainc

import levysde as ls
from levysde._streams import entropy_of
from levysde.engine.pool import Control
from levysde.kernels.multilevel import BOTH_LEFT, COARSE_LEFT, FINE_LEFT
from levysde.rare.exit_region import put_outside
from levysde.rare.multilevel import expected_cost, misfit, multilevel, multilevel_exit_probability
from levysde.rare.multilevel_levels import entropies, level_values
from levysde.rare.multilevel_pairs import PairRecord, PairTask, fill
from levysde.rare.multilevel_steps import choose_steps

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "exits.json").read_text())
QUADRATIC = ls.Interval(-1, 1)
LEFT = ls.Interval(-math.inf, 0)
BOTH_ENDS = ls.Interval(-2.5, 0)
INTO_THE_RIGHT = ls.Interval(0, math.inf)


def _value(name, alpha, sigma):
    return next(value for a, s, value in REFERENCE[name] if (a, s) == (alpha, sigma))


def _stable(landscape, alpha, sigma):
    return ls.SDE(landscape, ls.AlphaStable(alpha), sigma)


def _steps(sde, x0, domain, dt=None):
    return choose_steps(sde, domain, np.reshape(x0, (1, sde.dim)).astype(float), dt, 1e6)


def _time(times, points):
    return times


def _agrees(found, wanted, laws):
    return abs(found.value - wanted) < laws.Z * found.standard_error + found.bias


# Against the deterministic values -------------------------------------------------------------------------------------

CASES = [
    ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, QUADRATIC, 0.5, 0.2),
    ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, QUADRATIC, 1, 0.5),
    ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, QUADRATIC, 1.2, 1.0),
    ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, QUADRATIC, 1.5, 0.2),
    ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, QUADRATIC, 1.95, 0.5),
    ("double_well_from_-1_out_of_-inf_0", ls.DoubleWell(), -1.0, LEFT, 1.5, 0.5),
    ("double_well_from_-1_out_of_-2.5_0", ls.DoubleWell(), -1.0, BOTH_ENDS, 0.8, 0.5),
    ("double_well_from_-1_out_of_-2.5_0", ls.DoubleWell(), -1.0, BOTH_ENDS, 1.5, 0.5),
]


@pytest.mark.parametrize(
    ("name", "landscape", "x0", "domain", "alpha", "sigma"), CASES, ids=[f"{c[0]}-{c[4]}-{c[5]}" for c in CASES]
)
def test_mean_exit_time(name, landscape, x0, domain, alpha, sigma, laws, seed):
    wanted = _value(name, alpha, sigma)
    found = multilevel(_stable(landscape, alpha, sigma), x0, domain, rel_error=0.004, rng=seed)
    assert _agrees(found, wanted, laws)
    assert found.standard_error <= 0.004 / math.sqrt(2) * found.value
    assert found.bias <= 0.004 / math.sqrt(2) * found.value
    # another alpha, and an amplitude 5 % off (below alpha = 1: 15 %), by interpolation in log sigma
    others = [v for a, s, v in REFERENCE[name] if s == sigma and a != alpha and abs(v / wanted - 1) > 0.05]
    table = sorted((math.log(s), math.log(v)) for a, s, v in REFERENCE[name] if a == alpha)
    slip = math.log(1.05 if alpha > 1 else 1.15)
    near = [math.exp(np.interp(math.log(sigma) + side * slip, *zip(*table, strict=True))) for side in (-1, 1)]
    off = [v for v in near if abs(v / wanted - 1) > 1e-9]  # the table ends at some amplitudes
    assert len(others) >= 3
    assert not any(_agrees(found, wrong, laws) for wrong in others + off)


# Getoor; for skewed noise with his constant over (1 + (beta tan(pi alpha / 2))^2)^(1/2); the mixture solved numerically
CLOSED = [
    (ls.Flat(), ls.AlphaStable(1.5), 0.0, QUADRATIC, 1 / math.gamma(2.5)),
    (ls.Flat(), ls.AlphaStable(1.5, 0.7), 0.0, QUADRATIC, 1 / math.gamma(2.5) / math.hypot(1, 0.7)),
    (ls.Flat(), math.sqrt(0.2) * ls.Brownian() + ls.AlphaStable(1.5), 0.0, QUADRATIC, 0.65059357),
    (ls.Flat(2), ls.IsotropicStable(1.5), [0.3, 0.4], ls.Ball([0, 0], 1), ls.theory.getoor(1, 1.5, x=0.5, dim=2)),
    (ls.Flat(3), ls.Brownian(), [0.5, 0, 0], ls.Ball([0, 0, 0], 1), 0.25),
]


@pytest.mark.parametrize(("landscape", "noise", "x0", "domain", "wanted"), CLOSED, ids=[repr(c[1]) for c in CLOSED])
def test_closed_forms(landscape, noise, x0, domain, wanted, laws, seed):
    found = multilevel(ls.SDE(landscape, noise), x0, domain, rel_error=0.005, rng=seed)
    assert _agrees(found, wanted, laws)
    assert not _agrees(found, 1.05**-1.5 * wanted, laws)  # an amplitude 5 % off


def test_brownian_wells(laws, seed):
    """From quadrature: the quadratic well (drift 1 at the boundary) and the saddle of the double well."""
    quadratic = ls.SDE(ls.Quadratic(), ls.Brownian(), math.sqrt(0.5))
    found = multilevel(quadratic, 0.0, QUADRATIC, rel_error=0.006, rng=seed)
    assert _agrees(found, 4.50160242, laws)
    assert not _agrees(
        found, ls.theory.mean_exit_time(ls.SDE(ls.Quadratic(), ls.Brownian(), 0.74), 0.0, QUADRATIC).value, laws
    )
    double = ls.SDE(ls.DoubleWell(), ls.Brownian(), math.sqrt(0.4))
    found = multilevel(double, -1.0, LEFT, rel_error=0.006, rng=seed)
    assert _agrees(found, 7.93402154, laws)
    assert not _agrees(found, 19.0938970, laws)  # the mean time to the other minimum


# Where they leave -----------------------------------------------------------------------------------------------------

SIDES = [
    ("double_well_at_0_side_from_-1_out_of_-2.5_0", ls.DoubleWell(), -1.0, BOTH_ENDS, INTO_THE_RIGHT, 1.5, 0.5),
    ("double_well_at_0_side_from_-1_out_of_-2.5_0", ls.DoubleWell(), -1.0, BOTH_ENDS, INTO_THE_RIGHT, 0.8, 0.5),
    ("quadratic_right_from_0.5_out_of_-1_1", ls.Quadratic(), 0.5, QUADRATIC, INTO_THE_RIGHT, 1.8, 1.0),
]


@pytest.mark.parametrize(("name", "landscape", "x0", "domain", "region", "alpha", "sigma"), SIDES)
def test_exit_side(name, landscape, x0, domain, region, alpha, sigma, laws, seed):
    wanted = _value(name, alpha, sigma)
    sde = _stable(landscape, alpha, sigma)
    found = multilevel_exit_probability(sde, x0, domain, region, error=0.004, rng=seed)
    assert _agrees(found, wanted, laws)
    assert found.standard_error <= 0.004 / math.sqrt(2)
    others = [v for a, s, v in REFERENCE[name] if s == sigma and a != alpha]
    assert not any(_agrees(found, v, laws) for v in others if abs(v - wanted) > 0.03)


def test_exit_points_beyond_and_on_the_boundary(laws, seed):
    """From the centre r^2 / X^2 has the law Beta(alpha/2, 1 - alpha/2); a Brownian path leaves on the boundary."""
    sde, far = _stable(ls.Flat(), 1.5, 1.0), ls.Interval(1.5, math.inf)
    found = multilevel_exit_probability(sde, 0.0, QUADRATIC, far, error=0.005, rng=seed)
    assert _agrees(found, 0.5 * betainc(0.75, 0.25, 1.5**-2), laws)
    assert not _agrees(found, 0.5 * betainc(0.7, 0.3, 1.5**-2), laws)  # alpha = 1.4
    brownian = ls.SDE(ls.Flat(), ls.Brownian())
    at_one = multilevel_exit_probability(brownian, 0.5, QUADRATIC, ls.Interval(1, math.inf), error=0.006, rng=seed)
    assert _agrees(at_one, 0.75, laws)
    assert not _agrees(at_one, 0.5, laws)


def test_points_between_the_boundaries_are_put_on_the_true_one():
    ball = ls.Ball([1.0, 0.0], 2.0)
    angle = np.linspace(0, 6, 7)
    direction = np.column_stack([np.cos(angle), np.sin(angle)])
    points = np.concatenate([[1.0, 0.0] + 1.9 * direction, [[9.0, 9.0]]])
    moved = put_outside(ball, points)
    assert not ball.contains(moved).any()
    assert moved[:-1] == pytest.approx([1.0, 0.0] + 2.0 * direction, abs=1e-6)
    assert (moved[-1] == points[-1]).all()
    assert put_outside(QUADRATIC, np.array([[-0.95], [0.99]])).ravel() == pytest.approx([-1, 1], abs=1e-7)


# The telescope --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.8, 1.5, 2.0])
def test_the_coarse_path_of_a_level_is_the_fine_path_of_the_level_below(alpha, laws, seed):
    """Giles' check: otherwise the sum of the corrections is the correction of something else."""
    steps = _steps(_stable(ls.Quadratic(), alpha, 0.7), 0.3, QUADRATIC)

    def values(level, number):
        return level_values(steps, level, _time, 30_000, 3, entropies(seed, level, number), 1)

    below = values(0, 0)
    for level in (1, 2):
        here = values(level, 0)
        error = np.std(below.fine) / math.sqrt(30_000)
        assert laws.mean_z(here.coarse, np.mean(below.fine), error) < laws.Z
        below = here
    # the same against paths with another step: the means of neighbouring levels differ by more than their errors
    plain = ls.first_exit(
        steps.sde, 0.3, QUADRATIC, n_paths=100_000, dt=steps.dt, t_max=1e4, rng=seed, scheme=ls.Splitting()
    ).times
    assert laws.mean_z(below.coarse, np.mean(plain), np.std(plain) / math.sqrt(100_000)) > laws.Z


def test_pairs_agree_with_plain_paths(laws, seed):
    """Both members of a pair have the law of `first_exit` with their step and domain: times and points."""
    steps = _steps(_stable(ls.DoubleWell(), 1.5, 0.5), -1.0, BOTH_ENDS)
    right = {}
    for name, payoff in (("time", _time), ("side", lambda times, points: (points[:, 0] > -1.0).astype(float))):
        pairs = level_values(steps, 1, payoff, 20_000, 2, entropies(seed, 1, 0), 1)
        for level, got in ((1, pairs.fine), (0, pairs.coarse)):
            sample = ls.first_exit(
                steps.sde,
                -1.0,
                steps.inner(level).domain,
                n_paths=20_000,
                dt=steps.step(level),
                t_max=1e4,
                rng=seed + level,
                scheme=ls.Splitting(),
            )
            plain = payoff(sample.times, sample.exit_points)
            assert laws.mean_z(got, np.mean(plain), np.std(plain) / math.sqrt(20_000)) < laws.Z
            right[name, level] = np.mean(got)
    assert 0.7 < right["side", 1] < 0.9


@pytest.mark.parametrize("alpha", [1.5, 2.0])
def test_coupling_and_continuations_lower_the_variance(alpha, seed):
    """Single survivors: V ~ dt^(1/alpha), within 25 %; the mean over continuations falls faster."""
    steps = _steps(_stable(ls.DoubleWell(), alpha, 0.5), -1.0, LEFT)
    single, between = [], []
    for level in (1, 2, 3):
        values = level_values(steps, level, _time, 20_000, 8, entropies(seed, level, 0), 1)
        mixed = np.var(values.fine - values.coarse)
        between.append(mixed - values.within / 8)
        single.append(between[-1] + values.within)
    alone = np.var(level_values(steps, 0, _time, 20_000, 1, entropies(seed, 0, 0), 1).fine)
    assert between[0] < 0.2 * alone
    for fine, coarse in ((single[1], single[0]), (single[2], single[1])):
        assert 0.75 * 4 ** (-1 / alpha) < fine / coarse < 1.25 * 4 ** (-1 / alpha)
    assert between[2] / between[0] < single[2] / single[0]
    assert between[2] < 0.35 * single[2]


# Bits -----------------------------------------------------------------------------------------------------------------


def _record(lanes, budget, seed, first=0, n=300):
    sde = _stable(ls.DoubleWell(), 1.5, 0.5)
    steps = _steps(sde, -1.0, LEFT)
    domains = steps.inner(1).domain, steps.inner(0).domain
    task = PairTask(sde, ls.Splitting(), steps.step(1), 4, *domains, steps.x0, 10**6, seed, first, n)
    record = PairRecord.empty(n, 1)
    fill(task, record, Control(), lanes=lanes, budget=budget)
    return record


def test_pairs_do_not_depend_on_lanes_and_budget(seed):
    whole = _record(256, None, seed)
    assert {BOTH_LEFT, FINE_LEFT, COARSE_LEFT} == set(whole.kind.tolist())
    for other in (_record(1, 500, seed), _record(7, 30, seed), _record(300, 1000, seed)):
        for name in ("kind", "steps", "sub_steps", "fine_points", "coarse_points"):
            assert np.array_equal(getattr(whole, name), getattr(other, name))
    tail = _record(64, None, seed, first=100, n=200)
    assert np.array_equal(whole.fine_points[100:], tail.fine_points)
    assert not np.array_equal(whole.fine_points, _record(256, None, seed + 1).fine_points)


def test_estimates_do_not_depend_on_workers(seed):
    sde = _stable(ls.DoubleWell(), 1.5, 0.5)
    one, three = (multilevel(sde, -1.0, LEFT, rel_error=0.03, rng=seed, workers=n) for n in (1, 3))
    assert one == three
    with ThreadPoolExecutor(2) as executor:  # as a foreign executor: other blocks, tasks sent away
        assert multilevel(sde, -1.0, LEFT, rel_error=0.03, rng=seed, workers=executor) == one
    assert multilevel(sde, -1.0, LEFT, rel_error=0.03, rng=seed + 1).value != one.value


def test_levels_and_batches_share_no_stream(seed):
    roots = [root for level in range(4) for batch in range(4) for root in entropies(seed, level, batch)]
    assert len({*roots, entropy_of(seed)}) == 49


# The answer says what was done ----------------------------------------------------------------------------------------


def test_method_tells_levels_and_work(seed):
    sde = _stable(ls.DoubleWell(), 1.5, 0.5)
    found = multilevel(sde, -1.0, LEFT, rel_error=0.02, dt=0.1, levels=3, rng=seed)
    pieces = re.findall(r"dt = ([\d.e-]+): (\d+) (paths|pairs), (\d+)% of the work", found.method)
    assert [piece[0] for piece in pieces] == ["0.1", "0.025", "0.00625"]
    assert [piece[2] for piece in pieces] == ["paths", "pairs", "pairs"]
    assert sum(int(piece[1]) for piece in pieces) == found.n
    assert abs(sum(int(piece[3]) for piece in pieces) - 100) <= 2
    low, high = found.interval
    assert low < found.value < high
    assert math.isnan(multilevel(sde, -1.0, LEFT, rel_error=0.05, levels=2, rng=seed).bias)


def test_expected_cost_is_the_right_order_of_magnitude(seed):
    for sde, x0, domain in (
        (_stable(ls.DoubleWell(), 1.5, 0.5), -1.0, LEFT),
        (ls.SDE(ls.Quadratic(), ls.Brownian(), 0.7), 0.0, QUADRATIC),
    ):
        found = multilevel(sde, x0, domain, rel_error=0.01, rng=seed)
        spent = float(found.method.rsplit("; ", 1)[1].split()[0])
        assert 0.1 < expected_cost(sde, x0, domain, rel_error=0.01) / spent < 10
    assert expected_cost(sde, x0, domain, rel_error=0.001) == pytest.approx(
        100 * expected_cost(sde, x0, domain, rel_error=0.01)
    )


def test_what_does_not_fit_is_refused():
    well = ls.DoubleWell()
    assert misfit(_stable(well, 1.5, 0.01), -1.0, LEFT) == ""
    rare = _stable(well, 1.5, 1e-4)
    assert "followed to its exit" in misfit(rare, -1.0, LEFT)
    with pytest.raises(ValueError, match="does not apply: every path has to be followed"):
        multilevel(rare, -1.0, LEFT)
    with pytest.raises(ValueError, match="does not lead out"):
        multilevel(ls.SDE(well, ls.Brownian(), 0.0), -1.0, LEFT)
    with pytest.raises(ValueError, match="holds 2 points"):
        multilevel(_stable(well, 1.5, 0.5), [-1.0, -0.9], LEFT)
    multiplicative = ls.SDE(well, ls.AlphaStable(1.5), 0.5, coefficient=lambda x: 1.0 + 0.1 * x)
    with pytest.raises(ValueError, match="additive noise"):
        multilevel(multiplicative, -1.0, LEFT)


def test_bad_input_is_refused():
    sde = _stable(ls.DoubleWell(), 1.5, 0.5)
    with pytest.raises(ValueError, match="rel_error"):
        multilevel(sde, -1.0, LEFT, rel_error=0.0)
    with pytest.raises(ValueError, match="levels=0"):
        multilevel(sde, -1.0, LEFT, levels=0)
    with pytest.raises(ValueError, match="dt=10 is too long"):
        multilevel(sde, -1.0, LEFT, dt=10.0)
    with pytest.raises(TypeError, match="the order is"):
        multilevel(sde, LEFT, -1.0)
    with pytest.raises(TypeError, match="region"):
        multilevel_exit_probability(sde, -1.0, LEFT, 0.0)
    with pytest.raises(ValueError, match="region has dimension 2"):
        multilevel_exit_probability(sde, -1.0, LEFT, ls.Ball([0, 0], 1))


def test_a_path_that_never_leaves_is_not_waited_for(monkeypatch):
    module = importlib.import_module("levysde.rare.multilevel")  # the package has a function of this name
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    with pytest.raises(ValueError, match="still inside"):
        multilevel(_stable(ls.DoubleWell(), 1.5, 0.5), -1.0, LEFT)


# The stated error -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("landscape", "noise", "epsilon", "x0", "domain", "wanted"),
    [
        (ls.DoubleWell(), ls.AlphaStable(1.5), 0.5, -1.0, LEFT, 5.6654191),
        (ls.DoubleWell(), ls.AlphaStable(1.5), 0.5, -1.0, BOTH_ENDS, 4.5556541),
        (ls.Quadratic(), ls.AlphaStable(1.2), 1.0, 0.0, QUADRATIC, 1.1397274),
        (ls.Quadratic(), ls.AlphaStable(0.8), 0.5, 0.0, QUADRATIC, 2.24884),
        (ls.Quadratic(), ls.Brownian(), math.sqrt(0.5), 0.0, QUADRATIC, 4.50160242),
    ],
)
def test_root_mean_square_error_is_what_was_asked_for(landscape, noise, epsilon, x0, domain, wanted, seed):
    sde = ls.SDE(landscape, noise, epsilon)
    found = [multilevel(sde, x0, domain, rel_error=0.005, rng=seed + i) for i in range(40)]
    errors = np.array([estimate.value / wanted - 1 for estimate in found])
    z = np.array([(e.value - wanted) / math.hypot(e.standard_error, e.bias) for e in found])
    # a mean square of 40 has a relative standard deviation of sqrt(2 / 40): 5 of them
    assert np.mean(errors**2) < 0.005**2 * (1 + 5 * math.sqrt(2 / 40))
    assert 0.6 < np.std(z) < 1.5
    assert np.mean(errors**2) > 0.005**2 / 8  # and not bought with ten times the work
