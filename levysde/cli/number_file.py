"""Columns of numbers from .npy, .npz, .csv and .parquet files."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from levysde.cli.parser import UsageError

Columns = dict[str, np.ndarray]


def read_columns(file: str, wanted: list[str] | None) -> tuple[np.ndarray, list[str]]:
    """Return the wanted columns of a file as an array of shape (n, d), and their names.

    Raises
    ------
    UsageError
        No such file, a format that is not known, a column that does not exist, text where numbers are expected.
    """
    path = Path(file)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UsageError(f"{file} is of no format that can be read; give one of {', '.join(READERS)}")
    try:
        columns = reader(path, wanted)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror or error}") from error
    if not columns:
        raise UsageError(f"{file} has no column of numbers")
    for name, column in columns.items():
        if column.dtype.kind not in "iuf":
            raise UsageError(f"column {name!r} of {file} has elements of type {column.dtype}, no real numbers")
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise UsageError(f"the columns of {file} have unequal lengths {lengths}; choose with --column")
    if not any(lengths.values()):
        raise UsageError(f"{file} is empty: there are no values")
    return np.column_stack([column.astype(np.float64) for column in columns.values()]), list(columns)


def _choose(wanted: list[str] | None, known: Iterable[str], path: Path) -> list[str]:
    """Return the names that are asked for, by name or by number; all without a wish."""
    names = list(known)
    if wanted is None:
        return names
    found = []
    for wish in wanted:
        if wish not in names and not (wish.isdigit() and int(wish) < len(names)):
            listed = ", ".join(repr(name) for name in names[:8]) + (", ..." if len(names) > 8 else "")
            raise UsageError(f"{path} has no column {wish!r}; it has {listed}")
        found.append(wish if wish in names else names[int(wish)])
    return found


def _spread(prefix: str, array: np.ndarray) -> Columns:
    """Return an array as named columns; axes after the first are flattened into one."""
    if array.ndim == 0:
        return {prefix or "0": array.reshape(1)}
    table = array.reshape(len(array), -1) if array.size else array.reshape(len(array), 1)[:0]
    if table.shape[1] == 1:
        return {prefix or "0": table[:, 0]}
    return {f"{prefix}[{j}]" if prefix else str(j): table[:, j] for j in range(table.shape[1])}


def _load(path: Path) -> Any:
    import zipfile

    try:
        return np.load(path, allow_pickle=False)
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UsageError(f"cannot read {path}: {error}") from error


def _from_npy(path: Path, wanted: list[str] | None) -> Columns:
    columns = _spread("", _load(path))
    return {name: columns[name] for name in _choose(wanted, columns, path)}


def _from_npz(path: Path, wanted: list[str] | None) -> Columns:
    with _load(path) as archive:
        names = _choose(wanted, archive.files, path)
        if wanted is None and len(names) > 1:
            raise UsageError(f"{path} holds the arrays {', '.join(names)}; choose with --column")
        columns: Columns = {}
        for name in names:
            columns |= _spread(name, archive[name])
    return columns


def _from_csv(path: Path, wanted: list[str] | None) -> Columns:
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as stream:
        rows = [row for row in csv.reader(stream) if row]
    if not rows:
        raise UsageError(f"{path} is empty")
    plain = all(_is_number(cell) for cell in rows[0])
    header = [str(j) for j in range(len(rows[0]))] if plain else [name.strip() for name in rows[0]]
    body = rows if plain else rows[1:]
    columns: Columns = {}
    for name in _choose(wanted, header, path):
        place = header.index(name)
        cells = [row[place].strip() if place < len(row) else "" for row in body]
        bad = next((number for number, cell in enumerate(cells) if not _is_number(cell)), None)
        if bad is None:
            columns[name] = np.array([float(cell) for cell in cells])
        elif wanted is not None or any(_is_number(cell) for cell in cells):  # a column of text alone is passed over
            line = bad + (1 if plain else 2)
            raise UsageError(f"{path}, line {line}: {name}={cells[bad]!r} is not a number")
    return columns


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _from_parquet(path: Path, wanted: list[str] | None) -> Columns:
    if not path.exists():
        raise FileNotFoundError(2, "No such file or directory", str(path))
    try:
        from pyarrow import parquet
    except ImportError:
        raise UsageError(f"{path} needs pyarrow (pip install pyarrow); or save the numbers as .npy or .csv") from None
    try:
        table = parquet.read_table(path)
    except (ValueError, NotImplementedError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    columns = {name: np.asarray(table[name].to_numpy()) for name in _choose(wanted, table.column_names, path)}
    return columns if wanted is not None else {name: c for name, c in columns.items() if c.dtype.kind in "iuf"}


READERS: dict[str, Callable[[Path, list[str] | None], Columns]] = {
    ".npy": _from_npy,
    ".npz": _from_npz,
    ".csv": _from_csv,
    ".parquet": _from_parquet,
}
