"""`levysde verify`: the laws of metastability, checked on this machine."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from levysde.cli.choices import add_landscape, landscape_of
from levysde.cli.output import block, files_line, prepare
from levysde.cli.parser import UsageError, add_command, add_common, as_usage, number, positive

DESCRIPTION = """\
Check the laws of metastability on a landscape: exponents of mean exit times in noise, width,
height and dimension, occupancies, the exponential law, exit sides, tempered and mixed noise, and
the limit alpha -> 2. Every number is predicted by theory, solved for with the equation of the
generator, and simulated. A law fails where simulation and solution differ by five standard
errors, or where the solution tends to something else than the law; how far off a law still is at
this noise is said in a sentence."""


def add(commands: Any) -> None:
    """Add the command."""
    example = "levysde verify --landscape losses.csv --x t --u train_loss --quick --out verify"
    parser = add_command(commands, "verify", "check the laws of metastability", DESCRIPTION, example)
    add_landscape(parser, default="multi-well")
    group = parser.add_argument_group("laws and noise")
    group.add_argument("--laws", nargs="+", metavar="LAW", help="which (default: all; quote names of two words)")
    group.add_argument("--alpha", type=number, default=1.5, metavar="A", help="index of the stable noise (default 1.5)")
    group.add_argument(
        "--epsilon", type=positive, metavar="E", help="amplitude of the noise (default: from the widths of the wells)"
    )
    group.add_argument("--rows", action="store_true", help="print every number that was compared")
    group.add_argument("--json", action="store_true", help="print JSON instead of the table")
    add_common(parser, quick="simulate to three per cent instead of half a per cent: under a minute")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from levysde.verification import check_request, verify

    landscape = landscape_of(arguments)
    request = {"alpha": arguments.alpha, "epsilon": arguments.epsilon, "laws": arguments.laws}
    effort = "quick" if arguments.quick else "full"
    with as_usage():
        check_request(landscape, **request, effort=effort)
    if arguments.rows and arguments.json:
        raise UsageError("--json holds every row; give one of --rows and --json")
    prepare(arguments)
    told = sys.stderr.isatty() and not arguments.quiet
    found = verify(
        landscape,
        **request,
        effort=effort,
        rng=arguments.seed,
        workers=arguments.workers,
        progress=_tell if told else None,
    )
    if told:
        print(end="\r\033[K", file=sys.stderr, flush=True)
    if not found.reports:
        raise KeyboardInterrupt  # nothing is finished that could be written
    if arguments.json:
        from levysde._store import jsonable

        print(json.dumps(jsonable(found.to_dict()), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print(found.table())
        if arguments.rows:
            print("\n" + found.details())
        if not arguments.quiet:
            settings = found.provenance["settings"]
            lines = [(name, str(settings[name])) for name in ("landscape", "alpha", "epsilon", "effort")]
            print("\n" + block("settings", [*lines, ("seed", str(arguments.seed))]))
    if arguments.out is not None:
        from levysde.report import write_verification

        files = write_verification(found, arguments.out)
        if not (arguments.quiet or arguments.json):
            print("\n" + files_line(files))
    if found.partial:
        return 130
    if found.failed:
        names = ", ".join(dict.fromkeys(report.law for report in found.failed))
        print(f"levysde: these laws should hold and do not: {names}", file=sys.stderr)
    return 1 if found.failed else 0


def _tell(law: str, done: int, total: int) -> None:
    """Say on the terminal which law is being checked."""
    print(f"\r\033[Kchecking {law} ({done + 1} of {total})", end="", file=sys.stderr, flush=True)
