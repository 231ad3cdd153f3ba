r"""The log-moment estimator.

For symmetric stable data :math:`\mathrm{Var}\log|X| = \frac{\pi^2}6(\frac1{\alpha^2}+\frac12)`, so that

.. math:: \hat\alpha = \bigl(6 s^2/\pi^2 - \tfrac12\bigr)^{-1/2},\qquad s^2 = \widehat{\mathrm{Var}}\,\log|X| .

No scale enters. At alpha = 2 it reads normal data exactly; beyond, lighter ones: it is not clipped. The interval is
that of :math:`\log s^2`, which is closer to normal. The variance of :math:`s^2` takes the fourth moment of log|X|: the
measured one, drawn towards that of stable laws,

.. math:: n\,\mathrm{Var}\,s^2 \to \kappa_4 + 2\kappa_2^2,\qquad
          \kappa_4 = \frac{\pi^4}{15}\Bigl(\frac1{\alpha^4} + \frac78\Bigr),

with the weight of 500 values.

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
from levysde.tails.columns import from_power, is_single, normal_reach
from levysde.tails.data import log_sizes, observations
from levysde.tails.errors import Errors, check_choice, drawn_to, error_of, needs_hac
from levysde.tails.hill import dependence

WEIGHT = 500.0  # values that the fourth moment of stable laws counts for
FACTOR = 6 / math.pi**2


def log_moment(x: ArrayLike, *, errors: Errors = "auto", level: float = 0.95) -> Estimate:
    """Index of symmetric stable data around 0, from the variance of log|X|.

    Parameters
    ----------
    x : array_like of shape (n,), or (n, d) for d columns
        At least 10 values, none of them 0. Centre them first if their law is not around 0.
    errors : "auto", "independent" or "hac"
        As for `hill`. The variance of the estimate is measured (from the fourth moment of log|X|), and only in short
        samples taken from the stable law, so that it holds for other laws too.
    level : float
        Confidence level of the interval, which is normal in the logarithm of the variance of log|X|.

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
    n = len(columns)
    variance = squares.mean(axis=0)
    theta = FACTOR * variance - 0.5
    expected = math.pi**4 / 15 * (np.maximum(theta, 0.0) ** 2 + 7 / 8) + 2 * variance**2
    plain = np.sqrt(drawn_to(expected, np.var(squares, axis=0), n=n, weight=WEIGHT) / n)
    error = error_of(plain, lambda: squares, hac=hac)
    spread = np.exp(normal_reach(level) * error / variance)
    ends = FACTOR * variance / spread - 0.5, FACTOR * variance * spread - 0.5
    method = f"log-moments of {n} values; assumes symmetric stable data around 0" + dependence(hac)
    return from_power(theta, FACTOR * error, 2, ends=ends, n=n, level=level, method=method, single=is_single(x))
