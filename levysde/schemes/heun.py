"""The stochastic Heun scheme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from levysde._jit import STEP, Kernel, kernel
from levysde.schemes.base import Scheme

if TYPE_CHECKING:
    from levysde.sde import SDE


@kernel(STEP)
def _step(drift, params, settings, x, increment, scratch, out):  # type: ignore[no-untyped-def]
    dt, dim = settings[0], x.shape[0]
    here, there, ahead = scratch[0:dim], scratch[dim : 2 * dim], scratch[2 * dim : 3 * dim]
    drift(x, params, here)
    for row in range(dim):
        for lane in range(x.shape[1]):
            ahead[row, lane] = x[row, lane] - dt * here[row, lane] + increment[row, lane]
    drift(ahead, params, there)
    for row in range(dim):
        for lane in range(x.shape[1]):
            mean = 0.5 * (here[row, lane] + there[row, lane])
            out[row, lane] = x[row, lane] - dt * mean + increment[row, lane]


@kernel(STEP)
def _multiplied(drift, params, settings, x, increment, scratch, out):  # type: ignore[no-untyped-def]
    """Drift rows: gradient and coefficient."""
    dt, dim = settings[0], x.shape[0]
    here, there, ahead = scratch[0 : 2 * dim], scratch[2 * dim : 4 * dim], scratch[4 * dim : 5 * dim]
    drift(x, params, here)
    for row in range(dim):
        for lane in range(x.shape[1]):
            ahead[row, lane] = x[row, lane] - dt * here[row, lane] + here[dim + row, lane] * increment[row, lane]
    drift(ahead, params, there)
    for row in range(dim):
        for lane in range(x.shape[1]):
            mean = 0.5 * (here[row, lane] + there[row, lane])
            factor = 0.5 * (here[dim + row, lane] + there[dim + row, lane])
            out[row, lane] = x[row, lane] - dt * mean + factor * increment[row, lane]


@dataclass(frozen=True)
class Heun(Scheme):
    r"""Stochastic Heun: explicit Euler to :math:`Y`, then the mean of drift and coefficient at :math:`X_k` and Y.

    .. math::
        Y = X_k - \nabla U(X_k)\,dt + \epsilon\,g(X_k)\,\Delta N_k,\quad
        X_{k+1} = X_k - \tfrac12(\nabla U(X_k) + \nabla U(Y))\,dt + \tfrac12(g(X_k) + g(Y))\,\epsilon\,\Delta N_k.

    With additive noise (g = 1), Brownian or jumping, it is of strong order 1 and weak order 2, for two gradients a
    step; stable where `EulerMaruyama` is. With a coefficient it solves the **Stratonovich** equation, and Brownian
    noise is needed: refused unless the SDE says that this is meant, `Coefficient(g, calculus="Stratonovich")`. Strong
    order 1 then, if g_k depends on x_k alone; otherwise 1/2.

    References
    ----------
    .. [1] Rümelin, SIAM J. Numer. Anal. 19 (1982), doi:10.1137/0719041.
    .. [2] Kloeden and Platen, Numerical Solution of SDEs, Springer 1992, section 15.1, doi:10.1007/978-3-662-12616-5.
    """

    drift = "gradient"
    strong_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "stable": 1.0, "multiplicative": 1.0}
    weak_order: ClassVar[Mapping[str, float]] = {"Brownian": 2.0, "stable": 2.0, "multiplicative": 1.0}
    survives = "globally Lipschitz forces, dt < 1/Lipschitz"
    explicit = True

    @property
    def step(self) -> Kernel:
        """The compiled step."""
        return _step

    def step_for(self, sde: SDE) -> Kernel:
        """Return the step, with a coefficient where there is one."""
        return _step if sde.coefficient is None else _multiplied

    def misfit(self, sde: SDE) -> str:
        """Refuse a coefficient in the sense of Itô, and one with jumps."""
        if sde.coefficient is None:
            return ""
        if sde.coefficient.calculus != "Stratonovich":
            return (
                f"solves the Stratonovich equation, and {sde.coefficient!r} is meant in the sense of Itô (if not, say "
                "Coefficient(g, calculus='Stratonovich'))"
            )
        return f"needs Brownian noise with a coefficient, and this is {sde.noise!r}" if sde.noise.has_jumps else ""
