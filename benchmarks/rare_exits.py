"""Rare exits under small stable noise: thirty runs at every noise, and the time of plain simulation for one per cent.

The double well from -1 to x < 0. Exact values: the deterministic exit problem; at epsilon = 1e-4 the first-jump law
with its correction 1 - c epsilon, c from 1e-3. Times are processor times, because runs of milliseconds would otherwise
measure what else the machine does.
"""

from __future__ import annotations

import math
import time

import numpy as np

import levysde as ls
from benchmarks.timing import Line, show
from levysde.noise.base import Noise
from levysde.rare import one_big_jump

RUNS = 30
EXACT = {
    (1.2, 0.1): 49.157900, (1.2, 0.01): 888.25482, (1.2, 0.001): 14295.506,
    (1.5, 0.1): 131.76935, (1.5, 0.01): 4935.8470, (1.5, 0.001): 158296.72,
    (1.8, 0.1): 558.08371, (1.8, 0.01): 42782.56, (1.8, 0.001): 2737728.0,
}  # fmt: skip
OTHERS = (  # noise, amplitude, exact mean exit time
    (ls.AlphaStable(1.5) + 10.0 * ls.Brownian(), 0.01, 4498.939286),
    (ls.AlphaStable(1.3, 1.0), 0.01, 770.784943),
)
LEFT = ls.Interval(-math.inf, 0.0)
PLAIN_DT = 0.1  # unshifted its bias is 1.8 % at epsilon = 0.1, and in proportion to epsilon 0.18 % at 0.01
PATHS_OF_A_PER_CENT = 10_000  # exponential exit times


def exact(alpha: float, epsilon: float) -> float:
    """Return the exact mean exit time, at 1e-4 by the corrected law."""
    if (alpha, epsilon) in EXACT:
        return EXACT[alpha, epsilon]
    rate = math.gamma(alpha) * math.sin(math.pi * alpha / 2) / math.pi
    c = (1 - EXACT[alpha, 0.001] * rate * 0.001**alpha) / 0.001
    return (1 - c * epsilon) / (rate * epsilon**alpha)


def lines() -> list[Line]:
    """Return mean error, scatter of z and time per run, and the comparison with plain Splitting."""
    found = []
    for alpha in (1.2, 1.5, 1.8):
        task = f"rare.one_big_jump, rel_error = 0.01, alpha = {alpha}: time of a run on one core, {RUNS} runs"
        for epsilon in (0.1, 0.01, 0.001, 0.0001):
            found.append(_line(task, ls.AlphaStable(alpha), epsilon, exact(alpha, epsilon)))
    task = f"rare.one_big_jump, rel_error = 0.01, other noises: time of a run on one core, {RUNS} runs"
    return [*found, *(_line(task, *other) for other in OTHERS), *_against_plain()]


def _line(task: str, noise: Noise, epsilon: float, wanted: float) -> Line:
    sde = ls.SDE(ls.DoubleWell(), noise, epsilon)
    runs, times = [], []
    for seed in range(RUNS):
        began = time.process_time()
        runs.append(one_big_jump(sde, -1.0, LEFT, rng=seed))
        times.append(time.process_time() - began)
    values, errors = np.array([run.value for run in runs]), np.array([run.standard_error for run in runs])
    z = (values - wanted) / errors
    said = (
        f"mean {values.mean() / wanted - 1:+.3%} of exact, stated s.e. {errors.mean() / wanted:.3%} "
        f"bias {runs[0].bias / wanted:.3%}, sd of z {z.std(ddof=1):.2f}"
    )
    name = f"epsilon = {epsilon:g}" + ("" if isinstance(noise, ls.AlphaStable) and not noise.beta else f", {noise!r}")
    return Line(task, name, float(np.median(times)) * 1e3, "ms", said)


def _against_plain() -> list[Line]:
    alpha, epsilon = 1.5, 0.01
    sde, wanted = ls.SDE(ls.DoubleWell(), ls.AlphaStable(alpha), epsilon), EXACT[alpha, epsilon]
    task = f"time to one per cent, alpha = {alpha}, epsilon = {epsilon}, bias below 0.3 %"
    per_step, own = [], []
    for seed in range(RUNS):
        began = time.process_time()
        one_big_jump(sde, -1.0, LEFT, rng=seed)
        own.append(time.process_time() - began)
        began = time.process_time()
        sample = ls.first_exit(sde, -1.0, LEFT, n_paths=256, dt=PLAIN_DT, t_max=500.0, rng=seed, scheme=ls.Splitting())
        per_step.append((time.process_time() - began) / (float(sample.times.sum()) / PLAIN_DT))
    plain = float(np.median(per_step)) * wanted / PLAIN_DT * PATHS_OF_A_PER_CENT
    jump = float(np.median(own))
    steps = f"{np.median(per_step) * 1e9:.1f} ns a step"
    return [
        Line(task, f"plain Splitting, dt = {PLAIN_DT}, extrapolated from short runs", plain * 1e3, "ms", steps),
        Line(task, "rare.one_big_jump", jump * 1e3, "ms", f"{plain / jump:.0f} times less"),
    ]


if __name__ == "__main__":
    show(lines())
