"""Exit times: the probability to be inside still, on a log scale, where an exponential law is a straight line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde._types import NDArray
from levysde.plotting.style import INK, colour, note, tidy, with_defaults
from levysde.results import ExitSample
from levysde.survival import SurvivalCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
MOST_STEPS = 1500  # of a drawn staircase: finer ones cannot be told apart
DEEPEST = 1e-4  # lowest survival shown


def draw_exit_sample(sample: ExitSample, ax: Axes, **style: Any) -> Axes:
    """Draw the Kaplan-Meier curve with its band, and the exponential law with the same mean as a dashed line."""
    curve = sample.survival()
    label = f"measured: {sample.n_exited} exits" + (f", {sample.n_censored} censored" if sample.n_censored else "")
    draw_curve(curve, ax, **{"label": label, **style})
    if sample.n_exited:
        mean = sample.mean(model="exponential")
        add_law(ax, mean.value, color=INK, label=f"exponential, mean {mean}")
    _finish(ax, [curve])
    ax.legend(loc="upper right", fontsize=8.5, frameon=False)
    if sample.n_nonfinite:
        note(ax, f"{sample.n_nonfinite} non-finite paths left out", x=0.01)
    return ax


def draw_survival(curve: SurvivalCurve, ax: Axes, **style: Any) -> Axes:
    """Draw a survival curve with its band."""
    draw_curve(curve, ax, **style)
    _finish(ax, [curve])
    return ax


def draw_curve(curve: SurvivalCurve, ax: Axes, **style: Any) -> None:
    """Draw the staircase and its band into axes that are set up by `finish`."""
    style = with_defaults(style, color=colour(0), linewidth=1.6)
    t, value, low, high = _thinned(curve)
    floor = DEEPEST / 100  # a log axis has no zero
    ax.step(t, np.maximum(value, floor), where="post", **style)
    ax.fill_between(
        t, np.maximum(low, floor), np.maximum(high, floor), step="post", color=style["color"], alpha=0.18, lw=0
    )


def add_law(ax: Axes, mean: float, **style: Any) -> None:
    """Draw the exponential law exp(-t / mean), as far as the deepest survival that any picture shows."""
    if math.isfinite(mean) and mean > 0:
        t = np.concatenate([[0.0], np.geomspace(1e-4, -math.log(DEEPEST / 10), 200)]) * mean
        ax.plot(t, np.exp(-t / mean), **with_defaults(style, linestyle="--", linewidth=1.3, zorder=4))


def limits(curves: list[SurvivalCurve]) -> tuple[float, float]:
    """Return (last time, lowest survival) of the window: as deep as the data go, but for the last paths."""
    deepest, last = 0.5, 0.0
    for curve in curves:
        floor = max(2.0 / curve.n, DEEPEST)
        seen = np.flatnonzero(curve.value >= floor)
        end = int(seen[-1]) if seen.size else 0
        after = min(end + 1, curve.t.size - 1)
        last = max(last, float(curve.t[after]))
        deepest = min(deepest, max(float(curve.value[end]), floor))
    return last, deepest


def _finish(ax: Axes, curves: list[SurvivalCurve]) -> None:
    set_up(ax, *limits(curves))


def set_up(ax: Axes, last: float, deepest: float) -> None:
    """Set scales, limits and labels of survival axes."""
    ax.set(yscale="log", xlabel="time t", ylabel="P(T > t), still inside")
    ax.set_xlim(0, 1.02 * last if last > 0 else 1.0)
    ax.set_ylim(0.7 * deepest, 1.15)
    tidy(ax)


def _thinned(curve: SurvivalCurve) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the steps of a curve that can be seen: at most `MOST_STEPS`, evenly in time and in log survival."""
    if curve.t.size <= MOST_STEPS:
        return curve.t, curve.value, curve.low, curve.high
    depth = -np.log(np.maximum(curve.value, DEEPEST / 100))
    scores = [curve.t / curve.t[-1], depth / max(float(np.max(depth)), 1e-300)]
    cells = np.unique(np.concatenate([np.searchsorted(s, np.linspace(0, 1, MOST_STEPS // 2)) for s in scores]))
    keep = np.unique(np.clip(np.append(cells, [0, curve.t.size - 1]), 0, curve.t.size - 1))
    return curve.t[keep], curve.value[keep], curve.low[keep], curve.high[keep]
