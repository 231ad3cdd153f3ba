"""The synthetic experiment of the paper as it was run: a finite data set, and many runs of SGD over it."""

from __future__ import annotations

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._validate import count, positive
from levysde.engine.pool import Workers
from levysde.sgd.linear_regression.chains import Chains, simulate
from levysde.sgd.linear_regression.data import DataSet

LABEL_NOISE, SOLUTION, START = 3.0, 3.0, 5.0  # standard deviations


def published_data(d: int, *, n: int = 10_000, sigma: float = 1.0, rng: RNG = None) -> DataSet:
    """Return n samples a ~ N(0, sigma^2 I_d) with labels a.x0 + 3 N(0, 1), x0 ~ N(0, 9 I_d).

    Parameters
    ----------
    d : dimension
    n : number of samples
    sigma : standard deviation of the entries of a
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`

    Raises
    ------
    ValueError, TypeError
        For numbers outside their range.

    References
    ----------
    Gürbüzbalaban, Şimşekli and Zhu, ICML 2021, arXiv:2006.04740, and its published code.
    """
    d, n, sigma = count(d, "d"), count(n, "n"), positive(sigma, "sigma")
    generator = np.random.default_rng(entropy_of(rng))
    a = sigma * generator.standard_normal((n, d))
    return DataSet(a, a @ (SOLUTION * generator.standard_normal(d)) + LABEL_NOISE * generator.standard_normal(n))


def published_chains(
    data: DataSet, *, b: int, eta: float, steps: int, n_chains: int = 1600, rng: RNG = None, workers: Workers = 1
) -> Chains:
    """Run SGD from 5 N(0, I_d) with b distinct samples a step, averaged over the last half of the steps.

    Parameters
    ----------
    data : DataSet, as `published_data` makes it
    b, eta, steps, n_chains, workers : as for `simulate`; 20/eta steps give the indices of the published figure
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`; the first steps of a longer run with the
        same rng are those of a shorter one

    Raises
    ------
    ValueError, TypeError
        As for `simulate`.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import average_index, published_chains, published_data
    >>> data = published_data(100, rng=1)
    >>> chains = published_chains(data, b=1, eta=0.2, steps=100, n_chains=400, rng=1)
    >>> 0.2 < average_index(chains).value < 0.5  # although errors explode, and there is no stationary law
    True
    """
    if not isinstance(data, DataSet):
        raise TypeError(f"data is a {type(data).__name__}; give a DataSet, as published_data makes it")
    n_chains = count(n_chains, "n_chains")
    starts, chains = np.random.SeedSequence(entropy_of(rng)).spawn(2)
    start = START * np.random.default_rng(starts).standard_normal((n_chains, data.d)) - data.solution
    return simulate(data, b=b, eta=eta, steps=steps, n_chains=n_chains, start=start, rng=chains, workers=workers)
