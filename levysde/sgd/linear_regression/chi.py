"""Tables of chi laws for the ziggurat sampler: the length of a normal vector at the price of one variate."""

from __future__ import annotations

import functools
import math

import numpy as np

from levysde._types import NDArray
from levysde.stable.tables import Law, assemble, side

FloatArray = NDArray[np.float64]

MOST_SQUARES = 3  # degrees of freedom up to which the length is taken of so many normals: there f has a kink near 0


@functools.lru_cache(maxsize=32)
def chi_table(dof: int) -> FloatArray:
    """Return the table of sqrt(chi2(dof)), for dof > MOST_SQUARES.

    The density is x^(dof - 1) exp(-x^2 / 2) up to a constant. The left side ends where the grid of distances from the
    mode does, near x = 0; what lies beyond has a probability below 1e-9.
    """
    from scipy.special import gammainc, gammaincc, gammaln

    mode = math.sqrt(dof - 1)
    constant = (1 - 0.5 * dof) * math.log(2.0) - float(gammaln(0.5 * dof))

    def log_density(x: FloatArray) -> FloatArray:
        inside = x > 0
        x = np.where(inside, x, 1.0)
        return np.where(inside, constant + (dof - 1) * np.log(x) - 0.5 * x * x, -np.inf)

    def log_above(distance: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(gammaincc(0.5 * dof, 0.5 * (mode + distance) ** 2)))

    def log_below(distance: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(gammainc(0.5 * dof, 0.5 * np.maximum(mode - distance, 0.0) ** 2)))

    right = Law(lambda distance: log_density(mode + distance), log_above)
    left = Law(lambda distance: log_density(mode - distance), log_below)
    return assemble(mode, [side(right, 0.0), side(left, 0.0)])
