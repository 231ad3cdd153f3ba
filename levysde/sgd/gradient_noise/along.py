"""Gradient noise along the training of a small network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import NDArray
from levysde._validate import count, positive
from levysde.sgd.networks import LARGEST, Classes, Weights, accuracy, gradients, initial_weights, loss

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Gradient noise at one point of training.

    Attributes
    ----------
    iteration : number of steps done
    noise : array (n_batches, parameters)
        Minibatch gradients less their mean, all layers one after another, (out, in) of each.
    loss, accuracy : over all samples
    """

    iteration: int
    noise: FloatArray
    loss: float
    accuracy: float


def noise_along(
    data: Classes,
    *,
    hidden: tuple[int, ...],
    eta: float,
    b: int,
    at: Sequence[int],
    n_batches: int | None = None,
    rng: RNG = None,
) -> Iterator[Snapshot]:
    """Train a bias-free ReLU network by constant-step SGD, and yield its gradient noise at some iterations.

    Parameters
    ----------
    data : Classes
    hidden : widths of the hidden layers
    eta, b : step size, and batch size of the steps and of the noise
    at : iterations, increasing, from 0
    n_batches : batches of b distinct samples, drawn anew at every snapshot and independent of each other. None takes
        the n // b batches into which a random order of the samples falls, the same at every snapshot: an epoch
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`

    Yields
    ------
    Snapshot
        One at a time. Fewer than asked for where a weight exceeds 1e6: the run has diverged.

    Raises
    ------
    ValueError, TypeError
        For numbers outside their range, before training.

    Examples
    --------
    >>> from levysde.sgd.gradient_noise import noise_along
    >>> from levysde.sgd.samples import digits
    >>> shots = list(noise_along(digits(), hidden=(16,), eta=0.1, b=50, at=[0, 20], rng=1))
    >>> [(shot.iteration, shot.noise.shape) for shot in shots]
    [(0, (35, 1184)), (20, (35, 1184))]
    """
    n, inputs, classes = data.shape
    eta, b = positive(eta, "eta"), count(b, "b")
    widths = (inputs, *(count(width, "hidden") for width in hidden), classes)
    times = [count(time, "at", minimum=0) for time in at]
    if not times or times != sorted(set(times)):
        raise ValueError(f"at={list(at)} must hold iterations in increasing order, at least one")
    drawn = None if n_batches is None else count(n_batches, "n_batches", minimum=2)
    if b > n // 2:
        raise ValueError(f"b={b} leaves fewer than two batches of {n} samples; give at most {n // 2}")
    return _along(data, widths, eta, b, times, drawn, np.random.default_rng(entropy_of(rng)))


def _along(
    data: Classes,
    widths: tuple[int, ...],
    eta: float,
    b: int,
    at: list[int],
    n_batches: int | None,
    rng: np.random.Generator,
) -> Iterator[Snapshot]:
    x, y = data.arrays
    n = len(x)
    steps, shots = rng.spawn(2)  # snapshots do not shift the batches of the steps
    weights = initial_weights(widths, rng)
    epoch = shots.permutation(n)[: n // b * b].reshape(-1, b)
    for step in range(at[-1] + 1):
        if step in at:
            batches = epoch if n_batches is None else [_draw(shots, n, b) for _ in range(n_batches)]
            rows = np.stack([_flat(gradients(weights, x[batch], y[batch])) for batch in batches])
            rows -= rows.mean(axis=0)
            yield Snapshot(step, rows, loss(weights, x, y), accuracy(weights, x, y))
        batch = _draw(steps, n, b)
        with np.errstate(over="ignore", invalid="ignore"):
            for layer, gradient in zip(weights, gradients(weights, x[batch], y[batch]), strict=True):
                layer -= eta * gradient
        if not all(np.abs(layer).max() < LARGEST for layer in weights):
            return


def _draw(rng: np.random.Generator, n: int, b: int) -> NDArray[np.int64]:
    return rng.choice(n, b, replace=False, shuffle=False)


def _flat(layers: Weights) -> FloatArray:
    return np.concatenate([layer.ravel() for layer in layers])
