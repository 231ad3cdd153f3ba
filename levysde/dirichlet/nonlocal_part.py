"""The stable part of the generator as a matrix between the Legendre modes of all elements."""

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.reference import Kernel, riesz, shapes, singular

Array = NDArray[np.float64]


def pairs(lengths: Array, alpha: float, degree: int, *, reach: int | None = None) -> Array:
    """Return K of shape (n, degree, n, degree) for n elements in a row; 0 for those `reach` or more apart.

    K[e, j, f, k] is the integral of P_j, P_k and the kernel over elements e and f, both measured as of length 1. Gaps
    between elements are summed from their lengths: a difference of coordinates would have no digits left where the mesh
    is graded to 1e-100.
    """
    kernel = riesz(alpha)
    n = len(lengths)
    found = np.zeros((n, degree, n, degree))
    table = singular(kernel, degree)
    with np.errstate(under="ignore"):
        power = lengths**kernel.s
    for e in range(n):
        found[e, :, e, :] = power[e] * table.same
        found[e, 0, e, 0] += kernel(lengths[e])
    if n > 1:
        beside = adjacent(lengths, kernel, degree)
        for e in range(n - 1):
            found[e, :, e + 1, :] = beside[e]
            found[e + 1, :, e, :] = beside[e].T
    rule = shapes(degree)
    project = rule.weights[:, None] * rule.legendre
    place = (1 + rule.nodes) / 2
    for e in range(n - 2 if reach is None else 0):
        near = lengths[e] * (1 - place)
        gaps = np.cumsum(lengths[e + 1 : -1])
        far = gaps[:, None] + lengths[e + 2 :, None] * place
        values = kernel(near[:, None, None] + far)
        block = np.tensordot(project, values, axes=(0, 0)) @ project  # (j, f, k)
        found[e, :, e + 2 :, :] = block
        found[e + 2 :, :, e, :] = block.transpose(1, 2, 0)
    return found


def compensated(lengths: Array, alpha: float, degree: int) -> tuple[Array, Array]:
    """Return `pairs` for kappa(x - y) - kappa(x) - kappa(y), and the integrals of P_j kappa(x), (n, degree).

    Here x and y are counted from the left end. On a half-line cut at R, kappa is of size R^(1 - alpha) for alpha < 1,
    and what is left of it between functions of mean zero is lost in round-off. The compensated kernel is of the size of
    the smaller distance.
    """
    kernel = riesz(alpha)
    n = len(lengths)
    potential = to_left_end(lengths, alpha, degree)
    rule = shapes(degree)
    project = rule.weights[:, None] * rule.legendre
    place = (1 + rule.nodes) / 2
    found = pairs(lengths, alpha, degree, reach=2)
    for e in range(n):
        for f in range(max(e - 1, 0), min(e + 2, n)):
            found[e, :, f, 0] -= potential[e]
            found[e, 0, f, :] -= potential[f]
    starts = np.concatenate([[0.0], np.cumsum(lengths[:-1])])
    for e in range(n - 2):
        x = (starts[e] + lengths[e] * place)[:, None, None]
        gaps = np.cumsum(lengths[e + 1 : -1])[:, None] + lengths[e + 2 :, None] * place
        distance = lengths[e] * (1 - place)[:, None, None] + gaps
        y = (starts[e + 2 :, None] + lengths[e + 2 :, None] * place)[None]
        share = np.minimum(x / y, 0.5)
        logarithm = np.where(share < 0.5, np.log1p(-share), np.log(distance / y))
        values = kernel.c * y**kernel.s * np.expm1(kernel.s * logarithm) / kernel.s - kernel(x)
        block = np.tensordot(project, values, axes=(0, 0)) @ project
        found[e, :, e + 2 :, :] = block
        found[e + 2 :, :, e, :] = block.transpose(1, 2, 0)
    return found, potential


def adjacent(lengths: Array, kernel: Kernel, degree: int) -> Array:
    """K of every element with its right neighbour, (n - 1, degree, degree), by Duffy's transformation.

    With distances u and v from the common vertex, kappa(a u + b u t) = (a + b t)^s kappa(u) + kappa(a + b t).
    """
    table = singular(kernel, degree)
    sign = (-1.0) ** np.arange(degree)
    left, right = lengths[:-1, None], lengths[1:, None]

    def half(outer: Array, inner: Array) -> Array:
        """Return the part where v <= u, u belonging to `outer`; (pairs, mode of outer, mode of inner)."""
        reach = outer + inner * table.angles
        with np.errstate(under="ignore"):
            factor = reach**kernel.s
        first = np.tensordot(factor, table.along, axes=(1, 0))
        second = np.tensordot(kernel(reach), table.along, axes=(1, 0))
        rows = table.singular[:, None] * table.inner, table.plain[:, None] * table.inner
        found: Array = np.einsum("ij,eik->ejk", rows[0], first, optimize=True)
        found += np.einsum("ij,eik->ejk", rows[1], second, optimize=True)
        return found

    # P_j of the left element runs backwards from the vertex: P_j(-x) = (-1)^j P_j(x).
    found: Array = (half(left, right) + half(right, left).transpose(0, 2, 1)) * sign[:, None]
    return found


def to_left_end(lengths: Array, alpha: float, degree: int) -> Array:
    """Integrals of P_j times the kernel of the distance to the left end of the row, (n, degree)."""
    kernel = riesz(alpha)
    rule = shapes(degree)
    found = np.empty((len(lengths), degree))
    with np.errstate(under="ignore"):
        found[0] = lengths[0] ** kernel.s * singular(kernel, degree).moments
    found[0, 0] += kernel(lengths[0])
    gaps = np.cumsum(lengths[:-1])
    distance = gaps[:, None] + lengths[1:, None] * (1 + rule.nodes) / 2
    found[1:] = kernel(distance) @ (rule.weights[:, None] * rule.legendre)
    return found


def to_right_end(lengths: Array, alpha: float, degree: int) -> Array:
    """Return the same for the right end."""
    return to_left_end(lengths[::-1], alpha, degree)[::-1] * (-1.0) ** np.arange(degree)


def between_ends(lengths: Array, alpha: float) -> tuple[float, float]:
    """Return the kernel at distance 0, finite for alpha < 1, and between the two ends."""
    kernel = riesz(alpha)
    return float(kernel(np.zeros(1))[0]), float(kernel(np.array([lengths.sum()]))[0])
