"""What all pictures share: colours that colour-blind readers can tell apart, number formats, and honest axis limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde._types import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

# Okabe and Ito (2008), without yellow (too light for a line) and black (the landscape itself).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = "osD^vP"
INK = "#222222"
GREY = "#767676"


def colour(index: int) -> str:
    """Return the colour of minimum `index`, the same in every panel of every picture."""
    return COLOURS[index % len(COLOURS)]


def marker(index: int) -> str:
    """Return the marker of minimum `index`; it differs where the colours start again."""
    return MARKERS[(index + index // len(COLOURS)) % len(MARKERS)]


def short(value: float, digits: int = 4) -> str:
    """Write a number briefly, with a real minus sign and infinity sign."""
    if math.isnan(value):
        return "–"
    text = "∞" if math.isinf(value) else f"{abs(value):.{digits}g}"
    return f"−{text}" if value < 0 else text


def new_axes(ax: Axes | None) -> Axes:
    """Return `ax`, or the axes of a new figure that notebooks show by themselves."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(layout="constrained")[1]


def view(values: ArrayLike, *, share: float = 0.005) -> tuple[float, float, int]:
    """Return axis limits for values with rare huge excursions, and how many values lie beyond them.

    The limits hold all finite values, unless that is more than three times as wide as what holds all but `share` of
    them at each end; then they hold the latter with a margin. Values that are not finite are not counted.
    """
    array = np.asarray(values, dtype=np.float64).ravel()
    finite = array[np.isfinite(array)]
    if finite.size == 0:
        return 0.0, 1.0, 0
    low, high = float(np.min(finite)), float(np.max(finite))
    inner_low, inner_high = (float(q) for q in np.quantile(finite, (share, 1 - share)))
    inner = inner_high - inner_low
    if inner > 0 and high - low > 3 * inner:
        low, high = max(low, inner_low - 0.35 * inner), min(high, inner_high + 0.35 * inner)
    beyond = int(np.count_nonzero((finite < low) | (finite > high)))
    margin = 0.04 * (high - low) or 0.5 * (abs(low) or 1.0)
    return low - margin, high + margin, beyond


def note(ax: Axes, text: str, *, x: float = 0.99, y: float = 0.02) -> None:
    """Write a small remark into a corner of the axes, on a plate that keeps it legible over lines."""
    ax.text(
        x,
        y,
        text,
        transform=ax.transAxes,
        ha="right" if x > 0.5 else "left",
        va="bottom" if y < 0.5 else "top",
        fontsize=7.5,
        color=GREY,
        zorder=9,
        bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.5},
    )


def tidy(ax: Axes) -> None:
    """Take away the frame lines that carry no information."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.tick_params(labelsize=8.5)


def few_ticks(ax: Axes, log_x: bool, log_y: bool) -> None:
    """Label whole decades of logarithmic axes, and in between only where there is no decade to label."""
    from matplotlib.ticker import FuncFormatter, LogLocator

    for axis, log in ((ax.xaxis, log_x), (ax.yaxis, log_y)):
        if not log:
            continue
        low, high = axis.get_view_interval()
        decades = math.log10(high / low) if low > 0 else 2.0
        subs = (1.0,) if decades > 1.7 else (1.0, 2.0, 5.0) if decades > 0.8 else (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
        axis.set_major_locator(LogLocator(base=10, subs=subs, numticks=8))
        powers = decades > 1.7 and not (low > 2e-4 and high < 2e5)
        axis.set_major_formatter(FuncFormatter(_power if powers else lambda value, _: f"{value:.10g}"))
        axis.set_minor_formatter("")


def _power(value: float, _: object) -> str:
    return rf"$10^{{{round(math.log10(value))}}}$" if value > 0 else ""


def with_defaults(style: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    """Return the caller's style over our defaults, whichever of Matplotlib's short or long names they use."""
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D

    return {**defaults, **normalize_kwargs(style, Line2D)}


def load_libraries() -> None:
    """Import what pictures of samples need, ahead of time."""
    import matplotlib.backends.backend_agg
    import matplotlib.figure  # noqa: F401
    import scipy.stats  # noqa: F401
