"""Why `Splitting` is the default: explicit Euler loses paths or takes overshoots for exits, and taming is no cure."""

import math

import numpy as np
import pytest

import levysde as ls

LEFT = ls.Interval(-math.inf, 0)
EXACT = {0.5: 3.424223, 1.5: 5.6654191}  # E tau of (-inf, 0) from -1, sigma = 0.5 (tests/reference/exits.json)


def _sde(alpha):
    return ls.SDE(ls.DoubleWell(), ls.AlphaStable(alpha), 0.5)


def test_euler_loses_paths_and_splitting_none(laws, seed):
    """Above sqrt(2/dt + 1) a step of x - x^3 overshoots further than it came: P(lost by T) in closed form, 5.2 %.

    P = 1 - exp(-2 T (c_alpha/alpha) sigma^alpha L^-alpha), L^2 = 2/dt + 1, for jumps from 0; from the wells at +-1 the
    rate is larger by alpha (alpha + 1) / 2 / L^2 = 0.9 %. What is left out, jumps over L from further out (another
    0.4 %) and the ten steps or so that it takes to overflow (0.5 %, the other way), is far below the error, 3 %.
    """
    alpha, sigma, dt, t, n = 1.5, 0.5, 0.01, 20.0, 20_000
    c = math.gamma(1 + alpha) * math.sin(math.pi * alpha / 2) / math.pi
    rate = 2 * c / alpha * sigma**alpha * (2 / dt + 1) ** (-alpha / 2)
    p = -math.expm1(-t * rate * (1 + alpha * (alpha + 1) / 2 / (2 / dt + 1)))
    assert p == pytest.approx(0.0519, abs=5e-5)
    arguments = {"t": t, "dt": dt, "n_paths": n, "save_every": 2000, "rng": seed}
    with pytest.warns(RuntimeWarning, match=r"of 20000 paths became non-finite: .*use Splitting"):
        euler = ls.simulate(_sde(alpha), -1.0, scheme=ls.EulerMaruyama(), **arguments)
    lost = int(np.count_nonzero(euler.status == 2))
    assert lost == euler.n_nonfinite
    assert laws.count_z(lost, n, p) < laws.Z
    assert np.array_equal(np.isnan(euler.x[:, -1, 0]), euler.status == 2)
    assert laws.count_z(lost, n, p / (c / alpha) / alpha) > laws.Z  # 1/alpha in place of c_alpha/alpha
    splitting = ls.simulate(_sde(alpha), -1.0, scheme=ls.Splitting(), **arguments)  # a warning would fail the test
    assert splitting.n_nonfinite == 0
    default = ls.simulate(_sde(alpha), -1.0, **arguments)
    assert np.array_equal(default.x, splitting.x)  # and is what one gets without asking


def _mean(alpha, dt, scheme, seed, laws, n=60_000):
    return laws.mean_exit(_sde(alpha), -1.0, LEFT, n_paths=n, dt=dt, t_max=400.0, rng=seed, scheme=scheme)


def test_euler_takes_overshoots_for_exits(laws, seed):
    """alpha = 0.5: 2.14 / 2.27 / 2.38 (each +-0.02) at dt = 0.1 / 0.05 / 0.025 against 3.424."""
    for dt, known in ((0.1, 2.14), (0.05, 2.27), (0.025, 2.38)):
        value, error = _mean(0.5, dt, ls.EulerMaruyama(), seed, laws)
        assert abs(value - known) / math.hypot(error, 0.02) < laws.Z
        assert value + laws.Z * error < 0.75 * EXACT[0.5]  # more than 25 % low, beyond doubt
    inside = ls.first_exit(_sde(0.5), -1.0, LEFT, n_paths=1000, dt=0.025, rng=seed, scheme=ls.EulerMaruyama())
    assert inside.n_nonfinite == 0  # nothing shows it


def test_splitting_is_right_within_its_step_bias(laws, seed):
    """alpha = 0.5: 3.51 / 3.45 / 3.43 (each +-0.02); the extrapolated value is the exact one."""
    for dt, known in ((0.1, 3.51), (0.05, 3.45), (0.025, 3.43)):
        value, error = _mean(0.5, dt, ls.Splitting(), seed, laws)
        assert abs(value - known) / math.hypot(error, 0.02) < laws.Z
    value, error = laws.extrapolated(lambda dt, rng: _mean(0.5, dt, ls.Splitting(), rng, laws), 0.025, seed)
    assert abs(value - EXACT[0.5]) / error < laws.Z
    assert abs(0.7 * value - EXACT[0.5]) / error > laws.Z


def test_two_errors_of_euler_cancel_at_alpha_15(laws, seed):
    """5.64 +-0.03 at dt = 0.025, near 5.665: the missed exits hide the invented ones, so that agreement proves nothing.

    Splitting shows the missed exits alone: 5.92.
    """
    value, error = _mean(1.5, 0.025, ls.EulerMaruyama(), seed, laws)
    assert abs(value - 5.64) / math.hypot(error, 0.03) < laws.Z
    value, error = _mean(1.5, 0.025, ls.Splitting(), seed, laws)
    assert abs(value - 5.92) / math.hypot(error, 0.03) < laws.Z
    assert abs(value - EXACT[1.5]) / error > laws.Z


def _lock_step(step, dt, t_max, n, rng):
    """Exit times of (-inf, 0) from -1 with all paths in one array; t_max where a path is still inside."""
    x, times = np.full(n, -1.0), np.full(n, t_max)
    alive = np.arange(n)
    scale = 0.5 * dt**2.0  # sigma dt^(1/alpha)
    for k in range(1, round(t_max / dt) + 1):
        x = step(x, dt) + ls.stable.rvs(0.5, scale=scale, size=len(x), rng=rng)
        out = ~(x < 0)
        times[alive[out]] = k * dt
        alive, x = alive[~out], x[~out]
        if not len(alive):
            break
    return times


def _tamed(x, dt):
    force = x - x**3
    return x + dt * force / (1 + dt * np.abs(force))


def _flow(x, dt):
    return x * math.exp(dt) / np.sqrt(1 + x * x * math.expm1(2 * dt))


@pytest.mark.parametrize("dt", [0.1, 0.05])
def test_taming_is_no_cure(dt, laws, rng):
    """A tamed step moves back by at most 1 after a jump of any size: times two to four times too long at alpha = 0.5.

    Compared is E min(tau, 200), a lower bound of E tau with a finite variance.
    """
    times = _lock_step(_tamed, dt, 200.0, 30_000, rng)
    error = np.std(times) / math.sqrt(len(times))
    assert np.mean(times) - laws.Z * error > 2 * EXACT[0.5]
    assert np.mean(times) < 5 * EXACT[0.5]
    times = _lock_step(_flow, dt, 200.0, 10_000, rng)  # the same loop with the drift flow is right
    error = np.std(times) / math.sqrt(len(times))
    # its step error, +2.5 % at dt = 0.1 and +0.9 % at 0.05, is that of the table in the test above
    assert abs(np.mean(times) - {0.1: 3.51, 0.05: 3.45}[dt]) / math.hypot(error, 0.02) < laws.Z
