"""Ctrl-C: stops soon, writes the finished part as valid files marked partial, status 130."""

import csv
import json
import signal
import subprocess
import sys
import time

import pytest

SOON = 4.0  # seconds: one to stop and write, the rest for a slow machine
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")


def interrupted(arguments, folder, environment, after):
    process = subprocess.Popen(
        [sys.executable, "-m", "levysde", *arguments.split()],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores Ctrl-C
    )
    time.sleep(after)
    assert process.poll() is None, process.communicate()
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err, time.monotonic() - sent


@pytest.fixture
def compiled(levysde_command):
    """Compile beforehand, so that the signal meets the simulation."""
    assert levysde_command("exit", "--quick", "--scheme", "splitting").returncode == 0
    assert levysde_command("simulate", "--quick", "--scheme", "splitting").returncode == 0


def test_exit(tmp_path, environment, compiled):
    arguments = "exit --n-paths 1e6 --dt 1e-3 --amplitude 0.1 --scheme splitting --out run"
    status, out, err, seconds = interrupted(arguments, tmp_path, environment, after=5)
    assert status == 130
    assert "warning: interrupted by Ctrl-C" in err
    assert "Traceback" not in err
    assert "PARTIAL" in out
    content = json.loads((tmp_path / "run" / "exit.json").read_text())
    assert "interrupted" in content["partial"]
    with (tmp_path / "run" / "exit.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == content["n_paths"] > 0
    assert {row["status"] for row in rows} == {"exited", "censored"}
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["exit.csv", "exit.json", "exit.png"]
    assert seconds < SOON + 2e-5 * len(rows)  # plus the writing of what is finished


def test_simulate_without_a_finished_path(tmp_path, environment, compiled):
    arguments = "simulate --n-paths 256 --t 1e7 --dt 1e-3 --save-every 1000000 --scheme splitting --out run"
    status, _, err, seconds = interrupted(arguments, tmp_path, environment, after=5)
    assert status == 130
    assert seconds < SOON
    assert "nothing was written" in err
    assert list((tmp_path / "run").iterdir()) == []


def test_compare(tmp_path, environment, compiled):
    status, out, err, seconds = interrupted("compare --rel-error 0.001 --out run", tmp_path, environment, after=6)
    assert status == 130
    assert "Traceback" not in err
    assert seconds < SOON + 4  # the page with its sample paths
    content = json.loads((tmp_path / "run" / "comparison.json").read_text())
    assert "interrupted" in content["partial"]
    assert "PARTIAL" in out
