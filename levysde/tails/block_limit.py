r"""What the block-sum estimator reads off a given law, exactly.

For a variable with the characteristic function :math:`\varphi` and no atom, :math:`\int_0^\infty(e^{-t} - \cos at)
\,dt/t = \log|a|` gives the mean of log|X| as :math:`\int_0^\infty (e^{-t} - \Re\varphi(t))\,dt/t`. A sum of m
independent copies has the characteristic function :math:`\varphi^m`, so that `block_log_moment` converges to

.. math:: \frac1{\alpha_m} = \frac1{\log m}\int_0^\infty \Re\bigl(\varphi(t) - \varphi(t)^m\bigr)\,\frac{dt}t

whatever the law. For strictly stable laws that is 1/alpha for every m; for all others it depends on m, and tends to the
index of the domain of attraction only like 1/log m.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from levysde._types import NDArray
from levysde._validate import count
from levysde.estimate import Prediction

Array = NDArray[np.float64]

LAW = "limit of the block-sum estimator"
REACH = 200.0  # |log t| up to which the integral is taken
POINTS = 4096  # to begin with, doubled up to MOST
MOST = 2**19
CLOSE = 1e-10


def block_limit(characteristic: Callable[[Array], NDArray[np.complex128] | Array], block: int) -> Prediction:
    """Return the value to which `block_log_moment` converges for independent values of a law.

    Parameters
    ----------
    characteristic : function of an array of t > 0
        Characteristic function E exp(i t X), real or complex, that tends to 0 for large t (no atoms).
    block : int
        Number m >= 2 of values in a sum.

    Returns
    -------
    Prediction
        alpha_m with its numerical error; infinite where sums do not grow.

    Raises
    ------
    ValueError, TypeError
        `block` below 2, no function, values that are not finite, or a characteristic function that is not 1 at 0 and
        0 at infinity (an atom: the mean of log|X| does not exist).

    References
    ----------
    Mohammadi, Mohammadpour and Ogata, Metrika 78 (2015) 549, doi:10.1007/s00184-014-0515-7 (the estimator).

    Examples
    --------
    >>> import numpy as np
    >>> from levysde import tails
    >>> stable = tails.block_limit(lambda t: np.exp(-(t**1.5)), 10)
    >>> laplace = tails.block_limit(lambda t: 1 / (1 + t * t), 1000)  # all moments exist
    >>> f"{stable.value:.4f} {laplace.value:.4f}"
    '1.5000 1.8459'
    """
    m = count(block, "block", minimum=2)
    if not callable(characteristic):
        raise TypeError(f"characteristic={characteristic!r} is not a function of an array of t")
    ends = np.asarray(characteristic(np.exp([-REACH, REACH])))
    if not (np.all(np.isfinite(ends)) and abs(ends[0] - 1) < 1e-6 and abs(ends[1]) < 1e-6):
        raise ValueError(
            f"characteristic is {ends[0]:.3g} near 0 and {ends[1]:.3g} at infinity; give one from 1 to 0 (no atoms)"
        )
    points, before = POINTS, math.inf
    while True:
        t = np.exp(np.linspace(-REACH, REACH, points + 1))
        phi = np.asarray(characteristic(t))
        if not np.all(np.isfinite(phi)):
            raise ValueError("characteristic is not finite for some t > 0")
        # the trapezoidal rule in log t: the integrand and all its derivatives vanish at both ends
        theta = float(np.sum(np.real(phi - phi**m))) * 2 * REACH / points / math.log(m)
        error = abs(theta - before)
        if error < CLOSE or points >= MOST:
            break
        points, before = 2 * points, theta
    value = 1 / theta if theta > 0 else math.inf
    told = error * value * value if theta > 0 else math.nan
    return Prediction(value, told, LAW, error < 1e-6, f"integral over log t with {points} points, block {m}")
