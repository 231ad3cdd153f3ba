"""The dimension seen by minimum spanning trees: persistent homology of degree 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, positive
from levysde.dimension.paths import paths_of
from levysde.ensemble import Ensemble
from levysde.estimate import Estimate, sample_mean

FEWEST = 100  # points of the smallest tree
SIZES = 8
FLAT_SLOPE = 1e-3  # of 1 - slope: below, the tree does not shorten its edges and no dimension can be read off


def persistent_homology_dimension(
    x: Ensemble | ArrayLike, *, n_points: int = 1000, power: float = 1.0, n_draws: int = 10, rng: RNG = None
) -> Estimate:
    r"""Measure the dimension of the points of a path from the lengths of their minimum spanning trees.

    For m random points of a set of dimension D > `power` the sum over the edges of the minimum spanning tree grows as

    .. math:: E_p(m) = \sum_e |e|^p \propto m^{1 - p/D},

    so D = p / (1 - s) with s the slope of log E_p against log m, from m = n_points / 5 to n_points [1]_ [2]_.
    A set of dimension D <= p gives a value near p whatever it is: take a smaller power there.

    Parameters
    ----------
    x : Ensemble, or array of shape (n_times,), (n_times, dim) or (n_paths, n_times, dim)
        Positions.
    n_points : points of the largest tree, at least 500 and at most the different points of each path
    power : p > 0
    n_draws : independent draws of points for each size, averaged: one draw fluctuates from run to run
    rng : None, int, SeedSequence or Generator

    Returns
    -------
    Estimate
        Standard error over paths; for a single path over the draws, which share its points: that part of the error
        alone, not how much another path would differ.

    Raises
    ------
    ValueError
        Too few different points, or edges that do not shorten.

    References
    ----------
    .. [1] Steele, Ann. Probab. 16 (1988) 1767, doi:10.1214/aop/1176991596.
    .. [2] Birdal, Lou, Guibas and Şimşekli, NeurIPS 2021, arXiv:2111.13171.

    Examples
    --------
    >>> import numpy as np
    >>> import levysde as ls
    >>> square = np.random.default_rng(1).random((4000, 2))
    >>> 1.9 < ls.dimension.persistent_homology_dimension(square, rng=1).value < 2.1
    True
    """
    paths = paths_of(x, least=FEWEST)
    n_points = count(n_points, "n_points", minimum=5 * FEWEST)
    n_draws = count(n_draws, "n_draws", minimum=2)
    power = positive(power, "power")
    generator = np.random.default_rng(entropy_of(rng))
    sets = [np.unique(path, axis=0) for path in paths]
    fewest = min(len(one) for one in sets)
    if fewest < n_points:
        raise ValueError(f"a path has {fewest} different points, n_points={n_points} are asked for; give a longer path")
    sizes = np.unique(np.geomspace(n_points / 5, n_points, SIZES).astype(int))
    slopes = np.array([[_slope(one, sizes, power, generator) for _ in range(n_draws)] for one in sets])
    middle = slopes.mean(axis=1)
    if (middle > 1 - FLAT_SLOPE).any():
        raise ValueError("the edges of the trees do not shorten with more points; the set has no finite dimension here")
    method = (
        f"minimum spanning trees of {sizes[0]} to {sizes[-1]} of the points, power {power:g}, {n_draws} draws; "
        + ("error over paths" if len(sets) > 1 else "error of the draws alone")
    )
    if len(sets) > 1:
        mean = sample_mean(power / (1 - middle))
        return Estimate(mean.value, mean.standard_error, math.nan, mean.interval, mean.n, method)
    value = float(power / (1 - middle[0]))
    error = value * value / power * float(slopes[0].std(ddof=1)) / math.sqrt(n_draws)
    return Estimate(value, error, math.nan, (value - 1.96 * error, value + 1.96 * error), 1, method)


def _slope(points: NDArray[np.float64], sizes: NDArray[np.int64], power: float, rng: np.random.Generator) -> float:
    lengths = [_tree(points[rng.choice(len(points), size, replace=False)], power) for size in sizes]
    x = np.log(sizes) - np.log(sizes).mean()
    return float(x @ np.log(lengths) / (x @ x))


def _tree(points: NDArray[np.float64], power: float) -> float:
    """Return the sum over the edges of the minimum spanning tree of their lengths to a power."""
    if points.shape[1] == 1:
        return float(np.sum(np.diff(np.sort(points[:, 0])) ** power))
    graph = _near_neighbours(points) if points.shape[1] <= 3 else None
    if graph is None:
        return float(np.sum(_grown(points) ** power))
    from scipy.sparse.csgraph import minimum_spanning_tree

    return float(np.sum(minimum_spanning_tree(graph).data ** power))


def _grown(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the edges of the tree grown from one point, always by the nearest (Prim): no table of all distances."""
    rest, near = points[1:].copy(), np.full(len(points) - 1, np.inf)
    edges, last = np.empty(len(rest)), points[0]
    for left in range(len(rest), 0, -1):
        apart = rest[:left] - last
        np.minimum(near[:left], np.einsum("ij,ij->i", apart, apart), out=near[:left])
        nearest = int(np.argmin(near[:left]))
        edges[left - 1], last = near[nearest], rest[nearest].copy()
        rest[nearest], near[nearest] = rest[left - 1], near[left - 1]
    return np.asarray(np.sqrt(edges))


def _near_neighbours(points: NDArray[np.float64]) -> Any:
    """Return the edges of the Delaunay mesh, which holds the tree; None where rounding makes the mesh lose points."""
    from scipy.sparse import csr_array
    from scipy.spatial import Delaunay, QhullError

    try:
        mesh = Delaunay(points)
    except QhullError:  # all on a line
        return None
    if mesh.coplanar.size:  # points far out, or too close together for the mesh
        return None
    corners = mesh.simplices
    pairs = np.vstack([corners[:, [i, j]] for i in range(corners.shape[1]) for j in range(i)])
    a, b = np.unique(np.sort(pairs, axis=1), axis=0).T
    lengths = np.linalg.norm(points[a] - points[b], axis=1)
    return csr_array((lengths, (a, b)), shape=(len(points), len(points)))
