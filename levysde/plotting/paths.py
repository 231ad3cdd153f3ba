"""Recorded paths: position against time, or in the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from levysde._types import NDArray
from levysde.landscapes import Landscape
from levysde.plotting.style import COLOURS, GREY, INK, colour, note, short, tidy, view, with_defaults
from levysde.results import Ensemble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from levysde.domains import Domain

FloatArray = NDArray[np.float64]
JUMP = 8.0  # robust standard deviations
MOST = 20  # paths in one picture; more hide each other


def draw_paths(ensemble: Ensemble, ax: Axes, **style: Any) -> Axes:
    """Draw paths: x(t) in one dimension, in the plane of the first two coordinates otherwise.

    At most 20 paths are drawn. A step of more than eight robust standard deviations of a step, a jump at this
    resolution, is drawn thin and dotted in one dimension, since the path was nowhere in between. Rare far excursions
    lie outside the axes, and a note in the picture says how many recorded points do.
    """
    shown = ensemble.x[:MOST]
    style = with_defaults(style, linewidth=0.9, alpha=0.9)
    if ensemble.dim == 1:
        _against_time(ensemble, shown[:, :, 0], ax, style)
    else:
        _in_plane(ensemble, shown[:, :, :2], ax, style)
    remarks = []
    if ensemble.n_paths > MOST:
        remarks.append(f"{MOST} of {ensemble.n_paths} paths")
    if ensemble.n_nonfinite:
        remarks.append(f"{ensemble.n_nonfinite} paths became non-finite")
    if remarks:
        note(ax, ", ".join(remarks), x=0.01, y=0.98)
    tidy(ax)
    return ax


def _against_time(ensemble: Ensemble, x: FloatArray, ax: Axes, style: dict[str, Any]) -> None:
    colours = [colour(k) for k in range(len(COLOURS))] if "color" not in style else [style.pop("color")]
    least = JUMP * _robust_step(x)
    for k, path in enumerate(x):
        tint = colours[k % len(colours)]
        broken, jumps = _split(ensemble.t, path, least)
        ax.plot(*broken, color=tint, **style)
        ax.plot(*jumps, color=tint, **{**style, "linewidth": 0.6, "linestyle": ":", "label": None})
    low, high, beyond = view(x)
    ax.set(xlabel="time t", ylabel="position x", ylim=(low, high))
    if ensemble.t.size > 1:
        ax.set_xlim(float(ensemble.t[0]), float(ensemble.t[-1]))
    say_beyond(ax, x, beyond)


def _in_plane(ensemble: Ensemble, x: FloatArray, ax: Axes, style: dict[str, Any]) -> None:
    colours = [colour(k) for k in range(len(COLOURS))] if "color" not in style else [style.pop("color")]
    for k, path in enumerate(x):
        tint = colours[k % len(colours)]
        ax.plot(path[:, 0], path[:, 1], color=tint, **style)
        ax.plot(*path[0], "o", color=tint, mec="white", ms=6, zorder=5)
    (x_low, x_high, _), (y_low, y_high, _) = view(x[:, :, 0]), view(x[:, :, 1])
    ax.set(xlabel="x₁", ylabel="x₂", xlim=(x_low, x_high), ylim=(y_low, y_high))
    outside = (x[..., 0] < x_low) | (x[..., 0] > x_high) | (x[..., 1] < y_low) | (x[..., 1] > y_high)
    say_beyond(ax, x, int(np.count_nonzero(outside)))
    if ensemble.dim > 2:
        ax.set_title(f"first two of {ensemble.dim} coordinates", fontsize=9, color=GREY)


def draw_wells(ensemble: Ensemble, ax: Axes, landscape: Landscape, domains: Sequence[Domain]) -> None:
    """Draw one path, every piece in the colour of the well it is in: that of minimum i in `domains[i]`, else black."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgba

    x = ensemble.x[0]
    plane = np.column_stack([ensemble.t, x[:, 0]]) if ensemble.dim == 1 else x[:, :2]
    # Where domains overlap, as in entrance problems, the nearest minimum decides.
    inside = np.array([np.asarray(domain.contains(x)).reshape(len(x)) for domain in domains])
    distance = np.array([np.linalg.norm(x - place, axis=1) for place in landscape.minima[: len(domains)]])
    well = np.where(inside.any(axis=0), np.argmin(np.where(inside, distance, np.inf), axis=0), -1)
    tints = np.array([to_rgba(colour(i)) for i in range(len(domains))] + [to_rgba(INK)])
    keep = np.isfinite(x).all(axis=1)
    segments = np.stack([plane[:-1], plane[1:]], axis=1)
    both = keep[:-1] & keep[1:]
    ax.add_collection(LineCollection(list(segments[both]), colors=tints[well[1:][both]], linewidths=0.7, zorder=2))


def say_beyond(ax: Axes, x: FloatArray, beyond: int) -> None:
    """Say in the picture that some recorded points lie outside the axes."""
    if beyond:
        farthest = float(np.max(np.abs(x[np.isfinite(x)])))
        note(ax, f"{beyond} of {x.size} points lie beyond the axis, up to |x| = {short(farthest, 3)}")


def _robust_step(x: FloatArray) -> float:
    """Return the standard deviation of a step, from the quartiles, which jumps do not move."""
    steps = np.diff(x, axis=1)
    steps = steps[np.isfinite(steps)]
    if not steps.size:
        return np.inf
    first, third = np.quantile(steps, (0.25, 0.75))
    return float(third - first) / 1.349 or np.inf


def _split(
    t: FloatArray, x: FloatArray, least: float
) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    """Split a path into the curve, broken by NaN at its jumps, and the jumps as separate strokes."""
    after = np.flatnonzero(np.abs(np.diff(x)) > least) + 1
    broken = np.insert(t, after, np.nan), np.insert(x, after, np.nan)
    gap = np.full(after.size, np.nan)
    strokes = (
        np.column_stack([t[after - 1], t[after], gap]).ravel(),
        np.column_stack([x[after - 1], x[after], gap]).ravel(),
    )
    return broken, strokes
