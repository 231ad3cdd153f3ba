"""The exit problem solved: seconds and unknowns per mean exit time, warm, and how far two meshes agree.

Run as ``python -m benchmarks.dirichlet``.
"""

import math
import time

import levysde as ls
from levysde.dirichlet.ladder import system

CASES = {
    "quadratic (-1, 1)": (ls.Quadratic(), 0.0, ls.Interval(-1.0, 1.0)),
    "double well (-2.5, 0)": (ls.DoubleWell(), -1.0, ls.Interval(-2.5, 0.0)),
    "double well (-inf, 0)": (ls.DoubleWell(), -1.0, ls.Interval(-math.inf, 0.0)),
    "wide well (0, inf)": (ls.MultiWell([-1.0, 0.0, 2.0], [0.0, 1.0, -0.5]), 2.0, ls.Interval(0.0, math.inf)),
}


def main() -> None:
    print(f"{'case':22} {'alpha':>6} {'sigma':>6} {'mean':>14} {'error':>9} {'seconds':>8}")
    for name, (landscape, x0, domain) in CASES.items():
        for alpha in (0.5, 0.8, 0.9, 1.0, 1.2, 1.5, 1.8, 1.95):
            for sigma in (0.1, 1.0):
                sde = ls.SDE(landscape, ls.AlphaStable(alpha), sigma)
                ls.dirichlet.mean_exit_time(sde, x0, domain)  # imports, and tables of the reference element
                system.cache_clear()
                begin = time.perf_counter()
                found = ls.dirichlet.mean_exit_time(sde, x0, domain)
                seconds = time.perf_counter() - begin
                relative = found.error / abs(found.value)
                print(f"{name:22} {alpha:6g} {sigma:6g} {found.value:14.9g} {relative:9.1e} {seconds:8.2f}")


if __name__ == "__main__":
    main()
