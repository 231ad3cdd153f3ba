"""Rare exits under Brownian noise: splitting against the quadrature, with its time, over twelve decades of rarity."""

from __future__ import annotations

import math
import time

import numpy as np

import levysde as ls
from benchmarks.timing import Line, show

EPSILONS = (0.3, 0.2, 0.13834)
RUNS = 20
REL_ERROR = 0.1


def lines() -> list[Line]:
    """Measure from one well of the double well to the other; one row per amplitude of the noise."""
    task = f"double well, -1 to 1, Brownian, {REL_ERROR:.0%} asked, {RUNS} runs: time per run"
    domain, found = ls.Interval(-math.inf, 1.0), []
    for epsilon in EPSILONS:
        sde = ls.SDE(ls.DoubleWell(), ls.Brownian(), epsilon)
        exact = ls.theory.mean_exit_time(sde, -1.0, domain).value
        ls.rare.adaptive_multilevel_splitting(sde, -1.0, domain, rel_error=0.5, rng=0)  # compiles
        began = time.perf_counter()
        runs = [
            ls.rare.adaptive_multilevel_splitting(sde, -1.0, domain, rel_error=REL_ERROR, rng=seed)
            for seed in range(1, RUNS + 1)
        ]
        seconds = (time.perf_counter() - began) / RUNS
        ratio = np.array([run.value for run in runs]) / exact
        z = np.array([(run.value - exact) / run.standard_error for run in runs])
        error = np.std(ratio, ddof=1) / math.sqrt(RUNS)
        note = f"mean / exact {np.mean(ratio):.3f} ± {error:.3f}, sd of z {np.std(z, ddof=1):.2f}"
        found.append(Line(task, f"epsilon = {epsilon:g}, exact {exact:.4g}", seconds, "s", note))
    return found


if __name__ == "__main__":
    show(lines())
