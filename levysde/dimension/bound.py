"""The generalization bound that has the dimension of the path in the place of a number of parameters."""

from __future__ import annotations

import math

from levysde._validate import count, finite_number, positive


def generalization_bound(
    dimension: float, *, n: int, bound: float = 1.0, lipschitz: float = 1.0, gamma: float = 0.05
) -> float:
    r"""Return the bound on the generalization error along a path of a given dimension.

    .. math:: B\sqrt{\frac{2 d_H\log(nL^2)}{n} + \frac{\log(1/\gamma)}{n}},

    for a loss bounded by B and L-Lipschitz, n data points, with probability at least 1 - gamma (Theorem 1 of [1]_). It
    holds for n large enough, and how large is not said there: use it to order runs by their dimension, not as a
    number.

    Parameters
    ----------
    dimension : d_H >= 0, Hausdorff dimension of the set the path visits
    n : number of data points
    bound, lipschitz : B > 0 and L > 0 with n L^2 >= 1
    gamma : probability of failure, in (0, 1]

    Raises
    ------
    ValueError, TypeError
        A number outside its range.

    References
    ----------
    .. [1] Şimşekli, Sener, Deligiannidis and Erdogdu, NeurIPS 2020, arXiv:2006.09313.

    Examples
    --------
    >>> round(generalization_bound(1.5, n=50_000), 6)
    0.026629
    """
    d = finite_number(dimension, "dimension", low=0.0)
    n = count(n, "n")
    b, length = positive(bound, "bound"), positive(lipschitz, "lipschitz")
    g = finite_number(gamma, "gamma", low=0.0, high=1.0, open_low=True)
    if n * length * length < 1:
        raise ValueError(f"n L^2 = {n * length * length:.3g} is below 1 and the bound has no meaning; give more data")
    return b * math.sqrt((2 * d * math.log(n * length * length) - math.log(g)) / n)
