"""Four numbers that name a stable law, in S0, and the change to S1."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

NAMES = ("alpha", "beta", "scale", "loc")


class Law(NamedTuple):
    """A stable law in the S0 parameterization, in which everything is continuous in alpha."""

    alpha: float
    beta: float
    scale: float
    loc: float

    def moved(self, by: Law) -> Law:
        """Return the law of `by.loc + by.scale X` for X of this law."""
        return Law(self.alpha, self.beta, by.scale * self.scale, by.loc + by.scale * self.loc)


def location_s1(law: Law) -> float:
    """Return mu_S1 = mu_S0 - beta sigma tan(pi alpha/2), or mu_S0 - (2/pi) beta sigma log sigma at alpha = 1."""
    if law.alpha == 1:
        return law.loc - 2 / math.pi * law.beta * law.scale * math.log(law.scale)
    if law.alpha == 2:
        return law.loc
    return law.loc + law.beta * law.scale / math.tan(math.pi * (law.alpha - 1) / 2)


def log_characteristic(t: np.ndarray, law: Law) -> np.ndarray:
    """Return log E exp(itX) for t > 0."""
    u = law.scale * t
    return 1j * law.loc * t - u**law.alpha - 1j * law.beta * lean(u, law.alpha)


def lean(u: np.ndarray, alpha: float) -> np.ndarray:
    """Return tan(pi alpha/2) (u - u^alpha), which is (2/pi) u log u at alpha = 1 and 0 at alpha = 2."""
    if alpha == 1:
        return np.asarray(2 / math.pi * u * np.log(u))
    if alpha == 2:
        return np.zeros_like(u)
    excess = alpha - 1
    return np.asarray(u * np.expm1(excess * np.log(u)) / math.tan(math.pi * excess / 2))
