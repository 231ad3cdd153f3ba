"""Excursions in bulk: the driver of `kernels.excursions`."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from levysde._jit import ready
from levysde._streams import ROWS, root_words
from levysde._types import NDArray
from levysde.engine.budget import next_budget
from levysde.engine.in_place import divide, run_in_place
from levysde.engine.plan import build
from levysde.engine.pool import Control, Workers
from levysde.kernels.excursions import NOTES, RESULTS, excursions, start_excursions
from levysde.kernels.excursions_law import law_table
from levysde.kernels.exits import ACTIVE, DONE, FIRST, PATHS
from levysde.noise import AlphaStable, Brownian
from levysde.rare.one_big_jump_noise import Drive
from levysde.schemes import Splitting
from levysde.sde import SDE

SMALLEST_BLOCK = 256
LANES = 64  # paths are few and of different lengths: more lanes would stand idle at the end
FIRST_BUDGET = 1024


@dataclass(frozen=True)
class ExcursionTask:
    """What a worker needs to follow the paths first, ..., first + n - 1; for the arrays see `kernels.excursions`."""

    sde: SDE
    drive: Drive
    dt: float
    places: NDArray[np.float64]
    proposals: NDArray[np.float64]
    limits: NDArray[np.int64]
    entropy: int
    first: int = 0
    n: int = 0


def follow(task: ExcursionTask, *, workers: Workers) -> NDArray[np.float64]:
    """Return what the kernel records of every path, (n, RESULTS).

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C: an estimate from the excursions that happened to be finished would favour the short ones.
    """
    record = np.zeros((task.n, RESULTS))
    if workers == 1:  # a matter of milliseconds, of which a thread of its own would take a good part
        fill(task, record, Control())
        return record
    ends = divide(task.n, workers, smallest=SMALLEST_BLOCK)
    parts, targets = [replace(task, first=task.first + a, n=b - a) for a, b in ends], [record[a:b] for a, b in ends]
    if isinstance(workers, int):  # once, before any thread starts
        _moving(task)
        ready(start_excursions, excursions)
    cut_short = run_in_place(parts, targets, fill, _fill_remote, np.copyto, workers=workers, progress=False)
    if cut_short is not None:
        raise KeyboardInterrupt(cut_short)
    return record


def _moving(task: ExcursionTask) -> tuple[Any, ...]:
    drift, params = build(task.sde, Splitting(), task.dt).arguments[2:4]
    jumps = AlphaStable(task.drive.alpha, task.drive.beta).increment(task.dt, 1, task.drive.sigma)
    moves = Brownian().increment(task.dt, 1, math.sqrt(task.drive.variance))  # by the same sampler
    law = law_table(task.drive.alpha, task.drive.beta)
    return drift, params, jumps.sampler.compiled, jumps.table.copy(), jumps.scale, moves.table.copy(), moves.scale, law


def _fill_remote(task: ExcursionTask) -> NDArray[np.float64]:
    record = np.zeros((task.n, RESULTS))
    fill(task, record, Control())
    return record


def fill(
    task: ExcursionTask,
    record: NDArray[np.float64],
    control: Control,
    *,
    lanes: int = LANES,
    budget: int | None = None,
) -> None:
    """Follow all paths of a task; `lanes` and a fixed `budget` of steps per call change the speed and nothing else."""
    with np.errstate(all="ignore"):  # seen only with NUMBA_DISABLE_JIT
        moving = _moving(task)
        setting = task.places.copy(), task.proposals.copy(), task.limits.copy()
        root = root_words(task.entropy)
        state = _State(min(lanes, task.n))
        cursor = np.zeros(6, np.int64)
        cursor[PATHS], cursor[FIRST] = task.n, task.first
        start_excursions(root, cursor, state.streams, *setting, state.x, state.notes, state.ids)
        steps = FIRST_BUDGET if budget is None else budget
        while cursor[ACTIVE] > 0 and not control.stop.is_set():
            began = time.perf_counter()
            excursions(
                *(*moving, *setting, root, cursor, state.streams, state.x, state.y, state.increment),
                *(state.scaled, state.notes, state.ids, record, steps),
            )
            control.advance(int(cursor[DONE]))
            if 0 < 2 * cursor[ACTIVE] <= state.lanes:
                state = state.repacked(int(cursor[ACTIVE]))
            elif budget is None:
                steps = next_budget(steps, time.perf_counter() - began)


class _State:
    """Working arrays of one block."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        self.streams = np.zeros((ROWS, lanes), np.uint64)
        self.x, self.y, self.increment = (np.zeros((1, lanes)) for _ in range(3))
        self.scaled, self.notes = np.zeros((3, lanes)), np.zeros((NOTES, lanes))
        self.ids = np.zeros(lanes, np.int64)

    def repacked(self, active: int) -> _State:
        """Return the state without its idle lanes."""
        smaller = _State(active)
        smaller.streams[:], smaller.x[:] = self.streams[:, :active], self.x[:, :active]
        smaller.notes[:], smaller.ids[:] = self.notes[:, :active], self.ids[:active]
        return smaller
