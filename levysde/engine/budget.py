"""How many steps a call of a kernel is given, so that it lasts about as long as a caller cares to wait."""

from __future__ import annotations

SLICE = 0.1  # seconds that one call should take
FIRST_BUDGET = 64


def next_budget(steps: int, elapsed: float) -> int:
    """Return the budget after a call of `steps` steps that took `elapsed` seconds: at most eight times as much."""
    return int(min(max(steps * SLICE / max(elapsed, 1e-6), FIRST_BUDGET), 8 * steps))
