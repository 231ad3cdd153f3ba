"""Seeding of a block of lanes, called from Python."""

from __future__ import annotations

from levysde._jit import Flags, Integers, Matrix, Streams, Words, i8, kernel, void
from levysde._streams import seed_stream
from levysde.kernels.exits import ACTIVE, start_lane


@kernel(void(Words, i8, Streams))
def seed_lanes(root, first, streams):  # type: ignore[no-untyped-def]
    """Give lane w the stream of path first + w."""
    for lane in range(streams.shape[1]):
        seed_stream(root, first + lane, streams, lane)


@kernel(void(Matrix, Words, Integers, Streams, Matrix, Integers, Integers, Flags))
def start_lanes(x0, root, cursor, streams, x, ids, born, ok):  # type: ignore[no-untyped-def]
    """Put the first paths of a block into its lanes."""
    for lane in range(x.shape[1]):
        start_lane(lane, x0, root, cursor, streams, x, ids, born)
        ok[lane] = 1
    cursor[ACTIVE] = x.shape[1]
