"""The private symmetric density and survival function, against references of another kind."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from levysde.stable.symmetric import density_and_survival, far, mode_density

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "stable_symmetric.json").read_text())
ALPHAS = sorted({row[0] for row in REFERENCE["values"]})


def _promised(alpha):
    return 1e-10 if alpha <= 1.98 else 1e-8


def _rows(alpha):
    rows = [row[1:] for row in REFERENCE["values"] if row[0] == alpha]
    return tuple(np.array(column, float) for column in zip(*rows, strict=True))


def _worst(found, wanted):
    return float(np.max(np.abs(found / wanted - 1)))


@pytest.mark.parametrize("alpha", ALPHAS)
def test_density_and_survival_agree_with_the_reference_to_the_promised_error(alpha):
    x, density, survival = _rows(alpha)
    found, beyond = density_and_survival(x, alpha)
    assert _worst(found, density) < _promised(alpha)
    tail = x >= 1  # below, the docstring promises nothing
    assert _worst(beyond[tail], survival[tail]) < _promised(alpha)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_another_alpha_or_scale_would_be_seen(alpha):
    x, density, _ = _rows(alpha)
    wrong = alpha - 0.1 if alpha > 0.3 else alpha + 0.1
    assert _worst(density_and_survival(x, wrong)[0], density) > 1e-3
    assert _worst(density_and_survival(x / 1.03, alpha)[0] / 1.03, density) > 1e-3


def test_the_reference_covers_small_and_large_alpha():
    assert ALPHAS[0] == 0.2
    assert ALPHAS[-1] == 1.999


def test_cauchy():
    x = np.geomspace(1e-9, 1e12, 500)
    density, survival = density_and_survival(x, 1.0)
    assert _worst(density, 1 / (math.pi * (1 + x * x))) < 1e-10
    tail = x >= 1
    assert _worst(survival[tail], np.arctan2(1, x[tail]) / math.pi) < 1e-10


def test_normal_has_variance_two():
    x = np.geomspace(1e-9, 30, 200)
    density, survival = density_and_survival(x, 2.0)
    assert _worst(density, np.exp(-x * x / 4) / math.sqrt(4 * math.pi)) < 1e-14
    assert _worst(survival, [0.5 * math.erfc(v / 2) for v in x]) < 1e-14
    unit = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)  # the lost sqrt(2)
    assert _worst(density, unit) > 0.1


@pytest.mark.parametrize("alpha", [0.2, 0.3, 0.5, 0.8, 1.0, 1.2, 1.5, 1.8, 1.98, 1.999, 2.0])
def test_density_integrates_to_one(alpha):
    """Gauss-Legendre in log x: the mass below is 2 f(0) x, above 2 P(X > x), and both are added."""
    nodes, weights = np.polynomial.legendre.leggauss(12)
    low = math.log(1e-6 / mode_density(alpha) * 1e-3)
    high = math.log(50.0) if alpha > 1.9 else math.log(1e4) / min(alpha, 1.0)
    edges = np.linspace(low, high, 150)
    half = np.diff(edges)[:, None] / 2
    log_x = (edges[:-1, None] + half) + half * nodes
    density, _ = density_and_survival(np.exp(log_x).ravel(), alpha)
    inner = 2 * np.sum((half * weights).ravel() * density * np.exp(log_x).ravel())
    beyond = density_and_survival(np.array([math.exp(high)]), alpha)[1][0]
    below = mode_density(alpha) * math.exp(low)
    assert abs(inner + 2 * below + 2 * beyond - 1) < 10 * _promised(alpha)


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.9, 1.1, 1.5, 1.9, 1.98])
def test_series_and_integral_meet(alpha):
    """No step where the tail series takes over: f falls by the factor that its logarithmic slope says."""
    x = far(alpha) ** (1 / alpha) * np.array([1 - 1e-9, 1 + 1e-9])
    density, survival = density_and_survival(x, alpha)
    assert abs(survival[1] / survival[0] - 1 + 2e-9 * x[0] * density[0] / survival[0]) < 2 * _promised(alpha)
    assert abs(density[1] / density[0] - 1 + 2e-9 * (1 + alpha)) < 2 * _promised(alpha) + 2e-9


@pytest.mark.parametrize("alpha", [0.2, 0.5, 1.0, 1.5, 1.999, 2.0])
def test_density_at_the_mode(alpha):
    x = np.array([1e-9])
    # f(x) = f(0) - x^2 Gamma(3/alpha) / (2 pi alpha) + ...: at alpha = 0.2 even 1e-9 is not small, hence the term.
    curvature = math.gamma(3 / alpha) / (2 * math.pi * alpha)
    fourth = math.gamma(5 / alpha) / (24 * math.pi * alpha)
    wanted = mode_density(alpha) - curvature * 1e-18 + fourth * 1e-36
    assert abs(density_and_survival(x, alpha)[0][0] / wanted - 1) < 1e-9
    assert mode_density(alpha) == pytest.approx(math.gamma(1 + 1 / alpha) / math.pi, rel=1e-14)
