r"""Multilevel Monte Carlo for exit times and exit points.

With steps h_0 > h_1 > ... > h_L, h_l = h_0 / 4^l, and tau_l the exit time of the path watched in steps h_l,

.. math::
    E\tau_L = E\tau_0 + \sum_{l=1}^{L} E[\tau_l - \tau_{l-1}],

and each correction is estimated from pairs of paths that are moved by the same noise: the coarse increment is the sum
of the fine ones. Pairs part only where one leaves and the other does not: with probability O(h^(1/alpha)) if the noise
is rough (1 < alpha <= 2), O(h) otherwise. Most of the paths are then simulated with the longest step.

*Stopping.* When one of a pair is seen outside, nothing is left to be coupled. The survivor goes on from where it is, by
the Markov property with noise of its own, and not once but several times: the mean of its continuations stands for it
(path splitting [3]_). Their number balances cost and variance, level by level, from a pilot. In the double well
(alpha = 1.5, epsilon = 0.5, from -1 to 0) the variance of a correction with one continuation is 10, 3.6, 1.4, 0.49 at
h = 0.1, 0.1/4, ..., like h^(1/alpha), and 3.5, 0.77, 0.18, 0.055, like h, when the continuations are averaged out.

*Boundary.* Each level moves every face of its boundary by what its own step misses there (`rare.missed_distance`, which
is `theory.boundary_shift` with the drift taken into account), so that neighbouring levels differ by O(h) in the mean
instead of O(h^(1/alpha)), and the rest is extrapolated: with the leading exponent a of the bias and M = 4^a, the bias
of level L is about E[tau_L - tau_(L-1)] / (M - 1), which is added. Stated as `bias` is the change that this
extrapolation made from level L-1 to L, divided by M - 1, at least a tenth of what was added. The shift also lowers the
variance a little: without it those above are 12, 4.3, 1.5, 0.62.

*Sample sizes.* N_l proportional to sqrt(V_l / C_l) (V_l variance, C_l path-steps of a pair), from a pilot and updated
until the standard error is small enough; levels are added until the bias is. Path-steps are counted, not timed, so
that the result does not depend on the machine or on `workers`.

References
----------
.. [1] Giles, Oper. Res. 56 (2008) 607, doi:10.1287/opre.1070.0496.
.. [2] Higham, Mao, Roj, Song and Yin, SIAM/ASA J. Uncertain. Quantif. 1 (2013) 2, doi:10.1137/120883803 (exit times).
.. [3] Giles and Bernal, SIAM/ASA J. Uncertain. Quantif. 6 (2018) 1454, doi:10.1137/17M1151626, arXiv:1710.07492
   (boundary shift and path splitting).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from levysde import defaults
from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_number, positive
from levysde.domains import Domain
from levysde.engine.pool import Workers, check_workers
from levysde.estimate import Estimate
from levysde.exits import check_question
from levysde.rare.exit_region import lies_in
from levysde.rare.multilevel_levels import Level, Payoff
from levysde.rare.multilevel_steps import RATIO, Steps, choose_steps, coarsest_step
from levysde.sde import SDE

__all__ = ["expected_cost", "misfit", "multilevel", "multilevel_exit_probability"]

PILOT = 1024
FIRST_LEVELS, MOST_LEVELS = 3, 8
LONGEST = 1e5  # coarsest steps of a crude mean exit time beyond which another method is wanted
PATIENCE = 1000.0  # crude mean exit times after which a path is given up
OVERHEAD = 7.0  # measured: path-steps over those of plain simulation at the coarsest step, for the same standard error
GROWTH = 16  # most that a sample grows by at once, for the variances are estimates
MARGIN = 1.1  # on every sample size: a second helping costs more
LEAST_DOUBT = 0.1  # of the extrapolated remainder, stated as bias at least


def multilevel(
    sde: SDE,
    x0: ArrayLike,
    domain: Domain,
    *,
    rel_error: float = 0.01,
    dt: float | None = None,
    levels: int | None = None,
    rng: RNG = None,
    workers: Workers = 1,
) -> Estimate:
    """Mean exit time by multilevel Monte Carlo, with statistical and step error.

    Parameters
    ----------
    sde : SDE with additive noise, in any dimension
    x0 : one start inside the domain
    domain : Domain
    rel_error : wanted root-mean-square error over the value; standard error and bias are each held to
        rel_error / sqrt(2) of the value
    dt : coarsest step; None takes min(0.4 / steepest curvature, 0.1 x time in which the noise crosses the distance to
        the boundary)
    levels : number of steps dt, dt/4, ...; None starts with 3 and adds more until the bias is small enough
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`
    workers : number of threads or an executor; the result does not depend on it

    Returns
    -------
    Estimate
        `n` counts paths and pairs; `method` tells the levels with their samples and shares of the work. With fewer than
        three levels the bias cannot be assessed and is NaN.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, and where the method does not apply (`misfit`): exits that are rare beside the
        step, noise that depends on the state.

    Examples
    --------
    >>> import levysde as ls
    >>> from levysde.rare import multilevel
    >>> sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), epsilon=0.5)
    >>> found = multilevel(sde, -1.0, ls.Interval(-ls.inf, 0.0), rel_error=0.05, rng=1)
    >>> abs(found.value / 5.6654 - 1) < 0.15
    True
    """
    wanted = finite_number(rel_error, "rel_error", low=0.0, high=1.0, open_low=True, open_high=True)
    question = _Question.checked(sde, x0, domain, dt, levels, rng, workers)
    return question.answer(lambda times, points: times, lambda value: wanted * abs(value))


def multilevel_exit_probability(
    sde: SDE,
    x0: ArrayLike,
    domain: Domain,
    region: Domain,
    *,
    error: float = 0.01,
    dt: float | None = None,
    levels: int | None = None,
    rng: RNG = None,
    workers: Workers = 1,
) -> Estimate:
    """Probability that the exit point lies in `region`, by multilevel Monte Carlo; see `multilevel`.

    A path that is seen between the moved and the true boundary has left through the latter: its exit point is put
    there, a hair outside.

    Parameters
    ----------
    sde, x0, domain, dt, levels, rng, workers : as in `multilevel`
    region : Domain, open: `Interval(b, inf)` or `HalfSpace(normal, offset)` for a side
    error : wanted root-mean-square error, absolute; standard error and bias are each held to error / sqrt(2)

    Raises
    ------
    TypeError, ValueError
        As `multilevel`, and for a region of another dimension.

    Examples
    --------
    >>> import levysde as ls
    >>> from levysde.rare import multilevel_exit_probability
    >>> sde = ls.SDE(ls.Flat(), ls.AlphaStable(1.5))
    >>> right = ls.Interval(1.0, ls.inf)
    >>> found = multilevel_exit_probability(sde, 0.0, ls.Interval(-1.0, 1.0), right, error=0.03, rng=1)
    >>> abs(found.value - 0.5) < 0.15
    True
    """
    wanted = finite_number(error, "error", low=0.0, high=1.0, open_low=True, open_high=True)
    question = _Question.checked(sde, x0, domain, dt, levels, rng, workers)
    if not isinstance(region, Domain):
        raise TypeError(f"region={region!r} is not a domain; give one such as Interval(a, b) or HalfSpace(...)")
    if region.dim != sde.dim:
        raise ValueError(f"region has dimension {region.dim} and the landscape {sde.dim}; they must agree")
    return question.answer(partial(lies_in, region, domain), lambda value: wanted)


def misfit(sde: SDE, x0: ArrayLike, domain: Domain) -> str:
    """Say why multilevel Monte Carlo does not apply, in a clause; "" where it does.

    Raises
    ------
    TypeError, ValueError
        (sde, x0, domain) is not a question at all.
    """
    start, domain = check_question(sde, x0, domain)
    if len(start) > 1:
        return f"x0 holds {len(start)} points and it wants one"
    if sde.coefficient is not None:
        return "the noise depends on the state, and coupled increments need additive noise"
    crude = defaults.crude_mean_exit(sde, domain, start)
    if not math.isfinite(crude):
        return "the noise does not lead out of the domain"
    length = crude / coarsest_step(sde, domain, start)
    if length > LONGEST:
        return f"every path has to be followed to its exit, about {length:.1g} of the longest steps"
    return ""


def expected_cost(sde: SDE, x0: ArrayLike, domain: Domain, *, rel_error: float = 0.01) -> float:
    """Return the path-steps that `multilevel` will need, to an order of magnitude: 14 / rel_error^2 x T / h_0.

    T is the crude mean exit time and h_0 the coarsest step; the factor was measured in double and quadratic wells.
    A path-step takes 5 to 10 ns on one core.
    """
    start, domain = check_question(sde, x0, domain)
    length = defaults.crude_mean_exit(sde, domain, start) / coarsest_step(sde, domain, start)
    return 2.0 * OVERHEAD / rel_error**2 * max(length, 1.0)


@dataclass(frozen=True)
class _Question:
    """A checked question with its steps."""

    steps: Steps
    levels: int | None
    entropy: int
    workers: Workers

    @classmethod
    def checked(
        cls, sde: SDE, x0: ArrayLike, domain: Domain, dt: Any, levels: Any, rng: RNG, workers: Any
    ) -> _Question:
        dt = None if dt is None else positive(dt, "dt")
        levels = None if levels is None else count(levels, "levels")
        workers = check_workers(workers)
        if reason := misfit(sde, x0, domain):
            raise ValueError(
                f"multilevel Monte Carlo does not apply: {reason}; use mean_exit_time, which chooses among the methods"
            )
        start, domain = check_question(sde, x0, domain)
        t_max = PATIENCE * defaults.crude_mean_exit(sde, domain, start)
        return cls(choose_steps(sde, domain, start, dt, t_max), levels, entropy_of(rng), workers)

    def answer(self, payoff: Payoff, tolerance: Callable[[float], float]) -> Estimate:
        """Simulate until standard error and bias are each below tolerance(value) / sqrt(2)."""
        levels: list[Level] = []
        for _ in range(self.levels or FIRST_LEVELS):
            self._extend(levels, payoff)
        while True:
            allowed = tolerance(combined(levels)[0]) / math.sqrt(2)
            if missing := _missing(levels, allowed):
                for level, n in missing:
                    level.add(n)
            elif self.levels is None and len(levels) < MOST_LEVELS and not stated_bias(levels) <= allowed:
                self._extend(levels, payoff)
            else:
                break
        return self._estimate(levels)

    def _extend(self, levels: list[Level], payoff: Payoff) -> None:
        level = Level(self.steps, len(levels), payoff, self.entropy, self.workers)
        level.add(PILOT)
        level.balance()
        levels.append(level)

    def _estimate(self, levels: list[Level]) -> Estimate:
        lost = sum(level.lost for level in levels)
        n = sum(level.n for level in levels)
        if lost:
            warnings.warn(
                f"{lost} of {n + lost} paths became non-finite and are left out: the drift flow with dt="
                f"{self.steps.dt:g} did not survive a large jump into a steep wall; give a smaller dt",
                RuntimeWarning,
                stacklevel=4,
            )
        value, error = combined(levels)
        reach = 1.959964 * error
        return Estimate(value, error, stated_bias(levels), (value - reach, value + reach), n, self._method(levels))

    def _method(self, levels: list[Level]) -> str:
        work = sum(level.work for level in levels)
        shares = "; ".join(
            f"dt = {self.steps.step(level.number):.3g}: {level.n} {'pairs' if level.number else 'paths'}, "
            f"{level.work / work:.0%} of the work"
            for level in levels
        )
        rest = f", extrapolated with order {self.steps.order:.3g}" if len(levels) > 1 else ""
        return f"multilevel Monte Carlo, boundary moved by what a step misses{rest}; {shares}; {work:.2g} path-steps"


def combined(levels: list[Level]) -> tuple[float, float]:
    """Return value and standard error: the sum of the levels, with the last correction carried on to step zero."""
    weights = _weights(levels)
    value = sum(w * level.mean for w, level in zip(weights, levels, strict=True))
    error = math.sqrt(sum(w * w * level.squared_error for w, level in zip(weights, levels, strict=True)))
    return value, error


def stated_bias(levels: list[Level]) -> float:
    """Return the bias left after the extrapolation; NaN with fewer than three levels."""
    if len(levels) < 3:
        return math.nan
    rest, last, before = levels[0].steps.remainder, levels[-1].mean, levels[-2].mean
    change = (1 + rest) * last - rest * before  # of the extrapolated value
    return rest * max(abs(change), LEAST_DOUBT * abs(last))


def _weights(levels: list[Level]) -> list[float]:
    weights = [1.0] * len(levels)
    if len(levels) > 1:
        weights[-1] += levels[0].steps.remainder
    return weights


def _missing(levels: list[Level], allowed: float) -> list[tuple[Level, int]]:
    """Return how many more pairs each level wants for a standard error of `allowed`, in the cheapest way."""
    weights = np.array(_weights(levels))
    if sum((w * w * level.squared_error) for w, level in zip(weights, levels, strict=True)) <= allowed**2:
        return []
    variances = np.array([level.variance for level in levels])
    for k in range(2, len(levels)):  # few survivors in a pilot make a variance that is too good to be true
        variances[k] = max(variances[k], variances[k - 1] / (2 * RATIO))
    costs = np.array([level.cost for level in levels])
    spread: NDArray[np.float64] = weights * np.sqrt(variances / costs)
    wanted = spread * float(np.sum(weights * np.sqrt(variances * costs))) / allowed**2
    found = []
    for level, n in zip(levels, np.ceil(MARGIN * wanted), strict=True):
        more = int(min(n, GROWTH * level.n)) - level.n
        if more > 0:
            found.append((level, max(more, level.n // 20)))
    if not found:  # the pooled variances promise a little more than was reached
        found = [(level, level.n // 20) for level in levels]
    return found
