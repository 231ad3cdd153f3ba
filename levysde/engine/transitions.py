"""Changes of well of a block of paths: the driver of `kernels.transitions`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from levysde._jit import ready
from levysde._streams import ROWS, root_words
from levysde.engine.budget import run_to
from levysde.engine.in_place import bounds, run_in_place
from levysde.engine.plan import LANES, build
from levysde.engine.pool import Control, Progress, Workers, n_workers, warn_partial
from levysde.kernels.seeds import seed_lanes
from levysde.kernels.transitions import NOWHERE, in_core
from levysde.kernels.transitions import transitions as transitions_kernel
from levysde.schemes.base import Scheme
from levysde.sde import SDE

SMALLEST_BLOCK = 16


@dataclass(frozen=True)
class TransitionTask:
    """What a worker needs to follow the paths first, ..., first + n - 1 through `steps` steps.

    `centres` (wells, dim) and `ends` (wells, 2) are the cores as `kernels.transitions.in_core` reads them.
    """

    sde: SDE
    scheme: Scheme
    dt: float
    steps: int
    save_every: int
    centres: np.ndarray
    ends: np.ndarray
    x0: np.ndarray  # (n, dim)
    entropy: int
    first: int
    n: int


@dataclass(frozen=True)
class TransitionRecord:
    """What the kernel writes, per path; `steps` is 0 where a path has not been followed."""

    counts: np.ndarray  # (n, wells * wells)
    dwell: np.ndarray  # (n, wells), in steps
    ended: np.ndarray  # (n, wells), in steps, in stays that have ended
    squares: np.ndarray  # (n, wells), of the lengths of all stays, in steps
    labels: np.ndarray  # (n, times)
    last: np.ndarray  # (n,): the label at the end
    steps: np.ndarray  # (n,)

    @classmethod
    def empty(cls, task: TransitionTask) -> TransitionRecord:
        """Return the record of paths that have not started."""
        n, wells = task.n, len(task.centres)
        labels = np.full((n, task.steps // task.save_every + 1), NOWHERE, np.int8)
        counts, dwell = np.zeros((n, wells * wells), np.int64), np.zeros((n, wells), np.int64)
        ended, squares = np.zeros((n, wells), np.int64), np.zeros((n, wells))
        return cls(counts, dwell, ended, squares, labels, np.full(n, NOWHERE), np.zeros(n, np.int64))

    def part(self, start: int, stop: int) -> TransitionRecord:
        """Return a view of some of the paths."""
        return TransitionRecord(*(array[start:stop] for array in self._arrays()))

    def copy_from(self, other: TransitionRecord) -> None:
        """Fill this record."""
        for mine, theirs in zip(self._arrays(), other._arrays(), strict=True):
            mine[:] = theirs

    def _arrays(self) -> tuple[np.ndarray, ...]:
        return self.counts, self.dwell, self.ended, self.squares, self.labels, self.last, self.steps


def simulate_transitions(
    task: TransitionTask, *, workers: Workers, progress: Progress
) -> tuple[TransitionRecord, str | None]:
    """Follow all paths; returns the record and what cut the run short.

    A block that is stopped keeps what it has: its paths all have the same age, so that no well is favoured.
    """
    record = TransitionRecord.empty(task)
    blocks = max(-(-task.n // LANES), min(n_workers(workers), task.n // SMALLEST_BLOCK))
    edges = bounds(task.n, blocks)
    parts = [replace(task, x0=task.x0[a:b], first=task.first + a, n=b - a) for a, b in edges]
    targets = [record.part(a, b) for a, b in edges]
    if isinstance(workers, int):  # once, before any thread starts: an error is told at once, and so is Ctrl-C
        build(task.sde, task.scheme, task.dt)
        ready(seed_lanes, transitions_kernel)
    cut_short = run_in_place(
        parts, targets, fill, _fill_remote, TransitionRecord.copy_from, workers=workers, progress=progress
    )
    if cut_short is not None:
        warn_partial(cut_short, int(np.count_nonzero(record.steps == task.steps)), task.n)
    return record, cut_short


def _fill_remote(task: TransitionTask) -> TransitionRecord:
    record = TransitionRecord.empty(task)
    fill(task, record, Control())
    return record


def fill(task: TransitionTask, record: TransitionRecord, control: Control, *, budget: int | None = None) -> None:
    """Follow all paths of a task, as one block of lanes, into `record`."""
    with np.errstate(all="ignore"):  # seen only with NUMBA_DISABLE_JIT
        plan = build(task.sde, task.scheme, task.dt)
        dim, lanes = plan.dim, task.n
        streams = np.zeros((ROWS, lanes), np.uint64)
        seed_lanes(root_words(task.entropy), task.first, streams)
        x = np.array(task.x0.T, float, order="C")
        x_new, increment, scratch = np.zeros((dim, lanes)), np.zeros((dim, lanes)), np.zeros((8 * dim, lanes))
        label, entered = np.full(lanes, NOWHERE, np.int64), np.zeros(lanes, np.int64)
        for lane in range(lanes):
            for core in reversed(range(len(task.centres))):
                if in_core(x, lane, core, task.centres, task.ends):
                    label[lane] = core
        saved = np.full(record.labels.shape, NOWHERE, np.int64)
        saved[:, 0] = label

        def advance(done: int, steps: int) -> int:
            record.steps[:] = transitions_kernel(
                *plan.arguments,
                *(task.centres, task.ends),
                *(streams, x, x_new, increment, scratch),
                *(label, entered, record.counts, record.dwell, record.squares, saved),
                *(done, task.steps, task.save_every, steps),
            )
            return int(record.steps[0])

        run_to(task.steps, advance, control, paths=task.n, budget=budget)
        record.labels[:], record.last[:], record.ended[:] = saved, label, record.dwell
        for lane in np.flatnonzero(label >= 0).tolist():  # the stay that the end of the watch cuts off
            age = int(record.steps[lane] - entered[lane])
            record.ended[lane, label[lane]] -= age
            record.squares[lane, label[lane]] += float(age) * age
