"""The exit problem in diffrax: its own Brownian path and event; a stable path has to be put together by hand."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde.bench.peers.array_library import Detour, gradient_in, inside_in, pointwise
from levysde.bench.peers.line import MEANS, PATHS, PeerLine, installed, measured, not_run
from levysde.bench.peers.noise_parts import noise_parts
from levysde.domains import Domain
from levysde.sde import SDE

FloatArray = NDArray[np.float64]


def run_diffrax(sde: SDE, start: FloatArray, domain: Domain, dt: float, mean: float, seed: int) -> PeerLine:
    """Run `diffrax.diffeqsolve` with Euler's method, all paths by `jax.vmap`, compiled before it is timed."""
    if not (installed("diffrax") and installed("jax")):
        return not_run("diffrax", "not installed")
    parts = noise_parts(sde)
    if parts is None:
        return not_run("diffrax", "symmetric stable noise put together by hand and Brownian noise only")
    import jax

    slow = pointwise(sde.landscape), Detour("domain through a callback to Python", domain.contains)
    last = math.ceil(MEANS * mean / dt)
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)  # not `with jax.enable_x64`: callbacks run in a thread that has it not
    try:
        gradient = gradient_in(jax.numpy, sde.landscape) or _called_back(slow[0], (sde.dim,), float)
        inside = inside_in(jax.numpy, domain) or _called_back(slow[1], (), bool)
        keys = jax.random.split(jax.random.key(seed), PATHS)
        solve = jax.jit(jax.vmap(_one_path(gradient, inside, parts, start, dt, last))).lower(keys).compile()
        began = time.perf_counter()
        ends, ys = (np.asarray(part) for part in solve(keys))
        seconds = time.perf_counter() - began
    finally:
        jax.config.update("jax_enable_x64", before)
    finite = np.isfinite(ys).all(axis=-1)
    leaves = finite & ~domain.contains(np.where(finite[:, None], ys, 0.0))
    steps = int(np.rint(ends / dt).sum())
    noise = "UnsafeBrownianPath" if not parts[1] else "own stable path"
    remark = f"Euler on {noise}, dt = {dt:.2g}, {PATHS} paths by vmap, which waits for the last"
    remark += "".join(part.remark(seconds) for part in slow)
    return measured("diffrax", np.where(leaves, ends, np.nan), mean, seconds, steps, remark)


def _one_path(
    gradient: Any, inside: Any, parts: tuple[float, list[tuple[float, float]]], start: FloatArray, dt: float, last: int
) -> Any:
    """Return key -> (time, place) at which a path has left, became non-finite or met the horizon."""
    import diffrax
    import jax
    import jax.numpy as jnp
    import lineax

    dim = start.size

    class StablePath(diffrax.AbstractPath):  # type: ignore[misc]
        """Independent stable increments, keyed by the number of the step that starts at t0."""

        key: Any
        alpha: float
        t0: float = 0.0
        t1: float = math.inf

        def evaluate(self, t0: Any, t1: Any = None, left: bool = True) -> Any:
            alpha = self.alpha
            one, two = jax.random.split(jax.random.fold_in(self.key, jnp.asarray(t0 / dt + 0.5, jnp.uint32)))
            u = jax.random.uniform(one, (dim,), minval=-np.pi / 2, maxval=np.pi / 2)
            w = jax.random.exponential(two, (dim,))
            size = jnp.sin(alpha * u) / jnp.cos(u) ** (1 / alpha)
            return (t1 - t0) ** (1 / alpha) * size * (jnp.cos((1 - alpha) * u) / w) ** ((1 - alpha) / alpha)

    def term(amplitude: float, path: Any) -> Any:
        scale = lineax.DiagonalLinearOperator(jnp.full(dim, amplitude))
        return diffrax.ControlTerm(lambda t, y, args: scale, path)

    def solve(key: Any) -> tuple[Any, Any]:
        brownian, stable = parts
        first, *rest = jax.random.split(key, 1 + len(stable))
        noises = [term(brownian, diffrax.UnsafeBrownianPath((dim,), first))] if brownian else []
        noises += [term(amplitude, StablePath(k, alpha)) for (amplitude, alpha), k in zip(stable, rest, strict=True)]
        solution = diffrax.diffeqsolve(
            diffrax.MultiTerm(diffrax.ODETerm(lambda t, y, args: -gradient(y)), *noises),
            diffrax.Euler(),
            0.0,
            last * dt,
            dt,
            jnp.asarray(start),
            saveat=diffrax.SaveAt(t1=True),
            event=diffrax.Event(lambda t, y, args, **_: ~inside(y)),  # not-a-number is not inside: it stops too
            max_steps=last + 10,
            adjoint=diffrax.ForwardMode(),  # the one that takes an unsafe path; nothing is differentiated
            throw=False,
        )
        return solution.ts[-1], solution.ys[-1]

    return solve


def _called_back(function: Any, shape: tuple[int, ...], kind: type) -> Any:
    """Return a function of NumPy arrays (..., dim) as one that jax can trace."""
    import jax

    def called(x: Any) -> Any:
        result = jax.ShapeDtypeStruct(shape, kind)
        return jax.pure_callback(lambda points: np.asarray(function(points)), result, x, vmap_method="expand_dims")

    return called
