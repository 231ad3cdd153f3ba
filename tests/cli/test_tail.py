"""`levysde tail`: good files, bad files."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import levysde as ls
from levysde.cli.number_file import read_columns
from levysde.cli.parser import UsageError

BAD = {
    "no file": ("tail", "required: FILE"),
    "missing": ("tail none.npy", "cannot read none.npy: No such file"),
    "format": ("tail notes.txt", "give one of .npy, .npz, .csv, .parquet"),
    "broken": ("tail broken.npy", "cannot read broken.npy"),
    "column": ("tail table.csv --column los", "no column 'los'; it has 'step', 'loss', 'name'"),
    "column number": ("tail wide.npy --column 7", "no column '7'; it has '0', '1'"),
    "text": ("tail table.csv --column name", "line 2: name='x' is not a number"),
    "arrays": ("tail two.npz", "holds the arrays a, b; choose with --column"),
    "lengths": ("tail two.npz --column a b", "unequal lengths"),
    "empty": ("tail empty.npy", "empty.npy is empty"),
    "header alone": ("tail header.csv", "header.csv is empty"),
    "constant": ("tail constant.npy", "x is constant"),
    "not finite": ("tail nan.npy", "2 NaN or infinite values of 400, the first (nan) at x[3, 0]"),
    "few": ("tail few.npy", "at least 20"),
    "complex": ("tail complex.npy", "complex128, no real numbers"),
    "pickle": ("tail objects.npy", "cannot read objects.npy"),
    "parquet": ("tail none.parquet", "cannot read none.parquet"),
    "seed": ("tail wide.npy --seed -1", "-1 is not a whole number"),
    "no report": ("compare --alpha-from table.csv", "table.csv is no report of levysde tail"),
    "missing report": ("compare --alpha-from none.json", "cannot read none.json"),
    "no heavy tail": ("compare --alpha-from gaussian.json", "supports no heavy tail, so there is no index to take"),
    "two indices": ("compare --alpha-from gaussian.json --alpha 1.2", "not allowed with"),
    "out": ("tail wide.npy --out notes.txt", "cannot write into notes.txt"),
}


@pytest.fixture(autouse=True)
def _files(tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "wide.npy", rng.normal(size=(300, 2)))
    np.save(tmp_path / "empty.npy", np.empty(0))
    np.save(tmp_path / "constant.npy", np.ones(400))
    np.save(tmp_path / "few.npy", np.arange(10.0))
    np.save(tmp_path / "complex.npy", np.ones(300) * 1j)
    np.save(tmp_path / "objects.npy", np.array([None, {}], dtype=object), allow_pickle=True)
    holes = np.arange(400.0)
    holes[[3, 9]] = np.nan, np.inf
    np.save(tmp_path / "nan.npy", holes)
    np.savez(tmp_path / "two.npz", a=rng.normal(size=500), b=rng.normal(size=(400, 2)))
    gaussian = {"kind": "gaussian", "verdict": "not distinguishable", "alpha": {"value": "inf"}}
    (tmp_path / "gaussian.json").write_text(json.dumps(gaussian))
    (tmp_path / "broken.npy").write_text("no numbers")
    (tmp_path / "notes.txt").write_text("1\n2\n")
    (tmp_path / "header.csv").write_text("a,b\n")
    rows = [f"{i},{value},x" for i, value in enumerate(rng.laplace(size=600))]
    (tmp_path / "table.csv").write_text("\n".join(["step,loss,name", *rows]))


@pytest.mark.parametrize("case", BAD)
def test_bad_questions(levysde_command, tmp_path, case):
    line, expected = BAD[case]
    before = sorted(tmp_path.iterdir())
    arguments = line.split()
    done = levysde_command(*arguments, *([] if "--out" in arguments or len(arguments) < 2 else ["--out", "never"]))
    assert done.returncode == 2, done.stderr
    assert expected in done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("levysde: ")
    assert done.stderr.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_file_gives_what_python_gives(levysde_command, tmp_path):
    x = ls.stable.rvs(1.5, size=3000, rng=4)
    np.save(tmp_path / "noise.npy", x)
    done = levysde_command("tail", "noise.npy", "--out", "report", "--seed", 3)
    assert (done.returncode, done.stderr) == (0, "")
    report = ls.tails.report(x, rng=3)
    assert done.stdout.startswith(report.table())
    assert "heavy tail supported" in done.stdout
    content = json.loads((tmp_path / "report" / "tail.json").read_text())
    assert content["verdict"] == report.verdict
    assert content["alpha"]["value"] == report.alpha.value
    assert content["source"]["file"] == "noise.npy"
    assert (tmp_path / "report" / "tail.png").stat().st_size > 20_000
    assert "tail.json, tail.png" in done.stdout
    compared = levysde_command("compare", "--alpha-from", "report/tail.json", "--rel-error", 0.2, "--quiet")
    assert f"AlphaStable({report.alpha.value}"[:17] in compared.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("table.csv", "--column", "loss"),
        ("table.csv", "--column", "1"),
        ("two.npz", "--column", "b"),
        ("wide.npy", "--column", "1"),
        ("wide.npy",),
    ],
)
def test_formats_and_columns(levysde_command, arguments):
    done = levysde_command("tail", *arguments, "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    expected = "no power law" if arguments[0] == "table.csv" else "not distinguishable from Gaussian"
    assert expected in done.stdout


def test_parquet(levysde_command, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    values = np.random.default_rng(1).normal(size=400)
    parquet.write_table(pyarrow.table({"a": values, "name": ["x"] * 400}), tmp_path / "t.parquet")
    assert "Gaussian" in levysde_command("tail", "t.parquet", "--quiet").stdout


class Table(dict):
    """What `pyarrow.parquet.read_table` returns, as far as `levysde tail` uses it."""

    column_names = property(list)

    def __getitem__(self, name):
        return SimpleNamespace(to_numpy=lambda: dict.__getitem__(self, name))


def broken(path):
    raise ValueError("magic bytes not found")


def test_parquet_as_pyarrow_gives_it(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"
    path.touch()
    table = Table(step=np.arange(4), a=np.array([0.5, 1, 2, 4], np.float32), name=np.full(4, "x", object))
    monkeypatch.setitem(sys.modules, "pyarrow", SimpleNamespace(parquet=SimpleNamespace(read_table=lambda _: table)))
    values, names = read_columns(str(path), None)
    assert names == ["step", "a"]
    assert values.dtype == np.float64
    assert np.array_equal(values, [[0, 0.5], [1, 1], [2, 2], [3, 4]])
    assert read_columns(str(path), ["1"])[1] == ["a"]
    with pytest.raises(UsageError, match="no column 'b'; it has 'step', 'a', 'name'"):
        read_columns(str(path), ["b"])
    with pytest.raises(UsageError, match="elements of type object, no real numbers"):
        read_columns(str(path), ["name"])
    monkeypatch.setitem(sys.modules, "pyarrow", SimpleNamespace(parquet=SimpleNamespace(read_table=broken)))
    with pytest.raises(UsageError, match=r"cannot read .*: magic bytes not found"):
        read_columns(str(path), None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # not installed
    with pytest.raises(UsageError, match=r"needs pyarrow \(pip install pyarrow\)"):
        read_columns(str(path), None)


def test_help(levysde_command):
    done = levysde_command("tail", "--help")
    assert done.returncode == 0
    assert "example:\n  levysde tail" in done.stdout
