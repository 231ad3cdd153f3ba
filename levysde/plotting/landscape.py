"""A landscape: the curve with its minima and barriers in one dimension, contours in two."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde._types import NDArray
from levysde.domains import Ball, Box, Domain, Interval
from levysde.landscapes import Landscape
from levysde.plotting.style import GREY, INK, colour, marker, short, tidy, with_defaults

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
POINTS = 600  # of the curve
GRID = 160  # of the contours, per side
CLIPPED = 0.5  # heights above the highest barrier that are shown, in units of the relief


def draw_landscape(
    landscape: Landscape,
    ax: Axes,
    *,
    focus: Domain | None = None,
    window: tuple[FloatArray, FloatArray] | None = None,
    measures: bool = False,
    **style: Any,
) -> Axes:
    """Draw U(x) with its minima (dots, one colour each) and barriers.

    Parameters
    ----------
    landscape : Landscape of dimension 1 or 2
    ax : Axes
    focus : Domain, optional
        A domain that has to be seen, shaded or outlined.
    window : (low, high), optional
        Corners of what is to be drawn, for two dimensions; None shows all critical points and `focus`.
    measures : bool
        Whether to draw the widths and depths of the wells as arrows (1-D).
    **style : of the curve (1-D) or the contours (2-D), as in Matplotlib

    Raises
    ------
    ValueError
        For more than two dimensions.
    """
    if landscape.dim > 2:
        raise ValueError(
            f"a landscape in {landscape.dim} dimensions has no picture; plot paths, or a section as a 1-D landscape"
        )
    if landscape.dim == 2:
        return _contours(landscape, ax, focus, window or _box(landscape, focus), style)
    x_low, x_high, u_low, u_high = curve_view(landscape, focus)
    x = np.linspace(x_low, x_high, POINTS)
    ax.plot(x, landscape.potential(x), **with_defaults(style, color=INK, linewidth=1.8, zorder=3))
    ax.set(xlim=(x_low, x_high), ylim=(u_low, u_high), xlabel="position x", ylabel="potential U(x)")
    minima, maxima = landscape.minima[:, 0], landscape.saddles[:, 0]
    if len(maxima):
        ax.plot(maxima, landscape.potential(maxima.tolist()), "x", color=GREY, ms=6, mew=1.6, zorder=4)
    for i, place in enumerate(minima):
        ax.plot(place, landscape.potential(float(place)), marker(i), color=colour(i), ms=9, mec="white", zorder=5)
    if measures:
        for i in range(len(minima)):
            _measures(landscape, ax, i, x_high - x_low, u_high - u_low)
    if isinstance(focus, Interval):
        ax.axvspan(max(focus.a, x_low), min(focus.b, x_high), color=colour(0), alpha=0.08, lw=0, zorder=0)
        for end in (focus.a, focus.b):
            if math.isfinite(end):
                ax.axvline(end, color=GREY, lw=1, ls=":", zorder=1)
    tidy(ax)
    return ax


def curve_view(landscape: Landscape, focus: Domain | None = None) -> tuple[float, float, float, float]:
    """Return the window (x_low, x_high, u_low, u_high) that shows the wells of a 1-D landscape, not its far walls."""
    minima, maxima = landscape.minima[:, 0], landscape.saddles[:, 0]
    ends = [end for end in (focus.a, focus.b) if math.isfinite(end)] if isinstance(focus, Interval) else []
    places = np.concatenate([minima, maxima, ends])
    if not len(minima):
        places = np.array(ends if ends else [-1.0, 1.0])
    low, high = float(np.min(places)), float(np.max(places))
    span = high - low
    if span == 0:  # one well and nothing that tells how far to look
        span = 2.0 * max(1.0, abs(low))
        low, high = low - span / 2, high + span / 2
    at_places = landscape.potential(np.append(places, [low, high]).tolist())
    bottom, top = float(np.min(at_places)), float(np.max(at_places))
    relief = top - bottom
    if relief <= 0:
        return low - 0.2 * span, high + 0.2 * span, bottom - 1, bottom + 1
    ceiling = top + CLIPPED * relief
    stride = span / 100
    while float(landscape.potential(low)) < ceiling and low > np.min(places) - 0.8 * span:
        low -= stride
    while float(landscape.potential(high)) < ceiling and high < np.max(places) + 0.8 * span:
        high += stride
    return low, high, bottom - 0.14 * relief, ceiling


def _measures(landscape: Landscape, ax: Axes, i: int, x_span: float, u_span: float) -> None:
    """Draw the depth of a well as a vertical and its finite widths as horizontal arrows, with labels where they fit."""
    place = float(landscape.minima[i, 0])
    bottom = float(landscape.potential(place))
    heights, widths = landscape.barrier(i), landscape.width(i)
    depth = min(heights)
    if not math.isfinite(depth):
        return
    top = bottom + depth
    arrow = {"arrowstyle": "<->", "color": colour(i), "lw": 1.2, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9}
    ax.annotate("", (place, top), (place, bottom), arrowprops=arrow, zorder=2)
    plate = {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.8}
    label: dict[str, Any] = {"color": colour(i), "fontsize": 8.5, "zorder": 6, "bbox": plate}
    if depth > 0.25 * u_span:  # along the arrow, where even a narrow well has room
        text = f"depth {short(depth, 3)}"
        middle = bottom + 0.55 * depth
        ax.annotate(
            text, (place, middle), (-2, 0), textcoords="offset points", rotation=90, ha="right", va="center", **label
        )
    for sign, width in zip((-1, 1), widths, strict=True):
        if math.isfinite(width):
            ax.plot([place, place + sign * width], [top, top], color=colour(i), lw=0.8, ls=":", zorder=2)
            ax.annotate("", (place + sign * width, top), (place, top), arrowprops=arrow, zorder=2)
            if width > 0.10 * x_span:
                middle = place + sign * width / 2
                ax.annotate(
                    f"width {short(width, 3)}",
                    (middle, top),
                    (0, 4),
                    textcoords="offset points",
                    ha="center",
                    va="bottom",
                    **label,
                )


def _contours(
    landscape: Landscape,
    ax: Axes,
    focus: Domain | None,
    window: tuple[FloatArray, FloatArray],
    style: dict[str, Any],
) -> Axes:
    low, high = window
    x, y = np.linspace(low[0], high[0], GRID), np.linspace(low[1], high[1], GRID)
    energy = landscape.potential(np.stack(np.meshgrid(x, y), axis=-1))
    minima, saddles = landscape.minima, landscape.saddles
    bottom = float(np.min(landscape.potential(minima))) if len(minima) else float(np.min(energy))
    if len(saddles):
        top = float(np.max(landscape.potential(saddles)))
        top += CLIPPED * (top - bottom)
    else:
        top = float(np.quantile(energy, 0.9))
    if top > bottom:
        levels = np.linspace(bottom, top, 21)
        ax.contourf(x, y, energy, levels=levels, cmap="Greys", alpha=0.32, zorder=0)
        ax.contour(
            x,
            y,
            energy,
            **{
                "levels": levels,
                "colors": GREY,
                "linewidths": 0.5,
                "linestyles": "-",
                "alpha": 0.7,
                "zorder": 1,
                **style,
            },
        )
    if len(saddles):
        ax.plot(saddles[:, 0], saddles[:, 1], "x", color=INK, ms=7, mew=1.8, zorder=4)
    for i, place in enumerate(minima):
        ax.plot(place[0], place[1], marker(i), color=colour(i), ms=9, mec="white", zorder=5)
    if focus is not None:
        outline(focus, ax, colour(0))
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel="x₁", ylabel="x₂")
    ax.set_aspect("equal", adjustable="box")
    tidy(ax)
    return ax


def outline(domain: Domain, ax: Axes, tint: str) -> None:
    """Draw the boundary of a two-dimensional ball or box; other domains have none that is bounded."""
    from matplotlib.patches import Circle, Rectangle

    edge: dict[str, Any] = {"fill": False, "edgecolor": tint, "linewidth": 1.4, "linestyle": "--", "zorder": 3}
    if isinstance(domain, Ball) and domain.dim == 2:
        ax.add_patch(Circle((domain.center[0], domain.center[1]), domain.radius, **edge))
    elif isinstance(domain, Box) and domain.dim == 2 and np.all(np.isfinite([*domain.low, *domain.high])):
        size = np.subtract(domain.high, domain.low)
        ax.add_patch(Rectangle((domain.low[0], domain.low[1]), float(size[0]), float(size[1]), **edge))


def _box(landscape: Landscape, focus: Domain | None) -> tuple[FloatArray, FloatArray]:
    """Return the corners of the window that shows all critical points and the domain."""
    corners = [*landscape.minima, *landscape.saddles]
    if isinstance(focus, Ball):
        corners += [np.add(focus.center, focus.radius), np.subtract(focus.center, focus.radius)]
    elif isinstance(focus, Box) and np.all(np.isfinite([*focus.low, *focus.high])):
        corners += [np.array(focus.low), np.array(focus.high)]
    if not corners:
        corners = [np.zeros(landscape.dim)]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    margin = 0.3 * float(np.max(high - low)) or 1.5
    return low - margin, high + margin
