"""Paper 3: the published reading on Gaussian series, box counting and exact readings, against separate computations."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.dimension import range_dimension
from levysde.reproduce.dimension.networks import FIGURE_2A, MU, STEPS, _growth, autoregression
from levysde.reproduce.dimension.paths import _reading
from levysde.sgd.generalization import BLOCKS, reading

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "paper_dimension.json").read_text(encoding="utf-8"))
SHAPE = (STEPS, 400)
ROUNDED = 0.005


def agrees(series, value, other=0.0):
    """Whether the median reading is a value that another computation rounded; both have our error."""
    found = reading(series - series.mean(axis=0))
    error = 1.2533 * found.std(ddof=1) / math.sqrt(found.size)  # of a median
    return abs(np.median(found) - value - other) < 5 * math.sqrt(2) * error + ROUNDED


@pytest.mark.parametrize(("phi", "value"), REFERENCE["ar1"])
def test_reading_of_autocorrelated_gaussian_rows(phi, value, rng):
    series = autoregression(SHAPE, (phi,), rng)
    assert agrees(series, value)
    assert not agrees(series, value, other=0.25)
    exact = 1 / np.median([_growth(phi, block) for block in BLOCKS])
    assert abs(exact - value) < 0.02  # mean and median over series differ by as much


def test_reading_of_a_heavy_ball_and_of_a_drift(rng):
    for rate, value in REFERENCE["heavy_ball"]:
        assert agrees(autoregression(SHAPE, (1 + MU - rate, -MU), rng), value)
    ramp = np.linspace(0, 1, STEPS)[:, None]
    for size, value in REFERENCE["drift"]:
        assert agrees(size * ramp + rng.standard_normal(SHAPE), value)


def test_exact_reading_of_increments():
    assert _reading(ls.AlphaStable(1.3), 1e-3).value == pytest.approx(1.3, abs=1e-8)
    tempered = [_reading(ls.TemperedStable(1.2, 1.0), dt).value for dt in (1e-9, 1e-3, 1e-1, 1e4)]
    assert tempered == sorted(tempered)
    assert tempered[0] == pytest.approx(1.2, abs=1e-4)
    assert tempered[-1] == pytest.approx(2.0, abs=0.01)


def test_read_out_of_figure_2():
    assert all(low < high and bottom < top for low, high, bottom, top in FIGURE_2A.values())
    assert min(high - low for low, high, _, _ in FIGURE_2A.values()) == pytest.approx(0.22)


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "value"), REFERENCE["range"])
def test_box_counting_in_the_plane(alpha, value, seed):
    n = 2**19
    sde = ls.SDE(ls.Flat(dim=2), ls.IsotropicStable(alpha))
    x = ls.simulate(sde, [0, 0], t=1, dt=1 / n, n_paths=6, rng=seed, scheme=ls.EulerMaruyama())
    low = 4 * n ** (-1 / alpha)
    found = range_dimension(x, scales=0.04 * 0.5 ** np.arange(math.floor(math.log2(0.04 / low)) + 1))
    spread = found.standard_error * math.sqrt(6)
    error = math.hypot(found.standard_error, max(spread, 0.03) / math.sqrt(3))
    assert abs(found.value - value) < 5 * error + ROUNDED / 10
    assert abs(found.value - value - 0.3) > 5 * error
