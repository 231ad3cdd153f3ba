"""A landscape from measured values, such as a loss along a line between two trained networks."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import finite_array, finite_number, frozen
from levysde.landscapes.base import Landscape, Params, PlainFunction
from levysde.landscapes.lookup import cell
from levysde.landscapes.spline import interpolate, noise_level, significant, smooth

__all__ = ["Tabulated"]

FloatArray = NDArray[np.float64]
FEWEST = 5

# Parameters: number of knots n, number of buckets, first knot, buckets per unit length; the knots; the first and the
# last cell that a bucket touches; then per cell the reference point and the four coefficients of a cubic in x minus it.
# Cell 0 lies before the first knot, cell n behind the last.


def cell_start(x: float, params: Params) -> int:
    """Index of the five numbers of the cell that holds x: a bucket, then bisection among the few cells it touches."""
    n = int(params[0])
    buckets = int(params[1])
    t = (x - params[2]) * params[3]
    t = t if t > 0.0 else 0.0  # NaN too: it must not become an integer
    t = t if t < buckets - 1.0 else buckets - 1.0
    at = 4 + n + 2 * int(t)
    first = int(params[at])
    index = first + cell(x, params, 4 + first, 4 + int(params[at + 1]))
    return 4 + n + 2 * buckets + 5 * index


def potential(x: float, params: Params) -> float:
    """U at one point."""
    at = cell_start(x, params)
    d = x - params[at]
    return params[at + 1] + d * (params[at + 2] + d * (params[at + 3] + d * params[at + 4]))


def gradient(x: float, params: Params) -> float:
    """U' at one point."""
    at = cell_start(x, params)
    d = x - params[at]
    return params[at + 2] + d * (2.0 * params[at + 3] + 3.0 * d * params[at + 4])


class _Built(NamedTuple):
    knots: FloatArray
    cells: FloatArray
    minima: FloatArray
    maxima: FloatArray
    smoothing: float


@dataclass(frozen=True, eq=False, init=False, repr=False)
class Tabulated(Landscape):
    """A curve through measured values (x_k, u_k), smoothed as far as their noise asks for.

    *Smoothing.* From 20 points on, the noise is estimated locally from high differences of the values. Where its
    median is at most 1e-6 of their range the curve is a cubic spline through the values, with slopes limited so that it
    has no well that the values have not; otherwise a smoothing spline weighted with the local noise, its length chosen
    by generalised cross-validation.

    *Wells.* A well that a neighbouring barrier surmounts by less than the prominence is noise and is ironed out: by
    default less than twice the local noise level, or six times without smoothing.

    *Outside the table* U goes on as a parabola with the value and slope at the end, confining on either side. Its
    curvature is that of the outermost minimum inside, but at least 2 (max u - min u)/width^2. Where the table ends on a
    slope that falls outward, the parabola turns within a twentieth of the table's width: it makes a well there, just
    beyond the data, that is counted among the minima. Measure farther out if that well matters.

    Parameters
    ----------
    x : array_like, shape (n,), n >= 5
        Strictly increasing.
    u : array_like, shape (n,)
    smoothing : float, optional
        Length, in units of x, below about 2 pi times which wiggles are damped; 0 for none; None for the rule above.
    prominence : float, optional
        Least depth of a well, in units of u; 0 keeps every one; None for the rule above.

    Raises
    ------
    TypeError, ValueError
        Values that are not finite, not increasing, duplicate, of unequal number or too few.
    """

    x: tuple[float, ...]
    u: tuple[float, ...]
    smoothing: float | None
    prominence: float | None
    dim = 1

    def __init__(
        self, x: ArrayLike, u: ArrayLike, smoothing: float | None = None, prominence: float | None = None
    ) -> None:
        places, values = finite_array(x, "x"), finite_array(u, "u")
        if places.ndim != 1 or places.shape != values.shape:
            raise ValueError(f"x has shape {places.shape} and u {values.shape}; give two rows of equal length")
        if len(places) < FEWEST:
            raise ValueError(f"x has {len(places)} points, too few for a curve with wells; give at least {FEWEST}")
        wrong = np.flatnonzero(np.diff(places) <= 0.0)
        if wrong.size:
            k = int(wrong[0])
            fault = "twice" if places[k] == places[k + 1] else f"after {places[k]:g}"
            advice = "give one value per x" if fault == "twice" else "sort the table by x"
            raise ValueError(f"x holds {places[k + 1]:g} {fault} (rows {k} and {k + 1}, counted from 0); {advice}")
        if not np.ptp(values) > 0.0:
            raise ValueError(f"u is {values[0]:g} everywhere; for no force use Flat()")
        for name, value in (("smoothing", smoothing), ("prominence", prominence)):
            object.__setattr__(self, name, None if value is None else finite_number(value, name, low=0.0))
        object.__setattr__(self, "x", tuple(places.tolist()))
        object.__setattr__(self, "u", tuple(values.tolist()))

    @classmethod
    def from_csv(
        cls,
        path: str | PathLike[str],
        x: str = "t",
        u: str = "train_loss",
        *,
        smoothing: float | None = None,
        prominence: float | None = None,
    ) -> Self:
        """Read two columns of a comma-separated file with a header line.

        Parameters
        ----------
        path : str or path
        x, u : str
            Names of the columns with positions and values.
        smoothing, prominence : float, optional
            As for the class.

        Raises
        ------
        ValueError
            The file cannot be read, lacks a column (the message names those it has), or holds what `Tabulated` refuses.
        """
        places, values = _read_columns(Path(path), (x, u))
        try:
            return cls(places, values, smoothing=smoothing, prominence=prominence)
        except ValueError as error:
            raise ValueError(f"{path}, columns {x!r} and {u!r}: {error}") from error

    @classmethod
    def examples(cls) -> tuple[Self, ...]:
        """Return a smooth table in several sizes, an uneven, a noisy and an outward falling one."""
        x = np.linspace(-1.8, 1.9, 200)
        u = x**4 / 4 - x**2 / 2 + 0.1 * x
        noisy = u + 0.02 * np.random.default_rng(1).standard_normal(len(x))
        uneven = np.sinh(np.linspace(-3.0, 3.0, 90)) / 6
        half = np.linspace(-0.6, 0.5, 30)
        sizes = [cls(length * x, height * u) for length, height in [(1, 1), (20, 10), (1, 1e6), (1e-3, 1e-6)]]
        return *sizes, cls(uneven, np.cos(2 * uneven)), cls(x, noisy), cls(half, -half * half)

    @cached_property
    def noise(self) -> FloatArray:
        """Estimated standard deviation of the noise at every point of the table."""
        return frozen(noise_level(np.array(self.x), np.array(self.u)))

    @property
    def smoothing_length(self) -> float:
        """Length of the smoothing that was applied, in units of x; 0 where the curve passes through the values."""
        return self._built.smoothing

    @cached_property
    def _built(self) -> _Built:
        x, u, noise = np.array(self.x), np.array(self.u), self.noise
        noisy = float(np.median(noise)) > 1e-6 * float(np.ptp(u))
        if self.smoothing == 0.0 or (self.smoothing is None and not noisy):
            curve, length = interpolate(x, u), 0.0
        else:
            curve, length = smooth(x, u, noise, self.smoothing)
        factor = 2.0 if length > 0.0 else 6.0
        least = factor * noise if self.prominence is None else np.full(len(x), self.prominence)
        curve, minima, maxima = significant(curve, least)
        step, rise = np.diff(curve.x), np.diff(curve.u)
        secant, left, right = rise / step, curve.slope[:-1], curve.slope[1:]
        square, cube = (3 * secant - 2 * left - right) / step, (left + right - 2 * secant) / step**2
        inner = np.column_stack([curve.x[:-1], curve.u[:-1], left, square, cube])
        at_minima = np.isin(curve.x[:-1], minima)
        bends = 2 * square[at_minima]
        weakest = 2 * np.ptp(u) / (x[-1] - x[0]) ** 2
        ends = []
        for end, side in ((0, -1.0), (-1, 1.0)):
            # The outermost minimum of that side; the end itself if the curve falls towards it.
            bend = max(float(bends[end]) if len(bends) else 0.0, weakest)
            outward = side * curve.slope[end]
            if outward < 0.0:
                bend = max(bend, -outward / (0.05 * (x[-1] - x[0])))
                minima = np.sort(np.append(minima, curve.x[end] - curve.slope[end] / bend))
            ends.append([curve.x[end], curve.u[end], curve.slope[end], bend / 2, 0.0])
        return _Built(curve.x, np.vstack([ends[0], inner, ends[1]]), minima, maxima, length)

    @cached_property
    def parameters(self) -> FloatArray:
        """Header, knots, buckets and cells, as described at the top of this file."""
        knots = self._built.knots
        n = len(knots)
        width = (knots[-1] - knots[0]) / n
        edges = knots[0] + width * np.arange(n + 1)
        # A hair of overlap, so that the rounding of a bucket's number never hides a cell.
        first = np.searchsorted(knots, edges[:-1] - 1e-6 * width, side="right")
        last = np.searchsorted(knots, edges[1:] + 1e-6 * width, side="right")
        first[0], last[-1] = 0, n
        buckets = np.column_stack([first, last]).reshape(-1)
        return frozen([n, n, knots[0], 1.0 / width, *knots, *buckets, *self._built.cells.reshape(-1)])

    @property
    def potential_function(self) -> PlainFunction:
        """U at one point."""
        return potential

    @property
    def gradient_function(self) -> PlainFunction:
        """U' at one point."""
        return gradient

    @cached_property
    def lipschitz(self) -> float:
        """The largest size of U'', which is linear on every cell; the extensions included."""
        cells, steps = self._built.cells, np.diff(self._built.knots)
        at_end = 2 * cells[1:-1, 3] + 6 * cells[1:-1, 4] * steps
        return float(np.max(np.abs(np.r_[2 * cells[:, 3], at_end])))

    @property
    def joints(self) -> FloatArray:
        """The knots of the curve."""
        return frozen(self._built.knots)

    def _find_critical(self) -> tuple[ArrayLike, ArrayLike]:
        return self._built.minima, self._built.maxima

    def _hessian_at(self, x: Any) -> Any:
        knots, cells = self._built.knots, self._built.cells
        row = cells[int(np.searchsorted(knots, x, side="right"))]
        return float(2 * row[3] + 6 * row[4] * (x - row[0]))

    def __repr__(self) -> str:
        settings = f"smoothing={self.smoothing}, prominence={self.prominence}"
        return f"Tabulated({len(self.x)} points in [{self.x[0]:g}, {self.x[-1]:g}], {settings})"


def _read_columns(path: Path, names: tuple[str, ...]) -> list[list[float]]:
    """Read the named columns of a CSV file with a header."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = [(number, row) for number, row in enumerate(csv.reader(stream), start=1) if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ValueError(f"cannot read {path}: {reason}; give a comma-separated text file") from error
    if not rows:
        raise ValueError(f"{path} is empty; give a comma-separated text file with a header line")
    header = [name.strip() for name in rows[0][1]]
    for name in names:
        if name not in header:
            raise ValueError(f"{path} has no column {name!r}; it has {', '.join(map(repr, header))}")
    columns: list[list[float]] = [[] for _ in names]
    for number, row in rows[1:]:
        for column, name in zip(columns, names, strict=True):
            place = header.index(name)
            text = row[place].strip() if place < len(row) else ""
            try:
                column.append(float(text))
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {name}={text!r} is not a number") from error
    return columns
