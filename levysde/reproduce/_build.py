"""Numbers made of numbers: what the papers' experiments make of `Estimate`s, with the errors carried along.

`exactly` for what is computed, `difference`, `ratio` and `log_slope` for what two or more independent estimates give,
`mean_of` for repetitions. Sample means and proportions themselves are `levysde.estimate.sample_mean` and `proportion`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from levysde._types import ArrayLike
from levysde.estimate import Estimate, Prediction, sample_mean

__all__ = ["difference", "exactly", "log_slope", "mean_of", "ratio", "with_spread"]

NORMAL_95 = 1.959963984540054


def with_spread(value: float, error: float, n: int, method: str) -> Estimate:
    """Return an estimate with a normal interval."""
    return Estimate(value, error, math.nan, (value - NORMAL_95 * error, value + NORMAL_95 * error), n, method)


def exactly(value: float, method: str) -> Estimate:
    """Return a number that is computed, with no error of sampling."""
    return with_spread(float(value), 0.0, 0, method)


def mean_of(values: ArrayLike, method: str = "sample mean") -> Estimate:
    """Return the mean of independent repetitions."""
    found = sample_mean(np.asarray(values, float))
    return with_spread(found.value, found.standard_error, found.n, method)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """Return first - second, independent of each other."""
    error = math.hypot(first.standard_error, second.standard_error)
    return with_spread(first.value - second.value, error, min(first.n, second.n), "difference of two estimates")


def ratio(first: Estimate, second: Estimate | Prediction | float) -> Estimate:
    """Return first / second, independent of each other; a prediction and a plain number have no error."""
    under = second if isinstance(second, Estimate) else exactly(float(second), "given")
    value = first.value / under.value
    error = math.hypot(first.standard_error, value * under.standard_error) / abs(under.value)
    return with_spread(value, error, first.n, "ratio")


def log_slope(x: Sequence[float], y: Sequence[Estimate]) -> Estimate:
    """Return d log y / d log x by least squares of independent positive estimates, all weighted alike."""
    at = np.log(np.asarray(x, float))
    lever = (at - at.mean()) / np.sum((at - at.mean()) ** 2)
    value = float(lever @ np.log([e.value for e in y]))
    error = float(np.linalg.norm(lever * np.array([e.relative_error for e in y])))
    return with_spread(value, error, min(e.n for e in y), "slope of logarithms")
