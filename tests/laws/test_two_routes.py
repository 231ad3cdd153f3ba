"""Mean exit times by Monte Carlo and by solving the exit problem: two routes with no code in common."""

import pytest

import levysde as ls

WELLS = ls.MultiWell(x=[-0.5, 0, 1.5], u=[-1, 0, -0.5])
NOISES = {
    "stable": 0.05 * ls.AlphaStable(1.5),
    "small alpha": 0.05 * ls.AlphaStable(0.7),
    "mixed": 0.03 * ls.AlphaStable(1.5) + 0.2 * ls.Brownian(),
}


@pytest.mark.parametrize("well", [0, 1])
@pytest.mark.parametrize("name", NOISES)
def test_simulation_agrees_with_the_solved_exit_problem(name, well, seed):
    sde, start, basin = ls.SDE(WELLS, NOISES[name]), WELLS.minima[well], WELLS.basin(well)
    solved = ls.dirichlet.mean_exit_time(sde, start, basin)
    measured = ls.mean_exit_time(sde, start, basin, rel_error=0.03, rng=seed)
    assert solved.valid
    assert solved.error < 1e-5 * solved.value
    assert abs(measured.value - solved.value) < 5 * measured.standard_error + measured.bias
    # negative control: half as much noise again
    wrong = ls.dirichlet.mean_exit_time(ls.SDE(WELLS, 1.5 * NOISES[name]), start, basin)
    assert abs(measured.value - wrong.value) > 5 * measured.standard_error + measured.bias
