"""The matrix of the generator: stretches as dense blocks that share nodes, and what jumps carry between stretches.

It is the sum of S A_k S' and V M V', and one column on half-lines: A_k is the form within stretch k, V the moments on
the panels of all stretches, and M the form between those, 0 within a stretch.

A_k acts on slopes, and takes a constant to 0 but for the jumps at the ends of the domain. As a sum over a row of it the
0 would have no digits left where leaving a well is rare: a vector is held as a level of each stretch and the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.exchange import exchange, outward, ruling
from levysde.dirichlet.jump_form import Slopes, between_modes, compensated_modes
from levysde.dirichlet.mesh import Mesh
from levysde.dirichlet.nonlocal_part import compensated
from levysde.dirichlet.power_end import PowerEnd
from levysde.dirichlet.question import Question
from levysde.dirichlet.stretches import Indices, Stretch, stretches

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Block:
    """One stretch of the matrix, in the numbers of its own unknowns.

    Attributes
    ----------
    stretch : Stretch
    matrix : array, shape (m, m)
        A_k, tests in the rows.
    constant : array, shape (m,)
        What it makes of the constant 1.
    tests, solutions : array, shape (m, channels)
        Moments on the panels, of the tests and of u.
    jump : array, shape (channels,)
        Those of the constant 1: only its jumps at the ends of the domain count.
    channels : int array, shape (channels,)
        Where they are in the matrix M.
    """

    stretch: Stretch
    matrix: Array
    constant: Array
    tests: Array
    solutions: Array
    jump: Array
    channels: Indices


@dataclass(frozen=True, eq=False)
class Stiffness:
    """Galerkin form of -A, tests in the rows.

    Attributes
    ----------
    blocks : tuple of Block
    between : array, shape (channels, channels)
        M.
    outside : array, shape (size, 2)
        What u = 1 left and right of the domain adds to the right-hand side. The last unknown stands for nothing.
    """

    blocks: tuple[Block, ...]
    between: Array
    outside: Array

    def __matmul__(self, u: Array) -> Array:
        return self.of(u, np.zeros(len(self.blocks)), np.zeros(len(u), np.int64))

    def of(self, u: Array, levels: Array, owners: Indices) -> Array:
        """Return A (u + the level of the stretch that a node belongs to); `owners` are -1 where u is 0."""
        found, moments = np.zeros(len(u)), np.zeros(len(self.between))
        level_at = np.append(levels, 0.0)[owners]
        for level, block in zip(levels, self.blocks, strict=True):
            at, nodes = block.stretch.at, block.stretch.nodes
            values = u[at]
            values[:nodes] += level_at[at[:nodes]] - level
            found[at] += block.matrix @ values + level * block.constant
            moments[block.channels] = values @ block.solutions + level * block.jump
        return found + self.received(moments)

    def received(self, moments: Array) -> Array:
        """Return what the moments of u give to the tests of all other stretches."""
        found = np.zeros(len(self.outside))
        values = self.between @ moments
        for block in self.blocks:
            found[block.stretch.at] += block.tests @ values[block.channels]
        return found

    def shifted(self, z: complex, masses: list[Array]) -> Stiffness:
        """Return the form of z - A; `masses` are those of the stretches."""
        blocks = []
        for block, mass in zip(self.blocks, masses, strict=True):
            constant = block.constant + z * mass[:, : block.stretch.nodes].sum(axis=1)
            blocks.append(replace(block, matrix=block.matrix + z * mass, constant=constant))
        return replace(self, blocks=tuple(blocks))


def assemble(question: Question, mesh: Mesh, powers: Mapping[int, PowerEnd], local: Array, closing: Array) -> Stiffness:
    """Assemble the form.

    Parameters
    ----------
    question, mesh
    powers : of the sides, 0 or 1, with a power on their outermost element
    local : array, shape (n, degree + 1, degree + 1)
        Drift and diffusion, element by element.
    closing : array, shape (degree + 1,)
        The equation at the cut of a half-line, in the unknowns of the last element.
    """
    rows = stretches(mesh)
    size = int(rows[-1].at[-1]) + 2
    between, channels = exchange(question, mesh, powers, rows)
    blocks, every_outside = [], np.zeros((size, 2))
    beyond = np.zeros((2, len(between)))  # moments of u = 1 left and right of the domain
    for row, (numbers, given) in zip(rows, channels, strict=True):
        matrix, outside, lift = jumps_within(question, mesh, powers, row)
        add_elements(matrix, local[row.first : row.stop], row.numbered)
        slopes = Slopes(row.mesh)
        solutions = slopes.of_unknowns(given)
        tests, constant, jump = solutions.copy(), lift.copy(), np.zeros(len(numbers))
        ends = list(zip((0, 1), (0, row.nodes - 1), (row.mesh.left, row.mesh.right), strict=True))
        for side, node, kind in ends:
            if kind == "jump":
                x, sign = (question.b, 1.0) if side else (question.a, -1.0)
                outflow = max(sign * float(question.drift(np.array([x]))[0]), 0.0)
                matrix[node, node] += outflow
                outside[node, side] += outflow
                constant += outside[:, side]
                beyond[side, numbers] = sign * given[slopes.modes + slopes.sides.index(side)]
                jump -= beyond[side, numbers]
            elif kind == "open":
                for rows_of in (matrix, constant, tests, outside, lift):
                    rows_of[node] = 0.0
                at = row.numbered[-side]
                used = at < len(matrix)
                matrix[node, at[used]] = closing[used]
        for side, node, kind in ends:
            if kind in ("fixed", "power"):
                outside[:, side] -= matrix[:, node]
                beyond[side, numbers] = solutions[node]
        outside[:, int(mesh.left == "open")] += lift  # 0 but on half-lines
        every_outside[row.at] += outside
        blocks.append(Block(row, matrix, constant, tests, solutions, jump, numbers))
    found = Stiffness(tuple(blocks), between, every_outside)
    return replace(found, outside=every_outside - np.stack([found.received(one) for one in beyond], axis=1))


def jumps_within(
    question: Question, mesh: Mesh, powers: Mapping[int, PowerEnd], row: Stretch
) -> tuple[Array, Array, Array]:
    """Return the jumps' form within a stretch, what u = 1 beyond jumping ends adds, (m, 2), and what 1 gives, (m,)."""
    slopes, m = Slopes(row.mesh), len(row.at)
    matrix, outside, lift = np.zeros((m, m)), np.zeros((m, 2)), np.zeros(m)
    for part in question.parts:
        turn = outward(mesh, part)
        if turn == 0.0:
            tests = slopes.of_unknowns(between_modes(row.mesh, part, ruling(question, part, powers, row.mesh)))
            matrix += slopes.of_unknowns(tests.T).T
            outside[:, slopes.sides] -= tests[:, slopes.modes :] * slopes.signs
            continue
        before = mesh.lengths[: row.first] if turn > 0.0 else mesh.lengths[row.stop :]
        form, taken = compensated_modes(row.mesh, part, turn, float(before.sum()), compensated)
        matrix += slopes.of_unknowns(slopes.of_unknowns(form).T).T
        # What is taken off the kernel meets the slopes farther out, up to where u is constant: this is the value at the
        # far end of the stretch. So it is with the tests, and with u = 1 the slope of the constant has no other end.
        far, weights = (row.nodes - 1 if turn > 0.0 else 0), turn * slopes.of_unknowns(taken)
        matrix[:, far] += (1 - turn * part.beta) * weights
        matrix[far] += (1 + turn * part.beta) * weights
        lift += (1 - turn * part.beta) * weights
    return matrix, outside, lift


def add_elements(matrix: Array, local: Array, numbered: Indices) -> None:
    """Add what every element gives to its own unknowns."""
    for block, at in zip(local, numbered, strict=True):
        used = at < len(matrix)
        matrix[np.ix_(at[used], at[used])] += block[np.ix_(used, used)]
