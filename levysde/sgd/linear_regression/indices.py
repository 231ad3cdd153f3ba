"""Tail indices read from simulated chains, as published and by Hill; chains that left the range of doubles count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from levysde._types import NDArray
from levysde._validate import finite_number
from levysde.estimate import Estimate
from levysde.sgd.linear_regression.chains import Chains
from levysde.tails import block_log_norm, hill

FloatArray = NDArray[np.float64]

PUBLISHED_BLOCKS = (2, 5, 10, 20, 40, 50, 100)
TAIL_SHARE = 0.01  # of the values, for Hill's estimate
FEWEST_EXCEEDANCES = 10
SHORTEST = -300.0  # logarithm of the shortest average beside the longest, so that squares stay above 0


def average_index(chains: Chains, *, block: int | Sequence[int] = PUBLISHED_BLOCKS) -> Estimate:
    """Return the block-sum index of the averaged errors, by the median over block sizes; see `tails.block_log_norm`.

    In the stationary regime averages over many steps are attracted to a stable law of index min(alpha, 2). Where errors
    explode (rho > 0) it reads a number too, that of a lognormal law: it falls as 1/sqrt(K) with the number of steps.

    Parameters
    ----------
    chains : Chains
    block : block size, or several; the default are those of the published code, for 1600 chains

    Raises
    ------
    ValueError, TypeError
        Fewer chains than four blocks.

    References
    ----------
    Gürbüzbalaban, Şimşekli and Zhu, ICML 2021, arXiv:2006.04740.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import GaussianData, average_index, simulate, tail_index
    >>> chains = simulate(GaussianData(1), b=1, eta=1.0, steps=500, n_chains=1600, rng=1)
    >>> found = average_index(chains)
    >>> abs(found.value - tail_index(1, 1, 1.0)) < 5 * found.standard_error
    True
    """
    length = chains.mean_log_norm - np.max(chains.mean_log_norm)
    averages = chains.mean_direction * np.exp(np.maximum(length, SHORTEST))[:, None]
    return block_log_norm(averages, block, errors="independent")


def last_index(chains: Chains, *, share: float = TAIL_SHARE) -> Estimate:
    """Return Hill's estimate from the largest `share` of the lengths of the last errors; see `tails.hill`.

    Parameters
    ----------
    chains : Chains
    share : share of the chains, in (0, 1); ten chains at least are taken

    Raises
    ------
    ValueError, TypeError
        A share outside (0, 1), or eleven chains or fewer.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import GaussianData, last_index, simulate
    >>> chains = simulate(GaussianData(1), b=1, eta=1.0, steps=100, n_chains=5000, rng=1)
    >>> 0.5 < last_index(chains).value < 2
    True
    """
    share = finite_number(share, "share", low=0.0, high=1.0, open_low=True, open_high=True)
    sizes: FloatArray = np.exp(chains.last_log_norm - np.max(chains.last_log_norm))
    return hill(sizes, max(FEWEST_EXCEEDANCES, round(share * chains.n_chains)), errors="independent")
