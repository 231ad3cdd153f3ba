"""K-doubling: whether an estimate still moves when the run is longer."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde.tails.data import observations
from levysde.tails.errors import mean_error

FloatArray = NDArray[np.float64]
CLEAR = 5.0  # standard errors by which a scale must have moved
LARGE = 0.25  # and by how much, in logarithms


@dataclass(frozen=True, eq=False)
class Doubling:
    """How the scale of the data moves from sample to sample.

    Attributes
    ----------
    log_scale : float array
        Mean of log|X - median| of each sample, the median being that of all of them.
    standard_error : float array
        Its errors, which allow for autocorrelation.
    change : float
        The step with the most errors between neighbours.
    change_error : float
        Its standard error.
    """

    log_scale: FloatArray
    standard_error: FloatArray
    change: float
    change_error: float

    @property
    def is_stationary(self) -> bool:
        """Whether no step is both clear (5 errors) and of consequence (a factor of exp(0.25))."""
        return abs(self.change) <= max(CLEAR * self.change_error, LARGE)


def k_doubling(samples: Sequence[ArrayLike]) -> Doubling:
    """Compare samples taken after K, 2K, 4K, ... steps, or the parts of one series.

    A stationary law has the same scale in each. An exploding recursion (lognormal growth) has not, and then every tail
    index is an artefact that falls like K^(-1/2).

    Parameters
    ----------
    samples : sequence of array_like
        At least two, each of shape (n,) or (n, d) with the same d; rows in their order if they are a series. For one
        series `numpy.array_split(x, 2)`.

    Returns
    -------
    Doubling

    Raises
    ------
    ValueError, TypeError
        Fewer than two samples, samples with fewer than 8 rows, unequal numbers of columns, non-finite values.

    Examples
    --------
    >>> import numpy as np
    >>> from levysde import tails
    >>> walk = np.cumsum(np.random.default_rng(1).normal(size=(40, 1000)), axis=0)
    >>> tails.k_doubling([walk[9], walk[19], walk[39]]).is_stationary
    False
    """
    arrays = [observations(sample, fewest=8, what="a comparison of scales") for sample in samples]
    if len(arrays) < 2:
        raise ValueError(f"{len(arrays)} samples cannot be compared; give at least two")
    if len({array.shape[1] for array in arrays}) > 1:
        raise ValueError(f"the samples have {[array.shape[1] for array in arrays]} columns; give equal numbers")
    middle = np.median(np.concatenate(arrays), axis=0)
    means, errors = [], []
    for array in arrays:
        sizes = np.abs(array - middle)
        with np.errstate(divide="ignore"):
            logs = np.where(sizes > 0, np.log(sizes), np.nan)
        rows = np.nanmean(np.where(np.all(np.isnan(logs), axis=1, keepdims=True), 0.0, logs), axis=1)[:, None]
        means.append(float(rows.mean()))
        errors.append(float(mean_error(rows, hac=True)[0]))
    steps = np.diff(means)
    spread = np.array([math.hypot(a, b) for a, b in itertools.pairwise(errors)])
    worst = int(np.argmax(np.abs(steps) / np.maximum(spread, 1e-300)))
    return Doubling(np.array(means), np.array(errors), float(steps[worst]), float(spread[worst]))
