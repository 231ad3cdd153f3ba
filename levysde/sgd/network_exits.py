"""How long a network stays near the weights that it had learned: SGD's exit from a ball in weight space."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._validate import count, finite_number, positive
from levysde.sgd.networks import Classes, accuracy, gradients, initial_weights

__all__ = ["NetworkExit", "network_exit"]


@dataclass(frozen=True)
class NetworkExit:
    """A run of SGD that was let go on after it had learned.

    Attributes
    ----------
    eta : float
        Step size.
    stored : int
        Iterations after which the weights were stored as the centre of the ball.
    left : int
        Iterations, from initialisation too, after which the weights lay outside the ball.
    """

    eta: float
    stored: int
    left: int

    @property
    def from_start(self) -> float:
        """Time (step size times iterations) from initialisation to the exit; infinite where there was none."""
        return self.eta * self.left if self.left >= 0 else math.inf

    @property
    def from_centre(self) -> float:
        """Time from the centre of the ball to the exit; infinite where there was none."""
        return self.eta * (self.left - self.stored) if self.left >= 0 else math.inf


def network_exit(
    data: Classes,
    *,
    hidden: tuple[int, ...],
    eta: float,
    radius: float,
    b: int = 100,
    wanted: float = 0.9,
    check_every: int = 2000,
    max_steps: int = 1_000_000,
    rng: RNG = None,
) -> NetworkExit:
    """Train a fully connected ReLU network, store its weights once it is good enough, and wait until it has left them.

    Plain SGD with batches in the order of the data. Every `check_every` iterations the accuracy on all data is
    computed; the first weights that exceed `wanted` are the centre of a ball (all weights as one vector, Euclidean).

    Parameters
    ----------
    data : Classes
    hidden : widths of the hidden layers; no biases
    eta, b : step size and batch size
    radius : of the ball
    wanted : accuracy in (0, 1) at which the weights are stored
    check_every : iterations between two looks at the accuracy; the first look is after so many
    max_steps : iterations after which the run is given up (`left` is -1 then, and `stored` where nothing was stored)
    rng : of the initial weights, which are PyTorch's default

    Returns
    -------
    NetworkExit

    Raises
    ------
    ValueError, TypeError
        For numbers outside their range.

    References
    ----------
    The experiment of Nguyen, Simsekli, Gurbuzbalaban and Richard, NeurIPS 2019, arXiv:1906.09069, figure 3.

    Examples
    --------
    >>> from levysde.sgd.network_exits import network_exit
    >>> from levysde.sgd.samples import digits
    >>> run = network_exit(digits(), hidden=(20,), eta=0.1, radius=0.5, check_every=100, rng=1)
    >>> run.stored % 100, run.left > run.stored
    (0, True)
    """
    x, y = data.arrays
    _, inputs, classes = data.shape
    eta, radius = positive(eta, "eta"), positive(radius, "radius")
    b, check_every, max_steps = count(b, "b"), count(check_every, "check_every"), count(max_steps, "max_steps")
    wanted = finite_number(wanted, "wanted", low=0.0, high=1.0, open_low=True, open_high=True)
    widths = (inputs, *(count(width, "hidden") for width in hidden), classes)
    weights = initial_weights(widths, np.random.default_rng(entropy_of(rng)))
    batches = [(x[at : at + b], y[at : at + b]) for at in range(0, len(x), b)]
    stored, centre = -1, weights
    for step in range(1, max_steps + 1):
        for layer, gradient in zip(weights, gradients(weights, *batches[(step - 1) % len(batches)]), strict=True):
            layer -= eta * gradient
        if stored < 0:
            if step % check_every == 0 and accuracy(weights, x, y) > wanted:
                stored, centre = step, [layer.copy() for layer in weights]
        elif not sum(_squared(a, c) for a, c in zip(weights, centre, strict=True)) <= radius * radius:
            return NetworkExit(eta, stored, step)
    return NetworkExit(eta, stored, -1)


def _squared(first: np.ndarray, second: np.ndarray) -> float:
    gone = (first - second).ravel()
    return float(gone @ gone)
