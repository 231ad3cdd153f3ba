"""Dimensions of paths: seconds for a million points."""

from __future__ import annotations

import time

import numpy as np

import levysde as ls
from benchmarks.timing import Line, show

N = 1_000_000


def lines() -> list[Line]:
    """Time box counts of one path in the plane and on the line, and spanning trees of a thousand points."""
    found = []
    for alpha in (0.8, 1.5, 1.9):
        plane = ls.simulate(ls.SDE(ls.Flat(dim=2), ls.IsotropicStable(alpha)), [0.0, 0.0], t=1, dt=1 / N, rng=1)
        for name, measure in (
            ("range, boxes", ls.dimension.range_dimension),
            ("graph, boxes", ls.dimension.graph_dimension),
            ("range, spanning trees of 1000 points", ls.dimension.persistent_homology_dimension),
        ):
            began = time.perf_counter()
            dimension = measure(plane.x[0])
            spent = time.perf_counter() - began
            found.append(
                Line(
                    f"dimension of a path of {N} steps in the plane, alpha = {alpha:g}",
                    name,
                    spent,
                    "s",
                    str(dimension),
                )
            )
    path = ls.simulate(ls.SDE(ls.Flat(), ls.AlphaStable(1.5)), 0.0, t=1, dt=1 / N, rng=1)
    began = time.perf_counter()
    index = ls.dimension.index_from_increments(np.diff(path.x[0], axis=0))
    spent = time.perf_counter() - began
    found.append(Line(f"{N} increments on the line, alpha = 1.5", "index from increments", spent, "s", str(index)))
    return found


if __name__ == "__main__":
    show(lines())
