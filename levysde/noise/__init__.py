"""Noises: laws of increments, with what theory asks of them."""

from levysde.noise.base import Law, Noise
from levysde.noise.brownian import Brownian
from levysde.noise.isotropic import IsotropicStable
from levysde.noise.stable import AlphaStable

__all__ = ["AlphaStable", "Brownian", "IsotropicStable", "Law", "Noise"]
