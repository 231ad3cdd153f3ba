"""Noises: laws of increments, with what theory asks of them."""

from levysde.noise.base import Law, Noise
from levysde.noise.brownian import Brownian
from levysde.noise.compound_poisson import CompoundPoisson
from levysde.noise.elliptical import EllipticalStable
from levysde.noise.isotropic import IsotropicStable
from levysde.noise.stable import AlphaStable
from levysde.noise.tempered import TemperedStable

__all__ = [
    "AlphaStable",
    "Brownian",
    "CompoundPoisson",
    "EllipticalStable",
    "IsotropicStable",
    "Law",
    "Noise",
    "TemperedStable",
]
