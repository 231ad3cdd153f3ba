"""Quantiles of a stable law; for conventions and accuracy see `levysde.stable.distribution`.

A quantile comes from the table of the law (`stable.interpolant`) by a Newton iteration, beyond the table from the law
itself; up to 1000 quantiles in one call are polished by a Newton step on the law. The relative error is that of the
tail probability, 1e-13 to 1e-11, times the condition number q / (x f(x)).
"""

from __future__ import annotations

from typing import Any

from levysde._types import ArrayLike
from levysde.stable.law import Law, Parameterization, plain_or_array, probabilities


def ppf(
    q: ArrayLike,
    alpha: float,
    beta: float = 0.0,
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    parameterization: Parameterization = "S1",
) -> Any:
    r"""Return the quantile, the x with P(X <= x) = q; q = 0 and 1 give the ends of the support.

    Parameters
    ----------
    q : array_like; probabilities in [0, 1], tiny ones such as 1e-300 included
    alpha : stability index in (0, 2]
    beta : skewness in [-1, 1]
    loc, scale : location mu and scale sigma > 0
    parameterization : "S1" (default) or "S0"

    Returns
    -------
    float or ndarray of the shape of `q`

    Raises
    ------
    ValueError, TypeError
        For parameters outside their range, a `q` outside [0, 1], or something that is not a real number.

    Notes
    -----
    Equations, range, accuracy and references: see `levysde.stable.distribution`.

    Examples
    --------
    >>> import levysde as ls
    >>> float(f"{ls.stable.ppf(0.75, 1.0):.6g}")
    1.0
    """
    law = Law(alpha, beta, loc, scale, parameterization)
    log_q, log_p = probabilities(q)
    return plain_or_array(law.quantile(log_q, log_p))


def isf(
    q: ArrayLike,
    alpha: float,
    beta: float = 0.0,
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    parameterization: Parameterization = "S1",
) -> Any:
    r"""Return the x with P(X > x) = q; q = 0 and 1 give the ends of the support.

    Parameters
    ----------
    q : array_like; probabilities in [0, 1], tiny ones such as 1e-300 included
    alpha : stability index in (0, 2]
    beta : skewness in [-1, 1]
    loc, scale : location mu and scale sigma > 0
    parameterization : "S1" (default) or "S0"

    Returns
    -------
    float or ndarray of the shape of `q`

    Raises
    ------
    ValueError, TypeError
        For parameters outside their range, a `q` outside [0, 1], or something that is not a real number.

    Notes
    -----
    Equations, range, accuracy and references: see `levysde.stable.distribution`.

    Examples
    --------
    >>> import levysde as ls
    >>> float(f"{ls.stable.isf(1e-10, 1.5):.4g}")
    1585000.0
    """
    law = Law(alpha, beta, loc, scale, parameterization)
    log_q, log_p = probabilities(q)
    return plain_or_array(law.quantile(log_p, log_q))
