"""The condition on the step: its formulas, limits and refusals."""

import math

import pytest

from levysde import theory
from levysde.noise.stable import levy_constant

KNOWN = {"epsilon": 0.1, "t": 2.0, "delta": 0.3}


def test_the_limits_are_those_of_the_formula():
    found = theory.largest_step(1.5, 0.6, dim=3, holder=2.0, dissipativity=0.5, constants=(1, 2, 3, 4), **KNOWN)
    at = 0.3**2 / (2 * 2.0**2)
    expected = {
        "one": 1.0,
        "dissipativity": 0.125,
        "growing moments": (at / (3 * 0.1**-1.28)) ** (1 / 0.56),
        "drift": (at / (2 * 0.1**-2)) ** (1 / 1.2),
        "jumps": (at / (3 * 3**1.2 * 0.1**-0.8)) ** (1.5 / 1.2),
        "Brownian": (at / (4 * 3**1.2 * 0.1**-0.8)) ** (1 / 0.6),
    }
    assert found.limits == pytest.approx(expected, rel=1e-12)
    assert found.eta == found.limits[found.binding] == min(found.limits.values())


@pytest.mark.parametrize(("alpha", "gamma"), [(1.3, 0.55), (1.5, 0.6), (1.9, 0.7)])
def test_powers_of_amplitude_time_and_dimension(alpha, gamma):
    powers = theory.step_exponents(alpha, gamma)
    in_epsilon = {
        "growing moments": (2 - 2 * gamma**2) / (gamma**2 + 2 * gamma - 1),
        "drift": 1 / gamma,
        "jumps": alpha * (1 - gamma) / gamma,
        "Brownian": 2 * (1 - gamma) / gamma,
    }
    in_dim = {
        "growing moments": -1 / powers["growing moments"], "drift": 0.0, "jumps": -alpha, "Brownian": -2.0,
    }  # fmt: skip
    base = theory.largest_step(alpha, gamma, **KNOWN).limits
    for name, power in powers.items():
        for change, slope in (
            ({"epsilon": 0.2}, in_epsilon[name]),
            ({"t": 4.0}, -2 / power),
            ({"delta": 0.6}, 2 / power),
            ({"dim": 2}, in_dim[name]),
        ):
            changed = theory.largest_step(alpha, gamma, **(KNOWN | change)).limits[name]
            assert math.log2(changed / base[name]) == pytest.approx(slope, abs=1e-9), (name, change)


def test_the_range_of_the_exponent():
    assert theory.holder_range(1.2) == (0.5, 0.6)
    assert theory.holder_range(1.9) == (0.5, math.sqrt(0.5))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((1.0, 0.6, KNOWN), "alpha"),
        ((1.2, 0.6, KNOWN), "gamma"),
        ((1.5, 0.5, KNOWN), "gamma"),
        ((1.5, 0.6, KNOWN | {"delta": 1.0}), "delta"),
        ((1.5, 0.6, KNOWN | {"epsilon": 0.0}), "epsilon"),
        ((1.5, 0.6, KNOWN | {"constants": (1, 1, 1)}), "four positive"),
    ],
)
def test_refusals(arguments, told):
    alpha, gamma, rest = arguments
    with pytest.raises(ValueError, match=told):
        theory.largest_step(alpha, gamma, **rest)


def test_what_is_left_between_the_steps_in_the_limit():
    d, xi, epsilon, t = 2, 0.3, 0.05, 3.0
    tail = 2 * levy_constant(1.5) / 1.5
    limit = -math.expm1(-tail * t * d**1.75 * (epsilon / xi) ** 1.5)
    values = [
        theory.between_steps(1.5, 0.6, dt=dt, t=t, xi=xi, epsilon=epsilon, dim=d) - limit for dt in (1e-4, 1e-5, 1e-6)
    ]
    assert values[0] > values[1] > values[2] > 0
    assert values[2] / values[1] == pytest.approx(0.1, rel=1e-3)  # only the drift's O(eta) is left
    assert theory.between_steps(1.5, 0.6, dt=0.1, t=t, xi=1e-3, epsilon=epsilon) > 1
