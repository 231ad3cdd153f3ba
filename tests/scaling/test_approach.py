"""The limit of a number from its values at three noises, without knowing the target."""

import math

import numpy as np
import pytest

import levysde as ls
from levysde.scaling import approach

EPSILON = np.array([0.1, 0.03, 0.011, 0.004])


@pytest.mark.parametrize("exponent", [0.3, 1.0, 2.5])
def test_a_pure_power_is_found_exactly(exponent):
    found = approach(EPSILON, 2 - 0.7 * EPSILON**exponent)
    assert found.limit == pytest.approx(2, abs=1e-9)
    assert found.exponent == pytest.approx(exponent, rel=1e-6)
    assert found.limit_error == pytest.approx(0.7 * EPSILON[-1] ** exponent, rel=1e-6)
    assert found.reaches(2)
    assert found.off(2) == pytest.approx(0.7 * EPSILON[0] ** exponent)


def test_the_next_term_stays_within_what_is_left():
    found = approach(EPSILON, 1 - 1.5 * EPSILON + 4 * EPSILON**2)
    assert found.reaches(1)
    assert not found.reaches(1.03)


def test_order_does_not_matter_and_errors_are_kept():
    found = approach(EPSILON[::-1], (1 - EPSILON)[::-1], [1e-3, 0, 0, 0])
    assert found.x == tuple(EPSILON)
    assert found.error[-1] == 1e-3
    assert found.limit_error == pytest.approx(EPSILON[-1] + 1e-3, rel=1e-3)


def test_a_constant_has_no_correction_and_a_growing_difference_no_limit():
    same = approach(EPSILON, [1, 1, 1, 1], [1e-9] * 4)
    assert same.limit == 1
    assert math.isnan(same.exponent)
    assert same.reaches(1)
    lost = approach(EPSILON, [1, 1.1, 1.5, 4.0])
    assert not lost.decided
    assert not lost.reaches(1)


def test_the_first_jump_law_is_reached_from_the_solved_double_well():
    """The boundary at a saddle: relative correction of order sigma^min(alpha, 1); 15 % at sigma = 0.1, alpha = 1.5."""
    values = []
    for sigma in (0.1, 0.025, 0.00625):
        sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), sigma)
        solved = ls.dirichlet.mean_exit_time(sde, -1.0, ls.Interval(-ls.inf, 0.0))
        values.append(solved.value / ls.theory.first_jump(sde, -1.0, ls.Interval(-ls.inf, 0.0)).value)
    found = approach([0.1, 0.025, 0.00625], values)
    assert found.reaches(1)
    assert found.exponent == pytest.approx(1, abs=0.1)
    # negative control: the law of the papers without c_alpha
    c = math.gamma(2.5) * math.sin(0.75 * math.pi) / math.pi
    assert not approach([0.1, 0.025, 0.00625], np.array(values) * c).reaches(1)
    # a law that is wrong by 3 % is found out as well
    assert not approach([0.1, 0.025, 0.00625], 1.03 * np.array(values)).reaches(1)


@pytest.mark.parametrize("x", [[0.1, 0.2], [0.1, 0.1, 0.2], [0.1, -0.1, 0.2]])
def test_what_is_refused(x):
    with pytest.raises(ValueError, match="x="):
        approach(x, np.ones(len(x)))
