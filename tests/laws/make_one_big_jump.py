"""Make tests/reference/one_big_jump.json: mean exit times by a deterministic route; run by hand, takes minutes.

The Splitting chain x -> flow_h(x) + eps h^(1/alpha) xi, killed outside (a, b), has u(x) = h + E u(next). With the
density of xi as kernel this is a linear system on Gauss-Legendre panels (Nystroem), every row scaled to its exact
probability to stay. The solutions for h, h/2, h/4 are extrapolated to h = 0 in powers 1 and 2, once with every end
moved inward by beta_alpha eps h^(1/alpha) and once by the distance missed with the drift there; the spread of all is
given as error. No random numbers, and nothing of the method that is tested but the density of the noise.
"""

import json
import math
from pathlib import Path

import numpy as np

import levysde as ls
from levysde.rare.missed_distance import missed_distance
from levysde.theory import boundary_shift

POINTS = 7  # per panel
PANEL = 3.0  # noises of a step
FAR = 1e7


def side(length, s, reach):
    """Return increasing panel edges from 0: graded towards a finite end, geometric beyond `reach`."""
    if math.isfinite(length):
        edges = np.linspace(0.0, length, max(2, math.ceil(length / (PANEL * s))) + 1)
        last = edges[-1] - edges[-2]
        return np.sort(np.concatenate([edges, length - last * 0.3 ** np.arange(1, 6)]))
    edges = list(np.linspace(0.0, reach, math.ceil(reach / (PANEL * s)) + 1))
    width = edges[1]
    while edges[-1] < FAR:
        width *= 1.35
        edges.append(edges[-1] + width)
    return np.array(edges)


def chain_mean(landscape, minimum, start, ends, alpha, eps, h, shifts, reach):
    """Return E_start of the chain's exit time."""
    s = eps * h ** (1 / alpha)
    a, b = ends[0] + shifts[0], ends[1] - shifts[1]
    edges = np.concatenate([minimum - side(minimum - a, s, reach)[:0:-1], minimum + side(b - minimum, s, reach)])
    t, w = np.polynomial.legendre.leggauss(POINTS)
    centre, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    z, weight = (centre[:, None] + half[:, None] * t).ravel(), (half[:, None] * w).ravel()
    params = landscape.flow_parameters(h).tolist()
    y = np.array([landscape.flow_function(x, params) for x in [*z.tolist(), start]])
    kernel = ls.stable.pdf((z[None, :] - y[:, None]) / s, alpha) / s * weight
    stay = 1 - ls.stable.sf((b - y) / s, alpha) - ls.stable.cdf((a - y) / s, alpha)
    kernel *= (stay / kernel.sum(axis=1))[:, None]
    u = np.linalg.solve(np.eye(len(z)) - kernel[:-1], np.full(len(z), h))
    return h + float(kernel[-1] @ u)


def reference(landscape, minimum, start, ends, alpha, eps, h, reach):
    """Return the value for h -> 0 and its error."""

    def shifts(step, plain):
        found = []
        for end, sign in zip(ends, (-1.0, 1.0), strict=True):
            if not math.isfinite(end):
                found.append(0.0)
            elif plain:
                found.append(boundary_shift(eps * ls.AlphaStable(alpha), step))
            else:
                drift = -sign * float(landscape.gradient(end))
                noise, length = eps * ls.AlphaStable(alpha), abs(end - minimum)
                found.append(missed_distance(noise, step, normal=np.ones(1), drift=drift, length=length))
        return found

    limits = []
    for plain in (True, False):
        v = [
            chain_mean(landscape, minimum, start, ends, alpha, eps, h / 2**k, shifts(h / 2**k, plain), reach)
            for k in range(3)
        ]
        once = [2 * v[1] - v[0], 2 * v[2] - v[1]]
        limits += [once[1], (4 * once[1] - once[0]) / 3]
    value = float(np.mean(limits[1::2]))
    return value, float(np.max(np.abs(np.array(limits) - value)))


CASES = {
    "quadratic_from_0_out_of_-1_2": (ls.Quadratic(), 0.0, 0.0, (-1.0, 2.0), 2.0, 1.0),
    "double_well_from_-0.3_out_of_-inf_0": (ls.DoubleWell(), -1.0, -0.3, (-math.inf, 0.0), 2.0, 1.0),
    "multi_well_-1_0_1.5_left": (
        ls.MultiWell([-1.0, 0.0, 1.5], [0.0, 1.0, -0.5]),
        -1.0,
        -1.0,
        (-math.inf, 0.0),
        2.0,
        0.7,
    ),
    "multi_well_-1_0_1.5_right": (
        ls.MultiWell([-1.0, 0.0, 1.5], [0.0, 1.0, -0.5]),
        1.5,
        1.5,
        (0.0, math.inf),
        2.0,
        0.7,
    ),
}


# The same problems by the hp-Galerkin solution of the nonlocal equation that `exits.json` describes: all digits hold.
KNOWN = {
    "small_noise": [
        [1.2, 0.1, 49.157900], [1.2, 0.01, 888.25482], [1.2, 0.001, 14295.506],
        [1.5, 0.1, 131.76935], [1.5, 0.01, 4935.8470], [1.5, 0.001, 158296.72],
        [1.8, 0.1, 558.08371], [1.8, 0.01, 42782.56], [1.8, 0.001, 2737728.0],
    ],
    "polynomial_left": [[0.8, 0.1, 16.41801], [1.2, 0.1, 48.491318], [1.5, 0.1, 129.29284], [1.8, 0.1, 546.67637]],
    "polynomial_right": [[0.8, 0.1, 29.63287], [1.2, 0.1, 122.24328], [1.5, 0.1, 415.38023], [1.8, 0.1, 2207.7552]],
}  # fmt: skip


def main():
    origin = (
        "Nystroem solution of the killed Splitting chain, extrapolated in the step; tests/laws/make_one_big_jump.py. "
    )
    origin += "Entries [alpha, epsilon, mean exit time, error]. Without an error: hp-Galerkin solution of the nonlocal "
    origin += "equation, as in exits.json; small_noise is the double well, (-inf, 0) from -1; the polynomial is "
    origin += "(x^4/4 - x^3/3 - x^2)/2, its wells (-inf, 0) from -1 and (0, inf) from 2."
    table = {"origin": origin, **KNOWN}
    for name, (landscape, minimum, start, ends, reach, scale) in CASES.items():
        table[name] = []
        for alpha in (1.2, 1.5, 1.8):
            value, error = reference(landscape, minimum, start, ends, alpha, 0.1, 0.06 * scale, reach)
            table[name].append([alpha, 0.1, value, error])
            print(name, alpha, value, error / value, flush=True)
    rows = json.dumps(table, indent=1)
    (Path(__file__).parent.parent / "reference" / "one_big_jump.json").write_text(rows + "\n")


if __name__ == "__main__":
    main()
