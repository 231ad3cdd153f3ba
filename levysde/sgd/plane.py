"""A loss on the plane through three points of parameter space, and the gradients of minibatches along it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from levysde._types import ArrayLike
from levysde._validate import count, finite_array, finite_number, point
from levysde.domains import Ball
from levysde.landscapes import Landscape
from levysde.sgd.line import Batch, batch_size, batches
from levysde.sgd.networks import Classes, FloatArray, Weights, loss
from levysde.sgd.surface import landscape_of, turn

PlaneSlopes: TypeAlias = Callable[[FloatArray, np.random.Generator], FloatArray]
THINNEST = 1e-6  # distance of the third point from the line through the others, as a share of theirs
FEWEST = 9  # losses along a side
NO_PLANE = "first, second and third lie on one line; give three points that span a plane, or take the line"


@dataclass(frozen=True, eq=False)
class Plane:
    """A loss in two dimensions with the minibatch gradients that SGD restricted to it would see.

    Positions are in the units of the parameters, so that a step of SGD with the step size eta, projected on the plane,
    is s - eta times a gradient.

    Parameters
    ----------
    x, y : (n,) and (m,) equidistant coordinates, at least 9 each
    values : (n, m) loss at all of them
    slopes : ``slopes(s, generator)`` returns, for positions s of shape (k, 2), the derivatives along x and y of the
        loss of a fresh minibatch for each, shape (k, 2)
    origin, angle : where the frame stands that positions are counted in: its origin in (x, y), and by how much its axes
        are turned against them

    Raises
    ------
    TypeError, ValueError
        Coordinates that are not equidistant, shapes that do not agree, values that are not finite, no function.

    Examples
    --------
    >>> import numpy as np
    >>> import levysde as ls
    >>> x = np.linspace(-2, 2, 41)
    >>> def slopes(s, generator):
    ...     return np.column_stack([s[:, 0] ** 3 - s[:, 0], s[:, 1]]) + 0.3 * generator.normal(size=s.shape)
    >>> plane = ls.sgd.Plane(x, x, (x[:, None] ** 2 - 1) ** 2 / 4 + x**2 / 2, slopes)
    >>> np.abs(plane.landscape.minima).round(2).tolist()
    [[1.0, 0.0], [1.0, 0.0]]
    """

    x: ArrayLike
    y: ArrayLike
    values: ArrayLike
    slopes: PlaneSlopes
    origin: tuple[float, float] = (0.0, 0.0)
    angle: float = 0.0

    def __post_init__(self) -> None:
        sides = [finite_array(side, name) for side, name in ((self.x, "x"), (self.y, "y"))]
        values = finite_array(self.values, "values")
        for side, name in zip(sides, "xy", strict=True):
            steps = np.diff(side) if side.ndim == 1 else np.zeros(1)
            if len(steps) < FEWEST - 1 or not np.allclose(steps, steps.mean(), rtol=1e-6, atol=0) or not steps[0] > 0:
                raise ValueError(
                    f"{name} must hold at least {FEWEST} equidistant, increasing numbers; take np.linspace"
                )
        if values.shape != (len(sides[0]), len(sides[1])):
            raise ValueError(f"values has shape {values.shape}; x and y ask for ({len(sides[0])}, {len(sides[1])})")
        if not callable(self.slopes):
            raise TypeError(f"slopes={self.slopes!r} is no function; give slopes(s, generator)")
        origin = tuple(point(self.origin, 2, "origin").tolist())
        for name, value in (("x", sides[0]), ("y", sides[1]), ("values", values), ("origin", origin)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "angle", finite_number(self.angle, "angle"))

    def __repr__(self) -> str:
        (a, b), (c, d) = np.asarray(self.x)[[0, -1]], np.asarray(self.y)[[0, -1]]
        return f"Plane([{a:.4g}, {b:.4g}] x [{c:.4g}, {d:.4g}], origin={self.origin}, angle={self.angle:.4g})"

    @cached_property
    def landscape(self) -> Landscape:
        """The loss in the frame: a bicubic spline through the values, and a parabola beyond them."""
        x, y, values = (np.asarray(part) for part in (self.x, self.y, self.values))
        return landscape_of(x, y, values, np.array(self.origin), self.angle)

    def gradients(self, places: FloatArray, generator: np.random.Generator) -> FloatArray:
        """Return minibatch gradients (k, 2) in the frame, at places (k, 2) of it."""
        axes = turn(self.angle)
        found: FloatArray = np.asarray(self.slopes(places @ axes.T + self.origin, generator), float) @ axes
        return found

    def turned(self, about: ArrayLike, angle: float) -> Plane:
        """Return the same plane in a frame with its origin at a place of this one, turned by an angle."""
        place = point(about, 2, "about") @ turn(self.angle).T + self.origin
        return replace(self, origin=tuple(place.tolist()), angle=self.angle + angle)

    def around(self, minimum: int) -> Ball:
        """Return the disc around a minimum up to the nearest saddle, or to the nearest side of what was measured.

        Raises
        ------
        ValueError, TypeError
            There is no such minimum, or it lies outside what was measured.
        """
        at = np.asarray(self.landscape.minima)[count(minimum, "minimum", minimum=0)]
        place = at @ turn(self.angle).T + self.origin
        sides = [(np.asarray(side)[0], np.asarray(side)[-1]) for side in (self.x, self.y)]
        radius = min(min(c - low, high - c) for c, (low, high) in zip(place, sides, strict=True))
        if not radius > 0:
            raise ValueError(
                f"minimum {minimum} lies outside what was measured; measure farther beyond the points, or take another"
            )
        saddles = np.linalg.norm(self.landscape.saddles - at, axis=1)
        return Ball(at, min([radius, *saddles]))


def plane_through(
    first: ArrayLike,
    second: ArrayLike,
    third: ArrayLike,
    *,
    loss: Callable[[FloatArray], float],
    gradient: Callable[[FloatArray, Batch], ArrayLike],
    n_samples: int,
    b: int,
    points: int = 41,
    beyond: float = 0.5,
) -> Plane:
    """Return the plane through three points of parameter space: the first at the origin, the second on the x axis.

    Parameters
    ----------
    first, second, third : (d,) parameters, usually of three minima
    loss : ``loss(w)``, the full loss
    gradient : ``gradient(w, batch)`` of the mean loss of the samples with these numbers, (d,)
    n_samples, b : number of samples, and of distinct ones in a minibatch
    points : number of losses along each side
    beyond : how far the rectangle goes on beyond the points, as a share of their extent

    Returns
    -------
    Plane
        Every minibatch gradient is a call of `gradient`: exact, and as slow as that function.

    Raises
    ------
    ValueError, TypeError
        Points on one line or of unequal length, numbers outside their range, a loss that is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import levysde as ls
    >>> data = np.random.default_rng(0).normal(size=(50, 2))
    >>> plane = ls.sgd.plane_through(
    ...     [-1.0, 0.0, 0.0],
    ...     [1.0, 0.0, 0.0],
    ...     [0.0, 1.0, 1.0],
    ...     loss=lambda w: (w[0] ** 2 - 1) ** 2 + float(np.mean((w[1:] - data) ** 2)),
    ...     gradient=lambda w, batch: [4 * w[0] * (w[0] ** 2 - 1), *(w[1:] - data[batch].mean(axis=0))],
    ...     n_samples=50,
    ...     b=5,
    ... )
    >>> plane.landscape.minima.shape
    (2, 2)
    """
    start, *ends = (finite_array(w, n) for w, n in ((first, "first"), (second, "second"), (third, "third")))
    if start.ndim != 1 or any(end.shape != start.shape for end in ends):
        shapes = ", ".join(str(w.shape) for w in (start, *ends))
        raise ValueError(f"first, second and third have shapes {shapes}; give three rows of equal length")
    n_samples = count(n_samples, "n_samples")
    b = batch_size(b, n_samples)
    axes, corners = _frame(ends[0] - start, ends[1] - start)
    x, y = _sides(corners, points, beyond)
    values = [[loss(start + s * axes[0] + t * axes[1]) for t in y] for s in x]

    def slopes(places: FloatArray, generator: np.random.Generator) -> FloatArray:
        found = np.empty((len(places), 2))
        for i, at in enumerate(places):
            batch = generator.choice(n_samples, b, replace=False, shuffle=False)
            found[i] = axes @ np.asarray(gradient(start + at @ axes, batch), float)
        return found

    return Plane(x, y, finite_array(values, "loss"), slopes)


def network_plane(
    first: Weights, second: Weights, third: Weights, data: Classes, *, b: int, points: int = 41, beyond: float = 0.5
) -> Plane:
    """Return the plane through the weights of three networks of `levysde.sgd.networks`, as `plane_through` does.

    Slopes are derivatives in forward mode along both axes; thousands of chains at positions of their own take one pass.

    Parameters
    ----------
    first, second, third : weights per layer
    data : Classes
    b : number of distinct samples in a minibatch
    points, beyond : as for `plane_through`

    Raises
    ------
    ValueError, TypeError
        As for `plane_through`.
    """
    x, y = data.arrays
    if any([w.shape for w in other] != [w.shape for w in first] for other in (second, third)):
        raise ValueError("first, second and third have layers of unequal shape; give networks of one kind")
    b = batch_size(b, len(x))
    ends = [np.concatenate([(e - w).ravel() for e, w in zip(end, first, strict=True)]) for end in (second, third)]
    axes, corners = _frame(*ends)
    cuts = np.cumsum([w.size for w in first])[:-1]
    ways = [[part.reshape(w.shape) for part, w in zip(np.split(a, cuts), first, strict=True)] for a in axes]
    across, up = _sides(corners, points, beyond)
    values = [
        [loss([w + s * u + t * v for w, u, v in zip(first, *ways, strict=True)], x, y) for t in up] for s in across
    ]
    base, changes = x @ first[0].T, [x @ way[0].T for way in ways]  # the first layer of every sample, linear in s

    def slopes(places: FloatArray, generator: np.random.Generator) -> FloatArray:
        rows = batches(len(places), len(x), b, generator).ravel()
        at = np.repeat(places, b, axis=0).T[:, :, None]
        moves = [change[rows] for change in changes]
        scores = base[rows] + at[0] * moves[0] + at[1] * moves[1]
        for layer, *directions in zip(first[1:], ways[0][1:], ways[1][1:], strict=True):
            moves = [move * (scores > 0) for move in moves]
            scores = np.maximum(scores, 0.0)
            matrices = (layer, *directions)
            shifts = [scores @ u.T for u in directions]
            moves = [_through(move, matrices, at) + shift for move, shift in zip(moves, shifts, strict=True)]
            scores = scores @ layer.T + at[0] * shifts[0] + at[1] * shifts[1]
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        odds[np.arange(len(rows)), y[rows]] -= 1.0
        return np.column_stack([np.sum(odds * move, axis=1).reshape(-1, b).mean(axis=1) for move in moves])

    return Plane(across, up, finite_array(values, "loss"), slopes)


def _through(values: FloatArray, matrices: tuple[FloatArray, ...], at: FloatArray) -> FloatArray:
    """Return what a layer at the places makes of values that come into it, row by row."""
    layer, u, v = matrices
    found: FloatArray = values @ layer.T + at[0] * (values @ u.T) + at[1] * (values @ v.T)
    return found


def _frame(to_second: FloatArray, to_third: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return two orthogonal unit vectors (2, d) that span the plane, and the three points in them, (3, 2)."""
    length = float(np.linalg.norm(to_second))
    if not length > 0:
        raise ValueError(NO_PLANE)
    x = to_second / length
    along = float(to_third @ x)
    rest = to_third - along * x
    height = float(np.linalg.norm(rest))
    if not height > THINNEST * max(length, abs(along)):
        raise ValueError(NO_PLANE)
    return np.array([x, rest / height]), np.array([[0.0, 0.0], [length, 0.0], [along, height]])


def _sides(corners: FloatArray, points: int, beyond: float) -> tuple[FloatArray, FloatArray]:
    points = count(points, "points", minimum=FEWEST)
    beyond = finite_number(beyond, "beyond", low=0.0)
    low, high = corners.min(axis=0), corners.max(axis=0)
    x, y = np.linspace(low - beyond * (high - low), high + beyond * (high - low), points).T
    return x, y
