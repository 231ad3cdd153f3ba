"""The form of one kind of jumps between the shapes of a mesh: values at the nodes, then the bubbles of each element."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.kernel import Kernel, kernel_of
from levysde.dirichlet.mesh import Mesh
from levysde.dirichlet.nonlocal_part import Layout, jumps, pairs
from levysde.dirichlet.parts import JumpPart
from levysde.dirichlet.power_end import PowerEnd, with_itself, with_others

Array = NDArray[np.float64]


class Slopes:
    """The slopes of u or of the tests on a mesh: Legendre modes of every element, then jumps at the ends."""

    def __init__(self, mesh: Mesh) -> None:
        self.layout = Layout(mesh.degrees, mesh.degree)
        self.sides = [side for side, kind in enumerate((mesh.left, mesh.right)) if kind == "jump"]
        self.signs = np.array([1.0 if side else -1.0 for side in self.sides])
        self.elements, self.modes = len(mesh.lengths), int(self.layout.starts[-1])
        bubbles = self.layout.used.copy()
        bubbles[:, 0] = False
        self._bubbles = np.flatnonzero(bubbles[self.layout.used])
        self._ends = [self.elements if side else 0 for side in self.sides]

    def of_unknowns(self, values: Array) -> Array:
        """Return what values at all modes and jumps, along the first axis, amount to at the nodes and bubbles."""
        found = np.zeros((self.elements + 1 + len(self._bubbles), *values.shape[1:]))
        means = values[self.layout.first]
        found[: self.elements] -= means
        found[1 : self.elements + 1] += means
        found[self._ends] -= self.signs.reshape(-1, *[1] * (values.ndim - 1)) * values[self.modes :]
        found[self.elements + 1 :] = values[self._bubbles]
        return found


def between_modes(mesh: Mesh, part: JumpPart, powers: dict[int, PowerEnd]) -> Array:
    """Return the form between modes and jumps, tests in the rows.

    Parameters
    ----------
    mesh : Mesh
    part : JumpPart
    powers : of the sides, 0 or 1, with a power on their outermost element
    """
    kernel = kernel_of(part.alpha, part.tempering)
    slopes = Slopes(mesh)
    layout, m = slopes.layout, len(slopes.sides)
    found = np.zeros((slopes.modes + m, slopes.modes + m))
    inner = slice(0, slopes.modes)
    found[inner, inner] = pairs(mesh.lengths, kernel, part.beta, layout)
    for side, ends in powers.items():
        shape_end(found[inner, inner], layout, mesh, kernel, part.beta, side, ends)
    tests, solutions, corners = jumps(mesh.lengths, kernel, part.beta, mesh.degree, slopes.sides)
    found[slopes.modes :, inner], found[inner, slopes.modes :] = tests[:, layout.used], solutions[:, layout.used].T
    found[slopes.modes :, slopes.modes :] = corners
    return part.factor * found


def compensated_modes(
    mesh: Mesh, part: JumpPart, turn: float, before: float, form: Callable[..., tuple[Array, Array]]
) -> tuple[Array, Array]:
    """Return the same for a kernel that would grow along a half-line, and the function taken off it, (modes + jumps,).

    Parameters
    ----------
    mesh, part
    turn : float
        1 if the half-line extends to the right, else -1.
    before : float
        Distance from its closed end to the first element of the row.
    form : `compensated` or `less_the_farther`
    """
    slopes, order = Slopes(mesh), slice(None, None, int(turn))
    turned = Layout(mesh.degrees[order], mesh.degree)
    modes, own = form(mesh.lengths[order], kernel_of(part.alpha, part.tempering), turn * part.beta, turned, before)
    back = np.concatenate([np.arange(slopes.modes)[turned.of(e)] for e in np.arange(len(mesh.lengths))[order]])
    sign = np.broadcast_to(turn ** np.arange(mesh.degree), slopes.layout.used.shape)[slopes.layout.used]
    # A jump sits where the compensated kernel counts from: it is 0 there.
    jumps = (0, len(slopes.sides))
    found = np.pad(modes[np.ix_(back, back)] * sign[:, None] * sign, jumps)
    return part.factor * found, part.factor * np.pad(own[back] * sign, jumps)


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
