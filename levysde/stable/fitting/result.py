"""What a fit returns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from levysde.stable.fitting.law import NAMES


@dataclass(frozen=True, eq=False)
class StableFit:
    """A stable law fitted to data.

    Attributes
    ----------
    alpha, beta, scale, loc : the estimates, `loc` in the stated parameterization
    standard_errors : the same names with their asymptotic standard errors; 0 where a value was given, NaN where the
        estimate lies on the edge of its range, where the asymptotics do not hold; `interval("alpha")` does
    covariance : (4, 4) array in the order alpha, beta, scale, loc
    log_likelihood : at the fitted law
    n : number of observations
    method : "mle", "quantile" or "ecf"
    parameterization : "S1" or "S0"
    p_value : of the goodness of fit by parametric bootstrap; None unless asked for
    notes : what a reader of the numbers should know, one sentence each
    data : the observations, sorted

    Examples
    --------
    >>> import levysde as ls
    >>> x = ls.stable.rvs(1.5, size=1000, rng=1)
    >>> fit = ls.stable.fit(x, beta=0.0)
    >>> abs(fit.alpha - 1.5) < 4 * fit.standard_errors["alpha"]
    True
    """

    alpha: float
    beta: float
    scale: float
    loc: float
    covariance: np.ndarray
    log_likelihood: float
    n: int
    method: str
    parameterization: Literal["S0", "S1"]
    p_value: float | None = None
    notes: tuple[str, ...] = ()
    data: np.ndarray = field(default_factory=lambda: np.empty(0), repr=False)

    @property
    def standard_errors(self) -> dict[str, float]:
        """The square roots of the diagonal of the covariance."""
        with np.errstate(invalid="ignore"):
            return dict(zip(NAMES, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Return the interval of one parameter; ValueError for another name.

        That of alpha holds every index whose test the estimate passes, with the error at that index
        (`levysde.stable.fitting.interval`), and is [low, 2] for an estimate of 2. The others are asymptotic and normal,
        cut to their range; NaN where there is no error.
        """
        from statistics import NormalDist

        from levysde.stable.fitting.interval import index_interval

        if name not in NAMES:
            raise ValueError(f"{name!r} is no parameter of the fit; use one of {', '.join(NAMES)}")
        if not 0 < level < 1:
            raise ValueError(f"level={level:g} is outside (0, 1); 0.95 gives the 95 % interval")
        value, error = float(getattr(self, name)), self.standard_errors[name]
        if name == "alpha":
            return index_interval(self.method, value, error, n=self.n, level=level)
        half = NormalDist().inv_cdf(0.5 + level / 2) * error
        low, high = {"beta": (-1.0, 1.0), "scale": (0.0, math.inf)}.get(name, (-math.inf, math.inf))
        return max(value - half, low), min(value + half, high)

    def __str__(self) -> str:
        errors = self.standard_errors
        lines = [f"stable law by {self.method}, {self.n} observations, {self.parameterization}"]
        lines += [f"  {name:<6}{getattr(self, name):>12.5g} ± {errors[name]:.2g}" for name in NAMES]
        lines.append(f"  log-likelihood {self.log_likelihood:.6g}")
        if self.p_value is not None:
            lines.append(f"  goodness of fit: p = {self.p_value:.3g}")
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])
