"""The Milstein scheme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from levysde._jit import STEP, Kernel, kernel
from levysde.schemes.base import Scheme
from levysde.schemes.euler import euler_step

if TYPE_CHECKING:
    from levysde.sde import SDE


@kernel(STEP)
def _multiplied(drift, params, settings, x, increment, scratch, out):  # type: ignore[no-untyped-def]
    """Drift rows: gradient, coefficient, derivative, and room for it."""
    dt, mean_square, dim = settings[0], settings[1], x.shape[0]
    all_rows = scratch[0 : 4 * dim]
    drift(x, params, all_rows)
    for row in range(dim):
        for lane in range(x.shape[1]):
            step = increment[row, lane]
            g, slope = all_rows[dim + row, lane], all_rows[2 * dim + row, lane]
            moved = g * step + 0.5 * g * slope * (step * step - mean_square)
            out[row, lane] = x[row, lane] - dt * all_rows[row, lane] + moved


@dataclass(frozen=True)
class Milstein(Scheme):
    r"""Milstein's scheme for Brownian noise, whose amplitude may depend on the state; strong and weak order 1.

    .. math::
        X_{k+1} = X_k - \nabla U(X_k)\,dt + g\,\epsilon\Delta B_k
        + \tfrac12 g g'\left((\epsilon\Delta B_k)^2 - \epsilon^2 dt\right),

    g and g' at :math:`X_k`, component by component: g_k must depend on x_k alone (otherwise Lévy areas would be needed,
    and it is refused). For a Stratonovich coefficient the term epsilon^2 dt is left out. With additive noise it is
    `EulerMaruyama`, and like that it needs a globally Lipschitz force.

    References
    ----------
    .. [1] Milstein, Theory Probab. Appl. 19 (1975), doi:10.1137/1119062.
    .. [2] Kloeden and Platen, Numerical Solution of SDEs, Springer 1992, section 10.3, doi:10.1007/978-3-662-12616-5.
    """

    drift = "gradient"
    strong_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "multiplicative": 1.0}
    weak_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "multiplicative": 1.0}
    survives = "globally Lipschitz forces, dt < 1/Lipschitz"
    explicit = True

    @property
    def step(self) -> Kernel:
        """The compiled step, that of `EulerMaruyama`."""
        return euler_step

    def step_for(self, sde: SDE) -> Kernel:
        """Return the step, with a coefficient where there is one."""
        return euler_step if sde.coefficient is None else _multiplied

    def settings(self, sde: SDE, dt: float) -> np.ndarray:
        """Return dt and what is subtracted from the squared increment: its mean (Itô) or nothing (Stratonovich)."""
        ito = sde.coefficient is None or sde.coefficient.calculus == "Ito"
        return np.array([dt, sde.driving_noise.variance_rate * dt if ito else 0.0])

    def misfit(self, sde: SDE) -> str:
        """Refuse jumps, and a coefficient whose components depend on each other's coordinates."""
        if sde.noise.has_jumps:
            return f"needs Brownian noise, and this is {sde.noise!r}"
        if sde.coefficient is not None and sde.dim > 1 and not _separate(sde):
            return f"needs a coefficient whose component k depends on x_k alone, and {sde.coefficient!r} does not"
        return ""


def _separate(sde: SDE) -> bool:
    """Whether no component of the coefficient changes with another coordinate, tried at ten points."""
    assert sde.coefficient is not None
    generator = np.random.default_rng(2)  # fixed: the same coefficient always passes or fails
    for _ in range(10):
        x, other = generator.standard_normal((2, sde.dim))
        mixed = [sde.coefficient.at(np.where(np.arange(sde.dim) == k, x, other))[k] for k in range(sde.dim)]
        if not np.array_equal(mixed, sde.coefficient.at(x), equal_nan=True):
            return False
    return True
