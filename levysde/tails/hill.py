r"""Hill's estimator.

.. math:: 1/\hat\alpha = \frac1k \sum_{i=1}^k \log\frac{|X|_{(i)}}{|X|_{(k+1)}},\qquad
          k\,\alpha/\hat\alpha \sim \mathrm{Gamma}(k) \ \text{for Pareto data},

with :math:`|X|_{(1)} \ge |X|_{(2)} \ge \dots` [1]_. Exact for a Pareto tail; for
:math:`P(|X|>x) = C x^{-\alpha}(1 + D x^{-\tau} + \dots)` the bias grows with k. For stable laws with alpha above 1.6 it
is large at any usable k: the index reads 2 to 4. Under dependence the error is that of the influence function
:math:`\frac nk[\log^+(|X|/u) - \gamma 1(|X|>u)]` [2]_.

References
----------
.. [1] Hill, Ann. Statist. 3 (1975) 1163-1174, doi:10.1214/aos/1176343247.
.. [2] Hill, Econometric Theory 26 (2010) 1398-1436, doi:10.1017/S0266466609990624.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count
from levysde.estimate import Estimate, confidence_level
from levysde.tails.columns import as_estimate, index_of, is_single
from levysde.tails.data import check_k, largest, observations
from levysde.tails.errors import Errors, check_choice, error_of, needs_hac

FloatArray = NDArray[np.float64]


def hill(x: ArrayLike, k: int, *, errors: Errors = "auto", level: float = 0.95) -> Estimate:
    """Tail index of |X| from its k + 1 largest values, by Hill's estimator.

    Parameters
    ----------
    x : array_like of shape (n,), or (n, d) for d columns
        Both signs count; for one tail alone pass `x[x > 0]`. Centre the data first if their law is not around 0.
    k : int
        Number of exceedances, 1 <= k < n; `hill_plot` and `choose_k` help to choose.
    errors : "auto", "independent" or "hac"
        "hac" allows for autocorrelation; "auto" takes it, with a warning, where the lag-1 autocorrelation is clear.
    level : float
        Confidence level of the interval: Gamma quantiles, exact for independent Pareto values.

    Returns
    -------
    Estimate
        Of alpha; `ColumnEstimates` for (n, d).

    Raises
    ------
    ValueError, TypeError
        Empty, constant or non-finite data, k outside 1 ... n - 1, or a threshold of 0.

    References
    ----------
    Hill, Ann. Statist. 3 (1975) 1163, doi:10.1214/aos/1176343247.

    Examples
    --------
    >>> import numpy as np
    >>> from levysde import tails
    >>> x = 1 + np.random.default_rng(1).pareto(1.5, 10_000)
    >>> estimate = tails.hill(x, 1000)
    >>> abs(estimate.value - 1.5) < 4 * estimate.standard_error
    True
    """
    check_choice(errors)
    level = confidence_level(level)
    k = count(k, "k")
    columns = observations(x)
    n = len(columns)
    check_k(k, n, n - 1, "Hill's estimator takes the k + 1 largest")
    top = largest(columns, k + 1)
    gamma = np.mean(np.log(top[:k]), axis=0) - np.log(top[k])
    hac = needs_hac(columns, errors)
    error = error_of(gamma / math.sqrt(k), lambda: influence(columns, top[k], gamma, k), hac=hac)
    method = f"Hill's estimator, k = {k} of {n}; assumes a Pareto tail of |X| beyond {_threshold(top[k])}"
    return from_gamma(gamma, error, n=n, level=level, method=method + dependence(hac), single=is_single(x))


def from_gamma(gamma: FloatArray, error: FloatArray, *, n: int, level: float, method: str, single: bool) -> Estimate:
    """Return alpha = 1/gamma with the Gamma interval of so many exceedances as the error is worth."""
    from scipy.special import gammaincinv

    alpha = index_of(gamma)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.where(error > 0, (gamma / error) ** 2, math.nan)  # k for independent values
        ends = tuple(alpha * gammaincinv(worth, p) / worth for p in (0.5 - 0.5 * level, 0.5 + 0.5 * level))
        return as_estimate(alpha, alpha**2 * error, (ends[0], ends[1]), n=n, method=method, single=single)


def influence(columns: FloatArray, threshold: FloatArray, gamma: FloatArray, k: int) -> FloatArray:
    """Return the influence of every value on Hill's gamma."""
    sizes = np.abs(columns)
    beyond = sizes > threshold
    excess = np.log(np.where(beyond, sizes / threshold, 1.0))
    found: FloatArray = len(columns) / k * (excess - gamma * beyond)
    return found


def dependence(hac: bool) -> str:
    """Say which errors were computed."""
    return "; errors allow for autocorrelation (HAC)" if hac else "; independent values"


def _threshold(values: FloatArray) -> str:
    return f"{values[0]:.4g}" if len(values) == 1 else f"{values.min():.4g} to {values.max():.4g}"
