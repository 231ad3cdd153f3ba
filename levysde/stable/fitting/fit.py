"""Fitting a stable law to data: `fit`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike
from levysde._validate import finite_number
from levysde.stable.distribution import cdf, logpdf
from levysde.stable.fitting.ecf import fit_ecf
from levysde.stable.fitting.law import Law, location_s1
from levysde.stable.fitting.likelihood import fit_likelihood
from levysde.stable.fitting.quantile import fit_quantile
from levysde.stable.fitting.result import StableFit
from levysde.stable.sampling import rvs

FEWEST = 10
MANY_TIES = 0.05  # share of repeated values above which a note is made
EDGE = 1e-3  # distance from 2, or of abs(beta) from 1, at which an estimate counts as being there

Method = Literal["mle", "quantile", "ecf"]


def fit(
    x: ArrayLike,
    *,
    method: Method = "mle",
    beta: float | None = None,
    parameterization: Literal["S0", "S1"] = "S1",
    bootstrap: int = 0,
    rng: RNG = None,
) -> StableFit:
    """Fit a stable law.

    Parameters
    ----------
    x : array_like
        At least 10 finite observations, taken as independent; any shape.
    method : "mle" (maximum likelihood, default), "quantile" (McCulloch) or "ecf" (Koutrouvelis, Kogon and Williams)
        The last two take milliseconds; for symmetric data their variance is 1.2 to 4 times that of "mle".
    beta : None (estimated) or a value in [-1, 1] that is kept; 0 for symmetric laws
    parameterization : "S1" (default) or "S0"
        In which `loc` is meant. In S1 it runs away as alpha tends to 1 with beta != 0, and so does its error: take S0.
    bootstrap : number of parametric bootstrap samples for the p-value of the Kolmogorov-Smirnov distance between data
        and fitted law, each fitted by the same method; 0 leaves the p-value out
    rng : of the bootstrap: None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`

    Returns
    -------
    StableFit

    Raises
    ------
    ValueError, TypeError
        Fewer than 10 observations, NaN or infinite values, constant data, more than half of the data equal (methods
        that need quartiles), an unknown method, beta outside [-1, 1].

    Notes
    -----
    Standard errors: "mle" inverts the observed information; "quantile" and "ecf" use the asymptotic covariance at the
    fitted law. Where alpha ends at 2 or |beta| at 1, the errors of that parameter are NaN and a note says so: at
    alpha = 2 the likelihood-ratio statistic is a mixture of chi-squared laws, and beta has no meaning there.
    `interval("alpha")` of the result covers alpha near 2 as well. Ties are kept; a note tells when they are many. The
    search keeps alpha >= 0.1.

    References
    ----------
    .. [1] Nolan, in: Lévy Processes, Birkhäuser 2001, doi:10.1007/978-1-4612-0197-7_17 (maximum likelihood).
    .. [2] McCulloch, Commun. Stat. Simul. Comput. 15 (1986), doi:10.1080/03610918608812563.
    .. [3] Koutrouvelis, JASA 75 (1980), doi:10.1080/01621459.1980.10477573.
    .. [4] Stute, González Manteiga and Presedo Quindimil, Metrika 40 (1993), doi:10.1007/BF02613687 (the bootstrap).

    Examples
    --------
    >>> import levysde as ls
    >>> fit = ls.stable.fit(ls.stable.rvs(1.7, 0.5, size=2000, rng=3), method="quantile")
    >>> fit.n
    2000
    """
    data = _checked(x)
    if method not in _METHODS:
        raise ValueError(f"method={method!r} is unknown; use 'mle', 'quantile' or 'ecf'")
    if parameterization not in ("S0", "S1"):
        raise ValueError(f"parameterization={parameterization!r} is unknown; use 'S0' or 'S1'")
    if isinstance(bootstrap, bool) or not isinstance(bootstrap, (int, np.integer)) or bootstrap < 0:
        raise ValueError(f"bootstrap={bootstrap!r} is no number of samples; use an integer >= 0, say 200")
    fixed = None if beta is None else finite_number(beta, "beta", low=-1, high=1)
    law, covariance = _METHODS[method](data, fixed)
    result = _result(data, law, covariance, method, fixed)
    if bootstrap:
        p_value = _p_value(data, law, fixed, _METHODS[method], int(bootstrap), entropy_of(rng))
        result = replace(result, p_value=p_value)
    return result if parameterization == "S0" else _in_s1(result)


def fitted(x: ArrayLike, method: Method, beta: float | None) -> tuple[Law, float]:
    """Return the fitted law, S0, and the standard error of alpha, without likelihood, notes and goodness of fit."""
    data = _checked(x)
    fixed = None if beta is None else finite_number(beta, "beta", low=-1, high=1)
    law, covariance = _METHODS[method](data, fixed)
    law, covariance = _settled(law, covariance, fixed)
    with np.errstate(invalid="ignore"):
        return law, float(np.sqrt(covariance[0, 0]))


def _settled(law: Law, covariance: np.ndarray, beta: float | None) -> tuple[Law, np.ndarray]:
    """Return both, or those at alpha = 2 if it is that close: alpha has no error there, and beta no meaning."""
    if law.alpha <= 2 - EDGE:
        return law, covariance
    covariance = covariance.copy()
    lost = [0, 1] if beta is None else [0]
    covariance[lost, :] = covariance[:, lost] = math.nan
    return law._replace(alpha=2.0, beta=0.0 if beta is None else beta), covariance


def _checked(x: ArrayLike) -> np.ndarray:
    data = np.asarray(x, dtype=float).ravel()
    if data.size < FEWEST:
        raise ValueError(f"x has {data.size} observations; four parameters need at least {FEWEST}")
    lost = int(np.count_nonzero(~np.isfinite(data)))
    if lost:
        raise ValueError(f"x has {lost} NaN or infinite values of {data.size}; drop them, or say why they are there")
    data = np.sort(data)
    if data[0] == data[-1]:
        raise ValueError(f"all {data.size} observations are {data[0]:g}; a constant has no stable law to be fitted")
    return data


def _by_quantile(data: np.ndarray, beta: float | None) -> tuple[Law, np.ndarray]:
    return fit_quantile(data, beta)


def _by_ecf(data: np.ndarray, beta: float | None) -> tuple[Law, np.ndarray]:
    return fit_ecf(data, fit_quantile(data, beta)[0], beta)


def _by_likelihood(data: np.ndarray, beta: float | None) -> tuple[Law, np.ndarray]:
    law, covariance, _ = fit_likelihood(data, fit_quantile(data, beta)[0], beta)
    return law, covariance


_METHODS: dict[str, Callable[[np.ndarray, float | None], tuple[Law, np.ndarray]]] = {
    "mle": _by_likelihood,
    "quantile": _by_quantile,
    "ecf": _by_ecf,
}


def _result(data: np.ndarray, law: Law, covariance: np.ndarray, method: str, beta: float | None) -> StableFit:
    notes = []
    law, covariance = _settled(law, covariance, beta)
    if law.alpha == 2:
        notes.append(
            "alpha is at 2, the normal law: no error is given for it, and beta, which has no meaning there, is 0"
        )
    elif beta is None and abs(law.beta) > 1 - EDGE:
        notes.append(f"beta is at {round(law.beta)}, the edge of its range: no error is given for it")
    ties = 1 - len(np.unique(data)) / len(data)
    if ties > MANY_TIES:
        notes.append(f"{ties:.0%} of the values are repeated; a continuous law cannot explain that")
    likelihood = float(np.sum(logpdf(data, law.alpha, law.beta, loc=law.loc, scale=law.scale, parameterization="S0")))
    return StableFit(
        *law, covariance, likelihood, len(data), method, parameterization="S0", notes=tuple(notes), data=data
    )


def _in_s1(result: StableFit) -> StableFit:
    """Change loc, and the covariance by the derivatives of the change."""
    law = Law(result.alpha, result.beta, result.scale, result.loc)
    change = np.eye(4)
    for i, (value, edge) in enumerate(((law.alpha, 2.0), (law.beta, 1.0), (law.scale, math.inf))):
        step = 1e-6 * max(abs(value), 1e-3)
        low, high = list(law), list(law)
        low[i], high[i] = value - step, min(value + step, edge)
        change[3, i] = (location_s1(Law(*high)) - location_s1(Law(*low))) / (high[i] - low[i])
    on_edge = np.isnan(np.diag(result.covariance))  # held where they are, as the errors of the others have it too
    covariance = change @ np.where(np.isnan(result.covariance), 0.0, result.covariance) @ change.T
    covariance[on_edge, :] = covariance[:, on_edge] = math.nan
    return replace(result, loc=location_s1(law), covariance=covariance, parameterization="S1")


def _p_value(
    data: np.ndarray,
    law: Law,
    beta: float | None,
    estimate: Callable[[np.ndarray, float | None], tuple[Law, np.ndarray]],
    samples: int,
    entropy: int,
) -> float:
    """Return the share of bootstrap samples, the data among them, that fit their own law no better than the data."""
    observed = _distance(data, law)
    worse = 0
    for seed in np.random.SeedSequence(entropy).spawn(samples):
        drawn = rvs(law.alpha, law.beta, loc=law.loc, scale=law.scale, size=len(data), parameterization="S0", rng=seed)
        drawn.sort()
        worse += _distance(drawn, estimate(drawn, beta)[0]) >= observed
    return (1 + worse) / (1 + samples)


def _distance(data: np.ndarray, law: Law) -> float:
    """Return the Kolmogorov-Smirnov distance of sorted data from a law."""
    p = np.asarray(cdf(data, law.alpha, law.beta, loc=law.loc, scale=law.scale, parameterization="S0"))
    rank = np.arange(len(data) + 1) / len(data)
    return float(max(np.max(rank[1:] - p), np.max(p - rank[:-1])))
