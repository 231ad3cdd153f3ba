r"""The moment estimator of Dekkers, Einmahl and de Haan.

With :math:`M_r = \frac1k\sum_{i\le k} \log^r(|X|_{(i)}/|X|_{(k+1)})`,

.. math:: \hat\gamma = M_1 + 1 - \tfrac12\Bigl(1-\frac{M_1^2}{M_2}\Bigr)^{-1},\qquad \hat\alpha = 1/\hat\gamma,\qquad
          k\,\mathrm{Var}\,\hat\gamma \to 1+\gamma^2 \quad (\gamma \ge 0).

Unlike Hill's it also tells where there is no power law: gamma <= 0, alpha infinite [1]_.

The normal limit is far off: with :math:`c^2 = M_2/M_1^2 - 1` the second part is :math:`L = \frac12(1 - c^{-2})`, which
has a long tail to the left. For a Pareto tail both parts are independent (Basu's theorem): :math:`kM_1/\gamma` has the
Gamma(k) law, and :math:`(1+c^2)/k` is Greenwood's statistic, the sum of squared spacings of k - 1 uniform values, whose
moments are known [2]_. The interval joins the exact one of the first part with that of L, c^2 taken as lognormal with
those moments, by the squares of their arms [3]_.

References
----------
.. [1] Dekkers, Einmahl and de Haan, Ann. Statist. 17 (1989) 1833-1855, doi:10.1214/aos/1176347397.
.. [2] Moran, Suppl. J. R. Stat. Soc. 9 (1947) 92-98, doi:10.2307/2983572.
.. [3] Zou and Donner, Stat. Med. 27 (2008) 1693-1702, doi:10.1002/sim.3095.
"""

from __future__ import annotations

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count
from levysde.estimate import Estimate
from levysde.tails.columns import from_power, is_single, normal_reach
from levysde.tails.data import check_k, largest, observations
from levysde.tails.errors import Errors, check_choice, error_of, needs_hac
from levysde.tails.hill import dependence

FloatArray = NDArray[np.float64]


def moment(x: ArrayLike, k: int, *, errors: Errors = "auto", level: float = 0.95) -> Estimate:
    """Tail index of |X| from its k + 1 largest values, by the moment estimator.

    Parameters, returned value and errors raised are as for `hill`, with k >= 2. Error and interval are those of gamma
    >= 0; for lighter tails, where alpha is infinite, they are a little too large.

    References
    ----------
    Dekkers, Einmahl and de Haan, Ann. Statist. 17 (1989) 1833, doi:10.1214/aos/1176347397.

    Examples
    --------
    >>> import numpy as np
    >>> from levysde import tails
    >>> tails.moment(np.random.default_rng(1).exponential(size=10_000), 500).interval[1]
    inf
    """
    check_choice(errors)
    k = count(k, "k", minimum=2)
    columns = observations(x, fewest=3)
    n = len(columns)
    check_k(k, n, n - 1, "the moment estimator takes the k + 1 largest")
    top = largest(columns, k + 1)
    excess = np.log(top[:k] / top[k])
    first, second = np.mean(excess, axis=0), np.mean(excess**2, axis=0)
    if np.any(second <= first**2):
        raise ValueError(f"the {k} largest values coincide: there are too many ties for this k")
    light = 1 - 0.5 / (1 - first**2 / second)
    gamma = first + light
    hac = needs_hac(columns, errors)
    plain = np.sqrt((1 + np.maximum(gamma, 0.0) ** 2) / k)
    error = error_of(plain, lambda: _influence(columns, top[k], first, second, light, k), hac=hac)
    method = f"moment estimator, k = {k} of {n}; assumes a tail of |X| of generalized Pareto type"
    method += dependence(hac)
    ends = _ends(first, light, k * (plain / error) ** 2, level)
    return from_power(gamma, error, 1, ends=ends, n=n, level=level, method=method, single=is_single(x))


def _ends(first: FloatArray, light: FloatArray, worth: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the interval of gamma from `worth` independent exceedances."""
    from scipy.special import gammaincinv

    z = normal_reach(level)
    worth = np.maximum(worth, 2.0)
    least, most = (worth / gammaincinv(worth, 0.5 + 0.5 * side * level) for side in (1, -1))
    low = first + light - np.hypot(first * (1 - least), _light(worth, z))
    high = first + light + np.hypot(first * (most - 1), _light(worth, -z))
    return low, high


def _light(k: FloatArray, z: float) -> FloatArray:
    """Return the quantile of L at z standard deviations of log c^2, by the mean and the variance of c^2."""
    mean = (k - 1) / (k + 1)
    variance = 4 * k**2 * (k - 1) / ((k + 1) ** 2 * (k + 2) * (k + 3))
    of_log = np.log1p(variance / mean**2)
    found: FloatArray = -0.5 * np.expm1(-(np.log(mean) - 0.5 * of_log + z * np.sqrt(of_log)))
    return found


def _influence(
    columns: FloatArray, threshold: FloatArray, first: FloatArray, second: FloatArray, light: FloatArray, k: int
) -> FloatArray:
    """Return the influence of every value: through both moments, and through the threshold that it helps to set."""
    sizes = np.abs(columns)
    beyond = sizes > threshold
    excess = np.log(np.where(beyond, sizes / threshold, 1.0))
    move = first * (1 - light) * beyond  # of log threshold: a(n/k)/U(n/k) per exceedance
    weight = len(columns) / k
    on_first = weight * (excess - move)
    on_second = weight * (excess**2 - 2 * first * move)
    ratio = first**2 / second
    slope = -0.5 / (1 - ratio) ** 2  # d light / d ratio
    found: FloatArray = (1 + slope * 2 * first / second) * on_first - slope * ratio / second * on_second
    return found
