"""The value, its table, files and picture, the fit behind it, and what is refused."""

import csv
import json
import math
import pickle

import matplotlib.pyplot as plt
import numpy as np
import pytest

import levysde as ls
from levysde.convergence import slope
from levysde.engine.coupled import CoupledTask, fill
from levysde.engine.pool import Control

DTS = [1 / 4, 1 / 8, 1 / 16]


@pytest.fixture
def made():
    sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), 0.5)
    return ls.convergence.strong_error(sde, 1.0, t=1.0, dts=DTS, scheme=ls.Splitting(), n_paths=300, rng=1)


# The fit ----------------------------------------------------------------------------------------------------


def test_an_exact_power_law_is_found_exactly():
    dts = np.array([0.4, 0.2, 0.1, 0.05])
    fit = slope(dts, 3 * dts**0.7, 1e-6 * dts)
    assert fit.order.value == pytest.approx(0.7, abs=1e-12)
    assert fit.constant == pytest.approx(3.0)
    assert fit.chi_square == pytest.approx(0, abs=1e-8)
    assert fit.freedom == 2
    assert fit(0.01) == pytest.approx(3 * 0.01**0.7)
    assert slope(dts, -3 * dts**0.7, 1e-6 * dts).order.value == pytest.approx(0.7)


def test_the_slope_and_its_errors_are_those_of_repetitions(rng):
    """Correlated normal errors: the slope is unbiased, its spread the stated one, chi-square that of its freedom."""
    dts = np.array([0.2, 0.1, 0.05, 0.025])
    truth = 2 * dts
    factor = np.array([[2, 0, 0, 0], [1.5, 1, 0, 0], [1, 1, 1, 0], [1, 0, 1, 1]]) * 0.01 * truth[:, None]
    covariance = factor @ factor.T
    fits = [slope(dts, truth + factor @ rng.normal(size=4), covariance) for _ in range(400)]
    values = np.array([fit.order.value for fit in fits])
    stated = np.mean([fit.order.standard_error for fit in fits])
    assert abs(values.mean() - 1) < 5 * stated / 20 + 1e-3  # the logarithm's own bias is of the order of (2 %)^2
    assert abs(values.std() / stated - 1) < 5 / math.sqrt(800)
    squares = np.array([fit.chi_square for fit in fits])
    assert abs(squares.mean() - 1) < 5 / math.sqrt(400) + 0.01
    uncorrelated = np.mean([slope(dts, truth, np.sqrt(np.diag(covariance))).order.standard_error])
    assert abs(values.std() / uncorrelated - 1) > 0.05  # the correlations matter here


def test_the_bias_is_what_the_next_term_does():
    dts = np.array([0.2, 0.1, 0.05, 0.025])
    for q in (0.5, 1.0):
        fit = slope(dts, dts * np.exp(0.3 * dts**q), 1e-3 * dts, next_order=q)
        assert fit.order.bias == pytest.approx(abs(fit.order.value - 1), rel=0.2)
        assert abs(fit.order.value - 1) > 5 * fit.order.standard_error
    lagging = slope(dts, dts - 0.025 / 8, 1e-3 * dts, reference_dt=0.025 / 8)
    assert abs(lagging.order.value - 1) < lagging.order.bias + 5 * lagging.order.standard_error
    assert abs(lagging.order.value - 1) > 5 * lagging.order.standard_error


def test_errors_within_their_noise_are_left_out():
    fit = slope([0.2, 0.1, 0.05], [0.2, 0.1, 0.05], [0.001, 0.001, 0.02])
    assert fit.used == (True, True, False)
    none = slope([0.2, 0.1], [0.2, 0.1], [0.1, 0.1])
    assert math.isnan(none.order.value)
    assert "0 of 2 errors" in none.order.method
    assert "changes its sign" in slope([0.2, 0.1], [0.2, -0.1], [0.001, 0.001]).order.method


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.1, -0.1], [1, 1], [1, 1]), "positive steps"),
        (([0.1, 0.2], [1], [1, 1]), "one error per step"),
        (([0.1, 0.2], [1, 1], [1, 1, 1]), "standard errors of shape"),
    ],
)
def test_a_fit_of_arrays_that_do_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        slope(*arguments)


# The value --------------------------------------------------------------------------------------------------


def test_table_rows_and_files(made, tmp_path):
    text = str(made)
    assert text == made.table()
    for word in ("strong error of Splitting()", "300 paths", "median error", "(E|.|^0.6)^(1/0.6)", "expected order 1"):
        assert word in text
    rows = made.rows()
    assert len(rows) == 6
    assert [row["dt"] for row in rows[:3]] == DTS
    made.to_csv(tmp_path / "a.csv")
    with (tmp_path / "a.csv").open() as stream:
        read = list(csv.DictReader(stream))
    assert [float(row["error"]) for row in read] == [row["error"] for row in rows]
    assert json.loads(json.dumps(made.to_dict()))["paths"] == 300
    assert not made.errors.flags.writeable


def test_the_value_can_be_pickled(made):
    again = pickle.loads(pickle.dumps(made))
    assert again.table() == made.table()


def test_results_do_not_depend_on_workers_or_budget():
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5) + 0.3 * ls.Brownian(), 0.5)
    how = {"t": 1.0, "dts": DTS, "scheme": ls.Splitting(), "n_paths": 600, "rng": 5}
    one, two = (ls.convergence.strong_error(sde, -1.0, workers=workers, **how) for workers in (1, 2))
    assert np.array_equal(one.errors, two.errors)
    assert np.array_equal(one.covariance, two.covariance)
    task = CoupledTask(sde, ls.Splitting(), ls.EulerMaruyama(), 1 / 64, (4, 8, 3), 24, np.array([[-1.0]]), 5, 0, 7)
    whole = fill(task, Control())
    assert np.array_equal(whole, fill(task, Control(), budget=1))
    assert np.array_equal(whole, fill(task, Control(), budget=5))


def test_the_fine_path_is_that_of_simulate_and_the_coarse_one_uses_its_noise():
    sde = ls.SDE(ls.Quadratic(dim=2), ls.IsotropicStable(1.5), 0.5)
    start = np.array([[0.3, -1.0]])
    task = CoupledTask(sde, ls.EulerMaruyama(), ls.EulerMaruyama(), 1 / 32, (4,), 32, start, 9, 0, 50)
    fine, coarse = fill(task, Control())
    paths = ls.simulate(sde, start, t=1.0, dt=1 / 32, n_paths=50, scheme=ls.EulerMaruyama(), rng=9).x
    assert np.array_equal(paths[:, -1], fine)
    noise = np.diff(paths, axis=1) + paths[:, :-1] / 32
    x = np.broadcast_to(start, (50, 2)).copy()
    for k in range(8):
        x = x - x / 8 + noise[:, 4 * k : 4 * k + 4].sum(axis=1)
    assert np.allclose(coarse, x, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", ["strong", "weak", "exit", "hollow", "lost"])
def test_the_picture(made, kind):
    sde = ls.SDE(ls.Quadratic(), ls.Brownian(), 0.5)
    study = {
        "strong": lambda: made,
        "weak": lambda: ls.convergence.weak_error(sde, 1.0, np.cos, t=1.0, dts=DTS, scheme=ls.Splitting(), rng=1),
        "exit": lambda: ls.convergence.exit_bias(
            ls.SDE(ls.Flat(), ls.Brownian()), 0.0, ls.Interval(-1, 1), dts=DTS, n_paths=2000, rng=1
        ),
        "hollow": lambda: ls.convergence.weak_error(
            sde, 1.0, np.cos, t=1.0, dts=DTS, scheme=ls.Splitting(), exact=0.8, n_paths=50, rng=1
        ),
        "lost": lambda: ls.convergence.strong_error(
            ls.SDE(ls.DoubleWell(), ls.AlphaStable(0.8), 1.0), -1.0, t=8.0, dts=DTS, scheme=ls.EulerMaruyama(),
            reference_scheme=ls.Splitting(), n_paths=200, rng=1,
        ),
    }[kind]()  # fmt: skip
    ax = ls.plot(study)
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert ax.get_ylabel() == study.kind
    ax.get_figure(root=True).canvas.draw()
    if kind == "strong":
        assert "order" in ax.get_legend().get_texts()[0].get_text()
    plt.close("all")


# Bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"dts": [0.3, 0.1]}, ValueError, r"dt=0.3 does not divide t=1"),
        ({"dts": [0.5, 0.03]}, ValueError, "no multiples"),
        ({"dts": [0.5]}, ValueError, "two steps or more"),
        ({"dts": [0.5, 0.5]}, ValueError, "twice"),
        ({"dts": [0.5, -0.5]}, ValueError, "above zero"),
        ({"t": 0.0}, ValueError, "t=0 is outside"),
        ({"n_paths": 1}, ValueError, "no standard error"),
        ({"p": 0.9}, ValueError, r"p=0.9 is outside \(0, 0.75\]"),
        ({"scheme": "Euler"}, TypeError, "is not a scheme"),
        ({"reference_scheme": 3}, TypeError, "is not a scheme"),
        ({"refine": 1}, ValueError, "refine=1 is too small"),
        ({"x0": ls.Interval(0, 1)}, TypeError, "the order is"),
        ({"sde": ls.Quadratic()}, TypeError, "sde is a Quadratic"),
    ],
)
def test_a_wrong_question_is_told_before_any_work(change, kind, message):
    question = {
        "sde": ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), 0.5),
        "x0": 1.0,
        "t": 1.0,
        "dts": [0.5, 0.25],
        "scheme": ls.Splitting(),
    } | change
    sde, x0 = question.pop("sde"), question.pop("x0")
    with pytest.raises(kind, match=message):
        ls.convergence.strong_error(sde, x0, **question)


def test_schemes_that_cannot_be_coupled_or_do_not_fit_are_refused():
    sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), 0.5)
    with pytest.raises(ValueError, match="cannot be coupled"):
        ls.convergence.strong_error(sde, 1.0, t=1.0, dts=DTS, scheme=ls.ExactOU())
    with pytest.raises(ValueError, match="schemes that fit"):
        ls.convergence.strong_error(sde, 1.0, t=1.0, dts=DTS, scheme=ls.Milstein())
    exact = math.exp(-(0.5**1.5) * -math.expm1(-1.5) / 1.5) * math.cos(math.exp(-1))
    study = ls.convergence.weak_error(
        sde, 1.0, np.cos, t=1.0, dts=DTS, scheme=ls.ExactOU(), exact=exact, n_paths=20_000, rng=3
    )
    assert np.all(np.abs(study.errors) < 5 * study.standard_errors)
