"""Data sets for small networks: scikit-learn's digits, or a file."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np

from levysde._types import NDArray
from levysde.sgd.networks import Classes

FloatArray = NDArray[np.float64]


def digits() -> Classes:
    """Return the 1797 handwritten digits of 8 x 8 pixels that come with scikit-learn, standardised as by `standard`.

    Raises
    ------
    ImportError
        scikit-learn is not installed: `pip install levysde[digits]`.
    """
    try:
        from sklearn.datasets import load_digits  # type: ignore[import-not-found,import-untyped]
    except ImportError as error:
        raise ImportError(
            "the digits come with scikit-learn: pip install levysde[digits], or give samples of your own "
            "in an .npz file with the arrays x and y"
        ) from error
    x, y = load_digits(return_X_y=True)
    return Classes(standard(x), y)


def from_npz(path: str | os.PathLike[str]) -> Classes:
    """Return the samples of a file with the arrays x (n, ...) and y (n,), standardised as by `standard`.

    Raises
    ------
    ValueError, TypeError
        The file cannot be read, lacks an array, or holds no labelled samples.
    """
    try:
        content = np.load(Path(path), allow_pickle=False)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is no .npz file; give one with the arrays x and y") from error
    if isinstance(content, np.ndarray):
        raise ValueError(f"{path} holds a single array; give an .npz file with the arrays x and y")
    with content:
        missing = [name for name in ("x", "y") if name not in content]
        if missing:
            raise ValueError(f"{path} has no array {missing[0]!r}; it holds {', '.join(content) or 'none'}")
        x, y = content["x"], content["y"]
    found = Classes(x, y)
    return Classes(standard(found.arrays[0]), y)


def standard(x: FloatArray) -> FloatArray:
    """Return samples with their mean taken away, over the root mean square of all deviations."""
    centred = x - x.mean(axis=0)
    spread = float(np.sqrt(np.mean(centred * centred)))
    scaled: FloatArray = centred / (spread or 1.0)
    return scaled
