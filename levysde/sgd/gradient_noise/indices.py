"""The tail indices that are read off gradient noise, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import finite_array
from levysde.estimate import Estimate
from levysde.tails import gaussian_surrogate, per_coordinate, pooled

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class NoiseIndices:
    """Indices of one sample of gradient noise, and what the controls read.

    Attributes
    ----------
    pooled : of all coordinates as one series, as published (`levysde.tails.pooled`)
    pooled_surrogate : the same of Gaussian noise with the covariances of the sample
    pooled_shuffled : the same with the batches of every coordinate in an order of its own: every coordinate keeps its
        law, what is shared within a batch goes
    coordinates : mean over the coordinates, each followed over the batches (`levysde.tails.per_coordinate`)
    coordinates_surrogate : the same of the Gaussian noise: 2 but for chance
    """

    pooled: Estimate
    pooled_surrogate: Estimate
    pooled_shuffled: Estimate
    coordinates: Estimate
    coordinates_surrogate: Estimate


def indices(noise: ArrayLike, *, rng: RNG = None) -> NoiseIndices:
    """Read the tail index off gradient noise in the published way and per coordinate, beside controls.

    What a comparison can show:

    - *coordinates* below *coordinates_surrogate*: the coordinates are not Gaussian;
    - *pooled* below *coordinates*, or moved by shuffling: scales and dependence of neighbouring coordinates are in the
      pooled index, a tail is not all that it reads. For independent stable coordinates of one scale all three agree;
    - *pooled* equal to *pooled_surrogate*: the published index does not tell the noise from Gaussian noise. That alone
      does not refute heavy tails: the sample covariance of stable noise has random scales, and its surrogate reads
      alpha as well.

    Parameters
    ----------
    noise : (n_batches, ...) minibatch gradients less their mean, in a random order, 16 or more
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`

    Returns
    -------
    NoiseIndices

    Raises
    ------
    ValueError, TypeError
        As for `levysde.tails.pooled` and `per_coordinate`.

    Examples
    --------
    >>> import levysde as ls
    >>> from levysde.sgd.gradient_noise import indices
    >>> found = indices(ls.stable.rvs(1.5, size=(100, 2000), rng=1), rng=2)
    >>> [round(getattr(found, name).value, 1) for name in ("pooled", "coordinates", "coordinates_surrogate")]
    [1.5, 1.5, 1.9]
    """
    rows = finite_array(noise, "noise")
    if rows.ndim < 2:
        raise ValueError(f"noise has shape {rows.shape}; give (n_batches, ...)")
    rows = rows.reshape(len(rows), -1)
    first, second = np.random.SeedSequence(entropy_of(rng)).spawn(2)
    gaussian = np.zeros_like(rows)
    moving = np.any(rows != rows[0], axis=0)
    gaussian[:, moving] = gaussian_surrogate(rows[:, moving], keep="rows", rng=first)
    shuffled = np.random.default_rng(second).permuted(rows, axis=0)
    return NoiseIndices(
        pooled(rows), pooled(gaussian), pooled(shuffled), per_coordinate(rows), per_coordinate(gaussian)
    )
