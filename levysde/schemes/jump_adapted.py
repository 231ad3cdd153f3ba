"""The jump-adapted scheme: large jumps at their own times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from levysde._validate import positive
from levysde.schemes.base import Scheme, refuse_coefficient

if TYPE_CHECKING:
    from levysde._jit import Kernel
    from levysde.noise.base import Cut
    from levysde.sde import SDE

SHARE = 0.03  # of the amplitude of a part, where no threshold is given


@dataclass(frozen=True, repr=False)
class JumpAdapted(Scheme):
    r"""Large jumps at their own times, the rest of the noise by its Gaussian approximation.

    Jumps of symmetric stable noise longer than the threshold r come at the times of a Poisson process, with Pareto
    lengths: on each axis at the rate :math:`2(c_\alpha/\alpha)\sigma^\alpha r^{-\alpha}`, where sigma is the amplitude
    of the noise. Smaller ones are replaced by Brownian motion of their variance
    :math:`2c_\alpha\sigma^\alpha r^{2-\alpha}/(2-\alpha)` per unit time [1]_; symmetry makes any compensation
    needless. Between jumps and grid times a path moves by Lie-Trotter splitting, the drift flow and then the Gaussian
    part, over whatever time there is. Exits are looked for at the grid times and immediately before and after every
    jump, so that exit times are real numbers and a jump out of the domain is told from a diffusive exit:
    `pre_exit_points` then holds the point from which the path jumped. Jump times are kept to 1/16384 of a step.

    Parameters
    ----------
    threshold : length of the shortest jump that is drawn by itself, the same for every part of the noise. None takes
        0.03 times the amplitude of each stable part (epsilon included), which is the rule: the threshold scales with
        the noise and is never a fixed length

    Raises
    ------
    TypeError, ValueError
        If the threshold is not a positive number. Skewed, elliptical, tempered and compound Poisson noise and a
        coefficient are refused when a simulation is asked for.

    Notes
    -----
    The error has two parts. That of the *step* is of strong and weak order 1 against the noise that is cut at this
    threshold, whatever its parts, in means as in medians; for exit times it is of order 1 with `watch="bridge"`, which
    sees the Gaussian part, and 1/2 in the smaller deviation of that part with plain looks. That of the *threshold*
    does not vanish with the step. The Gaussian approximation of the smaller jumps over unit time has a Kolmogorov
    distance of at most :math:`0.7975\,(2-\alpha)^{3/2}/((3-\alpha)\sqrt{2c_\alpha})\;\kappa^{\alpha/2}` with
    kappa = r/sigma (Berry and Esseen), which grows for small alpha: at kappa = 0.03 it is 0.018 for alpha = 1.5 and
    0.39 for alpha = 0.5. What it does to exits is far less, because there the smaller jumps carry little.

    Mean exit times measured against the deterministic solution of the exit problem, sigma = 0.5, in per cent of it,
    quadratic well from 0 out of (-1, 1) / double well from -1 out of (-inf, 0):

    ======  =====  ======  =========================  =========================
    alpha   kappa  dt      `watch="bridge"`           `watch="steps"`
    ======  =====  ======  =========================  =========================
    1.5     0.3    0.005   -1.6 / -1.3 (0.2)
    1.5     0.1    0.005   -0.5 / -0.5 (0.2)
    1.5     0.1    0.02    -1.2 / -0.4 (0.2)          2.7 / 1.8 (0.2)
    1.5     0.03   0.005   -0.2 / -0.1 (0.2)
    1.5     0.03   0.02    -0.6 / -0.3 (0.2)          1.3 / 0.9 (0.2)
    0.8     0.1    0.02    0.1 / -0.4 (0.2)
    0.8     0.03   0.02    -0.2 / -0.1 (0.2)
    0.5     0.1    0.02    0.0 / -0.2 (0.2)
    ======  =====  ======  =========================  =========================

    Standard errors in parentheses. The price is one event per jump: at kappa = 0.03 and alpha = 1.5, 77 jumps per unit
    time, at kappa = 0.1 13, and at alpha = 1.8 more by the factor kappa^(-0.3).

    References
    ----------
    .. [1] Asmussen and Rosinski, J. Appl. Probab. 38 (2001) 482, doi:10.1239/jap/996986757 (Gaussian approximation).
    .. [2] Kohatsu-Higa and Tankov, Stochastic Process. Appl. 120 (2010) 2258, doi:10.1016/j.spa.2010.07.001
       (jump-adapted schemes).

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), epsilon=0.5)
    >>> scheme = ls.JumpAdapted(0.1 * sde.epsilon)
    >>> left = ls.Interval(-ls.inf, 0.0)
    >>> sample = ls.first_exit(sde, -1.0, left, n_paths=100, dt=0.05, scheme=scheme, watch="bridge", rng=1)
    >>> by_jump = sample.exit_points[:, 0] > 1e-6  # a crossing ends on the boundary
    >>> bool(abs(sample.last_steps[by_jump]).min() > scheme.threshold)
    True
    """

    threshold: float | None = None

    drift = "flow"
    strong_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "stable": 1.0}
    weak_order: ClassVar[Mapping[str, float]] = {"Brownian": 1.0, "stable": 1.0}
    survives = "every confining force, at any step"
    loop = "events"

    def __post_init__(self) -> None:
        if self.threshold is not None:
            object.__setattr__(self, "threshold", positive(self.threshold, "threshold"))

    def __repr__(self) -> str:
        return "JumpAdapted()" if self.threshold is None else f"JumpAdapted({self.threshold!r})"

    @property
    def step(self) -> Kernel:
        """None: its paths move from event to event, in loops of their own (`levysde.kernels.jump_adapted`)."""
        raise TypeError(f"{self!r} has no time step that could be called by itself; simulate with it")

    def misfit(self, sde: SDE) -> str:
        """Return which part of the noise cannot be cut at its large jumps."""
        for amplitude, law in sde.driving_noise.leaves():
            if amplitude != 0 and law.cut(1.0, sde.dim, amplitude) is None:
                return (
                    "needs Brownian, AlphaStable(alpha) with beta = 0 or IsotropicStable noise, or a sum of these, and "
                    f"this has {law!r}"
                )
        return refuse_coefficient(sde)

    def cuts(self, sde: SDE) -> list[tuple[Cut, float]]:
        """Return the parts of the noise, cut at their large jumps, and the threshold of each."""
        parts = []
        for amplitude, law in sde.driving_noise.leaves():
            if amplitude != 0:
                length = SHARE * abs(amplitude) if self.threshold is None else self.threshold
                cut = law.cut(length, sde.dim, amplitude)
                assert cut is not None, "misfit() comes first"
                parts.append((cut, length))
        return parts

    def gaussian_rate(self, sde: SDE) -> float:
        """Return the variance per unit time of Brownian motion and the smaller jumps."""
        return sum(cut.variance for cut, _ in self.cuts(sde))
