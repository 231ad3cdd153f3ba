"""Blocks of paths that write into one record: what the drivers of such kernels have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import numpy as np

from levysde.engine.pool import Control, Progress, Workers, n_workers, run


class Block(Protocol):
    """A task for the paths first, ..., first + n - 1."""

    @property
    def first(self) -> int:
        """Number of the first path."""

    @property
    def n(self) -> int:
        """How many paths."""


Part = TypeVar("Part", bound=Block)
Record = TypeVar("Record")


def divide(n: int, workers: Workers, *, smallest: int) -> list[tuple[int, int]]:
    """Divide n paths: one block a thread, several a foreign worker (there a finished block is the unit of progress)."""
    wanted = workers if isinstance(workers, int) else 4 * n_workers(workers)
    return bounds(n, max(1, min(wanted, -(-n // smallest))))


def bounds(n: int, blocks: int) -> list[tuple[int, int]]:
    """Return where so many blocks of nearly equal size begin and end."""
    return [(int(a), int(b)) for a, b in pairwise(np.linspace(0, n, blocks + 1).astype(int))]


def run_in_place(
    parts: Sequence[Part],
    targets: Sequence[Record],
    fill: Callable[[Part, Record, Control], Any],
    fill_there: Callable[[Part], Record],
    copy: Callable[[Record, Record], object],
    *,
    workers: Workers,
    progress: Progress,
) -> str | None:
    """Let our threads fill the targets, one a part, and copy into them what foreign workers send back.

    Returns what cut the run short, as `pool.run`; then some targets are as they were, or filled in part.
    """
    place = {part.first: target for part, target in zip(parts, targets, strict=True)}
    results, cut_short = run(
        parts,
        lambda part, control: fill(part, place[part.first], control),
        fill_there,
        workers=workers,
        progress=progress,
        total=sum(part.n for part in parts),
        size=lambda part: part.n,
    )
    if not isinstance(workers, int):
        for target, result in zip(targets, results, strict=True):
            if result is not None:
                copy(target, result)
    return cut_short
