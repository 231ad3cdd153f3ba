"""How long a network stays near the weights that it had learned: SGD's exits from balls in weight space."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._validate import count, finite_number, positive
from levysde.sgd.networks import Classes, Weights, accuracy, gradients, initial_weights

__all__ = ["NetworkExit", "network_exits"]


@dataclass(frozen=True)
class NetworkExit:
    """A run of SGD that was let go on after it had learned.

    Attributes
    ----------
    eta : float
        Step size.
    radius : float
        Of the ball.
    stored : int
        Iterations after which the weights were stored as the centre of the ball, -1 if never.
    left : int
        Iterations, from initialisation too, after which the weights lay outside the ball, -1 if never.
    """

    eta: float
    radius: float
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


@dataclass
class _Watch:
    """Who looks for a minimum every so many iterations, and sees when the weights leave the balls around it."""

    every: int
    stored: int = -1
    centre: Weights = field(default_factory=list)
    left: dict[float, int] = field(default_factory=dict)


def network_exits(
    data: Classes,
    *,
    hidden: tuple[int, ...],
    eta: float,
    radii: Sequence[float],
    check_every: Sequence[int] = (2000,),
    b: int = 100,
    wanted: float = 0.9,
    max_steps: int = 1_000_000,
    rng: RNG = None,
) -> list[list[NetworkExit]]:
    """Train a fully connected ReLU network, store its weights once it is good enough, and wait until it has left them.

    Plain SGD with batches in the order of the data. Every so many iterations the accuracy on all data is computed; the
    first weights that exceed `wanted` are the centre of balls (all weights as one vector, Euclidean). One run answers
    for all radii and all intervals between looks: what is watched does not change how the network is trained.

    Parameters
    ----------
    data : Classes
    hidden : widths of the hidden layers; no biases
    eta, b : step size and batch size
    radii : of the balls
    check_every : iterations between two looks at the accuracy, the first look after so many; a centre for each
    wanted : accuracy in (0, 1) at which the weights are stored
    max_steps : iterations after which the run is given up (`left` is -1 then, and `stored` where nothing was stored)
    rng : of the initial weights, which are PyTorch's default

    Returns
    -------
    list of list of NetworkExit
        A row per entry of `check_every` with an exit per radius.

    Raises
    ------
    ValueError, TypeError
        For numbers outside their range.

    References
    ----------
    The experiment of Nguyen, Simsekli, Gurbuzbalaban and Richard, NeurIPS 2019, arXiv:1906.09069, figure 3.

    Examples
    --------
    >>> from levysde.sgd.network_exits import network_exits
    >>> from levysde.sgd.samples import digits
    >>> [[small, large]] = network_exits(digits(), hidden=(20,), eta=0.1, radii=[0.1, 0.5], check_every=[100], rng=1)
    >>> small.stored % 100, small.stored == large.stored, large.left > small.left > small.stored
    (0, True, True)
    """
    x, y = data.arrays
    _, inputs, classes = data.shape
    eta, b, max_steps = positive(eta, "eta"), count(b, "b"), count(max_steps, "max_steps")
    radii = [positive(radius, "radii") for radius in radii]
    watches = [_Watch(count(every, "check_every")) for every in check_every]
    if not radii or not watches:
        raise ValueError("radii and check_every must hold a value each; give at least one of both")
    wanted = finite_number(wanted, "wanted", low=0.0, high=1.0, open_low=True, open_high=True)
    widths = (inputs, *(count(width, "hidden") for width in hidden), classes)
    weights = initial_weights(widths, np.random.default_rng(entropy_of(rng)))
    batches = [(x[at : at + b], y[at : at + b]) for at in range(0, len(x), b)]
    waiting = list(watches)
    for step in range(1, max_steps + 1):
        for layer, gradient in zip(weights, gradients(weights, *batches[(step - 1) % len(batches)]), strict=True):
            layer -= eta * gradient
        learned = None  # looked at only when somebody wants to know
        for watch in waiting:
            if watch.stored >= 0:
                gone = sum(_squared(a, c) for a, c in zip(weights, watch.centre, strict=True))
                for radius in radii:
                    if not gone <= radius * radius:
                        watch.left.setdefault(radius, step)
            elif step % watch.every == 0:
                learned = accuracy(weights, x, y) > wanted if learned is None else learned
                if learned:
                    watch.stored, watch.centre = step, [layer.copy() for layer in weights]
        waiting = [watch for watch in waiting if len(watch.left) < len(set(radii))]
        if not waiting:
            break
    return [[NetworkExit(eta, r, watch.stored, watch.left.get(r, -1)) for r in radii] for watch in watches]


def _squared(first: np.ndarray, second: np.ndarray) -> float:
    gone = (first - second).ravel()
    return float(gone @ gone)
