"""The exit problem solved: CPU seconds per mean exit time, warm, and how far two meshes agree; the worst solve last.

Run it with OMP_NUM_THREADS=1: the CPU seconds of all threads are added up.
"""

from __future__ import annotations

import math
import time
from pathlib import Path

import levysde as ls
from benchmarks.timing import Line, show
from levysde.dirichlet.ladder import system

WELLS = ls.MultiWell([-1.0, 0.0, 2.0], [0.0, 1.0, -0.5])
MANY = ls.MultiWell(
    [-3.0, -2.2, -1.3, -0.7, 0.0, 0.8, 1.5, 2.0, 2.9, 3.5, 4.2],
    [0.0, 0.6, -0.3, 0.9, -0.5, 1.0, 0.1, 0.5, -0.4, 0.8, 0.0],
)
TABLE = ls.Tabulated.from_csv(Path(__file__).parents[1] / "examples" / "digits-loss-unequal-wells.csv")
CASES = {
    "quadratic (-1, 2)": (ls.Quadratic(), 0.5, ls.Interval(-1.0, 2.0)),
    "double well (-2.5, 0)": (ls.DoubleWell(), -0.6, ls.Interval(-2.5, 0.0)),
    "double well (-inf, 0)": (ls.DoubleWell(), -1.0, ls.Interval(-math.inf, 0.0)),
    "wide well (0, 3)": (WELLS, 1.3, ls.Interval(0.0, 3.0)),
    "wide well (0, inf)": (WELLS, 1.3, ls.Interval(0.0, math.inf)),
    "two wells (-2, 3.5)": (WELLS, 2.0, ls.Interval(-2.0, 3.5)),
    "six wells (-3.5, 4.5)": (MANY, 0.0, ls.Interval(-3.5, 4.5)),
    "six wells (-inf, 4.5)": (MANY, 0.0, ls.Interval(-math.inf, 4.5)),
    "table of 604 points": (TABLE, float(TABLE.minima.ravel()[0]), TABLE.basin(0)),
}
ALPHAS = (0.5, 0.8, 0.9, 1.0, 1.02, 1.05, 1.2, 1.5, 1.8, 1.95)
SIGMAS = (0.001, 0.01, 0.1, 1.0)
REPEATS = 3  # of which the best counts


def lines() -> list[Line]:
    """Time one mean per case, tables of the reference element made before."""
    found = []
    for name, (landscape, x0, domain) in CASES.items():
        for alpha in ALPHAS:
            for sigma in SIGMAS:
                sde = ls.SDE(landscape, ls.AlphaStable(alpha), sigma)
                ls.dirichlet.mean_exit_time(sde, x0, domain)
                spent = math.inf
                for _ in range(REPEATS):
                    system.cache_clear()
                    began = time.process_time()
                    mean = ls.dirichlet.mean_exit_time(sde, x0, domain)
                    spent = min(spent, time.process_time() - began)
                note = f"{mean.value:.9g}, two meshes agree to {mean.error / abs(mean.value):.0e}"
                how = f"alpha = {alpha:g}, sigma = {sigma:g}"
                found.append(Line(f"exit problem solved, {name}", how, spent, "s", note))
    worst = max(found, key=lambda line: line.value)
    case = worst.task.removeprefix("exit problem solved, ")
    found.append(Line(f"the worst of {len(found)} solves", f"{case}, {worst.name}", worst.value, "s", worst.ratio))
    return found


if __name__ == "__main__":
    show(lines())
