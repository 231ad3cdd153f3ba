"""Functions of a user: compiled once, found again by a new process, and never stale after an edit."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde import _jit
from levysde.kernels.exits import exits

ROOT = Path(ls.__file__).parents[1]

SCRIPT = """
import levysde as ls

RATE = 1.0
CURVE = (1.0, 2.0)

def helper(x):
    return RATE * CURVE[0] * x

def potential(x, params):
    return 0.5 * RATE * CURVE[0] * x * x

def gradient(x, params):
    return helper(x)

def run():
    landscape = ls.from_functions(potential, gradient)
    quiet = ls.SDE(landscape, ls.Brownian(), 0.0)
    return ls.simulate(quiet, 1.0, t=1.0, dt=0.5, scheme=ls.EulerMaruyama(), rng=1).x[0, -1, 0]

if __name__ == "__main__":
    print(run())
"""


@pytest.fixture
def workshop(tmp_path):
    """Return a function that runs a script in a new process, and one that lists the compiled files of the cache."""
    # links into the common one, which is not written to: tests that run at the same time compile too
    cache = tmp_path / "cache"
    common = Path(os.environ["NUMBA_CACHE_DIR"]).absolute()
    shutil.copytree(common, cache, copy_function=os.symlink, ignore=shutil.ignore_patterns("*.tmp*"))

    def run(*arguments):
        environment = os.environ | {
            "NUMBA_CACHE_DIR": str(cache),
            "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}",
            "PYTHONDONTWRITEBYTECODE": "1",  # two edits within one second must not meet a stale .pyc
        }
        command = [sys.executable, "-W", "error", *arguments]
        found = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert found.returncode == 0, found.stderr
        return [float(word) for word in found.stdout.split()]

    def compiled():
        return {path.name for path in cache.rglob("*.nbc")}

    return run, compiled


def test_edits_are_honoured_and_what_is_unchanged_is_loaded(workshop, tmp_path):
    run, compiled = workshop
    script = tmp_path / "mine.py"
    script.write_text(SCRIPT)
    assert run("mine.py") == [0.25]  # two Euler steps of x' = -x
    first = compiled()
    assert run("mine.py") == [0.25]
    assert compiled() == first  # from __main__: nothing compiled again
    assert run("-c", "import mine; print(mine.run())") == [0.25]
    imported = compiled()
    assert run("-c", "import mine; print(mine.run())") == [0.25]
    assert compiled() == imported  # from a module: nothing compiled again

    edits = {
        "constant": SCRIPT.replace("RATE = 1.0", "RATE = 0.5"),
        "tuple": SCRIPT.replace("(1.0, 2.0)", "(0.5, 2.0)"),
        "helper": SCRIPT.replace("return RATE * CURVE[0] * x\n", "return 0.5 * x\n").replace(
            "0.5 * RATE", "0.25 * RATE"
        ),
        "function": SCRIPT.replace("return helper(x)", "return 0.5 * helper(x)").replace("0.5 * RATE", "0.25 * RATE"),
    }
    for edited in edits.values():
        script.write_text(edited)
        assert run("mine.py") == [0.5625]
        assert run("-c", "import mine; print(mine.run())") == [0.5625]
    again = compiled()
    assert run("mine.py") == [0.5625]
    script.write_text(SCRIPT)
    assert run("mine.py") == [0.25]
    assert compiled() == again


NOTEBOOK = """
import types
import levysde as ls
import tools

RATE = 1.0

def helper(x):
    return RATE * x

def gradient(x, params):
    return helper(x)

def far_gradient(x, params):
    return tools.deep.factor(x) * x

def run(slope):
    def potential(x, params):
        return slope * 0.5 * x * x
    landscape = ls.from_functions(potential, chosen)
    quiet = ls.SDE(landscape, ls.Brownian(), 0.0)
    print(ls.simulate(quiet, 1.0, t=1.0, dt=0.5, scheme=ls.EulerMaruyama(), rng=1).x[0, -1, 0])

chosen = gradient
run(1.0)
RATE = 0.5          # the same function object, another meaning
run(0.5)
def helper(x):      # the cell with the helper is run again, that with the gradient is not
    return 1.5 * x
run(1.5)
chosen = far_gradient
run(1.0)
"""


def test_a_cell_that_is_run_again_changes_what_is_computed(workshop, tmp_path):
    """Numba keeps what it compiled for a function object, so that the first meaning would stay for ever."""
    run, compiled = workshop
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "__init__.py").write_text("import tools.deep\n")
    (tmp_path / "tools" / "deep.py").write_text("def factor(x):\n    return 1.0\n")
    (tmp_path / "cells.py").write_text(NOTEBOOK)
    assert run("cells.py") == [0.25, 0.5625, 0.0625, 0.25]
    first = compiled()
    assert run("cells.py") == [0.25, 0.5625, 0.0625, 0.25]
    assert compiled() == first
    # and the new meaning was not stored for the old one, nor the old one for the new
    (tmp_path / "cells.py").write_text(NOTEBOOK.replace("RATE = 1.0", "RATE = 0.5").replace("run(1.0)", "run(0.5)", 1))
    assert run("cells.py")[:2] == [0.5625, 0.5625]
    # a helper that is reached through modules of modules, edited
    (tmp_path / "tools" / "deep.py").write_text("def factor(x):\n    return 0.5\n")
    (tmp_path / "cells.py").write_text(
        NOTEBOOK.replace("chosen = far_gradient\nrun(1.0)", "chosen = far_gradient\nrun(0.5)")
    )
    assert run("cells.py")[3] == 0.5625


VERSIONS = '''
import math
import sys
import levysde as ls

SOURCE = """
def gradient(x, params):
    total = 0.0
    for k in range(50):  # too long to be inlined: its symbol matters
        y = x
        for j in range(k):
            if math.sin(y) > 2.0:
                total += math.cos(y) * math.exp(-y * y) + math.log(1 + y * y)
            elif math.sin(y) > 1.5:
                total += math.tan(y) * math.atan(-y * y) + math.tanh(1 + y * y)
            y = y * 0.5
    return {rate} * x + total

def potential(x, params):
    return {rate} * 0.5 * x * x
"""
for rate in sys.argv[1:]:
    exec(SOURCE.format(rate=rate))
    quiet = ls.SDE(ls.from_functions(potential, gradient), ls.Brownian(), 0.0)
    print(ls.simulate(quiet, 1.0, t=1.0, dt=0.5, scheme=ls.EulerMaruyama(), rng=1).x[0, -1, 0])
'''


def test_two_versions_compiled_by_two_processes_are_told_apart_by_a_third(workshop, tmp_path):
    """Both carry the name `gradient` and the count that Numba starts anew in each process."""
    run, compiled = workshop
    (tmp_path / "versions.py").write_text(VERSIONS)
    assert run("versions.py", "1.0") == [0.25]
    assert run("versions.py", "0.5") == [0.5625]
    first = compiled()
    assert run("versions.py", "1.0", "0.5") == [0.25, 0.5625]
    assert run("versions.py", "0.5", "1.0") == [0.5625, 0.25]
    assert compiled() == first


def quartic(x, params):
    return params[0] * x * x * x * x / 4 - params[1] * x * x / 2


def quartic_gradient(x, params):
    return params[0] * x * x * x - params[1] * x


def test_a_new_alpha_amplitude_or_parameter_compiles_nothing(monkeypatch):
    compiled = []
    original = _jit._compile
    monkeypatch.setattr(_jit, "_compile", lambda *arguments: compiled.append(arguments) or original(*arguments))

    def run(alpha, epsilon, params, end):
        sde = ls.SDE(ls.from_functions(quartic, quartic_gradient, params=params), ls.AlphaStable(alpha), epsilon)
        return ls.first_exit(sde, -1.0, ls.Interval(-9.0, end), n_paths=300, dt=0.02, t_max=2.0, rng=1)

    one = run(1.5, 0.5, [1.0, 1.0], 0.0)
    compiled.clear()
    others = [run(1.5, 0.5, [1.0, 1.1], 0.0), run(1.2, 0.5, [1.0, 1.0], 0.0), run(1.5, 0.6, [1.0, 1.0], 0.1)]
    assert compiled == []
    assert all(not np.array_equal(other.times, one.times) for other in others)
    run(1.3, 0.5, [2.0, 1.0], 0.2).mean(model="exponential")
    for well in (ls.DoubleWell(1.0), ls.DoubleWell(2.0), ls.DoubleWell(3.0)):
        ls.simulate(ls.SDE(well, 0.1 * ls.Brownian() + ls.AlphaStable(1.9)), 0.0, t=0.1, dt=0.01, rng=1)
    assert len(compiled) <= 3  # at most the flow of the double well and the two loops of `simulate`, each once


def test_kernels_keep_one_specialisation():
    for epsilon in (0.1, 0.2, 0.3):
        sde = ls.SDE(ls.DoubleWell(1 + epsilon), ls.AlphaStable(1.5), epsilon)
        ls.first_exit(sde, -1.0, ls.Interval(-9.0, 0.0), n_paths=3, dt=0.02, t_max=2.0, rng=1)
    assert len(exits.compiled.signatures) == 1


def kinked(x, params):
    return abs(x)


def list_gradient(x, params):
    return [1.0 if x > 0 else -1.0][0] if x == x else {}  # two types: Numba cannot unify them


def space(x, params):
    return x[0] * x[0] + x[1] * x[1]


def text_gradient(x, params, out):
    out[0] = 2 * x[0]
    out[1] = float(str(2 * x[1]))


def missing_gradient(x, params):
    return unknown(x) if x > 1e9 else (1.0 if x > 0 else -1.0)  # noqa: F821


@pytest.mark.parametrize(
    ("landscape", "x0"),
    [
        (ls.from_functions(kinked, list_gradient), 0.1),
        (ls.from_functions(kinked, missing_gradient), 0.1),
        (ls.from_functions(space, text_gradient, dim=2), [0.1, 0.1]),
    ],
    ids=["types", "missing", "text"],
)
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("scheme", [ls.EulerMaruyama(), ls.Splitting()], ids=["gradient", "flow"])
def test_a_function_that_cannot_be_compiled_is_one_clear_type_error(landscape, x0, workers, scheme):
    sde = ls.SDE(landscape, ls.Brownian())
    began = time.perf_counter()
    with pytest.raises(TypeError, match=r"gradient of FunctionLandscape cannot be compiled: .+ `math`") as caught:
        ls.simulate(sde, x0, t=1.0, dt=0.01, n_paths=2000, scheme=scheme, rng=1, workers=workers)
    assert len(str(caught.value)) < 500
    assert time.perf_counter() - began < 20


# The fingerprint itself -----------------------------------------------------------------------------------------------


def made(source, **scope):
    exec(source, scope)
    return scope["f"]


LINE = "def f(x, params):\n    return {}\n"


def test_a_fingerprint_changes_with_everything_that_decides_the_value():
    sources = [
        made(LINE.format("x")),
        made(LINE.format("x + 1.0")),
        made(LINE.format("x + 2.0")),
        made(LINE.format("x + K"), K=1.0),
        made(LINE.format("x + K"), K=np.nextafter(1.0, 2.0)),
        made(LINE.format("x + K"), K=1),
        made(LINE.format("x + K[0]"), K=(1.0, 2.0)),
        made(LINE.format("x + K[0]"), K=(1.0, 3.0)),
        made(LINE.format("x + K[0]"), K=np.arange(5000.0)),
        made(LINE.format("x + K[0]"), K=np.r_[np.arange(2500.0), 0.0, np.arange(2501.0, 5000.0)]),
        made(LINE.format("x + K[0][0]"), K=(np.arange(5000.0),)),
        made(LINE.format("x + K[0][0]"), K=(np.r_[np.arange(2500.0), 0.0, np.arange(2501.0, 5000.0)],)),
        made(LINE.format("x + g(x)"), g=made(LINE.format("x + K"), K=1.0)),
        made(LINE.format("x + g(x)"), g=made(LINE.format("x + K"), K=2.0)),
        made(LINE.format("x + g[0](x)"), g=(made(LINE.format("x + K"), K=2.0),)),
        made(LINE.format("x + g[0](x)"), g=(made(LINE.format("x + K"), K=3.0),)),
        made("def f(x, params, k=1.0):\n    return x + k\n"),
        made("def f(x, params, k=2.0):\n    return x + k\n"),
        made("def make(k):\n    def f(x, params):\n        return x + k\n    return f\nf = make(1.0)\n"),
        made("def make(k):\n    def f(x, params):\n        return x + k\n    return f\nf = make(2.0)\n"),
        made("import math\n" + LINE.format("math.sin(x)")),
        made("import math\n" + LINE.format("math.cos(x)")),
    ]
    stamps = [_jit.fingerprint(source) for source in sources]
    assert len(set(stamps)) == len(stamps)
    again = made(LINE.format("x + g(x)"), g=made(LINE.format("x + K"), K=2.0))
    assert _jit.fingerprint(again) == stamps[13]  # of the content, not of the object
    loop = made("def f(x, params):\n    return x if x < 1 else f(x - 1, params)\n")
    assert len(_jit.fingerprint(loop)) == 64  # a function that calls itself has one too
