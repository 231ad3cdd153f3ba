"""The reference element [-1, 1]: quadrature, shape functions, and the kernel's integrals that meet its singularity.

On every element the derivative of u is a sum of Legendre polynomials, so that the whole nonlocal operator is

    K[e j, f k] = int_0^1 int_0^1 P_j(2 u - 1) P_k(2 v - 1) kappa(|x_e(u) - x_f(v)|) du dv

with kappa(z) = c (z^s - 1) / s, s = 1 - alpha (c log z at alpha = 1). The constant that is subtracted from the Riesz
kernel meets only functions of mean zero; without it the kernel would grow without bound at alpha = 1.
"""

import math
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


class Kernel(NamedTuple):
    """kappa(z) = c (z^s - 1) / s: with it, the generator's stable part is -int int u'(x) v'(y) kappa(x - y)."""

    c: float
    s: float

    def __call__(self, z: Array) -> Array:
        """Return kappa at distances z >= 0."""
        with np.errstate(divide="ignore"):
            logarithm = np.log(z)
        return self.c * (logarithm if self.s == 0.0 else np.expm1(self.s * logarithm) / self.s)


def riesz(alpha: float) -> Kernel:
    """Return the kernel of (-Laplace)^(alpha/2): -z^(1-alpha) / (2 Gamma(2-alpha) cos(pi alpha/2)) up to a constant."""
    s = 1.0 - alpha
    return Kernel(-1.0 / (math.pi * math.gamma(1.0 + s) * float(np.sinc(s / 2))), s)


def moments(kernel: Kernel, n: int) -> Array:
    """int_0^1 kappa(t) P_k(2t - 1) dt for k < n, from int_0^1 t^s P_k(2t - 1) dt = (s)_k / (s + 1)^(k+1)."""
    s = kernel.s
    found = np.empty(n)
    found[0] = -1.0 / (1.0 + s)
    ratio = 1.0 / ((1.0 + s) * (2.0 + s))
    for k in range(1, n):
        found[k] = ratio
        ratio *= (s - k) / (s + k + 2)
    return kernel.c * found


class Singular(NamedTuple):
    """What pairs of elements that touch need, for one kernel and degree; u, v and t run over [0, 1]."""

    same: Array  # (degree, degree): K of an element of length 1 with itself
    plain: Array  # (n,): weights of int f(u) du
    singular: Array  # (n,): weights of int f(u) kappa(u) du
    inner: Array  # (n, degree): u P_j(2u - 1), distances counted from the common vertex
    angles: Array  # (m,): nodes t
    along: Array  # (m, n, degree): weight of t times P_k(2 u t - 1)
    moments: Array  # (degree,): int kappa(t) P_j(2t - 1) dt


@lru_cache(maxsize=32)
def singular(kernel: Kernel, degree: int) -> Singular:
    """Integrate exactly what is a polynomial times kappa; the angle of Duffy's transformation is smooth."""
    n = 2 * degree + 2
    nodes, weights = np.polynomial.legendre.leggauss(n)
    u, plain = (nodes + 1) / 2, weights / 2
    factors = moments(kernel, n) * (2 * np.arange(n) + 1)
    with_kernel = plain * (np.polynomial.legendre.legvander(nodes, n - 1) @ factors)
    inner = u[:, None] * np.polynomial.legendre.legvander(nodes, degree - 1)
    angle_nodes, angle_weights = np.polynomial.legendre.leggauss(degree + 16)
    t = (angle_nodes + 1) / 2
    along = np.polynomial.legendre.legvander(2 * u * t[:, None] - 1, degree - 1) * (angle_weights / 2)[:, None, None]
    # The same element: over t = |x - y| the inner integral is a polynomial of degree j + k + 1.
    y = (nodes + 1) / 2 * (1 - u[:, None])  # (t, y): y in [0, 1 - t]
    low = np.polynomial.legendre.legvander(2 * y - 1, degree - 1)
    high = np.polynomial.legendre.legvander(2 * (y + u[:, None]) - 1, degree - 1)
    scaled = with_kernel[:, None] * (1 - u[:, None]) * plain
    one_sided = np.einsum("tyj,tyk,ty->jk", high, low, scaled, optimize=True)
    return Singular(one_sided + one_sided.T, plain, with_kernel, inner, t, along, moments(kernel, degree))
