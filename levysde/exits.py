"""First exits: simulate paths until they leave a domain."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from levysde import defaults
from levysde._provenance import provenance, start_record
from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike
from levysde._validate import count, points, positive
from levysde.domains import Domain
from levysde.engine.exits import ExitTask, Watch, simulate_exits
from levysde.engine.pool import Progress, Workers, check_progress, check_workers
from levysde.kernels.exits import PENDING
from levysde.results import ExitSample
from levysde.schemes import SCHEMES, Scheme
from levysde.sde import SDE

MOST_STEPS = 2**62  # ages are 64-bit integers
SOME_BIAS, MOST_BIAS = 0.01, 0.5  # of a mean exit time, of which "bridge" at an exact long step warns, is refused


def first_exit(
    sde: SDE,
    x0: ArrayLike,
    domain: Domain,
    *,
    n_paths: int,
    dt: float | None = None,
    t_max: float | None = None,
    scheme: Scheme | None = None,
    watch: Watch = "steps",
    first_path: int = 0,
    rng: RNG = None,
    workers: Workers = 1,
    progress: Progress = False,
) -> ExitSample:
    r"""Simulate paths of dX = -grad U dt + epsilon dN until they are first seen outside a domain.

    Paths are watched at the times k dt. A path that leaves and returns between two looks is missed: without a
    correction the mean exit time is too long by :math:`\beta_\alpha\epsilon\,dt^{1/\alpha}\,\partial_r E\tau` for
    1 < alpha <= 2 (`levysde.theory.boundary_shift` gives the distance by which to `shrink` the domain). For the
    Gaussian part of the noise `watch="bridge"` finds those exits too.

    Parameters
    ----------
    sde : SDE
    x0 : start, inside the domain: a point of shape (dim,) (a number for dim = 1), or one point per path
    domain : Domain; `~domain` is left when the domain is entered
    n_paths : number of paths
    dt : step; None chooses 2 % of the shortest relaxation time, or a thousandth of the time in which the noise
        crosses the distance to the boundary if that is shorter
    t_max : time at which paths still inside are given up (censored); rounded up to whole steps. None chooses 30 crude
        mean exit times, at most 10^7 steps. Both choices are in the provenance of the sample
    scheme : None chooses `Splitting()`, unless the force is globally Lipschitz with dt * constant <= 0.5, then
        `EulerMaruyama()`
    watch : "steps" looks at the paths at their steps only. "bridge" also draws whether the Gaussian part of the noise
        has crossed the boundary in between, with probability exp(-2 d d'/(s^2 dt)) for the distances d, d' before and
        after, s^2 the variance rate. Exit times then lie inside the steps, and the points where a path crossed on the
        boundary (where jumps are mixed in, a path that is seen outside stays where it is seen). The error of the mean
        exit time is O(dt) for Brownian noise (plain looks: sqrt(dt)). Jumps beside it leave O(dt^((3-alpha)/2)) for
        1 < alpha < 2; `JumpAdapted()`, whose smaller jumps count as Gaussian, does not. With the same `rng` the paths
        are those of "steps", and none leaves later. The bridge takes the drift as constant within a step: beside
        `ExactOU()`, which stands any step, that is what limits dt
    first_path : number of the first path. Path p owns a random stream that depends on (rng, p) only, so that
        `first_exit(..., n_paths=50, first_path=100)` continues a sample of 100 paths with the same `rng=seed`; join
        them with `concat`
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator` (which is consumed from)
    workers : number of threads, or any object with the `concurrent.futures.Executor` interface; the result does not
        depend on it
    progress : True for a bar, or a function called with (paths done, n_paths)

    Returns
    -------
    ExitSample

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind (a Domain passed as x0 is told the order), a start outside the domain,
        numbers outside their range, a scheme or a watch that does not fit, "bridge" with a step of `ExactOU` so long
        that its mean may be off by more than a half, before any work.

    Warns
    -----
    RuntimeWarning
        When paths became non-finite, when `dt` was given beyond the fastest time scale 1/curvature, when "bridge" and a
        long step of `ExactOU` may leave more than one per cent of bias, and when Ctrl-C cut the run short: what is
        finished is then returned, with the paths under way censored at their age, marked "partial" in the provenance.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), epsilon=0.5)
    >>> sample = ls.first_exit(sde, -1.0, ls.Interval(-ls.inf, 0.0), n_paths=100, dt=0.01, rng=1)
    >>> sample.n_exited
    100
    """
    start, domain = check_question(sde, x0, domain)
    n_paths = count_paths(n_paths, start)
    first_path = count(first_path, "first_path", minimum=0)
    scheme, workers, progress = check_scheme(scheme), check_workers(workers), check_progress(progress)
    given = dt = None if dt is None else positive(dt, "dt")
    t_max = None if t_max is None else positive(t_max, "t_max")
    entropy = entropy_of(rng)
    rules: dict[str, str] = {}
    if dt is None:
        dt, rules["dt"] = defaults.choose_step(sde, domain, start), defaults.STEP_RULE
    if t_max is None:
        t_max, rules["t_max"] = defaults.choose_horizon(sde, domain, start, dt), defaults.HORIZON_RULE
    max_steps = count_steps(t_max, dt, "t_max")
    scheme = scheme or defaults.choose_scheme(sde, dt)
    check_fit(scheme, sde)
    check_watch(watch, sde, scheme, domain)
    check_bridge_step(watch, sde, scheme, domain, start, dt)
    if given is not None:
        warn_long_step(scheme, sde, domain, start, given)

    task = ExitTask(sde, scheme, dt, max_steps, domain, start, entropy, first_path, n_paths, watch)
    record, cut_short = simulate_exits(task, workers=workers, progress=progress)
    settings = {
        "sde": repr(sde),
        "x0": start_record(start) if len(start) == 1 else "one point per path",  # chunks with their own starts join
        "domain": repr(domain),
        "scheme": repr(scheme),
        "dt": dt,
        "t_max": max_steps * dt,
    } | ({} if watch == "steps" else {"watch": watch})
    origin = provenance(entropy=entropy, cut_short=cut_short, settings=settings, rules=rules)
    if len(start) > 1:
        origin["starts"] = start_record(start)
    known = record.status != PENDING
    ids = np.arange(first_path, first_path + n_paths)
    keep: Any = slice(None) if known.all() else known
    sample = ExitSample(
        times=record.times[keep],
        exit_points=record.exit_points[keep],
        pre_exit_points=record.pre_exit_points[keep],
        status=record.status[keep].view(np.int8),
        path_ids=ids[keep],
        dt=dt,
        t_max=max_steps * dt,
        provenance=origin,
    )
    sample.warn_nonfinite()
    return sample


def count_paths(n_paths: Any, start: np.ndarray) -> int:
    """Return the number of paths; ValueError unless there is one start for all, or one for each."""
    n = count(n_paths, "n_paths")
    if len(start) not in (1, n):
        raise ValueError(f"x0 holds {len(start)} points; give one point, or one per path ({n})")
    return n


def count_steps(t: float, dt: float, name: str) -> int:
    """Return the number of steps of length dt that reach t, at least 1; ValueError beyond what can be counted."""
    steps = t / dt * (1 - 1e-12)
    if steps > MOST_STEPS:
        raise ValueError(f"{name}={t:g} is {steps:.3g} steps of dt={dt:g}; at most {MOST_STEPS:.3g} can be counted")
    return max(1, math.ceil(steps))


def check_question(sde: Any, x0: Any, domain: Any) -> tuple[np.ndarray, Domain]:
    """Return the start as (n, dim) and the domain, or say what is wrong with (sde, x0, domain)."""
    if not isinstance(sde, SDE):
        raise TypeError(f"sde is a {type(sde).__name__}; pass an SDE(landscape, noise, epsilon) first")
    if isinstance(x0, Domain):
        raise TypeError(f"x0 is a domain ({x0!r}); the order is (sde, x0, domain)")
    if not isinstance(domain, Domain):
        raise TypeError(
            f"domain is a {type(domain).__name__}; pass Interval(a, b), Ball(center, radius), landscape.basin(i), ... "
            "in the order (sde, x0, domain)"
        )
    if domain.dim != sde.dim:
        raise ValueError(f"the domain has dimension {domain.dim} and the landscape {sde.dim}; they must agree")
    start = points(x0, sde.dim, "x0")
    outside = ~np.atleast_1d(domain.contains(start))
    if outside.any():
        example = start[outside][0]
        shown = f"{example[0]:g}" if sde.dim == 1 else str(example.tolist())
        raise ValueError(f"x0={shown} is not inside {domain!r}; a path has to start inside the domain it leaves")
    return start, domain


def check_scheme(scheme: Any) -> Scheme | None:
    """Return the scheme, or say that it is none."""
    if scheme is not None and not isinstance(scheme, Scheme):
        raise TypeError(f"scheme={scheme!r} is not a scheme; pass Splitting(), EulerMaruyama() or None")
    return scheme


def check_fit(scheme: Scheme, sde: SDE) -> None:
    """Raise a ValueError that says why the scheme cannot do this SDE, and which schemes can."""
    reason = scheme.misfit(sde)
    if reason:
        fitting = [repr(other) for other in SCHEMES if not other.misfit(sde)]
        raise ValueError(f"{scheme!r} {reason}; schemes that fit: {', '.join(fitting) or 'none'}")


def check_watch(watch: Any, sde: SDE, scheme: Scheme, domain: Domain) -> None:
    """Raise a ValueError unless exits can be looked for in this way."""
    if watch == "steps":
        return
    if watch != "bridge":
        raise ValueError(f'watch={watch!r} is not known; give "steps" or "bridge"')
    if sde.coefficient is not None:
        raise ValueError('watch="bridge" needs additive noise, and the SDE has a coefficient; use watch="steps"')
    if not scheme.gaussian_rate(sde) > 0:
        raise ValueError(
            f'watch="bridge" needs a Gaussian part, and {sde.driving_noise!r} has none; use scheme=JumpAdapted(), '
            'whose smaller jumps are Gaussian, or watch="steps" on domain.shrink(theory.boundary_shift(noise, dt))'
        )
    if domain.distance_function is None:
        raise ValueError(
            f'watch="bridge" needs a distance to the boundary, and {domain!r} knows none; use watch="steps"'
        )


def check_bridge_step(watch: Watch, sde: SDE, scheme: Scheme, domain: Domain, start: np.ndarray, dt: float) -> None:
    """Bound what the bridge leaves out where the scheme itself is exact at any step: the drift changes within a step.

    With c the curvature and t = d^2 / s^2, d the start's distance to the boundary, the relative bias of the mean exit
    time of the quadratic well is below c dt (c dt + dt / t): at c dt = 0.05 to 1 and t = 1/2 and 2 relaxation times it
    was measured as 0.7 of that at most.

    Raises
    ------
    ValueError
        The bound is above `MOST_BIAS`. Above `SOME_BIAS` it is warned of.
    """
    if watch == "steps" or not math.isinf(scheme.strong_order.get("Brownian", 0.0)):
        return
    turned = dt * defaults.steepest_curvature(sde, domain, start)
    crossed = dt * scheme.gaussian_rate(sde) / float(np.min(domain.distance(start))) ** 2
    bound = turned * (turned + crossed)
    advice = f"take dt <= {dt * math.sqrt(SOME_BIAS / max(bound, SOME_BIAS)):.1g}"
    told = f'{scheme!r} is exact at its steps, but watch="bridge" takes the drift as constant within dt={dt:g}'
    if bound > MOST_BIAS:
        raise ValueError(f"{told}, {turned:.2g} relaxation times: mean exit times would mean nothing; {advice}")
    if bound > SOME_BIAS:
        warnings.warn(
            f"{told}, {turned:.2g} relaxation times: mean exit times may be off by {bound:.0%}; {advice}",
            RuntimeWarning,
            stacklevel=3,
        )


class LongStepWarning(RuntimeWarning):
    """The step is longer than the fastest time scale of the landscape."""


@contextmanager
def long_steps_meant() -> Iterator[None]:
    """Silence `LongStepWarning` where errors are measured against the step, or extrapolated away."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LongStepWarning)
        yield


def warn_long_step(scheme: Scheme, sde: SDE, domain: Domain | None, start: np.ndarray, dt: float) -> None:
    """Warn, once a call, of a dt beyond the fastest time scale; schemes exact at any step are meant for that."""
    if math.isinf(min(scheme.strong_order.values(), default=0.0)):
        return
    # at two distances from the critical points, since at a kink differences make up a curvature
    curvature = min(defaults.steepest_curvature(sde, domain, start, aside=aside) for aside in (1e-6, 1e-2))
    if dt * curvature > 1:
        if scheme.explicit:
            cure = f"{scheme!r} overshoots there; take dt <= {0.1 / curvature:.1g}, or Splitting(), which stands any dt"
        else:
            cure = f"{scheme!r} stands that, but sees the paths only once in {dt * curvature:.2g} relaxation times; "
            cure += f"take dt <= {0.1 / curvature:.1g} where times or exits matter"
        warnings.warn(
            f"dt={dt:g} is longer than the fastest time scale of the landscape, "
            f"1/curvature = {1 / curvature:.3g}: {cure}",
            LongStepWarning,
            stacklevel=3,
        )
