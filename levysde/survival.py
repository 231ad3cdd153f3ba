"""Statistics of waiting times of which some are censored: survival curve, restricted mean, exponential law.

Every function takes two arrays, `exits` (times of those that left) and `censored` (times at which the others were
last seen waiting), so that no caller can mistake one for the other.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import positive
from levysde.estimate import Estimate, confidence_level

__all__ = ["SurvivalCurve", "exponential_p_value", "kaplan_meier", "restricted_mean"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """Probability to be still inside after time t, with a pointwise confidence band.

    A right-continuous step function: `value[i]` holds from `t[i]` up to `t[i + 1]`, starting with 1 at t = 0.

    Attributes
    ----------
    t, value, low, high : (m,) float arrays
        Times, survival probability, and the ends of the pointwise band.
    level : float
        Confidence level of the band.
    n : int
        Number of paths behind the curve.
    method : str
        Estimator and band, in words.
    """

    t: FloatArray
    value: FloatArray
    low: FloatArray
    high: FloatArray
    level: float
    n: int
    method: str

    def __call__(self, t: ArrayLike) -> FloatArray:
        """Survival probability at times t >= 0, of any shape; NaN where the curve does not reach."""
        t = np.asarray(t, dtype=np.float64)
        index = np.searchsorted(self.t, t, side="right") - 1
        known = (index >= 0) & ((t <= self.t[-1]) | (self.value[-1] == 0.0))
        return np.where(known, self.value[np.maximum(index, 0)], np.nan)

    def __str__(self) -> str:
        return f"survival of {self.n} paths up to t = {self.t[-1]:.6g}, where {self.value[-1]:.4g} are still inside"


def kaplan_meier(exits: FloatArray, censored: FloatArray, *, level: float = 0.95) -> SurvivalCurve:
    """Kaplan-Meier survival curve with the pointwise log-log band of Greenwood's variance.

    The product limit and the band are `scipy.stats.ecdf`'s. Where its formula is undefined the band is closed on
    the safe side: with no path left it runs from 0 to its last upper end, with no exit at all it is Wilson's.

    Parameters
    ----------
    exits, censored : float arrays
        Waiting times observed in full, and those cut off.
    level : float
        Confidence level in (0, 1).

    Raises
    ------
    ValueError
        There are no times, or `level` is outside (0, 1).

    References
    ----------
    Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452.
    """
    level = confidence_level(level)
    n = exits.size + censored.size
    if n == 0:
        raise ValueError("there are no times, so survival has no estimate; give at least one path")
    method = "Kaplan-Meier, pointwise log-log band"
    if exits.size == 0:
        from levysde.estimate import proportion

        last = float(np.max(censored))
        watched = int(np.count_nonzero(censored == last))  # those who were seen inside up to then
        floor = proportion(watched, watched, level=level).interval[0]
        t = np.array([0.0, last])
        one = np.ones(2)
        return SurvivalCurve(t, one, np.array([1.0, floor]), one, level, n, method)
    from scipy.stats import CensoredData, ecdf

    curve = ecdf(CensoredData(uncensored=exits, right=censored)).sf
    with warnings.catch_warnings():
        # The log-log formula has no value at survival 0 or 1; those places are filled below.
        warnings.simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(confidence_level=level, method="log-log")
    value = np.asarray(curve.probabilities, dtype=np.float64)
    low, high = np.array(band.low.probabilities), np.array(band.high.probabilities)
    low[value == 1.0] = high[value == 1.0] = 1.0
    gone = value == 0.0
    low[gone] = 0.0
    high[gone] = high[~gone][-1] if np.any(~gone) else 1.0
    t, value, low, high = (
        np.concatenate(([first], rest))
        for first, rest in ((0.0, curve.quantiles), (1.0, value), (1.0, low), (1.0, high))
    )
    return SurvivalCurve(t, value, low, high, level, n, method)


def restricted_mean(exits: FloatArray, censored: FloatArray, t: float, *, level: float = 0.95) -> Estimate:
    """Mean of min(waiting time, t): the area under the Kaplan-Meier curve up to t. No model is assumed.

    With A_i the area between the i-th exit time and t, d_i exits there and n_i paths at risk, the variance is

        n/(n-1) * sum_i A_i^2 d_i / (n_i (n_i - d_i)),

    which without censoring is the square of the sample mean's standard error. The interval is normal, cut at [0, t].

    Raises
    ------
    ValueError
        `t` is not positive, or lies beyond a censored time after which the curve is not known; there are no times.

    References
    ----------
    Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452, section 6; Royston and Parmar 2013,
    doi:10.1186/1471-2288-13-152.
    """
    t = positive(t, "t")
    level = confidence_level(level)
    n = exits.size + censored.size
    if n == 0:
        raise ValueError("there are no times, so the restricted mean has no estimate; give at least one path")
    last_censored = float(np.max(censored)) if censored.size else -math.inf
    last_exit = float(np.max(exits)) if exits.size else -math.inf
    if t > last_censored >= last_exit:
        raise ValueError(
            f"t={t:.12g} is beyond {last_censored:.12g}, where {censored.size} of {n} paths were still inside; "
            f"give t <= {last_censored:.12g}, or simulate with a longer t_max"
        )
    curve = kaplan_meier(exits, censored, level=level)
    inside = curve.t < t
    knots = np.append(curve.t[inside], t)
    pieces = curve.value[inside] * np.diff(knots)
    area = float(np.sum(pieces))
    area_after = np.append(np.cumsum(pieces[::-1])[::-1], 0.0)

    times, deaths = np.unique(exits[exits <= t], return_counts=True)
    at_risk = n - np.searchsorted(np.sort(exits), times) - np.searchsorted(np.sort(censored), times)
    rest = area_after[np.searchsorted(knots, times)]
    survivors = at_risk - deaths
    # Where nobody survives the area left is zero, and so is the term.
    terms = rest**2 * deaths / (at_risk * np.maximum(survivors, 1.0))
    error = math.sqrt(float(np.sum(terms)) * n / (n - 1)) if n > 1 else math.nan
    from scipy.special import ndtri

    reach = float(ndtri(0.5 + 0.5 * level)) * error if n > 1 else math.inf
    interval = (max(area - reach, 0.0), min(area + reach, t))
    return Estimate(area, error, math.nan, interval, n, f"restricted mean up to t = {t:.6g}, Kaplan-Meier area")


def exponential_p_value(exits: FloatArray, censored: FloatArray, *, resolution: float = 0.0) -> float:
    """P-value of the hypothesis that the waiting times are exponential with an unknown mean.

    Under it the exits, counted in total time on test W(t) = sum over all paths of min(T_i, t), are a Poisson
    process. So W at the r exits, divided by its last value, gives r - 1 uniform variates, whatever the mean. They
    are put to the Cramér-von Mises test of a fully known law. This is exact when nothing is censored; when the
    watch ends by the clock the number of exits is random too, and the law holds in the limit of many exits
    (simulation shows it from ten exits on). Rising, falling and non-monotone hazards are all seen.

    Parameters
    ----------
    exits, censored : float arrays
        Waiting times observed in full, and those cut off (by a clock that does not look at the paths).
    resolution : float
        Time step on which `exits` were recorded, 0 if they are exact. An exit recorded at t happened in
        (t - resolution, t]: those with the same record are spread over that cell by the quantiles of the law under
        test, as otherwise the grid itself would be found out in a large sample. With few cells (mean waiting time
        under ~30 steps) this makes the p-value a little too large.

    Returns
    -------
    float
        In [0, 1]; small values speak against the exponential law.

    Raises
    ------
    ValueError
        There are fewer than three exits, or all of them fell into the first step.

    References
    ----------
    Seshadri, Csörgő and Stephens 1969, doi:10.1111/j.2517-6161.1969.tb00809.x (the transformation);
    Csörgő and Faraway 1996, doi:10.1111/j.2517-6161.1996.tb02077.x (law of the statistic, in scipy).
    """
    if exits.size < 3:
        raise ValueError(f"{exits.size} exits are too few to test the exponential law; give at least 3")
    exits = np.sort(exits)
    if exits[-1] < 1.5 * resolution:
        raise ValueError("all exits fell into the first step, which says nothing about their law; use a smaller dt")
    if resolution > 0.0:
        _spread(exits, float(np.sum(censored)), resolution)
    on_test = _total_time_on_test(exits, np.sort(censored))
    del exits
    from scipy.stats import cramervonmises

    on_test /= on_test[-1]
    p_value = float(cramervonmises(on_test[:-1], _uniform_cdf).pvalue)
    return min(max(p_value, 0.0), 1.0)


# The helpers work in place: a sample may hold ten million paths.


def _uniform_cdf(u: FloatArray) -> FloatArray:
    return u


def _total_time_on_test(exits: FloatArray, censored: FloatArray) -> FloatArray:
    """Sum over all paths of min(T_i, t) at every exit time t; both arrays sorted."""
    on_test = np.cumsum(exits)
    still = np.arange(exits.size - 1 + censored.size, censored.size - 1, -1, dtype=np.float64)
    if censored.size and censored[0] < exits[-1]:
        gone = np.searchsorted(censored, exits)
        on_test += np.concatenate(([0.0], np.cumsum(censored)))[gone]
        still -= gone
    still *= exits
    on_test += still
    return on_test


def _spread(exits: FloatArray, censored_time: float, step: float) -> None:
    """Spread sorted times recorded at the end of a step over that step, by quantiles of the fitted exponential."""
    rate_per_step = exits.size * step / (float(np.sum(exits)) + censored_time)
    mean = -step / math.log1p(-rate_per_step)
    first = np.concatenate(([0], np.flatnonzero(exits[1:] != exits[:-1]) + 1))
    size = np.diff(first, append=exits.size)
    shift = np.arange(0.5, exits.size)
    shift -= np.repeat(first, size)
    shift /= np.repeat(size, size)
    shift *= math.expm1(-step / mean)
    np.log1p(shift, out=shift)
    shift *= mean
    exits -= step
    exits -= shift
