"""JumpAdapted: jumps at their own times, exactly the noise that is cut at the threshold, exits on both sides of one."""

import hashlib
import math
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import j0

import levysde as ls
from levysde.engine import exits as exit_engine
from levysde.engine import record as record_engine
from levysde.engine.coupled import CoupledTask
from levysde.engine.jump_adapted import build, large_jumps
from levysde.engine.jump_adapted_coupled import fill_coupled
from levysde.engine.pool import Control
from levysde.kernels.events import TICKS, flow_lane
from levysde.noise.stable import levy_constant

Z = 5.0
ROOT = Path(ls.__file__).parents[1]
LEFT = ls.Interval(-ls.inf, 0.0)


# A value that refuses what it cannot do -------------------------------------------------------------------------------


def test_it_is_a_frozen_value():
    assert repr(ls.JumpAdapted()) == "JumpAdapted()"
    assert repr(ls.JumpAdapted(0.05)) == "JumpAdapted(0.05)"
    assert ls.JumpAdapted(0.05) == ls.JumpAdapted(0.05) != ls.JumpAdapted()
    assert pickle.loads(pickle.dumps(ls.JumpAdapted(0.05))) == ls.JumpAdapted(0.05)
    for wrong in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="threshold"):
            ls.JumpAdapted(wrong)
    with pytest.raises(TypeError, match="threshold"):
        ls.JumpAdapted("small")
    with pytest.raises(TypeError, match="no time step"):
        ls.JumpAdapted().step  # noqa: B018


@pytest.mark.parametrize(
    "noise",
    [
        ls.AlphaStable(1.5, 0.3),
        ls.TemperedStable(1.5, 1.0, 0.5),
        ls.CompoundPoisson(1.0, [1.0]),
        ls.Brownian() + ls.EllipticalStable(1.5, [[1.0, 0.3], [0.3, 1.0]]),
    ],
    ids=repr,
)
def test_noise_that_cannot_be_cut_is_refused_before_any_work(noise):
    sde, scheme = ls.SDE(ls.Quadratic(dim=noise.dim or 1), noise), ls.JumpAdapted()
    x0, domain = np.zeros(sde.dim), ls.Ball(np.zeros(sde.dim), 1.0)
    told = r"JumpAdapted\(\) needs Brownian, AlphaStable.*schemes that fit: Splitting"
    with pytest.raises(ValueError, match=told):
        ls.first_exit(sde, x0, domain, n_paths=1, scheme=scheme)
    with pytest.raises(ValueError, match=told):
        ls.simulate(sde, x0, t=1.0, scheme=scheme)


def test_a_coefficient_is_refused():
    sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), coefficient=lambda x: 1.0 + x * x)
    assert "additive noise" in ls.JumpAdapted().misfit(sde)
    assert (
        ls.JumpAdapted().misfit(ls.SDE(ls.Quadratic(), ls.AlphaStable(2.0, 0.5) + 0.0 * ls.AlphaStable(1.2, 1))) == ""
    )


# The jumps ------------------------------------------------------------------------------------------------------------


def test_large_jumps_are_a_poisson_process_of_pareto_jumps(seed):
    alpha, sigma, r, t, n = 1.2, 0.5, 0.1, 2.0, 400
    sde = ls.SDE(ls.Flat(2), ls.AlphaStable(alpha), sigma)
    found = [large_jumps(sde, ls.JumpAdapted(r), t=t, path=path, entropy=seed) for path in range(n)]
    times, jumps = (np.concatenate(part) for part in zip(*found, strict=True))
    wanted = n * t * 2 * 2 * levy_constant(alpha) / alpha * sigma**alpha * r**-alpha
    assert abs(len(times) - wanted) < Z * math.sqrt(wanted)
    assert abs(len(times) - 0.5 * wanted) > Z * math.sqrt(wanted)  # one component forgotten
    counts = np.array([len(part[0]) for part in found])
    assert abs(np.var(counts) / np.mean(counts) - 1) < Z * math.sqrt(2 / n)  # Poisson: variance = mean
    assert all(np.all(np.diff(part[0]) > 0) for part in found)
    assert abs(np.mean(times) - t / 2) < Z * t / math.sqrt(12 * len(times))
    assert np.all(np.count_nonzero(jumps, axis=1) == 1)  # along the axes
    size = np.abs(jumps).max(axis=1)
    assert size.min() >= r
    for far in (2.0, 5.0, 30.0):
        p = far**-alpha
        assert abs(np.mean(size > far * r) - p) < Z * math.sqrt(p * (1 - p) / len(size))
    for half in (jumps.sum(axis=1) > 0, jumps[:, 0] != 0):
        assert abs(np.mean(half) - 0.5) < Z * 0.5 / math.sqrt(len(size))


def test_the_jumps_of_a_path_do_not_depend_on_the_step(seed):
    """The simulated path jumps when and by what `large_jumps` says: coarse and fine differ by Gaussian parts only."""
    noise = ls.AlphaStable(0.7) + 0.1 * ls.IsotropicStable(1.6)
    sde, scheme = ls.SDE(ls.Flat(2), noise), ls.JumpAdapted(0.5)
    variance = scheme.gaussian_rate(sde)
    ends = [
        ls.simulate(sde, [0.0, 0.0], t=2.0, dt=dt, n_paths=300, scheme=scheme, rng=seed).x[:, -1] for dt in (2.0, 0.01)
    ]
    found = [large_jumps(sde, scheme, t=2.0, path=path, entropy=seed) for path in range(300)]
    sums = np.array([jumps.sum(axis=0) for _, jumps in found])
    near = np.abs(sums).max(axis=1) < 1e6  # beyond, the last bit of the position is not small
    for end in ends:
        rest = (end - sums)[near]
        assert abs(np.mean(rest**2) / (2 * variance) - 1) < Z * math.sqrt(1 / rest.shape[0])
    other = np.array([large_jumps(sde, scheme, t=2.0, path=p, entropy=seed + 1)[1].sum(axis=0) for p in range(300)])
    assert np.mean((ends[0] - other)[near] ** 2) > 10 * 2 * variance


def cut_exponent(k, alpha, sigma, r, dim=1):
    """Return -log E cos(k X_1) of the noise cut at r, for k along an axis: quadrature over the smaller jumps."""
    if dim == 1:
        size, wave = 2 * levy_constant(alpha), lambda y: 1 - math.cos(k * y)
    else:  # isotropic in the plane: 2 pi c_{2, alpha}
        size = 2**alpha * math.gamma(1 + alpha / 2) / math.gamma(1 - alpha / 2) * alpha
        wave = lambda y: 1 - float(j0(k * y))  # noqa: E731
    size *= sigma**alpha
    variance = size * r ** (2 - alpha) / (2 - alpha) / dim
    tiny = 1e-3 * r  # below it the wave is a parabola to 1e-7
    small = size * quad(lambda y: wave(y) * y ** (-1 - alpha), tiny, r)[0]
    small += size * k * k / (2 * dim) * tiny ** (2 - alpha) / (2 - alpha)
    return (sigma * k) ** alpha - small + variance * k * k / 2


LAWS = {"axis": ls.AlphaStable(1.4), "isotropic": ls.IsotropicStable(1.4), "heavy": ls.AlphaStable(0.5)}


@pytest.mark.parametrize("name", LAWS)
def test_free_paths_have_the_law_of_the_noise_that_is_cut(name, seed):
    """At a threshold above the amplitude, where the cut shows, by the characteristic function of one long step."""
    noise, sigma, t, n = LAWS[name], 0.6, 0.7, 60_000
    threshold = 1.5 * sigma
    dim = 2 if name == "isotropic" else 1
    x = ls.simulate(
        ls.SDE(ls.Flat(dim), noise, sigma),
        np.zeros(dim),
        t=t,
        dt=t,
        n_paths=n,
        scheme=ls.JumpAdapted(threshold),
        rng=seed,
    ).x[:, -1]
    directions = [np.array([1.0])] if dim == 1 else [np.array([1.0, 0.0]), np.array([0.6, -0.8])]

    def worst(alpha, scale, exponent):
        z = []
        for k in (0.3, 1.0, 2.0, 3.0):
            target = math.exp(-t * exponent(k, alpha, scale))
            for direction in directions:
                values = np.cos(k * x @ direction)
                z.append(abs(np.mean(values) - target) / (np.std(values) / math.sqrt(n)))
        return max(z)

    def cut(k, alpha, scale):
        return cut_exponent(k, alpha, scale, threshold, dim)

    assert worst(noise.alpha, sigma, cut) < Z
    assert worst(noise.alpha, (1.05 if noise.alpha > 1 else 1.15) * sigma, cut) > Z
    assert worst(noise.alpha + 0.1, sigma, cut) > Z
    assert worst(noise.alpha, sigma, lambda k, alpha, scale: (scale * k) ** alpha) > Z  # the cut is seen
    for k in (0.5, 1.0, 2.0):  # and is gone at the default threshold
        assert cut_exponent(k, noise.alpha, 1.0, 0.03, dim) == pytest.approx(k**noise.alpha, abs=1e-4)


def test_brownian_paths_are_those_of_splitting(seed):
    """Without jumps every event is a grid time, and the normal variates are the same."""
    sde = ls.SDE(ls.Quadratic([1.0, 3.0]), ls.Brownian())
    paths = [
        ls.simulate(sde, [1.0, 0.0], t=1.0, dt=0.05, n_paths=30, scheme=s, rng=seed).x
        for s in (ls.Splitting(), ls.JumpAdapted())
    ]
    assert np.allclose(*paths, rtol=0, atol=1e-12)


# The drift over part of a step ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("landscape", "dt"),
    [
        (ls.Flat(2), 0.1),
        (ls.DoubleWell(3.0), 0.3),
        (ls.Quadratic([[2.0, 0.5], [0.5, 1.0]]), 0.1),
        (ls.MultiWell([-0.5, 0, 1.5], [-1, 0, -0.5]), 0.1),
        (ls.Polynomial([0, 0.1, -0.5, 0, 0.25]), 0.1),
        (ls.MullerBrown(), 1e-4),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_part_of_a_step_is_the_flow_over_that_time(landscape, dt, rng):
    from levysde.kernels import blocks

    places = landscape.minima if len(landscape.minima) else np.zeros((1, landscape.dim))
    dim, n = landscape.dim, 20
    x = np.array((places[rng.integers(len(places), size=n)] + 0.1 * rng.standard_normal((n, dim))).T, order="C")
    drift, params, *_ = build(ls.SDE(landscape, ls.AlphaStable(1.5)), ls.JumpAdapted(), dt).arguments
    point, moved, found = np.zeros((dim, 1)), np.zeros((dim, 1)), np.empty_like(x)
    for ticks in (0, 1, 77, 128, 5000, TICKS - 1, TICKS, 2 * TICKS + 130):
        for lane in range(n):
            flow_lane(drift, params, ticks, dt / TICKS, lane, x, found, point, moved)
        if ticks == 0:
            assert np.array_equal(found, x)
            continue
        block, numbers = blocks.flow(landscape, dt * ticks / TICKS).compiled()
        wanted = np.empty_like(x)
        block(x, numbers, wanted)
        exact = landscape.flow_function is not None
        tolerance = 1e-12 if exact else 0.02 * np.linalg.norm(wanted - x, axis=0) + 1e-12
        assert np.all(np.linalg.norm(found - wanted, axis=0) <= tolerance)


def test_no_path_is_lost_after_a_huge_jump():
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(0.3))
    paths = ls.simulate(sde, -1.0, t=20.0, dt=0.5, n_paths=500, scheme=ls.JumpAdapted(), rng=1)
    assert np.all(paths.status == 0)
    jumps = [large_jumps(sde, ls.JumpAdapted(), t=20.0, path=path, entropy=1)[1] for path in range(500)]
    assert max(np.abs(part).max(initial=0.0) for part in jumps) > 1e9


# Bits -----------------------------------------------------------------------------------------------------------------

CASES = {
    "double well": (ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5), -1.0, LEFT),
    "sum": (ls.SDE(ls.Polynomial([0, 0, -0.5, 0, 0.25]), 0.3 * ls.Brownian() + ls.AlphaStable(0.8), 0.5), -1.0, LEFT),
    "plane": (
        ls.SDE(ls.Quadratic([[2.0, 0.5], [0.5, 1.0]]), ls.IsotropicStable(1.5) + 0.2 * ls.AlphaStable(1.2)),
        [0.0, 0.0],
        ls.Ball([0.0, 0.0], 1.0),
    ),
}


def filled(name, watch="steps", lanes=256, budget=None, n=300):
    sde, x0, domain = CASES[name]
    start = np.reshape(np.asarray(x0, float), (1, -1))
    task = exit_engine.ExitTask(sde, ls.JumpAdapted(0.1), 0.05, 100, domain, start, 1, 0, n, watch)
    record = exit_engine.ExitRecord.empty(n, sde.dim)
    exit_engine.fill(task, record, Control(), lanes=lanes, budget=budget)
    return b"".join(a.tobytes() for a in (record.times, record.exit_points, record.pre_exit_points, record.status))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("watch", ["steps", "bridge"])
def test_lanes_and_budgets_change_no_bit(name, watch):
    wanted = filled(name, watch)
    for lanes, budget in ((1, None), (7, 13), (64, 1), (256, 50), (200, 1000)):
        assert filled(name, watch, lanes, budget) == wanted, (lanes, budget)


@pytest.mark.parametrize("name", CASES)
def test_workers_chunks_and_saves_change_no_bit(name):
    sde, x0, domain = CASES[name]
    settings = {"dt": 0.05, "t_max": 5.0, "scheme": ls.JumpAdapted(0.1), "rng": 3}
    whole = ls.first_exit(sde, x0, domain, n_paths=700, **settings)
    assert ls.first_exit(sde, x0, domain, n_paths=700, workers=2, **settings) == whole
    with ThreadPoolExecutor(2) as pool:
        assert ls.first_exit(sde, x0, domain, n_paths=700, workers=pool, **settings) == whole
    tail = ls.first_exit(sde, x0, domain, n_paths=100, first_path=600, **settings)
    assert np.array_equal(tail.times, whole.times[600:])
    assert whole.n_exited > 100
    settings = {"t": 2.0, "dt": 0.05, "scheme": ls.JumpAdapted(0.1), "rng": 3}
    paths = ls.simulate(sde, x0, n_paths=300, **settings)
    assert np.array_equal(ls.simulate(sde, x0, n_paths=300, save_every=8, **settings).x, paths.x[:, ::8])
    assert np.array_equal(ls.simulate(sde, x0, n_paths=300, workers=2, **settings).x, paths.x)
    assert np.array_equal(ls.simulate(sde, x0, n_paths=7, **settings).x, paths.x[:7])
    task = record_engine.RecordTask(sde, settings["scheme"], 0.05, 40, 1, np.reshape(x0, (1, -1)) * 1.0, 3, 0, 200)
    saved = np.empty((200, 41, sde.dim))
    assert record_engine.fill(task, saved, Control(), budget=3)
    assert np.array_equal(saved, paths.x[:200])


PLAIN = """
import hashlib, sys
sys.path.insert(0, {here!r})
import importlib.util
spec = importlib.util.spec_from_file_location("cases", {file!r})
cases = importlib.util.module_from_spec(spec)
spec.loader.exec_module(cases)
for name in cases.CASES:
    for watch in ("steps", "bridge"):
        print(hashlib.sha256(cases.filled(name, watch, n=4)).hexdigest())
"""


def test_without_the_compiler_every_bit_is_the_same():
    script = PLAIN.format(here=str(ROOT), file=__file__)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "1"}
    found = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    jitted = [hashlib.sha256(filled(name, watch, n=4)).hexdigest() for name in CASES for watch in ("steps", "bridge")]
    assert found.stdout.split() == jitted


def test_stopping_hands_back_the_paths_under_way_at_their_age():
    sde, x0, domain = CASES["double well"]
    task = exit_engine.ExitTask(sde, ls.JumpAdapted(), 0.05, 10**6, domain, np.array([[x0]]), 1, 0, 1000)
    record = exit_engine.ExitRecord.empty(1000, 1)
    control = Control()

    class Stops:
        """Stop after the third call."""

        stop = control.stop
        calls = 0

        def advance(self, done):
            self.calls += 1
            if self.calls == 3:
                self.stop.set()

    exit_engine.fill(task, record, Stops(), budget=20)
    under_way = record.status == 1
    assert 0 < under_way.sum() <= 256
    assert np.all(record.times[under_way] < 3)
    assert np.all(record.times[under_way] > 0)
    assert (record.status == 3).sum() > 500


# Coarse and fine ------------------------------------------------------------------------------------------------------


def test_coupled_paths_converge_at_strong_order_one(seed):
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5) + 0.3 * ls.Brownian(), 0.5)
    scheme, fine, ratios, n = ls.JumpAdapted(0.1), 1 / 512, (8, 16, 32, 64), 1000
    task = CoupledTask(sde, scheme, scheme, fine, ratios, 512, np.array([[-1.0]]), seed, 0, n)
    ends = fill_coupled(task, Control())
    assert np.array_equal(ends, fill_coupled(task, Control(), budget=7))
    alone = ls.simulate(sde, -1.0, t=1.0, dt=fine, n_paths=n, scheme=scheme, rng=seed).x[:, -1]
    assert np.array_equal(ends[0], alone)
    errors = np.abs(ends[1:, :, 0] - ends[0, :, 0])

    def slope(errors):
        return np.polyfit(np.log2(ratios), np.log2(np.median(errors, axis=1)), 1)[0]

    rng = np.random.default_rng(0)
    spread = np.std([slope(errors[:, rng.integers(n, size=n)]) for _ in range(100)])
    drift = 0.07  # what the next term of the error contributes between dt = 2^-6 and 2^-3, as in the battery
    assert abs(slope(errors) - 1) < Z * spread + drift
    assert abs(slope(errors) - 0.5) > Z * spread + drift
    with pytest.raises(ValueError, match="cannot be coupled"):
        fill_coupled(
            CoupledTask(sde, scheme, ls.Splitting(), fine, ratios, 512, np.array([[-1.0]]), 1, 0, 2), Control()
        )
