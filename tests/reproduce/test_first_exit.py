"""The first-exit paper: its tables, the reconstruction of figure 2, and that wrong settings would be seen."""

import itertools
import json
import math
from pathlib import Path

import pytest

import levysde as ls
from levysde import theory
from levysde.reproduce import _build
from levysde.reproduce.experiment import Setting
from levysde.reproduce.finding import Claim
from levysde.reproduce.first_exit import EXPERIMENTS
from levysde.reproduce.first_exit.figures import ERRORS_A, RADIUS, REFERENCE, Chain, _points
from levysde.reproduce.first_exit.figures import ETAS as STEPS
from levysde.reproduce.first_exit.network import ETAS, PUBLISHED
from levysde.reproduce.verdict import distance

REFERENCE_VALUES = json.loads((Path(__file__).parents[1] / "reference" / "paper_first_exit.json").read_text())


def test_every_result_of_the_paper_is_there():
    names = [experiment.id.removeprefix("first-exit.") for experiment in EXPERIMENTS]
    figures = [f"figure-2{letter}" for letter in "abcd"]
    others = ["theorem-exit-time", "metastable-steps", "theorem-2", "step-size", "girsanov", "network"]
    assert sorted(names) == sorted(figures + others)


def test_growth_of_figure_3():
    low, high = REFERENCE_VALUES["figure_3_growth"]
    growth = {shape: curve[-1] - curve[-2] for shape, curve in PUBLISHED.items()}
    regular = [value for shape, value in growth.items() if shape != (50,)]
    assert len(ETAS) == len(PUBLISHED[50,])
    assert (round(min(regular), 1), round(max(regular), 1)) == (low, high)


@pytest.mark.parametrize(("factor", "fits"), [(1.0, True), (0.3, False)])
def test_a_smaller_radius_would_not_fit_figure_2a(seed, factor, fits):
    # a larger one would: to three times the radius the paper's 100 repetitions cannot tell
    chains = [Chain(1.4, eta=eta, radius=factor * RADIUS) for eta in STEPS[2:5]]
    points = _points(Setting("quick", seed), chains, 2000, (0,), lambda chain: REFERENCE)
    far = [
        abs(distance(point.error, Claim.value(value, math.hypot(0.02 * value, point.sampling))))
        for point, value in zip(points, ERRORS_A[1][2:5], strict=True)
    ]
    assert (max(far) < 5) is fits


def test_brownian_chain_leaves_late_by_the_missed_looks(seed):
    n, eta = 10_000, 1e-9
    mean = Chain(None, eta=eta).exits(Setting("quick", seed), n, 1).mean()
    exact = (RADIUS / 1e-3) ** 2  # the drift does not count over 1e-6 relaxation times
    bias = theory.boundary_shift(1e-3 * ls.Brownian(), eta) * 2 * RADIUS / 1e-6
    assert bias == pytest.approx(1.165 * RADIUS * math.sqrt(eta) / 1e-3, rel=1e-3)
    assert abs(mean.value - exact - bias) < 5 * mean.standard_error + eta  # next term O(eta)
    assert abs(mean.value - 1.1 * exact) > 5 * mean.standard_error


def test_metastable_means_of_an_independent_simulation(seed):
    sde, domain = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), 0.1), ls.Interval(-1, 1)
    known = REFERENCE_VALUES["metastable"]
    for (eta, value), shift in itertools.product(known["means"][:2], (0.0, 0.3)):
        sample = ls.first_exit(sde, 0.0, domain, n_paths=1500, dt=eta, scheme=ls.EulerMaruyama(), rng=seed)
        error = math.hypot(sample.mean().standard_error, known["standard_error"])
        assert (abs(sample.mean().value * (1 + shift) - value) < 5 * error) is (shift == 0.0)


def test_exact_means_of_the_brownian_well():
    for width, curvature, value in REFERENCE_VALUES["quadrature"]:
        sde = ls.SDE(ls.Quadratic(curvature), ls.Brownian(), 0.7)
        found = theory.brownian(sde, 0.0, ls.Interval(-width, width))
        assert found.value == pytest.approx(value, abs=0.5 * 10 ** -(len(str(value).split(".")[1])))


def test_numbers_made_of_numbers():
    first, second = _build.with_spread(4.0, 0.3, 10, "a"), _build.with_spread(2.0, 0.1, 20, "b")
    assert _build.difference(first, second).standard_error == pytest.approx(math.hypot(0.3, 0.1))
    over = _build.ratio(first, second)
    assert (over.value, over.relative_error) == pytest.approx((2.0, math.hypot(0.3 / 4, 0.1 / 2)))
    assert _build.ratio(first, 2.0).standard_error == pytest.approx(0.15)
    slope = _build.log_slope([1.0, 2.0], [second, first])
    assert (slope.value, slope.standard_error) == pytest.approx((1.0, math.hypot(0.3 / 4, 0.1 / 2) / math.log(2)))
    assert _build.exactly(3, "c").standard_error == 0.0
    mean = _build.mean_of([1.0, 2.0, 3.0])
    assert (mean.value, mean.standard_error) == pytest.approx((2.0, 1 / math.sqrt(3)))
