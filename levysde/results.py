"""What was simulated, as values: joining samples of one experiment, and reading back what was saved."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from levysde import _store
from levysde._record import CENSORED, EXITED, NONFINITE
from levysde._types import NDArray
from levysde.ensemble import Ensemble
from levysde.exit_sample import ExitSample

__all__ = ["CENSORED", "EXITED", "NONFINITE", "Ensemble", "ExitSample", "concat", "load"]

_ARRAYS = ("times", "exit_points", "pre_exit_points", "status", "path_ids")


def concat(samples: Iterable[ExitSample]) -> ExitSample:
    """Join samples of the same experiment that hold different paths; the result is ordered by path id.

    What was simulated in pieces (extended, resumed, spread over machines) comes out as if simulated at once. Where the
    pieces' provenances differ in other keys than "entropy" and "settings", the joined one lists them all under "parts".

    Parameters
    ----------
    samples : iterable of ExitSample
        At least one, of the same dimension, `dt`, `t_max`, entropy and settings, with no path in common.

    Raises
    ------
    TypeError, ValueError
        `samples` is empty or holds something else, differs in a setting, or holds a path twice.
    """
    parts = list(samples)
    if not parts:
        raise ValueError("samples is empty; give at least one ExitSample")
    for part in parts:
        if not isinstance(part, ExitSample):
            raise TypeError(f"samples holds a {type(part).__name__}; give ExitSample values only")
    first = parts[0]
    for number, part in enumerate(parts[1:], start=1):
        for name in ("dim", "dt", "t_max"):
            _refuse_unless_equal(name, getattr(first, name), getattr(part, name), number)
        for name in ("entropy", "settings"):
            _refuse_unless_equal(name, first.provenance.get(name), part.provenance.get(name), number)
    parts.sort(key=lambda part: int(part.path_ids[0]) if part.n_paths else -1)
    path_ids = np.concatenate([part.path_ids for part in parts])
    order = None if np.all(path_ids[1:] > path_ids[:-1]) else np.argsort(path_ids, kind="stable")
    if order is not None:
        path_ids = path_ids[order]
        twice = path_ids[1:][path_ids[1:] == path_ids[:-1]]
        if twice.size:
            raise ValueError(
                f"path {twice[0]} is in more than one sample ({twice.size} such paths); simulate the samples with "
                "first_path= after the last path of the one before"
            )

    def joined(name: str) -> NDArray[Any]:
        array = np.concatenate([getattr(part, name) for part in parts])
        return array if order is None else array[order]

    arrays = {name: joined(name) for name in _ARRAYS if name != "path_ids"}
    return ExitSample(**arrays, path_ids=path_ids, dt=first.dt, t_max=first.t_max, provenance=_joined_provenance(parts))


def _refuse_unless_equal(name: str, one: Any, other: Any, number: int) -> None:
    if one == other:
        return
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
        one, other = ({key: values.get(key) for key in keys} for values in (one, other))
    raise ValueError(
        f"samples differ in {name}: {one} in the first, {other} in number {number + 1}; "
        "join only samples of the same experiment"
    )


def _joined_provenance(parts: list[ExitSample]) -> dict[str, Any]:
    """Keep what all parts agree on; list the rest per part, the same whatever the order and grouping of joins."""
    each = []
    for part in parts:
        shared = dict(part.provenance)
        each += [{**shared, **own} for own in shared.pop("parts", [{}])]
    common = {key: value for key, value in each[0].items() if all(key in one and one[key] == value for one in each)}
    own = [{key: value for key, value in one.items() if key not in common} for one in each]
    distinct = {json.dumps(one, sort_keys=True): one for one in own if one}
    return {**common, "parts": [distinct[key] for key in sorted(distinct)]} if distinct else common


def load(path: str | os.PathLike[str]) -> ExitSample | Ensemble:
    """Read what `.save` wrote, bit for bit; `.npz` may be left out of `path`.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is not one of ours, is damaged, or was written by a later version.
    """
    kind, arrays, provenance = _store.read_archive(path)
    kinds: dict[str, Callable[..., ExitSample | Ensemble]] = {"ExitSample": ExitSample, "Ensemble": Ensemble}
    if kind not in kinds:
        raise ValueError(f"{path} holds a {kind!r}, which this levysde does not know; install a newer levysde")
    try:
        return kinds[kind](**arrays, provenance=provenance)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged: its content is not that of an {kind} ({error})") from error
