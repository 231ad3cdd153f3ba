"""The reference element [-1, 1]: quadrature, shape functions, and what pairs of elements that touch need.

On every element the derivative of u is a sum of Legendre polynomials, so that the whole nonlocal operator is

    K[e j, f k] = int_0^1 int_0^1 P_j(2 u - 1) P_k(2 v - 1) kappa(x_e(u) - x_f(v)) du dv

with test functions first, and kappa as in `kernel`.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from levysde._types import NDArray

Array = NDArray[np.float64]


class Shapes(NamedTuple):
    """Gauss-Legendre rule on [-1, 1] and what the basis is there; all of one degree."""

    nodes: Array  # (q,)
    weights: Array  # (q,), summing to 1
    legendre: Array  # (q, degree)
    values: Array  # (q, degree + 1): two hats, then the bubbles int P_j / 2
    slopes: Array  # (q, degree + 1): derivatives times the length of the element


@lru_cache(maxsize=32)
def shapes(degree: int) -> Shapes:
    """Return the rule that the far field and the drift are integrated with."""
    nodes, weights = np.polynomial.legendre.leggauss(degree + 10)
    legendre = np.asarray(np.polynomial.legendre.legvander(nodes, degree - 1), dtype=np.float64)
    halved = np.asarray(weights / 2, dtype=np.float64)
    return Shapes(nodes, halved, legendre, basis(nodes, degree), slopes(nodes, degree))


def basis(nodes: Array, degree: int) -> Array:
    """Values of the two hats and of the bubbles (P_{j+1} - P_{j-1}) / (2 (2j + 1)), j = 1 ... degree - 1."""
    polynomials = np.polynomial.legendre.legvander(nodes, degree)
    j = np.arange(1, degree)
    bubbles: Array = (polynomials[..., 2:] - polynomials[..., :-2]) / (2 * (2 * j + 1))
    return np.concatenate([np.stack([(1 - nodes) / 2, (1 + nodes) / 2], axis=-1), bubbles], axis=-1)


def slopes(nodes: Array, degree: int) -> Array:
    """Return the derivatives of `basis`, times the length of the element."""
    polynomials = np.polynomial.legendre.legvander(nodes, degree - 1)
    return np.concatenate([-polynomials[..., :1], polynomials], axis=-1)


class Touching(NamedTuple):
    """Where an element meets itself or its neighbour; nodes u and t run over [0, 1], modes are of polynomials."""

    same: Array  # (n, degree, degree): what the distance u gives to P_j(x) P_k(y), x - y = u
    constant: Array  # (degree, degree): integral of P_j(x) P_k(y) sgn(x - y)
    inner: Array  # (n, degree): u P_j(2u - 1), distances counted from the common vertex
    along: Array  # (m, n, degree): weight of t times P_k(2 u t - 1)
    angles: Array  # (m,): nodes t


@lru_cache(maxsize=32)
def touching(degree: int, n: int) -> Touching:
    """Integrate exactly what is a polynomial times kappa; the angle of Duffy's transformation is smooth."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    u = (nodes + 1) / 2
    inner = u[:, None] * np.polynomial.legendre.legvander(nodes, degree - 1)
    angle_nodes, angle_weights = np.polynomial.legendre.leggauss(degree + 16)
    t = (angle_nodes + 1) / 2
    along = np.polynomial.legendre.legvander(2 * u * t[:, None] - 1, degree - 1) * (angle_weights / 2)[:, None, None]
    # The same element: at the distance u = x - y the other integral is one of a polynomial of degree j + k.
    y = t * (1 - u[:, None])
    low = np.polynomial.legendre.legvander(2 * y - 1, degree - 1)
    high = np.polynomial.legendre.legvander(2 * (y + u[:, None]) - 1, degree - 1)
    same = np.einsum("uyj,uyk,y->ujk", high, low, angle_weights / 2, optimize=True) * (1 - u[:, None, None])
    half = np.tensordot(weights / 2, same, axes=1)
    return Touching(same, half - half.T, inner, along, t)
