"""Strong errors: how far a path with a coarse step ends from the path itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from levysde._streams import RNG
from levysde._types import ArrayLike, NDArray
from levysde._validate import finite_number
from levysde.convergence.paired import REFINE, Ends, declared_order, simulate_ends
from levysde.convergence.result import Convergence, ErrorCurve
from levysde.domains import Ball, Interval
from levysde.engine.pool import Progress, Workers
from levysde.schemes.base import Scheme
from levysde.sde import SDE

FloatArray = NDArray[np.float64]

ROUNDING = 1e-12  # relative to where the paths end: an error below it is none
FAR = 1e9, 1e11  # distances between which a tail index is read off


def strong_error(
    sde: SDE,
    x0: ArrayLike,
    *,
    t: float,
    dts: ArrayLike,
    scheme: Scheme | None = None,
    reference_scheme: Scheme | None = None,
    n_paths: int = 4000,
    p: float | None = None,
    refine: int = REFINE,
    rng: RNG = None,
    workers: Workers = 1,
    progress: Progress = False,
) -> Convergence:
    r"""Measure :math:`|X^{dt}_t - X^{ref}_t|` against dt, coarse and fine paths driven by the same noise.

    The fine increments are summed over each coarse step. Two measures, both of which exist for stable noise, unlike
    the mean square:

    - the median of :math:`|X^{dt}_t - X^{ref}_t|`, a lost path counting as infinitely far;
    - :math:`(E|X^{dt}_t - X^{ref}_t|^p)^{1/p}`, infinite where a path was lost.

    Standard errors are computed, not resampled: the covariance of sample medians from the joint frequencies of lying
    below them and the densities there (of the logarithms, by order statistics at Bofinger's distance), that of the
    moments by the delta method. The errors of different steps are correlated: the order's standard error respects it.

    Against itself (`reference_scheme=None`) this measures the rate; against another scheme also that both have the
    same limit, for then the errors do not stop falling.

    Parameters
    ----------
    sde : SDE
    x0 : start: a point of shape (dim,) (a number for dim = 1), or one point per path
    t : time at which the paths are compared; every step must divide it
    dts : two steps or more, each a whole multiple of the smallest divided by `refine`
    scheme : None chooses as in `first_exit`
    reference_scheme : of the fine path; None for the scheme itself
    n_paths : number of paths
    p : power of the moment, at most half the tail index of the noise, so that its standard error exists; None takes
        0.4 times the tail index, and 2 where the tails are light
    refine : the reference has the smallest step divided by this
    rng, workers, progress : as in `first_exit`

    Returns
    -------
    Convergence
        Two curves: the median (also `.errors`, `.order`) and the moment.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range, steps that do not divide t, and schemes whose increments cannot be
        summed, before any work.

    References
    ----------
    .. [1] Kloeden and Platen, Numerical Solution of SDEs, Springer 1992, doi:10.1007/978-3-662-12616-5.
    .. [2] Bofinger, Aust. J. Stat. 17 (1975) 1, doi:10.1111/j.1467-842X.1975.tb01366.x (density at a quantile).

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), epsilon=0.5)
    >>> study = ls.convergence.strong_error(sde, 1.0, t=1.0, dts=[1/16, 1/32, 1/64], scheme=ls.Splitting(), rng=1)
    >>> f"{study.order.value:.1f}"
    '1.0'
    """
    power = _power(sde, p)
    ends = simulate_ends(
        sde, x0, t=t, dts=dts, scheme=scheme, reference_scheme=reference_scheme, n_paths=n_paths, refine=refine,
        rng=rng, workers=workers, progress=progress,
    )  # fmt: skip
    return strong_of(ends, power)


def strong_of(ends: Ends, power: float) -> Convergence:
    """Compute the strong errors of paths that are simulated already."""
    with np.errstate(invalid="ignore", over="ignore"):
        distances = np.linalg.norm(ends.coarse - ends.fine, axis=2)
    distances = np.where(np.isfinite(distances), distances, math.inf)
    known = np.abs(ends.fine[np.isfinite(ends.fine)])
    floor = ROUNDING * float(np.median(known)) if known.size else 0.0
    how: dict[str, Any] = {"reference_dt": ends.reference_dt, "floor": floor, "n": ends.n}
    median = ErrorCurve.fitted("median error", ends.dts, *medians(distances), **how)
    moment = ErrorCurve.fitted(f"(E|.|^{power:.3g})^(1/{power:.3g})", ends.dts, *moments(distances, power), **how)
    return Convergence(
        kind="strong error",
        scheme=repr(ends.scheme),
        reference=ends.described(),
        dts=ends.dts,
        curves=(median, moment),
        expected=declared_order(ends.scheme.strong_order, ends.sde),
        lost=ends.lost,
        n=ends.n,
        provenance=ends.provenance,
    )


def medians(distances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the medians of the rows of (k, n) and their covariance; infinite where half of the paths are lost."""
    n = distances.shape[1]
    middle = np.median(distances, axis=1)
    half = min(0.45, 0.648 * n**-0.2)  # Bofinger's distance for the normal density at its median
    low, high = np.quantile(distances, (0.5 - half, 0.5 + half), axis=1, method="nearest")
    with np.errstate(divide="ignore", invalid="ignore"):
        sparsity = middle * np.log(high / low) / (2 * half)  # 1 / density at the median, of the logarithm times median
    below = (distances <= middle[:, None]).astype(float)
    joint = below @ below.T / n - 0.25
    np.fill_diagonal(joint, 0.25)
    with np.errstate(invalid="ignore"):
        covariance = joint * np.outer(sparsity, sparsity) / n
    return middle, np.where(np.isfinite(covariance), covariance, np.inf)


def moments(distances: FloatArray, power: float) -> tuple[FloatArray, FloatArray]:
    """Return (mean d^p)^(1/p) of the rows of (k, n) and their covariance; infinite where a path is lost."""
    k, n = distances.shape
    whole = np.isfinite(distances).all(axis=1)
    errors, covariance = np.full(k, math.inf), np.full((k, k), math.inf)
    powers = distances[whole] ** power
    means = powers.mean(axis=1)
    errors[whole] = means ** (1 / power)
    centred = powers - means[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(means > 0, errors[whole] / means / power, 0.0)
    covariance[np.ix_(whole, whole)] = np.outer(slope, slope) * (centred @ centred.T) / (n - 1) / n
    return errors, covariance


def _power(sde: SDE, p: float | None) -> float:
    """Return the power of the moment."""
    if not isinstance(sde, SDE):
        raise TypeError(f"sde is a {type(sde).__name__}; pass an SDE(landscape, noise, epsilon) first")
    if p is None:
        return default_power(sde)
    index = tail_index(sde)
    advice = f"the noise has no moments from {index:.3g} on, and a standard error needs twice the power"
    return finite_number(p, "p", low=0, high=min(index / 2, 10), open_low=True, advice=advice)


def default_power(sde: SDE) -> float:
    """Return a power whose moment has a standard error: 0.4 times the tail index, 2 where the tails are light."""
    index = tail_index(sde)
    return 2.0 if index > 5 else 0.4 * index


def tail_index(sde: SDE) -> float:
    """Return the power with which the rate of large jumps falls; infinite for light tails."""
    if not sde.noise.has_jumps:
        return math.inf
    near, far = (
        sde.driving_noise.jump_rate(np.zeros(sde.dim), Interval(-r, r) if sde.dim == 1 else Ball(np.zeros(sde.dim), r))
        for r in FAR
    )
    return math.log(near / far) / math.log(FAR[1] / FAR[0]) if near > 0 and far > 0 else math.inf
