r"""Fitting by quantiles, after McCulloch.

The four statistics

.. math::
    \nu_\alpha = \frac{q_{.95} - q_{.05}}{q_{.75} - q_{.25}}, \quad
    \nu_\beta = \frac{q_{.95} + q_{.05} - 2 q_{.5}}{q_{.95} - q_{.05}}, \quad q_{.75} - q_{.25}, \quad q_{.5}

of the data are matched by those of a stable law [1]_, computed here from the quantile function itself instead of being
looked up in the printed tables. The errors are asymptotic: the covariance of sample quantiles,
p (1 - p') / (n f(q) f(q')), carried through the map.

References
----------
.. [1] McCulloch, Commun. Stat. Simul. Comput. 15 (1986), doi:10.1080/03610918608812563.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from levysde.stable.density import log_density_and_survival
from levysde.stable.distribution import ppf
from levysde.stable.fitting.law import Law

LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
SMALLEST_ALPHA = 0.1  # of the search
STEP = 1e-4  # of the differences in alpha and beta
MOST_STEPS = 30  # of Newton's method
SPACING = 0.25  # of the indices from whose quantiles it sets out


def fit_quantile(x: np.ndarray, beta: float | None) -> tuple[Law, np.ndarray]:
    """Return the fitted law and the covariance of (alpha, beta, scale, loc), S0; zeros where beta is given."""
    law = match(np.quantile(x, LEVELS, method="hazen"), beta)
    return law, _covariance(law, beta) / len(x)


def match(quantiles: np.ndarray, beta: float | None) -> Law:
    """Return the law whose quantiles at LEVELS have the given shape, spread and median; ValueError if they coincide."""
    low, first, middle, third, high = quantiles.tolist()
    if not low < first < third < high:
        raise ValueError(
            f"the quantiles {low:g}, {first:g}, {third:g}, {high:g} at 5, 25, 75 and 95 % coincide: the data have too "
            "many equal values for a continuous law"
        )
    wide = math.log((high - low) / (third - first))
    skew = (high + low - 2 * middle) / (high - low)
    alpha, found = _solve(wide, skew, beta)
    standard = _standard_quantiles(alpha, found)
    scale = (third - first) / (standard[3] - standard[1])
    return Law(alpha, found, scale, middle - scale * standard[2])


def _standard_quantiles(alpha: float, beta: float, near: np.ndarray | None = None) -> np.ndarray:
    """Return the quantiles at LEVELS of the standard S0 law, by Newton's method from those of a law near by.

    `ppf` would build a table of the law, for five numbers; it is there for laws that Newton's method does not reach.
    """
    q = _quantiles_near(round(alpha / SPACING) * SPACING) if near is None else near
    for _ in range(MOST_STEPS):
        f, s = _density_and_survival(q, alpha, beta)
        with np.errstate(divide="ignore", invalid="ignore"):  # outside the support
            step = (s - (1 - LEVELS)) / f
        q = q + step
        if not np.all(np.abs(step) < 0.3 * (1 + np.abs(q))):
            break
        if np.all(np.abs(step) < 1e-11 * (1 + np.abs(q))):
            return np.asarray(q)
    return np.asarray(ppf(LEVELS, alpha, beta, parameterization="S0"))


@functools.lru_cache(maxsize=8)
def _quantiles_near(alpha: float) -> np.ndarray:
    return np.asarray(ppf(LEVELS, max(alpha, SPACING)))


def _density_and_survival(x: np.ndarray, alpha: float, beta: float) -> tuple[np.ndarray, np.ndarray]:
    log_f, log_s = np.empty_like(x), np.empty_like(x)
    log_density_and_survival(x, alpha, beta, log_f, log_s)
    return np.exp(log_f), np.exp(log_s)


def _shape(q: np.ndarray) -> np.ndarray:
    """Return (log nu_alpha, nu_beta)."""
    return np.array([math.log((q[4] - q[0]) / (q[3] - q[1])), (q[4] + q[0] - 2 * q[2]) / (q[4] - q[0])])


def _solve(wide: float, skew: float, beta: float | None) -> tuple[float, float]:
    """Return the (alpha, beta) in their range whose shape is nearest."""
    if beta is not None:
        return _solve_index(wide, beta), beta
    from scipy.optimize import least_squares

    target = np.array([wide, skew])
    last = _quantiles_near(1.5)

    def misfit(p: np.ndarray) -> np.ndarray:
        nonlocal last
        last = _standard_quantiles(float(p[0]), float(p[1]), last)
        return np.asarray(_shape(last) - target)

    start = np.array([1.5, float(np.clip(2 * skew, -0.8, 0.8))])
    found = least_squares(misfit, start, bounds=([SMALLEST_ALPHA, -1.0], [2.0, 1.0]), xtol=1e-10).x
    return float(found[0]), float(found[1])


def _solve_index(wide: float, beta: float) -> float:
    """Return the alpha in its range whose log nu_alpha, which falls with alpha, is nearest."""
    from scipy.optimize import brentq

    last = _quantiles_near(1.5)

    def excess(alpha: float) -> float:
        nonlocal last
        last = _standard_quantiles(alpha, beta, last)
        return float(_shape(last)[0]) - wide

    low, high = 1.5, 2.0
    if excess(low) > 0:
        if excess(high) >= 0:
            return high
    else:
        while excess(low) < 0:
            if low == SMALLEST_ALPHA:
                return low
            low, high = max(0.6 * low, SMALLEST_ALPHA), low
    return float(brentq(excess, low, high, xtol=1e-11))


def _covariance(law: Law, beta: float | None) -> np.ndarray:
    """Return n times the covariance by the delta method; NaN for what lies on the edge of its range."""
    if law.alpha > 2 - STEP or abs(law.beta) > 1 - STEP or law.alpha < SMALLEST_ALPHA + STEP:
        return np.full((4, 4), math.nan)
    _, f, slopes = sensitivity(law, beta)
    smaller = np.minimum.outer(LEVELS, LEVELS)
    spread = (smaller - np.outer(LEVELS, LEVELS)) / np.outer(f, f)
    scaling = np.array([1.0, 1.0, law.scale, law.scale])
    return np.asarray(slopes @ spread @ slopes.T * np.outer(scaling, scaling))


def sensitivity(law: Law, beta: float | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the quantiles of the standard law, its density there, and the derivatives of the estimates by them.

    Those of (alpha, beta, scale, loc), a row each, in units of the law; zeros where beta is given. The law lies inside
    the range, by `STEP` at least.
    """
    q = _standard_quantiles(law.alpha, law.beta)
    f, _ = _density_and_survival(q, law.alpha, law.beta)
    # The five quantiles, in units of the fitted law, are functions of (alpha, beta, scale, loc); the four statistics
    # are functions of the quantiles. The estimate inverts their composition.
    by_law = np.column_stack(
        [
            _standard_quantiles(law.alpha + STEP, law.beta, q) - _standard_quantiles(law.alpha - STEP, law.beta, q),
            _standard_quantiles(law.alpha, law.beta + STEP, q) - _standard_quantiles(law.alpha, law.beta - STEP, q),
        ]
    ) / (2 * STEP)
    by_law = np.column_stack([by_law, q, np.ones(5)])
    statistics = _gradients(q)
    used = [0, 1, 2, 3] if beta is None else [0, 2, 3]
    slopes = np.zeros((4, 5))
    slopes[used] = np.linalg.solve(statistics[used] @ by_law[:, used], statistics[used])
    return q, f, slopes


def _gradients(q: np.ndarray) -> np.ndarray:
    """Return the derivatives of (log nu_alpha, nu_beta, interquartile range, median) by the five quantiles."""
    outer, inner = q[4] - q[0], q[3] - q[1]
    lean = (q[4] + q[0] - 2 * q[2]) / outer
    wide = np.array([-1 / outer, 1 / inner, 0.0, -1 / inner, 1 / outer])
    skew = np.array([(1 + lean) / outer, 0.0, -2 / outer, 0.0, (1 - lean) / outer])
    return np.array([wide, skew, [0.0, -1.0, 0.0, 1.0, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0]])
