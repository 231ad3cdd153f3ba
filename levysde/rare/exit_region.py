"""Where a path left, when the boundary was moved inward for the watching."""

from __future__ import annotations

import numpy as np

from levysde._types import NDArray
from levysde.domains import Domain

FloatArray = NDArray[np.float64]
HAIR = 1e-9  # relative: how far outside the true boundary a point is put


def put_outside(domain: Domain, points: FloatArray) -> FloatArray:
    """Return the points, those still in `domain` put a hair beyond the nearest point of its boundary.

    The nearest boundary point of x is x - d grad d, d the distance; the gradient is taken by differences.
    """
    moved = np.array(points, float)
    strip = np.flatnonzero(domain.contains(moved))
    if not strip.size:
        return moved
    x = moved[strip]
    distance = domain.distance(x)
    probe = 1e-3 * distance
    slope = np.empty_like(x)
    for i, axis in enumerate(np.eye(domain.dim)):
        ahead, behind = x + probe[:, np.newaxis] * axis, x - probe[:, np.newaxis] * axis
        slope[:, i] = domain.distance(ahead) - domain.distance(behind)
    slope /= np.linalg.norm(slope, axis=1, keepdims=True)
    reach = distance + HAIR * (1.0 + np.linalg.norm(x, axis=1))
    moved[strip] = x - reach[:, np.newaxis] * slope
    return moved


def lies_in(region: Domain, domain: Domain, times: FloatArray, points: FloatArray) -> FloatArray:
    """Return 1.0 for the exits whose point lies in `region`, 0.0 for the others."""
    return np.asarray(region.contains(put_outside(domain, points)), float).reshape(len(points))
