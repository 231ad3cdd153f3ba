"""The jumps' part of the generator as a matrix between the Legendre modes of all elements, test functions first."""

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.kernel import Kernel, rule
from levysde.dirichlet.reference import shapes, touching

Array = NDArray[np.float64]


def pairs(
    lengths: Array,
    kernel: Kernel,
    beta: float,
    degree: int,
    *,
    reach: int | None = None,
    degrees: NDArray[np.int64] | None = None,
) -> Array:
    """Return K of shape (n, degree, n, degree) for n elements in a row; 0 for those `reach` or more apart.

    K[e, j, f, k] is the integral of P_j, P_k and kappa over elements e and f, both measured as of length 1. Gaps
    between elements are summed from their lengths: a difference of coordinates would have no digits left where the mesh
    is graded to 1e-100.
    """
    n = len(lengths)
    found = np.zeros((n, degree, n, degree))
    found[np.arange(n), :, np.arange(n), :] = same(lengths, kernel, beta, degree)
    if n > 1:
        beside = adjacent(lengths, kernel, degree)
        for e in range(n - 1):
            found[e, :, e + 1, :] = (1 + beta) * beside[e]
            found[e + 1, :, e, :] = (1 - beta) * beside[e].T
    far = shapes(degree)
    project = far.weights[:, None] * far.legendre
    place = (1 + far.nodes) / 2
    for e in range(n - 2 if reach is None else 0):
        d = degree if degrees is None else int(degrees[e])
        here = far if d == degree else shapes(d)
        own = here.weights[:, None] * here.legendre
        near = lengths[e] * (1 - here.nodes) / 2
        gaps = np.cumsum(lengths[e + 1 : -1])
        away = gaps[:, None] + lengths[e + 2 :, None] * place
        values = kernel(near[:, None, None] + away)
        block = np.tensordot(own, values, axes=(0, 0)) @ project  # (j, f, k)
        found[e, :d, e + 2 :, :] = (1 + beta) * block
        found[e + 2 :, :, e, :d] = (1 - beta) * block.transpose(1, 2, 0)
    if beta != 0.0:
        last = n if reach is None else reach - 1
        away = np.subtract.outer(np.arange(n), np.arange(n))
        found[:, 0, :, 0] += beta * kernel.centre * np.sign(away) * (np.abs(away) <= last)
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


def compensated(lengths: Array, kernel: Kernel, beta: float, degree: int) -> tuple[Array, Array]:
    """Return `pairs` for kappa(y - x) less functions of x and of y, and the latter's integrals, (n, degree).

    Here y is the test function's point, and both are counted from the left end. On a half-line cut at R, kappa is of
    size R^(1 - alpha) for alpha < 1, and what is left of it between functions of mean zero is lost in round-off. With
    the powers (1 + beta) (K - K_0)(x) and (1 - beta) (K - K_0)(y) taken off it is of the size of the smaller distance.
    """
    n = len(lengths)
    potential = to_left_end(lengths, kernel, degree)
    potential[:, 0] -= kernel.centre
    far = shapes(degree)
    project = far.weights[:, None] * far.legendre
    place = (1 + far.nodes) / 2
    found = pairs(lengths, kernel, beta, degree, reach=2)
    for e in range(n):
        for f in range(max(e - 1, 0), min(e + 2, n)):
            found[e, 0, f, 0] -= kernel.centre
            found[e, :, f, 0] -= (1 - beta) * potential[e]
            found[e, 0, f, :] -= (1 + beta) * potential[f]
    starts = np.concatenate([[0.0], np.cumsum(lengths[:-1])])
    for e in range(n - 2):
        x = (starts[e] + lengths[e] * place)[:, None, None]
        gaps = np.cumsum(lengths[e + 1 : -1])[:, None] + lengths[e + 2 :, None] * place
        distance = lengths[e] * (1 - place)[:, None, None] + gaps
        y = (starts[e + 2 :, None] + lengths[e + 2 :, None] * place)[None]
        share = np.minimum(x / y, 0.5)
        logarithm = np.where(share < 0.5, np.log1p(-share), np.log(distance / y))
        values = kernel.c * y**kernel.s * np.expm1(kernel.s * logarithm) / kernel.s
        block = np.tensordot(project, values, axes=(0, 0)) @ project
        found[e, :, e + 2 :, :] = (1 + beta) * block
        found[e, :, e + 2 :, 0] -= (1 - beta) * potential[e][:, None]
        found[e + 2 :, :, e, :] = (1 - beta) * block.transpose(1, 2, 0)
        found[e + 2 :, 0, e, :] -= (1 + beta) * potential[e]
    return found, (1 - beta) * potential


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


def to_left_end(lengths: Array, kernel: Kernel, degree: int) -> Array:
    """Integrals of P_j times K of the distance to the left end of the row, (n, degree)."""
    far = shapes(degree)
    found = np.empty((len(lengths), degree))
    nodes = rule(kernel, degree)[0]
    found[0] = kernel.weights(lengths[:1], degree)[0] @ np.polynomial.legendre.legvander(2 * nodes - 1, degree - 1)
    found[0, 0] += kernel.constant(lengths[:1])[0]
    gaps = np.cumsum(lengths[:-1])
    distance = gaps[:, None] + lengths[1:, None] * (1 + far.nodes) / 2
    found[1:] = kernel(distance) @ (far.weights[:, None] * far.legendre)
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
