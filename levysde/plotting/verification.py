"""Laws that were checked: predicted, deterministic and simulated numbers in one panel per report."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde.plotting.style import GREY, INK, colour, few_ticks, marker, note, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from levysde.verification import Report

VERDICT = {"holds": "#1B7F3B", "fails": "#B00020", "undecided": "#A66A00", "left out": GREY}
COLUMNS = 3


def draw_report(reports: Sequence[Report], figure: Figure) -> Axes:
    """Draw the reports of one law side by side, and under each how the deterministic values approach the law.

    Returns the axes of the last report.
    """
    shown = list(reports)
    approached = any(report.approach is not None for report in shown)
    columns = min(len(shown), COLUMNS)
    blocks = math.ceil(len(shown) / columns)
    figure.set_size_inches(max(4.6 * columns, 6.0), (5.6 if approached else 3.9) * blocks)
    grid = figure.subplots(
        blocks * (2 if approached else 1),
        columns,
        squeeze=False,
        height_ratios=[2.2, 1.0] * blocks if approached else [1.0] * blocks,
    )
    for at, report in enumerate(shown):
        block, column = divmod(at, columns)
        row = block * (2 if approached else 1)
        last: Axes = grid[row, column]
        draw_law(report, last)
        if approached:
            draw_approach(report, grid[row + 1, column])
    for at in range(len(shown), blocks * columns):
        block, column = divmod(at, columns)
        for row in range(block * (2 if approached else 1), (block + 1) * (2 if approached else 1)):
            grid[row, column].set_axis_off()
    figure.suptitle(f"{shown[0].law}: {shown[0].regime}" if len(shown) == 1 else shown[0].law, fontsize=10)
    return last


def draw_law(report: Report, ax: Axes) -> Axes:
    """Draw the three numbers of every row that has a place on the law's axis."""
    rows = sorted((row for row in report.rows if math.isfinite(row.x)), key=lambda row: row.x)
    predicted = [(row.x, row.predicted.value) for row in rows if row.predicted and math.isfinite(row.predicted.value)]
    exact = [(row.x, row.solved.value) for row in rows if row.solved]
    found = [(row.x, row.measured.value, row.measured.standard_error) for row in rows if row.measured]
    joined, look = report.panel.joined, dict[str, Any]()
    if predicted:
        look = {"ls": "--"} if joined else {"ls": "", "marker": "_", "ms": 16}
        ax.plot(*zip(*predicted, strict=True), color=GREY, lw=1.2, label="law", **look)
    if exact:
        look = {"ls": "-"} if joined else {"ls": "", "marker": "_", "ms": 10, "mew": 2}
        ax.plot(*zip(*exact, strict=True), color=INK, lw=1.2, label="deterministic", **look)
    if found:
        x, y, error = zip(*found, strict=True)
        look = {"color": colour(1), "marker": marker(0), "ls": "", "ms": 5, "mfc": "white"}
        ax.errorbar(x, y, yerr=error, capsize=2, label="simulated", **look)
    panel = report.panel
    ax.set(xlabel=panel.x, ylabel=panel.y)
    ax.set_xscale("log" if panel.log_x else "linear")
    ax.set_yscale("log" if panel.log_y else "linear")
    few_ticks(ax, panel.log_x, panel.log_y)
    _room(ax, [value for _, value in (*predicted, *exact)] + [y for _, y, _ in found], panel.log_y)
    statement = "\n".join(textwrap.wrap(report.statement, 56))
    ax.set_title(statement, fontsize=8.5, color=INK, loc="left")
    falls = False
    if exact or predicted or found:
        ends = [value for _, value in (exact or predicted or [(x, y) for x, y, _ in found])]
        falls = ends[-1] < 0.98 * ends[0]
        if report.headline is not None and report.headline.case == "exponent":
            note(ax, _exponents(report), x=0.02 if falls else 0.98, y=0.03)
    legend = ax.legend(fontsize=8, frameon=False, title=f"{report.subject}: {report.verdict}")
    legend.set_loc("upper right" if falls else "upper left")
    legend.get_title().set(color=VERDICT[report.verdict], fontsize=8.5)
    tidy(ax)
    return ax


def draw_approach(report: Report, ax: Axes) -> Axes:
    """Draw how far the deterministic value (or exponent) is from the law, against what falls."""
    found = report.approach
    if found is None:
        ax.set_axis_off()
        return ax
    x, off = np.array(found.x), np.abs(np.array(found.value) - report.target)
    unit = abs(report.target) or 1.0
    shown = off > np.array(found.error)
    if not shown.any():
        ax.text(0.5, 0.5, "no correction beyond the solver's error", ha="center", fontsize=8, color=GREY)
        ax.set_axis_off()
        return ax
    ax.plot(x[shown], off[shown] / unit, color=INK, marker="o", ms=4, lw=1.0)
    small = "2 - alpha" if report.law == "near two" else "s" if report.subject == "Brownian" else "epsilon"
    ax.set(xscale="log", yscale="log", xlabel=small, ylabel="correction" if report.target else "exponent")
    few_ticks(ax, True, True)
    if math.isfinite(found.exponent):
        note(ax, f"falls as {small}^{found.exponent:.2f}".replace("2 - alpha^", "(2 - alpha)^"), x=0.98, y=0.05)
    tidy(ax)
    return ax


def _exponents(report: Report) -> str:
    row = report.headline
    lines = []
    if row and row.predicted:
        lines.append(f"law {row.predicted.value:.4g}")
    if row and row.solved:
        lines.append(f"deterministic {row.solved.value:.4g}")
    if row and row.measured:
        lines.append(f"simulated {row.measured}")
    return "exponent\n" + "\n".join(lines)


def _room(ax: Axes, values: Sequence[float], log_y: bool) -> None:
    """Do not blow up differences that are far smaller than the values themselves."""
    kept = [value for value in values if math.isfinite(value) and (value > 0 or not log_y)]
    if not kept:
        return
    low, high = min(kept), max(kept)
    if log_y and high < 1.5 * low:
        middle = math.sqrt(low * high)
        ax.set_ylim(middle / 1.6, middle * 1.6)
    elif not log_y and high - low < 0.1 * abs(high):
        ax.set_ylim(low - 0.2 * abs(high), high + 0.2 * abs(high))
