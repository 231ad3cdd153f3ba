"""Finding the cell of a piecewise landscape that holds a point; inlined into the kernels."""

from __future__ import annotations

from typing import Any

__all__ = ["cell"]


def cell(x: float, params: Any, low: int, high: int) -> int:
    """Count the separators at or below x among params[low:high], which increase.

    Bisection, so that a landscape with a thousand cells costs ten comparisons and one with two costs one; by
    multiplication instead of a branch, which a random path would make unpredictable (10 ns a step). For NaN no
    comparison holds and the answer is 0: the arithmetic of that cell then hands the NaN on.
    """
    first, n = low, high - low
    while n > 0:
        half = (n + 1) >> 1
        low += half * int(x >= params[low + half - 1])
        n -= half
    return low - first
