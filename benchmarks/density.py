"""Density, distribution function and quantiles of stable laws: nanoseconds a point, one core."""

from __future__ import annotations

import time

import numpy as np

import levysde as ls
from benchmarks.timing import Contender, Line, absent, alternate, optional, show
from levysde.stable.interpolant import table_of

MANY, FEW, SLOW = 200_000, 1_000, 40  # points a turn: from the table, evaluated directly, for slow peers
LAWS = ((0.7, 0.3), (1.3, 0.5), (1.8, 0.0))
OURS = "levysde, 200 000 points"


def _repeat(function, points, turns):
    def run() -> float:
        for _ in range(turns):
            function(points)
        return len(points) * turns

    return run


def contenders(task: str, alpha: float, beta: float) -> list[Contender]:
    from scipy.stats import levy_stable

    generator = np.random.default_rng(1)
    points = generator.uniform(size=MANY) if task == "ppf" else ls.stable.rvs(alpha, beta, size=MANY, rng=generator)
    ours, theirs = getattr(ls.stable, task), getattr(levy_stable, task)
    found = [Contender(OURS, _repeat(lambda x: ours(x, alpha, beta), points, 4))]
    if task != "ppf":  # a quantile always starts from the table
        found.append(Contender("levysde, point by point", _repeat(lambda x: ours(x, alpha, beta), points[:FEW], 4)))
    found.append(Contender("scipy.stats.levy_stable", _repeat(lambda x: theirs(x, alpha, beta), points[:SLOW], 1)))
    native = optional("pylibstable")
    if native is not None and task != "ppf":
        law = native.Stable(alpha, beta, 1.0, 0.0, 1)
        found.append(Contender("libstable (pylibstable)", _repeat(getattr(law, task), points[:FEW], 4)))
    levy = optional("levy")
    if levy is not None and task != "ppf":
        cdf = task == "cdf"
        found.append(Contender("levy", _repeat(lambda x: levy.levy(x, alpha, beta, cdf=cdf), points[:MANY], 1)))
    return found


def lines(rounds: int = 7) -> list[Line]:
    """Measure all laws."""
    found = []
    for alpha, beta in LAWS:
        for task in ("pdf", "cdf", "ppf"):
            title = f"{task}, alpha = {alpha}, beta = {beta}"
            times = alternate(contenders(task, alpha, beta), rounds=rounds)
            for name, value in times.items():
                found.append(Line(title, name, value, "ns", "" if name == OURS else f"{value / times[OURS]:,.0f} x"))
            for peer, package in (("libstable", "pylibstable"), ("levy", "levy")):
                if task != "ppf" and not any(name.startswith(peer + " ") or name == peer for name in times):
                    found.append(absent(title, peer, package))
        found.append(Line(f"table, alpha = {alpha}, beta = {beta}", "levysde, built once", _build(alpha, beta), "ms"))
    return found


def _build(alpha: float, beta: float, rounds: int = 5) -> float:
    """Return the milliseconds that the table of a law takes."""
    best = np.inf
    for _ in range(rounds):
        began = time.perf_counter()
        table_of.__wrapped__(alpha, beta)
        best = min(best, time.perf_counter() - began)
    return best * 1e3


if __name__ == "__main__":
    show(lines())
