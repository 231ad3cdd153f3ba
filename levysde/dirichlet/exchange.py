"""What jumps carry between the stretches of a mesh: the form between the modes of their panels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.jump_form import Slopes, between_modes, compensated_modes
from levysde.dirichlet.mesh import Mesh
from levysde.dirichlet.nonlocal_part import less_the_farther
from levysde.dirichlet.parts import JumpPart
from levysde.dirichlet.power_end import PowerEnd
from levysde.dirichlet.question import Question
from levysde.dirichlet.stretches import Indices, Stretch, panels, seen

Array = NDArray[np.float64]


def exchange(
    question: Question, mesh: Mesh, powers: Mapping[int, PowerEnd], rows: list[Stretch]
) -> tuple[Array, list[tuple[Indices, Array]]]:
    """Return the form M between the panels of all stretches, 0 within each of them, and what stretches see of it.

    For a stretch these are the numbers of its panels' modes in M, and what each of its own modes and jumps at its ends
    gives to them, (modes + jumps, channels).
    """
    if len(rows) == 1 or not question.parts:
        slopes = [Slopes(row.mesh) for row in rows]
        return np.zeros((0, 0)), [(np.zeros(0, np.int64), np.zeros((s.modes + len(s.sides), 0))) for s in slopes]
    found = [seen(row.mesh, panels(row.mesh)) for row in rows]
    every = [panel for _, grouped in found for panel in grouped]
    lefts, lengths, degrees = (np.array(column) for column in zip(*every, strict=True))
    # Jumps at the ends are seen by the panels they are on.
    left, right = ("cut" if kind == "jump" else kind for kind in (mesh.left, mesh.right))
    coarse = Mesh(lengths, lefts, degrees, left, right, int(degrees.max()), 0.0)
    form = np.zeros((degrees.sum(), degrees.sum()))
    for part in question.parts:
        turn = outward(mesh, part)
        if turn != 0.0:
            form += compensated_modes(coarse, part, turn, 0.0, less_the_farther)[0]
        else:
            form += between_modes(coarse, part, ruling(question, part, powers, coarse))
    channels = []
    first = 0
    for given, _ in found:
        numbers = np.arange(first, first + given.shape[1])
        first += given.shape[1]
        channels.append((numbers, given))
        form[np.ix_(numbers, numbers)] = 0.0
    return form, channels


def ruling(question: Question, part: JumpPart, powers: Mapping[int, PowerEnd], mesh: Mesh) -> dict[int, PowerEnd]:
    """Return the powers at the ends of a row, for the part of the noise that makes them."""
    if part.alpha != question.order:
        return {}
    return {side: ends for side, ends in powers.items() if (mesh.left, mesh.right)[side] == "power"}


def outward(mesh: Mesh, part: JumpPart) -> float:
    """Return the direction of a half-line along which the kernel of a part grows, 1 or -1; 0 where none does."""
    if part.alpha >= 1.0 or part.tempering > 0.0 or "open" not in (mesh.left, mesh.right):
        return 0.0
    return -1.0 if mesh.left == "open" else 1.0
