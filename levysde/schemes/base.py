"""What a scheme is: one time step as a plain block function, and what it needs from the SDE.

Adding a scheme is one file with a subclass of `Scheme` and one line in `levysde/schemes/__init__.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

if TYPE_CHECKING:
    from levysde._jit import Kernel
    from levysde.noise.base import Increment
    from levysde.sde import SDE

Drift = Literal["gradient", "flow", "half flow", "resolvent"]


class Scheme(ABC):
    """A one-step method for dX = -grad U dt + dN; frozen.

    Attributes
    ----------
    drift : the block that the step calls: "gradient" of the potential; "flow", the drift flow over dt, "half flow" over
        dt/2; "resolvent", the solution y of y + dt grad U(y) = x
    strong_order : orders in L^p, p < alpha, for additive noise and a smooth force, by kind of noise; `inf` is exact.
        A kind that is missing is refused. "multiplicative": Brownian noise whose amplitude depends on the state
    weak_order : the same for means of smooth bounded functions
    survives : which forces the scheme is stable for after a large jump
    loop : what moves its paths: "steps", the loops that call `step`; "events", loops of its own
    explicit : whether a step longer than 1/curvature overshoots the minimum
    """

    drift: ClassVar[Drift]
    strong_order: ClassVar[Mapping[str, float]]
    weak_order: ClassVar[Mapping[str, float]]
    survives: ClassVar[str]
    loop: ClassVar[Literal["steps", "events"]] = "steps"
    explicit: ClassVar[bool] = False

    @property
    @abstractmethod
    def step(self) -> Kernel:
        """The compiled step for additive noise, `void(drift, params, settings, x, increment, scratch, out)`."""

    def step_for(self, sde: SDE) -> Kernel:
        """Return the compiled step for this SDE; another one than `step` where the noise depends on the state."""
        return self.step

    def misfit(self, sde: SDE) -> str:
        """Return why the scheme cannot do this SDE, as a clause to follow its name; "" where it can."""
        return refuse_coefficient(sde)

    def settings(self, sde: SDE, dt: float) -> np.ndarray:
        """Return the numbers that the step needs."""
        return np.array([dt])

    def increments(self, sde: SDE, dt: float) -> tuple[Increment, ...]:
        """Return the parts that the noise of one step is the sum of."""
        return sde.driving_noise.increments(dt, sde.dim)

    def gaussian_rate(self, sde: SDE) -> float:
        """Return the variance per unit time and component of what moves like Brownian motion."""
        return sde.driving_noise.variance_rate


def refuse_coefficient(sde: SDE) -> str:
    """Return the misfit of a scheme that can do additive noise only."""
    return "" if sde.coefficient is None else f"needs additive noise, and this has the coefficient {sde.coefficient!r}"


def refuse_stratonovich(sde: SDE) -> str:
    """Return the misfit of a scheme that takes a coefficient in the sense of Itô."""
    if sde.coefficient is None or sde.coefficient.calculus == "Ito":
        return ""
    return f"takes the noise in the sense of Itô, and this has {sde.coefficient!r}"
