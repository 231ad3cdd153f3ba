"""Wrong questions: status 2, one sentence, nothing printed and nothing written; trouble under way: status 1."""

import os
import subprocess
import sys

import pytest

BAD = {
    "no command": ("", "are required: COMMAND"),
    "unknown command": ("wander", "invalid choice: 'wander'"),
    "unknown flag": ("exit --alhpa 1.5", "unrecognized arguments: --alhpa 1.5"),
    "abbreviation": ("exit --amp 1", "unrecognized arguments"),
    "alpha": ("exit --alpha 2.5", "alpha=2.5 is outside (0, 2]"),
    "alpha 0": ("exit --alpha 0", "alpha=0 is outside (0, 2]"),
    "alpha in compare": ("compare --alpha 2.5", "alpha=2.5 is outside (0, 2]"),
    "alpha in simulate": ("simulate --alpha -1", "alpha=-1 is outside (0, 2]"),
    "alpha nan": ("exit --alpha nan", "--alpha: nan is not a number"),
    "beta": ("exit --alpha 1.5 --beta 2", "beta=2"),
    "beta of Brownian": ("exit --brownian --beta 0.5", "--beta belongs to alpha-stable noise"),
    "two noises": ("exit --brownian --alpha 1.5", "not allowed with"),
    "dt": ("exit --dt -0.1", "--dt: -0.1 is not above zero"),
    "dt in simulate": ("simulate --dt 0", "--dt: 0 is not above zero"),
    "dt text": ("exit --dt fast", "'fast' is not a number"),
    "dt above t": ("simulate --dt 2 --t 1", "--dt 2 is longer than the paths"),
    "dt above t_max": ("exit --dt 2 --t-max 1", "--t-max 1 is shorter than the step 2"),
    "paths": ("exit --n-paths 0", "0 is not a whole number of at least 1"),
    "half a path": ("exit --n-paths 1.5", "1.5 is not a whole number"),
    "seed": ("exit --seed -1", "-1 is not a whole number of at least 0"),
    "workers": ("compare --workers 0", "0 is not a whole number of at least 1"),
    "amplitude": ("exit --amplitude -2", "-2 is not above zero"),
    "x0 outside": ("exit --interval 0 1 --x0 3", "x0=3 is not inside Interval(a=0.0, b=1.0)"),
    "x0 dimensions": ("exit --interval 0 1 --x0 3 4", "--x0 has 2 coordinates and the landscape 1"),
    "interval": ("exit --interval 1 0", "a=1 is not below b=0"),
    "interval nan": ("exit --interval nan 0", "nan is not a number"),
    "interval without start": ("exit --interval -inf inf --landscape double-well", "holds 2 minima"),
    "basin": ("exit --basin 7", "--basin 7 does not exist; the landscape has 2"),
    "two domains": ("exit --basin 0 --interval 0 1", "not allowed with"),
    "whole line": ("exit --landscape quadratic", "the basin is the whole line"),
    "no basin": ("exit --landscape flat", "has no basins"),
    "interval in 2-D": ("exit --landscape muller-brown", "say where to leave from with --ball R"),
    "flat without scales": ("simulate --landscape flat", "give --dt and --t"),
    "landscape": ("compare --landscape hills", "neither a file nor one of multi-well"),
    "file": ("compare --landscape none.csv", "cannot read none.csv: No such file"),
    "folder as file": ("compare --landscape .", "cannot read"),
    "column": ("compare --landscape wells.csv --u loss", "no column 'loss'; it has 't', 'train_loss'"),
    "text in a column": ("compare --landscape text.csv", "line 3: train_loss='high' is not a number"),
    "unsorted": ("compare --landscape unsorted.csv", "sort the table by x"),
    "foreign flag": ("exit --landscape double-well --nodes 0 1 2", "--nodes belongs to --landscape multi-well"),
    "column of nothing": ("compare --x t", "--x belongs to --landscape FILE.csv"),
    "nodes alone": ("compare --nodes 0 1 2", "--nodes and --energies belong together"),
    "energies": ("compare --nodes 0 1 2 --energies 0 1", "equal length"),
    "polynomial": ("compare --landscape polynomial", "needs --coefficients"),
    "one well": ("compare --landscape quadratic", "has 1 minima; compare needs two or more"),
    "compare in 2-D": ("compare --landscape muller-brown", "has 2 dimensions"),
    "error": ("compare --rel-error 0", "0 is not above zero"),
    "large error": ("compare --rel-error 0.9", "0.9 is outside (0, 0.5]"),
    "quick and error": ("compare --quick --rel-error 0.1", "--quick chooses --rel-error"),
    "quick and paths": ("exit --quick --n-paths 10", "--quick chooses --n-paths"),
    "scheme": ("exit --scheme leapfrog", "invalid choice: 'leapfrog'"),
    "misfit": ("exit --scheme exact-ou", "needs a quadratic landscape"),
    "bridge of jumps": ("exit --watch bridge --alpha 1.5", "--watch bridge needs a Gaussian part"),
    "bridge, exact and long": (
        "exit --landscape quadratic --interval -1 1 --brownian --watch bridge --scheme exact-ou --dt 2",
        "take dt <= ",
    ),
    "watch": ("exit --watch always", "invalid choice: 'always'"),
    "misfit in simulate": ("simulate --scheme milstein --alpha 1.5", "needs Brownian noise"),
    "alpha in bench": ("bench --alpha 2.5", "alpha=2.5 is outside (0, 2]"),
    "one step": ("bench --landscape double-well --dts 0.1", "two steps or more"),
    "start without landscape": ("bench --x0 1", "name it with --landscape"),
    "error in bench": ("bench --rel-error 0.9", "0.9 is outside (0, 0.5]"),
    "save-every": ("simulate --t 1 --dt 0.1 --save-every 100", "more than the 10 steps"),
    "memory": ("simulate --t 1e6 --dt 1e-6 --n-paths 1e6 --save-every 1", "of this machine's memory"),
    "memory of exits": ("exit --n-paths 1e12", "exits take"),
    "out is a file": ("exit --out wells.csv", "cannot write into wells.csv"),
}


@pytest.fixture(autouse=True)
def _tables(tmp_path):
    good = [f"{x},{(x * x - 1) ** 2}" for x in (-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2)]
    (tmp_path / "wells.csv").write_text("\n".join(["t,train_loss", *good]))
    (tmp_path / "text.csv").write_text("t,train_loss\n0,1\n1,high\n")
    (tmp_path / "unsorted.csv").write_text("\n".join(["t,train_loss", *reversed(good)]))


@pytest.mark.parametrize("case", BAD)
def test_one_sentence_before_any_work(levysde_command, tmp_path, case):
    line, expected = BAD[case]
    before = sorted(tmp_path.iterdir())
    arguments = line.split()
    if "--out" not in arguments and arguments and arguments[0] != "wander":
        arguments += ["--out", "never"]
    done = levysde_command(*arguments)
    assert done.returncode == 2, done.stderr
    assert expected in done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("levysde: ")
    assert done.stderr.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(levysde_command, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    done = levysde_command("exit", "--out", "locked")
    assert done.returncode == 2
    assert "Permission denied" in done.stderr


FULL = """
import resource, signal, sys
from levysde.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))  # a disk with room for 20 kB per file
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on file sizes")
def test_a_full_disk_is_status_1_and_leaves_nothing_half_written(levysde_command, environment, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "exit.csv").write_text("old")
    # Compiled beforehand: Numba's cache must not be what hits the limit.
    assert levysde_command("exit", "--quick").returncode == 0
    command = [sys.executable, "-c", FULL, "exit", "--n-paths", "5000", "--out", "run"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith("levysde: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["exit.csv"]
    assert (tmp_path / "run" / "exit.csv").read_text() == "old"


def test_warnings_are_single_lines(levysde_command):
    # Explicit Euler far above its stability limit loses every path.
    arguments = "simulate --landscape double-well --alpha 1 --amplitude 5 --dt 0.5 --t 200 --scheme euler --n-paths 20"
    done = levysde_command(*arguments.split())
    assert done.returncode == 0
    assert done.stderr.startswith("warning: 20 of 20 paths became non-finite")
    assert done.stderr.count("\n") == 1
