"""The sampler of compound Poisson increments: how many jumps, and how large each is."""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import SAMPLER, inline, kernel
from levysde._streams import next_word

MEAN, PIECES, NONE, ATOMS = range(4)  # head of the table: jumps per piece, pieces, exp(-MEAN), number of atoms or 0
HEAD = 4
LARGEST_MEAN = 8.0  # of a piece: the probability of more than MOST jumps is then below 1e-38
MOST = 80

_U11 = np.uint64(11)
_U1 = np.uint64(1)
_TWO_MINUS_53 = 2.0**-53


def jump_table(mean: float, sizes: np.ndarray, *, atoms: bool) -> np.ndarray:
    """Return the table of the sum of a Poisson number of jumps; `sizes` are atoms or quantiles (`jump_sizes`)."""
    pieces = max(1, math.ceil(mean / LARGEST_MEAN))
    return np.concatenate([[mean / pieces, pieces, math.exp(-mean / pieces), len(sizes) if atoms else 0], sizes])


@inline
def _uniform(word):  # type: ignore[no-untyped-def]
    return (np.float64(np.int64(word >> _U11)) + 0.5) * _TWO_MINUS_53


@inline
def _poisson(u, table):  # type: ignore[no-untyped-def]
    """Return the number of jumps, by inversion."""
    count, p = 0, table[NONE]
    while u > p and count < MOST:
        u -= p
        count += 1
        p *= table[MEAN] / count
    return count


@inline
def _from_quantiles(word, table):  # type: ignore[no-untyped-def]
    """Return one jump: the lowest bit chooses the side of the median, the others the place on it."""
    nodes, start = int(table[HEAD]), HEAD + 2
    if word & _U1:
        start += 3 * nodes
        nodes = int(table[HEAD + 1])
    e = -math.log(_uniform(word))
    low, high = 0, nodes - 1
    if e >= table[start + 3 * high]:
        return table[start + 3 * high + 1]
    while high - low > 1:
        middle = (low + high) // 2
        if table[start + 3 * middle] <= e:
            low = middle
        else:
            high = middle
    at = start + 3 * low
    width = table[at + 3] - table[at]
    t = (e - table[at]) / width
    s = 1.0 - t
    left = (1.0 + 2.0 * t) * table[at + 1] + t * width * table[at + 2]
    right = (1.0 + 2.0 * s) * table[at + 4] - s * width * table[at + 5]
    return s * s * left + t * t * right


@kernel(SAMPLER)
def compound_poisson(streams, table, scale, out):  # type: ignore[no-untyped-def]
    """Add `scale` times independent sums of jumps to every entry of `out`."""
    atoms = np.int64(table[ATOMS])
    for row in range(out.shape[0]):
        for lane in range(out.shape[1]):
            total = 0.0
            for _ in range(np.int64(table[PIECES])):
                for _ in range(_poisson(_uniform(next_word(streams, lane)), table)):
                    word = next_word(streams, lane)
                    if atoms > 0:
                        total += table[HEAD + np.int64(_uniform(word) * atoms)]
                    else:
                        total += _from_quantiles(word, table)
            out[row, lane] += scale * total
