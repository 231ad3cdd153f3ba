"""What the functions of `stable.distribution` share: the checked parameters, and how a point is standardized."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import finite_number, positive
from levysde.stable.evaluate import log_densities, log_tails, quantiles
from levysde.stable.interpolant import table_of
from levysde.stable.sampling import check_index

MANY = 1000  # points above which the table is worth its construction
Parameterization = Literal["S0", "S1"]
FloatArray = NDArray[np.float64]
_NO_TABLE = np.empty(0)


class Law:
    """A validated law: how points are standardized and what is added to reach the S0 and the S1 coordinate."""

    def __init__(self, alpha: float, beta: float, loc: float, scale: float, parameterization: str) -> None:
        self.alpha, self.beta = check_index(alpha, beta)
        self.loc, self.scale = finite_number(loc, "loc"), positive(scale, "scale")
        if parameterization not in ("S0", "S1"):
            raise ValueError(f"parameterization={parameterization!r} is unknown; use 'S0' or 'S1'")
        self.shift_0 = self.shift_1 = 0.0
        if self.alpha == 1:
            if parameterization == "S1":
                self.shift_0 = self.shift_1 = -2 / math.pi * self.beta * math.log(self.scale)
        elif self.alpha < 2:
            # tan(pi alpha/2), from the exact alpha - 1
            offset = -self.beta / math.tan(math.pi / 2 * (self.alpha - 1))
            if parameterization == "S1":
                self.shift_0 = -offset
            else:
                self.shift_1 = offset

    def arguments(self) -> tuple[float, float, float, float]:
        """Return what every kernel takes after the points."""
        return self.shift_0, self.shift_1, self.alpha, self.beta

    def table(self, size: int) -> np.ndarray:
        """Return the table if it is worth its construction for so many points, else an empty one."""
        return self.full_table() if size > MANY else _NO_TABLE

    def full_table(self) -> np.ndarray:
        """Return the table; a copy, because the kernels are compiled for writable arrays."""
        return table_of(self.alpha, self.beta).copy()

    def log_density(self, x: ArrayLike) -> FloatArray:
        """Return log f."""
        points = numbers(x, "x")
        flat = (points.ravel() - self.loc) / self.scale
        out = np.empty_like(flat)
        log_densities(flat, *self.arguments(), self.table(flat.size), out)
        return (out - math.log(self.scale)).reshape(points.shape)

    def log_tails(self, x: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return (log P(X > x), log P(X < x))."""
        points = numbers(x, "x")
        flat = (points.ravel() - self.loc) / self.scale
        upper, lower = np.empty_like(flat), np.empty_like(flat)
        log_tails(flat, *self.arguments(), self.table(flat.size), upper, lower)
        return upper.reshape(points.shape), lower.reshape(points.shape)

    def quantile(self, log_q: FloatArray, log_p: FloatArray) -> FloatArray:
        """Return the x with log P(X < x) = log_q and log P(X > x) = log_p."""
        out = np.empty_like(log_q).ravel()
        quantiles(log_q.ravel(), log_p.ravel(), *self.arguments(), self.full_table(), out)
        found: FloatArray = (self.loc + self.scale * out).reshape(log_q.shape)
        return found


def numbers(values: ArrayLike, name: str) -> FloatArray:
    """Return an array of doubles; infinities are points like others, and NaN stays NaN."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} is ragged; give numbers in a regular array") from error
    if array.dtype.kind not in "iuf" and array.size:
        raise TypeError(f"{name} has elements of type {array.dtype}; give real numbers")
    return np.array(array, dtype=np.float64, order="C")


def probabilities(q: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return log q and log(1 - q)."""
    array = numbers(q, "q")
    bad = array[~((array >= 0) & (array <= 1))]
    if bad.size:
        raise ValueError(f"q={bad.flat[0]:g} is not a probability; give numbers in [0, 1]")
    with np.errstate(divide="ignore"):
        return np.log(array), np.log1p(-array)


def plain_or_array(values: FloatArray) -> Any:
    """Return a float if there are no axes."""
    return float(values) if values.ndim == 0 else values
