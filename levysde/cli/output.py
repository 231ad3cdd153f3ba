"""What a run prints and how it ends: settings, files, progress, status."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from levysde.cli.parser import UsageError, as_usage

MEMORY_SHARE = 0.5  # of the machine's memory that results may take
PATIENCE = 1.0  # seconds before a progress bar appears


def prepare(arguments: argparse.Namespace) -> None:
    """Make sure of the output folder and start to load what drawing needs: the last step before the work.

    It is loaded beside the simulation, which leaves the interpreter free: the picture then follows at once, even that
    of an interrupted run.
    """
    if arguments.out is None:
        return
    from levysde.report import check_folder

    with as_usage():
        check_folder(arguments.out)
    from levysde.plotting.style import load_libraries

    threading.Thread(target=load_libraries, name="levysde-libraries", daemon=True).start()


def check_memory(needed: float, what: str, advice: str) -> None:
    """Refuse results of `needed` bytes that cannot fit, before any work."""
    try:
        available = MEMORY_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not known on this system
        return
    if needed > available:
        raise UsageError(f"{what} take {needed / 1e9:.3g} GB, over half of this machine's memory; {advice}")


@contextmanager
def progress_bar(arguments: argparse.Namespace) -> Iterator[bool | Callable[[int, int], object]]:
    """Give a progress callback with a bar on a terminal, once the run has lasted a second."""
    if arguments.quiet or not sys.stderr.isatty():
        yield False
        return
    from tqdm import tqdm

    bar: Any = None

    def advance(done: int, total: int) -> None:
        nonlocal bar
        if bar is None or bar.total != total or done < bar.n:
            if bar is not None:
                bar.close()
            bar = tqdm(total=total, unit=" paths", leave=False, delay=PATIENCE, file=sys.stderr)
        bar.update(done - bar.n)

    try:
        yield advance
    finally:
        if bar is not None:
            bar.close()


def block(title: str, lines: Iterable[tuple[str, str]]) -> str:
    """Format (label, text) pairs under a title, aligned; texts are not broken."""
    pairs = list(lines)
    width = max((len(label) for label, _ in pairs), default=0)
    return "\n".join([title, *(f"  {label.ljust(width)}  {text}".rstrip() for label, text in pairs)])


def settings_lines(provenance: Mapping[str, Any], chosen: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what the user did not say and the rule it was chosen by."""
    settings, rules = provenance.get("settings", {}), provenance.get("rules", {})
    lines = [(name, text) for name, text in chosen.items()]
    for name, rule in rules.items():
        rule = rule.removeprefix(f"{name} = ")
        lines.append((name, f"{settings[name]:.6g} = {rule}" if name in settings else rule))
    return lines


def files_line(files: Iterable[Path]) -> str:
    """Say where the files went."""
    files = list(files)
    return f"written to {files[0].parent}{'/' if str(files[0].parent) != '/' else ''}: " + ", ".join(
        f.name for f in files
    )
