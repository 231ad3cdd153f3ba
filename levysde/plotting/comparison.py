"""One page that shows a comparison: the landscape, a path under each noise, and how long every well holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde.domains import Domain, Interval
from levysde.estimate import with_error
from levysde.paths import simulate
from levysde.plotting.landscape import curve_view, draw_landscape, outline
from levysde.plotting.paths import draw_wells
from levysde.plotting.style import GREY, INK, colour, marker, note, short, tidy
from levysde.plotting.survival import add_law, draw_curve, limits, set_up
from levysde.results import Ensemble
from levysde.schemes import Splitting
from levysde.sde import SDE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from levysde.comparison import Comparison, Row

STAYS = 4.0  # length of a sample path, in sums of the mean exit times
SAVED = 6000  # points of a sample path: more than the width of a printed page can show
MOST_STEPS = 2e7
WIDE_SPREAD = 30.0  # ratio of mean exit times above which the time axis is logarithmic
MOST_COLUMNS = 4  # wells in the list beside the landscape


def sample_paths(comparison: Comparison) -> list[Ensemble]:
    """Simulate one path per noise from the first minimum, long enough to change wells; the same whenever asked.

    A path lasts four times the sum of the wells' mean exit times, but at most 2 10^7 steps.
    """
    entropy = int(str(comparison.provenance.get("entropy", "0")))
    paths = []
    for which, noise in enumerate(comparison.noises):
        rows = _rows(comparison, which)
        if not rows:
            continue
        dt = min(row.dt for row in rows)
        times = [_best_time(row) for row in rows]
        steps = min(STAYS * sum(t for t in times if math.isfinite(t)) / dt or 1e5, MOST_STEPS)
        every = max(1, math.ceil(steps / SAVED))
        paths.append(
            simulate(
                SDE(comparison.landscape, noise),
                comparison.landscape.minima[0],
                t=every * dt * max(1, round(steps / every)),
                dt=dt,
                scheme=Splitting(),
                save_every=every,
                rng=np.random.SeedSequence(entropy, spawn_key=(which, 1_000_003)),
            )
        )
    return paths


def draw_comparison(comparison: Comparison, figure: Figure, paths: Sequence[Ensemble]) -> Axes:
    """Fill `figure` with the page; `paths` holds one ensemble per noise. Returns the axes of the landscape."""
    landscape = comparison.landscape
    shown = [k for k in range(len(comparison.noises)) if _rows(comparison, k)]
    columns = max(len(shown), 1)
    figure.set_size_inches(max(10.5, 4.6 * columns), 10.5)
    figure.set_layout_engine("constrained", h_pad=0.09, w_pad=0.09)
    rows_of_panels: Any = figure.subfigures(3, 1, height_ratios=[1.15, 1.0, 1.0])
    top, middle, bottom = rows_of_panels

    left: Axes
    left, right = top.subplots(1, 2, gridspec_kw={"width_ratios": [1.25, 1]})
    _head(comparison, left)
    _list_wells(comparison, right, shown)

    flat = landscape.dim == 1
    panels = middle.subplots(1, columns, sharey=flat, squeeze=False)[0]
    for panel, which, ensemble in zip(panels, shown, paths, strict=False):
        _path_panel(comparison, which, ensemble, panel)
    below = bottom.subplots(1, columns, squeeze=False)[0]
    for panel, which in zip(below, shown, strict=False):
        _survival_panel(_rows(comparison, which), panel)
    for row in (panels, below):
        for panel in row[1:]:
            if flat or row is below:
                panel.set_ylabel("")
    for panel in (*panels[len(shown) :], *below[len(shown) :]):
        panel.set_axis_off()
    if comparison.partial:
        figure.suptitle(f"PARTIAL: {comparison.partial}", color="#B00020", fontsize=11)
    # The ticks, and so the room for their labels, change when the layout first knows the size of the panels.
    figure.draw_without_rendering()
    return left


def _rows(comparison: Comparison, which: int) -> list[Row]:
    """Return the rows of noise number `which`; an interrupted comparison lacks some."""
    n = len(comparison.landscape.minima)
    rows: list[list[Row]] = [[]]
    for row in comparison.rows:
        if rows[-1] and (row.minimum <= rows[-1][-1].minimum or len(rows[-1]) == n):
            rows.append([])
        rows[-1].append(row)
    return rows[which] if which < len(rows) else []


def _focus(comparison: Comparison) -> Domain | None:
    """Return the domain that the picture has to show, where no barriers do."""
    landscape = comparison.landscape
    return comparison.rows[0].domain if landscape.dim == 1 and not len(landscape.saddles) and comparison.rows else None


def _best_time(row: Row) -> float:
    return row.time.value if math.isfinite(row.time.value) else row.prediction.value


def _head(comparison: Comparison, ax: Axes) -> None:
    landscape = comparison.landscape
    if landscape.dim <= 2:
        draw_landscape(landscape, ax, measures=True, focus=_focus(comparison))
        if landscape.dim == 2:
            for row in _rows(comparison, 0):
                outline(row.domain, ax, colour(row.minimum))
    else:
        _profile(comparison, ax)
    ax.set_title("landscape", loc="left", fontsize=11, fontweight="bold")


def _profile(comparison: Comparison, ax: Axes) -> None:
    """Draw U along the straight lines from minimum to minimum, for landscapes that have no other picture."""
    minima = comparison.landscape.minima
    share = np.linspace(0, 1, 200)[:, None]
    start = 0.0
    for i in range(max(len(minima) - 1, 0)):
        line = minima[i] + share * (minima[i + 1] - minima[i])
        length = float(np.linalg.norm(minima[i + 1] - minima[i]))
        ax.plot(start + share[:, 0] * length, comparison.landscape.potential(line), color=INK, lw=1.8)
        start += length
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(minima, axis=0), axis=1))])
    for i, place in enumerate(along):
        ax.plot(place, float(comparison.landscape.potential(minima[i])), marker(i), color=colour(i), ms=9, mec="white")
    ax.set(xlabel="distance along straight lines from minimum to minimum", ylabel="potential U")
    tidy(ax)


def _list_wells(comparison: Comparison, ax: Axes, shown: list[int]) -> None:
    """Write what the wells are like, and the share of time in each, as a small table."""
    ax.set_axis_off()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    rows = _rows(comparison, 0)[:MOST_COLUMNS]
    if not rows:
        return
    label_share = 0.28
    places = label_share + (1 - label_share) * (np.arange(len(rows)) + 0.5) / len(rows)
    lines: list[tuple[str, list[str], str]] = [("", [f"well {row.minimum}" for row in rows], "head")]
    lines.append(("position", [", ".join(short(p, 3) for p in row.position) for row in rows], ""))
    if comparison.landscape.dim == 1:
        widths = [
            f"{short((row.width or (math.nan, math.nan))[0], 3)} | {short((row.width or (0, math.nan))[1], 3)}"
            for row in rows
        ]
        lines.append(("width, left | right", widths, ""))
    lines.append(("depth", [short(row.depth, 3) for row in rows], ""))
    lines.append(("curvature", [short(row.curvature, 3) for row in rows], ""))
    lines.append(("share of time", [], "section"))
    for which in shown:
        of_noise = {row.minimum: row for row in _rows(comparison, which)}
        found = [of_noise.get(row.minimum) for row in rows]
        lines.append((repr(comparison.noises[which]), [], ""))
        lines.append(
            ("  measured", ["–" if row is None else _measured_share(row, brief=len(rows) > 2) for row in found], "")
        )
        lines.append(("  predicted", ["–" if row is None else _predicted_share(row) for row in found], ""))
    size = 9.5 if len(rows) <= 3 else 8
    step = min(0.09, 1.0 / (len(lines) + 1))
    y = 0.97
    for text, cells, kind in lines:
        if kind == "section":
            y -= 0.35 * step
            ax.plot([0, 1], [y + 0.62 * step, y + 0.62 * step], color="#cccccc", lw=0.8)
        ax.text(0, y, text, ha="left", va="center", fontsize=size, color=GREY if kind == "" else INK)
        for place, cell, row in zip(places, cells, rows, strict=False):
            weight = "bold" if kind == "head" else "normal"
            tint = colour(row.minimum) if kind == "head" else INK
            ax.text(place, y, cell, ha="center", va="center", fontsize=size, color=tint, fontweight=weight)
        y -= step
    hidden = len(_rows(comparison, 0)) - len(rows)
    if hidden:
        more = f"and {hidden} more {'well' if hidden == 1 else 'wells'}: see the table"
        ax.text(1, max(y, -0.03), more, ha="right", va="center", fontsize=8, color=GREY)


def _measured_share(row: Row, *, brief: bool) -> str:
    """Write the share with its error, which takes one digit only where many wells have to fit beside each other."""
    if not math.isfinite(row.occupancy):
        return "–"
    if not brief or not 0 < row.occupancy_error < 1:
        return with_error(row.occupancy, row.occupancy_error)
    digits = -math.floor(math.log10(row.occupancy_error))
    return f"{row.occupancy:.{digits}f} ± {row.occupancy_error:.{digits}f}"


def _predicted_share(row: Row) -> str:
    predicted = row.occupancy_prediction
    return short(predicted.value, 3) + ("" if predicted.valid else " (?)")


def _path_panel(comparison: Comparison, which: int, ensemble: Ensemble, ax: Axes) -> None:
    landscape = comparison.landscape
    rows = _rows(comparison, which)
    title = f"{comparison.noises[which]!r}"
    ax.set_title(title, loc="left", fontsize=10 if len(title) < 45 else 8, fontweight="bold")
    if landscape.dim > 1:
        if landscape.dim == 2:
            draw_landscape(landscape, ax)
            for row in rows:
                outline(row.domain, ax, colour(row.minimum))
        draw_wells(ensemble, ax, landscape, [row.domain for row in rows])
        if landscape.dim > 2:
            ax.autoscale_view()
            ax.set(xlabel="x₁", ylabel="x₂")
        text = f"one path up to t = {short(float(ensemble.t[-1]), 3)}, coloured by the domain it is in"
        ax.text(0, -0.24, text, transform=ax.transAxes, fontsize=8, color=GREY, va="top", ha="left")
        return
    focus = _focus(comparison)
    domains = [landscape.basin(i) for i in range(len(landscape.minima))] if focus is None else [focus]
    draw_wells(ensemble, ax, landscape, domains)
    low, high, _, _ = curve_view(landscape, focus)
    edges = landscape.saddles[:, 0].tolist()
    if isinstance(focus, Interval):
        edges = [end for end in (focus.a, focus.b) if math.isfinite(end)]
    for i, place in enumerate(landscape.minima[:, 0]):
        ax.axhline(place, color=colour(i), lw=0.7, ls=":", zorder=1)
    for place in edges:
        ax.axhline(place, color=GREY, lw=0.8, ls="--", zorder=3)
    ax.set(xlim=(0, float(ensemble.t[-1])), ylim=(low, high), xlabel="time t", ylabel="position x")
    tidy(ax)
    x = ensemble.x[0, :, 0]
    beyond = int(np.count_nonzero((x < low) | (x > high)))
    text = f"one path, coloured by its well; dashed: {'barriers' if focus is None else 'edges of the domain'}"
    if beyond:
        farthest = short(float(np.nanmax(np.abs(x))), 3)
        text += f"\n{beyond} of {x.size} points lie beyond the axis, up to |x| = {farthest}"
    ax.text(0, -0.24, text, transform=ax.transAxes, fontsize=8, color=GREY, va="top", ha="left")


def _survival_panel(rows: list[Row], ax: Axes) -> None:
    known = [row for row in rows if row.n_exited + row.n_censored > 0]
    curves = [row.sample.survival() for row in known]
    for row, curve in zip(known, curves, strict=True):
        draw_curve(curve, ax, color=colour(row.minimum), label=_legend(row))
        law: dict[str, Any] = {"color": colour(row.minimum)}
        add_law(ax, row.prediction.value, **law, **({} if row.prediction.valid else {"linestyle": ":"}))
    if not curves:
        ax.set_axis_off()
        return
    last, deepest = limits(curves)
    set_up(ax, last, deepest)
    times = [t for t in map(_best_time, known) if math.isfinite(t) and t > 0]
    if times and max(times) > WIDE_SPREAD * min(times):
        ax.set_xscale("log")
        ax.set_xlim(min(times) / 30, 1.1 * last)
    # Room above the curves for the legend, on a log scale: `share` of the height of the panel.
    low, high = ax.get_ylim()
    lines = len(known) + 1 + any(not row.prediction.valid for row in known)
    share = min(0.03 + 0.083 * lines, 0.7)
    ax.set_ylim(low, high * (high / low) ** (share / (1 - share)))
    ax.set_yticks([tick for tick in ax.get_yticks() if low <= tick <= 1.0])
    ax.set_yticks([tick for tick in ax.get_yticks(minor=True) if low <= tick <= 1.0], minor=True)
    ax.yaxis.set_minor_formatter("")
    ax.plot([], [], color=GREY, lw=1.3, ls="--", label="dashed: exp(−t / predicted)")
    if not all(row.prediction.valid for row in known):
        ax.plot([], [], color=GREY, lw=1.3, ls=":", label="dotted (?): law outside its regime")
    ax.legend(loc="upper right", fontsize=8.5, frameon=False, borderaxespad=0.1)
    if any(row.n_censored for row in known):
        note(ax, f"{sum(row.n_censored for row in known)} paths censored", x=0.01)


def _legend(row: Row) -> str:
    measured = f"{row.time}" if math.isfinite(row.time.value) else "too few exits"
    predicted = short(row.prediction.value) if math.isfinite(row.prediction.value) else "none"
    doubt = "" if row.prediction.valid else " ?"
    solved = f"solved {short(row.solved.value)}, " if row.solved.valid else ""
    return f"well {row.minimum}: {measured}  ({solved}predicted {predicted}{doubt})"
