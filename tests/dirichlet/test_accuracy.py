"""The promise about `error`, over landscapes, domains and noise levels; and what was hard once."""

import math
from pathlib import Path

import pytest

import levysde as ls
from levysde import dirichlet

EXAMPLES = Path(__file__).parents[2] / "examples"
WELLS = ls.MultiWell([-1.0, 0.0, 2.0], [0.0, 1.0, -0.5])
CASES = [
    (ls.DoubleWell(), -1.0, ls.Interval(-math.inf, 0.0)),
    (ls.DoubleWell(), -0.6, ls.Interval(-2.5, 0.0)),
    (ls.DoubleWell(), 0.1, ls.Interval(-0.9, 0.7)),
    (ls.Quadratic(), 0.5, ls.Interval(-1.0, 2.0)),
    (ls.Quadratic(), 0.5, ls.Interval(-1.0, math.inf)),
    (WELLS, -1.0, ls.Interval(-math.inf, 0.0)),
    (WELLS, 1.3, ls.Interval(0.0, 3.0)),
    (WELLS, 1.3, ls.Interval(-0.5, math.inf)),
]


def promised(alpha):
    return 1e-8 if alpha > 1.0 else 1e-6


@pytest.mark.parametrize(("alpha", "epsilon"), [(0.5, 1e-3), (0.97, 2.0), (1.0, 1e-3), (1.9, 1e-3)])
def test_own_estimate(alpha, epsilon):
    for landscape, start, domain in CASES[2::2]:
        found = dirichlet.mean_exit_time(ls.SDE(landscape, ls.AlphaStable(alpha), epsilon), start, domain)
        assert found.valid
        assert found.error < promised(alpha) * found.value, (landscape, domain)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.3, 0.5, 0.8, 0.9, 0.97, 1.0, 1.05, 1.2, 1.5, 1.8, 1.95])
@pytest.mark.parametrize("epsilon", [1e-3, 1e-2, 0.1, 0.5, 2.0])
def test_own_estimate_everywhere(alpha, epsilon):
    for landscape, start, domain in CASES:
        sde = ls.SDE(landscape, ls.AlphaStable(alpha), epsilon)
        found = dirichlet.mean_exit_time(sde, start, domain)
        assert found.error < promised(alpha) * found.value, (landscape, domain)
        rate = dirichlet.principal_eigenvalue(sde, domain)
        if alpha < 0.5:  # beyond what is promised: a wrong digit is told
            assert rate.valid == (rate.error <= 1e-4 * rate.value)
            continue
        # where the domain holds a barrier and no minimum, nothing holds paths back but the point of rest itself
        rests = any(domain.a < x < domain.b for x in landscape.minima.ravel())
        assert rate.error < (10 if rests else 100) * promised(alpha) * rate.value, (landscape, domain)


@pytest.mark.parametrize(
    ("name", "alpha"), [("digits-loss-equal-wells.csv", 1.5), ("digits-loss-unequal-wells.csv", 0.8)]
)
def test_measured_tables(name, alpha):
    """Six hundred knots: as exact as a polynomial."""
    table = ls.Tabulated.from_csv(EXAMPLES / name)
    low, barrier = table.minima.ravel()[0], table.saddles.ravel()[0]
    sde = ls.SDE(table, ls.AlphaStable(alpha), 0.03)
    found = dirichlet.mean_exit_time(sde, low, ls.Interval(low - 0.3, barrier))
    assert found.error < promised(alpha) * found.value


@pytest.mark.parametrize("alpha", [0.5, 0.8, 0.97, 0.99])
def test_off_the_point_of_rest(alpha):
    """Where drift rules, values away from the bottom of the well are as good as those at it.

    In the limit of small noise u' = (k(x) / K - 1) / b(x), up to terms of relative order sigma^alpha.
    """
    from scipy.integrate import quad

    sigma = 1e-4
    domain = ls.Interval(-1.0, 2.0)
    sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(alpha), sigma)
    u = {x: dirichlet.mean_exit_time(sde, x, domain) for x in (0.0, 0.3, 0.9, 1.7)}
    tail = math.gamma(alpha) * math.sin(math.pi * alpha / 2) / math.pi
    rate = tail * (1 + 2**-alpha)

    def slope(x):
        return (1 - tail * ((1 + x) ** -alpha + (2 - x) ** -alpha) / rate) / x

    for x in (0.9, 1.7):
        # From 0.3 on, away from the scale of the noise at the bottom.
        expected = quad(slope, 0.3, x, epsrel=1e-10)[0]
        gap = u[x].value - u[0.3].value
        assert abs(gap - expected) < 30 * sigma**alpha + u[x].error + u[0.3].error
        assert u[x].error < 1e-6 * u[x].value


def test_rare_exits_keep_their_digits():
    """At alpha = 1.9 and sigma = 1e-3 a path leaves once in 1e7 times; row sums of the matrix have no digits left."""
    domain = ls.Interval(-1.0, 2.0)
    sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.9), 1e-3)
    found = dirichlet.mean_exit_time(sde, 0.5, domain)
    assert found.error < 1e-9 * found.value
    # From far out on the other side it is the same number, but for the way back.
    sides = dirichlet.exit_probability(sde, 0.5, domain), dirichlet.exit_probability(sde, 0.5, domain, side="left")
    assert abs(sides[0].value + sides[1].value - 1.0) < 1e-11
    rate = dirichlet.principal_eigenvalue(sde, domain)
    assert rate.value * dirichlet.mean_exit_time(sde, 0.0, domain).value == pytest.approx(1.0, abs=1e-6)


# Mean exit times from the minima of the curve with 604 joints, by meshes that end elements at every joint (two of them
# agreed to 6e-11, 8e-10, 1e-12, 2e-9); the meshes asked now leave most joints inside elements.
AT_EVERY_JOINT = [
    (0.104 * ls.AlphaStable(1.5), 0, 22.441715300461368),
    (0.104 * ls.AlphaStable(1.5), 1, 98.25891618289221),
    (0.5 * ls.Brownian(), 1, 1195.9356887310612),
    (0.2 * ls.AlphaStable(0.8), 0, 3.826284042000634),
]


@pytest.mark.parametrize(("noise", "i", "mean"), AT_EVERY_JOINT)
def test_joints_inside_elements(noise, i, mean):
    table = ls.Tabulated.from_csv(EXAMPLES / "digits-loss-unequal-wells.csv")
    found = dirichlet.mean_exit_time(ls.SDE(table, noise), table.minima[i], table.basin(i))
    assert found.valid
    assert abs(found.value - mean) < 5 * found.error
    assert found.error < promised(1.5 if noise.variance_rate else noise.leaves()[0][1].alpha) * mean
