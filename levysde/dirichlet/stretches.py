"""Stretches of a mesh, about one to a well or barrier, and the panels that they see each other by.

Between stretches the kernel is smooth but where they touch. On a panel, some elements of a stretch together that are
not longer than their distance to other stretches, it is a polynomial of low degree: of all slopes on the panel only
their moments matter elsewhere.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.mesh import Mesh
from levysde.dirichlet.reference import shapes

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

PANEL = 20  # degree of a panel: 5.8^-20 is below round-off where it is as long as its distance


class Stretch(NamedTuple):
    """Elements in a row.

    Attributes
    ----------
    first, stop : int
        The first element, and one past the last.
    mesh : Mesh
        These elements; its ends are those of the domain or "cut".
    at : int array, shape (m,)
        Where in the whole mesh its unknowns are: nodes, both ends included, then bubbles.
    """

    first: int
    stop: int
    mesh: Mesh
    at: Indices

    @property
    def numbered(self) -> Indices:
        """Numbers of the unknowns of its elements, in its own numbers."""
        return numbering(self.mesh.degrees, self.mesh.degree)[0]

    @property
    def nodes(self) -> int:
        """Number of nodes; they come first among the unknowns."""
        return self.stop - self.first + 1


def numbering(degrees: Indices, degree: int) -> tuple[Indices, int]:
    """Return the numbers of an element's two nodes and of its bubbles, (n, degree + 1), and how many there are in all.

    Bubbles that an element does not have share the last number, which stands for nothing.
    """
    n = len(degrees)
    e = np.arange(n)[:, None]
    used = np.arange(1, degree) < degrees[:, None]
    size = n + 2 + int(used.sum())
    inner = np.full(used.shape, size - 1)
    inner[used] = np.arange(n + 1, size - 1)
    return np.concatenate([e, e + 1, inner], axis=1), size


def stretches(mesh: Mesh) -> list[Stretch]:
    """Return the stretches between the cuts of a mesh."""
    n = len(mesh.lengths)
    bubbles = n + 1 + np.concatenate([[0], np.cumsum(mesh.degrees - 1)])
    found = []
    for first, stop in itertools.pairwise([0, *mesh.cuts, n]):
        here = slice(first, stop)
        part = mesh._replace(
            lengths=mesh.lengths[here],
            lefts=mesh.lefts[here],
            degrees=mesh.degrees[here],
            left=mesh.left if first == 0 else "cut",
            right=mesh.right if stop == n else "cut",
            cuts=(),
        )
        at = np.concatenate([np.arange(first, stop + 1), np.arange(bubbles[first], bubbles[stop])])
        found.append(Stretch(first, stop, part, at))
    return found


def panels(mesh: Mesh) -> list[tuple[int, int]]:
    """Return first and one past the last element of each panel of a stretch; those at a cut are single elements."""
    # The power at an end is a shape of its own.
    low, high = int(mesh.left == "power"), len(mesh.lengths) - int(mesh.right == "power")
    ends = np.append(mesh.lefts, mesh.lefts[-1] + mesh.lengths[-1])[low : high + 1]
    gaps = tuple(0.0 if kind == "cut" else math.inf for kind in (mesh.left, mesh.right))
    found = [(low + first, low + stop) for first, stop in merged(ends, (gaps[0], gaps[1]))]
    return [*([(0, 1)] if low else []), *found, *([(high, high + 1)] if high < len(mesh.lengths) else [])]


def merged(ends: Array, gaps: tuple[float, float]) -> list[tuple[int, int]]:
    """Merge elements while a panel is not longer than its distance to what lies beyond the gaps on both sides."""
    found = []
    at, n = 0, len(ends) - 1
    while at < n:
        to = at + 1
        while to < n:
            length = ends[to + 1] - ends[at]
            if length > min(ends[at] - ends[0] + gaps[0], ends[-1] - ends[to + 1] + gaps[1]):
                break
            to += 1
        found.append((at, to))
        at = to
    return found


def seen(mesh: Mesh, grouped: list[tuple[int, int]]) -> tuple[Array, list[tuple[float, float, int]]]:
    """Return what the modes and jumps of a stretch give to those of its panels; left end, length, degree of each panel.

    A kernel that is a polynomial of X in [-1, 1] on a panel is the sum of (2m + 1) k_m P_m(X), k_m its integral with
    P_m; a mode P_j of an element sees of it sum k_m T[e j, m], T = (2m + 1) times the integral of P_j P_m, lengths
    measured as 1, and a jump at an end sees (2m + 1) P_m(+-1).
    """
    starts = np.concatenate([[0], np.cumsum(mesh.degrees)])
    jumps = [(side, -side) for side, kind in enumerate((mesh.left, mesh.right)) if kind == "jump"]
    alone = [stop == first + 1 and not any(grouped[at] == (first, stop) for _, at in jumps) for first, stop in grouped]
    coarse = []
    for (first, stop), single in zip(grouped, alone, strict=True):
        degree = int(mesh.degrees[first]) if single else PANEL
        coarse.append((float(mesh.lefts[first]), float(mesh.lengths[first:stop].sum()), degree))
    places = np.concatenate([[0], np.cumsum([degree for _, _, degree in coarse])])
    found = np.zeros((starts[-1] + len(jumps), places[-1]))
    rule = shapes(mesh.degree)
    every = 2 * np.arange(PANEL) + 1
    for (first, stop), single, (_, length, degree), place in zip(grouped, alone, coarse, places[:-1], strict=True):
        rows, columns = slice(starts[first], starts[stop]), slice(place, place + degree)
        if single:
            found[rows, columns] = np.eye(degree)
            continue
        lengths = mesh.lengths[first:stop]
        offsets = np.concatenate([[0.0], np.cumsum(lengths[:-1])])
        x = 2 * (offsets[:, None] + lengths[:, None] * (1 + rule.nodes) / 2) / length - 1
        values = np.polynomial.legendre.legvander(x, PANEL - 1) * every
        moments = np.einsum("qj,eqm->ejm", rule.weights[:, None] * rule.legendre, values, optimize=True)
        found[rows, columns] = moments[np.arange(mesh.degree) < mesh.degrees[first:stop, None]]
    for row, (side, at) in enumerate(jumps, start=int(starts[-1])):
        place = places[:-1][at]
        found[row, place : place + PANEL] = every * (1.0 if side else (-1.0) ** np.arange(PANEL))
    return found, coarse
