"""Small networks: gradients against differences, training, and layer-wise indices with their controls."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest

from levysde.cli import main
from levysde.sgd.layerwise import entry_index, kendall, layerwise
from levysde.sgd.networks import Classes, accuracy, gradients, initial_weights, loss, minibatch_gradients, train
from levysde.sgd.samples import from_npz


def clouds(rng, n=300, inputs=12, classes=3):
    y = rng.integers(0, classes, n)
    centres = 1.5 * rng.standard_normal((classes, inputs))
    return Classes(centres[y] + rng.standard_normal((n, inputs)), y)


def test_gradients_are_differences_of_the_loss(rng):
    data = clouds(rng, n=20)
    weights = initial_weights((12, 7, 5, 3), rng)
    for layer, gradient in zip(weights, gradients(weights, *data.arrays), strict=True):
        for place in [(0, 0), (2, 3), (layer.shape[0] - 1, layer.shape[1] - 1)]:
            kept, sides = layer[place], []
            for move in (1e-5, -1e-5):
                layer[place] = kept + move
                sides.append(loss(weights, *data.arrays))
            layer[place] = kept
            assert gradient[place] == pytest.approx((sides[0] - sides[1]) / 2e-5, abs=1e-8)


def test_minibatch_gradients_scatter_around_the_full_one(rng):
    data = clouds(rng, n=50)
    weights = initial_weights((12, 6, 3), rng)
    rows = minibatch_gradients(weights, data, b=5, n_batches=2000, rng=rng)
    for found, full in zip(rows, gradients(weights, *data.arrays), strict=True):
        error = found.std(axis=0) / math.sqrt(2000)
        assert np.all(np.abs(found.mean(axis=0) - full) < 5 * error + 1e-12)
    whole = minibatch_gradients(weights, data, b=50, n_batches=2, rng=rng)
    np.testing.assert_allclose(whole[0][1], gradients(weights, *data.arrays)[0], rtol=1e-10, atol=1e-14)


def test_training_learns_repeats_itself_and_stops_where_it_diverges(rng):
    data = clouds(rng)
    settings = {"hidden": (16,), "b": 10, "iterations": 400, "last": 40, "rng": 5}
    done = train(data, eta=0.1, **settings)
    assert accuracy(done.last, *data.arrays) > 0.95 > accuracy(done.initial, *data.arrays)
    again = train(data, eta=0.1, **settings)
    assert all(np.array_equal(a, b) for a, b in zip(done.average, again.average, strict=True))
    assert not np.array_equal(done.average[0], done.last[0])
    assert train(data, eta=1e4, **settings).diverged_at is not None
    with pytest.raises(ValueError, match="b=301"):
        train(data, eta=0.1, **settings | {"b": 301})


def test_untrained_uniform_weights_read_above_two(rng):
    """2.24 for 100352 entries, 2.28 for 16384: the light tail of the uniform law, not a finding about training."""
    found = [entry_index(rng.uniform(-1, 1, 16384)) for _ in range(30)]
    assert abs(np.mean(found) - 2.278) < 5 * np.std(found) / math.sqrt(30) + 0.01
    assert abs(np.mean([entry_index(rng.standard_normal(16384)) for _ in range(30)]) - 2.278) > 0.15


def test_kendalls_tau_and_its_permutation_test(rng):
    assert kendall(range(7), [7, 6, 5, 4, 3, 2, 1], rng=rng).tau == pytest.approx(-1)
    exact = 2 / math.factorial(7)  # only the order and its reverse are as extreme
    assert kendall(range(7), range(7), rng=rng).p < exact + 5 * math.sqrt(exact / 1e4) + 1e-4
    levels = [kendall(range(8), rng.standard_normal(8), rng=rng).p for _ in range(200)]
    assert abs(np.mean(np.array(levels) < 0.5) - 0.5) < 5 * 0.5 / math.sqrt(200) + 0.06  # discrete: p takes few values
    assert math.isnan(kendall([1, 1, 1], [1, 2, 3], rng=rng).tau)
    assert kendall(range(3), [1, 2, math.inf], rng=rng).tau == pytest.approx(1)


def test_the_study_sets_every_control_beside_the_index(rng):
    data = clouds(rng)
    calls = []
    question = {"hiddens": [(16, 16)], "etas": [0.02, 0.1, 1e4], "batches": [10, 30], "iterations": 200}
    found = layerwise(data, **question, rng=3, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(k, 6) for k in range(1, 7)]
    assert [run.diverged_at is None for run in found.runs] == [True] * 4 + [False] * 2
    assert set(found.trends) == {"average", "initial", "shuffled", "sums"}
    assert found.trends["average"]["layer 1"].n == 4
    for run in found.runs[:4]:
        assert list(run.layers) == ["layer 1", "layer 2", "layer 3"]
    for text in ("diverged at step", "Kendall's tau", "initial", "shuffled", "sums", "gradient noise (surrogate)"):
        assert text in found.table()
    assert layerwise(data, **question, rng=3).table() == found.table()
    assert len(found.rows()) == 4 * 3 + 2
    with pytest.raises(ValueError, match="must hold a value each"):
        layerwise(data, **question | {"etas": []})


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.ones((3, 2)), [0, 1], "shapes"),
        (np.ones((3, 2)), [0, 1, 1.5], "labels 0, 1"),
        (np.ones((3, 2)), [0, 0, 0], "two classes"),
        (np.full((2, 2), np.nan), [0, 1], "not finite"),
    ],
)
def test_wrong_samples(x, y, message):
    with pytest.raises(ValueError, match=message):
        Classes(x, y)


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Run `levysde sgd digits ...` in an empty folder, in this process; returns status, output and complaints."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        capsys.readouterr()
        status = main(["sgd", "digits", *map(str, arguments)])
        return SimpleNamespace(returncode=status, **capsys.readouterr()._asdict())

    return run


def test_the_command(command, tmp_path, rng):
    data = clouds(rng)
    np.savez(tmp_path / "clouds.npz", x=data.x, y=data.y)
    few = ("--data", "clouds.npz", "--hidden", 16, "--b", 10, "--eta", 0.02, 0.1, 1e4, "--iterations", 200)
    done = command(*few, "--seed", 3, "--out", "run")
    assert (done.returncode, done.err) == (0, "")
    study = layerwise(
        from_npz(tmp_path / "clouds.npz"),
        hiddens=[(16, 16)],
        etas=[0.02, 0.1, 1e4],
        batches=[10],
        iterations=200,
        rng=3,
    )
    assert study.table() in done.out
    content = json.loads((tmp_path / "run" / "sgd-digits.json").read_text())
    assert content["runs"][0]["layers"]["layer 1"]["average"] == study.runs[0].layers["layer 1"].average
    assert content["runs"][2]["diverged_at"] is not None
    assert (tmp_path / "run" / "sgd-digits.csv").read_text().count("\n") == 1 + 2 * 3 + 1
    assert (tmp_path / "run" / "sgd-digits.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--data none.npz", "cannot read none.npz"),
        ("--data one.npy", "single array"),
        ("--data text.npz", "is no .npz file"),
        ("--data wrong.npz", "holds x; give the arrays"),
        ("--data good.npz --b 500", "more than the 300 samples"),
        ("--data good.npz --quick --iterations 5", "--quick chooses"),
        ("--eta 0", "0 is not above zero"),
    ],
)
def test_wrong_questions(command, tmp_path, rng, arguments, message):
    data = clouds(rng)
    np.savez(tmp_path / "good.npz", x=data.x, y=data.y)
    np.savez(tmp_path / "wrong.npz", x=data.x)
    (tmp_path / "text.npz").write_text("PK no archive")
    np.save(tmp_path / "one.npy", np.asarray(data.x))
    done = command(*arguments.split())
    assert (done.returncode, done.out) == (2, "")
    assert message in done.err
