"""The ICML 2021 paper: figures as measured elsewhere, exact values, controls that stand where a reading is right."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.reproduce.experiment import Setting
from levysde.reproduce.heavy_tail import values
from levysde.reproduce.heavy_tail.figures import networks
from levysde.sgd.layerwise import entry_index, layerwise, sum_index
from levysde.sgd.linear_regression import average_index, h, published_chains, published_data, rho
from levysde.sgd.networks import Classes

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "paper_heavy_tail.json").read_text())
SPREAD = 0.05  # of the other program's runs, from seed to seed


def published(b, eta, rng, *, steps=None, sigma=1.0):
    data = published_data(100, sigma=sigma, rng=rng)
    chains = published_chains(data, b=b, eta=eta, steps=steps or round(20 / eta), rng=rng)
    return average_index(chains)


def test_the_figure_is_the_one_that_was_read_off():
    assert {(b, eta): paper for b, eta, paper, _ in REFERENCE["figure_1a"]} == values.FIGURE_1A
    assert {v: paper for v, paper, _ in REFERENCE["figure_1b"]} == values.FIGURE_1B
    assert set(values.FIGURE_1A_SCANNED) <= set(values.FIGURE_1A_QUICK) <= set(values.FIGURE_1A)


def test_growth_over_the_whole_figure():
    for b, row in REFERENCE["rho"].items():
        for k, value in enumerate(row, start=1):
            assert abs(rho(100, int(b), 0.02 * k) - value) < 5.1e-5
    for b, eta, *_ in REFERENCE["figure_1a"]:
        assert rho(100, b, eta) > 0  # no published point below 2 has a stationary law


def test_the_coupling_identity():
    d, b, eta, p, rows = REFERENCE["coupling"]
    for k, exact, simulated in rows:
        assert abs(h(p, d, b, eta) ** k - exact) < 5.1e-5
        assert abs(h(p, d, b, eta) ** k - simulated) < 5 * 0.003


@pytest.mark.parametrize(("b", "eta"), [(1, 0.2), (5, 0.2)])
def test_a_point_of_the_figure_as_another_program_measured_it(b, eta, rng):
    [other] = [value for b_, eta_, _, value in REFERENCE["figure_1a"] if (b_, eta_) == (b, eta)]
    found = published(b, eta, rng)
    assert abs(found.value - other) < 5 * math.hypot(found.standard_error, found.standard_error)
    assert abs(found.value - 1.5 * other) > 5 * math.hypot(found.standard_error, found.standard_error)


@pytest.mark.slow
def test_all_points_as_another_program_measured_them(rng):
    for b, eta, _, other in REFERENCE["figure_1a"]:
        found = published(b, eta, rng)
        assert abs(found.value - other) < 5 * max(math.sqrt(2) * found.standard_error, 0.2 * SPREAD), (b, eta)
    for b, eta, steps, other in REFERENCE["steps"]:
        found = published(b, eta, rng, steps=steps)
        assert abs(found.value - other) < 5 * max(math.sqrt(2) * found.standard_error, 0.2 * SPREAD), (b, eta, steps)
    for variance, _, other in REFERENCE["figure_1b"]:
        found = published(5, 0.1, rng, sigma=math.sqrt(variance))
        assert abs(found.value - other) < 5 * math.sqrt(2) * found.standard_error, variance


def test_the_control_of_the_networks_stands_for_stable_weights(rng):
    """Independent stable entries keep their index under sums; those of a finite variance do not."""
    for draw, keeps in (
        (lambda: ls.stable.rvs(1.6, size=16_384, rng=rng), True),
        (lambda: rng.laplace(size=16_384), False),
        (lambda: rng.standard_normal(16_384) * np.tile(rng.exponential(size=128), 128), False),
    ):
        weights = [draw() for _ in range(6)]
        gaps = np.array([sum_index(w, rng=rng) - entry_index(w) for w in weights])
        falls = gaps.mean() > 5 * gaps.std(ddof=1) / math.sqrt(len(gaps))
        assert falls != keeps
        read = np.mean([sum_index(w, rng=rng) for w in weights])
        assert read < 1.75 if keeps else 1.8 < read < 2.1


def clouds(rng):
    x = rng.standard_normal((60, 6))
    return Classes(x, (x[:, 0] > 0).astype(int) + (x[:, 1] > 0))


def test_layers_without_a_report_on_the_noise(rng):
    question = {"hiddens": [(8, 8)], "etas": [0.01, 0.1], "batches": [2, 10], "iterations": 60}
    found = layerwise(clouds(rng), **question, n_batches=None, rng=3)
    assert all(run.noise is None for run in found.runs)
    assert "not judged" in found.table()


def test_networks_that_diverge_are_told(monkeypatch):
    monkeypatch.setattr("levysde.sgd.networks.LARGEST", 1e-3)
    with pytest.raises(ValueError, match="diverged in all but 0"):
        networks(Setting("quick", 1))
