"""The ziggurat sampler: one block of variates from a table of `stable.tables`, whatever law it holds.

Each lane consumes words of its own stream only, so that its variates do not depend on the other lanes. One word
gives the layer (low 12 bits) and the uniform (top 52 bits).
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import SAMPLER, inline, kernel
from levysde._streams import WORD, fill_four_words, fill_words, next_word
from levysde.stable.layers import LEAST, LOW, MOST, OTHER, REGION, RISE, SHARE, WIDTH, X, coordinate, hermite
from levysde.stable.tables import (
    EXPONENT,
    GRID_LOW,
    GRID_WIDTH,
    HEAD,
    HOT,
    LAYERS,
    LEFT,
    ORIGIN,
    PARTS,
    RECTANGLES,
    REGIONS,
    SHIFT,
    TAIL,
    TAIL_RATE,
    WEDGE,
    WEDGE_RATE,
)

_LAYER_MASK = np.uint64(LAYERS - 1)
_U12 = np.uint64(12)
_TWO_MINUS_52 = 2.0**-52
_TWO_MINUS_64 = 2.0**-64


@inline
def _uniform(word):  # type: ignore[no-untyped-def]
    """Return a uniform of the open interval (0, 1)."""
    return (np.float64(np.int64(word >> _U12)) + 0.5) * _TWO_MINUS_52


@inline
def _tail(word, head, table):  # type: ignore[no-untyped-def]
    """Return |x| beyond the first rectangle; all 64 bits count, since they set the largest magnitude."""
    decay = -math.log((np.float64(word) + 1.0) * _TWO_MINUS_64)
    position = decay * table[head + TAIL_RATE]
    cell = int(position)
    at = int(table[head + TAIL]) + 2 * cell
    p = hermite(position - cell, table[at], table[at + 1], table[at + 2], table[at + 3])
    return math.exp(decay * table[head + EXPONENT]) * p


@inline
def _log_density(size, head, table):  # type: ignore[no-untyped-def]
    """Return log f at the distance `size` from the mode, inside the layers."""
    start = int(table[head + WEDGE])
    position = 0.0
    if size > 0.0:
        u = coordinate(size, table[head + GRID_WIDTH], table[head + ORIGIN])
        position = (u - table[head + GRID_LOW]) * table[head + WEDGE_RATE]
    if position <= 0.0:
        return table[start]
    cell = int(position)
    at = start + 2 * cell
    return hermite(position - cell, table[at], table[at + 1], table[at + 2], table[at + 3])


@inline
def _left_over(word, streams, lane, table):  # type: ignore[no-untyped-def]
    """Return a variate (less the mode) from the left-over regions; the top bits of `word` choose which."""
    position = np.float64(np.int64(word >> _U12)) * _TWO_MINUS_52 * table[REGIONS]
    number = int(position)
    at = PARTS + REGION * number
    other = int(table[at + OTHER])
    number = number if position - number < table[at + SHARE] else other
    at = PARTS + REGION * number
    if table[at + RISE] == 0.0:
        right = number < table[LEFT]
        size = _tail(next_word(streams, lane), HEAD if right else 2 * HEAD, table)
        return size if right else -size
    least, most = table[at + LEAST], table[at + MOST]
    while True:
        s, u = _uniform(next_word(streams, lane)), _uniform(next_word(streams, lane))
        folded = (least >= 0.0) & (
            s + u > 1.0
        )  # nothing lies above the diagonal: fold the upper triangle onto the lower
        s = 1.0 - s if folded else s
        u = 1.0 - u if folded else u
        drop, bow = (1.0 - s) - u, s * (1.0 - s)
        x = table[at + X] + s * table[at + WIDTH]
        if drop > most * bow:
            return x
        if drop >= least * bow:
            head = HEAD if number < table[LEFT] else 2 * HEAD
            if math.log(table[at + LOW] + u * table[at + RISE]) < _log_density(abs(x), head, table):
                return x


@inline
def add_row(streams, words, table, scale, out, row):  # type: ignore[no-untyped-def]
    """Add `scale` times the variates that begin with row `words` of `streams` to a row of `out`.

    The common case is written out in the loop: a helper that takes arrays would count their references, atomically, for
    every variate (10 ns).
    """
    rectangles, shift = np.int64(table[RECTANGLES]), table[SHIFT]
    for lane in range(out.shape[1]):
        word = streams[words, lane]
        layer = np.int64(word & _LAYER_MASK)
        if layer < rectangles:
            out[row, lane] += scale * (shift + np.float64(np.int64(word >> _U12)) * table[HOT + layer])
        else:
            out[row, lane] += scale * (shift + _left_over(word, streams, lane, table))


@inline
def add_ziggurat(streams, table, scale, out):  # type: ignore[no-untyped-def]
    """Add `scale` times independent variates of the table's law to every entry of `out`."""
    rows = out.shape[0]
    row = 0
    while row < rows:
        if rows - row >= 4:  # the state of a stream is loaded once for four words
            fill_four_words(streams)
            count = 4
        else:
            fill_words(streams)
            count = 1
        for i in range(count):
            add_row(streams, WORD + i, table, scale, out, row + i)
        row += count


@kernel(SAMPLER)
def ziggurat(streams, table, scale, out):  # type: ignore[no-untyped-def]
    """`add_ziggurat` as a sampler of the engine."""
    add_ziggurat(streams, table, scale, out)
