"""What a solve costs, counted in unknowns, and that small elements of low degree cost no digits."""

import math

import numpy as np
import pytest

import levysde as ls
from levysde import dirichlet
from levysde.dirichlet.mesh import LADDER, build
from levysde.dirichlet.question import ask
from levysde.dirichlet.system import System

WELLS = ls.MultiWell([-1.0, 0.0, 2.0], [0.0, 1.0, -0.5])
CASES = [
    (ls.DoubleWell(), -1.0, ls.Interval(-math.inf, 0.0)),
    (ls.DoubleWell(), -0.6, ls.Interval(-2.5, 0.0)),
    (ls.Quadratic(), 0.5, ls.Interval(-1.0, 2.0)),
    (WELLS, 1.3, ls.Interval(0.0, 3.0)),
    (WELLS, 1.3, ls.Interval(0.0, math.inf)),
]


def asked(landscape, alpha, epsilon, domain):
    return ask(ls.SDE(landscape, ls.AlphaStable(alpha), epsilon), domain)


@pytest.mark.parametrize("alpha", [0.5, 0.8, 0.9, 1.0, 1.02, 1.05, 1.2, 1.5, 1.8, 1.95])
def test_a_question_is_small(alpha):
    """Though the layer of alpha = 1.02 at sigma = 1e-3 ends at 1e-150: 2100 unknowns are factorised in 0.2 s."""
    for landscape, _, domain in CASES:
        for epsilon in (1e-3, 1e-2, 0.1, 1.0):
            mesh = build(asked(landscape, alpha, epsilon, domain), LADDER[1])
            assert mesh.degrees.sum() < 2100
            assert mesh.degrees.max() <= LADDER[1].degree


HARD = [(1.05, 0.1, 2), (1.2, 0.1, 2), (1.5, 0.1, 1), (1.9, 0.1, 3), (0.7, 0.1, 1)]


@pytest.mark.parametrize(("alpha", "epsilon", "case"), HARD)
def test_low_degrees_cost_no_digits(alpha, epsilon, case):
    landscape, start, domain = CASES[case]
    question = asked(landscape, alpha, epsilon, domain)
    mesh = build(question, LADDER[0])
    full = mesh._replace(degrees=np.full(len(mesh.degrees), mesh.degree))
    low = mesh._replace(degrees=np.minimum(mesh.degrees, 4))  # that low on long elements, it must be seen
    assert mesh.degrees.sum() < 0.95 * full.degrees.sum()
    value, exact, wrong = (s.at(s.times(1), start) for s in (System(question, m) for m in (mesh, full, low)))
    assert abs(value / exact - 1) < 1e-9
    assert abs(wrong / exact - 1) > 1e-8


@pytest.mark.parametrize("alpha", [0.5, 1.2, 1.5, 1.8])
@pytest.mark.parametrize("gap", [1e-3, 1e-6])
def test_next_to_an_end(alpha, gap):
    """Where elements are of low degree, closed forms hold too: u = (1 - x^2)^(alpha/2) / Gamma(1 + alpha)."""
    x = 1.0 - gap
    found = dirichlet.mean_exit_time(ls.SDE(ls.Flat(), ls.AlphaStable(alpha)), x, ls.Interval(-1.0, 1.0))
    exact = ((1.0 - x) * (1.0 + x)) ** (alpha / 2) / math.gamma(1.0 + alpha)
    assert found.valid
    assert abs(found.value - exact) < 5 * found.error
    assert found.error < 1e-6 * exact


@pytest.mark.parametrize("alpha", [1.8, 1.95])
@pytest.mark.parametrize("epsilon", [0.01, 0.1])
def test_layers_that_fall_off_like_exponentials(alpha, epsilon):
    """Two meshes suffice on (-2.5, 0), where u falls off within epsilon of the barrier."""
    landscape, start, domain = CASES[1]
    question = asked(landscape, alpha, epsilon, domain)
    coarse, fine = (System(question, build(question, resolution)) for resolution in LADDER[:2])
    assert abs(coarse.at(coarse.times(1), start) / fine.at(fine.times(1), start) - 1) < 8e-9
