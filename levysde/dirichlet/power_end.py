"""The outermost element at order one, where u behaves like d^g and its adjoint like d^(1 - g), g possibly near 0.

No grading reaches the layer of d^0.002; a polynomial in its place rings through the whole mesh. With the power itself
as the shape of u on that one element, and the adjoint's power as the shape of its test, the end is exact in the limit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.reference import Kernel

Array = NDArray[np.float64]


class PowerEnd(NamedTuple):
    """Exponents of the solution and of the test functions at one end; they sum to 1."""

    solution: float
    test: float


def exponents(outward: float, strength: float) -> PowerEnd:
    """Return them for Cauchy motion of this strength with a drift, positive where it points out of the domain.

    Cauchy motion with drift is strictly stable; its harmonic functions at a boundary are powers (Profeta and Simon,
    arXiv:1501.03926).
    """
    # As angles, so that the smaller of the two keeps its digits: 1/2 +- atan(outward / strength) / pi.
    return PowerEnd(math.atan2(strength, -outward) / math.pi, math.atan2(strength, outward) / math.pi)


def with_itself(ends: PowerEnd) -> float:
    """Integral of f'(x) g'(y) log|x - y| over [0, 1]^2 for the powers f and g."""
    return -1.0 - ends.solution * _harmonic(ends.test) - ends.test * _harmonic(ends.solution)


def _harmonic(x: float) -> float:
    from scipy.special import digamma

    return float(digamma(x + 1.0)) + float(np.euler_gamma)


def with_others(exponent: float, lengths: Array, kernel: Kernel, degree: int) -> Array:
    """Integrals of the slope of d^exponent on the first element, P_k and the kernel, for all others: (n - 1, degree).

    `lengths` counts from the end of the domain inward, and P_k runs inward too.
    """
    first, others = lengths[0], lengths[1:]
    places, weights = power_rule(exponent)
    nodes, plain = np.polynomial.legendre.leggauss(degree + 12)
    legendre = np.polynomial.legendre.legvander(nodes, degree - 1) * (plain / 2)[:, None]
    gaps = np.concatenate([[0.0], np.cumsum(others[:-1])])
    distance = gaps[:, None] + others[:, None] * (1 + nodes) / 2
    found: Array = np.einsum(
        "u,uev,vk->ek", weights, kernel(first * (1 - places)[:, None, None] + distance), legendre, optimize=True
    )
    # The neighbour is touched: panels graded to the common vertex on both sides.
    edges = np.concatenate([[0.0], 0.15 ** np.arange(22.0, -1.0, -1.0)])
    along = (edges[:-1, None] + np.diff(edges)[:, None] * (1 + nodes) / 2).ravel()
    share = (np.diff(edges)[:, None] * plain / 2).ravel()
    values = np.polynomial.legendre.legvander(2 * along - 1, degree - 1) * share[:, None]
    found[0] = weights @ kernel(first * (1 - places)[:, None] + others[0] * along) @ values
    return found


def power_rule(exponent: float) -> tuple[Array, Array]:
    """Nodes and weights of int_0^1 F(x) d(x^exponent), for F singular at 1 at most like a logarithm."""
    from scipy.special import roots_jacobi

    near, weights = roots_jacobi(24, 0.0, exponent - 1.0)
    x = (1 + near) / 4
    parts, shares = [x], [weights / weights.sum() * 0.5**exponent]
    nodes, plain = np.polynomial.legendre.leggauss(16)
    edges = 1.0 - 0.5 * 0.15 ** np.arange(0.0, 19.0)
    for low, high in zip(edges, [*edges[1:], 1.0], strict=True):
        y = low + (high - low) * (1 + nodes) / 2
        parts.append(y)
        shares.append((high - low) * plain / 2 * exponent * y ** (exponent - 1.0))
    return np.concatenate(parts), np.concatenate(shares)
