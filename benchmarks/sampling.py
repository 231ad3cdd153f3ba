"""Symmetric stable variates: one core, float64, nanoseconds a variate."""

from __future__ import annotations

import numpy as np

import levysde as ls
from benchmarks.timing import Contender, Line, absent, alternate, optional, show

N = 250_000  # values an array, for everybody
TURNS = {"ours": 40, "numpy": 8, "other": 1}  # arrays a turn, so that turns last about equally long
ALPHAS = (0.8, 1.2, 1.5, 1.9)
OURS, OURS_OUT = "levysde, fresh array", "levysde, out="


def contenders(alpha: float) -> list[Contender]:
    from scipy.stats import levy_stable

    generator = np.random.default_rng(1)
    buffer = np.empty(N)

    def into_buffer() -> float:
        for _ in range(TURNS["ours"]):
            ls.stable.rvs(alpha, out=buffer, rng=generator)
        return N * TURNS["ours"]

    def fresh() -> float:
        for _ in range(TURNS["ours"]):
            ls.stable.rvs(alpha, size=N, rng=generator)
        return N * TURNS["ours"]

    def normal() -> float:
        for _ in range(TURNS["numpy"]):
            generator.standard_normal(N)
        return N * TURNS["numpy"]

    def scipy_rvs() -> float:
        levy_stable.rvs(alpha, 0.0, size=N, random_state=generator)
        return N

    found = [
        Contender(OURS_OUT, into_buffer),
        Contender(OURS, fresh),
        Contender("NumPy standard_normal", normal),
        Contender("scipy.stats.levy_stable.rvs", scipy_rvs),
    ]
    rust = optional("stochastic_rs")
    if rust is not None:
        sampler = rust.PyAlphaStable(alpha, 0.0, 1.0, 0.0, seed=1)

        def stochastic_rs() -> float:
            for _ in range(TURNS["other"]):
                sampler.sample(N)
            return N * TURNS["other"]

        found.append(Contender("stochastic-rs", stochastic_rs))
    return found


def lines(rounds: int = 11) -> list[Line]:
    """Measure all alphas."""
    found = []
    for alpha in ALPHAS:
        task = f"symmetric stable variate, alpha = {alpha}"
        times = alternate(contenders(alpha), rounds=rounds)
        for name, value in times.items():
            ratio = "" if name in (OURS, OURS_OUT) else _ratio(value, times)
            found.append(Line(task, name, value, "ns", ratio))
        if "stochastic-rs" not in times:
            found.append(absent(task, "stochastic-rs", "stochastic-rs"))
    return found


def _ratio(value: float, times: dict[str, float]) -> str:
    return f"{value / times[OURS_OUT]:.1f} x out=, {value / times[OURS]:.1f} x fresh"


if __name__ == "__main__":
    show(lines())
