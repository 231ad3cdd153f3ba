"""Tails: how often a value is exceeded, on log-log axes, where a power law is a straight line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from levysde._types import NDArray
from levysde.plotting.style import colour, note, tidy, with_defaults

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_POINTS = 2000


def draw_tail(values: NDArray[Any], ax: Axes, **style: Any) -> Axes:
    """Draw the empirical P(|X| > x) of a one-dimensional array.

    For alpha-stable values it ends as a straight line of slope -alpha: 2 (c_alpha / alpha) x^(-alpha).

    Raises
    ------
    ValueError
        Not one-dimensional, or fewer than two finite values other than zero.
    """
    if values.ndim != 1:
        raise ValueError(f"values has shape {values.shape}; the picture of a tail needs a one-dimensional array")
    finite = values[np.isfinite(values)]
    sizes = np.sort(np.abs(finite[finite != 0]).astype(np.float64))
    if sizes.size < 2:
        raise ValueError(f"{sizes.size} finite values other than zero have no tail to draw; give at least 2")
    sizes, exceeded = exceedances(sizes, finite.size)
    ax.plot(sizes, exceeded, **with_defaults(style, color=colour(0), linestyle="", marker=".", markersize=3.5))
    ax.set(xscale="log", yscale="log", xlabel="x", ylabel="P(|X| > x)")
    # Below a thousandth of the median nothing but the bulk is seen.
    middle = float(np.interp(-0.5, -exceeded, sizes))
    ax.set_xlim(left=max(float(sizes[0]), middle / 100), right=float(sizes[-1]) * 1.5)
    ax.set_ylim(float(exceeded[-1]) / 1.5, 1.5)
    if lost := values.size - finite.size:
        note(ax, f"{lost} values that are not finite left out", x=0.01)
    tidy(ax)
    return ax


def exceedances(sizes: NDArray[np.float64], n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return sorted values, thinned out to what a picture can show, and the share of n values beyond each.

    The largest value is exceeded by none: half a value stands for it, so that it is seen.
    """
    exceeded = (sizes.size - 0.5 - np.arange(sizes.size)) / n
    if sizes.size > MOST_POINTS:
        grid = np.geomspace(exceeded[-1], exceeded[0], MOST_POINTS)
        keep = np.unique(np.searchsorted(-exceeded, -grid).clip(0, sizes.size - 1))
        sizes, exceeded = sizes[keep], exceeded[keep]
    return sizes, exceeded
