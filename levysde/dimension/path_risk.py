"""The generalization error along a path, for a loss whose expectation is known."""

from __future__ import annotations

import math

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_array, positive


def path_gap(points: ArrayLike, *, n: int, lipschitz: float, rng: RNG = None) -> float:
    r"""Return the largest generalization error over the points of a set, for n random samples.

    .. math:: \sup_{w \in W} |\hat R(w, S) - R(w)|, \qquad \ell(w, u) = \tfrac12(1 + \cos(2L\langle w, u\rangle)),

    with u uniform on the unit sphere: a loss in [0, 1] with Lipschitz constant L in w, whose risk is exact,

    .. math:: R(w) = \tfrac12\Big(1 + \Gamma(\tfrac d2)\big(\tfrac2s\big)^{d/2-1} J_{d/2-1}(s)\Big), \qquad s = 2L|w|.

    The errors at points further apart than 1/L are nearly independent. The largest therefore grows with the number of
    balls of that size that cover W, which is what a bound by the dimension of W says: `generalization_bound`.

    Parameters
    ----------
    points : array_like of shape (n_points, dim)
        The set, as of a path; drawn independently of the samples.
    n : number of samples
    lipschitz : L > 0
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`

    Raises
    ------
    ValueError, TypeError
        No points, values that are not finite, numbers outside their range.

    References
    ----------
    The transform of the uniform law on the sphere: Watson, A Treatise on the Theory of Bessel Functions, 1944, 3.3.

    Examples
    --------
    >>> from levysde.dimension import path_gap
    >>> 0 < path_gap([[0.0, 0.0], [0.3, 0.1]], n=1000, lipschitz=10.0, rng=1) < 0.05
    True
    """
    w = finite_array(points, "points")
    if w.ndim != 2 or not w.size:
        raise ValueError(f"points has shape {w.shape}; give (n_points, dim)")
    n, length = count(n, "n"), positive(lipschitz, "lipschitz")
    generator = np.random.default_rng(entropy_of(rng))
    samples = generator.standard_normal((n, w.shape[1]))
    samples *= 2 * length / np.linalg.norm(samples, axis=1)[:, None]
    means = np.concatenate([np.cos(part @ samples.T).mean(axis=1) for part in np.array_split(w, len(w) // 1024 + 1)])
    return float(np.abs(means - _mean_wave(2 * length * np.linalg.norm(w, axis=1), w.shape[1])).max() / 2)


def _mean_wave(s: NDArray[np.float64], dim: int) -> NDArray[np.float64]:
    """Return the mean of cos(s u_1) over the unit sphere."""
    from scipy.special import jv

    order = dim / 2 - 1
    safe = np.maximum(s, 1e-9)  # below, the mean is 1 to the last digit
    return np.asarray(math.gamma(dim / 2) * (2 / safe) ** order * jv(order, safe))
