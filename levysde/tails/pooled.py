r"""One index for noise of many coordinates: pooled over coordinates, or averaged over them.

Minibatch gradients give few vectors of many coordinates. Two ways to bring the block sums of `levysde.tails.block` to
them are in use, and they do not measure the same thing:

- `pooled` puts all vectors one after another into one long series and sums *neighbouring coordinates of one vector*
  [1]_. It reads a tail only where all coordinates are independent and of one scale: unequal scales, zeros and
  dependence between neighbours lower it to 1 and below for Gaussian vectors as well.
- `per_coordinate` sums *one coordinate over consecutive vectors*, and averages 1/alpha over the coordinates: their
  scales and their dependence do not enter, and Gaussian vectors read 2 whatever their covariance.

For independent stable coordinates of one scale both estimate alpha.

References
----------
.. [1] Şimşekli, Sagun and Gürbüzbalaban, ICML 2019, arXiv:1901.06053.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count
from levysde.estimate import Estimate
from levysde.tails.block import FEWEST_BLOCKS, log_of_sums
from levysde.tails.columns import from_power
from levysde.tails.data import log_sizes, observations
from levysde.tails.errors import mean_error

FloatArray = NDArray[np.float64]

OFFSET = float(np.finfo(float).eps)  # added inside the logarithms by the authors: an exact zero counts as log = -36.04


def pooled(x: ArrayLike, *, block: int | None = None, level: float = 0.95) -> Estimate:
    r"""Index of all coordinates of all vectors as one series, as in the tail-index analysis of SGD.

    With X the N = n d entries, vector after vector, and Y the N/m sums of m consecutive entries,

    .. math:: 1/\hat\alpha = \frac{\overline{\log(|Y|+\epsilon)} - \overline{\log(|X|+\epsilon)}}{\log m},\quad
              \epsilon = 2^{-52}.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Centred vectors, one per row, at least two.
    block : int, optional
        Block size m, a divisor of N; None takes the largest one that does not exceed sqrt(N), the authors' rule.
    level : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        Not clipped at 2. The error is that between rows, which are taken as independent of each other, coordinates
        are not.

    Raises
    ------
    ValueError, TypeError
        Not an array (n, d) of finite numbers, `block` no divisor of N, or N without a divisor of use.

    Examples
    --------
    >>> import levysde as ls
    >>> estimate = ls.tails.pooled(ls.stable.rvs(1.5, size=(100, 1000), rng=1))
    >>> abs(estimate.value - 1.5) < 5 * estimate.standard_error
    True
    """
    rows = _rows(x, fewest=2)
    n, width = rows.shape
    m = largest_divisor(rows.size) if block is None else count(block, "block", minimum=2)
    if m < 2 or rows.size % m or rows.size // m < FEWEST_BLOCKS:
        raise ValueError(
            f"block={m} does not divide the {rows.size} entries into {FEWEST_BLOCKS} blocks or more; leave out a "
            "coordinate, or give a divisor"
        )
    logs = np.log(np.abs(rows) + OFFSET)
    sums = np.log(np.abs(rows.reshape(-1, m).sum(axis=1)) + OFFSET)
    theta = (sums.mean() - logs.mean()) / math.log(m)
    starts = np.arange(len(sums)) * m // width  # the row in which a block begins
    by_row = np.bincount(starts, sums - sums.mean(), minlength=n) / len(sums)
    by_row -= (logs - logs.mean()).sum(axis=1) / rows.size
    error = math.sqrt(n / (n - 1) * float(by_row @ by_row)) / math.log(m)
    method = f"block sums of all {width} coordinates in a row, block {m}; errors between the {n} rows"
    return from_power(np.array([theta]), np.array([error]), 1, n=n, level=level, method=method, single=True)


def per_coordinate(x: ArrayLike, *, block: int | None = None, level: float = 0.95) -> Estimate:
    r"""Index of every coordinate over the vectors, by block sums, with 1/alpha averaged over the coordinates.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Centred vectors in a random order, one per row. Coordinates that are exactly 0 somewhere (behind silent units),
        or whose sums are (one sample alone moves them), have an atom and are left out.
    block : int, optional
        Number m of vectors in a sum, with at least 4 sums; None takes the integer part of sqrt(n).
    level : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        Not clipped at 2. The error is that between blocks; coordinates may depend on each other.

    Raises
    ------
    ValueError, TypeError
        Not an array (n, d) of finite numbers, fewer than 16 rows, `block` out of range, no coordinate without zeros.

    References
    ----------
    Mohammadi, Mohammadpour and Ogata, Metrika 78 (2015) 549, doi:10.1007/s00184-014-0515-7.

    Examples
    --------
    >>> import numpy as np
    >>> from levysde import tails
    >>> scales = np.geomspace(1e-3, 1, 200)
    >>> x = np.random.default_rng(1).normal(size=(400, 200)) * scales
    >>> f"{tails.per_coordinate(x).value:.1f} {tails.pooled(x).value:.1f}"
    '2.0 1.1'
    """
    rows = _rows(x, fewest=FEWEST_BLOCKS**2)
    used = rows[:, np.all(rows != 0, axis=0)]
    if not used.size:
        raise ValueError(f"each of the {rows.shape[1]} coordinates is exactly 0 in some row; give continuous data")
    m = math.isqrt(len(used)) if block is None else count(block, "block", minimum=2)
    blocks = len(used) // m
    if blocks < FEWEST_BLOCKS:
        raise ValueError(f"block={m} leaves {blocks} blocks of {len(used)} rows; give at most {len(used) // 4}")
    used = used[: blocks * m]
    used = used[:, np.all(used.reshape(blocks, m, -1).sum(axis=1) != 0, axis=0)]
    if not used.size:
        raise ValueError(f"each of the {rows.shape[1]} coordinates has sums that are exactly 0; give continuous data")
    terms = log_sizes(used).reshape(blocks, m, -1).mean(axis=(1, 2))
    psi = (log_of_sums(used, m).mean(axis=1) - terms) / math.log(m)
    error = mean_error(psi[:, None], hac=False)
    method = f"block sums over rows, block {m}, mean of {used.shape[1]} of {rows.shape[1]} coordinates"
    return from_power(psi.mean(keepdims=True), error, 1, n=len(used), level=level, method=method, single=True)


def largest_divisor(n: int) -> int:
    """Return the largest divisor of n that does not exceed sqrt(n).

    >>> largest_divisor(89 * 9472)
    712
    """
    return next(m for m in range(math.isqrt(n), 0, -1) if n % m == 0)


def _rows(x: ArrayLike, *, fewest: int) -> FloatArray:
    if np.ndim(x) != 2:
        raise ValueError(f"x has shape {np.shape(x)}; give vectors as rows, (n, d)")
    shape = np.shape(x)
    # constant coordinates (silent units) are allowed here, so that the series as a whole is what is checked
    series = observations(np.ravel(x), what="an index of vectors")
    rows: FloatArray = series.reshape(shape)
    if len(rows) < fewest:
        raise ValueError(f"x has {len(rows)} rows; give at least {fewest}")
    return rows
