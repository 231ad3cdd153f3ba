"""The increment of a sum of noises: up to four different samplers, any number of parts."""

from __future__ import annotations

from levysde._jit import inline

SLOTS = 4


@inline
def draw_increment(s0, s1, s2, s3, slot, tables, offset, scale, streams, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the sum of all parts; part i uses sampler slot[i] with tables[offset[i]:offset[i + 1]]."""
    out[:] = 0.0
    for part in range(slot.size):
        table = tables[offset[part] : offset[part + 1]]
        if slot[part] == 0:
            s0(streams, table, scale[part], out)
        elif slot[part] == 1:
            s1(streams, table, scale[part], out)
        elif slot[part] == 2:
            s2(streams, table, scale[part], out)
        else:
            s3(streams, table, scale[part], out)
