"""Occupancies: Gibbs weights, the chain between wells, and the linear algebra under them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from levysde.domains import HalfSpace, Interval
from levysde.landscapes import DoubleWell, Flat, MultiWell, Polynomial, from_functions
from levysde.noise import AlphaStable, Brownian
from levysde.sde import SDE
from levysde.theory import (
    brownian,
    chain_occupancy,
    gibbs_occupancy,
    occupancy,
    semi_markov_occupancy,
    two_state,
)

WELLS = MultiWell(x=[-0.5, 0.0, 1.5], u=[-1.0, 0.0, -0.5])


def plane(x, params):
    return 0.25 * x[0] * x[0] * x[0] * x[0] - 0.5 * x[0] * x[0] + 0.1 * x[0] + x[1] * x[1]


def plane_slope(x, params, out):
    out[0] = x[0] * x[0] * x[0] - x[0] + 0.1
    out[1] = 2 * x[1]


def test_default_landscape_brownian():
    narrow, wide = occupancy(SDE(WELLS, 0.5 * Brownian()))
    assert wide.law == "Gibbs"
    assert wide.valid
    assert wide.value == pytest.approx(0.0746, abs=5e-5)
    assert narrow.value + wide.value == pytest.approx(1.0, abs=1e-15)

    def weight(low, high):
        return quad(
            lambda z: math.exp(-float(WELLS.potential(z)) / 0.125), low, high, epsrel=1e-11, points=[-0.5, 1.5]
        )[0]

    left, right = weight(-3.0, 0.0), weight(0.0, 8.0)
    assert wide.value == pytest.approx(right / (left + right), rel=1e-8)
    # Two states need the times from minimum to minimum; the times to the barrier give 0.265.
    sde = SDE(WELLS, 0.5 * Brownian())
    times = brownian(sde, -0.5, Interval(-math.inf, 1.5)).value, brownian(sde, 1.5, Interval(-0.5, math.inf)).value
    assert two_state(times)[1] == pytest.approx(0.0736, abs=5e-5)
    barrier = brownian(sde, -0.5, Interval(-math.inf, 0.0)).value, brownian(sde, 1.5, Interval(0.0, math.inf)).value
    assert two_state(barrier)[1] == pytest.approx(0.265, abs=5e-4)


def test_default_landscape_stable():
    narrow, wide = occupancy(SDE(WELLS, 0.05 * AlphaStable(1.5)))
    odds = 3.0**1.5
    assert wide.value == pytest.approx(odds / (1 + odds), rel=1e-12)
    assert wide.value == pytest.approx(0.839, abs=5e-4)
    assert wide.valid
    # The measured 0.834 +- 0.002 is within the announced correction.
    assert wide.value - wide.error < 0.834
    assert narrow.value == pytest.approx(1 - wide.value, rel=1e-12)
    assert not occupancy(SDE(WELLS, 0.05 * AlphaStable(1.5) + 0.5 * Brownian()))[0].valid


def test_widths_decide_not_depths():
    deep = MultiWell(x=[-1.0, 0.0, 1.0], u=[-5.0, 0.0, -0.1])
    left, _ = occupancy(SDE(deep, 0.001 * AlphaStable(1.2)))
    assert left.value == pytest.approx(0.5, rel=1e-12)
    assert occupancy(SDE(deep, 0.5 * Brownian()))[0].value > 0.999


def test_gibbs_survives_low_temperature():
    first, second = gibbs_occupancy(WELLS, 4e-4)
    assert first.value == 1.0
    assert second.value == pytest.approx(math.exp(-2500) * 1, abs=1e-300)
    equal = gibbs_occupancy(DoubleWell(), 1e-5)
    assert equal[0].value == pytest.approx(0.5, abs=1e-9)
    stable = occupancy(SDE(WELLS, 0.5 / math.sqrt(2) * AlphaStable(2)))
    assert stable[1].value == pytest.approx(occupancy(SDE(WELLS, 0.5 * Brownian()))[1].value, rel=1e-12)


def test_no_stationary_law():
    assert not gibbs_occupancy(Polynomial([0.0, 0.0, 1.0, 1.0]), 0.1)[0].valid
    assert not occupancy(SDE(DoubleWell(), Brownian(), epsilon=0.0))[0].valid
    with pytest.raises(ValueError, match="no minimum"):
        occupancy(SDE(Flat(), Brownian()))


def test_plane():
    landscape = from_functions(plane, plane_slope, dim=2)
    sde = SDE(landscape, 0.02 * AlphaStable(1.5))
    assert "domains=" in occupancy(sde)[0].reason
    saddle = float(landscape.saddles[0, 0])
    left, right = HalfSpace([1.0, 0.0], saddle), HalfSpace([-1.0, 0.0], -saddle)
    domains = [left if m[0] < saddle else right for m in landscape.minima]
    weights = occupancy(sde, domains=domains)
    widths = np.abs(landscape.minima[:, 0] - saddle) ** 1.5
    assert [w.value for w in weights] == pytest.approx(widths / widths.sum(), rel=1e-10)
    with pytest.raises(ValueError, match="one domain per minimum"):
        occupancy(sde, domains=[left])
    # Laplace in the plane is the one-dimensional Gibbs law, because the second direction is the same in both wells.
    line = Polynomial([0.0, 0.1, -0.5, 0.0, 0.25])
    exact = gibbs_occupancy(line, 0.04)
    laplace = gibbs_occupancy(landscape, 0.04)
    order = np.argsort(landscape.minima[:, 0])
    assert laplace[order[1]].value == pytest.approx(exact[1].value, rel=0.05)


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 6), st.integers(0, 10**6))
def test_chain_is_stationary(n, seed):
    q = np.exp(8 * np.random.default_rng(seed).standard_normal((n, n)))
    np.fill_diagonal(q, 0.0)
    weights = chain_occupancy(q)
    assert weights.sum() == pytest.approx(1.0, rel=1e-12)
    assert weights @ q == pytest.approx(weights * q.sum(axis=1), rel=1e-9)
    # The same chain as a semi-Markov chain: its jumps and its mean stays.
    leave = q.sum(axis=1)
    assert semi_markov_occupancy(q / leave[:, None], 1 / leave) == pytest.approx(weights, rel=1e-9)


def test_chain_refuses():
    with pytest.raises(ValueError, match="square"):
        chain_occupancy([[0.0, 1.0]])
    with pytest.raises(ValueError, match="negative"):
        chain_occupancy([[0.0, -1.0], [1.0, 0.0]])
    with pytest.raises(ValueError, match="connect"):
        chain_occupancy([[0.0, 1.0], [0.0, 0.0]])
    with pytest.raises(ValueError, match="positive"):
        semi_markov_occupancy([[0.0, 1.0], [1.0, 0.0]], [1.0, 0.0])
    with pytest.raises(ValueError, match="times"):
        two_state([1.0, -1.0])
