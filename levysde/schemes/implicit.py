"""The drift-implicit Euler scheme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from levysde._jit import STEP, Kernel, kernel
from levysde.schemes.base import Scheme


@kernel(STEP)
def _step(drift, params, settings, x, increment, scratch, out):  # type: ignore[no-untyped-def]
    moved = scratch[0 : x.shape[0]]
    for row in range(x.shape[0]):
        for lane in range(x.shape[1]):
            moved[row, lane] = x[row, lane] + increment[row, lane]
    drift(moved, params, out)


@dataclass(frozen=True)
class DriftImplicitEuler(Scheme):
    r"""Drift-implicit (backward) Euler: :math:`X_{k+1} = X_k - \nabla U(X_{k+1})\,dt + \epsilon\,\Delta N_k`.

    The equation is solved to rounding: in one dimension by a bracketed secant iteration that finds its root from any
    distance, in several by Newton's method with the Hessian from differences of the gradient and halved steps, so that
    any landscape will do. A path whose equation cannot be solved (an overflow, 500 iterations) becomes NaN and is
    counted. Strong and weak order 1 for additive noise.

    The solution is unique for dt < 1/c, where -c is the least curvature, at a barrier (the double well: dt < 1);
    beyond, one of several solutions is taken and the scheme means little. A jump is followed by a step of drift before
    it is seen, which in exit problems lowers the observed rate as in `StrangSplitting`, twice as much.

    References
    ----------
    .. [1] Kloeden and Platen, Numerical Solution of SDEs, Springer 1992, chapter 12, doi:10.1007/978-3-662-12616-5.
    .. [2] Higham, Mao and Stuart, SIAM J. Numer. Anal. 40 (2002), doi:10.1137/S0036142901389530.
    """

    drift = "resolvent"
    strong_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "stable": 1.0}
    weak_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "stable": 1.0}
    survives = "every confining force, dt below 1/curvature of the barriers"

    @property
    def step(self) -> Kernel:
        """The compiled step."""
        return _step
