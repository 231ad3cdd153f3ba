"""Saved paths: the driver of `kernels.record`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from levysde._jit import ready
from levysde._streams import ROWS, root_words
from levysde.engine import jump_adapted
from levysde.engine.budget import run_to
from levysde.engine.plan import LANES, build
from levysde.engine.pool import Control, Progress, Workers, run, warn_partial
from levysde.kernels.record import record as record_kernel
from levysde.kernels.seeds import seed_lanes
from levysde.schemes.base import Scheme
from levysde.sde import SDE


@dataclass(frozen=True)
class RecordTask:
    """What a worker needs to simulate and save the paths first, ..., first + n - 1."""

    sde: SDE
    scheme: Scheme
    dt: float
    steps: int
    save_every: int
    x0: np.ndarray  # (1, dim) or (n, dim)
    entropy: int
    first: int
    n: int


def simulate_paths(task: RecordTask, *, workers: Workers, progress: Progress) -> tuple[np.ndarray, str | None]:
    """Return the saved states, (n, times, dim), and what cut the run short; unfinished paths are NaN."""
    saved = np.empty((task.n, task.steps // task.save_every + 1, task.sde.dim))
    parts = []
    for start in range(0, task.n, LANES):
        stop = min(start + LANES, task.n)
        x0 = task.x0 if len(task.x0) == 1 else task.x0[start:stop]
        parts.append(replace(task, x0=x0, first=task.first + start, n=stop - start))
    targets = {part.first: saved[part.first - task.first :][: part.n] for part in parts}
    if isinstance(workers, int):  # once, before any thread starts: an error is told at once, and so is Ctrl-C
        _compile(task)
    results, cut_short = run(
        parts,
        lambda part, control: fill(part, targets[part.first], control),
        _fill_remote,
        workers=workers,
        progress=progress,
        total=task.n,
        size=lambda part: part.n,
    )
    finished = 0
    for part, result in zip(parts, results, strict=True):
        if result is None:
            targets[part.first][:] = np.nan
        else:
            finished += part.n
            if result is not True:
                targets[part.first][:] = result
    if cut_short is not None:
        warn_partial(cut_short, finished, task.n)
    return saved, cut_short


def _compile(task: RecordTask) -> None:
    if task.scheme.loop == "events":
        jump_adapted.compile_record(task)
        return
    build(task.sde, task.scheme, task.dt)
    ready(seed_lanes, record_kernel)


def _fill_remote(task: RecordTask) -> np.ndarray:
    saved = np.empty((task.n, task.steps // task.save_every + 1, task.sde.dim))
    fill(task, saved, Control())
    return saved


def fill(task: RecordTask, saved: np.ndarray, control: Control, *, budget: int | None = None) -> bool | None:
    """Simulate all paths of a task, at most `LANES` of them, into `saved`; None when stopped before the end."""
    if task.scheme.loop == "events":
        return jump_adapted.fill_record(task, saved, control, budget=budget)
    with np.errstate(all="ignore"):  # seen only with NUMBA_DISABLE_JIT
        plan = build(task.sde, task.scheme, task.dt)
        dim, lanes = plan.dim, task.n
        streams = np.zeros((ROWS, lanes), np.uint64)
        seed_lanes(root_words(task.entropy), task.first, streams)
        x = np.array(np.broadcast_to(task.x0.T, (dim, lanes)), float, order="C")
        x_new, increment, scratch = np.zeros((dim, lanes)), np.zeros((dim, lanes)), np.zeros((8 * dim, lanes))
        saved[:, 0, :] = x.T

        def advance(done: int, steps: int) -> int:
            return int(
                record_kernel(
                    *plan.arguments,
                    *(streams, x, x_new, increment, scratch),
                    *(saved, done, task.steps, task.save_every, steps),
                )
            )

        return run_to(task.steps, advance, control, paths=task.n, budget=budget) or None
