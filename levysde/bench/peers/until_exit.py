"""Exit times from a peer that makes paths for a fixed time: piece by piece, looked at afterwards."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from levysde._types import NDArray
from levysde.bench.peers.line import MEANS
from levysde.domains import Domain

FloatArray = NDArray[np.float64]
Advance = Callable[[FloatArray, int], FloatArray]

SHARE = 0.25  # length of a piece in mean exit times: half of it is lost on average where a path leaves
NUMBERS = 2_000_000  # at most, in one piece


def until_exit(
    advance: Advance, start: FloatArray, domain: Domain, dt: float, mean: float, n_paths: int
) -> tuple[FloatArray, int]:
    """Return the exit times, NaN for lost paths, and the number of steps of all paths up to their exits.

    ``advance(x, n_steps)`` moves points (n, dim) and returns their positions (n_steps, n, dim) after every step.
    """
    x = np.broadcast_to(start, (n_paths, start.size)).copy()
    times = np.full(n_paths, np.nan)
    alive = np.arange(n_paths)
    done, moved, last = 0, 0, math.ceil(MEANS * mean / dt)
    piece = min(math.ceil(SHARE * mean / dt), max(NUMBERS // x.size, 1))
    while alive.size and done < last:
        n_steps = min(piece, last - done)
        path = advance(x, n_steps)
        finite = np.asarray(np.isfinite(path).all(axis=-1))
        over = ~(finite & domain.contains(np.where(finite[..., None], path, 0.0)))
        ends, first = over.any(axis=0), over.argmax(axis=0)
        leaves = ends & finite[first, np.arange(alive.size)]
        times[alive[leaves]] = (done + first[leaves] + 1) * dt
        moved += int(np.where(ends, first + 1, n_steps).sum())
        x, alive = path[-1, ~ends], alive[~ends]
        done += n_steps
    return times, moved
