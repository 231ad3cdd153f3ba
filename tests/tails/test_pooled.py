"""One index for vectors: pooled over coordinates as published, and averaged over them."""

import math

import numpy as np
import pytest

from levysde import stable, tails
from levysde.tails.pooled import largest_divisor


def published(rows):
    """Return the estimate as the authors compute it, step by step."""
    series = rows.ravel()
    m = max(k for k in range(1, math.isqrt(series.size) + 1) if series.size % k == 0)
    sums = [sum(series[i : i + m]) for i in range(0, series.size, m)]
    offset = np.spacing(1.0)
    first = sum(math.log(abs(y) + offset) for y in sums) / len(sums)
    second = sum(math.log(abs(x) + offset) for x in series) / series.size
    return math.log(m) / (first - second)


def test_pooled_is_the_published_estimate(rng):
    rows = rng.standard_normal((12, 35))
    rows[3, 5:9] = 0.0  # exact zeros count with the offset
    rows[:, 7] = 0.0  # a silent unit
    assert tails.pooled(rows).value == pytest.approx(published(rows), rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 12, 97, 89 * 9472])
def test_largest_divisor(n):
    assert largest_divisor(n) == max(k for k in range(1, math.isqrt(n) + 1) if n % k == 0)


@pytest.mark.parametrize("estimator", [tails.pooled, tails.per_coordinate])
@pytest.mark.parametrize("alpha", [0.8, 1.5, 2.0])
def test_independent_stable_coordinates(estimator, alpha, seed):
    found = [estimator(x) for x in stable.rvs(alpha, size=(40, 64, 100), rng=seed)]
    inverse = np.array([1 / e.value for e in found])
    error = inverse.std(ddof=1) / math.sqrt(len(inverse))
    assert abs(inverse.mean() - 1 / alpha) < 5 * error
    assert abs(inverse.mean() - 1 / (alpha - 0.2)) > 5 * error  # the same bound sees another index
    stated = np.array([e.standard_error / e.value**2 for e in found])
    # the standard deviation of 40 estimates is known to 11 %, that of 8 blocks is low by a few per cent
    assert 0.5 < math.sqrt(np.mean(stated**2)) / inverse.std(ddof=1) < 1.7


def test_scales_and_dependence_enter_one_of_them_only(rng):
    mix = rng.standard_normal((200, 200)) / 14
    rows = rng.standard_normal((400, 200)) @ mix * np.geomspace(1e-6, 1, 200)
    each, all_of_them = tails.per_coordinate(rows), tails.pooled(rows)
    assert abs(each.value - 2) < 5 * each.standard_error
    assert all_of_them.value < 1.3
    scaled = tails.per_coordinate(rows * np.geomspace(1, 1e6, 200))
    assert scaled.value == pytest.approx(each.value, rel=1e-9)
    assert abs(tails.pooled(rows * np.geomspace(1, 1e6, 200)).value - all_of_them.value) > 0.1


def test_coordinates_with_zeros_are_left_out(rng):
    rows = rng.standard_normal((100, 50))
    expected = tails.per_coordinate(rows[:, 10:])
    rows[rng.integers(0, 100, 10), np.arange(10)] = 0.0
    found = tails.per_coordinate(rows)
    assert found.value == expected.value
    assert "40 of 50" in found.method


def test_coordinates_with_sums_of_zero_are_left_out(rng):
    # the gradient of a weight that one sample alone moves: in a ninth of the batches it has its one value
    n, m = 81, 9
    one = np.where(np.arange(n) % m == 0, 8.0, -1.0)
    rows = rng.normal(size=(n, 30))
    found = tails.per_coordinate(np.column_stack([rows, one]))
    alone = tails.per_coordinate(rows)
    assert (found.value, found.standard_error) == (alone.value, alone.standard_error)
    assert "30 of 31 coordinates" in found.method
    with pytest.raises(ValueError, match="sums that are exactly 0"):
        tails.per_coordinate(np.column_stack([one, 2 * one]))


def test_what_is_refused(rng):
    rows = rng.standard_normal((20, 10))
    for verb in (tails.pooled, tails.per_coordinate):
        with pytest.raises(ValueError, match=r"\(n, d\)"):
            verb(rows[0])
        with pytest.raises(ValueError, match="NaN"):
            verb(np.where(rows > 2, np.nan, rows) * np.nan)
    with pytest.raises(ValueError, match="divide"):
        tails.pooled(rows[:1].repeat(13, axis=0)[:, :1] + np.arange(13)[:, None])  # 13 entries: no divisor
    with pytest.raises(ValueError, match="block=7"):
        tails.pooled(rows, block=7)
    with pytest.raises(ValueError, match="rows"):
        tails.pooled(rows[:1])
    with pytest.raises(ValueError, match="16"):
        tails.per_coordinate(rows[:10])
    with pytest.raises(ValueError, match="block=6"):
        tails.per_coordinate(rows, block=6)
    with pytest.raises(ValueError, match="exactly 0"):
        tails.per_coordinate(rows * (np.arange(20)[:, None] > 0))
