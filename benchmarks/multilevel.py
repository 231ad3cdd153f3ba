"""Time to one and to 0.3 per cent: multilevel Monte Carlo, and plain simulation with the step that has the same bias.

Plain simulation (same sampler, Splitting, boundary as it is) is timed with a small sample, and its time scaled to the
number of paths that gives the same standard error: it is proportional to that number.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

import levysde as ls
from benchmarks.timing import Line, show
from levysde.rare import extrapolated, multilevel

RUNS = 5
PLAIN_PATHS = 512


@dataclass(frozen=True)
class Case:
    """A mean exit time that is known, and the relative bias that a plain run with step `dt` was measured to have."""

    name: str
    sde: ls.SDE
    x0: float
    domain: ls.Interval
    exact: float
    dt: float
    bias: float
    order: float

    def step(self, bias: float) -> float:
        """Step at which a plain run has this relative bias."""
        return float(self.dt * (bias / self.bias) ** (1 / self.order))


CASES = (
    Case(
        "double well, alpha = 1.5, epsilon = 0.5, from -1 to 0",
        ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5),
        -1.0,
        ls.Interval(-math.inf, 0.0),
        5.6654191,
        0.0125,
        0.0239,
        1 / 1.5,
    ),
    Case(
        "quadratic well, Brownian, epsilon^2 = 0.5, from 0 out of (-1, 1)",
        ls.SDE(ls.Quadratic(), ls.Brownian(), math.sqrt(0.5)),
        0.0,
        ls.Interval(-1.0, 1.0),
        4.50160242,
        0.0125,
        0.171,
        0.5,
    ),
)


def lines() -> list[Line]:
    """Measure both cases at both errors."""
    return [line for case in CASES for error in (0.01, 0.003) for line in _lines(case, error)]


def _lines(case: Case, rel_error: float) -> list[Line]:
    task = f"time to {rel_error:.1%}: {case.name}"
    multi, found = _estimates(multilevel, case, rel_error)
    nested, _ = _estimates(extrapolated, case, rel_error)
    plain, dt = _plain(case, rel_error)
    error = math.sqrt(np.mean([(value / case.exact - 1) ** 2 for value in found]))
    return [
        Line(task, "multilevel", multi, "s", f"root mean square error of {RUNS} runs {error:.2%}"),
        Line(task, "moved boundary, extrapolated", nested, "s", f"{nested / multi:.1f} x"),
        Line(task, f"plain Splitting, dt = {dt:.2g}", plain, "s", f"{plain / multi:.1f} x"),
    ]


def _estimates(method: object, case: Case, rel_error: float) -> tuple[float, list[float]]:
    assert callable(method)
    method(case.sde, case.x0, case.domain, rel_error=0.1, rng=0)  # loads the kernels
    times, values = [], []
    for run in range(RUNS):
        began = time.perf_counter()
        values.append(float(method(case.sde, case.x0, case.domain, rel_error=rel_error, rng=run)))
        times.append(time.perf_counter() - began)
    return float(np.median(times)), values


def _plain(case: Case, rel_error: float) -> tuple[float, float]:
    share = rel_error / math.sqrt(2)
    dt = case.step(share)
    began = time.perf_counter()
    sample = ls.first_exit(
        case.sde, case.x0, case.domain, n_paths=PLAIN_PATHS, dt=dt, t_max=1e4, scheme=ls.Splitting(), rng=1
    )
    spent = time.perf_counter() - began
    wanted = float(np.var(sample.times)) / (share * case.exact) ** 2
    return spent * wanted / PLAIN_PATHS, dt


if __name__ == "__main__":
    show(lines())
