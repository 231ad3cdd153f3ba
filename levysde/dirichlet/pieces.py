"""A domain of several intervals: each is solved on its own mesh, and jumps over the gaps couple them.

Across a gap the Lévy density is smooth. With S_i the solution operator of interval i, nothing outside, and h_i(x) the
rate at which jumps bring value into x from all that is not beside it,

    u_i = (u_i for what is beside) + S_i h_i,    h_i(x) = sum_j int over D_j of (u_j(y) - g) nu(y - x) dy + given sets

with g the value of the set beside i on that side. This is an equation of the second kind with a smooth kernel, between
a few panels of each interval, and a Krylov method solves it in some ten steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.mesh import Resolution, build
from levysde.dirichlet.question import Question
from levysde.dirichlet.reference import shapes
from levysde.dirichlet.stretches import merged
from levysde.dirichlet.system import System

Array = NDArray[np.float64]

COUPLED = 1e-13  # residual of the coupled equation
NODES = 18  # of a panel that is at most as long as its distance to where the kernel is singular


class Given(NamedTuple):
    """A set between or beside the intervals."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """Length of the set."""
        return self.high - self.low


@dataclass(frozen=True)
class Crossing:
    """The complement of some sets of the line.

    Attributes
    ----------
    intervals : tuple of Question
        The complement, from left to right.
    given : tuple of Given
        From left to right, disjoint.
    """

    intervals: tuple[Question, ...]
    given: tuple[Given, ...]

    @property
    def order(self) -> float:
        """The index that rules at short distances."""
        return self.intervals[0].order

    def beside(self, i: int) -> tuple[int | None, int | None]:
        """Return the numbers of the sets that interval i touches, None where it is open."""
        question = self.intervals[i]
        left = [k for k, given in enumerate(self.given) if given.high == question.a]
        right = [k for k, given in enumerate(self.given) if given.low == question.b]
        return (left[0] if left else None), (right[0] if right else None)


class Panels:
    """Where one interval takes part in the coupling: Legendre panels made of whole elements.

    Attributes
    ----------
    points : array, shape (n,)
        Gauss nodes of all panels, then the cut of each open end.
    scale : array, shape (n,)
        Quadrature weights there, 1 at a cut.
    """

    def __init__(self, system: System, gaps: tuple[float, float]) -> None:
        from scipy.sparse import csr_array

        mesh = system.mesh
        ends = np.append(mesh.lefts, mesh.lefts[-1] + mesh.lengths[-1])
        first, stop = np.array(merged(ends, gaps)).T
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        low, length = ends[first], ends[stop] - ends[first]
        points = low[:, None] + length[:, None] * (1 + nodes) / 2
        to_nodes = np.linalg.inv(np.polynomial.legendre.legvander(nodes, NODES - 1))
        rule = shapes(system.degree)
        panel = np.searchsorted(first, np.arange(system.elements), side="right") - 1
        places = mesh.lefts[:, None] + mesh.lengths[:, None] * (1 + rule.nodes) / 2
        xi = 2 * (places - low[panel, None]) / length[panel, None] - 1
        lagrange = np.polynomial.legendre.legvander(xi, NODES - 1) @ to_nodes
        shares = np.einsum("e,q,eqm,qk->emk", mesh.lengths, rule.weights, lagrange, rule.values, optimize=True)
        rows = np.broadcast_to((panel[:, None] * NODES + np.arange(NODES))[:, :, None], shares.shape)
        columns = np.broadcast_to(system.local[:, None, :], shares.shape)
        self.moments = csr_array((shares.ravel(), (rows.ravel(), columns.ravel())), (points.size, system.size))
        self.open_nodes = [n for kind, n in ((mesh.left, 0), (mesh.right, system.elements)) if kind == "open"]
        self.system = system
        self.points = np.concatenate([points.ravel(), ends[self.open_nodes]])
        self.scale = np.concatenate([(length[:, None] * weights / 2).ravel(), np.ones(len(self.open_nodes))])

    def load(self, h: Array) -> Array:
        """Right-hand side of a source h, given at `points`."""
        inner = len(h) - len(self.open_nodes)
        found: Array = self.moments.T @ h[:inner]
        found[self.open_nodes] = h[inner:]
        return found

    def averages(self, u: Array) -> Array:
        """Averages of u around `points`, and its value at each cut."""
        return np.asarray(np.concatenate([self.moments @ u, u[self.open_nodes]]) / self.scale)


class Pieces:
    """Solutions on all intervals of a crossing at once, each a list of coefficient vectors."""

    def __init__(self, crossing: Crossing, resolution: Resolution) -> None:
        self.crossing = crossing
        self.systems = [System(q, build(q, resolution)) for q in crossing.intervals]
        self._chances: dict[tuple[float, ...], list[Array]] = {}

    @property
    def unknowns(self) -> int:
        """Number of equations that are solved."""
        return sum(system.unknowns for system in self.systems)

    @property
    def unresolved(self) -> float:
        """Relative error of what no mesh reaches."""
        return COUPLED + max(system.mesh.unresolved for system in self.systems)

    @cached_property
    def _panels(self) -> list[Panels]:
        found = []
        for i, system in enumerate(self.systems):
            widths = [math.inf if k is None else self.crossing.given[k].width for k in self.crossing.beside(i)]
            found.append(Panels(system, (widths[0], widths[1])))
        return found

    @cached_property
    def _kernels(self) -> dict[tuple[int, int], Array]:
        """What values in interval j give to the points of interval i."""
        question = self.crossing.intervals[0]
        found = {}
        for i, to in enumerate(self._panels):
            for j, origin in enumerate(self._panels):
                if i == j:
                    continue
                gaps, inner = origin.points - to.points[:, None], len(origin.points) - len(origin.open_nodes)
                matrix = np.empty(gaps.shape)
                matrix[:, :inner] = question.jump_density(gaps[:, :inner]) * origin.scale[:inner]
                matrix[:, inner:] = question.jump_tail(np.abs(gaps[:, inner:]), 1 if j > i else -1)
                found[i, j] = matrix
        return found

    def _sources(self, values: Sequence[float]) -> list[Array]:
        """Return what the rest of the line adds to the sets that an interval touches, 0 on the other intervals."""
        question, given = self.crossing.intervals[0], self.crossing.given
        ranges = [(g.low, g.high, value) for g, value in zip(given, values, strict=True)]
        ranges += [(q.a, q.b, 0.0) for q in self.crossing.intervals]
        found = []
        for i, panels in enumerate(self._panels):
            h = np.zeros(len(panels.points))
            for k, sign in zip(self.crossing.beside(i), (-1, 1), strict=True):
                if k is None:
                    continue
                start = given[k].high if sign > 0 else -given[k].low
                x = sign * panels.points
                for low, high, value in ranges:
                    near, far = (low, high) if sign > 0 else (-high, -low)
                    if near >= start and value != values[k]:
                        reached = question.jump_tail(near - x, sign) - question.jump_tail(far - x, sign)
                        h += (value - values[k]) * reached
            found.append(h)
        return found

    def _coupled(self, start: Sequence[Array], values: Sequence[float]) -> list[Array]:
        """Return u_i = start_i + S_i h_i, where start_i sees only what is beside interval i."""
        from scipy.sparse.linalg import LinearOperator, gmres

        if len(self.systems) == 1 and len(values) <= 2:
            return list(start)
        panels = self._panels
        cuts = np.cumsum([len(p.points) for p in panels])[:-1]

        def received(averages: Array) -> list[Array]:
            parts = np.split(averages, cuts)
            found = [np.zeros(len(p.points)) for p in panels]
            for (i, j), kernel in self._kernels.items():
                found[i] += kernel @ parts[j]
            return found

        def answer(h: Sequence[Array]) -> list[Array]:
            return [p.system.solve(p.load(one)) for p, one in zip(panels, h, strict=True)]

        def averages(u: Sequence[Array]) -> Array:
            return np.concatenate([p.averages(one) for p, one in zip(panels, u, strict=True)])

        alone = [u + v for u, v in zip(start, answer(self._sources(values)), strict=True)]
        right = averages(alone)
        operator = LinearOperator(
            (len(right), len(right)), matvec=lambda v: v - averages(answer(received(v))), dtype=np.float64
        )
        found, _ = gmres(operator, right, rtol=COUPLED, atol=0.0, restart=80, maxiter=3)
        return [u + v for u, v in zip(alone, answer(received(found)), strict=True)]

    @cached_property
    def times(self) -> list[Array]:
        """Mean time to the given sets."""
        return self._coupled([system.times(1) for system in self.systems], [0.0] * len(self.crossing.given))

    def chances(self, values: tuple[float, ...]) -> list[Array]:
        """Solution of A u = 0 with a value on each given set."""
        if values not in self._chances:
            start = []
            for i, system in enumerate(self.systems):
                left, right = (None if k is None else values[k] for k in self.crossing.beside(i))
                if left is None or right is None:  # one set beside it: u would be constant
                    start.append((left or right or 0.0) * system.one)
                else:
                    start.append(left * system.chance(0) + right * system.chance(1))
            self._chances[values] = self._coupled(start, values)
        return self._chances[values]

    def at(self, u: Sequence[Array], x: float) -> float:
        """Value at a point of the intervals."""
        i = next(i for i, q in enumerate(self.crossing.intervals) if q.a < x < q.b)
        return self.systems[i].at(u[i], x)
