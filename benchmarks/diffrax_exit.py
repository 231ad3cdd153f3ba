"""The exit problem in diffrax: the only peer in which it can be put together (own stable path, own event)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def make(alpha: float, epsilon: float, dt: float, n_paths: int = 100, t_max: float = 100.0) -> Callable[[], float]:
    """Return a run that tells how many steps its paths made before they left."""
    import diffrax
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    class StablePath(diffrax.AbstractPath):  # type: ignore[misc]
        """Independent stable increments, keyed by the time at which a step starts."""

        key: Any
        t0: float = 0.0
        t1: float = t_max

        def evaluate(self, t0: Any, t1: Any = None, left: bool = True, use_jump: bool = False) -> Any:
            key = jax.random.fold_in(self.key, jnp.asarray(t0 / dt + 0.5, jnp.uint32))
            one, two = jax.random.split(key)
            u = jax.random.uniform(one, minval=-np.pi / 2, maxval=np.pi / 2, dtype=jnp.float64)
            w = jax.random.exponential(two, dtype=jnp.float64)
            size = jnp.sin(alpha * u) / jnp.cos(u) ** (1 / alpha)
            return (t1 - t0) ** (1 / alpha) * size * (jnp.cos((1 - alpha) * u) / w) ** ((1 - alpha) / alpha)

    def one_path(key: Any) -> Any:
        terms = diffrax.MultiTerm(
            diffrax.ODETerm(lambda t, y, args: y - y**3),
            diffrax.ControlTerm(lambda t, y, args: jnp.asarray(epsilon), StablePath(key)),
        )
        solution = diffrax.diffeqsolve(
            terms,
            diffrax.Euler(),
            0.0,
            t_max,
            dt,
            jnp.asarray(-1.0),
            saveat=diffrax.SaveAt(t1=True),
            event=diffrax.Event(lambda t, y, args, **_: ~(y < 0)),
            max_steps=int(t_max / dt) + 10,
        )
        return solution.ts[-1]

    solve = jax.jit(jax.vmap(one_path))
    keys = jax.random.split(jax.random.key(1), n_paths)
    return lambda: float(jnp.sum(solve(keys)) / dt)
