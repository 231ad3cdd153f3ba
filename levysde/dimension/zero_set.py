"""The times at which a path is back where it was."""

from __future__ import annotations

import math

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_number, positive
from levysde.dimension.paths import paths_of, typical_move
from levysde.ensemble import Ensemble
from levysde.estimate import Estimate, Prediction

SHORTEST = 16  # steps: below, the law of the increments is seen, not the way they add up
GROUPS = 16  # of starting points along a single path, left out one at a time


def zero_set_dimension(x: Ensemble | ArrayLike, *, width: float | None = None, n_starts: int = 256) -> Estimate:
    r"""Measure the dimension of the zero set of a path on the line from how often it comes back.

    From many starting points on the path the returns to within `width` are counted in windows of doubling length,
    m <= k < 2m steps later. Their number grows as

    .. math:: \sum_{k=m}^{2m-1} P(|X_{k} - X_0| < w) \sim \mathrm{const}\; m^{1 - 1/\alpha},

    and 1 - 1/alpha is the Hausdorff dimension of {t : X_t = 0} for alpha > 1 [1]_. Windows, not running totals: a
    total keeps the returns of its first steps for ever and reaches its power law only slowly.

    Parameters
    ----------
    x : Ensemble, or array of shape (n_times,), (n_times, 1) or (n_paths, n_times, 1)
        Positions at equal time steps, of a process with stationary increments.
    width : how near counts as back; None takes the median step
    n_starts : starting points on each path, evenly over its first half

    Returns
    -------
    Estimate
        The slope. A negative value is not clipped: it says that the path does not come back (alpha < 1), and the
        dimension is 0. Standard error from a jackknife over paths, or over stretches of a single one.

    Raises
    ------
    ValueError
        Not on the line, fewer than 256 points a path, or returns in fewer than three windows.

    References
    ----------
    .. [1] Taylor and Wendel, Z. Wahrsch. verw. Gebiete 6 (1966) 170, doi:10.1007/BF00537138.

    Examples
    --------
    >>> import levysde as ls
    >>> paths = ls.simulate(ls.SDE(ls.Flat(), ls.AlphaStable(1.5)), 0.0, t=4096, dt=1.0, n_paths=200, rng=1)
    >>> 0.28 < ls.dimension.zero_set_dimension(paths, n_starts=16).value < 0.38  # 1 - 1/1.5
    True
    """
    paths = paths_of(x, least=256)
    n_starts = count(n_starts, "n_starts", minimum=GROUPS)
    if paths.shape[2] != 1:
        raise ValueError(f"x has {paths.shape[2]} coordinates; a zero set is measured on the line, one coordinate")
    reach = paths.shape[1] // 2
    near = np.median([typical_move(path, 1) for path in paths]) if width is None else positive(width, "width")
    if not near > 0:
        raise ValueError("more than half of the steps of x are zero; give width=")
    edges = _edges(reach)
    returns = np.array([_returns(path[:, 0], n_starts, reach, float(near), edges) for path in paths])
    groups = returns.sum(axis=1) if len(paths) > 1 else returns[0].reshape(GROUPS, -1, len(edges) - 1).sum(axis=1)
    total = groups.sum(axis=0)
    if (total > 0).sum() < 3:
        raise ValueError(f"returns within {near:.3g} in fewer than three windows; give more paths or a larger width")
    length = np.log2(edges[:-1])
    # A window with few returns says little, one with none nothing: weigh by their number.
    value = _slope(length, np.maximum(total, 0.5), total)
    without = np.array([_slope(length, np.maximum(total - group, 0.5), total) for group in groups])
    error = math.sqrt((len(groups) - 1) * float(np.mean((without - without.mean()) ** 2)))
    method = (
        f"returns to within {near:.3g} after {edges[0]} to {edges[-1]} steps, {n_starts} starts a path; "
        "slope of log count against log time; below 0 the path does not return"
    )
    return Estimate(value, error, math.nan, (value - 1.96 * error, value + 1.96 * error), len(paths), method)


def zero_set_slope(alpha: float, *, n_times: int, width: float) -> Prediction:
    r"""Return the slope that `zero_set_dimension` measures on stable paths of finite length, from the exact sums.

    .. math:: N_m = \sum_{k=m}^{2m-1} P(|X_k| < w), \qquad P(|X_k| < w) = 2 F_\alpha(w k^{-1/\alpha}) - 1,

    for the windows that paths of `n_times` points have; the slope of log N_m against log m, weighted by N_m. What it
    lacks to 1 - 1/alpha is the bias of finite windows.

    Parameters
    ----------
    alpha : index, in (0, 2]
    n_times : points of a path, at least 256
    width : w over the scale of one step: E exp(i k X_1) = exp(-|k|^alpha)

    Raises
    ------
    ValueError, TypeError
        Numbers outside their range.

    Examples
    --------
    >>> import levysde as ls
    >>> found = ls.dimension.zero_set_slope(1.5, n_times=4097, width=1.0)
    >>> round(found.value, 4), round(1 - 1 / 1.5, 4)
    (0.3311, 0.3333)
    """
    from levysde import stable

    alpha = finite_number(alpha, "alpha", low=0.0, high=2.0, open_low=True)
    w, reach = positive(width, "width"), count(n_times, "n_times", minimum=256) // 2
    edges = _edges(reach)
    steps = np.arange(edges[0], edges[-1])
    near = 2 * np.asarray(stable.cdf(w * steps ** (-1 / alpha), alpha)) - 1
    expected = np.add.reduceat(near, edges[:-1] - edges[0])
    value = _slope(np.log2(edges[:-1]), expected, expected)
    law = f"sums of P(|X_k| < {w:g}) over windows from {edges[0]} to {edges[-1]} steps"
    return Prediction(value, 1e-8, law, True, "exact, from the distribution function of the stable law")


def _edges(reach: int) -> NDArray[np.int64]:
    """Return the ends of windows of doubling length."""
    return np.asarray(SHORTEST * 2 ** np.arange(int(math.log2(reach / SHORTEST)) + 1))


def _returns(
    path: NDArray[np.float64], n_starts: int, reach: int, near: float, edges: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return (n_starts to a multiple of GROUPS, windows) numbers of returns."""
    starts = np.linspace(0, path.size - reach - 1, n_starts // GROUPS * GROUPS).astype(np.int64)
    counts = np.empty((starts.size, edges.size - 1), np.int64)
    for row, start in enumerate(starts):
        back = np.abs(path[start + edges[0] : start + edges[-1]] - path[start]) < near
        counts[row] = np.add.reduceat(back, edges[:-1] - edges[0], dtype=np.int64)
    return counts


def _slope(length: NDArray[np.float64], counts: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    centred = length - np.average(length, weights=weight)
    return float(np.sum(weight * centred * np.log2(counts)) / np.sum(weight * centred**2))
