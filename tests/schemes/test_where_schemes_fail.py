"""What large jumps do to each scheme in the double well: the table in the docstring of `TamedEuler`."""

import math

import numpy as np
import pytest

import levysde as ls
from levysde.engine.plan import drift_block

Z = 5.0
LEFT = ls.Interval(-math.inf, 0.0)
STEPS = (0.1, 0.05, 0.025)
# E tau of (-inf, 0) from -1, epsilon = 0.5, by Monte Carlo with the error given; taming at 0.5: E min(tau, 500), since
# E tau is infinite there (300,000 paths of a run with another seed). Exact in continuous time: 3.4242 and 5.6654.
TABLE = {
    (0.5, "EulerMaruyama"): ((2.14, 2.27, 2.38), 0.02),
    (0.5, "TamedEuler"): ((17.24, 13.72, 10.9), 0.13),
    (0.5, "DriftImplicitEuler"): ((3.60, 3.51, 3.46), 0.02),
    (0.5, "Splitting"): ((3.51, 3.45, 3.43), 0.02),
    (0.5, "StrangSplitting"): ((3.51, 3.45, 3.43), 0.02),
    (1.5, "EulerMaruyama"): ((5.31, 5.56, 5.64), 0.03),
    (1.5, "TamedEuler"): ((6.16, 5.98, 5.89), 0.03),
    (1.5, "DriftImplicitEuler"): ((6.46, 6.15, 5.90), 0.03),
    (1.5, "Splitting"): ((6.25, 6.07, 5.92), 0.03),
    (1.5, "StrangSplitting"): ((6.25, 6.07, 5.92), 0.03),
}
EXACT = {0.5: 3.424223, 1.5: 5.6654191}  # tests/reference/exits.json


def well(alpha):
    return ls.SDE(ls.DoubleWell(), ls.AlphaStable(alpha), 0.5)


@pytest.mark.parametrize(("alpha", "name"), TABLE)
def test_the_table_of_mean_exit_times(alpha, name, seed):
    values, their_error = TABLE[alpha, name]
    for dt, wanted in zip(STEPS, values, strict=True):
        sample = ls.first_exit(
            well(alpha), -1.0, LEFT, n_paths=40_000, dt=dt, t_max=500.0, scheme=getattr(ls, name)(), rng=seed
        )
        assert sample.n_nonfinite == 0  # nothing looks wrong
        error = math.hypot(np.std(sample.times) / math.sqrt(sample.n_paths), their_error)
        assert abs(np.mean(sample.times) - wanted) < Z * error
        if alpha == 0.5:  # right within 10 %, or wrong beyond doubt
            off = abs(np.mean(sample.times) / EXACT[alpha] - 1)
            assert off < 0.1 or name in ("EulerMaruyama", "TamedEuler")
            assert off > 0.25 or name not in ("EulerMaruyama", "TamedEuler")


def test_taming_against_an_implementation_of_its_own(rng, seed):
    """E min(tau, 100) of the tamed chain, in plain NumPy."""
    dt, t_max, n = 0.1, 100.0, 20_000
    x, times = np.full(n, -1.0), np.full(n, t_max)
    alive = np.arange(n)
    for k in range(1, round(t_max / dt) + 1):
        force = x - x**3
        x = x + dt * force / (1 + dt * np.abs(force)) + ls.stable.rvs(0.5, scale=0.5 * dt**2.0, size=len(x), rng=rng)
        out = ~(x < 0)
        times[alive[out]] = k * dt
        alive, x = alive[~out], x[~out]
    ours = ls.first_exit(well(0.5), -1.0, LEFT, n_paths=n, dt=dt, t_max=t_max, scheme=ls.TamedEuler(), rng=seed).times
    error = math.hypot(np.std(times), np.std(ours)) / math.sqrt(n)
    assert abs(np.mean(ours) - np.mean(times)) < Z * error
    assert abs(np.mean(ours) - 3.5) > Z * error


@pytest.mark.parametrize(("alpha", "dt"), [(1.5, 0.04), (1.5, 0.02), (0.5, 0.02)])
def test_explicit_euler_loses_paths_by_the_formula(alpha, dt, seed):
    """Beyond L = sqrt(2/dt + 1) a step overshoots: P(lost by T) = 1 - exp(-2 T (c/alpha) sigma^alpha L^-alpha).

    From the wells at +-1 rather than from 0 the rate is larger by 1 + alpha (alpha + 1) / 2 / L^2. What is left out,
    the next order and the ten steps or so that it takes to overflow, is bounded by 1 / L^2 and 10 dt / T of the rate.
    """
    sigma, t, n = 0.5, 20.0, 10_000
    c = math.gamma(1 + alpha) * math.sin(math.pi * alpha / 2) / math.pi
    square = 2 / dt + 1
    rate = 2 * c / alpha * sigma**alpha * square ** (-alpha / 2) * (1 + alpha * (alpha + 1) / 2 / square)
    p = -math.expm1(-t * rate)
    bound = t * rate * (1 - p) * (1 / square + 10 * dt / t)
    arguments = {"t": t, "dt": dt, "n_paths": n, "save_every": round(t / dt), "rng": seed}
    with pytest.warns(RuntimeWarning, match="became non-finite"):
        euler = ls.simulate(well(alpha), -1.0, scheme=ls.EulerMaruyama(), **arguments)
    share, error = euler.n_nonfinite / n, math.sqrt(p * (1 - p) / n)
    assert abs(share - p) < Z * error + bound
    other = -math.expm1(-t * rate * alpha / c)  # 1/alpha in place of c/alpha
    assert abs(share - other) > Z * error + bound


@pytest.mark.parametrize("scheme", [ls.DriftImplicitEuler(), ls.Splitting(), ls.StrangSplitting()])
@pytest.mark.parametrize("dt", [0.5, 0.1, 0.01])
@pytest.mark.parametrize("alpha", [0.3, 1.5])
def test_no_path_is_lost_by_those_who_know_the_way_home(scheme, dt, alpha, seed):
    """At alpha = 0.3 and dt = 0.5 the largest of the 200,000 jumps is about 10^16, in the median."""
    paths = ls.simulate(well(alpha), -1.0, t=100 * dt, dt=dt, n_paths=2000, scheme=scheme, rng=seed)
    assert paths.n_nonfinite == 0
    assert np.abs(paths.x).max() < 1e12 or scheme == ls.Splitting()  # seen after the way home


@pytest.mark.parametrize("dt", [1e-4, 0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize(
    "landscape",
    [ls.DoubleWell(), ls.Polynomial([0, 0.1, -0.5, 0, 0.25]), ls.MultiWell([-0.5, 0, 1.5], [-1, 0, -0.5]), ls.Flat()],
    ids=repr,
)
def test_the_implicit_equation_is_solved_from_any_distance(landscape, dt):
    """Residuals at rounding, also from 10^30 and where the cube overflows, for dt below 1/curvature of the barrier."""
    least = landscape.hessian(landscape.saddles[:, 0]).min() if len(landscape.saddles) else 0.0
    if dt * -least >= 1:
        pytest.skip("two solutions")
    far = 10.0 ** np.array([3, 10, 30, 100, 200, 300])
    x = np.concatenate([np.linspace(-3, 3, 301), far, -far])[None]
    block, params = drift_block(ls.SDE(landscape, ls.Brownian()), ls.DriftImplicitEuler(), dt)
    y = np.empty_like(x)
    block(x, params, y)
    residual = np.abs(y + dt * landscape.gradient(y[0]) - x)
    assert np.all(residual <= 4e-15 * (np.abs(x) + np.abs(y) + 1e-3))
