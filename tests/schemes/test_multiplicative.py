"""Noise that depends on the state: the schemes that do it, and everything that must refuse it."""

import math
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.engine import exits as exit_engine
from levysde.engine.plan import drift_block
from levysde.engine.pool import Control

Z = 5.0
LEFT = ls.Interval(-ls.inf, 0.0)


def linear(x, params):
    return params[0] * x


def slope(x, params):
    return params[0]


def bare(x):
    return 1.0 + 0.5 * math.sin(x)


def axes(x, params, out):
    out[0] = params[0] * x[0]
    out[1] = params[0] * x[1]


def axes_slope(x, params, out):
    out[0] = params[0]
    out[1] = params[0]


def bare_axes(x, out):
    out[0] = 1.0 + 0.5 * math.sin(x[0])
    out[1] = 2.0


def geometric(calculus="Ito", dim=1, derivative=True):
    """dX = -X dt + 0.8 X dB, whose paths are known."""
    g, dg = (linear, slope) if dim == 1 else (axes, axes_slope)
    coefficient = ls.Coefficient(g, dg if derivative else None, params=[0.8], calculus=calculus)
    return ls.SDE(ls.Quadratic(1.0, dim=dim), ls.Brownian(), coefficient=coefficient)


def stepped(scheme, sde, x, increment, dt):
    block, params = drift_block(sde, scheme, dt)
    now, moved = np.array(x.T, order="C"), np.array(np.broadcast_to(increment, x.shape).T, order="C")
    out, scratch = np.full_like(now, np.nan), np.full((8 * sde.dim, len(x)), np.nan)
    before = now.copy()
    scheme.step_for(sde)(block, params, scheme.settings(sde, dt), now, moved, scratch, out)
    assert np.array_equal(now, before)
    return out.T


# One step ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("landscape", ["exact flow", "sub-steps"])
def test_one_step_is_the_formula(dim, landscape, rng):
    if dim == 1:
        surface = ls.DoubleWell() if landscape == "exact flow" else ls.Polynomial([0, 0, -0.5, 0, 0.25])
    elif landscape == "exact flow":
        surface = ls.Quadratic([1.0, 2.0])
    else:
        surface = ls.from_functions(bowl, bowl_gradient, dim=2)

    def g(x):
        return np.column_stack([1 + 0.5 * np.sin(x[:, 0]), np.full(len(x), 2.0)])[:, :dim]

    def dg(x):
        return np.column_stack([0.5 * np.cos(x[:, 0]), np.zeros(len(x))])[:, :dim]

    plain = ls.SDE(surface, ls.Brownian(), 0.5)
    sde = ls.SDE(surface, ls.Brownian(), 0.5, coefficient=bare if dim == 1 else bare_axes)
    x, dt = rng.standard_normal((50, dim)), 0.02
    step = 0.1 * rng.standard_normal(x.shape)
    gradient = surface.gradient(x).reshape(x.shape)
    y = stepped(ls.Splitting(), plain, x, 0.0, dt)
    ahead = x - dt * gradient + g(x) * step
    mean = (gradient + surface.gradient(ahead).reshape(x.shape)) / 2
    area = g(x) * dg(x) * (step**2 - 0.25 * dt) / 2
    meant = ls.SDE(surface, ls.Brownian(), 0.5, ls.Coefficient(sde.coefficient.function, calculus="Stratonovich"))
    for scheme, question, wanted, digits in (
        (ls.EulerMaruyama(), sde, ahead, 1e-13),
        (ls.Splitting(), sde, y + g(y) * step, 1e-13),
        (ls.Milstein(), sde, ahead + area, 1e-11),  # differences in place of the derivative
        (ls.Milstein(), meant, ahead + area + g(x) * dg(x) * 0.125 * dt, 1e-11),
        (ls.Heun(), meant, x - dt * mean + (g(x) + g(ahead)) / 2 * step, 1e-13),
    ):
        assert scheme.misfit(question) == ""
        assert np.allclose(stepped(scheme, question, x, step, dt), wanted, rtol=0, atol=digits), scheme


def bowl(x):
    return x[0] * x[0] * x[0] * x[0] / 4 + x[1] * x[1]


def bowl_gradient(x, out):
    out[0] = x[0] * x[0] * x[0]
    out[1] = 2 * x[1]


def test_differences_give_the_derivative(rng):
    x = rng.standard_normal((50, 2))
    for dim in (1, 2):
        questions = geometric(dim=dim), geometric(dim=dim, derivative=False)
        given, found = (stepped(ls.Milstein(), question, x[:, :dim], 0.3, 0.01) for question in questions)
        assert np.allclose(given, found, rtol=0, atol=1e-9)
        assert not np.array_equal(given, found)


# Orders --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize(
    ("scheme", "calculus", "order"),
    [
        (ls.EulerMaruyama(), "Ito", 0.5),
        (ls.Splitting(), "Ito", 0.5),
        (ls.Milstein(), "Ito", 1.0),
        (ls.Milstein(), "Stratonovich", 1.0),
        (ls.Heun(), "Stratonovich", 1.0),
    ],
)
def test_the_strong_order_against_geometric_brownian_motion(scheme, calculus, order, dim, rng):
    """X_T = exp(-T - 0.32 T + 0.8 B_T) in the sense of Itô, without the 0.32 in that of Stratonovich."""
    paths, finest = 2000, 256
    steps = math.sqrt(1 / finest) * rng.standard_normal((finest, paths, dim))
    exact = np.exp(-1.0 - (0.32 if calculus == "Ito" else 0.0) + 0.8 * steps.sum(axis=0))
    sde = geometric(calculus, dim)
    assert scheme.strong_order["multiplicative"] == order
    errors = []
    for coarsening in (1, 2, 4, 8):
        x = np.ones((paths, dim))
        for increment in steps.reshape(-1, coarsening, paths, dim).sum(axis=1):
            x = stepped(scheme, sde, x, increment, coarsening / finest)
        errors.append(np.abs(x - exact).max(axis=1))
    errors = np.array(errors)

    def rate(pick):
        return np.polyfit(np.arange(4.0), np.log2(np.mean(errors[:, pick], axis=1)), 1)[0]

    spread = np.std([rate(rng.integers(paths, size=paths)) for _ in range(100)])
    drift = 0.07  # the next term of the error between dt = 1/256 and 1/32
    assert abs(rate(slice(None)) - order) < Z * spread + drift
    assert abs(rate(slice(None)) - (1.5 - order)) > Z * spread + drift


def test_the_mean_of_the_simulated_paths(seed):
    """E X_T = exp(-T), and exp(-T + 0.32 T) in the sense of Stratonovich: one for the other is 37 % off."""
    n = 40_000
    for sde, scheme, rate in (
        (geometric(), ls.EulerMaruyama(), -1.0),
        (geometric(), ls.Splitting(), -1.0),
        (geometric(), ls.Milstein(), -1.0),
        (geometric(), None, -1.0),
        (geometric("Stratonovich"), ls.Milstein(), -0.68),
        (geometric("Stratonovich"), None, -0.68),  # Heun
    ):
        x = ls.simulate(sde, 1.0, t=1.0, dt=0.01, n_paths=n, scheme=scheme, save_every=100, rng=seed).x[:, -1, 0]
        error = np.std(x) / math.sqrt(n)
        bias = 0.01 * math.exp(rate)  # weak order 1, with a constant of about 1/2 here
        assert abs(np.mean(x) - math.exp(rate)) < Z * error + bias
        assert abs(np.mean(x) - math.exp(-1.68 - rate)) > Z * error + bias


def test_the_stationary_law_of_a_state_dependent_noise(seed):
    """dX = -X dt + sqrt(2) sqrt(1 + X^2) dB has the density (1 + x^2)^(-3/2) / 2: P(|X| < 3) = 3/sqrt(10)."""
    sde = ls.SDE(ls.Quadratic(), ls.Brownian(), math.sqrt(2), coefficient=pearson)
    for scheme in (ls.EulerMaruyama(), ls.Splitting(), ls.Milstein()):
        x = ls.simulate(sde, 0.0, t=8.0, dt=0.01, n_paths=30_000, scheme=scheme, save_every=800, rng=seed).x[:, -1, 0]
        share, wanted = np.mean(np.abs(x) < 3), 3 / math.sqrt(10)
        error = math.sqrt(wanted * (1 - wanted) / len(x))
        bias = 0.01  # weak order 1: dt
        assert abs(share - wanted) < Z * error + bias
        assert abs(share - math.erf(3 / math.sqrt(2))) > Z * error + bias  # of the additive equation


def pearson(x):
    return math.sqrt(1.0 + x * x)


# The engine ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", [ls.EulerMaruyama(), ls.Splitting()])
def test_lanes_budgets_and_workers_change_no_bit(scheme):
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5, coefficient=bare)
    task = exit_engine.ExitTask(sde, scheme, 0.02, 400, LEFT, np.array([[-1.0]]), 1, 0, 300)

    def filled(**settings):
        record = exit_engine.ExitRecord.empty(300, 1)
        exit_engine.fill(task, record, Control(), **settings)
        return record.times.tobytes() + record.exit_points.tobytes()

    reference = filled()
    assert all(filled(lanes=lanes, budget=budget) == reference for lanes, budget in ((1, None), (7, 50), (64, 13)))
    arguments = {"n_paths": 600, "dt": 0.02, "t_max": 8.0, "scheme": scheme, "rng": 3}
    one, two = (ls.first_exit(sde, -1.0, LEFT, workers=workers, **arguments) for workers in (1, 2))
    assert np.array_equal(one.times, two.times)
    additive = ls.first_exit(ls.SDE(sde.landscape, sde.noise, 0.5), -1.0, LEFT, **arguments)
    assert not np.array_equal(one.times, additive.times)
    assert "coefficient=Coefficient(bare)" in one.provenance["settings"]["sde"]
    assert "coefficient" not in additive.provenance["settings"]["sde"]


def test_a_constant_coefficient_is_an_amplitude():
    one = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5, coefficient=ls.Coefficient(constant, params=[2.0]))
    two = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 1.0)
    a, b = (ls.simulate(sde, -1.0, t=2.0, dt=0.05, n_paths=50, rng=1).x for sde in (one, two))
    assert np.array_equal(a, b)  # powers of two: not even a rounding differs


def constant(x, params):
    return params[0]


def test_defaults_take_the_amplitude_at_the_start():
    sde = ls.SDE(ls.Quadratic(), ls.Brownian(), coefficient=ls.Coefficient(constant, params=[10.0]))
    loud = ls.first_exit(sde, 0.0, ls.Interval(-1, 1), n_paths=10, rng=1)
    same = ls.first_exit(ls.SDE(ls.Quadratic(), ls.Brownian(), 10.0), 0.0, ls.Interval(-1, 1), n_paths=10, rng=1)
    assert loud.dt == same.dt
    assert loud.t_max == same.t_max


SCRIPT = """
import levysde as ls

RATE = 1.0

def helper(x):
    return RATE * x

def g(x):
    return helper(x)

def run():
    sde = ls.SDE(ls.Flat(), ls.Brownian(), 0.5, coefficient=g)
    return ls.simulate(sde, 1.0, t=0.5, dt=0.5, rng=1).x[0, -1, 0] - 1.0

if __name__ == "__main__":
    print(run())
    RATE = 3.0
    print(run())
"""


def test_an_edit_of_what_the_coefficient_calls_is_noticed(tmp_path):
    """In one process, and by the next one, which finds the machine code of the first on the disk."""
    (tmp_path / "mine.py").write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": str(Path(ls.__file__).parents[1])}

    def run():
        command = [sys.executable, "-W", "error", "mine.py"]
        found = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert found.returncode == 0, found.stderr
        return [float(word) for word in found.stdout.split()]

    first = run()
    assert first[1] == pytest.approx(3 * first[0], rel=1e-14)
    (tmp_path / "mine.py").write_text(SCRIPT.replace("RATE * x", "2 * RATE * x"))
    assert run() == pytest.approx([2 * first[0], 6 * first[0]], rel=1e-14)


# Values and refusals -------------------------------------------------------------------------------------------------


def test_a_coefficient_is_a_value():
    one, other = geometric(), geometric()
    assert one == other
    assert hash(one) == hash(other)
    assert one != ls.SDE(ls.Quadratic(), ls.Brownian())
    assert one != geometric(derivative=False)
    assert pickle.loads(pickle.dumps(one)) == one
    assert repr(one).endswith("coefficient=Coefficient(linear, derivative=slope, params=[0.8]))")
    assert repr(ls.SDE(ls.Quadratic(), ls.Brownian())) == (
        "SDE(landscape=Quadratic(1, dim=1), noise=Brownian(), epsilon=1.0)"
    )
    assert ls.SDE(ls.Quadratic(), ls.Brownian(), coefficient=bare).coefficient == ls.Coefficient(bare)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: ls.SDE(ls.Quadratic(), ls.Brownian(), coefficient=2.0), TypeError, "not a plain Python function"),
        (
            lambda: ls.SDE(ls.Quadratic(), ls.Brownian(), coefficient=axes),
            TypeError,
            "takes 3 arguments; in 1 d",
        ),
        (lambda: ls.SDE(ls.Quadratic(1, 3), ls.Brownian(), coefficient=bare), TypeError, "takes 1 argument; in 3 dim"),
        (lambda: ls.Coefficient(bare, calculus="ito"), ValueError, "calculus='ito' is unknown"),
        (lambda: ls.Coefficient(bare, derivative=1.0), TypeError, "derivative=1.0 is not a plain"),
        (lambda: ls.Coefficient(bare, params=[math.nan]), ValueError, "params"),
    ],
)
def test_bad_coefficients(make, error, words):
    with pytest.raises(error, match=words):
        make()


def list_like(x):
    return [x]


def test_a_coefficient_that_cannot_be_compiled_is_one_clear_error():
    sde = ls.SDE(ls.Quadratic(), ls.Brownian(), coefficient=list_like)
    with pytest.raises(TypeError, match=r"Coefficient\(list_like\) cannot be compiled"):
        ls.simulate(sde, 0.5, t=0.1, dt=0.01, rng=1)


@pytest.mark.parametrize(
    "ask",
    [
        lambda sde: ls.theory.mean_exit_time(sde, -1.0, LEFT),
        lambda sde: ls.theory.kramers(sde, -1.0, LEFT),
        lambda sde: ls.theory.first_jump(sde, -1.0, LEFT),
        lambda sde: ls.theory.brownian(sde, -1.0, LEFT),
        lambda sde: ls.theory.occupancy(sde),
        lambda sde: sde.effective_noise,
    ],
    ids=["mean_exit_time", "kramers", "first_jump", "brownian", "occupancy", "effective_noise"],
)
@pytest.mark.parametrize("noise", [ls.Brownian(), ls.AlphaStable(1.5)])
def test_what_rests_on_additive_noise_refuses(ask, noise):
    with pytest.raises(ValueError, match=r"coefficient"):
        ask(ls.SDE(ls.DoubleWell(), noise, 0.5, coefficient=bare))
