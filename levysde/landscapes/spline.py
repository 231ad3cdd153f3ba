"""From measured values to a smooth curve with no wells but the true ones; used by `Tabulated`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from levysde._types import NDArray

__all__ = ["Curve", "interpolate", "noise_level", "significant", "smooth"]

FloatArray = NDArray[np.float64]


class Curve(NamedTuple):
    """A piecewise cubic: knots with the values and slopes there."""

    x: FloatArray
    u: FloatArray
    slope: FloatArray


def noise_level(x: FloatArray, u: FloatArray) -> FloatArray:
    """Estimate the standard deviation of the noise at every point, locally.

    A divided difference of order k, scaled to unit variance for unit noise, loses a smooth signal as k grows and keeps
    independent noise: the smallest of the orders 3 to 6 is taken, each as 1.4826 times a running median of its absolute
    value. Values that repeat and lie on a lattice were rounded, which adds its step over sqrt(12). Fewer than 20 points
    tell nothing, and the answer is 0.
    """
    n = len(x)
    if n < 20:
        return np.zeros(n)
    window = max(15, n // 15) | 1
    levels = []
    for order in range(3, 7):
        columns = np.lib.stride_tricks.sliding_window_view(x, order + 1)
        gaps = columns[:, :, None] - columns[:, None, :] + np.eye(order + 1)
        weights = 1.0 / np.prod(gaps / np.mean(np.abs(gaps), axis=(1, 2), keepdims=True), axis=2)
        weights /= np.linalg.norm(weights, axis=1, keepdims=True)
        values = np.abs(np.sum(weights * np.lib.stride_tricks.sliding_window_view(u, order + 1), axis=1))
        left = (n - len(values)) // 2 + window // 2
        right = n - len(values) - (n - len(values)) // 2 + window // 2
        padded = np.pad(values, (left, right), mode="reflect")
        levels.append(1.4826 * np.median(np.lib.stride_tricks.sliding_window_view(padded, window), axis=1))
    level: FloatArray = np.hypot(np.min(levels, axis=0), _grain(u) / np.sqrt(12.0))
    return level


def _grain(u: FloatArray) -> float:
    """Return the step to which the values were rounded, or 0 where nothing points to one."""
    distinct = np.unique(u)
    if len(distinct) == len(u) or len(distinct) < 2:
        return 0.0
    grain = float(np.min(np.diff(distinct)))
    steps = (distinct - distinct[0]) / grain
    return grain if np.max(np.abs(steps - np.round(steps))) < 1e-3 else 0.0


def interpolate(x: FloatArray, u: FloatArray) -> Curve:
    """Pass a cubic spline through the points, with slopes limited where it has an extremum that the points have not.

    The limits are those of monotone piecewise cubics [1]_, extended to extrema as in [2]_; where the points resolve the
    curve nothing is limited and it is the twice differentiable spline.

    References
    ----------
    .. [1] F. N. Fritsch, R. E. Carlson, SIAM J. Numer. Anal. 17 (1980) 238-246, doi:10.1137/0717021.
    .. [2] R. L. Dougherty, A. Edelman, J. M. Hyman, Math. Comp. 52 (1989) 471-494,
           doi:10.1090/S0025-5718-1989-0962209-1.
    """
    from scipy.interpolate import CubicSpline

    slope = CubicSpline(x, u)(x, 1)
    return Curve(x, u, _limit(x, u, slope))


def smooth(x: FloatArray, u: FloatArray, noise: FloatArray, length: float | None) -> tuple[Curve, float]:
    """Fit a smoothing spline, the minimiser of sum w (u - f)^2 + lambda * integral f''^2.

    The weights are 1/noise^2, scaled to mean 1. `lambda` = length^4 n / (x_n - x_1): wiggles shorter than about
    2 pi length are damped. Without a length, generalised cross-validation [1]_ chooses it, with the degrees of freedom
    counted 1.4 times against undersmoothing [2]_ and the trace of the hat matrix from fixed random probes [3]_.

    Parameters
    ----------
    x, u, noise : arrays (n,)
    length : float, optional
        In units of x.

    Returns
    -------
    curve : Curve
    length : float

    References
    ----------
    .. [1] P. Craven, G. Wahba, Numer. Math. 31 (1978) 377-403, doi:10.1007/BF01404567.
    .. [2] Y.-J. Kim, C. Gu, J. R. Stat. Soc. B 66 (2004) 337-356, doi:10.1046/j.1369-7412.2003.05316.x.
    .. [3] A. Girard, Numer. Math. 56 (1989) 1-23, doi:10.1007/BF01395775.
    """
    from scipy.interpolate import make_smoothing_spline

    n = len(x)
    step = (x[-1] - x[0]) / (n - 1)
    height = float(np.max(u) - np.min(u)) or 1.0
    t, v = (x - x[0]) / step, (u - np.min(u)) / height
    weights = 1.0 / np.maximum(noise, max(1e-3 * float(np.max(noise)), 1e-12 * height)) ** 2
    weights /= np.mean(weights)
    if length is None:
        root = np.sqrt(weights)
        probes = np.random.default_rng(0).choice([-1.0, 1.0], size=(2, n))
        best = np.inf
        for candidate in np.geomspace(0.3, n / 6, 24):
            lam = candidate**4
            residual = v - make_smoothing_spline(t, v, w=weights, lam=lam)(t)
            trace = np.mean([z @ (root * make_smoothing_spline(t, z / root, w=weights, lam=lam)(t)) for z in probes])
            freedom = n - 1.4 * trace
            score = np.sum(weights * residual**2) / freedom**2 if freedom > 0.05 * n else np.inf
            if score < best:
                best, length = score, float(candidate * step)
        if length is None:  # every candidate used up the degrees of freedom: nothing to smooth
            return interpolate(x, u), 0.0
    spline = make_smoothing_spline(t, v, w=weights, lam=(length / step) ** 4)
    values, slopes = np.min(u) + height * spline(t), height * spline.derivative()(t) / step
    return Curve(x, values, _limit(x, values, slopes)), length


def significant(curve: Curve, threshold: FloatArray) -> tuple[Curve, FloatArray, FloatArray]:
    """Remove the wells shallower than a threshold and leave everything else as it is.

    Neighbouring minima and maxima that differ by less than the threshold are cancelled in pairs, the smallest
    difference first (topological persistence). Between the extrema that stay, the curve is kept where it is monotone;
    knots that rise above a later or fall below an earlier one are dropped and bridged by a monotone cubic. An end of
    the table from which the curve falls outward counts as a minimum there.

    Parameters
    ----------
    curve : Curve
    threshold : array (n,)
        Least depth at every knot.

    Returns
    -------
    curve, minima, maxima
        The positions of extrema inside the table, each of them a knot with slope 0.
    """
    from scipy.interpolate import CubicHermiteSpline

    spline = CubicHermiteSpline(*curve)
    places, kinds = _extrema(curve)
    values = spline(places)
    if len(places) and kinds[0] > 0:  # first extremum a maximum: the table's left end is a minimum
        places, values = np.r_[curve.x[0], places], np.r_[curve.u[0], values]
        kinds = np.r_[-1, kinds]
    if len(places) and kinds[-1] > 0:
        places, values = np.r_[places, curve.x[-1]], np.r_[values, curve.u[-1]]
        kinds = np.r_[kinds, -1]
    limits = np.interp(places, curve.x, threshold)
    keep = list(range(len(places)))
    while len(keep) > 1:
        differences = np.abs(np.diff(values[keep]))
        shallow = differences < np.maximum(limits[keep][1:], limits[keep][:-1])
        # Only a pair that is closer than both its neighbours may go: otherwise what is left would not alternate.
        beside = np.minimum(np.r_[np.inf, differences[:-1]], np.r_[differences[1:], np.inf])
        candidates = np.where(shallow & (differences <= beside), differences, np.inf)
        pair = int(np.argmin(candidates))
        if not np.isfinite(candidates[pair]):
            break
        del keep[pair : pair + 2]
    places, values, kinds = places[keep], values[keep], kinds[keep]
    inner = (places > curve.x[0]) & (places < curve.x[-1])
    places, values, kinds = places[inner], values[inner], kinds[inner]
    return _monotone_between(curve, places, values, kinds), places[kinds < 0], places[kinds > 0]


def _extrema(curve: Curve) -> tuple[FloatArray, FloatArray]:
    """Return the places inside the table where the slope changes sign, and -1 for minima, +1 for maxima."""
    from scipy.interpolate import CubicHermiteSpline

    slope = CubicHermiteSpline(*curve).derivative()
    roots = slope.roots(discontinuity=False, extrapolate=False)
    roots = np.unique(roots[np.isfinite(roots) & (roots > curve.x[0]) & (roots < curve.x[-1])])
    tests = np.r_[curve.x[0], roots, curve.x[-1]]
    signs = np.sign(slope((tests[1:] + tests[:-1]) / 2))
    for i in range(1, len(signs)):  # across a flat stretch the sign before it holds
        signs[i] = signs[i] or signs[i - 1]
    change = np.flatnonzero(signs[1:] * signs[:-1] < 0)
    return roots[change], signs[change]


def _monotone_between(curve: Curve, places: FloatArray, values: FloatArray, kinds: FloatArray) -> Curve:
    """Keep the knots that rise or fall with the segment they are in, and make the extrema knots of slope 0."""
    ends = np.r_[-np.inf, places, np.inf]
    # A knot in the lap of an extremum would make a sliver of a cell, whose curvature is rounding error.
    cells = np.searchsorted(curve.x, places).clip(1, len(curve.x) - 1)
    gaps = 1e-3 * (curve.x[cells] - curve.x[cells - 1])
    crowded = np.any(np.abs(curve.x[:, None] - places) < gaps, axis=1)
    x, u, slope = [], [], []
    for i in range(len(ends) - 1):
        mask = (curve.x > ends[i]) & (curve.x < ends[i + 1]) & ~crowded
        # Towards a minimum the segment falls, towards a maximum it rises; a table without extrema goes as its ends do.
        rises = [*(kinds > 0), kinds[-1] < 0] if len(kinds) else [curve.u[-1] > curve.u[0]]
        sign = 1.0 if rises[i] else -1.0
        height = sign * curve.u[mask]
        low = sign * values[i - 1] if i > 0 else -np.inf
        high = sign * values[i] if i < len(values) else np.inf
        before = np.maximum.accumulate(np.r_[low, height])[:-1]
        after = np.minimum.accumulate(np.r_[height, high][::-1])[::-1][1:]
        safe = (height > before) & (height < after)
        x += curve.x[mask][safe].tolist()
        u += curve.u[mask][safe].tolist()
        slope += curve.slope[mask][safe].tolist()
        if i < len(places):
            x.append(float(places[i]))
            u.append(float(values[i]))
            slope.append(0.0)
    knots, heights = np.array(x), np.array(u)
    return Curve(knots, heights, _limit(knots, heights, np.array(slope)))


def _limit(x: FloatArray, u: FloatArray, slope: FloatArray) -> FloatArray:
    """Limit slopes so that the curve has one extremum at or beside every extremal knot and none elsewhere."""
    if len(x) < 2:
        return slope
    secant = np.diff(u) / np.diff(x)
    against = np.zeros(len(x), dtype=bool)
    against[1:-1] = (secant[1:] * secant[:-1] > 0.0) & (slope[1:-1] * secant[1:] < 0.0)
    slope = np.where(against, 0.0, slope)
    # Slopes of opposite sign make one extremum, which is right beside an extremal knot; slopes of one sign must make
    # none: it is enough that they are between 0 and three times the secant (Fritsch and Carlson).
    one_sign = slope[1:] * slope[:-1] >= 0.0
    wrong = (slope[1:] + slope[:-1]) * secant <= 0.0
    largest = np.where(one_sign, np.where(wrong, 0.0, 3.0 * np.abs(secant)), np.inf)
    bound = np.minimum(np.r_[largest, np.inf], np.r_[np.inf, largest])
    limited: FloatArray = np.clip(slope, -bound, bound)
    return limited
