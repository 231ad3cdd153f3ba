"""Blocks that were compiled in different processes must not take each other's place when a third loads both.

Numba numbers the symbols of a process from 1. Two closures of one factory, each compiled first thing in a process of
its own, used to get the same symbol; a process that loaded both from the disk cache then ran the second in place of the
first, without a word: an Euler step used the drift flow for the gradient, and mean exit times were six times too short.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import json, sys
import numpy as np
import levysde as ls

def slope(factor):
    def potential(x, params):
        return 0.5 * factor * x * x
    def gradient(x, params):
        total = 0.0
        for k in range(40):  # long enough to be a symbol of its own
            total += factor * x / 40.0
        return total
    return ls.from_functions(potential, gradient, dim=1)

landscapes = {
    "wells": ls.MultiWell(x=[-0.5, 0, 1.5], u=[-2, 0, -0.5]),
    "soft": slope(1.0),
    "stiff": slope(3.0),
}
found = []
for word in sys.argv[1:]:
    name, scheme = word.split(":")
    sde = ls.SDE(landscapes[name], 0.1 * ls.AlphaStable(1.5))
    paths = ls.simulate(sde, -0.4, t=1.0, dt=1e-2, n_paths=3, scheme=getattr(ls, scheme)(), rng=1)
    found.append(paths.x[:, -1, 0].tolist())
print(json.dumps(found))
"""


def run(folder: Path, cache: str, *words: str) -> list[list[float]]:
    script = folder / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / cache)}
    done = subprocess.run(
        [sys.executable, str(script), *words], env=environment, capture_output=True, text=True, check=True
    )
    found: list[list[float]] = json.loads(done.stdout)
    return found


def test_blocks_compiled_in_different_processes_keep_apart(tmp_path: Path) -> None:
    words = ["wells:EulerMaruyama", "wells:Splitting", "soft:EulerMaruyama", "stiff:EulerMaruyama"]
    alone = [run(tmp_path, "shared", word)[0] for word in words]
    together = run(tmp_path, "shared", *words, *words)  # the first again, after the others were loaded
    assert together == alone + alone


KERNEL = """
import numpy as np
from levysde._jit import Vector, kernel, void
from helper import added

@kernel(void(Vector))
def shift(x):
    for i in range(x.size):
        x[i] = added(x[i])

x = np.zeros(2)
shift(x)
print(x[0])
"""
HELPER = """
from levysde._jit import inline

@inline
def added(value):
    return value + {amount}
"""


def test_a_kernel_notices_that_a_helper_in_another_file_was_edited(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    (tmp_path / "main.py").write_text(KERNEL, encoding="utf-8")
    found = []
    for amount in ("1.0", "1.0", "2.0"):
        (tmp_path / "helper.py").write_text(HELPER.format(amount=amount), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(tmp_path / "main.py")], env=environment, capture_output=True, text=True, check=True
        )
        found.append(float(done.stdout))
    assert found == [1.0, 1.0, 2.0]
