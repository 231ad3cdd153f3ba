"""What `ExitSample` and `Ensemble` have in common: read-only arrays, provenance, and equality bit for bit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from levysde._types import ArrayLike, NDArray

__all__ = ["CENSORED", "EXITED", "NONFINITE", "check_ids", "frozen_provenance", "read_only", "same_value"]

EXITED, CENSORED, NONFINITE = 0, 1, 2


def read_only(values: ArrayLike, dtype: type[np.generic], shape: tuple[int | None, ...], name: str) -> NDArray[Any]:
    """View `values` read-only and C-contiguous, copying only where the type or layout demands it."""
    array = np.asarray(values)
    target = np.dtype(dtype)
    if array.dtype.kind not in ("iu" if target.kind == "i" else "fiu") and array.size:
        raise TypeError(f"{name} has elements of type {array.dtype}; give {target}")
    if array.ndim != len(shape) or any(want not in (None, have) for want, have in zip(shape, array.shape, strict=True)):
        wanted = ", ".join("any" if want is None else str(want) for want in shape)
        raise ValueError(f"{name} has shape {array.shape}; give shape ({wanted})")
    converted = np.ascontiguousarray(array, dtype=target)
    if target.kind == "i" and array.dtype != target and not np.array_equal(array, converted):
        raise ValueError(f"{name} holds numbers that do not fit into {target}")
    view = converted.view()
    view.flags.writeable = False
    return view


def frozen_provenance(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Copy provenance through JSON, so that what is saved is what is held."""
    try:
        return MappingProxyType(json.loads(json.dumps(dict(given))))
    except (TypeError, ValueError) as error:
        message = f"provenance cannot be written as JSON ({error}); give text, numbers, lists and dicts only"
        raise TypeError(message) from error


def check_ids(path_ids: NDArray[np.int64]) -> None:
    """Raise ValueError where a path is named twice; ordered ids, the usual case, cost no sort."""
    ordered = path_ids.size < 2 or bool(np.all(path_ids[1:] > path_ids[:-1]))
    if not ordered and np.unique(path_ids).size != path_ids.size:
        raise ValueError("path_ids holds some path twice; give every path once")


def _same(a: NDArray[Any], b: NDArray[Any]) -> bool:
    """Bitwise equality, in which NaN equals itself."""
    return (
        a.shape == b.shape
        and a.dtype == b.dtype
        and bool(np.array_equal(a.view(f"i{a.itemsize}"), b.view(f"i{b.itemsize}")))
    )


def same_value(a: Any, b: Any, arrays: Iterable[str], plain: Iterable[str]) -> bool:
    """Whether two values agree bit for bit in `arrays`, and in `plain` attributes and provenance."""
    return (
        all(_same(getattr(a, name), getattr(b, name)) for name in arrays)
        and all(getattr(a, name) == getattr(b, name) for name in plain)
        and json.dumps(dict(a.provenance), sort_keys=True) == json.dumps(dict(b.provenance), sort_keys=True)
    )
