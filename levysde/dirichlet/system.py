"""The generator on a mesh: stiffness and mass, what holds at the ends, and solutions as functions."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.mesh import Mesh
from levysde.dirichlet.nonlocal_part import between_ends, compensated, pairs, to_left_end, to_right_end
from levysde.dirichlet.power_end import PowerEnd, exponents, with_itself, with_others
from levysde.dirichlet.question import Question
from levysde.dirichlet.reference import basis, riesz, shapes, slopes

Array = NDArray[np.float64]


class System:
    """Galerkin form of -A: for all test functions v, -<A u, v> = v . stiffness u and <u, v> = v . mass u.

    Unknowns are the values at the nodes, then the bubbles of each element. The value at a "fixed" end is given. At a
    "jump" end u is free, and the jump to the value outside is part of u'; where the drift points outward the value
    outside is imposed through the flux, so that the adjoint, which may jump there, is met too. At an "open" end the
    half-line is cut: u is constant beyond, and the test with its value is replaced by the equation b u' = -f there.
    """

    def __init__(self, question: Question, mesh: Mesh) -> None:
        self.question, self.mesh = question, mesh
        self.elements, self.degree = len(mesh.lengths), mesh.degree
        self.bubbles = self.elements * (self.degree - 1)
        self.size = self.elements + 1 + self.bubbles
        e = np.arange(self.elements)[:, None]
        inner = self.elements + 1 + e * (self.degree - 1) + np.arange(self.degree - 1)
        self.local = np.concatenate([e, e + 1, inner], axis=1)  # (elements, degree + 1): numbers of local unknowns
        free = np.ones(self.size, bool)
        for kind, node, last in ((mesh.left, 0, 0), (mesh.right, self.elements, self.elements - 1)):
            free[node] = kind in ("jump", "open")
            free[self.local[last, 2:]] = kind != "power"
        free[inner[mesh.degrees[:, None] <= 1 + np.arange(self.degree - 1)]] = False
        self.free = np.flatnonzero(free)
        self.outside = np.zeros((self.size, 2))  # what u = 1 left and right of the domain adds to the right-hand side
        self.stiffness = self._assemble()
        self._times: list[Array] = [self.one]
        self._chances: dict[int, Array] = {}

    def _assemble(self) -> Array:
        q, mesh, n = self.question, self.mesh, self.elements
        matrix = np.zeros((self.size, self.size))
        for alpha, factor in q.stable:
            self._add_stable(matrix, alpha, factor)
        rule = shapes(self.degree)
        places = mesh.lefts[:, None] + mesh.lengths[:, None] * (1 + rule.nodes) / 2
        drift = q.drift(places)
        pointwise = rule.weights[:, None, None] * rule.values[:, :, None] * rule.slopes[:, None, :]
        blocks = -np.tensordot(drift, pointwise, axes=(1, 0))
        if q.variance > 0.0:
            square = (rule.weights[:, None] * rule.slopes).T @ rule.slopes
            blocks += q.variance / 2 * square / mesh.lengths[:, None, None]
        for side, e in self._power_ends():
            # f' g is constant for the powers f and g: see `power_end`.
            ends = self._exponents(side)
            flux = float(rule.weights @ drift[e]) * ends.solution * (1.0 if side == 0 else -1.0)
            inside = 1 - side
            blocks[e] = 0.0
            blocks[e, inside, inside], blocks[e, inside, side] = -flux, flux
        for e in range(n):
            at = self.local[e]
            matrix[np.ix_(at, at)] += blocks[e]
        for side, node, x, sign in ((0, 0, q.a, -1.0), (1, n, q.b, 1.0)):
            kind = mesh.left if side == 0 else mesh.right
            if kind in ("fixed", "power"):
                self.outside[:, side] = -matrix[:, node]
            elif kind == "jump":
                outflow = max(sign * float(q.drift(np.array([x]))[0]), 0.0)
                matrix[node, node] += outflow
                self.outside[node, side] += outflow
            else:
                self._close(matrix, side)
        return matrix

    def _power_ends(self) -> list[tuple[int, int]]:
        """Sides, 0 or 1, with a power on their outermost element, and that element."""
        sides = [(0, 0)] if self.mesh.left == "power" else []
        return [*sides, (1, self.elements - 1)] if self.mesh.right == "power" else sides

    def _exponents(self, side: int) -> PowerEnd:
        x, sign = (self.question.a, -1.0) if side == 0 else (self.question.b, 1.0)
        return exponents(sign * float(self.question.drift(np.array([x]))[0]), self.question.strength)

    def _shape_ends(self, modes: Array) -> None:
        """Put the slopes of the powers in place of the constant modes of the outermost elements, tests in the rows."""
        kernel = riesz(1.0)
        for side, e in self._power_ends():
            ends, order = self._exponents(side), slice(None, None, -1 if side else 1)
            lengths = self.mesh.lengths[order]
            sign = (-1.0) ** (side * np.arange(self.degree))
            others = np.arange(self.elements)[order][1:]
            modes[e, 0, others, :] = with_others(ends.test, lengths, kernel, self.degree) * sign
            modes[others, :, e, 0] = with_others(ends.solution, lengths, kernel, self.degree) * sign
            modes[e, 0, e, 0] = kernel.c * (with_itself(ends) + np.log(lengths[0]))

    def _add_stable(self, matrix: Array, alpha: float, factor: float) -> None:
        """Add the nonlocal form; hats have the slopes of the differences between nodes, jumps count among them."""
        mesh, n, inner = self.mesh, self.elements, self.elements + 1
        potential = None
        if alpha < 1.0 and "open" in (mesh.left, mesh.right):
            order = slice(None, None, -1 if mesh.left == "open" else 1)
            sign = (-1.0) ** np.arange(self.degree) if mesh.left == "open" else np.ones(self.degree)
            modes, potential = compensated(mesh.lengths[order], alpha, self.degree)
            modes = modes[order, :, order, :] * sign[:, None, None] * sign
            potential = potential[order] * sign
        else:
            modes = pairs(mesh.lengths, alpha, self.degree)
        if alpha == 1.0:
            self._shape_ends(modes)
        flat = modes[:, 1:, :, 1:].reshape(self.bubbles, self.bubbles)
        matrix[inner:, inner:] += factor * flat
        means, mixed = modes[:, 0, :, 0], modes[:, 0, :, 1:].reshape(n, self.bubbles)
        mixed_test = modes[:, 1:, :, 0].reshape(self.bubbles, n).T  # another one only for powers at the ends
        difference = np.zeros((n, inner))
        difference[np.arange(n), np.arange(n)] = -1.0
        difference[np.arange(n), np.arange(n) + 1] = 1.0
        beyond = np.zeros((n, 2))
        sides = []
        if mesh.left == "jump":
            sides.append((0, to_left_end(mesh.lengths, alpha, self.degree)))
        if mesh.right == "jump":
            sides.append((1, to_right_end(mesh.lengths, alpha, self.degree)))
        at_itself, across = between_ends(mesh.lengths, alpha) if sides else (0.0, 0.0)
        for k, (side, values) in enumerate(sides):
            if potential is not None:
                # The jump sits where the compensated kernel counts from: it is constant there.
                values, itself = np.zeros_like(values), -at_itself
                values[:, 0] = -at_itself
            else:
                itself = at_itself
            column = values[:, 0]
            corner = [across] * k
            means = np.block([[means, np.append(column, corner)[:, None]], [np.append(column, corner), itself]])
            mixed = np.vstack([mixed, values[:, 1:].reshape(1, -1)])
            mixed_test = np.vstack([mixed_test, values[:, 1:].reshape(1, -1)])
            row, given = np.zeros((1, inner)), np.zeros((1, 2))
            row[0, 0 if side == 0 else n] = 1.0 if side == 0 else -1.0
            given[0, side] = -1.0 if side == 0 else 1.0
            difference, beyond = np.vstack([difference, row]), np.vstack([beyond, given])
        matrix[:inner, :inner] += factor * difference.T @ means @ difference
        matrix[:inner, inner:] += factor * difference.T @ mixed
        matrix[inner:, :inner] += factor * mixed_test.T @ difference
        if potential is not None:
            # The shape that stays constant beyond the cut is the only one whose slope has not the mean zero.
            node, mass = (0, -factor) if mesh.left == "open" else (n, factor)
            tests = difference.T @ np.append(potential[:, 0], [at_itself] * len(sides))
            matrix[:inner, node] += mass * tests
            matrix[inner:, node] += mass * potential[:, 1:].ravel()
        self.outside[:inner] -= factor * difference.T @ means @ beyond
        self.outside[inner:] -= factor * mixed_test.T @ beyond

    def _close(self, matrix: Array, side: int) -> None:
        """Replace the row of an open end by -b u' there."""
        e, xi = (0, -1.0) if side == 0 else (self.elements - 1, 1.0)
        x = self.mesh.lefts[e] + (self.mesh.lengths[e] if side else 0.0)
        node = self.elements if side else 0
        matrix[node] = 0.0
        b = float(self.question.drift(np.array([x]))[0])
        matrix[node, self.local[e]] = -b * slopes(np.array([xi]), self.degree)[0] / self.mesh.lengths[e]

    @cached_property
    def mass(self) -> Any:
        """Sparse matrix of <u, v>; at an open end the value itself."""
        from scipy.sparse import coo_array

        rule = shapes(self.degree)
        block = (rule.weights[:, None] * rule.values).T @ rule.values
        values = self.mesh.lengths[:, None, None] * block
        rows = np.broadcast_to(self.local[:, :, None], values.shape)
        columns = np.broadcast_to(self.local[:, None, :], values.shape)
        matrix = coo_array((values.ravel(), (rows.ravel(), columns.ravel())), (self.size, self.size)).tolil()
        for kind, node in ((self.mesh.left, 0), (self.mesh.right, self.elements)):
            if kind == "open":
                matrix[node] = 0.0
                matrix[node, node] = 1.0
        return matrix.tocsr()

    @property
    def unknowns(self) -> int:
        """Number of equations that are solved."""
        return len(self.free)

    @property
    def one(self) -> Array:
        """The function 1."""
        found = np.zeros(self.size)
        found[: self.elements + 1] = 1.0
        return found

    @cached_property
    def _factors(self) -> tuple[Array, Array, Any]:
        from scipy.linalg import lu_factor

        scaled = self.stiffness[np.ix_(self.free, self.free)]
        rows, columns = equilibrate(scaled)
        return rows, columns, lu_factor(scaled, overwrite_a=True, check_finite=False)

    def solve(self, load: Array) -> Array:
        """Return u with u = 0 outside and -A u = f, `load` = mass f (or any functional of the test functions)."""
        from scipy.linalg import lu_solve

        rows, columns, factors = self._factors
        found = np.zeros(self.size)
        found[self.free] = columns * lu_solve(factors, rows * load[self.free], check_finite=False)
        return found

    def times(self, order: int) -> Array:
        """Moment of the exit time, `order` 0, 1, 2, ...: A u_n = -n u_(n-1)."""
        while len(self._times) <= order:
            self._times.append(len(self._times) * self.solve(self.mass @ self._times[-1]))
        return self._times[order]

    def chance(self, side: int) -> Array:
        """Probability to leave to the left (0) or right (1)."""
        if side not in self._chances:
            found = self.solve(self.outside[:, side])
            if (self.mesh.left, self.mesh.right)[side] in ("fixed", "power"):
                found[side * self.elements] = 1.0
            self._chances[side] = found
        return self._chances[side]

    def beyond(self, y: float) -> Array:
        """Probability to leave by a jump beyond a point y outside: A p = -(rate of the jumps that lead there)."""

        def rate(x: Array) -> Array:
            gap = np.abs(y - x)
            found: Array = np.zeros_like(gap)
            for alpha, factor in self.question.stable:
                found += factor * tail(alpha) * gap**-alpha
            return found

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
        from scipy.linalg import solve

        at = np.ix_(self.free, self.free)
        matrix = self.stiffness[at] + z * self._dense_mass[at]
        rows, columns = self._factors[:2]
        load = rows * (self.mass @ self.one)[self.free]
        u = np.zeros(self.size, complex)
        u[self.free] = columns * solve(rows[:, None] * matrix * columns, load, overwrite_a=True, check_finite=False)
        return complex(self.at(u.real, x), self.at(u.imag, x))

    @cached_property
    def _dense_mass(self) -> Array:
        found: Array = self.mass.toarray()
        return found

    def at(self, u: Array, x: float) -> float:
        """Value of u at a point of the mesh, or beyond an open end."""
        e = int(np.clip(np.searchsorted(self.mesh.lefts, x, side="right") - 1, 0, self.elements - 1))
        xi = min(max(2.0 * (x - self.mesh.lefts[e]) / self.mesh.lengths[e] - 1.0, -1.0), 1.0)
        return float(basis(np.array([xi]), self.degree)[0] @ u[self.local[e]])


def tail(alpha: float) -> float:
    """c_alpha / alpha: jumps beyond r to one side have the rate (c_alpha / alpha) r^-alpha."""
    return math.gamma(alpha) * math.sin(math.pi * alpha / 2) / math.pi


def equilibrate(matrix: Array) -> tuple[Array, Array]:
    """Scale rows and columns to entries of size one, in place; returns the factors."""
    rows, columns = np.ones(len(matrix)), np.ones(len(matrix))
    for _ in range(3):
        size = np.abs(matrix)
        r, c = 1.0 / np.sqrt(size.max(axis=1)), 1.0 / np.sqrt(size.max(axis=0))
        matrix *= r[:, None]
        matrix *= c
        rows *= r
        columns *= c
    return rows, columns
