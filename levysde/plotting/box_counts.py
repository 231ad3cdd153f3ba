"""Box counts: how many boxes a path visits against their side, and the slope that is its dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from levysde.plotting.style import colour, tidy, with_defaults

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from levysde.dimension import BoxCounts


def draw_box_counts(counted: BoxCounts, ax: Axes, **style: Any) -> Axes:
    """Draw the counts (geometric mean over paths) and the fitted power law."""
    logs = np.log(counted.counts).mean(axis=0)
    slope = counted.dimension
    fitted = np.exp(logs.mean() - slope.value * (np.log(counted.scales) - np.log(counted.scales).mean()))
    ax.plot(counted.scales, fitted, color=colour(1), linewidth=1.2, label=f"dimension {slope}")
    ax.plot(counted.scales, np.exp(logs), **with_defaults(style, color=colour(0), linestyle="", marker="o"))
    ax.set(xscale="log", yscale="log", xlabel="side of the boxes", ylabel="boxes visited")
    ax.legend(frameon=False)
    tidy(ax)
    return ax
