"""The Kullback-Leibler divergence of Euler's interpolated path from the SDE, by Girsanov's formula."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from levysde import stable
from levysde._streams import RNG
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_array, positive
from levysde.convergence.paired import check_start
from levysde.engine.pool import Workers
from levysde.estimate import Estimate, sample_mean
from levysde.exits import count_steps
from levysde.kernels import blocks
from levysde.noise import AlphaStable
from levysde.paths import simulate
from levysde.schemes import EulerMaruyama
from levysde.sde import SDE

__all__ = ["path_divergence"]

FloatArray = NDArray[np.float64]
Squared = Callable[[FloatArray, FloatArray], FloatArray]  # (start, end) -> squared difference of the drifts

TIMES, NORMALS = 5, 8  # nodes within a step: Gauss-Legendre in time, Gauss-Hermite for the Brownian part
CELL = 0.2  # of the trapezoidal rule in asinh of the stable part
STARTS, FARTHEST = 162, 1e8  # where the expectation over a step is computed, equally spaced in asinh
FAR = 1e30  # an increment of the stable part, over its scale, beyond which nothing is left of a finite expectation


def path_divergence(
    sde: SDE,
    x0: ArrayLike,
    *,
    dt: float,
    t: float,
    cutoff: float = FAR,
    holder: tuple[float, float] | None = None,
    n_paths: int = 4000,
    rng: RNG = None,
    workers: Workers = 1,
) -> Estimate:
    r"""Return KL(law of Euler's path || law of the SDE) on [0, t], in one dimension.

    Both paths have the same noise, a Brownian part of variance rate s^2 and a symmetric stable part, and differ in the
    drift: Euler's is that of the last step. Girsanov's formula gives

    .. math:: \mathrm{KL} = \frac1{2s^2}\sum_k\int_{k\eta}^{(k+1)\eta} E|U'(\hat W_r) - U'(W^k)|^2\,dr,\qquad
              \hat W_{k\eta+r} = W^k - rU'(W^k) + N_r.

    A plain sample mean of this has no variance: jumps make the integrand heavy-tailed. So the expectation over each
    step is computed (Gauss-Legendre in r, Gauss-Hermite, trapezoidal rule in asinh of the stable part), as a function
    of W^k, and only W^k is sampled. It is finite for |U'(x) - U'(y)| <= M |x - y|^gamma with 2 gamma < alpha; otherwise
    it is infinite, and what comes out grows like cutoff^(2 gamma - alpha). By Pinsker's inequality the paths differ in
    total variation by at most sqrt(KL / 2).

    Parameters
    ----------
    sde : SDE in one dimension, additive noise: a Brownian part and at most one symmetric stable part
    x0 : start
    dt, t : step eta and length of the paths, rounded up to whole steps
    cutoff : increments of the stable part beyond so many of their scales r^(1/alpha) are left out
    holder : (M, gamma); the drifts' difference is then replaced by its bound M |x - y|^gamma
    n_paths, rng, workers : of the sampled chain, as in `first_exit`

    Returns
    -------
    Estimate
        `.bias` is the change when the expectations are computed with half as many nodes.

    Raises
    ------
    TypeError, ValueError
        Arguments of the wrong kind or range; noise of another kind, before any work.

    References
    ----------
    Nguyen, Simsekli, Gurbuzbalaban and Richard, NeurIPS 2019, arXiv:1906.09069, theorem 1 (KL <= 2 delta^2).

    Examples
    --------
    >>> import levysde as ls
    >>> from levysde.convergence import path_divergence
    >>> sde = ls.SDE(ls.Quadratic(), ls.Brownian(), epsilon=0.5)
    >>> found = path_divergence(sde, 0.0, dt=0.1, t=1.0, rng=1)
    >>> 0.02 < found.value < 0.03  # (dt t / 4) (1 + dt E X^2 / s^2 ...)
    True
    """
    start = check_start(sde, x0)
    if sde.dim != 1 or len(start) != 1:
        raise ValueError(f"the SDE has dimension {sde.dim} and {len(start)} starts; give one dimension and one start")
    variance, alpha, scale = _parts(sde)
    dt, cutoff, n_paths = positive(dt, "dt"), positive(cutoff, "cutoff"), count(n_paths, "n_paths", minimum=2)
    steps = count_steps(positive(t, "t"), dt, "t")
    squared = _differences(sde) if holder is None else _bound(holder)
    gradient, numbers = blocks.gradient(sde.landscape).compiled()

    def drift(x: FloatArray) -> FloatArray:
        out = np.empty((1, x.size))
        gradient(x.reshape(1, -1), numbers, out)
        return np.asarray(out[0])

    # the states at the beginning of every step but the first, which all begin at x0
    chain = simulate(
        sde, start, t=dt * (steps - 0.5), dt=dt, n_paths=n_paths, scheme=EulerMaruyama(), rng=rng, workers=workers
    )
    if "partial" in chain.provenance:
        raise KeyboardInterrupt
    sums = []
    for coarseness in (1, 2):
        at = _starts(STARTS // coarseness, float(start[0, 0]))
        rule = _per_step(at, drift(at), squared, dt, variance, alpha, scale, cutoff, coarseness * CELL)
        reached = np.clip(chain.x[:, :steps, 0], at[0], at[-1])
        sums.append(_interpolated(at, rule / (2 * variance), reached).sum(axis=1))
    found = sample_mean(sums[0]) if steps > 1 else None
    value = float(sums[0].mean())
    error = found.standard_error if found is not None else 0.0
    interval = found.interval if found is not None else (value, value)
    bias = abs(value - float(sums[1].mean()))
    return Estimate(value, error, bias, interval, n_paths, "Girsanov's formula, the expectation within a step computed")


def _starts(n: int, x0: float) -> FloatArray:
    """Return where every step may begin; the first one begins at x0."""
    at = np.sinh(np.linspace(-1, 1, n) * math.asinh(FARTHEST))
    at[np.argmin(np.abs(at - x0))] = x0
    return np.asarray(at)


def _per_step(
    at: FloatArray, drift: FloatArray, squared: Squared, dt: float, variance: float, alpha: float, scale: float,
    cutoff: float, cell: float,
) -> FloatArray:  # fmt: skip
    """Return the integral over a step of the expected squared difference, for every start."""
    legendre, time_weights = np.polynomial.legendre.leggauss(TIMES)
    normal, normal_weights = np.polynomial.hermite_e.hermegauss(NORMALS)
    normal_weights = normal_weights / normal_weights.sum()
    jumps, jump_weights = _stable_rule(alpha, cutoff, cell) if scale > 0 else (np.zeros(1), np.ones(1))
    found = np.zeros(at.size)
    for node, weight in zip(0.5 * dt * (legendre + 1), 0.5 * dt * time_weights, strict=True):
        moves = math.sqrt(variance * node) * normal[:, None] + scale * node ** (1 / alpha) * jumps
        weights = weight * (normal_weights[:, None] * jump_weights).ravel()
        for i, x in enumerate(at):
            found[i] += float(weights @ squared(np.array([x]), x - node * drift[i] + moves.ravel()))
    return found


def _stable_rule(alpha: float, cutoff: float, cell: float) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights for the expectation over a standard stable variate, cut off."""
    n = max(8, math.ceil(math.asinh(cutoff) / cell))
    z = np.linspace(-1, 1, 2 * n + 1) * math.asinh(cutoff)
    weights = stable.pdf(np.sinh(z), alpha) * np.cosh(z) * (z[1] - z[0])
    weights[[0, -1]] *= 0.5
    return np.sinh(z), weights


def _interpolated(at: FloatArray, values: FloatArray, x: FloatArray) -> FloatArray:
    from scipy.interpolate import CubicSpline

    return np.asarray(CubicSpline(np.arcsinh(at), values)(np.arcsinh(x)))


def _differences(sde: SDE) -> Squared:
    gradient, numbers = blocks.gradient(sde.landscape).compiled()

    def squared(x: FloatArray, y: FloatArray) -> FloatArray:
        here, there = np.empty((1, 1)), np.empty((1, y.size))
        gradient(x.reshape(1, 1), numbers, here)
        gradient(y.reshape(1, -1), numbers, there)
        return np.asarray((there[0] - here[0, 0]) ** 2)

    return squared


def _bound(holder: tuple[float, float]) -> Squared:
    given = finite_array(holder, "holder")
    if given.shape != (2,) or not (given > 0).all():
        raise ValueError(f"holder={holder!r}: give (M, gamma), both positive, or None")
    constant, gamma = given
    return lambda x, y: constant**2 * np.abs(y - x) ** (2 * gamma)


def _parts(sde: SDE) -> tuple[float, float, float]:
    """Return variance rate of the Brownian part, index and scale of the stable part (scale 0 where there is none)."""
    noise = sde.effective_noise
    leaves = [(abs(amplitude), law) for amplitude, law in noise.leaves() if amplitude != 0 and law.has_jumps]
    laws = [(scale, law) for scale, law in leaves if isinstance(law, AlphaStable) and law.beta == 0]
    if len(leaves) > 1 or len(laws) < len(leaves) or not noise.variance_rate > 0:
        raise ValueError(
            f"path_divergence needs a Brownian part and at most one AlphaStable(alpha), and the noise is {noise!r}; "
            "without a Brownian part the divergence is infinite"
        )
    if not laws:
        return noise.variance_rate, 2.0, 0.0
    [(scale, law)] = laws
    return noise.variance_rate, law.alpha, scale
