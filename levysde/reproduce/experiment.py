"""A result of a paper that can be run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from levysde.engine.pool import Workers
from levysde.reproduce.finding import Finding, Verdict
from levysde.sgd.networks import Classes
from levysde.sgd.samples import digits, from_npz

__all__ = ["Experiment", "Setting"]

T = TypeVar("T")
QUICK_SAMPLES = 2000  # about as many as the digits are


@dataclass(frozen=True)
class Setting:
    """How an experiment is run.

    Attributes
    ----------
    effort : "quick" (seconds) or "full" (the paper's sizes where that is possible)
    entropy : root of all random numbers
    workers : threads of the engine; results do not depend on them
    data : a .npz file, as `sgd.samples.from_npz` reads it, in place of the digits that are shipped; None for those
    """

    effort: Literal["quick", "full"]
    entropy: int
    workers: Workers = 1
    data: Path | None = None

    def seed(self, *key: int) -> np.random.SeedSequence:
        """Return a root of random numbers for one number of the experiment."""
        return np.random.SeedSequence(self.entropy, spawn_key=key)

    @property
    def source(self) -> str:
        """What the data for networks are called."""
        return "digits" if self.data is None else self.data.stem

    def samples(self) -> Classes:
        """Return the data for networks; a quick run takes 2000 of them at most, the same for every seed."""
        if self.data is None:
            return digits()
        found = from_npz(self.data)
        n, _, _ = found.shape
        if self.effort == "full" or n <= QUICK_SAMPLES:
            return found
        kept = np.random.default_rng(0).choice(n, QUICK_SAMPLES, replace=False)  # a file may be in order of the labels
        return Classes(*(array[kept] for array in found.arrays))

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
    networks : whether it trains networks, and so takes data
    """

    id: str
    source: str
    line: str
    quick: str
    full: str
    expected: Verdict
    run: Callable[[Setting], Finding]
    networks: bool = False
