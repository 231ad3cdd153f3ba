"""A known mean exit time, ours and the peers': (-1, 1) without drift, where Getoor's formula is exact."""

from __future__ import annotations

import numpy as np

import levysde as ls
from benchmarks.timing import Line, absent, optional, show

ALPHA = 1.5
GETOOR = 0.75225278  # mean exit time of (-1, 1) from 0: 1 / Gamma(1 + alpha)


def lines() -> list[Line]:
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
