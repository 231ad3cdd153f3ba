"""The set of points that a path visits."""

from __future__ import annotations

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde.dimension.box_counts import FINEST, BoxCounts, checked_scales, count_boxes, dyadic
from levysde.dimension.paths import paths_of, typical_move
from levysde.ensemble import Ensemble
from levysde.estimate import Estimate

STEPS = 2.5  # finest box, in typical moves of one step: below, the sample is a set of separate points
PART = 0.04  # coarsest box, of a typical move over half of the path: above, few boxes hold everything


def range_boxes(x: Ensemble | ArrayLike, *, scales: ArrayLike | None = None) -> BoxCounts:
    """Count the boxes that the recorded points of a path visit.

    Parameters
    ----------
    x : Ensemble, or array of shape (n_times,), (n_times, dim) or (n_paths, n_times, dim)
        Positions. Points are not joined: a path with jumps has none between them.
    scales : sides of the boxes, in the units of x; None takes halving sides from 0.04 of the median distance of points
        half a path apart down to 2.5 median steps (the median over paths of both)

    Raises
    ------
    ValueError
        Shapes or values that are no paths; scales that cannot be; or fewer than three scales by the rule.
    """
    paths = paths_of(x, least=64)
    largest = float(np.abs(paths).max())
    if scales is not None:
        return count_boxes(list(paths), checked_scales(scales, largest), "range, scales given")
    sides = _sides(paths, largest)
    return count_boxes(list(paths), sides, "range, from 0.04 of half a path's move down to 2.5 steps")


def range_dimension(x: Ensemble | ArrayLike, *, scales: ArrayLike | None = None) -> Estimate:
    """Measure the box dimension of the range of a path: the points it visits.

    For alpha-stable motion in d dimensions the Hausdorff, packing and box dimension of X([0, 1]) is min(alpha, d)
    [1]_; for independent components of indices a >= b in the plane it is a for a <= 1 and 1 + b (1 - 1/a) above
    [2]_; a drift makes it at least 1.

    Parameters, errors : as for `range_boxes`, whose counts give the slope.

    References
    ----------
    .. [1] Blumenthal and Getoor, Trans. Amer. Math. Soc. 95 (1960) 263, doi:10.1090/S0002-9947-1960-0119247-6.
    .. [2] Pruitt and Taylor, Z. Wahrsch. verw. Gebiete 12 (1969) 267, doi:10.1007/BF00538749.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.Flat(dim=2), ls.IsotropicStable(1.2))
    >>> path = ls.simulate(sde, [0, 0], t=1, dt=2.0**-17, rng=1)
    >>> 1.0 < ls.dimension.range_dimension(path).value < 1.25
    True
    """
    return range_boxes(x, scales=scales).dimension


def _sides(paths: NDArray[np.float64], largest: float) -> NDArray[np.float64]:
    step = float(np.median([typical_move(path, 1) for path in paths]))
    half = float(np.median([typical_move(path, paths.shape[1] // 2) for path in paths]))
    low = max(STEPS * step, FINEST * largest)
    if not low > 0:
        raise ValueError("more than half of the steps of x are zero; give scales=, or record less often")
    if PART * half < 4 * low:
        raise ValueError(
            f"{paths.shape[1]} points a path leave no three scales between 2.5 median steps ({STEPS * step:.3g}) and "
            f"0.04 of a median move over half a path ({PART * half:.3g}); record finer or longer paths, or give scales="
        )
    return dyadic(PART * half, low)
