"""Results of papers: their panels with the paper's numbers, ours, exact values and controls told apart by look."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from levysde.plotting.style import COLOURS, GREY, INK, colour, few_ticks, marker, tidy

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from levysde.reproduce import Panel, Report, Series

VERDICT = {"reproduced": "#1B7F3B", "reproduced, but": "#A66A00", "not reproduced": "#B00020"}
KEY = {"paper": "paper", "ours": "ours", "oracle": "exact", "control": "control"}
WIDTH, HEIGHT = 4.4, 3.3  # inches of a panel
LINE, LETTER = 0.165, 0.062  # inches of a line and of a letter of a legend
BELOW = 0.5  # inches from the axes down to their legend: tick and axis labels
CROSSES, DASHES = "x+*1", ("--", "-.", (0, (1, 1)), (0, (6, 1, 1, 1, 1, 1)))  # of controls
DENSE = 5000  # points; more are a bitmap in vector files

Entry = tuple[str, Any]  # text and handle of a legend


def draw(report: Report, figure: Figure) -> Axes:
    """Draw all panels of a result in a grid, with what is claimed above and the verdict below.

    Returns the axes of the first panel.
    """
    panels = report.finding.panels
    if not panels:
        ax: Axes = figure.subplots()
        ax.set_axis_off()
        ax.text(0.5, 0.5, "this result has no figure", ha="center", color=GREY)
        return ax
    columns = {1: 1, 2: 2, 4: 2}.get(len(panels), 3)
    rows = math.ceil(len(panels) / columns)
    figure.set_size_inches(max(WIDTH * columns, 5.6), HEIGHT * rows)  # legends measure themselves by the width
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(w_pad=0.1, h_pad=0.07)  # type: ignore[call-arg]
    entries = [_draw(panel, ax) for panel, ax in zip(panels, grid, strict=False)]
    for ax in grid[len(panels) :]:
        ax.set_axis_off()
    width = figure.get_size_inches()[0]
    source = report.source.replace(" ", "\u00a0") if len(report.source) < 24 else report.source  # keeps "Figure 1"
    title = textwrap.wrap(f"{report.line} ({source})", int(11.5 * width))
    sentence = textwrap.wrap(report.sentence, int(14 * width))
    figure.suptitle("\n".join(title), fontsize=10, color=INK)
    verdict = {"fontsize": 8, "color": VERDICT[report.verdict]}
    told = [[_seen(text, handle) for text, handle in one] for one in entries]
    if len(panels) > 1 and told[0] and all(one == told[0] for one in told):
        lines = _legend(figure, entries[0], width, loc="outside lower center")
        figure.legends[0].set_title("\n".join(sentence))
        figure.legends[0].get_title().set(**verdict)
    else:
        figure.supxlabel("\n".join(sentence), **verdict)
        lines = sum(
            max(
                _legend_below(ax, one, width / columns)
                for ax, one in zip(grid[at:], entries[at : at + columns], strict=False)
            )
            for at in range(0, len(panels), columns)
        )
    figure.set_size_inches(width, HEIGHT * rows + LINE * (lines + len(title) + len(sentence)) + 0.4)
    first: Axes = grid[0]
    return first


def draw_panel(panel: Panel, ax: Axes) -> Axes:
    """Draw one panel with its legend below.

    The paper's points are open, ours are filled and carry their standard errors, exact values are dark lines, controls
    are grey or dashed. Series of one group share a colour and a marker.
    """
    figure, place = ax.get_figure(root=True), ax.get_subplotspec()
    width = figure.get_size_inches()[0] if figure else WIDTH
    share = len(place.colspan) / place.get_gridspec().ncols if place else ax.get_position().width
    _legend_below(ax, _draw(panel, ax), share * width)
    return ax


def _draw(panel: Panel, ax: Axes) -> list[Entry]:
    """Draw the series and return the entries of the legend."""
    ranks = _groups(panel.series)
    groups = list(dict.fromkeys(ranks))
    controls = list(dict.fromkeys(k for series, k in zip(panel.series, ranks, strict=True) if series.look == "control"))
    handles = []
    for series, group in zip(panel.series, ranks, strict=True):
        shade = _shade(series.look, _colour(group, groups), alone=len(groups) == 1, one=len(controls) == 1)
        rank = controls.index(group) if series.look == "control" else group
        handles.append(_draw_series(series, ax, shade, rank, panel))
    ax.set_xlabel("\n".join(textwrap.wrap(panel.x, 58)), fontsize=9)
    ax.set_ylabel("\n".join(textwrap.wrap(panel.y, 42)), fontsize=9)
    ax.set_xscale("log" if panel.log_x else "linear")
    ax.set_yscale("log" if panel.log_y else "linear")
    few_ticks(ax, panel.log_x, panel.log_y)
    ax.set_title("\n".join(textwrap.wrap(panel.title, 54)), fontsize=9, color=INK, loc="left")
    tidy(ax)
    return _entries(panel.series, handles)


def _groups(every: Sequence[Series]) -> list[int]:
    """Return the group of every series; what a group's look and label cannot tell apart gets a group of its own."""
    fresh = iter(sorted(set(range(2 * len(every))) - {series.group for series in every}))
    first: dict[tuple[int, str], str] = {}
    new: dict[tuple[int, str], int] = {}
    found = []
    for series in every:
        told = first.setdefault((series.group, series.look), series.label)
        place = (series.group, series.label)
        if series.label not in ("", told) and place not in new:
            new[place] = next(fresh)
        found.append(new.get(place, series.group))
    return found


def _entries(every: Sequence[Series], handles: Sequence[Artist]) -> list[Entry]:
    """Return a legend's entries: labels once each, then who says so where labels do not tell."""
    looks: dict[str, set[str]] = {}
    for series in every:
        looks.setdefault(series.label, set()).add(series.look)
    shared = {label for label, of in looks.items() if label and len(of) > 1}
    entries: dict[str, Any] = {}
    keys: dict[str, Any] = {}
    for series, handle in zip(every, handles, strict=True):
        own = {one.label for one in every if one.look == series.look and one.label not in shared} - {""}
        bare = any(one.look == series.look and not one.label for one in every)
        if series.label in shared or (bare and not own):
            keys.setdefault(KEY.get(series.look, ""), _neutral(series))
        if series.label in shared and len(shared) == 1:
            continue  # the keys say all
        if series.label and (series.label not in entries or series.look == "ours"):
            # a label of one series that speaks for its unlabelled siblings too must not have one's colour
            entries[series.label] = _neutral(series) if bare and own == {series.label} else handle
    keys.pop("", None)
    if not entries and list(keys) == [KEY["ours"]]:
        return []  # nothing to tell apart
    return [*entries.items(), *keys.items()]


def _seen(text: str, handle: Any) -> tuple[str, ...]:
    """Return what tells an entry from another."""
    from matplotlib.colors import to_hex

    return text, to_hex(handle.get_color()), str(handle.get_marker()), str(handle.get_linestyle())


def _neutral(series: Series) -> Artist:
    from matplotlib.lines import Line2D

    return Line2D([], [], **(_look(series, 0, 1) | {"color": GREY if series.look == "control" else INK}))


def _draw_series(series: Series, ax: Axes, shade: Any, rank: int, panel: Panel) -> Artist:
    x, y = np.asarray(series.x, dtype=float), np.asarray(series.y, dtype=float)
    error = np.asarray(series.error, dtype=float) if series.error else np.zeros_like(y)
    if panel.log_y and series.drawn == "steps" and np.any(y > 0):
        y = np.where(y > 0, y, 0.5 * np.min(y[y > 0]))  # an empty bin is drawn below all others, so that bars close
    kept = np.isfinite(x) & np.isfinite(y)
    if panel.log_x:
        kept &= x > 0
    if panel.log_y:
        kept &= y > 0
    # a line breaks where a value is missing; points are left out
    x, y, error = np.where(kept, x, np.nan), np.where(kept, y, np.nan), np.where(kept & np.isfinite(error), error, 0.0)
    down = np.minimum(error, 0.9 * np.abs(y)) if panel.log_y else error  # a log axis has no place for zero
    look = _look(series, rank, len(x)) | {"color": shade, "zorder": 2.5 if series.look == "paper" else 2.0}
    [line] = ax.plot(x, y, **look, rasterized=len(x) > DENSE)
    if np.any(error > 0):
        if series.drawn in ("points", "joined"):
            ax.errorbar(x, y, [down, error], fmt="none", ecolor=shade, elinewidth=1.0, capsize=2, zorder=1.9)
        else:
            step: Literal["mid"] | None = "mid" if series.drawn == "steps" else None
            ax.fill_between(x, y - down, y + error, step=step, color=shade, alpha=0.2, lw=0)
    return line


def _look(series: Series, rank: int, n: int) -> dict[str, Any]:
    """Return how a series is drawn: `look` and rank fix marker and dashes, `drawn` which of them are seen."""
    symbol = marker(rank)
    size = 4.5 if n <= 40 else 3.0 if n <= 400 else 1.2
    markers: dict[str, dict[str, Any]] = {
        "paper": {"marker": symbol, "ms": 1.7 * size, "mfc": "none", "mew": 1.1},
        "ours": {"marker": symbol, "ms": size},
        "oracle": {"marker": "_", "ms": 2.8 * size, "mew": 1.8},
        "control": {"marker": CROSSES[rank % len(CROSSES)], "ms": 1.4 * size, "mew": 1.1},
        "plain": {"marker": "o", "ms": 0.8 * size},
    }
    dashes = {"paper": ":", "control": DASHES[rank % len(DASHES)]}.get(series.look, "-")
    width = {"oracle": 1.1, "plain": 1.2}.get(series.look, 1.4)
    look: dict[str, Any] = {"ls": dashes, "lw": width}
    if series.drawn == "points":
        return {"ls": ""} | markers[series.look]
    if series.drawn == "steps":
        return look | {"drawstyle": "steps-mid"}
    if series.drawn == "line":
        return look
    return look | {"lw": 0.9} | ({} if series.look == "oracle" else markers[series.look])


def _colour(group: int, groups: Sequence[int]) -> Any:
    """Return the colour of a group: of the palette, or of a scale where the palette is too short."""
    if max(groups) < len(COLOURS):
        return colour(group)
    if len(groups) <= len(COLOURS):
        return colour(groups.index(group))
    from matplotlib import colormaps

    return colormaps["viridis"](0.88 * groups.index(group) / (len(groups) - 1))


def _shade(look: str, base: Any, *, alone: bool, one: bool) -> Any:
    """Return the colour of a series: exact values are darker than their group, controls greyer."""
    from matplotlib.colors import to_rgb

    if look == "oracle":
        return INK if alone else tuple(0.6 * part for part in to_rgb(base))
    if look == "control":
        grey = to_rgb(GREY)
        return GREY if one else tuple(0.5 * (part + other) for part, other in zip(to_rgb(base), grey, strict=True))
    return base


def _legend_below(ax: Axes, entries: Sequence[Entry], width: float) -> int:
    from matplotlib.transforms import ScaledTranslation

    figure = ax.get_figure(root=True)
    if figure is None:
        return 0
    place = ax.transAxes + ScaledTranslation(0.0, -BELOW, figure.dpi_scale_trans)
    return _legend(ax, entries, width - 0.5, loc="upper left", bbox_to_anchor=(0.0, 0.0), bbox_transform=place)


def _legend(where: Any, entries: Sequence[Entry], width: float, **place: Any) -> int:
    """Add a legend with as many columns as fit, and return its lines."""
    if not entries:
        return 0
    texts = ["\n".join(textwrap.wrap(text, 60)) for text, _ in entries]
    longest = max(len(line) for text in texts for line in text.split("\n"))
    columns = max(1, min(len(entries), int(width / (LETTER * longest + 0.5))))
    handles = [handle for _, handle in entries]
    where.legend(handles, texts, ncols=columns, fontsize=7.5, frameon=False, borderaxespad=0.0, **place)
    lines = [text.count("\n") + 1 for text in texts]
    return math.ceil(sum(lines) / columns)
