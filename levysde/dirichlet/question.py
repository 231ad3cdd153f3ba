"""The question put to the solver: a drift, a mix of Brownian, stable and tempered noise, and an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from levysde._types import NDArray
from levysde._validate import point
from levysde.dirichlet.kernel import kernel_of
from levysde.dirichlet.parts import JumpPart, jumps, merged, shift
from levysde.domains import Domain
from levysde.domains.interval import inside_interval
from levysde.landscapes.base import Landscape
from levysde.sde import SDE

Array = NDArray[np.float64]

SUPPORTED = (
    "levysde.dirichlet solves for a landscape on the line, noise made of Brownian(), AlphaStable and TemperedStable "
    "parts, and one interval or half-line"
)


@dataclass(frozen=True)
class Question:
    """The generator b u' + (s^2/2) u'' + jumps on (a, b), ends possibly infinite.

    Attributes
    ----------
    landscape : Landscape
    variance : float
        s^2.
    parts : tuple of JumpPart
        alpha increasing.
    a, b : float
    shift : float
        b = -U' + shift: the drift of skewed noise at alpha = 1.
    """

    landscape: Landscape
    variance: float
    parts: tuple[JumpPart, ...]
    a: float
    b: float
    shift: float = 0.0

    @property
    def stable(self) -> tuple[tuple[float, float], ...]:
        """(alpha, c) of the parts: jumps of the density c c_alpha |y|^(-1-alpha), but for skewness and tempering."""
        return tuple((part.alpha, part.factor) for part in self.parts)

    @property
    def order(self) -> float:
        """The index that rules at short distances: 2 with a Gaussian part, else the largest alpha."""
        return 2.0 if self.variance > 0.0 else self.parts[-1].alpha

    @property
    def strength(self) -> float:
        """The factor of the term of that order."""
        return self.variance / 2.0 if self.variance > 0.0 else float(sum(part.factor for part in self._ruling))

    @property
    def skew(self) -> float:
        """The skewness of the jumps that rule at short distances, 0 with a Gaussian part."""
        if self.variance > 0.0:
            return 0.0
        return float(sum(part.factor * part.beta for part in self._ruling)) / self.strength

    def closed(self, side: Literal["left", "right"]) -> bool:
        """Whether no path leaves through an end: jumps of alpha < 1 lead the other way, and so does the drift."""
        sign = -1.0 if side == "left" else 1.0
        if self.variance > 0.0 or self.order >= 1.0 or any(part.beta != -sign for part in self.parts):
            return False
        return sign * float(self.drift(np.array([self.a if side == "left" else self.b]))[0]) <= 0.0

    @property
    def _ruling(self) -> list[JumpPart]:
        return [part for part in self.parts if part.alpha == self.parts[-1].alpha]

    def drift(self, x: Array) -> Array:
        """Return b at points of any shape."""
        return self.shift - self.landscape.gradient(np.ravel(x)[:, None]).reshape(np.shape(x))

    def carried(self, distance: Array) -> Array:
        """Return the drift that the skewness of the jumps amounts to over a distance, as psi(1 / distance) has it."""
        found = np.zeros(np.shape(distance))
        for part in self.parts:
            if part.beta != 0.0:
                kernel = kernel_of(part.alpha, part.tempering)
                found -= 2.0 * part.beta * part.factor * kernel.odd(distance)
                if part.alpha != 1.0:  # the power of k that belongs to a power of z
                    power = part.beta * part.factor * distance**kernel.s * np.exp(-part.tempering * distance)
                    found += power * (math.tan(math.pi * part.alpha / 2) + 2.0 * kernel.c / kernel.s)
        return found

    def tilt(self, x: float, distance: float) -> float:
        """Return the skewness of the motion over a distance, drift included, to the right.

        It is the r of the exponent |k|^alpha (1 - i r) at k = 1 / distance, for the ruling alpha; beyond strictly
        stable motion about so.
        """
        drift = float(self.drift(np.array(x)) + self.carried(np.array(distance)))
        return drift * math.pow(distance, self.order - 1.0) / self.strength

    def jump_density(self, jump: Array) -> Array:
        """Return the Lévy density of all parts at jumps other than 0."""
        return np.asarray(sum((part.density(jump) for part in self.parts), np.zeros(np.shape(jump))))

    def jump_tail(self, gap: Array, side: float) -> Array:
        """Return the rate of jumps longer than `gap` > 0 to a side, 1 or -1."""
        return np.asarray(sum((part.tail(gap, side) for part in self.parts), np.zeros(np.shape(gap))))


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
    parts = []
    for amplitude, law in noise.leaves():
        part = jumps(amplitude, law) if amplitude != 0.0 and law.jumps else None
        if part is None and law.jumps and amplitude != 0.0:
            raise ValueError(f"the noise has the part {law!r}; {SUPPORTED}")
        if part is not None:
            parts.append(part)
    if not parts and noise.variance_rate == 0.0:
        raise ValueError(f"the noise has no amplitude (epsilon={sde.epsilon:g}); give an epsilon above 0")
    low = min((part.alpha for part in parts), default=1.0)
    if low < 0.1:
        raise ValueError(f"alpha={low:g} is below 0.1, where the mesh of the solver is not tested; {SUPPORTED}")
    question = Question(sde.landscape, noise.variance_rate, merged(parts), a, b, float(sum(map(shift, parts))))
    if (math.isinf(b) and question.closed("left")) or (math.isinf(a) and question.closed("right")):
        raise ValueError(
            f"no path leaves {domain!r}: all jumps of {sde.noise!r} lead away from its end, and so does the drift there"
        )
    return question


def ask_rate(sde: SDE, domain: Domain) -> Question:
    """Return the question, for numbers of the long run.

    Raises
    ------
    TypeError, ValueError
        As `ask`; and where every path only moves one way, so that no rate describes its survival.
    """
    question = ask(sde, domain)
    signs = {part.beta for part in question.parts}
    if question.variance == 0.0 and question.order < 1.0 and signs in ({1.0}, {-1.0}):
        (sign,) = signs
        rests = np.concatenate([sde.landscape.minima.ravel(), sde.landscape.saddles.ravel()])
        inside = np.sort(rests[(rests > question.a) & (rests < question.b)])
        low = question.a if math.isfinite(question.a) else min(inside, default=question.b) - 1.0
        high = question.b if math.isfinite(question.b) else max(inside, default=question.a) + 1.0
        ends = np.concatenate([[low], inside, [high]])
        if np.all(sign * question.drift((ends[:-1] + ends[1:]) / 2) >= 0.0):
            raise ValueError(
                f"with {sde.noise!r} and this drift every path only moves {'right' if sign > 0 else 'left'}; survival "
                "falls faster than any exponential and has no rate; use survival(sde, x0, domain, t)"
            )
    return question


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
