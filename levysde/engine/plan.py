"""A plan: the compiled parts of one SDE, scheme and step, in the order the kernels take them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from levysde.kernels import blocks
from levysde.kernels.noise import SLOTS
from levysde.noise.base import Increment
from levysde.schemes.base import Scheme
from levysde.sde import SDE

LANES = 256  # enough to hide the price of a call (about 25 ns), few enough for the first-level cache


@dataclass(frozen=True)
class Plan:
    """What moves a path; `arguments` is the head of every kernel's argument list."""

    dim: int
    arguments: tuple[Any, ...]


_DRIFTS: dict[str, Callable[[SDE, float], blocks.Part]] = {
    "gradient": lambda sde, dt: blocks.gradient(sde.landscape),
    "flow": lambda sde, dt: blocks.flow(sde.landscape, dt),
    "half flow": lambda sde, dt: blocks.flow(sde.landscape, dt / 2),
    "resolvent": lambda sde, dt: blocks.resolvent(sde.landscape, dt),
}


def drift_block(sde: SDE, scheme: Scheme, dt: float) -> tuple[Any, np.ndarray]:
    """Return the compiled block that the scheme's step calls, and its parameters."""
    part = _DRIFTS[scheme.drift](sde, dt)
    if sde.coefficient is not None:
        part = blocks.with_coefficient(part, sde.coefficient, sde.dim, after=scheme.drift == "flow")
    return part.compiled()


def build(sde: SDE, scheme: Scheme, dt: float) -> Plan:
    """Compile, or load from the cache, what moves a path of `sde`."""
    head = (scheme.step_for(sde).compiled, scheme.settings(sde, dt), *drift_block(sde, scheme, dt))
    return Plan(sde.dim, head + _noise_arguments(scheme.increments(sde, dt)))


def _noise_arguments(parts: tuple[Increment, ...]) -> tuple[Any, ...]:
    samplers: list[Any] = []
    for part in parts:
        if part.sampler not in samplers:
            samplers.append(part.sampler)
    if len(samplers) > SLOTS:
        raise ValueError(f"the noise needs {len(samplers)} different samplers; at most {SLOTS} can be summed")
    if not samplers:  # epsilon = 0: the slots are never called
        from levysde.stable.ziggurat import ziggurat

        samplers = [ziggurat]
    compiled = [samplers[min(i, len(samplers) - 1)].compiled for i in range(SLOTS)]
    sizes = [part.table.size for part in parts]
    return (
        *compiled,
        np.array([samplers.index(part.sampler) for part in parts], np.int64),
        np.concatenate([part.table for part in parts] or [np.zeros(1)]),
        np.cumsum([0, *sizes]).astype(np.int64),
        np.array([part.scale for part in parts], float),
    )
