"""`levysde tail`: the tail of a file of numbers, with its controls."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from levysde.cli.number_file import read_columns
from levysde.cli.output import block, files_line, prepare
from levysde.cli.parser import add_command, as_usage, whole

DESCRIPTION = """\
Do these numbers have a heavy tail? The index by several estimators with intervals, beside what the
same estimators read from a Gaussian surrogate of the same covariance, from shuffled rows and
coordinates and from increments, and one sentence that says what the data support. Rows of the file
are observations in their order, columns are coordinates."""


def add(commands: Any) -> None:
    """Add the command."""
    example = "levysde tail noise.npy --out report"
    parser = add_command(commands, "tail", "does a file of numbers have a heavy tail?", DESCRIPTION, example)
    parser.add_argument("file", metavar="FILE", help="numbers in .npy, .npz, .csv (a header line) or .parquet")
    parser.add_argument(
        "--column",
        nargs="+",
        metavar="NAME",
        help="columns by name, or by number from 0; in an .npz the names of arrays (default: all that are numbers)",
    )
    group = parser.add_argument_group("run and output")
    group.add_argument("--seed", type=whole, default=0, metavar="N", help="root of all random numbers (default 0)")
    group.add_argument("--out", metavar="DIR", help="folder for JSON and PNG (default: no files)")
    group.add_argument("--quiet", action="store_true", help="print the verdict alone")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from levysde.tails.report import report as tail_report
    from levysde.tails.report import usable

    columns, names = read_columns(arguments.file, arguments.column)
    with as_usage():
        usable(columns)  # empty, constant, not finite, too few: before any folder is made
    prepare(arguments)
    with as_usage():
        report = tail_report(columns, rng=arguments.seed)
    if arguments.quiet:
        print(report.verdict)
    else:
        print(report.table())
        settings = [("file", arguments.file), ("columns", _listed(names)), ("seed", str(arguments.seed))]
        print("\n" + block("settings", settings))
    if arguments.out is not None:
        from levysde.report import write_tail

        files = write_tail(report, columns, arguments.out, source={"file": arguments.file, "columns": names})
        if not arguments.quiet:
            print("\n" + files_line(files))
    sys.stdout.flush()
    return 0


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:5])}, ... ({len(names)})"
