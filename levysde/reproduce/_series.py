"""Points and lines of a panel from arrays and estimates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from levysde._types import ArrayLike
from levysde.estimate import Estimate
from levysde.reproduce.finding import Series

__all__ = ["curve", "measured", "printed"]


def measured(
    label: str, x: ArrayLike, y: Sequence[Estimate], *, group: int = 0, look: Literal["ours", "control"] = "ours"
) -> Series:
    """Return estimates with their standard errors."""
    errors = tuple(estimate.standard_error for estimate in y)
    return Series(label, _numbers(x), tuple(estimate.value for estimate in y), errors, look, group)


def printed(label: str, x: ArrayLike, y: ArrayLike, *, group: int = 0) -> Series:
    """Return the points of a paper."""
    return Series(label, _numbers(x), _numbers(y), look="paper", group=group)


def curve(
    label: str, x: ArrayLike, y: ArrayLike, *, group: int = 0, look: Literal["oracle", "control", "plain"] = "oracle"
) -> Series:
    """Return a line of computed values."""
    return Series(label, _numbers(x), _numbers(y), look=look, group=group, drawn="line")


def _numbers(values: ArrayLike) -> tuple[float, ...]:
    return tuple(np.asarray(values, float).ravel().tolist())
