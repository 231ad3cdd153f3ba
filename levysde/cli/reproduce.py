"""`levysde reproduce`: results of the four papers, run again and judged."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from levysde.cli.output import block, files_line, prepare
from levysde.cli.parser import UsageError, add_command, add_common, as_usage

if TYPE_CHECKING:
    from levysde.reproduce import Paper, Report
    from levysde.reproduce.experiment import Experiment

    Chosen = list[tuple[Paper, Experiment]]

DESCRIPTION = """\
Run theorems and figures of the four papers again: the paper's number, ours with its error, an
exact value where there is one, controls, and a verdict that is computed from them. `--list` names
all that can be run. With --out every result leaves ID.csv, ID.json and a figure as soon as it is
there. The exit status is 0 only if every verdict is the expected one."""
FORMATS = ("png", "pdf", "svg")


def add(commands: Any) -> None:
    """Add the command."""
    example = "levysde reproduce heavy-tail --quick --out papers"
    parser = add_command(commands, "reproduce", "theorems and figures of the four papers", DESCRIPTION, example)
    parser.add_argument("ids", nargs="*", metavar="ID", help="results, papers (all of their results), or `all`")
    parser.add_argument(
        "--list", action="store_true", help="say what can be run, at what cost on two cores, and how it ends"
    )
    group = parser.add_argument_group("results")
    group.add_argument(
        "--data",
        metavar="FILE",
        help=".npz file with images x and labels y, or x_train and y_train, for the networks; --quick takes 2000 of "
        "them (default: digits)",
    )
    group.add_argument("--figure-format", choices=FORMATS, default="png", help="of the files in --out (default png)")
    group.add_argument("--json", action="store_true", help="print JSON instead of tables")
    add_common(parser, quick="small sizes: seconds each, all together a few minutes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from levysde.reproduce import PAPERS, check_request

    if not (arguments.ids or arguments.list):
        raise UsageError(f"name results, a paper ({', '.join(paper.key for paper in PAPERS)}) or `all`; see --list")
    effort = "quick" if arguments.quick else "full"
    with as_usage():
        chosen = check_request(arguments.ids or "all", effort=effort, data=arguments.data)
    if arguments.list:
        print(_json_list(chosen) if arguments.json else _listing(chosen))
        return 0
    prepare(arguments)
    many = len(chosen) > 1
    reports, failures, interrupted = _run_all(many, effort, arguments)
    if interrupted and not (reports or failures):
        raise KeyboardInterrupt  # nothing is finished that could be told
    if arguments.json:
        _print_json(reports, failures)
    elif many:
        from levysde.reproduce.summary import summary

        print(summary(reports, failures))
    if not (arguments.quiet or arguments.json):
        data = [("data", arguments.data or "digits")] if any(one.networks for _, one in chosen) else []
        print("\n" + block("settings", [("effort", effort), *data, ("seed", str(arguments.seed))]))
    if interrupted:
        print(f"levysde: interrupted after {len(reports)} of {len(chosen)} results", file=sys.stderr)
        return 130
    unexpected = [report.id for report in reports if not report.as_expected]
    if unexpected:
        on_digits = "" if arguments.data is None else " (that on digits)"
        print(f"levysde: not the expected verdict{on_digits}: {', '.join(unexpected)}", file=sys.stderr)
    return 1 if unexpected or failures else 0


def _run_all(many: bool, effort: Any, arguments: argparse.Namespace) -> tuple[list[Report], dict[str, str], bool]:
    """Run one after the other, tell and write each; one that fails does not keep the others from running."""
    from levysde.reproduce import reproduce

    told = sys.stderr.isatty() and not arguments.quiet
    reports: list[Report] = []
    failures: dict[str, str] = {}

    def start(name: str, at: int, total: int) -> None:
        if told:
            print(f"\r\033[Krunning {name} ({at + 1} of {total})", end="", file=sys.stderr, flush=True)

    def clear() -> None:
        if told:
            print(end="\r\033[K", file=sys.stderr, flush=True)

    def take(report: Report) -> None:
        clear()
        reports.append(report)
        try:
            files = _write(report, arguments)
        except KeyboardInterrupt:
            _write(report, arguments)  # what is finished is not lost to a Ctrl-C in the middle of its picture
            raise
        if not arguments.json and not (many and arguments.quiet):
            text = report.table() + (f"\n{files}" if files and not arguments.quiet else "")
            print(text + ("\n\n" if many else ""), flush=True)

    def fail(name: str, error: Exception) -> None:
        clear()
        failures[name] = _said(error)
        print(f"levysde: {name} failed: {failures[name]}", file=sys.stderr)

    try:
        reproduce(
            arguments.ids,
            effort=effort,
            data=arguments.data,
            rng=arguments.seed,
            workers=arguments.workers,
            progress=start,
            each=take,
            failed=fail,
        )
    except KeyboardInterrupt:
        clear()
        return reports, failures, True
    return reports, failures, False


def _write(report: Report, arguments: argparse.Namespace) -> str:
    if arguments.out is None:
        return ""
    from levysde.report import write_reproduction

    return files_line(write_reproduction(report, arguments.out, figure=arguments.figure_format))


def _said(error: Exception) -> str:
    """Say what happened and where, in one line: a failure is a defect of the experiment."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {' '.join(str(error).split())} ({Path(place.filename).name}:{place.lineno})"


def _print_json(reports: list[Report], failures: dict[str, str]) -> None:
    from levysde._store import jsonable

    found = {"results": [report.to_dict() for report in reports], "failed": failures}
    print(json.dumps(jsonable(found), indent=2, ensure_ascii=False, allow_nan=False))


def _json_list(chosen: Chosen) -> str:
    parts = ("id", "source", "line", "quick", "full", "expected", "networks")
    rows = [{"paper": paper.title} | {part: getattr(one, part) for part in parts} for paper, one in chosen]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def _listing(chosen: Chosen) -> str:
    """Return a block per paper: ids, figures or theorems, what runs cost, how they end, and what is claimed."""
    header = ("id", "source", "--quick", "full", "verdict")
    rows = [(one.id, one.source, one.quick, one.full, one.expected) for _, one in chosen]
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]

    def aligned(row: tuple[str, ...]) -> str:
        return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()

    lines = []
    for paper in dict.fromkeys(paper for paper, _ in chosen):
        lines += ["", *textwrap.wrap(f"{paper.key}: {paper.title}", 100, subsequent_indent="  "), "", aligned(header)]
        for one in (one for of, one in chosen if of is paper):
            lines += [aligned((one.id, one.source, one.quick, one.full, one.expected))]
            lines += textwrap.wrap(one.line, 100, initial_indent="    ", subsequent_indent="    ")
    takers = ", ".join(one.id for _, one in chosen if one.networks)
    told = f"Networks, which take --data: {takers or 'none of these'}"
    lines += ["", *textwrap.wrap(told, 100, break_on_hyphens=False)]
    quick, full = (_together([getattr(one, effort) for _, one in chosen]) for effort in ("quick", "full"))
    lines += [f"All of these together, on two cores: {quick} with --quick, {full} without"]
    return "\n".join(lines[1:])


def _together(costs: list[str]) -> str:
    amounts = [(float(amount), unit) for amount, unit in map(str.split, costs)]
    seconds = sum(amount * {"s": 1, "min": 60}[unit] for amount, unit in amounts)
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
