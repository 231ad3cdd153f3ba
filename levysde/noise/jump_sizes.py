r"""The law of one jump of a compound Poisson process: equally likely sizes, or a continuous distribution.

Both know three things: the table from which the sampler draws, :math:`E(1 - e^{ikJ})`, and the probability that a jump
leaves a domain.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde.noise.quantiles import PRECISION, quantile_nodes, quantiles, tails

if TYPE_CHECKING:
    from levysde.domains import Domain

LARGEST_TURN = 2.0  # of k J within a cell of the table: up to here by 8 Gauss points, beyond by Fourier quadrature


@dataclass(frozen=True)
class Atoms:
    """Equally likely jump sizes."""

    sizes: tuple[float, ...]

    def __repr__(self) -> str:
        shown = self.sizes if len(self.sizes) <= 6 else self.sizes[:5]
        numbers = ", ".join(f"{size:.12g}" for size in shown)
        return f"[{numbers}]" if shown is self.sizes else f"[{numbers}, ... {len(self.sizes)} sizes]"

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest jump that is drawn."""
        return min(self.sizes), max(self.sizes)

    def table(self) -> np.ndarray:
        """Return the sizes."""
        return np.array(self.sizes)

    def one_minus_phi(self, k: float) -> complex:
        """Return E(1 - exp(ikJ)), in closed form."""
        angle = k * np.array(self.sizes)
        return complex(np.mean(2 * np.sin(0.5 * angle) ** 2), -np.mean(np.sin(angle)))

    def share_outside(self, point: np.ndarray, domain: Domain, direction: np.ndarray) -> float:
        """Return P(point + J direction not in domain); the ends of the domain count as the domain says."""
        landings = point + np.multiply.outer(np.array(self.sizes), direction)
        return float(np.mean(~domain.contains(landings)))


class Continuous:
    """A continuous distribution, known by `ppf`, `cdf` and `pdf`, and in its upper tail by `isf` and `sf` if it can.

    Two of them are equal where they are the same object, or scipy distributions with the same arguments.
    """

    def __init__(self, distribution: Any) -> None:
        self.distribution = distribution
        self._nodes = quantile_nodes(distribution)

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest jump that is drawn."""
        return float(self._nodes[0][-1, 1]), float(self._nodes[1][-1, 1])

    def __repr__(self) -> str:
        name, arguments, keywords = self._key()
        words = [f"{value:.12g}" for value in arguments] + [f"{word}={value:.12g}" for word, value in keywords]
        return f"{name}({', '.join(words)})" if isinstance(name, str) else repr(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Continuous) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, tuple[float, ...], tuple[tuple[str, float], ...]]:
        inner = self.distribution
        if not all(hasattr(inner, word) for word in ("dist", "args", "kwds")):
            return inner, (), ()
        keywords = sorted((word, float(value)) for word, value in inner.kwds.items())
        return inner.dist.name, tuple(map(float, inner.args)), tuple(keywords)

    def table(self) -> np.ndarray:
        """Return the numbers of nodes below and above the median, then (E, quantile, slope) for each node."""
        below, above = self._nodes
        return np.concatenate([[len(below), len(above)], below.ravel(), above.ravel()])

    def share_outside(self, point: np.ndarray, domain: Domain, direction: np.ndarray) -> float:
        """Return P(point + J direction not in domain), through the cdf (the sf above the median)."""
        below, above = tails(self.distribution)
        middle = float(self.distribution.ppf(0.5))
        total = 0.0
        for low, high in domain.outside(point, direction):
            total += float(above(low) - above(high) if low >= middle else below(high) - below(low))
        return total

    def one_minus_phi(self, k: float) -> complex:
        """Return E(1 - exp(ikJ)) by quadrature, to about 1e-9."""
        total = 0j
        for nodes, sizes, weights, sign in self._grids:
            turns = abs(k) * np.abs(np.diff(nodes[:, 1]))
            fast = np.flatnonzero((turns > LARGEST_TURN) & (np.diff(nodes[:, 0]) > 10 * PRECISION))
            cells = int(fast[0]) if fast.size else len(turns)
            angle, weight = k * sizes[:cells], weights[:cells]
            total += complex(np.sum(weight * 2 * np.sin(0.5 * angle) ** 2), -np.sum(weight * np.sin(angle)))
            if cells < len(turns):
                total += 0.5 * math.exp(-nodes[cells, 0]) - self._beyond(float(nodes[cells, 1]), k, sign)
        return total

    @cached_property
    def _grids(self) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, float]]:
        """The two sides: (nodes, sizes and weights at Gauss points in each cell of E, sign)."""
        points, weights = np.polynomial.legendre.leggauss(8)
        grids = []
        for nodes, quantile, sign in zip(self._nodes, quantiles(self.distribution), (-1.0, 1.0), strict=True):
            half = 0.5 * np.diff(nodes[:, 0])[:, None]
            beyond = 0.5 * np.exp(-(nodes[:-1, :1] + half * (1 + points)))
            sizes = np.asarray(quantile(beyond), float)
            grids.append((nodes, sizes, half * weights * beyond, sign))
        return grids

    def _beyond(self, start: float, k: float, sign: float) -> complex:
        """Return the integral of exp(ikx) over the sizes beyond `start`, by cycles of the oscillation."""
        end = float(self.distribution.ppf(0.5 + 0.5 * sign))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what scipy's densities say at their poles
            parts = [
                _fourier(lambda y: float(self.distribution.pdf(sign * y)), sign * start, sign * end, abs(k), kind)
                for kind in ("cos", "sin")
            ]
        return complex(parts[0], math.copysign(sign, sign * k) * parts[1])


def _fourier(f: Any, low: float, high: float, k: float, kind: str) -> float:
    """Return the integral of f(y) cos(ky) or f(y) sin(ky) from low to high, which may be infinite."""
    from scipy.integrate import quad

    settings: dict[str, Any] = {"weight": kind, "wvar": k, "epsabs": 1e-11, "limit": 400, "full_output": 1}
    if math.isinf(high):
        return float(quad(f, low, math.inf, limlst=200, **settings)[0])
    return float(quad(f, low, high, **settings)[0])


def jump_sizes(jump: Any) -> Atoms | Continuous:
    """Return the law that a user named: a frozen distribution, or an array of equally likely sizes.

    Raises
    ------
    TypeError, ValueError
        If it is neither, or the sizes are empty, not finite or all zero.
    """
    if isinstance(jump, (Atoms, Continuous)):
        return jump
    if all(callable(getattr(jump, name, None)) for name in ("ppf", "cdf", "pdf")) and not _needs_arguments(jump):
        return Continuous(jump)
    if not isinstance(jump, (np.ndarray, Sequence)) or isinstance(jump, str):
        raise TypeError(
            f"jump={jump!r} is neither a frozen continuous distribution (scipy.stats.norm(0, 1), or anything with ppf, "
            "cdf and pdf) nor an array of equally likely jump sizes; give one of these"
        )
    from levysde._validate import finite_array

    sizes = finite_array(jump, "jump")
    if sizes.ndim != 1 or sizes.size == 0 or not np.any(sizes):
        raise ValueError(f"jump has shape {sizes.shape}; give a non-empty list of jump sizes that are not all zero")
    return Atoms(tuple(sizes.tolist()))


def _needs_arguments(jump: Any) -> bool:
    """Whether it is a scipy distribution that was not frozen, `scipy.stats.t` instead of `scipy.stats.t(3)`."""
    return hasattr(jump, "freeze")
