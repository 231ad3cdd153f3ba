"""Exits of a block of paths: the driver of `kernels.exits`."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from levysde._jit import ready
from levysde._streams import ROWS, root_words
from levysde.domains import Domain
from levysde.engine import jump_adapted
from levysde.engine.budget import FIRST_BUDGET, next_budget
from levysde.engine.in_place import divide, run_in_place
from levysde.engine.plan import LANES, build
from levysde.engine.pool import Control, Progress, Workers, warn_partial
from levysde.kernels import blocks
from levysde.kernels.exits import ACTIVE, CENSORED, CLOCK, DONE, FIRST, PATHS, PENDING, exits
from levysde.kernels.seeds import start_lanes
from levysde.schemes.base import Scheme
from levysde.sde import SDE

SMALLEST_BLOCK = 256

Watch = Literal["steps", "bridge"]  # where exits are looked for: at the steps only, or between them too


@dataclass(frozen=True)
class ExitTask:
    """What a worker needs to simulate the paths first, ..., first + n - 1."""

    sde: SDE
    scheme: Scheme
    dt: float
    max_steps: int
    domain: Domain
    x0: np.ndarray  # (1, dim) or (n, dim)
    entropy: int
    first: int
    n: int
    watch: Watch = "steps"


@dataclass(frozen=True)
class ExitRecord:
    """What the kernel writes; status is PENDING where a path has not been simulated."""

    times: np.ndarray
    exit_points: np.ndarray
    pre_exit_points: np.ndarray
    status: np.ndarray

    @classmethod
    def empty(cls, n: int, dim: int) -> ExitRecord:
        """Return a record of n pending paths."""
        return cls(np.empty(n), np.empty((n, dim)), np.empty((n, dim)), np.full(n, PENDING, np.uint8))

    def part(self, start: int, stop: int) -> ExitRecord:
        """Return a view of some of the paths."""
        where = slice(start, stop)
        return ExitRecord(self.times[where], self.exit_points[where], self.pre_exit_points[where], self.status[where])

    def copy_from(self, other: ExitRecord) -> None:
        """Fill this record."""
        self.times[:], self.exit_points[:] = other.times, other.exit_points
        self.pre_exit_points[:], self.status[:] = other.pre_exit_points, other.status


def simulate_exits(task: ExitTask, *, workers: Workers, progress: Progress) -> tuple[ExitRecord, str | None]:
    """Run one task divided into blocks; returns the record and what cut it short (None for a whole run)."""
    record = ExitRecord.empty(task.n, task.sde.dim)
    blocks_of = divide(task.n, workers, smallest=SMALLEST_BLOCK)
    parts, targets = [_part(task, a, b) for a, b in blocks_of], [record.part(a, b) for a, b in blocks_of]
    if isinstance(workers, int):  # once, before any thread starts: an error is told at once, and so is Ctrl-C
        _compile(task)
    cut_short = run_in_place(
        parts, targets, fill, _fill_remote, ExitRecord.copy_from, workers=workers, progress=progress
    )
    if cut_short is not None:
        warn_partial(cut_short, int(np.count_nonzero(record.status != PENDING)), task.n)
    return record, cut_short


def _compile(task: ExitTask) -> None:
    if task.scheme.loop == "events":
        jump_adapted.compile_exits(task)
        return
    build(task.sde, task.scheme, task.dt)
    blocks.inside(task.domain)
    jump_adapted.crossing(task.watch, task.domain)
    ready(start_lanes, exits)


def _part(task: ExitTask, start: int, stop: int) -> ExitTask:
    x0 = task.x0 if len(task.x0) == 1 else task.x0[start:stop]
    return replace(task, x0=x0, first=task.first + start, n=stop - start)


def _fill_remote(task: ExitTask) -> ExitRecord:
    record = ExitRecord.empty(task.n, task.sde.dim)
    fill(task, record, Control())
    return record


def fill(
    task: ExitTask, record: ExitRecord, control: Control, *, lanes: int = LANES, budget: int | None = None
) -> None:
    """Simulate all paths of a task into `record`.

    `lanes` and a fixed `budget` of steps per call change the speed and nothing else. When `control.stop` is set, the
    paths under way are recorded as censored at their age: dropping them would leave the short exits over.
    """
    if task.scheme.loop == "events":
        jump_adapted.fill_exits(task, record, control, lanes=lanes, budget=budget)
        return
    with np.errstate(all="ignore"):  # seen only with NUMBA_DISABLE_JIT
        plan = build(task.sde, task.scheme, task.dt)
        inside, domain_params = blocks.inside(task.domain)
        crossing = jump_adapted.crossing(task.watch, task.domain)
        variance = 0.0 if task.watch == "steps" else task.scheme.gaussian_rate(task.sde) * task.dt
        continuous = 0 if task.sde.noise.has_jumps else 1
        state = _State(plan.dim, min(lanes, task.n))
        root = root_words(task.entropy)
        x0 = np.array(task.x0, float, order="C")
        cursor = np.zeros(6, np.int64)
        cursor[PATHS], cursor[FIRST] = task.n, task.first
        start_lanes(x0, root, cursor, state.streams, state.x, state.ids, state.born, state.ok)
        steps = FIRST_BUDGET if budget is None else budget
        while cursor[ACTIVE] > 0 and not control.stop.is_set():
            began = time.perf_counter()
            exits(
                *plan.arguments,
                *(inside, domain_params, crossing, np.full(state.lanes, variance), continuous, state.share),
                *(x0, root, cursor),
                *(state.streams, state.x, state.x_new, state.increment, state.scratch),
                *(state.ids, state.born, state.ok),
                *(record.times, record.exit_points, record.pre_exit_points, record.status),
                *(task.dt, task.max_steps, steps),
            )
            control.advance(int(cursor[DONE]))
            if 0 < 8 * cursor[ACTIVE] <= 7 * state.lanes:
                state = state.repacked(int(cursor[ACTIVE]))
            elif budget is None:  # the call was not cut short: its time tells how long a step takes
                steps = next_budget(steps, time.perf_counter() - began)
        for lane in range(int(cursor[ACTIVE])):
            path, age = state.ids[lane], cursor[CLOCK] - state.born[lane]
            if age > 0:
                record.status[path] = CENSORED
                record.times[path] = age * task.dt
                record.exit_points[path] = np.nan
                record.pre_exit_points[path] = state.x[:, lane]


class _State:
    """Working arrays of one block."""

    def __init__(self, dim: int, lanes: int) -> None:
        self.dim, self.lanes = dim, lanes
        self.streams = np.zeros((ROWS, lanes), np.uint64)
        self.x, self.x_new = np.zeros((dim, lanes)), np.zeros((dim, lanes))
        self.increment, self.scratch = np.zeros((dim, lanes)), np.zeros((8 * dim, lanes))
        self.ids, self.born = np.zeros(lanes, np.int64), np.zeros(lanes, np.int64)
        self.ok, self.share = np.zeros(lanes, np.uint8), np.ones(lanes)

    def repacked(self, active: int) -> _State:
        """Return the state without its idle lanes."""
        smaller = _State(self.dim, active)
        smaller.streams[:] = self.streams[:, :active]
        smaller.x[:] = self.x[:, :active]
        smaller.ids[:], smaller.born[:], smaller.ok[:] = self.ids[:active], self.born[:active], self.ok[:active]
        return smaller
