"""Block size against index: flat for a stable law, drifting for everything that only looks like one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde.estimate import confidence_level
from levysde.tails.block import block_sizes, log_of_sums
from levysde.tails.columns import from_power, index_of
from levysde.tails.data import log_sizes, observations
from levysde.tails.errors import mean_error

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
FEWEST_BLOCKS, ENOUGH_BLOCKS = 50, 200  # of the largest block size that is chosen: n/40 between these


@dataclass(frozen=True, eq=False)
class BlockScan:
    """The block-sum estimate for several block sizes.

    Attributes
    ----------
    block : int array
    alpha, standard_error, low, high : float arrays
        Estimates with their intervals.
    growth : float array
        alpha from the growth between consecutive block sizes alone: the local exponent of the scale of sums.
    drift : float
        Change of 1/alpha from the smallest to the largest block.
    drift_error : float
        Its standard error; the drift of a stable law is 0.
    """

    block: IntArray
    alpha: FloatArray
    standard_error: FloatArray
    low: FloatArray
    high: FloatArray
    growth: FloatArray
    drift: float
    drift_error: float

    @property
    def is_flat(self) -> bool:
        """Whether the drift is within three of its errors."""
        return abs(self.drift) <= 3 * self.drift_error


def block_scan(x: ArrayLike, blocks: list[int] | None = None, *, level: float = 0.95) -> BlockScan:
    """`block_log_moment` for several block sizes, and whether the line is flat.

    Block sums of a stable law give the same index for every block size. For finite variance the index rises to 2 with
    the block size, for autocorrelated or uncentred values it falls to 1 (a random walk is flat there), for exploding
    (lognormal) values it grows with the square root of log m.

    Parameters
    ----------
    x : array_like of shape (n,)
        In their order; an array of shape (n, d) is read row after row, as papers on gradient noise do.
    blocks : list of int, optional
        Block sizes, each a multiple of the smallest; powers of 2 with at least 50 blocks (200 for n >= 8000)
        by default.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    BlockScan
        `levysde.plot` draws it.

    Raises
    ------
    ValueError, TypeError
        Empty, constant or non-finite data, zeros, fewer than 200 values, block sizes that are no multiples of the
        smallest or leave fewer than 4 blocks.

    Examples
    --------
    >>> import numpy as np
    >>> import levysde as ls
    >>> ls.tails.block_scan(ls.stable.rvs(1.5, size=20_000, rng=1)).is_flat
    True
    >>> ls.tails.block_scan(np.random.default_rng(1).laplace(size=20_000)).is_flat
    False
    """
    confidence_level(level)
    series = observations(np.asarray(x, dtype=np.float64).ravel(), fewest=4 * FEWEST_BLOCKS, what="a block scan")
    n = len(series)
    fewest = min(max(n // 40, FEWEST_BLOCKS), ENOUGH_BLOCKS)
    sizes = [2**j for j in range(1, int(math.log2(n / fewest)) + 1)] if blocks is None else block_sizes(blocks)
    if any(m % sizes[0] for m in sizes) or sorted(set(sizes)) != sizes or 4 * sizes[-1] > n:
        raise ValueError(
            f"blocks={sizes} do not fit {n} values; give increasing multiples of the smallest, up to {n // 4}"
        )
    logs = log_sizes(series)
    sums = [log_of_sums(series, m) for m in sizes]
    theta, error = [], []
    psi = []
    for m, size in zip(sizes, sums, strict=True):
        psi.append((size - _grouped(logs, m)) / math.log(m))
        theta.append(float(psi[-1].mean()))
        error.append(float(mean_error(psi[-1], hac=False)[0]))
    estimates = [
        from_power(np.array([t]), np.array([e]), 1, n=n, level=level, method="", single=True)
        for t, e in zip(theta, error, strict=True)
    ]
    change = (psi[-1] - _grouped(psi[0], sizes[-1] // sizes[0])) if len(sizes) > 1 else np.zeros((4, 1))
    means = [float(logs.mean()), *(float(size.mean()) for size in sums)]
    return BlockScan(
        np.array(sizes),
        np.array([e.value for e in estimates]),
        np.array([e.standard_error for e in estimates]),
        np.array([e.interval[0] for e in estimates]),
        np.array([e.interval[1] for e in estimates]),
        index_of(np.diff(means) / np.log(_ratios(sizes))),
        float(change.mean()),
        float(mean_error(change, hac=False)[0]),
    )


def _ratios(sizes: list[int]) -> FloatArray:
    """Return by which factor each block size exceeds the one before, the first one value."""
    found: FloatArray = np.array(sizes) / np.array([1, *sizes[:-1]])
    return found


def _grouped(values: FloatArray, m: int) -> FloatArray:
    n = len(values) // m
    found: FloatArray = values[: n * m, 0].reshape(n, m).mean(axis=1)[:, None]
    return found
