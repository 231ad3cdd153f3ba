"""Chains of wells: the tree in which wells merge, and rates from several routes beside each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde.plotting.style import GREY, INK, colour, marker, note, short, tidy, with_defaults

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from levysde.wells import Merge, RateComparison, WellChain

LARGEST_DOT = 17.0  # points; areas are shares of time


def draw_chain(chain: WellChain, ax: Axes, **style: Any) -> Axes:
    """Draw the wells as dots whose areas are their shares of time, and above them when they merge, on a log time axis.

    The style is that of the lines of the tree.
    """
    from matplotlib.ticker import LogFormatterSciNotation, LogLocator

    merges = chain.hierarchy
    order = _order(merges) if merges else list(range(chain.n))
    place: dict[tuple[int, ...], float] = {(well,): float(k) for k, well in enumerate(order)}
    times = [merge.time for merge in merges] or [1.0]
    floor = min(times) / 3
    height = dict.fromkeys(place, floor)
    look = with_defaults(style, color=INK, linewidth=1.5)
    for merge in merges:
        left, right = merge.first, merge.second
        xs = [place[left], place[left], place[right], place[right]]
        ax.plot(xs, [height[left], merge.time, merge.time, height[right]], solid_joinstyle="miter", **look)
        joined = tuple(sorted(left + right))
        place[joined], height[joined] = (place[left] + place[right]) / 2, merge.time
        ax.annotate(
            short(merge.time, 3),
            (place[joined], merge.time),
            xytext=(4, 3),
            textcoords="offset points",
            fontsize=8.5,
            color=GREY,
        )
    labels = []
    for well in order:
        share = float(chain.stationary[well])
        size = 4.0 + (LARGEST_DOT * math.sqrt(share) if share > 0 else 0.0)
        ax.plot(place[(well,)], floor, marker(well), color=colour(well), ms=size, mec="white", zorder=4, clip_on=False)
        at = ", ".join(short(float(c), 3) for c in chain.minima[well])
        labels.append(f"well {well}\nat {at if chain.minima.shape[1] == 1 else f'({at})'}\n{_percent(share)}")
    ax.set(
        yscale="log", ylim=(floor, max(times) * 1.8), xlim=(-0.6, chain.n - 0.4), ylabel="time after which wells merge"
    )
    ax.set_xticks(range(chain.n), labels)
    title = f"{chain.law}" + ("" if chain.valid else " (outside its regime)")
    ax.set_title(title, loc="left", fontsize=10)
    tidy(ax)
    if merges:
        few = max(times) < 30 * floor
        ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,)))
        ax.yaxis.set_major_formatter("{x:g}" if max(times) < 1e5 and floor > 1e-4 else LogFormatterSciNotation())
        ax.yaxis.set_minor_formatter("")
    else:
        ax.set(ylabel="", yscale="linear", ylim=(floor, 1.8))
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        note(ax, "nothing merges: a well is left for ever, or there is one only", y=0.98)
    ax.tick_params(axis="x", length=0, pad=15)
    ax.spines["bottom"].set_visible(False)
    return ax


def draw_rates(comparison: RateComparison, ax: Axes, **style: Any) -> Axes:
    """Draw every rate: measured with two standard errors, and beside it what each chain says, with its error.

    The style is that of the measured points.
    """
    measured = comparison.measured
    n = measured.n
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    entries = tuple(np.array(pairs).T)
    x = np.arange(len(pairs), dtype=float)
    routes = len(comparison.chains)
    offsets = (np.arange(1, routes + 1) - routes / 2) * min(0.16, 0.6 / (routes + 1))
    first = -routes / 2 * min(0.16, 0.6 / (routes + 1))
    seen = comparison.counts[entries] > 0
    value, error = measured.generator[entries], 2 * measured.error[entries]
    low = np.minimum(error, 0.9 * value)  # a bar down to zero has no place on a log axis
    points = with_defaults(style, color=INK, marker="o", linestyle="", markersize=5.5, label="counted, ± 2 s.e.")
    ax.errorbar(x[seen] + first, value[seen], yerr=(low[seen], error[seen]), capsize=3, **points)
    bound = value[~seen] + error[~seen]
    ax.plot(
        x[~seen] + first,
        bound,
        "v",
        color=INK,
        ms=5.5,
        mfc="white",
        label="none counted: bound" if bound.size else None,
    )
    shown = [value[seen], bound]
    for k, chain in enumerate(comparison.chains):
        rate, spread = chain.generator[entries], np.nan_to_num(chain.error[entries])
        there = np.isfinite(rate) & (rate > 0)
        down = np.minimum(spread, 0.9 * np.where(there, rate, 1.0))
        ax.errorbar(
            x[there] + offsets[k],
            rate[there],
            yerr=(down[there], spread[there]),
            color=colour(k),
            marker=marker(k + 1),
            linestyle="",
            markersize=5.5,
            capsize=0,
            elinewidth=0.9,
            label=chain.law + ("" if chain.valid else " (outside its regime)"),
        )
        shown.append(rate[there])
    ax.set_xticks(x, [f"{i} → {j}" for i, j in pairs])
    ax.set(yscale="log", ylabel="rate per unit time", xlabel="from well → to well", xlim=(-0.6, len(pairs) - 0.4))
    every = np.concatenate(shown)
    if every.size:
        ax.set_ylim(every.min() / 2.5, every.max() * 2.5 * 1.6 ** (routes + 1))
    ax.legend(fontsize=8.5, frameon=False, loc="upper right")
    tidy(ax)
    return ax


def _order(merges: tuple[Merge, ...]) -> list[int]:
    """Return the wells in an order in which what merges lies side by side."""
    line: dict[tuple[int, ...], list[int]] = {}
    for merge in merges:
        parts = [line.get(group, list(group)) for group in (merge.first, merge.second)]
        line[tuple(sorted(merge.first + merge.second))] = parts[0] + parts[1]
    return line[tuple(sorted(merges[-1].first + merges[-1].second))]


def _percent(share: float) -> str:
    if not math.isfinite(share):
        return "share unknown"
    return f"{100 * share:.3g} %" if share >= 1e-4 else f"share {share:.1g}"
