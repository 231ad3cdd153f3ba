"""Speed is worth nothing with a wrong law: characteristic functions and a known exit time, ours and the peers'.

The first column is the largest deviation in computed standard errors; a right law stays below about 4.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import levysde as ls
from benchmarks.timing import Line, absent, optional, show

N = 400_000
FREQUENCIES = np.array([0.2, 0.5, 1.0, 2.0])
ALPHA = 1.5
GETOOR = 0.75225278  # mean exit time of (-1, 1) from 0: 1 / Gamma(1 + alpha)


def deviation(x: np.ndarray, alpha: float) -> float:
    """Return the largest |empirical - exact| characteristic function, in standard errors."""
    cosines = np.cos(FREQUENCIES[:, None] * x)
    error = cosines.std(axis=1) / np.sqrt(x.size)
    return float(np.max(np.abs(cosines.mean(axis=1) - np.exp(-(FREQUENCIES**alpha))) / error))


def lines() -> list[Line]:
    """Check the samplers and the exit time."""
    from scipy.stats import levy_stable

    samplers: dict[str, Callable[[], np.ndarray]] = {
        "levysde": lambda: ls.stable.rvs(ALPHA, size=N, rng=1),
        "levysde, scale off by 3 % (control)": lambda: 1.03 * ls.stable.rvs(ALPHA, size=N, rng=1),
        "scipy": lambda: levy_stable.rvs(ALPHA, 0.0, size=N, random_state=np.random.default_rng(1)),
    }
    rust = optional("stochastic_rs")
    if rust is not None:
        samplers["stochastic-rs"] = lambda: np.asarray(rust.PyAlphaStable(ALPHA, 0.0, 1.0, 0.0, seed=1).sample(N))
    task = f"characteristic function at alpha = {ALPHA}: largest deviation"
    found = [Line(task, name, deviation(draw(), ALPHA), "s.e.") for name, draw in samplers.items()]
    if rust is None:
        found.append(absent(task, "stochastic-rs", "stochastic-rs"))
    return [*found, *exits()]


def exits() -> list[Line]:
    """Compare the mean exit time of (-1, 1) without drift with Getoor's formula."""
    task = f"mean exit time of (-1, 1), alpha = {ALPHA}, exact {GETOOR}, dt = 1e-3"
    noise, dt = ls.AlphaStable(ALPHA), 1e-3
    sde, domain = ls.SDE(ls.Flat(), noise), ls.Interval(-1.0, 1.0)
    shifted = domain.shrink(ls.theory.boundary_shift(noise, dt))
    found = []
    for name, where in (("levysde, watched", domain), ("levysde, boundary shifted", shifted)):
        estimate = ls.first_exit(sde, 0.0, where, n_paths=100_000, dt=dt, t_max=100.0, rng=1).mean()
        found.append(Line(task, name, estimate.value, "", f"± {estimate.standard_error:.4f}"))
    ssm = optional("ssms.basic_simulators.simulator")
    if ssm is None:
        return [*found, absent(task, "ssm-simulators levy", "ssm-simulators")]
    theta = {"v": 0.0, "a": 1.0, "z": 0.5, "alpha": ALPHA, "t": 0.0}
    times = ssm.simulator(theta=theta, model="levy", n_samples=20_000, delta_t=dt, max_t=20.0, random_state=1)["rts"]
    error = float(np.std(times) / np.sqrt(np.size(times)))
    return [*found, Line(task, "ssm-simulators levy", float(np.mean(times)), "", f"± {error:.4f}")]


if __name__ == "__main__":
    show(lines())
