"""The jumps' part of the generator as a matrix between the Legendre modes of all elements, test functions first."""

import itertools

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.kernel import Kernel, rule
from levysde.dirichlet.reference import shapes, touching

Array = NDArray[np.float64]

LONG = 12  # least number of elements in a row that coarser quadrature pays for


class Layout:
    """Where the modes of all elements stand in a row: those of an element together, as many as its degree.

    Attributes
    ----------
    starts : array, shape (n + 1,)
        Place of mode 0 of each element, then the number of all modes.
    used : bool array, shape (n, degree)
        Which modes there are.
    """

    def __init__(self, degrees: NDArray[np.int64], degree: int) -> None:
        self.degree, self.degrees = degree, degrees
        self.starts = np.concatenate([[0], np.cumsum(degrees)])
        self.used = np.arange(degree) < degrees[:, None]

    def of(self, e: int) -> slice:
        """Return the places of an element's modes."""
        return slice(int(self.starts[e]), int(self.starts[e + 1]))

    @property
    def first(self) -> NDArray[np.int64]:
        """Places of the modes 0, (n,)."""
        return np.asarray(self.starts[:-1])

    @property
    def runs(self) -> list[tuple[int, int, int]]:
        """Neighbours that quadrature of one degree suffices for: first, one past the last, that degree."""
        low = int(self.degrees.min())
        ends = np.flatnonzero(np.diff(self.degrees == low)) + 1
        found: list[tuple[int, int, int]] = []
        for first, stop in itertools.pairwise([0, *ends.tolist(), len(self.degrees)]):
            rule = low if stop - first >= LONG and self.degrees[first] == low else self.degree
            if found and found[-1][2] == rule:
                first = found.pop()[0]
            found.append((first, stop, rule))
        return found


def pairs(lengths: Array, kernel: Kernel, beta: float, layout: Layout, *, reach: int | None = None) -> Array:
    """Return K of the shape (modes, modes) for elements in a row; 0 for those `reach` or more apart.

    K[e j, f k] is the integral of P_j, P_k and kappa over elements e and f, both measured as of length 1. Gaps
    between elements are summed from their lengths: a difference of coordinates would have no digits left where the mesh
    is graded to 1e-100.
    """
    n, degree = len(lengths), layout.degree
    found = np.zeros((layout.starts[-1], layout.starts[-1]))
    own = same(lengths, kernel, beta, degree)
    for e, d in enumerate(layout.degrees):
        found[layout.of(e), layout.of(e)] = own[e, :d, :d]
    if n > 1:
        beside = adjacent(lengths, kernel, degree)
        for e, (d, next_d) in enumerate(itertools.pairwise(layout.degrees)):
            found[layout.of(e), layout.of(e + 1)] = (1 + beta) * beside[e, :d, :next_d]
            found[layout.of(e + 1), layout.of(e)] = (1 - beta) * beside[e, :d, :next_d].T
    runs = layout.runs
    for e in range(n - 2 if reach is None else 0):
        d = int(layout.degrees[e])
        here = shapes(d)
        own_values = here.weights[:, None] * here.legendre
        near = lengths[e] * (1 - here.nodes) / 2
        gaps = np.concatenate([[0.0, 0.0], np.cumsum(lengths[e + 1 : -1])])  # to the elements from e on
        for first, stop, run_degree in runs:
            first = max(first, e + 2)
            if first >= stop:
                continue
            there = shapes(run_degree)
            away = gaps[first - e : stop - e, None] + lengths[first:stop, None] * (1 + there.nodes) / 2
            block = np.tensordot(own_values, kernel(near[:, None, None] + away), axes=(0, 0))
            block = (block @ (there.weights[:, None] * there.legendre))[:, layout.used[first:stop, :run_degree]]
            places = slice(int(layout.starts[first]), int(layout.starts[stop]))
            found[layout.of(e), places] = (1 + beta) * block
            found[places, layout.of(e)] = (1 - beta) * block.T
    if beta != 0.0:
        last = n if reach is None else reach - 1
        away = np.subtract.outer(np.arange(n), np.arange(n))
        found[np.ix_(layout.first, layout.first)] += beta * kernel.centre * np.sign(away) * (np.abs(away) <= last)
    return found


def same(lengths: Array, kernel: Kernel, beta: float, degree: int) -> Array:
    """K of every element with itself, (n, degree, degree)."""
    weights = kernel.weights(lengths, degree)
    table = touching(degree, weights.shape[1])
    half = np.tensordot(weights, table.same, axes=1)  # the test function's point above the other
    found: Array = (1 - beta) * half + (1 + beta) * half.transpose(0, 2, 1)
    found[:, 0, 0] += kernel.constant(lengths)
    if beta != 0.0:
        found -= beta * kernel.from_centre(lengths)[:, None, None] * table.constant
    return found


def compensated(lengths: Array, kernel: Kernel, beta: float, layout: Layout, before: float) -> tuple[Array, Array]:
    """Return `pairs` for kappa(y - x) less functions of x and of y, and the integrals of K - K_0, (modes,).

    Here y is the test function's point, and both are counted from a point `before` the left end. On a half-line cut at
    R, kappa is of size R^(1 - alpha) for alpha < 1, and what is left of it between functions of mean zero is lost in
    round-off. With the powers (1 + beta) (K - K_0)(x) and (1 - beta) (K - K_0)(y) taken off it is of the size of the
    smaller distance.
    """
    found, own = less_the_farther(lengths, kernel, beta, layout, before)
    for e in range(len(lengths)):
        here, beyond = layout.of(e), layout.first[e:]
        found[here, beyond] -= (1 - beta) * own[here, None]
        found[beyond, here] -= (1 + beta) * own[here]
    return found, own


def less_the_farther(lengths: Array, kernel: Kernel, beta: float, layout: Layout, before: float) -> tuple[Array, Array]:
    """Return the same with only the farther point's function taken off: that of the nearer one is singular at 0."""
    n, degree = len(lengths), layout.degree
    potential = to_left_end(lengths, kernel, degree, before)
    potential[:, 0] -= kernel.centre
    own: Array = potential[layout.used]
    far = shapes(degree)
    project = far.weights[:, None] * far.legendre
    place = (1 + far.nodes) / 2
    found = pairs(lengths, kernel, beta, layout, reach=2)
    first = layout.first
    for e in range(n):
        found[first[e], first[max(e - 1, 0) : e + 2]] -= kernel.centre
        if e > 0:
            here = layout.of(e)
            found[here, first[e - 1]] -= (1 - beta) * own[here]
            found[first[e - 1], here] -= (1 + beta) * own[here]
    starts = before + np.concatenate([[0.0], np.cumsum(lengths[:-1])])
    for e in range(n - 2):
        x = (starts[e] + lengths[e] * place)[:, None, None]
        gaps = np.cumsum(lengths[e + 1 : -1])[:, None] + lengths[e + 2 :, None] * place
        distance = lengths[e] * (1 - place)[:, None, None] + gaps
        y = (starts[e + 2 :, None] + lengths[e + 2 :, None] * place)[None]
        share = np.minimum(x / y, 0.5)
        logarithm = np.where(share < 0.5, np.log1p(-share), np.log(distance / y))
        values = kernel.c * y**kernel.s * np.expm1(kernel.s * logarithm) / kernel.s
        block = np.tensordot(project[:, : layout.degrees[e]], values, axes=(0, 0)) @ project
        block = block[:, layout.used[e + 2 :]]
        here, beyond = layout.of(e), slice(int(layout.starts[e + 2]), None)
        found[here, beyond] = (1 + beta) * block
        found[beyond, here] = (1 - beta) * block.T
    return found, own


def adjacent(lengths: Array, kernel: Kernel, degree: int) -> Array:
    """K of every element with its right neighbour, beta aside, (n - 1, degree, degree), by Duffy's transformation."""
    plain = rule(kernel, degree)[1]
    table = touching(degree, len(plain))
    sign = (-1.0) ** np.arange(degree)
    left, right = lengths[:-1, None], lengths[1:, None]

    def half(outer: Array, inner: Array) -> Array:
        """Return the part where v <= u, u belonging to `outer`; (pairs, mode of outer, mode of inner)."""
        reach = outer + inner * table.angles  # distances are u times it
        weights = kernel.weights(reach, degree) + kernel.constant(reach)[..., None] * plain
        by_node = np.matmul(weights.transpose(2, 0, 1), table.along.transpose(1, 0, 2))  # (node, pair, mode of inner)
        return np.asarray(np.tensordot(table.inner, by_node, axes=(0, 0)).transpose(1, 0, 2))

    # P_j of the left element runs backwards from the vertex: P_j(-x) = (-1)^j P_j(x).
    found: Array = (half(left, right) + half(right, left).transpose(0, 2, 1)) * sign[:, None]
    return found


def to_left_end(lengths: Array, kernel: Kernel, degree: int, before: float = 0.0) -> Array:
    """Integrals of P_j times K of the distance to a point `before` the left end of the row, (n, degree)."""
    far = shapes(degree)
    gaps = before + np.concatenate([[0.0], np.cumsum(lengths[:-1])])
    found: Array = kernel(gaps[:, None] + lengths[:, None] * (1 + far.nodes) / 2) @ (
        far.weights[:, None] * far.legendre
    )
    if before == 0.0:  # the kernel is singular in the first element
        nodes = rule(kernel, degree)[0]
        found[0] = kernel.weights(lengths[:1], degree)[0] @ np.polynomial.legendre.legvander(2 * nodes - 1, degree - 1)
        found[0, 0] += kernel.constant(lengths[:1])[0]
    return found


def to_right_end(lengths: Array, kernel: Kernel, degree: int) -> Array:
    """Return the same for the right end."""
    return to_left_end(lengths[::-1], kernel, degree)[::-1] * (-1.0) ** np.arange(degree)


def jumps(lengths: Array, kernel: Kernel, beta: float, degree: int, sides: list[int]) -> tuple[Array, Array, Array]:
    """K where the test or the solution jumps at an end of the row, 0 the left or 1 the right one; alpha < 1.

    Returned are jumps of the test with all modes, all modes with jumps of the solution, both (sides, n, degree), and
    jumps of the test with those of the solution, (sides, sides).
    """
    m, n = len(sides), len(lengths)
    tests, solutions = np.empty((m, n, degree)), np.empty((m, n, degree))
    if not sides:
        return tests, solutions, np.empty((0, 0))
    across = float(kernel(lengths.sum()[None])[0])
    corners = np.full((m, m), float(kernel(np.zeros(1))[0]))
    for k, side in enumerate(sides):
        above = beta if side == 0 else -beta  # of everything else, seen from this end
        values = (to_right_end if side else to_left_end)(lengths, kernel, degree)
        tests[k], solutions[k] = (1 + above) * values, (1 - above) * values
        tests[k, :, 0] -= above * kernel.centre
        solutions[k, :, 0] += above * kernel.centre
        if m == 2:
            corners[k, 1 - k] = (1 + above) * across - above * kernel.centre
    return tests, solutions, corners
