"""Committor and first passage: jumps over a set count, and what is known in closed form comes out."""

import math

import numpy as np
import pytest
from scipy.special import betainc

import levysde as ls
from levysde import dirichlet

LEFT, RIGHT = ls.Interval(-1.1, -0.9), ls.Interval(0.9, 1.1)


@pytest.mark.parametrize("alpha", [0.3, 0.5])
def test_a_hole_that_is_not_hit(alpha):
    """For alpha < 1 points are not hit: with a tiny hole of width w Getoor's formula holds, up to w^(1 - alpha)."""
    width = 1e-12
    outside = [ls.Interval(-math.inf, -1.0), ls.Interval(0.2, 0.2 + width), ls.Interval(1.0, math.inf)]
    sde = ls.SDE(ls.Flat(), ls.AlphaStable(alpha))
    found = dirichlet.mean_first_passage(sde, -0.3, outside)
    exact = ls.theory.getoor(1.0, alpha, -0.3)
    assert abs(found.value - exact) < found.error + width ** (1 - alpha)
    # A hole that can be hit is seen.
    outside[1] = ls.Interval(0.2, 0.3)
    assert dirichlet.mean_first_passage(sde, -0.3, outside).value < 0.97 * exact
    right = dirichlet.committor(sde, -0.3, [outside[0], ls.Interval(0.2, 0.2 + width)], outside[2])
    assert abs(right.value - betainc(alpha / 2, alpha / 2, 0.35)) < right.error + width ** (1 - alpha)


@pytest.mark.parametrize("alpha", [0.7, 1.0, 1.5])
def test_sets_that_reach_to_infinity_are_an_exit(alpha):
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(alpha), 0.4)
    a, b = ls.Interval(-math.inf, -0.9), ls.Interval(0.9, math.inf)
    between = ls.Interval(-0.9, 0.9)
    assert dirichlet.committor(sde, 0.2, a, b).value == pytest.approx(
        dirichlet.exit_probability(sde, 0.2, between).value, rel=1e-10
    )
    assert dirichlet.mean_first_passage(sde, 0.2, [a, b]).value == pytest.approx(
        dirichlet.mean_exit_time(sde, 0.2, between).value, rel=1e-10
    )
    # Splitting the target into touching sets changes nothing, nor does a piece of it beyond another.
    pieces = [ls.Interval(0.9, 1.2), ls.Interval(1.2, math.inf)]
    split = dirichlet.committor(sde, 0.2, a, pieces)
    assert abs(split.value - dirichlet.committor(sde, 0.2, a, b).value) < 1e-11


@pytest.mark.parametrize(("alpha", "beta"), [(0.6, 0.0), (1.0, 0.0), (1.9, 0.0), (1.3, 0.5)])
def test_chances_add_up(alpha, beta):
    """To reach b before a and a before b; and E tau to either is the sum over who is reached: strong Markov."""
    sde = ls.SDE(ls.Polynomial([0.0, 0.2, -0.5, 0.0, 0.25]), ls.AlphaStable(alpha, beta), 0.3)
    forth, back = dirichlet.committor(sde, 0.1, LEFT, RIGHT), dirichlet.committor(sde, 0.1, RIGHT, LEFT)
    assert abs(forth.value + back.value - 1.0) <= forth.error + back.error + 1e-11
    assert 0.0 < forth.value < 1.0
    either = dirichlet.mean_first_passage(sde, 0.1, [LEFT, RIGHT])
    one = dirichlet.mean_first_passage(sde, 0.1, RIGHT)
    assert either.value < one.value
    # E tau_b = E tau_(a or b) + E[time from where a is entered]: between the extremes over a.
    rest = (one.value - either.value) / back.value
    times = [dirichlet.mean_first_passage(sde, x, RIGHT).value for x in np.linspace(-1.0999, -0.9001, 5)]
    assert min(times) - 1e-9 <= rest <= max(times) + 1e-9


def test_brownian_scale_function():
    """Brownian motion passes through everything: the committor is the ratio of integrals of exp(U / T)."""
    sde = ls.SDE(ls.DoubleWell(), 0.8 * ls.Brownian())
    x, w = np.polynomial.legendre.leggauss(40)

    def scale(low, high):
        y = low + (high - low) * (1 + x) / 2
        return (high - low) / 2 * w @ np.exp(sde.landscape.potential(y) / 0.32)

    found = dirichlet.committor(sde, 0.3, LEFT, RIGHT)
    assert abs(found.value - scale(-0.9, 0.3) / scale(-0.9, 0.9)) < found.error + 1e-12
    assert dirichlet.committor(sde, 3.0, LEFT, RIGHT).value == pytest.approx(1.0, abs=1e-12)
    over = dirichlet.mean_first_passage(sde, -1.0, ls.Interval(0.9, 1.1))
    beyond = dirichlet.mean_exit_time(sde, -1.0, ls.Interval(-math.inf, 0.9))
    assert over.value == pytest.approx(beyond.value, rel=1e-10)


@pytest.mark.slow
def test_paths_that_jump_over_come_back(seed):
    """The chance to hit the set itself, from simulation: 1 - (jumped over at first) is far off."""
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(0.8), 0.5)
    sample = ls.first_exit(sde, -1.0, ~RIGHT, n_paths=6000, dt=0.02, t_max=150.0, rng=seed)
    found = dirichlet.mean_first_passage(sde, -1.0, RIGHT)
    measured = sample.mean()
    finer = ls.first_exit(sde, -1.0, ~RIGHT, n_paths=6000, dt=0.005, t_max=150.0, rng=seed).mean()
    bias = abs(finer.value - measured.value)  # four times the step: what is left is a third of it at most
    assert abs(found.value - finer.value) < 5 * finer.standard_error + bias
    jumped = dirichlet.mean_exit_time(sde, -1.0, ls.Interval(-math.inf, 0.9))
    assert abs(jumped.value - finer.value) > 5 * finer.standard_error + bias


def test_small_cores_of_many_wells():
    landscape = ls.MultiWell([-3, -1.5, 0, 1, 1.5], [0, 1.0, -0.5, 0.6, 0.1])
    sde = ls.SDE(landscape, ls.AlphaStable(1.5), 0.1)
    wells = landscape.minima.ravel()
    cores = [ls.Interval(x - 1e-3, x + 1e-3) for x in wells]
    time = dirichlet.mean_first_passage(sde, wells[0], cores[1:])
    chance = dirichlet.committor(sde, wells[0], cores[2], cores[1])
    assert time.error < 1e-8 * time.value
    assert chance.error < 1e-8
    # The limit of small noise: jumps from the minimum into the basins, the last one from the far side.
    tail = math.gamma(1.5) * math.sin(0.75 * math.pi) / math.pi
    leave, far = tail * 1.5**-1.5, tail * 4.0**-1.5
    assert 1 / (time.value * 0.1**1.5) == pytest.approx(leave, rel=0.2)
    assert 1 - chance.value == pytest.approx(far / leave, rel=0.2)


def test_starts_inside_and_refusals():
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.3)
    assert dirichlet.committor(sde, -1.0, LEFT, RIGHT).value == 0.0
    assert dirichlet.committor(sde, 1.0, LEFT, RIGHT).value == 1.0
    assert dirichlet.mean_first_passage(sde, 1.0, RIGHT).value == 0.0
    with pytest.raises(ValueError, match="overlap"):
        dirichlet.committor(sde, 0.0, LEFT, ls.Interval(-1.0, 1.0))
    with pytest.raises(ValueError, match="end of a set"):
        dirichlet.committor(sde, 0.9, LEFT, RIGHT)
    with pytest.raises(ValueError, match="not an interval"):
        dirichlet.mean_first_passage(sde, 0.0, ~RIGHT)
    with pytest.raises(TypeError, match="not a Domain"):
        dirichlet.mean_first_passage(sde, 0.0, [0.9, 1.1])
    with pytest.raises(TypeError, match="order"):
        dirichlet.mean_first_passage(sde, RIGHT, 0.0)
    with pytest.raises(ValueError, match="bring a path back"):
        dirichlet.committor(ls.SDE(ls.Flat(), ls.AlphaStable(1.5)), 0.0, LEFT, RIGHT)
