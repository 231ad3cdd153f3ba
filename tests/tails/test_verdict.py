"""The verdict itself is tested: rarely "heavy tail" on nulls, nearly always on stable data."""

import json
import math

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import binom

import levysde as ls
from levysde import tails
from levysde._store import jsonable
from levysde.report import write_tail
from levysde.tails.contest import _fit_student

N = 2000
Z = 5.0
ALLOWED = 0.05  # share of false alarms
WANTED = 0.90  # share of heavy tails that are found
LUCK = 1e-6
RUNS = 12  # 500 in the slow tests
NULLS = {
    "Gaussian": lambda rng: rng.normal(size=N),
    "layered covariance": lambda rng: (
        rng.normal(size=(N // 10, 10)) @ rng.normal(size=(10, 10)) * np.exp(rng.normal(0, 2, 10))
    ),
    "AR(1)": lambda rng: lfilter([1.0], [1.0, -0.9], rng.normal(size=N + 200))[200:],
    "Laplace": lambda rng: rng.laplace(size=N),
    "lognormal": lambda rng: rng.lognormal(size=N),
    "exploding": lambda rng: rng.lognormal(0, 3, size=N) * rng.choice([-1, 1], N),
}
HEAVY = {
    "stable 1.5": lambda rng: ls.stable.rvs(1.5, size=N, rng=rng),
    "stable 1.2 in columns of unequal scale": lambda rng: (
        ls.stable.rvs(1.2, size=(N // 10, 10), rng=rng) * np.exp(rng.normal(0, 2, 10))
    ),
}


def alarms(draw, rng, runs):
    found = [tails.report(draw(rng), rng=int(rng.integers(2**60))) for _ in range(runs)]
    return sum(report.kind == "heavy tail" for report in found)


@pytest.mark.parametrize("name", NULLS)
def test_nulls(name, rng):
    assert alarms(NULLS[name], rng, RUNS) <= binom.isf(LUCK, RUNS, ALLOWED)


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_tails(name, rng):
    assert alarms(HEAVY[name], rng, RUNS) >= binom.ppf(LUCK, RUNS, WANTED)


@pytest.mark.slow
@pytest.mark.parametrize("name", NULLS)
def test_nulls_in_500_runs(name, rng):
    assert alarms(NULLS[name], rng, 500) <= ALLOWED * 500


@pytest.mark.slow
def test_stable_data_in_500_runs(rng):
    assert alarms(HEAVY["stable 1.5"], rng, 500) >= WANTED * 500


def test_student_of_three_degrees_of_freedom(rng):
    reports = [tails.report(rng.standard_t(3, 5000), rng=i) for i in range(5)]
    right = [r for r in reports if r.verdict.startswith("power law, index about 3") and "finite variance" in r.verdict]
    assert len(right) >= 4
    assert right[0].kind == "power law"
    assert abs(float(right[0]) - 3) < Z * right[0].alpha.standard_error


@pytest.mark.slow
def test_student_in_500_runs(rng):
    reports = [tails.report(rng.standard_t(3, 5000), rng=i) for i in range(500)]
    assert sum(r.kind == "heavy tail" for r in reports) <= ALLOWED * 500
    sentences = [r.verdict for r in reports]
    right = [s for s in sentences if s.startswith("power law, index about 3") and "finite variance" in s]
    assert len(right) >= WANTED * 500


def test_a_heavy_tail_that_is_not_stable(rng):
    report = tails.report(rng.standard_t(1.5, 10_000), rng=1)
    assert report.kind == "heavy tail"
    assert "not a stable law" in report.verdict
    assert abs(report.alpha.value - 1.5) < Z * report.alpha.standard_error


def test_sentences(rng, seed):
    heavy = tails.report(ls.stable.rvs(1.4, size=4000, rng=seed), rng=1)
    assert heavy.verdict.startswith("heavy tail supported (alpha = 1.")
    assert "surrogate" in heavy.verdict
    assert abs(heavy.alpha.value - 1.4) < Z * heavy.alpha.standard_error
    gaussian = tails.report(rng.normal(size=(400, 10)) @ rng.normal(size=(10, 10)), rng=1)
    assert gaussian.verdict.startswith("not distinguishable from Gaussian with this covariance")
    assert gaussian.alpha.value == math.inf
    grow = rng.normal(size=4000) * np.exp(np.linspace(0, 3, 4000))
    assert tails.report(grow, rng=1).verdict.startswith("not stationary: the scale of the second half is")


def test_a_network_like_covariance_fools_block_sums_but_not_the_report(rng):
    """Gaussian columns with lognormal scales: the papers' estimator reads about 1, on the surrogate too."""
    report = tails.report(rng.normal(size=(300, 60)) * np.exp(2 * rng.normal(size=60)), rng=1)
    data, surrogate = report.controls[:2]
    assert report.kind == "gaussian"
    assert data.blocks.value < 1.5
    assert abs(data.blocks.value - surrogate.blocks.value) < 0.3
    assert [c.name for c in report.controls][2:] == ["rows shuffled", "coordinates shuffled", "increments"]
    assert 1.6 < report.columns[1] < 2.5
    assert not report.scan.is_flat


def test_a_walk_is_recognised_as_positions(rng):
    report = tails.report(np.cumsum(rng.normal(size=(3000, 2)), axis=0), rng=1)
    assert report.kind != "heavy tail"
    assert any("positions of a process" in note for note in report.notes)


def test_the_report_is_reproducible_and_can_be_written(rng, tmp_path):
    x = rng.standard_t(3, (300, 3))
    x[:, 2] = 4.0
    one, two = tails.report(x, rng=5), tails.report(x, rng=5)
    assert one.table() == two.table() == str(one)
    assert tails.report(x, rng=6).table() != one.table()
    assert any("1 of 3 columns are constant" in note for note in one.notes)
    content = json.loads(json.dumps(jsonable(one.to_dict()), allow_nan=False))
    assert content["verdict"] == one.verdict
    assert content["controls"]["data"]["block_sums"]["value"] == one.controls[0].blocks.value
    files = write_tail(one, x, tmp_path, source={"file": "x.npy"})
    assert [f.name for f in files] == ["tail.json", "tail.png"]
    assert "best of five laws" in one.table()


def test_zeros_are_noted(rng):
    x = rng.normal(size=1000)
    x[:100] = 0.0
    assert any("100 of 1000 values are exactly 0" in note for note in tails.report(x, rng=1).notes)


def test_awkward_data_get_a_verdict(rng, seed):
    """Rounded, binary, mostly zero, exploding and huge values; warnings are errors here."""
    explode = np.cumprod(1 + 0.3 * rng.normal(size=1000))
    for x, kinds in (
        (np.round(rng.normal(size=2000)), {"gaussian"}),
        (rng.integers(0, 2, size=(500, 3)), {"gaussian"}),
        (np.where(rng.uniform(size=2000) < 0.6, 0.0, rng.normal(size=2000)), {"no power law", "gaussian"}),
        (explode, {"not stationary", "no power law", "gaussian", "power law", "heavy tail"}),
        (1e-200 * rng.normal(size=500), {"gaussian"}),
        (ls.stable.rvs(0.4, size=3000, rng=seed), {"heavy tail"}),
    ):
        assert tails.report(x, rng=1).kind in kinds
    assert any("are repeated" in note for note in tails.report(np.round(rng.normal(size=500)), rng=1).notes)


def test_counters_are_left_out(rng):
    """A column of steps or times has increments without a law; alone it is refused."""
    x = np.column_stack([np.arange(500), 0.1 * np.arange(500), rng.normal(size=500)])
    report = tails.report(x, rng=1)
    assert report.kind == "gaussian"
    assert report.dim == 1
    assert "2 of 3 columns count in equal steps and are left out" in report.notes
    with pytest.raises(ValueError, match="equal steps"):
        tails.report(x[:, :2])


def test_the_two_middle_values_beside_each_other(rng):
    x = np.sort(rng.normal(size=2000))
    middle = x[999:1001].copy()
    rest = rng.permutation(np.delete(x, [999, 1000]))
    assert tails.report(np.concatenate([middle, rest]), rng=1).kind == "gaussian"


def test_error_of_students_index(rng):
    found = [_fit_student(rng.standard_t(3, 1000))[:2] for _ in range(100)]
    nu, error = np.array(found).T
    assert abs(nu.mean() - 3) < Z * nu.std() / 10 + 0.1  # a skew of 1/n
    assert error.mean() == pytest.approx(nu.std(), rel=Z / math.sqrt(200))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.array([]), "empty"),
        (np.ones(500), "constant"),
        (np.ones((500, 2)), "constant"),
        (np.arange(10.0), "at least 20"),
        (np.arange(150.0), "at least 200"),
        (np.where(np.arange(500) == 7, np.nan, 1.0 * np.arange(500)), r"x\[7\]"),
    ],
)
def test_bad_input_is_refused(x, message):
    with pytest.raises(ValueError, match=message):
        tails.report(x)


def test_pictures(rng):
    ax = ls.plot(tails.hill_plot(rng.standard_t(2, 3000)))
    assert ax.get_xscale() == "log"
    ax = ls.plot(tails.block_scan(rng.normal(size=3000)), color="black")
    assert ax.get_lines()[0].get_color() == "black"
