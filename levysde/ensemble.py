"""Recorded paths: what `simulate` hands back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from levysde import _store
from levysde._record import EXITED, NONFINITE, check_ids, frozen_provenance, read_only, same_value
from levysde._types import NDArray

__all__ = ["Ensemble"]

FloatArray = NDArray[np.float64]
_ARRAYS = ("t", "x", "status", "path_ids")


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Ensemble:
    """Recorded paths.

    Attributes
    ----------
    t : (n_times,) float array
        Recorded times.
    x : (n_paths, n_times, dim) float array
        States; NaN or infinite from where a path is lost.
    status : (n_paths,) int8 array
        0 finished, 2 non-finite.
    path_ids : (n_paths,) int64 array
        Which paths of the root entropy these are, each once.
    dt : float
        Step of the scheme, not of the record.
    provenance : mapping
        What the paths came from (entropy, settings, versions), JSON-able and read-only.

    Raises
    ------
    TypeError, ValueError
        Shapes, types or statuses that contradict each other.
    """

    t: FloatArray
    x: FloatArray
    status: NDArray[np.int8]
    path_ids: NDArray[np.int64]
    dt: float
    provenance: Mapping[str, Any]

    def __post_init__(self) -> None:
        n_times = np.shape(self.t)[0] if np.ndim(self.t) else 0
        n = np.shape(self.status)[0] if np.ndim(self.status) else 0
        checked: dict[str, Any] = {
            "t": read_only(self.t, np.float64, (None,), "t"),
            "x": read_only(self.x, np.float64, (n, n_times, None), "x"),
            "status": read_only(self.status, np.int8, (n,), "status"),
            "path_ids": read_only(self.path_ids, np.int64, (n,), "path_ids"),
            "dt": float(self.dt),
            "provenance": frozen_provenance(self.provenance),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if not self.dim:
            raise ValueError(f"x has shape {self.x.shape}; a state needs at least one coordinate")
        if not self.dt > 0:
            raise ValueError(f"dt={self.dt:g} must be above zero")
        if not np.all((self.status == EXITED) | (self.status == NONFINITE)):
            raise ValueError("status holds other numbers than 0 (finished) and 2 (non-finite)")
        check_ids(self.path_ids)

    @property
    def n_paths(self) -> int:
        """Number of paths, whatever became of them."""
        return len(self.x)

    @property
    def n_times(self) -> int:
        """Number of recorded times."""
        return self.t.size

    @property
    def dim(self) -> int:
        """Dimension of the state."""
        return int(self.x.shape[2])

    @property
    def n_nonfinite(self) -> int:
        """Number of paths lost to numbers that were not finite."""
        return int(np.count_nonzero(self.status == NONFINITE))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the ensemble bit for bit; rules and errors as in `ExitSample.save`."""
        arrays = {name: getattr(self, name) for name in _ARRAYS} | {"dt": np.float64(self.dt)}
        return _store.write_archive(path, "Ensemble", arrays, dict(self.provenance))

    def __eq__(self, other: object) -> bool:
        return same_value(self, other, _ARRAYS, ("dt",)) if isinstance(other, Ensemble) else NotImplemented

    def __reduce__(self) -> tuple[Any, ...]:
        return Ensemble, (*(getattr(self, name) for name in _ARRAYS), self.dt, dict(self.provenance))

    def __repr__(self) -> str:
        span = f"{self.t[0]:.6g} to {self.t[-1]:.6g}" if self.n_times else "none"
        return (
            f"Ensemble: {self.n_paths} paths in {self.dim} dimension{'s'[: self.dim != 1]}, dt = {self.dt:.6g}\n"
            f"  {self.n_times} recorded times ({span}), non-finite {self.n_nonfinite}"
        )
