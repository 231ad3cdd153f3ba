"""The exit problem solved: seconds per mean exit time, warm, and how far two meshes agree."""

from __future__ import annotations

import math
import time

import levysde as ls
from benchmarks.timing import Line, show
from levysde.dirichlet.ladder import system

CASES = {
    "quadratic (-1, 1)": (ls.Quadratic(), 0.0, ls.Interval(-1.0, 1.0)),
    "double well (-2.5, 0)": (ls.DoubleWell(), -1.0, ls.Interval(-2.5, 0.0)),
    "double well (-inf, 0)": (ls.DoubleWell(), -1.0, ls.Interval(-math.inf, 0.0)),
    "wide well (0, inf)": (ls.MultiWell([-1.0, 0.0, 2.0], [0.0, 1.0, -0.5]), 2.0, ls.Interval(0.0, math.inf)),
}


def lines() -> list[Line]:
    """Time one mean per case, tables of the reference element made before."""
    found = []
    for name, (landscape, x0, domain) in CASES.items():
        for alpha in (0.5, 0.8, 1.0, 1.2, 1.5, 1.8, 1.95):
            for sigma in (0.1, 1.0):
                sde = ls.SDE(landscape, ls.AlphaStable(alpha), sigma)
                ls.dirichlet.mean_exit_time(sde, x0, domain)
                system.cache_clear()
                began = time.perf_counter()
                mean = ls.dirichlet.mean_exit_time(sde, x0, domain)
                spent = time.perf_counter() - began
                note = f"{mean.value:.9g}, two meshes agree to {mean.error / abs(mean.value):.0e}"
                how = f"alpha = {alpha:g}, sigma = {sigma:g}"
                found.append(Line(f"exit problem solved, {name}", how, spent, "s", note))
    return found


if __name__ == "__main__":
    show(lines())
