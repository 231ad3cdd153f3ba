"""Small fully connected networks in NumPy, trained by plain SGD: enough to see gradient noise without a framework."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_array, finite_number, positive

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]
Weights = list[FloatArray]

LARGEST = 1e6  # a weight beyond it: the run has diverged


@dataclass(frozen=True, eq=False)
class Classes:
    """Samples with labels.

    Parameters
    ----------
    x : (n, inputs) samples
    y : (n,) labels 0, 1, ...

    Raises
    ------
    ValueError, TypeError
        Not finite numbers, shapes that do not agree, labels that are no whole numbers from 0, or one class alone.
    """

    x: ArrayLike
    y: ArrayLike

    def __post_init__(self) -> None:
        x, y = finite_array(self.x, "x"), finite_array(self.y, "y")
        if x.ndim < 2 or y.ndim != 1 or len(x) != len(y) or not x.size:
            raise ValueError(f"x and y have shapes {x.shape} and {y.shape}; give samples (n, inputs) and labels (n,)")
        if np.any(y != np.floor(y)) or y.min() < 0 or y.max() < 1:
            raise ValueError("y must hold labels 0, 1, ..., of at least two classes")
        object.__setattr__(self, "x", x.reshape(len(x), -1))
        object.__setattr__(self, "y", y.astype(np.int64))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of samples, of inputs, of classes."""
        x, y = self.arrays
        return len(x), x.shape[1], int(y.max()) + 1

    @property
    def arrays(self) -> tuple[FloatArray, Labels]:
        """Samples and labels as arrays."""
        return np.asarray(self.x), np.asarray(self.y)

    def __repr__(self) -> str:
        return "Classes(n={}, inputs={}, classes={})".format(*self.shape)


@dataclass(frozen=True, eq=False)
class Trained:
    """A run of SGD.

    Attributes
    ----------
    initial, last, average : weights (out, in) of every layer before the first step, after the last one, and averaged
        over the last iterates
    diverged_at : the step at which a weight exceeded 1e6 or was not finite, None where none did; the run ends there
    """

    initial: Weights
    last: Weights
    average: Weights
    diverged_at: int | None


def initial_weights(widths: tuple[int, ...], rng: np.random.Generator) -> Weights:
    """Return uniform weights on (-1, 1) / sqrt(inputs) per layer, PyTorch's default."""
    return [rng.uniform(-1, 1, (out, into)) / np.sqrt(into) for into, out in itertools.pairwise(widths)]


def gradients(weights: Weights, x: FloatArray, y: Labels) -> Weights:
    """Return the gradients of the mean cross-entropy of a batch: ReLU layers without biases."""
    inputs = [x]
    for layer in weights[:-1]:
        inputs.append(np.maximum(inputs[-1] @ layer.T, 0.0))
    back = _probabilities(inputs[-1] @ weights[-1].T)
    back[np.arange(len(y)), y] -= 1.0
    back /= len(y)
    found: Weights = []
    for layer, values in zip(reversed(weights), reversed(inputs), strict=True):
        found.append(back.T @ values)
        if len(found) < len(weights):  # nobody asks for the gradient by the samples
            back = (back @ layer) * (values > 0)
    return found[::-1]


def loss(weights: Weights, x: FloatArray, y: Labels) -> float:
    """Return the mean cross-entropy."""
    with np.errstate(divide="ignore"):
        return float(-np.mean(np.log(_probabilities(_scores(weights, x))[np.arange(len(y)), y])))


def accuracy(weights: Weights, x: FloatArray, y: Labels) -> float:
    """Return the share of samples whose class is found."""
    return float(np.mean(np.argmax(_scores(weights, x), axis=1) == y))


def train(
    data: Classes,
    *,
    hidden: tuple[int, ...],
    eta: float,
    b: int,
    iterations: int,
    last: int,
    momentum: float = 0.0,
    each: Callable[[Weights], object] | None = None,
    rng: RNG = None,
) -> Trained:
    r"""Train by constant-step SGD with batches of b distinct samples, and average the last iterates.

    .. math:: v_{k+1} = \mu v_k - \eta\,\nabla\tilde f_k(w_k), \qquad w_{k+1} = w_k + v_{k+1}, \qquad v_0 = 0.

    Parameters
    ----------
    data : Classes
    hidden : widths of the hidden layers
    eta, b : step size and batch size
    iterations : number of steps
    last : number of iterates, at the end, that are averaged
    momentum : mu, in [0, 1)
    each : called with the weights after each of the last steps; they change in place, so copy what is kept
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`

    Raises
    ------
    ValueError, TypeError
        For numbers outside their range.
    """
    x, y = data.arrays
    mu = finite_number(momentum, "momentum", low=0.0, high=1.0, open_high=True)
    eta, b, iterations, last = positive(eta, "eta"), count(b, "b"), count(iterations, "iterations"), count(last, "last")
    if b > len(x) or last > iterations:
        raise ValueError(f"b={b} and last={last}: give at most the {len(x)} samples and the {iterations} iterations")
    generator = np.random.default_rng(entropy_of(rng))
    _, inputs, classes = data.shape
    initial = initial_weights((inputs, *(count(width, "hidden") for width in hidden), classes), generator)
    weights = [layer.copy() for layer in initial]
    total, speed = ([np.zeros_like(layer) for layer in initial] for _ in range(2))
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(iterations):
            batch = generator.choice(len(x), b, replace=False, shuffle=False)
            for layer, moved, gradient in zip(weights, speed, gradients(weights, x[batch], y[batch]), strict=True):
                moved *= mu
                moved -= eta * gradient
                layer += moved
            if not all(np.abs(layer).max() < LARGEST for layer in weights):
                return Trained(initial, weights, weights, step)
            if step >= iterations - last:
                for mean, layer in zip(total, weights, strict=True):
                    mean += layer
                if each is not None:
                    each(weights)
    return Trained(initial, weights, [mean / last for mean in total], None)


def minibatch_gradients(
    weights: Weights, data: Classes, *, b: int, n_batches: int, rng: RNG = None
) -> list[FloatArray]:
    """Return the gradients of `n_batches` batches of b distinct samples at the same weights, per layer."""
    x, y = data.arrays
    generator = np.random.default_rng(entropy_of(rng))
    found: list[Weights] = []
    for _ in range(count(n_batches, "n_batches")):
        batch = generator.choice(len(x), b, replace=False, shuffle=False)
        found.append(gradients(weights, x[batch], y[batch]))
    return [np.stack([one[layer] for one in found]) for layer in range(len(weights))]


def _scores(weights: Weights, x: FloatArray) -> FloatArray:
    for layer in weights[:-1]:
        x = np.maximum(x @ layer.T, 0.0)
    scores: FloatArray = x @ weights[-1].T
    return scores


def _probabilities(scores: FloatArray) -> FloatArray:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: FloatArray = shifted / shifted.sum(axis=1, keepdims=True)
    return found
