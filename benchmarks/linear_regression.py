"""SGD on linear regression: chains of the package against the recursion in NumPy, one core each unless it says so."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.timing import Contender, Line, alternate, show
from levysde.sgd.linear_regression import GaussianData, simulate

CASES = [(1, 1, 1.0), (2, 1, 0.6), (5, 1, 0.2), (1, 5, 1.0), (5, 5, 1.0), (10, 5, 0.65), (20, 20, 0.8), (100, 10, 0.18)]
CHAINS = 2048
STEPS = 20_000  # of ours; the others take fewer, so that turns last about equally long


def ours(d: int, b: int, eta: float, workers: int = 1) -> float:
    steps = max(200, STEPS // d)
    simulate(GaussianData(d), b=b, eta=eta, steps=steps, n_chains=CHAINS, rng=1, workers=workers)
    return float(CHAINS * steps)


def lock_step(d: int, b: int, eta: float) -> float:
    """Return the chain-steps of all chains in lock step, with explicit samples: in place, by the fastest generator."""
    rng = np.random.Generator(np.random.SFC64(1))
    steps = max(2, 1000 // (b * (d + 1)))
    a, noise = np.empty((b, d, CHAINS)), np.empty((b, CHAINS))
    e, total, residual, move = np.zeros((d, CHAINS)), np.zeros((d, CHAINS)), np.empty(CHAINS), np.empty((d, CHAINS))
    for _ in range(steps):
        rng.standard_normal(out=a)
        rng.standard_normal(out=noise)
        change = 0.0
        for sample, label in zip(a, noise, strict=True):
            np.multiply(sample, e, out=move)
            np.sum(move, axis=0, out=residual)
            residual -= label
            residual *= eta / b
            change += np.multiply(sample, residual, out=sample)
        e -= change
        total += e
    return float(CHAINS * steps)


def lock_step_reduced(d: int, b: int, eta: float) -> float:
    """Return the same with d normals and two chi variates instead of the b (d + 1) normals of a step, for d, b > 1."""
    rng = np.random.Generator(np.random.SFC64(1))
    steps = max(2, 1000 // (d + 2))
    z, e, total = np.empty((d, CHAINS)), np.ones((d, CHAINS)), np.zeros((d, CHAINS))
    for _ in range(steps):
        rng.standard_normal(out=z)
        root, rest = np.sqrt(rng.chisquare(b, CHAINS)), rng.chisquare(b - 1, CHAINS)
        length = np.sqrt(np.einsum("dn,dn->n", e, e))
        normal = np.einsum("dn,dn->n", e, z) / length
        residual = length * root - normal
        spread = eta / b * np.sqrt(residual * residual + rest)
        e *= (length - eta / b * root * residual - spread * normal) / length
        z *= spread
        e += z
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


def normals_of_numpy() -> float:
    rng, out = np.random.Generator(np.random.SFC64(1)), np.empty(CHAINS)
    for _ in range(1000):
        rng.standard_normal(out=out)
    return 1000.0 * CHAINS


def lines(rounds: int = 5) -> list[Line]:
    """Measure all cases."""
    normal = alternate([Contender("NumPy", normals_of_numpy)], rounds=rounds)["NumPy"]
    found = [Line("a normal variate of NumPy alone: a step of its recursion takes b (d + 1)", "NumPy", normal, "ns")]
    for d, b, eta in CASES:
        task = f"SGD on linear regression, a step of a chain, d = {d}, b = {b}"
        contenders = [
            Contender("levysde", partial(ours, d, b, eta)),
            Contender("levysde, two threads", partial(ours, d, b, eta, 2)),
            Contender("NumPy, all chains in lock step", partial(lock_step, d, b, eta)),
            Contender("NumPy, chain after chain", partial(one_by_one, d, b, eta)),
        ]
        if d > 1 and b > 1:
            contenders.insert(
                3, Contender("NumPy in lock step, d + 2 variates a step", partial(lock_step_reduced, d, b, eta))
            )
        times = alternate(contenders, rounds=rounds)
        for name, value in times.items():
            ratio = "" if name == "levysde" else f"{value / times['levysde']:.3g} x"
            found.append(Line(task, name, value, "ns", ratio))
    return found


if __name__ == "__main__":
    show(lines())
