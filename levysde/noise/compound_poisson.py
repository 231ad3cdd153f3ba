"""Compound Poisson noise: jumps of a given law at a given rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde._validate import positive
from levysde.noise.base import Increment, Law
from levysde.noise.jump_sizes import Atoms, jump_sizes
from levysde.noise.jumps import compound_poisson, jump_table

if TYPE_CHECKING:
    from levysde.domains import Domain


@dataclass(frozen=True)
class CompoundPoisson(Law):
    r"""Jumps J of one law at the times of a Poisson process: :math:`Ee^{ikN_t} = \exp(-t\,r\,E(1 - e^{ikJ}))`.

    Not compensated: its mean is rate E(J) t. In several dimensions the components are independent, each with its own
    jumps at this rate, so that jumps go along the axes.

    Parameters
    ----------
    rate : jumps per unit time and component, > 0
    jump : law of a jump: a frozen continuous distribution of `scipy.stats`, or anything with `ppf`, `cdf` and `pdf`
        (`isf` and `sf` are used where there are any); or a list or array of equally likely sizes (repeat one to give it
        more weight)

    Raises
    ------
    TypeError, ValueError
        For a rate that is not positive, or a jump that is neither; for quantiles that cannot be tabulated.

    Notes
    -----
    The number of jumps is drawn by inversion, and sizes from a list exactly. Jumps of a continuous distribution come
    from a table of its quantiles, right to 1e-7 of the probability beyond the jump (to 1e-7 in probability where `ppf`
    and `cdf` contradict each other) down to tail probabilities of 2^-53; what lies beyond is replaced by the last
    values, which `jump_range` gives. The exponent is in closed form for a list, otherwise by quadrature to about 1e-9
    times the rate.

    References
    ----------
    .. [1] Sato, Lévy Processes and Infinitely Divisible Distributions, Cambridge 1999, section 4.
    .. [2] Devroye, Non-Uniform Random Variate Generation, Springer 1986, doi:10.1007/978-1-4613-8643-8, sections II.2
       and X.3 (inversion).

    Examples
    --------
    >>> import levysde as ls
    >>> noise = ls.CompoundPoisson(2.0, [-1.0, 1.0, 1.0])
    >>> round(noise.jump_rate(0.0, ls.Interval(-0.5, 3.0)), 12)
    0.666666666667
    """

    rate: float
    jump: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", positive(self.rate, "rate"))
        object.__setattr__(self, "jump", jump_sizes(self.jump))

    def __repr__(self) -> str:
        return f"CompoundPoisson({self.rate:g}, {self.jump!r})"

    jumps = True
    gaussian_rate = 0.0

    @property
    def jump_range(self) -> tuple[float, float]:
        """The smallest and the largest jump that is ever drawn."""
        return self.jump.ends  # type: ignore[no-any-return]

    def activity(self, dim: int) -> float:
        """Return the number of jumps per unit time."""
        return dim * self.rate

    def exponent(self, k: np.ndarray) -> np.ndarray:
        """Return the sum of the components' exponents."""
        values, places = np.unique(k, return_inverse=True)
        found = self.rate * np.array([self.jump.one_minus_phi(float(value)) for value in values])
        total = found[places].reshape(k.shape).sum(axis=-1)
        return np.asarray(total if np.any(total.imag) else total.real)

    def exit_measure(self, point: np.ndarray, domain: Domain, amplitude: float) -> float:
        """Return the rate times the share of the jumps that land outside, added up over the axes."""
        axes = amplitude * np.eye(domain.dim)
        return float(self.rate * sum(self.jump.share_outside(point, domain, axis) for axis in axes))

    def increment(self, dt: float, dim: int, amplitude: float) -> Increment:
        """Return the sum of the jumps within dt; only the table knows the law of the jumps."""
        table = jump_table(self.rate * dt, self.jump.table(), atoms=isinstance(self.jump, Atoms))
        return Increment(compound_poisson, table, amplitude)
