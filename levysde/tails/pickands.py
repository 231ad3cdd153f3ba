r"""Pickands' estimator.

.. math:: \hat\alpha = 1/\hat\gamma,\qquad
          \hat\gamma = \frac1{\log 2}\log\frac{|X|_{(k)}-|X|_{(2k)}}{|X|_{(2k)}-|X|_{(4k)}},

exact for a generalized Pareto tail of any sign of gamma, whatever its location, and noisy: for gamma > 0

.. math:: k\,\mathrm{Var}\,\hat\gamma \to \frac{\gamma^2(2^{2\gamma+1}+1)}{(2(2^\gamma-1)\log 2)^2}.

References
----------
.. [1] Pickands, Ann. Statist. 3 (1975) 119-131, doi:10.1214/aos/1176343003.
.. [2] Dekkers and de Haan, Ann. Statist. 17 (1989) 1795-1832, doi:10.1214/aos/1176347396 (the variance).
"""

from __future__ import annotations

import math

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count
from levysde.estimate import Estimate
from levysde.tails.columns import from_power, is_single
from levysde.tails.data import check_k, largest, observations
from levysde.tails.errors import Errors, check_choice, error_of, needs_hac
from levysde.tails.hill import dependence

FloatArray = NDArray[np.float64]
LOG_2 = math.log(2.0)


def pickands(x: ArrayLike, k: int, *, errors: Errors = "auto", level: float = 0.95) -> Estimate:
    """Tail index of |X| by Pickands' estimator, from three of its upper order statistics.

    Parameters, returned value and errors raised are as for `hill`, with 4k <= n. Where gamma comes out zero or
    negative, no power law is seen and alpha is infinite.

    References
    ----------
    Pickands, Ann. Statist. 3 (1975) 119, doi:10.1214/aos/1176343003.

    Examples
    --------
    >>> import numpy as np
    >>> from levysde import tails
    >>> estimate = tails.pickands(np.random.default_rng(1).pareto(1.5, 20_000), 1000)
    >>> abs(estimate.value - 1.5) < 4 * estimate.standard_error
    True
    """
    check_choice(errors)
    k = count(k, "k")
    columns = observations(x, fewest=4)
    n = len(columns)
    check_k(k, n, n // 4, "Pickands' estimator takes the 4 k largest")
    top = largest(columns, 4 * k)
    places = top[[k - 1, 2 * k - 1, 4 * k - 1]]
    near, far = places[0] - places[1], places[1] - places[2]
    if np.any(near <= 0) or np.any(far <= 0):
        raise ValueError(f"order statistics {k}, {2 * k} and {4 * k} coincide: there are too many ties for this k")
    gamma = np.log(near / far) / LOG_2
    hac = needs_hac(columns, errors)
    error = error_of(_spread(gamma) / math.sqrt(k), lambda: _influence(columns, places, gamma, k), hac=hac)
    method = f"Pickands' estimator, k = {k} of {n}; assumes a generalized Pareto tail of |X| beyond the largest {4 * k}"
    method += dependence(hac)
    return from_power(gamma, error, 1, n=n, level=level, method=method, single=is_single(x))


def _growth(gamma: FloatArray) -> FloatArray:
    """Return (2^gamma - 1)/gamma, log 2 at gamma = 0."""
    flat = np.abs(gamma) < 1e-8
    found: FloatArray = np.where(flat, LOG_2, np.expm1(gamma * LOG_2) / np.where(flat, 1.0, gamma))
    return found


def _spread(gamma: FloatArray) -> FloatArray:
    found: FloatArray = np.sqrt(2.0 ** (2 * gamma + 1) + 1) / (2 * _growth(gamma) * LOG_2)
    return found


def _influence(columns: FloatArray, places: FloatArray, gamma: FloatArray, k: int) -> FloatArray:
    """Return the influence of every value: each order statistic moves with the number of values beyond it."""
    sizes = np.abs(columns)
    near, far = places[0] - places[1], places[1] - places[2]
    # a(n/m) of the tail quantile function U(t) = U + a (t^gamma - 1)/gamma, at m = k, 2k, 4k
    unit = near * 2.0**gamma / _growth(gamma)
    move = [
        unit * 2.0 ** (-gamma * step) * (sizes > place) * (len(columns) / (2**step * k))
        for step, place in enumerate(places)
    ]
    found: FloatArray = ((move[0] - move[1]) / near - (move[1] - move[2]) / far) / LOG_2
    return found
