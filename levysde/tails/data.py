"""The observations an estimator takes: rows are observations, columns are coordinates."""

from __future__ import annotations

import numpy as np

from levysde._types import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def observations(x: ArrayLike, *, fewest: int = 2, what: str = "an estimate of the tail index") -> FloatArray:
    """Return the values as an array of shape (n, d); a plain array of shape (n,) is one column.

    Raises
    ------
    TypeError
        Not real numbers.
    ValueError
        Empty, of more than two axes, values that are not finite (count and first position), fewer than `fewest` rows,
        or a constant column.
    """
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise ValueError("x is ragged; give numbers in a regular array") from error
    if array.size == 0:
        raise ValueError(f"x is empty; give at least {fewest} values")
    if array.dtype.kind not in "iuf":
        raise TypeError(f"x has elements of type {array.dtype}; give real numbers")
    if array.ndim not in (1, 2):
        raise ValueError(f"x has shape {array.shape}; give (n,) values, or (n, d) for d columns of n values each")
    columns = np.asarray(array if array.ndim == 2 else array[:, None], dtype=np.float64)
    _check_finite(columns, array.ndim)
    if len(columns) < fewest:
        raise ValueError(f"x has {len(columns)} values in a column; {what} needs at least {fewest}")
    same = np.flatnonzero(np.all(columns == columns[0], axis=0))
    if same.size:
        where = "x is constant" if array.ndim == 1 else f"column {same[0]} of x is constant ({same.size} such columns)"
        raise ValueError(f"{where}, equal to {columns[0, same[0]]:g}; a constant has no tail: leave it out")
    return columns


def _check_finite(columns: FloatArray, axes: int) -> None:
    finite = np.isfinite(columns)
    if finite.all():
        return
    row, column = np.argwhere(~finite)[0]
    place = f"{row}" if axes == 1 else f"{row}, {column}"
    lost = int(np.count_nonzero(~finite))
    raise ValueError(
        f"x has {lost} NaN or infinite values of {columns.size}, the first ({columns[row, column]:g}) at x[{place}]; "
        "drop them, or say why they are there"
    )


def log_sizes(columns: FloatArray) -> FloatArray:
    """Return log|x|; ValueError where a value is exactly 0."""
    zeros = columns.size - np.count_nonzero(columns)
    if zeros:
        raise ValueError(
            f"x has {zeros} zeros of {columns.size} values, whose logarithm does not exist; a continuous law has none: "
            "leave them out (x[x != 0]) and say so"
        )
    sizes = np.abs(columns)
    return np.log(sizes, out=sizes)


def largest(columns: FloatArray, count: int) -> FloatArray:
    """Return the `count` largest |x| of every column, the largest first; ValueError if one of them is 0."""
    n = len(columns)
    top: FloatArray = np.partition(np.abs(columns), n - count, axis=0)[n - count :]
    top.sort(axis=0)
    if np.any(top[0] <= 0):
        worst = int(np.min(np.count_nonzero(columns, axis=0)))
        raise ValueError(f"only {worst} values of a column are not 0, fewer than the {count} largest; take a smaller k")
    return top[::-1]


def check_k(k: int, n: int, most: int, why: str) -> None:
    """Refuse a number of upper order statistics that the sample does not have."""
    if k > most:
        raise ValueError(f"k={k} is too large for {n} values: {why}; give k <= {most}")
