"""Tempered stable noise: exponent, increments, jump rates, an exit in closed form, and what theory says of it."""

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy.stats
from scipy.integrate import quad
from scipy.special import expn, gamma

import levysde as ls
from levysde.noise.incomplete_gamma import upper_gamma
from levysde.stable.tempered import OFFSET, PIECES, SCALE, SHIFT, SIDES, TOTAL_VARIATION, tempered_table
from levysde.theory import boundary_shift, mean_exit_time

N = 60_000


def _c(alpha):
    return math.gamma(1 + alpha) * math.sin(math.pi * alpha / 2) / math.pi


def _increments(noise, rng, dt, n=N, steps=1):
    """The free path after `steps` equal steps that make up dt."""
    sde = ls.SDE(ls.Flat(), noise)
    return ls.simulate(sde, 0.0, t=dt, dt=dt / steps, save_every=steps, n_paths=n, rng=rng).x[:, -1, 0]


def _range(noise, dt):
    """Wave numbers where |exp(-dt psi)| goes from 0.9 to 0.1."""
    grid = np.geomspace(1e-8, 1e8, 4000)
    decay = dt * np.real(noise.psi(grid))
    return np.interp([0.1, 0.4, 1.0, 2.3], decay, grid) * [1, -1, 1, -1]


def _cumulant(order, alpha, tempering, beta):
    sides = (1 + beta) + (-1) ** order * (1 - beta)
    return _c(alpha) * sides * gamma(order - alpha) * tempering ** (alpha - order)


# The exponent ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.2, 1.0, 1.6])
@pytest.mark.parametrize("tempering", [0.5, 3.0])
def test_exponent_is_the_integral_over_the_jumps(alpha, tempering):
    """Lévy-Khintchine over log y; below y = 1e-12 what is left is a power of y."""
    low, high = math.log(1e-12), math.log(60 / tempering)
    cuts = np.linspace(low, high, 40)

    def integral(f):
        return sum(quad(f, a, b, epsabs=0, epsrel=1e-11, limit=500)[0] for a, b in pairwise(cuts))

    for k in (-0.02, 0.7, 5.0):
        y0 = math.exp(low)

        def density(s):
            return math.exp(-tempering * math.exp(s) - alpha * s)

        def odd(s):
            turn = k * math.exp(s)  # noqa: B023
            if alpha < 1:
                return math.sin(turn)
            return -(turn**3) / 6 + turn**5 / 120 if abs(turn) < 1e-2 else math.sin(turn) - turn

        even = integral(lambda s: 2 * math.sin(k * math.exp(s) / 2) ** 2 * density(s))  # noqa: B023
        even += 0.5 * k * k * y0 ** (2 - alpha) / (2 - alpha)
        skewed = integral(lambda s: odd(s) * density(s))
        skewed += k * y0 ** (1 - alpha) / (1 - alpha) if alpha < 1 else 0.0
        for beta in (0.0, 1.0, -0.4):
            wanted = _c(alpha) * (2 * even - 2j * beta * skewed)
            assert ls.TemperedStable(alpha, tempering, beta).psi(k) == pytest.approx(wanted, rel=2e-9)


@pytest.mark.parametrize("alpha", [0.4, 1.0, 1.3])
def test_limit_of_weak_tempering_is_stable(alpha, laws, rng):
    beta = 0.0 if alpha == 1 else 0.6
    k = np.array([-2.0, 0.3, 1.0])
    stable = ls.AlphaStable(alpha, beta)
    errors = [np.abs(ls.TemperedStable(alpha, weak, beta).psi(k) / stable.psi(k) - 1).max() for weak in (1e-6, 1e-9)]
    rate = min(alpha, abs(alpha - 1) if alpha != 1 else 1)  # the first term that is lost
    assert errors[1] < 3 * max(1e-3**rate * errors[0], 1e-15)
    x = _increments(ls.TemperedStable(alpha, 1e-15, beta), rng, 0.3)
    far = _range(stable, 0.3)
    wanted = np.exp(-0.3 * ls.TemperedStable(alpha, 1e-15, beta).psi(far))
    assert laws.characteristic_z(x, far, wanted) < laws.Z
    assert np.abs(wanted - np.exp(-0.3 * stable.psi(far))).max() < (0.02 if abs(alpha - 1) < 0.5 else 2e-3)


def test_exponent_is_continuous_in_alpha_and_precise_for_small_wave_numbers():
    near = [ls.TemperedStable(alpha, 2.0, 0.5).psi(0.7) for alpha in (1.0, 1 + 1e-9)]
    assert near[1] == pytest.approx(near[0], rel=1e-7)
    even = [ls.TemperedStable(alpha, 2.0).psi(0.7) for alpha in (1 - 1e-9, 1.0)]
    assert even[1] == pytest.approx(even[0], rel=1e-7)
    for alpha in (0.5, 1.0, 1.5):
        noise = ls.TemperedStable(alpha, 2.0, 0.5)
        # two terms of the cumulant expansion: the next are relative O(k^2)
        k = 1e-7
        mean = _cumulant(1, alpha, 2.0, 0.5) if alpha < 1 else 0.0
        odd = -mean * k + _cumulant(3, alpha, 2.0, 0.5) * k**3 / 6
        assert noise.psi(k).real == pytest.approx(_cumulant(2, alpha, 2.0, 0.5) * k * k / 2, rel=1e-11)
        assert noise.psi(k).imag == pytest.approx(odd, rel=1e-11)


# Increments -----------------------------------------------------------------------------------------------------------

CASES = [(0.15, 0.0), (0.5, 1.0), (0.9, -0.5), (1.0, 0.0), (1.0, 1.0), (1.01, 0.5), (1.5, -1.0), (1.8, 0.0)]


@pytest.mark.parametrize(("alpha", "beta"), CASES)
@pytest.mark.parametrize(("tempering", "dt"), [(0.5, 0.02), (2.0, 0.2)], ids=["weak", "strong"])
def test_increments(alpha, beta, tempering, dt, laws, rng):
    noise = ls.TemperedStable(alpha, tempering, beta)
    x, k = _increments(noise, rng, dt), _range(noise, dt)
    assert laws.characteristic_z(x, k, np.exp(-dt * noise.psi(k))) < laws.Z
    slip = 1.03 if alpha > 1.2 else 1.08 ** (1 / alpha)  # the scale
    assert laws.characteristic_z(x, k, np.exp(-dt * noise.psi(slip * k))) > laws.Z
    assert laws.characteristic_z(x * math.sqrt(dt) ** (1 - 2 / alpha), k, np.exp(-dt * noise.psi(k))) > laws.Z
    if beta != 0 and alpha < 1.8:
        assert laws.characteristic_z(-x, k, np.exp(-dt * noise.psi(k))) > laws.Z
    if tempering == 2.0 and 0.3 < alpha < 1.8:
        off = ls.TemperedStable(alpha, 1.2 * tempering, beta)
        assert laws.characteristic_z(x, k, np.exp(-dt * off.psi(k))) > laws.Z
    if alpha >= 1 and beta != 0:  # without the compensation
        drift = beta * 2 * _c(alpha) * tempering ** (alpha - 1) * (gamma(1 - alpha) if alpha > 1 else 1.0)
        assert laws.characteristic_z(x, k, np.exp(-dt * (noise.psi(k) - 1j * k * drift))) > laws.Z


@pytest.mark.parametrize(("alpha", "beta"), [(0.6, 0.8), (1.0, -0.7), (1.4, 1.0)])
def test_cumulants_against_closed_form(alpha, beta, laws, rng):
    tempering, dt = 2.0, 0.2
    x = _increments(ls.TemperedStable(alpha, tempering, beta), rng, dt, n=150_000)
    mean = dt * _cumulant(1, alpha, tempering, beta) if alpha < 1 else 0.0
    assert laws.mean_z(x, mean) < laws.Z
    assert laws.mean_z((x - mean) ** 2, dt * _cumulant(2, alpha, tempering, beta)) < laws.Z
    assert laws.mean_z((x - mean) ** 3, dt * _cumulant(3, alpha, tempering, beta)) < laws.Z
    assert laws.mean_z((x - mean) ** 2, dt * _cumulant(2, alpha, 1.2 * tempering, beta)) > laws.Z
    assert laws.mean_z((x - mean) ** 3, dt * _cumulant(3, alpha, tempering, -beta)) > laws.Z


@pytest.mark.parametrize(("alpha", "tempering", "dt"), [(0.7, 4.0, 1.0), (1.5, 1.0, 0.3)])
def test_pieces_and_steps_make_one_law(alpha, tempering, dt, laws, rng):
    """The long step is cut up by the sampler, more often than the three short ones: the law is the same."""
    noise = ls.TemperedStable(alpha, tempering, 0.4)
    whole, part = (tempered_table(alpha, tempering, 0.4, t)[SIDES + PIECES] for t in (dt, dt / 3))
    assert whole > part
    k = _range(noise, dt)
    for steps in (1, 3):
        x = _increments(noise, rng, dt, steps=steps)
        assert laws.characteristic_z(x, k, np.exp(-dt * noise.psi(k))) < laws.Z
    assert laws.characteristic_z(x, k, np.exp(-dt * (1 + 1 / 10) * noise.psi(k))) > laws.Z


@pytest.mark.parametrize(("tempering", "dt"), [(0.3, 0.1), (5.0, 3.0)])
def test_one_half_is_the_inverse_gaussian_law(tempering, dt, laws, rng):
    """alpha = 1/2, beta = 1: a distribution function in closed form, with one piece and with several."""
    law = _inverse_gaussian(tempering, dt)
    u = law.cdf(_increments(ls.TemperedStable(0.5, tempering, 1.0), rng, dt))
    wrong = _inverse_gaussian(1.2 * tempering, 1.05 * dt).ppf(np.array([0.05, 0.3, 0.6, 0.9, 0.99]))
    for q in (0.001, 0.05, 0.3, 0.6, 0.9, 0.999):
        assert laws.count_z(np.count_nonzero(u < q), N, q) < laws.Z
    found = [
        laws.count_z(np.count_nonzero(u < law.cdf(x)), N, q)
        for x, q in zip(wrong, (0.05, 0.3, 0.6, 0.9, 0.99), strict=True)
    ]
    assert max(found) > laws.Z


def _inverse_gaussian(tempering, t):
    theta = 2 * _c(0.5) * 2 * math.sqrt(math.pi) * t  # E exp(-s X) = exp(-theta (sqrt(s + lambda) - sqrt(lambda)))
    mean, shape = theta / (2 * math.sqrt(tempering)), theta * theta / 2
    return scipy.stats.invgauss(mean / shape, scale=shape)


@pytest.mark.parametrize("alpha", [1.0, 1.2, 1.5, 1.95])
@pytest.mark.parametrize(("tempering", "dt"), [(0.1, 0.01), (2.0, 0.01), (2.0, 1.0)])
def test_stated_error_of_the_shifted_rejection(alpha, tempering, dt):
    """Chernoff's bound from the shift in the table, by the plain formulas of the unscaled problem."""
    for beta in (0.0, 0.9):
        table = tempered_table(alpha, tempering, beta, dt)
        total = 0.0
        for at, sign in ((SIDES, 1), (SIDES + 5, -1)):
            pieces, scale = table[at + PIECES], abs(table[at + SCALE])
            c = _c(alpha) * (1 + sign * beta) * dt / pieces
            lift = (table[at + OFFSET] - table[at + SHIFT]) * scale  # kappa'(u) - kappa'(lambda)
            if alpha == 1:
                u = tempering * math.exp(lift / c)
                bound = c * (u - tempering - tempering * math.log(u / tempering))
            else:
                theta = c * gamma(-alpha)
                slope = lift / (alpha * theta) + tempering ** (alpha - 1)
                u = slope ** (1 / (alpha - 1))
                bound = (u - tempering) * alpha * theta * slope - theta * (u**alpha - tempering**alpha)
            total += pieces * math.exp(-bound)
        assert 0.5 * TOTAL_VARIATION < total < 1.0001 * TOTAL_VARIATION


def test_another_step_changes_the_table_only():
    noise = ls.TemperedStable(1.5, 2.0)
    (one,), (other,) = noise.increments(0.1, 1), noise.increments(0.2, 1)
    assert one.sampler is other.sampler
    assert one.sampler is ls.TemperedStable(0.5, 1.0, 0.3).increments(0.1, 3)[0].sampler
    assert one.table.shape == other.table.shape
    assert not np.array_equal(one.table, other.table)


# Jump rates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.05, 0.5, 1.0, 1 + 1e-9, 1.5, 1.99])
@pytest.mark.parametrize("x", [1e-5, 0.3, 0.999, 1.001, 7.0, 300.0])
def test_incomplete_gamma(alpha, x):
    """Against quadrature in log t, and at order one against the exponential integral."""
    top = math.log(1 + 45 / x) if x > 1e-2 else math.log(60 / x)
    tail = quad(lambda s: math.exp(-x * math.expm1(s) - alpha * s), 0, top, epsabs=0, epsrel=1e-12, limit=400)[0]
    assert upper_gamma(alpha, x) == pytest.approx(tail * math.exp(-x) * x**-alpha, rel=1e-11)
    if alpha == 1:
        assert upper_gamma(1.0, x) == pytest.approx(expn(2, x) / x, rel=1e-12)


@pytest.mark.parametrize("alpha", [0.4, 1.0, 1.7])
@pytest.mark.parametrize("amplitude", [1.0, -0.2])
def test_jump_rate_is_the_integral_of_the_density(alpha, amplitude):
    tempering, beta = 1.3, 0.6
    noise = amplitude * ls.TemperedStable(alpha, tempering, beta)

    def tail(distance, side):
        side *= math.copysign(1, amplitude)
        rate, low = tempering / abs(amplitude), distance
        found = quad(lambda y: math.exp(-rate * y) * y ** (-1 - alpha), low, low + 60 / rate, epsabs=0, epsrel=1e-11)[0]
        return abs(amplitude) ** alpha * _c(alpha) * (1 + side * beta) * found

    rel = 1e-10
    assert noise.jump_rate(0.2, ls.Interval(-1, 2)) == pytest.approx(tail(1.2, -1) + tail(1.8, 1), rel=rel)
    assert noise.jump_rate(3.0, ~ls.Interval(0, 1)) == pytest.approx(tail(2, -1) - tail(3, -1), rel=1e-8)
    space = tail(1.0, 1) + tail(1.0, -1)
    assert noise.jump_rate([0.0, 0.0, 0.0], ls.Ball([0.0] * 3, 1.0)) == pytest.approx(3 * space, rel=rel)
    stable = amplitude * ls.AlphaStable(alpha, beta)
    weak = amplitude * ls.TemperedStable(alpha, 1e-9, beta)
    assert weak.jump_rate(0.2, ls.Interval(-1, 2)) == pytest.approx(stable.jump_rate(0.2, ls.Interval(-1, 2)), rel=1e-3)
    assert noise.jump_rate(0.2, ls.Interval(-1, 2)) < 0.5 * stable.jump_rate(0.2, ls.Interval(-1, 2))


def test_jump_rate_is_what_the_increments_do(laws, rng):
    dt, noise = 1e-3, -0.5 * ls.TemperedStable(0.8, 6.0, 0.8)
    x = _increments(noise, rng, dt, n=400_000)
    for end in (-0.1, 0.1):
        domain = ls.Interval(-math.inf, end) if end > 0 else ls.Interval(end, math.inf)
        rate = noise.jump_rate(0.0, domain)
        assert dt * rate < 0.01
        assert laws.count_z(np.count_nonzero(~domain.contains(x)), len(x), dt * rate) < laws.Z
        untempered = (-0.5 * ls.AlphaStable(0.8, 0.8)).jump_rate(0.0, domain)
        assert laws.count_z(np.count_nonzero(~domain.contains(x)), len(x), dt * untempered) > laws.Z


# Exits and theory -----------------------------------------------------------------------------------------------------


def test_first_passage_of_a_subordinator_is_known_for_every_step(laws, seed):
    """An increasing path is beyond 1 at step n where its value is: P(tau > n dt) = P(X_(n dt) < 1)."""
    dt, tempering = 0.1, 2.0
    sde = ls.SDE(ls.Flat(), ls.TemperedStable(0.5, tempering, 1.0))
    sample = ls.first_exit(sde, 0.0, ls.Interval(-1, 1), n_paths=100_000, dt=dt, t_max=100, rng=seed)

    def mean(strength):
        return dt * (1 + sum(_inverse_gaussian(strength, n * dt).cdf(1.0) for n in range(1, 400)))

    assert sample.n_exited == 100_000
    assert laws.mean_z(sample.times, mean(tempering)) < laws.Z
    assert laws.mean_z(sample.times, mean(1.2 * tempering)) > laws.Z


def test_theory_knows_where_the_first_jump_law_ends():
    well, out = ls.Quadratic(), ls.Interval(-1, 1)
    weak = mean_exit_time(ls.SDE(well, ls.TemperedStable(1.5, 0.05), 0.1), 0.0, out)
    assert weak.valid
    assert weak.law == "first big jump"
    strong = mean_exit_time(ls.SDE(well, ls.TemperedStable(1.5, 3.0), 0.1), 0.0, out)
    assert not strong.valid
    assert "not small" in strong.reason
    hopeless = mean_exit_time(ls.SDE(well, ls.TemperedStable(1.5, 1e4), 0.1), 0.0, out)
    assert not hopeless.valid
    stable = mean_exit_time(ls.SDE(well, ls.AlphaStable(1.5), 0.1), 0.0, out)
    limit = mean_exit_time(ls.SDE(well, ls.TemperedStable(1.5, 1e-9), 0.1), 0.0, out)
    assert limit.value == pytest.approx(stable.value, rel=1e-3)
    assert limit.error == pytest.approx(stable.error, rel=1e-3)
    assert not mean_exit_time(ls.SDE(ls.Flat(), ls.TemperedStable(1.5, 1.0)), 0.0, out).valid
    # over a short time the path looks stable, and is missed between two steps as a stable one
    assert boundary_shift(ls.TemperedStable(1.5, 1.0), 1e-3) == boundary_shift(ls.AlphaStable(1.5), 1e-3) > 0
    assert boundary_shift(ls.TemperedStable(1.5, 1.0, 0.5), 1e-3) == 0


@pytest.mark.parametrize(("alpha", "tempering", "epsilon"), [(0.7, 0.2, 0.1), (1.5, 0.1, 0.15)])
def test_announced_correction_covers_the_measured_one(alpha, tempering, epsilon, laws, seed):
    """In the quadratic well, where the path leaves up to half as soon again as the leading order says."""
    sde, out = ls.SDE(ls.Quadratic(), ls.TemperedStable(alpha, tempering), epsilon), ls.Interval(-1, 1)
    law, n = mean_exit_time(sde, 0.0, out), 2500
    assert law.valid
    sample = ls.first_exit(sde, 0.0, out, n_paths=n, dt=0.1, t_max=30 * law.value, scheme=ls.Splitting(), rng=seed)
    assert sample.n_exited == n
    mean, error = np.mean(sample.times), np.std(sample.times) / math.sqrt(n)
    assert law.value - 1.5 * law.error - laws.Z * error < mean < law.value + 0.5 * law.error + laws.Z * error
    untempered = mean_exit_time(ls.SDE(ls.Quadratic(), ls.AlphaStable(alpha), epsilon), 0.0, out)
    assert mean > untempered.value + laws.Z * error


def test_errors():
    with pytest.raises(ValueError, match="Brownian"):
        ls.TemperedStable(2.0, 1.0)
    with pytest.raises(ValueError, match="outside"):
        ls.TemperedStable(0.0, 1.0)
    with pytest.raises(ValueError, match="AlphaStable"):
        ls.TemperedStable(1.5, 0.0)
    with pytest.raises(ValueError, match="tempering"):
        ls.TemperedStable(1.5, -1.0)
    with pytest.raises(ValueError, match="beta"):
        ls.TemperedStable(1.5, 1.0, 1.5)
    with pytest.raises(ValueError, match="smaller dt"):
        ls.TemperedStable(1.9, 1e4).increments(1.0, 1)
    assert repr(-2 * ls.TemperedStable(1.5, 0.5, 0.25)) == "-2 * TemperedStable(1.5, 0.5, 0.25)"
    assert ls.TemperedStable(1.5, 2) == ls.TemperedStable(1.5, 2.0)
