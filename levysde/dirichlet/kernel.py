r"""The kernel of the form of stable and tempered stable jumps, and its integrals where it is singular.

For jumps of the density :math:`c_\alpha(1\pm\beta)e^{-\lambda|y|}|y|^{-1-\alpha}` the generator's form is

.. math:: -\langle Au, v\rangle = \iint u'(x)\,v'(y)\,\kappa(y - x)\,dx\,dy,\qquad
    \kappa(z) = K(|z|) - \beta\,\mathrm{sgn}(z)\,(K(|z|) - K_0)

where :math:`K'' = c_\alpha e^{-\lambda z}z^{-1-\alpha}`: from :math:`A e^{ikx} = -\psi(k) e^{ikx}` the Fourier
transform of kappa is :math:`\psi(k)/k^2`. A constant in K meets only functions of mean zero; that in K_0 is a drift,
and is chosen such that for alpha < 1 there is none, and for alpha > 1 the mean is zero. With t = lambda z,

.. math:: \lambda^{1-\alpha}K/c_\alpha = G(t) = \int_t^\infty (w - t)e^{-w}w^{-1-\alpha}dw
    = \frac{t^s - 1}s P(t) + Q(t),\qquad s = 1 - \alpha,

P and Q entire, and without a singularity at alpha = 1. Without tempering P = -1/alpha, Q = 0 and the unit is 1.
"""

import math
from functools import cached_property, lru_cache

import numpy as np

from levysde._types import NDArray
from levysde.noise.stable import levy_constant

Array = NDArray[np.float64]

NEAR = 3.0  # in units of 1/lambda: up to here by the series
TERMS = 30
FAR = 60.0  # from here on 0: exp(-60) = 1e-26


class Kernel:
    """K of one alpha and tempering; with it goes K_0 = `centre`. Made by `kernel_of`."""

    def __init__(self, alpha: float, tempering: float) -> None:
        self.alpha, self.tempering = alpha, tempering
        self.s = s = 1.0 - alpha
        self.unit = tempering or 1.0
        self.size = levy_constant(alpha) * self.unit**-s
        self.p, self.q = np.array([-1.0 / alpha]), np.zeros(1)
        if tempering > 0.0:
            n = np.arange(2.0, TERMS)
            series = np.cumprod(np.concatenate([[0.5], -1.0 / n[1:]])) / ((n + s) * (n - 1 + s))
            first, second = limits(s)
            self.p = np.concatenate([[-1.0 / alpha, -1.0 / (1.0 + s)], s * series])
            self.q = np.concatenate([[first, second], series])

    @property
    def c(self) -> float:
        """K is about c (z^s - 1) / s, c log z at alpha = 1, near 0."""
        return -levy_constant(self.alpha) / self.alpha

    @property
    def centre(self) -> float:
        """K_0."""
        if self.tempering == 0.0:
            return -self.c / self.s if self.s != 0.0 else 0.0
        return self.size * math.gamma(self.s) if self.s > 0.0 else 0.0

    def __call__(self, z: Array) -> Array:
        """Return K at distances z >= 0."""
        if self.tempering == 0.0:
            return np.asarray(self.size * self.p[0] * log_power(self.s, z))
        t = self.unit * np.asarray(z)
        near = np.minimum(t, NEAR)
        found = log_power(self.s, near) * horner(self.p, near) + horner(self.q, near)
        beyond = t > NEAR
        if beyond.any():
            far = np.minimum(t[beyond], FAR)
            found[beyond] = np.where(far < FAR, np.exp(-far) * far ** (-1 - self.alpha) * self._decay(1 / far), 0.0)
        return np.asarray(self.size * found)

    @cached_property
    def _decay(self) -> np.polynomial.Chebyshev:
        """G(t) e^t t^(1 + alpha) = int w e^-w (1 + w / t)^(-1-alpha) dw as a polynomial in 1/t, to 1e-13."""
        from scipy.special import roots_genlaguerre

        w, weights = roots_genlaguerre(48, 1.0)

        def exact(y: Array) -> Array:
            return np.asarray((1 + w * y[:, None]) ** (-1 - self.alpha) @ weights)

        return np.polynomial.Chebyshev.interpolate(exact, 24, domain=[1 / FAR, 1 / NEAR])

    def constant(self, reach: Array) -> Array:
        """Return the part of K(reach u), u in [0, 1], that does not depend on u in the rule of `weights`."""
        t = self.unit * reach
        return np.where(t <= self._series, self.size * (self.p[0] * log_power(self.s, t) + self.q[0]), 0.0)

    def from_centre(self, reach: Array) -> Array:
        """Return `constant` - `centre`, without cancellation; for kernels without tempering this is K - K_0."""
        if self.s > 0.0 or (self.s < 0.0 and self.tempering == 0.0):
            return np.where(self.unit * reach <= self._series, self.c * reach**self.s / self.s, -self.centre)
        return self.constant(reach)

    def odd(self, z: Array) -> Array:
        """Return K - K_0 at distances z >= 0."""
        return self.from_centre(z) if self.tempering == 0.0 else self(z) - self.centre

    def weights(self, reach: Array, degree: int) -> Array:
        """Weights of int_0^1 f(u) (K(reach u) - constant(reach)) du for polynomials f: (*shape of reach, n).

        The nodes are those of `rule`.
        """
        u, plain, singular = rule(self, degree)
        t = self.unit * reach[..., None]
        with np.errstate(under="ignore"):
            found = self.size * self.p[0] * np.minimum(t, self._series) ** self.s * singular
        if self.tempering == 0.0:
            return np.asarray(found)
        near = np.minimum(t, NEAR)
        more, other = (near * u * horner(part[1:], near * u) for part in (self.p, self.q))
        found *= 1 + more / self.p[0]
        found += self.size * plain * (log_power(self.s, near) * more + other)
        beyond = t[..., 0] > NEAR
        if beyond.any():
            found[beyond] = self._long(reach[beyond], degree)
        return np.asarray(found)

    @property
    def _series(self) -> float:
        return NEAR if self.tempering > 0.0 else math.inf

    def _long(self, reach: Array, degree: int) -> Array:
        """Return `weights` for reaches many times 1/lambda, (m,): by pieces, up to where K has vanished."""
        u, plain, _ = rule(self, degree)
        first = NEAR * (1.0 - 1e-12) / self.unit  # in reach of the series, rounded or not
        ends = np.minimum(first * np.array([1.0, 2.0, 4.0, 8.0, FAR / NEAR]), reach[:, None]) / reach[:, None]
        nodes, legendre = np.polynomial.legendre.leggauss(22)
        widths = np.diff(ends)[..., None]
        later = ends[:, :-1, None] + widths * (1 + nodes) / 2  # (m, piece, node)
        share = widths * legendre / 2 * self(reach[:, None, None] * later)
        at_first = np.array([first])
        near = self.weights(at_first, degree)[0] + self.constant(at_first) * plain
        places = np.concatenate([ends[:, :1] * u, later.reshape(len(reach), -1)], axis=1)
        shares = np.concatenate([ends[:, :1] * near, share.reshape(len(reach), -1)], axis=1)
        moments = np.empty((len(reach), len(u)))
        x = 2 * places - 1
        before, polynomial = np.zeros_like(x), np.ones_like(x)
        for k in range(len(u)):
            moments[:, k] = (2 * k + 1) * np.einsum("ij,ij->i", shares, polynomial)
            before, polynomial = polynomial, ((2 * k + 1) * x * polynomial - k * before) / (k + 1)
        return np.asarray(plain * (moments @ np.polynomial.legendre.legvander(2 * u - 1, len(u) - 1).T))


@lru_cache(maxsize=64)
def kernel_of(alpha: float, tempering: float = 0.0) -> Kernel:
    """Return the kernel; it is kept, and so is what has been computed with it."""
    return Kernel(alpha, tempering)


def log_power(s: float, z: Array) -> Array:
    """Return (z^s - 1) / s, log z at s = 0."""
    with np.errstate(divide="ignore"):
        logarithm = np.log(z)
    return np.asarray(logarithm if s == 0.0 else np.expm1(s * logarithm) / s)


def horner(coefficients: Array, t: Array) -> Array:
    """Return the polynomial with these coefficients, lowest first."""
    found = np.full(np.shape(t), coefficients[-1])
    for a in coefficients[-2::-1]:
        found *= t
        found += a
    return found


def limits(s: float) -> tuple[float, float]:
    """Return the first two coefficients of Q; near s = 0 by their series, to 1e-10."""
    if abs(s) < 1e-5:
        euler = float(np.euler_gamma)
        bend = (euler * euler + math.pi**2 / 6) / 2  # of Gamma(1 + s) = 1 - euler s + bend s^2
        return -euler - 1 + (bend - 1) * s, 2 - euler + (bend - euler) * s
    gamma = math.gamma(1 + s)
    return (gamma - 1 / (1 - s)) / s, (gamma / (1 - s) - 1 / (1 + s)) / s


@lru_cache(maxsize=32)
def rule(kernel: Kernel, degree: int) -> tuple[Array, Array, Array]:
    """Nodes in [0, 1], weights of int f, and of int f(u) (u^s - 1) / s du, exact for products of two shapes."""
    n = 2 * degree + (2 if kernel.tempering == 0.0 else 18)  # with tempering, times an entire function
    nodes, weights = np.polynomial.legendre.leggauss(n)
    factors = moments(kernel.s, n) * (2 * np.arange(n) + 1)
    singular = weights / 2 * (np.polynomial.legendre.legvander(nodes, n - 1) @ factors)
    return (nodes + 1) / 2, weights / 2, singular


def moments(s: float, n: int) -> Array:
    """int_0^1 P_k(2u - 1) (u^s - 1) / s du for k < n, from int_0^1 u^s P_k(2u - 1) du = (s)_k / (s + 1)^(k+1)."""
    found = np.empty(n)
    found[0] = -1.0 / (1.0 + s)
    ratio = 1.0 / ((1.0 + s) * (2.0 + s))
    for k in range(1, n):
        found[k] = ratio
        ratio *= (s - k) / (s + k + 2)
    return found
