"""Data sets for small networks: the digits that are shipped, or a file."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np

from levysde._types import NDArray
from levysde.sgd.networks import Classes

FloatArray = NDArray[np.float64]


def digits() -> Classes:
    """Return 1797 handwritten digits of 8 x 8 pixels, standardised as by `standard`.

    They are the test set of "Optical Recognition of Handwritten Digits", the same that scikit-learn's `load_digits`
    gives.

    References
    ----------
    Alpaydin and Kaynak 1998, UCI Machine Learning Repository, doi:10.24432/C50P49 (CC BY 4.0).
    """
    return from_npz(Path(__file__).with_name("digits.npz"))


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
