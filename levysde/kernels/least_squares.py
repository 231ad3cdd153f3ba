"""Constant-step SGD on a least-squares problem with a finite data set: many chains, each with its own batches."""

from __future__ import annotations

import numpy as np

from levysde._jit import Counters, Matrix, Streams, Vector, borrowed, f8, i8, kernel
from levysde._streams import next_word
from levysde.kernels.linear_regression import DOWN, OWN, SUM, TOO_LARGE, TOO_SMALL, UP, power_of_level

_U11 = np.uint64(11)


@kernel(i8(Matrix, Vector, i8, f8, Streams, Counters, Matrix, Matrix, Counters, Matrix, i8, i8, i8, i8))
def multi_pass(  # type: ignore[no-untyped-def]
    a, residuals, batch, factor, streams, order, e, total, level, work, done, last, average_from, budget
):
    """Take all chains (rows of `e`) `budget` steps on, at most to step `last`; returns the number of steps done.

    A step takes `batch` distinct rows of `a`, the first of a row of `order` after as many exchanges of Fisher and
    Yates: whatever the order was before, they are a uniform choice. `residuals` are those of the least-squares
    solution, from which the errors `e` are counted; `factor` is eta/b. The exponents in `level` are those of
    `kernels.linear_regression`; `work` has a row, for the gradient.
    """
    a, residuals, streams, order = borrowed(a), borrowed(residuals), borrowed(streams), borrowed(order)
    e, total, level, work = borrowed(e), borrowed(total), borrowed(level), borrowed(work)
    chains, dim = e.shape
    n = a.shape[0]
    end = min(last, done + budget)
    for chain in range(chains):
        label = power_of_level(max(level[OWN, chain], 0))
        share = power_of_level(level[SUM, chain] - level[OWN, chain])
        for step in range(done, end):
            for j in range(dim):
                work[0, j] = 0.0
            for i in range(batch):
                u = np.float64(np.int64(next_word(streams, chain) >> _U11)) * 2.0**-53
                other = i + int(u * (n - i))
                row = order[chain, other]
                order[chain, other] = order[chain, i]
                order[chain, i] = row
                weight = -label * residuals[row]
                for j in range(dim):
                    weight += a[row, j] * e[chain, j]
                for j in range(dim):
                    work[0, j] += weight * a[row, j]
            square = 0.0
            for j in range(dim):
                e[chain, j] -= factor * work[0, j]
                square += e[chain, j] * e[chain, j]
            if square > TOO_LARGE or (0.0 < square < TOO_SMALL and level[OWN, chain] > 0):
                up = square > TOO_LARGE
                for j in range(dim):
                    e[chain, j] *= DOWN if up else UP
                level[OWN, chain] += 1 if up else -1
                if level[OWN, chain] > level[SUM, chain]:
                    level[SUM, chain] += 1
                    for j in range(dim):
                        total[chain, j] *= DOWN
                label = power_of_level(level[OWN, chain])
                share = power_of_level(level[SUM, chain] - level[OWN, chain])
            if step >= average_from:
                for j in range(dim):
                    total[chain, j] += share * e[chain, j]
    return end
