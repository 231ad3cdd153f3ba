"""Exits without drift: the watched chain exactly, then the continuous motion with the step bias removed."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.theory import boundary_shift, getoor

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "exits.json").read_text())
UNIT = ls.Interval(-1, 1)


def _free(noise, dim=1):
    return ls.SDE(ls.Flat(dim), noise)


# The chain itself: no bias at all ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("alpha", "dt", "mean"), REFERENCE["watched"])
def test_mean_exit_of_the_watched_chain(alpha, dt, mean, laws, seed):
    n = 200_000
    value, error = laws.mean_exit(_free(ls.AlphaStable(alpha)), 0.0, UNIT, n_paths=n, dt=dt, t_max=100, rng=seed)
    assert abs(value - mean) / error < laws.Z


@pytest.mark.parametrize(
    ("noise", "why"),
    [
        (1.03 * ls.AlphaStable(1.5), "scale off by 3 %"),
        (ls.AlphaStable(1.4), "alpha off by 0.1"),
        (0.01 ** (1 / 2 - 1 / 1.5) * ls.AlphaStable(1.5), "sqrt(dt) for dt^(1/alpha)"),
        (math.sqrt(0.5) * ls.AlphaStable(1.5), "a lost sqrt(2)"),
    ],
)
def test_mean_exit_controls(noise, why, laws, seed):
    mean = next(value for alpha, dt, value in REFERENCE["watched"] if (alpha, dt) == (1.5, 0.01))
    value, error = laws.mean_exit(_free(noise), 0.0, UNIT, n_paths=200_000, dt=0.01, t_max=100, rng=seed)
    assert abs(value - mean) / error > laws.Z, why


@pytest.mark.parametrize("noise", [ls.AlphaStable(0.5), ls.AlphaStable(1.5), ls.Brownian()], ids=repr)
def test_sparre_andersen(noise, laws, seed):
    """P(S_1 > 0, ..., S_n > 0) = C(2n, n) / 4^n for every symmetric continuous step and every dt.

    The start 1e-13 in place of 0 changes this by at most n 1e-13 / scale.
    """
    n = 200_000
    sample = ls.first_exit(_free(noise), 1e-13, ls.Interval(0, math.inf), n_paths=n, dt=1.0, t_max=16, rng=seed)
    z = [
        laws.count_z(np.count_nonzero(sample.times > steps) + (steps == 16) * sample.n_censored, n, p)
        for steps, p in ((1, 0.5), (2, 0.375), (4, 0.2734375), (15, math.comb(30, 15) / 4**15), (16, 0.1399499341))
    ]
    assert np.max(z) < laws.Z
    skewed = ls.first_exit(
        _free(ls.AlphaStable(1.5, 0.5)), 1e-13, ls.Interval(0, math.inf), n_paths=n, dt=1.0, t_max=16, rng=seed
    )
    assert laws.count_z(skewed.n_censored, n, 0.1399499341) > laws.Z


# The motion in continuous time ---------------------------------------------------------------------------------------
#
# alpha > 1: the boundary is moved inward by boundary_shift, which leaves c dt; Richardson's combination of dt and 4 dt
# removes that. What remains is of higher order. Its size from the chain's exact values at alpha = 1.5: the shifted
# means at dt = 0.0025 and 0.01 extrapolate to the limit within 1e-5 relative, far below the statistical errors here.
# alpha < 1: no shift, the bias is c dt + O(dt^(1/alpha)); Richardson leaves at alpha = 0.8
# 0.38 |beta_alpha| alpha E tau dt^1.25 < 1e-4 relative at dt = 0.0025.


def _mean(noise, x0, domain, dt, n, seed, laws, dim=1, shift=True):
    def measure(step, rng):
        moved = boundary_shift(noise, step) if shift else 0.0
        return laws.mean_exit(_free(noise, dim), x0, domain, n_paths=n, dt=step, t_max=60.0, rng=rng, shift=moved)

    return laws.extrapolated(measure, dt, seed)


def _watched_limit(alpha, dt):
    """Exact shifted mean: (-r, r) watched at dt is (-1, 1) watched at dt / r^alpha, times r^alpha; interpolated."""
    table = sorted((step, value) for a, step, value in REFERENCE["watched"] if a == alpha)
    steps, values = (np.array(column) for column in zip(*table, strict=True))
    smooth = (values - 0.75225278) / steps ** (1 / alpha)
    r = 1 - boundary_shift(ls.AlphaStable(alpha), dt)
    inner = dt / r**alpha
    fit = np.polynomial.Polynomial.fit(steps ** (1 - 1 / alpha), smooth, 2)
    return r**alpha * (0.75225278 + inner ** (1 / alpha) * fit(inner ** (1 - 1 / alpha)))


def test_what_the_shift_leaves_is_of_first_order():
    """From the exact chain values alone: shift plus Richardson meets Getoor within 1e-4."""
    limit = getoor(1.0, 1.5)
    assert limit == pytest.approx(0.75225278, rel=1e-8)
    fine, coarse = _watched_limit(1.5, 0.0025), _watched_limit(1.5, 0.01)
    assert abs(fine / limit - 1) < 1e-3
    assert abs((4 * fine - coarse) / 3 / limit - 1) < 1e-4
    unshifted = next(value for alpha, dt, value in REFERENCE["watched"] if (alpha, dt) == (1.5, 0.0025))
    assert unshifted / limit - 1 > 0.02


@pytest.mark.parametrize("alpha", [0.5, 0.8, 1.2, 1.5, 1.9, 2.0])
@pytest.mark.parametrize("x0", [0.0, 0.5])
def test_getoor_on_the_interval(alpha, x0, laws, seed):
    dt = 2.5e-3
    value, error = _mean(ls.AlphaStable(alpha), x0, UNIT, dt, 200_000, seed, laws)
    wanted = (1 - x0 * x0) ** (alpha / 2) / math.gamma(1 + alpha)
    assert getoor(1.0, alpha, x0) == pytest.approx(wanted, rel=1e-12)
    assert abs(value - wanted) / error < laws.Z
    slip = 1.03 if alpha >= 1 else 1.05 ** (1 / alpha)
    assert abs(value - wanted / slip**alpha) / error > laws.Z
    assert abs(value - wanted / math.sqrt(2) ** alpha) / error > laws.Z


def test_unshifted_boundary_is_seen(laws, seed):
    """What the shift is for: at dt = 0.0025 the watched motion stays 2.3 % too long."""
    noise, n = ls.AlphaStable(1.5), 300_000
    value, error = laws.mean_exit(_free(noise), 0.0, UNIT, n_paths=n, dt=2.5e-3, t_max=60.0, rng=seed)
    assert abs(value - getoor(1.0, 1.5)) / error > laws.Z


BALLS = [
    (ls.IsotropicStable(1.5), 5, getoor(1.0, 1.5, dim=5)),
    (ls.IsotropicStable(0.8), 5, getoor(1.0, 0.8, dim=5)),
    (ls.AlphaStable(0.8), 5, 1 / (5 * math.gamma(1.8))),
    (ls.Brownian(), 2, 1 / 2),
    (ls.Brownian(), 3, 1 / 3),
]


@pytest.mark.parametrize(("noise", "dim", "mean"), BALLS, ids=lambda value: repr(value))
def test_mean_exit_from_a_ball(noise, dim, mean, laws, seed):
    """Getoor: isotropic, independent components (alpha < 1, where no shift is needed), and the Brownian r^2 / d."""
    ball = ls.Ball(np.zeros(dim), 1.0)
    found = ls.theory.mean_exit_time(_free(noise, dim), np.zeros(dim), ball)
    assert found.value == pytest.approx(mean, rel=1e-9)
    value, error = _mean(noise, np.zeros(dim), ball, 2e-3 if dim > 3 else 4e-3, 25_000, seed, laws, dim=dim)
    assert abs(value - mean) / error < laws.Z
    slip = 1.03 if not isinstance(noise, ls.AlphaStable | ls.IsotropicStable) or noise.alpha > 1 else 1.08
    assert abs(value - mean / slip**2) / error > laws.Z
    if dim == 5:  # the other law
        other = getoor(1.0, noise.alpha, dim=5)
        if isinstance(noise, ls.IsotropicStable):
            other = 1 / (5 * math.gamma(1 + noise.alpha))
        assert abs(value - other) / error > laws.Z


def _share(noise, x0, domain, dt, n, seed, laws, test, dim=1):
    """Probability that the exit point passes `test`, extrapolated; `test` maps points (n, dim) to booleans."""

    def measure(step, rng):
        inner = domain.shrink(shift) if (shift := boundary_shift(noise, step)) else domain
        sample = ls.first_exit(_free(noise, dim), x0, inner, n_paths=n, dt=step, t_max=60.0, rng=rng)
        p = np.mean(test(sample.exit_points), axis=0)
        return p, np.sqrt(p * (1 - p) / n)

    return laws.extrapolated(measure, dt, seed)


@pytest.mark.parametrize(
    ("noise", "dim"), [(ls.AlphaStable(0.5), 1), (ls.AlphaStable(1.5), 1), (ls.IsotropicStable(1.2), 3)], ids=repr
)
def test_exit_position_from_the_centre(noise, dim, laws, seed):
    """1 / |X|^2 ~ Beta(alpha/2, 1 - alpha/2) in every dimension (Blumenthal, Getoor and Ray 1961).

    Thresholds lie well outside the ball, where the law of the landing point is smooth and its step error of the order
    of that of the mean.
    """
    from scipy.special import betainc

    levels = np.array([1.5, 2.0, 5.0])
    ball = ls.Ball(np.zeros(dim), 1.0) if dim > 1 else UNIT
    n = 40_000
    p, error = _share(
        noise, np.zeros(dim), ball, 2.5e-3, n, seed, laws,
        lambda points: np.linalg.norm(points, axis=1)[:, None] > levels, dim=dim,
    )  # fmt: skip
    alpha = noise.alpha
    assert np.max(np.abs(p - betainc(alpha / 2, 1 - alpha / 2, levels**-2.0)) / error) < laws.Z
    for wrong in (alpha - 0.1, alpha + 0.1):
        assert np.max(np.abs(p - betainc(wrong / 2, 1 - wrong / 2, levels**-2.0)) / error) > laws.Z


@pytest.mark.parametrize("alpha", [0.5, 1.5])
def test_exit_side(alpha, laws, seed):
    from scipy.special import betainc

    p, error = _share(ls.AlphaStable(alpha), 0.5, UNIT, 2.5e-3, 600_000, seed, laws, lambda x: x > 0)
    assert abs(p[0] - betainc(alpha / 2, alpha / 2, 0.75)) / error[0] < laws.Z
    for wrong in (alpha - 0.1, alpha + 0.1):
        assert abs(p[0] - betainc(wrong / 2, wrong / 2, 0.75)) / error[0] > laws.Z


@pytest.mark.parametrize("alpha", [0.5, 1.5])
def test_leapover(alpha, laws, seed):
    """Overshoot over the near end when the far end is ten times further: P(leapover > y) by quadrature of the law.

    Its half-line limit is x / (x + Y) ~ Beta(alpha/2, 1 - alpha/2), tail index alpha/2 instead of alpha.
    """
    from scipy.integrate import quad

    noise, domain = ls.AlphaStable(alpha), ls.Interval(-10, 1)
    radius, x = 5.5, 4.5  # start 0, seen from the centre -4.5

    def density(y):
        ratio = (radius**2 - x**2) / ((radius + y) ** 2 - radius**2)
        return math.sin(math.pi * alpha / 2) / math.pi * ratio ** (alpha / 2) / (radius + y - x)

    levels = np.array([0.5, 2.0, 10.0])
    wanted = np.array([quad(density, level, math.inf, epsabs=1e-12)[0] for level in levels])
    sample = ls.first_exit(_free(noise), 0.0, domain, n_paths=100, dt=0.01, t_max=500.0, rng=seed)
    right = sample.exit_points[:, 0] > 0
    assert np.allclose(sample.overshoot(domain)[right], sample.exit_points[right, 0] - 1)

    def measure(step, rng):
        inner = domain.shrink(shift) if (shift := boundary_shift(noise, step)) else domain
        sample = ls.first_exit(_free(noise), 0.0, inner, n_paths=30_000, dt=step, t_max=500.0, rng=rng)
        p = np.mean(sample.exit_points > 1 + levels, axis=0)
        return p, np.sqrt(p * (1 - p) / 30_000)

    p, error = laws.extrapolated(measure, 0.01, seed)
    assert np.max(np.abs(p - wanted) / error) < laws.Z
    jump_tail = wanted[0] * (levels / levels[0]) ** -alpha  # the tail of the jumps themselves
    assert np.max(np.abs(p - jump_tail) / error) > laws.Z


@pytest.mark.parametrize("alpha", [0.5, 0.8, 1.2, 1.5, 1.8])
def test_survival(alpha, laws, seed):
    """P(tau > t) from 0 out of (-1, 1), at times that are multiples of every step used."""
    times, wanted = (np.array(v) for v in zip(*[r[1:] for r in REFERENCE["survival"] if r[0] == alpha], strict=True))
    noise, n = ls.AlphaStable(alpha), 300_000

    def measure(step, rng):
        inner = UNIT.shrink(shift) if (shift := boundary_shift(noise, step)) else UNIT
        sample = ls.first_exit(_free(noise), 0.0, inner, n_paths=n, dt=step, t_max=2.0, rng=rng)
        # the last time is where the sample is censored; 1e-9: times are k dt in floats
        alive = np.array([np.mean(sample.times > t + 1e-9) for t in times[:-1]] + [sample.n_censored / n])
        return alive, np.sqrt(alive * (1 - alive) / n)

    p, error = laws.extrapolated(measure, 2.5e-3, seed)
    assert np.max(np.abs(p - wanted) / error) < laws.Z
    assert np.max(np.abs(p - wanted ** (1.03 ** max(alpha, 1.0))) / error) > laws.Z  # time runs 3 % too fast
