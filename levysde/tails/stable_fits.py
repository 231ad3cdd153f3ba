r"""Fits of a stable law, seen as estimators of its index: `levysde.stable.fit` with errors that allow for dependence.

Each estimate is a function of means: of indicators (quantiles), of :math:`e^{itX}` (characteristic function), of the
score (maximum likelihood). Its influence function follows by differentiating that map; the long-run variance of the
influence function gives the error of an autocorrelated series. A stable index ends at 2, where the errors of a fit end
too; the interval then reaches down to the smallest alpha from which 2 is within reach of the error.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde.estimate import Estimate, confidence_level
from levysde.stable import StableFit, fit, logpdf
from levysde.stable.fitting import ecf as by_ecf
from levysde.stable.fitting import quantile as by_quantile
from levysde.stable.fitting.fit import FEWEST
from levysde.stable.fitting.law import Law
from levysde.tails.columns import as_estimate, is_single
from levysde.tails.data import observations
from levysde.tails.errors import Errors, check_choice, mean_error, needs_hac
from levysde.tails.hill import dependence

FloatArray = NDArray[np.float64]
CHUNK = 20_000  # values whose waves are held at a time
STEP = 1e-4  # of differences, in units of what is changed
NAMES = {"quantile": "McCulloch's quantiles", "ecf": "characteristic function", "mle": "maximum likelihood"}


def quantile(x: ArrayLike, *, beta: float | None = None, errors: Errors = "auto", level: float = 0.95) -> Estimate:
    """Index of a stable law by McCulloch's quantiles: `stable.fit(x, method="quantile")`.

    Parameters
    ----------
    x : array_like of shape (n,), or (n, d) for d columns
        At least 10 values; location and scale are estimated too.
    beta : None (estimated) or the skewness, 0 for symmetric laws
    errors : "auto", "independent" or "hac"
        As for `hill`.
    level : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        Of alpha, which ends at 2: there the standard error is NaN and the interval one-sided. `ColumnEstimates` for
        (n, d).

    Raises
    ------
    ValueError, TypeError
        As `stable.fit`.

    References
    ----------
    McCulloch, Commun. Stat. Simul. Comput. 15 (1986), doi:10.1080/03610918608812563.

    Examples
    --------
    >>> import levysde as ls
    >>> estimate = ls.tails.quantile(ls.stable.rvs(1.5, size=10_000, rng=1))
    >>> abs(estimate.value - 1.5) < 4 * estimate.standard_error
    True
    """
    return _by(x, "quantile", _influence_of_quantiles, beta, errors, level)


def ecf(x: ArrayLike, *, beta: float | None = None, errors: Errors = "auto", level: float = 0.95) -> Estimate:
    """Index of a stable law by regression on the empirical characteristic function: `stable.fit(x, method="ecf")`.

    Parameters, returned value and errors raised are as for `quantile`. Nearly as good as maximum likelihood for alpha
    above 1.5, in milliseconds.

    References
    ----------
    Koutrouvelis, JASA 75 (1980), doi:10.1080/01621459.1980.10477573; Kogon and Williams, in: A Practical Guide to
    Heavy Tails, Birkhäuser 1998, pp. 311-335.

    Examples
    --------
    >>> import levysde as ls
    >>> estimate = ls.tails.ecf(ls.stable.rvs(1.5, size=10_000, rng=1))
    >>> abs(estimate.value - 1.5) < 4 * estimate.standard_error
    True
    """
    return _by(x, "ecf", _influence_of_characteristic, beta, errors, level)


def max_likelihood(
    x: ArrayLike, *, beta: float | None = None, errors: Errors = "auto", level: float = 0.95
) -> Estimate:
    """Index of a stable law by maximum likelihood: `stable.fit(x)`.

    Parameters, returned value and errors raised are as for `quantile`. It attains the Cramér-Rao bound; seconds for
    10^5 values.

    References
    ----------
    Nolan, in: Lévy Processes, Birkhäuser 2001, doi:10.1007/978-1-4612-0197-7_17.

    Examples
    --------
    >>> import levysde as ls
    >>> estimate = ls.tails.max_likelihood(ls.stable.rvs(1.5, size=1000, rng=1), beta=0.0)
    >>> abs(estimate.value - 1.5) < 4 * estimate.standard_error
    True
    """
    return _by(x, "mle", _influence_of_score, beta, errors, level)


def _by(
    x: ArrayLike,
    method: str,
    influence: Callable[[FloatArray, StableFit, float | None], FloatArray],
    beta: float | None,
    errors: Errors,
    level: float,
) -> Estimate:
    check_choice(errors)
    reach = NormalDist().inv_cdf(0.5 + 0.5 * confidence_level(level))
    columns = observations(x, fewest=FEWEST, what="a stable law")
    hac = needs_hac(columns, errors)
    rows = []
    for column in columns.T:
        found = fit(column, method=method, beta=beta, parameterization="S0")  # type: ignore[arg-type]
        error = found.standard_errors["alpha"]
        if hac and math.isfinite(error):
            error = float(mean_error(influence(column, found, beta)[:, None], hac=True)[0])
        rows.append((found.alpha, error, *_interval(found.alpha, error, reach, len(column))))
    value, error, low, high = np.array(rows).T
    text = f"{NAMES[method]}, {len(columns)} values; assumes a stable law, so that alpha <= 2{dependence(hac)}"
    return as_estimate(value, error, (low, high), n=len(columns), method=text, single=is_single(x))


def _interval(alpha: float, error: float, reach: float, n: int) -> tuple[float, float]:
    if math.isfinite(error):
        return max(alpha - reach * error, 0.0), min(alpha + reach * error, 2.0)
    return lower_end(n, reach), 2.0


def lower_end(n: int, reach: float) -> float:
    """Return the smallest alpha from which an estimate of 2 is within `reach` errors of the characteristic function.

    Those are the errors of regression; maximum likelihood, which is more precise there, is on the safe side.
    """
    alphas, spreads = _regression_errors()
    within = alphas + reach * spreads / math.sqrt(n) >= 2.0
    first = int(np.argmax(within))
    if first == 0:
        return 0.0
    gaps = alphas[first - 1 : first + 1] + reach * spreads[first - 1 : first + 1] / math.sqrt(n) - 2.0
    return float(np.interp(0.0, gaps, alphas[first - 1 : first + 1]))


@functools.lru_cache(maxsize=1)
def _regression_errors() -> tuple[FloatArray, FloatArray]:
    """Return indices up to 2, and sqrt(n) times the error of the characteristic function at each."""
    alphas = 2.0 - np.geomspace(1.6, 1e-4, 24)
    spreads = [math.sqrt(by_ecf._covariance(Law(float(alpha), 0.0, 1.0, 0.0), 0.0)[0, 0]) for alpha in alphas]
    return np.append(alphas, 2.0), np.append(spreads, spreads[-1])


def _influence_of_quantiles(x: FloatArray, found: StableFit, beta: float | None) -> FloatArray:
    at = np.quantile(x, by_quantile.LEVELS, method="hazen")
    spread = at[3] - at[1]
    slopes = []
    for i in range(len(at)):
        up, down = at.copy(), at.copy()
        up[i] += STEP * spread
        down[i] -= STEP * spread
        slopes.append((by_quantile.match(up, beta).alpha - by_quantile.match(down, beta).alpha) / (2 * STEP * spread))
    density = np.exp(logpdf(at, found.alpha, found.beta, loc=found.loc, scale=found.scale, parameterization="S0"))
    weights = np.array(slopes) / density
    psi: FloatArray = (by_quantile.LEVELS - (x[:, None] <= at)) @ weights
    return psi


def _influence_of_characteristic(x: FloatArray, found: StableFit, beta: float | None) -> FloatArray:
    return slope_of_characteristic((x - found.loc) / found.scale)[1]


def law_of(z: FloatArray) -> Law:
    """Return the stable law, S0, by regression on the characteristic function, of values with location near 0."""
    parts = _characteristic(z)
    return by_ecf._regress(np.concatenate([parts.real, parts.imag]), None)


def slope_of_characteristic(z: FloatArray) -> tuple[float, FloatArray]:
    r"""Return the slope of log(-log|phi(t)|) against log t, which is alpha, and the influence of every value on it.

    The slope is not confined to alpha <= 2: lighter tails than normal read more, and the errors of normal data are
    normal too. `z` has location near 0 and scale near 1.
    """
    parts = _characteristic(z)
    size = np.minimum(np.abs(parts), 1 - 1e-12)
    centred = np.log(by_ecf.FREQUENCIES) - np.log(by_ecf.FREQUENCIES).mean()
    weights = centred / (centred @ centred)
    slopes = weights / (size**2 * np.log(size))  # d log(-log r) = dr / (r log r), r dr = a da + b db
    psi = np.empty(len(z))
    for start in range(0, len(z), CHUNK):
        part = slice(start, start + CHUNK)
        psi[part] = ((slopes * parts.conj()) @ _waves(z[part])).real - slopes @ np.abs(parts) ** 2
    return float(weights @ np.log(-np.log(size))), psi


def _characteristic(z: FloatArray) -> NDArray[np.complex128]:
    """Return the empirical characteristic function at the frequencies of the regression."""
    total = np.zeros(len(by_ecf.FREQUENCIES), complex)
    for start in range(0, len(z), CHUNK):
        total += _waves(z[start : start + CHUNK]).sum(axis=1)
    return np.asarray(total / len(z), dtype=np.complex128)


def _waves(z: FloatArray) -> NDArray[np.complex128]:
    """Return exp(itz) for all frequencies t, multiples of the first: one exponential, then products."""
    found = np.empty((len(by_ecf.FREQUENCIES), len(z)), complex)
    found[0] = np.exp(1j * by_ecf.FREQUENCIES[0] * z)
    for j in range(1, len(found)):
        np.multiply(found[j - 1], found[0], out=found[j])
    return found


def _influence_of_score(x: FloatArray, found: StableFit, beta: float | None) -> FloatArray:
    law = {"alpha": found.alpha, "beta": found.beta, "scale": found.scale, "loc": found.loc}
    row = np.nan_to_num(found.covariance[0]) * len(x)
    psi = np.zeros(len(x))
    for weight, name in zip(row, law, strict=True):
        if weight == 0:
            continue
        step = STEP * (found.scale if name in ("scale", "loc") else 1.0)
        ends = [
            logpdf(x, **{**law, name: law[name] + sign * step}, parameterization="S0")  # type: ignore[arg-type]
            for sign in (1, -1)
        ]
        psi += weight * (ends[0] - ends[1]) / (2 * step)
    return psi
