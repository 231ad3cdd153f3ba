"""All schemes on one problem: strong and weak error, exit-time bias, lost paths, time per step, time to an error."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from levysde import defaults, rare
from levysde._provenance import provenance, start_record
from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_number, positive
from levysde.bench.result import SchemeReport, WorkPrecision
from levysde.convergence import Convergence, exit_bias
from levysde.convergence.exit_bias import Boundary, is_exact
from levysde.convergence.paired import check_steps, simulate_ends
from levysde.convergence.strong import default_power, strong_of
from levysde.convergence.weak import weak_of
from levysde.domains import Domain
from levysde.engine.pool import Workers
from levysde.estimate import Estimate
from levysde.exits import check_question, first_exit, long_steps_meant
from levysde.rare.inner_domain import inner_domain
from levysde.schemes import SCHEMES, EulerMaruyama, Scheme, Splitting
from levysde.sde import SDE
from levysde.theory import mean_exit_time

FloatArray = NDArray[np.float64]

SHARES = (0.2, 0.1, 0.05, 0.025)  # default steps, in relaxation times at the steepest critical point
LENGTH = 16  # paths for strong and weak errors last this many of the largest steps
NEAR = 0.4  # boundaries are moved at most this part of the start's distance to them
REACH = 8  # a fitted bias is trusted down to the smallest step divided by this
STRAIGHT = 10.0  # chi-square per degree of freedom from which on errors follow no power of dt
TIMED = 4_000  # paths from which the time per step is taken


def work_precision(
    sde: SDE,
    x0: ArrayLike,
    domain: Domain,
    *,
    schemes: Sequence[Scheme] | None = None,
    dts: ArrayLike | None = None,
    t: float | None = None,
    mean: Estimate | float | None = None,
    rel_error: float = 0.01,
    n_paths: int = 4000,
    n_exits: int = 200_000,
    rng: RNG = None,
    workers: Workers = 1,
) -> WorkPrecision:
    r"""Run schemes on one problem and say which one, with which step, reaches a mean exit time for the least time.

    For every scheme: the strong error (median) and the weak error of a bounded wave at time t, both against a fine
    path of `Splitting` on the same noise; the bias of the mean exit time, its boundary moved by what a path gets beyond
    it between two looks (`levysde.rare.missed_distance`) where the start leaves room for that; the share of lost paths;
    nanoseconds per path and step. The time to a relative error r is that of :math:`n\,E\tau/dt` steps, where the bias
    takes half of r^2 and sets dt (`largest_step`), and the variance of the mean over n paths takes the other half. A
    scheme that loses paths is not advised: a mean without the lost ones is no mean.

    Parameters
    ----------
    sde : SDE with additive noise
    x0 : one start, inside the domain
    domain : Domain
    schemes : None takes all that fit and move in steps; those that do not fit are listed as refused
    dts : steps; None takes 0.2, 0.1, 0.05 and 0.025 relaxation times
    t : time of strong and weak errors; None takes 16 of the largest steps
    mean : the mean exit time; None takes the exact one where theory has it, else `levysde.mean_exit_time`
    rel_error : wanted relative root-mean-square error of the mean exit time
    n_paths : paths for strong and weak errors
    n_exits : paths for each exit-time bias
    rng, workers : as in `first_exit`; times per step are taken on one core whatever `workers` is

    Returns
    -------
    WorkPrecision

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range, and where no scheme fits.

    Examples
    --------
    >>> import levysde as ls
    >>> from levysde.bench import work_precision
    >>> sde = ls.SDE(ls.Quadratic(), ls.Brownian(), epsilon=1.0)
    >>> both = [ls.Splitting(), ls.EulerMaruyama()]
    >>> found = work_precision(
    ...     sde, 0.0, ls.Interval(-1, 1), schemes=both, rel_error=0.1, n_paths=500, n_exits=10_000, rng=1
    ... )
    >>> found.advice.startswith("use ")
    True
    """
    start, domain = check_question(sde, x0, domain)
    if len(start) > 1:
        raise ValueError(f"x0 holds {len(start)} points; give one start")
    rel_error = finite_number(rel_error, "rel_error", low=0, high=0.5, open_low=True)
    n_paths, n_exits = count(n_paths, "n_paths", minimum=100), count(n_exits, "n_exits", minimum=100)
    if dts is None:
        dts = np.array(SHARES) / defaults.steepest_curvature(sde, domain, start)
    steps = check_steps(dts)
    t = LENGTH * float(steps[0]) if t is None else positive(t, "t")
    fitting, refused = _fitting(schemes, sde)
    entropy = entropy_of(rng)
    roots = np.random.SeedSequence(entropy).spawn(2 * len(fitting) + 1)
    known = _known_mean(sde, start, domain, mean, rel_error, roots[-1], workers)
    boundary: Boundary = "missed distance" if _room(sde, domain, start, float(steps[0])) else "as given"
    reports = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # lost paths are a column of the table
        for number, scheme in enumerate(fitting):
            strong, weak = _coupled(sde, start, domain, scheme, steps, t, n_paths, roots[2 * number], workers)
            exits = exit_bias(
                sde, start, domain, dts=steps, scheme=scheme, exact=known, boundary=boundary, n_paths=n_exits,
                rng=roots[2 * number + 1], workers=workers,
            )  # fmt: skip
            reports.append(_report(sde, start, domain, scheme, strong, weak, exits, known, rel_error))
    settings = {
        "sde": repr(sde),
        "x0": start_record(start),
        "domain": repr(domain),
        "dts": steps.tolist(),
        "t": t,
        "boundary": boundary,
        "rel_error": rel_error,
    }
    return WorkPrecision(
        sde=repr(sde),
        x0=", ".join(f"{c:.4g}" for c in start[0]),
        domain=repr(domain),
        mean=known,
        rel_error=rel_error,
        reports=tuple(reports),
        refused=refused,
        provenance=provenance(entropy=entropy, cut_short=None, settings=settings, rules={}),
    )


def _room(sde: SDE, domain: Domain, start: FloatArray, dt: float) -> bool:
    """Return whether the start stays well inside when the boundary is moved by what is missed between two looks."""
    try:
        return inner_domain(sde, domain, start[0], dt).share < NEAR
    except ValueError:
        return False


def _fitting(schemes: Sequence[Scheme] | None, sde: SDE) -> tuple[list[Scheme], dict[str, str]]:
    """Return the schemes that fit, and why the others do not."""
    wanted = [one for one in SCHEMES if one.loop == "steps"] if schemes is None else list(schemes)
    for one in wanted:
        if not isinstance(one, Scheme):
            raise TypeError(
                f"schemes holds a {type(one).__name__}; give schemes such as [Splitting(), EulerMaruyama()]"
            )
    refused = {repr(one): one.misfit(sde) for one in wanted if one.misfit(sde)}
    fitting = [one for one in wanted if not one.misfit(sde)]
    if not fitting:
        raise ValueError(f"no scheme fits: {'; '.join(f'{one} {why}' for one, why in refused.items()) or 'none given'}")
    return fitting, refused


def _known_mean(
    sde: SDE,
    start: FloatArray,
    domain: Domain,
    mean: Estimate | float | None,
    rel_error: float,
    root: np.random.SeedSequence,
    workers: Workers,
) -> Estimate:
    """Return the mean exit time that biases are measured against."""
    if isinstance(mean, Estimate):
        return mean
    if mean is not None:
        value = positive(mean, "mean")
        return Estimate(value, 0.0, 0.0, (value, value), 0, "as given")
    prediction = mean_exit_time(sde, start[0], domain)
    if is_exact(prediction):
        value = prediction.value
        return Estimate(value, 0.0, prediction.error, (value, value), 0, prediction.law)
    return rare.mean_exit_time(sde, start[0], domain, rel_error=rel_error / 8, rng=root, workers=workers)


def _coupled(
    sde: SDE,
    start: FloatArray,
    domain: Domain,
    scheme: Scheme,
    steps: FloatArray,
    t: float,
    n_paths: int,
    root: np.random.SeedSequence,
    workers: Workers,
) -> tuple[Convergence | None, Convergence | None]:
    """Return strong and weak errors from one set of paths, or nothing for schemes that cannot be coupled."""
    if scheme.loop != "steps" or type(scheme).increments is not Scheme.increments:
        return None, None
    width = float(np.min(domain.distance(start)))

    def wave(x: FloatArray) -> FloatArray:
        first = x if x.ndim == 1 else x[:, 0]
        return np.asarray(np.cos((first - start[0, 0]) / width + 0.4))

    reference = EulerMaruyama() if isinstance(scheme, Splitting) and sde.landscape.lipschitz < math.inf else Splitting()
    ends = simulate_ends(
        sde, start, t=t, dts=steps, scheme=scheme, reference_scheme=reference, n_paths=n_paths, refine=16, rng=root,
        workers=workers, progress=False,
    )  # fmt: skip
    return strong_of(ends, default_power(sde)), weak_of(ends, wave)


def _report(
    sde: SDE,
    start: FloatArray,
    domain: Domain,
    scheme: Scheme,
    strong: Convergence | None,
    weak: Convergence | None,
    exits: Convergence,
    known: Estimate,
    rel_error: float,
) -> SchemeReport:
    """Put together what one scheme did, and what it needs for the wanted error."""
    nanoseconds = _time_per_step(sde, start, domain, scheme, float(exits.dts[-1]))
    share = rel_error / math.sqrt(2)
    dt, remark = largest_step(exits, share * known.value)
    spread = math.sqrt(max(exits.standard_errors[-1] ** 2 - known.standard_error**2, 0.0) * exits.n)
    paths = (spread / (share * known.value)) ** 2
    seconds = paths * known.value / dt * nanoseconds * 1e-9
    lost = max(float(np.max(study.lost)) for study in (strong, exits) if study is not None)
    return SchemeReport(repr(scheme), strong, weak, exits, lost, nanoseconds, dt, seconds, remark)


def largest_step(study: Convergence, allowed: float) -> tuple[float, str]:
    r"""Return the largest step whose bias is known to be below `allowed`, at most the largest one measured, and how.

    The errors are fitted by :math:`c_1 dt^p + c_2 dt^{2p}`, p the order that is expected, and the step is the largest
    up to which the fitted bias and two of its standard errors stay below `allowed`: a bias too small to be seen costs
    paths, and does not rule a scheme out. Errors that do not follow such a law are taken one by one.
    """
    dts, errors, spread = study.dts, study.errors, study.standard_errors
    order = study.expected if math.isfinite(study.expected) else 1.0
    design = np.column_stack([dts**order, dts ** (2 * order)]) / spread[:, None]
    covariance = np.linalg.pinv(design.T @ design)
    constants = covariance @ design.T @ (errors / spread)
    residuals = errors / spread - design @ constants
    if float(residuals @ residuals) > STRAIGHT * max(len(dts) - 2, 1):
        within = np.abs(errors) + 2 * spread <= allowed
        good = np.flatnonzero(np.logical_and.accumulate(within[::-1])[::-1])  # from which step on all are within
        if good.size:
            return float(dts[good[0]]), "dt among those measured, since the bias follows no power of dt"
        return math.nan, f"no step down to {dts[-1]:.2g} is seen to have a bias small enough"
    trial = np.geomspace(dts[-1] / REACH, dts[0], 200)
    basis = np.column_stack([trial**order, trial ** (2 * order)])
    bound = np.abs(basis @ constants) + 2 * np.sqrt(np.einsum("ij,jk,ik->i", basis, covariance, basis))
    within = np.logical_and.accumulate(bound <= allowed)
    if not within[0]:
        return math.nan, f"needs steps far below {dts[-1]:.2g}"
    dt = float(trial[np.flatnonzero(within)[-1]])
    return dt, "dt from the fitted bias, below the steps measured" if dt < dts[-1] else ""


@long_steps_meant()
def _time_per_step(sde: SDE, start: FloatArray, domain: Domain, scheme: Scheme, dt: float) -> float:
    """Return nanoseconds of a processor per path and step of an exit simulation; the best of three."""
    best = math.inf
    for attempt in range(3):
        began = time.process_time()  # not the clock on the wall: other programs want the processor too
        sample: Any = first_exit(sde, start, domain, n_paths=TIMED, dt=dt, scheme=scheme, rng=attempt)
        elapsed = time.process_time() - began
        steps = float(np.nansum(sample.times)) / dt
        best = min(best, elapsed / steps * 1e9)
    return best
