r"""Moments of the errors of SGD: the bound of the paper, and a Monte Carlo of them that survives infinite variance.

With M and q of one step independent of the error before it, E|M e|^p = h(p) E|e|^p, so that

.. math:: E|e_k|^p = h(p)\,E|e_{k-1}|^p + E\bigl[|M e_{k-1} + q|^p - |M e_{k-1}|^p\bigr].

The second term has a finite variance in the stationary law where 2 (p - 1) < alpha, also where |e|^p itself has none:
by it moments are measured up to p = alpha and beyond, which an average of |e|^p cannot do.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import NDArray
from levysde._validate import count, finite_number, positive
from levysde.sgd.linear_regression.data import GaussianData
from levysde.sgd.linear_regression.law import h, tail_index

FloatArray = NDArray[np.float64]

MOST_NUMBERS = 2**20  # of samples that are held at a time


def noise_moment(p: float, d: int, b: int, eta: float, sigma: float = 1.0, *, noise: float = 1.0) -> float:
    r"""Return E|q|^p of one step's additive part q = (eta/b) sum_i a_i noise_i.

    Given the noises q is normal, so that |q| = (eta sigma noise / b) R S with R, S chi variates of b and d degrees:

    .. math:: E|q|^p = (\eta\sigma\,\mathrm{noise}/b)^p\; 2^p\,
        \frac{\Gamma(\frac{b+p}2)\Gamma(\frac{d+p}2)}{\Gamma(\frac b2)\Gamma(\frac d2)} .

    Parameters
    ----------
    p : power, above 0
    d, b, eta, sigma : as for `h`
    noise : standard deviation of the labels around a.x*, above 0

    Raises
    ------
    ValueError, TypeError
        For numbers outside their range.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import noise_moment
    >>> round(noise_moment(2, d=3, b=2, eta=0.1), 12)  # eta^2 d / b
    0.015
    """
    p, d, b = positive(p, "p"), count(d, "d"), count(b, "b")
    scale = positive(eta, "eta") * positive(sigma, "sigma") * positive(noise, "noise") / b
    logs = [math.lgamma(0.5 * (dof + p)) - math.lgamma(0.5 * dof) for dof in (b, d)]
    return math.exp(p * math.log(2.0 * scale) + sum(logs))


def moment_bound(p: float, d: int, b: int, eta: float, sigma: float = 1.0, *, noise: float = 1.0) -> float:
    r"""Return the least bound of the paper (Corollary 5) on the stationary moment E|e|^p.

    .. math:: E|e|^p \le \frac{E|q|^p}{1-h(p)}\ (p \le 1), \qquad
        E|e|^p \le \frac{(1+\epsilon)^{p/(p-1)} - (1+\epsilon)}
        {\bigl((1+\epsilon)^{1/(p-1)} - 1\bigr)^p}\; \frac{E|q|^p}{1-(1+\epsilon)h(p)}\ (p > 1)

    for every epsilon > 0 with (1 + epsilon) h(p) < 1; the bound for p > 1 is the smallest over epsilon. It rests on
    (x + y)^p <= x^p + y^p and on (x + y)^p <= (1 + epsilon) x^p + (the fraction) y^p.

    Parameters
    ----------
    p : power, above 0 and below the tail index
    d, b, eta, sigma, noise : as for `noise_moment`

    Raises
    ------
    ValueError, TypeError
        For numbers outside their range; no stationary law; p at or above the tail index, where the moment is infinite.

    References
    ----------
    Gürbüzbalaban, Şimşekli and Zhu, ICML 2021, arXiv:2006.04740.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import moment_bound, second_moment
    >>> moment_bound(2, 1, 1, 0.2) > second_moment(1, 1, 0.2)
    True
    """
    p, alpha = positive(p, "p"), tail_index(d, b, eta, sigma)
    if p >= alpha:
        raise ValueError(f"p={p:g} is not below the tail index {alpha:.6g}: the moment is infinite; give a smaller p")
    kept, added = h(p, d, b, eta, sigma), noise_moment(p, d, b, eta, sigma, noise=noise)
    if p <= 1:
        return added / (1.0 - kept)
    from scipy.optimize import minimize_scalar

    # With y = (1 + epsilon)^(1/(p-1)) the fraction is y^(p-1) (y - 1)^(1-p), free of differences of large numbers.
    largest = -math.log(kept)  # of log(1 + epsilon)

    def log_bound(share: float) -> float:
        log_grown = share * largest
        left = -math.expm1(log_grown - largest)  # 1 - (1 + epsilon) h(p)
        return (1.0 - p) * math.log(-math.expm1(-log_grown / (p - 1.0))) - math.log(left)

    best = minimize_scalar(log_bound, bounds=(1e-9, 1.0 - 1e-9), method="bounded", options={"xatol": 1e-10})
    return added * math.exp(float(best.fun))


def moment_scores(
    data: GaussianData,
    *,
    b: int,
    eta: float,
    p: float,
    at: Sequence[int],
    n_chains: int,
    rng: RNG = None,
) -> FloatArray:
    r"""Return scores whose mean over the chains is E|e_k|^p, for chains that start at the solution.

    .. math:: W_k = h(p) W_{k-1} + |M e_{k-1} + q|^p - |M e_{k-1}|^p, \qquad W_0 = 0, \qquad E W_k = E|e_k|^p

    with explicit samples a ~ N(0, sigma^2 I_d). The standard error of the mean is that of independent values.

    Parameters
    ----------
    data : GaussianData
    b, eta : batch size and step size
    p : power in (0, 1e6]; the mean exists for every p at finite k
    at : steps k, positive and increasing, at which scores are returned
    n_chains : number of chains
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`

    Returns
    -------
    ndarray of shape (len(at), n_chains)
        Of one step the scores are correlated with those of another: they come from the same chains.

    Raises
    ------
    ValueError, TypeError
        For arguments of the wrong kind or outside their range.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import GaussianData, moment_scores
    >>> scores = moment_scores(GaussianData(2), b=1, eta=0.5, p=2, at=[1, 40], n_chains=4000, rng=1)
    >>> exact = 40 * 0.5**2 * 2  # at alpha = 2 the second moment grows by eta^2 d / b in a step
    >>> bool(abs(scores[1].mean() - exact) < 5 * scores[1].std() / 4000**0.5)
    True
    """
    if not isinstance(data, GaussianData):
        raise TypeError(f"data is a {type(data).__name__}; give GaussianData(d)")
    b, n_chains, eta = count(b, "b"), count(n_chains, "n_chains"), positive(eta, "eta")
    p = finite_number(p, "p", low=0.0, open_low=True)
    steps = [count(k, "at") for k in at]
    if not steps or any(low >= high for low, high in itertools.pairwise(steps)):
        raise ValueError(f"at={list(at)!r}: give one step or several, in increasing order")
    kept = h(p, data.d, b, eta, data.sigma)
    most = max(1, MOST_NUMBERS // (b * data.d))
    sizes = [min(most, n_chains - low) for low in range(0, n_chains, most)]
    seeds = np.random.SeedSequence(entropy_of(rng)).spawn(len(sizes))
    parts = [_scores(data, b, eta, p, kept, steps, n, seed) for n, seed in zip(sizes, seeds, strict=True)]
    return np.concatenate(parts, axis=1)


def _scores(
    data: GaussianData,
    b: int,
    eta: float,
    p: float,
    kept: float,
    steps: list[int],
    n: int,
    seed: np.random.SeedSequence,
) -> FloatArray:
    generator = np.random.default_rng(seed)
    error, score = np.zeros((n, data.d)), np.zeros(n)
    found = []
    for step in range(1, steps[-1] + 1):
        a = data.sigma * generator.standard_normal((n, b, data.d))
        labels = data.noise * generator.standard_normal((n, b))
        multiplied = error - eta / b * np.einsum("nb,nbd->nd", np.einsum("nbd,nd->nb", a, error), a)
        error = multiplied + eta / b * np.einsum("nb,nbd->nd", labels, a)
        score = kept * score + np.linalg.norm(error, axis=1) ** p - np.linalg.norm(multiplied, axis=1) ** p
        if step in steps:
            found.append(score)
    return np.array(found)
