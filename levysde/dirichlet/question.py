"""The question put to the solver: a drift, a mix of Brownian and symmetric stable noise, and an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde._validate import point
from levysde.domains import Domain
from levysde.domains.interval import inside_interval
from levysde.landscapes.base import Landscape
from levysde.noise import AlphaStable, Brownian, IsotropicStable
from levysde.sde import SDE

Array = NDArray[np.float64]

SUPPORTED = (
    "levysde.dirichlet solves for a landscape on the line, noise made of Brownian() and symmetric AlphaStable(alpha) "
    "parts, and one interval or half-line"
)


@dataclass(frozen=True)
class Question:
    """The generator b u' + (s^2/2) u'' - sum c (-Laplace)^(alpha/2) u on (a, b), ends possibly infinite.

    Attributes
    ----------
    landscape : Landscape
        b = -U'.
    variance : float
        s^2.
    stable : tuple of (alpha, c)
        c = sigma^alpha summed over the parts of one index, alpha increasing.
    a, b : float
    """

    landscape: Landscape
    variance: float
    stable: tuple[tuple[float, float], ...]
    a: float
    b: float

    @property
    def order(self) -> float:
        """The index that rules at short distances: 2 with a Gaussian part, else the largest alpha."""
        return 2.0 if self.variance > 0.0 else self.stable[-1][0]

    @property
    def strength(self) -> float:
        """The factor of the term of that order."""
        return self.variance / 2.0 if self.variance > 0.0 else self.stable[-1][1]

    def drift(self, x: Array) -> Array:
        """Return b at points of any shape."""
        return -self.landscape.gradient(np.ravel(x)[:, None]).reshape(np.shape(x))


def ask(sde: SDE, domain: Domain) -> Question:
    """Check what can be checked without a starting point.

    Raises
    ------
    TypeError
        The arguments come in another order.
    ValueError
        The noise, the domain or the dimension is not among what is supported; the message names what is.
    """
    if not isinstance(sde, SDE) or not isinstance(domain, Domain):
        given = ", ".join(type(argument).__name__ for argument in (sde, domain))
        raise TypeError(f"the arguments are (sde, x0, domain) in this order; given SDE and domain: ({given})")
    if sde.dim != 1 or domain.dim != 1:
        raise ValueError(f"the SDE has dimension {sde.dim}, the domain {domain.dim}; {SUPPORTED}")
    if domain.inside_function is not inside_interval:
        raise ValueError(f"{domain!r} is not an interval: jumps connect its pieces; {SUPPORTED}")
    a, b = (float(end) for end in domain.parameters)
    if math.isinf(a) and math.isinf(b):
        raise ValueError(f"{domain!r} is the whole line, which no path leaves; give an interval or a half-line")
    noise = sde.effective_noise
    sums: dict[float, float] = {}
    for amplitude, law in noise.leaves():
        symmetric = isinstance(law, AlphaStable | IsotropicStable) and getattr(law, "beta", 0.0) == 0.0
        if not (symmetric or isinstance(law, Brownian)):
            raise ValueError(f"the noise has the part {law!r}; {SUPPORTED}")
        if isinstance(law, AlphaStable | IsotropicStable) and law.jumps and amplitude != 0.0:
            sums[law.alpha] = sums.get(law.alpha, 0.0) + abs(amplitude) ** law.alpha
    if not sums and noise.variance_rate == 0.0:
        raise ValueError(f"the noise has no amplitude (epsilon={sde.epsilon:g}); give an epsilon above 0")
    low = min(sums, default=1.0)
    if low < 0.1:
        raise ValueError(f"alpha={low:g} is below 0.1, where the mesh of the solver is not tested; {SUPPORTED}")
    return Question(sde.landscape, noise.variance_rate, tuple(sorted(sums.items())), a, b)


def start(question: Question, x0: Any) -> float:
    """Return the starting point as a float.

    Raises
    ------
    TypeError, ValueError
        x0 is not one number inside the domain.
    """
    if isinstance(x0, (Domain, SDE)):
        raise TypeError(f"x0 is a {type(x0).__name__}; the arguments are (sde, x0, domain) in this order")
    x = float(point(x0, 1, "x0")[0])
    if not question.a < x < question.b:
        raise ValueError(f"x0={x:g} is not inside ({question.a:g}, {question.b:g}); start from a point of the domain")
    return x
