"""Strong orders: every scheme's is the one it declares, against itself and against another scheme."""

import dataclasses
import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde._jit import STEP, kernel
from levysde.convergence.paired import simulate_ends
from levysde.convergence.strong import medians, moments, strong_of, tail_index
from levysde.schemes import SCHEMES

_spec = importlib.util.spec_from_file_location("orders_cases", Path(__file__).with_name("conftest.py"))
_cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_cases)

DTS = [1 / 16, 1 / 32, 1 / 64, 1 / 128]


def other(scheme):
    return ls.Splitting() if isinstance(scheme, ls.EulerMaruyama) else ls.EulerMaruyama()


@pytest.mark.parametrize(("scheme", "name"), _cases.cases("strong_order"))
def test_the_strong_order_is_the_declared_one(scheme, name, orders, seed):
    """Rate against itself and, since an error that falls as dt against another scheme leaves no gap, the same limit."""
    landscape = orders.WAVY if name == "1.5" else ls.Quadratic()
    sde = orders.sde(name, landscape=landscape)
    for reference in (None, other(scheme)):
        study = ls.convergence.strong_error(
            sde, 1.0, t=1.0, dts=DTS, scheme=scheme, reference_scheme=reference, n_paths=2000, rng=seed
        )
        assert study.expected == scheme.strong_order["Brownian" if name == "Brownian" else "stable"]
        for curve in study.curves:
            assert orders.agrees(curve.order, study.expected), (reference, curve.name)
        assert not study.lost.any()


def coefficient(x):
    return 1 + 0.8 * math.sin(3 * x)


MULTIPLICATIVE = [scheme for scheme in SCHEMES if "multiplicative" in scheme.strong_order and _cases.couples(scheme)]


@pytest.mark.parametrize("scheme", MULTIPLICATIVE, ids=repr)
def test_the_strong_order_for_state_dependent_noise_is_the_declared_one(scheme, orders, seed):
    sde = ls.SDE(ls.Quadratic(), ls.Brownian(), 0.5, coefficient=coefficient)
    if scheme.misfit(sde):
        pytest.skip(scheme.misfit(sde))
    dts, refine, n = [dt / 2 for dt in DTS], 16, 2000
    if scheme.strong_order["multiplicative"] < 1:  # the error of the reference, 1/sqrt(refine), has to be small
        dts, refine, n = DTS[:3], 256, 6000
    study = ls.convergence.strong_error(sde, 1.0, t=1.0, dts=dts, scheme=scheme, n_paths=n, refine=refine, rng=seed)
    for curve in study.curves:
        assert orders.agrees(curve.order, scheme.strong_order["multiplicative"]), curve.name


@pytest.mark.parametrize("name", ["1.2", "1.5"])
def test_the_jump_adapted_scheme_is_coupled_through_its_jumps(name, orders, seed):
    scheme = ls.JumpAdapted(0.1)
    study = ls.convergence.strong_error(
        orders.sde(name), 1.0, t=1.0, dts=DTS, scheme=scheme, n_paths=1000, refine=8, rng=seed
    )
    assert abs(study.order.value - 1) < orders.Z * study.order.standard_error + study.order.bias < 0.5
    with pytest.raises(ValueError, match="do not have their noise in common"):
        ls.convergence.strong_error(
            orders.sde(name), 1.0, t=1.0, dts=DTS, scheme=scheme, reference_scheme=ls.Splitting(), rng=seed
        )


# Controls: what does not converge is seen not to -------------------------------------------------------------


@kernel(STEP)
def _misscaled(drift, params, settings, x, increment, scratch, out):
    gradient = scratch[0 : x.shape[0]]
    drift(x, params, gradient)
    for row in range(x.shape[0]):
        for lane in range(x.shape[1]):
            out[row, lane] = x[row, lane] - settings[0] * gradient[row, lane] + settings[1] * increment[row, lane]


@dataclasses.dataclass(frozen=True)
class SquareRootOfTheStep(ls.EulerMaruyama):
    """Euler with sqrt(dt) in place of dt^(1/alpha), the slip that Brownian habits suggest."""

    alpha: float = 1.5

    @property
    def step(self):
        return _misscaled

    def step_for(self, sde):
        return _misscaled

    def settings(self, sde, dt):
        return np.array([dt, dt ** (1 / 2 - 1 / self.alpha)])


@pytest.mark.parametrize("alpha", [1.2, 1.5, 1.8])
def test_a_wrong_noise_scale_does_not_converge(alpha, orders, seed):
    study = ls.convergence.strong_error(
        orders.sde(str(alpha)), 1.0, t=1.0, dts=DTS, scheme=SquareRootOfTheStep(alpha),
        reference_scheme=ls.EulerMaruyama(), n_paths=2000, rng=seed,
    )  # fmt: skip
    for curve in study.curves:
        assert curve.order.value + orders.Z * curve.order.standard_error < 0.3


def test_paths_that_do_not_share_their_noise_do_not_converge(orders, seed):
    ends = simulate_ends(
        orders.sde("1.5"), 1.0, t=1.0, dts=DTS, scheme=ls.Splitting(), reference_scheme=None, n_paths=2000, refine=4,
        rng=seed, workers=1, progress=False,
    )  # fmt: skip
    assert strong_of(ends, 0.6).order.value > 0.9
    strangers = strong_of(dataclasses.replace(ends, fine=np.roll(ends.fine, 1, axis=0)), 0.6)
    assert abs(strangers.order.value) < 0.1
    assert strangers.errors.min() > 20 * strong_of(ends, 0.6).errors.max()


def test_euler_loses_paths_on_the_double_well_and_has_no_moment_there(seed):
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5)
    euler, splitting = (
        ls.convergence.strong_error(
            sde, -1.0, t=8.0, dts=[1 / 8, 1 / 16, 1 / 32], scheme=scheme, reference_scheme=ls.Splitting(), n_paths=2000,
            refine=8, rng=seed,
        )
        for scheme in (ls.EulerMaruyama(), ls.Splitting())
    )  # fmt: skip
    assert np.all(np.diff(euler.lost) < 0)
    rate = math.gamma(1.5) * math.sin(0.75 * math.pi) / math.pi * 0.5**1.5  # of jumps beyond sqrt(2/dt + 1)
    wanted = -np.expm1(-2 * 8.0 * rate * (2 / euler.dts + 1) ** -0.75)
    assert np.all(np.abs(euler.lost - wanted) < 0.15 * wanted + 5 * np.sqrt(wanted / 2000))
    assert np.isinf(euler.curves[1].errors).all()
    assert math.isnan(euler.curves[1].order.value)
    assert "moment" in euler.curves[1].order.method or "finite" in euler.curves[1].order.method
    assert not splitting.lost.any()
    assert splitting.errors[-1] < euler.errors[-1]


# The standard errors -------------------------------------------------------------------------------------------


def test_the_standard_errors_are_those_of_repetitions(orders, rng):
    """Two hundred repetitions of a correlated sample: the spread of errors and orders is the stated one."""
    dts, n, repetitions = np.array(DTS), 500, 200
    mixing = np.array([[1.0, 0.2, 0, 0], [0.5, 1.0, 0, 0], [0.2, 0.4, 1.0, 0], [0, 0.1, 0.5, 1.0]])
    found = {medians: [], lambda d: moments(d, 0.6): []}
    for _ in range(repetitions):
        distances = np.abs(mixing @ ls.stable.rvs(1.5, size=(4, n), rng=rng)) * dts[:, None]
        for measure, rows in found.items():
            errors, covariance = measure(distances)
            order = ls.convergence.slope(dts, errors, covariance).order
            rows.append((*np.log(errors), order.value, *(np.sqrt(np.diag(covariance)) / errors), order.standard_error))
    for rows in found.values():
        table = np.array(rows)
        observed, stated = table[:, :5].std(axis=0, ddof=1), np.sqrt((table[:, 5:] ** 2).mean(axis=0))
        # a standard deviation of 200 normal values is known to 5 %; heavy-tailed moments and densities: 8 %
        assert np.all(np.abs(observed / stated - 1) < orders.Z * 0.08)


@pytest.mark.parametrize(
    ("noise", "wanted"),
    [
        (ls.Brownian(), math.inf),
        (ls.AlphaStable(1.5), 1.5),
        (ls.AlphaStable(0.7, 0.5), 0.7),
        (ls.Brownian() + 0.1 * ls.AlphaStable(1.2), 1.2),
        (ls.AlphaStable(1.5) + ls.AlphaStable(1.8), 1.5),
        (ls.TemperedStable(1.5, 1.0), math.inf),
    ],
)
def test_tail_index(noise, wanted):
    assert tail_index(ls.SDE(ls.Quadratic(), noise)) == pytest.approx(wanted, rel=1e-3)


def test_tail_index_in_the_plane():
    assert tail_index(ls.SDE(ls.Quadratic(dim=2), ls.IsotropicStable(1.3))) == pytest.approx(1.3, rel=1e-6)


def test_a_plane_and_one_start_per_path(orders, seed):
    sde = ls.SDE(ls.Quadratic([[2.0, 0.5], [0.5, 1.0]]), ls.IsotropicStable(1.5), 0.5)
    starts = np.random.default_rng(seed).normal(size=(2000, 2))
    study = ls.convergence.strong_error(sde, starts, t=1.0, dts=DTS, scheme=ls.Splitting(), n_paths=2000, rng=seed)
    assert all(orders.agrees(curve.order, 1.0) for curve in study.curves)


def test_nothing_to_measure_where_the_scheme_is_exact(seed):
    study = ls.convergence.strong_error(
        ls.SDE(ls.Flat(), ls.Brownian()),
        0.0,
        t=1.0,
        dts=[1 / 4, 1 / 8],
        scheme=ls.EulerMaruyama(),
        n_paths=100,
        rng=seed,
    )
    assert math.isnan(study.order.value)
    assert "exact here" in study.order.method
