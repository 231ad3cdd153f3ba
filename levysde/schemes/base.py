"""What a scheme is: one time step as a plain block function, and what it needs from the landscape.

Adding a scheme is one file with a subclass of `Scheme` and one line in `levysde/schemes/__init__.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

if TYPE_CHECKING:
    from levysde._jit import Kernel


class Scheme(ABC):
    """A one-step method for dX = -grad U dt + dN; frozen.

    Attributes
    ----------
    drift : "gradient" or "flow": what the step calls, the gradient of the potential or the exact drift flow over dt
    strong_order : orders in L^p, p < alpha, for additive noise and a smooth force, by kind of noise
    survives : which forces the scheme is stable for after a large jump
    """

    drift: ClassVar[Literal["gradient", "flow"]]
    strong_order: ClassVar[Mapping[str, float]]
    weak_order: ClassVar[Mapping[str, float]]
    survives: ClassVar[str]

    @property
    @abstractmethod
    def step(self) -> Kernel:
        """The compiled step, `void(drift, params, settings, x, increment, scratch, out)`."""

    def settings(self, dt: float) -> np.ndarray:
        """Return the numbers that the step needs."""
        return np.array([dt])
