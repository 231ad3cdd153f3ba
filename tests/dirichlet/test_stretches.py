"""A mesh in stretches gives what it gives as one, and its digits do not depend on how rarely a well is left."""

import math

import numpy as np
import pytest

import levysde as ls
from levysde import dirichlet
from levysde.dirichlet import stretches
from levysde.dirichlet.adjoint import AdjointSystem
from levysde.dirichlet.mesh import LADDER, build
from levysde.dirichlet.question import ask
from levysde.dirichlet.system import System

WELLS = ls.MultiWell([-1.0, 0.0, 2.0], [0.0, 1.0, -0.5])
BOTH = ls.Interval(-2.0, 3.5)
HALF = ls.Interval(-math.inf, 3.5)

# Ends that u vanishes at, that it jumps at, with a power; open ones with and without a kernel that grows; mixed noise.
ASKED = [
    (ls.AlphaStable(1.8), 0.1, BOTH),
    (ls.AlphaStable(1.2, 0.5), 0.01, HALF),
    (ls.AlphaStable(1.0), 0.1, BOTH),
    (ls.AlphaStable(1.0, 0.4), 0.1, HALF),
    (ls.AlphaStable(1.1, -0.6), 0.1, BOTH),
    (ls.AlphaStable(0.5, 1.0), 0.1, BOTH),
    (ls.AlphaStable(0.7, 0.3), 0.1, HALF),
    (ls.AlphaStable(0.6), 0.1, ls.Interval(-2.0, math.inf)),
    (ls.AlphaStable(1.0, 0.3) + ls.TemperedStable(1.5, 4.0, 0.2) + 0.3 * ls.Brownian(), 1.0, BOTH),
    (ls.AlphaStable(0.6, -0.3) + ls.TemperedStable(1.5, 4.0, 0.2), 0.5, ls.Interval(-2.0, math.inf)),
]


def meshes(noise, epsilon, domain, landscape=WELLS):
    question = ask(ls.SDE(landscape, noise, epsilon), domain)
    mesh = build(question, LADDER[0])
    assert mesh.cuts
    return question, mesh, mesh._replace(cuts=())


@pytest.mark.parametrize(("noise", "epsilon", "domain"), ASKED, ids=repr)
def test_the_form_is_the_same(noise, epsilon, domain):
    question, cut, whole = meshes(noise, epsilon, domain)
    parts, one = System(question, cut), System(question, whole)
    assert len(parts.stiffness.blocks) == len(cut.cuts) + 1
    rng = np.random.default_rng(1)
    for _ in range(3):
        u = rng.standard_normal(one.size)
        exact = one.stiffness @ u
        assert np.abs(parts.stiffness @ u - exact).max() < 1e-12 * np.abs(exact).max()
    assert parts.stiffness.outside == pytest.approx(
        one.stiffness.outside, abs=1e-11 * np.abs(one.stiffness.outside).max()
    )


@pytest.mark.parametrize(("noise", "epsilon", "domain"), ASKED, ids=repr)
def test_solutions_are_the_same(noise, epsilon, domain):
    question, cut, whole = meshes(noise, epsilon, domain)
    parts, one = System(question, cut), System(question, whole)
    for x in (-1.0, 1.3):
        assert parts.at(parts.times(1), x) == pytest.approx(one.at(one.times(1), x), rel=1e-9)
        assert parts.resolvent(0.3 + 0.2j, x) == pytest.approx(one.resolvent(0.3 + 0.2j, x), rel=1e-9)
        if domain is BOTH:
            assert parts.at(parts.chance(0), x) == pytest.approx(one.at(one.chance(0), x), abs=1e-9)
    densities = [AdjointSystem(question, mesh) for mesh in (cut, whole)]
    found, exact = (a.solve_adjoint(a.mass.T @ a.one) @ (a.mass @ a.one) for a in densities)
    assert found == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("change", ["values", "panels"])
def test_a_wrong_exchange_is_seen(monkeypatch, change):
    """Stretches that do not see each other, or panels of too low a degree, are another equation."""
    question, cut, whole = meshes(ls.AlphaStable(1.5), 0.1, BOTH)
    exact = System(question, whole)
    if change == "panels":
        monkeypatch.setattr(stretches, "PANEL", 4)
        wrong = System(question, cut)
    else:
        wrong = System(question, cut)
        wrong.stiffness.between[:] = 0.0
    found, expected = (s.at(s.times(1), 1.3) for s in (wrong, exact))
    assert abs(found / expected - 1) > 1e-7


def test_a_node_between_stretches_belongs_to_one():
    for noise, epsilon, domain in ASKED:
        question, cut, _ = meshes(noise, epsilon, domain)
        for system in (System(question, cut), AdjointSystem(question, cut)):
            for k, part in enumerate(system._factors.parts):
                assert len(part.tests) == len(part.unknowns), (noise, k)
            every = np.concatenate([part.unknowns for part in system._factors.parts])
            assert len(np.unique(every)) == len(every) == system.unknowns - np.count_nonzero(system.split.pinned >= 0)


MANY = ls.MultiWell(
    [-3.0, -2.2, -1.3, -0.7, 0.0, 0.8, 1.5, 2.0, 2.9, 3.5, 4.2],
    [0.0, 0.6, -0.3, 0.9, -0.5, 1.0, 0.1, 0.5, -0.4, 0.8, 0.0],
)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5, 1.95])
@pytest.mark.parametrize("domain", [ls.Interval(-3.5, 4.5), ls.Interval(-math.inf, 4.5)], ids=repr)
def test_six_wells_at_small_noise(alpha, domain):
    """Each is a level of its own: with one for all, round-off left 3e-6 of the mean at alpha = 1.95."""
    found = dirichlet.mean_exit_time(ls.SDE(MANY, ls.AlphaStable(alpha), 1e-3), 0.0, domain)
    assert found.valid
    assert found.error < (1e-9 if alpha > 1.0 else 1e-8) * found.value


@pytest.mark.parametrize("alpha", [0.8, 1.5, 1.9])
def test_the_chain_between_wells_is_its_limit(alpha):
    """At small noise the mean exit time from a domain of two wells is that of a chain of two states."""
    sigma = 1e-4
    rate = math.gamma(alpha) * math.sin(math.pi * alpha / 2) / math.pi * sigma**alpha
    low, high = -1.0, 2.0
    across = rate * 1.0**-alpha, rate * 2.0**-alpha  # over the barrier at 0
    out = (
        rate * (1.0**-alpha + 4.5**-alpha),  # from -1 to -2 and to 3.5
        rate * (4.0**-alpha + 1.5**-alpha),
    )
    over = across[0] - rate * 4.5**-alpha, across[1] - rate * 4.0**-alpha
    q = np.array([[out[0] + over[0], -over[0]], [-over[1], out[1] + over[1]]])
    times = np.linalg.solve(q, np.ones(2))
    for x, expected in zip((low, high), times, strict=True):
        found = dirichlet.mean_exit_time(ls.SDE(WELLS, ls.AlphaStable(alpha), sigma), x, BOTH)
        assert found.error < 1e-8 * found.value
        assert found.value == pytest.approx(expected, rel=30 * sigma ** min(alpha, 1.0))
