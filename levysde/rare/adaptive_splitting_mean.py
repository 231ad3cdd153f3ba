"""From repetitions to a mean exit time: the Hill relation, its error by the jackknife, and how many are needed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde._types import NDArray
from levysde.rare.adaptive_splitting_run import PARTICLES, Repetitions

Array = NDArray[np.float64]

LOWEST = -680.0  # of log p: the mean exit time would be beyond the largest float


@dataclass(frozen=True)
class Mean:
    """A mean exit time at one step, with what it was made of."""

    value: float
    standard_error: float
    log_p: float  # of the mean probability per cycle
    excess: float  # variance of p over repetitions, in units of the least possible one
    repetitions: Repetitions

    @property
    def relative_error(self) -> float:
        """Standard error over value; infinite where there is no value."""
        return self.standard_error / self.value if self.value > 0.0 else math.inf


def mean_of(repetitions: Repetitions) -> Mean:
    """Put mean exit time = fall + P(fall into the core) * cycle / p together from sums over repetitions.

    The jackknife over repetitions gives the standard error and removes the bias of order 1 / n of the quotients [1]_.
    The error is at least that of the ideal splitting, whose relative variance is -log p / particles: a few repetitions,
    none of which found the way that matters, would say less.

    References
    ----------
    .. [1] Miller, Biometrika 61 (1974) 1, doi:10.1093/biomet/61.1.1.
    """
    n = len(repetitions)
    highest = float(np.max(repetitions.log_p))
    if not math.isfinite(highest):
        return Mean(math.nan, math.nan, -math.inf, math.nan, repetitions)
    p = np.exp(repetitions.log_p - highest)
    log_p = highest + math.log(float(np.mean(p)))
    if highest < LOWEST:
        return Mean(math.inf, math.inf, log_p, math.nan, repetitions)
    unit = math.exp(-highest)
    columns = np.stack([p, repetitions.cycle, repetitions.tries, repetitions.falls, repetitions.fall_time])
    whole = _hill(columns.sum(axis=1), unit)
    if n == 1 or np.count_nonzero(p) < 2:
        return Mean(float(whole), math.inf, log_p, math.nan, repetitions)
    without = _hill(columns.sum(axis=1)[:, np.newaxis] - columns, unit)
    value = n * float(whole) - (n - 1) * float(np.mean(without))
    error = math.sqrt((n - 1) * float(np.mean((without - np.mean(without)) ** 2)))
    ideal = max(-log_p, 1.0 - math.exp(log_p)) / PARTICLES
    scatter = float(np.var(p, ddof=1) / np.mean(p) ** 2)
    value = value if value > 0.0 else float(whole)  # so few and so different repetitions that the correction fails
    return Mean(value, max(error, value * math.sqrt(ideal / n)), log_p, scatter / ideal, repetitions)


def _hill(sums: Array, unit: float) -> Array:
    p, cycle, tries, falls, fall_time = sums
    return np.asarray(fall_time / tries + falls / tries * cycle / p * unit)


def step_error(fine: Mean, coarse: Mean, ratio: int) -> float:
    """Bound the step error of the fine run, of first order or better, by the run with `ratio` times the step."""
    if not (math.isfinite(fine.value) and math.isfinite(coarse.value)):
        return math.nan
    noise = math.hypot(fine.standard_error, coarse.standard_error)
    return max(abs(fine.value - coarse.value), noise) / (ratio - 1)
