"""What every noise is: the law of its increments, and the properties that theory asks for.

Adding a noise is one file with a subclass of `Law` and one line in `levysde/noise/__init__.py`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from levysde._validate import finite_number

if TYPE_CHECKING:
    from levysde._jit import Kernel
    from levysde.domains import Domain


@dataclass(frozen=True)
class Increment:
    """One independent part of a noise's increment over a step: `scale` times variates of `sampler` with `table`."""

    sampler: Kernel
    table: np.ndarray
    scale: float


class Near(NamedTuple):
    """The stable motion that a law looks like over short times: dt^(-1/alpha) times its increment tends to it."""

    alpha: float  # 0 where the jumps are finitely many
    scale: float  # of the widest direction
    alike: bool  # whether the components (all directions, if they are dependent) are symmetric and have this scale


class Cut(NamedTuple):
    """A symmetric law cut at a length: Pareto jumps beyond it, and the variance of all that is smaller."""

    rate: float  # of the jumps longer than the threshold, per unit time, of all components together
    variance: float  # per unit time and component: Gaussian part and smaller jumps
    alpha: float  # P(longer than r | longer than the threshold) = (threshold / r)^alpha
    isotropic: bool  # directions uniform on the sphere; otherwise along the axes


class Noise(ABC):
    """A Lévy process N; frozen. Noises add up (independent parts) and are multiplied by numbers.

    Conventions: Brownian motion has variance t. `AlphaStable(alpha)` has E exp(ikL_t) = exp(-t |k|^alpha), hence
    `AlphaStable(2)` has variance 2t: it is sqrt(2) times Brownian motion.
    """

    @abstractmethod
    def leaves(self) -> tuple[tuple[float, Law], ...]:
        """Return the independent parts as (amplitude, law)."""

    @property
    def dim(self) -> int | None:
        """The dimension of the process; None where it can have any."""
        return next((law.dim for _, law in self.leaves() if law.dim is not None), None)

    def check_dim(self, dim: int) -> None:
        """Raise a ValueError if this noise cannot move a point of `dim` coordinates."""
        if self.dim not in (None, dim):
            raise ValueError(f"{self!r} has dimension {self.dim}, but was asked for dimension {dim}; these must agree")

    def psi(self, k: Any, *, dim: int = 1) -> np.ndarray:
        """Return the characteristic exponent: E exp(i k.N_t) = exp(-t psi(k)).

        Parameters
        ----------
        k : array; for `dim=1` taken elementwise, otherwise of shape (..., dim)
        dim : dimension of the process

        Returns
        -------
        ndarray of the shape of k (without its last axis for dim > 1); complex for skewed laws
        """
        self.check_dim(dim)
        k = np.asarray(k, float)
        if dim > 1 and k.shape[-1:] != (dim,):
            raise ValueError(f"k has shape {k.shape}; for dim={dim} its last axis must have length {dim}")
        vectors = k if dim > 1 else k[..., None]
        return sum((law.exponent(amplitude * vectors) for amplitude, law in self.leaves()), np.zeros(()))

    @property
    def variance_rate(self) -> float:
        """Variance of the Gaussian part per unit time and component (Brownian: 1)."""
        return sum(amplitude * amplitude * law.gaussian_rate for amplitude, law in self.leaves())

    @property
    def has_jumps(self) -> bool:
        """Whether the paths jump."""
        return any(law.jumps and amplitude != 0 for amplitude, law in self.leaves())

    def jump_rate(self, point: Any, domain: Domain) -> float:
        """Return the rate of the jumps that lead from `point` out of `domain`: nu{y : point + y not in domain}.

        Raises
        ------
        ValueError
            If the point is not inside the domain.
        """
        point = np.atleast_1d(np.asarray(point, float))
        if point.shape != (domain.dim,):
            raise ValueError(f"point has shape {point.shape}; the domain has dimension {domain.dim}")
        self.check_dim(domain.dim)
        if not np.all(domain.contains(point)):
            raise ValueError(f"point {point.tolist()} is not inside {domain!r}; a jump rate out of it has no meaning")
        return sum(
            law.exit_measure(point, domain, amplitude)
            for amplitude, law in self.leaves()
            if law.jumps and amplitude != 0
        )

    def increments(self, dt: float, dim: int) -> tuple[Increment, ...]:
        """Return the parts that an increment over `dt` in `dim` dimensions is the sum of."""
        self.check_dim(dim)
        return tuple(law.increment(dt, dim, amplitude) for amplitude, law in self.leaves() if amplitude != 0)

    def __add__(self, other: Any) -> Noise:
        if not isinstance(other, Noise):
            return NotImplemented
        return Sum(self.leaves() + other.leaves())

    def __mul__(self, factor: Any) -> Noise:
        if isinstance(factor, Noise):
            raise TypeError("two noises cannot be multiplied; add them, or multiply one by a number")
        factor = finite_number(factor, "amplitude of the noise")
        return Sum(tuple((factor * amplitude, law) for amplitude, law in self.leaves()))

    __rmul__ = __mul__

    def __neg__(self) -> Noise:
        return self * -1.0

    def __sub__(self, other: Any) -> Noise:
        return self + -other if isinstance(other, Noise) else NotImplemented


class Law(Noise):
    """A noise that is not a sum: the unit from which others are built."""

    @property
    @abstractmethod
    def jumps(self) -> bool:
        """Whether the Lévy measure is not zero."""

    @property
    @abstractmethod
    def gaussian_rate(self) -> float:
        """Variance of the Gaussian part per unit time and component, at amplitude 1."""

    @property
    def dim(self) -> int | None:
        """None: most laws exist in every dimension."""
        return None

    @property
    def near(self) -> Near:
        """The stable motion that the paths look like from near; the default is that of jumps at a finite rate."""
        return Near(0.0, 0.0, True)

    def cut(self, threshold: float, dim: int, amplitude: float) -> Cut | None:
        """Return `amplitude` times the law, cut at jumps of the length `threshold`; None where that is not known."""
        return None

    def activity(self, dim: int) -> float:
        """Return the rate of all jumps, however small: the total Lévy measure."""
        return math.inf if self.jumps else 0.0

    @abstractmethod
    def exponent(self, k: np.ndarray) -> np.ndarray:
        """Return psi for vectors k of shape (..., dim)."""

    @abstractmethod
    def exit_measure(self, point: np.ndarray, domain: Domain, amplitude: float) -> float:
        """Return the Lévy measure of {y : point + amplitude * y not in domain}."""

    @abstractmethod
    def increment(self, dt: float, dim: int, amplitude: float) -> Increment:
        """Return how `amplitude` times the increment over `dt` is drawn."""

    def leaves(self) -> tuple[tuple[float, Law], ...]:
        """Return the law itself, with amplitude 1."""
        return ((1.0, self),)


@dataclass(frozen=True)
class Sum(Noise):
    """A linear combination of independent laws; made by `+` and `*`, not by hand."""

    terms: tuple[tuple[float, Law], ...]

    def __post_init__(self) -> None:
        dims = sorted({law.dim for _, law in self.terms if law.dim is not None})
        if len(dims) > 1:
            raise ValueError(f"the noises have dimensions {dims}; only noises of one dimension can be added")

    def leaves(self) -> tuple[tuple[float, Law], ...]:
        """Return the terms."""
        return self.terms

    def __repr__(self) -> str:
        return " + ".join(f"{law!r}" if amplitude == 1 else f"{amplitude:g} * {law!r}" for amplitude, law in self.terms)
