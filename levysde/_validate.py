"""Checks of what a caller passed in, each with a message that says what was given, what is allowed and what to do.

Public functions validate once, at the door; nothing below them checks again.
"""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np

from levysde._types import ArrayLike, NDArray

__all__ = ["count", "finite_array", "finite_number", "frozen", "point", "points", "positive"]

FloatArray = NDArray[np.float64]


def finite_number(
    value: Any,
    name: str,
    *,
    low: float | None = None,
    high: float | None = None,
    open_low: bool = False,
    open_high: bool = False,
    advice: str = "",
) -> float:
    """Return `value` as a float, or say why it is not a finite number in the allowed range.

    Parameters
    ----------
    value : real scalar
        A Python or NumPy number, or an array of no axes. Booleans and text are refused: they are slips, not numbers.
    name : str
        What the caller calls it; used in the message.
    low, high : float, optional
        Ends of the allowed range; ``None`` means no end on that side.
    open_low, open_high : bool
        Whether the end itself is excluded.
    advice : str
        A closing clause that says what to do instead, added after the message.

    Raises
    ------
    TypeError
        `value` is not a real number.
    ValueError
        `value` is not finite, or lies outside the range.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise TypeError(f"{name}={value!r} is not a number; give one real number{_closing(advice)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{name}={number:g} is not finite; give a finite number{_closing(advice)}")
    below = low is not None and (number < low or (open_low and number == low))
    above = high is not None and (number > high or (open_high and number == high))
    if below or above:
        interval = _interval(low, high, open_low, open_high)
        raise ValueError(f"{name}={number:.12g} is outside {interval}{_closing(advice)}")
    return number


def positive(value: Any, name: str) -> float:
    """Return `value` as a float that is finite and above zero; errors as in `finite_number`."""
    return finite_number(value, name, low=0.0, open_low=True)


def count(value: Any, name: str, *, minimum: int = 1) -> int:
    """Return `value` as an int that is at least `minimum`.

    Whole floats such as ``1e4`` are taken, because people write counts that way.

    Raises
    ------
    TypeError
        `value` is not a whole number.
    ValueError
        `value` is smaller than `minimum`.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    whole = isinstance(value, Integral) or (isinstance(value, Real) and float(value).is_integer())
    if isinstance(value, (bool, np.bool_)) or not whole:
        raise TypeError(f"{name}={value!r} is not a whole number; give an integer of at least {minimum}")
    number = int(value)
    if number < minimum:
        raise ValueError(f"{name}={number} is too small; give an integer of at least {minimum}")
    return number


def finite_array(values: ArrayLike, name: str) -> FloatArray:
    """Return a fresh C-contiguous float64 array with the finite real numbers in `values`.

    Raises
    ------
    TypeError
        `values` holds something that is not a real number.
    ValueError
        `values` holds NaN or an infinity (the message says where the first one is), or is ragged.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} is ragged; give numbers in a regular array") from error
    if array.dtype.kind not in "iuf" and array.size:
        raise TypeError(f"{name} has elements of type {array.dtype}; give real numbers")
    array = np.array(array, dtype=np.float64, order="C")
    bad = np.argwhere(~np.isfinite(np.atleast_1d(array)))
    if array.ndim == 0 and bad.size:
        raise ValueError(f"{name}={float(array):g} is not finite; give a finite number")
    if bad.size:
        where = ", ".join(str(i) for i in bad[0])
        value = array[tuple(bad[0])]
        raise ValueError(f"{name}[{where}]={value:g} is not finite; give finite numbers only")
    return array


def points(x: ArrayLike, dim: int, name: str) -> FloatArray:
    """Return points as an array of shape (n, dim).

    One point may be given as shape (dim,); in one dimension a scalar is one point and a plain array of shape (n,)
    is n points.

    Raises
    ------
    TypeError, ValueError
        Not finite real numbers, or a shape that cannot be points of `dim` coordinates.
    """
    array = finite_array(x, name)
    if array.ndim == 0 and dim == 1:
        return array.reshape(1, 1)
    if array.ndim == 1 and dim == 1:
        return array.reshape(-1, 1)
    if array.ndim == 1 and array.shape == (dim,):
        return array.reshape(1, dim)
    if array.ndim == 2 and array.shape[1] == dim:
        return array
    allowed = "a number, or shape (n,) or (n, 1)" if dim == 1 else f"shape ({dim},) or (n, {dim})"
    raise ValueError(f"{name} has shape {array.shape}; points in {dim} dimension{'s'[: dim > 1]} need {allowed}")


def point(x: ArrayLike, dim: int, name: str) -> FloatArray:
    """Return one point as an array of shape (dim,); errors as in `points`, and for more than one point."""
    array = points(x, dim, name)
    if array.shape[0] != 1:
        raise ValueError(f"{name} holds {array.shape[0]} points; give one point of {dim} coordinate{'s'[: dim > 1]}")
    first: FloatArray = array[0]
    return first


def frozen(array: ArrayLike) -> FloatArray:
    """Return a read-only C-contiguous float64 copy: values that promise not to change hold these."""
    copy = np.array(array, dtype=np.float64, order="C")
    copy.setflags(write=False)
    return copy


def _interval(low: float | None, high: float | None, open_low: bool, open_high: bool) -> str:
    left = "(-inf" if low is None else f"{'(' if open_low else '['}{low:g}"
    right = "inf)" if high is None else f"{high:g}{')' if open_high else ']'}"
    return f"{left}, {right}"


def _closing(advice: str) -> str:
    return f"; {advice}" if advice else ""
