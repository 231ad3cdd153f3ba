"""Coupled paths: the chain and the fine path are those of the schemes, on the same noise."""

import math

import numpy as np
import pytest

import levysde as ls
from levysde.convergence import Excursions, excursions

NOISE = ls.Brownian() + ls.AlphaStable(1.5)
SDE = ls.SDE(ls.Quadratic(), NOISE, 0.3)


def test_one_step_in_one_is_the_chain_itself(seed):
    found = excursions(SDE, 1.0, dt=0.05, t=1.0, refine=1, n_paths=50, rng=seed)
    assert np.allclose(found.chain, found.path, rtol=1e-12)  # sums of increments taken apart again


def test_plane_paths_are_those_of_the_scheme(seed):
    sde = ls.SDE(ls.Quadratic([1.0, 3.0]), NOISE, 0.3)
    found = excursions(sde, [0.2, 0.1], dt=0.1, t=1.0, refine=4, n_paths=20, rng=seed)
    # the only part's stream is spawned from the root
    [root] = np.random.SeedSequence(seed).spawn(1)
    paths = ls.simulate(sde, [0.2, 0.1], t=1.0, dt=0.025, n_paths=20, scheme=ls.EulerMaruyama(), rng=root)
    assert np.array_equal(found.path, np.linalg.norm(paths.x - [0.2, 0.1], axis=2).max(axis=1))
    assert found.chain.shape == (20,)


def test_workers_do_not_matter(seed):
    one, two = (excursions(SDE, 1.0, dt=0.1, t=1.0, refine=4, n_paths=40, rng=seed, workers=w) for w in (1, 2))
    assert np.array_equal(one.chain, two.chain)
    assert np.array_equal(one.path, two.path)


def test_survival_is_that_of_first_exit(seed):
    n, radius, sde = 4000, 1.0, ls.SDE(ls.Quadratic(), NOISE, 0.5)
    found = excursions(sde, 0.0, dt=0.1, t=1.0, refine=16, n_paths=n, rng=seed)
    shares = []
    for dt in (0.1, 0.1 / 16):
        sample = ls.first_exit(
            sde, 0.0, ls.Interval(-radius, radius), n_paths=n, dt=dt, t_max=1.0, scheme=ls.EulerMaruyama(), rng=seed + 1
        )
        shares.append(sample.n_censored / n)
    for values, share in ((found.chain, shares[0]), (found.path, shares[1])):
        stays = np.mean(values <= radius)
        assert abs(stays - share) < 5 * math.sqrt(2 * share * (1 - share) / n)
    inner, outer = found.surplus(radius)
    assert outer.value == -inner.value > 5 * outer.standard_error  # chain and path are not alike: looks are missed


def test_a_chain_that_blows_up_has_left():
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(0.5), 50.0)  # Euler overshoots the quartic walls
    with pytest.warns(RuntimeWarning, match="non-finite"):
        found = excursions(sde, 0.0, dt=0.4, t=10.0, refine=16, n_paths=20, rng=1)
    assert np.isinf(found.chain).any()
    assert not np.isnan(found.chain).any()
    assert not np.isnan(found.path).any()
    assert found.surplus(1.0)[1].value == 0


def test_surplus_counts_pairs():
    found = Excursions(np.array([0.5, 1.5, 0.9, 0.2]), np.array([0.6, 1.6, 1.05, 0.95]), 0.1, 1.0, 2)
    inner, outer = found.surplus(1.0, 0.1)
    assert inner.value == pytest.approx((1 - 3) / 4)
    assert outer.value == pytest.approx((3 - 3) / 4)
    assert outer.standard_error == pytest.approx(0.25)  # nothing seen: that of one pair in four


@pytest.mark.parametrize(
    ("sde", "x0", "more", "told"),
    [
        (SDE, [[0.0], [1.0]], {}, "one start"),
        (SDE, 0.0, {"dt": -1.0}, "dt"),
        (SDE, 0.0, {"refine": 0}, "refine"),
        (ls.SDE(ls.DoubleWell(), NOISE, coefficient=ls.Coefficient(lambda x, p: x)), 0.0, {}, "additive"),
    ],
)
def test_refusals(sde, x0, more, told):
    with pytest.raises((ValueError, TypeError), match=told):
        excursions(sde, x0, **({"dt": 0.1, "t": 1.0, "n_paths": 2, "rng": 1} | more))


def test_surplus_refuses_an_empty_ball():
    with pytest.raises(ValueError, match="inner ball"):
        excursions(SDE, 1.0, dt=0.5, t=1.0, n_paths=2, rng=1).surplus(1.0, 1.0)
