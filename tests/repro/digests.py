"""Print a digest per small problem; run as a script by `test_environment`, in several environments."""

import hashlib
import json

import numpy as np
import scipy.stats

import levysde as ls


def wavy(x, params):
    return 0.25 * x * x * x * x - params[0] * x


def wavy_gradient(x, params):
    return x * x * x - params[0]


def tilted(x, params):
    return x[0] * x[0] * x[0] * x[0] / 4 - x[0] * x[0] / 2 + params[0] * x[1] * x[1]


def tilted_gradient(x, params, out):
    out[0] = x[0] * x[0] * x[0] - x[0]
    out[1] = 2 * params[0] * x[1]


LEFT = ls.Interval(-ls.inf, 0.0)
WELL, LINE = ls.DoubleWell(), ls.from_functions(wavy, wavy_gradient, params=[-1.0])
PLANE = ls.from_functions(tilted, tilted_gradient, dim=2, params=[1.5])
MUELLER = ls.MullerBrown()
TABLE = np.linspace(-2.0, 2.0, 9)
SCHEMES = (
    *(ls.EulerMaruyama(), ls.Splitting()),
    *(ls.StrangSplitting(), ls.DriftImplicitEuler(), ls.TamedEuler(), ls.Heun(), ls.ExactOU()),
)
PROBLEMS = {
    "Brownian": (WELL, 0.7 * ls.Brownian(), -1.0, LEFT, 0.05),
    "stable": (WELL, 0.5 * ls.AlphaStable(1.5), -1.0, LEFT, 0.05),
    "heavy": (WELL, 0.5 * ls.AlphaStable(0.5), -1.0, LEFT, 0.05),
    "very heavy": (WELL, 0.1 * ls.AlphaStable(0.15), -1.0, LEFT, 0.05),
    "skewed": (WELL, 0.5 * ls.AlphaStable(1.3, 0.7), -1.0, LEFT, 0.05),
    "skewed, index one": (WELL, 0.5 * ls.AlphaStable(1.0, -0.5), -1.0, LEFT, 0.05),
    "sum": (WELL, 0.5 * ls.AlphaStable(1.3, 0.7) + 0.5 * ls.Brownian() + -1.0 * ls.AlphaStable(1.5), -1.0, LEFT, 0.05),
    "tempered": (WELL, 0.5 * ls.TemperedStable(1.5, 1.0, 0.5) + ls.TemperedStable(0.7, 2.0), -1.0, LEFT, 0.05),
    "jumps": (WELL, ls.CompoundPoisson(2, [-1, 1.2]) + ls.CompoundPoisson(3, scipy.stats.norm()), -1.0, LEFT, 0.05),
    "elliptical": (PLANE, ls.EllipticalStable(1.2, [[2, 1], [1, 1]]), [-1.0, 0.0], ls.HalfSpace([1.0, 0.0], 0.0), 0.05),
    "polynomial": (ls.Polynomial([0, 0, -0.5, 0, 0.25]), ls.AlphaStable(1.5), -1.0, LEFT, 0.05),
    "wells": (ls.MultiWell([-0.5, 0, 1.5], [-1, 0, -0.5]), ls.AlphaStable(1.5), -0.5, LEFT, 0.02),
    "table": (ls.Tabulated(TABLE, TABLE**4 / 4 - TABLE**2 / 2), ls.Brownian(), -1.0, LEFT, 0.05),
    "line": (LINE, ls.Brownian(), -1.0, LEFT, 0.05),
    "isotropic": (ls.Flat(3), ls.IsotropicStable(1.2), [0.0] * 3, ls.Ball([0.0] * 3, 2.0), 0.05),
    "matrix": (
        ls.Quadratic([[2.0, 0.5], [0.5, 1.0]]),
        ls.AlphaStable(1.5),
        [0.0, 0.0],
        ls.Box([-1.0, -2.0], [1.0, 2.0]),
        0.05,
    ),
    "axes": (
        ls.Quadratic([1.0, 3.0]),
        ls.AlphaStable(1.5) + 0.5 * ls.Brownian() + ls.AlphaStable(1.0, 0.5),
        [0.0, 0.0],
        ls.Box([-1.0, -2.0], [1.0, 2.0]),
        0.05,
    ),
    "plane": (PLANE, ls.IsotropicStable(1.5), [-1.0, 0.0], ls.HalfSpace([1.0, 0.0], 0.0), 0.05),
    "Müller-Brown": (MUELLER, 6 * ls.Brownian(), MUELLER.minima[0], ls.Ball(MUELLER.minima[0], 0.3), 2e-4),
    "entrance": (ls.Quadratic([1.0, 1.0]), ls.Brownian(), [2.0, 0.0], ~ls.Ball([0.0, 0.0], 0.5), 0.05),
}


def bump(x, params):
    return 1.0 + params[0] * x * x / (1.0 + x * x)


def multiplicative():
    """Noise that depends on the state, in one dimension."""
    coefficient = ls.Coefficient(bump, params=[0.5])
    sde = ls.SDE(WELL, ls.Brownian(), 0.5, coefficient)
    for scheme in (ls.EulerMaruyama(), ls.Splitting(), ls.Milstein()):
        yield (
            f"{scheme!r} with a coefficient",
            ls.simulate(sde, -1.0, t=1.0, dt=0.05, n_paths=3, scheme=scheme, rng=3).x,
        )


def digest(*arrays):
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()[:16]


def main():
    found = {"variates": digest(ls.stable.rvs(1.5, size=500, rng=1), ls.stable.rvs(0.9, 0.4, size=50, rng=1))}
    for name, (landscape, noise, x0, domain, dt) in PROBLEMS.items():
        sde = ls.SDE(landscape, noise)
        schemes = SCHEMES if name in ("stable", "axes", "plane", "Brownian") else SCHEMES[:2]
        for scheme in (scheme for scheme in schemes if not scheme.misfit(sde)):
            key = f"{name}, {type(scheme).__name__}"
            sample = ls.first_exit(sde, x0, domain, n_paths=12, dt=dt, t_max=30 * dt, scheme=scheme, rng=3)
            found[key] = digest(sample.times, sample.exit_points, sample.pre_exit_points, sample.status)
            found[f"{key}, simulate"] = digest(ls.simulate(sde, x0, t=5 * dt, dt=dt, n_paths=3, scheme=scheme, rng=3).x)
    found |= {name: digest(x) for name, x in multiplicative()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
