"""A result of a paper that can be run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from levysde.engine.pool import Workers
from levysde.reproduce.finding import Finding, Verdict

__all__ = ["Experiment", "Setting"]

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """How an experiment is run.

    Attributes
    ----------
    effort : "quick" (seconds) or "full" (the paper's sizes where that is possible)
    entropy : root of all random numbers
    workers : threads of the engine; results do not depend on them
    data : a .npz file with arrays x (n, inputs) and y (n,) in place of the digits that are shipped; None for those
    """

    effort: Literal["quick", "full"]
    entropy: int
    workers: Workers = 1
    data: Path | None = None

    def seed(self, *key: int) -> np.random.SeedSequence:
        """Return a root of random numbers for one number of the experiment."""
        return np.random.SeedSequence(self.entropy, spawn_key=key)

    def pick(self, quick: T, full: T) -> T:
        """Return the first for a quick run, the second for a full one."""
        return quick if self.effort == "quick" else full


@dataclass(frozen=True)
class Experiment:
    """A theorem, figure or table of a paper, and the function that runs it.

    Attributes
    ----------
    id : str
        PAPER.NAME, as in "first-exit.figure-2a".
    source : str
        "Figure 2(a)", "Theorem 2", ...
    line : str
        What is claimed, in one line.
    quick, full : str
        What a run costs on two cores, in words: "5 s", "3 min".
    expected : the verdict that earlier runs gave
    run : the function
    """

    id: str
    source: str
    line: str
    quick: str
    full: str
    expected: Verdict
    run: Callable[[Setting], Finding]
