r"""The law of constant-step SGD on linear regression with Gaussian data: growth of errors and exact tail index.

The recursion of the error e_k = x_k - x*, with batches of b fresh pairs a ~ N(0, sigma^2 I_d), y = a.x* + noise,

    e_k = M_k e_{k-1} + q_k,   M_k = I - (eta/b) sum_i a_i a_i^T,   q_k = (eta/b) sum_i a_i noise_i,

multiplies the error by random matrices. Where rho = E log|M e| is negative there is one stationary law, and its tail is
a power law, P(u.e > t) ~ e(u) t^(-alpha) in every direction u, alpha the positive root of h(alpha) = E|M e|^alpha = 1.
sigma enters as eta sigma^2 only; the label noise does not enter at all.

References
----------
Gürbüzbalaban, Şimşekli and Zhu, ICML 2021, arXiv:2006.04740; Kesten, Acta Math. 131 (1973), doi:10.1007/BF02392040.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from levysde._validate import count, finite_number, positive
from levysde.sgd.linear_regression.growth import growth, rough_log_h

LARGEST_POWER = 1e6  # of which h is computed; the panels of the quadrature grow with it
SMALLEST_POWER = 1e-9  # a root below it cannot be told from rho = 0
FIRST_POWER = 4.0
LARGE_POWER = 64.0


def h(s: float, d: int, b: int, eta: float, sigma: float = 1.0) -> float:
    r"""Return h(s) = E|M e|^s, by which E|e|^s changes in a step without label noise.

    .. math:: h(s) = E\left[\left((1-cX)^2+c^2XY\right)^{s/2}\right],\quad c=\eta\sigma^2/b,\ X\sim\chi^2_b,\
        Y\sim\chi^2_{d-1}.

    It is log-convex with h(0) = 1 and h'(0) = rho, and h(2) = 1 - 2 eta sigma^2 + eta^2 sigma^4 (b + d + 1)/b. Two
    chains fed with the same data keep the distance D_k with E|D_k|^s = h(s)^k |D_0|^s.

    Parameters
    ----------
    s : power in [0, 1e6]
    d, b : dimension and batch size, at least 1
    eta : step size (learning rate), above 0; the loss is (a.x - y)^2 / 2 averaged over the batch
    sigma : standard deviation of the entries of the data, above 0

    Returns
    -------
    float, inf where it exceeds the largest double. The relative error is about 1e-15 for small s and grows as s times
    the rounding of log|M e|: 1e-13 at s = 1000.

    Raises
    ------
    ValueError, TypeError
        For numbers outside these ranges.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import h
    >>> round(h(1, d=2, b=1, eta=0.6), 12)
    0.961947859296
    """
    s = finite_number(s, "s", low=0.0, high=LARGEST_POWER)
    log_h = growth(*_setting(d, b, eta, sigma), s).log_h(s)
    try:
        return math.exp(log_h)
    except OverflowError:
        return math.inf


def rho(d: int, b: int, eta: float, sigma: float = 1.0) -> float:
    """Return rho = E log|M e|, the exponential rate at which two chains fed with the same data part or meet.

    There is a stationary law if and only if it is negative. Parameters and errors as for `h`.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import rho
    >>> round(rho(d=100, b=10, eta=0.18), 12)
    -0.000875620488
    """
    return growth(*_setting(d, b, eta, sigma), 0.0).rho


def tail_index(d: int, b: int, eta: float, sigma: float = 1.0) -> float:
    """Return alpha, the positive root of h(alpha) = 1: the index of the stationary power law.

    It is 2 at `eta_critical`, falls as eta grows, and reaches 0 at `eta_max`. For small steps it is about
    1.7956 b / (eta sigma^2), far beyond what any sample can show: moments up to alpha exist. As eta -> 0 nothing
    else remains of the batch, the dimension and the data; see the notes.

    Parameters
    ----------
    d, b, eta, sigma : as for `h`

    Returns
    -------
    float; inf where it is above 1e6 (eta sigma^2 / b below about 1.8e-6), which no experiment can tell from no power
    law. The error is below 1e-10 for d <= 20; beyond, about 1e-15 / h'(alpha), 1e-12 at (d, b, eta) = (100, 10, 0.18).

    Raises
    ------
    ValueError
        There is no stationary law (rho >= 0): the step is at or above `eta_max`, and errors grow without bound.
    ValueError, TypeError
        For numbers outside their range.

    Notes
    -----
    With c = eta sigma^2 / b -> 0 and s = kappa/c the expectation is carried by data x/c with weight exp(-x/(2c)), and
    h(s) = 1 where the maximum of -x/2 + kappa log(x - 1), at x = 1 + 2 kappa, is zero: 2 kappa (log(2 kappa) - 1) = 1.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import tail_index
    >>> round(tail_index(d=2, b=1, eta=0.6), 9)
    1.30084193
    """
    d, b, c = _setting(d, b, eta, sigma)
    rate = growth(d, b, c, 0.0).rho
    if rate >= 0:
        raise ValueError(
            f"there is no stationary law at eta={float(eta):g}: rho = {rate:.6g} is not negative, and errors grow "
            f"without bound; give an eta below eta_max = {eta_max(d, b, sigma):.9g}"
        )
    power = FIRST_POWER
    if rough_log_h(d, b, c, LARGE_POWER) < 0:
        if rough_log_h(d, b, c, LARGEST_POWER) < 0:
            return math.inf
        # Far beyond the root h is enormous, and so is the number of panels that count there: start close to it.
        power = 1.0 + _root(lambda s: rough_log_h(d, b, c, s), LARGE_POWER, LARGEST_POWER)
    while growth(d, b, c, power).log_h(power) <= 0:
        power = 2 * power if power < LARGE_POWER else power + 1.0
    step = growth(d, b, c, power)
    # log h(s) / s grows from rho to a positive number, and has none of the root of h at s = 0.
    return _root(lambda s: step.log_h(s) / s if s > SMALLEST_POWER else rate, 0.0, power)


def eta_critical(d: int, b: int, sigma: float = 1.0) -> float:
    """Return 2b / (sigma^2 (d + b + 1)), the step at which alpha = 2; below it the stationary variance is finite.

    Parameters and errors as for `h`.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import eta_critical
    >>> eta_critical(d=2, b=1)
    0.5
    """
    d, b, sigma = _problem(d, b, sigma)
    return 2 * b / (sigma * sigma * (d + b + 1))


def eta_max(d: int, b: int, sigma: float = 1.0) -> float:
    """Return the step at which rho = 0; from there on there is no stationary law.

    For d >> b it is about eta_critical (1 + 4 (b + 2) / (d + b + 1)^2): the window of infinite variance is narrow.
    Parameters and errors as for `h`.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import eta_max
    >>> round(eta_max(d=1, b=1), 12)
    2.421249521037
    """
    d, b, sigma = _problem(d, b, sigma)
    low = 2 / (d + b + 1)  # c at eta_critical
    high = low
    while growth(d, b, high, 0.0).rho <= 0:
        low, high = high, high * (1 + 2 * (b + 2) / (d + b + 1) ** 2)
    return _root(lambda c: growth(d, b, c, 0.0).rho, low, high) * b / (sigma * sigma)


def eta_for(alpha: float, d: int, b: int, sigma: float = 1.0) -> float:
    """Return the step whose stationary law has the tail index alpha, the inverse of `tail_index`.

    Parameters
    ----------
    alpha : tail index in (0, 1e6]
    d, b, sigma : as for `h`

    Raises
    ------
    ValueError, TypeError
        For numbers outside their range.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import eta_for
    >>> round(eta_for(1.0, d=1, b=1), 9)
    1.052246633
    """
    d, b, sigma = _problem(d, b, sigma)
    alpha = finite_number(alpha, "alpha", low=0.0, high=LARGEST_POWER, open_low=True)
    critical = 2 / (d + b + 1)
    if math.isclose(alpha, 2.0, rel_tol=1e-13):  # nearer, log h is round-off
        return critical * b / (sigma * sigma)

    def excess(c: float) -> float:
        return growth(d, b, c, alpha).log_h(alpha)

    if alpha < 2:
        low, high = critical, eta_max(d, b) / b
    else:
        low, high = critical / 2, critical  # log h(alpha) > 0 at the critical step: it is convex, 0 at 0 and at 2
        while rough_log_h(d, b, low, alpha) >= 0:
            low, high = low / 2, low
        if alpha > LARGE_POWER:  # start close to the root, as in `tail_index`
            near = _root(lambda c: rough_log_h(d, b, c, alpha), low, high)
            low, high = near * (1 - 1 / alpha), near * (1 + 1 / alpha)
        while excess(low) >= 0:
            low -= (high - low) / 2
        while excess(high) <= 0:
            high += (high - low) / 2
    return _root(excess, low, high) * b / (sigma * sigma)


def second_moment(d: int, b: int, eta: float, sigma: float = 1.0, *, noise: float = 1.0) -> float:
    r"""Return the stationary E|e|^2, for label noise of standard deviation `noise`.

    .. math:: E|e|^2 = \frac{\eta\,\mathrm{noise}^2 d}{2b-\eta\sigma^2(d+b+1)},

    from E|e|^2 = h(2) E|e|^2 + E|q|^2 with E|q|^2 = eta^2 sigma^2 noise^2 d / b.

    Parameters
    ----------
    d, b, eta, sigma : as for `h`
    noise : standard deviation of the labels around a.x*, above 0

    Returns
    -------
    float; inf from `eta_critical` on, where the stationary law has no variance

    Raises
    ------
    ValueError
        There is no stationary law, as for `tail_index`; or numbers outside their range.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import second_moment
    >>> round(second_moment(d=2, b=1, eta=0.15), 6)
    0.214286
    """
    noise = positive(noise, "noise")
    d, b, c = _setting(d, b, eta, sigma)
    room = 2 - c * (d + b + 1)
    if room > 0:
        return float(eta) * noise * noise * d / (b * room)
    tail_index(d, b, eta, sigma)
    return math.inf


def _problem(d: Any, b: Any, sigma: Any) -> tuple[int, int, float]:
    return count(d, "d"), count(b, "b"), positive(sigma, "sigma")


def _setting(d: Any, b: Any, eta: Any, sigma: Any) -> tuple[int, int, float]:
    """Return d, b and c = eta sigma^2 / b."""
    d, b, sigma = _problem(d, b, sigma)
    return d, b, positive(eta, "eta") * sigma * sigma / b


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=1e-300, rtol=1e-15))
