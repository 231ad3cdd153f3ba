"""Skewed and tempered noise in a double well, by simulation and by solving the exit problem: no code in common."""

import math

import pytest

import levysde as ls

WELL = ls.Interval(-2.5, 0.0)
NOISES = {
    "stable": (0.4 * ls.AlphaStable(1.5, 0.7), 0.4 * ls.AlphaStable(1.5, -0.7)),
    "at one": (0.4 * ls.AlphaStable(1.0, 0.5), 0.4 * ls.AlphaStable(1.0, -0.5)),
    "small alpha": (0.4 * ls.AlphaStable(0.7, -0.5), 0.4 * ls.AlphaStable(0.7, 0.5)),
    "tempered": (0.8 * ls.TemperedStable(1.3, 1.0, -0.5), 0.8 * ls.TemperedStable(1.3, 1.0, 0.5)),
}


@pytest.mark.parametrize("name", NOISES)
def test_mean_exit_time(name, seed):
    sde, mirrored = (ls.SDE(ls.DoubleWell(), noise) for noise in NOISES[name])
    solved = ls.dirichlet.mean_exit_time(sde, -1.0, WELL)
    assert solved.valid
    assert solved.error < 1e-6 * solved.value
    measured = ls.mean_exit_time(sde, -1.0, WELL, rel_error=0.02, rng=seed)
    tolerance = 5 * measured.standard_error + measured.bias
    assert abs(measured.value - solved.value) < tolerance
    # Negative control: skewed to the other side.
    assert abs(measured.value - ls.dirichlet.mean_exit_time(mirrored, -1.0, WELL).value) > tolerance


def test_side(seed):
    """Which end: the chance changes with the step by less than the chance that a path is near an end for that long."""
    sde, mirrored = (ls.SDE(ls.DoubleWell(), noise) for noise in NOISES["small alpha"])
    solved = ls.dirichlet.exit_probability(sde, -1.0, WELL)
    right = ls.Interval(0.0, math.inf)
    fine, coarse = (
        ls.first_exit(sde, -1.0, WELL, n_paths=20_000, dt=dt, t_max=200.0, rng=seed + k).exit_probability(right)
        for k, dt in enumerate((2e-3, 1e-2))
    )
    # Of first order in the step for alpha < 1: a quarter of the difference is left in the finer one.
    spread = math.hypot(fine.standard_error, coarse.standard_error)
    bias = (abs(fine.value - coarse.value) + 5 * spread) / 4
    assert abs(fine.value - solved.value) < 5 * fine.standard_error + bias
    assert abs(fine.value - ls.dirichlet.exit_probability(mirrored, -1.0, WELL).value) > 5 * fine.standard_error + bias
