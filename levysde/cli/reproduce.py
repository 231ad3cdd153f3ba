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
    from levysde.reproduce import Report

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
    parser.add_argument("--list", action="store_true", help="say what can be run, at what cost, and how it ends")
    group = parser.add_argument_group("results")
    group.add_argument(
        "--data", metavar="FILE", help=".npz file with arrays x and y for the networks (default: digits)"
    )
    group.add_argument("--figure-format", choices=FORMATS, default="png", help="of the files in --out (default png)")
    group.add_argument("--json", action="store_true", help="print JSON instead of tables")
    add_common(parser, quick="small sizes: seconds each, all together a few minutes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from levysde.reproduce import PAPERS, check_request

    if arguments.list:
        if arguments.ids:
            raise UsageError("--list names all results; leave the ids away")
        print(_listing())
        return 0
    if not arguments.ids:
        raise UsageError(f"name results, a paper ({', '.join(paper.key for paper in PAPERS)}) or `all`; see --list")
    effort = "quick" if arguments.quick else "full"
    with as_usage():
        chosen = check_request(arguments.ids, effort=effort, data=arguments.data)
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
        settings = [("effort", effort), ("data", arguments.data or "digits"), ("seed", str(arguments.seed))]
        print("\n" + block("settings", settings))
    if interrupted:
        print(f"levysde: interrupted after {len(reports)} of {len(chosen)} results", file=sys.stderr)
        return 130
    unexpected = [report.id for report in reports if not report.as_expected]
    if unexpected:
        print(f"levysde: not the expected verdict: {', '.join(unexpected)}", file=sys.stderr)
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
        files = _write(report, arguments)
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


def _listing() -> str:
    """Return a block per paper: ids, figures or theorems, what runs cost, how they end, and what is claimed."""
    from levysde.reproduce import PAPERS

    every = [experiment for paper in PAPERS for experiment in paper.experiments]
    header = ("id", "source", "--quick", "full", "verdict")
    rows = [(one.id, one.source, one.quick, one.full, one.expected) for one in every]
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]

    def aligned(row: tuple[str, ...]) -> str:
        return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()

    lines = []
    for paper in PAPERS:
        lines += ["", *textwrap.wrap(f"{paper.key}: {paper.title}", 100, subsequent_indent="  "), "", aligned(header)]
        for one in paper.experiments:
            lines += [aligned((one.id, one.source, one.quick, one.full, one.expected))]
            lines += textwrap.wrap(one.line, 100, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines[1:])
