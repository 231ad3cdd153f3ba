"""The bias of watched exit times: the exact values of the watched walk, order 1/alpha without shift, O(dt) with it."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.theory import boundary_shift, step_shift

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "exits.json").read_text())
LINE = ls.Interval(-1.0, 1.0)


def free(alpha):
    return ls.SDE(ls.Flat(), ls.AlphaStable(alpha))


def study(sde, dts, **how):
    return ls.convergence.exit_bias(sde, 0.0, LINE, dts=dts, scheme=ls.EulerMaruyama(), **how)


@pytest.mark.parametrize("alpha", [0.8, 1.0, 1.2, 1.5, 2.0])
def test_the_bias_of_the_watched_walk_is_the_exact_one(alpha, orders, seed):
    watched = {dt: value for a, dt, value in REFERENCE["watched"] if a == alpha}
    found = study(free(alpha), list(watched), n_paths=200_000, rng=seed)
    limit = 1 / math.gamma(1 + alpha)
    exact = np.array([watched[dt] for dt in found.dts]) - limit
    assert np.all(np.abs(found.errors - exact) < orders.Z * found.standard_errors)
    assert np.any(np.abs(found.errors - 2 ** (1 / max(alpha, 1)) * exact) > orders.Z * found.standard_errors)


@pytest.mark.parametrize("alpha", [1.2, 1.5, 1.8, 2.0])
def test_the_order_is_one_over_alpha_without_the_shift(alpha, orders, seed):
    """What the next terms do to the slope is computed: Getoor's time at the moved boundary, and O(dt) as measured."""
    dts = 0.04 / 2.0 ** np.arange(5)
    found = study(free(alpha), dts, n_paths=150_000, rng=seed)
    assert found.expected == pytest.approx(1 / alpha)
    leading = alpha * step_shift(alpha) * dts ** (1 / alpha) / math.gamma(1 + alpha)
    moved = (1 + step_shift(alpha) * dts ** (1 / alpha)) ** alpha / math.gamma(1 + alpha) - 1 / math.gamma(1 + alpha)
    left = study(free(alpha), [0.08, 0.04], boundary="moved inward", n_paths=150_000, rng=seed)
    rest = (abs(left.errors[-1]) + orders.Z * left.standard_errors[-1]) / 0.04  # of O(dt), from the shifted exits
    line = np.polyfit(np.log(dts), np.log(leading), 1)[0]
    bound = max(abs(np.polyfit(np.log(dts), np.log(moved + s * rest * dts), 1)[0] - line) for s in (-1, 1))
    assert line == pytest.approx(1 / alpha)
    assert abs(found.order.value - 1 / alpha) < orders.Z * found.order.standard_error + bound
    assert abs(found.order.value - 1) > orders.Z * found.order.standard_error + bound or alpha == 1.2
    # and the constant is beta_alpha: half or twice of it is excluded (near alpha = 1 the term of O(dt) is as large)
    assert np.all(np.abs(found.errors - moved) < orders.Z * found.standard_errors + rest * dts)
    for wrong in (0.5, 2.0):
        off = np.abs(found.errors - wrong * moved) > orders.Z * found.standard_errors + rest * dts
        assert np.any(off) or alpha == 1.2


def test_below_one_the_order_is_one(orders, seed):
    found = study(free(0.6), [0.4, 0.2, 0.1, 0.05], n_paths=800_000, rng=seed)
    assert found.expected == 1.0
    assert orders.agrees(found.order, 1.0)


@pytest.mark.parametrize(
    ("alpha", "dts"), [(1.2, [0.08, 0.04, 0.02]), (1.8, [0.16, 0.08, 0.04]), (2.0, [0.16, 0.08, 0.04])]
)
def test_the_shift_leaves_the_first_order(alpha, dts, orders, seed):
    found = study(free(alpha), dts, boundary="moved inward", n_paths=400_000, rng=seed)
    assert found.expected == 1.0
    order = found.order
    assert (
        order.value - orders.Z * order.standard_error - order.bias
        < 1
        < order.value + 5 * order.standard_error + order.bias
    )
    bare = study(free(alpha), dts, n_paths=20_000, rng=seed)
    assert np.all(np.abs(found.errors) < 0.5 * np.abs(bare.errors))


def test_with_a_drift(orders, seed):
    """Ornstein-Uhlenbeck, alpha = 1.5: the Euler chain's exact mean at dt = 0.0025, and the deterministic limit."""
    sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), 1.0)
    exact = next(v for a, s, v in REFERENCE["quadratic_from_0_out_of_-1_1"] if (a, s) == (1.5, 1.0))
    found = study(sde, [0.02, 0.01, 0.005, 0.0025], exact=exact, n_paths=60_000, rng=seed)
    chain = dict(REFERENCE["watched_quadratic"])[0.0] - exact
    assert abs(found.errors[-1] - chain) < orders.Z * found.standard_errors[-1]
    assert abs(found.order.value - 2 / 3) < orders.Z * found.order.standard_error + found.order.bias
    assert abs(found.order.value - 1) > orders.Z * found.order.standard_error


def test_without_a_known_value_the_reference_is_simulated(orders, seed):
    sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), 1.0)
    found = study(sde, [0.02, 0.01, 0.005], n_paths=30_000, rng=seed)
    assert "simulation" in found.reference
    exact = next(v for a, s, v in REFERENCE["quadratic_from_0_out_of_-1_1"] if (a, s) == (1.5, 1.0))
    value, error = found.provenance["settings"]["exact"]
    assert abs(value - exact) < orders.Z * error + 0.25 * abs(
        found.errors[-1]
    )  # what the shift leaves is far below the bias
    assert found.covariance[0, 1] == pytest.approx(error**2)


def test_an_estimate_brings_its_error(seed):
    known = ls.Estimate(0.75225278, 0.01, 0.0, (0.73, 0.77), 100, "elsewhere")
    found = study(free(1.5), [0.04, 0.02], exact=known, n_paths=1000, rng=seed)
    assert np.all(found.standard_errors > 0.01)


def test_a_wrong_direction_of_the_shift_is_seen(orders, seed):
    """Negative control of `moved inward`: moved outward, the bias doubles."""
    dt = 0.02
    shift = boundary_shift(free(1.5).effective_noise, dt)
    outward = ls.first_exit(free(1.5), 0.0, LINE.expand(shift), n_paths=20_000, dt=dt, t_max=100.0, rng=seed).mean()
    limit = 1 / math.gamma(2.5)
    inward = study(free(1.5), [0.04, dt], boundary="moved inward", n_paths=20_000, rng=seed)
    assert abs(inward.errors[-1]) < orders.Z * inward.standard_errors[-1] + 0.2 * dt
    assert outward.value - limit > orders.Z * outward.standard_error + 0.2 * dt


def test_what_cannot_be_asked(seed):
    with pytest.raises(ValueError, match="no distance to move by"):
        study(free(0.8), [0.1, 0.05], boundary="moved inward", rng=seed)
    with pytest.raises(ValueError, match="boundary='inward' is not known"):
        study(free(1.5), [0.1, 0.05], boundary="inward", rng=seed)
    with pytest.raises(ValueError, match="mean exit time is inf"):
        ls.convergence.exit_bias(free(1.5), 0.0, ls.Interval(-ls.inf, 1.0), dts=[0.1, 0.05], rng=seed)
    with pytest.raises(ValueError, match="is not inside"):
        ls.convergence.exit_bias(free(1.5), 2.0, LINE, dts=[0.1, 0.05], rng=seed)


def test_missed_distance_where_the_drift_counts(seed):
    """Quadratic well, alpha = 1.5, sigma = 0.2, dt far above `shift_limit`: the shift without drift overcorrects."""
    sde, line = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), 0.2), ls.Interval(-1.0, 1.0)
    exact = next(
        value for alpha, sigma, value in REFERENCE["quadratic_from_0_out_of_-1_1"] if (alpha, sigma) == (1.5, 0.2)
    )
    bias = {}
    for boundary in ("as given", "moved inward", "missed distance"):
        found = ls.convergence.exit_bias(
            sde,
            0.0,
            line,
            dts=[0.2, 0.1],
            scheme=ls.Splitting(),
            exact=exact,
            boundary=boundary,
            n_paths=200_000,
            rng=seed,
        )
        bias[boundary] = found.errors[0] / exact
        assert found.standard_errors[0] / exact < 0.003
    assert bias["as given"] > 0.015
    assert bias["moved inward"] < -0.04
    assert abs(bias["missed distance"]) < 0.02
