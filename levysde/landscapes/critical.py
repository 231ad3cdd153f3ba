"""Finding minima and saddles, and derivatives, of landscapes that do not know their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from levysde._types import NDArray

__all__ = ["critical_points", "derivative", "extrema"]

FloatArray = NDArray[np.float64]


def extrema(slope: Callable[[float], float], grid: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Find where a function of one variable changes sign: minima (from - to +) and maxima (from + to -) of a potential.

    Every sign change between neighbouring grid points is bracketed and refined by Brent's method [1]_ to the last
    digits; extrema closer together than the grid is fine may be missed. Where the slope vanishes on a stretch, its
    middle is taken. Points at which the slope is not finite are left out.

    Parameters
    ----------
    slope : callable
        U' at one float.
    grid : array, increasing

    Returns
    -------
    minima, maxima : arrays, increasing

    References
    ----------
    .. [1] R. P. Brent, Algorithms for Minimization without Derivatives, Prentice-Hall, 1973, chapter 4.
    """
    from scipy.optimize import brentq

    values = np.array([slope(x) for x in grid.tolist()])
    keep = np.isfinite(values)
    grid, values = grid[keep], values[keep]
    nonzero = np.flatnonzero(values)
    minima: list[float] = []
    maxima: list[float] = []
    for i, j in pairwise(nonzero.tolist()):
        if (values[i] > 0.0) == (values[j] > 0.0):
            continue
        if j - i > 1:
            root = float(grid[i + 1] + grid[j - 1]) / 2
        else:
            size = max(abs(grid[i]), abs(grid[j]))
            root = brentq(slope, grid[i], grid[j], xtol=1e-16 * size + 1e-300, rtol=1e-15, maxiter=2000)
            # A root at 0 is reached to within 1e-16 of the bracket: say 0.
            root = 0.0 if abs(root) < 4e-16 * size else float(root)
        (maxima if values[i] > 0.0 else minima).append(root)
    return np.array(minima), np.array(maxima)


def critical_points(
    gradient: Callable[[FloatArray], FloatArray],
    hessian: Callable[[FloatArray], FloatArray],
    potential: Callable[[FloatArray], float],
    low: FloatArray,
    high: FloatArray,
    *,
    starts: int = 200,
) -> tuple[FloatArray, FloatArray]:
    """Find minima and saddles of index one in a box, by many starts of Powell's hybrid method on the gradient.

    The starting points are the first `starts` of a Halton sequence [1]_ in the box, so that the answer is the same
    every time. A root counts if it lies in the box and its Hessian is regular: with no negative eigenvalue it is a
    minimum, with one a saddle. In a finite number of starts a critical point with a tiny basin may be missed.

    Parameters
    ----------
    gradient, hessian, potential : callables of a point (dim,)
    low, high : arrays (dim,)
        Opposite corners of the box.
    starts : int

    Returns
    -------
    minima, saddles : arrays (n, dim), (m, dim), lowest potential first

    References
    ----------
    .. [1] J. H. Halton, Numer. Math. 2 (1960) 84-90, doi:10.1007/BF01386213.
    """
    from scipy.optimize import root

    size = high - low
    found: list[FloatArray] = []
    with np.errstate(all="ignore"):
        seeds = low + size * _halton(starts, len(low))
        scale = np.median([np.linalg.norm(gradient(seed)) for seed in seeds])
        for seed in seeds:
            # In units of the box and of a typical gradient, so that tolerances mean the same in every landscape.
            solution = root(
                lambda y: gradient(low + size * y) * size / (scale * np.max(size)),
                (seed - low) / size,
                method="hybr",
                options={"xtol": 1e-13, "maxfev": 200},
            )
            place = low + size * solution.x
            inside = np.all((low <= place) & (place <= high))
            if inside and np.linalg.norm(solution.fun) < 1e-9:
                near = any(np.max(np.abs(place - other) / size) < 1e-6 for other in found)
                if not near:
                    found.append(place)
    # Energies that agree to nine digits are one energy, ordered by place: rounding must not decide.
    energies = [potential(place) for place in found]
    unit = 1e-9 * float(np.ptp(energies)) if len(found) > 1 else 1.0
    order = sorted(range(len(found)), key=lambda i: (round(energies[i] / (unit or 1.0)), *found[i].tolist()))
    found = [found[i] for i in order]
    minima: list[FloatArray] = []
    saddles: list[FloatArray] = []
    for place in found:
        eigenvalues = np.linalg.eigvalsh(hessian(place) * size[:, None] * size)
        if np.min(np.abs(eigenvalues)) <= 1e-9 * np.max(np.abs(eigenvalues)):
            continue
        negative = int(np.sum(eigenvalues < 0.0))
        if negative == 0:
            minima.append(place)
        elif negative == 1:
            saddles.append(place)
    dim = len(low)
    return np.reshape(minima, (-1, dim)), np.reshape(saddles, (-1, dim))


def derivative(function: Callable[[Any], Any], x: Any, length: float) -> Any:
    """Differentiate a function of a point at `x` by central differences of fourth order.

    Steps from a millionth of `length` to a hundred times are tried: from the smallest up, a longer step is taken
    as long as it changes the value by no more than the rounding error of the shorter one: that balances truncation
    against rounding without knowing the function's scale, and a narrow feature at `x` is not stepped over.

    Parameters
    ----------
    function : callable
        Takes a float or an array (dim,), returns a float or an array.
    x : float or array (dim,)
    length : float
        Rough length on which the function changes; four decades off still works.

    Returns
    -------
    float or array
        The derivative; for an array `x` the last axis runs over the coordinates of `x`. A Jacobian that is square is
        symmetrised, because it is used for Hessians.
    """
    if isinstance(x, float):
        return _best_difference(partial(_stencil, function, x), max(length, abs(x)))
    size = max(length, float(np.max(np.abs(x))))
    columns = [_best_difference(partial(_along, function, x, axis), size) for axis in np.eye(len(x))]
    jacobian = np.stack([np.asarray(column) for column in columns], axis=-1)
    return (jacobian + jacobian.T) / 2 if jacobian.ndim == 2 and jacobian.shape[0] == jacobian.shape[1] else jacobian


def _along(function: Callable[[Any], Any], x: FloatArray, axis: FloatArray, h: float) -> Any:
    return _stencil(function, x, h * axis)


def _stencil(function: Callable[[Any], Any], x: Any, h: Any) -> tuple[Any, float]:
    """Return the weighted difference, and the largest value that went into it."""
    ends = [np.asarray(function(x + step), float) for step in (h, -h, 2 * h, -2 * h)]
    difference = (8 * (ends[0] - ends[1]) - (ends[2] - ends[3])) / 12
    return difference, max(float(np.max(np.abs(end))) for end in ends)


def _best_difference(stencil: Callable[[float], tuple[Any, float]], length: float) -> Any:
    steps = length * 10.0 ** np.arange(-6.0, 2.5, 0.5)
    best: Any = np.nan
    allowed = np.inf
    with np.errstate(all="ignore"):
        for h in steps:
            difference, size = stencil(float(h))
            value = difference / h
            if allowed < np.inf and not np.max(np.abs(value - best)) <= allowed:
                break
            best, allowed = value, 8 * np.finfo(float).eps * size / h
    return float(best) if np.ndim(best) == 0 else best


def _halton(n: int, dim: int) -> FloatArray:
    """First n points of the Halton sequence in the unit cube, one prime base per coordinate."""
    primes: list[int] = []
    candidate = 2
    while len(primes) < dim:
        if all(candidate % p for p in primes):
            primes.append(candidate)
        candidate += 1
    points = np.zeros((n, dim))
    for k, base in enumerate(primes):
        index, weight = np.arange(1, n + 1), 1.0 / base
        while index.any():
            points[:, k] += weight * (index % base)
            index, weight = index // base, weight / base
    return points
