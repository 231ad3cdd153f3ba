"""The form of one kind of jumps between the shapes of a mesh: values at the nodes, then the bubbles of each element."""

from __future__ import annotations

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.kernel import Kernel, kernel_of
from levysde.dirichlet.mesh import Mesh
from levysde.dirichlet.nonlocal_part import compensated, jumps, pairs
from levysde.dirichlet.parts import JumpPart
from levysde.dirichlet.power_end import PowerEnd, with_itself, with_others

Array = NDArray[np.float64]


def add_jumps(matrix: Array, outside: Array, mesh: Mesh, part: JumpPart, powers: dict[int, PowerEnd]) -> None:
    """Add the nonlocal form; hats have the slopes of the differences between nodes, jumps count among them.

    Parameters
    ----------
    matrix : (size, size), tests in the rows
    outside : (size, 2)
        What u = 1 left and right of the domain adds to the right-hand side.
    mesh : Mesh
    part : JumpPart
    powers : of the sides, 0 or 1, with a power on their outermost element
    """
    n, degree, factor = len(mesh.lengths), mesh.degree, part.factor
    inner = n + 1
    kernel = kernel_of(part.alpha, part.tempering)
    sides = [side for side, kind in enumerate((mesh.left, mesh.right)) if kind == "jump"]
    m = len(sides)
    potential = None
    if part.alpha < 1.0 and part.tempering == 0.0 and "open" in (mesh.left, mesh.right):
        order, turn = (slice(None, None, -1), -1.0) if mesh.left == "open" else (slice(None), 1.0)
        sign = turn ** np.arange(degree)
        modes, potential = compensated(mesh.lengths[order], kernel, turn * part.beta, degree)
        modes = np.ascontiguousarray(modes[order, :, order, :] * sign[:, None, None] * sign)
        potential = potential[order] * sign
        # A jump sits where the compensated kernel counts from: it is 0 there.
        tests, solutions, corners = np.zeros((m, n, degree)), np.zeros((m, n, degree)), np.zeros((m, m))
    else:
        modes = pairs(mesh.lengths, kernel, part.beta, degree, degrees=mesh.degrees)
        tests, solutions, corners = jumps(mesh.lengths, kernel, part.beta, degree, sides)
    for side, ends in powers.items():
        shape_end(modes, mesh, kernel, part.beta, side, ends)
    # Elements between weak joints have few bubbles; the others' places stay empty.
    e, j = np.nonzero(1 + np.arange(degree - 1) < mesh.degrees[:, None])
    at, places = inner + e * (degree - 1) + j, e * degree + 1 + j
    flat = modes.reshape(n * degree, n * degree)
    matrix[np.ix_(at, at)] += factor * flat[np.ix_(places, places)]
    means = np.block([[modes[:, 0, :, 0], solutions[:, :, 0].T], [tests[:, :, 0], corners]])
    mixed = np.vstack([flat[::degree, places], tests.reshape(m, n * degree)[:, places]])
    mixed_test = np.hstack([flat[places, ::degree], solutions.reshape(m, n * degree)[:, places].T])
    difference, beyond = np.zeros((n + m, inner)), np.zeros((n + m, 2))
    difference[np.arange(n), np.arange(n)] = -1.0
    difference[np.arange(n), np.arange(n) + 1] = 1.0
    for k, side in enumerate(sides):
        difference[n + k, n if side else 0] = -1.0 if side else 1.0
        beyond[n + k, side] = 1.0 if side else -1.0
    matrix[:inner, :inner] += factor * difference.T @ means @ difference
    matrix[:inner, at] += factor * difference.T @ mixed
    matrix[at, :inner] += factor * mixed_test @ difference
    if potential is not None:
        # The shape that stays constant beyond the cut has a slope whose mean is not zero, and so has u = 1 outside.
        node, other, mass = (0, 1, -factor) if mesh.left == "open" else (n, 0, factor)
        more = mass * np.concatenate([difference[:n].T @ potential[:, 0], potential[:, 1:].ravel()])
        matrix[:, node] += more
        outside[:, other] += more
    outside[:inner] -= factor * difference.T @ means @ beyond
    outside[at] -= factor * mixed_test @ beyond


def shape_end(modes: Array, mesh: Mesh, kernel: Kernel, beta: float, side: int, ends: PowerEnd) -> None:
    """Put the slopes of the powers in place of the constant modes of an outermost element, tests in the rows."""
    n, degree = len(mesh.lengths), mesh.degree
    e, order = (n - 1, slice(None, None, -1)) if side else (0, slice(None))
    lengths = mesh.lengths[order]
    sign = (-1.0) ** (side * np.arange(degree))
    others = np.arange(n)[order][1:]
    inward = -beta if side else beta
    tests = with_others(ends.test, lengths, kernel, degree) * sign
    solutions = with_others(ends.solution, lengths, kernel, degree) * sign
    modes[e, 0, others, :], modes[others, :, e, 0] = (1 + inward) * tests, (1 - inward) * solutions
    modes[e, 0, others, 0] -= inward * kernel.centre
    modes[others, 0, e, 0] += inward * kernel.centre
    modes[e, 0, e, 0] = with_itself(ends, kernel, float(lengths[0]), inward)
