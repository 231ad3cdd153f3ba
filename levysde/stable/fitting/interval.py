r"""The confidence interval of the index: a test inverted, not so many errors to each side.

The error :math:`\sigma(\alpha)/\sqrt n` of an estimate depends on the index, and most where it matters: for maximum
likelihood and the characteristic function it falls steeply towards alpha = 2, for quantiles it grows. The interval
therefore holds every alpha whose test the estimate passes, with the error at that alpha, not at the estimate [1]_. Two
deviations of the estimate, in standard errors, can be tested:

.. math::
    \sqrt n\,\frac{\hat\alpha - \alpha}{\sigma(\alpha)}, \qquad
    \sqrt n\,\bigl(h(\hat\alpha) - h(\alpha)\bigr), \quad h(\alpha) = \int^\alpha \frac{d\alpha'}{\sigma(\alpha')} .

They agree but where sigma changes within an error. Quantiles take the second, which is nearly the deviation of the
logarithm of their ratio. For the others few far values decide near alpha = 2: estimates lean to smaller alpha, and a
fifth of those by maximum likelihood from 500 values of alpha = 1.95 are 2. Tests by the first deviation reject too
often what is too small and tests by the second too seldom, and the other way round for what is too large; `LEANING`
mixes them so that tests reject as often as they should, within 1 % from 500 values on (`tests/tails/test_coverage.py`).

An estimate never exceeds 2. For every alpha so near 2 that an estimate of 2 passes, none is too large, and the whole
of 1 - level goes to those that are too small [2]_. An estimate of 2 so has an interval [low, 2].

Sigma is that of symmetric laws, their scale and location unknown. Skewness and dependence multiply it by the ratio of
the error found at the estimate to that of a symmetric law.

References
----------
.. [1] Neyman, Phil. Trans. R. Soc. A 236 (1937) 333-380, doi:10.1098/rsta.1937.0005.
.. [2] Feldman and Cousins, Phys. Rev. D 57 (1998) 3873-3889, doi:10.1103/PhysRevD.57.3873 (bounded parameters).
"""

from __future__ import annotations

import functools
import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from levysde.stable.distribution import logpdf
from levysde.stable.fitting import ecf, quantile
from levysde.stable.fitting.law import Law

# Share of the second deviation, for estimates that are too small and too large
LEANING = {"quantile": (1.0, 1.0), "ecf": (0.5, 0.5), "mle": (0.5, -0.25)}
SMALLEST = 0.102  # index from which sigma is computed, just inside the range of the searches; below, sigma ~ alpha
NODES, FINE = 33, 3000  # indices at which sigma is computed, and between which it is interpolated, in sqrt(2 - alpha)
CLOSEST = 0.011  # sqrt(2 - alpha) of the last one
POINTS = 200  # of the integral over log x: four digits up to 1.999, more below
BODY, TAIL = 25.0, 30.0  # -log of what is left out at its two ends
STEP = 1e-4  # of its differences


class _Grid(NamedTuple):
    """Increasing indices up to 2, sigma there, and h with h(2) = 0."""

    alpha: np.ndarray
    sigma: np.ndarray
    height: np.ndarray


def index_interval(
    method: str, alpha: float, error: float, *, n: int, level: float, widening: float = 1.0
) -> tuple[float, float]:
    """Return the interval of the index.

    Parameters
    ----------
    method : "mle", "quantile" or "ecf"
    alpha, error : the estimate and its standard error; NaN at an edge of the range, for that of a symmetric law
    n : number of observations
    level : confidence level in (0, 1)
    widening : what dependence multiplies errors by, where `error` is NaN and cannot tell
    """
    grid = _grid(method)
    usual = float(np.interp(alpha, grid.alpha, grid.sigma))
    unit = error / usual if math.isfinite(error) else widening / math.sqrt(n)
    both, one = NormalDist().inv_cdf(0.5 + 0.5 * level), max(NormalDist().inv_cdf(level), 0.0)
    small, large = LEANING[method]
    too_large = _deviation(alpha, grid, large) - both * unit
    unbounded = _deviation(2.0, grid, large) <= both * unit  # an estimate of 2 passes
    too_small = _deviation(alpha, grid, small) + np.where(unbounded, one, both) * unit
    first, last = int(np.argmax(too_large <= 0)), len(grid.alpha) - 1 - int(np.argmax(too_small[::-1] >= 0))
    return _crossing(grid.alpha, too_large, first - 1), _crossing(grid.alpha, too_small, last)


def _deviation(alpha: float, grid: _Grid, share: float) -> np.ndarray:
    """Return the deviation of an estimate from every index of the grid, in units of 1/sqrt(n)."""
    heights = float(np.interp(alpha, grid.alpha, grid.height)) - grid.height
    return np.asarray(share * heights + (1 - share) * (alpha - grid.alpha) / grid.sigma)


def _crossing(alpha: np.ndarray, values: np.ndarray, left: int) -> float:
    """Return where falling values vanish between `left` and the next index, or the end of the range."""
    if left < 0:
        return 0.0
    if left + 1 == len(alpha):
        return 2.0
    up, down = values[left], values[left + 1]
    share = up / (up - down) if up > 0 > down else 0.0
    return float(alpha[left] + share * (alpha[left + 1] - alpha[left]))


@functools.lru_cache(maxsize=3)
def _grid(method: str) -> _Grid:
    depths = np.linspace(CLOSEST, math.sqrt(2 - SMALLEST), NODES)
    sigmas = np.array([_SIGMA[method](2 - depth**2) for depth in depths.tolist()])
    fine = np.linspace(0.0, depths[-1], FINE)
    sigma = np.interp(fine, depths, sigmas)
    closer = fine < CLOSEST
    slope = (sigmas[1] - sigmas[0]) / (depths[1] - depths[0])
    sigma[closer] = np.maximum(sigmas[0] + slope * (fine[closer] - CLOSEST), 0.1 * sigmas[0])
    rate = 2 * fine / sigma  # of h by sqrt(2 - alpha), smooth up to the end
    height = np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(fine))])
    below = np.geomspace(1e-3, SMALLEST, 200, endpoint=False)
    lower = -height[-1] + SMALLEST / sigma[-1] * np.log(below / SMALLEST)
    return _Grid(
        np.concatenate([below, 2 - fine[::-1] ** 2]),
        np.concatenate([below * sigma[-1] / SMALLEST, sigma[::-1]]),
        np.concatenate([lower, -height[::-1]]),
    )


def _by_quantile(alpha: float) -> float:
    return math.sqrt(quantile._covariance(Law(alpha, 0.0, 1.0, 0.0), 0.0)[0, 0])


def _by_ecf(alpha: float) -> float:
    return math.sqrt(ecf._covariance(Law(alpha, 0.0, 1.0, 0.0), 0.0)[0, 0])


def cramer_rao(alpha: float) -> float:
    """Return sqrt(n) times the least error of the index of a symmetric law, its scale unknown; 0.1 < alpha < 2.

    The location does not matter: its score is odd. The integral of the scores is taken over log x.
    """
    step = min(STEP, 0.01 * (2 - alpha))
    nodes = np.linspace(-math.lgamma(1 + 1 / alpha) - BODY, TAIL / alpha + 3.0, POINTS)
    x = np.exp(nodes)
    by_index = (logpdf(x, alpha + step) - logpdf(x, alpha - step)) / (2 * step)
    by_scale = -1 - (logpdf(x * (1 + STEP), alpha) - logpdf(x * (1 - STEP), alpha)) / (2 * STEP)
    weight = 2 * (nodes[1] - nodes[0]) * np.exp(nodes + logpdf(x, alpha))
    scores = np.stack([by_index, by_scale])
    return math.sqrt(np.linalg.inv((scores * weight) @ scores.T)[0, 0])


_SIGMA = {"quantile": _by_quantile, "ecf": _by_ecf, "mle": cramer_rao}
