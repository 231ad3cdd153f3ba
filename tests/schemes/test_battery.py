"""What must hold for every scheme that is exported."""

import dataclasses
import inspect
import math
import time

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import root

import levysde as ls
import levysde.schemes as schemes
from levysde.engine import exits as exit_engine
from levysde.engine import record as record_engine
from levysde.engine.plan import drift_block
from levysde.engine.pool import Control
from levysde.kernels.flow import TOLERANCE

# every scheme that steps; JumpAdapted moves from event to event and has tests of its own
SCHEMES = [scheme for scheme in schemes.SCHEMES if type(scheme).__name__ != "JumpAdapted"]
TABLE = np.linspace(-2.0, 2.0, 41)
MUELLER = ls.MullerBrown()
WORST = 20 * TOLERANCE  # sub-steps add up, and errors grow near a barrier; of the distance moved, measured 1.5 %


def quartic(x, params):
    return x[0] * x[0] * x[0] * x[0] / 4 + params[0] * x[1] * x[1] + 0.3 * x[0] * x[1]


def quartic_gradient(x, params, out):
    out[0] = x[0] * x[0] * x[0] + 0.3 * x[1]
    out[1] = 2 * params[0] * x[1] + 0.3 * x[0]


LANDSCAPES = [
    ls.Flat(),
    ls.Flat(2),
    ls.Quadratic(2.0),
    ls.Quadratic([1.0, 3.0]),
    ls.Quadratic([[2.0, 0.5], [0.5, 1.0]]),
    ls.DoubleWell(),
    ls.DoubleWell(3.0),
    ls.MultiWell([-0.5, 0, 1.5], [-1, 0, -0.5]),
    ls.Polynomial([0, 0.1, -0.5, 0, 0.25]),
    ls.Tabulated(TABLE, TABLE**4 / 4 - TABLE**2 / 2),
    ls.from_functions(quartic, quartic_gradient, dim=2, params=[1.5]),
    MUELLER,
]
ADAPTIVE = [landscape for landscape in LANDSCAPES if landscape.flow_function is None]


def named(values):
    return [f"{i}-{type(value).__name__}" for i, value in enumerate(values)]


def starts(landscape, rng, n=40):
    """Points where something happens: around the minima, or around the origin."""
    places = landscape.minima if len(landscape.minima) else np.zeros((1, landscape.dim))
    width = 0.2 if landscape is MUELLER else 1.0
    return places[rng.integers(len(places), size=n)] + width * rng.standard_normal((n, landscape.dim))


def stepper(scheme, landscape, dt):
    """Return a function (x, increment) that takes one compiled step from every row of x."""
    sde = ls.SDE(landscape, ls.Brownian())
    step, settings, (drift, params) = scheme.step_for(sde), scheme.settings(sde, dt), drift_block(sde, scheme, dt)

    def one_step(x, increment):
        now, moved = np.array(x.T, order="C"), np.array(np.broadcast_to(increment, x.shape).T, order="C")
        out, scratch = np.full_like(now, np.nan), np.full((8 * landscape.dim, len(x)), np.nan)
        step(drift, params, settings, now, moved, scratch, out)
        assert np.array_equal(now, x.T, equal_nan=True)  # a step reads its start and its increment only
        assert np.array_equal(moved, np.broadcast_to(increment, x.shape).T)
        return out.T

    return one_step


def stepped(scheme, landscape, x, increment, dt):
    """Take one compiled step from every row of x."""
    return stepper(scheme, landscape, dt)(x, increment)


def flowed(landscape, x, dt):
    """Return the drift flow by another library, to high accuracy."""
    rows = []
    for row in x:
        found = solve_ivp(
            lambda t, y: -np.atleast_1d(landscape.gradient(y)), (0, dt), row, method="DOP853", rtol=1e-12, atol=1e-13
        )
        rows.append(found.y[:, -1])
    return np.array(rows)


def resolved(landscape, target, dt):
    """Solve y + dt grad U(y) = target by another library."""
    rows = []
    for row in target:
        found = root(lambda y, row=row: y + dt * np.atleast_1d(landscape.gradient(y)) - row, row, tol=1e-14)
        rows.append(found.x)
    return np.array(rows)


def expected(scheme, landscape, x, increment, dt):
    """Take the same step in plain NumPy."""

    def gradient(y):
        return landscape.gradient(y).reshape(y.shape)

    def heun():
        return x - dt * (gradient(x) + gradient(x - dt * gradient(x) + increment)) / 2 + increment

    def tamed():
        size = np.linalg.norm(gradient(x), axis=1, keepdims=True)
        return x - dt * gradient(x) / (1 + dt * size) + increment

    known = {
        "DriftImplicitEuler": lambda: resolved(landscape, x + increment, dt),
        "EulerMaruyama": lambda: x - dt * gradient(x) + increment,
        "ExactOU": lambda: flowed(landscape, x, dt) + increment,
        "Heun": heun,
        "Milstein": lambda: x - dt * gradient(x) + increment,
        "Splitting": lambda: flowed(landscape, x, dt) + increment,
        "StrangSplitting": lambda: flowed(landscape, flowed(landscape, x, dt / 2) + increment, dt / 2),
        "TamedEuler": tamed,
    }
    return known[type(scheme).__name__]()


NOISE_LAST = ("EulerMaruyama", "ExactOU", "Milstein", "Splitting", "TamedEuler")


def test_every_exported_scheme_is_in_the_table():
    exported = {value for name in schemes.__all__ if inspect.isclass(value := getattr(schemes, name))}
    assert {type(scheme) for scheme in schemes.SCHEMES} == exported - {schemes.Scheme}


@pytest.mark.parametrize("scheme", SCHEMES, ids=named(SCHEMES))
def test_a_scheme_is_a_frozen_value_that_declares_what_it_can(scheme):
    assert dataclasses.is_dataclass(scheme)
    assert type(scheme)() == scheme
    assert repr(scheme) == f"{type(scheme).__name__}()"
    for orders in (scheme.strong_order, scheme.weak_order):
        assert {"Brownian"} <= set(orders) <= {"Brownian", "stable", "multiplicative"}
        assert all(0 < order < 5 or (order == math.inf and "Exact" in repr(scheme)) for order in orders.values())
    assert set(scheme.strong_order) == set(scheme.weak_order)
    assert scheme.drift in ("gradient", "flow", "half flow", "resolvent")
    assert len(scheme.survives) > 10
    for dt in (1e-6, 0.01, 1.0):
        settings = scheme.settings(ls.SDE(ls.Quadratic(), ls.Brownian()), dt)
        assert settings.dtype == np.float64
        assert settings.size
        assert np.all(np.isfinite(settings))


@pytest.mark.parametrize("scheme", SCHEMES, ids=named(SCHEMES))
@pytest.mark.parametrize("landscape", LANDSCAPES, ids=named(LANDSCAPES))
def test_one_step_is_the_formula(scheme, landscape, rng):
    if scheme.misfit(ls.SDE(landscape, ls.Brownian())):
        pytest.skip("refused")
    x = starts(landscape, rng)
    dt = 1e-4 if landscape is MUELLER else 0.02
    increment = 0.1 * rng.standard_normal(x.shape)
    found, wanted = stepped(scheme, landscape, x, increment, dt), expected(scheme, landscape, x, increment, dt)
    drifted = np.abs(wanted - increment - x).max(axis=1, keepdims=True)
    adaptive = "flow" in scheme.drift and landscape.flow_function is None
    tolerance = WORST * drifted + 1e-12 if adaptive else 1e-11 * (1 + np.abs(wanted))
    assert np.all(np.abs(found - wanted) <= tolerance)
    still = stepped(scheme, landscape, x, np.zeros_like(x), dt)
    assert type(scheme).__name__ not in NOISE_LAST or np.allclose(
        found - still, increment, rtol=0, atol=1e-12 * (1 + np.abs(x).max())
    )


@pytest.mark.parametrize("landscape", ADAPTIVE, ids=named(ADAPTIVE))
@pytest.mark.parametrize("dt", [1e-3, 0.05, 1.0])
def test_the_adaptive_flow_is_that_of_another_solver(landscape, dt, rng):
    if landscape is MUELLER:
        dt = dt / 500  # its curvatures are of the order of a thousand
    x = starts(landscape, rng, 20)
    found = stepped(ls.Splitting(), landscape, x, 0.0, dt)
    wanted = flowed(landscape, x, dt)
    moved = np.linalg.norm(wanted - x, axis=1)
    error = np.linalg.norm(found - wanted, axis=1)
    assert np.all(error <= WORST * moved + 1e-12)
    assert np.median(error / moved) <= TOLERANCE


@pytest.mark.parametrize("landscape", LANDSCAPES, ids=named(LANDSCAPES))
def test_huge_jumps_come_home(landscape, rng):
    """The flow of a confining force brings a path back from anywhere, in the time that is right."""
    if isinstance(landscape, ls.Flat) or landscape is MUELLER:
        pytest.skip("nothing brings a path back in a flat landscape, and the Müller-Brown surface overflows there")
    # along one axis: a stiff mixture, slow from afar in one coordinate and coupled to a steep one, is the next test
    for size in (1e3, 1e30, 1e100):
        x = size * np.array([np.eye(landscape.dim)[0], -np.eye(landscape.dim)[0]])
        for _ in range(300):
            x = stepped(ls.Splitting(), landscape, x, 0.0, 1.0)
        assert np.all(np.abs(x) < 3), size


def test_a_flow_that_cannot_be_followed_is_lost_and_not_wrong():
    landscape = ls.from_functions(quartic, quartic_gradient, dim=2, params=[1.5])
    began = time.perf_counter()
    found = stepped(ls.Splitting(), landscape, np.array([[1e30, 1e30], [0.5, 0.5]]), 0.0, 1.0)
    assert time.perf_counter() - began < 1
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1]).all()


@pytest.mark.parametrize("dt", [0.02, 0.3, 1.0])
def test_no_start_is_carried_to_another_well_by_an_error_estimate_that_vanishes_by_chance(dt):
    """The Bogacki-Shampine estimate alone accepts one start in a thousand at dt = 1, with an error of 200 %."""
    landscape = ls.Polynomial([0, 0, -0.5, 0, 0.25])
    x = np.concatenate([np.linspace(0.0105, 20.0, 40_000), np.geomspace(20.0, 1e6, 10_000)])[:, None]
    q = math.exp(-2 * dt)
    exact = x / np.sqrt(q + x * x * (1 - q))
    found = stepped(ls.Splitting(), landscape, x, 0.0, dt)
    error = np.abs(found - exact) / np.abs(exact - x)
    assert np.nanmax(error) <= WORST
    assert np.nanquantile(error, 0.9) <= 2 * TOLERANCE


def test_euler_does_not_survive_what_splitting_does():
    x = np.array([[30.0], [-30.0]])
    euler = x
    for _ in range(5):
        euler = stepped(ls.EulerMaruyama(), ls.DoubleWell(), euler, 0.0, 0.05)
        x = stepped(ls.Splitting(), ls.DoubleWell(), x, 0.0, 0.05)
    assert np.all(np.abs(euler) > 1e30)
    assert np.all(np.abs(x) < 2)


@pytest.mark.parametrize("scheme", SCHEMES, ids=named(SCHEMES))
@pytest.mark.parametrize("landscape", LANDSCAPES, ids=named(LANDSCAPES))
def test_nan_gives_nan_quickly_and_in_its_own_lane_only(scheme, landscape, rng):
    if scheme.misfit(ls.SDE(landscape, ls.Brownian())):
        pytest.skip("refused")
    dt = 1e-4 if landscape is MUELLER else 0.02
    x = starts(landscape, rng, 200)
    clean = stepped(scheme, landscape, x, 0.0, dt)
    sick = x.copy()
    sick[::2] = np.nan
    began = time.perf_counter()
    found = stepped(scheme, landscape, sick, 0.0, dt)
    assert time.perf_counter() - began < 0.5
    assert np.isnan(found[::2]).all()
    assert np.array_equal(found[1::2], clean[1::2])


@pytest.mark.parametrize("scheme", SCHEMES, ids=named(SCHEMES))
@pytest.mark.parametrize("landscape", [ls.DoubleWell(), ls.Polynomial([0, 0.1, -0.5, 0, 0.25]), ls.Quadratic(2.0)])
@pytest.mark.parametrize("noise", ["Brownian", "stable"])
def test_the_strong_order_for_additive_noise_is_the_declared_one(scheme, landscape, noise, rng):
    """Against itself: fine increments summed. The mean square of stable errors does not exist, their median does."""
    if not scheme.strong_order.get(noise, math.inf) < math.inf:
        pytest.skip("refused, or exact: then a long step is no sum of short ones")
    paths, finest, horizon = 300, 2048, 1.0
    fine = horizon / finest
    steps = (
        0.3 * math.sqrt(fine) * rng.standard_normal((finest, paths))
        if noise == "Brownian"
        else 0.05 * fine ** (1 / 1.7) * ls.stable.rvs(1.7, size=(finest, paths), rng=rng)
    )

    def end(coarsening):
        x, step = np.full((paths, 1), -1.0), stepper(scheme, landscape, fine * coarsening)
        for increment in steps.reshape(-1, coarsening, paths).sum(axis=1):
            x = step(x, increment[:, None])
        return x[:, 0]

    ends = [end(2**k) for k in (0, 4, 5, 6, 7)]
    errors = np.array([np.abs(coarse - ends[0]) for coarse in ends[1:]])
    rates = np.polyfit(np.arange(4.0), np.log2(np.median(errors, axis=1)), 1)[0]
    picks = rng.integers(paths, size=(100, paths))  # bootstrap: paths are drawn again, with all their steps
    spread = [np.polyfit(np.arange(4.0), np.log2(np.median(errors[:, pick], axis=1)), 1)[0] for pick in picks]
    drift = 0.07  # what the next term of the error contributes between dt = 2^-7 and 2^-4
    assert abs(rates - scheme.strong_order[noise]) < 5 * float(np.std(spread)) + drift
    wrong = scheme.strong_order[noise] - 0.5
    assert abs(rates - wrong) > 5 * float(np.std(spread)) + drift


@pytest.mark.parametrize("scheme", SCHEMES, ids=named(SCHEMES))
def test_the_engine_repeats_the_step(scheme):
    quartic_well = ls.Polynomial([0, 0.1, -0.5, 0, 0.25])
    fits = not scheme.misfit(ls.SDE(quartic_well, ls.Brownian()))
    sde = ls.SDE(quartic_well if fits else ls.Quadratic(2.0), ls.Brownian(), 0.0)
    task = record_engine.RecordTask(sde, scheme, 0.01, 5, 1, np.array([[-0.3]]), 1, 0, 3)
    saved = np.empty((3, 6, 1))
    record_engine.fill(task, saved, Control())
    x = np.full((3, 1), -0.3)
    for k in range(5):
        x = stepped(scheme, sde.landscape, x, 0.0, 0.01)
        assert np.array_equal(saved[:, k + 1], x)


@pytest.mark.parametrize("scheme", SCHEMES, ids=named(SCHEMES))
@pytest.mark.parametrize("dim", [1, 2])
def test_lanes_budgets_and_workers_change_no_bit(scheme, dim):
    landscape = ls.Quadratic(2.0) if dim == 1 else ls.Quadratic([1.0, 3.0])
    noise = ls.Brownian() if "Milstein" in repr(scheme) else ls.AlphaStable(1.5) + 0.5 * ls.Brownian()
    sde, domain = ls.SDE(landscape, noise), ls.Ball(np.zeros(dim), 1.0)
    task = exit_engine.ExitTask(sde, scheme, 0.02, 200, domain, np.zeros((1, dim)), 1, 0, 300)

    def filled(**settings):
        record = exit_engine.ExitRecord.empty(300, dim)
        exit_engine.fill(task, record, Control(), **settings)
        return b"".join(a.tobytes() for a in (record.times, record.exit_points, record.pre_exit_points, record.status))

    reference = filled()
    assert all(filled(lanes=lanes, budget=budget) == reference for lanes, budget in ((1, None), (7, 50), (200, 13)))
    arguments = {"n_paths": 600, "dt": 0.02, "t_max": 4.0, "scheme": scheme, "rng": 3}
    one, two = (ls.first_exit(sde, np.zeros(dim), domain, workers=workers, **arguments) for workers in (1, 2))
    assert one.times.tobytes() == two.times.tobytes()
    assert one.exit_points.tobytes() == two.exit_points.tobytes()


@pytest.mark.parametrize("scheme", SCHEMES, ids=named(SCHEMES))
@pytest.mark.parametrize("alpha", [0.7, 1.5, 2.0])
def test_the_weak_order_on_the_quadratic_well_is_the_declared_one(scheme, alpha):
    """There a chain X' = a X + b I has the law of scale b (h (1 - a^(alpha n)) / (1 - a^alpha))^(1/alpha) exactly."""
    if isinstance(scheme, ls.ExactOU):
        pytest.skip("no error to measure: tests/schemes/test_exact_ou.py")
    order = scheme.weak_order["Brownian"]
    assert scheme.weak_order.get("stable", order) == order

    def errors(h):
        a = stepped(scheme, ls.Quadratic(), np.array([[1e-3]]), 0.0, h)[0, 0] * 1e3  # so small that taming is idle
        b = stepped(scheme, ls.Quadratic(), np.array([[0.0]]), 1e-3, h)[0, 0] * 1e3
        n = round(1 / h)
        power = b**alpha * h * (1 - a ** (alpha * n)) / (1 - a**alpha)
        return np.array([a**n - math.exp(-1.0), power - (1 - math.exp(-alpha)) / alpha])

    coarse, fine = errors(1 / 64), errors(1 / 128)
    seen = np.abs(coarse) > 1e-11
    assert seen.any()
    assert np.all(np.abs(np.log2(coarse[seen] / fine[seen]) - order) < 0.1)


def test_strang_splitting_is_splitting_seen_half_a_flow_later():
    """At a boundary on a saddle, which no flow crosses, both see the same exits; elsewhere Strang sees fewer."""
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5)
    for domain, same in ((ls.Interval(-ls.inf, 0.0), True), (ls.Interval(-1.5, 0.0), False)):
        lie, strang = (
            ls.first_exit(sde, -1.0, domain, n_paths=2000, dt=0.05, t_max=200.0, scheme=scheme, rng=5)
            for scheme in (ls.Splitting(), ls.StrangSplitting())
        )
        assert np.array_equal(lie.times, strang.times) == same
        assert same or np.all(strang.times >= lie.times)
