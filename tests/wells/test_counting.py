"""Counted changes of well: every count by a second route, rates against theory and solver, indifference to workers."""

import math
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import levysde as ls
from levysde.engine.pool import Control
from levysde.engine.transitions import TransitionRecord, TransitionTask, fill
from levysde.wells.chapman_kolmogorov import ChapmanKolmogorov, lagged_counts
from levysde.wells.cores import cores_of

Z = 5.0
WELLS = ls.MultiWell(x=[-1.0, -0.4, 0.2, 1.0, 2.2], u=[-1, 0, -0.8, 0.1, -0.6])
ARRAYS = ("counts", "times", "ended", "squares", "labels", "path_ids")


def valley(x, params):
    return 0.25 * x[0] * x[0] * x[0] * x[0] - 0.5 * x[0] * x[0] + 0.5 * params[0] * x[1] * x[1]


def valley_slope(x, params, out):
    out[0] = x[0] * x[0] * x[0] - x[0]
    out[1] = params[0] * x[1]


PLANE = ls.from_functions(valley, valley_slope, dim=2, params=[3.0])
CASES = {
    "three wells": (ls.SDE(WELLS, 0.3 * ls.AlphaStable(1.3)), 0.004, 12.0),
    "plane": (ls.SDE(PLANE, 0.9 * ls.Brownian()), 0.02, 60.0),
    "mixed": (ls.SDE(ls.DoubleWell(), 0.3 * ls.AlphaStable(1.5, 0.5) + 0.5 * ls.Brownian()), 0.02, 40.0),
}


@pytest.mark.parametrize("name", CASES)
def test_every_count_by_a_second_route(name, seed):
    """The same paths, saved at every step by `simulate`, and the definition of a stay written out."""
    sde, dt, t = CASES[name]
    counts = ls.wells.count_transitions(sde, t=t, n_paths=12, dt=dt, save_every=7, rng=seed, scheme=ls.Splitting())
    steps = round(counts.t / dt)
    n = len(counts.minima)
    starts = counts.minima[np.arange(12) % n]
    x = ls.simulate(sde, starts, t=counts.t, dt=dt, n_paths=12, rng=seed, scheme=ls.Splitting()).x
    assert x.shape[1] == steps + 1
    if sde.dim == 1:
        cores = cores_of(sde.landscape, 0.5)
        inside = [(x[..., 0] >= cores.ends[k, 0]) & (x[..., 0] <= cores.ends[k, 1]) for k in range(n)]
    else:
        inside = [core.contains(x) for core in counts.cores]
    for path in range(12):
        last, began, stays = path % n, 0, []
        visited = np.argmax([where[path] for where in inside], axis=0)
        anywhere = np.any([where[path] for where in inside], axis=0)
        labels = [last]
        for step in range(1, steps + 1):
            if anywhere[step] and visited[step] != last:
                stays.append((last, visited[step], step - began))
                last, began = visited[step], step
            labels.append(last)
        np.testing.assert_array_equal(counts.labels[path], labels[::7])
        wanted = np.zeros((n, n), int)
        ended, squares, times = np.zeros(n), np.zeros(n), np.zeros(n)
        for i, j, length in stays:
            wanted[i, j] += 1
            ended[i] += length * dt
            squares[i] += (length * dt) ** 2
        times += ended
        times[last] += (steps - began) * dt
        squares[last] += ((steps - began) * dt) ** 2
        np.testing.assert_array_equal(counts.counts[path], wanted)
        np.testing.assert_allclose(counts.times[path], times, rtol=1e-12)
        np.testing.assert_allclose(counts.ended[path], ended, rtol=1e-12)
        np.testing.assert_allclose(counts.squares[path], squares, rtol=1e-12)
    assert counts.total_counts.sum() > 12
    assert counts.times.sum() == pytest.approx(12 * counts.t)


def test_neither_workers_nor_blocks_change_the_result(seed):
    sde, dt, _ = CASES["three wells"]
    ask = {"t": 8.0, "dt": dt, "rng": seed}
    one = ls.wells.count_transitions(sde, n_paths=70, **ask)
    with ThreadPoolExecutor(2) as pool:
        others = [ls.wells.count_transitions(sde, n_paths=70, workers=workers, **ask) for workers in (3, pool)]
    head, tail = (ls.wells.count_transitions(sde, n_paths=n, first_path=f, **ask) for f, n in ((0, 33), (33, 37)))
    for name in ARRAYS:
        for other in others:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        joined = np.concatenate([getattr(head, name), getattr(tail, name)])
        np.testing.assert_array_equal(getattr(one, name), joined)
    other = ls.wells.count_transitions(sde, n_paths=70, **(ask | {"rng": seed + 1}))
    assert not np.array_equal(one.labels, other.labels)


def test_neither_budget_nor_pickling_changes_the_result(seed):
    sde, dt, _ = CASES["plane"]
    cores = cores_of(sde.landscape, 0.5)
    start = np.array(sde.landscape.minima[np.arange(9) % 2])
    task = TransitionTask(sde, ls.Splitting(), dt, 600, 25, cores.centres, cores.ends, start, seed, 5, 9)
    records = []
    for budget in (None, 1, 37):
        record = TransitionRecord.empty(task)
        fill(pickle.loads(pickle.dumps(task)), record, Control(), budget=budget)
        records.append(record)
    for record in records[1:]:
        for a, b in zip(records[0]._arrays(), record._arrays(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_two_wells_against_the_solved_chain(seed):
    """Noise that is not small: the solver knows, the limit does not."""
    sde = ls.SDE(ls.MultiWell(x=[-0.5, 0, 1.5], u=[-1, 0, -0.5]), 0.15 * ls.AlphaStable(1.5))
    counts = ls.wells.count_transitions(sde, t=1000.0, n_paths=96, dt=0.002, rng=seed, workers=2)
    solved, limit = ls.wells.solve_chain(sde), ls.wells.chain(sde)
    error = counts.standard_error
    off = ~np.eye(2, dtype=bool)
    # what the ends of the watch leave: a relaxation time, 1/U'' = 0.75 of the wide well, over t, doubled
    slack = solved.error + 2 * 0.75 / counts.t * solved.generator
    assert np.all((np.abs(counts.generator - solved.generator) < Z * error + slack)[off])
    assert np.all((error < 0.1 * counts.generator)[off])
    for measured, exact in zip(counts.occupancy, solved.stationary, strict=True):
        assert abs(measured.value - exact) < Z * measured.standard_error + 0.01 * exact
    # negative controls: no c_alpha in the rates; occupancies from depths
    constant = math.gamma(2.5) * math.sin(0.75 * math.pi) / math.pi
    assert np.any((np.abs(counts.generator - limit.generator / constant) > Z * error + limit.error)[off])
    assert abs(counts.occupancy[0].value - 0.5) > Z * counts.occupancy[0].standard_error
    rows = counts.compare(limit, solved).rows()
    assert [row["law"] for row in rows] == [limit.law] * 2 + [solved.law] * 2
    assert abs(rows[2]["z"]) < Z + slack[0, 1] / error[0, 1]


def test_brownian_rates_against_the_solved_chain(seed):
    """Visits between two looks are missed, as if the cores ended 0.58 s sqrt(dt) farther in: solved for, as a bound."""
    dt, amplitude = 0.004, 0.55
    sde = ls.SDE(ls.DoubleWell(), amplitude * ls.Brownian())
    counts = ls.wells.count_transitions(sde, t=600.0, n_paths=64, dt=dt, rng=seed)
    solved = ls.wells.solve_chain(sde)
    farther = ls.wells.solve_chain(sde, core=0.5 - ls.theory.boundary_shift(sde.effective_noise, dt))
    off = ~np.eye(2, dtype=bool)
    ends = 2 * 0.5 / counts.t * solved.generator  # a relaxation time 1/U'' over t, doubled
    slack = solved.error + np.abs(farther.generator - solved.generator) + ends
    apart = np.abs(counts.generator - solved.generator)
    assert np.all((apart < Z * counts.standard_error + slack)[off])
    assert np.all((Z * counts.standard_error + slack < 0.5 * solved.generator)[off])
    # negative controls: a lost sqrt(2) of the noise, and times to the barrier instead of to the other well
    quiet = ls.wells.solve_chain(ls.SDE(ls.DoubleWell(), amplitude / math.sqrt(2) * ls.Brownian()))
    barrier = 1 / ls.theory.mean_exit_time(sde, -1.0, ls.Interval(-math.inf, 0.0)).value
    for wrong in (quiet.generator[0, 1], barrier):
        assert abs(counts.generator[0, 1] - wrong) > Z * counts.standard_error[0, 1] + slack[0, 1]


def test_skewed_noise_by_three_routes(seed):
    """Small jumps to the left push wells and barriers: the limit is a quarter off, says so, and the solver is right."""
    wells = ls.MultiWell(x=[-0.5, 0, 1.5], u=[-1, 0, -0.5])
    sde = ls.SDE(wells, 0.1 * ls.AlphaStable(0.7, -0.5))
    counts = ls.wells.count_transitions(sde, t=600.0, n_paths=64, dt=0.003, rng=seed, workers=2)
    solved, limit = ls.wells.solve_chain(sde), ls.wells.chain(sde)
    off = ~np.eye(2, dtype=bool)
    slack = solved.error + 2 * 0.75 / counts.t * solved.generator
    assert np.all((np.abs(counts.generator - solved.generator) < Z * counts.standard_error + slack)[off])
    assert np.all((np.abs(solved.generator - limit.generator) < 2 * limit.error)[off])
    # negative control: the same noise the other way round
    mirrored = ls.wells.chain(ls.SDE(wells, 0.1 * ls.AlphaStable(0.7, 0.5)))
    assert np.all((np.abs(counts.generator - mirrored.generator) > Z * counts.standard_error + 2 * mirrored.error)[off])


def test_three_wells_against_the_limit_of_small_noise(seed):
    sde = ls.SDE(WELLS, 0.05 * ls.AlphaStable(1.2))
    counts = ls.wells.count_transitions(sde, t=400.0, n_paths=96, rng=seed, dt=0.004, workers=2)
    limit = ls.wells.chain(sde)
    assert limit.valid
    off = ~np.eye(3, dtype=bool)
    apart = np.abs(counts.generator - limit.generator)
    assert np.all((apart < Z * counts.standard_error + 2 * limit.error)[off])
    constant = math.gamma(2.2) * math.sin(0.6 * math.pi) / math.pi
    wrong = np.abs(counts.generator - limit.generator / constant)
    assert np.any((wrong > Z * counts.standard_error + 2 * limit.error)[off])
    # a chain indeed: exponential stays, changes as in a Poisson process, P(2 lag) = P(lag)^2
    stays = counts.total_counts.sum(axis=1)
    assert np.all(np.abs(counts.stay_variation - 1) < Z / np.sqrt(stays) + 0.02)
    assert np.nanmax(np.abs(counts.overdispersion - 1)) < Z * math.sqrt(2 / 95) * 1.5
    check = counts.chapman_kolmogorov()
    assert np.nanmax(np.abs(check.z)) < Z
    assert "largest |z|" in str(check)


def _labels(rng, stay, n_paths=200, n_times=400):
    """Two wells with stays drawn by `stay`, as labels at the times 0, 1, ..."""
    labels = np.zeros((n_paths, n_times), np.int8)
    for path in range(n_paths):
        edges = np.cumsum(stay(n_times))
        labels[path] = np.searchsorted(edges, np.arange(n_times) + rng.random()) % 2
    return labels


def test_chapman_kolmogorov_tells_a_chain_from_clockwork(rng):
    def worst(labels, lag):
        once, twice = (lagged_counts(labels, k * lag, 2) for k in (1, 2))
        assert once.sum() == labels.shape[0] * (labels.shape[1] - lag)
        return np.max(np.abs(ChapmanKolmogorov.of(once, twice, float(lag), rng).z))

    assert worst(_labels(rng, lambda n: rng.exponential(8.0, n)), 3) < Z
    # negative control: stays of gamma law, less random than exponential
    assert worst(_labels(rng, lambda n: rng.gamma(4.0, 2.0, n)), 3) > Z


def test_errors_cover(rng):
    """Standard errors of rates and occupancy, from paths of a known chain, against the spread over repetitions."""
    times, changes = rng.gamma(20.0, 1.0, (2000, 2)), np.zeros((2000, 2, 2), int)
    rates = np.array([[0, 0.7], [0.3, 0]])
    changes[:, 0, 1], changes[:, 1, 0] = rng.poisson(0.7 * times[:, 0]), rng.poisson(0.3 * times[:, 1])
    extra = rng.poisson(2.0, 2000)  # a burst in both directions: more dispersed than Poisson
    wild = changes + 3 * (extra - 2)[:, None, None] * np.array([[0, 1], [1, 0]])
    for counts, dispersed in ((changes, False), (wild, True)):
        z, share, over = [], [], []
        for part in np.split(np.arange(2000), 20):
            found = _result(counts[part], times[part])
            z.append((found.generator - rates)[0, 1] / found.standard_error[0, 1])
            share.append((found.occupancy[0].value - 0.3) / found.occupancy[0].standard_error)
            over.append(found.overdispersion[0, 1])
        for scores in (z, share):
            assert abs(np.sum(np.square(scores)) - 20) < Z * math.sqrt(2 * 20) + 2
        assert (np.mean(over) > 1.5) == dispersed


def _result(counts, times):
    n = len(counts)
    labels = np.zeros((n, 2), np.int8)
    origin = {"entropy": "0"}
    ids = np.arange(n)
    minima, cores = np.array([[-1.0], [1.0]]), (ls.Interval(-1.5, -0.5), ls.Interval(0.5, 1.5))
    return ls.wells.TransitionCounts(
        minima, cores, counts, times, times, times**2, labels, 1.0, 0.1, 40.0, 0, ids, origin
    )


def test_estimates_and_their_words(seed):
    sde, dt, _ = CASES["three wells"]
    counts = ls.wells.count_transitions(sde, t=30.0, n_paths=40, dt=dt, rng=seed)
    rate = counts.rate(0, 1)
    assert rate.value == counts.generator[0, 1]
    assert rate.n == 40
    assert rate.interval[0] < rate.value < rate.interval[1]
    assert sum(share.value for share in counts.time_share) == pytest.approx(1)
    chain = counts.chain()
    assert chain.valid
    np.testing.assert_array_equal(chain.error, counts.standard_error)
    assert "changes between cores" in str(chain)
    table = counts.compare(ls.wells.chain(ls.SDE(WELLS, 0.8 * ls.AlphaStable(1.3)))).table()
    assert "0 -> 2" in table
    assert "not valid" in table
    assert counts.provenance["settings"]["cores"][1] == repr(counts.cores[1])
    assert "core" in counts.provenance["rules"]
    with pytest.raises(IndexError, match="3 wells"):
        counts.rate(0, 3)
    with pytest.raises(ValueError, match="two different"):
        counts.rate(1, 1)
    with pytest.raises(TypeError, match="as of wells"):
        counts.compare(sde)
    with pytest.raises(ValueError, match="chain of 2 wells"):
        counts.compare(ls.wells.chain(CASES["mixed"][0]))
    with pytest.raises(ValueError, match="give a lag of at most"):
        counts.chapman_kolmogorov(25.0)
    assert counts.chapman_kolmogorov(4 * counts.lag).lag == pytest.approx(4 * counts.lag)


def test_a_well_that_is_never_left(seed):
    sde = ls.SDE(ls.DoubleWell(), 0.05 * ls.Brownian())
    counts = ls.wells.count_transitions(sde, t=5.0, n_paths=4, dt=0.05, rng=seed)
    assert counts.total_counts.sum() == 0
    assert np.all(counts.standard_error[~np.eye(2, dtype=bool)] == 1 / counts.total_times)
    assert not counts.chain().valid
    assert math.isnan(counts.occupancy[0].value)
    with pytest.raises(ValueError, match="no change of well"):
        counts.chapman_kolmogorov()


def test_bad_questions():
    sde = CASES["three wells"][0]
    for kind, words, arguments in (
        (TypeError, "pass an SDE", {"sde": WELLS}),
        (ValueError, "need 2 to 127", {"sde": ls.SDE(ls.Quadratic(), ls.Brownian())}),
        (ValueError, "falls without end", {"sde": ls.SDE(ls.Polynomial([0, -1.0, 0, 1.0]), ls.Brownian())}),
        (TypeError, "takes no domain", {"x0": WELLS.basin(0)}),
        (ValueError, "core=0", {"core": 0.0}),
        (ValueError, "n_paths=1", {"n_paths": 1}),
        (ValueError, "x0 holds 3 points", {"x0": [0.0, 0.1, 0.2]}),
        (ValueError, "t=-1", {"t": -1.0}),
        (ValueError, "dt=0", {"dt": 0.0}),
        (TypeError, "rng=", {"rng": "seed"}),
        (TypeError, "is not a scheme", {"scheme": 3}),
        (ValueError, "loop of its own", {"scheme": ls.JumpAdapted()}),
    ):
        ask = {"sde": sde, "t": 1.0, "n_paths": 20} | arguments
        with pytest.raises(kind, match=words):
            ls.wells.count_transitions(ask.pop("sde"), ask.pop("x0", None), **ask)


def test_lost_paths_count_until_they_are_lost(seed):
    sde = ls.SDE(ls.DoubleWell(), 1.5 * ls.AlphaStable(0.8))
    with pytest.warns(RuntimeWarning, match="became non-finite"):
        counts = ls.wells.count_transitions(
            sde, t=40.0, n_paths=30, dt=0.05, scheme=ls.EulerMaruyama(), save_every=1, rng=seed
        )
    assert counts.n_nonfinite == np.count_nonzero(counts.labels[:, -1] == -2) > 0
    kept = (counts.labels[:, 1:] >= 0).sum(axis=1) * 0.05
    np.testing.assert_allclose(counts.times.sum(axis=1), kept, rtol=1e-12)


def test_ctrl_c_keeps_what_there_is(seed):
    def stop(done, total):
        if done:
            raise KeyboardInterrupt

    sde = CASES["three wells"][0]
    with pytest.warns(RuntimeWarning, match="Ctrl-C"):
        counts = ls.wells.count_transitions(sde, t=1e5, n_paths=300, dt=0.004, rng=seed, progress=stop)
    assert "Ctrl-C" in counts.provenance["partial"]
    assert 0 < counts.times.sum() < 300 * 1e5
    assert counts.n_paths in (150, 300)
    assert np.all(np.isfinite(counts.generator))
