"""The parser: one sentence for a wrong argument, and numbers checked where they are read."""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from levysde import __version__

ABOUT = """\
How long does a path stay in a well of a landscape, under Brownian and under heavy-tailed
(alpha-stable) noise, and does the theory agree?"""

EPILOG = """\
examples:
  levysde compare --out demo                       two wells, two noises, table and figure
  levysde compare --landscape losses.csv --x t --u train_loss
  levysde exit --landscape double-well --basin 0 --alpha 1.5 --amplitude 0.3
  levysde simulate --brownian --amplitude 0.5 --t 100 --out paths
  levysde bench --landscape double-well --alpha 1.5  which scheme, which step
  levysde tail noise.npy --out report              do these numbers have a heavy tail?
  levysde sgd linear --d 2 --b 1 --eta 0.6         the exact tail of SGD on linear regression
  levysde verify --quick                           do the laws hold on this machine?
  levysde reproduce --list                         what the four papers claim, and what can be run

`levysde COMMAND --help` explains one command. dX = -U'(X) dt + amplitude dN; Brownian motion has
variance t, alpha-stable motion the characteristic function exp(-t |k|^alpha)."""


class UsageError(Exception):
    """The question is wrong: status 2 and one sentence, before any work."""


@contextlib.contextmanager
def as_usage() -> Iterator[None]:
    """Turn what the library says about wrong arguments into a `UsageError`."""
    try:
        yield
    except (ValueError, TypeError, IndexError, NotImplementedError) as error:
        raise UsageError(str(error)) from error


class Parser(argparse.ArgumentParser):
    """No usage dump, no abbreviations, and `-1e-3` and `-inf` are numbers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        settings = {"allow_abbrev": False, "formatter_class": argparse.RawDescriptionHelpFormatter}
        super().__init__(*args, **{**settings, **kwargs})
        self._negative_number_matcher = re.compile(r"^-(\d|\.\d|inf)")

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one sentence."""
        raise UsageError(f"{message} (see {self.prog} --help)")


def build() -> Parser:
    """Return the parser with all commands; each sets `run`."""
    from levysde.cli import bench, compare, exit_times, reproduce, sgd, simulate, tail, verify

    parser = Parser(prog="levysde", description=ABOUT, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"levysde {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for command in (compare, exit_times, simulate, bench, tail, sgd, verify, reproduce):
        command.add(commands)
    return parser


def add_command(commands: Any, name: str, summary: str, description: str, example: str) -> Parser:
    """Add a command with its example."""
    parser: Parser = commands.add_parser(name, help=summary, description=description, epilog=f"example:\n  {example}")
    return parser


def add_common(parser: Parser, *, quick: str) -> None:
    """Add what all commands share; `quick` says what --quick does."""
    group = parser.add_argument_group("run and output")
    group.add_argument("--seed", type=whole, default=0, metavar="N", help="root of all random numbers (default 0)")
    group.add_argument(
        "--workers",
        type=counting,
        default=_cores(),
        metavar="N",
        help="threads; results do not depend on it (default: all %(default)s cores)",
    )
    group.add_argument("--out", metavar="DIR", help="folder for CSV, JSON and PNG (default: no files)")
    group.add_argument("--quick", action="store_true", help=quick)
    group.add_argument("--quiet", action="store_true", help="print the result alone: no settings, no progress bar")


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def number(text: str) -> float:
    """Read a finite number."""
    value = edge(text)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text} is not finite; give a finite number")
    return value


def edge(text: str) -> float:
    """Read a number, `inf` or `-inf`."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if math.isnan(value):
        raise argparse.ArgumentTypeError(f"{text} is not a number")
    return value


def positive(text: str) -> float:
    """Read a finite number above zero."""
    value = number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above zero; give a positive number")
    return value


def nonnegative(text: str) -> float:
    """Read a finite number that is not negative."""
    value = number(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative; give zero or a positive number")
    return value


def whole(text: str) -> int:
    """Read a whole number, zero or more; 1e6 counts as one."""
    value = number(text)
    if value != int(value) or value < 0:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 0")
    try:
        return int(text)  # a long seed does not fit into a float
    except ValueError:
        return int(value)


def counting(text: str) -> int:
    """Read a whole number of at least one."""
    if (value := whole(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 1")
    return value
