"""What follows from a generator: against direct linear algebra, closed forms, and chains that are not ergodic."""

import math

import numpy as np
import pytest

from levysde.wells.markov import deviation, generator_of, mean_first_passage, merging, spectrum, stationary_law


def some(rng, n):
    return generator_of(rng.exponential(size=(n, n)) ** 3)


@pytest.mark.parametrize("n", [2, 3, 4, 6])
def test_against_direct_linear_algebra(n, rng):
    q = some(rng, n)
    law, times, d = stationary_law(q), mean_first_passage(q), deviation(q)
    assert law.sum() == pytest.approx(1)
    np.testing.assert_allclose(law @ q, 0, atol=1e-12 * np.abs(q).max())
    for j in range(n):
        rest = np.delete(np.arange(n), j)
        direct = np.linalg.solve(-q[np.ix_(rest, rest)], np.ones(n - 1))
        np.testing.assert_allclose(times[rest, j], direct, rtol=1e-9)
        assert times[j, j] == 0
    limit = np.outer(np.ones(n), law)
    np.testing.assert_allclose(d, np.linalg.inv(limit - q) - limit, atol=1e-9 * np.abs(d).max())
    wanted = np.sort(np.linalg.eigvals(-q).real)
    np.testing.assert_allclose(spectrum(q).real, wanted, atol=1e-9 * wanted[-1])
    # a change of the generator moves the stationary law by pi E D, to first order
    change = generator_of(rng.exponential(size=(n, n)))
    moved = (stationary_law(q + 1e-7 * change) - law) / 1e-7
    np.testing.assert_allclose(moved, law @ change @ d, atol=1e-4 * np.abs(moved).max() + 1e-6)


def test_rates_of_many_orders_of_magnitude():
    """Two wells that change places at rate 1, and a third at 1e-20: all numbers by formulas without subtraction.

    The trees that lead to each state give its weight, and their sum the product of the two eigenvalues (Kirchhoff).
    """
    a, b, c, d, e, f = 1.0, 0.7, 1e-20, 2e-20, 3e-21, 5e-20  # 0-1, 1-0, 1-2, 2-1, 0-2, 2-0
    q = generator_of(np.array([[0, a, e], [b, 0, c], [f, d, 0]]))
    trees = np.array([b * f + b * d + c * f, a * d + a * f + e * d, a * c + e * b + e * c])
    total, product = a + b + c + d + e + f, trees.sum()
    fast = (total + math.sqrt(total * total - 4 * product)) / 2
    np.testing.assert_allclose(spectrum(q).real, [0, product / fast, fast], rtol=1e-12)
    np.testing.assert_allclose(stationary_law(q), trees / trees.sum(), rtol=1e-14)
    times = mean_first_passage(q)
    assert times[0, 2] == pytest.approx((a + b + c) / (a * c + e * b + e * c), rel=1e-14)
    assert times[0, 1] == pytest.approx((d + f + e) / (a * d + a * f + e * d), rel=1e-14)
    # what a plain solver makes of it
    assert abs(np.sort(np.linalg.eigvals(-q).real)[1] / (product / fast) - 1) > 1e-3
    first, last = merging(q)
    assert {first.first, first.second} == {(0,), (1,)}
    assert {last.first, last.second} == {(2,), (0, 1)}
    assert (first.time, last.time) == (pytest.approx(1 / fast), pytest.approx(fast / product))


def test_chains_that_end_somewhere():
    one_way = generator_of(np.array([[0, 1.0, 0.5], [0, 0, 2.0], [0, 0, 0]]))
    np.testing.assert_array_equal(stationary_law(one_way), [0, 0, 1])
    times = mean_first_passage(one_way)
    assert times[0, 2] == pytest.approx(1 / 1.5 + (1.0 / 1.5) / 2.0)
    assert np.all(np.isinf([times[0, 1], times[1, 0], times[2, 0], times[2, 1]]))
    np.testing.assert_allclose(spectrum(one_way).real, [0, 1.5, 2.0], atol=1e-15)
    assert merging(one_way) == ()
    two_traps = generator_of(np.array([[0, 1.0, 1.0], [0, 0, 0], [0, 0, 0]]))
    assert np.all(np.isnan(stationary_law(two_traps)))
    assert np.isinf(mean_first_passage(two_traps)[0, 1])
    unknown = np.full((2, 2), np.nan)
    assert np.all(np.isnan(stationary_law(unknown)))
    assert np.all(np.isnan(mean_first_passage(unknown)))
    assert np.all(np.isnan(spectrum(unknown).real))
    assert merging(unknown) == ()
    np.testing.assert_array_equal(stationary_law(np.zeros((1, 1))), [1])


def test_a_circle_has_complex_eigenvalues():
    circle = generator_of(np.array([[0, 1.0, 0], [0, 0, 1.0], [1.0, 0, 0]]))
    np.testing.assert_allclose(np.sort(spectrum(circle).imag), [-math.sqrt(3) / 2, 0, math.sqrt(3) / 2], atol=1e-12)
    np.testing.assert_allclose(spectrum(circle).real, [0, 1.5, 1.5], atol=1e-12)
    assert [merge.time for merge in merging(circle)] == pytest.approx([1 / 1.5, 1 / 1.5])
