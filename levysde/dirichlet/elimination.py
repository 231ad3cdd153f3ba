"""The equations of all stretches solved: each by itself, then what they share.

The matrix is D + L C R', D made of one dense block for each stretch, with every node at a cut given to one of the two.
L and R have few columns: the channels of the jumps between stretches, and for a node at a cut its value, its row, and
its column and row in the other stretch. With omega = C R'u, and lambda the value at one point of each well left out,

    D w + E lambda + L omega = f,    omega - C R'w - C r lambda = 0

is solved for w, then for (lambda, omega): E is the column left out, R'u = r for lambda = 1, and the row is kept apart.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.stiffness import Block, Stiffness
from levysde.dirichlet.stretches import Indices

Array = NDArray[np.float64]
Used = NDArray[np.bool_]

OFTEN = 1e3  # that many times more time elsewhere asks for another pinned node


class Split(NamedTuple):
    """Which unknowns and tests are used, and how stretches share them.

    Attributes
    ----------
    free, tests : bool array, shape (size,)
        Columns and rows of the matrix.
    owners : int array, shape (size,)
        The stretch that a node belongs to, -1 where u is given.
    pinned : int array, shape (stretches,)
        The node of each stretch whose value is left out, -1 where none is. If paths hardly ever are there, as with
        jumps of alpha < 1 to one side only, another one is taken.
    """

    free: Used
    tests: Used
    owners: Indices
    pinned: Indices


class Factors(NamedTuple):
    """LU factors of a matrix whose rows and columns have been scaled to entries of size one."""

    scales: tuple[Array, Array]
    lu: Any

    def solve(self, f: Array, *, trans: int = 0) -> Array:
        """Return A^-1 f, or A'^-1 f; f may have several columns."""
        from scipy.linalg import lu_solve

        before, after = self.scales[trans], self.scales[1 - trans]
        found = lu_solve(self.lu, (before * f.T).T, trans=trans, check_finite=False)
        return np.asarray((after * found.T).T)


def factorised(matrix: Array) -> Factors:
    """Return the factors; the matrix is lost."""
    from scipy.linalg import lu_factor

    rows, columns = np.ones(len(matrix)), np.ones(len(matrix))
    size = np.abs(matrix)
    for _ in range(3):
        r, c = (1.0 / np.sqrt(size.max(axis=axis, initial=0.0)) for axis in (1, 0))
        size *= r[:, None]
        size *= c
        rows *= r
        columns *= c
    matrix *= rows[:, None]
    matrix *= columns
    return Factors((rows, columns), lu_factor(matrix, overwrite_a=True, check_finite=False))


class Part(NamedTuple):
    """One stretch; q shared unknowns concern it: the value left out, if one is, then its channels."""

    unknowns: Indices  # in the numbers of the whole mesh, and so are the tests
    tests: Indices
    pinned: Indices  # the node whose value is left out, or none
    factors: Factors
    given: Array  # (tests, q): E, L
    asked: Array  # (q, unknowns): the row left out, R'
    answers: Array  # (unknowns, q): D^-1 (E, L)
    shared: Indices  # where the q stand among all that are shared


class Elimination(ABC):
    """The matrix factorised."""

    def __init__(self, form: Stiffness, split: Split) -> None:
        self.form, self.split = form, split
        self.channels, self.firsts = channels(form, split.owners)
        self.pins = int(np.count_nonzero(split.pinned >= 0))
        one = np.repeat([0.0, 1.0], [self.pins, len(self.channels)])
        schur = np.diag(one).astype(self.channels.dtype)
        self.parts = [self._part(k, schur) for k in range(len(form.blocks))]
        self.factors = factorised(schur)
        self.pinned = np.concatenate([part.pinned for part in self.parts])

    @abstractmethod
    def border(self, k: int, own: Used, pinned: Indices, matrix: Array, right: Array) -> tuple[Array, Array]:
        """Return what is left out of stretch k with its pinned node: the column E, (m, 1), and r, (channels, 1)."""

    def _part(self, k: int, schur: Array) -> Part:
        """Factorise one stretch, and add what it gives to the shared equations."""
        split, at = self.split, self.form.blocks[k].stretch.at
        own = belongs(self.form.blocks[k], split.owners, k)
        matrix, left, right = self._dense(k, own)
        pinned = np.flatnonzero(at == split.pinned[k])  # one node, or none
        unknowns, tests, factors = self._apart(at, own, pinned, matrix)
        if len(pinned):
            visited = np.zeros(len(at))  # how much time paths spend there, 1 at the pinned node
            visited[tests] = np.abs(factors.solve(matrix[pinned[0], unknowns], trans=1))
            visited[~split.free[at]] = visited[self.form.blocks[k].stretch.nodes :] = 0.0
            if visited.max() > OFTEN:
                pinned = np.array([np.argmax(visited)])
                unknowns, tests, factors = self._apart(at, own, pinned, matrix)
        column, seen = self.border(k, own, pinned, matrix, right) if len(pinned) else (left[:, :0], right[:0].T)
        given = np.concatenate([column, left], axis=1)
        asked = np.concatenate([matrix[pinned], right.T])[:, unknowns]
        answers = factors.solve(given[tests])
        # With w = -D^-1 (E lambda + L omega): the row left out, and R'u.
        pins, pin = len(pinned), np.count_nonzero(split.pinned[:k] >= 0)
        found = -asked @ answers
        found[:pins] += given[pinned]
        found[pins:, :pins] += seen
        here = slice(*self.firsts[k : k + 2])
        shared = np.concatenate([np.arange(pin, pin + pins), self.pins + np.arange(len(self.channels))[here]])
        schur[np.ix_(shared[:pins], shared)] += found[:pins]
        schur[self.pins :, shared] -= self.channels[:, here] @ found[pins:]
        return Part(at[unknowns], at[tests], at[pinned], factors, given[tests], asked, answers, shared)

    def _apart(self, at: Indices, own: Used, pinned: Indices, matrix: Array) -> tuple[Indices, Indices, Factors]:
        """Return unknowns and tests without the pinned node, and the factors of D between them."""
        used = own.copy()
        used[pinned] = False
        unknowns, tests = (np.flatnonzero(used & some[at]) for some in (self.split.free, self.split.tests))
        return unknowns, tests, factorised(matrix[np.ix_(tests, unknowns)])

    def _dense(self, k: int, own: Used) -> tuple[Array, Array, Array]:
        """Return D, L and R of one stretch, in all of its unknowns."""
        form, block = self.form, self.form.blocks[k]
        matrix, left, right = block.matrix.copy(), [block.tests], [block.solutions]
        for node, corner in corners(form, k):
            unit = np.zeros((len(own), 1))
            unit[node] = 1.0
            if own[node]:
                matrix[node, node] += corner
            left.append(unit if own[node] else block.matrix[:, node, None])
            right.append(unit if own[node] else block.matrix[node, :, None])
        return matrix, np.concatenate(left, axis=1), np.concatenate(right, axis=1)


class Levelled(Elimination):
    """With a stretch lifted by 1 as the column left out: u is a level plus a function that is 0 at the pinned node.

    The form takes constants to the rates of leaving, known to all digits. As a sum over a row of the matrix they would
    have none left where leaving is rare.
    """

    def border(self, k: int, own: Used, pinned: Indices, matrix: Array, right: Array) -> tuple[Array, Array]:
        """Return the column of the lifted stretch."""
        form, block = self.form, self.form.blocks[k]
        shut = [node for node in (0, block.stretch.nodes - 1) if not own[node]]
        column = block.constant - block.matrix[:, shut].sum(axis=1)
        seen = [block.jump - block.solutions[shut].sum(axis=0)]
        for node, corner in corners(form, k):
            seen.append(np.array([1.0 if own[node] else column[node]]))
            if own[node]:
                column[node] += corner
        return column[:, None], np.concatenate(seen)[:, None]

    def solve(self, load: Array) -> tuple[Array, Array]:
        """Return u less the level of each stretch, and the levels."""
        pins = self.pins
        shared = np.concatenate([load[self.pinned], np.zeros(len(self.channels))]).astype(self.channels.dtype)
        alone = [part.factors.solve(load[part.tests]) for part in self.parts]
        moments = np.zeros_like(shared)
        for part, u in zip(self.parts, alone, strict=True):
            moments[part.shared] = part.asked @ u
        shared[:pins] -= moments[:pins]
        shared[pins:] = self.channels @ moments[pins:]
        shared = self.factors.solve(shared)
        found = np.zeros(len(load), dtype=shared.dtype)
        for part, u in zip(self.parts, alone, strict=True):
            found[part.unknowns] = u - part.answers @ shared[part.shared]
        levels = np.zeros(len(self.parts), dtype=shared.dtype)
        levels[self.split.pinned >= 0] = shared[:pins]
        return found, levels


class Pinned(Elimination):
    """With the column of the pinned node itself left out."""

    def border(self, k: int, own: Used, pinned: Indices, matrix: Array, right: Array) -> tuple[Array, Array]:
        """Return the column of the node."""
        return matrix[:, pinned], right[pinned].T

    def solve_transposed(self, load: Array) -> Array:
        """Return p with A'p = load, p in the place of the tests."""
        pins = self.pins
        shared = np.concatenate([load[self.pinned], np.zeros(len(self.channels))])
        alone = [part.factors.solve(load[part.unknowns], trans=1) for part in self.parts]
        for part, p in zip(self.parts, alone, strict=True):
            shared[part.shared] -= p @ part.given
        shared = self.factors.solve(shared, trans=1)
        weights = np.concatenate([shared[:pins], -shared[pins:] @ self.channels])
        found = np.zeros(len(load))
        found[self.pinned] = shared[:pins]
        for part, p in zip(self.parts, alone, strict=True):
            found[part.tests] = p - part.factors.solve(weights[part.shared] @ part.asked, trans=1)
        return found


def belongs(block: Block, owners: Indices, k: int) -> Used:
    """Return which unknowns belong to a stretch: all but nodes at cuts that the other one has, and given ones."""
    nodes = block.stretch.nodes
    return np.concatenate([owners[block.stretch.at[:nodes]] == k, np.ones(len(block.stretch.at) - nodes, bool)])


def corners(form: Stiffness, k: int) -> list[tuple[int, float]]:
    """Return the nodes of stretch k at cuts, in its own numbers, with the other stretch's entry there."""
    found = []
    if k > 0:
        other = form.blocks[k - 1]
        found.append((0, other.matrix[other.stretch.nodes - 1, other.stretch.nodes - 1]))
    if k < len(form.blocks) - 1:
        found.append((form.blocks[k].stretch.nodes - 1, form.blocks[k + 1].matrix[0, 0]))
    return found


def channels(form: Stiffness, owners: Indices) -> tuple[Array, Indices]:
    """Return C, and where the channels of each stretch begin: those of jumps, then of its cuts."""
    many = len(form.blocks)
    counts = [len(b.channels) + len(corners(form, k)) for k, b in enumerate(form.blocks)]
    firsts = np.concatenate([[0], np.cumsum(counts)])
    found = np.zeros((firsts[-1], firsts[-1]), dtype=form.blocks[0].matrix.dtype)
    jumps = np.zeros(len(form.between), np.int64)
    for first, block in zip(firsts, form.blocks, strict=False):
        jumps[block.channels] = first + np.arange(len(block.channels))
    found[np.ix_(jumps, jumps)] = form.between
    shared = []  # of every cut: the stretch it does not belong to, its number in there, both channels
    for k in range(many - 1):
        at_left, at_right = firsts[k + 1] - 1, firsts[k + 1] + len(form.blocks[k + 1].channels)
        last = form.blocks[k].stretch.nodes - 1
        left_has_it = owners[form.blocks[k].stretch.at[last]] == k
        shared.append((k + 1, 0, at_left, at_right) if left_has_it else (k, last, at_right, at_left))
    for other, node, own, _ in shared:  # slopes of the node's hat reach into the other stretch
        block = form.blocks[other]
        found[jumps, own] = form.between[:, block.channels] @ block.solutions[node]
    for other, node, own, beside in shared:
        block = form.blocks[other]
        found[own] = block.tests[node] @ found[jumps[block.channels]]
        found[own, beside] = found[beside, own] = 1.0
    for (k, left, at_left, _), (same, right, at_right, _) in itertools.pairwise(sorted(shared)):
        if k == same:  # neither of its ends belongs to this stretch
            found[at_left, at_right] += form.blocks[k].matrix[left, right]
            found[at_right, at_left] += form.blocks[k].matrix[right, left]
    return found, firsts
