"""What block sums read on Gaussian values that depend on one another, exactly."""

from __future__ import annotations

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import finite_array
from levysde.tails.block import FEWEST_BLOCKS, block_sizes

FloatArray = NDArray[np.float64]


def gaussian_growth(covariance: ArrayLike, block: int) -> float:
    r"""Return the mean of the block-sum estimate of 1/alpha over Gaussian series of a given covariance.

    The mean of log|N(0, v)| is log(v)/2 and a constant that cancels, so that with C the covariance of the series

    .. math:: E\,\frac1{\hat\alpha} = \frac1{2\log m}\Big(\frac1k\sum_{i=1}^{k}\log\big(1_i^T C\,1_i\big)
              - \frac1n\sum_{t=1}^{n}\log C_{tt}\Big)

    where :math:`1_i` is 1 on the i-th of k blocks of m and n = k m. It is 1/2 for independent values and tends to 1
    where neighbours are alike: an index of 1 to 2 without any heavy tail.

    Parameters
    ----------
    covariance : array_like of shape (n, n)
        Of the series as the estimator sees it. For values less their mean take H C H, H = I - 1/n.
    block : block size m >= 2 with at least 4 blocks

    Returns
    -------
    float
        Mean of the estimate of 1/alpha by `block_log_moment`, not of alpha.

    Raises
    ------
    ValueError, TypeError
        No square matrix of finite numbers, a value or a sum without variance, too large a block.

    References
    ----------
    The estimator: Mohammadi, Mohammadpour and Ogata, Metrika 78 (2015) 549, doi:10.1007/s00184-014-0515-7. The formula
    follows from the law of a normal value.

    Examples
    --------
    >>> import numpy as np
    >>> from levysde import tails
    >>> round(tails.gaussian_growth(np.eye(100), 10), 12)
    0.5
    >>> lag = np.abs(np.subtract.outer(np.arange(720), np.arange(720)))
    >>> round(1 / tails.gaussian_growth(0.9**lag, 6), 3)
    1.057
    """
    matrix = finite_array(covariance, "covariance")
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"covariance has shape {matrix.shape}; give a square matrix, a row per value")
    (m,) = block_sizes(block)
    k = len(matrix) // m
    if k < FEWEST_BLOCKS:
        most = len(matrix) // FEWEST_BLOCKS
        raise ValueError(f"block={m} leaves fewer than {FEWEST_BLOCKS} blocks of {len(matrix)} values; at most {most}")
    used = matrix[: k * m, : k * m]
    terms = np.diagonal(used)
    sums = used.reshape(k, m, k, m).sum(axis=(1, 3)).diagonal()
    if not (np.all(terms > 0) and np.all(sums > 0)):
        raise ValueError("a value or a sum of a block has no variance; the logarithm of its size has no mean")
    return float((np.mean(np.log(sums)) - np.mean(np.log(terms))) / (2 * np.log(m)))
