"""The form of one kind of jumps between the shapes of a mesh: values at the nodes, then the bubbles of each element."""

from __future__ import annotations

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.kernel import Kernel, kernel_of
from levysde.dirichlet.mesh import Mesh
from levysde.dirichlet.nonlocal_part import Layout, compensated, jumps, pairs
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
    kernel = kernel_of(part.alpha, part.tempering)
    sides = [side for side, kind in enumerate((mesh.left, mesh.right)) if kind == "jump"]
    m = len(sides)
    layout = Layout(mesh.degrees, degree)
    first, others = layout.first, layout.used.copy()
    others[:, 0] = False
    bubbles = np.flatnonzero(others[layout.used])
    potential = None
    if part.alpha < 1.0 and part.tempering == 0.0 and "open" in (mesh.left, mesh.right):
        order, turn = (slice(None, None, -1), -1.0) if mesh.left == "open" else (slice(None), 1.0)
        sign = np.broadcast_to(turn ** np.arange(degree), (n, degree))
        turned = Layout(mesh.degrees[order], degree)
        modes, potential = compensated(mesh.lengths[order], kernel, turn * part.beta, turned)
        back = np.concatenate([np.arange(modes.shape[0])[turned.of(e)] for e in np.arange(n)[order]])
        modes = modes[np.ix_(back, back)] * sign[layout.used][:, None] * sign[layout.used]
        potential = potential[order] * sign
        # A jump sits where the compensated kernel counts from: it is 0 there.
        tests, solutions, corners = np.zeros((m, n, degree)), np.zeros((m, n, degree)), np.zeros((m, m))
    else:
        modes = pairs(mesh.lengths, kernel, part.beta, layout)
        tests, solutions, corners = jumps(mesh.lengths, kernel, part.beta, degree, sides)
    for side, ends in powers.items():
        shape_end(modes, layout, mesh, kernel, part.beta, side, ends)
    # Nodes come first; those rows and columns are differences of the modes 0, jumps among them.
    signs = np.array([1.0 if side else -1.0 for side in sides])
    inner, last = n + 1, n + 1 + len(bubbles)
    at = [n if side else 0 for side in sides]

    def at_nodes(values: Array) -> Array:
        """Return what values at the n elements and the jumps, (n + m, ...), amount to at the nodes."""
        found = np.zeros((inner, *values.shape[1:]))
        found[:-1] -= values[:n]
        found[1:] += values[:n]
        found[at] -= signs.reshape(m, *[1] * (values.ndim - 1)) * values[n:]
        return found

    means = np.block([[modes[np.ix_(first, first)], solutions[:, :, 0].T], [tests[:, :, 0], corners]])
    mixed = np.vstack([modes[np.ix_(first, bubbles)], tests[:, others]])
    mixed_test = np.vstack([modes[np.ix_(bubbles, first)].T, solutions[:, others]])
    matrix[inner:last, inner:last] += factor * modes[np.ix_(bubbles, bubbles)]
    matrix[:inner, :inner] += factor * at_nodes(at_nodes(means).T).T
    matrix[:inner, inner:last] += factor * at_nodes(mixed)
    matrix[inner:last, :inner] += factor * at_nodes(mixed_test).T
    if potential is not None:
        # The shape that stays constant beyond the cut has a slope whose mean is not zero, and so has u = 1 outside.
        node, other, mass = (0, 1, -factor) if mesh.left == "open" else (n, 0, factor)
        more = mass * np.concatenate([at_nodes(np.concatenate([potential[:, 0], np.zeros(m)])), potential[others]])
        matrix[:last, node] += more
        outside[:last, other] += more
    outside[:inner, sides] -= factor * at_nodes(means[:, n:]) * signs
    outside[inner:last, sides] -= factor * mixed_test[n:].T * signs


def shape_end(modes: Array, layout: Layout, mesh: Mesh, kernel: Kernel, beta: float, side: int, ends: PowerEnd) -> None:
    """Put the slopes of the powers in place of the constant modes of an outermost element, tests in the rows."""
    n, degree = len(mesh.lengths), mesh.degree
    e, order = (n - 1, slice(None, None, -1)) if side else (0, slice(None))
    lengths = mesh.lengths[order]
    sign = (-1.0) ** (side * np.arange(degree))
    others = np.arange(n)[order][1:]
    inward = -beta if side else beta
    tests, solutions = np.zeros((n, degree)), np.zeros((n, degree))
    tests[others] = (1 + inward) * with_others(ends.test, lengths, kernel, degree) * sign
    solutions[others] = (1 - inward) * with_others(ends.solution, lengths, kernel, degree) * sign
    tests[others, 0] -= inward * kernel.centre
    solutions[others, 0] += inward * kernel.centre
    # What the modes 1, 2, ... of the element itself give is left: they are not used.
    place = layout.first[e]
    tests[e, 0] = solutions[e, 0] = with_itself(ends, kernel, float(lengths[0]), inward)
    modes[place], modes[:, place] = tests[layout.used], solutions[layout.used]
