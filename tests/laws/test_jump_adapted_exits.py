"""Exits with JumpAdapted: by a jump or by a crossing, and at the right time for a threshold that is small enough."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import levysde as ls

FOLDER = Path(__file__).parents[1] / "reference"
REFERENCE = json.loads((FOLDER / "exits.json").read_text())
MIXED = json.loads((FOLDER / "exits_jumps_and_brownian.json").read_text())["mean_exit_time"]
LEFT, UNIT = ls.Interval(-ls.inf, 0.0), ls.Interval(-1.0, 1.0)


def reference(name, alpha, sigma):
    return next(v for a, s, v in REFERENCE[name] if (a, s) == (alpha, sigma))


def test_an_exit_is_a_jump_or_a_crossing(seed):
    sde, x0, domain = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5), -1.0, LEFT
    r, dt = 0.5, 0.1
    settings = {"n_paths": 4000, "dt": dt, "scheme": ls.JumpAdapted(r), "rng": seed}
    sample = ls.first_exit(sde, x0, domain, watch="bridge", **settings)
    jumped = np.abs(sample.exit_points[:, 0]) > 1e-6  # crossings end on the boundary, drawn by the bridge or seen
    assert 0.1 < jumped.mean() < 0.9
    assert np.abs(sample.last_steps[jumped]).min() >= r
    assert not np.any(domain.contains(sample.exit_points))
    assert np.all(domain.contains(sample.pre_exit_points))
    # real numbers, not multiples of the step
    assert np.mean(np.abs(sample.times / dt - np.rint(sample.times / dt)) < 1e-6) < 0.01
    looks = ls.first_exit(sde, x0, domain, **settings)
    assert np.all(sample.times <= looks.times)
    between = np.abs(looks.times / dt - np.rint(looks.times / dt)) > 1e-6
    assert 0.1 < between.mean() < 0.9
    assert np.array_equal(looks.times[jumped], sample.times[jumped])  # who jumped out did so in both
    # jump times are kept to 1/16384 of a step: one of all 2000 is a multiple of the step with a chance of 12 %
    assert np.sum(~between[jumped]) <= 5


@pytest.mark.parametrize(
    ("name", "landscape", "x0", "domain"),
    [
        ("quadratic_from_0_out_of_-1_1", ls.Quadratic(), 0.0, UNIT),
        ("double_well_from_-1_out_of_-inf_0", ls.DoubleWell(), -1.0, LEFT),
    ],
    ids=["quadratic", "double well"],
)
@pytest.mark.parametrize("alpha", [0.5, 1.5])
def test_mean_exit_times(name, landscape, x0, domain, alpha, laws, seed):
    """Two steps by Richardson, so that the threshold's bias is left: below 0.5 % at kappa = 0.1 (class docstring)."""
    sigma, kappa, n = 0.5, 0.1, 20_000
    wanted = reference(name, alpha, sigma)
    sde = ls.SDE(landscape, ls.AlphaStable(alpha), sigma)

    def measure(watch, kappa, dt):
        sample = ls.first_exit(
            sde, x0, domain, n_paths=n, dt=dt, t_max=60 * wanted, scheme=ls.JumpAdapted(kappa * sigma), watch=watch,
            rng=seed,
        )  # fmt: skip
        assert sample.n_exited == n
        return np.mean(sample.times), np.std(sample.times) / math.sqrt(n)

    (fine, e1), (coarse, e2) = (measure("bridge", kappa, dt) for dt in (0.02, 0.06))
    value, error = (3 * fine - coarse) / 2, math.hypot(3 * e1, e2) / 2
    threshold_bias = 0.005 * wanted
    assert abs(value - wanted) < laws.Z * error + threshold_bias
    slipped = wanted * 1.1**-alpha if alpha < 1 else 0.9 * wanted  # another noise by 10 %
    assert abs(value - slipped) > laws.Z * error or alpha < 1
    if alpha > 1:  # nothing but looks, and a threshold that is not small
        for watch, size, dt in (("steps", 1.0, 0.2), ("bridge", 2.0, 0.02)):
            blind, error = measure(watch, size, dt)
            assert abs(blind - wanted) > laws.Z * error


def test_jumps_and_a_gaussian_part(laws, seed):
    """T7: A = (s^2/2) u'' - (-Laplace)^(alpha/2) on (-1, 1) from 0 and 0.5; the bridge is as good as without jumps."""
    n = 40_000
    for variance, alpha, x0, wanted in (MIXED[k] for k in (0, 3, 4, 11)):
        sde = ls.SDE(ls.Flat(), math.sqrt(variance) * ls.Brownian() + ls.AlphaStable(alpha))
        settings = {"n_paths": n, "dt": 0.05, "scheme": ls.JumpAdapted(0.05), "rng": seed}
        sample = ls.first_exit(sde, x0, UNIT, watch="bridge", **settings)
        error = np.std(sample.times) / math.sqrt(n)
        assert abs(np.mean(sample.times) - wanted) < laws.Z * error
        blind = ls.first_exit(sde, x0, UNIT, **settings)
        assert np.mean(blind.times) - wanted > laws.Z * error
