"""The family of steps of a multilevel estimate: their lengths, their domains, and the order of the bias in the step."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from levysde import defaults
from levysde._types import NDArray
from levysde.domains import Domain
from levysde.rare.inner_domain import Inner, inner_domain
from levysde.sde import SDE

RATIO = 4  # a step over the next finer one; measured: 1.5 times less work than 2 in the double well to one per cent
RELAXATION_SHARE = 0.4  # coarsest step, of the shortest relaxation time
CROSSING_SHARE = 0.1  # and of the time in which the noise alone crosses the distance to the boundary
MOST_OF_THE_WAY = 0.5  # that the boundary is moved towards the start


@dataclass(frozen=True)
class Steps:
    """Steps dt, dt / 4, dt / 16, ..., and the domain in which the path with each of them is watched.

    Attributes
    ----------
    sde, domain : what is asked
    x0 : shape (1, dim), the start
    dt : coarsest step
    t_max : time at which a path is given up
    """

    sde: SDE
    domain: Domain
    x0: NDArray[np.float64]
    dt: float
    t_max: float
    _inner: dict[int, Inner] = field(default_factory=dict, compare=False, repr=False)

    def step(self, level: int) -> float:
        """Step of a level."""
        return self.dt / float(RATIO**level)

    def inner(self, level: int) -> Inner:
        """Return the domain of a level, every face moved by what a path misses there with the level's step."""
        if level not in self._inner:
            self._inner[level] = inner_domain(self.sde, self.domain, self.x0[0], self.step(level))
        return self._inner[level]

    @property
    def order(self) -> float:
        """Leading exponent of the bias in the step: 1, but 1/alpha where one shift does not fit the whole boundary."""
        alpha = self._steadiest
        return 1.0 if self.inner(0).clean or alpha <= 1.0 else 1.0 / alpha

    @property
    def remainder(self) -> float:
        """Bias left at any level over the correction E[tau_l - tau_(l-1)], by the leading term of the bias."""
        return float(1.0 / (RATIO**self.order - 1.0))

    @property
    def _steadiest(self) -> float:
        """Largest stable index among the parts of the noise."""
        noise = self.sde.noise
        jumps = [law.near.alpha for amplitude, law in noise.leaves() if amplitude != 0.0 and law.has_jumps]
        return max([2.0 if noise.variance_rate > 0.0 else 0.0, *jumps])

    @property
    def fits(self) -> bool:
        """Whether the moved boundary of the coarsest step leaves the start room."""
        try:
            inner = self.inner(0)
        except ValueError:  # nothing was left of the domain
            return False
        return inner.share <= MOST_OF_THE_WAY and bool(inner.domain.contains(self.x0)[0])


def coarsest_step(sde: SDE, domain: Domain, x0: NDArray[np.float64]) -> float:
    """Return min(0.4 / steepest curvature, 0.1 x time in which the noise crosses the distance to the boundary)."""
    return defaults.choose_step(sde, domain, x0, share=RELAXATION_SHARE, crossing=CROSSING_SHARE)


def choose_steps(sde: SDE, domain: Domain, x0: NDArray[np.float64], dt: float | None, t_max: float) -> Steps:
    """Return the family of steps that begins with `dt`, or with `coarsest_step`, halved until the start fits.

    Raises
    ------
    ValueError
        With the given `dt` the start is not well inside the domain with its boundary moved inward.
    """
    steps = Steps(sde, domain, x0, coarsest_step(sde, domain, x0) if dt is None else dt, t_max)
    while not steps.fits:
        if dt is not None:
            raise ValueError(
                f"dt={dt:g} is too long: a path watched in such steps misses more than half the way from the start to "
                f"the boundary of {domain!r}; give a shorter coarsest step, or leave it to be chosen"
            )
        steps = Steps(sde, domain, x0, steps.dt / 2, t_max)
    return steps
