"""Work and precision: the errors of several schemes against what a path costs, on log-log axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde.plotting.style import GREY, colour, marker, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from levysde.bench import WorkPrecision
    from levysde.convergence import Convergence

PANELS = ("strong error, median", "weak error", "exit-time bias / mean exit time")


def draw_work_precision(study: WorkPrecision, figure: Figure) -> Axes:
    """Draw strong error, weak error and exit-time bias against nanoseconds per path; returns the axes of the last.

    A scheme is better the further it lies to the lower left. Errors within two standard errors of zero are hollow.
    """
    from matplotlib.ticker import NullFormatter

    axes = figure.subplots(1, 3)
    for number, report in enumerate(study.reports):
        for ax, one in zip(axes, (report.strong, report.weak, report.exits), strict=True):
            if one is None:
                continue
            scale = 1 / study.mean.value if one is report.exits else 1.0
            length = study.mean.value if one is report.exits else float(study.provenance["settings"]["t"])
            cost = report.nanoseconds * length / one.dts
            _line(ax, one, cost, scale, number, report.scheme)
    for ax, title in zip(axes, PANELS, strict=True):
        ax.set(xscale="log", yscale="log", xlabel="time per path (ns)", title=title)
        ax.title.set_fontsize(10)
        ax.xaxis.set_minor_formatter(NullFormatter())  # labels at 2, 3, 4, ... run into one another
        tidy(ax)
    last: Axes = axes[-1]
    allowed = study.rel_error / math.sqrt(2)
    last.axhline(allowed, color=GREY, linewidth=0.9, linestyle="--")
    handles, names = last.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    figure.suptitle(f"{study.sde}\n{study.advice}", fontsize=9)
    return last


def _line(ax: Axes, study: Convergence, cost: np.ndarray, scale: float, number: int, label: str) -> None:
    sizes, spread = np.abs(study.errors) * scale, study.standard_errors * scale
    shown = np.isfinite(sizes) & (sizes > 0)
    clear = shown & (sizes > 2 * spread)
    look: dict[str, Any] = {"color": colour(number), "marker": marker(number), "markersize": 5}
    ax.plot(cost[shown], sizes[shown], linewidth=1.2, mfc="white", label=label, **look)
    ax.plot(cost[clear], sizes[clear], linestyle="", **look)
