"""The front door: one question, and the method that answers it at the least cost."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike
from levysde.domains import Domain
from levysde.engine.pool import Workers, check_workers
from levysde.estimate import Estimate
from levysde.rare.adaptive_splitting import adaptive_multilevel_splitting
from levysde.rare.adaptive_splitting import misfit as splitting_misfit
from levysde.rare.extrapolation import MOST_STEPS, expected_steps, extrapolated
from levysde.rare.extrapolation import misfit as simulation_misfit
from levysde.rare.multilevel import expected_cost, multilevel
from levysde.rare.multilevel import misfit as multilevel_misfit
from levysde.rare.one_big_jump import misfit as jump_misfit
from levysde.rare.one_big_jump import one_big_jump
from levysde.rare.question import check_rel_error, question
from levysde.sde import SDE

# Path steps up to which paths are simply followed to their exits: about a second of one core (several where the drift
# flow is not known exactly) beside the 0.1 s of one big jump, and about what adaptive splitting takes to start. To one
# per cent splitting takes ten times that, and like all methods less for a larger error.
EASY = 1e8
SPLITTING = 1e9 * 0.01**2
HOPELESS = 2 * MOST_STEPS  # expected path steps with which following paths is not even tried
SLACK = 1.25  # by which a method may miss the wanted error before the next one is asked


@dataclass(frozen=True)
class Method:
    """A method: how it is called, and where it does not apply."""

    run: Callable[..., Estimate]
    misfit: Callable[[SDE, ArrayLike, Domain], str]


METHODS = {
    "simulation": Method(extrapolated, simulation_misfit),
    "multilevel": Method(multilevel, multilevel_misfit),
    "one_big_jump": Method(one_big_jump, jump_misfit),
    "adaptive_splitting": Method(adaptive_multilevel_splitting, splitting_misfit),
}


def mean_exit_time(
    sde: SDE,
    x0: ArrayLike,
    domain: Domain,
    *,
    rel_error: float = 0.01,
    method: str = "auto",
    rng: RNG = None,
    workers: Workers = 1,
) -> Estimate:
    """Mean time at which the path from x0 first leaves the domain, to a wanted relative error.

    Nothing else has to be chosen: not the step, not the horizon, not the number of paths. The methods:

    ====================  ====================================  ==================================================
    "simulation"          `rare.extrapolated`                   any noise; the cost grows with the mean exit time
    "multilevel"          `rare.multilevel`                     additive noise; so does its cost, from a lower level
    "one_big_jump"        `rare.one_big_jump`                   rare exits by jumps, at a constant cost
    "adaptive_splitting"  `rare.adaptive_multilevel_splitting`  rare exits under Brownian noise
    ====================  ====================================  ==================================================

    "auto" follows paths to their exits (the cheaper of the first two) as long as that is a matter of seconds, since
    these rest on nothing but the step error, which they measure; for rarer exits it takes the method made for the
    noise. Where a method finds that it does not apply after all, or states an error larger than the one wanted, the
    next one is asked. The answer says in `method` what was done and why.

    Parameters
    ----------
    sde : SDE
    x0 : one start inside the domain
    domain : Domain
    rel_error : wanted relative root-mean-square error, statistical and systematic parts together
    method : "auto", or a method from the table
    rng, workers : as in `first_exit`; the result does not depend on the workers

    Returns
    -------
    Estimate
        `standard_error` is the statistical error, `bias` what the step (and the method) may leave.

    Raises
    ------
    TypeError, ValueError
        Bad arguments; a named method that does not apply; under "auto" an exit that no method can do in reasonable
        time: the message has the expected cost and the reason of every method.

    Warns
    -----
    RuntimeWarning
        The stated error is larger than `rel_error`.

    See Also
    --------
    levysde.theory.mean_exit_time : what theory predicts; `first_exit` : the exits themselves

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), epsilon=0.5)
    >>> time = ls.mean_exit_time(sde, -1.0, ls.Interval(-ls.inf, 0.0), rel_error=0.05, rng=1)
    >>> abs(time.value / 5.6654191 - 1) < 0.15
    True
    """
    start, domain = question(sde, x0, domain)
    rel_error, workers = check_rel_error(rel_error), check_workers(workers)
    names = ["auto", *METHODS]
    if method not in names:
        raise ValueError(f"method={method!r} is not known; give one of {', '.join(map(repr, names))}")
    entropy = entropy_of(rng)
    if method != "auto":
        reason = METHODS[method].misfit(sde, start, domain)
        if reason:
            raise ValueError(f"method={method!r} does not apply: {reason}; leave the choice to method='auto'")
        return METHODS[method].run(sde, start, domain, rel_error=rel_error, rng=entropy, workers=workers)

    candidates, refusals = choose(sde, start, domain, rel_error=rel_error)
    found: Estimate | None = None
    for name, why in candidates:
        try:
            answer = METHODS[name].run(sde, start, domain, rel_error=rel_error, rng=entropy, workers=workers)
        except ValueError as error:  # the arguments are checked: the method has found out that it does not apply
            refusals[name] = str(error)
            continue
        answer = replace(answer, method=f"{answer.method} [auto: {name}, because {why}]")
        if found is None or _error(answer) < _error(found) or math.isnan(_error(found)):
            found = answer
        if _error(answer) <= SLACK * rel_error:
            return answer
        refusals[name] = f"it reached a relative error of {_error(answer):.2g} only"
    if found is None:
        raise ValueError(
            "no method answers this in reasonable time. "
            + "; ".join(f"{name}: {reason}" for name, reason in refusals.items())
            + ". Ask for a larger rel_error, or give rare.extrapolated a larger max_steps"
        )
    warnings.warn(
        f"the stated relative error is {_error(found):.2g}, more than rel_error={rel_error:g}: "
        + "; ".join(f"{name}: {reason}" for name, reason in refusals.items()),
        RuntimeWarning,
        stacklevel=2,
    )
    return found


def choose(
    sde: SDE, x0: ArrayLike, domain: Domain, *, rel_error: float
) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Return the methods to ask, in order, with the reasons; and those that do not apply, with theirs."""
    start, domain = question(sde, x0, domain)
    refusals = {name: reason for name in METHODS if (reason := METHODS[name].misfit(sde, start, domain))}
    if "simulation" in refusals:  # no noise, or an infinite mean: nothing else can help
        return [], {"simulation": refusals["simulation"]}
    costs = {"simulation": expected_steps(sde, start, domain, rel_error=rel_error)}
    if "multilevel" not in refusals:
        costs["multilevel"] = expected_cost(sde, start, domain, rel_error=rel_error)
    by_cost = sorted(costs, key=lambda name: costs[name])
    least = costs[by_cost[0]]
    order = [(name, f"about {costs[name]:.1e} path steps were expected") for name in by_cost if costs[name] < HOPELESS]
    refusals |= {name: f"it would take about {cost:.1e} path steps" for name, cost in costs.items() if cost >= HOPELESS}
    jumps = sde.noise_at(start).has_jumps
    rare, other = ("one_big_jump", "adaptive_splitting")[:: 1 if jumps else -1]
    refusals.pop(other, None)  # made for another kind of noise: nobody expects it
    if rare not in refusals:
        easy = EASY if jumps else max(EASY, SPLITTING / rel_error**2)
        place = 0 if least > easy else len(order)
        order.insert(place, (rare, f"following every path to its exit would take about {least:.1e} steps"))
    return order, refusals


def _error(found: Estimate) -> float:
    bias = 0.0 if math.isnan(found.bias) else found.bias
    return float(np.hypot(found.standard_error, bias) / abs(found.value)) if found.value else math.inf
