"""Independent repetitions of cycles and splitting: the unit of work, and what each of them measured."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from levysde._jit import ready
from levysde._streams import ROWS, root_words
from levysde._types import NDArray
from levysde.domains import Domain
from levysde.engine.budget import FIRST_BUDGET, next_budget
from levysde.engine.plan import build
from levysde.engine.pool import Control, Workers, run
from levysde.kernels import blocks
from levysde.kernels import cloning as split
from levysde.kernels import cloning_cycles as plain
from levysde.kernels.seeds import seed_lanes
from levysde.rare.adaptive_splitting_score import Score
from levysde.rare.adaptive_splitting_well import Well
from levysde.schemes import StrangSplitting
from levysde.sde import SDE

Array = NDArray[np.float64]

PARTICLES = 256  # of a repetition; the relative variance of its estimate is about exp(-log p / 256) - 1
CHAINS = 16  # chains of cycles of a repetition: each gives PARTICLES / CHAINS starts after it has relaxed
BLOCK = 8  # repetitions that share the lanes of a block
LANES = 64
RELAXED = 6.0  # relaxation times until a chain counts
OLDEST = 20_000_000  # steps of one excursion
MOST_TRIES = 300  # starts at x0 per fall into the core


@dataclass(frozen=True)
class Task:
    """Repetitions first, ..., first + n - 1 of one problem at one step; picklable."""

    sde: SDE
    x0: Array  # (dim,)
    target: Domain  # the domain whose complement is the target, with its boundary moved inward
    well: Well
    score: Score
    dt: float
    entropies: tuple[int, int, int]  # of cycles, clones, parents
    first: int
    n: int


@dataclass(frozen=True)
class Repetitions:
    """What each of n repetitions measured; times are sums or means in units of time."""

    log_p: Array  # of reaching the target before the core, from the start surface
    cycle: Array  # mean length of a cycle
    tries: Array  # starts at x0
    falls: Array  # how many of them reached the core before the target
    fall_time: Array  # sum of the times that they took to either

    def __len__(self) -> int:
        return len(self.log_p)

    @classmethod
    def joined(cls, parts: list[Repetitions]) -> Repetitions:
        """Put parts one after the other."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__annotations__))


class Trapped(ValueError):
    """Paths stay for longer than can be simulated, or do not fall into the core."""


def repeat(task: Task, *, workers: Workers) -> Repetitions:
    """Run all repetitions of a task in blocks.

    Raises
    ------
    Trapped
        If an excursion does not end, or x0 does not lead into the core.
    KeyboardInterrupt
        A part of the repetitions would be no estimate, so an interrupted run gives none.
    """
    starts = range(task.first, task.first + task.n, BLOCK)
    parts = [_part(task, start, min(BLOCK, task.first + task.n - start)) for start in starts]
    if isinstance(workers, int):  # before any thread starts
        _compile(task)
    results, cut_short = run(
        parts,
        measure,
        _measure_remote,
        workers=workers,
        progress=False,
        total=task.n,
        size=lambda part: part.n,
    )
    if cut_short is not None:
        raise KeyboardInterrupt(cut_short)
    return Repetitions.joined(results)


def _part(task: Task, first: int, n: int) -> Task:
    return replace(task, first=first, n=n)


def _compile(task: Task) -> None:
    build(task.sde, StrangSplitting(), task.dt)
    blocks.inside(task.target)
    ready(plain.cycles, split.clone, seed_lanes, task.score.block)


def _measure_remote(task: Task) -> Repetitions:
    return measure(task, Control())


def measure(task: Task, control: Control, *, lanes: int = LANES, budget: int | None = None) -> Repetitions:
    """Run the repetitions of one block; `lanes` and a fixed `budget` of steps per call change the speed only."""
    with np.errstate(all="ignore"):  # seen only with NUMBA_DISABLE_JIT
        plan = build(task.sde, StrangSplitting(), task.dt)
        head = (*plan.arguments, *blocks.inside(task.target), task.score.block.compiled, task.score.params.copy())
        starts, tally = _cycle(task, head, control, min(lanes, CHAINS * task.n), budget)
        log_p = _split(task, head, starts, control, lanes, budget)
    per = tally.reshape(task.n, CHAINS, -1).sum(axis=1)
    return Repetitions(
        log_p=log_p,
        cycle=per[:, plain.TIME] * task.dt / (PARTICLES * task.well.stride),
        tries=per[:, plain.TRIES],
        falls=per[:, plain.FALLS],
        fall_time=per[:, plain.FALL_TIME] * task.dt,
    )


def _cycle(task: Task, head: tuple[Any, ...], control: Control, lanes: int, budget: int | None) -> tuple[Array, Array]:
    """Run the chains of a block: start points (chains * PARTICLES / CHAINS, dim), and the tally of each chain."""
    dim, chains, wanted = task.sde.dim, CHAINS * task.n, PARTICLES // CHAINS
    starts, tally = np.zeros((chains * wanted, dim)), np.zeros((chains, 4))
    away = task.x0 - task.well.centre
    started = int(float(away @ task.well.metric @ away) < task.well.core)
    cursor = np.zeros(6, np.int64)
    cursor[plain.CHAINS], cursor[plain.FIRST] = chains, CHAINS * task.first
    burn = math.ceil(RELAXED / (task.well.slowest * task.dt))
    arrays = _lanes(dim, lanes)
    state = [np.zeros(lanes, np.int64) for _ in range(4)]  # who, phase, age, counted

    def advance(steps: int) -> int:
        return int(
            plain.cycles(
                *head,
                *(task.well.core, task.well.surface),
                *(
                    task.x0[np.newaxis].copy(),
                    started,
                    root_words(task.entropies[0]),
                    starts,
                    tally,
                    wanted,
                    task.well.stride,
                    burn,
                ),
                *(cursor, *arrays, *state, steps),
            )
        )

    def check() -> None:
        if cursor[plain.LOST]:
            raise Trapped("paths became non-finite: the landscape is too steep for this step; give a smaller dt")
        if cursor[plain.ATTEMPTS] > MOST_TRIES * chains + 10 * float(tally[:, plain.FALLS].sum()):
            raise Trapped(
                "paths from x0 leave the domain without visiting the well: this exit is not rare; use first_exit"
            )

    _drive(advance, check, control, budget)
    return starts, tally


def _split(task: Task, head: tuple[Any, ...], starts: Array, control: Control, lanes: int, budget: int | None) -> Array:
    """Split the excursions from the start points; returns log p of every repetition, -inf where all died out."""
    dim, n, top = task.sde.dim, PARTICLES, task.score.levels
    total = task.n * n
    block, ok = np.ascontiguousarray(starts.T), np.zeros(total, np.uint8)
    height = np.zeros((2, total))
    inside, domain_params, score, score_params = head[12:16]
    inside(block, domain_params, ok)
    score(block, score_params, height)
    best = np.where(ok == 1, height[0].astype(np.int64), top)
    records, seen = np.zeros((total * top, dim)), np.zeros(total * top, np.uint8)
    running = np.flatnonzero(ok == 1)
    records[running * top + best[running]] = starts[running]
    seen[running * top + best[running]] = 1
    serial = np.tile(np.arange(n, dtype=np.int64), task.n)
    queue = np.zeros(total, np.int64)
    queue[: len(running)] = running
    outstanding = np.bincount(running // n, minlength=task.n).astype(np.int64)
    cursor = np.zeros(5, np.int64)
    cursor[split.WAITING] = len(running)
    root = root_words(task.entropies[1])
    parents, log_weight = np.zeros((ROWS, task.n), np.uint64), np.zeros(task.n)
    seed_lanes(root_words(task.entropies[2]), task.first, parents)
    born, survivors = np.full(task.n, n - 1, np.int64), np.zeros(n, np.int64)
    arrays, who, age = _lanes(dim, lanes), np.zeros(lanes, np.int64), np.zeros(lanes, np.int64)

    def advance(steps: int) -> int:
        return int(
            split.clone(
                *head,
                *(task.well.core, root, task.first, n, top, best, serial, records, seen),
                *(parents, born, outstanding, log_weight, survivors, queue),
                *(cursor, *arrays, who, age, OLDEST, steps),
            )
        )

    def check() -> None:
        if cursor[split.LOST]:
            raise Trapped(
                f"an excursion lasted {OLDEST} steps or became non-finite: another well holds the paths, or the "
                "landscape is too steep for this step; leave the wells one by one, or give a smaller dt"
            )

    _drive(advance, check, control, budget)
    return log_weight


def _drive(advance: Callable[[int], int], check: Callable[[], None], control: Control, budget: int | None) -> None:
    """Call a resumable loop until nothing is left to do."""
    steps = FIRST_BUDGET if budget is None else budget
    left = 1
    while left > 0 and not control.stop.is_set():
        began = time.perf_counter()
        left = advance(steps)
        check()
        if budget is None:
            steps = next_budget(steps, time.perf_counter() - began)


def _lanes(dim: int, lanes: int) -> tuple[NDArray[Any], ...]:
    """Return streams, x, x_new, increment, scratch, levels and ok of a block of lanes."""
    return (
        np.zeros((ROWS, lanes), np.uint64),
        *(np.zeros((dim, lanes)) for _ in range(3)),
        np.zeros((8 * dim, lanes)),
        np.zeros((2, lanes)),
        np.zeros(lanes, np.uint8),
    )
