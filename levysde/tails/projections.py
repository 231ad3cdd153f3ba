"""Vectors seen along random directions: one series for each."""

from __future__ import annotations

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_array

FloatArray = NDArray[np.float64]


def random_projections(x: ArrayLike, n_directions: int = 10, *, rng: RNG = None) -> FloatArray:
    r"""Project the rows of a matrix, less their mean, on random unit directions.

    .. math:: Z_{tj} = \langle X_t - \bar X,\, u_j\rangle, \qquad u_j \text{ uniform on the unit sphere.}

    For independent rows of a strictly stable vector every column is stable with the same index. This is how published
    work reads a tail index from the iterates of SGD: a row per step, 10 directions, `block_log_moment` with several
    block sizes, the median over directions [1]_. There the rows are positions of one path and far from independent;
    `gaussian_growth` says what block sums read then.

    Parameters
    ----------
    x : array_like of shape (n, d), n >= 2
        A row per observation.
    n_directions : number of directions
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`

    Returns
    -------
    ndarray of shape (n, n_directions)

    Raises
    ------
    ValueError, TypeError
        Not a matrix of finite numbers, a single row, no direction.

    References
    ----------
    .. [1] Şimşekli, Sener, Deligiannidis and Erdogdu, NeurIPS 2020, arXiv:2006.09313.

    Examples
    --------
    >>> import levysde as ls
    >>> rows = ls.stable.rvs(1.5, size=(10_000, 30), rng=1)
    >>> seen = ls.tails.random_projections(rows, rng=2)
    >>> bool(abs(ls.tails.block_log_moment(seen, [10, 20, 50]).value - 1.5).max() < 0.2)
    True
    """
    rows = finite_array(x, "x")
    if rows.ndim != 2 or len(rows) < 2 or not rows.size:
        raise ValueError(f"x has shape {rows.shape}; give (n, d): at least two rows, each an observation of d numbers")
    generator = np.random.default_rng(entropy_of(rng))
    directions = generator.standard_normal((rows.shape[1], count(n_directions, "n_directions")))
    directions /= np.linalg.norm(directions, axis=0)
    found: FloatArray = (rows - rows.mean(axis=0)) @ directions
    return found
