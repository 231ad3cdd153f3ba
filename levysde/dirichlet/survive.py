"""Survival: the chance that the path is still inside at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from levysde._validate import finite_number
from levysde.dirichlet.ladder import predict
from levysde.dirichlet.mesh import Resolution
from levysde.dirichlet.question import ask, start
from levysde.dirichlet.system import System
from levysde.domains import Domain
from levysde.estimate import Prediction
from levysde.sde import SDE

LAW = "exit problem: survival"

# A solve per node of the contour: shallower meshes, more nodes on the finer one.
LADDER = (Resolution(10, 0.36, 0.65, 2, 1), Resolution(12, 0.36, 0.75, 3, 1), Resolution(14, 0.36, 0.85, 6, 2))
NODES = (20, 24, 28)


def survival(sde: SDE, x0: Any, domain: Domain, t: float) -> Prediction:
    r"""P_x(tau > t), by inverting the Laplace transform of the survival function numerically.

    .. math:: (z - A)\hat u = 1 \text{ inside}, \quad \hat u = 0 \text{ outside}, \qquad
        P_x(\tau > t) = \frac1{2\pi i}\int e^{zt}\hat u(x; z)\,dz

    over Talbot's contour. Other arguments and errors as for `mean_exit_time`.

    Parameters
    ----------
    t : float
        Time, >= 0.

    References
    ----------
    Trefethen, Weideman, Schmelzer, BIT 46 (2006) 653, doi:10.1007/s10543-006-0077-9.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.Flat(), ls.AlphaStable(1.0))
    >>> f"{ls.dirichlet.survival(sde, 0.0, ls.Interval(-1.0, 1.0), 1.0).value:.6f}"
    '0.381821'
    """
    question = ask(sde, domain)
    x = start(question, x0)
    t = finite_number(t, "t", low=0.0)
    if t == 0.0:
        return Prediction(1.0, 0.0, LAW, True, "the path starts inside")
    return predict(question, LAW, lambda system, level: invert(system, x, t, NODES[level]), LADDER)


def invert(system: System, x: float, t: float, nodes: int) -> float:
    """Sum e^z u(x; z/t) over the upper half of the contour."""
    angle = math.pi * (np.arange(0, nodes, 2) + 1.0) / nodes
    cotangent = 1.0 / np.tan(0.6407 * angle)
    z = nodes * (0.5017 * angle * cotangent - 0.6122 + 0.2645j * angle)
    slope = nodes * (0.5017 * cotangent - 0.5017 * 0.6407 * angle / np.sin(0.6407 * angle) ** 2 + 0.2645j)
    total = 0.0
    for point, weight in zip(z, np.exp(z) * slope / t, strict=True):
        total += 2.0 * (weight * system.resolvent(point / t, x) / (1j * nodes)).real
    return total
