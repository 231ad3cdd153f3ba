"""How long a path stays in a domain, to a wanted precision, with the step error apart from the statistical one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from levysde import defaults
from levysde._streams import RNG
from levysde._validate import points
from levysde.domains import Domain
from levysde.engine.pool import Progress, Workers
from levysde.estimate import Estimate, Prediction
from levysde.exits import first_exit, long_steps_meant
from levysde.results import ExitSample, concat
from levysde.schemes import Splitting
from levysde.sde import SDE
from levysde.theory import boundary_shift, mean_exit_time

RELAXATION_SHARE = 0.07  # Splitting errs by the square of this
CROSSING_SHARE = 1.4e-3  # the shift of the boundary leaves an error of first order in this
COARSE = 4  # the second run, from which the step error is estimated, has a step this much longer
MAX_PATH_STEPS = 5e10  # a measurement that would cost more is censored rather than endless
MOST_OF_THE_WAY = 0.25  # a boundary is never moved further than this part of the distance to it
FEWEST_EXITS = 10  # below, a censored sample gives no mean
HORIZON = 30.0  # in predicted or crude means, whichever is longer

STEP_RULE = (
    f"dt = min({RELAXATION_SHARE:g} / largest curvature at the critical points of the well, "
    f"{CROSSING_SHARE:g} x time in which the noise crosses the distance to the boundary); boundaries moved "
    f"inward by theory.boundary_shift; step error from a second run at {COARSE} dt with half the paths"
)


@dataclass(frozen=True)
class Stay:
    """A measured mean exit time with its prediction; `partial` says what cut the measurement short, if anything."""

    time: Estimate
    prediction: Prediction
    sample: ExitSample
    partial: str | None


def measure_stay(
    sde: SDE,
    x0: np.ndarray,
    domain: Domain,
    *,
    rel_error: float,
    rng: int,
    rng_coarse: int,
    workers: Workers,
    progress: Progress,
) -> Stay:
    """Measure the mean exit time until its relative standard error is at most `rel_error`.

    The bias of the estimate is a bound of what the step leaves after the boundary shift, of first order in dt: the
    difference from a run with `COARSE` times the step, over COARSE - 1, or its standard error if that is larger.
    """
    prediction = mean_exit_time(sde, x0, domain)
    start = points(x0, sde.dim, "x0")
    dt = defaults.choose_step(sde, domain, start, share=RELAXATION_SHARE, crossing=CROSSING_SHARE)
    wanted = math.ceil(1.05 / rel_error**2)
    horizon = HORIZON * max(defaults.crude_mean_exit(sde, domain, start), _finite(prediction.value))
    t_max = min(max(horizon, 100 * dt), max(MAX_PATH_STEPS / wanted, 1e4) * dt)

    sample = _watch(sde, start, domain, dt, n_paths=wanted, t_max=t_max, rng=rng, workers=workers, progress=progress)
    while _unfinished(sample, rel_error):
        missing = math.ceil(sample.n_paths * ((_mean(sample).relative_error / rel_error) ** 2 * 1.02 - 1))
        more = _watch(
            sde,
            start,
            domain,
            dt,
            n_paths=max(missing, wanted // 20),
            t_max=t_max,
            first_path=sample.n_paths,
            rng=rng,
            workers=workers,
            progress=progress,
        )
        sample = concat([sample, more])
    time, partial = _mean(sample), sample.provenance.get("partial")
    if partial is None and math.isfinite(time.value):
        coarse = _watch(
            sde,
            start,
            domain,
            COARSE * dt,
            n_paths=math.ceil(wanted / 2),
            t_max=t_max,
            rng=rng_coarse,
            workers=workers,
            progress=progress,
        )
        partial = coarse.provenance.get("partial")
        if partial is None:
            time = replace(time, bias=_step_error(time, _mean(coarse)))
    return Stay(time, prediction, sample, partial)


@long_steps_meant()
def _watch(
    sde: SDE,
    start: np.ndarray,
    domain: Domain,
    dt: float,
    *,
    n_paths: int,
    t_max: float,
    rng: RNG,
    workers: Workers,
    progress: Progress,
    first_path: int = 0,
) -> ExitSample:
    """Simulate exits on the boundary that is moved inward by the shift of the watching bias."""
    shift = min(boundary_shift(sde.effective_noise, dt), MOST_OF_THE_WAY * float(np.min(domain.distance(start))))
    return first_exit(
        sde,
        start,
        domain.shrink(shift) if shift > 0 else domain,
        n_paths=n_paths,
        dt=dt,
        t_max=t_max,
        scheme=Splitting(),
        first_path=first_path,
        rng=rng,
        workers=workers,
        progress=progress,
    )


def _unfinished(sample: ExitSample, rel_error: float) -> bool:
    """Whether more paths are needed: not after an interruption, nor where a horizon censors most paths."""
    if "partial" in sample.provenance or sample.n_censored > sample.n_exited:
        return False
    return _mean(sample).relative_error > rel_error


def _mean(sample: ExitSample) -> Estimate:
    """Return the mean; under heavy censoring by the exponential law, and NaN with a reason after too few exits."""
    if sample.n_exited >= FEWEST_EXITS:
        return sample.mean(model="auto" if sample.n_exited >= sample.n_censored else "exponential")
    method = f"none: only {sample.n_exited} of {sample.n_paths} paths left before t_max={sample.t_max:g}"
    return Estimate(math.nan, math.nan, math.nan, (math.nan, math.nan), sample.n_paths, method)


def _step_error(fine: Estimate, coarse: Estimate) -> float:
    difference = abs(coarse.value - fine.value)
    noise = math.hypot(coarse.standard_error, fine.standard_error)
    return max(difference, noise) / (COARSE - 1)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
