"""The predicted chain: rates by hand, their symmetries, and what is refused."""

import math

import numpy as np
import pytest

import levysde as ls
from levysde.theory import brownian

MINIMA, BARRIERS = [-1.0, 0.2, 2.2], [-0.4, 1.0]
WELLS = ls.MultiWell(x=[-1.0, -0.4, 0.2, 1.0, 2.2], u=[-1, 0, -0.8, 0.1, -0.6])
SMOOTH = ls.Polynomial([0.0, 0.05, 1.0, 0.0, -1.25, 0.0, 0.4])  # three wells, tilted


def by_hand(alpha, sigma, beta=0.0):
    """Theory 3.2 with the Lévy density c_alpha (1 +- beta) |y|^(-1 - alpha), c_alpha = Gamma(1+a) sin(pi a/2) / pi."""
    constant = math.gamma(1 + alpha) * math.sin(math.pi * alpha / 2) / math.pi / alpha * sigma**alpha
    edges = [-math.inf, *BARRIERS, math.inf]
    q = np.zeros((3, 3))
    for i, m in enumerate(MINIMA):
        for j in range(3):
            if j != i:
                near, far = sorted((abs(edges[j] - m), abs(edges[j + 1] - m)))
                side = 1 + beta if j > i else 1 - beta
                q[i, j] = constant * side * (near**-alpha - (0 if math.isinf(far) else far**-alpha))
        q[i, i] = -q[i].sum()
    return q


@pytest.mark.parametrize(("alpha", "beta"), [(1.5, 0.0), (0.7, 0.0), (1.0, 0.0), (1.5, 0.6), (0.8, -0.5), (1.9, 1.0)])
def test_three_wells_by_hand(alpha, beta):
    chain = ls.wells.chain(ls.SDE(WELLS, 0.02 * ls.AlphaStable(alpha, beta)))
    wanted = by_hand(alpha, 0.02, beta)
    np.testing.assert_allclose(chain.generator, wanted, rtol=1e-10, atol=1e-15)
    assert chain.valid, chain.reason
    assert np.all(chain.error >= 0)
    assert np.all(chain.error <= 0.1 * np.abs(wanted))
    # negative control: 1/alpha instead of c_alpha/alpha, another convention of the noise
    constant = math.gamma(1 + alpha) * math.sin(math.pi * alpha / 2) / math.pi
    assert abs(constant - 1) > 0.1
    assert not np.allclose(chain.generator * constant, wanted, rtol=0.05)


def test_two_wells_only_widths_count():
    for depth in (0.3, 1.0, 5.0):
        wells = ls.MultiWell(x=[-0.5, 0, 1.5], u=[-depth, 0, -0.5])
        chain = ls.wells.chain(ls.SDE(wells, 0.001 * ls.AlphaStable(1.5)))
        odds = chain.stationary[1] / chain.stationary[0]
        assert odds == pytest.approx(3**1.5, rel=1e-12)
        assert chain.mean_first_passage[0, 1] == pytest.approx(1 / chain.generator[0, 1])
        assert chain.spectral_gap == pytest.approx(-np.trace(chain.generator))


def test_parts_of_a_noise_add():
    parts = [0.02 * ls.AlphaStable(1.5, 0.5), 0.01 * ls.AlphaStable(0.8), 0.03 * ls.TemperedStable(1.2, 0.5)]
    together = ls.wells.chain(ls.SDE(WELLS, parts[0] + parts[1] + parts[2]))
    apart = sum(ls.wells.chain(ls.SDE(WELLS, part)).generator for part in parts)
    np.testing.assert_allclose(together.generator, apart, rtol=1e-12)
    mixed = ls.wells.chain(ls.SDE(SMOOTH, parts[0] + 0.2 * ls.Brownian()))
    one, other = (ls.wells.chain(ls.SDE(SMOOTH, part)) for part in (parts[0], 0.2 * ls.Brownian()))
    np.testing.assert_allclose(mixed.generator, one.generator + other.generator, rtol=1e-12)
    assert mixed.valid, mixed.reason
    assert "first big jump" in mixed.law
    assert "Eyring-Kramers" in mixed.law
    # a kink in a barrier is an objection to its Brownian rate, unless that is negligible
    assert not ls.wells.chain(ls.SDE(WELLS, 0.3 * ls.Brownian())).valid
    assert ls.wells.chain(ls.SDE(WELLS, 0.1 * ls.Brownian() + parts[0])).valid


def test_all_stable_times_scale_alike():
    """The hierarchy of stable noise is one of widths: times grow as epsilon^-alpha, their ratios stay."""
    chains = [ls.wells.chain(ls.SDE(WELLS, ls.AlphaStable(1.5), epsilon)) for epsilon in (1e-2, 1e-3)]
    times = np.array([[merge.time for merge in chain.hierarchy] for chain in chains])
    np.testing.assert_allclose(times[1] / times[0], 10**1.5, rtol=1e-9)
    assert [(m.first, m.second) for m in chains[0].hierarchy] == [((0,), (1,)), ((0, 1), (2,))]
    np.testing.assert_allclose(np.sort(1 / times[0]), chains[0].spectrum.real[1:], rtol=1e-9)


def valley(x, params):
    return 0.25 * x[0] * x[0] * x[0] * x[0] - 0.5 * x[0] * x[0] + 0.5 * params[0] * x[1] * x[1]


def valley_slope(x, params, out):
    out[0] = x[0] * x[0] * x[0] - x[0]
    out[1] = params[0] * x[1]


PLANE = ls.from_functions(valley, valley_slope, dim=2, params=[3.0])


def test_isotropic_jumps_in_the_plane():
    halves = [ls.HalfSpace([1.0, 0.0], 0.0), ls.HalfSpace([-1.0, 0.0], 0.0)]
    domains = halves if PLANE.minima[0, 0] < 0 else halves[::-1]
    sde = ls.SDE(PLANE, 0.02 * ls.IsotropicStable(1.5))
    chain = ls.wells.chain(sde, domains=domains)
    wanted = math.gamma(2.5) * math.sin(0.75 * math.pi) / math.pi / 1.5 * 0.02**1.5
    assert chain.generator[0, 1] == pytest.approx(wanted, rel=1e-6)
    assert chain.stationary == pytest.approx([0.5, 0.5])
    small = [ls.Ball(m, 0.3) for m in PLANE.minima]
    assert "land in no other domain" in ls.wells.chain(sde, domains=small).reason
    with pytest.raises(ValueError, match=r"give domains=\[...\]"):
        ls.wells.chain(sde)
    with pytest.raises(ValueError, match="does not hold minimum 0"):
        ls.wells.chain(sde, domains=domains[::-1])
    with pytest.raises(ValueError, match="one domain per minimum"):
        ls.wells.chain(sde, domains=domains[:1])
    flat = ls.wells.chain(ls.SDE(PLANE, 0.2 * ls.Brownian()))
    line = ls.wells.chain(ls.SDE(ls.DoubleWell(), 0.2 * ls.Brownian()))
    np.testing.assert_allclose(flat.generator, line.generator, rtol=1e-4)


def test_kramers_rates_and_detailed_balance():
    temperature = 0.02
    chain = ls.wells.chain(ls.SDE(ls.DoubleWell(), math.sqrt(2 * temperature) * ls.Brownian()))
    wanted = math.sqrt(2) / (2 * math.pi) * math.exp(-0.25 / temperature)
    assert chain.generator[0, 1] == pytest.approx(wanted, rel=1e-5)
    for landscape, noise in ((SMOOTH, 0.25), (ls.MullerBrown(), 3.0)):
        chain = ls.wells.chain(ls.SDE(landscape, noise * ls.Brownian()))
        determinants = np.array([np.linalg.det(np.atleast_2d(landscape.curvature(i))) for i in range(chain.n)])
        weights = np.exp(-landscape.potential(landscape.minima) / (noise**2 / 2))
        weights = weights / np.sqrt(determinants) / (weights / np.sqrt(determinants)).sum()
        np.testing.assert_allclose(chain.stationary, weights, rtol=1e-5)
        flow = chain.stationary[:, None] * chain.generator
        np.testing.assert_allclose(flow, flow.T, rtol=1e-5, atol=1e-9 * np.abs(flow).max())
        assert np.count_nonzero(chain.generator) == 7  # the outer wells of the chain do not touch
    # negative control: jumps through three wells are in no such balance
    flow = (stable := ls.wells.chain(ls.SDE(WELLS, 0.01 * ls.AlphaStable(1.5)))).stationary[:, None] * stable.generator
    assert not np.allclose(flow, flow.T, rtol=1e-2)


def test_brownian_passage_times_approach_the_exact_ones():
    """The difference from the quadrature is what `error` announces, and falls in proportion to T."""
    misses = []
    for temperature in (0.016, 0.008):
        sde = ls.SDE(SMOOTH, math.sqrt(2 * temperature) * ls.Brownian())
        chain = ls.wells.chain(sde)
        assert chain.valid, chain.reason
        minima = SMOOTH.minima[:, 0]
        pairs = {(0, 1): (-math.inf, minima[1]), (0, 2): (-math.inf, minima[2]), (2, 1): (minima[1], math.inf)}
        miss = []
        for (i, j), ends in pairs.items():
            exact = brownian(sde, minima[i], ls.Interval(*ends)).value
            miss.append(abs(chain.mean_first_passage[i, j] / exact - 1))
        relative = chain.error[chain.error > 0] / chain.generator[chain.error > 0]
        assert max(miss) < 2 * relative.max()
        misses.append(max(miss))
    assert misses[1] < 0.75 * misses[0]
    assert misses[1] < 0.1  # a lost factor 2 would stand out


def test_brownian_wells_merge_over_the_lowest_barrier():
    chain = ls.wells.chain(ls.SDE(WELLS, 0.25 * ls.Brownian()))  # heights 1, 0.8 | 0.9, 0.7 over the two barriers
    first, second = chain.hierarchy
    assert (first.first, first.second) == ((1,), (2,))
    assert (second.first, second.second) == ((0,), (1, 2))
    assert first.time == pytest.approx(1 / (chain.generator[1, 2] + chain.generator[2, 1]), rel=0.1)
    assert "merge: 1 + 2 after" in str(chain)
    assert "0 + {1, 2} after" in str(chain)
    relaxed = chain.transition_matrix(50 * second.time)
    np.testing.assert_allclose(relaxed, np.tile(chain.stationary, (3, 1)), atol=1e-9)


def test_jumps_to_one_side_end_in_the_last_well():
    chain = ls.wells.chain(ls.SDE(WELLS, 0.005 * ls.AlphaStable(0.7, 1.0)))
    np.testing.assert_array_equal(chain.stationary, [0, 0, 1])
    assert math.isinf(chain.mean_first_passage[2, 0])
    assert chain.hierarchy == ()
    assert "merge" not in str(chain)


def test_regimes_and_refusals():
    loud = ls.wells.chain(ls.SDE(WELLS, 0.8 * ls.AlphaStable(1.5)))
    assert not loud.valid
    assert "NOT VALID" in str(loud)
    low = ls.wells.chain(ls.SDE(SMOOTH, 0.8 * ls.Brownian()))
    assert "only" in low.reason
    one = ls.wells.chain(ls.SDE(ls.Quadratic(), 0.1 * ls.AlphaStable(1.5)))
    assert one.n == 1
    assert one.valid
    assert math.isnan(one.spectral_gap)
    cold = ls.wells.chain(ls.SDE(SMOOTH, 0.001 * ls.Brownian()))
    assert not cold.valid
    flat = ls.wells.chain(ls.SDE(ls.Polynomial([0, 0, 0, 0, -2.0, 0, 1.0]), 0.3 * ls.Brownian()))  # U'' = 0 at 0
    assert "the next term" in flat.reason
    with pytest.raises(TypeError, match="pass an SDE"):
        ls.wells.chain(WELLS)
    with pytest.raises(ValueError, match="no minimum"):
        ls.wells.chain(ls.SDE(ls.Flat(), ls.Brownian()))
    with pytest.raises(ValueError, match="is zero"):
        ls.wells.chain(ls.SDE(WELLS, ls.Brownian(), 0.0))
    with pytest.raises(ValueError, match="falls without end"):
        ls.wells.chain(ls.SDE(ls.Polynomial([0, -1.0, 0, 1.0]), ls.Brownian()))
    with pytest.raises(ValueError, match="additive"):
        ls.wells.chain(ls.SDE(WELLS, ls.Brownian(), 0.3, lambda x: 1.0 + 0.1 * x))
