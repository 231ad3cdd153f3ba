"""Data sets for small networks: the digits that are shipped, or a file."""

from __future__ import annotations

import io
import math
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde.sgd.networks import Classes

FloatArray = NDArray[np.float64]

NAMES = (("x", "y"), ("x_train", "y_train"))
WANTED = "the arrays x (n, ...) and y (n,), or x_train and y_train"


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

    x_train and y_train are taken too, so that mnist.npz as Keras stores it is read as it is, and CIFAR-10 after
    ``np.savez("cifar10.npz", x_train=..., y_train=...)``; x_test and y_test are left aside. Images of any shape become
    rows, a column of labels (n, 1) a row; the scale does not matter: 0 to 255 and 0 to 1 give the same samples.

    Raises
    ------
    ValueError, TypeError
        The file cannot be read, lacks an array, holds no labelled samples, or samples that are all equal.
    """
    x, y = _arrays(path)
    try:
        found = Classes(x, y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y)
    except (ValueError, TypeError) as error:
        raise type(error)(f"{path}: {error}") from error
    samples, labels = found.arrays
    if labels.max() >= len(labels):
        raise ValueError(
            f"{path}: y has labels up to {labels.max()} for {len(labels)} samples; number the classes from 0"
        )
    samples = standard(samples)
    if not samples.any():
        raise ValueError(f"{path}: all samples of x are equal; give samples that differ")
    return Classes(samples, labels)


def _arrays(path: str | os.PathLike[str]) -> tuple[NDArray[Any], NDArray[Any]]:
    try:
        stored = Path(path).read_bytes()  # NumPy leaves the file open where it is no archive
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        content = np.load(io.BytesIO(stored), allow_pickle=False)
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is no .npz file; give one with {WANTED}") from error
    if isinstance(content, np.ndarray):
        raise ValueError(f"{path} holds a single array; give an .npz file with {WANTED}")
    for names in NAMES:
        if all(name in content for name in names):
            return _read(content, names[0], path), _read(content, names[1], path)
    raise ValueError(f"{path} holds {', '.join(content) or 'no arrays'}; give {WANTED}")


def _read(content: Mapping[str, NDArray[Any]], name: str, path: str | os.PathLike[str]) -> NDArray[Any]:
    try:
        return content[name]
    except (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"cannot read {name} of {path}: {error}") from error


def standard(x: FloatArray) -> FloatArray:
    """Return samples with their mean taken away, over the root mean square of all deviations."""
    scaled = np.asarray(x - x.mean(axis=0))
    scaled /= math.sqrt(float(np.mean(scaled * scaled))) or 1.0  # in place: image data sets are large
    return scaled
