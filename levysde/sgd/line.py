"""A loss on the line through two points of parameter space, and the gradients of minibatches along it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_array, finite_number
from levysde.domains import Interval
from levysde.landscapes import Landscape, Tabulated
from levysde.sgd.networks import Classes, FloatArray, Weights, loss

Slopes: TypeAlias = Callable[[FloatArray, np.random.Generator], FloatArray]
Batch: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Line:
    """A loss in one dimension with the minibatch gradients that SGD restricted to it would see.

    The position is the distance along the line in the units of the parameters, so that a step of SGD with the step
    size eta, projected on the line, is s - eta times a slope.

    Parameters
    ----------
    landscape : the loss along the line, of dimension 1
    slopes : ``slopes(s, generator)`` returns, for positions s of shape (n,), the derivative along the line of the loss
        of a fresh minibatch for each, shape (n,)
    low, high : the stretch on which both were measured; paths that leave it have left the line

    Raises
    ------
    TypeError, ValueError
        No landscape of dimension 1, no function, an empty stretch.

    Examples
    --------
    >>> import levysde as ls
    >>> well = ls.DoubleWell()
    >>> line = ls.sgd.Line(well, lambda s, generator: well.gradient(s) + 0.3 * generator.normal(size=len(s)))
    >>> line.basin(0)
    Interval(a=-inf, b=0.0)
    """

    landscape: Landscape
    slopes: Slopes
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        if not isinstance(self.landscape, Landscape) or self.landscape.dim != 1:
            raise TypeError(f"landscape={self.landscape!r} is no landscape of dimension 1; give Tabulated(s, loss)")
        if not callable(self.slopes):
            raise TypeError(f"slopes={self.slopes!r} is no function; give slopes(s, generator)")
        if not self.low < self.high:
            raise ValueError(f"low={self.low} and high={self.high}: the stretch is empty; give low < high")

    def basin(self, minimum: int) -> Interval:
        """Return the part of the basin of a minimum that was measured, up to the next barriers.

        Raises
        ------
        ValueError, TypeError
            There is no such minimum, or it lies outside the stretch.
        """
        found: Any = self.landscape.basin(minimum)
        at = float(self.landscape.minima[minimum, 0])
        if not self.low < at < self.high:
            raise ValueError(
                f"minimum {minimum} at s={at:g} lies outside the measured stretch ({self.low:g}, {self.high:g}); "
                "measure farther beyond the ends, or take another"
            )
        return Interval(max(float(found.a), self.low), min(float(found.b), self.high))


def line_through(
    first: ArrayLike,
    second: ArrayLike,
    *,
    loss: Callable[[FloatArray], float],
    gradient: Callable[[FloatArray, Batch], ArrayLike],
    n_samples: int,
    b: int,
    points: int = 201,
    beyond: float = 0.5,
) -> Line:
    """Return the line through two points of parameter space: s = 0 at the first, their distance at the second.

    Parameters
    ----------
    first, second : (d,) parameters, usually of two minima
    loss : ``loss(w)``, the full loss
    gradient : ``gradient(w, batch)`` of the mean loss of the samples with these numbers, (d,)
    n_samples, b : number of samples, and of distinct ones in a minibatch
    points : number of losses along the line
    beyond : how far it goes on beyond either end, as a share of the distance

    Returns
    -------
    Line
        Every minibatch gradient is a call of `gradient`: exact, and as slow as that function.

    Raises
    ------
    ValueError, TypeError
        Points that are equal or of unequal length, numbers outside their range, a loss that is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import levysde as ls
    >>> data = np.random.default_rng(0).normal(size=50)
    >>> line = ls.sgd.line_through(
    ...     [-1.0, 0.0],
    ...     [1.0, 0.0],
    ...     loss=lambda w: (w[0] ** 2 - 1) ** 2 + float(np.mean((w[1] - data) ** 2)),
    ...     gradient=lambda w, batch: [4 * w[0] * (w[0] ** 2 - 1), 2 * np.mean(w[1] - data[batch])],
    ...     n_samples=50,
    ...     b=5,
    ... )
    >>> np.abs(line.landscape.minima.ravel()).round(6).tolist()
    [0.0, 2.0]
    """
    start, end = finite_array(first, "first"), finite_array(second, "second")
    if start.ndim != 1 or start.shape != end.shape:
        raise ValueError(f"first and second have shapes {start.shape} and {end.shape}; give two rows of equal length")
    n_samples = count(n_samples, "n_samples")
    b = batch_size(b, n_samples)
    s, length = _places(float(np.linalg.norm(end - start)), points, beyond)
    direction = (end - start) / length
    landscape = _curve(s, [loss(start + at * direction) for at in s])

    def slopes(places: FloatArray, generator: np.random.Generator) -> FloatArray:
        found = np.empty(len(places))
        for i, at in enumerate(places):
            batch = generator.choice(n_samples, b, replace=False, shuffle=False)
            found[i] = np.dot(np.asarray(gradient(start + at * direction, batch), float), direction)
        return found

    return Line(landscape, slopes, float(s[0]), float(s[-1]))


def network_line(
    first: Weights, second: Weights, data: Classes, *, b: int, points: int = 201, beyond: float = 0.5
) -> Line:
    """Return the line through the weights of two networks of `levysde.sgd.networks`, as `line_through` does.

    Slopes are derivatives in forward mode, (sample by sample) the change of the cross-entropy as the weights move along
    the line; thousands of chains at positions of their own take one pass.

    Parameters
    ----------
    first, second : weights per layer
    data : Classes
    b : number of distinct samples in a minibatch
    points, beyond : as for `line_through`

    Raises
    ------
    ValueError, TypeError
        As for `line_through`.
    """
    x, y = data.arrays
    if [w.shape for w in first] != [w.shape for w in second]:
        raise ValueError("first and second have layers of unequal shape; give weights of two networks of one kind")
    b = batch_size(b, len(x))
    steps = [end - start for start, end in zip(first, second, strict=True)]
    s, length = _places(math.sqrt(sum(float(np.sum(step * step)) for step in steps)), points, beyond)
    direction = [step / length for step in steps]
    at_all = [[w + at * u for w, u in zip(first, direction, strict=True)] for at in s]
    landscape = _curve(s, [loss(weights, x, y) for weights in at_all])
    base, change = x @ first[0].T, x @ direction[0].T  # the first layer of every sample, linear in s

    def slopes(places: FloatArray, generator: np.random.Generator) -> FloatArray:
        rows = batches(len(places), len(x), b, generator).ravel()
        at = np.repeat(places, b)[:, None]
        scores, moves = base[rows] + at * change[rows], change[rows]
        for w, u in zip(first[1:], direction[1:], strict=True):
            moves = moves * (scores > 0)
            scores = np.maximum(scores, 0.0)
            shift = scores @ u.T
            scores, moves = scores @ w.T + at * shift, moves @ w.T + at * (moves @ u.T) + shift
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        each = np.sum(odds * moves, axis=1) - moves[np.arange(len(rows)), y[rows]]
        means: FloatArray = each.reshape(-1, b).mean(axis=1)
        return means

    return Line(landscape, slopes, float(s[0]), float(s[-1]))


def _places(length: float, points: int, beyond: float) -> tuple[FloatArray, float]:
    points = count(points, "points", minimum=21)
    beyond = finite_number(beyond, "beyond", low=0.0)
    if not length > 0:
        raise ValueError("first and second are the same point; give two")
    return np.linspace(-beyond * length, (1 + beyond) * length, points), length


def _curve(s: FloatArray, values: list[float]) -> Tabulated:
    """Full losses carry no noise: the curve passes through them."""
    return Tabulated(s, finite_array(values, "loss"), smoothing=0.0)


def batch_size(b: int, n_samples: int) -> int:
    """Return b, or raise as `count` does, and where there are not so many distinct samples."""
    b = count(b, "b")
    if b > n_samples:
        raise ValueError(f"b={b} is more than the {n_samples} samples; give a smaller one")
    return b


def batches(rows: int, n: int, b: int, generator: np.random.Generator) -> Batch:
    """Return b distinct numbers below n in each row."""
    if b * b > n:
        found: Batch = np.argpartition(generator.random((rows, n)), b - 1, axis=1)[:, :b]
        return found
    found = generator.integers(n, size=(rows, b))
    while True:  # rows with a number twice are drawn again: the law of what is left is that of distinct ones
        again = np.flatnonzero(np.any(np.diff(np.sort(found, axis=1), axis=1) == 0, axis=1))
        if not again.size:
            return found
        found[again] = generator.integers(n, size=(len(again), b))
