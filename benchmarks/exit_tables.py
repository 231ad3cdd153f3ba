"""Mean exit times three ways, side by side: the equation solved, simulated to two per cent, and the law of small noise.

One line a case: the quadratic well, the double well with and without a second end, both wells of an asymmetric one,
mixed, skewed, tempered and Brownian noise. z is (simulated - solved) over standard error and stated bias together.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Sequence

import levysde as ls

ASYMMETRIC = ls.Polynomial([0.0, 0.0, -0.5, -1 / 6, 1 / 8])
LEFT, RIGHT = ls.Interval(-math.inf, 0.0), ls.Interval(0.0, math.inf)
PROBLEMS = {
    "quadratic (-1, 1)": (ls.Quadratic(), 0.0, ls.Interval(-1.0, 1.0)),
    "quadratic (-2, 2)": (ls.Quadratic(), 0.0, ls.Interval(-2.0, 2.0)),
    "double well (-inf, 0)": (ls.DoubleWell(), -1.0, LEFT),
    "double well (-2.5, 0)": (ls.DoubleWell(), -1.0, ls.Interval(-2.5, 0.0)),
    "asymmetric, left well": (ASYMMETRIC, -1.0, LEFT),
    "asymmetric, right well": (ASYMMETRIC, 2.0, RIGHT),
}
STABLE = [(alpha, sigma) for alpha in (0.5, 0.8, 1.0, 1.2, 1.5, 1.8, 1.95) for sigma in (0.1, 0.5, 1.0)]
OTHERS = [
    0.1 * ls.AlphaStable(1.2, 0.5),
    0.1 * ls.AlphaStable(1.5, -1.0),
    0.1 * ls.AlphaStable(1.5) + 0.1 * ls.Brownian(),
    ls.TemperedStable(1.2, 1.0),
    math.sqrt(0.16) * ls.Brownian(),
]
REL_ERROR = 0.02


def main(names: Sequence[str] = tuple(PROBLEMS)) -> None:
    """Print a line per case of these problems, and how the z are spread."""
    print(f"{'case':26}{'noise':42}{'solved':>14}{'simulated':>22}{'z':>7}{'law / solved':>14}")
    scores = []
    for name in names:
        landscape, x0, domain = PROBLEMS[name]
        noises = [sigma * ls.AlphaStable(alpha) for alpha, sigma in STABLE]
        if name == "double well (-inf, 0)":
            noises += [sigma * ls.AlphaStable(alpha) for alpha in (1.2, 1.5, 1.8) for sigma in (1e-2, 1e-3)]
        for noise in [*noises, *OTHERS]:
            sde = ls.SDE(landscape, noise)
            solved = ls.dirichlet.mean_exit_time(sde, x0, domain)
            law = ls.theory.mean_exit_time(sde, x0, domain)
            told = f"{law.value / solved.value:.4f}" + ("" if law.valid else " ?")
            try:
                found = ls.mean_exit_time(sde, x0, domain, rel_error=REL_ERROR, rng=len(scores))
            except ValueError:  # noise without jumps towards the only end: nothing simulates such an exit
                print(
                    f"{name:26}{noise!r:42}{solved.value:14.8g}{'no method is quick enough':>29}{told:>14}", flush=True
                )
                continue
            z = (found.value - solved.value) / math.hypot(found.standard_error, found.bias, solved.error)
            scores.append(z)
            print(f"{name:26}{noise!r:42}{solved.value:14.8g}{found!s:>22}{z:7.2f}{told:>14}", flush=True)
    spread = statistics.stdev(scores)
    print(f"{len(scores)} cases: z has mean {statistics.mean(scores):.2f}, standard deviation {spread:.2f}")
    print(f"largest |z| {max(map(abs, scores)):.2f}; ? marks a law outside its regime")


if __name__ == "__main__":
    main(sys.argv[1:] or tuple(PROBLEMS))
