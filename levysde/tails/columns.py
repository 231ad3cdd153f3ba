"""From a mean with its error to an `Estimate` of alpha, one per column."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde.estimate import Estimate, confidence_level

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ColumnEstimates(Estimate):
    """One estimate per column of the data: an `Estimate` whose numbers are arrays of shape (d,).

    `estimates[j]` is the `Estimate` of column j; iterating gives them all.

    Examples
    --------
    >>> import levysde as ls
    >>> x = ls.stable.rvs(1.5, size=(4000, 3), rng=1)
    >>> found = ls.tails.log_moment(x)
    >>> found.value.shape, len(found), found[2].n
    ((3,), 3, 4000)
    """

    value: FloatArray  # type: ignore[assignment]
    standard_error: FloatArray  # type: ignore[assignment]
    bias: FloatArray  # type: ignore[assignment]
    interval: tuple[FloatArray, FloatArray]  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, column: int) -> Estimate:
        low, high = self.interval
        numbers = self.value[column], self.standard_error[column], self.bias[column]
        value, error, bias = map(float, numbers)
        return Estimate(value, error, bias, (float(low[column]), float(high[column])), self.n, self.method)

    def __iter__(self) -> Iterator[Estimate]:
        return (self[column] for column in range(len(self)))

    def __str__(self) -> str:
        return "\n".join(f"column {j}: {estimate}" for j, estimate in enumerate(self))

    def __format__(self, spec: str) -> str:
        return ", ".join(format(estimate, spec) for estimate in self)

    def __float__(self) -> float:
        raise TypeError(f"{len(self)} columns have no single value; take one, or use tails.pooled")


def as_estimate(
    value: FloatArray, error: FloatArray, interval: tuple[FloatArray, FloatArray], *, n: int, method: str, single: bool
) -> Estimate:
    """Return an `Estimate` for one series, `ColumnEstimates` for an array of columns."""
    columns = ColumnEstimates(value, error, np.full_like(value, math.nan), interval, n, method)
    return columns[0] if single else columns


def from_power(
    theta: FloatArray,
    error: FloatArray,
    power: int,
    *,
    ends: tuple[FloatArray, FloatArray] | None = None,
    n: int,
    level: float,
    method: str,
    single: bool,
) -> Estimate:
    """Return alpha = theta^(-1/power) for an estimate of theta = alpha^(-power) and its error.

    The interval is that of theta carried over: `ends` (low, high), or that of a normal theta. Where theta or its lower
    end is not positive, alpha is infinite: the data then show no power law.
    """
    reach = normal_reach(level) * error
    low, high = (theta - reach, theta + reach) if ends is None else ends
    alpha = index_of(theta, power)
    with np.errstate(invalid="ignore", over="ignore"):
        slope = np.where(np.isfinite(alpha), alpha ** (1 + power) / power, math.nan)
    interval = index_of(high, power), index_of(low, power)
    return as_estimate(alpha, slope * error, interval, n=n, method=method, single=single)


def normal_reach(level: float) -> float:
    """Return how many standard errors an interval of this level reaches to either side."""
    return NormalDist().inv_cdf(0.5 + 0.5 * confidence_level(level))


def index_of(theta: FloatArray, power: int = 1) -> FloatArray:
    """Return theta^(-1/power), infinite where theta <= 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found: FloatArray = np.where(theta > 0, np.abs(theta) ** (-1.0 / power), math.inf)
    return found


def is_single(x: ArrayLike) -> bool:
    """Whether the caller gave one series rather than columns."""
    return np.ndim(x) == 1
