r"""Density, distribution function and survival function of a stable law, with their logarithms.

The law has :math:`\log\varphi(k) = ik\mu - |\sigma k|^\alpha (1 - i\beta\,\mathrm{sgn}(k)\tan\frac{\pi\alpha}2)` in
S1 for alpha != 1 and :math:`ik\mu - |\sigma k|(1 + i\beta\frac2\pi\mathrm{sgn}(k)\log|k|)` for alpha = 1; in S0
:math:`\mu_{S0} = \mu_{S1} + \beta\sigma\tan\frac{\pi\alpha}2`, or :math:`\mu_{S1} + \frac2\pi\beta\sigma\log\sigma` for
alpha = 1, so that the law is continuous in alpha. alpha = 2 is N(mu, 2 sigma^2).

Range and accuracy: 0.1 <= alpha <= 2, every beta, every double x. Against 34 digits, the relative error of the density
and of both tails has median 4e-16 and maximum 2e-12 (2800 points, `tests/stable`); for values below e^-100 a hundredth
of the relative error of the logarithm is meant. alpha down to 0.01 is as good. For beta != 0 the two parameterizations
move apart as alpha tends to 1, and rounding costs 1e-17 / abs(alpha - 1): 1e-11 at abs(alpha - 1) = 1e-6 and 1e-9 at
1e-8. Above 1000 points a table of the law, kept for later calls, takes over; it agrees with the rest to 1e-11.
`stable.density` says which method serves where.

References
----------
.. [1] Nolan, Univariate Stable Distributions, Springer 2020, doi:10.1007/978-3-030-52915-4.
.. [2] Nolan, Commun. Statist. Stoch. Models 13 (1997), doi:10.1080/15326349708807450.
.. [3] Ament and O'Neil, Statist. Comput. 28 (2018), doi:10.1007/s11222-017-9725-y.
.. [4] Zolotarev, One-dimensional Stable Distributions, AMS 1986, doi:10.1090/mmono/065.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from levysde._types import ArrayLike
from levysde.stable.law import Law, Parameterization, plain_or_array
from levysde.stable.quantiles import isf, ppf

__all__ = ["cdf", "isf", "logcdf", "logpdf", "logsf", "pdf", "ppf", "sf"]


def logpdf(
    x: ArrayLike,
    alpha: float,
    beta: float = 0.0,
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    parameterization: Parameterization = "S1",
) -> Any:
    r"""Return log f(x); -inf outside the support of a one-sided law.

    Parameters
    ----------
    x : array_like; any double, infinities included
    alpha : stability index in (0, 2]
    beta : skewness in [-1, 1]
    loc, scale : location mu and scale sigma > 0
    parameterization : "S1" (default) or "S0"

    Returns
    -------
    float or ndarray of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        For parameters outside their range or something that is not a real number.

    Notes
    -----
    Equations, range, accuracy and references: see `levysde.stable.distribution`.

    Examples
    --------
    >>> import levysde as ls
    >>> float(f"{ls.stable.logpdf(1e200, 1.5):.6g}")
    -1152.5
    """
    law = Law(alpha, beta, loc, scale, parameterization)
    return plain_or_array(law.log_density(x))


def pdf(
    x: ArrayLike,
    alpha: float,
    beta: float = 0.0,
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    parameterization: Parameterization = "S1",
) -> Any:
    r"""Return the density :math:`f(x) = \frac1{2\pi}\int e^{-ikx}\varphi(k)\,dk`.

    Parameters
    ----------
    x : array_like; any double, infinities included
    alpha : stability index in (0, 2]
    beta : skewness in [-1, 1]
    loc, scale : location mu and scale sigma > 0
    parameterization : "S1" (default) or "S0"

    Returns
    -------
    float or ndarray of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        For parameters outside their range or something that is not a real number.

    Notes
    -----
    Equations, range, accuracy and references: see `levysde.stable.distribution`.

    Examples
    --------
    >>> import levysde as ls
    >>> float(f"{ls.stable.pdf(1e12, 1.5):.4g}")
    2.992e-31
    """
    law = Law(alpha, beta, loc, scale, parameterization)
    return plain_or_array(np.exp(law.log_density(x)))


def cdf(
    x: ArrayLike,
    alpha: float,
    beta: float = 0.0,
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    parameterization: Parameterization = "S1",
) -> Any:
    r"""Return P(X <= x).

    Parameters
    ----------
    x : array_like; any double, infinities included
    alpha : stability index in (0, 2]
    beta : skewness in [-1, 1]
    loc, scale : location mu and scale sigma > 0
    parameterization : "S1" (default) or "S0"

    Returns
    -------
    float or ndarray of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        For parameters outside their range or something that is not a real number.

    Notes
    -----
    Equations, range, accuracy and references: see `levysde.stable.distribution`.

    Examples
    --------
    >>> import levysde as ls
    >>> round(ls.stable.cdf(0.0, 1.5), 12)
    0.5
    """
    law = Law(alpha, beta, loc, scale, parameterization)
    return plain_or_array(np.exp(law.log_tails(x)[1]))


def logcdf(
    x: ArrayLike,
    alpha: float,
    beta: float = 0.0,
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    parameterization: Parameterization = "S1",
) -> Any:
    r"""Return log P(X <= x).

    Parameters
    ----------
    x : array_like; any double, infinities included
    alpha : stability index in (0, 2]
    beta : skewness in [-1, 1]
    loc, scale : location mu and scale sigma > 0
    parameterization : "S1" (default) or "S0"

    Returns
    -------
    float or ndarray of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        For parameters outside their range or something that is not a real number.

    Notes
    -----
    Equations, range, accuracy and references: see `levysde.stable.distribution`.

    Examples
    --------
    >>> import levysde as ls
    >>> float(f"{ls.stable.logcdf(-1e200, 1.5):.6g}")
    -692.388
    """
    law = Law(alpha, beta, loc, scale, parameterization)
    return plain_or_array(law.log_tails(x)[1])


def sf(
    x: ArrayLike,
    alpha: float,
    beta: float = 0.0,
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    parameterization: Parameterization = "S1",
) -> Any:
    r"""Return P(X > x), which is :math:`\frac{(1+\beta)\Gamma(\alpha)\sin(\pi\alpha/2)}\pi x^{-\alpha}` far out.

    Parameters
    ----------
    x : array_like; any double, infinities included
    alpha : stability index in (0, 2]
    beta : skewness in [-1, 1]
    loc, scale : location mu and scale sigma > 0
    parameterization : "S1" (default) or "S0"

    Returns
    -------
    float or ndarray of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        For parameters outside their range or something that is not a real number.

    Notes
    -----
    Equations, range, accuracy and references: see `levysde.stable.distribution`.

    Examples
    --------
    >>> import levysde as ls
    >>> float(f"{ls.stable.sf(1e6, 1.5):.5g}")
    1.9947e-10
    """
    law = Law(alpha, beta, loc, scale, parameterization)
    return plain_or_array(np.exp(law.log_tails(x)[0]))


def logsf(
    x: ArrayLike,
    alpha: float,
    beta: float = 0.0,
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    parameterization: Parameterization = "S1",
) -> Any:
    r"""Return log P(X > x).

    Parameters
    ----------
    x : array_like; any double, infinities included
    alpha : stability index in (0, 2]
    beta : skewness in [-1, 1]
    loc, scale : location mu and scale sigma > 0
    parameterization : "S1" (default) or "S0"

    Returns
    -------
    float or ndarray of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        For parameters outside their range or something that is not a real number.

    Notes
    -----
    Equations, range, accuracy and references: see `levysde.stable.distribution`.

    Examples
    --------
    >>> import levysde as ls
    >>> float(f"{ls.stable.logsf(1e200, 1.5):.6g}")
    -692.388
    """
    law = Law(alpha, beta, loc, scale, parameterization)
    return plain_or_array(law.log_tails(x)[0])
