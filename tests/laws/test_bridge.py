"""watch="bridge": exact laws of Brownian exits, first order in dt, and what it is refused for."""

import json
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from scipy.special import erfc

import levysde as ls
from levysde.domains import Domain
from levysde.engine import exits as exit_engine
from levysde.engine.pool import Control

FREE = ls.SDE(ls.Flat(), ls.Brownian())
PLANE = ls.SDE(ls.Flat(2), ls.Brownian())
SPACE = ls.SDE(ls.Flat(3), ls.Brownian())
LEFT = ls.Interval(-ls.inf, 0.0)
MIXED = json.loads((Path(__file__).parents[1] / "reference" / "exits_jumps_and_brownian.json").read_text())[
    "mean_exit_time"
]
# by quadrature: exit of (-1, 1) from 0 with U = x^2/2, T = 0.25, and of (-inf, 0) from -1 in the double well, T = 0.2
WELL = (ls.SDE(ls.Quadratic(), ls.Brownian(), math.sqrt(0.5)), 0.0, ls.Interval(-1, 1), 4.50160242)
DOUBLE = (ls.SDE(ls.DoubleWell(), ls.Brownian(), math.sqrt(0.4)), -1.0, LEFT, 7.93402154)


def bridged(sde, x0, domain, n, dt, rng, **settings):
    return ls.first_exit(sde, x0, domain, n_paths=n, dt=dt, rng=rng, **({"watch": "bridge"} | settings))


def survival_z(sample, times, wanted):
    """Return the largest |z| of the fractions that are inside still."""
    n = sample.n_paths
    return max(
        abs(np.mean(sample.times > t) - p) / math.sqrt(p * (1 - p) / n) for t, p in zip(times, wanted, strict=True)
    )


HALF_LINES = {
    "line": (FREE, 0.0, ls.Interval(-ls.inf, 1.0), 1.0),
    "entrance on the line": (FREE, 2.0, ~ls.Interval(-ls.inf, 1.0), 1.0),
    "plane": (PLANE, [0.0, 0.0], ls.HalfSpace([3.0, 4.0], 5.0), 1.0),
    "beyond a plane": (PLANE, [2.0, 0.0], ~ls.HalfSpace([1.0, 0.0], 1.0), 1.0),
    "box with one face": (PLANE, [0.0, 0.0], ls.Box([-ls.inf, -ls.inf], [1.0, ls.inf]), 1.0),
}


@pytest.mark.parametrize("name", HALF_LINES)
def test_a_plane_is_left_at_the_right_time_at_any_step(name, laws, seed):
    """P(tau > t) = erf(d / sqrt(2 t)) inside the steps too, although there are only four of them."""
    sde, x0, domain, distance = HALF_LINES[name]
    times = (0.1, 0.3, 0.5, 0.9, 1.2, 1.6, 1.95)
    wanted = [1 - erfc(distance / math.sqrt(2 * t)) for t in times]
    sample = bridged(sde, x0, domain, 20_000, 0.5, seed, t_max=2.0)
    assert survival_z(sample, times, wanted) < laws.Z
    assert survival_z(bridged(sde, x0, domain, 20_000, 0.5, seed, t_max=2.0, watch="steps"), times, wanted) > laws.Z
    wide = ls.SDE(sde.landscape, 1.05 * sde.noise)
    assert survival_z(bridged(wide, x0, domain, 20_000, 0.5, seed, t_max=2.0), times, wanted) > laws.Z
    assert not np.any(domain.contains(sample.exited_points))
    assert np.all(domain.contains(sample.pre_exit_points))


def test_the_share_of_a_step_before_the_crossing_is_that_of_the_bridge(laws, seed):
    """Within one step: the law of the first passage, for paths that end outside and for those that come back."""
    sample = bridged(FREE, 0.0, ls.Interval(-ls.inf, 1.0), 100_000, 1.0, seed, t_max=1.0)
    left = sample.exited_times
    total = erfc(1 / math.sqrt(2))
    for t in (0.2, 0.4, 0.6, 0.8, 0.95):
        assert laws.count_z(np.count_nonzero(left < t), len(left), erfc(1 / math.sqrt(2 * t)) / total) < laws.Z
    looks = bridged(FREE, 0.0, ls.Interval(-ls.inf, 1.0), 100_000, 1.0, seed, t_max=1.0, watch="steps")
    back = looks.status[sample.status == 0] == 1
    assert laws.count_z(np.count_nonzero(back), len(left), 0.5) < laws.Z  # reflection: as many end inside as outside
    for part in (left[back], left[~back]):  # by the same reflection the time does not know which
        assert laws.count_z(np.count_nonzero(part < 0.6), len(part), erfc(1 / math.sqrt(1.2)) / total) < laws.Z


def test_the_interval_and_the_balls(laws, seed):
    """E tau = (r^2 - |x|^2) / d, to leading order in the curvature; in three dimensions the entrance law is exact."""
    for sde, x0, domain, dt, wanted in [
        (FREE, 0.0, ls.Interval(-1, 1), 0.1, 1.0),
        (FREE, 0.5, ls.Ball(0.0, 1.0), 0.1, 0.75),
        (PLANE, [0.0, 0.0], ls.Ball([0.0, 0.0], 1.0), 0.01, 0.5),
        (SPACE, [0.5, 0.0, 0.0], ls.Ball([0.0, 0.0, 0.0], 1.0), 0.005, 0.25),
    ]:
        settings = {"t_max": 30.0}
        sample = bridged(sde, x0, domain, 20_000, dt, seed, **settings)
        bias = 0.0 if sde.dim == 1 else 0.1 * dt / wanted  # measured -0.054 dt at dt = 0.1 in the plane
        error = np.std(sample.times) / math.sqrt(20_000)
        assert abs(np.mean(sample.times) - wanted) < laws.Z * error + bias * wanted
        blind = bridged(sde, x0, domain, 20_000, dt, seed, **settings, watch="steps")
        assert np.mean(blind.times) - wanted > laws.Z * error + bias * wanted
        assert not np.any(domain.contains(sample.exit_points))
    ball = ls.Ball([0.0, 0.0, 0.0], 1.0)
    sample = bridged(SPACE, [2.0, 0.0, 0.0], ~ball, 20_000, 0.01, seed, t_max=2.0)
    times = (0.3, 0.6, 1.0, 1.5, 1.95)
    assert survival_z(sample, times, [1 - 0.5 * erfc(1 / math.sqrt(2 * t)) for t in times]) < laws.Z
    assert np.all(np.abs(np.linalg.norm(sample.exited_points, axis=1) - 1) < 0.5)


@pytest.mark.parametrize("problem", [WELL, DOUBLE], ids=["quadratic", "double well"])
@pytest.mark.parametrize("scheme", [ls.Splitting(), ls.EulerMaruyama()], ids=["Splitting", "Euler"])
def test_the_mean_exit_time_is_of_first_order_in_the_step(problem, scheme, laws, seed):
    """Richardson's combination of dt and 4 dt lands on the value by quadrature; without the bridge it does not.

    At 4 dt = 0.1 the first-order bias is up to 15 %; what the combination leaves is about its square over 4, 0.6 %, the
    term of order dt^2 fitted from dt = 0.2, 0.1, 0.05 and 0.025 (-0.239, -0.146, -0.078, -0.043 in the quadratic well
    with Splitting).
    """
    sde, x0, domain, exact = problem
    assert ls.theory.mean_exit_time(sde, x0, domain).value == pytest.approx(exact, rel=1e-8)
    n = 30_000

    def measure(watch):
        def at(dt, rng):
            sample = bridged(sde, x0, domain, n, dt, rng, scheme=scheme, t_max=60 * exact, watch=watch)
            assert sample.n_exited == n
            return np.mean(sample.times), np.std(sample.times) / math.sqrt(n)

        return at

    left_over = 0.006 * exact
    value, error = laws.extrapolated(measure("bridge"), 0.025, seed)
    assert abs(value - exact) < laws.Z * error + left_over
    blind, error = laws.extrapolated(measure("steps"), 0.025, seed)
    assert abs(blind - exact) > laws.Z * error + left_over
    # the order itself: halving a coarse step halves the bias, where the bias stands out of the noise
    if problem is WELL:
        biases = [measure("bridge")(dt, seed + k) for k, dt in enumerate((0.1, 0.025))]
        slope = math.log((exact - biases[0][0]) / (exact - biases[1][0])) / math.log(4)
        error = math.hypot(*(e / (exact - v) for v, e in biases)) / math.log(4)
        assert abs(slope - 1) < laws.Z * error + 0.12  # next order: log(1 - 2 x 0.06)/log(4)
        assert abs(slope - 0.5) > error


@pytest.mark.parametrize("dim", [1, 2])
def test_the_path_is_that_of_the_steps_and_is_found_outside_earlier(dim, seed):
    sde = ls.SDE(ls.Quadratic(dim=dim), ls.Brownian())
    domain = ls.Ball(np.zeros(dim), 1.0)
    looks, bridge = (bridged(sde, np.zeros(dim), domain, 3000, 0.05, seed, watch=w) for w in ("steps", "bridge"))
    assert np.all(bridge.times <= looks.times)
    assert np.allclose(np.linalg.norm(bridge.exit_points, axis=1), 1.0, rtol=0, atol=1e-6)
    assert not np.any(domain.contains(bridge.exit_points))
    same = np.ceil(bridge.times / 0.05 - 1e-9) == np.rint(looks.times / 0.05)
    assert 0.2 < np.mean(same) < 0.8  # the others were found in an earlier step, although they came back
    assert np.array_equal(bridge.pre_exit_points[same], looks.pre_exit_points[same])
    assert "watch" not in looks.provenance["settings"]
    assert bridge.provenance["settings"]["watch"] == "bridge"
    assert looks == ls.first_exit(sde, np.zeros(dim), domain, n_paths=3000, dt=0.05, rng=seed)
    assert pickle.loads(pickle.dumps(bridge)) == bridge


@pytest.mark.parametrize("name", ["line", "plane"])
def test_lanes_budgets_and_workers_change_no_bit(name):
    sde, x0, domain, _ = HALF_LINES[name]
    start = np.reshape(np.asarray(x0, float), (1, -1))

    def filled(lanes, budget):
        task = exit_engine.ExitTask(sde, ls.Splitting(), 0.05, 100, domain, start, 1, 0, 300, "bridge")
        record = exit_engine.ExitRecord.empty(300, sde.dim)
        exit_engine.fill(task, record, Control(), lanes=lanes, budget=budget)
        return b"".join(a.tobytes() for a in (record.times, record.exit_points, record.pre_exit_points, record.status))

    reference = filled(256, None)
    for lanes, budget in ((1, None), (7, 13), (64, 1), (256, 50)):
        assert filled(lanes, budget) == reference
    settings = {"n_paths": 700, "dt": 0.05, "t_max": 3.0, "rng": 2, "watch": "bridge"}
    assert ls.first_exit(sde, x0, domain, workers=2, **settings) == ls.first_exit(sde, x0, domain, **settings)


def test_jumps_beside_it(laws, seed):
    """T7: A = (s^2/2) u'' - (-Laplace)^(alpha/2) on (-1, 1): what the looks miss is found by more than a half.

    The bridge knows of no jump inside a step, which leaves a bias of order dt^min(1, (3 - alpha)/2). `JumpAdapted`
    leaves none: tests/schemes/test_jump_adapted.py takes the same values within its standard error.
    """
    n, dt = 120_000, 0.04
    for variance, alpha, _, wanted in (MIXED[0], MIXED[2], MIXED[10]):
        sde = ls.SDE(ls.Flat(), math.sqrt(variance) * ls.Brownian() + ls.AlphaStable(alpha))
        looks, bridge = (bridged(sde, 0.0, ls.Interval(-1, 1), n, dt, seed, watch=w) for w in ("steps", "bridge"))
        missed = looks.times - wanted
        found = looks.times - bridge.times  # on the same paths
        for positive in (missed, found - missed / 2):
            assert np.mean(positive) > laws.Z * np.std(positive) / math.sqrt(n)


class Oddly(ls.Interval):
    """A domain whose distances nobody knows."""

    @property
    def distance_function(self):
        return None


def test_it_is_refused_where_it_has_no_meaning():
    line = ls.Interval(-1, 1)
    stable = ls.SDE(ls.Flat(), ls.AlphaStable(1.5))
    with pytest.raises(ValueError, match=r'watch="bridge" needs a Gaussian part, and .*JumpAdapted'):
        bridged(stable, 0.0, line, 10, 0.1, 1)
    with pytest.raises(ValueError, match=r"distance to the boundary"):
        bridged(FREE, 0.0, Oddly(-1, 1), 10, 0.1, 1)
    with pytest.raises(ValueError, match=r"watch='always' is not known"):
        bridged(FREE, 0.0, line, 10, 0.1, 1, watch="always")
    scaled = ls.SDE(ls.Flat(), ls.Brownian(), coefficient=lambda x: 1.0)
    with pytest.raises(ValueError, match=r"additive noise"):
        bridged(scaled, 0.0, line, 10, 0.1, 1)
    assert Domain.distance_function.fget(line) is None  # what a domain of a user's own says unless it knows better


@pytest.mark.parametrize(
    ("sde", "exact"), [(WELL[0], WELL[3]), (ls.SDE(ls.Quadratic(), ls.Brownian(), math.sqrt(2)), 0.595749319)]
)
@pytest.mark.parametrize("dt", [0.05, 0.1, 0.2, 0.5])
def test_beside_an_exact_scheme_the_step_is_bounded(sde, exact, dt, laws, seed):
    """The warning's number bounds the bias of the mean; below one per cent nothing is said, above a half it is refused.

    The scheme is exact, so that the bias is that of the bridge alone.
    """
    line, n = ls.Interval(-1, 1), 20_000
    turned, crossed = dt, dt * sde.noise.variance_rate * sde.epsilon**2
    bound = turned * (turned + crossed)

    def measured():
        return bridged(sde, 0.0, line, n, dt, seed, scheme=ls.ExactOU(), t_max=100 * exact)

    if bound > 0.5:
        with pytest.raises(ValueError, match=r"mean exit times would mean nothing; take dt <= 0\.0[56]"):
            measured()
        return
    if bound > 0.01:
        with pytest.warns(RuntimeWarning, match=f"may be off by {bound:.0%}; take dt <= "):
            sample = measured()
    else:
        sample = measured()
    error = np.std(sample.times) / math.sqrt(n)
    assert abs(np.mean(sample.times) - exact) < bound * exact + laws.Z * error


def test_on_flat_ground_no_step_is_too_long(seed):
    assert bridged(FREE, 0.0, ls.Interval(-ls.inf, 1), 100, 5.0, seed, scheme=ls.ExactOU(), t_max=10.0).n_paths == 100


BOUNDED = [
    ls.Interval(-1.0, 2.0),
    ls.Interval(-ls.inf, 0.5),
    ls.Ball(0.5, 1.0),
    ls.HalfSpace(-2.0, 1.0),
    ls.Ball([0.5, 1.0], 2.0),
    ls.HalfSpace([1.0, -2.0, 0.5], 0.3),
    ls.Box([-1.0, -ls.inf], [1.0, 2.0]),
    ls.Box([-1.0, -1.0, 0.0], [1.0, 2.0, 1.0]),
]


@pytest.mark.parametrize("domain", BOUNDED, ids=repr)
def test_distance_functions_give_the_distance_and_the_way_there(domain, rng):
    assert (~domain).distance_function is domain.distance_function
    for x in 2 * rng.standard_normal((200, domain.dim)):
        if domain.dim == 1:
            found = domain.distance_function(x[0], domain.parameters)
            nearest = min((x + found, x - found), key=lambda y: abs(domain._signed_distance(y[None])[0]))
        else:
            normal = np.empty(domain.dim)
            found = domain.distance_function(x, domain.parameters, normal)
            assert np.linalg.norm(normal) == pytest.approx(1)
            nearest = x + found * normal
        assert abs(domain._signed_distance(nearest[None])[0]) < 1e-12
        assert (found > 0) == domain.contains(x)
        if domain.contains(x):
            assert found == pytest.approx(float(domain.distance(x)))
