"""The command line: `levysde compare | exit | simulate | bench | tail | sgd | verify | reproduce`.

Exit status: 0 what was asked for was done; 1 it was not (no path left, disk full); 2 the question was wrong, found
before any work; 130 interrupted, with the finished part written.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from levysde.cli.parser import UsageError, build

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the program's exit status.

    Parameters
    ----------
    argv : arguments without the program's name; None takes those of the process
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows no ± must not end the program
            stream.reconfigure(errors="replace")
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning  # type: ignore[assignment]
            arguments = build().parse_args(argv)
            status: int = arguments.run(arguments)
            sys.stdout.flush()
            return status
    except UsageError as error:
        return _complain(error, 2)
    except SystemExit as finished:  # --help and --version
        return int(finished.code or 0)
    except BrokenPipeError:  # `levysde ... | head`
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _complain(error.strerror if error.filename is None else f"{error.strerror} ({error.filename})", 1)
    except MemoryError:
        return _complain("there is not enough memory; ask for fewer paths or saved times", 1)
    except KeyboardInterrupt:
        return _complain("interrupted; nothing was written", 130)


def _complain(problem: Any, status: int) -> int:
    print(f"levysde: {_one_line(problem)}", file=sys.stderr)
    return status


def _show_warning(message: Any, *_: Any) -> None:
    print(f"warning: {_one_line(message)}", file=sys.stderr)


def _one_line(text: Any) -> str:
    return " ".join(str(text).split())
