"""Stable variates, symmetric, skewed and isotropic: one core, float64, nanoseconds a variate."""

from __future__ import annotations

import functools

import numpy as np

import levysde as ls
from benchmarks.timing import Contender, Line, absent, alternate, optional, show

N = 250_000  # values an array, for everybody
TURNS = {"ours": 40, "numpy": 8, "other": 1}  # arrays a turn, so that turns last about equally long
LAWS = [*((alpha, 0.0) for alpha in (0.8, 1.2, 1.5, 1.9)), (0.8, 0.5), (1.2, -1.0), (1.5, 0.7)]
LAWS += [(0.2, 0.0), (0.2, 0.5), (0.3, 0.9), (0.45, -0.7)]
PLANE = 60  # blocks of 4096 vectors of the isotropic law a turn
OURS, OURS_OUT = "levysde, fresh array", "levysde, out="


def contenders(alpha: float, beta: float) -> list[Contender]:
    from scipy.stats import levy_stable

    generator = np.random.default_rng(1)
    buffer = np.empty(N)

    def into_buffer() -> float:
        for _ in range(TURNS["ours"]):
            ls.stable.rvs(alpha, beta, out=buffer, rng=generator)
        return N * TURNS["ours"]

    def fresh() -> float:
        for _ in range(TURNS["ours"]):
            ls.stable.rvs(alpha, beta, size=N, rng=generator)
        return N * TURNS["ours"]

    def normal() -> float:
        for _ in range(TURNS["numpy"]):
            generator.standard_normal(N)
        return N * TURNS["numpy"]

    def scipy_rvs() -> float:
        levy_stable.rvs(alpha, beta, size=N, random_state=generator)
        return N

    found = [
        Contender(OURS_OUT, into_buffer),
        Contender(OURS, fresh),
        Contender("NumPy standard_normal", normal),
        Contender("scipy.stats.levy_stable.rvs", scipy_rvs),
    ]
    rust = optional("stochastic_rs")
    if rust is not None:
        sampler = rust.PyAlphaStable(alpha, beta, 1.0, 0.0, seed=1)

        def stochastic_rs() -> float:
            for _ in range(TURNS["other"]):
                sampler.sample(N)
            return N * TURNS["other"]

        found.append(Contender("stochastic-rs", stochastic_rs))
    return found


def lines(rounds: int = 11) -> list[Line]:
    """Measure all laws."""
    found = []
    for alpha, beta in LAWS:
        task = f"stable variate, alpha = {alpha}, beta = {beta}"
        times = alternate(contenders(alpha, beta), rounds=rounds)
        for name, value in times.items():
            ratio = "" if name in (OURS, OURS_OUT) else _ratio(value, times)
            found.append(Line(task, name, value, "ns", ratio))
        if "stochastic-rs" not in times:
            found.append(absent(task, "stochastic-rs", "stochastic-rs"))
    return [*found, *isotropic_lines(rounds)]


def isotropic_lines(rounds: int) -> list[Line]:
    """Compare a vector of the isotropic law in the plane with three variates of the line, in blocks of the engine."""
    from levysde._streams import ROWS, root_words, seed_stream

    lanes = 4096  # so that the price of calling a block from Python does not show
    streams = np.zeros((ROWS, lanes), np.uint64)
    root = root_words(1)
    with np.errstate(over="ignore"):
        for lane in range(lanes):
            seed_stream(root, lane, streams, lane)

    def run(noise: ls.Noise, dim: int, blocks: int) -> float:
        (part,) = noise.increments(1.0, dim)
        out = np.zeros((dim, lanes))
        for _ in range(blocks):
            part.sampler(streams, part.table, part.scale, out)
        return float(lanes * blocks)

    found = []
    for alpha in (0.8, 1.5):  # below 1 the size of the vector comes from a formula, not from a table
        task = f"isotropic stable vector in the plane, alpha = {alpha}"
        plane, line = ls.IsotropicStable(alpha), ls.AlphaStable(alpha)
        vector, three = alternate(
            [
                Contender("levysde, isotropic vector", functools.partial(run, plane, 2, PLANE)),
                Contender("levysde, three variates", functools.partial(run, line, 3, PLANE)),
            ],
            rounds=rounds,
        ).values()
        found.append(Line(task, "levysde, isotropic vector", vector, "ns", f"{vector / three:.1f} x three variates"))
        found.append(Line(task, "levysde, three variates", three, "ns"))
    return found


def _ratio(value: float, times: dict[str, float]) -> str:
    return f"{value / times[OURS_OUT]:.1f} x out=, {value / times[OURS]:.1f} x fresh"


if __name__ == "__main__":
    show(lines())
