"""Run every benchmark and print one table."""

from __future__ import annotations

import platform

import levysde as ls
from benchmarks import (
    brownian_rare,
    correctness,
    density,
    dimension,
    dirichlet,
    estimators,
    exit_times,
    first_call,
    linear_regression,
    multilevel,
    rare_exits,
    sampling,
    stepping,
)
from benchmarks.timing import show


def main() -> None:
    """Measure and print."""
    print(f"levysde {ls.__version__}, Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    print("Medians of alternating runs in one process; take the ratios, not the nanoseconds.")
    show(
        [
            *sampling.lines(),
            *density.lines(),
            *stepping.lines(),
            *first_call.lines(),
            *exit_times.lines(),
            *multilevel.lines(),
            *rare_exits.lines(),
            *brownian_rare.lines(),
            *dirichlet.lines(),
            *linear_regression.lines(),
            *dimension.lines(),
            *estimators.lines(),
            *correctness.lines(),
        ]
    )


if __name__ == "__main__":
    main()
