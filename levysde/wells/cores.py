"""Cores of wells: neighbourhoods of the minima that a path has to reach before it counts as having arrived."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde._types import NDArray
from levysde._validate import finite_number
from levysde.domains import Ball, Domain, Interval
from levysde.landscapes.base import Landscape

Array = NDArray[np.float64]

CORE_RULE = (
    "core of a minimum: in one dimension from the minimum `core` of the way to the barrier on either side, to infinity "
    "where there is none; else a ball of `core` times the distance to the nearest saddle or half way to the nearest "
    "minimum, whichever is nearer"
)


@dataclass(frozen=True, eq=False)
class Cores:
    """The cores of all minima, as the kernel wants them.

    Attributes
    ----------
    centres : array (n, dim)
        The minima.
    ends : array (n, 2)
        In one dimension the ends of the closed intervals; else (0, squared radius).
    """

    centres: Array
    ends: Array

    def domain(self, i: int) -> Domain:
        """Return core i without its boundary."""
        low, high = (float(end) for end in self.ends[i])
        return Interval(low, high) if self.centres.shape[1] == 1 else Ball(self.centres[i], math.sqrt(high))


def cores_of(landscape: Landscape, core: float) -> Cores:
    """Return the cores by `CORE_RULE`.

    They must not be so large that a path which enters may leave at once for another well, nor so small that a path
    in its well seldom visits them: half of the way to the barriers serves unless the noise is large.

    Raises
    ------
    ValueError
        `core` is outside (0, 1).
    """
    share = finite_number(
        core, "core", low=0.0, high=1.0, open_low=True, open_high=True, advice="give a share of the way to the barrier"
    )
    minima = np.array(landscape.minima, float, order="C")  # writable, as the kernel wants it
    n = len(minima)
    if landscape.dim == 1:
        widths = [landscape.width(i) for i in range(n)]
        ends = np.array(
            [(m - share * left, m + share * right) for m, (left, right) in zip(minima[:, 0], widths, strict=True)]
        )
        return Cores(minima, ends)
    ends = np.zeros((n, 2))
    for i, minimum in enumerate(minima):
        others = np.concatenate([np.delete(minima, i, axis=0) / 2 + minimum / 2, landscape.saddles])
        ends[i, 1] = (share * float(np.min(np.linalg.norm(others - minimum, axis=1), initial=math.inf))) ** 2
    return Cores(minima, ends)
