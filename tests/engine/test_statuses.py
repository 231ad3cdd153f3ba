"""Exited, censored, non-finite: every path has exactly one status, and it is the right one."""

import warnings

import numpy as np
import pytest

import levysde as ls

WELL = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5)
LEFT = ls.Interval(-ls.inf, 0.0)
QUIET = ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.0)


def one_way(x, params):
    return -x


def one_way_gradient(x, params):
    return -1.0


DRIFTING = ls.SDE(ls.from_functions(one_way, one_way_gradient), ls.Brownian(), 0.0)  # x(t) = x(0) + t


@pytest.mark.parametrize("scheme", [ls.EulerMaruyama(), ls.Splitting()], ids=["Euler", "splitting"])
@pytest.mark.parametrize("n_paths", [1, 5, 300])
def test_times_and_points_of_a_path_without_noise_are_exact(scheme, n_paths):
    """From 0 the line moves by 1/8 a step: outside (-1, 1) is first seen at step 8, on the boundary itself."""
    found = ls.first_exit(DRIFTING, 0.0, ls.Interval(-1.0, 1.0), n_paths=n_paths, dt=0.125, t_max=9.0, scheme=scheme)
    assert found.n_exited == n_paths
    assert np.all(found.times == 1.0)
    assert np.all(np.abs(found.exit_points - 1.0) < 1e-14)
    assert np.all(np.abs(found.pre_exit_points - 0.875) < 1e-14)


@pytest.mark.parametrize(("t_max", "status"), [(0.875, 1), (0.99, 0), (1.0, 0), (0.9, 0), (1e-9, 1)])
def test_the_watch_ends_after_whole_steps_and_an_exit_in_the_last_one_counts(t_max, status):
    found = ls.first_exit(DRIFTING, 0.0, ls.Interval(-1.0, 1.0), n_paths=3, dt=0.125, t_max=t_max)
    assert np.all(found.status == status)
    steps = max(1, int(np.ceil(t_max / 0.125)))
    assert found.t_max == steps * 0.125
    assert np.all(found.times == steps * 0.125)
    if status == 1:
        assert np.all(np.isnan(found.exit_points))
        assert np.all(np.abs(found.pre_exit_points - steps * 0.125) < 1e-14)


@pytest.mark.parametrize(("t_max", "dt", "steps"), [(0.3, 0.1, 3), (0.7, 0.1, 7), (1.1, 0.1, 11), (2.0, 0.01, 200)])
def test_rounding_adds_no_step_to_an_exact_multiple(t_max, dt, steps):
    found = ls.first_exit(QUIET, -1.0, LEFT, n_paths=2, dt=dt, t_max=t_max)
    assert found.t_max == steps * dt
    assert np.all(found.times == steps * dt)
    assert ls.simulate(QUIET, -1.0, t=t_max, dt=dt).t.size == steps + 1


def test_censored_paths_are_given_up_at_their_own_age_whenever_they_started():
    """Refilled lanes start late; each is watched for t_max all the same."""
    found = ls.first_exit(WELL, -1.0, LEFT, n_paths=3000, dt=0.01, t_max=3.0, rng=1)
    censored = found.status == 1
    assert censored[:256].any()
    assert censored[2000:].any()
    assert np.all(found.times[censored] == 300 * 0.01)
    assert np.all(found.times[~censored] <= 300 * 0.01)
    assert np.array_equal(np.isnan(found.exit_points[:, 0]), censored)
    assert np.all(LEFT.contains(found.pre_exit_points[:, 0]))
    assert not np.any(LEFT.contains(found.exit_points[~censored, 0]))


def test_a_blown_up_path_is_counted_warned_about_once_and_never_averaged():
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(0.5), 0.5)
    settings = {"n_paths": 2000, "dt": 0.05, "t_max": 20.0, "scheme": ls.EulerMaruyama(), "rng": 1}
    everywhere = ls.Interval(-ls.inf, ls.inf)
    with pytest.warns(RuntimeWarning, match=r"of 2000 paths became non-finite.*use Splitting\(\)") as caught:
        found = ls.first_exit(sde, -1.0, everywhere, **settings)
    assert len(caught) == 1
    found.warn_nonfinite()  # has been told, and is an error here if it is told again
    assert caught[0].filename == __file__
    assert f"{found.n_nonfinite} of 2000" in str(caught[0].message)
    assert found.n_nonfinite > 100
    assert found.n_exited == 0
    lost = found.status == 2
    assert np.array_equal(np.isnan(found.times), lost)
    assert np.all(np.isfinite(found.pre_exit_points[lost]))  # the last point that was one
    assert not np.any(np.isfinite(found.exit_points[lost]))
    assert np.all(found.times[~lost] == found.t_max)  # everything else is censored
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        safe = ls.first_exit(sde, -1.0, everywhere, **settings | {"scheme": ls.Splitting()})
    assert safe.n_nonfinite == 0


def test_lost_recorded_paths_are_nan_from_then_on_and_warned_about():
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(0.5), 0.5)
    with pytest.warns(RuntimeWarning, match=r"paths became non-finite.*Splitting"):
        found = ls.simulate(sde, -1.0, t=20.0, dt=0.05, n_paths=300, scheme=ls.EulerMaruyama(), rng=1)
    lost = np.isnan(found.x[:, :, 0])
    assert np.array_equal(np.logical_or.accumulate(lost, axis=1), lost)
    assert np.array_equal(found.status == 2, lost[:, -1])
    assert found.n_nonfinite > 10
    assert not np.isinf(found.x).any()


def broken(x, params):
    return 0.5 * x * x


def broken_gradient(x, params):
    return x if x > -0.5 else x / (0.0 * x)  # NaN or infinite left of -1/2


@pytest.mark.parametrize("scheme", [ls.EulerMaruyama(), ls.Splitting()], ids=["Euler", "splitting"])
@pytest.mark.parametrize("domain", [ls.Interval(-ls.inf, ls.inf), ~ls.Interval(5.0, 6.0), ls.Interval(-9.0, 9.0)])
def test_nan_does_not_live_for_ever(scheme, domain):
    """A lane with a NaN in it that counted as inside would run on until t_max: 10^9 steps."""
    landscape = ls.from_functions(broken, broken_gradient, check_at=[0.5, 1.0])
    sde = ls.SDE(landscape, ls.Brownian(), 2.0)
    with pytest.warns(RuntimeWarning, match="non-finite"):
        found = ls.first_exit(sde, 0.0, domain, n_paths=300, dt=0.01, t_max=1e7, scheme=scheme, rng=1)
    assert found.n_nonfinite + found.n_exited == 300
    assert found.n_nonfinite > 200


def test_the_times_have_no_length_bias(rng):
    """Each path counts once, whenever it ends, so that the law of the first paths is that of the last."""
    found = ls.first_exit(WELL, -1.0, LEFT, n_paths=20_000, dt=0.01, rng=rng)
    assert found.n_exited == 20_000
    assert np.array_equal(found.path_ids, np.arange(20_000))
    early, late = found.times[:10_000], found.times[10_000:]
    error = np.hypot(early.std(), late.std()) / 100
    assert abs(early.mean() - late.mean()) < 5 * error
    first_lanes = found.times[:256]  # the control: what has ended when the first half of the lanes has
    short = first_lanes[first_lanes <= np.median(first_lanes)]
    assert abs(short.mean() - late.mean()) > 5 * short.std() / np.sqrt(short.size)


def test_zero_amplitude_and_zero_parts_are_allowed():
    sde = ls.SDE(ls.DoubleWell(), 0.0 * ls.AlphaStable(1.5) + 0.0 * ls.Brownian())
    found = ls.first_exit(sde, -1.0, LEFT, n_paths=3, dt=0.1, t_max=1.0, rng=1)
    assert np.all(found.pre_exit_points == -1.0)
