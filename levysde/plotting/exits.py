"""Where paths left: marks along the axis in one dimension, points in the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from levysde.plotting.style import colour, short, view

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from levysde.results import ExitSample

MOST = 2000


def draw_exit_points(sample: ExitSample, ax: Axes) -> None:
    """Add exit points to a picture of the landscape, whose window stays where it is unless it hides most of them."""
    points = sample.exited_points
    if not len(points):
        return
    shown = points[:: max(1, len(points) // MOST)]
    if sample.dim == 1:
        low, high, _ = view(shown[:, 0], share=0.05)
        left, right = ax.get_xlim()
        # Far jumps would squeeze the landscape into a corner.
        span = right - left
        left, right = min(left, max(low, left - 0.5 * span)), max(right, min(high, right + 0.5 * span))
        ax.set_xlim(left, right)
        ax.plot(
            shown[:, 0],
            np.full(len(shown), 0.03),
            "|",
            transform=ax.get_xaxis_transform(),
            color=colour(1),
            ms=9,
            alpha=min(1.0, 40 / len(shown) + 0.06),
            zorder=6,
        )
        beyond = int(np.count_nonzero((points[:, 0] < left) | (points[:, 0] > right)))
    else:
        left, right = ax.get_xlim()
        bottom, top = ax.get_ylim()
        ax.plot(shown[:, 0], shown[:, 1], ".", color=colour(1), ms=3, alpha=0.5, zorder=4)
        ax.set(xlim=(left, right), ylim=(bottom, top))
        x, y = points[:, 0], points[:, 1]
        beyond = int(np.count_nonzero((x < left) | (x > right) | (y < bottom) | (y > top)))
    text = "exit points"
    if beyond:
        text += f" ({beyond} of {len(points)} beyond the axes, up to |x| = {short(float(np.max(np.abs(points))), 3)})"
    sign = "|" if sample.dim == 1 else "."
    ax.plot([], [], sign, color=colour(1), ms=9, label=text)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), fontsize=8.5, frameon=False, borderaxespad=0)
