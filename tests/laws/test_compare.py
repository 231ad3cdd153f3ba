"""The headline comparison: known times and occupancies, two loss curves, and indifference to workers and scales."""

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.compare import default_landscape, default_noises

EXAMPLES = Path(__file__).parents[2] / "examples"
NOISES = [0.05 * ls.AlphaStable(1.5), 0.5 * ls.Brownian()]
# Mean exit times by fine simulation (stable, +-0.5 %) and by quadrature (Brownian).
TIMES = [(155.7, 0.8), (784.0, 4.0), (453.6, 0.05), (163.4, 0.05)]


def _z(value, error, target, target_error=0.0):
    return abs(value - target) / math.hypot(error, target_error)


def test_the_defaults(laws, seed):
    """`compare_minima` on its own landscape, as the command line runs it.

    The step error that shift and Splitting leave is below 1 % (the run with 4 dt is within 3 % of the fine one),
    against standard errors of up to 3 %.
    """
    found = ls.compare_minima(default_landscape(), NOISES, rng=seed, workers=2)
    assert found.partial is None
    for row, (time, error) in zip(found.rows, TIMES, strict=True):
        assert row.n_censored == row.n_nonfinite == 0
        assert 0 < row.time.relative_error <= 0.03
        assert _z(row.time.value, row.time.standard_error, time, error) < laws.Z
        assert 0 < row.time.bias < row.time.value / 4
    narrow, wide, narrow_brownian, wide_brownian = found.rows
    assert narrow.prediction.value == pytest.approx(158.5, abs=0.05)
    assert wide.prediction.value == pytest.approx(823.8, abs=0.1)
    for row, (time, error) in zip(found.rows, TIMES, strict=True):  # solved, not simulated
        assert row.solved.valid
        assert row.solved.error < 1e-4 * row.solved.value
        assert _z(row.solved.value, row.solved.error, time, error) < laws.Z
        assert abs(row.time.value - row.solved.value) < laws.Z * row.time.standard_error + row.time.bias
    assert (
        _z(wide.solved.value, 0.0, wide.prediction.value, TIMES[1][1]) > laws.Z
    )  # it sees that the noise is not small
    assert narrow_brownian.prediction.value == pytest.approx(453.6, abs=0.05)
    assert wide_brownian.prediction.value == pytest.approx(163.4, abs=0.05)
    assert "big jump" in narrow.prediction.law
    assert "quadrature" in narrow_brownian.prediction.law
    # the picture: Brownian noise stays in the deep narrow well, stable noise in the wide shallow one
    assert wide.time.value > 3 * narrow.time.value
    assert narrow_brownian.time.value > 2 * wide_brownian.time.value
    # occupancies
    assert _z(wide.occupancy, wide.occupancy_error, 0.834, 0.002) < laws.Z
    assert wide.occupancy_prediction.value == pytest.approx(0.839, abs=5e-4)
    assert _z(wide_brownian.occupancy, wide_brownian.occupancy_error, 0.0736, 0.0002) < laws.Z
    assert wide_brownian.occupancy_prediction.value == pytest.approx(0.0746, abs=5e-5)
    assert wide_brownian.occupancy_error < 0.01
    for first in (0, 2):
        assert found.rows[first].occupancy + found.rows[first + 1].occupancy == pytest.approx(1)
    # what the times to the barrier alone would give, and what would follow from the other constants
    assert _z(wide_brownian.occupancy, wide_brownian.occupancy_error, 163.4 / (163.4 + 453.6)) > laws.Z
    assert _z(narrow.time.value, narrow.time.standard_error, 0.5**1.5 * 1.5 / 0.05**1.5) > laws.Z
    assert _z(narrow_brownian.time.value, narrow_brownian.time.standard_error, 163.4) > laws.Z


def _curve(name, u):
    return ls.Tabulated.from_csv(EXAMPLES / name, u=u)


@pytest.mark.parametrize(("which", "rel_error"), [(0, 0.1), (1, 0.2)], ids=["stable", "Brownian"])
def test_equal_wells(which, rel_error, laws, seed):
    """Two wells alike (half-widths 0.500 and 0.495, heights 0.595): every noise must say about one half."""
    landscape = _curve("digits-loss-equal-wells.csv", "train_loss")
    noise = default_noises(landscape)[which]
    left, right = ls.compare_minima(landscape, [noise], rel_error=rel_error, rng=seed, workers=2).rows
    assert left.n_nonfinite == right.n_nonfinite == 0
    assert left.occupancy_prediction.value == pytest.approx(0.5, abs=0.03)
    # the first-jump law is a limit: the relative error that it states for either time enters the share as p (1 - p)
    jumps = "jump" in left.prediction.law
    slack = 0.25 * left.prediction.error / left.prediction.value if jumps else 0.0
    assert _z(left.occupancy, left.occupancy_error, left.occupancy_prediction.value, slack) < laws.Z
    # what the test loss of the other curve gives (below) would not pass
    assert _z(left.occupancy, left.occupancy_error, 0.01, slack) > laws.Z
    assert _z(left.occupancy, left.occupancy_error, 0.99, slack) > laws.Z


def test_unequal_wells_of_the_training_loss(laws, seed):
    """Both noises prefer the wide right well: first jump 0.82, Gibbs 0.835 at sigma = 0.5."""
    landscape = _curve("digits-loss-unequal-wells.csv", "train_loss")
    noises = [0.05 * ls.AlphaStable(1.5), 0.5 * ls.Brownian()]
    found = ls.compare_minima(landscape, noises, rel_error=0.15, rng=seed, workers=2)
    for (left, right), wanted in ((found.rows[:2], 0.82), (found.rows[2:], 0.835)):
        assert right.width[0] > 2 * left.width[1]
        assert right.occupancy - laws.Z * right.occupancy_error > 0.5
        assert right.occupancy_prediction.value == pytest.approx(wanted, abs=0.005)


def test_unequal_wells_of_the_test_loss(laws, seed):
    """Equal widths and unequal depths: stable noise says about one half, Brownian noise about one per cent."""
    landscape = _curve("digits-loss-unequal-wells.csv", "test_loss")
    found = ls.compare_minima(
        landscape, [default_noises(landscape)[0], 0.5 * ls.Brownian()], rel_error=0.1, rng=seed, workers=2
    )
    stable, brownian = found.rows[1], found.rows[3]
    assert stable.occupancy_prediction.value == pytest.approx(0.52, abs=0.02)
    assert abs(stable.occupancy - 0.5) < 0.1 + laws.Z * stable.occupancy_error
    assert brownian.occupancy_prediction.value == pytest.approx(0.010, abs=0.005)
    assert _z(brownian.occupancy, brownian.occupancy_error, brownian.occupancy_prediction.value) < laws.Z
    assert stable.occupancy - brownian.occupancy > laws.Z * math.hypot(stable.occupancy_error, brownian.occupancy_error)


def test_workers_do_not_change_the_result(seed):
    landscape = ls.DoubleWell()
    noises = [0.2 * ls.AlphaStable(1.5), 0.6 * ls.Brownian()]
    one = ls.compare_minima(landscape, noises, rel_error=0.2, rng=seed)
    with ThreadPoolExecutor(2) as pool:
        others = [ls.compare_minima(landscape, noises, rel_error=0.2, rng=seed, workers=w) for w in (2, pool)]
    for other in others:
        assert [row.to_dict() for row in other.rows] == [row.to_dict() for row in one.rows]
        for a, b in zip(one.rows, other.rows, strict=True):
            assert np.array_equal(a.sample.times, b.sample.times)
            assert np.array_equal(a.sample.exit_points, b.sample.exit_points)
    again = ls.compare_minima(landscape, noises, rel_error=0.2, rng=seed + 1)
    assert again.rows[0].time.value != one.rows[0].time.value


@pytest.mark.parametrize(("stretch", "lift"), [(20.0, 1.0), (1.0, 10.0)])
def test_other_scales_run_and_say_the_same(stretch, lift, laws, seed):
    """A landscape 20 times as wide, or a loss 10 times as large: time and noise scale, shares do not.

    The default amplitudes scale along up to rounding to three digits.
    """
    landscape = ls.MultiWell(x=[-0.5 * stretch, 0, 1.5 * stretch], u=[-1 * lift, 0, -0.5 * lift])
    noises = default_noises(landscape)
    found = ls.compare_minima(landscape, noises, rel_error=0.1, rng=seed, workers=2)
    plain = default_noises(default_landscape())
    time_unit = stretch**2 / lift
    for row, i in zip(found.rows, (0, 1, 0, 1), strict=True):
        assert row.n_censored == row.n_nonfinite == 0
        noise = plain[0] if "Stable" in row.noise else plain[1]
        small = ls.SDE(default_landscape(), noise)
        x0, domain = small.landscape.minima[i], small.landscape.basin(i)
        wanted = ls.theory.mean_exit_time(small, x0, domain).value * time_unit
        assert row.prediction.value == pytest.approx(wanted, rel=0.05)  # 3 digits of the amplitude, in exp(8)
        if "Brownian" in row.noise:
            assert _z(row.time.value, row.time.standard_error, row.prediction.value) < laws.Z
        assert _z(row.occupancy, row.occupancy_error, 0.5) > laws.Z
    assert found.rows[1].occupancy > 0.5 > found.rows[3].occupancy


def test_where_the_exit_problem_is_not_solved(tmp_path, seed):
    """Jumps at a finite rate: the column is empty, and the table and the CSV say why."""
    noise = 0.6 * ls.Brownian() + ls.CompoundPoisson(0.3, [-1.2, 1.2])
    found = ls.compare_minima(ls.DoubleWell(), [noise], rel_error=0.3, rng=seed)
    row = found.rows[0]
    assert math.isnan(row.solved.value)
    assert "levysde.dirichlet" in row.solved.reason
    assert "not solved: " in found.table()
    found.to_csv(tmp_path / "rows.csv")
    assert "levysde.dirichlet solves" in (tmp_path / "rows.csv").read_text()
