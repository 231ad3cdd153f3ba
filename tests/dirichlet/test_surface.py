"""What is refused, and what a number that cannot be trusted looks like."""

import math

import pytest

import levysde as ls
from levysde import dirichlet

UNIT = ls.Interval(-1.0, 1.0)


@pytest.mark.parametrize(
    ("noise", "domain", "word"),
    [
        (ls.CompoundPoisson(1.0, [-1.0, 1.0]), UNIT, "AlphaStable and TemperedStable"),
        (ls.AlphaStable(0.5, 1.0), ls.Interval(-1.0, math.inf), "no path leaves"),
        (-ls.TemperedStable(0.5, 2.0, 1.0), ls.Interval(-math.inf, 1.0), "no path leaves"),
        (0.0 * ls.AlphaStable(1.5), UNIT, "no amplitude"),
        (ls.AlphaStable(0.05), UNIT, "0.1"),
        (ls.AlphaStable(1.5), ~ls.Interval(-4.0, -3.0), "not an interval"),
        (ls.AlphaStable(1.5), ls.Interval(-math.inf, math.inf), "whole line"),
    ],
)
def test_what_is_not_supported_is_named(noise, domain, word):
    sde = ls.SDE(ls.Quadratic(), noise)
    for call in (
        lambda: dirichlet.mean_exit_time(sde, 0.0, domain),
        lambda: dirichlet.principal_eigenvalue(sde, domain),
        lambda: dirichlet.survival(sde, 0.0, domain, 1.0),
    ):
        with pytest.raises(ValueError, match=word):
            call()


def test_arguments():
    sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5))
    with pytest.raises(TypeError, match="order"):
        dirichlet.mean_exit_time(sde, UNIT, 0.0)
    with pytest.raises(ValueError, match="not inside"):
        dirichlet.mean_exit_time(sde, 1.0, UNIT)
    with pytest.raises(ValueError, match="dimension"):
        dirichlet.mean_exit_time(ls.SDE(ls.Quadratic(dim=2), ls.AlphaStable(1.5)), (0.0, 0.0), ls.Ball((0.0, 0.0), 1.0))
    with pytest.raises(ValueError, match="neither"):
        dirichlet.exit_probability(sde, 0.0, UNIT, side="up")
    with pytest.raises(ValueError, match="t="):
        dirichlet.survival(sde, 0.0, UNIT, -1.0)
    with pytest.raises(ValueError, match="bring a path back"):
        dirichlet.mean_exit_time(ls.SDE(ls.Flat(), ls.AlphaStable(1.5)), 0.0, ls.Interval(-math.inf, 1.0))


def test_intervals_of_every_kind():
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5)
    ball = dirichlet.mean_exit_time(sde, 0.5, ls.Ball(0.5, 0.4))
    assert dirichlet.mean_exit_time(sde, 0.5, ls.Interval(0.1, 0.9)).value == pytest.approx(ball.value, rel=1e-12)
    half = dirichlet.mean_exit_time(sde, -1.0, ls.HalfSpace(1.0, 0.0))
    assert dirichlet.mean_exit_time(sde, -1.0, ls.Interval(-math.inf, 0.0)).value == half.value
    assert dirichlet.exit_probability(sde, -1.0, ls.HalfSpace(1.0, 0.0)).value == 1.0
    assert dirichlet.exit_probability(sde, -1.0, ls.HalfSpace(1.0, 0.0), side="left").value == 0.0
    assert dirichlet.survival(sde, 0.5, UNIT, 0.0).value == 1.0


def test_what_is_not_resolved_is_said():
    # A barrier of 50 temperatures: the matrix is singular in double precision.
    deep = dirichlet.mean_exit_time(ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.09), -1.0, ls.Interval(-math.inf, 0.0))
    assert not deep.valid
    assert "not resolved" in deep.reason
    assert deep.error > 1e-4 * abs(deep.value)


@pytest.mark.slow
def test_nearest_to_one():
    """Just below one the layer at the ends spans more decades than doubles have; away from it nothing is lost."""
    below, at_one, above = (
        dirichlet.mean_exit_time(ls.SDE(ls.Quadratic(), ls.AlphaStable(alpha), 0.5), 0.5, UNIT)
        for alpha in (0.99, 1.0, 1.01)
    )
    # Smooth in alpha: the second difference is below the square of the first one's size.
    bend = below.value + above.value - 2 * at_one.value
    assert abs(bend) < ((above.value - below.value) / 2) ** 2
    assert max(p.error for p in (below, at_one, above)) < 1e-6
    strong = [
        dirichlet.mean_exit_time(ls.SDE(ls.Quadratic(), ls.AlphaStable(alpha), 0.02), 0.5, UNIT)
        for alpha in (0.99, 1.0, 1.01)
    ]
    assert abs(strong[0].value + strong[2].value - 2 * strong[1].value) < (
        abs(strong[2].value - strong[0].value) ** 2 / strong[1].value
    )
    assert max(p.error / p.value for p in strong) < 1e-8
