"""The comparison of schemes: its rows, its advice, its files, and the command that prints it."""

import csv
import dataclasses
import json
import math
import sys
from importlib.util import find_spec

import matplotlib.pyplot as plt
import numpy as np
import pytest

import levysde as ls
from levysde.bench import work_precision
from levysde.bench.measure import largest_step
from levysde.bench.peers import run_peers
from levysde.bench.peers.array_library import gradient_in, inside_in
from levysde.bench.peers.diffrax_paths import run_diffrax
from levysde.bench.peers.line import MEANS, PATHS
from levysde.bench.peers.numpy_loop import run_numpy
from levysde.bench.peers.sdeint_paths import run_sdeint
from levysde.bench.peers.torchsde_paths import run_torchsde
from levysde.bench.peers.until_exit import until_exit
from levysde.cli import main
from levysde.convergence import Convergence, ErrorCurve
from levysde.plotting.work_precision import draw_work_precision
from levysde.rare.inner_domain import inner_domain

LINE = ls.Interval(-1.0, 1.0)
SDE = ls.SDE(ls.Quadratic(), ls.Brownian(), 1.0)
EXACT = ls.theory.mean_exit_time(SDE, 0.0, LINE).value


@pytest.fixture(scope="module")
def study():
    return work_precision(
        SDE, 0.0, LINE, schemes=[ls.Splitting(), ls.EulerMaruyama(), ls.ExactOU()], rel_error=0.05, n_paths=400,
        n_exits=20_000, rng=1,
    )  # fmt: skip


def test_every_scheme_has_its_line(study):
    assert [report.scheme for report in study.reports] == ["Splitting()", "EulerMaruyama()", "ExactOU()"]
    assert study.mean.value == pytest.approx(EXACT)
    for report in study.reports[:2]:
        assert abs(report.strong.order.value - 1) < 0.3
        assert report.strong.dts.tolist() == report.exits.dts.tolist() == pytest.approx([0.2, 0.1, 0.05, 0.025])
        assert report.lost == 0
    assert study.reports[2].strong is None  # it is exact: there is nothing to couple
    assert all(report.nanoseconds > 0 for report in study.reports)
    text = str(study)
    assert text.splitlines()[-1] == f"advice: {study.advice}"
    assert study.advice.startswith(f"use {study.best.scheme}, dt=")


def test_the_advice_keeps_its_word(study, seed):
    """The step it names, with the boundary where it was put, has a bias below the share it was given."""
    best = study.best
    inner = inner_domain(SDE, LINE, np.zeros(1), best.dt).domain
    scheme = {repr(s): s for s in (ls.Splitting(), ls.EulerMaruyama(), ls.ExactOU())}[best.scheme]
    mean = ls.first_exit(SDE, 0.0, inner, n_paths=40_000, dt=best.dt, t_max=50.0, scheme=scheme, rng=seed).mean()
    # the step was chosen from errors that were themselves measured: two of their standard errors are allowed for
    slack = 2 * float(np.max(best.exits.standard_errors))
    assert abs(mean.value - EXACT) < 0.05 / math.sqrt(2) * EXACT + slack + 5 * mean.standard_error


def test_biases_are_not_measured_against_an_asymptotic_law():
    """Small stable noise: the first-jump law is 20 % off here, and says so; the mean exit time is simulated instead."""
    sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), 0.2)
    found = work_precision(sde, 0.0, LINE, schemes=[ls.Splitting()], rel_error=0.1, n_paths=100, n_exits=4000, rng=1)
    assert abs(found.mean.value / 23.855089 - 1) < 0.02 + 5 * found.mean.relative_error
    assert abs(ls.theory.mean_exit_time(sde, 0.0, LINE).value / 23.855089 - 1) > 0.1
    assert found.best is not None


def test_rows_files_and_picture(study, tmp_path):
    rows = study.rows()
    assert len(rows) == 2 * (2 + 1 + 1) * 4 + 4
    assert {row["kind"] for row in rows} == {"strong error", "weak error", "exit-time bias"}
    assert all(row["cost_ns"] > 0 for row in rows)
    study.to_csv(tmp_path / "b.csv")
    with (tmp_path / "b.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == len(rows)
    figure = plt.figure()
    draw_work_precision(study, figure)
    figure.canvas.draw()
    plt.close(figure)


def fake(errors, spread, dts=(0.4, 0.2, 0.1)):
    dts, errors, spread = (np.asarray(values, float) for values in (dts, errors, spread))
    curve = ErrorCurve.fitted("error", dts, errors, np.diag(spread**2))
    return Convergence("exit-time bias", "S()", "r", dts, (curve,), 1.0, np.zeros(3), 100, {})


def test_the_largest_step_by_the_fitted_law_or_by_what_was_measured():
    law = fake([0.4, 0.2, 0.1], [1e-4, 1e-4, 1e-4])
    assert largest_step(law, 0.15)[0] == pytest.approx(0.15, rel=0.02)
    assert largest_step(law, 1.0) == (pytest.approx(0.4), "")
    below, remark = largest_step(law, 0.05)
    assert below == pytest.approx(0.05, rel=0.02)
    assert "below the steps" in remark
    assert math.isnan(largest_step(law, 1e-3)[0])
    curved = fake([0.4 + 0.16, 0.2 + 0.04, 0.1 + 0.01], [1e-4, 1e-4, 1e-4])
    assert largest_step(curved, 0.3 + 0.09)[0] == pytest.approx(0.3, rel=0.02)
    noise = fake([0.01, -0.02, 0.01], [0.02, 0.02, 0.02])
    assert largest_step(noise, 0.1) == (pytest.approx(0.4), "")
    assert largest_step(noise, 0.02)[0] < 0.1  # not shown to be small at the steps measured: a smaller one
    assert math.isnan(largest_step(noise, 1e-3)[0])
    crossing = fake([-0.5, 0.01, 0.03], [1e-3, 1e-3, 1e-3])  # two errors cancel at the middle step: no power of dt
    step, remark = largest_step(crossing, 0.08)
    assert step == 0.2
    assert "no power" in remark
    assert math.isnan(largest_step(crossing, 0.02)[0])


def test_peers_solve_the_same_problem(seed):
    """The NumPy loop is explicit Euler: it agrees with ours at the same step."""
    lines = run_peers(SDE, 0.0, LINE, dt=0.05, mean=ls.Estimate(EXACT, 0, 0, (0, 1), 0, ""), seed=seed % 2**32)
    ours = ls.first_exit(
        SDE, 0.0, LINE, n_paths=20_000, dt=0.05, t_max=50.0, scheme=ls.EulerMaruyama(), rng=seed
    ).mean()
    loop = lines[0]
    error = math.hypot(loop.standard_error, ours.standard_error / EXACT)
    assert abs(loop.bias - (ours.value / EXACT - 1)) < 5 * error
    assert loop.bias > 5 * loop.standard_error  # and the watching bias is there
    assert [line.name for line in lines[1:]] == ["sdeint", "torchsde", "diffrax"]


def test_a_peer_says_what_it_cannot_do():
    """Tempered noise is for none of them; no line is left out."""
    tempered = ls.SDE(ls.Quadratic(), ls.TemperedStable(1.5, 1.0))
    lines = run_peers(tempered, 0.0, LINE, dt=0.1, mean=ls.Estimate(1.0, 0, 0, (0, 2), 0, ""), seed=1)
    for line in lines:
        assert math.isnan(line.bias)
        here = line.name.startswith("NumPy") or find_spec(line.name) is not None
        assert str(line).endswith("Brownian noise only" if here else "not installed")


def test_a_peer_that_is_not_installed_says_so(monkeypatch):
    for run, module in ((run_sdeint, "sdeint"), (run_torchsde, "torchsde"), (run_diffrax, "diffrax")):
        monkeypatch.setattr(sys.modules[run.__module__], "installed", lambda name: False)
        assert str(run(SDE, np.zeros(1), LINE, 0.1, EXACT, 1)) == f"peer {module}: not installed"


MB_START = ls.MullerBrown().minima[0]
BALL = ls.Ball(MB_START, 0.3)
PLANE = ls.Box([-1, -1], [1, 1])
CUBE = ls.Quadratic([[1.5, 0.3], [0.3, 0.7]])
PROBLEMS = [  # gradient and domain from the table, or one of them, or both, by a detour through Python
    (SDE, np.zeros(1), LINE, 0.05),
    (ls.SDE(ls.DoubleWell(), ls.AlphaStable(2), 0.5), -np.ones(1), ls.DoubleWell().basin(0), 0.05),
    (ls.SDE(ls.MullerBrown(), ls.Brownian(), 6.0), MB_START, BALL, 2e-4),
    (ls.SDE(ls.Polynomial([0, 0, 0.5]), ls.Brownian()), np.zeros(1), LINE, 0.1),
    (ls.SDE(CUBE, ls.Brownian()), np.zeros(2), PLANE, 0.05),
]
JUMPS = [
    (ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), 0.5), np.zeros(1), LINE, 0.05),
    (ls.SDE(CUBE, 0.5 * ls.Brownian() + 0.4 * ls.AlphaStable(1.2)), np.zeros(2), PLANE, 0.05),
]
PEERS = [
    *((run_numpy, "numpy", *problem) for problem in PROBLEMS + JUMPS),
    *((run_sdeint, "sdeint", *problem) for problem in PROBLEMS),
    *((run_torchsde, "torchsde", *problem) for problem in PROBLEMS),
    *((run_diffrax, "diffrax", *problem) for problem in PROBLEMS + JUMPS),
]


@pytest.mark.parametrize(("run", "module", "sde", "start", "domain", "dt"), PEERS)
def test_a_peer_leaves_as_our_explicit_euler_does(run, module, sde, start, domain, dt, seed):
    """The mean, and, with a horizon at half of it, the share that is left over."""
    pytest.importorskip(module)
    n = 20_000
    ours = ls.first_exit(sde, start, domain, n_paths=n, dt=dt, t_max=1e3, scheme=ls.EulerMaruyama(), rng=seed)
    mean = ours.mean()
    line = run(sde, start, domain, dt, mean.value, seed % 2**31)
    assert abs(line.bias) < 5 * math.hypot(line.standard_error, mean.relative_error)
    assert line.lost == 0
    detour = isinstance(sde.landscape, ls.Polynomial) or (module == "diffrax" and domain is PLANE)
    assert ("Python" in line.remark) == detour

    short = mean.value / (2 * MEANS)
    line = run(sde, start, domain, dt, short, seed % 2**31)
    left = float(np.mean(ours.times > (math.ceil(MEANS * short / dt) + 0.5) * dt))
    few = 200 if module == "sdeint" else PATHS
    assert abs(line.lost - left) < 5 * math.sqrt(left * (1 - left) * (1 / few + 1 / n))


def test_a_peer_with_another_noise_is_noticed(seed):
    """Negative control: the same comparison does not hold at an amplitude one quarter larger."""
    ours = ls.first_exit(SDE, 0.0, LINE, n_paths=20_000, dt=0.05, t_max=1e3, scheme=ls.EulerMaruyama(), rng=seed).mean()
    line = run_numpy(ls.SDE(ls.Quadratic(), ls.Brownian(), 1.25), np.zeros(1), LINE, 0.05, ours.value, seed % 2**31)
    assert abs(line.bias) > 5 * math.hypot(line.standard_error, ours.relative_error)


@pytest.mark.parametrize(
    "landscape", [ls.Flat(), ls.Flat(2), ls.DoubleWell(2.0), ls.Quadratic(3.0), CUBE, ls.MullerBrown()]
)
def test_gradients_of_the_table(landscape, rng):
    x = rng.normal(size=(7, 5, landscape.dim))
    ours = landscape.gradient(x).reshape(x.shape)
    np.testing.assert_allclose(gradient_in(np, landscape)(x), ours, rtol=1e-12, atol=1e-12)
    assert gradient_in(np, ls.Polynomial([0, 0, 0.5])) is None


@pytest.mark.parametrize("domain", [ls.Interval(-1, 0.5), ls.Interval(-math.inf, 0), ls.Ball([0.2, 0.1], 0.8)])
def test_domains_of_the_table(domain, rng):
    x = rng.normal(size=(50, domain.dim))
    x[0] = math.nan
    np.testing.assert_array_equal(inside_in(np, domain)(x), domain.contains(x))
    assert inside_in(np, PLANE) is None


@pytest.mark.parametrize("mean", [1.0, 3.0, 8.0])  # pieces of 1, 3 and 8 steps
def test_pieces_of_paths_make_the_same_exit_times(mean):
    """Deterministic paths at speed 1 and 2, and one that is lost: times and steps by hand."""

    def advance(x, n_steps):
        speed = np.array([1.0, 2.0, math.nan])[: len(x)]  # they end from the last to the first
        return x + 0.25 * np.arange(1, n_steps + 1)[:, None, None] * speed[:, None]

    times, moved = until_exit(advance, np.zeros(1), ls.Interval(-1, 0.9), 0.25, mean, 3)
    np.testing.assert_array_equal(times, [1.0, 0.5, math.nan])
    assert moved == 4 + 2 + 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schemes": [ls.Milstein()], "sde": ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5))}, "no scheme fits"),
        ({"x0": [0.0, 0.1]}, "give one start"),
        ({"rel_error": 0.0}, "rel_error"),
        ({"n_exits": 5}, "n_exits=5 is too small"),
        ({"dts": [0.1]}, "two steps or more"),
    ],
)
def test_a_wrong_question_is_told_before_any_work(change, message):
    question = {"sde": SDE, "x0": 0.0, "domain": LINE} | change
    sde, x0, domain = (question.pop(name) for name in ("sde", "x0", "domain"))
    with pytest.raises(ValueError, match=message):
        work_precision(sde, x0, domain, **question)


def test_the_command(tmp_path, capsys):
    call = ["bench", "--landscape", "quadratic", "--brownian", "--amplitude", "1", "--quick", "--workers", "1"]
    assert main([*call, "--json", "--out", str(tmp_path / "run")]) == 0
    (problem,) = json.loads(capsys.readouterr().out)
    assert problem["advice"].startswith("use ")
    assert {scheme["scheme"] for scheme in problem["schemes"]} >= {"Splitting()", "EulerMaruyama()", "ExactOU()"}
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"bench.csv", "bench.json", "bench.png"}


@pytest.mark.parametrize(
    "flags",
    [
        ["--scale", "2"],
        ["--interval", "-1", "1"],
        ["--quick", "--rel-error", "0.1"],
        ["--landscape", "nowhere"],
        ["--landscape", "quadratic", "--alpha", "2.5"],
    ],
)
def test_a_wrong_command_has_status_2(flags, capsys):
    assert main(["bench", *flags]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_report_is_a_frozen_value(study):
    with pytest.raises(dataclasses.FrozenInstanceError):
        study.reports[0].dt = 1.0
