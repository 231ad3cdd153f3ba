"""The tamed Euler scheme."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from levysde._jit import STEP, Kernel, kernel
from levysde.schemes.base import Scheme


@kernel(STEP)
def _step(drift, params, settings, x, increment, scratch, out):  # type: ignore[no-untyped-def]
    dt, dim = settings[0], x.shape[0]
    gradient, shrunk = scratch[0:dim], scratch[dim : dim + 1]
    drift(x, params, gradient)
    for lane in range(x.shape[1]):
        shrunk[0, lane] = 0.0
    for row in range(dim):
        for lane in range(x.shape[1]):
            shrunk[0, lane] += gradient[row, lane] * gradient[row, lane]
    for lane in range(x.shape[1]):
        shrunk[0, lane] = dt / (1.0 + dt * math.sqrt(shrunk[0, lane]))
    for row in range(dim):
        for lane in range(x.shape[1]):
            out[row, lane] = x[row, lane] - shrunk[0, lane] * gradient[row, lane] + increment[row, lane]


@dataclass(frozen=True)
class TamedEuler(Scheme):
    r"""Tamed Euler: :math:`X_{k+1} = X_k + dt\,b/(1 + dt\,|b|) + \epsilon\,\Delta N_k`, :math:`b = -\nabla U(X_k)`.

    The force moves a path by less than 1 per step, so that nothing overshoots to infinity. Strong and weak order 1 for
    additive noise that stays where dt |b| is small. **Kept because people ask for it; it is wrong after large jumps:**
    from a distance L it takes L steps to come back, where the flow of a quartic wall takes a time 1/L^2, and for
    alpha <= 1 the mean time to return is infinite. The mean exit time of (-inf, 0) from -1 in the double well, at
    epsilon = 0.5 and dt = 0.1 / 0.05 / 0.025, against the exact values 3.424 (alpha = 0.5) and 5.665 (1.5); for taming
    at alpha = 0.5 the mean of min(tau, 500), since that of tau itself is infinite:

    ================================  =====================  ====================
    scheme                            alpha = 0.5            alpha = 1.5
    ================================  =====================  ====================
    `TamedEuler`                      17.2 / 13.7 / 10.9     6.16 / 5.98 / 5.89
    `EulerMaruyama`                   2.14 / 2.27 / 2.38     5.31 / 5.56 / 5.64
    `DriftImplicitEuler`              3.60 / 3.51 / 3.46     6.46 / 6.15 / 5.90
    `Splitting`                       3.51 / 3.45 / 3.43     6.25 / 6.07 / 5.92
    ================================  =====================  ====================

    (At alpha = 1.5 explicit Euler looks right because its invented exits make up for the missed ones; what is left in
    the others is the effect of watching at times k dt, which `levysde.theory.boundary_shift` removes.)

    The unit 1 is absolute: it is a length of the landscape only by chance. Where dt |b| overflows, beyond 10^154, the
    force is 0.

    References
    ----------
    .. [1] Hutzenthaler, Jentzen and Kloeden, Ann. Appl. Probab. 22 (2012), doi:10.1214/11-AAP803.
    .. [2] Dareiotis, Kumar and Sabanis, SIAM J. Numer. Anal. 54 (2016), doi:10.1137/151004872 (Lévy noise, with moments
       that stable noise lacks).
    """

    drift = "gradient"
    strong_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "stable": 1.0}
    weak_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "stable": 1.0}
    survives = "every force, but comes back from a jump at a speed of at most 1/dt"
    explicit = True

    @property
    def step(self) -> Kernel:
        """The compiled step."""
        return _step
