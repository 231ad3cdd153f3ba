"""First exit without drift: the closed forms for stable motion on an interval and in a ball."""

import math
from typing import Any

import numpy as np

from levysde._validate import count, finite_number, positive


def getoor(r: float, alpha: float, x: Any = 0.0, dim: int = 1, scale: float = 1.0) -> float:
    """Mean exit time of isotropic stable motion from the ball of radius r around the origin.

    For exp(-t scale^alpha |k|^alpha)::

        E tau = Gamma(d/2) (r^2 - |x|^2)^(alpha/2) / (2^alpha Gamma(1 + alpha/2) Gamma((d + alpha)/2) scale^alpha)

    In one dimension this is (r^2 - x^2)^(alpha/2) / (Gamma(1 + alpha) scale^alpha). At alpha = 2 it is the Brownian
    (r^2 - |x|^2) / (2 d scale^2): the factor 2 because `AlphaStable(2)` has variance 2t.

    Parameters
    ----------
    r : float
        Radius of the ball, half-length of the interval.
    alpha : float
        Stability index in (0, 2].
    x : float or array_like of shape (dim,)
        Starting point, or its distance from the centre.
    dim : int
        Dimension.
    scale : float
        Amplitude of the noise.

    Returns
    -------
    float
        Mean exit time; 0 outside the ball.

    Raises
    ------
    ValueError
        For alpha outside (0, 2], a radius or scale that is not positive, or a point of another dimension.

    References
    ----------
    Getoor, Trans. Amer. Math. Soc. 101 (1961) 75, doi:10.1090/S0002-9947-1961-0137148-5.
    """
    r, scale, dim = positive(r, "r"), positive(scale, "scale"), count(dim, "dim")
    alpha = finite_number(alpha, "alpha", low=0.0, high=2.0, open_low=True)
    at = np.asarray(x, float)
    if at.shape not in ((), (dim,)) or not np.all(np.isfinite(at)):
        raise ValueError(f"x={x} is neither a finite distance from the centre nor a point with {dim} coordinates")
    square = float(np.sum(at * at))
    if square >= r * r:
        return 0.0
    constant = math.lgamma(dim / 2) - math.lgamma(1 + alpha / 2) - math.lgamma((dim + alpha) / 2)
    return math.exp(constant + alpha * math.log(math.sqrt(r * r - square) / (2.0 * scale)))


def symmetric_stable(r: float, alpha: float, square: float, tail: float) -> float:
    """Mean exit time from a ball of *any* symmetric alpha-stable motion, 0 < alpha < 2.

    ::

        E tau = (r^2 - |x|^2)^(alpha/2) / (Gamma(1 - alpha/2) Gamma(1 + alpha/2) nu(|y| > 1))

    whatever the directions of the jumps: along every line (r^2 - |x|^2)^(alpha/2) is the one-dimensional solution on a
    chord. For independent components nu(|y| > 1) = 2 d scale^alpha c_alpha / alpha, and the time is
    (r^2 - |x|^2)^(alpha/2) / (d Gamma(1 + alpha) scale^alpha).

    Parameters
    ----------
    r, alpha : float
        Radius and index.
    square : float
        |x|^2, squared distance from the centre.
    tail : float
        nu(|y| > 1), the Lévy measure outside the unit ball.

    References
    ----------
    Ryznar et al., arXiv:2503.12272.
    """
    gammas = (math.pi * alpha / 2) / math.sin(math.pi * alpha / 2)
    return float((r * r - square) ** (alpha / 2) / (gammas * tail))


def unit_tail(alpha: float, dim: int, *, independent: bool) -> float:
    """nu(|y| > 1) of unit stable motion, 0 < alpha < 2: independent components or rotation invariant.

    ::

        2 d c_alpha / alpha                                              independent components
        2^alpha Gamma((d + alpha)/2) / (Gamma(d/2) Gamma(1 - alpha/2))   rotation invariant
    """
    if independent:
        return 2 * dim * math.gamma(alpha) * math.sin(math.pi * alpha / 2) / math.pi
    logarithm = math.lgamma((dim + alpha) / 2) - math.lgamma(dim / 2) - math.lgamma(1 - alpha / 2)
    return float(2.0**alpha * math.exp(logarithm))


def strictly_stable(a: float, b: float, x: float, alpha: float, beta: float, scale: float) -> float:
    """Mean exit time from (a, b) of one-dimensional stable motion with skewness beta, alpha != 1 unless beta = 0.

    With rho = P(L > 0) = 1/2 + arctan(beta tan(pi alpha/2)) / (pi alpha)::

        E tau = cos(pi alpha (rho - 1/2)) (x - a)^(alpha (1 - rho)) (b - x)^(alpha rho) / (Gamma(1 + alpha) scale^alpha)

    One infinite end makes it infinite, but for a motion that only moves to the other end.

    References
    ----------
    Profeta & Simon, arXiv:1501.03926; Kyprianou, Fluctuations of Lévy Processes, section 6.5. At alpha = 1 the same
    formula with rho = 1/2 + arctan(c / scale) / pi is the Cauchy motion with drift c.
    """
    rho = 0.5 if beta == 0.0 else 0.5 + math.atan(beta * math.tan(math.pi * alpha / 2)) / (math.pi * alpha)
    # Round-off must not turn an exponent of exactly 0 or alpha into an infinite time on a half-line.
    down, up = (round(alpha * share, 14) for share in (1 - rho, rho))
    lengths = (x - a) ** down * (b - x) ** up
    return float(math.cos(math.pi * alpha * (rho - 0.5)) * lengths / (math.gamma(1 + alpha) * scale**alpha))
