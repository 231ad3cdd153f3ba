"""Alternating runs and the table. Every contender is timed in turn, round after round, so that noise hits all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Contender:
    """Something to time: `run()` does the work and returns how many items it made (None: nothing to count)."""

    name: str
    run: Callable[[], float]


@dataclass(frozen=True)
class Line:
    """One line of the table: what was measured, how long an item takes, and what that is compared with."""

    task: str
    name: str
    value: float
    unit: str
    ratio: str = ""


def alternate(contenders: list[Contender], *, rounds: int) -> dict[str, float]:
    """Return the median time per item in nanoseconds, after one warm-up run each."""
    found: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for contender in contenders:
        contender.run()
    for _ in range(rounds):
        for contender in contenders:
            began = time.perf_counter()
            items = contender.run()
            found[contender.name].append((time.perf_counter() - began) / items * 1e9)
    return {name: statistics.median(times) for name, times in found.items()}


def optional(name: str) -> Any:
    """Import a peer, or return None if it is not installed."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def absent(task: str, name: str, package: str) -> Line:
    """Return the line of a peer that is not installed."""
    return Line(task, f"{name} (not installed: pip install {package})", float("nan"), "")


def show(lines: list[Line]) -> None:
    """Print the table."""
    width = max(len(line.name) for line in lines)
    task = None
    for line in lines:
        if line.task != task:
            task = line.task
            print(f"\n{task}")
        value = (
            "-"
            if line.value != line.value
            else f"{line.value:,.4g} {line.unit}"
            if line.value < 1
            else f"{line.value:,.2f} {line.unit}"
        )
        print(f"  {line.name:<{width}}  {value:>16}  {line.ratio}")
