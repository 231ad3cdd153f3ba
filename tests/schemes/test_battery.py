"""What must hold for every scheme that is exported."""

import dataclasses
import inspect
import math
import time

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import levysde as ls
import levysde.schemes as schemes
from levysde.engine import record as record_engine
from levysde.engine.pool import Control
from levysde.kernels import blocks
from levysde.kernels.flow import TOLERANCE

SCHEMES = [
    value()
    for name in schemes.__all__
    if inspect.isclass(value := getattr(schemes, name)) and not inspect.isabstract(value)
]
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


def stepped(scheme, landscape, x, increment, dt):
    """Take one compiled step from every row of x."""
    drift, params = blocks.flow(landscape, dt) if scheme.drift == "flow" else blocks.gradient(landscape)
    params = params if params.size else np.zeros(1)
    now, moved = np.array(x.T, order="C"), np.array(np.broadcast_to(increment, x.shape).T, order="C")
    out, scratch = np.full_like(now, np.nan), np.full((8 * landscape.dim, len(x)), np.nan)
    scheme.step(drift, params, scheme.settings(dt), now, moved, scratch, out)
    assert np.array_equal(now, x.T, equal_nan=True)  # a step reads its start and its increment only
    assert np.array_equal(moved, np.broadcast_to(increment, x.shape).T)
    return out.T


def flowed(landscape, x, dt):
    """Return the drift flow by another library, to high accuracy."""
    rows = []
    for row in x:
        found = solve_ivp(
            lambda t, y: -np.atleast_1d(landscape.gradient(y)), (0, dt), row, method="DOP853", rtol=1e-12, atol=1e-13
        )
        rows.append(found.y[:, -1])
    return np.array(rows)


def expected(scheme, landscape, x, increment, dt):
    """Take the same step in plain NumPy."""
    known = {
        "EulerMaruyama": lambda: x - dt * landscape.gradient(x).reshape(x.shape) + increment,
        "Splitting": lambda: flowed(landscape, x, dt) + increment,
    }
    return known[type(scheme).__name__]()


@pytest.mark.parametrize("scheme", SCHEMES, ids=named(SCHEMES))
def test_a_scheme_is_a_frozen_value_that_declares_what_it_can(scheme):
    assert dataclasses.is_dataclass(scheme)
    assert type(scheme)() == scheme
    assert repr(scheme) == f"{type(scheme).__name__}()"
    for orders in (scheme.strong_order, scheme.weak_order):
        assert {"Brownian", "stable"} <= set(orders)
        assert all(0 < order < 5 for order in orders.values())
    assert scheme.drift in ("gradient", "flow")
    assert len(scheme.survives) > 10
    for dt in (1e-6, 0.01, 1.0):
        settings = scheme.settings(dt)
        assert settings.dtype == np.float64
        assert settings.size
        assert np.all(np.isfinite(settings))


@pytest.mark.parametrize("scheme", SCHEMES, ids=named(SCHEMES))
@pytest.mark.parametrize("landscape", LANDSCAPES, ids=named(LANDSCAPES))
def test_one_step_is_the_formula(scheme, landscape, rng):
    x = starts(landscape, rng)
    dt = 1e-4 if landscape is MUELLER else 0.02
    increment = 0.1 * rng.standard_normal(x.shape)
    found, wanted = stepped(scheme, landscape, x, increment, dt), expected(scheme, landscape, x, increment, dt)
    drifted = np.abs(wanted - increment - x).max(axis=1, keepdims=True)
    adaptive = scheme.drift == "flow" and landscape.flow_function is None
    tolerance = WORST * drifted + 1e-12 if adaptive else 1e-11 * (1 + np.abs(wanted))
    assert np.all(np.abs(found - wanted) <= tolerance)
    still = stepped(scheme, landscape, x, np.zeros_like(x), dt)
    assert np.allclose(found - still, increment, rtol=0, atol=1e-12 * (1 + np.abs(x).max()))


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
    paths, finest, horizon = 300, 2048, 1.0
    fine = horizon / finest
    steps = (
        0.3 * math.sqrt(fine) * rng.standard_normal((finest, paths))
        if noise == "Brownian"
        else 0.05 * fine ** (1 / 1.7) * ls.stable.rvs(1.7, size=(finest, paths), rng=rng)
    )

    def end(coarsening):
        x = np.full((paths, 1), -1.0)
        for increment in steps.reshape(-1, coarsening, paths).sum(axis=1):
            x = stepped(scheme, landscape, x, increment[:, None], fine * coarsening)
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
    sde = ls.SDE(ls.Polynomial([0, 0.1, -0.5, 0, 0.25]), ls.Brownian(), 0.0)
    task = record_engine.RecordTask(sde, scheme, 0.01, 5, 1, np.array([[-0.3]]), 1, 0, 3)
    saved = np.empty((3, 6, 1))
    record_engine.fill(task, saved, Control())
    x = np.full((3, 1), -0.3)
    for k in range(5):
        x = stepped(scheme, sde.landscape, x, 0.0, 0.01)
        assert np.array_equal(saved[:, k + 1], x)
