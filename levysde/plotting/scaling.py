"""A fitted law: the points with their errors, the line, and the local exponents under it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde.plotting.style import GREY, INK, colour, note, tidy, with_defaults

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from levysde.scaling import ScalingFit

PANEL = 0.32  # height of the local exponents, as a part of the axes


def draw_scaling(fit: ScalingFit, ax: Axes, **style: Any) -> Axes:
    """Draw the points, the fitted law, and in a panel at the bottom the exponents between neighbouring points.

    The axes give up their lower part for that panel. The style is that of the points. A law that is only approached
    shows as local exponents that drift.
    """
    x, y = np.array(fit.x), np.array(fit.y)
    log_x = fit.kind == "power"
    look = with_defaults(style, color=colour(1), ls="", marker="o", ms=5, mfc="white")
    bars = ax.errorbar(x, y, yerr=fit.standard_error, capsize=2, **look)
    grid = np.geomspace(x.min(), x.max(), 100) if log_x else np.linspace(x.min(), x.max(), 100)
    ax.plot(grid, fit(grid), color=INK, lw=1.2)
    ax.set(xscale="log" if log_x else "linear", yscale="log", ylabel="y")
    told = f"exponent {fit.exponent}"
    if math.isfinite(fit.chi_square):
        told += f"\nchi-square {fit.chi_square:.3g} ({fit.freedom}), p = {fit.p_value:.2g}"
    note(ax, told, x=0.02, y=0.97)
    tidy(ax)
    place = ax.get_subplotspec()
    if place is None:  # axes put where the caller wants them: no room to take from a neighbour
        ax.set_xlabel("x")
        return ax
    rows = place.subgridspec(2, 1, height_ratios=(1 - PANEL, PANEL))
    ax.set_subplotspec(rows[0])
    below: Axes = ax.figure.add_subplot(rows[1], sharex=ax)
    ax.tick_params(labelbottom=False)
    below.errorbar(
        fit.local_x, fit.local_exponent, yerr=fit.local_error, color=bars.lines[0].get_color(), ls="", marker="o",
        ms=4, mfc="white", capsize=2,
    )  # fmt: skip
    value, error = fit.exponent.value, fit.exponent.standard_error
    below.axhline(value, color=INK, lw=1.0)
    if error > 0:
        below.axhspan(value - error, value + error, color=GREY, alpha=0.25, lw=0)
    below.set(xlabel="x", ylabel="local\nexponent")
    tidy(below)
    return ax
