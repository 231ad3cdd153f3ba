"""Mean exit times by plain simulation at nested steps, extrapolated to step zero."""

from __future__ import annotations

import math

import numpy as np

from levysde import defaults
from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import positive
from levysde.domains import Domain
from levysde.engine.pool import Workers, check_workers
from levysde.estimate import Estimate
from levysde.exits import check_fit, check_scheme
from levysde.rare.inner_domain import inner_domain
from levysde.rare.ladder import RATIO, Ladder, Unfinished
from levysde.rare.question import check_rel_error, question
from levysde.schemes import EulerMaruyama, Scheme, Splitting
from levysde.sde import SDE
from levysde.theory import mean_exit_time as predicted

RELAXATION_SHARE = 0.08  # the first step tried: this part of the shortest relaxation time ...
CROSSING_SHARE = 0.02  # ... and of the time in which the noise crosses the distance to the boundary
MOST_OF_THE_WAY = 0.2  # at the coarsest step no boundary moves further than this part of the distance to it
BIAS_SHARE = 3.0  # the bias is taken as the difference of the extrapolants over this
PILOT, GROWTH = 256, 8  # paths of the first look at a step, and growth from one look to the next
SMALLEST_FACTOR = 0.125  # by which a step that is too coarse is made smaller
MOST_REFINEMENTS = 6
MOST_STEPS = 5e10  # path steps of a whole estimate: five to ten minutes of one core
LONGEST_WAIT = 100.0  # mean exit times after which a path is given up; exponential ones never get there
EXCESS = 10.0  # nor, in a small first sample, to this many affordable means, if the mean is affordable
HOPELESS = 30.0  # times too long a guess of the mean exit time must be to be believed without a run
FEWEST = 128  # paths of the smallest ladder
NORMAL_95 = 1.959963984540054

Array = NDArray[np.float64]


def extrapolated(
    sde: SDE,
    x0: ArrayLike,
    domain: Domain,
    *,
    rel_error: float = 0.01,
    dt: float | None = None,
    scheme: Scheme | None = None,
    rng: RNG = None,
    workers: Workers = 1,
    max_steps: float = MOST_STEPS,
) -> Estimate:
    r"""Mean exit time of the continuously watched path, by simulation at steps h, 4h and 16h.

    Each run moves every boundary inward by what its own step misses there (`rare.missed_distance`: the noise, its
    skewness, and the drift at that boundary taken into account). What is left of the watching bias is linear in the
    step, and

    .. math::
        \hat T = \tfrac43 T_h - \tfrac13 T_{4h}

    removes that too. Where one distance does not fit a whole boundary (independent stable components in a ball), the
    term h^(1/alpha) is extrapolated away as well, from three steps. The same combination at 4 h gives T'. The reported
    bias is max(abs(T' - T), its standard error) / 3: right for a leftover of order h, too large for every smaller one,
    since h^(2/alpha) would be 1/5 of the difference at alpha = 1.5, and h^2 a fifteenth.

    The step starts at 8 % of the shortest relaxation time, or less where the boundary is near, and is halved or
    quartered until the bias is below rel_error / sqrt 2; then paths are added until the standard error is.

    Parameters
    ----------
    sde, x0, domain : as in `first_exit`, with one start
    rel_error : wanted relative root mean square error; bias and standard error each get rel_error / sqrt 2
    dt : the finest step h, not refined then; None chooses as described
    scheme : None takes `Splitting()`, or `EulerMaruyama()` where that does not fit the SDE
    rng, workers : as in `first_exit`
    max_steps : number of path steps, all runs together, that the estimate may take

    Returns
    -------
    Estimate

    Raises
    ------
    TypeError, ValueError
        Bad arguments; a mean that is infinite; an estimate that would take more than `max_steps`: the message has the
        expected cost.
    KeyboardInterrupt
        On Ctrl-C: a mean over the paths that happen to be finished would be too small.

    References
    ----------
    Gobet & Menozzi, Stochastic Process. Appl. 120 (2010) 130, doi:10.1016/j.spa.2009.09.014 (moved boundaries);
    Talay & Tubaro, Stoch. Anal. Appl. 8 (1990) 483, doi:10.1080/07362999008809220 (extrapolation in the step).

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5)
    >>> found = ls.rare.extrapolated(sde, -1.0, ls.Interval(-ls.inf, 0.0), rel_error=0.05, rng=1)
    >>> abs(found.value / 5.6654191 - 1) < 0.15
    True
    """
    start, domain = question(sde, x0, domain)
    rel_error, workers = check_rel_error(rel_error), check_workers(workers)
    max_steps = positive(max_steps, "max_steps")
    reason = misfit(sde, start, domain)
    if reason:
        raise ValueError(reason)
    scheme = check_scheme(scheme) or _fitting(sde)
    check_fit(scheme, sde)
    given = None if dt is None else positive(dt, "dt")
    entropy = entropy_of(rng)
    target = rel_error / math.sqrt(2)
    step = given or first_step(sde, domain, start)
    spent = 0.0
    for attempt in range(MOST_REFINEMENTS + 1):
        last = given is not None or attempt == MOST_REFINEMENTS
        seed = entropy_of(np.random.SeedSequence([entropy, attempt]))
        ladder = _ladder(sde, start, domain, step, scheme, seed, workers)
        factor = _climb(ladder, expected_time(sde, start, domain), target, max_steps - spent, last=last)
        spent += sum(rung.n * rung.mean / rung.dt for rung in ladder.rungs)
        if factor == 1.0:
            return _estimate(ladder, scheme)
        step *= factor
    raise AssertionError("the last attempt is always accepted")


def misfit(sde: SDE, x0: ArrayLike, domain: Domain) -> str:
    """Return why plain simulation does not apply, "" where it does; what it costs is told by `expected_steps`."""
    start, domain = question(sde, x0, domain)
    noise = sde.noise_at(start)
    if not noise.has_jumps and noise.variance_rate == 0.0:
        return "the noise is zero: the path is deterministic; integrate the gradient flow instead"
    if sde.coefficient is None:
        prediction = predicted(sde, start, domain)
        if prediction.valid and prediction.value == math.inf:
            return f"the mean exit time is infinite ({prediction.law}: {prediction.reason}); look at survival() instead"
    return ""


def expected_time(sde: SDE, start: Array, domain: Domain) -> float:
    """Return what is expected of the mean exit time before any run: theory where it is valid, else a crude guess."""
    additive = SDE(sde.landscape, sde.noise_at(start))
    prediction = predicted(additive, start, domain)
    if prediction.valid and 0.0 < prediction.value < math.inf:
        return prediction.value
    return defaults.crude_mean_exit(additive, domain, start[np.newaxis])


def expected_steps(sde: SDE, x0: ArrayLike, domain: Domain, *, rel_error: float) -> float:
    """Return the number of path steps that `extrapolated` is expected to take, within a factor of a few."""
    start, domain = question(sde, x0, domain)
    step = first_step(sde, domain, start)
    shares = 2.0 + 1.0 / RATIO + 1.0 / RATIO**2
    return shares * _needed(rel_error / math.sqrt(2), 1.0) * expected_time(sde, start, domain) / step


def first_step(sde: SDE, domain: Domain, start: Array) -> float:
    """Return the step h with which the search begins.

    Raises
    ------
    ValueError
        Neither the landscape nor the noise has a time scale.
    """
    additive = SDE(sde.landscape, sde.noise_at(start))
    step = defaults.choose_step(additive, domain, start[np.newaxis], share=RELAXATION_SHARE, crossing=CROSSING_SHARE)
    while _share(sde, domain, start, step * RATIO**2) > MOST_OF_THE_WAY:
        step /= 2
    return step


def _share(sde: SDE, domain: Domain, start: Array, dt: float) -> float:
    try:
        return inner_domain(sde, domain, start, dt).share
    except ValueError:  # nothing would be left of the domain
        return math.inf


def _fitting(sde: SDE) -> Scheme:
    return Splitting() if not Splitting().misfit(sde) else EulerMaruyama()


def _ladder(
    sde: SDE, start: Array, domain: Domain, dt: float, scheme: Scheme, entropy: int, workers: Workers
) -> Ladder:
    clean = inner_domain(sde, domain, start, dt).clean
    exponents = (1.0,) if clean else (1.0 / _near_index(sde, start), 1.0)
    inner = [inner_domain(sde, domain, start, dt * RATIO**i) for i in range(len(exponents) + 2)]
    if any(moved.share >= 1.0 for moved in inner):
        raise ValueError(
            f"dt={dt:g} is too coarse: {dt * RATIO ** (len(inner) - 1):g}, the longest step of the extrapolation, "
            "would move a boundary over the start; give a smaller dt, or None"
        )
    return Ladder(sde, start, scheme, [moved.domain for moved in inner], dt, exponents, entropy, workers)


def _near_index(sde: SDE, start: Array) -> float:
    """Return alpha of the part of the noise that an uneven boundary is uneven for: the largest index below 2."""
    indices = [law.near.alpha for amplitude, law in sde.noise_at(start).leaves() if amplitude != 0.0]
    return min(max([index for index in indices if 1.0 < index < 2.0], default=1.5), 1.9)


def _needed(target: float, relative_variance: float) -> int:
    return max(math.ceil(1.05 * relative_variance / target**2), FEWEST)


def _climb(ladder: Ladder, guess: float, target: float, max_steps: float, *, last: bool) -> float:
    """Add paths until both errors are small; return 1, or the factor on the step with which to start again."""
    unit = ladder.steps_per_unit / ladder.dt
    affordable = max_steps / (unit * _needed(target, 1.0))  # the longest mean exit time, if exponential
    if HOPELESS * affordable < guess < math.inf:
        raise ValueError(_too_long(f"{guess / affordable * max_steps:.1e}", f"{guess:.3g}", target, max_steps))
    n, closer = min(PILOT, _needed(target, 1.0)), False
    t_max = LONGEST_WAIT * max(guess, ladder.rungs[-1].dt) if guess < math.inf else EXCESS * affordable
    while True:
        try:
            ladder.extend(n, min(t_max, max(EXCESS * affordable, 10 * ladder.rungs[-1].dt)))
        except Unfinished:
            if t_max >= EXCESS * affordable:
                cost = f"more than {max_steps:.1e}"
                raise ValueError(_too_long(cost, f"above {affordable:.3g}", target, max_steps)) from None
            t_max *= LONGEST_WAIT  # the guess was too low
            continue
        (value, error), (gap, noise) = ladder.value, ladder.difference
        if not value > 0.0:  # the coarse rungs are far from any limit
            return SMALLEST_FACTOR
        excess = (abs(gap) - 2.0 * noise) / BIAS_SHARE / (target * value)
        if excess > 1.0 and not last:
            return float(min(max(excess ** (-1 / 1.5), SMALLEST_FACTOR), 0.5))
        if error <= target * value:
            if last or max(abs(gap), noise) <= BIAS_SHARE * target * value:
                return 1.0
            if closer:
                return 0.5
            n, closer = 2 * n, True  # the gap is no larger than its noise allows: look once more
        else:
            n = min(max(_needed(target, (error / value) ** 2 * n), n + 1), GROWTH * n)
        needed = n * unit * value
        if needed > max_steps:
            raise ValueError(_too_long(f"{needed:.1e}", f"{value:.3g}", target, max_steps))
        t_max, affordable = LONGEST_WAIT * value, math.inf  # paid for: nothing but the wait limits a path now


def _too_long(cost: str, time: str, target: float, max_steps: float) -> str:
    return (
        f"plain simulation would take about {cost} path steps (mean exit time about {time}, relative error "
        f'{target * math.sqrt(2):g}), and max_steps={max_steps:.1e}; use mean_exit_time with method="auto" or a method '
        "for small noise, ask for a larger rel_error, or raise max_steps"
    )


def _estimate(ladder: Ladder, scheme: Scheme) -> Estimate:
    value, error = ladder.value
    gap, noise = ladder.difference
    steps = ", ".join(f"{rung.dt:.3g}" for rung in ladder.rungs)
    orders = " and ".join(f"dt^{p:.3g}" if p != 1.0 else "dt" for p in ladder.exponents)
    method = (
        f"simulation with {scheme!r} at dt = {steps}, boundaries moved inward by the missed distance, extrapolated in "
        f"{orders}; bias: a third of the difference to the extrapolation from steps {RATIO} times as long"
    )
    bias, reach = max(abs(gap), noise) / BIAS_SHARE, NORMAL_95 * error
    return Estimate(value, error, bias, (value - reach, value + reach), ladder.paths, method)
