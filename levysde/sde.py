"""The stochastic differential equation as a value."""

from __future__ import annotations

from dataclasses import dataclass

from levysde._validate import finite_number
from levysde.landscapes.base import Landscape
from levysde.noise.base import Noise


@dataclass(frozen=True)
class SDE:
    """dX = -grad U(X) dt + epsilon dN, Itô for Brownian parts.

    Parameters
    ----------
    landscape : the potential U
    noise : the Lévy process N, for instance `0.3 * Brownian() + AlphaStable(1.5)`
    epsilon : amplitude of the noise, >= 0

    Raises
    ------
    TypeError, ValueError
        If the arguments are of another kind (they are easily swapped), their dimensions differ, or epsilon is negative
        or not finite.

    Examples
    --------
    >>> import levysde as ls
    >>> ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), epsilon=0.5).dim
    1
    """

    landscape: Landscape
    noise: Noise
    epsilon: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.landscape, Landscape) or not isinstance(self.noise, Noise):
            raise TypeError(
                f"SDE(landscape, noise, epsilon) was given {type(self.landscape).__name__} and "
                f"{type(self.noise).__name__}; the order is landscape (DoubleWell(), ...), noise (Brownian(), ...)"
            )
        self.noise.check_dim(self.landscape.dim)
        object.__setattr__(self, "epsilon", finite_number(self.epsilon, "epsilon", low=0))

    @property
    def dim(self) -> int:
        """Dimension of the state."""
        return self.landscape.dim

    @property
    def effective_noise(self) -> Noise:
        """The noise with its amplitude: epsilon * noise."""
        return self.epsilon * self.noise
