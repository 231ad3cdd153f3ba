r"""The generalized Pareto law of exceedances, by maximum likelihood.

Beyond a high threshold u, :math:`P(|X| - u > y \mid |X| > u) \approx (1 + \xi y/\sigma)^{-1/\xi}` for every law in a
domain of attraction [1]_: xi = 1/alpha for power laws, 0 for exponential tails, negative for bounded ones. It moves
with location and scale, and so tells a power law from a lognormal or exponential tail at thresholds where Hill's
estimator cannot. With theta = xi/sigma the likelihood has one parameter [2]_, since
:math:`\hat\xi(\theta)=\frac1k\sum\log(1+\theta y_i)`; for xi > -1/2 the variance of xi is :math:`(1+\xi)^2/k` [3]_,
that of :math:`\log(1+\xi)` therefore 1/k whatever xi is: the interval is that of the logarithm, around xi less its bias
to order 1/k, :math:`-\frac{(1+\xi)(3+\xi)}{k(1+3\xi)}` [4]_.

References
----------
.. [1] Pickands, Ann. Statist. 3 (1975) 119-131, doi:10.1214/aos/1176343003.
.. [2] Grimshaw, Technometrics 35 (1993) 185-191, doi:10.1080/00401706.1993.10485040.
.. [3] Smith, Ann. Statist. 15 (1987) 1174-1207, doi:10.1214/aos/1176350499.
.. [4] Giles, Feng and Godwin, Commun. Stat. Theory Methods 45 (2016) 2465-2483, doi:10.1080/03610926.2014.887104.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count
from levysde.estimate import Estimate
from levysde.tails.columns import from_power, is_single, normal_reach
from levysde.tails.data import check_k, largest, observations
from levysde.tails.errors import Errors, check_choice, error_of, needs_hac
from levysde.tails.hill import dependence

FloatArray = NDArray[np.float64]
GRID = np.concatenate([-np.linspace(0.999, 0.02, 10), [0.0], np.geomspace(1e-3, 1e6, 28)])
FLAT = 1e-7  # of theta times the median excess: below, the law is exponential to rounding


def generalized_pareto(x: ArrayLike, k: int, *, errors: Errors = "auto", level: float = 0.95) -> Estimate:
    """Tail index of |X| from a generalized Pareto law fitted to the k largest exceedances.

    Parameters, returned value and errors raised are as for `hill`, with k >= 10. Where xi comes out zero or negative,
    no power law is seen and alpha is infinite.

    References
    ----------
    Smith, Ann. Statist. 15 (1987) 1174, doi:10.1214/aos/1176350499.

    Examples
    --------
    >>> import numpy as np
    >>> from levysde import tails
    >>> low, high = tails.generalized_pareto(np.random.default_rng(1).lognormal(size=10_000), 2500).interval
    >>> low > 2
    True
    """
    check_choice(errors)
    reach = -normal_reach(level), normal_reach(level)
    k = count(k, "k", minimum=10)
    columns = observations(x)
    n = len(columns)
    check_k(k, n, n - 1, "the threshold is the k + 1 largest")
    top = largest(columns, k + 1)
    fits = [fit_excesses(column[:k] - column[k]) for column in top.T]
    xi, theta = np.array(fits).T
    hac = needs_hac(columns, errors)
    plain = np.maximum(1 + xi, 0.5) / math.sqrt(k)
    error = error_of(plain, lambda: influence(columns, top[k], xi, theta, k), hac=hac)
    heavy = np.maximum(xi, 0.0)
    middle = xi + (1 + heavy) * (3 + heavy) / (k * (1 + 3 * heavy))
    ends = tuple(middle + np.maximum(1 + middle, 0.5) * np.expm1(side * error / plain / math.sqrt(k)) for side in reach)
    method = f"generalized Pareto law by maximum likelihood, k = {k} of {n} exceedances of |X|{dependence(hac)}"
    return from_power(xi, error, 1, ends=(ends[0], ends[1]), n=n, level=level, method=method, single=is_single(x))


def fit_excesses(y: FloatArray) -> tuple[float, float]:
    """Return (xi, theta = xi/sigma) of the largest likelihood for excesses y >= 0."""
    from scipy.optimize import minimize_scalar

    unit = float(np.median(y)) or float(np.mean(y))
    y = y / unit
    low = -1.0 / float(y.max())
    flat = math.log(float(y.mean())) + 1.0

    def profile(theta: float) -> float:
        if abs(theta) < FLAT:
            return flat
        xi = float(np.mean(np.log1p(theta * y)))
        return math.log(xi / theta) + xi + 1.0

    grid = np.where(GRID < 0, -GRID * low, GRID)
    values = [profile(theta) for theta in grid]
    best = int(np.argmin(values))
    ends = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    theta = float(minimize_scalar(profile, bounds=ends, method="bounded", options={"xatol": 1e-6}).x)
    return float(np.mean(np.log1p(theta * y))), theta / unit


def influence(columns: FloatArray, threshold: FloatArray, xi: FloatArray, theta: FloatArray, k: int) -> FloatArray:
    """Return the influence of every value on xi, the threshold held: the information matrix times the score."""
    y = np.maximum(np.abs(columns) - threshold, 0.0)
    beyond = y > 0
    shape = np.where(np.abs(xi) < 1e-4, 1e-4, xi)
    inverse = 1 / (1 + theta * y)
    by_shape = np.log1p(theta * y) / shape**2 - (1 + 1 / shape) * (1 - inverse) / shape
    by_log_scale = -1 + (1 + 1 / shape) * (1 - inverse)
    # the inverse information of (xi, log sigma), Smith 1987: (1 + xi) [[1 + xi, -1], [-1, 2]]
    psi: FloatArray = len(columns) / k * (1 + xi) * ((1 + xi) * by_shape - by_log_scale) * beyond
    return psi
