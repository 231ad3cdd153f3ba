"""Minibatch gradients on disk, a file per iteration: memory stays that of one, and interruptions lose nothing."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count
from levysde.sgd.gradient_noise.reports import MOST_COORDINATES, NoiseReport, report

LAYERS = "layers.json"
NAME = re.compile(r"snapshot-(\d+)\.npz")


class Record:
    """A folder of snapshots: for some iterations of a training run, the gradients of many minibatches, per layer.

    A snapshot is a file of its own, made under another name and moved into place: whatever ends the program leaves
    whole snapshots only, and a run that starts again goes on in the same folder.

    Parameters
    ----------
    folder : created if need be; one with snapshots is continued

    Raises
    ------
    ValueError
        The folder cannot be written to, or its list of layers cannot be read.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from levysde.sgd.gradient_noise import Record
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Record(folder).add(100, {"weights": np.zeros((20, 3))})
    ...     Record(folder).iterations
    [100]
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise ValueError(
                f"cannot write into {self.folder} ({error.strerror or error}); give another folder"
            ) from error
        for rest in self.folder.glob(".snapshot-*"):  # of a program that was killed while it wrote
            rest.unlink(missing_ok=True)

    def __repr__(self) -> str:
        return f"Record({str(self.folder)!r}, {len(self.iterations)} snapshots)"

    @property
    def iterations(self) -> list[int]:
        """The iterations that are on disk, in order."""
        found = (NAME.fullmatch(path.name) for path in self.folder.iterdir())
        return sorted(int(match.group(1)) for match in found if match)

    def __contains__(self, iteration: object) -> bool:
        return isinstance(iteration, int) and self._path(iteration).exists()

    def add(self, iteration: int, gradients: Mapping[str, ArrayLike]) -> None:
        """Write the minibatch gradients of one iteration, layer name to (n_batches, ...), in their precision.

        Raises
        ------
        ValueError, TypeError
            An iteration below 0, no layer, other layers or shapes than before.
        """
        iteration = count(iteration, "iteration", minimum=0)
        arrays = {str(name): np.asarray(values) for name, values in gradients.items()}
        shapes = {name: list(array.shape[1:]) for name, array in arrays.items()}
        if not shapes or any(array.ndim < 2 for array in arrays.values()):
            raise ValueError("gradients must map names of layers to arrays (n_batches, ...), with at least one layer")
        path = self.folder / LAYERS
        if not path.exists():
            self._write(path, json.dumps(shapes).encode())
        elif json.loads(path.read_text(encoding="utf-8")) != shapes:
            raise ValueError(f"{self.folder} holds gradients of other layers or shapes; give an empty folder")
        handle, name = tempfile.mkstemp(prefix=".snapshot-", suffix=".npz", dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as stream:
                content: dict[str, Any] = {f"layer-{i}": array for i, array in enumerate(arrays.values())}
                np.savez(stream, **content)
            Path(name).replace(self._path(iteration))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def load(self, iteration: int) -> dict[str, NDArray[np.floating]]:
        """Return the gradients of one iteration.

        Raises
        ------
        KeyError
            There is no snapshot of this iteration.
        """
        if iteration not in self:
            raise KeyError(f"no snapshot of iteration {iteration}; there are {self.iterations}")
        names = json.loads((self.folder / LAYERS).read_text(encoding="utf-8"))
        with np.load(self._path(iteration), allow_pickle=False) as content:
            return {name: content[f"layer-{i}"] for i, name in enumerate(names)}

    def reports(self, *, coordinates: int = MOST_COORDINATES, rng: RNG = None) -> Iterator[NoiseReport]:
        """Yield a report per snapshot, in order; one snapshot is in memory at a time. Parameters as for `report`."""
        root = np.random.SeedSequence(entropy_of(rng))
        for iteration in self.iterations:
            seed = np.random.SeedSequence([int(word) for word in root.generate_state(4)] + [iteration])
            yield report(self.load(iteration), coordinates=coordinates, iteration=iteration, rng=seed)

    def _path(self, iteration: int) -> Path:
        return self.folder / f"snapshot-{iteration:09d}.npz"

    def _write(self, path: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(prefix=".snapshot-", dir=self.folder)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(path)
