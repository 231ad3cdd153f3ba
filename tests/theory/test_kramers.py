"""Kramers and Eyring-Kramers against the exact quadrature, and every refusal."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levysde.domains import Ball, Box, HalfSpace, Interval
from levysde.landscapes import DoubleWell, Flat, MullerBrown, MultiWell, Polynomial, from_functions
from levysde.noise import AlphaStable, Brownian
from levysde.sde import SDE
from levysde.theory import brownian, kramers, mean_exit_time

LEFT = Interval(-math.inf, 0.0)


def at(landscape, temperature):
    return SDE(landscape, math.sqrt(2 * temperature) * Brownian())


def valley(x, params):
    return 0.25 * x[0] * x[0] * x[0] * x[0] - 0.5 * x[0] * x[0] + 0.5 * params[0] * x[1] * x[1]


def valley_slope(x, params, out):
    out[0] = x[0] * x[0] * x[0] - x[0]
    out[1] = params[0] * x[1]


def channel(x, params):
    """The same barrier in a channel that is twice as stiff at the saddle as at the minima."""
    square = x[0] * x[0]
    bend = 1.0 - square
    return 0.25 * square * square - 0.5 * square + 0.5 * params[0] * (1.0 + bend * bend) * x[1] * x[1]


def channel_slope(x, params, out):
    square = x[0] * x[0]
    bend = 1.0 - square
    out[0] = x[0] * square - x[0] - 2.0 * x[0] * bend * params[0] * x[1] * x[1]
    out[1] = params[0] * (1.0 + bend * bend) * x[1]


VALLEY = from_functions(valley, valley_slope, dim=2, params=[3.0])


@pytest.mark.parametrize("end", [-0.6, -0.4, -0.05, 0.0, 0.1, 0.5, 1.0, 1.2])
def test_approaches_the_exact_time(end):
    """The error is the announced next term: 3 T / 2 for the whole way, and vanishes in proportion to T."""
    domain, misses = Interval(-math.inf, end), []
    for temperature in (0.01, 0.005):
        sde = at(DoubleWell(), temperature)
        law, exact = kramers(sde, -1.0, domain), brownian(sde, -1.0, domain)
        assert law.valid
        misses.append(law.value / exact.value - 1)
        assert abs(misses[-1]) < 2 * law.error / law.value
    assert abs(misses[1]) < 0.75 * abs(misses[0])
    # Negative control: a lost factor 2 at the saddle is far outside.
    assert abs(misses[1]) < 0.06


def test_saddle_and_other_well_differ_by_two():
    sde = at(DoubleWell(), 0.01)
    half, full = kramers(sde, -1.0, LEFT), kramers(sde, -1.0, Interval(-math.inf, 1.0))
    assert half.value == pytest.approx(math.pi / math.sqrt(2) * math.exp(25), rel=1e-6)
    assert full.value == pytest.approx(2 * half.value, rel=1e-9)
    assert "to the saddle 0" in half.law
    assert "to the other well" in full.law
    assert half.error / half.value == pytest.approx(1.5 * 0.01, rel=1e-3)
    stable = kramers(SDE(DoubleWell(), 0.1 * AlphaStable(2)), -1.0, LEFT)
    assert stable.value == pytest.approx(half.value, rel=1e-9)


def test_asymmetric_saddle_has_a_square_root_correction():
    well = Polynomial([0.0, 0.0, -0.5, -1 / 6, 1 / 8])
    for temperature in (0.005, 0.002):
        law, exact = kramers(at(well, temperature), -1.0, LEFT), brownian(at(well, temperature), -1.0, LEFT)
        assert abs(law.value - exact.value) == pytest.approx(law.error, rel=0.15)


@pytest.mark.parametrize("domain", [Interval(-1.3, 0.0), Interval(-1.3, -0.6), Interval(-1.45, 1.0)])
def test_two_ways_out_add_as_rates(domain):
    law, exact = kramers(at(DoubleWell(), 0.005), -1.0, domain), brownian(at(DoubleWell(), 0.005), -1.0, domain)
    assert law.valid
    assert law.value == pytest.approx(exact.value, rel=0.05)
    assert " and " in law.law


def test_three_wells():
    wells = Polynomial([0.0, 0.0, 1.0, 0.0, -1.25, 0.0, 0.4])
    middle = int(np.argmin(np.abs(wells.minima)))
    assert middle == 1
    basin = wells.basin(middle)
    sde = at(wells, 0.01)
    law, exact = kramers(sde, 0.0, basin), brownian(sde, 0.0, basin)
    assert law.valid
    assert law.value == pytest.approx(exact.value, rel=0.1)


@settings(deadline=None, max_examples=25)
@given(st.floats(0.1, 10.0), st.floats(0.005, 0.03))
def test_time_unit(scale, temperature):
    one = kramers(at(DoubleWell(), temperature), -1.0, LEFT).value
    assert kramers(at(DoubleWell(scale), scale * temperature), -1.0, LEFT).value == pytest.approx(one / scale, rel=1e-6)


def test_refusals():
    wells = SDE(MultiWell(x=[-0.5, 0.0, 1.5], u=[-1.0, 0.0, -0.5]), 0.3 * Brownian())
    jump = kramers(wells, -0.5, LEFT)
    assert not jump.valid
    assert "curvature jumps at the barrier" in jump.reason
    # The value with half of either side's Gaussian integral is still the right size.
    to_the_other = kramers(wells, -0.5, Interval(-math.inf, 1.5))
    assert to_the_other.value == pytest.approx(brownian(wells, -0.5, Interval(-math.inf, 1.5)).value, rel=0.1)
    low = kramers(at(DoubleWell(), 0.1), -1.0, LEFT)
    assert not low.valid
    assert "not far above" in low.reason
    assert "within 3 T" in kramers(at(DoubleWell(), 0.02), -0.2, LEFT).reason
    assert "leads out" in kramers(at(DoubleWell(), 0.02), 0.5, Interval(-math.inf, 0.7)).reason
    assert "no basin" in kramers(at(DoubleWell(), 0.02), 0.0, Interval(-1.5, 0.5)).reason
    assert "no basin" in kramers(at(Flat(), 0.02), 0.0, Interval(-1.5, 0.5)).reason
    assert "climbs again" in kramers(at(DoubleWell(), 0.02), -1.0, Interval(-math.inf, 1.7)).reason
    assert "another well" in kramers(at(DoubleWell(), 0.02), 1.0, Interval(-math.inf, 1.3)).reason
    assert "jumps" in kramers(SDE(DoubleWell(), AlphaStable(1.5)), -1.0, LEFT).reason
    assert not kramers(at(DoubleWell(), 0.02), -1.0, Interval(-math.inf, math.inf)).valid
    assert kramers(SDE(DoubleWell(), Brownian(), epsilon=0.02), -1.0, LEFT).value == math.inf


@pytest.mark.parametrize(("offset", "end"), [(0.0, 0.0), (0.9, 0.9), (0.5, 0.5)])
def test_eyring_kramers_of_a_separable_well_is_one_dimensional(offset, end):
    temperature = 0.02
    plane = mean_exit_time(at(VALLEY, temperature), [-1.0, 0.1], HalfSpace([1.0, 0.0], offset))
    line = kramers(at(DoubleWell(), temperature), -1.0, Interval(-math.inf, end))
    assert plane.valid, plane.reason
    assert plane.law == "Eyring-Kramers"
    assert plane.value == pytest.approx(line.value, rel=1e-3)


def test_determinants_count():
    channelled = from_functions(channel, channel_slope, dim=2, params=[3.0], region=([-2.0, -2.0], [2.0, 2.0]))
    temperature = 0.02
    law = kramers(at(channelled, temperature), [-1.0, 0.0], HalfSpace([1.0, 0.0], 0.8))
    assert law.valid, law.reason
    line = 2 * math.pi / math.sqrt(2) * math.exp(0.25 / temperature)
    assert law.value == pytest.approx(line * math.sqrt(2), rel=1e-6)


def test_eyring_kramers_refuses():
    sde = at(VALLEY, 0.02)
    assert "below the saddle" in kramers(sde, [-1.0, 0.0], Box([-3.0, -3.0], [0.0, 0.3])).reason
    assert "obliquely" in kramers(sde, [-1.0, 0.0], HalfSpace([1.0, 0.7], 0.0)).reason
    assert "another minimum inside" in kramers(sde, [-1.0, 0.0], HalfSpace([1.0, 0.0], 1.4)).reason
    assert "only" in kramers(at(VALLEY, 0.1), [-1.0, 0.0], HalfSpace([1.0, 0.0], 0.0)).reason
    assert not kramers(sde, [-1.0, 0.0], Ball([-1.0, 0.0], 0.3)).valid


def test_muller_brown():
    """From (0.623, 0.028) over the saddle (0.212, 0.293) into the shallow well, with Hessians differenced here."""
    landscape, temperature = MullerBrown(), 3.0
    minima, saddles = landscape.minima, landscape.saddles
    start = minima[np.argmax(minima[:, 0])]
    shallow = minima[np.argmax(landscape.potential(minima))]
    saddle = saddles[np.argmax(saddles[:, 0])]

    def hessian(place, h=1e-5):
        rows = [(landscape.gradient(place + e) - landscape.gradient(place - e)) / (2 * h) for e in h * np.eye(2)]
        return np.array(rows)

    law = kramers(at(landscape, temperature), start, ~Ball(shallow, 0.1))
    assert law.valid, law.reason
    climb = float(landscape.potential(saddle) - landscape.potential(start))
    assert climb == pytest.approx(35.9, abs=0.1)
    unstable = -np.linalg.eigvalsh(hessian(saddle))[0]
    ratio = abs(np.linalg.det(hessian(saddle))) / np.linalg.det(hessian(start))
    assert law.value == pytest.approx(
        2 * math.pi / unstable * math.sqrt(ratio) * math.exp(climb / temperature), rel=1e-5
    )
    # From the deepest well the shallow one is also left behind a hole round the third: a well in between competes.
    deep = minima[0]
    assert not kramers(at(landscape, temperature), deep, ~Ball(start, 0.1)).valid
