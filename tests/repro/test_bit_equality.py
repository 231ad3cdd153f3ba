"""A result is a function of (SDE, scheme, step, entropy, path ids): never of lanes, budgets, workers or chunks."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
import scipy.stats

import levysde as ls
from levysde.engine import exits as exit_engine
from levysde.engine import record as record_engine
from levysde.engine.pool import Control

ARRAYS = ("times", "exit_points", "pre_exit_points", "status", "path_ids")
LANES = (1, 7, 16, 64, 200, 256)


def tilted(x, params):
    return x[0] * x[0] * x[0] * x[0] / 4 - x[0] * x[0] / 2 + params[0] * x[1] * x[1] + 0.2 * x[0] * x[1]


def tilted_gradient(x, params, out):
    out[0] = x[0] * x[0] * x[0] - x[0] + 0.2 * x[1]
    out[1] = 2 * params[0] * x[1] + 0.2 * x[0]


LEFT = ls.Interval(-ls.inf, 0.0)
MUELLER = ls.MullerBrown()
TABLE = np.linspace(-2.0, 2.0, 41)

# name: (SDE, start, domain, dt, t_max); every landscape class, every noise, both drift forms, 1-D and N-d
CASES = {
    "double well": (ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5), -1.0, LEFT, 0.02, 8.0),
    "skewed": (ls.SDE(ls.DoubleWell(), ls.AlphaStable(0.8, 0.6), 0.3), -1.0, LEFT, 0.02, 8.0),
    "skewed, index one": (ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.0, -0.5), 0.3), -1.0, LEFT, 0.02, 8.0),
    "sum": (
        ls.SDE(ls.Polynomial([0, 0, -0.5, 0, 0.25]), 0.3 * ls.Brownian() + 0.2 * ls.AlphaStable(1.3, 0.5)),
        -1.0,
        LEFT,
        0.02,
        8.0,
    ),
    "tempered and jumps": (
        ls.SDE(ls.DoubleWell(), ls.TemperedStable(1.5, 1.0, 0.5) + ls.CompoundPoisson(2, scipy.stats.norm()), 0.5),
        -1.0,
        LEFT,
        0.02,
        8.0,
    ),
    "elliptical": (
        ls.SDE(ls.Quadratic(1.0, dim=2), ls.EllipticalStable(1.4, [[1.0, 0.5], [0.5, 2.0]])),
        [0.0, 0.0],
        ls.Ball([0.0, 0.0], 1.0),
        0.02,
        8.0,
    ),
    "wells": (ls.SDE(ls.MultiWell([-0.5, 0, 1.5], [-1, 0, -0.5]), ls.AlphaStable(1.5), 0.4), -0.5, LEFT, 0.01, 6.0),
    "table": (ls.SDE(ls.Tabulated(TABLE, TABLE**4 / 4 - TABLE**2 / 2), ls.Brownian(), 0.6), -1.0, LEFT, 0.02, 8.0),
    "entrance": (ls.SDE(ls.Quadratic(1.0), ls.Brownian()), 2.0, ~ls.Interval(-0.5, 0.5), 0.02, 8.0),
    "flat": (ls.SDE(ls.Flat(3), ls.IsotropicStable(1.2)), [0.0, 0.0, 0.0], ls.Ball([0.0, 0.0, 0.0], 1.0), 0.02, 8.0),
    "matrix": (
        ls.SDE(ls.Quadratic([[2.0, 0.5], [0.5, 1.0]]), ls.AlphaStable(1.7)),
        [0.0, 0.0],
        ls.Box([-1.0, -2.0], [1.0, 2.0]),
        0.02,
        8.0,
    ),
    "functions": (
        ls.SDE(ls.from_functions(tilted, tilted_gradient, dim=2, params=[1.5]), ls.IsotropicStable(1.5), 0.5),
        [-1.0, 0.0],
        ls.HalfSpace([1.0, 0.0], 0.0),
        0.02,
        8.0,
    ),
    "Müller-Brown": (
        ls.SDE(MUELLER, ls.IsotropicStable(1.6), 4.0),
        MUELLER.minima[0],
        ls.Ball(MUELLER.minima[0], 0.3),
        2e-4,
        0.05,
    ),
}
SCHEMES = (ls.EulerMaruyama(), ls.Splitting())


def same(a, b):
    return all(
        x.shape == y.shape and x.dtype == y.dtype and x.tobytes() == y.tobytes()
        for x, y in ((getattr(a, name), getattr(b, name)) for name in ARRAYS)
    )


def sample(name="double well", scheme=SCHEMES[1], n_paths=600, seed=1, **settings):
    sde, x0, domain, dt, t_max = CASES[name]
    arguments = {"dt": dt, "t_max": t_max, "scheme": scheme, "rng": seed} | settings
    return ls.first_exit(sde, x0, domain, n_paths=n_paths, **arguments)


def filled(name, scheme, *, lanes=256, budget=None, n_paths=300, seed=1):
    """Run the engine with a number of lanes and a call budget that no user can set."""
    sde, x0, domain, dt, t_max = CASES[name]
    start = np.reshape(np.asarray(x0, float), (1, -1))
    steps = round(t_max / dt)
    task = exit_engine.ExitTask(sde, scheme, dt, steps, domain, start, seed, 0, n_paths)
    record = exit_engine.ExitRecord.empty(n_paths, sde.dim)
    exit_engine.fill(task, record, Control(), lanes=lanes, budget=budget)
    return b"".join(
        array.tobytes() for array in (record.times, record.exit_points, record.pre_exit_points, record.status)
    )


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: type(scheme).__name__)
def test_lanes_and_budgets_change_no_bit(name, scheme):
    reference = filled(name, scheme)
    for lanes in LANES[:-1]:
        assert filled(name, scheme, lanes=lanes) == reference, lanes
    for lanes, budget in ((256, 1), (256, 13), (64, 1000), (7, 50)):
        assert filled(name, scheme, lanes=lanes, budget=budget) == reference, (lanes, budget)
    assert filled(name, scheme, seed=2) != reference


@pytest.mark.parametrize("name", CASES)
def test_the_cases_hold_exits_and_not_only_censored_paths(name):
    assert (filled(name, SCHEMES[1]) != filled(name, SCHEMES[0])) == (name != "flat")
    assert sample(name, n_paths=300).n_exited >= 30


@pytest.mark.parametrize("name", ["double well", "functions"])
def test_threads_change_no_bit(name):
    one = sample(name, n_paths=1000)
    for workers in (2, 3, np.int64(2)):
        assert same(sample(name, n_paths=1000, workers=workers), one)


def test_a_foreign_thread_pool_changes_no_bit():
    with ThreadPoolExecutor(2) as pool:
        assert same(sample(workers=pool), sample())


def test_spawned_processes_change_no_bit():
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        for name in ("double well", "flat", "table"):
            assert same(sample(name, workers=pool), sample(name))
        sde = CASES["double well"][0]
        settings = {"t": 1.0, "dt": 0.01, "n_paths": 300, "rng": 3}
        assert ls.simulate(sde, 0.5, workers=pool, **settings).x.tobytes() == (
            ls.simulate(sde, 0.5, **settings).x.tobytes()
        )


@pytest.mark.parametrize("processes", [False, True], ids=["threads", "processes"])
def test_a_dask_cluster_changes_no_bit(processes):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=processes, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        with client.get_executor() as pool:
            for name in ("double well", "functions"):
                assert same(sample(name, workers=pool), sample(name))
        with pytest.raises(TypeError, match="get_executor"):
            sample(workers=client)


def test_a_sample_is_extended_and_joined_bit_for_bit(tmp_path):
    whole = sample(n_paths=500)
    pieces = [sample(n_paths=n, first_path=first) for first, n in ((0, 1), (1, 299), (300, 200))]
    assert same(ls.concat(pieces), whole)
    assert ls.concat(pieces) == whole
    assert same(ls.concat(reversed(pieces)), whole)
    path = pieces[0].save(tmp_path / "first")  # a crash, then another day
    assert ls.concat([ls.load(path), pieces[1], pieces[2]]) == whole


@pytest.mark.parametrize("workers", [1, 3])
def test_one_start_per_path_belongs_to_the_path_and_not_to_its_place(workers):
    starts = np.linspace(-1.5, -0.5, 600)
    sde, _, domain, dt, t_max = CASES["double well"]

    def run(chunk, first):
        settings = {"dt": dt, "t_max": t_max, "rng": 1, "workers": workers}
        return ls.first_exit(sde, starts[chunk], domain, n_paths=len(starts[chunk]), first_path=first, **settings)

    whole = run(slice(None), 0)
    joined = ls.concat([run(slice(0, 250), 0), run(slice(250, None), 250)])
    assert same(joined, whole)
    one = ls.first_exit(sde, starts[77], domain, n_paths=1, first_path=77, dt=dt, t_max=t_max, rng=1)
    assert one.times[0] == whole.times[77]
    assert not np.array_equal(whole.times, sample(n_paths=600).times)


def test_every_path_id_counts_once_and_its_neighbours_share_no_stream():
    found = sample(n_paths=2000, workers=3)
    assert np.array_equal(found.path_ids, np.arange(2000))
    assert len(np.unique(found.exit_points[found.status == 0])) == found.n_exited
    neighbour = sample(n_paths=2000, seed=2)
    assert not set(found.exit_points.ravel().tolist()) & set(neighbour.exit_points.ravel().tolist())


def test_an_rng_is_an_int_a_sequence_or_a_generator_that_is_consumed(rng):
    sequence = np.random.SeedSequence(5)
    assert same(sample(seed=sequence), sample(seed=np.random.SeedSequence(5)))
    first, second = sample(seed=rng), sample(seed=rng)
    assert not same(first, second)
    again = sample(seed=int(first.provenance["entropy"]))
    assert same(first, again)  # the provenance is enough to compute a result again


# Recorded paths -----------------------------------------------------------------------------------------------------


def paths(name, *, scheme=SCHEMES[1], seed=1, **settings):
    sde, x0, _, dt, _ = CASES[name]
    arguments = {"t": 60 * dt, "dt": dt, "n_paths": 300} | settings
    return ls.simulate(sde, x0, scheme=scheme, rng=seed, **arguments)


@pytest.mark.parametrize("name", CASES)
def test_recorded_paths_have_the_same_bits_for_any_workers_paths_and_saves(name):
    whole = paths(name).x
    assert whole.shape == (300, 61, CASES[name][0].dim)
    for workers in (2, 3):
        assert paths(name, workers=workers).x.tobytes() == whole.tobytes()
    assert paths(name, n_paths=11).x.tobytes() == whole[:11].tobytes()
    assert paths(name, n_paths=299).x.tobytes() == whole[:299].tobytes()
    for every in (2, 20, 60):
        assert paths(name, save_every=every).x.tobytes() == whole[:, ::every].tobytes()
    assert paths(name, t=30 * CASES[name][3]).x.tobytes() == whole[:, :31].tobytes()
    assert paths(name, seed=2).x.tobytes() != whole.tobytes()


@pytest.mark.parametrize("budget", [1, 7, 59, 1000])
def test_recorded_paths_have_the_same_bits_for_any_budget(budget):
    sde, x0, _, dt, _ = CASES["functions"]
    task = record_engine.RecordTask(sde, SCHEMES[1], dt, 60, 2, np.array([x0]), 1, 0, 40)
    saved = np.empty((40, 31, 2))
    assert record_engine.fill(task, saved, Control(), budget=budget)
    assert saved.tobytes() == paths("functions", n_paths=40, save_every=2).x.tobytes()


@pytest.mark.parametrize("name", ["double well", "flat"])
def test_an_exit_is_the_first_point_outside_of_the_recorded_path(name):
    sde, x0, domain, dt, t_max = CASES[name]
    record = ls.simulate(sde, x0, t=t_max, dt=dt, n_paths=40, scheme=SCHEMES[1], rng=1)
    found = sample(name, n_paths=40)
    for path in range(40):
        outside = np.flatnonzero(~domain.contains(record.x[path]))
        if found.status[path] == 1:
            assert not outside.size
            assert np.array_equal(found.pre_exit_points[path], record.x[path, -1])
            continue
        first = outside[0]
        assert found.times[path] == first * dt
        assert np.array_equal(found.exit_points[path], record.x[path, first])
        assert np.array_equal(found.pre_exit_points[path], record.x[path, first - 1])


def test_no_noise_draws_nothing_and_follows_the_flow():
    quiet = ls.SDE(ls.Quadratic(2.0), ls.AlphaStable(1.5), 0.0)
    x = ls.simulate(quiet, 1.0, t=1.0, dt=0.01, scheme=SCHEMES[1], n_paths=2, rng=1).x
    assert np.array_equal(x[0], x[1])
    assert x[0, -1, 0] == pytest.approx(np.exp(-2.0), rel=1e-13)
