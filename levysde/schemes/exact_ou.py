"""The exact transition of the Ornstein-Uhlenbeck process of stable and Brownian noise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from levysde._jit import STEP, Kernel, kernel
from levysde.kernels.on_axis import axis_table, on_axis
from levysde.landscapes import Flat, Quadratic
from levysde.noise import AlphaStable, Brownian, EllipticalStable, IsotropicStable
from levysde.noise.base import Increment, Law
from levysde.schemes.base import Scheme, refuse_coefficient
from levysde.stable.elliptical import elliptical, elliptical_table
from levysde.stable.tables import SHIFT, has_table

if TYPE_CHECKING:
    from levysde.sde import SDE


@kernel(STEP)
def _step(drift, params, settings, x, increment, scratch, out):  # type: ignore[no-untyped-def]
    drift(x, params, out)
    for row in range(x.shape[0]):
        for lane in range(x.shape[1]):
            out[row, lane] += increment[row, lane]


@dataclass(frozen=True)
class ExactOU(Scheme):
    r"""The exact transition of a quadratic landscape, at any step.

    .. math::
        X_{k+1} = e^{-C\,dt}X_k + \epsilon\int_0^{dt} e^{-Cs}\,dN_s.

    With a scalar curvature theta, the integral over stable noise is that noise at the time
    :math:`(1 - e^{-\alpha\theta dt})/(\alpha\theta)`; at alpha = 1 skewness adds the shift
    :math:`\frac2\pi\beta\,(1 - e^{-\theta dt}(1 + \theta dt))/\theta`. For curvatures that differ along the axes this
    holds for each coordinate of `AlphaStable`; Gaussian noise may have any curvature matrix, with the covariance
    :math:`\int_0^{dt} e^{-2Cs}ds`. Sums of such noises are drawn part by part. Anything else is refused: the integral
    of a rotation-invariant law over curvatures that differ, for instance, belongs to no class that can be drawn here.

    The law at the times k dt is exact; what happens in between is not seen, so that an exit is still missed between two
    looks. Increments over one long step are not sums of those over short ones.

    References
    ----------
    .. [1] Samorodnitsky and Taqqu, Stable Non-Gaussian Random Processes, 1994, section 3.2 (stable integrals).
    .. [2] Uhlenbeck and Ornstein, Phys. Rev. 36 (1930), doi:10.1103/PhysRev.36.823.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.Quadratic(2.0), ls.AlphaStable(1.5), epsilon=0.3)
    >>> ls.simulate(sde, 1.0, t=10.0, dt=5.0, n_paths=4, scheme=ls.ExactOU(), rng=1).x.shape
    (4, 3, 1)
    """

    drift = "flow"
    strong_order: ClassVar[Mapping[str, float]] = {"Brownian": math.inf, "stable": math.inf}
    weak_order: ClassVar[Mapping[str, float]] = {"Brownian": math.inf, "stable": math.inf}
    survives = "every quadratic landscape, at any step"

    @property
    def step(self) -> Kernel:
        """The compiled step."""
        return _step

    def misfit(self, sde: SDE) -> str:
        """Refuse other landscapes, and noises whose integral against the flow has no law that can be drawn."""
        if refused := refuse_coefficient(sde):
            return refused
        if not isinstance(sde.landscape, (Quadratic, Flat)):
            return f"needs a quadratic landscape, and this is {sde.landscape!r}"
        curvature = _curvature(sde)
        for amplitude, law in sde.driving_noise.leaves():
            if amplitude != 0 and (reason := _unknown(law, curvature)):
                return reason
        return ""

    def increments(self, sde: SDE, dt: float) -> tuple[Increment, ...]:
        """Return the parts of the integral of exp(-C s) against the noise."""
        curvature = _curvature(sde)
        parts: list[Increment] = []
        for amplitude, law in sde.driving_noise.leaves():
            if amplitude != 0:
                parts += _integral(law, amplitude, curvature, dt)
        return tuple(parts)


def effective_time(rate: float, dt: float) -> float:
    """Return the integral of exp(-rate s) over [0, dt], for a rate of any sign."""
    return -math.expm1(-rate * dt) / rate if rate != 0 else dt


def moment_time(rate: float, dt: float) -> float:
    """Return the integral of rate s exp(-rate s) over [0, dt], for a rate of any sign."""
    return effective_time(rate, dt) - dt * math.exp(-rate * dt)


def _curvature(sde: SDE) -> np.ndarray:
    return np.reshape(sde.landscape.hessian(np.zeros(sde.dim)), (sde.dim, sde.dim))


def _is_scalar(curvature: np.ndarray) -> bool:
    return bool(np.array_equal(curvature, curvature[0, 0] * np.eye(len(curvature))))


def _is_diagonal(curvature: np.ndarray) -> bool:
    return bool(np.array_equal(curvature, np.diag(np.diag(curvature))))


def _unknown(law: Law, curvature: np.ndarray) -> str:
    if not isinstance(law, (AlphaStable, Brownian, EllipticalStable, IsotropicStable)):
        return f"needs stable or Brownian noise, and this has {law!r}"
    if not law.jumps or _is_scalar(curvature):
        return ""
    if not isinstance(law, AlphaStable):
        return f"needs the same curvature in every direction for {law!r}"
    if not _is_diagonal(curvature):
        return f"needs a diagonal curvature for {law!r}"
    if not has_table(law.alpha):
        return f"needs the same curvature in every direction for so small an alpha as in {law!r}"
    return ""


def _integral(law: Law, amplitude: float, curvature: np.ndarray, dt: float) -> list[Increment]:
    if _is_scalar(curvature):
        return [_scalar(law, amplitude, float(curvature[0, 0]), dt, len(curvature))]
    if not law.jumps:
        values, vectors = np.linalg.eigh(curvature)
        times = np.array([effective_time(2 * value, dt) for value in values])
        covariance = amplitude**2 * law.gaussian_rate * (vectors * times) @ vectors.T
        return [Increment(elliptical, elliptical_table(2.0, np.linalg.cholesky(covariance / 2)), 1.0)]
    axes = [_scalar(law, amplitude, float(rate), dt, 1) for rate in np.diag(curvature)]
    return [replace(part, sampler=on_axis, table=axis_table(part.table, axis)) for axis, part in enumerate(axes)]


def _scalar(law: Law, amplitude: float, rate: float, dt: float, dim: int) -> Increment:
    alpha = law.alpha if isinstance(law, (AlphaStable, EllipticalStable, IsotropicStable)) else 2.0
    part = law.increment(effective_time(alpha * rate, dt), dim, amplitude)
    if not isinstance(law, AlphaStable) or alpha != 1 or law.beta == 0:
        return part
    shift = 2 / math.pi * law.beta * moment_time(rate, dt) / effective_time(rate, dt)
    table = part.table.copy()
    table[SHIFT] += shift
    return replace(part, table=table)
