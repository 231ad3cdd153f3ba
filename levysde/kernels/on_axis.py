"""A sampler that moves one coordinate only: with one part per axis, the axes have different laws."""

from __future__ import annotations

import numpy as np

from levysde._jit import SAMPLER, kernel
from levysde._streams import WORD, fill_words
from levysde.stable.ziggurat import add_row


def axis_table(table: np.ndarray, axis: int) -> np.ndarray:
    """Return the table of a law that is drawn by the ziggurat, followed by the axis that it moves."""
    return np.append(table, float(axis))


@kernel(SAMPLER)
def on_axis(streams, table, scale, out):  # type: ignore[no-untyped-def]
    """Add `scale` times a variate to one row of `out`."""
    fill_words(streams)
    add_row(streams, WORD, table, scale, out, int(table[table.size - 1]))
