"""The command line as its users meet it: a process with a status, two streams and files."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import levysde

ROOT = Path(levysde.__file__).parents[1]
Run = Callable[..., subprocess.CompletedProcess[str]]


def environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "default"}


@pytest.fixture(name="environment")
def _environment() -> dict[str, str]:
    """Return the environment of a `levysde` process."""
    return environment()


@pytest.fixture
def levysde_command(tmp_path: Path) -> Run:
    """Run `levysde ...` in an empty folder and return the finished process."""

    def run(*arguments: object, **settings: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "levysde", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=environment(), timeout=240, **settings
        )

    return run
