"""Finding the cell of a piecewise landscape that holds a point; inlined into the kernels."""

from __future__ import annotations

from typing import Any

__all__ = ["cell"]


def cell(x: float, params: Any, low: int, high: int) -> int:
    """Count the separators at or below x among params[low:high], which increase.

    Bisection, so that a landscape with a thousand cells costs ten comparisons and one with two costs one. For NaN no
    comparison holds and the answer is 0: the arithmetic of that cell then hands the NaN on.
    """
    first = low
    while low < high:
        middle = (low + high) >> 1
        if x >= params[middle]:
            low = middle + 1
        else:
            high = middle
    return low - first
