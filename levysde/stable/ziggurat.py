"""The ziggurat sampler: one block of variates from a table of `stable.tables`, symmetric stable and normal alike.

Each lane consumes words of its own stream only, so that its variates do not depend on the other lanes. One word
gives the layer (low 10 bits) and the uniform (top 53 bits).
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import SAMPLER, inline, kernel
from levysde._streams import fill_words, next_word
from levysde.stable.tables import (
    COLD,
    EXPONENT,
    HEAD,
    HOT,
    LAYERS,
    LOG_LOW,
    SIDE,
    TAIL,
    TAIL_RATE,
    TWO_53,
    WEDGE,
    WEDGE_RATE,
    hermite,
)

_LAYER_MASK = np.uint64(LAYERS - 1)
_U11, _U12 = np.uint64(11), np.uint64(12)
_TWO_MINUS_52 = 2.0**-52
_TWO_MINUS_64 = 2.0**-64


@inline
def _uniform(word):  # type: ignore[no-untyped-def]
    """Return a uniform of the open interval (0, 1)."""
    return (np.float64(np.int64(word >> _U12)) + 0.5) * _TWO_MINUS_52


@inline
def _tail(word, head, table):  # type: ignore[no-untyped-def]
    """Return |x| beyond the last layer; all 64 bits count, since they set the largest magnitude."""
    decay = -math.log((np.float64(word) + 1.0) * _TWO_MINUS_64)
    position = decay * table[head + TAIL_RATE]
    cell = int(position)
    at = int(table[head + TAIL]) + 2 * cell
    p = hermite(position - cell, table[at], table[at + 1], table[at + 2], table[at + 3])
    return math.exp(decay * table[head + EXPONENT]) * p


@inline
def _log_density(size, head, table):  # type: ignore[no-untyped-def]
    """Return log f at |x| = size inside the layers."""
    start = int(table[head + WEDGE])
    position = (math.log(size) - table[head + LOG_LOW]) * table[head + WEDGE_RATE] if size > 0.0 else 0.0
    if position <= 0.0:
        return table[start]
    cell = int(position)
    at = start + 2 * cell
    return hermite(position - cell, table[at], table[at + 1], table[at + 2], table[at + 3])


@inline
def draw(word, streams, lane, table):  # type: ignore[no-untyped-def]
    """Return one variate, starting from `word` and drawing further words from the lane's stream if it is rejected."""
    while True:
        layer = np.int64(word & _LAYER_MASK)
        ticket = np.float64(np.int64(word >> _U11))
        x = ticket * table[HOT + 2 * layer]
        if ticket < table[HOT + 2 * layer + 1]:
            return x
        head = HEAD * (layer // SIDE)
        if layer % SIDE == 0:
            return math.copysign(_tail(next_word(streams, lane), head, table), x)
        at = COLD + 3 * layer
        u = _uniform(next_word(streams, lane))
        chord = (TWO_53 - ticket) / (TWO_53 - table[HOT + 2 * layer + 1])
        if u < chord - table[at + 2]:
            return x
        if u < chord + table[at + 2] and math.log(table[at] + table[at + 1] * u) < _log_density(abs(x), head, table):
            return x
        word = next_word(streams, lane)


@kernel(SAMPLER)
def ziggurat(streams, table, scale, out):  # type: ignore[no-untyped-def]
    """Add `scale` times independent variates of the table's law to every entry of `out`."""
    for row in range(out.shape[0]):
        fill_words(streams)
        for lane in range(out.shape[1]):
            word = streams[4, lane]
            layer = np.int64(word & _LAYER_MASK)
            ticket = np.float64(np.int64(word >> _U11))
            if ticket < table[HOT + 2 * layer + 1]:
                out[row, lane] += scale * (ticket * table[HOT + 2 * layer])
            else:
                out[row, lane] += scale * draw(word, streams, lane, table)
