"""The outermost element at order one, where u behaves like d^g and its adjoint like d^(alpha - g), g possibly near 0.

No grading reaches the layer of d^0.002; a polynomial in its place rings through the whole mesh. With the power itself
as the shape of u on that one element, and the adjoint's power as the shape of its test, the end is exact in the limit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.kernel import Kernel

Array = NDArray[np.float64]


class PowerEnd(NamedTuple):
    """Exponents of the solution and of the test functions at one end; they sum to alpha."""

    solution: float
    test: float


def exponents(alpha: float, outward: float) -> PowerEnd:
    """Return alpha P(L > 0) and alpha P(L < 0), L > 0 outward, for the exponent |k|^alpha (1 - i sgn(k) outward).

    Harmonic functions of a strictly stable motion, Cauchy motion with drift included, are powers at a boundary (Profeta
    and Simon, arXiv:1501.03926).
    """
    # As angles, so that the smaller of the two keeps its digits: alpha / 2 +- atan(outward) / pi.
    least = (alpha - 1.0) / 2.0
    return PowerEnd(least + math.atan2(1.0, -outward) / math.pi, least + math.atan2(1.0, outward) / math.pi)


def logarithmic(ends: PowerEnd, outward: float, inward: float) -> PowerEnd:
    """Return better exponents for skewed noise at order one, whose power changes with the logarithm of the distance.

    A x^g = 0 at the distance y, to leading order, is cot(pi g) + outward + inward (psi(g) + psi(1 - g) - 2 psi(1)) / pi
    = 0, `outward` the skewness over y and `inward` that of the jumps alone. The adjoint has 1 - g.
    """
    from scipy.optimize import brentq
    from scipy.special import digamma

    def balance(g: float) -> float:
        both = float(digamma(g) + digamma(1.0 - g)) + 2.0 * float(np.euler_gamma)
        return 1.0 / math.tan(math.pi * g) + outward + inward / math.pi * both

    least = 1e-6
    if not balance(least) > 0.0 > balance(1.0 - least):  # a drift that outdoes even the smallest jumps
        return ends
    found = float(brentq(balance, least, 1.0 - least, xtol=1e-14))
    return PowerEnd(found, 1.0 - found)


def with_itself(ends: PowerEnd, kernel: Kernel, length: float, inward: float) -> float:
    """Integral of f'(x) g'(y) kappa(y - x) over the element, f the solution's power and g the test's.

    `inward` is the skewness of the jumps away from the end. The kernel is C z^s + K_0 but for what vanishes with the
    length; f'(x) g'(y) |y - x|^s over y > x gives f g B(f, 1 + s), f and g the exponents, with f + g + s = 1. At s = 0
    the limit of their difference from K_0 is what counts.
    """
    from scipy.special import beta

    f, g = ends
    rest = float(kernel.from_centre(np.array(length)))
    if kernel.s == 0.0:
        size, above, below = kernel.c, -g * (1.0 + _harmonic(f)), -f * (1.0 + _harmonic(g))
    else:
        size = kernel.c * length**kernel.s / kernel.s
        above, below = (f * g * float(beta(exponent, 1.0 + kernel.s)) for exponent in ends)
        rest -= size
    odd = size * (above - below) + rest * (g - f) / (f + g)
    return size * (above + below) + rest + kernel.centre - inward * odd


def _harmonic(x: float) -> float:
    from scipy.special import digamma

    return float(digamma(x + 1.0)) + float(np.euler_gamma)


def with_others(exponent: float, lengths: Array, kernel: Kernel, degree: int) -> Array:
    """Integrals of the slope of d^exponent on the first element, P_k and K, for all others: (n - 1, degree).

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
    """Nodes and weights of int_0^1 F(x) d(x^exponent), for F singular at 1 at most like (1 - x)^-0.2."""
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
