"""Layer-wise tail indices of trained networks against eta/b, with what untrained and shuffled weights read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde.plotting.style import GREY, colour, marker, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from levysde.sgd.layerwise import LayerwiseStudy


def draw_layerwise(study: LayerwiseStudy, figure: Figure) -> Axes:
    """Draw a panel per layer; returns the last axes. Networks of several widths have a colour each."""
    runs = [run for run in study.runs if run.layers]
    if not runs:
        ax: Axes = figure.subplots()
        ax.set_axis_off()
        ax.text(0.5, 0.5, "every run diverged", ha="center", color=GREY)
        return ax
    hiddens = list(dict.fromkeys(run.hidden for run in runs))
    names = list(runs[0].layers)  # every network has the same depth
    axes = np.atleast_1d(figure.subplots(1, len(names), sharey=True))
    for ax, name in zip(axes, names, strict=True):
        initial = [run.layers[name].initial for run in runs if name in run.layers]
        ax.axhspan(min(initial), max(initial), color=GREY, alpha=0.18, linewidth=0, label="untrained")
        for number, hidden in enumerate(hiddens):
            mine = sorted(
                (run for run in runs if run.hidden == hidden and name in run.layers), key=lambda r: r.eta / r.b
            )
            ratios = [run.eta / run.b for run in mine]
            label = "×".join(map(str, hidden))
            look: dict[str, Any] = {"color": colour(number), "marker": marker(number), "linestyle": "", "markersize": 5}
            ax.plot(ratios, [run.layers[name].average for run in mine], label=label, **look)
            ax.plot(
                ratios,
                [run.layers[name].shuffled for run in mine],
                mfc="white",
                label=f"{label}, shuffled entries",
                **look,
            )
        ax.axhline(2.0, color=GREY, linewidth=0.9, linestyle="--")
        trend = study.trends.get("average", {}).get(name)
        found = f": Kendall τ = {short(trend.tau, 2)}, p = {trend.p:.2g}" if trend else ""
        ax.set(xscale="log", xlabel="η / b", title=f"{name}{found}")
        ax.title.set_fontsize(10)
        tidy(ax)
    indices = [value for run in runs for one in run.layers.values() for value in (one.average, one.shuffled)]
    shown = [2.0, *(value for value in indices if math.isfinite(value))]
    margin = 0.06 * (max(shown) - min(shown)) + 0.05
    axes[0].set_ylim(min(shown) - margin, max(shown) + margin)  # the band may go on: small layers read anything
    axes[0].set_ylabel("block-sum index of the averaged weights")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=1 + 2 * len(hiddens), fontsize=8, frameon=False)
    last: Axes = axes[-1]
    return last
