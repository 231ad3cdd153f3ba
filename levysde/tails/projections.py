"""Vectors seen along random directions: one series for each."""

from __future__ import annotations

from typing import Literal

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_array

FloatArray = NDArray[np.float64]


def random_projections(
    x: ArrayLike, n_directions: int = 10, *, centre: Literal["mean", "median"] = "mean", rng: RNG = None
) -> FloatArray:
    r"""Project the rows of a matrix, less their centre, on random unit directions.

    .. math:: Z_{tj} = \langle X_t - c,\, u_j\rangle, \qquad u_j \text{ uniform on the unit sphere.}

    For independent rows of a strictly stable vector every column is stable with the same index. This is how published
    work reads a tail index from the iterates of SGD: a row per step, 10 directions, `block_log_moment` with several
    block sizes, the median over directions [1]_. There the rows are positions of one path and far from independent;
    `gaussian_growth` says what block sums read then.

    One value in n may be of size :math:`n^{1/\alpha}`, and sometimes many times that: it moves the mean of a coordinate
    by a multiple of :math:`n^{1/\alpha-1}`. Where this exceeds the bulk of the values, all columns hold a shift, block
    sums of which grow like the size of the block, and the index reads 1. The median does not move.

    Parameters
    ----------
    x : array_like of shape (n, d), n >= 2
        A row per observation.
    n_directions : number of directions
    centre : "mean" or "median"
        Of every coordinate, to take off: the published recipe has the mean.
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`

    Returns
    -------
    ndarray of shape (n, n_directions)

    Raises
    ------
    ValueError, TypeError
        Not a matrix of finite numbers, a single row, no direction, another centre.

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
    if centre not in ("mean", "median"):
        raise ValueError(f"centre={centre!r} is neither 'mean' nor 'median'")
    generator = np.random.default_rng(entropy_of(rng))
    directions = generator.standard_normal((rows.shape[1], count(n_directions, "n_directions")))
    directions /= np.linalg.norm(directions, axis=0)
    taken = rows.mean(axis=0) if centre == "mean" else np.median(rows, axis=0)
    found: FloatArray = (rows - taken) @ directions
    return found
