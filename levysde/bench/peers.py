"""The same exit problem as others would do it: an explicit Euler loop in NumPy, and what else is installed.

Peers are watched at the same steps and measured against the same mean exit time; none moves the boundary inward.
"""

from __future__ import annotations

import importlib.util
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde.domains import Domain
from levysde.estimate import Estimate, with_error
from levysde.noise import AlphaStable, Brownian
from levysde.sde import SDE

FloatArray = NDArray[np.float64]

PATHS = 2000
MEANS = 30.0  # horizon in mean exit times


@dataclass(frozen=True)
class PeerLine:
    """What a peer did.

    Attributes
    ----------
    name : str
    bias, standard_error : float
        Of the mean exit time, relative to the known one; NaN where the peer did not run.
    lost : float
        Share of the paths that became non-finite or are left after the horizon.
    nanoseconds : float
        Per path and step.
    remark : str
    """

    name: str
    bias: float
    standard_error: float
    lost: float
    nanoseconds: float
    remark: str

    def __str__(self) -> str:
        if not math.isfinite(self.nanoseconds):
            return f"peer {self.name}: {self.remark}"
        bias = with_error(self.bias, self.standard_error)
        lost = f"{self.lost:.2%}" if self.lost else "0"
        return f"peer {self.name}: exit bias {bias}, lost {lost}, {self.nanoseconds:.3g} ns/step ({self.remark})"


def run_peers(sde: SDE, x0: Any, domain: Domain, *, dt: float, mean: Estimate, seed: int) -> list[PeerLine]:
    """Run what is there on an exit problem; a peer that is not installed or cannot do it gets a line that says so."""
    start = np.asarray(x0, float).reshape(-1)
    lines = [_numpy_loop(sde, start, domain, dt, mean, seed)]
    known = {
        "sdeint": "one path at a time, Brownian noise only, no events: paths are made for a fixed time",
        "torchsde": "Brownian noise only, no events: paths are made for a fixed time",
        "diffrax": "no stable noise of its own; python -m benchmarks.exit_times runs one put together by hand",
    }
    for name, what in known.items():
        state = "not installed" if importlib.util.find_spec(name) is None else "installed, not run on exit problems"
        lines.append(PeerLine(name, math.nan, math.nan, math.nan, math.nan, f"{state}; {what}"))
    return lines


def _numpy_loop(sde: SDE, start: FloatArray, domain: Domain, dt: float, mean: Estimate, seed: int) -> PeerLine:
    """Advance all paths in lock step by explicit Euler, as most scripts do."""
    name = f"NumPy loop, Euler, dt = {dt:.2g}"
    draw = _drawer(sde, dt, np.random.default_rng(seed))
    if draw is None:
        return PeerLine(name, math.nan, math.nan, math.nan, math.nan, "draws stable and Brownian noise only")
    x = np.broadcast_to(start, (PATHS, sde.dim)).copy()
    times = np.full(PATHS, np.nan)
    alive = np.arange(PATHS)
    done, moved = 0, 0
    began = time.perf_counter()
    with np.errstate(all="ignore"):
        while alive.size and done * dt < MEANS * mean.value:
            x = x - dt * np.asarray(sde.landscape.gradient(x)).reshape(x.shape) + draw(x.shape)
            done += 1
            moved += alive.size
            finite: NDArray[np.bool_] = np.asarray(np.isfinite(x).all(axis=1))
            inside = np.asarray(domain.contains(np.where(finite[:, None], x, 0.0)))
            outside = finite & ~inside
            times[alive[outside]] = done * dt
            stays = finite & ~outside
            x, alive = x[stays], alive[stays]
    nanoseconds = (time.perf_counter() - began) / max(moved, 1) * 1e9
    left = times[np.isfinite(times)]
    bias = float(left.mean()) / mean.value - 1 if left.size else math.nan
    error = float(left.std()) / math.sqrt(max(left.size, 1)) / mean.value if left.size else math.nan
    return PeerLine(name, bias, error, 1 - left.size / PATHS, nanoseconds, f"{PATHS} paths in lock step")


def _drawer(sde: SDE, dt: float, rng: np.random.Generator) -> Callable[[tuple[int, ...]], FloatArray] | None:
    """Return how increments are drawn, by normal variates and the formula of Chambers, Mallows and Stuck."""
    parts = []
    for amplitude, law in sde.effective_noise.leaves():
        if isinstance(law, Brownian):
            parts.append((amplitude * math.sqrt(dt), 0.0))
        elif isinstance(law, AlphaStable) and law.beta == 0:
            parts.append((amplitude * dt ** (1 / law.alpha), law.alpha))
        else:
            return None

    def draw(shape: tuple[int, ...]) -> FloatArray:
        total = np.zeros(shape)
        for scale, alpha in parts:
            total += scale * (rng.standard_normal(shape) if alpha == 0 else _chambers(alpha, shape, rng))
        return total

    return draw


def _chambers(alpha: float, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    u, w = rng.uniform(-math.pi / 2, math.pi / 2, shape), rng.standard_exponential(shape)
    size = np.sin(alpha * u) / np.cos(u) ** (1 / alpha)
    return np.asarray(size * (np.cos((1 - alpha) * u) / w) ** ((1 - alpha) / alpha))
