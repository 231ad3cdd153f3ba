"""The documentation runs: the README's example, the docstrings' examples, and the layers that it promises."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import levysde

ROOT = Path(__file__).parents[1]
MODULES = [m.name for m in pkgutil.walk_packages(levysde.__path__, "levysde.") if "__main__" not in m.name]


def test_the_example_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for line in block.splitlines() if line.strip()]
    assert len(lines) <= 11  # import and ten lines
    exec(compile(block, "README.md", "exec"), {})
    plt.close("all")
    printed = capsys.readouterr().out
    assert "first big jump" in printed
    assert "±" in printed


def test_every_file_that_the_readme_names_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    names = set(re.findall(r"(?:examples|tests|notebooks|docs)/[\w./-]+\.\w+", text))
    assert names
    assert not [name for name in names if not (ROOT / name).exists()]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_imports_go_down_the_layers_only() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_numba_and_matplotlib_are_imported_where_they_belong() -> None:
    for path in (ROOT / "levysde").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "_jit.py":
            assert not re.search(r"^\s*(import|from) numba", text, re.MULTILINE), path
        if "plotting" not in path.parts and path.name != "report.py":
            assert not re.search(r"^\s*(import|from) matplotlib", text, re.MULTILINE), path
        assert not re.search(r"^(import|from) (scipy|matplotlib|dask|distributed|tqdm)", text, re.MULTILINE), path
