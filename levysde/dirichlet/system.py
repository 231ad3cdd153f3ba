"""The generator on a mesh: stiffness and mass, what holds at the ends, and solutions as functions."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.breaks import attractors, resting
from levysde.dirichlet.elimination import Levelled, Split
from levysde.dirichlet.mesh import Mesh
from levysde.dirichlet.power_end import PowerEnd, exponents, logarithmic
from levysde.dirichlet.question import Question
from levysde.dirichlet.reference import basis, shapes, slopes
from levysde.dirichlet.stiffness import Stiffness, add_elements, assemble
from levysde.dirichlet.stretches import Indices, numbering

Array = NDArray[np.float64]


BLOWN = 3.0  # by how much drift exceeds noise where it rules
AGAINST = 1e6  # and to which power of alpha - 1 for skewed noise


class System:
    """Galerkin form of -A: for all test functions v, -<A u, v> = v . (stiffness u) and <u, v> = v . mass u.

    Unknowns are the values at the nodes, then the bubbles of each element. The value at a "fixed" end is given. At a
    "jump" end u is free, and the jump to the value outside is part of u'; where the drift points outward the value
    outside is imposed through the flux, so that the adjoint, which may jump there, is met too. At an "open" end the
    half-line is cut: u is constant beyond, and the test with its value is replaced by the equation b u' = -f there.
    """

    _along = 1.0  # the sign of the drift that values are carried against

    def __init__(self, question: Question, mesh: Mesh) -> None:
        self.question, self.mesh = question, mesh
        self.elements, self.degree = len(mesh.lengths), mesh.degree
        self.local, self.size = numbering(
            mesh.degrees, mesh.degree
        )  # (elements, degree + 1): numbers of local unknowns
        free = np.ones(self.size, bool)
        for kind, node, last in ((mesh.left, 0, 0), (mesh.right, self.elements, self.elements - 1)):
            free[node] = kind in ("jump", "open")
            free[self.local[last, 2:]] = kind != "power"
        free[-1] = False
        self.split = self._shared(free)
        self.stiffness = self._assemble()
        self.lost = 0.0  # relative error of solutions from round-off
        self._times: list[Array] = [self.one]
        self._chances: dict[int, Array] = {}

    @cached_property
    def _drift(self) -> Array:
        """Drift at the Gauss nodes of all elements."""
        places = self.mesh.lefts[:, None] + self.mesh.lengths[:, None] * (1 + shapes(self.degree).nodes) / 2
        return self.question.drift(places)

    def _shared(self, free: NDArray[np.bool_]) -> Split:
        """Return which unknowns and which test functions are used, and by which stretch; they differ where drift rules.

        There the mean of two one-sided equations, which a node's hat stands for, lets an alternating mode grow along
        the drift. A path carries u from where it goes to where it comes from: an element's own bubbles, one degree
        higher than those of u, then determine u at the node that the drift comes from.
        """
        unknowns, tests = free.copy(), free.copy()
        cuts = np.array(self.mesh.cuts, np.int64)
        of_element = np.searchsorted(cuts, np.arange(self.elements), side="right")
        owners = np.full(self.size, -1)
        # The node between two stretches goes to that of the element that determines it.
        owners[: self.elements] = of_element
        owners[self.elements] = of_element[-1]
        owners[cuts] -= self._along * self.question.drift(self.mesh.lefts[cuts]) < 0.0
        for e, rightward in self._ruled():
            node, top = e + (rightward != (self._along > 0.0)), self.local[e, self.mesh.degrees[e]]
            if tests[node] and unknowns[top]:
                tests[node] = unknowns[top] = False
                owners[node] = of_element[e]
        owners[: self.elements + 1][~free[: self.elements + 1]] = -1
        return Split(unknowns, tests, owners, self._pinned(owners, unknowns & tests))

    def _pinned(self, owners: Indices, used: NDArray[np.bool_]) -> Indices:
        """Return the node of each stretch whose value stands for the level of u there: the bottom of its well."""
        q, ends = self.question, np.append(self.mesh.lefts, self.mesh.lefts[-1] + self.mesh.lengths[-1])
        wells = sorted(attractors(q), key=lambda x: min(x - q.a, q.b - x))
        if not wells and not self.mesh.cuts:
            wells = [float(ends[len(ends) // 2])]
        found = np.full(len(self.mesh.cuts) + 1, -1)
        for x in wells:  # of several in a stretch the one farthest from the ends of the domain
            k = int(np.searchsorted(ends[list(self.mesh.cuts)], x))
            nodes = np.flatnonzero((owners == k) & used)
            if len(nodes):
                found[k] = nodes[np.argmin(np.abs(ends[nodes] - x))]
        return found

    def _ruled(self) -> list[tuple[int, bool]]:
        """Elements where drift exceeds noise by far, and whether it points to the right there.

        Where noise acts like diffusion, paths climb a barrier by a flux that is exponentially small, and that only the
        nodes' tests carry on: there only the way back from infinity counts. So it is against the skewness of jumps of
        alpha > 1, the more the larger alpha is: drift must exceed noise by more before that flux no longer counts.
        """
        q, mesh = self.question, self.mesh
        drift = self._drift + q.carried(mesh.lengths)[:, None]  # skewed jumps drift too
        noise = q.variance / 2 / mesh.lengths
        for alpha, c in q.stable:
            noise = noise + c * mesh.lengths ** (1.0 - alpha)
        blown = BLOWN if q.skew == 0.0 else max(BLOWN, AGAINST ** (q.order - 1.0))
        one_way = np.abs(drift.sum(axis=1)) == np.abs(drift).sum(axis=1)
        ruled = one_way & (np.abs(drift).min(axis=1) > blown * noise) & (mesh.degrees > 2)
        tempered = max((part.tempering for part in q.parts), default=0.0)
        diffusive = np.full(self.elements, True) if q.variance > 0.0 else mesh.lengths * tempered > 1.0
        inner = resting(q)
        inner = inner[(inner > q.a) & (inner < q.b)]
        if mesh.left == "open":
            diffusive &= mesh.lefts + mesh.lengths > inner.min(initial=q.b)
        if mesh.right == "open":
            diffusive &= mesh.lefts < inner.max(initial=q.a)
        return [(int(e), bool(drift[e, 0] > 0.0)) for e in np.flatnonzero(ruled & ~diffusive)]

    def _assemble(self) -> Stiffness:
        """Assemble the matrix, from what drift and diffusion give to every element."""
        q, mesh = self.question, self.mesh
        powers = {side: self._exponents(side) for side, _ in self._power_ends()}
        rule, drift = shapes(self.degree), self._drift
        pointwise = rule.weights[:, None, None] * rule.values[:, :, None] * rule.slopes[:, None, :]
        blocks = -np.tensordot(drift, pointwise, axes=(1, 0))
        for e, cuts in self._cut_by_joints():
            blocks[e] = self._drift_by_pieces(e, cuts)
        if q.variance > 0.0:
            square = (rule.weights[:, None] * rule.slopes).T @ rule.slopes
            blocks += q.variance / 2 * square / mesh.lengths[:, None, None]
        for side, e in self._power_ends():
            # f' g is constant for the powers f and g: see `power_end`.
            ends = powers[side]
            share = ends.solution / (ends.solution + ends.test)
            flux = float(rule.weights @ drift[e]) * share * (1.0 if side == 0 else -1.0)
            inside = 1 - side
            blocks[e] = 0.0
            blocks[e, inside, inside], blocks[e, inside, side] = -flux, flux
        return assemble(q, mesh, powers, blocks, self._closing)

    def _cut_by_joints(self) -> list[tuple[int, Array]]:
        """Elements with joints of the landscape inside, and where their pieces begin and end."""
        lefts, rights = self.mesh.lefts, self.mesh.lefts + self.mesh.lengths
        joints = np.sort(self.question.landscape.joints.ravel())
        spare = 1e-9 * self.mesh.lengths
        first = np.searchsorted(joints, lefts + spare, side="right")
        last = np.searchsorted(joints, rights - spare, side="left")
        return [(int(e), np.r_[lefts[e], joints[first[e] : last[e]], rights[e]]) for e in np.flatnonzero(last > first)]

    def _drift_by_pieces(self, e: int, cuts: Array) -> Array:
        """Drift's part of an element, integrated from joint to joint, where it is smooth."""
        rule = shapes(self.degree)
        left, length = self.mesh.lefts[e], self.mesh.lengths[e]
        places = (cuts[:-1, None] + np.diff(cuts)[:, None] * (1 + rule.nodes) / 2).ravel()
        weights = (np.diff(cuts)[:, None] / length * rule.weights).ravel() * self.question.drift(places)
        at = 2 * (places - left) / length - 1
        block: Array = -(weights[:, None] * basis(at, self.degree)).T @ slopes(at, self.degree)
        return block

    def _power_ends(self) -> list[tuple[int, int]]:
        """Sides, 0 or 1, with a power on their outermost element, and that element."""
        sides = [(0, 0)] if self.mesh.left == "power" else []
        return [*sides, (1, self.elements - 1)] if self.mesh.right == "power" else sides

    def _exponents(self, side: int) -> PowerEnd:
        x, e, sign = (self.question.a, 0, -1.0) if side == 0 else (self.question.b, -1, 1.0)
        order = self.question.order
        # Over the mean distance in the element, of its logarithm that is: the best one where powers change with it.
        outward = sign * self.question.tilt(x, float(self.mesh.lengths[e]) / math.e)
        ends = exponents(order, outward)
        return logarithmic(ends, outward, -sign * self.question.skew) if order == 1.0 and self.question.skew else ends

    @property
    def _closing(self) -> Array:
        """The equation at an open end, -b u' there, in the unknowns of its element."""
        e, xi = (0, -1.0) if self.mesh.left == "open" else (self.elements - 1, 1.0)
        x = self.mesh.lefts[e] + (self.mesh.lengths[e] if xi > 0.0 else 0.0)
        b = float(self.question.drift(np.array([x]))[0])
        return np.asarray(-b * slopes(np.array([xi]), self.degree)[0] / self.mesh.lengths[e])

    @cached_property
    def _element_masses(self) -> Array:
        rule = shapes(self.degree)
        return np.asarray(self.mesh.lengths[:, None, None] * ((rule.weights[:, None] * rule.values).T @ rule.values))

    @cached_property
    def mass(self) -> Any:
        """Sparse matrix of <u, v>; at an open end the value itself."""
        from scipy.sparse import coo_array

        values = self._element_masses
        rows = np.broadcast_to(self.local[:, :, None], values.shape)
        columns = np.broadcast_to(self.local[:, None, :], values.shape)
        open_nodes = [n for kind, n in ((self.mesh.left, 0), (self.mesh.right, self.elements)) if kind == "open"]
        kept = ~np.isin(rows, open_nodes)
        at = np.r_[rows[kept], open_nodes], np.r_[columns[kept], open_nodes]
        return coo_array((np.r_[values[kept], np.ones(len(open_nodes))], at), (self.size, self.size)).tocsr()

    @property
    def unknowns(self) -> int:
        """Number of equations that are solved."""
        return int(np.count_nonzero(self.split.free))

    @property
    def unresolved(self) -> float:
        """Relative error of what the mesh does not reach, and of round-off."""
        return self.mesh.unresolved + self.lost

    @property
    def one(self) -> Array:
        """The function 1."""
        found = np.zeros(self.size)
        found[: self.elements + 1] = 1.0
        return found

    @cached_property
    def _factors(self) -> Levelled:
        return Levelled(self.stiffness, self.split)

    def solve(self, load: Array) -> Array:
        """Return u with u = 0 outside and -A u = f, `load` = mass f (or any functional of the test functions)."""
        found, levels = self._factors.solve(load)
        # Once more, for the round-off of the factors, 1e-7 where exits are rare.
        more, higher = self._factors.solve(load - self.stiffness.of(found, levels, self.split.owners))
        found, levels = found + more, levels + higher
        size = max(np.abs(found).max(), np.abs(levels).max())
        changed = max(np.abs(more).max(), np.abs(higher).max()) / size if size > 0.0 else 0.0
        self.lost = max(self.lost, float(changed) ** 2)  # what the next step would change
        return self._raised(found, levels)

    def _raised(self, u: Array, levels: Array) -> Array:
        """Add to u the level of the stretch that a node belongs to."""
        return np.asarray(u + np.append(levels, 0.0)[self.split.owners])

    def times(self, order: int) -> Array:
        """Moment of the exit time, `order` 0, 1, 2, ...: A u_n = -n u_(n-1)."""
        while len(self._times) <= order:
            self._times.append(len(self._times) * self.solve(self.mass @ self._times[-1]))
        return self._times[order]

    def chance(self, side: int) -> Array:
        """Probability to leave to the left (0) or right (1)."""
        if side not in self._chances:
            found = self.solve(self.stiffness.outside[:, side])
            if (self.mesh.left, self.mesh.right)[side] in ("fixed", "power"):
                found[side * self.elements] = 1.0
            self._chances[side] = found
        return self._chances[side]

    def beyond(self, y: float) -> Array:
        """Probability to leave by a jump beyond a point y outside: A p = -(rate of the jumps that lead there)."""

        def rate(x: Array) -> Array:
            return self.question.jump_tail(np.abs(y - x), math.copysign(1.0, y - self.mesh.lefts[0]))

        rule, mesh = shapes(self.degree), self.mesh
        places = mesh.lefts[:, None] + mesh.lengths[:, None] * (1 + rule.nodes) / 2
        local = mesh.lengths[:, None] * (rate(places) @ (rule.weights[:, None] * rule.values))
        load: Array = np.bincount(self.local.ravel(), local.ravel(), self.size).astype(np.float64)
        for kind, node, x in ((mesh.left, 0, mesh.lefts[0]), (mesh.right, -1, mesh.lefts[-1] + mesh.lengths[-1])):
            if kind == "open":
                load[node % (self.elements + 1)] = rate(np.array([x]))[0]
        return self.solve(load)

    @cached_property
    def slowest(self) -> tuple[float, Array]:
        """The longest time scale 1/lambda, and its eigenfunction."""
        from scipy.sparse.linalg import LinearOperator, eigs

        def inverse(v: Array) -> Array:
            return self.solve(self.mass @ v)

        operator = LinearOperator((self.size, self.size), matvec=inverse, dtype=np.float64)
        scales, functions = eigs(operator, k=1, which="LM", v0=self.times(1), tol=1e-14, ncv=24)
        return float(scales[0].real), np.real(functions[:, 0])

    def resolvent(self, z: complex, x: float) -> complex:
        """Value at x of (z - A)^-1 1, for one complex z."""
        shifted = self.stiffness.shifted(z, self._masses)
        u = self._raised(*Levelled(shifted, self.split).solve(self.mass @ self.one))
        return complex(self.at(u.real, x), self.at(u.imag, x))

    @cached_property
    def _masses(self) -> list[Array]:
        """Masses of the stretches, dense; at a cut each has what its own element gives."""
        found = []
        for row in (block.stretch for block in self.stiffness.blocks):
            mass = np.zeros((len(row.at), len(row.at)))
            add_elements(mass, self._element_masses[row.first : row.stop], row.numbered)
            for node, kind in ((0, row.mesh.left), (row.nodes - 1, row.mesh.right)):
                if kind == "open":
                    mass[node] = 0.0
                    mass[node, node] = 1.0
            found.append(mass)
        return found

    def at(self, u: Array, x: float) -> float:
        """Value of u at a point of the mesh, or beyond an open end."""
        e = int(np.clip(np.searchsorted(self.mesh.lefts, x, side="right") - 1, 0, self.elements - 1))
        xi = min(max(2.0 * (x - self.mesh.lefts[e]) / self.mesh.lengths[e] - 1.0, -1.0), 1.0)
        return float(basis(np.array([xi]), self.degree)[0] @ u[self.local[e]])
