"""What a measurement or a theory says: the two values every verb returns.

`Estimate` is measured, `Prediction` is computed. Both put the statistical or numerical error beside the
value and name where the value comes from, so that neither can be read without its assumptions. Below them
the estimators of a mean and of a proportion; those of whole curves are in `survival`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde._types import NDArray
from levysde._validate import finite_number

__all__ = ["Estimate", "Prediction", "exponential_mean", "proportion", "sample_mean", "with_error"]

FloatArray = NDArray[np.float64]


def _decimals(error: float) -> int:
    """Digits after the point that show `error` with two significant digits."""
    return 1 - math.floor(math.log10(error))


def with_error(value: float, error: float) -> str:
    """Write `value ± error`, both rounded to two significant digits of the error.

    >>> with_error(453.6412, 4.0872)
    '453.6 ± 4.1'
    """
    if not math.isfinite(value):
        return f"{value}"
    if not (math.isfinite(error) and error > 0):
        return f"{value:.6g}" if error == 0 else f"{value:.6g} ± {error}"
    if not 1e-5 <= abs(value) + error < 1e7:
        exponent = math.floor(math.log10(abs(value) + error))
        unit = 10.0**exponent
        return f"({with_error(value / unit, error / unit)})e{exponent:+03d}"
    decimals = max(_decimals(error), 0)
    return f"{value:.{decimals}f} ± {error:.{decimals}f}"


@dataclass(frozen=True)
class Estimate:
    """A measured number with its errors, and what it rests on.

    Attributes
    ----------
    value : float
        The estimate.
    standard_error : float
        Statistical standard error of `value`; NaN where it is not defined.
    bias : float
        Bound or estimate of the error of the time step, kept apart from the statistical one; NaN where it was
        not assessed. A sample knows nothing about its own step bias, so its methods report NaN.
    interval : tuple of float
        Confidence interval (low, high), 95 % unless the caller asked for another level; it covers the
        statistical error only.
    n : int
        Number of paths the value rests on; non-finite paths are never among them.
    method : str
        Estimator and its assumption, in words.
    """

    value: float
    standard_error: float
    bias: float
    interval: tuple[float, float]
    n: int
    method: str

    @property
    def relative_error(self) -> float:
        """Standard error over value; infinite for a value of zero."""
        return self.standard_error / abs(self.value) if self.value != 0 else math.inf

    def __str__(self) -> str:
        return with_error(self.value, self.standard_error)

    def __format__(self, spec: str) -> str:
        """Format with a number's spec applied to value and error (`f"{e:.3g}"`), or as `str` without one."""
        return f"{self.value:{spec}} ± {self.standard_error:{spec}}" if spec else str(self)

    def __float__(self) -> float:
        return float(self.value)


@dataclass(frozen=True)
class Prediction:
    """What a theory says, under which law, and whether that law's regime holds.

    Attributes
    ----------
    value : float
        The predicted number; NaN where the law gives none.
    error : float
        Numerical error of `value` (quadrature, truncation); NaN where the law is asymptotic and states none.
    law : str
        Name of the law.
    valid : bool
        Whether the regime of the law holds here.
    reason : str
        Why it holds or fails, in one sentence.
    """

    value: float
    error: float
    law: str
    valid: bool
    reason: str

    def __str__(self) -> str:
        number = f"{self.value:.6g}"
        return f"{number} ({self.law})" if self.valid else f"{number} ({self.law}; not valid: {self.reason})"

    def __format__(self, spec: str) -> str:
        """Format the value alone with a number's spec, or as `str` without one."""
        return f"{self.value:{spec}}" if spec else str(self)

    def __float__(self) -> float:
        return float(self.value)


def confidence_level(level: float) -> float:
    """Return `level` as a float strictly between 0 and 1, or raise as `finite_number` does."""
    advice = "give a confidence level such as 0.95"
    return finite_number(level, "level", low=0.0, high=1.0, open_low=True, open_high=True, advice=advice)


def sample_mean(values: FloatArray, *, level: float = 0.95) -> Estimate:
    """Plain mean of values that are all observed, without a model of their law.

    The interval is Student's. One value alone gives no error: its standard error is NaN, its interval infinite.

    Raises
    ------
    ValueError
        There are no values, or `level` is outside (0, 1).
    """
    level = confidence_level(level)
    n = values.size
    if n == 0:
        raise ValueError("there are no values to average; give at least one")
    mean = float(np.mean(values))
    if n == 1:
        return Estimate(mean, math.nan, math.nan, (-math.inf, math.inf), 1, "sample mean")
    error = math.sqrt(_sum_of_squares(values, mean) / (n - 1) / n)
    from scipy.special import stdtrit

    reach = float(stdtrit(n - 1, 0.5 + 0.5 * level)) * error
    return Estimate(mean, error, math.nan, (mean - reach, mean + reach), n, "sample mean")


def exponential_mean(total_time: float, n_events: int, n: int, *, censored: bool, level: float = 0.95) -> Estimate:
    """Mean waiting time under the exponential law: total time at risk over the number of events.

    With T the sum of all times, censored ones included, and r events, the maximum-likelihood estimate is T / r with
    standard error T / (r sqrt(r)). The interval is that of a Poisson process watched for the time T,

        [2 T / chi2(1 - a/2; 2 r + 2 c),  2 T / chi2(a/2; 2 r)],   a = 1 - level,

    with c = 1 where the watch ended by the clock (type-I censoring: approximate and a little wide) and c = 0 where
    it ended by the last event (nothing censored: exact).

    Parameters
    ----------
    total_time : float
        Sum of the times of all paths, positive.
    n_events, n : int
        Number of events (at least 1) and of paths.
    censored : bool
        Whether some path was still waiting when the watch ended.
    level : float
        Confidence level in (0, 1).

    Raises
    ------
    ValueError
        There is no event, or `level` is outside (0, 1).

    References
    ----------
    Epstein and Sobel 1953, doi:10.1080/01621459.1953.10483488 (2 r degrees of freedom);
    Cox 1953, doi:10.1093/biomet/40.3-4.354 (time-censored).
    """
    level = confidence_level(level)
    if n_events < 1:
        raise ValueError("no event was observed, so the mean time has no estimate; watch for longer")
    from scipy.special import chdtri  # the inverse of the upper tail

    tail = 0.5 * (1.0 - level)
    value = total_time / n_events
    low = 2.0 * total_time / float(chdtri(2 * n_events + (2 if censored else 0), tail))
    high = 2.0 * total_time / float(chdtri(2 * n_events, 1.0 - tail))
    method = "exponential model, total time over exits"
    return Estimate(value, value / math.sqrt(n_events), math.nan, (low, high), n, method)


def proportion(successes: int, n: int, *, level: float = 0.95) -> Estimate:
    """Proportion of successes with Wilson's interval, which stays honest at 0 and 1.

    The standard error is sqrt(p (1 - p) / n); it is 0 at the two ends, where only the interval says something.

    Raises
    ------
    ValueError
        There are no trials, or `level` is outside (0, 1).

    References
    ----------
    Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    level = confidence_level(level)
    if n < 1:
        raise ValueError("there are no trials, so the proportion has no estimate")
    from scipy.stats import binomtest

    p = successes / n
    interval = binomtest(successes, n).proportion_ci(confidence_level=level, method="wilson")
    error = math.sqrt(p * (1.0 - p) / n)
    return Estimate(p, error, math.nan, (float(interval.low), float(interval.high)), n, "proportion, Wilson interval")


def _sum_of_squares(values: FloatArray, mean: float) -> float:
    """Sum of squared deviations, in blocks: `np.var` would hold a second copy of the sample."""
    flat = values.ravel()
    blocks = (flat[i : i + 65536] - mean for i in range(0, flat.size, 65536))
    return math.fsum(float(np.dot(block, block)) for block in blocks)
