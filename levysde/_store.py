"""Arrays and a small header in one file: bit for bit, without pickle, and never half written.

The format is NumPy's `.npz` (uncompressed): one member per array, and one member `header` that holds JSON text as
bytes. Any NumPy reads it without this package.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from levysde._types import NDArray

__all__ = ["atomic_write", "jsonable", "read_archive", "with_suffix", "write_archive", "write_csv", "write_json"]

FORMAT = "levysde"
FORMAT_VERSION = 1
SUFFIX = ".npz"

Array = NDArray[Any]


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a binary file that takes the name `path` only once it is written whole.

    The bytes go to a temporary file in the same folder, which replaces `path` at the end. On any error, a full disk
    or Ctrl-C, the temporary file is removed and what stood at `path` before is untouched.

    Raises
    ------
    OSError
        The file cannot be written; the message names `path` and says that it was left as it was.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        try:
            with part.open("xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(part, path)  # noqa: PTH105 (Path.replace is the same call; this one says `replace a file`)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise type(error)(error.errno, f"cannot write {path} ({reason}); it was left as it was", str(path)) from error


def write_csv(path: str | os.PathLike[str], rows: Sequence[Mapping[str, Any]], *, empty: str = "") -> None:
    """Write rows under a header line of their names, atomically; `empty` is the header where there are no rows."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [empty], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with atomic_write(path) as stream:
        stream.write(text.getvalue().encode())


def jsonable(value: Any) -> Any:
    """Return plain JSON values: NaN as null, infinities as the text "inf" and "-inf", which `float` reads."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [jsonable(item) for item in value]
    if isinstance(value, np.generic):
        return jsonable(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def write_json(path: str | os.PathLike[str], content: Mapping[str, Any]) -> None:
    """Write as JSON, atomically; NaN as null, infinities as text."""
    text = json.dumps(jsonable(content), indent=2, ensure_ascii=False, allow_nan=False)
    with atomic_write(path) as stream:
        stream.write((text + "\n").encode())


def with_suffix(path: str | os.PathLike[str]) -> Path:
    """Return `path` with `.npz` appended where it does not end so."""
    path = Path(path)
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def write_archive(path: str | os.PathLike[str], kind: str, arrays: Mapping[str, Array], header: Any) -> Path:
    """Write arrays and a JSON-able header, all or nothing; return the path with its suffix.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    path = with_suffix(path)
    text = json.dumps({"format": FORMAT, "format_version": FORMAT_VERSION, "kind": kind, "header": header})
    members = {"header": np.frombuffer(text.encode(), dtype=np.uint8), **arrays}
    with atomic_write(path) as stream:
        np.savez(stream, allow_pickle=False, **members)
    return path


def read_archive(path: str | os.PathLike[str]) -> tuple[str, dict[str, Array], Any]:
    """Read back (kind, arrays, header) of a file from `write_archive`.

    Raises
    ------
    FileNotFoundError
        There is no such file, neither with nor without `.npz`.
    ValueError
        The file is damaged, is not one of ours, or comes from a later version.
    """
    path = Path(path)
    if not path.exists():
        path = with_suffix(path)
    foreign = f"{path} is not a file written by levysde; give one from .save(path)"
    damaged = f"{path} is damaged or was not written to its end; restore it from a copy or simulate again"
    with path.open("rb") as stream:
        if not zipfile.is_zipfile(stream):
            stream.seek(0)
            # A truncated archive still starts like one.
            raise ValueError(damaged if stream.read(4) == b"PK\x03\x04" else foreign)
        stream.seek(0)
        try:
            with np.load(stream, allow_pickle=False) as archive:
                about = _about(archive)
                if about is None:
                    raise _ForeignError
                arrays = {name: archive[name] for name in archive.files if name != "header"}
        except _ForeignError:
            raise ValueError(foreign) from None
        except _BROKEN as error:
            raise ValueError(damaged) from error
    if about["format_version"] > FORMAT_VERSION:
        raise ValueError(
            f"{path} has format version {about['format_version']}; this levysde reads up to {FORMAT_VERSION}: "
            "install a newer levysde"
        )
    return about["kind"], arrays, about["header"]


class _ForeignError(Exception):
    """The archive was not written here."""


# What zipfile and NumPy raise on bytes that changed: wrong check sums, lengths, methods and array headers.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, ValueError, OSError)


def _about(archive: Mapping[str, Array]) -> dict[str, Any] | None:
    """Return the parsed header, None where there is none of ours."""
    if "header" not in archive:
        return None
    try:
        about = json.loads(archive["header"].tobytes().decode())
    except ValueError:  # an array of objects, or bytes that are not JSON text
        return None
    known = isinstance(about, dict) and about.get("format") == FORMAT
    return about if known and {"format_version", "kind", "header"} <= about.keys() else None
