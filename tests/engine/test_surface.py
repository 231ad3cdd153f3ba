"""Names and signatures that outside checks call, and how light the import is."""

import ast
import importlib
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import levysde as ls

ROOT = Path(ls.__file__).parents[1]

SIGNATURES = {
    "Flat": "dim=1",
    "Quadratic": "curvature=1.0, dim=1",
    "DoubleWell": "scale=1.0",
    "MultiWell": "x, u",
    "Tabulated": "x, u",
    "Tabulated.from_csv": "path",
    "MullerBrown": "",
    "Polynomial": "coefficients",
    "from_functions": "potential, gradient",
    "Brownian": "",
    "AlphaStable": "alpha, beta=0.0",
    "IsotropicStable": "alpha",
    "SDE": "landscape, noise, epsilon=1.0",
    "EulerMaruyama": "",
    "Splitting": "",
    "Interval": "a, b",
    "Ball": "center, radius",
    "Box": "low, high",
    "HalfSpace": "normal, offset",
    "Estimate": "value, standard_error, bias, interval, n, method",
    "Prediction": "value, error, law, valid, reason",
    "simulate": "sde, x0, *, t, dt=None, n_paths=1, scheme=None, save_every=1, rng=None, workers=1, progress=False",
    "first_exit": (
        "sde, x0, domain, *, n_paths, dt=None, t_max=None, scheme=None, first_path=0, rng=None, workers=1, "
        "progress=False"
    ),
    "concat": "samples",
    "load": "path",
    "theory.mean_exit_time": "sde, x0, domain",
    "theory.kramers": "sde, x0, domain",
    "theory.first_jump": "sde, x0, domain",
    "theory.getoor": "r, alpha, x=0.0, dim=1, scale=1.0",
    "compare_minima": "landscape, noises, *, epsilon=1.0, domains=None, rel_error=0.03, rng=None, workers=1",
    "plot": "obj, ax=None",
    "wells.chain": "sde, *, domains=None",
    "wells.count_transitions": "sde, x0=None, *, t, n_paths=256, core=0.5, dt=None, rng=None, workers=1",
    "wells.solve_chain": "sde, *, core=0.5",
    "stable.rvs": ("alpha, beta=0.0, *, loc=0.0, scale=1.0, size=None, parameterization='S1', out=None, rng=None"),
}


def parameters(call):
    """Return the signature as (name, default or None, keyword-only)."""
    return [
        (p.name, None if p.default is p.empty else repr(p.default), p.kind is p.KEYWORD_ONLY)
        for p in inspect.signature(call).parameters.values()
    ]


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_public_name_takes_its_arguments_in_this_order(name):
    call = ls
    for part in name.split("."):
        call = getattr(call, part)
    wanted = eval(f"lambda {SIGNATURES[name]}: None")
    expected, found = parameters(wanted), parameters(call)
    if [item for item in expected if item[2]]:
        names = [item[0] for item in found]
        assert all(item in found for item in expected)  # more keywords may be added
        assert [n for n in names if n in {item[0] for item in expected}] == [item[0] for item in expected]
    assert found[: len([i for i in expected if not i[2]])] == [
        (n, d if d is not None or name not in ("from_functions",) else found[k][1], o)
        for k, (n, d, o) in enumerate(expected)
        if not o
    ]
    rest = found[len(expected) :]
    required = [item for item in rest if item[1] is None and item[0] not in ("style", "matplotlib_style")]
    assert not required  # what was added may be left out


def test_the_public_names_are_listed_and_exist():
    assert {name.partition(".")[0] for name in SIGNATURES} <= set(ls.__all__)
    assert all(hasattr(ls, name) for name in ls.__all__)
    assert ls.__all__ == sorted(ls.__all__, key=lambda name: (name != "SDE", not name[0].isupper(), name))
    assert ls.inf == float("inf")
    for name in ("minima", "saddles", "basin", "barrier", "width", "potential", "gradient", "hessian"):
        assert hasattr(ls.DoubleWell(), name)
    for name in (
        *("times", "exit_points", "pre_exit_points", "status", "n_exited", "n_censored", "n_nonfinite"),
        *("mean", "survival", "exit_probability", "save"),
    ):
        assert hasattr(ls.ExitSample, name)
    for name in ("t", "x", "status", "save"):
        assert hasattr(ls.Ensemble, name)
    for name in ("table", "to_csv"):
        assert hasattr(ls.Comparison, name)


IMPORT = """
import json, os, sys
os.environ.pop("NUMBA_DISABLE_JIT", None)
import numba.core.dispatcher as dispatcher
compiled = []
original = dispatcher.Dispatcher.compile
def compile(self, signature):
    compiled.append(self.py_func.__qualname__)
    return original(self, signature)
dispatcher.Dispatcher.compile = compile
before = set(sys.modules)
import levysde as ls
sde = ls.SDE(ls.DoubleWell(), 0.3 * ls.Brownian() + ls.AlphaStable(1.5))  # values compile nothing either
ls.MultiWell([-0.5, 0, 1.5], [-1, 0, -0.5]).basin(0)
print(json.dumps({"modules": sorted(set(sys.modules) - before), "compiled": compiled}))
"""
HEAVY = ("matplotlib", "scipy", "pandas", "lifelines", "tqdm", "dask", "distributed", "torch", "IPython")


def test_the_import_is_light_and_compiles_nothing():
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-c", IMPORT]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stderr
    result = json.loads(found.stdout)
    assert result["compiled"] == []
    heavy = [name for name in result["modules"] if name.partition(".")[0] in HEAVY]
    assert heavy == [], heavy


def test_the_package_alone_loads_neither_numba_nor_scipy():
    code = "import sys, levysde; print([m for m in ('numba', 'scipy', 'matplotlib') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.strip() == "[]"


def test_what_type_checkers_see_is_what_there_is():
    tree = ast.parse(Path(ls.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert seen.keys() | {"inf"} == set(ls.__all__)
    for name, home in seen.items():
        if home != "levysde":
            assert getattr(importlib.import_module(home), name) is getattr(ls, name)
    with pytest.raises(AttributeError, match="no attribute 'simulated'"):
        ls.simulated  # noqa: B018
