"""Bits do not depend on the process: without the compiler, with another hash seed or number of BLAS threads."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import levysde

HERE = Path(__file__).parent
ROOT = Path(levysde.__file__).parents[1]


@cache
def digests(**environment):
    everything = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    command = [sys.executable, "-W", "error", str(HERE / "digests.py")]
    found = subprocess.run(command, env=everything, capture_output=True, text=True, timeout=300)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def test_the_problems_differ_and_a_second_process_repeats_them():
    found = digests()
    assert len(found) > 60
    assert digests(PYTHONHASHSEED="7") == found
    same_drift = {key for key in found if key.startswith("isotropic") or "simulate" in key}
    exits = [value for key, value in found.items() if key not in same_drift]
    assert len(set(exits)) == len(exits)


def test_without_the_compiler_every_bit_is_the_same():
    plain = digests(NUMBA_DISABLE_JIT="1")
    jitted = digests()
    assert {key for key in jitted if jitted[key] != plain[key]} == set()


def test_the_number_of_blas_threads_changes_no_bit():
    one = digests(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    two = digests(OMP_NUM_THREADS="2", OPENBLAS_NUM_THREADS="2", MKL_NUM_THREADS="2")
    assert {key for key in two if two[key] != one[key]} == set()
