"""One step of one path, until exit: one core, nanoseconds a path-step; and how two workers scale.

Ours and the NumPy loop solve the same problem, the exit of (-inf, 0) from -1 in the double well under stable noise
with alpha = 1.5, epsilon = 0.5. ssm-simulators has a flat drift between two boundaries (less work a step); diffrax
gets its own stable path and an event. Only steps of paths that are still inside count.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

import levysde as ls
from benchmarks.timing import Contender, Line, absent, alternate, optional, show

ALPHA, EPSILON, DT = 1.5, 0.5, 5e-3
SDE = ls.SDE(ls.DoubleWell(), ls.AlphaStable(ALPHA), EPSILON)
DOMAIN = ls.Interval(-ls.inf, 0.0)
EULER, SPLITTING = "levysde, EulerMaruyama", "levysde, Splitting"
TASK = "one path-step of the double well, alpha = 1.5, until exit"


def ours(scheme: ls.Scheme, *, n_paths: int = 20_000, workers: int = 1) -> Callable[[], float]:
    """Return a run of `first_exit` that tells how many path-steps it made."""

    def run() -> float:
        sample = ls.first_exit(
            SDE, -1.0, DOMAIN, n_paths=n_paths, dt=DT, t_max=1e4, scheme=scheme, rng=1, workers=workers
        )
        return float(np.sum(sample.times) / DT)

    return run


def lock_step(n_paths: int = 4000) -> float:
    """Advance all paths together in NumPy, with Chambers-Mallows-Stuck noise; drop those that left now and then."""
    rng = np.random.default_rng(1)
    x = np.full(n_paths, -1.0)
    scale = EPSILON * DT ** (1 / ALPHA)
    steps = 0.0
    while x.size:
        for _ in range(50):
            u = np.pi * (rng.random(x.size) - 0.5)
            w = rng.standard_exponential(x.size)
            noise = (
                np.sin(ALPHA * u) / np.cos(u) ** (1 / ALPHA) * (np.cos((1 - ALPHA) * u) / w) ** ((1 - ALPHA) / ALPHA)
            )
            inside = x < 0
            steps += np.count_nonzero(inside)
            x = np.where(inside, x - DT * (x * x * x - x) + scale * noise, 1.0)
        x = x[x < 0]
    return steps


def ssm_levy(package: object) -> float:
    """Run ssm-simulators' `levy` between two boundaries."""
    found = package.simulator(  # type: ignore[attr-defined]
        theta={"v": 0.0, "a": 1.0, "z": 0.5, "alpha": ALPHA, "t": 0.0},
        model="levy",
        n_samples=3000,
        delta_t=1e-3,
        max_t=20.0,
        random_state=1,
    )
    return float(np.sum(np.abs(found["rts"])) / 1e-3)


def lines(rounds: int = 9) -> list[Line]:
    """Measure all contenders, then the scaling of two workers."""
    from benchmarks import diffrax_exit

    contenders = [
        Contender(EULER, ours(ls.EulerMaruyama())),
        Contender(SPLITTING, ours(ls.Splitting())),
        Contender("NumPy lock-step loop", lock_step),
    ]
    ssm = optional("ssms.basic_simulators.simulator")
    if ssm is not None:
        contenders.append(Contender("ssm-simulators levy (flat drift)", lambda: ssm_levy(ssm)))
    times = alternate(contenders, rounds=rounds)
    if optional("diffrax") is not None:
        run = diffrax_exit.make(ALPHA, EPSILON, DT)
        times |= alternate([Contender("diffrax, own path and event", run)], rounds=1)
    found = [Line(TASK, name, value, "ns", f"{value / times[EULER]:.2f} x Euler") for name, value in times.items()]
    if ssm is None:
        found.append(absent(TASK, "ssm-simulators levy", "ssm-simulators"))
    if optional("diffrax") is None:
        found.append(absent(TASK, "diffrax", "diffrax"))
    return [*found, *workers_lines()]


def workers_lines(rounds: int = 10) -> list[Line]:
    """Time one and two workers in turn on a run of about a second."""
    runs = {n: ours(ls.Splitting(), n_paths=100_000, workers=n) for n in (1, 2)}
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for run in runs.values():
        run()
    for _ in range(rounds):
        for n, run in runs.items():
            began = time.perf_counter()
            run()
            seconds[n].append(time.perf_counter() - began)
    one, two = statistics.median(seconds[1]), statistics.median(seconds[2])
    task = "100 000 exits of the double well"
    return [
        Line(task, "one worker", one * 1e3, "ms"),
        Line(task, "two workers", two * 1e3, "ms", f"{one / two:.2f} x as fast"),
    ]


if __name__ == "__main__":
    show(lines())
