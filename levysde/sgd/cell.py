"""Where a coordinate lies on a uniform grid: a plain function, compiled with the landscapes and scales that call it."""

from __future__ import annotations


def cell(at, low, rate, cells):  # type: ignore[no-untyped-def]
    """Return the number of the cell nearest to a coordinate, the place in it in (0, 1), and how far beyond it lies."""
    t = (at - low) * rate
    t = t if t > 0.0 else 0.0  # NaN too: it must not become an integer
    t = t if t < cells else cells
    k = int(t)
    k = k if k < cells else k - 1
    return k, t - k, at - low - t / rate
