"""The same landscape with other widths and other heights."""

from __future__ import annotations

import numpy as np

from levysde.landscapes import DoubleWell, Landscape, MultiWell, Polynomial, Quadratic, Tabulated


def reshape(landscape: Landscape, *, width: float = 1.0, height: float = 1.0) -> Landscape | None:
    """Return height * U(x / width), None where the landscape is of a kind that cannot be reshaped."""
    if isinstance(landscape, MultiWell):
        return MultiWell(x=width * np.array(landscape.x), u=height * np.array(landscape.u))
    if isinstance(landscape, DoubleWell):
        landscape = Polynomial([0, 0, -0.5 * landscape.scale, 0, 0.25 * landscape.scale])
    if isinstance(landscape, Polynomial):
        coefficients = np.array(landscape.coefficients)
        return Polynomial(height * coefficients / width ** np.arange(len(coefficients)))
    if isinstance(landscape, Quadratic) and landscape.dim == 1:
        return Quadratic(height * float(landscape.hessian(0.0)) / width**2)
    if isinstance(landscape, Tabulated):
        smoothing = None if landscape.smoothing is None else width * landscape.smoothing
        prominence = None if landscape.prominence is None else height * landscape.prominence
        return Tabulated(width * np.array(landscape.x), height * np.array(landscape.u), smoothing, prominence)
    return None
