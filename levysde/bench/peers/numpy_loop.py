"""An explicit Euler loop over arrays in NumPy, as most scripts have it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from levysde._types import NDArray
from levysde.bench.peers.array_library import gradient_in, pointwise
from levysde.bench.peers.line import MEANS, PATHS, PeerLine, measured, not_run
from levysde.bench.peers.noise_parts import noise_parts
from levysde.domains import Domain
from levysde.sde import SDE

FloatArray = NDArray[np.float64]


def run_numpy(sde: SDE, start: FloatArray, domain: Domain, dt: float, mean: float, seed: int) -> PeerLine:
    """Advance all paths in lock step."""
    name = f"NumPy loop, Euler, dt = {dt:.2g}"
    draw = _drawer(sde, dt, np.random.default_rng(seed))
    if draw is None:
        return not_run(name, "draws symmetric stable and Brownian noise only")
    slow = pointwise(sde.landscape)
    gradient = gradient_in(np, sde.landscape) or slow
    x = np.broadcast_to(start, (PATHS, sde.dim)).copy()
    times = np.full(PATHS, np.nan)
    alive = np.arange(PATHS)
    done, moved = 0, 0
    began = time.perf_counter()
    with np.errstate(all="ignore"):
        while alive.size and done * dt < MEANS * mean:
            x = x - dt * gradient(x) + draw(x.shape)
            done += 1
            moved += alive.size
            finite: NDArray[np.bool_] = np.asarray(np.isfinite(x).all(axis=1))
            inside = np.asarray(domain.contains(np.where(finite[:, None], x, 0.0)))
            outside = finite & ~inside
            times[alive[outside]] = done * dt
            stays = finite & ~outside
            x, alive = x[stays], alive[stays]
    seconds = time.perf_counter() - began
    return measured(name, times, mean, seconds, moved, f"{PATHS} paths in lock step" + slow.remark(seconds))


def _drawer(sde: SDE, dt: float, rng: np.random.Generator) -> Callable[[tuple[int, ...]], FloatArray] | None:
    """Return how increments are drawn, by normal variates and the formula of Chambers, Mallows and Stuck."""
    parts = noise_parts(sde)
    if parts is None:
        return None
    brownian, stable = parts

    def draw(shape: tuple[int, ...]) -> FloatArray:
        total = brownian * math.sqrt(dt) * rng.standard_normal(shape) if brownian else np.zeros(shape)
        for amplitude, alpha in stable:
            total += amplitude * dt ** (1 / alpha) * _chambers(alpha, shape, rng)
        return total

    return draw


def _chambers(alpha: float, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    u, w = rng.uniform(-math.pi / 2, math.pi / 2, shape), rng.standard_exponential(shape)
    size = np.sin(alpha * u) / np.cos(u) ** (1 / alpha)
    return np.asarray(size * (np.cos((1 - alpha) * u) / w) ** ((1 - alpha) / alpha))
