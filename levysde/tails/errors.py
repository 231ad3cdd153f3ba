r"""Standard errors of estimators that are means of an influence function, for independent and dependent series.

Every estimator of this package is, to first order, its limit plus the mean of :math:`\psi(X_i)`. Its variance is
:math:`\sigma^2_\infty/n` with the long-run variance

.. math:: \sigma^2_\infty = \sum_{j=-\infty}^\infty \mathrm{Cov}(\psi(X_0), \psi(X_j)),

the plain variance of psi where the values are independent. The sum is taken with Bartlett's weights, in the form of
overlapping batch means [1]_, which costs one pass; the batch length is Andrews' for a first-order autoregression [2]_.
It is 1 where psi shows no autocorrelation.

References
----------
.. [1] Meketon and Schmeiser, Proc. Winter Simulation Conf. 1984, 227-230: overlapping batch means.
.. [2] Andrews, Econometrica 59 (1991) 817-858, doi:10.2307/2938229.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Literal

import numpy as np

from levysde._types import NDArray

FloatArray = NDArray[np.float64]
Errors = Literal["auto", "independent", "hac"]
CHOICES = ("auto", "independent", "hac")
CLEAR = 4.0  # lag-1 autocorrelations beyond so many of their standard errors 1/sqrt(n) count
SAMPLE = 10_000  # values that tell the scale of a column
WIDE = 3.0  # interquartile ranges beyond which a value is drawn in
SLIGHT = 0.02  # below, a correlation is of no consequence, however long the series


class DependenceWarning(UserWarning):
    """The values are autocorrelated; the estimators take them as independent."""


def autocorrelation(columns: FloatArray) -> FloatArray:
    """Return the lag-1 autocorrelation of every column of an (n, d) array.

    Values further than 3 interquartile ranges from the median are drawn in to there: for heavy tails two large
    neighbours would else make up the correlation of thousands of independent values.
    """
    sample = columns[:: max(len(columns) // SAMPLE, 1)]
    first, middle, third = np.quantile(sample, [0.25, 0.5, 0.75], axis=0)
    spread = third - first
    reach = WIDE * np.where(spread > 0, spread, np.abs(sample - middle).max(axis=0))
    reach = np.where(reach > 0, reach, 1.0)
    drawn_in = np.clip(columns - middle, -reach, reach)
    drawn_in -= drawn_in.mean(axis=0)
    drawn_in /= reach
    square = np.einsum("ij,ij->j", drawn_in, drawn_in)
    product = np.einsum("ij,ij->j", drawn_in[1:], drawn_in[:-1])
    found: FloatArray = product / np.where(square > 0, square, 1.0)
    return found


def clear_correlation(n: int, columns: int = 1) -> float:
    """Return the lag-1 autocorrelation of n values that counts as one, in the worst of so many columns."""
    return max(math.sqrt((CLEAR**2 + 2 * math.log(columns)) / n), SLIGHT)


def check_choice(errors: str) -> None:
    """Refuse an unknown way to compute errors."""
    if errors not in CHOICES:
        raise ValueError(f"errors={errors!r} is unknown; use {', '.join(map(repr, CHOICES))}")


def needs_hac(columns: FloatArray, errors: str) -> bool:
    """Decide which errors are computed, and warn of autocorrelation where nobody asked for a kind of error."""
    if errors != "auto":
        return errors == "hac"
    found = autocorrelation(columns)
    worst = float(found[np.argmax(np.abs(found))])
    if abs(worst) <= clear_correlation(*columns.shape):
        return False
    warnings.warn(
        f"the lag-1 autocorrelation is {worst:.2f}: the estimators take values as independent. The errors allow for "
        "it, the estimate itself may be off; look at increments, at every m-th value and at shuffled rows",
        DependenceWarning,
        stacklevel=4,
    )
    return True


def mean_error(psi: FloatArray, *, hac: bool) -> FloatArray:
    """Return the standard error of the mean of every column of an (n, d) array."""
    n = len(psi)
    if not hac:
        error: FloatArray = np.std(psi, axis=0) / math.sqrt(max(n - 1, 1))
        return error
    return np.array([math.sqrt(long_run_variance(column) / n) for column in psi.T])


def long_run_variance(series: FloatArray) -> float:
    """Return the long-run variance of one series, by overlapping batch means."""
    n = len(series)
    centred = series - series.mean()
    variance = float(centred @ centred) / n
    if variance == 0:
        return 0.0
    rho = float(np.clip((centred[1:] @ centred[:-1]) / (n * variance), -0.99, 0.99))
    strength = 4 * rho * rho / ((1 - rho) ** 2 * (1 + rho) ** 2)  # Andrews' alpha(1) for the Bartlett kernel
    batch = int(min(max(1.0, 1.1447 * (strength * n) ** (1 / 3)), n // 4))
    if batch <= 1:
        return variance
    sums = np.concatenate([[0.0], np.cumsum(centred)])
    means = (sums[batch:] - sums[:-batch]) / batch
    return float(means @ means) * n * batch / ((n - batch) * (n - batch + 1))


def drawn_to(expected: FloatArray, measured: FloatArray, *, n: int, weight: float) -> FloatArray:
    """Return variances measured on n values, drawn towards those that a model expects, which count as `weight` values.

    Logarithms have a long tail towards zeros of the data. Short samples miss it, and then give too small a variance.
    """
    return (n * measured + weight * expected) / (n + weight)


def error_of(plain: FloatArray, influence: Callable[[], FloatArray], *, hac: bool) -> FloatArray:
    """Return the error that holds for independent values, widened under dependence as the influence function asks.

    The ratio of both errors of the influence function is taken, not its error itself: that of independent values is
    often known exactly.
    """
    if not hac:
        return plain
    psi = influence()
    widening: FloatArray = mean_error(psi, hac=True) / mean_error(psi, hac=False)
    return plain * widening
