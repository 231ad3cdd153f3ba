"""The stochastic differential equation as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from levysde._validate import finite_number
from levysde.coefficient import Coefficient
from levysde.landscapes.base import Landscape
from levysde.noise.base import Noise


@dataclass(frozen=True)
class SDE:
    """dX = -grad U(X) dt + epsilon dN, or + epsilon g(X) dN with a coefficient g; Itô for Brownian parts.

    Parameters
    ----------
    landscape : the potential U
    noise : the Lévy process N, for instance `0.3 * Brownian() + AlphaStable(1.5)`
    epsilon : amplitude of the noise, >= 0
    coefficient : plain function of the state, ``g(x) -> float`` or ``g(x, params) -> float`` in one dimension, else
        ``g(x, out)`` or ``g(x, params, out)`` (diagonal noise); or a `Coefficient`, which also holds its parameters,
        its derivative and its calculus. None is additive noise, g = 1

    Raises
    ------
    TypeError, ValueError
        If the arguments are of another kind (they are easily swapped), their dimensions differ, epsilon is negative
        or not finite, or the coefficient takes other arguments.

    Examples
    --------
    >>> import levysde as ls
    >>> ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), epsilon=0.5).dim
    1
    """

    landscape: Landscape
    noise: Noise
    epsilon: float = 1.0
    coefficient: Coefficient | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.landscape, Landscape) or not isinstance(self.noise, Noise):
            raise TypeError(
                f"SDE(landscape, noise, epsilon) was given {type(self.landscape).__name__} and "
                f"{type(self.noise).__name__}; the order is landscape (DoubleWell(), ...), noise (Brownian(), ...)"
            )
        self.noise.check_dim(self.landscape.dim)
        object.__setattr__(self, "epsilon", finite_number(self.epsilon, "epsilon", low=0))
        given: Any = self.coefficient
        if given is not None:
            coefficient = given if isinstance(given, Coefficient) else Coefficient(given)
            coefficient.check_form(self.dim)
            object.__setattr__(self, "coefficient", coefficient)

    def __repr__(self) -> str:
        tail = "" if self.coefficient is None else f", coefficient={self.coefficient!r}"
        return f"SDE(landscape={self.landscape!r}, noise={self.noise!r}, epsilon={self.epsilon!r}{tail})"

    @property
    def dim(self) -> int:
        """Dimension of the state."""
        return self.landscape.dim

    @property
    def driving_noise(self) -> Noise:
        """The noise times epsilon: what the coefficient, where there is one, is multiplied with."""
        return self.epsilon * self.noise

    @property
    def effective_noise(self) -> Noise:
        """The noise with its amplitude, epsilon * noise; for additive noise only.

        Raises
        ------
        ValueError
            If the noise depends on the state: every formula that rests on additive noise would be wrong.
        """
        if self.coefficient is not None:
            raise ValueError(
                f"this needs additive noise, and the SDE has the coefficient {self.coefficient!r}; simulate it with "
                "simulate() or first_exit(), or leave the coefficient out"
            )
        return self.driving_noise

    def noise_at(self, x: np.ndarray) -> Noise:
        """Return the noise with the amplitude that it has at the point x of shape (dim,), the largest of the axes."""
        if self.coefficient is None:
            return self.driving_noise
        return float(np.max(np.abs(self.coefficient.at(x)))) * self.driving_noise
