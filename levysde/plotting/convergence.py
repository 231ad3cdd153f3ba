"""Convergence: errors against the step on log-log axes, where an order is a slope."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde.estimate import with_error
from levysde.plotting.style import GREY, colour, marker, note, tidy, with_defaults

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from levysde.convergence import Convergence


def draw_convergence(study: Convergence, ax: Axes, **style: Any) -> Axes:
    """Draw the sizes of the errors with their standard errors, the fitted power laws and a triangle of the known order.

    The style is that of the points of the first measure. Errors that are within two standard errors of zero are drawn
    hollow: on a log axis they say little.
    """
    drawn = []
    for number, curve in enumerate(study.curves):
        sizes, spread = np.abs(curve.errors), curve.standard_errors
        shown = np.isfinite(sizes) & np.isfinite(spread) & (sizes > 0)
        if not shown.any():
            continue
        clear = shown & (sizes > 2 * spread)
        look = {"color": colour(number), "linestyle": "", "marker": marker(number), "markersize": 5.5}
        order = curve.order
        label = curve.name
        if math.isfinite(order.value):
            label += f": order {with_error(order.value, order.standard_error)}"
        points = with_defaults(style if number == 0 else {}, **look, label=label)
        low = np.minimum(spread, 0.9 * sizes)  # a bar down to zero has no place on a log axis
        bars = ax.errorbar(study.dts[clear], sizes[clear], yerr=(low[clear], spread[clear]), capsize=2, **points)
        hue = bars.lines[0].get_color()
        vague = shown & ~clear
        if vague.any():
            ax.plot(study.dts[vague], sizes[vague], color=hue, ls="", marker=marker(number), ms=5.5, mfc="white")
        if math.isfinite(order.value):
            grid = np.array([study.dts[-1], study.dts[0]])
            ax.plot(grid, curve.fit(grid), color=hue, linewidth=1.2)
        drawn.append(sizes[shown])
    ax.set(xscale="log", yscale="log", xlabel="step dt", ylabel=study.kind)
    ax.set_xticks(study.dts, [f"{dt:.3g}" for dt in study.dts])
    ax.minorticks_off()
    ax.set_title(f"{study.scheme}", fontsize=10)
    if drawn:
        everything = np.concatenate(drawn)
        ax.set_xlim(study.dts[-1] / 1.6, study.dts[0] * 1.6)
        ax.set_ylim(everything.min() / 4, everything.max() * 2.5)
        if math.isfinite(study.expected):
            _triangle(ax, study, float(everything.min()))
        ax.legend(fontsize=8, frameon=False, loc="upper left")
    lost = float(np.max(study.lost, initial=0.0))
    if lost > 0:
        note(ax, f"up to {lost:.2%} of the paths lost")
    tidy(ax)
    return ax


def _triangle(ax: Axes, study: Convergence, lowest: float) -> None:
    """Draw a right triangle whose hypotenuse has the known order, under the points."""
    right = study.dts[0]
    left = max(study.dts[-1], right / 4)
    bottom = lowest / 2.5
    top = bottom * (right / left) ** study.expected
    ax.plot([left, right, right, left], [bottom, bottom, top, bottom], color=GREY, linewidth=0.9)
    ax.annotate(
        f"{study.expected:.3g}",
        (right, math.sqrt(bottom * top)),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=GREY,
    )
