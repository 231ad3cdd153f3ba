"""SGD restricted to a line: many chains side by side until they leave a domain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from levysde._provenance import provenance
from levysde._streams import RNG, entropy_of
from levysde._validate import count, finite_number, positive
from levysde.domains import Interval
from levysde.results import CENSORED, EXITED, NONFINITE, ExitSample
from levysde.sgd.line import Line


def projected_exits(
    line: Line,
    x0: float,
    domain: Interval,
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
    line : Line
    x0 : start of every chain, inside the domain
    domain : Interval
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
    start, eta = finite_number(x0, "x0"), positive(eta, "eta")
    n_chains, max_steps = count(n_chains, "n_chains"), count(max_steps, "max_steps")
    if not isinstance(domain, Interval):
        raise TypeError(f"domain={domain!r} is no Interval; give Interval(a, b) or line.basin(minimum)")
    if not bool(domain.contains(start)):
        raise ValueError(f"x0={start:g} is not inside {domain!r}; a chain has to start inside the domain it leaves")
    entropy = entropy_of(rng)
    generator = np.random.default_rng(entropy)
    times = np.full(n_chains, max_steps * eta)
    last, before = np.full(n_chains, start), np.full(n_chains, start)
    status = np.full(n_chains, CENSORED, np.int8)
    inside, s = np.arange(n_chains), np.full(n_chains, start)
    for step in range(1, max_steps + 1):
        with np.errstate(over="ignore", invalid="ignore"):
            moved = s - eta * line.slopes(s, generator)
        stays = (domain.a < moved) & (moved < domain.b)
        if stays.all():
            s = moved
            continue
        gone = inside[~stays]
        finite = np.isfinite(moved[~stays])
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
        "x0": [start],
        "domain": repr(domain),
        "scheme": "SGD on a line",
        "dt": eta,
        "t_max": max_steps * eta,
    }
    return ExitSample(
        times=times,
        exit_points=last[:, None],
        pre_exit_points=before[:, None],
        status=status,
        path_ids=np.arange(n_chains),
        dt=eta,
        t_max=max_steps * eta,
        provenance=provenance(entropy=entropy, cut_short=None, settings=settings, rules={}),
    )
