"""SGD restricted to a line or a plane: many chains side by side until they leave a domain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from levysde._provenance import provenance
from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike
from levysde._validate import count, point, positive
from levysde.domains import Ball, Interval
from levysde.results import CENSORED, EXITED, NONFINITE, ExitSample
from levysde.sgd.line import Line
from levysde.sgd.networks import FloatArray
from levysde.sgd.plane import Plane


def projected_exits(
    line: Line | Plane,
    x0: ArrayLike,
    domain: Interval | Ball,
    *,
    eta: float,
    n_chains: int,
    max_steps: int,
    rng: RNG = None,
    progress: Callable[[int, int], object] | None = None,
) -> ExitSample:
    """Run s_{k+1} = s_k - eta slope(s_k), a fresh minibatch each step, until the chains are outside a domain.

    Parameters
    ----------
    line : Line or Plane
    x0 : start of every chain, inside the domain: a number, or on a plane a point (2,)
    domain : Interval, or on a plane Ball
    eta : step size (learning rate)
    n_chains : number of chains
    max_steps : steps after which chains still inside are given up (censored)
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`. All chains share one stream: another
        number of chains gives other chains
    progress : called with (chains done, n_chains)

    Returns
    -------
    ExitSample
        Exit after k steps has the time k eta.

    Raises
    ------
    ValueError, TypeError
        Numbers outside their range, a start outside the domain.

    Examples
    --------
    >>> import levysde as ls
    >>> well = ls.DoubleWell()
    >>> line = ls.sgd.Line(well, lambda s, generator: well.gradient(s) + generator.normal(size=len(s)))
    >>> ls.sgd.projected_exits(line, -1.0, line.basin(0), eta=0.2, n_chains=50, max_steps=10_000, rng=1).n_exited
    50
    """
    check_domain(line, domain)
    start, eta = point(x0, line.landscape.dim, "x0"), positive(eta, "eta")
    n_chains, max_steps = count(n_chains, "n_chains"), count(max_steps, "max_steps")
    if not np.all(domain.contains(start)):
        raise ValueError(
            f"x0={start.tolist()} is not inside {domain!r}; a chain has to start inside the domain it leaves"
        )
    entropy = entropy_of(rng)
    generator = np.random.default_rng(entropy)
    times = np.full(n_chains, max_steps * eta)
    last, before = np.tile(start, (n_chains, 1)), np.tile(start, (n_chains, 1))
    status = np.full(n_chains, CENSORED, np.int8)
    inside, s = np.arange(n_chains), np.tile(start, (n_chains, 1))
    for step in range(1, max_steps + 1):
        with np.errstate(over="ignore", invalid="ignore"):
            moved = s - eta * _slopes(line, s, generator)
        stays = domain.contains(moved)
        if stays.all():
            s = moved
            continue
        gone = inside[~stays]
        finite = np.isfinite(moved[~stays]).all(axis=1)
        status[gone] = np.where(finite, EXITED, NONFINITE)
        times[gone] = np.where(finite, step * eta, np.nan)
        last[gone], before[gone] = moved[~stays], s[~stays]
        inside, s = inside[stays], moved[stays]
        if progress is not None:
            progress(n_chains - len(inside), n_chains)
        if not len(inside):
            break
    last[inside] = before[inside] = s
    settings = {
        "landscape": repr(line.landscape),
        "x0": start.tolist(),
        "domain": repr(domain),
        "scheme": f"SGD on a {type(line).__name__.lower()}",
        "dt": eta,
        "t_max": max_steps * eta,
    }
    return ExitSample(
        times=times,
        exit_points=last,
        pre_exit_points=before,
        status=status,
        path_ids=np.arange(n_chains),
        dt=eta,
        t_max=max_steps * eta,
        provenance=provenance(entropy=entropy, cut_short=None, settings=settings, rules={}),
    )


def check_domain(line: Line | Plane, domain: object) -> None:
    """Raise a TypeError unless the domain is one that is left on a line, or on a plane."""
    if isinstance(line, Plane):
        if not isinstance(domain, Ball) or domain.dim != 2:
            raise TypeError(f"domain={domain!r} is no disc; give Ball((x, y), radius) or plane.around(minimum)")
    elif not isinstance(domain, Interval):
        raise TypeError(f"domain={domain!r} is no Interval; give Interval(a, b) or line.basin(minimum)")


def _slopes(line: Line | Plane, s: FloatArray, generator: np.random.Generator) -> FloatArray:
    if isinstance(line, Plane):
        return line.gradients(s, generator)
    return np.asarray(line.slopes(s[:, 0], generator))[:, None]
