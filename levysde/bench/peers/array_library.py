"""Gradients and domains in the array library of a peer: a landscape's own functions take one point, in Python.

`library` is numpy, torch or jax.numpy: these few operations have the same names in all three.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from levysde.domains import Ball, Domain, Interval
from levysde.landscapes import DoubleWell, Flat, Landscape, MullerBrown, Quadratic
from levysde.landscapes.muller_brown import LARGEST_EXPONENT, TERMS


class Detour:
    """A function of NumPy arrays that stands in where the table has none, with the time that is spent in it."""

    def __init__(self, what: str, function: Callable[[Any], Any]) -> None:
        self.what = what
        self.function = function
        self.seconds = 0.0

    def __call__(self, x: Any) -> Any:
        """Call the function."""
        began = time.perf_counter()
        result = self.function(x)
        self.seconds += time.perf_counter() - began
        return result

    def remark(self, seconds: float) -> str:
        """Say which share of the time of a run was spent here; nothing where it was never called."""
        return f"; {self.what}: {self.seconds / seconds:.0%} of the time" if self.seconds else ""


def pointwise(landscape: Landscape) -> Detour:
    """Return the gradient of a landscape by its own function, which takes one point."""
    return Detour("gradient point by point in Python", landscape.gradient)


def gradient_in(library: Any, landscape: Landscape) -> Callable[[Any], Any] | None:
    """Return x -> grad U(x) for arrays (..., dim) of the library; None for a landscape that is not in the table."""
    if isinstance(landscape, Flat):
        return lambda x: 0.0 * x
    if isinstance(landscape, DoubleWell):
        scale = landscape.scale
        return lambda x: scale * x * (x * x - 1.0)
    if isinstance(landscape, Quadratic):
        matrix = library.asarray(np.array(landscape.curvature_matrix))
        return lambda x: x @ matrix
    if isinstance(landscape, MullerBrown):
        return lambda x: _muller_brown(library, x)
    return None


def _muller_brown(library: Any, x: Any) -> Any:
    first, second = 0.0, 0.0
    for height, a, b, c, x0, y0 in TERMS:
        dx, dy = x[..., 0] - x0, x[..., 1] - y0
        exponent = a * dx * dx + b * dx * dy + c * dy * dy
        weight = height * library.exp(library.clip(exponent, -math.inf, LARGEST_EXPONENT))
        first = first + weight * (2.0 * a * dx + b * dy)
        second = second + weight * (b * dx + 2.0 * c * dy)
    return library.stack((first, second), -1)


def inside_in(library: Any, domain: Domain) -> Callable[[Any], Any] | None:
    """Return x -> whether points (..., dim) are in the domain, false for NaN; None for one that is not in the table."""
    if isinstance(domain, Interval):
        return lambda x: ((x > domain.a) & (x < domain.b))[..., 0]
    if isinstance(domain, Ball):
        center, square = library.asarray(np.array(domain.center)), domain.radius**2
        return lambda x: ((x - center) ** 2).sum(-1) < square
    return None
