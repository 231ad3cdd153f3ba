"""The chain between cores from the exit problem: against quadrature, the limit of small noise, and its own refusals."""

import math

import numpy as np
import pytest

import levysde as ls
from levysde.theory import brownian

WELLS = ls.MultiWell(x=[-1.0, -0.4, 0.2, 1.0, 2.2], u=[-1, 0, -0.8, 0.1, -0.6])
SMOOTH = ls.Polynomial([0.0, 0.05, 1.0, 0.0, -1.25, 0.0, 0.4])


def test_brownian_rates_are_those_of_the_quadrature():
    """Without jumps the next core is entered at its end: one over the exact mean passage time to it."""
    sde = ls.SDE(SMOOTH, 0.35 * ls.Brownian())
    chain = ls.wells.solve_chain(sde)
    minima = SMOOTH.minima[:, 0]
    to_the_right = 1 / brownian(sde, minima[0], ls.Interval(-math.inf, minima[1] - SMOOTH.width(1)[0] / 2)).value
    to_the_left = 1 / brownian(sde, minima[2], ls.Interval(minima[1] + SMOOTH.width(1)[1] / 2, math.inf)).value
    assert chain.generator[0, 1] == pytest.approx(to_the_right, rel=1e-8)
    assert chain.generator[2, 1] == pytest.approx(to_the_left, rel=1e-8)
    assert abs(chain.generator[0, 2]) < 1e-8 * chain.generator[0, 1]
    assert chain.valid, chain.reason
    # and close to Eyring-Kramers, whose next term is of O(T)
    limit = ls.wells.chain(sde)
    near = limit.error > 0
    apart = np.abs(chain.generator - limit.generator)[near]
    assert np.all(apart < 2 * (limit.error + chain.error)[near])


@pytest.mark.parametrize("alpha", [1.5, 0.8])
def test_two_wells_with_stable_noise(alpha):
    """With half-lines for cores the passage is an exit from a half-line; smaller cores add the way down to them."""
    sde = ls.SDE(ls.DoubleWell(), 0.1 * ls.AlphaStable(alpha))
    chain = ls.wells.solve_chain(sde)
    exit_time = ls.dirichlet.mean_exit_time(sde, -1.0, ls.Interval(-math.inf, 0.5))
    assert chain.generator[0, 1] == pytest.approx(1 / exit_time.value, rel=1e-6)
    assert chain.generator[1, 0] == pytest.approx(chain.generator[0, 1], rel=1e-6)
    small = ls.wells.solve_chain(sde, core=0.2)
    later = 1 / small.generator[0, 1] - 1 / chain.generator[0, 1]
    # the drift goes from 0.5 to 0.8 in 0.837, and a jump back starts it all again
    back = sde.effective_noise.jump_rate(0.5, ls.Interval(0.0, math.inf)) / chain.generator[0, 1]
    assert 0 < later < 0.837 * (1 + back)
    # negative control: the barrier itself as the place of arrival, where half of the landings near it fall back
    barrier = ls.dirichlet.mean_exit_time(sde, -1.0, ls.Interval(-math.inf, 0.0))
    assert abs(chain.generator[0, 1] * barrier.value - 1) > 2 * chain.error[0, 1] / chain.generator[0, 1]


def test_three_wells_tend_to_the_limit_of_small_noise():
    apart = []
    for amplitude in (0.04, 0.01):
        sde = ls.SDE(WELLS, amplitude * ls.AlphaStable(1.5))
        solved, limit = ls.wells.solve_chain(sde), ls.wells.chain(sde)
        off = ~np.eye(3, dtype=bool)
        relative = np.abs(solved.generator / limit.generator - 1)[off]
        told = (limit.error[off] / limit.generator[off]).max()
        assert relative.max() < 2 * told
        apart.append(relative.max())
    assert apart[1] < 0.5 * apart[0]
    assert apart[1] < 0.01  # 1/alpha for c_alpha/alpha would be off by a factor 3


def test_refusals():
    with pytest.raises(ValueError, match="solved on the line only"):
        ls.wells.solve_chain(ls.SDE(ls.MullerBrown(), ls.Brownian()))
    with pytest.raises(ValueError, match=r"core=1\.5"):
        ls.wells.solve_chain(ls.SDE(WELLS, ls.Brownian()), core=1.5)
    with pytest.raises(ValueError, match="falls without end"):
        ls.wells.solve_chain(ls.SDE(ls.Polynomial([0, -1.0, 0, 1.0]), ls.Brownian()))
    with pytest.raises(ValueError, match=r"levysde\.dirichlet"):
        ls.wells.solve_chain(ls.SDE(WELLS, ls.CompoundPoisson(1.0, [-1.0, 1.0]) + 0.1 * ls.Brownian()))
    one = ls.wells.solve_chain(ls.SDE(ls.Quadratic(), ls.Brownian()))
    assert one.n == 1
    loud = ls.wells.solve_chain(ls.SDE(ls.DoubleWell(), 0.9 * ls.AlphaStable(1.5)))
    assert not loud.valid
    assert "do not hold" in loud.reason
