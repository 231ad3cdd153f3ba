"""Complements of convex domains: what is left when the domain is entered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from levysde.domains.base import (
    BoolArray,
    Convex,
    DistanceFunction,
    Domain,
    FloatArray,
    InsideFunction,
)


@dataclass(frozen=True, eq=False)
class Complement(Domain):
    """All finite points outside `domain`, boundary included; written ``~domain``.

    A path leaves it by entering `domain`.
    """

    domain: Domain

    def __post_init__(self) -> None:
        if not isinstance(self.domain, Convex):
            raise TypeError(f"domain={self.domain!r} has no complement here; give an Interval, Ball, Box or HalfSpace")
        object.__setattr__(self, "dim", self.domain.dim)

    @property
    def _convex(self) -> Convex:
        assert isinstance(self.domain, Convex)
        return self.domain

    @property
    def parameters(self) -> FloatArray:
        """Those of the domain left out."""
        return self.domain.parameters

    @property
    def inside_function(self) -> InsideFunction:
        """Plain function of the complement."""
        return self._convex.outside_function

    @property
    def distance_function(self) -> DistanceFunction | None:
        """That of the domain left out: the boundary is the same."""
        return self.domain.distance_function

    def shrink(self, distance: float) -> Domain:
        """Return the complement of the expanded domain."""
        return ~self.domain.expand(distance)

    def expand(self, distance: float) -> Domain:
        """Return the complement of the shrunk domain."""
        return ~self.domain.shrink(distance)

    def _contains(self, x: FloatArray) -> BoolArray:
        return np.isfinite(x).all(axis=1) & ~self.domain._contains(x)

    def _signed_distance(self, x: FloatArray) -> FloatArray:
        return -self.domain._signed_distance(x)

    def _outside(self, start: FloatArray, direction: FloatArray) -> list[tuple[float, float]]:
        low, high = self._convex._chord(start, direction)
        return [(low, high)] if low < high else []

    def __invert__(self) -> Domain:
        return self.domain

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Complement) and self.domain == other.domain

    def __hash__(self) -> int:
        return hash((Complement, self.domain))

    def __repr__(self) -> str:
        return f"~{self.domain!r}"
