"""Files of a result: complete, read back to the same numbers, and never half written."""

import csv
import json
import math

import numpy as np
import pytest

import levysde as ls
from levysde import report
from levysde._store import jsonable
from levysde.compare import compare_minima

WELLS = ls.MultiWell(x=[-0.5, 0, 1.5], u=[-1, 0, -0.5])


def rows_of(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def numbers(cells):
    return np.array([float(c) if c else math.nan for c in cells])


@pytest.fixture(scope="module")
def sample():
    sde = ls.SDE(ls.DoubleWell(), 0.5 * ls.AlphaStable(1.5))
    return ls.first_exit(sde, -1.0, ls.Interval(-2.0, 0.0), n_paths=300, t_max=5.0, dt=0.01, rng=3)


def test_exits_read_back_bit_for_bit(tmp_path, sample):
    assert 0 < sample.n_censored < sample.n_paths
    domain = ls.Interval(-2.0, 0.0)
    files = report.write_exits(sample, tmp_path / "new" / "run", landscape=ls.DoubleWell(), domain=domain, summary={})
    assert [f.name for f in files] == ["exit.csv", "exit.json", "exit.png"]
    rows = rows_of(files[0])
    np.testing.assert_array_equal(numbers(r["time"] for r in rows), sample.times)
    np.testing.assert_array_equal(numbers(r["x"] for r in rows), sample.exit_points[:, 0])
    np.testing.assert_array_equal(numbers(r["before_x"] for r in rows), sample.pre_exit_points[:, 0])
    assert [report.STATUS.index(r["status"]) for r in rows] == sample.status.tolist()
    assert [int(r["path"]) for r in rows] == sample.path_ids.tolist()
    assert json.loads(files[1].read_text())["provenance"] == dict(sample.provenance)
    assert files[2].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert sorted(p.name for p in files[0].parent.iterdir()) == ["exit.csv", "exit.json", "exit.png"]


def test_paths_read_back_bit_for_bit(tmp_path):
    sde = ls.SDE(ls.Quadratic(1.0, dim=2), ls.Brownian())
    ensemble = ls.simulate(sde, [0.0, 1.0], t=1.0, dt=0.01, n_paths=3, save_every=20, rng=0)
    files = report.write_paths(ensemble, tmp_path, landscape=sde.landscape, summary={"a": 1})
    rows = rows_of(files[0])
    read = np.column_stack([numbers(r[f"x{k}"] for r in rows) for k in (1, 2)]).reshape(ensemble.x.shape)
    np.testing.assert_array_equal(read, ensemble.x)
    np.testing.assert_array_equal(numbers(r["t"] for r in rows), np.tile(ensemble.t, 3))
    assert json.loads(files[1].read_text())["a"] == 1


def test_comparison_files(tmp_path):
    found = compare_minima(WELLS, [0.1 * ls.AlphaStable(1.5)], rel_error=0.3, rng=1)
    files = report.write_comparison(found, tmp_path)
    assert [f.name for f in files] == ["comparison.csv", "comparison.json", "comparison.png"]
    rows = rows_of(files[0])
    assert [float(r["mean_exit_time"]) for r in rows] == [row.time.value for row in found.rows]
    content = json.loads(files[1].read_text())
    assert content["provenance"]["entropy"] == "1"
    assert content["rows"][0]["width_left"] == "inf"
    assert float(content["rows"][1]["predicted"]) == found.rows[1].prediction.value


def test_json_has_no_numbers_that_json_lacks():
    value = {"a": (math.nan, math.inf, -math.inf, np.float64(0.5), np.int64(3), np.array([1.0]))}
    assert jsonable(value) == {"a": [None, "inf", "-inf", 0.5, 3, [1.0]]}
    assert float("-inf") == -math.inf


@pytest.mark.parametrize("where", ["write_json", "_picture"])
def test_what_was_there_survives_a_full_disk(tmp_path, sample, monkeypatch, where):
    (tmp_path / "exit.csv").write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, where, full)
    with pytest.raises(OSError, match="No space left"):
        report.write_exits(sample, tmp_path, landscape=ls.DoubleWell(), domain=ls.Interval(-2, 0), summary={})
    assert [p.name for p in tmp_path.iterdir()] == ["exit.csv"]
    assert (tmp_path / "exit.csv").read_text() == "old"


def test_folders_that_cannot_be_written_are_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"cannot write into .*file"):
        report.check_folder(tmp_path / "file")
    with pytest.raises(ValueError, match="give a folder"):
        report.check_folder(tmp_path / "file" / "below")
    assert report.check_folder(tmp_path / "a" / "b").is_dir()
