"""Ctrl-C and failing workers: what is finished comes back, marked partial and without length bias."""

import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.engine import exits as exit_engine
from levysde.engine import pool

ROOT = Path(ls.__file__).parents[1]
WELL = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.3)
LEFT = ls.Interval(-ls.inf, 0.0)

PROLOGUE = """
import json, sys, time, warnings
import levysde as ls
sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.3)
left = ls.Interval(-ls.inf, 0.0)
begun = []
def progress(done, total):
    if not begun:
        begun.append(done)
        print("running", flush=True)
"""
EXITS = """
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    sample = ls.first_exit(sde, -1.0, left, n_paths=100_000_000 // 4, dt=0.01, rng=1, workers={}, progress=progress)
ended = time.time()
once = [path for path, n in zip(*__import__("numpy").unique(sample.path_ids, return_counts=True)) if n == 1]
print(json.dumps({{
    "ended": ended, "partial": sample.provenance.get("partial"), "n": sample.n_paths, "unique": len(once),
    "censored": sample.n_censored, "exited": sample.n_exited,
    "oldest": float(sample.times[sample.status == 1].max()), "t_max": sample.t_max,
    "mean": sample.mean().value, "error": sample.mean().standard_error,
    "warnings": [[w.category.__name__, str(w.message)] for w in caught],
}}))
"""
PATHS = """
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    found = ls.simulate(sde, -1.0, t=500_000.0, dt=0.01, n_paths=2000, save_every=1_000_000, rng=1, progress=progress)
print(json.dumps({
    "ended": time.time(), "partial": found.provenance.get("partial"), "n": found.n_paths,
    "whole": bool((found.x == found.x).all()), "warnings": [[w.category.__name__, str(w.message)] for w in caught],
}))
"""
COMPILING = """
import levysde._jit as jit
def slow(*arguments):
    print("running", flush=True)
    time.sleep(60)
jit._compile = slow
try:
    ls.first_exit(sde, -1.0, left, n_paths=1000, dt=0.01, rng=1)
except KeyboardInterrupt:
    print(json.dumps({"ended": time.time()}))
"""


def interrupted(code, *, after):
    """Run code and send it SIGINT `after` seconds of work; returns what it prints and its reaction time."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROLOGUE + code]
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores Ctrl-C
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == "running\n", child.stderr.read()
        time.sleep(after)
        sent = time.time()
        child.send_signal(signal.SIGINT)
        printed, complaint = child.communicate(timeout=60)
    assert child.returncode == 0, complaint
    found = json.loads(printed)
    return found, found["ended"] - sent


@pytest.fixture(scope="module")
def compiled():
    """Fill the disk cache, so that the interrupted processes are not caught compiling."""
    ls.first_exit(WELL, -1.0, LEFT, n_paths=10, dt=0.01, t_max=0.1, rng=1)
    ls.simulate(WELL, -1.0, t=0.1, dt=0.01, rng=1)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_hands_back_exits_without_length_bias(workers):
    found, reaction = interrupted(EXITS.format(workers), after=1.5)
    assert reaction < 2.0  # a second, and what two busy cores add
    assert found["partial"] == "interrupted by Ctrl-C"
    assert [w for w in found["warnings"] if w[0] == "RuntimeWarning" and "marked partial" in w[1]] == found["warnings"]
    assert found["unique"] == found["n"] == found["exited"] + found["censored"]
    assert 0 < found["censored"] <= 256 * workers  # the paths under way
    assert 0 < found["oldest"] < found["t_max"]  # at their age, not at the end of the watch
    full = ls.first_exit(WELL, -1.0, LEFT, n_paths=10_000, dt=0.01, rng=2).mean()
    assert abs(found["mean"] - full.value) < 5 * math.hypot(found["error"], full.standard_error)


@pytest.mark.usefixtures("compiled")
def test_ctrl_c_hands_back_the_finished_recorded_paths():
    found, reaction = interrupted(PATHS, after=1.0)
    assert reaction < 2.0
    assert found["partial"] == "interrupted by Ctrl-C"
    assert found["n"] < 2000
    assert found["n"] % 256 == 0
    assert found["whole"]
    assert [w[0] for w in found["warnings"]] == ["RuntimeWarning"]


def test_ctrl_c_while_compiling_stops_at_once():
    _, reaction = interrupted(COMPILING, after=0.3)
    assert reaction < 2.0


def stopped_sample(seed, n_paths, pause):
    """Stop one block from outside after a pause, as Ctrl-C does, and return it as a sample."""
    task = exit_engine.ExitTask(WELL, ls.Splitting(), 0.01, 10**6, LEFT, np.array([[-1.0]]), seed, 0, n_paths)
    record = exit_engine.ExitRecord.empty(n_paths, 1)
    control = pool.Control()
    timer = threading.Timer(pause, control.stop.set)
    timer.start()
    exit_engine.fill(task, record, control, budget=500)
    timer.cancel()
    keep = record.status != exit_engine.PENDING
    return ls.ExitSample(
        record.times[keep],
        record.exit_points[keep],
        record.pre_exit_points[keep],
        record.status[keep].astype(np.int8),
        np.flatnonzero(keep),
        0.01,
        1e4,
        {},
    )


def test_the_partial_mean_is_right_and_dropping_the_paths_under_way_would_be_wrong(rng):
    """With 256 lanes and few exits per lane, the exits alone are the short ones."""
    full = ls.first_exit(WELL, -1.0, LEFT, n_paths=20_000, dt=0.01, rng=rng).mean()
    found = stopped_sample(int(rng.integers(2**32)), 10**6, 0.15)
    assert found.n_censored > 100
    partial = found.mean(model="exponential")
    assert abs(partial.value - full.value) < 5 * math.hypot(partial.standard_error, full.standard_error)
    naive = found.exited_times
    if naive.size < 20 * 256:  # the control: visible as long as the run was short
        assert naive.mean() < full.value


def test_a_partial_sample_agrees_bit_for_bit_with_the_whole_one_where_it_is_finished():
    found = stopped_sample(7, 3000, 0.05)
    whole = ls.first_exit(WELL, -1.0, LEFT, n_paths=3000, dt=0.01, t_max=1e4, scheme=ls.Splitting(), rng=7)
    done = found.status == 0
    ids = found.path_ids[done]
    assert found.times[done].tobytes() == whole.times[ids].tobytes()
    assert found.exit_points[done].tobytes() == whole.exit_points[ids].tobytes()
    under_way = found.status == 1
    assert np.all(found.times[under_way] <= whole.times[found.path_ids[under_way]])
    assert np.all(np.isnan(found.exit_points[under_way]))
    assert np.all(LEFT.contains(found.pre_exit_points[under_way]))


def test_ctrl_c_with_a_foreign_executor_keeps_the_finished_blocks():
    class Interrupting:
        """The third look at the progress is met by Ctrl-C."""

        looks = 0

        def __call__(self, done, total):
            self.looks += done >= 600
            if self.looks == 1:
                raise KeyboardInterrupt

    class Slow(ThreadPoolExecutor):
        def submit(self, fn, /, task):
            def late(task):
                if task.first >= 750:
                    time.sleep(0.5)
                return fn(task)

            return super().submit(late, task)

    with Slow(1) as workers, pytest.warns(RuntimeWarning, match=r"interrupted by Ctrl-C: the result holds \d+ of 1000"):
        found = ls.first_exit(
            WELL, -1.0, LEFT, n_paths=1000, dt=0.01, t_max=20.0, rng=1, workers=workers, progress=Interrupting()
        )
    whole = ls.first_exit(WELL, -1.0, LEFT, n_paths=1000, dt=0.01, t_max=20.0, rng=1)
    assert found.provenance["partial"] == "interrupted by Ctrl-C"
    assert 0 < found.n_paths < 1000
    assert found.times.tobytes() == whole.times[found.path_ids].tobytes()


class Failing(Executor):
    """Runs at once, and fails where it is told to."""

    def __init__(self, failures):
        self.failures, self.calls = failures, 0

    def submit(self, fn, /, *args):
        future = Future()
        number, self.calls = self.calls, self.calls + 1
        if number in self.failures:
            future.set_exception(OSError(f"node {number} is gone"))
        else:
            future.set_result(fn(*args))
        return future


def test_a_failing_foreign_worker_costs_its_own_paths_only():
    settings = {"n_paths": 1024, "dt": 0.01, "t_max": 20.0, "rng": 1}
    with pytest.warns(RuntimeWarning, match=r"some workers failed \(OSError: node 1 is gone\): .* 768 of 1024"):
        found = ls.first_exit(WELL, -1.0, LEFT, workers=Failing({1}), **settings)
    whole = ls.first_exit(WELL, -1.0, LEFT, **settings)
    assert "OSError" in found.provenance["partial"]
    assert found.path_ids.tolist() == [*range(256), *range(512, 1024)]
    assert found.times.tobytes() == whole.times[found.path_ids].tobytes()
    missing = ls.first_exit(WELL, -1.0, LEFT, first_path=256, **settings | {"n_paths": 256})
    joined = ls.concat([found, missing])  # what was lost is made up for
    assert joined.times.tobytes() == whole.times.tobytes()

    with pytest.warns(RuntimeWarning, match="some workers failed"):
        paths = ls.simulate(WELL, -1.0, t=0.1, dt=0.01, n_paths=600, rng=1, workers=Failing({0}))
    assert paths.path_ids.tolist() == list(range(256, 600))


def test_when_every_foreign_worker_fails_the_error_is_raised():
    with pytest.raises(OSError, match="node 0 is gone"):
        ls.first_exit(WELL, -1.0, LEFT, n_paths=1000, dt=0.01, t_max=1.0, rng=1, workers=Failing(set(range(99))))


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_on_a_thread_of_ours_is_raised_and_stops_the_others(workers, monkeypatch):
    original = exit_engine.fill

    def fill(task, record, control, **settings):
        if task.first + task.n == 3000:
            raise ZeroDivisionError("in the last block")
        original(task, record, control, **settings)

    monkeypatch.setattr(exit_engine, "fill", fill)
    quiet = ls.SDE(ls.DoubleWell(), ls.Brownian(), 1e-3)
    began = time.perf_counter()
    with pytest.raises(ZeroDivisionError, match="last block"):  # the others would take hours
        ls.first_exit(quiet, -1.0, LEFT, n_paths=3000, dt=0.01, t_max=1e9, rng=1, workers=workers)
    assert time.perf_counter() - began < 10
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("levysde")]


def test_an_error_in_the_progress_function_is_raised_and_stops_the_threads():
    def progress(done, total):
        raise LookupError("no terminal")

    quiet = ls.SDE(ls.DoubleWell(), ls.Brownian(), 1e-3)
    with pytest.raises(LookupError, match="no terminal"):
        ls.first_exit(quiet, -1.0, LEFT, n_paths=600, dt=0.01, t_max=1e9, rng=1, workers=2, progress=progress)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("levysde")]
