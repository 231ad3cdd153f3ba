"""Strang splitting: half the drift flow, the noise, the other half."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from levysde._jit import STEP, Kernel, kernel
from levysde.schemes.base import Scheme


@kernel(STEP)
def _step(drift, params, settings, x, increment, scratch, out):  # type: ignore[no-untyped-def]
    middle = scratch[0 : x.shape[0]]
    drift(x, params, middle)
    for row in range(x.shape[0]):
        for lane in range(x.shape[1]):
            middle[row, lane] += increment[row, lane]
    drift(middle, params, out)


@dataclass(frozen=True)
class StrangSplitting(Scheme):
    r"""Strang splitting: :math:`X_{k+1} = \varphi_{dt/2}(\varphi_{dt/2}(X_k) + \epsilon\,\Delta N_k)`.

    :math:`\varphi` is the drift flow, as in `Splitting`; a step costs two of its flows. Strong order 1 and weak order 2
    for additive noise: means at a fixed time, and stationary ones, are where it beats `Splitting`. It survives
    whatever that survives.

    In exit problems prefer `Splitting`: here a path is seen after half a step of drift, so that a jump which lands just
    outside may be carried back before anybody looks. The observed rate of a boundary at distance a is lower by a
    factor of about :math:`1 - \alpha|b(a)|dt/(2a)`, b being the drift there, on top of the usual effect of watching at
    times k dt (`levysde.theory.boundary_shift`). A path of the exact process that is watched at times k dt shows the
    same; one that is watched right after its noise, as in `Splitting` and `EulerMaruyama`, does not.

    References
    ----------
    .. [1] Strang, SIAM J. Numer. Anal. 5 (1968), doi:10.1137/0705041.
    .. [2] Leimkuhler and Matthews, Appl. Math. Res. Express 2013, doi:10.1093/amrx/abs010 (weak order of splittings).
    """

    drift = "half flow"
    strong_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "stable": 1.0}
    weak_order: ClassVar[Mapping[str, float]] = {"Brownian": 2.0, "stable": 2.0}
    survives = "every confining force, at any step"

    @property
    def step(self) -> Kernel:
        """The compiled step."""
        return _step
