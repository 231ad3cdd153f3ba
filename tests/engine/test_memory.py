"""Exits of ten million paths stay within a gigabyte in one and two dimensions; a recorded path keeps what was asked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import levysde as ls

ROOT = Path(ls.__file__).parents[1]
pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's account of memory")

BUDGET = 1e9 / 1e7  # bytes a path

MEASURE = """
import sys
import levysde as ls

def memory(name):  # VmHWM is this program's peak; ru_maxrss would be that of the process which started it, too
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(name)).split()[1])
"""
CODE = (
    MEASURE
    + """
def run(n, dim):
    sde = ls.SDE(ls.Flat(dim), 3.0 * ls.AlphaStable(0.8))
    domain = ls.Interval(-1.0, 1.0) if dim == 1 else ls.Ball([0.0, 0.0], 1.0)
    sample = ls.first_exit(sde, [0.0] * dim, domain, n_paths=n, dt=0.1, t_max=10.0, rng=1, workers=2)
    assert sample.n_exited == n
    return sample

n, dim = int(sys.argv[1]), int(sys.argv[2])
run(1000, dim)
before = memory("VmRSS")
sample = run(n, dim)
sample.mean()
print(memory("VmHWM") - before)
"""
)

RECORD = (
    MEASURE
    + """
n, dim = 256, 1
sde = ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.5)
settings = dict(dt=0.01, n_paths=n, rng=1)
ls.simulate(sde, -1.0, t=1.0, **settings)
before = memory("VmRSS")
ls.simulate(sde, -1.0, t=1000.0, save_every=int(sys.argv[1]), **settings)
print(memory("VmHWM") - before)
"""
)


def measured(code, *arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)
    assert found.returncode == 0, found.stderr
    return float(found.stdout)


@pytest.mark.parametrize("dim", [1, 2])
def test_a_million_exits_stay_within_their_share_of_a_gigabyte(dim):
    bare = 8 + 16 * dim + 1 + 8  # times, two points, status, id
    used = measured(CODE, 10**6, dim)
    assert bare * 10**6 * 0.8 < used < BUDGET * 10**6  # below the bare arrays the measurement would be broken


@pytest.mark.slow
@pytest.mark.parametrize("dim", [1, 2])
def test_ten_million_exits_stay_within_a_gigabyte(dim):
    assert measured(CODE, 10**7, dim) < 1e9


def test_recorded_paths_take_the_memory_of_what_is_kept():
    everything = 256 * 100_000 * 8
    assert measured(RECORD, 50_000) < 0.3 * everything
    assert measured(RECORD, 1) > 0.9 * everything  # the control
