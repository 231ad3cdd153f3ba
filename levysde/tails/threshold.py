"""How many order statistics: the Hill plot, the stretch over which it is flat, and a bootstrap choice."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_number
from levysde.estimate import confidence_level
from levysde.tails.data import check_k, largest, observations

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
FEWEST = 20  # exceedances of the first point that is trusted
POINTS = 300  # of a Hill plot
CHOICE_POINTS = 100  # values of k at which the bootstrap looks


@dataclass(frozen=True, eq=False)
class HillPlot:
    """Hill's estimate against the number of exceedances.

    Attributes
    ----------
    k : int array
        Numbers of exceedances, increasing.
    alpha, low, high : float arrays
        Estimates and the ends of their intervals for independent values.
    threshold : float array
        |X|_(k+1) of each.
    n : int
        Size of the sample.
    """

    k: IntArray
    alpha: FloatArray
    low: FloatArray
    high: FloatArray
    threshold: FloatArray
    n: int

    def stable_region(self) -> tuple[int, int]:
        r"""Return (first, last) k of the stretch from the left in which the estimates agree with each other.

        The last k is the largest for which every estimate at k' < k deviates from that at k by no more than
        :math:`\hat\gamma_k(z\sqrt{1/k' - 1/k} + z^2/2k)`, z = sqrt(2 log(number of pairs)): Lepski's method, as in
        Drees and Kaufmann, Stoch. Proc. Appl. 75 (1998) 149-172, doi:10.1016/S0304-4149(98)00017-9. The second term
        is that of Bernstein's inequality, since logarithms of excesses are exponential and not normal: it counts
        where k is small.
        """
        gamma = 1 / self.alpha
        first = int(np.searchsorted(self.k, min(FEWEST, self.k[-1])))
        z = math.sqrt(2 * math.log(max(len(self.k) ** 2 / 2, 2)))
        last = first
        for j in range(first + 1, len(self.k)):
            reach = gamma[j] * (z * np.sqrt(1 / self.k[first:j] - 1 / self.k[j]) + z * z / 2 / self.k[j])
            if np.any(np.abs(gamma[first:j] - gamma[j]) > reach):
                break
            last = j
        return int(self.k[first]), int(self.k[last])


def hill_plot(x: ArrayLike, *, k_max: int | None = None, level: float = 0.95) -> HillPlot:
    """Hill's estimates of the index of |X| for up to 300 values of k.

    Parameters
    ----------
    x : array_like of shape (n,)
    k_max : int, optional
        Largest k, below n; half the sample by default.
    level : float
        Confidence level of the band.

    Returns
    -------
    HillPlot
        `levysde.plot` draws it; `.stable_region()` tells where it is flat.

    Raises
    ------
    ValueError, TypeError
        As `hill`; fewer than 10 values.

    Examples
    --------
    >>> import numpy as np
    >>> from levysde import tails
    >>> plot = tails.hill_plot(1 + np.random.default_rng(1).pareto(1.5, 10_000))
    >>> first, last = plot.stable_region()
    >>> last > 1000
    True
    """
    from scipy.special import gammaincinv

    level = confidence_level(level)
    column = _one_series(x)
    n = len(column)
    most = n // 2 if k_max is None else count(k_max, "k_max", minimum=2)
    check_k(most, n, n - 1, "Hill's estimator takes the k + 1 largest")
    most = min(most, int(np.count_nonzero(column)) - 1)
    logs = np.log(largest(column, most + 1)[:, 0])
    k = np.unique(np.geomspace(1, most, POINTS).astype(np.int64))
    gamma = np.cumsum(logs)[k - 1] / k - logs[k]
    with np.errstate(divide="ignore"):
        alpha = 1 / gamma
    low, high = (alpha * gammaincinv(k, p) / k for p in (0.5 - 0.5 * level, 0.5 + 0.5 * level))
    return HillPlot(k, alpha, low, high, np.exp(logs[k]), n)


def choose_k(x: ArrayLike, *, resamples: int = 100, share: float = 0.1, rng: RNG = None) -> int:
    r"""Choose the number of exceedances for Hill's estimator by the double bootstrap.

    With :math:`M_r` the moments of the log-excesses, :math:`E(M_2 - 2M_1^2)^2` over bootstrap samples of sizes
    :math:`n_1 = n^{1-\varepsilon}` and :math:`n_2 = n_1^2/n` is least at k_1 and k_2, and

    .. math:: \hat k = \frac{k_1^2}{k_2}\Bigl(\frac{\log^2 k_1}{(2\log n_1-\log k_1)^2}\Bigr)^{1-\log k_1/\log n_1}

    minimises the mean squared error of Hill's estimator asymptotically. Neither search goes beyond half the sample.

    Parameters
    ----------
    x : array_like of shape (n,)
        At least 200 values.
    resamples : int
        Number of bootstrap samples of either size.
    share : float in (0, 1/2)
        epsilon.
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`

    Returns
    -------
    int

    Raises
    ------
    ValueError, TypeError
        As `hill`; fewer than 200 values.

    References
    ----------
    Danielsson, de Haan, Peng and de Vries, J. Multivariate Anal. 76 (2001) 226-248, doi:10.1006/jmva.2000.1903.

    Examples
    --------
    >>> import numpy as np
    >>> from levysde import tails
    >>> x = np.abs(np.random.default_rng(1).standard_cauchy(5000))
    >>> 50 < tails.choose_k(x, resamples=20, rng=1) < 5000
    True
    """
    resamples = count(resamples, "resamples", minimum=2)
    share = finite_number(share, "share", low=0.0, high=0.5, open_low=True, open_high=True)
    column = _one_series(x, fewest=200)
    sizes = np.abs(column[:, 0])
    n = len(sizes)
    logs = np.log(np.sort(sizes[sizes > 0])[::-1])
    generator = np.random.default_rng(entropy_of(rng))
    first_size = int(n ** (1 - share))
    second_size = int(n ** (1 - 2 * share))
    first = _least_deviation(logs, first_size, resamples, generator)
    second = _least_deviation(logs, second_size, resamples, generator)
    ratio = (math.log(first) / (2 * math.log(first_size) - math.log(first))) ** 2
    found = first**2 / second * ratio ** (1 - math.log(first) / math.log(first_size))
    return int(min(max(round(found), FEWEST), n // 2, len(logs) - 1))


def _least_deviation(logs: FloatArray, size: int, resamples: int, generator: np.random.Generator) -> int:
    """Return the k at which the mean of (M_2 - 2 M_1^2)^2 over bootstrap samples is least."""
    size = min(size, len(logs))
    k = np.unique(np.geomspace(min(FEWEST, size // 4), size // 2, CHOICE_POINTS).astype(np.int64))  # no tail further in
    total = np.zeros(len(k))
    for _ in range(resamples):
        ranks = np.sort(generator.integers(len(logs), size=size))  # sorted ranks: the sample is sorted as well
        drawn = logs[ranks]
        drawn = drawn - drawn[-1]
        sums, squares = np.cumsum(drawn)[k - 1], np.cumsum(drawn * drawn)[k - 1]
        at = drawn[k]
        first = sums / k - at
        second = squares / k - 2 * at * sums / k + at * at
        total += (second - 2 * first * first) ** 2
    return int(k[np.argmin(total)])


def _one_series(x: ArrayLike, fewest: int = 10) -> FloatArray:
    columns = observations(x, fewest=fewest, what="a choice of threshold")
    if columns.shape[1] > 1:
        raise ValueError(f"x has {columns.shape[1]} columns; a threshold belongs to one series: give one column")
    return columns
