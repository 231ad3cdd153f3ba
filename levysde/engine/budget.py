"""How many steps a call of a kernel is given, so that it lasts about as long as a caller cares to wait."""

from __future__ import annotations

import time
from collections.abc import Callable

from levysde.engine.pool import Control

SLICE = 0.1  # seconds that one call should take
FIRST_BUDGET = 64


def next_budget(steps: int, elapsed: float) -> int:
    """Return the budget after a call of `steps` steps that took `elapsed` seconds: at most eight times as much."""
    return int(min(max(steps * SLICE / max(elapsed, 1e-6), FIRST_BUDGET), 8 * steps))


def run_to(last: int, call: Callable[[int, int], int], control: Control, *, paths: int, budget: int | None) -> bool:
    """Repeat `done = call(done, budget)` until `last` steps are done; False when stopped before.

    A fixed `budget` changes the speed and nothing else; progress is counted in paths.
    """
    done = 0
    steps = FIRST_BUDGET if budget is None else budget
    while done < last:
        if control.stop.is_set():
            return False
        began = time.perf_counter()
        done = call(done, steps)
        control.advance(int(paths * done / last))
        if budget is None:
            steps = next_budget(steps, time.perf_counter() - began)
    return True
