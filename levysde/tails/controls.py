"""The same data without what a heavy tail would need: surrogates, shuffles, increments."""

from __future__ import annotations

from typing import Literal

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde.tails.data import observations

FloatArray = NDArray[np.float64]


def gaussian_surrogate(x: ArrayLike, *, keep: Literal["series", "rows"] = "series", rng: RNG = None) -> FloatArray:
    r"""Make Gaussian data with the same mean and the same covariances, between columns and in time.

    .. math:: \tilde X = \bar X + n^{-1/2} G\,(X - \bar X)

    with a Gaussian matrix G of shape (n, n). For "series" G is circulant, :math:`G_{ts} = g_{t-s \bmod n}` with g
    independent and normal: the covariance of rows t and t' is exactly the sample's circular autocovariance matrix at
    lag t - t'. For "rows" all its entries are independent: rows are independent and have the sample's covariance.
    What an estimator reads here, it does not read from a tail.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
        A row per observation, in their order.
    keep : "series" (default) or "rows"
        Whether dependence in time is kept.
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`

    Returns
    -------
    ndarray of the shape of `x`

    Raises
    ------
    ValueError, TypeError
        Empty, constant or non-finite data, an unknown `keep`.

    References
    ----------
    Theiler et al., Physica D 58 (1992) 77-94, doi:10.1016/0167-2789(92)90102-S; several columns: Prichard and Theiler,
    Phys. Rev. Lett. 73 (1994) 951, doi:10.1103/PhysRevLett.73.951.

    Examples
    --------
    >>> import levysde as ls
    >>> x = ls.stable.rvs(1.2, size=4000, rng=1)
    >>> ls.tails.log_moment(ls.tails.gaussian_surrogate(x, rng=1)).value > 1.8
    True
    """
    if keep not in ("series", "rows"):
        raise ValueError(f"keep={keep!r} is unknown; use 'series' or 'rows'")
    columns = observations(x)
    mean = columns.mean(axis=0)
    unit = np.abs(columns - mean).max(axis=0)  # squares of heavy tails may overflow
    scaled = (columns - mean) / unit
    generator = np.random.default_rng(entropy_of(rng))
    made = _circulant(scaled, generator) if keep == "series" else _independent(scaled, generator)
    found: FloatArray = mean + unit / np.sqrt(len(columns)) * made
    return found.reshape(np.shape(x))


def _circulant(scaled: FloatArray, generator: np.random.Generator) -> FloatArray:
    from scipy.fft import irfft, rfft

    noise = rfft(generator.standard_normal(len(scaled)))
    found: FloatArray = irfft(rfft(scaled, axis=0) * noise[:, None], len(scaled), axis=0)
    return found


def _independent(scaled: FloatArray, generator: np.random.Generator) -> FloatArray:
    n, d = scaled.shape
    if d > n:
        wide: FloatArray = generator.standard_normal((n, n)) @ scaled
        return wide
    _, sizes, directions = np.linalg.svd(scaled, full_matrices=False)
    narrow: FloatArray = generator.standard_normal((n, d)) @ (sizes[:, None] * directions)
    return narrow


def shuffle_rows(x: ArrayLike, *, rng: RNG = None) -> FloatArray:
    """Put the rows into random order: marginals and covariances at lag 0 stay, dependence in time goes.

    Parameters, returned value and errors are as for `gaussian_surrogate`.

    Examples
    --------
    >>> from levysde import tails
    >>> sorted(tails.shuffle_rows([3.0, 1.0, 2.0], rng=1).tolist())
    [1.0, 2.0, 3.0]
    """
    columns = observations(x)
    order = np.random.default_rng(entropy_of(rng)).permutation(len(columns))
    found: FloatArray = columns[order].reshape(np.shape(x))
    return found


def shuffle_coordinates(x: ArrayLike, *, rng: RNG = None) -> FloatArray:
    """Put the entries of every row into a random order of its own: what depends on the order of coordinates goes.

    Block sums over neighbouring parameters of one gradient see their order; this control does not have it. A plain
    series has one coordinate and comes back as it is. Parameters, returned value and errors are as for
    `gaussian_surrogate`.

    Examples
    --------
    >>> import numpy as np
    >>> from levysde import tails
    >>> x = np.arange(12.0).reshape(4, 3)
    >>> np.array_equal(np.sort(tails.shuffle_coordinates(x, rng=1)), x)
    True
    """
    columns = observations(x)
    found: FloatArray = np.random.default_rng(entropy_of(rng)).permuted(columns, axis=1).reshape(np.shape(x))
    return found


def increments(x: ArrayLike) -> FloatArray:
    """Take differences of consecutive rows: positions of a process with independent steps become independent values.

    Examples
    --------
    >>> from levysde import tails
    >>> tails.increments([1.0, 4.0, 2.0]).tolist()
    [3.0, -2.0]
    """
    columns = observations(x)
    found: FloatArray = np.diff(columns, axis=0)
    return found[:, 0] if np.ndim(x) == 1 else found


def standardise(x: ArrayLike) -> FloatArray:
    """Bring every column to median 0 and interquartile range 1, so that columns of unequal scale can be pooled.

    Pooled without that, Gaussian columns with lognormal scales look heavy-tailed: a mixture is no tail. A column
    whose quartiles coincide is divided by its mean deviation.

    Examples
    --------
    >>> import numpy as np
    >>> from levysde import tails
    >>> np.quantile(tails.standardise(np.arange(101.0) ** 2), [0.25, 0.5, 0.75]).round(2).tolist()
    [-0.38, 0.0, 0.62]
    """
    columns = observations(x)
    first, middle, third = np.quantile(columns, [0.25, 0.5, 0.75], axis=0)
    centred = columns - middle
    spread = third - first
    flat = spread <= 0
    if np.any(flat):
        spread = np.where(flat, np.mean(np.abs(centred), axis=0), spread)
    centred /= spread
    found: FloatArray = centred.reshape(np.shape(x))
    return found
