"""First exits and metastability of SDEs driven by Brownian and alpha-stable Lévy noise.

Conventions: dX = -grad U(X) dt + epsilon dN. Brownian motion has variance t; `AlphaStable(alpha)` has
E exp(ikL_t) = exp(-t |k|^alpha), so `AlphaStable(2)` has variance 2t.
"""

from math import inf

from levysde import stable, theory
from levysde._provenance import VERSION as __version__
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
from levysde.noise import AlphaStable, Brownian, IsotropicStable, Noise
from levysde.plotting import plot
from levysde.results import Ensemble, ExitSample, concat, load
from levysde.schemes import EulerMaruyama, Scheme, Splitting
from levysde.sde import SDE
from levysde.simulate import simulate

__all__ = [
    "SDE",
    "AlphaStable",
    "Ball",
    "Box",
    "Brownian",
    "Comparison",
    "Domain",
    "DoubleWell",
    "Ensemble",
    "Estimate",
    "EulerMaruyama",
    "ExitSample",
    "Flat",
    "HalfSpace",
    "Interval",
    "IsotropicStable",
    "Landscape",
    "MullerBrown",
    "MultiWell",
    "Noise",
    "Polynomial",
    "Prediction",
    "Quadratic",
    "Scheme",
    "Splitting",
    "Tabulated",
    "__version__",
    "compare_minima",
    "concat",
    "first_exit",
    "from_functions",
    "inf",
    "load",
    "plot",
    "simulate",
    "stable",
    "theory",
]
