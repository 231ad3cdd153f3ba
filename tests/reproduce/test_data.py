"""Data of the user for the networks, and what the network experiment makes of its runs."""

import math

import numpy as np
import pytest

from levysde.reproduce import experiments, reproduce
from levysde.reproduce.experiment import QUICK_SAMPLES, Setting
from levysde.reproduce.first_exit import network
from levysde.sgd.network_exits import NetworkExit
from levysde.sgd.networks import Classes
from levysde.sgd.samples import digits


def stored(path, rng, n, spread=0.3):
    """Write n coloured images of three kinds as Keras stores CIFAR-10."""
    labels = np.arange(n) % 3
    x = rng.normal(size=(3, 4, 4, 3))[labels] + spread * rng.standard_normal((n, 4, 4, 3))
    x = np.clip(128 + 40 * x, 0, 255).astype(np.uint8)
    np.savez_compressed(path, x_train=x, y_train=labels[:, None].astype(np.uint8))
    return path


def test_samples(tmp_path, rng):
    many = stored(tmp_path / "many.npz", rng, QUICK_SAMPLES + 9)
    few = stored(tmp_path / "few.npz", rng, 240)
    quick = Setting("quick", 1, data=many).samples()
    assert quick.shape == (QUICK_SAMPLES, 48, 3)
    assert np.array_equal(quick.x, Setting("quick", 2, data=many).samples().x)
    assert len(set(np.asarray(quick.y)[:50])) == 3
    assert Setting("full", 1, data=many).samples().shape == (QUICK_SAMPLES + 9, 48, 3)
    assert Setting("quick", 1, data=few).samples().shape == (240, 48, 3)
    assert np.array_equal(Setting("quick", 1).samples().x, digits().x)


@pytest.mark.slow
@pytest.mark.parametrize("name", [one.id for _, one in experiments() if one.networks])
def test_every_network_takes_images_of_the_user(tmp_path, rng, seed, name):
    file = stored(tmp_path / "mine.npz", rng, 400, spread=2.5)
    [report] = reproduce(name, data=file, rng=seed)
    assert report.provenance["settings"]["data"] == str(file)
    assert all(math.isfinite(number.ours.value) for number in report.finding.numbers)


def test_which_results_take_data(tmp_path, rng):
    file = stored(tmp_path / "mine.npz", rng, 240)
    with pytest.raises(ValueError, match=r"none of these results trains networks; tail-index.noise-norms, "):
        reproduce("heavy-tail.table-alpha", data=file)
    stored(file, rng, 120)
    with pytest.raises(ValueError, match=r"mine.npz holds 120 samples; give at least 200"):
        reproduce("dimension.gap", data=file)


def test_growth_and_errors_of_network_exits(seed):
    etas, looks = (0.02, 0.05, 0.1), 60
    runs = network._runs(Setting("quick", seed), digits(), (30,), etas, looks, 2, 3)
    published, at_once = runs.exits
    assert all(one.stored % looks == 0 for run in published for ball in run for one in ball.values())
    first, last = ([run[at][network.RADIUS].left for run in published] for at in (-2, -1))
    found = [(0.1 * b - 0.05 * a) / (0.05 * looks) for a, b in zip(first, last, strict=True)]
    growth = runs.growth(network.RADIUS)
    assert growth.value == pytest.approx(np.mean(found))
    assert growth.standard_error == pytest.approx(abs(found[0] - found[1]) / 2)
    after = [
        (0.1 * (b.left - b.stored) - 0.05 * (a.left - a.stored)) / (0.05 * looks)
        for a, b in ((run[-2][0.5], run[-1][0.5]) for run in at_once)
    ]
    assert runs.growth(0.5, look=1, since="from_centre").value == pytest.approx(np.mean(after))
    errors = [abs(0.1 * run[2][0.02].left - 0.02 * run[0][0.02].left) / looks for run in at_once]
    assert runs.errors(1)[-1].value == pytest.approx(np.mean(errors))
    at_once[0][-1][0.5] = NetworkExit(0.1, 0.5, 5, -1)
    assert math.isnan(runs.growth(0.5, look=1).value)
    assert math.isfinite(runs.growth(0.1, look=1).value)


def test_data_that_a_network_cannot_learn(seed, rng, monkeypatch):
    monkeypatch.setattr(network, "MOST", 1)
    noise = Classes(rng.standard_normal((300, 3)), np.arange(300) % 2)
    with pytest.raises(ValueError, match=r"layers .5,., eta=0.05: 90 % of the samples not reached in 50 iterations"):
        network._runs(Setting("quick", seed), noise, (5,), (0.05, 0.1), 50, 1, 0)
