"""The line of one peer, and how its exit times become one."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import dataclass

import numpy as np

from levysde._types import NDArray
from levysde.estimate import with_error

PATHS = 2000
MEANS = 30.0  # horizon in mean exit times


@dataclass(frozen=True)
class PeerLine:
    """What a peer did.

    Attributes
    ----------
    name : str
    bias, standard_error : float
        Of the mean exit time, relative to the known one; NaN where the peer did not run.
    lost : float
        Share of the paths that became non-finite or are left after the horizon.
    nanoseconds : float
        Per path and step before the exit; steps that a peer makes beyond it are in the time and not in the number.
    remark : str
    """

    name: str
    bias: float
    standard_error: float
    lost: float
    nanoseconds: float
    remark: str

    def __str__(self) -> str:
        if not math.isfinite(self.nanoseconds):
            return f"peer {self.name}: {self.remark}"
        bias = with_error(self.bias, self.standard_error) if math.isfinite(self.bias) else "unknown"
        lost = f"{self.lost:.2%}" if self.lost else "0"
        return f"peer {self.name}: exit bias {bias}, lost {lost}, {self.nanoseconds:.3g} ns/step ({self.remark})"


def not_run(name: str, why: str) -> PeerLine:
    """Return the line of a peer that did not run."""
    return PeerLine(name, math.nan, math.nan, math.nan, math.nan, why)


def measured(name: str, times: NDArray[np.float64], mean: float, seconds: float, steps: int, remark: str) -> PeerLine:
    """Return the line for exit times, NaN for the lost paths, that took `seconds` for `steps` steps of all paths."""
    left = times[np.isfinite(times)]
    bias = float(left.mean()) / mean - 1 if left.size else math.nan
    error = float(left.std()) / math.sqrt(left.size) / mean if left.size else math.nan
    return PeerLine(name, bias, error, 1 - left.size / times.size, seconds / max(steps, 1) * 1e9, remark)


def installed(name: str) -> bool:
    """Whether a module can be found; it is not imported."""
    return importlib.util.find_spec(name) is not None
