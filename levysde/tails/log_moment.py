r"""The log-moment estimator.

For symmetric stable data :math:`\mathrm{Var}\log|X| = \frac{\pi^2}6(\frac1{\alpha^2}+\frac12)`, so that

.. math:: \hat\alpha = \bigl(6 s^2/\pi^2 - \tfrac12\bigr)^{-1/2},\qquad s^2 = \widehat{\mathrm{Var}}\,\log|X| .

No scale enters. At alpha = 2 it reads normal data exactly; beyond, lighter ones: it is not clipped.

References
----------
.. [1] Ma and Nikias, IEEE Trans. Signal Process. 43 (1995) 2884-2897, doi:10.1109/78.476432.
.. [2] Kuruoglu, IEEE Trans. Signal Process. 49 (2001) 2192-2201, doi:10.1109/78.950775.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._types import ArrayLike
from levysde.estimate import Estimate
from levysde.tails.columns import from_power, is_single
from levysde.tails.data import log_sizes, observations
from levysde.tails.errors import Errors, check_choice, mean_error, needs_hac
from levysde.tails.hill import dependence


def log_moment(x: ArrayLike, *, errors: Errors = "auto", level: float = 0.95) -> Estimate:
    """Index of symmetric stable data around 0, from the variance of log|X|.

    Parameters
    ----------
    x : array_like of shape (n,), or (n, d) for d columns
        At least 10 values, none of them 0. Centre them first if their law is not around 0.
    errors : "auto", "independent" or "hac"
        As for `hill`. The variance of the estimate is measured (from the fourth moment of log|X|), not taken from the
        stable law, so that it holds for other laws too.
    level : float
        Confidence level of the interval, which is normal in 1/alpha^2.

    Returns
    -------
    Estimate
        Of alpha, above 2 for tails lighter than normal, infinite where not even that fits; `ColumnEstimates` for
        (n, d).

    Raises
    ------
    ValueError, TypeError
        Empty, constant or non-finite data, fewer than 10 values, or zeros among them.

    References
    ----------
    Ma and Nikias, IEEE Trans. Signal Process. 43 (1995) 2884, doi:10.1109/78.476432.

    Examples
    --------
    >>> import levysde as ls
    >>> estimate = ls.tails.log_moment(ls.stable.rvs(1.5, size=10_000, rng=1))
    >>> abs(estimate.value - 1.5) < 4 * estimate.standard_error
    True
    """
    check_choice(errors)
    columns = observations(x, fewest=10, what="the variance of log|X|")
    logs = log_sizes(columns)
    logs -= logs.mean(axis=0)
    squares = np.multiply(logs, logs, out=logs)
    hac = needs_hac(columns, errors)
    factor = 6 / math.pi**2
    theta = factor * squares.mean(axis=0) - 0.5
    error = factor * mean_error(squares, hac=hac)
    method = f"log-moments of {len(columns)} values; assumes symmetric stable data around 0" + dependence(hac)
    return from_power(theta, error, 2, n=len(columns), level=level, method=method, single=is_single(x))
