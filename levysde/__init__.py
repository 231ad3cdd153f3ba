"""First exits and metastability of SDEs driven by Brownian and alpha-stable Lévy noise.

Conventions: dX = -grad U(X) dt + epsilon dN. Brownian motion has variance t; `AlphaStable(alpha)` has
E exp(ikL_t) = exp(-t |k|^alpha), so `AlphaStable(2)` has variance 2t.

Names are imported when they are first used: `import levysde` itself loads neither Numba nor SciPy.
"""

from importlib import import_module
from math import inf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers and editors; a test keeps it equal to `_HOMES`
    from levysde import (
        bench,
        convergence,
        dimension,
        dirichlet,
        rare,
        reproduce,
        scaling,
        sgd,
        stable,
        tails,
        theory,
        wells,
    )
    from levysde._provenance import __version__
    from levysde.coefficient import Coefficient
    from levysde.compare import compare_minima
    from levysde.comparison import Comparison
    from levysde.domains import Ball, Box, Domain, HalfSpace, Interval
    from levysde.estimate import Estimate, Prediction
    from levysde.exits import first_exit
    from levysde.landscapes import (
        DoubleWell,
        Flat,
        Landscape,
        MullerBrown,
        MultiWell,
        Polynomial,
        Quadratic,
        Tabulated,
        from_functions,
    )
    from levysde.noise import (
        AlphaStable,
        Brownian,
        CompoundPoisson,
        EllipticalStable,
        IsotropicStable,
        Noise,
        TemperedStable,
    )
    from levysde.paths import simulate
    from levysde.plotting import plot
    from levysde.rare import mean_exit_time
    from levysde.results import Ensemble, ExitSample, concat, load
    from levysde.scaling import ScalingFit
    from levysde.schemes import (
        DriftImplicitEuler,
        EulerMaruyama,
        ExactOU,
        Heun,
        JumpAdapted,
        Milstein,
        Scheme,
        Splitting,
        StrangSplitting,
        TamedEuler,
    )
    from levysde.sde import SDE
    from levysde.verification import Verification, verify

_HOMES = {
    "_provenance": "__version__",
    "coefficient": "Coefficient",
    "compare": "compare_minima",
    "comparison": "Comparison",
    "domains": "Ball Box Domain HalfSpace Interval",
    "estimate": "Estimate Prediction",
    "exits": "first_exit",
    "landscapes": "DoubleWell Flat Landscape MullerBrown MultiWell Polynomial Quadratic Tabulated from_functions",
    "noise": "AlphaStable Brownian CompoundPoisson EllipticalStable IsotropicStable Noise TemperedStable",
    "paths": "simulate",
    "plotting": "plot",
    "rare": "mean_exit_time",
    "results": "Ensemble ExitSample concat load",
    "schemes": (
        "DriftImplicitEuler EulerMaruyama ExactOU Heun JumpAdapted Milstein Scheme Splitting StrangSplitting TamedEuler"
    ),
    "scaling": "ScalingFit",
    "sde": "SDE",
    "verification": "Verification verify",
}
_PACKAGES = "bench convergence dimension dirichlet rare reproduce scaling sgd stable tails theory wells"
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "SDE",
    "AlphaStable",
    "Ball",
    "Box",
    "Brownian",
    "Coefficient",
    "Comparison",
    "CompoundPoisson",
    "Domain",
    "DoubleWell",
    "DriftImplicitEuler",
    "EllipticalStable",
    "Ensemble",
    "Estimate",
    "EulerMaruyama",
    "ExactOU",
    "ExitSample",
    "Flat",
    "HalfSpace",
    "Heun",
    "Interval",
    "IsotropicStable",
    "JumpAdapted",
    "Landscape",
    "Milstein",
    "MullerBrown",
    "MultiWell",
    "Noise",
    "Polynomial",
    "Prediction",
    "Quadratic",
    "ScalingFit",
    "Scheme",
    "Splitting",
    "StrangSplitting",
    "Tabulated",
    "TamedEuler",
    "TemperedStable",
    "Verification",
    "__version__",
    "bench",
    "compare_minima",
    "concat",
    "convergence",
    "dimension",
    "dirichlet",
    "first_exit",
    "from_functions",
    "inf",
    "load",
    "mean_exit_time",
    "plot",
    "rare",
    "reproduce",
    "scaling",
    "sgd",
    "simulate",
    "stable",
    "tails",
    "theory",
    "verify",
    "wells",
]


def __getattr__(name: str) -> Any:
    if name in _PACKAGES.split():
        return import_module(f"levysde.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'levysde' has no attribute {name!r}")
    value = getattr(import_module(f"levysde.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
