"""The exit problem in torchsde, on the CPU, with its own Brownian motion."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde.bench.peers.array_library import gradient_in, pointwise
from levysde.bench.peers.line import PATHS, PeerLine, installed, measured, not_run
from levysde.bench.peers.noise_parts import brownian_amplitude
from levysde.bench.peers.until_exit import until_exit
from levysde.domains import Domain
from levysde.sde import SDE

FloatArray = NDArray[np.float64]


def run_torchsde(sde: SDE, start: FloatArray, domain: Domain, dt: float, mean: float, seed: int) -> PeerLine:
    """Run `torchsde.sdeint` by its Euler method on a `torchsde.BrownianInterval`."""
    if not (installed("torchsde") and installed("torch")):
        return not_run("torchsde", "not installed")
    amplitude = brownian_amplitude(sde)
    if amplitude is None:
        return not_run("torchsde", "Brownian noise only")
    import torch
    import torchsde

    slow = pointwise(sde.landscape)
    gradient = gradient_in(torch, sde.landscape) or (lambda y: torch.from_numpy(slow(y.numpy())))

    class Equation:
        """What torchsde takes for an equation with one Brownian motion per coordinate."""

        noise_type = "diagonal"
        sde_type = "ito"

        def f(self, t: Any, y: Any) -> Any:
            return -gradient(y)

        def g(self, t: Any, y: Any) -> Any:
            return torch.full_like(y, amplitude)

    entropies = np.random.default_rng(seed)

    def advance(x: FloatArray, n_steps: int) -> FloatArray:
        # summed up as the solver does it, or rounding would make it step beyond a time and interpolate back
        ts = np.cumsum(np.concatenate(([0.0], np.full(n_steps, dt))))
        bm = torchsde.BrownianInterval(
            t0=float(ts[0]),
            t1=float(ts[-1]),
            size=x.shape,
            dtype=torch.float64,
            entropy=int(entropies.integers(2**31)),
        )
        path = torchsde.sdeint(Equation(), torch.tensor(x), torch.from_numpy(ts), bm=bm, method="euler", dt=dt)
        return np.asarray(path[1:].numpy())

    with torch.no_grad():
        advance(start[None, :], 1)  # what torch sets up at a first call is not timed
        slow.seconds = 0.0
        began = time.perf_counter()
        times, moved = until_exit(advance, start, domain, dt, mean, PATHS)
        seconds = time.perf_counter() - began
    paths = f"{PATHS} paths in lock step; no events, so each goes on beyond its exit"
    remark = f"Euler on BrownianInterval, dt = {dt:.2g}, {paths}"
    return measured("torchsde", times, mean, seconds, moved, remark + slow.remark(seconds))
