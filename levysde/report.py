"""Results on disk: a CSV with the numbers, a JSON file with everything around them, and a picture.

All files of a result are made in a hidden folder beside their destination and moved there together at the end. A full
disk or an interruption leaves what was there before, and never half a file.
"""

from __future__ import annotations

import contextlib
import csv
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde._provenance import __version__
from levysde._store import write_json
from levysde.comparison import Comparison
from levysde.domains import Domain
from levysde.landscapes import Landscape
from levysde.results import Ensemble, ExitSample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from levysde.bench import WorkPrecision
    from levysde.reproduce import Report
    from levysde.sgd.layerwise import LayerwiseStudy
    from levysde.sgd.linear_regression import Study
    from levysde.tails import TailReport
    from levysde.verification import Verification

__all__ = [
    "check_folder",
    "write_bench",
    "write_comparison",
    "write_exits",
    "write_layerwise",
    "write_linear_regression",
    "write_paths",
    "write_reproduction",
    "write_tail",
    "write_verification",
]

DPI = 160
STATUS = ("exited", "censored", "nonfinite")
BLOCK = 100_000  # rows that are turned into text at a time


def check_folder(folder: str | os.PathLike[str]) -> Path:
    """Create the folder if need be, and make sure that files can be written there.

    Raises
    ------
    ValueError
        It cannot be created or written to; the message says why.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise ValueError(f"cannot write into {path} ({reason}); give a folder that can be written to") from error
    return path


def write_comparison(
    comparison: Comparison, out_dir: str | os.PathLike[str], *, paths: Sequence[Ensemble] | None = None
) -> list[Path]:
    """Write comparison.csv, comparison.json (with provenance) and comparison.png.

    Parameters
    ----------
    comparison : Comparison
    out_dir : folder, created if need be; files of the same names are replaced
    paths : one Ensemble per noise for the picture; None simulates them

    Returns
    -------
    list of Path

    Raises
    ------
    OSError
        A file cannot be written; what was there before is untouched.
    """
    from levysde.plotting.comparison import draw_comparison, sample_paths

    if paths is None:
        paths = sample_paths(comparison)
    with _staged(out_dir) as (folder, written):
        comparison.to_csv(folder / "comparison.csv")
        write_json(folder / "comparison.json", comparison.to_dict())
        _picture(folder / "comparison.png", lambda figure: draw_comparison(comparison, figure, paths))
    return written


def write_exits(
    sample: ExitSample,
    out_dir: str | os.PathLike[str],
    *,
    landscape: Landscape,
    domain: Domain,
    summary: Mapping[str, Any],
) -> list[Path]:
    """Write exit.csv (a line per path), exit.json (`summary` and provenance) and exit.png.

    The columns are path, status ("exited", "censored" or "nonfinite"), time, the coordinates of the exit point x1, x2,
    ... and those of the point one step before. What a path does not have is an empty cell. Numbers are written so that
    reading them gives the same bits.

    Parameters, return value and errors are as for `write_comparison`; `summary` is what was concluded from the sample.
    """
    dim = sample.dim
    columns = ["path", "status", "time", *_names("x", dim), *_names("before_x", dim)]
    arrays = [sample.times, *sample.exit_points.T, *sample.pre_exit_points.T]

    def rows() -> Iterator[list[str]]:
        for start in range(0, sample.n_paths, BLOCK):
            part = slice(start, start + BLOCK)
            numbers = [[_cell(v) for v in array[part].tolist()] for array in arrays]
            states = [STATUS[s] for s in sample.status[part].tolist()]
            ids = [str(i) for i in sample.path_ids[part].tolist()]
            yield from map(list, zip(ids, states, *numbers, strict=True))

    with _staged(out_dir) as (folder, written):
        _write_csv(folder / "exit.csv", columns, rows())
        write_json(folder / "exit.json", {**summary, "provenance": dict(sample.provenance)})
        _picture(folder / "exit.png", lambda figure: _draw_exits(sample, landscape, domain, figure))
    return written


def write_paths(
    ensemble: Ensemble, out_dir: str | os.PathLike[str], *, landscape: Landscape, summary: Mapping[str, Any]
) -> list[Path]:
    """Write paths.csv (a line per path and time: path, t, x1, x2, ...), paths.json and paths.png.

    Parameters, return value and errors are as for `write_exits`.
    """
    columns = ["path", "t", *_names("x", ensemble.dim)]
    times = [repr(t) for t in ensemble.t.tolist()]

    def rows() -> Iterator[list[str]]:
        for number, path in zip(ensemble.path_ids.tolist(), ensemble.x, strict=True):
            for t, point in zip(times, path.tolist(), strict=True):
                yield [str(number), t, *map(_cell, point)]

    with _staged(out_dir) as (folder, written):
        _write_csv(folder / "paths.csv", columns, rows())
        write_json(folder / "paths.json", {**summary, "provenance": dict(ensemble.provenance)})
        _picture(folder / "paths.png", lambda figure: _draw_paths(ensemble, landscape, figure))
    return written


def write_bench(studies: Sequence[WorkPrecision], out_dir: str | os.PathLike[str]) -> list[Path]:
    """Write bench.csv (a line per problem, scheme, measure and step), bench.json and a picture per problem.

    Return value and errors are as for `write_comparison`.
    """
    from levysde.plotting.work_precision import draw_work_precision

    rows = [row for study in studies for row in study.rows()]
    columns = list(rows[0])
    with _staged(out_dir) as (folder, written):
        cells = ([_cell(v) if isinstance(v, float) else str(v) for v in row.values()] for row in rows)
        _write_csv(folder / "bench.csv", columns, cells)
        write_json(folder / "bench.json", {"problems": [study.to_dict() for study in studies]})
        for number, study in enumerate(studies, start=1):
            name = "bench.png" if len(studies) == 1 else f"bench-{number:02d}.png"
            _picture(folder / name, partial(draw_work_precision, study))
    return written


def write_tail(
    report: TailReport, values: np.ndarray, out_dir: str | os.PathLike[str], *, source: Mapping[str, Any]
) -> list[Path]:
    """Write tail.json (the report and its `source`) and tail.png (tails, Hill plot, block-size scan, controls).

    `values` are the columns of shape (n, d) that the report was made from. Return value and errors are as for
    `write_comparison`.
    """
    with _staged(out_dir) as (folder, written):
        write_json(folder / "tail.json", {**report.to_dict(), "source": dict(source), "version": __version__})
        _picture(folder / "tail.png", lambda figure: _draw_tail(report, values, figure))
    return written


def write_linear_regression(study: Study, out_dir: str | os.PathLike[str]) -> list[Path]:
    """Write sgd-linear.csv (tail index against the step), sgd-linear.json and sgd-linear.png.

    Return value and errors are as for `write_comparison`.
    """
    from levysde.plotting.linear_regression import draw_study

    with _staged(out_dir) as (folder, written):
        rows = zip(*(curve.tolist() for curve in study.law.index_curve()), strict=True)
        _write_csv(folder / "sgd-linear.csv", ["eta", "tail_index"], ([_cell(v) for v in row] for row in rows))
        write_json(folder / "sgd-linear.json", {**study.to_dict(), "version": __version__})
        _picture(folder / "sgd-linear.png", lambda figure: draw_study(study, figure))
    return written


def write_layerwise(study: LayerwiseStudy, out_dir: str | os.PathLike[str]) -> list[Path]:
    """Write sgd-digits.csv (a line per run and layer), sgd-digits.json and sgd-digits.png.

    Return value and errors are as for `write_comparison`.
    """
    from levysde.plotting.layerwise import draw_layerwise

    rows = study.rows()
    with _staged(out_dir) as (folder, written):
        cells = ([_cell(v) if isinstance(v, float) else str(v) for v in row.values()] for row in rows)
        _write_csv(folder / "sgd-digits.csv", list(rows[0]), cells)
        write_json(folder / "sgd-digits.json", {**study.to_dict(), "version": __version__})
        _picture(folder / "sgd-digits.png", lambda figure: draw_layerwise(study, figure))
    return written


def write_verification(found: Verification, out_dir: str | os.PathLike[str]) -> list[Path]:
    """Write verify.csv (a line per compared number), verify.json and a picture per law.

    Return value and errors are as for `write_comparison`.
    """
    from levysde.plotting.verification import draw_report

    with _staged(out_dir) as (folder, written):
        found.to_csv(folder / "verify.csv")
        write_json(folder / "verify.json", found.to_dict())
        for law in dict.fromkeys(report.law for report in found.reports if report.rows):
            reports = [report for report in found.reports if report.law == law and report.rows]
            _picture(folder / f"verify-{law.replace(' ', '-')}.png", partial(draw_report, reports))
    return written


def write_reproduction(report: Report, out_dir: str | os.PathLike[str], *, figure: str = "png") -> list[Path]:
    """Write ID.csv (a line per number and control), ID.json and the figure ID.png, .pdf or .svg, as `figure` says.

    Return value and errors are as for `write_comparison`.
    """
    from levysde.plotting.reproduction import draw

    with _staged(out_dir) as (folder, written):
        report.to_csv(folder / f"{report.id}.csv")
        report.to_json(folder / f"{report.id}.json")
        _picture(folder / f"{report.id}.{figure}", partial(draw, report))
    return written


@contextlib.contextmanager
def _staged(out_dir: str | os.PathLike[str]) -> Iterator[tuple[Path, list[Path]]]:
    """Give a hidden folder to write into and an empty list; at the end move the files and list where they are."""
    out = Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    folder = Path(tempfile.mkdtemp(prefix=".levysde-", dir=out))
    try:
        yield folder, written
        for part in sorted(folder.iterdir()):
            os.replace(part, out / part.name)  # noqa: PTH105 (says `replace a file`, as in `_store`)
            written.append(out / part.name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_csv(path: Path, columns: list[str], rows: Iterable[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _names(prefix: str, dim: int) -> list[str]:
    return [prefix] if dim == 1 else [f"{prefix}{k + 1}" for k in range(dim)]


def _cell(value: float) -> str:
    return "" if math.isnan(value) else repr(value)


def _picture(path: Path, draw: Callable[[Figure], object]) -> None:
    """Draw without pyplot, so that no window system and no global state is touched."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure)
    figure.savefig(path, dpi=DPI)


def _draw_tail(report: TailReport, values: np.ndarray, figure: Figure) -> None:
    from levysde.plotting.tails import draw_tail_report
    from levysde.tails import gaussian_surrogate, standardise

    moving = values[:, ~np.all(values == values[0], axis=0)]
    surrogate = gaussian_surrogate(moving, rng=report.entropy)
    draw_tail_report(report, standardise(moving).ravel(), standardise(surrogate).ravel(), figure)


def _draw_exits(sample: ExitSample, landscape: Landscape, domain: Domain, figure: Figure) -> None:
    from levysde.plotting import plot
    from levysde.plotting.exits import draw_exit_points
    from levysde.plotting.landscape import draw_landscape

    left, right = figure.subplots(1, 2)
    if landscape.dim <= 2:
        draw_landscape(landscape, left, focus=domain)
        draw_exit_points(sample, left)
    else:
        left.set_axis_off()
        left.text(0.5, 0.5, f"landscape in {landscape.dim} dimensions: no picture", ha="center", color="#767676")
    if sample.n_exited + sample.n_censored:
        plot(sample, ax=right)
    _mark_partial(figure, sample.provenance)


def _draw_paths(ensemble: Ensemble, landscape: Landscape, figure: Figure) -> None:
    from levysde.plotting import plot
    from levysde.plotting.landscape import draw_landscape

    if ensemble.dim == 1:
        left, right = figure.subplots(1, 2, width_ratios=[1, 2])
        draw_landscape(landscape, left)
        plot(ensemble, ax=right)
    else:
        figure.set_size_inches(7, 6)
        ax = figure.subplots()
        plot(ensemble, ax=ax)
        if landscape.dim == 2:
            low, high = np.transpose([ax.get_xlim(), ax.get_ylim()])
            draw_landscape(landscape, ax, window=(low, high))
    _mark_partial(figure, ensemble.provenance)


def _mark_partial(figure: Figure, provenance: Mapping[str, Any]) -> None:
    if "partial" in provenance:
        figure.suptitle(f"PARTIAL: {provenance['partial']}", color="#B00020", fontsize=11)
