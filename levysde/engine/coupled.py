"""Paths with a fine and with several coarse steps on the same noise: the driver of `kernels.coupled`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from levysde._jit import ready
from levysde._streams import ROWS, root_words
from levysde.engine import jump_adapted_coupled
from levysde.engine.budget import run_to
from levysde.engine.plan import LANES, build
from levysde.engine.pool import Control, Progress, Workers, run, warn_partial
from levysde.kernels.coupled import coupled
from levysde.kernels.seeds import seed_lanes
from levysde.schemes.base import Scheme
from levysde.sde import SDE


@dataclass(frozen=True)
class CoupledTask:
    """What a worker needs to simulate the paths first, ..., first + n - 1 with all steps."""

    sde: SDE
    scheme: Scheme
    reference: Scheme  # of the fine path
    dt: float  # of the fine path
    ratios: tuple[int, ...]  # coarse steps in units of dt
    steps: int  # of the fine path; a multiple of every ratio
    x0: np.ndarray  # (1, dim) or (n, dim)
    entropy: int
    first: int
    n: int


def simulate_coupled(task: CoupledTask, *, workers: Workers, progress: Progress) -> tuple[np.ndarray, str | None]:
    """Return the final states, (1 + levels, n, dim) with the fine path first, and what cut the run short.

    Unfinished paths, if any, are left out: the second axis is then shorter.
    """
    parts = []
    for start in range(0, task.n, LANES):
        stop = min(start + LANES, task.n)
        x0 = task.x0 if len(task.x0) == 1 else task.x0[start:stop]
        parts.append(replace(task, x0=x0, first=task.first + start, n=stop - start))
    if isinstance(workers, int):  # once, before any thread starts: an error is told at once, and so is Ctrl-C
        _compile(task)
    results, cut_short = run(
        parts, fill, _fill_remote, workers=workers, progress=progress, total=task.n, size=lambda part: part.n
    )
    finished = [result for result in results if result is not None]
    empty = np.empty((1 + len(task.ratios), 0, task.sde.dim))
    ends = np.concatenate([empty, *finished], axis=1)
    if cut_short is not None:
        warn_partial(cut_short, ends.shape[1], task.n)
    return ends, cut_short


def _compile(task: CoupledTask) -> None:
    if task.scheme.loop == "events":
        jump_adapted_coupled.compile_coupled(task)
        return
    _arguments(task)
    ready(seed_lanes, coupled)


def _arguments(task: CoupledTask) -> tuple[Any, ...]:
    """Return the head of the kernel's arguments."""
    fine = build(task.sde, task.reference, task.dt)
    plans = [build(task.sde, task.scheme, ratio * task.dt).arguments for ratio in task.ratios]
    step, _, drift, _ = plans[0][:4]
    settings, params = [plan[1] for plan in plans], [plan[3] for plan in plans]
    return (
        *fine.arguments,
        *(step, np.concatenate(settings), _ends(settings)),
        *(drift, np.concatenate(params), _ends(params)),
        np.array(task.ratios, np.int64),
    )


def _ends(arrays: list[np.ndarray]) -> np.ndarray:
    return np.cumsum([0, *(array.size for array in arrays)]).astype(np.int64)


def _fill_remote(task: CoupledTask) -> np.ndarray | None:
    return fill(task, Control())


def fill(task: CoupledTask, control: Control, *, budget: int | None = None) -> np.ndarray | None:
    """Simulate all paths of a task as one block and return their final states; None when stopped before the end."""
    if task.scheme.loop == "events":  # its paths share their jumps
        ends: np.ndarray | None = jump_adapted_coupled.fill_coupled(task, control, budget=budget)
        return ends
    with np.errstate(all="ignore"):  # seen only with NUMBA_DISABLE_JIT
        arguments = _arguments(task)
        dim, lanes, levels = task.sde.dim, task.n, len(task.ratios)
        streams = np.zeros((ROWS, lanes), np.uint64)
        seed_lanes(root_words(task.entropy), task.first, streams)
        x = np.array(np.broadcast_to(task.x0.T, (dim, lanes)), float, order="C")
        coarse, sums = np.array(np.broadcast_to(x, (levels, dim, lanes)), order="C"), np.zeros((levels, dim, lanes))
        x_new, increment, scratch = np.zeros((dim, lanes)), np.zeros((dim, lanes)), np.zeros((8 * dim, lanes))

        def advance(done: int, steps: int) -> int:
            return int(
                coupled(*arguments, *(streams, x, coarse, sums, x_new, increment, scratch), *(done, task.steps, steps))
            )

        if not run_to(task.steps, advance, control, paths=task.n, budget=budget):
            return None
    return np.concatenate([x[None], coarse]).transpose(0, 2, 1)
