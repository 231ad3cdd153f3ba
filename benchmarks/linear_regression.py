"""SGD on linear regression: chains of the package against the recursion in NumPy, one core each."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.timing import Contender, Line, alternate, show
from levysde.sgd.linear_regression import GaussianData, simulate

CASES = [(1, 1, 1.0), (2, 1, 0.6), (5, 5, 1.0), (10, 5, 0.65), (20, 20, 0.8), (100, 10, 0.18)]
CHAINS = 2048
STEPS = 2000  # of ours; the others take fewer, so that turns last about equally long


def ours(d: int, b: int, eta: float) -> float:
    steps = max(200, STEPS // d)
    simulate(GaussianData(d), b=b, eta=eta, steps=steps, n_chains=CHAINS, rng=1)
    return float(CHAINS * steps)


def lock_step(d: int, b: int, eta: float) -> float:
    """Return the chain-steps of all chains in lock step, with explicit samples."""
    rng = np.random.default_rng(1)
    steps = max(2, 200 // (b * (d + 1)))
    e, total = np.zeros((CHAINS, d)), np.zeros((CHAINS, d))
    for _ in range(steps):
        a = rng.standard_normal((CHAINS, b, d))
        residual = np.matmul(a, e[:, :, None])[:, :, 0] - rng.standard_normal((CHAINS, b))
        e -= eta / b * np.matmul(residual[:, None, :], a)[:, 0]
        total += e
    return float(CHAINS * steps)


def one_by_one(d: int, b: int, eta: float) -> float:
    """Return the chain-steps of one chain after the other, as the recursion is usually written."""
    rng = np.random.default_rng(1)
    steps = 2000
    e, total = np.zeros(d), np.zeros(d)
    for _ in range(steps):
        a = rng.standard_normal((b, d))
        e = e - eta / b * a.T @ (a @ e - rng.standard_normal(b))
        total += e
    return float(steps)


def lines(rounds: int = 5) -> list[Line]:
    """Measure all cases."""
    found = []
    for d, b, eta in CASES:
        task = f"SGD on linear regression, a step of a chain, d = {d}, b = {b}"
        contenders = [
            Contender("levysde", partial(ours, d, b, eta)),
            Contender("NumPy, all chains in lock step", partial(lock_step, d, b, eta)),
            Contender("NumPy, chain after chain", partial(one_by_one, d, b, eta)),
        ]
        times = alternate(contenders, rounds=rounds)
        for name, value in times.items():
            found.append(
                Line(task, name, value, "ns", "" if name == "levysde" else f"{value / times['levysde']:.0f} x")
            )
    return found


if __name__ == "__main__":
    show(lines())
