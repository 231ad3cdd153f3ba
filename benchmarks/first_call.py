"""What a new process pays: imports, and `levysde compare` with a warm and with an empty cache of compiled code."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.timing import Line, show


def seconds(arguments: list[str], **environment: str) -> float:
    """Run the interpreter with these arguments and return the wall time."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], check=True, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def lines(rounds: int = 7) -> list[Line]:
    """Measure imports in turn, then the default comparison."""
    imports: dict[str, list[float]] = {"import numba": [], "import levysde": []}
    for _ in range(rounds):
        for code, found in imports.items():
            found.append(seconds(["-c", code]))
    numba, ours = (statistics.median(found) for found in imports.values())
    task = "a new process"
    result = [
        Line(task, "import numba", numba * 1e3, "ms"),
        Line(task, "import levysde", ours * 1e3, "ms", f"{ours / numba:.2f} x import numba"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        compare = ["-m", "levysde", "compare", "--out", f"{folder}/out"]
        cache = {"NUMBA_CACHE_DIR": f"{folder}/cache"}
        result.append(Line(task, "levysde compare, empty cache", seconds(compare, **cache), "s"))
        warm = statistics.median(seconds(compare, **cache) for _ in range(3))
        result.append(Line(task, "levysde compare, warm cache", warm, "s"))
    return result


if __name__ == "__main__":
    show(lines())
