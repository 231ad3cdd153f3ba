"""Time to one and to 0.3 per cent: multilevel, extrapolation, and plain simulation with the step of the same bias.

Plain simulation (same sampler, Splitting, boundary as it is) is timed with a small sample, and its time scaled to the
number of paths that gives the same standard error: it is proportional to that number. It runs three times: with the
largest bias that the request allows, and with the bias and standard error that each of the two methods states.
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
    share = rel_error / math.sqrt(2)
    multi, several = _estimates(multilevel, case, rel_error)
    nested, others = _estimates(extrapolated, case, rel_error)
    plain, dt = _plain(case, share, share)
    found = [
        Line(task, "multilevel", multi, "s", _deviation(case, several)),
        Line(task, "moved boundary, extrapolated", nested, "s", f"{nested / multi:.1f} x; {_deviation(case, others)}"),
        Line(task, f"plain Splitting, dt = {dt:.2g}", plain, "s", f"{plain / multi:.1f} x multilevel"),
    ]
    for name, spent, estimates in (("multilevel", multi, several), ("extrapolated", nested, others)):
        bias = float(np.mean([one.bias for one in estimates])) / case.exact
        spread = float(np.mean([one.standard_error for one in estimates])) / case.exact
        plain, dt = _plain(case, bias, spread)
        name = f"plain with the errors of {name}: bias {bias:.2%}, s.e. {spread:.2%}"
        found.append(Line(task, f"{name}, dt = {dt:.2g}", plain, "s", f"{plain / spent:.1f} x"))
    return found


def _deviation(case: Case, estimates: list[ls.Estimate]) -> str:
    error = math.sqrt(np.mean([(one.value / case.exact - 1) ** 2 for one in estimates]))
    return f"root mean square error of {RUNS} runs {error:.2%}"


def _estimates(method: object, case: Case, rel_error: float) -> tuple[float, list[ls.Estimate]]:
    assert callable(method)
    method(case.sde, case.x0, case.domain, rel_error=0.1, rng=0)  # loads the kernels
    times, values = [], []
    for run in range(RUNS):
        began = time.perf_counter()
        values.append(method(case.sde, case.x0, case.domain, rel_error=rel_error, rng=run))
        times.append(time.perf_counter() - began)
    return float(np.median(times)), values


def _plain(case: Case, bias: float, spread: float) -> tuple[float, float]:
    """Return the time of a plain run with this relative bias and standard error, and its step."""
    dt = case.step(bias)
    began = time.perf_counter()
    sample = ls.first_exit(
        case.sde, case.x0, case.domain, n_paths=PLAIN_PATHS, dt=dt, t_max=1e4, scheme=ls.Splitting(), rng=1
    )
    spent = time.perf_counter() - began
    wanted = float(np.var(sample.times)) / (spread * case.exact) ** 2
    return spent * wanted / PLAIN_PATHS, dt


if __name__ == "__main__":
    show(lines())
