"""Iterates beside the generalization gap: momentum, the published reading and its nulls, rank correlation."""

import itertools
import math

import numpy as np
import pytest

from levysde.sgd.generalization import RECORDED, generalization_study, rank_correlation, reading
from levysde.sgd.networks import Classes, gradients, train


def clouds(rng, n=240, inputs=6, classes=3):
    y = np.arange(n) % classes
    centres = 1.5 * rng.standard_normal((classes, inputs))
    return Classes(centres[y] + rng.standard_normal((n, inputs)), y)


def test_momentum_is_the_heavy_ball(rng, seed):
    data = clouds(rng, n=60)
    seen = []
    setting = {"hidden": (4,), "eta": 0.05, "b": 60, "iterations": 12, "last": 3, "momentum": 0.9, "rng": seed}
    done = train(data, **setting, each=lambda weights: seen.append([layer.copy() for layer in weights]))
    weights, speed = [layer.copy() for layer in done.initial], [0.0, 0.0]
    for _ in range(12):  # batches of all samples: the order alone is random
        speed = [0.9 * v - 0.05 * g for v, g in zip(speed, gradients(weights, *data.arrays), strict=True)]
        weights = [w + v for w, v in zip(weights, speed, strict=True)]
    for ours, theirs in zip(weights, done.last, strict=True):
        assert np.allclose(ours, theirs, rtol=0, atol=1e-12)
    assert len(seen) == 3
    assert np.allclose(np.mean([one[0] for one in seen], axis=0), done.average[0])
    with pytest.raises(ValueError, match="momentum"):
        train(data, **setting | {"momentum": 1.0})


def test_reading_of_white_noise_and_of_a_walk(rng):
    white = rng.standard_normal((RECORDED, 400))
    found = reading(white)
    error = 1.2533 * found.std(ddof=1) / math.sqrt(400)
    assert abs(np.median(found) - 2) < 5 * error
    walk = white.cumsum(axis=0)
    assert abs(np.median(reading(walk - walk.mean(axis=0))) - 1) < 0.02
    assert np.allclose(found, reading(3.0 * white))


def test_study_shows_positions_beside_their_nulls(rng):
    data = clouds(rng)
    setting = {"hiddens": [(5,), (5, 5)], "etas": [0.01], "batches": [4, 16], "n_train": 160, "iterations": 800}
    study = generalization_study(data, **setting, least=0.5, rng=3)
    assert len(study.runs) == 4
    assert study.diverged == 0
    for run in study.kept:
        assert abs(run.positions - 1) < 0.1
        assert run.shuffled > run.positions + 0.3
        assert abs(run.gaussian - run.positions) < 0.1
        assert run.correlation > 0.9
        assert 1 <= run.dimension < 4
        assert len(run.layers) == len(run.hidden) + 1
        assert run.positions == max(run.layers)
        assert run.gap == pytest.approx(100 * (run.train_accuracy - run.test_accuracy))
    assert study.column("eta/b", hidden=(5,)).tolist() == [0.01 / 4, 0.01 / 16]
    assert study.correlation("positions").tau.n == len(study.kept)
    assert [row["hidden"] for row in study.rows()] == ["5", "5", "5x5", "5x5"]
    again = generalization_study(data, **setting, least=0.5, rng=3)
    assert again.rows() == study.rows()


def test_runs_that_diverge_are_counted(rng):
    setting = {"hiddens": [(5,)], "etas": [1e5], "batches": [4], "n_train": 160, "iterations": 800}
    study = generalization_study(clouds(rng), **setting, rng=3)
    assert study.diverged == 1
    assert not study.runs


@pytest.mark.parametrize(("wrong", "message"), [({"n_train": 240}, "measure the gap"), ({"iterations": 700}, "756")])
def test_study_bad_input(wrong, message, rng):
    setting = {"hiddens": [(5,)], "etas": [0.1], "batches": [4], "n_train": 160, "iterations": 800}
    with pytest.raises(ValueError, match=message):
        generalization_study(clouds(rng), **setting | wrong)
    with pytest.raises(ValueError, match="a value each"):
        generalization_study(clouds(rng), **setting | {"etas": []})


def test_rank_correlation_is_a_jackknife_of_pairs(rng):
    n = 15
    x, y = rng.standard_normal(n), rng.standard_normal(n)
    order = np.sign(np.subtract.outer(x, x) * np.subtract.outer(y, y))
    pairs = n * (n - 1) / 2
    whole = order.sum() / 2 / pairs
    without = (order.sum() / 2 - order.sum(axis=1)) / (pairs - n + 1)
    found = rank_correlation(x, y, rng=1)
    assert found.tau.value == pytest.approx(whole, abs=1e-12)
    assert found.tau.standard_error == pytest.approx(math.sqrt((n - 1) * without.var()), abs=1e-12)
    assert found.p == rank_correlation(x, y, rng=1).p


def test_rank_correlation_of_few_values_is_exact():
    y = [1.0, 2.0, 3.0, 5.0, 4.0]
    found = rank_correlation(range(5), y, rng=1)
    taus = [abs(rank_correlation_of(order)) for order in itertools.permutations(range(5))]
    p = np.mean(np.array(taus) >= 0.8 - 1e-12)
    assert found.tau.value == pytest.approx(0.8)
    assert abs(found.p - p) < 5 * math.sqrt(p * (1 - p) / 9999) + 1e-4
    gone = rank_correlation([*range(5), 9.0], [*y, math.nan], rng=1)
    assert gone.tau == found.tau
    with pytest.raises(ValueError, match="at least 4"):
        rank_correlation([1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 4.0])


def rank_correlation_of(order):
    return np.mean([math.copysign(1, order[j] - order[i]) for i in range(5) for j in range(i + 1, 5)])
