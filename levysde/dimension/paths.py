"""What counts as a path: an ensemble, or arrays of positions."""

from __future__ import annotations

from typing import Any

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import finite_array
from levysde.ensemble import Ensemble

FloatArray = NDArray[np.float64]


def paths_of(x: Ensemble | ArrayLike, *, least: int) -> FloatArray:
    """Return positions of shape (n_paths, n_times, dim).

    Parameters
    ----------
    x : Ensemble, or array of shape (n_times,), (n_times, dim) or (n_paths, n_times, dim)
        Two axes are one path in `dim` dimensions, never several paths on the line.
    least : int
        Fewest times a path must have.

    Raises
    ------
    ValueError
        No such shape, too few times, a value that is not finite, or a path that never moves.
    """
    given: Any = x.x if isinstance(x, Ensemble) else x
    paths = finite_array(given, "x")
    if paths.ndim == 1:
        paths = paths[:, None]
    if paths.ndim == 2:
        paths = paths[None]
    if paths.ndim != 3 or 0 in paths.shape:
        allowed = "an Ensemble, or an array of shape (n_times,), (n_times, dim) or (n_paths, n_times, dim)"
        raise ValueError(f"x has shape {np.shape(given)}; give {allowed}")
    if paths.shape[1] < least:
        raise ValueError(f"a path of {paths.shape[1]} points is too short here; record at least {least} points a path")
    still = np.flatnonzero((paths == paths[:, :1]).all(axis=(1, 2)))
    if still.size:
        raise ValueError(f"path {still[0]} never moves; a dimension needs a path that does")
    return paths


def typical_move(path: FloatArray, lag: int) -> float:
    """Return the median distance between the points of a path that are `lag` steps apart."""
    return float(np.median(np.linalg.norm(path[lag:] - path[:-lag], axis=1)))
