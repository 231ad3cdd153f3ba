r"""The table of log A, A the positive stable variable of index gamma <= 1/2: what the sampler of small alpha draws.

With :math:`Z=\gamma\log A` and :math:`t=e^{-z/(1-\gamma)}`, Kanter's representation of A [1]_ integrates to

.. math::
    P(Z > z) = \frac1\pi\int_0^\pi \bigl(1-e^{-t a(v)}\bigr)dv,\qquad
    f_Z(z) = \frac1{\pi(1-\gamma)}\int_0^\pi t a(v)\,e^{-t a(v)}\,dv,\qquad
    a(v) = \frac{\sin((1-\gamma)v)}{\sin(\gamma v)}\Bigl(\frac{\sin\gamma v}{\sin v}\Bigr)^{1/(1-\gamma)} ,

positive integrands, summed by the trapezoid in s, v = pi/(1 + e^(-s)). A itself has a mode too sharp for a table when
gamma is small; the density of log A is smooth and, for gamma <= 1/2, log-concave [2]_. As gamma -> 0, Z tends to
-log W, W standard exponential, so that nothing degenerates there.

References
----------
.. [1] Kanter, Ann. Probab. 3 (1975), doi:10.1214/aop/1176996309.
.. [2] Simon, arXiv:1002.4977 (multiplicative strong unimodality of positive stable laws).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np

from levysde.stable.tables import LEAST_LOG, Law, assemble, side

STEP = 0.2  # of s; the integrand is analytic for |Im s| < pi (1 - gamma), and half the step changes log f by 3e-11
FIRST, LAST = -40.0, 40.0 - LEAST_LOG  # of s: below, weights under 1e-17; above, what the end of the tail still sees
AT_ONCE = 64  # points
LEFT_END, RIGHT_END = -1.0, 1.0  # the mode of Z lies between: it is 0 for gamma -> 0 and -0.35 for gamma = 1/2


@functools.lru_cache(maxsize=16)
def log_size_table(gamma: float) -> np.ndarray:
    """Return the table of Z = gamma log A."""
    right, left = _law(gamma, 1.0), _law(gamma, -1.0)
    centre = _mode(right)
    sides = [side(_about(one, sign * centre), 0.0) for one, sign in ((right, 1), (left, -1))]
    return assemble(centre, sides)


def _law(gamma: float, sign: float) -> Law:
    """Return sign Z."""
    s = np.arange(FIRST, LAST, STEP)
    v, beyond = math.pi / (1 + np.exp(-s)), math.pi / (1 + np.exp(s))  # the second is pi - v, without cancellation
    log_ratio = np.log(np.sin(gamma * v)) - np.log(np.sin(np.minimum(v, beyond)))
    log_a = np.log(np.sin((1 - gamma) * v) / np.sin(gamma * v)) + log_ratio / (1 - gamma)
    weights = STEP * v * beyond / math.pi**2

    def over_s(x: np.ndarray, integrand: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
        found = np.empty_like(x)
        for start in range(0, len(x), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            log_ta = np.minimum(log_a - sign * x[part, None] / (1 - gamma), 700.0)
            found[part] = integrand(log_ta, np.exp(log_ta)) @ weights
        with np.errstate(divide="ignore"):  # far out on the light side all are 0
            return np.asarray(np.log(found))

    def log_density(x: np.ndarray) -> np.ndarray:
        return over_s(x, lambda log_ta, ta: np.exp(log_ta - ta) / (1 - gamma))

    def log_tail(x: np.ndarray) -> np.ndarray:
        return over_s(x, lambda log_ta, ta: -np.expm1(-ta) if sign > 0 else np.exp(-ta))

    return Law(log_density, log_tail)


def _about(law: Law, centre: float) -> Law:
    """Return the law as seen from `centre`."""
    return Law(lambda x: law.log_density(centre + x), lambda x: law.log_tail(centre + x))


def _mode(law: Law) -> float:
    """Return where the density is largest, by closing in on it with ever finer grids."""
    low, high = LEFT_END, RIGHT_END
    while high - low > 1e-7:
        grid = np.linspace(low, high, 21)
        best = int(np.argmax(law.log_density(grid)))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, 20)]
    return 0.5 * (low + high)
