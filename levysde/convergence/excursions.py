"""How far Euler's chain and the SDE get from their start on the same noise: exits of both, path by path."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_number, frozen, positive
from levysde.convergence.paired import check_start
from levysde.engine.pool import Workers, check_workers
from levysde.estimate import Estimate
from levysde.exits import count_paths, count_steps
from levysde.kernels import blocks
from levysde.landscapes import Flat
from levysde.paths import simulate
from levysde.schemes import EulerMaruyama
from levysde.sde import SDE

__all__ = ["Excursions", "excursions"]

FloatArray = NDArray[np.float64]

NUMBERS = 4_000_000  # states of saved paths that are held at a time
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Excursions:
    """The greatest distances from the start on [0, t], of coupled paths.

    Attributes
    ----------
    chain : ndarray of shape (n,)
        Of Euler's chain with the step dt, seen at its steps; infinite where it became non-finite.
    path : ndarray of shape (n,)
        Of the same path with the step dt / refine.
    dt, t : float
    refine : int
    """

    chain: FloatArray
    path: FloatArray
    dt: float
    t: float
    refine: int

    def surplus(self, radius: float, xi: float = 0.0) -> tuple[Estimate, Estimate]:
        """Return P[path stays in radius - xi] - P[chain stays], and P[chain stays] - P[path stays in radius + xi].

        Both are probabilities not to have left by time t; the chain is watched at `radius`. Where a bound of the
        kind P[path in radius - xi] - C <= P[chain] <= P[path in radius + xi] + C holds, neither is above C. The errors
        are those of the paired differences.

        Raises
        ------
        ValueError
            Numbers outside 0 <= xi < radius.
        """
        radius = positive(radius, "radius")
        xi = finite_number(xi, "xi", low=0.0, high=radius, open_high=True, advice="the inner ball must not be empty")
        stays = (self.chain <= radius).astype(float)
        inner = (self.path <= radius - xi) - stays
        outer = stays - (self.path <= radius + xi)
        return _mean(inner), _mean(outer)


def excursions(
    sde: SDE,
    x0: ArrayLike,
    *,
    dt: float,
    t: float,
    refine: int = 64,
    n_paths: int = 2000,
    rng: RNG = None,
    workers: Workers = 1,
) -> Excursions:
    r"""Follow Euler's chain and the SDE on the same noise, and keep how far both get from the start.

    .. math:: W^{k+1} = W^k - \eta\nabla U(W^k) + \epsilon(N_{(k+1)\eta} - N_{k\eta}),

    with the step eta = `dt`, beside the same with the step dt / refine, whose increments add up to those of the chain:
    that one stands for the SDE.

    Parameters
    ----------
    sde : SDE
        With additive noise.
    x0 : start: a point of shape (dim,), a number for dim = 1
    dt, t : step of the chain and length of the paths, rounded up to whole steps
    refine : steps of the path in one of the chain
    n_paths : number of paths
    rng, workers : as in `first_exit`

    Returns
    -------
    Excursions

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range, noise with a coefficient, several starts, before any work.

    Examples
    --------
    >>> import levysde as ls
    >>> from levysde.convergence import excursions
    >>> sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), epsilon=0.5)
    >>> inner, outer = excursions(sde, 0.0, dt=0.1, t=1.0, n_paths=500, rng=1).surplus(1.0)
    >>> inner.value < 0 < outer.value  # the chain, seen less often, stays longer
    True
    """
    start = check_start(sde, x0)
    if sde.coefficient is not None:
        raise ValueError("excursions needs additive noise, and the SDE has a coefficient; give one without")
    if len(start) != 1:
        raise ValueError(f"x0 holds {len(start)} points; give one start")
    n_paths, refine, workers = count_paths(n_paths, start), count(refine, "refine"), check_workers(workers)
    dt = positive(dt, "dt")
    steps = count_steps(positive(t, "t"), dt, "t")
    size = max(1, min(n_paths, NUMBERS // (steps * refine * sde.dim + 1)))
    roots = np.random.SeedSequence(entropy_of(rng)).spawn(math.ceil(n_paths / size))
    parts = [
        _part(sde, start, dt, steps, refine, min(size, n_paths - i * size), root, workers)
        for i, root in enumerate(roots)
    ]
    chain, path = (np.concatenate(found) for found in zip(*parts, strict=True))
    return Excursions(frozen(chain), frozen(path), dt, steps * dt, refine)


def _part(
    sde: SDE,
    start: FloatArray,
    dt: float,
    steps: int,
    refine: int,
    n: int,
    root: np.random.SeedSequence,
    workers: Workers,
) -> tuple[FloatArray, FloatArray]:
    entropy, fine = entropy_of(root), dt / refine
    how: dict[str, Any] = {
        "t": (steps - 0.5 / refine) * dt,
        "dt": fine,
        "n_paths": n,
        "scheme": EulerMaruyama(),
        "workers": workers,
    }
    # a stream belongs to its path: with the same entropy both see the same increments
    paths = simulate(sde, start, rng=entropy, **how)
    noise = simulate(SDE(Flat(sde.dim), sde.noise, sde.epsilon), start, rng=entropy, **how)
    if any("partial" in found.provenance for found in (paths, noise)):
        raise KeyboardInterrupt
    gradient, numbers = blocks.gradient(sde.landscape).compiled()
    x = np.ascontiguousarray(np.repeat(start, n, axis=0).T)
    slope, chain = np.empty_like(x), np.zeros(n)
    with np.errstate(over="ignore", invalid="ignore"):  # an explicit step may overshoot for ever: that is far away
        path = np.linalg.norm(paths.x - start, axis=2).max(axis=1)
        increments = np.diff(noise.x[:, ::refine], axis=1)
        for k in range(steps):
            gradient(x, numbers, slope)
            x += increments[:, k].T - dt * slope
            np.maximum(chain, np.linalg.norm(x - start.T, axis=0), out=chain)
    return np.nan_to_num(chain, nan=np.inf), np.nan_to_num(path, nan=np.inf)


def _mean(values: FloatArray) -> Estimate:
    mean, n = float(np.mean(values)), values.size
    # one contrary pair is always possible: with none seen the error is that of one in n
    error = max(float(np.std(values)), 1.0 / math.sqrt(n)) / math.sqrt(n)
    interval = (mean - NORMAL_95 * error, mean + NORMAL_95 * error)
    return Estimate(mean, error, math.nan, interval, n, "paired difference of two probabilities")
