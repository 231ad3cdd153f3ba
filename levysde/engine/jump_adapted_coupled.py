"""The driver of `kernels.jump_adapted_coupled`: what `engine.coupled.fill` is to schemes with a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from levysde._jit import ready
from levysde.engine.budget import run_to
from levysde.engine.jump_adapted import State, build, root_pair
from levysde.kernels.exits import FIRST, PATHS
from levysde.kernels.jump_adapted import start_events
from levysde.kernels.jump_adapted_coupled import jump_adapted_coupled
from levysde.schemes.jump_adapted import JumpAdapted

if TYPE_CHECKING:
    from levysde.engine.coupled import CoupledTask
    from levysde.engine.pool import Control


def compile_coupled(task: CoupledTask) -> None:
    """Compile what `fill_coupled` needs, so that an error is told before any thread starts."""
    build(task.sde, _scheme(task), task.dt)
    ready(start_events, jump_adapted_coupled)


def fill_coupled(task: CoupledTask, control: Control, *, budget: int | None = None) -> np.ndarray | None:
    """Simulate all paths of a task as one block.

    Returns their final states, (1 + levels, n, dim) with the fine path first; None when stopped before the end.
    """
    with np.errstate(all="ignore"):  # seen only with NUMBA_DISABLE_JIT
        plan = build(task.sde, _scheme(task), task.dt)
        dim, lanes, levels = task.sde.dim, task.n, len(task.ratios)
        state = State(dim, lanes)
        cursor = np.zeros(6, np.int64)
        cursor[PATHS], cursor[FIRST] = task.n, task.first
        start_events(
            *(np.array(task.x0, float, order="C"), *root_pair(task.entropy), cursor),
            *(plan.jumps, state.streams, state.jump_streams, state.x, state.counters),
        )
        coarse = np.array(np.broadcast_to(state.x, (levels, dim, lanes)), order="C")
        sums, since = np.zeros((levels, dim, lanes)), np.zeros((levels, lanes), np.int64)

        def advance(_: int, events: int) -> int:
            return int(
                jump_adapted_coupled(
                    *(*plan.arguments, np.array(task.ratios, np.int64)),
                    *(state.streams, state.jump_streams, state.x, state.after, state.increment),
                    *(state.point, state.moved, state.counters),
                    *(coarse, sums, since, task.dt, task.steps, events),
                )
            )

        if not run_to(task.steps, advance, control, paths=task.n, budget=budget):
            return None
    return np.concatenate([state.x[None], coarse]).transpose(0, 2, 1)


def _scheme(task: CoupledTask) -> JumpAdapted:
    if not isinstance(task.scheme, JumpAdapted) or task.reference != task.scheme:
        raise ValueError(
            f"{task.scheme!r} and {task.reference!r} cannot be coupled: their jumps differ; take JumpAdapted with the "
            "same threshold for both"
        )
    return task.scheme
