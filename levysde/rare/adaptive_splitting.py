"""Brownian rare exits: adaptive multilevel splitting through the Hill relation."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import NDArray
from levysde._validate import finite_number, positive
from levysde.domains import Domain
from levysde.engine.pool import Workers, check_workers
from levysde.estimate import Estimate
from levysde.rare.adaptive_splitting_mean import Mean, mean_of, step_error
from levysde.rare.adaptive_splitting_run import PARTICLES, Repetitions, Task, repeat
from levysde.rare.adaptive_splitting_score import Score, choose_score
from levysde.rare.adaptive_splitting_well import STEP_RULE, Well, choose_step, find_well, objection
from levysde.sde import SDE
from levysde.theory import boundary_shift
from levysde.theory.question import starting_point

__all__ = ["adaptive_multilevel_splitting", "misfit"]

Array = NDArray[np.float64]

PILOT = 16  # repetitions from which the number that is needed is found
MOST = 20_000
COARSE = 4  # the run from which the step error is estimated has a step this much longer
REFINEMENTS = 3  # how often the step is divided by COARSE where its error is too large
MOST_OF_THE_WAY = 0.25  # a boundary is never moved further than this part of the distance to it
MARGIN = 1.1  # repetitions beyond the number that the pilot asks for


def misfit(sde: SDE, x0: Any, domain: Domain) -> str:
    """Say why `adaptive_multilevel_splitting` does not apply to this exit; "" where it does.

    It needs additive Brownian noise without jumps, a minimum in the domain, and no second well in the domain in which
    paths would be caught for longer than can be simulated.

    Raises
    ------
    TypeError, ValueError
        When the arguments are not (sde, x0, domain), or x0 is not in the domain.

    Examples
    --------
    >>> import levysde as ls
    >>> from levysde.rare.adaptive_splitting import misfit
    >>> misfit(ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.2), -1.0, ls.Interval(-ls.inf, 1.0))
    ''
    >>> misfit(ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.0), -1.0, ls.Interval(-ls.inf, 1.0))
    'there is no noise (epsilon = 0): nothing leaves a well'
    """
    return objection(sde, x0, domain)


def adaptive_multilevel_splitting(
    sde: SDE,
    x0: Any,
    domain: Domain,
    *,
    rel_error: float = 0.1,
    dt: float | None = None,
    rng: RNG = None,
    workers: Workers = 1,
) -> Estimate:
    r"""Mean exit time under Brownian noise, however rare the exit: adaptive multilevel splitting of its last excursion.

    Let the core A be a neighbourhood of the minimum and B the target, what lies outside the domain. A cycle lasts from
    one entry into A to the next, or to B; on its way it crosses a start surface around A. With cycles in equilibrium,
    the Hill relation [1]_ holds exactly, also for the chain in discrete time::

        E_A tau = E[length of a cycle] / p,    p = P(B before A | start on the surface)
        E_x0 tau = E_x0[time to A or B] + P_x0(A before B) E_A tau

    The lengths, the law of the starts and the fall from x0 come from plain simulation. The probability p, which may be
    1e-100, comes from splitting [2]_: of 256 excursions those that get least far are replaced, again and again, by
    clones of the others that continue with new random numbers. The estimate of p is unbiased for every score and every
    step [3]_. The score is the logarithm of a rough committor on the line and in the plane, else the distance to the
    boundary.

    All this is repeated independently until the standard error is small enough; value and error are those of the
    jackknife over repetitions, which also removes the bias of the quotient. The scheme is `StrangSplitting` (seen after
    its noise, as in `Splitting`, a path climbs a slope too easily); the target is watched at the steps, with the
    boundary moved inward by `theory.boundary_shift`. What is left of the step error is bounded by a second run with
    four times the step: a third of the difference, or of its standard error if that is larger. Where it exceeds its
    share of `rel_error`, the step is divided by four (unless dt was given).

    Parameters
    ----------
    sde : SDE with additive Brownian noise in any dimension
    x0 : start in the domain, usually near a minimum
    domain : Domain; `~Ball(center, radius)` is left when the ball is reached
    rel_error : wanted relative root-mean-square error: statistical error and step error at most 1 / sqrt(2) of it each
    dt : step; None chooses it by the landscape's curvature, the drift where paths leave and `rel_error`
    rng, workers : as in `first_exit`; the result does not depend on the workers

    Returns
    -------
    Estimate
        `n` counts excursions before cloning. NaN, with the reason in `method`, where all particles die out or the mean
        is beyond the largest float.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, where `misfit` says why the method does not apply, and when paths are caught in another well
        or never visit the core.

    References
    ----------
    .. [1] Hill, Free Energy Transduction in Biology, Academic Press 1977; Baudel, Guyader and Lelièvre, On the Hill
       relation and the mean reaction time for metastable processes, arXiv:2008.09790.
    .. [2] Cérou and Guyader, Stoch. Anal. Appl. 25 (2007) 417, doi:10.1080/07362990601139628.
    .. [3] Bréhier, Gazeau, Goudenège, Lelièvre and Rousset, Ann. Appl. Probab. 26 (2016), doi:10.1214/16-AAP1185.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.2)  # exact: 1.232e6
    >>> time = ls.rare.adaptive_multilevel_splitting(sde, -1.0, ls.Interval(-ls.inf, 1.0), rel_error=0.3, rng=1)
    >>> bool(abs(time.value / 1.232e6 - 1) < 0.6)
    True
    """
    x = starting_point(sde, x0, domain)
    rel_error = finite_number(rel_error, "rel_error", low=0.0, high=1.0, open_low=True, open_high=True)
    given = None if dt is None else positive(dt, "dt")
    workers = check_workers(workers)
    entropy = entropy_of(rng)
    reason = misfit(sde, x0, domain)
    if reason:
        raise ValueError(f"adaptive multilevel splitting does not apply: {reason}")

    question = _Question(sde, x, domain, find_well(sde, x, domain), entropy, workers)
    step = given or choose_step(sde, x, domain, question.well, rel_error)
    share = rel_error / math.sqrt(2.0)
    coarse = _measure(question, COARSE * step, math.sqrt(2.0) * share)
    fine = _measure(question, step, share)
    bias = step_error(fine, coarse, COARSE)
    for _ in range(0 if given else REFINEMENTS):
        if not bias > share * fine.value:
            break
        step /= COARSE
        coarse, fine = fine, _measure(question, step, share)
        bias = step_error(fine, coarse, COARSE)
    return _report(question, fine, bias, f"dt = {step:g}" + ("" if given else f" by {STEP_RULE}"))


@dataclass(frozen=True)
class _Question:
    sde: SDE
    x: Array
    domain: Domain
    well: Well
    entropy: int
    workers: Workers

    @cached_property
    def score(self) -> Score:
        return choose_score(self.sde, self.domain, self.well)


def _measure(question: _Question, dt: float, rel_error: float) -> Mean:
    """Add repetitions until the relative standard error is reached."""
    shift = boundary_shift(question.sde.effective_noise, dt)
    shift = min(shift, MOST_OF_THE_WAY * float(question.domain.distance(question.x)))
    words = np.array([dt]).view(np.uint32).tolist()  # runs with other steps are independent
    cycles, clones, parents = (entropy_of(s) for s in np.random.SeedSequence([question.entropy, *words]).spawn(3))
    task = Task(
        sde=question.sde,
        x0=question.x,
        target=question.domain.shrink(shift),
        well=question.well,
        score=question.score,
        dt=dt,
        entropies=(cycles, clones, parents),
        first=0,
        n=PILOT,
    )
    mean = mean_of(repeat(task, workers=question.workers))
    while mean.relative_error > rel_error and task.first + task.n < MOST and math.isfinite(mean.relative_error):
        have = len(mean.repetitions)
        need = math.ceil(MARGIN * have * (mean.relative_error / rel_error) ** 2)
        task = replace(task, first=have, n=min(need, MOST) - have)
        mean = mean_of(Repetitions.joined([mean.repetitions, repeat(task, workers=question.workers)]))
    return mean


def _report(question: _Question, mean: Mean, bias: float, step: str) -> Estimate:
    """Say what was done."""
    from scipy.special import stdtrit

    n = len(mean.repetitions)
    if not math.isfinite(mean.value):
        why = f"all excursions died out in {n} repetitions"
        if math.isfinite(mean.log_p):
            why = f"the mean is beyond the largest float: log10 P(exit per cycle) = {mean.log_p / math.log(10.0):.2f}"
        reason = f"none: {why}; {step}"
        return Estimate(math.nan, math.nan, math.nan, (math.nan, math.nan), n * PARTICLES, reason)
    reach = float(stdtrit(n - 1, 0.975)) * mean.standard_error
    method = (
        f"adaptive multilevel splitting through the Hill relation: {n} repetitions of {PARTICLES} excursions, "
        f"score {question.score.words} in {question.score.levels} levels, log10 P(exit per cycle) = "
        f"{mean.log_p / math.log(10.0):.2f}, variance {mean.excess:.1f} times the ideal; jackknife; StrangSplitting, "
        f"{step}; step error from a run at {COARSE} dt"
    )
    interval = (mean.value - reach, mean.value + reach)
    return Estimate(mean.value, mean.standard_error, bias, interval, n * PARTICLES, method)
