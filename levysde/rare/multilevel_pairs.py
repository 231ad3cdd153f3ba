"""Coupled pairs of paths: the driver of `kernels.multilevel`."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from levysde._jit import ready
from levysde._streams import ROWS, root_words
from levysde._types import NDArray
from levysde.domains import Domain
from levysde.engine.budget import FIRST_BUDGET, next_budget
from levysde.engine.in_place import divide, run_in_place
from levysde.engine.plan import LANES, build
from levysde.engine.pool import Control, Workers
from levysde.kernels import blocks
from levysde.kernels.exits import ACTIVE, DONE, FIRST, PATHS
from levysde.kernels.multilevel import WAITING, pairs, start_pairs
from levysde.schemes.base import Scheme
from levysde.sde import SDE

SMALLEST_BLOCK = 256


@dataclass(frozen=True)
class PairTask:
    """What a worker needs to simulate the pairs first, ..., first + n - 1 from one start."""

    sde: SDE
    scheme: Scheme
    dt: float  # of the fine path
    ratio: int  # coarse step over fine step
    fine_domain: Domain
    coarse_domain: Domain
    x0: NDArray[np.float64]  # (1, dim)
    max_steps: int  # coarse steps
    entropy: int
    first: int
    n: int


@dataclass(frozen=True)
class PairRecord:
    """What the kernel writes; kind is WAITING where a pair has not been simulated."""

    kind: NDArray[np.uint8]
    steps: NDArray[np.int64]
    sub_steps: NDArray[np.int64]
    fine_points: NDArray[np.float64]
    coarse_points: NDArray[np.float64]

    @classmethod
    def empty(cls, n: int, dim: int) -> PairRecord:
        """Return a record of n pairs that have not been simulated."""
        counts = np.zeros(n, np.int64), np.zeros(n, np.int64)
        return cls(np.full(n, WAITING, np.uint8), *counts, np.empty((n, dim)), np.empty((n, dim)))

    def part(self, start: int, stop: int) -> PairRecord:
        """Return a view of some of the pairs."""
        return PairRecord(*(getattr(self, field.name)[start:stop] for field in fields(self)))

    def copy_from(self, other: PairRecord) -> None:
        """Fill this record."""
        for field in fields(self):
            getattr(self, field.name)[:] = getattr(other, field.name)


def simulate_pairs(task: PairTask, *, workers: Workers) -> PairRecord:
    """Run one task divided into blocks.

    Raises
    ------
    KeyboardInterrupt, RuntimeError
        On Ctrl-C, and when a worker failed: the pairs that happen to be finished are the short ones.
    """
    record = PairRecord.empty(task.n, task.sde.dim)
    ends = divide(task.n, workers, smallest=SMALLEST_BLOCK)
    parts = [replace(task, first=task.first + a, n=b - a) for a, b in ends]
    targets = [record.part(a, b) for a, b in ends]
    if isinstance(workers, int):  # once, before any thread starts
        build(task.sde, task.scheme, task.dt)
        ready(start_pairs, pairs)
    cut_short = run_in_place(parts, targets, fill, _fill_remote, PairRecord.copy_from, workers=workers, progress=False)
    refuse_partial(cut_short)
    return record


def refuse_partial(cut_short: str | None) -> None:
    """Raise what cut a run short, if anything did."""
    if cut_short is not None:
        raise KeyboardInterrupt(cut_short) if cut_short.startswith("interrupted") else RuntimeError(cut_short)


def _fill_remote(task: PairTask) -> PairRecord:
    record = PairRecord.empty(task.n, task.sde.dim)
    fill(task, record, Control())
    return record


def fill(
    task: PairTask, record: PairRecord, control: Control, *, lanes: int = LANES, budget: int | None = None
) -> None:
    """Simulate all pairs of a task into `record`; `lanes` and a fixed `budget` change the speed and nothing else."""
    with np.errstate(all="ignore"):  # seen only with NUMBA_DISABLE_JIT
        fine_plan = build(task.sde, task.scheme, task.dt)
        coarse_plan = build(task.sde, task.scheme, task.dt * task.ratio)
        domains = (*blocks.inside(task.fine_domain), *blocks.inside(task.coarse_domain))
        state = _State(fine_plan.dim, min(lanes, task.n))
        root, x0 = root_words(task.entropy), np.array(task.x0, float, order="C")
        cursor = np.zeros(6, np.int64)
        cursor[PATHS], cursor[FIRST] = task.n, task.first
        start_pairs(x0, root, cursor, state.streams, state.fine, state.coarse, *state.labels)
        calls = FIRST_BUDGET if budget is None else budget
        while cursor[ACTIVE] > 0 and not control.stop.is_set():
            began = time.perf_counter()
            pairs(
                *(*fine_plan.arguments[:4], *coarse_plan.arguments[:4], *fine_plan.arguments[4:]),
                *(*domains, x0, root, cursor, state.streams, state.fine, state.coarse),
                *(state.moved, state.increment, state.total, state.scratch, *state.labels),
                *(record.kind, record.steps, record.sub_steps, record.fine_points, record.coarse_points),
                *(task.ratio, task.max_steps, calls),
            )
            control.advance(int(cursor[DONE]))
            if 0 < 2 * cursor[ACTIVE] <= state.lanes:
                state = state.repacked(int(cursor[ACTIVE]))
            elif budget is None:
                calls = next_budget(calls, time.perf_counter() - began)


class _State:
    """Working arrays of one block."""

    def __init__(self, dim: int, lanes: int) -> None:
        self.dim, self.lanes = dim, lanes
        self.streams = np.zeros((ROWS, lanes), np.uint64)
        self.fine, self.coarse, self.moved = (np.zeros((dim, lanes)) for _ in range(3))
        self.increment, self.total, self.scratch = (np.zeros((rows, lanes)) for rows in (dim, dim, 8 * dim))
        ids, born, left = (np.zeros(lanes, np.int64) for _ in range(3))
        self.labels: tuple[NDArray[Any], ...] = (ids, born, left, np.zeros(lanes, np.uint8))

    def repacked(self, active: int) -> _State:
        """Return the state without its idle lanes."""
        smaller = _State(self.dim, active)
        smaller.streams[:] = self.streams[:, :active]
        smaller.fine[:], smaller.coarse[:] = self.fine[:, :active], self.coarse[:, :active]
        for new, old in zip(smaller.labels, self.labels, strict=True):
            new[:] = old[:active]
        return smaller
