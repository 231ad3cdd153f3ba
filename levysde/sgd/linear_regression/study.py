"""One setting of SGD on linear regression: its exact law, and beside it what simulated chains show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import NDArray
from levysde._validate import count, positive
from levysde.engine.pool import Progress, Workers
from levysde.estimate import Estimate, sample_mean
from levysde.sgd.linear_regression.chains import Chains, simulate
from levysde.sgd.linear_regression.data import GaussianData
from levysde.sgd.linear_regression.indices import TAIL_SHARE, average_index, last_index
from levysde.sgd.linear_regression.law import (
    LARGEST_POWER,
    eta_critical,
    eta_for,
    eta_max,
    h,
    rho,
    second_moment,
    tail_index,
)

FloatArray = NDArray[np.float64]

POINTS = 60  # of the curves
FEWEST_STEPS, MOST_STEPS = 1000, 100_000
RELAXATIONS = 20.0  # steps times |rho| and times h'(alpha): the tail is then that of the stationary law up to e^20
BLOCK = 40
FEWEST_CHAINS = 400
CLEAR = 3.0  # standard errors between runs of K and 2K steps, beyond which an estimate is said to move


@dataclass(frozen=True)
class Law:
    """What is known exactly about the setting (d, b, eta, sigma), with label noise of deviation `noise`.

    `alpha` and `second_moment` are NaN where there is no stationary law (rho >= 0).
    """

    d: int
    b: int
    eta: float
    sigma: float
    noise: float
    rho: float
    alpha: float
    eta_critical: float
    eta_max: float
    second_moment: float

    @property
    def is_stationary(self) -> bool:
        """Whether there is a stationary law: rho < 0."""
        return self.rho < 0

    @property
    def regime(self) -> str:
        """In words."""
        if not self.is_stationary:
            return "no stationary law: errors grow without bound"
        if self.alpha > LARGEST_POWER:
            return f"a power law of index above {LARGEST_POWER:g}, which no experiment can tell from none"
        if self.alpha > 2:
            return "power law, finite variance"
        return "heavy tail, infinite variance" if self.alpha > 1 else "heavy tail, infinite mean"

    def h_curve(self) -> tuple[FloatArray, FloatArray]:
        """Return powers s and h(s), up to a little beyond the root."""
        top = min(1.35 * self.alpha, 40.0) if self.is_stationary else 1.0
        powers = np.linspace(0.0, top, POINTS)
        return powers, np.array([h(s, self.d, self.b, self.eta, self.sigma) for s in powers])

    def index_curve(self) -> tuple[FloatArray, FloatArray]:
        """Return steps eta and tail indices, from alpha about 30 to the end of the stationary range."""
        low = eta_for(30.0, self.d, self.b, self.sigma)
        end = 1 - np.geomspace(1 - low / self.eta_max, 1e-4, POINTS // 2)
        etas = np.union1d(
            end * self.eta_max, [*np.linspace(low, end[-1] * self.eta_max, POINTS // 2), self.eta_critical]
        )
        return etas, np.array([tail_index(self.d, self.b, eta, self.sigma) for eta in etas])


@dataclass(frozen=True, eq=False)
class Measured:
    """Chains of one length, and what estimators read from them.

    Attributes
    ----------
    chains : Chains
    hill : Estimate
        Hill's estimate from the largest 1 % of the lengths of the last errors.
    blocks : Estimate
        Block sums of the averaged errors, which are attracted to a stable law of index min(alpha, 2).
    growth : Estimate
        Mean of log|e_K| / K; rho where errors grow.
    """

    chains: Chains
    hill: Estimate
    blocks: Estimate
    growth: Estimate


@dataclass(frozen=True, eq=False)
class Study:
    """The exact law, and two runs of chains, of K and of 2K steps (none where nothing was simulated)."""

    law: Law
    runs: tuple[Measured, ...]

    @property
    def verdict(self) -> str:
        """What the runs say about the law, in a sentence."""
        if not self.runs:
            return ""
        short, long = self.runs
        if not self.law.is_stationary:
            return (
                "no stationary law: the estimates are those of an exploding chain, fall as 1/sqrt(K) with its length K "
                "and are no tail index; log|e| grows by rho in a step"
            )
        if _apart(short.hill, long.hill) > CLEAR:
            return f"Hill's estimate still moves between {short.chains.steps} and {long.chains.steps} steps: take more"
        z = abs(long.hill.value - self.law.alpha) / long.hill.standard_error
        if z <= CLEAR:
            return f"the simulated tail is that of the law: Hill's estimate is {z:.1f} standard errors from alpha"
        return (
            f"Hill's estimate is {z:.1f} standard errors from alpha: the largest {TAIL_SHARE:.0%} are not yet in the "
            "power law, as is usual for alpha above 2; take more chains"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, for JSON."""
        law = self.law
        fields = ("d", "b", "eta", "sigma", "noise", "rho", "alpha", "eta_critical", "eta_max", "second_moment")
        found: dict[str, Any] = {name: getattr(law, name) for name in fields} | {"regime": law.regime}
        found["simulation"] = [
            {
                "steps": run.chains.steps,
                "n_chains": run.chains.n_chains,
                **{name: _plain(getattr(run, name)) for name in ("hill", "blocks", "growth")},
                "provenance": dict(run.chains.provenance),
            }
            for run in self.runs
        ]
        return found | ({"verdict": self.verdict} if self.runs else {})


def law_of(d: int, b: int, eta: float, sigma: float = 1.0, *, noise: float = 1.0) -> Law:
    """Return everything that is known exactly about a setting; parameters and errors as for `h`.

    Unlike `tail_index` it takes steps without a stationary law, and says so.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import law_of
    >>> law_of(2, 1, 0.6).regime
    'heavy tail, infinite variance'
    >>> law_of(2, 1, 1.0).regime
    'no stationary law: errors grow without bound'
    """
    noise = positive(noise, "noise")
    rate = rho(d, b, eta, sigma)
    alpha, moment = math.nan, math.nan
    if rate < 0:
        alpha, moment = tail_index(d, b, eta, sigma), second_moment(d, b, eta, sigma, noise=noise)
    ends = eta_critical(d, b, sigma), eta_max(d, b, sigma)
    return Law(int(d), int(b), float(eta), float(sigma), noise, rate, alpha, *ends, moment)


def study(
    law: Law,
    *,
    n_chains: int,
    steps: int | None = None,
    rng: RNG = None,
    workers: Workers = 1,
    progress: Progress = False,
) -> Study:
    """Simulate chains of K and of 2K steps from the solution, and estimate their tails.

    Parameters
    ----------
    law : Law, as `law_of` gives it
    n_chains : number of chains of each run, at least 400
    steps : K; None takes 20 times the slower of 1/|rho| and 1/h'(alpha), at least 1000 and at most 100000
    rng, workers, progress : as for `simulate`

    Returns
    -------
    Study

    Raises
    ------
    ValueError, TypeError
        For numbers outside their range.
    """
    n_chains = count(n_chains, "n_chains", minimum=FEWEST_CHAINS)
    steps = choose_steps(law) if steps is None else count(steps, "steps", minimum=2)
    data = GaussianData(law.d, law.sigma, law.noise)
    entropy = entropy_of(rng)
    runs = []
    for number, length in enumerate((steps, 2 * steps)):
        chains = simulate(
            data,
            b=law.b,
            eta=law.eta,
            steps=length,
            n_chains=n_chains,
            first_chain=number * n_chains,
            rng=entropy,
            workers=workers,
            progress=progress,
        )
        runs.append(_measure(chains))
        if "partial" in chains.provenance:
            raise KeyboardInterrupt
    return Study(law, tuple(runs))


def choose_steps(law: Law) -> int:
    """Return how many steps chains need until their tail is that of the stationary law."""
    rate = abs(law.rho)
    if law.is_stationary and law.alpha < FEWEST_STEPS:  # the tail fills up at the rate h'(alpha)
        low, high = (h(law.alpha * (1 + move), law.d, law.b, law.eta, law.sigma) for move in (-1e-4, 1e-4))
        rate = min(rate, (high - low) / (2e-4 * law.alpha))
    wanted = RELAXATIONS / rate if rate * MOST_STEPS > RELAXATIONS else MOST_STEPS
    return max(FEWEST_STEPS, math.ceil(wanted)) if law.is_stationary else FEWEST_STEPS


def _measure(chains: Chains) -> Measured:
    return Measured(
        chains,
        last_index(chains),
        average_index(chains, block=BLOCK),
        sample_mean(chains.last_log_norm / chains.steps),
    )


def _apart(one: Estimate, other: Estimate) -> float:
    return abs(one.value - other.value) / math.hypot(one.standard_error, other.standard_error)


def _plain(estimate: Estimate) -> dict[str, Any]:
    fields = {"value": estimate.value, "standard_error": estimate.standard_error, "interval": list(estimate.interval)}
    return fields | {"method": estimate.method}
