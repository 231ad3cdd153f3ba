"""Simulated SGD on linear regression: exact facts, then its law against matrices, formulas and another program."""

import concurrent.futures
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.special import chdtr

import levysde
from levysde._streams import ROWS, root_words
from levysde.engine.pool import Control
from levysde.kernels.seeds import seed_lanes
from levysde.sgd.linear_regression import DataSet, GaussianData, chains, h, rho, second_moment, simulate, tail_index
from levysde.sgd.linear_regression.chi import chi_table
from levysde.stable.ziggurat import ziggurat

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "linear_regression.json").read_text())
DATA = {"streaming": GaussianData(3), "line": GaussianData(1, sigma=2.0), "finite": None}


def data_set(rng, n=40, d=3, noise=1.0):
    a = rng.standard_normal((n, d))
    return DataSet(a, a @ np.arange(1, d + 1) + noise * rng.standard_normal(n))


def z(values, target, error=0.0):
    return abs(np.mean(values) - target) / math.hypot(np.std(values) / math.sqrt(len(values)), error)


def block_sum(x, blocks=(2, 5, 10, 20, 40, 50, 100)):
    """Return the median over blocks of 1 / ((mean log|sum of m| - mean log|x|) / log m), as the papers estimate it."""
    found = []
    for m in blocks:
        kept = x[: len(x) // m * m]
        sums = kept.reshape(-1, m, x.shape[1]).sum(axis=1)
        gain = np.mean(np.log(np.linalg.norm(sums, axis=1))) - np.mean(np.log(np.linalg.norm(kept, axis=1)))
        found.append(math.log(m) / gain)
    return np.median(found)


@pytest.mark.parametrize("kind", ["streaming", "line", "finite"])
def test_a_chain_depends_on_its_number_and_the_seed_alone(kind, rng, seed):
    data = DATA[kind] or data_set(rng)
    settings = {"b": 2, "eta": 0.1, "steps": 50, "rng": seed}
    whole = simulate(data, n_chains=600, **settings)
    threads = simulate(data, n_chains=600, workers=2, **settings)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        foreign = simulate(data, n_chains=600, workers=pool, **settings)
    parts = [simulate(data, n_chains=n, first_chain=first, **settings) for first, n in ((0, 7), (7, 593))]
    for name in ("last", "mean", "last_log_norm", "mean_log_norm", "chain_ids"):
        for other in (
            getattr(threads, name),
            getattr(foreign, name),
            np.concatenate([getattr(p, name) for p in parts]),
        ):
            np.testing.assert_array_equal(getattr(whole, name), other)
    assert not np.array_equal(whole.last, simulate(data, n_chains=600, **settings | {"rng": seed + 1}).last)


@pytest.mark.parametrize("kind", ["streaming", "finite"])
def test_the_length_of_a_call_changes_no_bit(kind, rng, seed):
    task = chains._Task(DATA[kind] or data_set(rng), 2, 0.1, 50, 20, np.ones((5, 3)), seed, 0)
    for one, other in zip(chains._fill(task, Control(), budget=7), chains._fill(task, Control()), strict=True):
        np.testing.assert_array_equal(one, other)
    control = Control()
    control.stop.set()
    assert chains._fill(task, control) is None


def test_without_the_compiler_every_bit_is_the_same():
    code = "import numpy as np; from levysde.sgd.linear_regression import *; "
    code += (
        "a = np.arange(24.0).reshape(8, 3) % 5; sets = (GaussianData(3), GaussianData(1), DataSet(a, a[:, 0] ** 2)); "
    )
    code += "cs = [simulate(d, b=3, eta=e, steps=30, n_chains=20, rng=5) for d in sets for e in (0.1, 9.0)]; "
    code += "print([float.hex(x) for c in cs for x in c.mean_log_norm])"
    found = []
    for disabled in ("0", "1"):
        environment = os.environ | {"NUMBA_DISABLE_JIT": disabled, "PYTHONPATH": str(Path(levysde.__file__).parents[1])}
        command = [sys.executable, "-W", "error", "-c", code]
        found.append(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert found[0] == found[1]


def test_exponents_lose_no_bit(seed):
    """Without noise the chain is linear: a start 2^k times as large gives the same bits, however it is scaled."""
    for d, eta in ((1, 1.0), (1, 6.0), (4, 0.2), (4, 3.0)):
        settings = {"b": 2, "eta": eta, "steps": 700, "n_chains": 8, "rng": seed}
        plain = simulate(GaussianData(d, noise=0), start=np.ones(d), **settings)
        for power in (-900, 500, 900):
            scaled = simulate(GaussianData(d, noise=0), start=np.ldexp(np.ones(d), power), **settings)
            np.testing.assert_allclose(scaled.last_log_norm, plain.last_log_norm + power * math.log(2), rtol=1e-12)
            safe = np.isfinite(plain.last).all() and np.all(np.abs(plain.last_log_norm) < 30)
            if safe:
                np.testing.assert_array_equal(np.ldexp(scaled.last, -power), plain.last)
        assert np.isfinite(plain.last_log_norm).all()


def test_exploding_chains_are_measured_not_lost(seed):
    for d, b, eta, steps in ((100, 1, 0.2, 2000), (1, 1, 20.0, 2000), (3, 2, 5.0, 2000)):
        found = simulate(GaussianData(d, noise=0), b=b, eta=eta, steps=steps, n_chains=32, start=np.ones(d), rng=seed)
        growth = (found.last_log_norm - 0.5 * math.log(d)) / steps
        assert np.mean(growth) * steps > 750  # beyond the doubles
        assert not np.isfinite(found.last).any()
        assert z(growth, rho(d, b, eta)) < 5
        assert z(growth, rho(d, b, 1.2 * eta)) > 5
        # The average is dominated by the last steps, and never below the range of what it is made of.
        assert np.all(found.mean_log_norm > found.last_log_norm - math.log(steps) - 60)


@pytest.mark.parametrize("dof", [4, 5, 12, 1000, 10**6])
def test_lengths_of_normal_vectors_come_from_a_table(dof, seed):
    streams, out = np.zeros((ROWS, 1024), np.uint64), np.zeros((400, 1024))
    seed_lanes(root_words(seed), 0, streams)
    ziggurat(streams, chi_table(dof), 1.0, out)
    for true_dof, passes in ((dof, True), (1.03 * dof, False)):
        u = chdtr(true_dof, out.ravel() ** 2)
        scores = []
        for p in (1e-3, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999):
            scores.append(abs(np.count_nonzero(u < p) - p * u.size) / math.sqrt(u.size * p * (1 - p)))
        assert (max(scores) < 5) == passes


def recursion(data, b, eta, start, rng):
    """Return one step of SGD with explicit samples."""
    a = data.sigma * rng.standard_normal((len(start), b, data.d))
    residual = np.einsum("nbd,nd->nb", a, start) - data.noise * rng.standard_normal((len(start), b))
    return start - eta / b * np.einsum("nbd,nb->nd", a, residual)


@pytest.mark.parametrize(
    ("d", "b", "noise", "far"),
    [
        *[(1, 1, 1.0, 1), (1, 4, 1.0, 1), (2, 1, 1.0, 1), (3, 2, 0.5, 1), (4, 6, 2.0, 1), (2, 9, 1.0, 1)],
        *[(3, 3, 0.0, 1), (3, 4, 1.0, 0), (2, 1, 1.0, 0), (1, 5, 1.0, 0)],
    ],
)
def test_two_steps_have_the_law_of_the_recursion(d, b, noise, far, rng):
    """The characteristic function against that of explicit samples, also from 0; a step 6 % longer is told apart."""
    data, n, eta = GaussianData(d, sigma=1.3, noise=noise), 40_000, 0.3
    start = far * np.linspace(0.4, 1.0, d)

    def worst(first, second):
        waves = rng.standard_normal((30, d)) * np.geomspace(0.3, 6, 30)[:, None]
        scores = []
        for wave in waves:
            for f in (np.cos, np.sin):
                x, y = f(first @ wave), f(second @ wave)
                spread = math.sqrt((np.var(x) + np.var(y)) / n)
                scores.append(abs(np.mean(x) - np.mean(y)) / spread if spread > 1e-12 else 0.0)
        return max(scores)

    explicit = np.tile(start, (n, 1))
    for _ in range(2):
        explicit = recursion(data, b, eta, explicit, rng)
    found = simulate(data, b=b, eta=eta, steps=2, n_chains=n, start=start, rng=rng).last
    assert worst(found, explicit) < 5
    wrong = simulate(data, b=b, eta=1.06 * eta, steps=2, n_chains=n, start=start, rng=rng).last
    assert worst(wrong, explicit) > 5


@pytest.mark.parametrize(("d", "b", "eta"), [(1, 1, 0.2), (2, 1, 0.15), (5, 5, 0.3), (7, 3, 0.1)])
def test_stationary_second_moment(d, b, eta, seed):
    """At steps where the fourth moment exists, so that the standard error means something."""
    assert tail_index(d, b, eta) > 4
    found = simulate(GaussianData(d, noise=2.0), b=b, eta=eta, steps=300, n_chains=20_000, rng=seed).last
    squares = np.sum(found**2, axis=1)
    assert z(squares, second_moment(d, b, eta, noise=2.0)) < 5
    assert z(squares, second_moment(d, b, 1.1 * eta, noise=2.0)) > 5


@pytest.mark.parametrize(("d", "b", "eta", "p"), [(2, 1, 0.6, 0.5), (1, 1, 1.0, 0.4), (5, 5, 0.8, 1.0)])
def test_coupled_chains_part_as_h_says(d, b, eta, p, rng):
    """E|D_k|^p = h(p)^k |D_0|^p for two chains with the same samples, and for the chain without noise."""
    n = 20_000
    one, other = np.tile(np.full(d, 3.0), (n, 1)), np.zeros((n, d))
    for k in range(1, 9):
        seed = int(rng.integers(2**60))
        one, other = (recursion(GaussianData(d), b, eta, e, np.random.default_rng(seed)) for e in (one, other))
        if k in (1, 3, 8):
            explicit = np.linalg.norm(one - other, axis=1) ** p
            start = np.full(d, 3.0)
            alone = simulate(GaussianData(d, noise=0), b=b, eta=eta, steps=k, n_chains=n, start=start, rng=rng)
            expected = h(p, d, b, eta) ** k * np.linalg.norm(start) ** p
            assert z(explicit, expected) < 5
            assert z(np.exp(p * alone.last_log_norm), expected) < 5
    assert z(explicit, h(p, d, b, 1.05 * eta) ** 8 * np.linalg.norm(start) ** p) > 5


CHOSEN = [row for row in REFERENCE["stationary"] if row[:3] in ([1, 1, 1.0], [1, 1, 1.8], [2, 1, 0.6], [5, 5, 1.05])]


@pytest.mark.parametrize("row", CHOSEN, ids=str)
def test_stationary_tails_as_published(row, seed):
    _check_stationary(row, seed)


@pytest.mark.slow
@pytest.mark.parametrize("row", [row for row in REFERENCE["stationary"] if row not in CHOSEN], ids=str)
def test_all_stationary_tails_as_published(row, seed):
    _check_stationary(row, seed)


def _check_stationary(row, seed):
    """The block-sum estimates of 1600 chains, eight times over: their mean against one run of another program."""
    d, b, eta, steps, of_averages, of_last = row
    found = simulate(GaussianData(d), b=b, eta=eta, steps=steps, n_chains=8 * 1600, rng=seed)
    for x, other in ((found.mean, of_averages), (found.last, of_last)):
        estimates = [block_sum(part) for part in np.split(x, 8)]
        spread = np.std(estimates, ddof=1)
        assert abs(np.mean(estimates) - other) < 5 * spread * math.sqrt(1 + 1 / 8)
    if 0.3 < tail_index(d, b, eta) < 1.4:  # there the estimator is close to the index itself
        averaged = [block_sum(part) for part in np.split(found.mean, 8)]
        assert abs(np.mean(averaged) - tail_index(d, b, eta)) < 0.1 * tail_index(d, b, eta) + 0.02


@pytest.mark.parametrize(("d", "b", "eta", "steps"), [(1, 1, 1.0, 80), (2, 1, 0.6, 150)])
def test_hills_estimate_of_the_stationary_tail(d, b, eta, steps, seed):
    sizes = np.sort(simulate(GaussianData(d), b=b, eta=eta, steps=steps, n_chains=60_000, rng=seed).last_log_norm)
    k = 600
    hill = 1 / np.mean(sizes[-k:] - sizes[-k - 1])
    assert abs(hill - tail_index(d, b, eta)) < 5 * hill / math.sqrt(k)
    assert abs(hill - tail_index(d, b, 0.8 * eta)) > 5 * hill / math.sqrt(k)


def test_a_full_batch_is_gradient_descent(rng, seed):
    data = data_set(rng, n=12)
    found = simulate(data, b=12, eta=0.4, steps=30, n_chains=3, start=[1.0, -2.0, 0.5], average_share=0.1, rng=seed)
    matrix = np.eye(3) - 0.4 / 12 * data.a.T @ data.a
    path = [np.linalg.matrix_power(matrix, k) @ [1.0, -2.0, 0.5] for k in range(31)]
    np.testing.assert_allclose(found.last, np.tile(path[30], (3, 1)), rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(found.mean, np.tile(np.mean(path[28:], axis=0), (3, 1)), rtol=1e-9, atol=1e-14)


def test_batches_of_a_finite_set_are_uniform_and_distinct(rng, seed):
    """Two steps from all pairs of five samples: mean and covariance are finite sums."""
    data, eta, start = data_set(rng, n=5, d=2), 0.3, np.array([1.0, -0.5])
    residual = data.y - data.a @ data.solution

    def step(e, batch):
        rows = data.a[batch]
        return e - eta / 2 * rows.T @ (rows @ e - residual[batch])

    pairs = [[i, j] for i in range(5) for j in range(i)]
    ends = np.array([step(step(start, one), two) for one in pairs for two in pairs])
    found = simulate(data, b=2, eta=eta, steps=2, n_chains=60_000, start=start, rng=seed).last
    nearest = np.abs(found[:, None] - ends[None]).max(axis=2)
    assert nearest.min(axis=1).max() < 1e-12  # no end is one of equal samples
    counts = np.bincount(nearest.argmin(axis=1), minlength=100)
    p = 1 / 100
    assert np.max(np.abs(counts - 60_000 * p)) < 5 * math.sqrt(60_000 * p * (1 - p))


def test_a_large_set_looks_like_fresh_data_and_a_small_one_does_not(rng, seed):
    """E|e|^2 over sets is the formula up to O(1/n); an exactly solved set has no noise left at all."""
    settings = {"b": 1, "eta": 0.1, "steps": 300, "rng": seed}
    large = [simulate(data_set(rng, n=20_000, d=2), n_chains=2000, **settings).last for _ in range(4)]
    squares = np.sum(np.concatenate(large) ** 2, axis=1)
    assert z(squares, second_moment(2, 1, 0.1), error=0.02 * second_moment(2, 1, 0.1)) < 5
    solved = simulate(data_set(rng, n=10, d=2, noise=0.0), n_chains=5, start=[1.0, 1.0], **settings)
    assert np.all(np.linalg.norm(solved.last, axis=1) < 1e-2)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"data": 3}, TypeError, "data is a int; give GaussianData"),
        ({"b": 0}, ValueError, "b=0 is too small"),
        ({"eta": -1}, ValueError, "eta=-1 is outside"),
        ({"steps": 0}, ValueError, "steps=0 is too small"),
        ({"n_chains": 2.5}, TypeError, "n_chains=2.5"),
        ({"start": [1.0, 2.0, 3.0]}, ValueError, "start has shape"),
        ({"start": np.zeros((7, 2))}, ValueError, "start holds 7 points; give one, or one per chain .5."),
        ({"start": [math.nan, 0.0]}, ValueError, "not finite"),
        ({"average_share": 0}, ValueError, "average_share=0"),
        ({"rng": "seed"}, TypeError, "rng="),
        ({"workers": 0}, ValueError, "workers=0"),
        ({"data": DataSet(np.ones((3, 2)), np.ones(3)), "b": 4}, ValueError, "b=4 is more than the 3 samples"),
    ],
)
def test_wrong_questions(change, error, message):
    question = {"data": GaussianData(2), "b": 1, "eta": 0.1, "steps": 10, "n_chains": 5} | change
    with pytest.raises(error, match=message):
        simulate(question.pop("data"), **question)


def test_wrong_data():
    with pytest.raises(ValueError, match="d=0"):
        GaussianData(0)
    with pytest.raises(ValueError, match="sigma=0"):
        GaussianData(1, sigma=0)
    with pytest.raises(ValueError, match=r"shapes \(3, 2\) and \(2,\)"):
        DataSet(np.ones((3, 2)), np.ones(2))
    with pytest.raises(ValueError, match="not finite"):
        DataSet(np.full((3, 2), np.nan), np.ones(3))


def test_ctrl_c_returns_what_is_finished(monkeypatch):
    """The first block is finished, the others are not."""
    real = chains._fill

    def fill(task, control, **settings):
        if task.first:
            raise KeyboardInterrupt
        return real(task, control, **settings)

    def run(parts, here, there, **settings):
        results = [here(part, Control()) if not part.first else None for part in parts]
        return results, "interrupted by Ctrl-C"

    monkeypatch.setattr(chains, "_fill", fill)
    monkeypatch.setattr(chains, "run", run)
    with pytest.warns(RuntimeWarning, match="interrupted by Ctrl-C: the result holds 256 of 600"):
        found = simulate(GaussianData(1), b=1, eta=0.5, steps=20, n_chains=600, rng=1)
    assert found.n_chains == 256
    assert found.provenance["partial"] == "interrupted by Ctrl-C"
