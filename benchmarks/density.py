"""Density, distribution function and quantiles of stable laws: nanoseconds a point, one core."""

from __future__ import annotations

import time

import numpy as np

import levysde as ls
from benchmarks import libstable
from benchmarks.timing import Contender, Line, absent, alternate, optional, show
from levysde.stable.interpolant import table_of
from levysde.stable.mode import mode, mode_from_origin
from levysde.stable.tables import stable_table

MANY, FEW, SLOW = 200_000, 1_000, 40  # points a turn: from the table, evaluated directly, for slow peers
LAWS = ((0.7, 0.3), (1.3, 0.5), (1.8, 0.0))
OURS = "levysde, 200 000 points"
ALPHAS = (0.1, 0.3, 0.5, 0.8, 0.95, 1.05, 1.2, 1.5, 1.7, 1.9, 1.999)  # for single points
BETAS = (0.0, 0.5, 0.95, 1.0)
TABLE_ALPHAS = (0.2, 0.3, 0.5, 0.8, 0.95, 1.0, 1.2, 1.5, 1.8, 1.99, 1.999)
TABLE_BETAS = (0.0, 0.3, 0.5, 0.9, 0.99, 0.999, 1.0)


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
    native = libstable.functions(alpha, beta)
    if task in native:
        found.append(Contender("libstable", _repeat(native[task], points[:FEW], 1)))
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
            if task != "ppf":
                found += [] if "libstable" in times else [_quoted(title, task, (alpha, beta), times[OURS])]
                found += [] if "levy" in times else [absent(title, "levy", "levy-stable")]
        found.append(Line(f"table, alpha = {alpha}, beta = {beta}", "levysde, built once", _build(alpha, beta), "ms"))
    return [*found, *corner_lines(), *table_lines()]


def _quoted(title: str, task: str, law: tuple[float, float], ours: float) -> Line:
    """Return the line of libstable where it does not load."""
    value = libstable.QUOTED[law][task == "cdf"] * 1e3
    return Line(
        title, "libstable (QUOTED from another run, see benchmarks/libstable.py)", value, "ns", f"{value / ours:,.0f} x"
    )


def corner_lines(rounds: int = 15) -> list[Line]:
    """Time one point, evaluated directly, over the range of the parameters: typical points, then both tails to 1e-7.

    A line is the slowest beta of its alpha; the last column compares with `scipy.special.gamma` on as many points.
    """
    from scipy.special import gamma

    found = []
    levels = np.geomspace(1e-7, 0.5, FEW // 2)
    for alpha in ALPHAS:
        for where in ("typical points", "tails"):
            worst = (0.0, 0.0, 0.0)
            for beta in BETAS:
                if where == "tails":
                    points = np.concatenate([one(levels, alpha, beta) for one in (ls.stable.isf, ls.stable.ppf)])
                else:
                    points = ls.stable.rvs(alpha, beta, size=FEW, rng=1)
                ours = _least(lambda x, a=alpha, b=beta: ls.stable.sf(x, a, b), points, rounds) / FEW
                fixed = _least(gamma, 1 + np.abs(points) % 20, rounds) / FEW
                worst = max(worst, (ours * 1e9, ours / fixed, beta))
            value, ratio, beta = worst
            name = f"alpha = {alpha}, {where}, worst at beta = {beta}"
            found.append(
                Line("sf point by point (pdf and cdf cost the same)", name, value, "ns", f"{ratio:,.0f} x gamma")
            )
    return found


def table_lines(rounds: int = 3) -> list[Line]:
    """Time what the first variate of a new law waits for: the density's table, the mode and the ziggurat."""

    def build(law: tuple[float, float]) -> None:
        for cached in (table_of, mode, mode_from_origin, stable_table):
            cached.cache_clear()
        stable_table(*law)

    found = []
    for alpha in TABLE_ALPHAS:
        value, beta = max((_least(build, (alpha, beta), rounds) * 1e3, beta) for beta in TABLE_BETAS)
        name = f"alpha = {alpha}, worst at beta = {beta}"
        found.append(Line("table of a sampler, density included, warm", name, value, "ms"))
    return found


def _build(alpha: float, beta: float, rounds: int = 5) -> float:
    """Return the milliseconds that the table of a law takes."""
    return _least(lambda law: table_of.__wrapped__(*law), (alpha, beta), rounds) * 1e3


def _least(function, argument, rounds: int) -> float:
    """Return the least seconds of the processor, after a warm-up; what else the machine does hardly shows."""
    function(argument)
    best = np.inf
    for _ in range(rounds):
        began = time.process_time()
        function(argument)
        best = min(best, time.process_time() - began)
    return best


if __name__ == "__main__":
    show(lines())
