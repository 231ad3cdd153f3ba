"""The graph of a path: its points in time and space."""

from __future__ import annotations

import numpy as np

from levysde._types import ArrayLike
from levysde._validate import finite_array
from levysde.dimension.box_counts import BoxCounts, checked_scales, count_boxes, dyadic
from levysde.dimension.paths import paths_of, typical_move
from levysde.ensemble import Ensemble
from levysde.estimate import Estimate

COARSEST = 2.0**-4  # of the duration
FEWEST = 16  # points to a visited box: below, boxes that the path visits between its points are missed


def graph_boxes(x: Ensemble | ArrayLike, *, scales: ArrayLike | None = None) -> BoxCounts:
    """Count the boxes of the plane of time and space (or time and d dimensions) that the graph of a path visits.

    Time is measured in durations of the path, space in median moves over half of it; a dimension does not change
    with units, and so the counts start at comparable sizes.

    Parameters
    ----------
    x : Ensemble, or array of shape (n_times,), (n_times, dim) or (n_paths, n_times, dim)
        Positions at equal time steps.
    scales : sides of the boxes in those units, between 0 and 1; None takes 2^-4, 2^-5, ... as long as a visited box
        holds 16 points in the mean

    Raises
    ------
    ValueError
        Shapes or values that are no paths, scales outside (0, 1), or, by the rule, fewer than three of them: 2^18
        points are enough for every stable motion in one or two dimensions.
    """
    paths = paths_of(x, least=64)
    n = paths.shape[1]
    unit = float(np.median([typical_move(path, n // 2) for path in paths]))
    time = np.broadcast_to((np.arange(n) / n)[:, None], (n, 1))
    graphs = [np.hstack([time, path / unit]) for path in paths]
    if scales is not None:
        if np.any(finite_array(scales, "scales") >= 1):
            raise ValueError("scales are in durations of the path; give values below 1")
        sides = checked_scales(scales, max(float(np.abs(graph).max()) for graph in graphs))
        return count_boxes(graphs, sides, "graph, scales given")
    rule = "graph, from 2^-4 of the duration down to 16 points a box"
    found = count_boxes(graphs, dyadic(COARSEST, min(COARSEST, FEWEST / n)), rule, least=FEWEST)
    if found.scales.size < 3:
        raise ValueError(
            f"{n} points a path leave {found.scales.size} scales with {FEWEST} points to a visited box, and a slope "
            "needs three; record more points (2^18 do for stable motion), or give scales="
        )
    return found


def graph_dimension(x: Ensemble | ArrayLike, *, scales: ArrayLike | None = None) -> Estimate:
    """Measure the box dimension of the graph of a path, {(t, X_t)}.

    For alpha-stable motion the Hausdorff dimension is max(1, 2 - 1/alpha) on the line and max(1, alpha) in two
    dimensions or more [1]_.

    Parameters, errors : as for `graph_boxes`, whose counts give the slope.

    References
    ----------
    .. [1] Jain and Pruitt, Z. Wahrsch. verw. Gebiete 10 (1968) 279 ("The collisions and graphs of stable
       processes" and the works it cites), doi:10.1007/BF00536295.

    Examples
    --------
    >>> import levysde as ls
    >>> path = ls.simulate(ls.SDE(ls.Flat(), ls.AlphaStable(1.5)), 0.0, t=1, dt=2.0**-17, rng=1)
    >>> 1.15 < ls.dimension.graph_dimension(path).value < 1.37
    True
    """
    return graph_boxes(x, scales=scales).dimension
