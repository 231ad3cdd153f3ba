"""The index of a process from the way its increments grow with the lag."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_array
from levysde.estimate import Estimate

GROUPS = 32  # stretches of the data, left out one at a time


def index_from_increments(increments: ArrayLike, *, lags: Sequence[int] = (1, 2, 4, 8, 16)) -> Estimate:
    r"""Estimate the Blumenthal-Getoor index of a Lévy process from its increments over short time steps.

    Over short times t such a process looks like a stable one of its index beta, with size t^(1/beta). The mean of
    log |increment over m steps| therefore grows as log(m) / beta, and beta is one over its slope. The mean of a
    logarithm exists for every law; zero increments are left out and counted.

    What is measured is the index at the scale of the data: the small jumps must be resolved. A sum of parts shows
    the largest index only where that part dominates a step; a drift with an index below 1 shows as 1, as it should.
    It is not the tail index: for tempered stable motion the two differ.

    Parameters
    ----------
    increments : array of shape (n,) or (n, dim), independent, over equal and short time steps, without trend
        In several dimensions their lengths are used.
    lags : numbers of steps added up, increasing, the largest at most n / 32

    Returns
    -------
    Estimate
        Standard error from a jackknife over 32 stretches of the data.

    Raises
    ------
    ValueError
        Wrong shape, too few values, lags that do not increase, or sizes that do not grow with the lag.

    References
    ----------
    .. [1] Blumenthal and Getoor, J. Math. Mech. 10 (1961) 493.
    .. [2] Mohammadi, Mohammadpour and Ogata, Metrika 78 (2015) 549, doi:10.1007/s00184-014-0515-7 (for stable laws).

    Examples
    --------
    >>> import levysde as ls
    >>> from levysde import stable
    >>> index = ls.dimension.index_from_increments(stable.rvs(1.5, size=100_000, rng=1))
    >>> abs(index.value - 1.5) < 5 * index.standard_error
    True
    """
    x = finite_array(increments, "increments")
    if x.ndim == 1:
        x = x[:, None]
    if x.ndim != 2:
        raise ValueError(f"increments has shape {np.shape(increments)}; give (n,) or (n, dim)")
    steps = [count(lag, "a lag") for lag in lags]
    if len(steps) < 2 or any(b <= a for a, b in pairwise(steps)):
        raise ValueError(f"lags={tuple(lags)!r}; give at least two, increasing")
    if len(x) < GROUPS * steps[-1]:
        raise ValueError(f"{len(x)} increments are too few for a lag of {steps[-1]}; give {GROUPS * steps[-1]}")
    stretches = x[: len(x) // GROUPS * GROUPS].reshape(GROUPS, -1, x.shape[1])
    logs = np.array([_mean_log(stretches, lag) for lag in steps])
    if not np.isfinite(logs).all():
        raise ValueError("a stretch of the increments is zero throughout; there is nothing to measure")
    slopes = _slope(np.log(steps), np.vstack([logs.mean(axis=1), (logs.sum(axis=1)[:, None] - logs).T / (GROUPS - 1)]))
    if slopes[0] <= 0:
        raise ValueError("the sizes of the sums do not grow with the lag; these are no increments of a Lévy process")
    value = float(1 / slopes[0])
    error = value * value * math.sqrt((GROUPS - 1) * float(np.mean((slopes[1:] - slopes[1:].mean()) ** 2)))
    zeros = int(np.sum(~x.any(axis=1)))
    method = f"growth of the mean logarithm over lags {steps[0]} to {steps[-1]}" + (f"; {zeros} zeros" if zeros else "")
    return Estimate(value, error, math.nan, (value - 1.96 * error, value + 1.96 * error), len(x), method)


def _mean_log(stretches: NDArray[np.float64], lag: int) -> NDArray[np.float64]:
    groups, length, dim = stretches.shape
    blocks = stretches[:, : length // lag * lag].reshape(groups, -1, lag, dim).sum(axis=2)
    sizes = np.linalg.norm(blocks, axis=2)
    moved = sizes > 0
    logs = np.log(sizes, where=moved, out=np.zeros_like(sizes)).sum(axis=1)
    number = moved.sum(axis=1)
    return np.asarray(np.divide(logs, number, where=number > 0, out=np.full(groups, np.nan)))


def _slope(x: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = x - x.mean()
    return np.asarray(rows @ centred / (centred @ centred))
