"""The exit problem in sdeint: one path at a time, in Python, for a fixed time."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde.bench.peers.array_library import gradient_in, pointwise
from levysde.bench.peers.line import PeerLine, installed, measured, not_run
from levysde.bench.peers.noise_parts import brownian_amplitude
from levysde.bench.peers.until_exit import until_exit
from levysde.domains import Domain
from levysde.sde import SDE

FloatArray = NDArray[np.float64]

FEW = 200  # its step costs thousands of ours


def run_sdeint(sde: SDE, start: FloatArray, domain: Domain, dt: float, mean: float, seed: int) -> PeerLine:
    """Run `sdeint.itoEuler`."""
    if not installed("sdeint"):
        return not_run("sdeint", "not installed")
    amplitude = brownian_amplitude(sde)
    if amplitude is None:
        return not_run("sdeint", "Brownian noise only")
    import sdeint

    slow = pointwise(sde.landscape)
    gradient = gradient_in(np, sde.landscape) or slow
    matrix = amplitude * np.eye(sde.dim)
    rng = np.random.default_rng(seed)

    def drift(y: Any, t: float) -> Any:
        return -gradient(y)

    def diffusion(y: Any, t: float) -> Any:
        return matrix

    def advance(x: FloatArray, n_steps: int) -> FloatArray:
        ts = dt * np.arange(n_steps + 1)
        return np.stack([sdeint.itoEuler(drift, diffusion, y, ts, generator=rng)[1:] for y in x], axis=1)

    began = time.perf_counter()
    with np.errstate(all="ignore"):
        times, moved = until_exit(advance, start, domain, dt, mean, FEW)
    seconds = time.perf_counter() - began
    remark = f"itoEuler, dt = {dt:.2g}, {FEW} paths one at a time; no events, so each goes on beyond its exit"
    return measured("sdeint", times, mean, seconds, moved, remark + slow.remark(seconds))
