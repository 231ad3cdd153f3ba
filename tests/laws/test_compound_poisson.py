"""Compound Poisson noise: number and sizes of the jumps, exponent, jump rates, an exit known by hand."""

import math
import pickle
import warnings

import numpy as np
import pytest
import scipy.stats

import levysde as ls
from levysde.noise.jumps import LARGEST_MEAN, PIECES
from levysde.theory import boundary_shift, mean_exit_time

N = 150_000
LAWS = [
    ("normal", scipy.stats.norm(0.3, 1), lambda k: np.exp(0.3j * k - k * k / 2)),
    ("far normal", scipy.stats.norm(50, 1), lambda k: np.exp(50j * k - k * k / 2)),
    ("exponential", scipy.stats.expon(scale=0.5), lambda k: 1 / (1 - 0.5j * k)),
    ("gamma with a pole", scipy.stats.gamma(0.3), lambda k: (1 - 1j * k) ** -0.3),
    ("uniform", scipy.stats.uniform(-1, 3), lambda k: np.exp(0.5j * k) * np.sinc(1.5 * k / np.pi)),
    ("Cauchy", scipy.stats.cauchy(), lambda k: np.exp(-np.abs(k))),
    ("Student", scipy.stats.t(3), lambda k: np.exp(-math.sqrt(3) * np.abs(k)) * (1 + math.sqrt(3) * np.abs(k))),
]
NAMES = [law[0] for law in LAWS]


class Gap:
    """Uniform on (-2, -1) with weight 0.3 and on (1, 2) with weight 0.7; no isf, no sf."""

    def ppf(self, p):
        p = np.asarray(p, float)
        return np.where(p < 0.3, -2 + p / 0.3, 1 + (p - 0.3) / 0.7)

    def cdf(self, x):
        x = np.asarray(x, float)
        return 0.3 * np.clip(x + 2, 0, 1) + 0.7 * np.clip(x - 1, 0, 1)

    def pdf(self, x):
        x = np.asarray(x, float)
        return np.where((x > -2) & (x < -1), 0.3, np.where((x > 1) & (x < 2), 0.7, 0.0))


def _increments(noise, rng, dt, dim=1, n=N):
    sde = ls.SDE(ls.Flat(dim), noise)
    return ls.simulate(sde, np.zeros(dim), t=dt, dt=dt, n_paths=n, rng=rng).x[:, 1]


# How many jumps, and how large ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [0.1, 3.0, 30.0])
def test_number_of_jumps(mean, laws, rng):
    """Also where the mean is cut into pieces."""
    noise, dt = ls.CompoundPoisson(10 * mean, [1.0]), 0.1
    assert noise.increments(dt, 1)[0].table[PIECES] == math.ceil(mean / LARGEST_MEAN)
    x = _increments(noise, rng, dt)[:, 0]
    assert np.array_equal(x, np.round(x))
    n = np.arange(int(mean + 6 * math.sqrt(mean)) + 1)
    p = scipy.stats.poisson.pmf(n, mean)
    counts = np.bincount(x.astype(int), minlength=len(n))[: len(n)]
    often = N * p > 20  # counts that are nearly normal
    assert max(map(laws.count_z, counts[often], [N] * len(n), p[often])) < laws.Z
    off = scipy.stats.poisson.pmf(n, 1.06 * mean)
    assert max(map(laws.count_z, counts[often], [N] * len(n), off[often])) > laws.Z


def test_sizes_from_a_list_are_equally_likely(laws, rng):
    sizes = [1.0, 100.0, 100.0, 1e4, 1e6]  # decimal digits count the jumps
    x = _increments(ls.CompoundPoisson(1.0, sizes), rng, 0.7)[:, 0]
    once = x[np.isin(x, sizes)]
    for size, p in ((1.0, 0.2), (100.0, 0.4), (1e4, 0.2), (1e6, 0.2)):
        assert laws.count_z(np.count_nonzero(once == size), len(once), p) < laws.Z
    assert laws.count_z(np.count_nonzero(once == 100.0), len(once), 0.25) > laws.Z


@pytest.mark.parametrize(("name", "jump", "phi"), LAWS, ids=NAMES)
def test_increments(name, jump, phi, laws, rng):
    dt, rate = 0.4, 5.0
    x = _increments(ls.CompoundPoisson(rate, jump), rng, dt)[:, 0]
    centre = 50.0 if "far" in name else 0.0
    k = np.array([0.05, -0.3, 0.8, -1.5]) if not centre else np.array([0.01, -0.05, 0.11, 1.0])

    def target(k, rate=rate):
        return np.exp(-dt * rate * (1 - phi(k)))

    assert laws.characteristic_z(x, k, target(k)) < laws.Z
    assert laws.characteristic_z(x, k, target(1.06 * k)) > laws.Z
    assert laws.characteristic_z(x, k, target(k, 1.06 * rate)) > laws.Z
    if np.iscomplexobj(phi(1.0)):
        assert laws.characteristic_z(-x, k, target(k)) > laws.Z


@pytest.mark.parametrize("jump", [law[1] for law in LAWS] + [scipy.stats.lognorm(2), scipy.stats.beta(0.5, 3), Gap()])
def test_quantiles_are_right_to_1e_7_of_the_probability_beyond(jump, rng):
    table = ls.CompoundPoisson(1.0, jump).increments(1.0, 1)[0].table[4:]
    counts, nodes = table[:2].astype(int), table[2:].reshape(-1, 3)
    has_sf = hasattr(jump, "sf")
    # scipy's ppf and cdf of beta contradict each other below 1e-7
    floor = 1.5e-7 if getattr(getattr(jump, "dist", None), "name", "") == "beta" else 5e-16
    for side, part in ((0, nodes[: counts[0]]), (1, nodes[counts[0] :])):
        e = rng.uniform(0, 52 * math.log(2), 5000)
        cell = np.searchsorted(part[:, 0], e, side="right") - 1
        (e0, x0, m0), (e1, x1, m1) = part[cell].T, part[cell + 1].T
        t, w = (e - e0) / (e1 - e0), e1 - e0
        x = (1 - t) ** 2 * ((1 + 2 * t) * x0 + t * w * m0) + t * t * ((3 - 2 * t) * x1 - (1 - t) * w * m1)
        p = 0.5 * np.exp(-e)
        above = jump.sf if has_sf else lambda x: 1 - jump.cdf(x)
        tail, quantile = (above, jump.isf if has_sf else lambda p: jump.ppf(1 - p)) if side else (jump.cdf, jump.ppf)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scipy's ppf of beta underflows
            wrong = np.abs(tail(x) - p) > 1.5e-7 * p + floor
            wrong &= np.abs(x - quantile(p)) > 2e-13 * np.abs(x)  # the last bits of the jump itself
        assert not wrong.any()
    if floor > 1e-9:
        return
    low, high = ls.CompoundPoisson(1.0, jump).jump_range
    assert low == pytest.approx(float(jump.ppf(2.0**-53)), rel=1e-9)
    assert high == pytest.approx(float(jump.isf(2.0**-53) if has_sf else jump.ppf(1 - 2.0**-53)), rel=1e-9)


def test_a_distribution_of_ones_own_with_a_gap(laws, rng):
    noise = ls.CompoundPoisson(2.0, Gap())
    x = _increments(noise, rng, 0.5)[:, 0]
    assert laws.count_z(np.count_nonzero(x == 0), N, math.exp(-1)) < laws.Z
    k = np.array([0.3, -1.0, 2.5])
    uniform = np.exp(1.5j * k) * np.sinc(0.5 * k / np.pi)
    wanted = 2.0 * (1 - 0.7 * uniform - 0.3 * np.conj(uniform))
    assert np.allclose(noise.psi(k), wanted, rtol=0, atol=1e-6)
    assert laws.characteristic_z(x, k, np.exp(-0.5 * wanted)) < laws.Z
    assert laws.characteristic_z(x, k, np.exp(-0.5 * np.conj(wanted))) > laws.Z


@pytest.mark.parametrize("dim", [2, 3])
def test_components_are_independent(dim, laws, rng):
    noise = 0.5 * ls.CompoundPoisson(3.0, [-1.0, 2.0]) + ls.CompoundPoisson(1.0, scipy.stats.norm())
    k = np.array([np.ones(dim), np.arange(1.0, dim + 1), [1.5] + [0.0] * (dim - 1)])
    x = _increments(noise, rng, 0.5, dim=dim, n=60_000)
    wanted = sum(noise.psi(k[:, i]) for i in range(dim))
    assert np.allclose(noise.psi(k, dim=dim), wanted, rtol=1e-13)
    assert laws.characteristic_z(x, k, np.exp(-0.5 * wanted)) < laws.Z
    assert laws.characteristic_z(x[:, :1] * np.ones(dim), k, np.exp(-0.5 * wanted)) > laws.Z


# Exponent and jump rates ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "jump", "phi"), LAWS, ids=NAMES)
def test_exponent_of_a_distribution(name, jump, phi):
    k = np.array([0.0, 1e-6, -0.01, 0.7, -3.0, 40.0])
    found = ls.CompoundPoisson(2.0, jump).psi(k)
    assert np.abs(found - 2 * (1 - phi(k))).max() < 2e-9
    assert found[0] == 0


def test_exponent_of_a_list():
    k = np.array([-2.0, 1e-9, 0.3])
    noise = ls.CompoundPoisson(2.0, [1.0, 1.0, -4.0])
    wanted = 2 * (1 - (2 * np.exp(1j * k) + np.exp(-4j * k)) / 3)
    assert np.allclose(noise.psi(k), wanted, rtol=1e-13, atol=1e-15)
    assert noise.psi(1e-9).real == pytest.approx(2 * (2 + 16) / 3 * 1e-18 / 2, rel=1e-12)  # no cancellation
    assert not np.iscomplexobj(ls.CompoundPoisson(2.0, [1.0, -1.0]).psi(k))


@pytest.mark.parametrize("amplitude", [1.0, -0.5])
def test_jump_rate_of_a_distribution(amplitude):
    jump = scipy.stats.norm(0.3, 1)
    noise, scaled = amplitude * ls.CompoundPoisson(2.0, jump), scipy.stats.norm(0.3 * amplitude, abs(amplitude))
    wanted = 2 * (scaled.cdf(-1.2) + scaled.sf(1.8))
    assert noise.jump_rate(0.2, ls.Interval(-1, 2)) == pytest.approx(wanted, rel=1e-12)
    wanted = 2 * (scaled.cdf(-2) - scaled.cdf(-3))
    assert noise.jump_rate(3.0, ~ls.Interval(0, 1)) == pytest.approx(wanted, rel=1e-12)
    far = noise.jump_rate(0.0, ls.Interval(-math.inf, 9.0 * abs(amplitude)))
    assert far == pytest.approx(2 * scaled.sf(9.0 * abs(amplitude)), rel=1e-9)  # not lost in 1 - cdf
    wanted = 2 * (2 * (scaled.sf(1.0) + scaled.cdf(-1.0)))
    assert noise.jump_rate([0.0, 0.0], ls.Box([-1, -1], [1, 1])) == pytest.approx(wanted, rel=1e-12)


def test_jump_rate_of_a_list_asks_the_domain_about_its_ends():
    noise = ls.CompoundPoisson(3.0, [-1.0, 0.5, 2.0])
    assert noise.jump_rate(0.0, ls.Interval(-1, 2)) == pytest.approx(2.0)  # both ends are outside
    assert noise.jump_rate(0.0, ls.Interval(-1.01, 2.01)) == 0.0
    assert (-1 * noise).jump_rate(0.0, ls.Interval(-1, 3)) == pytest.approx(1.0)
    assert noise.jump_rate(0.0, ~ls.Interval(0.5, 2.5)) == pytest.approx(1.0)  # 0.5 is not inside the open interval
    assert noise.jump_rate([0.0, 0.0], ls.HalfSpace([1.0, 1.0], 1.0)) == pytest.approx(2.0)


def test_jump_rate_is_what_the_increments_do(laws, rng):
    dt, noise = 2e-3, -0.5 * ls.CompoundPoisson(3.0, scipy.stats.gamma(2.0))
    x, domain = _increments(noise, rng, dt)[:, 0], ls.Interval(-1, 0.1)
    rate = noise.jump_rate(0.0, domain)
    assert rate == pytest.approx(3 * 3 * math.exp(-2), rel=1e-12)  # P(gamma(2) > 2) = 3 exp(-2)
    count = np.count_nonzero(~domain.contains(x))
    assert laws.count_z(count, N, dt * rate) < laws.Z  # two jumps in one step: relative 1e-2, error of the count 3e-2
    assert laws.count_z(count, N, 1.6 * dt * rate) > laws.Z


# Exits and theory -----------------------------------------------------------------------------------------------------


def _walk(rate, dt):
    """Mean exit time of sizes +-0.6 from (-1, 1), watched every dt: the chain on -0.6, 0, 0.6, by hand."""
    moves = scipy.stats.skellam(rate * dt / 2, rate * dt / 2)
    matrix = moves.pmf(np.subtract.outer(np.arange(3), np.arange(3)))
    return dt * np.linalg.solve(np.eye(3) - matrix, np.ones(3))[1]


@pytest.mark.parametrize("dt", [0.01, 0.5])
def test_exit_from_a_flat_landscape_by_hand(dt, laws, seed):
    rate, n = 1.5, 40_000
    assert _walk(rate, 1e-7) == pytest.approx(4 / rate, rel=1e-6)  # four jumps of a simple random walk
    sde = ls.SDE(ls.Flat(), ls.CompoundPoisson(rate, [-0.6, 0.6]))
    sample = ls.first_exit(sde, 0.0, ls.Interval(-1, 1), n_paths=n, dt=dt, t_max=200, rng=seed)
    assert sample.n_exited == n
    assert laws.mean_z(sample.times, _walk(rate, dt)) < laws.Z
    assert laws.mean_z(sample.times, _walk(1.1 * rate, dt)) > laws.Z
    assert set(np.round(np.abs(sample.exit_points[:, 0]) / 0.6, 9)) <= set(np.arange(2.0, 15.0))


def test_theory_of_jumps_that_all_leave_is_exact(laws, seed):
    sde, out = ls.SDE(ls.Quadratic(), ls.CompoundPoisson(0.5, [-1.5, 2.0])), ls.Interval(-1, 1)
    law = mean_exit_time(sde, 0.0, out)
    assert law.valid
    assert law.value == pytest.approx(2.0)
    assert law.error == 0.0
    dt, n = 0.05, 20_000
    sample = ls.first_exit(sde, 0.0, out, n_paths=n, dt=dt, t_max=60, rng=seed, scheme=ls.Splitting())
    # at the first step with a jump (two within one step cancel or not: relative rate dt / 2 of one jump in two)
    assert abs(np.mean(sample.times) - law.value) < laws.Z * law.value / math.sqrt(n) + dt
    assert laws.mean_z(sample.times, 1.1 * law.value) > laws.Z


@pytest.mark.parametrize("rate", [0.02, 0.06])
def test_theory_of_jumps_that_mostly_stay(rate, laws, seed):
    """0.7 stays, -1.5 leaves; and two of 0.7 in short succession do: a correction of the order of the rate."""
    sde, out = ls.SDE(ls.Quadratic(), ls.CompoundPoisson(rate, [0.7, 0.7, -1.5])), ls.Interval(-1, 1)
    law, n = mean_exit_time(sde, 0.0, out), 4000
    assert law.valid
    assert law.value == pytest.approx(3 / rate)
    sample = ls.first_exit(sde, 0.0, out, n_paths=n, dt=0.1, t_max=60 * law.value, scheme=ls.Splitting(), rng=seed)
    error = np.std(sample.times) / math.sqrt(n)
    assert law.value - law.error - laws.Z * error < np.mean(sample.times) < law.value + laws.Z * error + 0.1


def test_theory_claims_nothing_where_several_jumps_are_needed():
    out = ls.Interval(-1, 1)
    several = mean_exit_time(ls.SDE(ls.Quadratic(), ls.CompoundPoisson(0.5, [-0.7, 0.7])), 0.0, out)
    assert not several.valid
    assert "several" in several.reason
    often = mean_exit_time(ls.SDE(ls.Quadratic(), ls.CompoundPoisson(5.0, [-0.7, 0.7, 0.7, 1.5])), 0.0, out)
    assert not often.valid
    both = ls.CompoundPoisson(5.0, [-0.7, 0.7]) + 0.01 * ls.AlphaStable(1.5)
    assert not mean_exit_time(ls.SDE(ls.Quadratic(), both), 0.0, out).valid
    assert not mean_exit_time(ls.SDE(ls.Quadratic(dim=2), both), [0.0, 0.0], ls.Ball([0.0, 0.0], 1.0)).valid
    assert not mean_exit_time(ls.SDE(ls.Flat(), both), 0.0, out).valid
    assert boundary_shift(ls.CompoundPoisson(5.0, [1.0]), 0.01) == 0.0
    mixed = ls.CompoundPoisson(5.0, [1.0]) + ls.Brownian()
    assert boundary_shift(mixed, 0.01) == boundary_shift(ls.Brownian(), 0.01)


# Values ---------------------------------------------------------------------------------------------------------------


def test_values():
    one, other = (ls.CompoundPoisson(2, scipy.stats.norm(0, scale=2)) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert one != ls.CompoundPoisson(2, scipy.stats.norm(0, scale=3))
    assert one != ls.CompoundPoisson(2, scipy.stats.cauchy(0, scale=2))
    copy = pickle.loads(pickle.dumps(0.5 * one))
    assert copy == 0.5 * one
    assert copy.psi(0.7) == (0.5 * one).psi(0.7)
    assert repr(one) == "CompoundPoisson(2, norm(0, scale=2))"
    assert repr(ls.CompoundPoisson(2, np.array([1, 2.5]))) == "CompoundPoisson(2, [1, 2.5])"
    assert ls.CompoundPoisson(2, [1, 2]) == ls.CompoundPoisson(2.0, np.array([1.0, 2.0]))
    assert ls.CompoundPoisson(2, [1, -2]).jump_range == (-2.0, 1.0)
    many = repr(ls.CompoundPoisson(2, np.arange(1000)))
    assert "1000 sizes" in many
    assert len(many) < 80
    (small,), (large,) = (ls.CompoundPoisson(2, [1.0, 2.0]).increments(dt, 1) for dt in (0.1, 50.0))
    assert small.sampler is large.sampler is one.increments(0.1, 1)[0].sampler


def test_errors():
    for rate in (0, -1, math.inf):
        with pytest.raises(ValueError, match="rate"):
            ls.CompoundPoisson(rate, [1.0])
    for jump in ([], [[1.0, 2.0]], [0.0, 0.0], [1.0, math.nan]):
        with pytest.raises(ValueError, match="jump"):
            ls.CompoundPoisson(1.0, jump)
    for jump in (scipy.stats.norm, scipy.stats.poisson(3), 1.0, "norm"):
        with pytest.raises(TypeError, match="frozen"):
            ls.CompoundPoisson(1.0, jump)
    with pytest.raises(ValueError, match="lighter tails"):
        ls.CompoundPoisson(1.0, scipy.stats.pareto(0.01))
