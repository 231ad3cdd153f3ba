"""Runs that do what they were asked: status 0, a table, the settings, files that give the numbers back."""

import csv
import json
import re
import subprocess
import sys

import numpy as np
import pytest

import levysde as ls

EXIT = ("exit", "--landscape", "double-well", "--interval", "-2", "0", "--amplitude", "0.5", "--n-paths", "300")


def table_of(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("command", [(), ("compare",), ("exit",), ("simulate",), ("bench",)])
def test_help_has_an_example(levysde_command, command):
    done = levysde_command(*command, "--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert re.search(r"^examples?:\n  levysde ", done.stdout, re.MULTILINE)
    for flag in ("--seed", "--out", "--quick", "--quiet", "--workers") if command else ():
        assert flag in done.stdout


def test_the_examples_of_the_help_run(levysde_command, tmp_path):
    x = np.linspace(-1, 2, 60)
    rows = [f"{a},{b}" for a, b in zip(x, ls.MultiWell([-0.5, 0, 1.5], [-1, 0, -0.5]).potential(x), strict=True)]
    (tmp_path / "losses.csv").write_text("\n".join(["t,train_loss", *rows]))
    for command in ("compare", "exit", "simulate"):
        example = levysde_command(command, "--help").stdout.rsplit("example:\n", 1)[1].split()
        done = levysde_command(*example[1:], *([] if "--n-paths" in example else ["--quick"]))
        assert (done.returncode, done.stderr) == (0, ""), command
        (picture,) = (tmp_path / example[example.index("--out") + 1]).glob("*.png")
        picture.unlink()


def test_version(levysde_command):
    assert levysde_command("--version").stdout == f"levysde {ls.__version__}\n"


def test_help_loads_nothing_heavy(environment):
    code = "import sys, levysde.cli as c; c.main(['exit', '--help']); print([m for m in sys.modules if m in "
    code += "('matplotlib', 'scipy.stats', 'scipy.optimize', 'tqdm')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == "[]"


def test_exit_gives_what_python_gives(levysde_command, tmp_path):
    done = levysde_command(*EXIT, "--seed", "5", "--scheme", "splitting", "--out", "run")
    assert (done.returncode, done.stderr) == (0, "")
    content = json.loads((tmp_path / "run" / "exit.json").read_text())
    sde = ls.SDE(ls.DoubleWell(), 0.5 * ls.AlphaStable(1.5))
    settings = content["provenance"]["settings"]
    domain = ls.Interval(-2.0, 0.0)
    shifted = domain.shrink(content["boundary_shift"]) if content["boundary_shift"] else domain
    assert settings["domain"] == repr(shifted)
    sample = ls.first_exit(sde, -1.0, shifted, n_paths=300, dt=settings["dt"], scheme=ls.Splitting(), rng=5)
    rows = table_of(tmp_path / "run" / "exit.csv")
    np.testing.assert_array_equal([float(r["time"]) for r in rows], sample.times)
    assert content["mean_exit_time"]["value"] == sample.mean().value
    assert f"{sample.mean()}" in done.stdout
    assert content["prediction"]["value"] == ls.theory.mean_exit_time(sde, -1.0, domain).value
    # Both sides of a finite interval, and everything that was chosen for the user.
    for text in ("exits on the left", "exits on the right", "Wilson", "exponential law", "first big jump"):
        assert text in done.stdout
    for name in ("x0", "dt", "t_max", "boundary", "scheme", "seed"):
        assert re.search(rf"^  {name} ", done.stdout, re.MULTILINE), name
    assert "exit.csv, exit.json, exit.png" in done.stdout


def test_exit_looks_between_the_steps(levysde_command, tmp_path):
    command = ("exit", "--landscape", "double-well", "--interval", "-inf", "0", "--brownian", "--amplitude", "0.7")
    done = levysde_command(*command, "--watch", "bridge", "--n-paths", "200", "--dt", "0.05", "--out", "run")
    assert (done.returncode, done.stderr) == (0, "")
    content = json.loads((tmp_path / "run" / "exit.json").read_text())
    sde = ls.SDE(ls.DoubleWell(), 0.7 * ls.Brownian())
    settings = {"n_paths": 200, "dt": 0.05, "rng": int(content["provenance"]["entropy"])}
    sample = ls.first_exit(sde, -1.0, ls.Interval(-ls.inf, 0.0), watch="bridge", **settings)
    assert content["mean_exit_time"]["value"] == sample.mean().value
    assert content["boundary_shift"] == 0
    assert re.search(r"boundary +watched where it is, between the steps too", done.stdout)


def test_the_same_seed_gives_the_same_result_for_any_workers_and_another_seed_does_not(levysde_command):
    one = levysde_command(*EXIT, "--quiet", "--workers", 1).stdout
    assert levysde_command(*EXIT, "--quiet", "--workers", 2).stdout == one
    assert levysde_command(*EXIT, "--quiet", "--seed", 1).stdout != one


def test_quiet_prints_the_result_alone(levysde_command):
    out = levysde_command(*EXIT, "--quiet").stdout
    assert "mean exit time" in out
    assert "settings" not in out


def test_the_brownian_time_agrees_with_quadrature(levysde_command, tmp_path):
    arguments = "exit --landscape quadratic --interval -1 1 --brownian --amplitude 0.6 --dt 0.01 --n-paths 4000"
    done = levysde_command(*arguments.split(), "--out", ".")
    assert done.returncode == 0, done.stderr
    content = json.loads((tmp_path / "exit.json").read_text())
    # What the boundary shift leaves at this step is far below the statistical error, 1.6 %.
    assert abs(content["ratio"] - 1) < 5 * content["ratio_error"]
    assert content["boundary_shift"] > 0
    left = content["sides"]["left"]
    assert abs(left["value"] - 0.5) < 5 * left["standard_error"]


def test_mostly_censored_paths_give_a_restricted_mean(levysde_command):
    arguments = "exit --landscape quadratic --interval -1 1 --brownian --amplitude 0.35 --t-max 100 --n-paths 300"
    done = levysde_command(*arguments.split())
    assert done.returncode == 0, done.stderr
    assert "not measured: most paths are censored" in done.stdout
    assert re.search(r"mean of min\(T, 100\) +\d", done.stdout)
    assert "Kaplan-Meier" in done.stdout


def test_no_exit_at_all_is_status_1(levysde_command, tmp_path):
    arguments = "exit --landscape quadratic --interval -9 9 --brownian --amplitude 0.3 --t-max 1 --n-paths 9 --out ."
    done = levysde_command(*arguments.split())
    assert done.returncode == 1
    assert done.stderr == "levysde: no path left before t_max=1; give a longer --t-max\n"
    assert {row["status"] for row in table_of(tmp_path / "exit.csv")} == {"censored"}


def test_negative_and_infinite_numbers_are_read(levysde_command):
    done = levysde_command("exit", "--interval", "-inf", "-1e-3", "--x0", "-.5", "--amplitude", "0.1", "--quick")
    assert done.returncode == 0, done.stderr
    assert "Interval(a=-inf, b=-0.001)" in done.stdout


def test_two_dimensions(levysde_command, tmp_path):
    done = levysde_command("exit", "--landscape", "muller-brown", "--ball", "0.3", "--quick", "--out", ".")
    assert (done.returncode, done.stderr) == (0, "")
    assert {"x1", "x2", "before_x1", "before_x2"} < table_of(tmp_path / "exit.csv")[0].keys()
    assert "minimum 0" in done.stdout


def test_simulate_gives_what_python_gives(levysde_command, tmp_path):
    arguments = "simulate --landscape double-well --brownian --amplitude 0.5 --t 5 --dt 0.01 --save-every 100 --seed 2"
    done = levysde_command(*arguments.split(), "--n-paths", 4, "--x0", "-1", "--out", "run")
    assert (done.returncode, done.stderr) == (0, "")
    sde = ls.SDE(ls.DoubleWell(), 0.5 * ls.Brownian())
    ensemble = ls.simulate(sde, -1.0, t=5.0, dt=0.01, n_paths=4, save_every=100, rng=2)
    rows = table_of(tmp_path / "run" / "paths.csv")
    np.testing.assert_array_equal([float(r["x"]) for r in rows], ensemble.x.ravel())
    np.testing.assert_array_equal([float(r["t"]) for r in rows], np.tile(ensemble.t, 4))
    assert json.loads((tmp_path / "run" / "paths.json").read_text())["n_paths"] == 4


def test_compare_writes_its_page(levysde_command, tmp_path):
    done = levysde_command("compare", "--quick", "--out", "demo")
    assert (done.returncode, done.stderr) == (0, "")
    rows = table_of(tmp_path / "demo" / "comparison.csv")
    assert [r["noise"] for r in rows] == 2 * ["0.05 * AlphaStable(1.5)"] + 2 * ["0.5 * Brownian()"]
    content = json.loads((tmp_path / "demo" / "comparison.json").read_text())
    for row, plain in zip(rows, content["rows"], strict=True):
        assert float(row["mean_exit_time"]) == plain["mean_exit_time"]
        value, error = float(row["mean_exit_time"]), float(row["standard_error"])
        assert error <= 0.11 * value
        assert abs(value - float(row["predicted"])) < 5 * error + 0.1 * value  # the laws err by per cents
    assert "amplitudes" in done.stdout
    assert "comparison.png" in done.stdout


def test_compare_reads_a_table(levysde_command, tmp_path):
    x = np.linspace(-1, 1, 80)
    np.savetxt(
        tmp_path / "my.csv", np.column_stack([x, 8 * (x**2 - 0.3) ** 2]), delimiter=",", header="s,loss", comments=""
    )
    arguments = "compare --landscape my.csv --x s --u loss --smoothing 0 --alpha 1.2 --brownian-amplitude 0.5 --quick"
    done = levysde_command(*arguments.split(), "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert "AlphaStable(1.2)" in done.stdout
    assert "0.5 * Brownian()" in done.stdout


def test_a_reader_that_stops_early_is_no_error(environment):
    command = f"{sys.executable} -m levysde exit --help | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, env=environment)
    assert "Traceback" not in done.stderr
