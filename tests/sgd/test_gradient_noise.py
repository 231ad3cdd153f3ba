"""Gradient noise: per-layer verdicts on known laws, and a record on disk that survives whatever ends its writer."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.sgd import gradient_noise
from levysde.sgd.gradient_noise import Record


def test_heavy_and_light_layers_are_told_apart(rng):
    n = 1500  # at 400 a verdict in ten is another one
    scales = np.geomspace(1e-3, 1, 12)  # what fools an estimator that pools coordinates of unequal scale
    full = {"light": rng.normal(size=(4, 3)), "heavy": rng.normal(size=10)}
    gradients = {
        "light": full["light"] + rng.normal(size=(n, 4, 3)) * scales.reshape(4, 3),
        "heavy": full["heavy"] + ls.stable.rvs(1.4, size=(n, 10), rng=rng) * scales[:10],
    }
    found = gradient_noise.report(gradients, full=full, iteration=7, rng=rng)
    assert found.layers["light"].kind == "gaussian"
    assert found.layers["heavy"].kind == "heavy tail"
    alpha = found.layers["heavy"].alpha
    assert abs(alpha.value - 1.4) < 5 * alpha.standard_error
    assert found.layers["heavy"].controls[1].index.value > 1.8
    assert found.table().count("\n") == 3
    content = found.to_dict()
    assert content["iteration"] == 7
    assert content["layers"]["light"]["kind"] == "gaussian"


def test_without_a_full_gradient_the_mean_is_taken_and_large_layers_are_sampled(rng):
    gradients = {"one": 5 + rng.normal(size=(100, 2000)), "dead": np.zeros((100, 30))}
    gradients["dead"][:, 3:9] = rng.normal(size=(100, 6))
    found = gradient_noise.report(gradients, coordinates=50, rng=1)
    assert (found.layers["one"].dim, found.layers["dead"].dim, found.pooled.dim) == (50, 6, 56)
    again = gradient_noise.report(gradients, coordinates=50, rng=1)
    assert again.table() == found.table()


def test_coordinates_behind_silent_units_are_left_out(rng):
    """Normal noise times a unit that is silent in every third minibatch is no heavy tail; it has an atom."""
    dense = rng.normal(size=(120, 10))
    awake = np.where(rng.random((120, 1)) < 0.67, 1.0, 0.0)
    found = gradient_noise.report({"one": np.hstack([dense, dense * awake]), "silent": dense * awake}, rng=1)
    assert found.layers["one"].dim == 10
    assert "silent units" in found.left_out["silent"]
    assert "silent: left out" in found.table()


@pytest.mark.parametrize(
    ("gradients", "full", "error", "message"),
    [
        ({}, None, TypeError, "at least one layer"),
        (np.ones((20, 3)), None, TypeError, "must map names"),
        ({"a": np.ones(20)}, None, ValueError, r"gradients\['a'\] has shape \(20,\)"),
        ({"a": np.full((20, 20), np.nan)}, None, ValueError, r"gradients\['a'\]\[0, 0\]=nan is not finite"),
        ({"a": np.eye(5)}, None, ValueError, "no layer can be judged .a: every coordinate"),
        ({"a": np.eye(20), "b": np.eye(30)}, None, ValueError, "layer 'b' has 30 minibatches"),
        ({"a": np.eye(20)}, {"b": np.ones(20)}, ValueError, "full has the layers"),
        ({"a": np.eye(20)}, {"a": np.ones(3)}, ValueError, "3 values and a gradient 20"),
    ],
)
def test_wrong_gradients(gradients, full, error, message):
    with pytest.raises(error, match=message):
        gradient_noise.report(gradients, full=full)


def test_a_record_gives_back_what_was_written(tmp_path, rng):
    record = Record(tmp_path / "noise")
    written = {}
    for iteration in (200, 0, 100):
        written[iteration] = {"a/b": rng.normal(size=(40, 3, 2)).astype(np.float32), "c": rng.normal(size=(40, 5))}
        record.add(iteration, written[iteration])
    again = Record(tmp_path / "noise")
    assert again.iterations == [0, 100, 200]
    assert 100 in again
    assert 50 not in again
    for iteration, layers in written.items():
        found = again.load(iteration)
        assert list(found) == ["a/b", "c"]
        for name, values in layers.items():
            assert found[name].dtype == values.dtype
            np.testing.assert_array_equal(found[name], values)
    reports = list(again.reports(rng=3))
    assert [r.iteration for r in reports] == [0, 100, 200]
    assert list(again.reports(rng=3))[1].table() == reports[1].table()


def test_wrong_records(tmp_path):
    record = Record(tmp_path)
    record.add(0, {"a": np.ones((20, 3))})
    with pytest.raises(ValueError, match="other layers or shapes"):
        record.add(1, {"a": np.ones((20, 4))})
    with pytest.raises(ValueError, match="at least one layer"):
        record.add(1, {"a": np.ones(20)})
    with pytest.raises(ValueError, match="iteration=-1"):
        record.add(-1, {"a": np.ones((20, 3))})
    with pytest.raises(KeyError, match="no snapshot of iteration 5"):
        record.load(5)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot write into"):
        Record(tmp_path / "file")


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_writer_leaves_whole_snapshots_and_is_continued(tmp_path):
    code = "import sys, numpy as np; from levysde.sgd.gradient_noise import Record; r = Record(sys.argv[1]); k = 0\n"
    code += "while True:\n    r.add(k, {'a': np.full((50, 200_000), float(k))}); k += 1"
    environment = os.environ | {"PYTHONPATH": str(Path(ls.__file__).parents[1])}
    writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], env=environment)
    try:
        deadline = time.monotonic() + 60
        while len(list(tmp_path.glob("snapshot-*"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    record = Record(tmp_path)
    assert len(record.iterations) >= 2
    assert not list(tmp_path.glob(".snapshot-*"))
    for iteration in record.iterations:
        np.testing.assert_array_equal(record.load(iteration)["a"], np.full((50, 200_000), float(iteration)))
    assert json.loads((tmp_path / "layers.json").read_text()) == {"a": [200_000]}
