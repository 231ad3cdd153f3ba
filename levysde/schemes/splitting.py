"""Lie-Trotter splitting: the drift flow, then the noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from levysde._jit import STEP, Kernel, kernel
from levysde.schemes.base import Scheme, refuse_stratonovich

if TYPE_CHECKING:
    from levysde.sde import SDE


@kernel(STEP)
def _step(drift, params, settings, x, increment, scratch, out):  # type: ignore[no-untyped-def]
    drift(x, params, out)
    for row in range(x.shape[0]):
        for lane in range(x.shape[1]):
            out[row, lane] += increment[row, lane]


@kernel(STEP)
def _multiplied(drift, params, settings, x, increment, scratch, out):  # type: ignore[no-untyped-def]
    """Drift rows: flow, and coefficient where the flow has led."""
    dim = x.shape[0]
    both = scratch[0 : 2 * dim]
    drift(x, params, both)
    for row in range(dim):
        for lane in range(x.shape[1]):
            out[row, lane] = both[row, lane] + both[dim + row, lane] * increment[row, lane]


@dataclass(frozen=True)
class Splitting(Scheme):
    r"""Lie-Trotter splitting: :math:`X_{k+1} = \varphi_{dt}(X_k) + \epsilon\,\Delta N_k`.

    :math:`\varphi` is the flow of x' = -grad U(x): exact where the landscape knows it (quadratic, double well, multi
    well), otherwise Bogacki-Shampine 3(2) with sub-steps where the error asks for them. The flow of a confining force
    brings a path back from where a jump took it, so that no overshoot is mistaken for an exit and no path is lost
    (stiff, coupled forces met from 10^30 away in several coordinates excepted: those become NaN and are counted).
    Strong and weak order 1 for additive noise; the chain is conjugate to Strang splitting, so that stationary averages
    seen half a step of noise earlier, and transition rates between wells, are of order 2.

    Noise that depends on the state: :math:`X_{k+1} = Y + \epsilon\,g(Y)\,\Delta N_k` with Y where the flow has led, in
    the sense of Itô, of strong order 1/2 and weak order 1 for Brownian noise. The path comes home from any jump as
    above; a g that grows faster than linearly can still send it away faster than the flow brings it back.

    References
    ----------
    .. [1] Hairer, Lubich and Wanner, Geometric Numerical Integration, Springer 2006, doi:10.1007/3-540-30666-8.
    .. [2] Leimkuhler and Matthews, Appl. Math. Res. Express 2013, doi:10.1093/amrx/abs010 (conjugate splittings).
    .. [3] Bogacki and Shampine, Appl. Math. Lett. 2 (1989), doi:10.1016/0893-9659(89)90079-7.
    """

    drift = "flow"
    strong_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "stable": 1.0, "multiplicative": 0.5}
    weak_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "stable": 1.0, "multiplicative": 1.0}
    survives = "every confining force, at any step"

    @property
    def step(self) -> Kernel:
        """The compiled step."""
        return _step

    def step_for(self, sde: SDE) -> Kernel:
        """Return the step, with a coefficient where there is one."""
        return _step if sde.coefficient is None else _multiplied

    def misfit(self, sde: SDE) -> str:
        """Refuse what is meant in the sense of Stratonovich."""
        return refuse_stratonovich(sde)
