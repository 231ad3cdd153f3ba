"""Tail indices: Hill plot, block-size scan, and the page of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from levysde._types import NDArray
from levysde.plotting.style import GREY, INK, colour, marker, note, tidy, with_defaults
from levysde.plotting.tail import draw_tail
from levysde.tails import BlockScan, HillPlot, TailReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HIGHEST = 3.0  # index shown of controls and scans
MOST_SHOWN = 4.0  # largest index on the axes, unless all estimates are above


def draw_hill_plot(plot: HillPlot, ax: Axes, **style: Any) -> Axes:
    """Draw Hill's estimate with its band against the number of exceedances; the flat stretch is shaded."""
    style = with_defaults(style, color=colour(0), linewidth=1.6)
    shown = plot.k >= min(10, plot.k[-1])  # the first few are all noise
    k, alpha = plot.k[shown], plot.alpha[shown]
    first, last = plot.stable_region()
    ax.axvspan(first, last, color=GREY, alpha=0.12, lw=0)
    ax.fill_between(k, plot.low[shown], plot.high[shown], color=style["color"], alpha=0.18, lw=0)
    ax.plot(k, alpha, **style)
    ax.axhline(2, color=GREY, linewidth=0.9, linestyle="--")
    top = max(MOST_SHOWN, 1.2 * float(alpha[k >= min(first, k[-1])].max()))
    ax.set(xscale="log", xlabel="number of exceedances k", ylabel="Hill's estimate of α")
    ax.set_xlim(k[0], k[-1])
    ax.set_ylim(0, top)
    note(ax, f"flat for k = {first} to {last}", x=0.02, y=0.03)
    tidy(ax)
    return ax


def draw_block_scan(scan: BlockScan, ax: Axes, **style: Any) -> Axes:
    """Draw the block-sum estimate with its interval against block size: flat for a stable law."""
    style = with_defaults(style, color=colour(0), linewidth=1.2, marker="o", markersize=4)
    alpha, reach = _bars(scan.alpha, scan.low, scan.high)
    ax.errorbar(scan.block, alpha, yerr=reach, capsize=2, **style)
    ax.axhline(2, color=GREY, linewidth=0.9, linestyle="--")
    ax.set(xscale="log", xlabel="block size m", ylabel="block-sum estimate of α")
    ax.set_xticks(scan.block, [str(m) for m in scan.block])
    ax.set_xticks([], minor=True)
    low, high = float(alpha.min()), float(alpha.max())
    ax.set_ylim(max(0.0, min(low - 0.3, 1.4)), max(2.3, high + 0.3))
    verdict = "flat" if scan.is_flat else f"drifts by {scan.drift:+.3f} ± {scan.drift_error:.3f} in 1/α"
    note(ax, verdict, x=0.02, y=0.03)
    tidy(ax)
    return ax


def draw_tail_report(
    report: TailReport, pooled: NDArray[np.float64], surrogate: NDArray[np.float64], figure: Figure
) -> Axes:
    """Draw tails of data and surrogate, Hill plot, block-size scan and controls, under the verdict.

    Parameters
    ----------
    report : TailReport
    pooled, surrogate : arrays of shape (n,)
        Standardised values of the data and of a Gaussian surrogate.
    figure : Figure
    """
    figure.set_size_inches(10.5, 7.6)
    axes = figure.subplots(2, 2)
    _tails(report, pooled, surrogate, axes[0, 0])
    draw_hill_plot(report.hill, axes[0, 1])
    draw_block_scan(report.scan, axes[1, 0])
    _controls(report, axes[1, 1])
    titles = "tail of |x|, columns standardised", "Hill plot", "block-size scan", "controls"
    for ax, title in zip(axes.flat, titles, strict=True):
        ax.set_title(title, fontsize=10, loc="left")
    figure.suptitle(_broken(report.verdict), fontsize=11)
    first: Axes = axes[0, 0]
    return first


def _tails(report: TailReport, pooled: NDArray[np.float64], surrogate: NDArray[np.float64], ax: Axes) -> None:
    draw_tail(surrogate, ax, color=GREY, label="Gaussian surrogate", markersize=2.5)
    draw_tail(pooled, ax, label="data")
    sizes = np.sort(np.abs(pooled))
    if report.kind in ("heavy tail", "power law"):
        start = max(int(0.98 * len(sizes)), 0)
        x = np.array([sizes[start], sizes[-1] * 1.3])
        share = 1 - start / len(sizes)
        y = share * (x / x[0]) ** -report.alpha.value
        ax.plot(x, y, color=INK, linewidth=1.1, linestyle="--", label=f"slope −{report.alpha.value:.2f}")
    ax.set_ylim(0.3 / len(sizes), 1.5)
    ax.legend(frameon=False, fontsize=8.5, loc="lower left")


def _controls(report: TailReport, ax: Axes) -> None:
    names = [control.name for control in report.controls]
    rows = np.arange(len(names))[::-1]
    for number, (kind, label) in enumerate((("index", "characteristic function"), ("blocks", "block sums"))):
        found = [getattr(control, kind) for control in report.controls]
        low, high = np.array([e.interval for e in found]).T
        value, reach = _bars(np.array([e.value for e in found]), low, high)
        look: dict[str, Any] = {"color": colour(number), "marker": marker(number), "markersize": 4.5}
        ax.errorbar(value, rows + 0.12 - 0.24 * number, xerr=reach, linestyle="", capsize=2, label=label, **look)
    ax.axvline(2, color=GREY, linewidth=0.9, linestyle="--")
    ax.set_yticks(rows, names, fontsize=8.5)
    ax.set_ylim(-0.6, len(names) - 0.4)
    ax.set_xlabel(f"α (shown up to {HIGHEST:g})")
    ax.legend(frameon=False, fontsize=8.5, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    tidy(ax)


def _bars(
    value: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return values and the lengths of their bars, kept to what axes can show: an index may be infinite."""
    value, low, high = (np.minimum(part, HIGHEST) for part in (value, low, high))
    return value, np.vstack([np.maximum(value - low, 0.0), np.maximum(high - value, 0.0)])


def _broken(text: str, width: int = 110) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width))
