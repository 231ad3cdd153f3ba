r"""Lognormal laws: what looks most like a power law without being one.

Two of them stand against the power laws. One is shifted, :math:`\log(s(X - c)) \sim N(\mu,\sigma^2)` with s = 1 or -1
for the side of the long tail, and c profiled over distances from the extreme value that keep the likelihood bounded.
The other is symmetric, :math:`\log|X - m| \sim N(\mu,\sigma^2)` around the median m: multiplicative recursions that
explode look like that, and any fixed part of their tail looks like a power law.

References
----------
.. [1] Cohen and Whitten, JASA 75 (1980) 399-404, doi:10.1080/01621459.1980.10477484 (the shifted law, and the
   singularity of its likelihood).
"""

from __future__ import annotations

import math

import numpy as np

from levysde._types import NDArray

FloatArray = NDArray[np.float64]
NEAREST, FARTHEST = 1e-3, 1e3  # of the shift from the extreme value, in interquartile ranges
GRID = 12


def log_normal(logs: FloatArray) -> FloatArray:
    """Return the log-density of positive values with these logarithms under the lognormal law fitted to them."""
    centre, spread = float(logs.mean()), max(float(logs.std()), 1e-12)
    found: FloatArray = -logs - math.log(spread) - 0.5 * math.log(2 * math.pi) - 0.5 * ((logs - centre) / spread) ** 2
    return found


def shifted(z: FloatArray) -> FloatArray:
    """Return the log-densities under the shifted lognormal law of the largest likelihood."""
    from scipy.optimize import minimize_scalar

    low, first, middle, third, high = np.quantile(z, [0.05, 0.25, 0.5, 0.75, 0.95])
    sign = 1.0 if high - middle >= middle - low else -1.0
    from_end = sign * z - float(np.min(sign * z))
    unit = float(third - first) or float(np.mean(np.abs(z - middle)))  # more than half of the values may be equal

    def loss(u: float) -> float:
        logs = np.log(from_end + math.exp(u))
        return float(logs.mean()) + math.log(max(float(logs.std()), 1e-12))

    grid = np.linspace(math.log(NEAREST * unit), math.log(FARTHEST * unit), GRID)
    values = [loss(u) for u in grid]
    best = int(np.argmin(values))
    ends = grid[max(best - 1, 0)], grid[min(best + 1, GRID - 1)]
    u = float(minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-3}).x)
    return log_normal(np.log(from_end + math.exp(u)))


def symmetric(z: FloatArray) -> FloatArray:
    """Return the log-densities under the lognormal law of the distance from the median, on both sides."""
    sizes = np.abs(z - np.median(z))
    sizes = np.maximum(sizes, float(np.min(sizes[sizes > 0])))  # the median itself
    return log_normal(np.log(sizes)) - math.log(2.0)
