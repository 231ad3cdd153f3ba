"""The Euler-Maruyama scheme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from levysde._jit import STEP, Kernel, kernel
from levysde.schemes.base import Scheme, refuse_stratonovich

if TYPE_CHECKING:
    from levysde.sde import SDE


@kernel(STEP)
def euler_step(drift, params, settings, x, increment, scratch, out):  # type: ignore[no-untyped-def]
    """Take one step with additive noise."""
    dt = settings[0]
    gradient = scratch[0 : x.shape[0]]
    drift(x, params, gradient)
    for row in range(x.shape[0]):
        for lane in range(x.shape[1]):
            out[row, lane] = x[row, lane] - dt * gradient[row, lane] + increment[row, lane]


@kernel(STEP)
def _multiplied(drift, params, settings, x, increment, scratch, out):  # type: ignore[no-untyped-def]
    """Drift rows: gradient and coefficient."""
    dt, dim = settings[0], x.shape[0]
    both = scratch[0 : 2 * dim]
    drift(x, params, both)
    for row in range(dim):
        for lane in range(x.shape[1]):
            out[row, lane] = x[row, lane] - dt * both[row, lane] + both[dim + row, lane] * increment[row, lane]


@dataclass(frozen=True)
class EulerMaruyama(Scheme):
    r"""Explicit Euler: :math:`X_{k+1} = X_k - \nabla U(X_k)\,dt + \epsilon\,g(X_k)\,\Delta N_k`.

    Strong and weak order 1 for additive noise (g = 1) and a smooth, globally Lipschitz force, Brownian and stable
    alike; strong order 1/2 and weak order 1 for a coefficient g and Brownian noise.

    Use it only where the force is globally Lipschitz and dt is below 1/Lipschitz. In a steeper force a large jump
    is followed by an overshoot: the path is lost (double well, alpha = 1.5, epsilon = 0.5, dt = 0.01: 5.2 % of the
    paths by t = 20), or, in exit problems, the overshoot is counted as an exit (mean exit times 30 % low at
    alpha = 0.5).

    References
    ----------
    .. [1] Kloeden and Platen, Numerical Solution of SDEs, Springer 1992, doi:10.1007/978-3-662-12616-5.
    .. [2] Wang, Xiao and Xu, arXiv:2403.18626 (explosion of the moments under stable noise).
    """

    drift = "gradient"
    strong_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "stable": 1.0, "multiplicative": 0.5}
    weak_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "stable": 1.0, "multiplicative": 1.0}
    survives = "globally Lipschitz forces, dt < 1/Lipschitz"
    explicit = True

    @property
    def step(self) -> Kernel:
        """The compiled step."""
        return euler_step

    def step_for(self, sde: SDE) -> Kernel:
        """Return the step, with a coefficient where there is one."""
        return euler_step if sde.coefficient is None else _multiplied

    def misfit(self, sde: SDE) -> str:
        """Refuse what is meant in the sense of Stratonovich."""
        return refuse_stratonovich(sde)
