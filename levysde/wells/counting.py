"""Changes of well, counted along simulated paths."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from levysde import defaults
from levysde._provenance import provenance
from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike
from levysde._validate import count, points, positive
from levysde.domains import Domain
from levysde.engine.pool import Progress, Workers, check_progress, check_workers
from levysde.engine.transitions import TransitionTask, simulate_transitions
from levysde.exits import check_fit, check_scheme, count_paths, count_steps, warn_long_step
from levysde.kernels.transitions import LOST
from levysde.schemes.base import Scheme
from levysde.sde import SDE
from levysde.wells.cores import CORE_RULE, cores_of
from levysde.wells.counts import TransitionCounts
from levysde.wells.predicted import check_wells

LABELS = 1000  # saved per path: enough to choose lags from
MOST_WELLS = 127  # labels are saved as signed bytes


def count_transitions(
    sde: SDE,
    x0: ArrayLike | None = None,
    *,
    t: float,
    n_paths: int = 256,
    core: float = 0.5,
    dt: float | None = None,
    save_every: int | None = None,
    scheme: Scheme | None = None,
    first_path: int = 0,
    rng: RNG = None,
    workers: Workers = 1,
    progress: Progress = False,
) -> TransitionCounts:
    """Follow paths of dX = -grad U dt + epsilon dN for a time t and count their changes of well.

    A path belongs to the well whose core it visited last: an excursion over a barrier that falls back is no change, and
    a path on its way is still counted where it came from [1]_. The rate from well i to well j is the number of changes
    over the time spent in i.

    Parameters
    ----------
    sde : SDE
        A landscape with two minima or more; additive or multiplicative noise.
    x0 : start as in `simulate`; None starts path p in minimum p mod n, so that every well is watched
    t : time for which each path is followed. A stay that is cut off counts with its time; what the ends of the watch
        leave is an error of about (relaxation time) / t of every rate, so t should be many relaxation times
    n_paths : number of paths; standard errors come from the differences between them
    core : size of the cores, a share in (0, 1): in one dimension the core of a minimum reaches this part of the way to
        its barriers, and to infinity where there is none; else it is a ball of this part of the distance to the nearest
        saddle, or to the point half way to the nearest minimum
    dt : step; None chooses 2 % of the shortest relaxation time, reported in the provenance
    save_every : steps between the saved labels, of which `chapman_kolmogorov` makes use; None saves about a thousand
    scheme, first_path, rng, workers, progress : as in `first_exit`; the result does not depend on `workers`

    Returns
    -------
    TransitionCounts

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range, a landscape with fewer than two minima or one that falls without end,
        a scheme that does not fit or has a loop of its own (`JumpAdapted`), before any work.

    Warns
    -----
    RuntimeWarning
        When paths became non-finite (they count until then), and after Ctrl-C: paths under way then count up to where
        they are, and the result is marked "partial" in its provenance.

    References
    ----------
    .. [1] Schütte, Noé, Lu, Sarich & Vanden-Eijnden, J. Chem. Phys. 134 (2011) 204105, doi:10.1063/1.3590108.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.DoubleWell(), 0.5 * ls.AlphaStable(1.5))
    >>> counts = ls.wells.count_transitions(sde, t=100.0, n_paths=20, dt=0.02, rng=1)
    >>> counts.generator.shape
    (2, 2)
    """
    check_wells(sde)
    n = len(sde.landscape.minima)
    if not 2 <= n <= MOST_WELLS:
        raise ValueError(f"{sde.landscape!r} has {n} minima; changes of well need 2 to {MOST_WELLS}")
    if isinstance(x0, Domain):
        raise TypeError(f"x0 is a domain ({x0!r}); count_transitions() takes no domain, cores are chosen by core=")
    cores = cores_of(sde.landscape, core)
    n_paths, first_path = count(n_paths, "n_paths", minimum=2), count(first_path, "first_path", minimum=0)
    scheme, workers, progress = check_scheme(scheme), check_workers(workers), check_progress(progress)
    t = positive(t, "t")
    given = dt = None if dt is None else positive(dt, "dt")
    if x0 is None:
        start = np.asarray(sde.landscape.minima)[(first_path + np.arange(n_paths)) % n]
    else:
        start = points(x0, sde.dim, "x0")
        count_paths(n_paths, start)
        start = np.array(np.broadcast_to(start, (n_paths, sde.dim)))
    entropy = entropy_of(rng)
    rules = {"core": CORE_RULE}
    if dt is None:
        dt, rules["dt"] = min(defaults.choose_step(sde, None, start), t), defaults.STEP_RULE
    if save_every is None:
        save_every = max(1, count_steps(t, dt, "t") // LABELS)
    save_every = count(save_every, "save_every")
    steps = save_every * count_steps(t, dt * save_every, "t")
    scheme = scheme or defaults.choose_scheme(sde, dt)
    check_fit(scheme, sde)
    if scheme.loop != "steps":
        raise ValueError(f"{scheme!r} moves paths by a loop of its own; count with a scheme of steps, as Splitting()")
    if given is not None:
        warn_long_step(scheme, sde, None, start, given)

    task = TransitionTask(
        *(sde, scheme, dt, steps, save_every, cores.centres, cores.ends, start, entropy, first_path, n_paths)
    )
    record, cut_short = simulate_transitions(task, workers=workers, progress=progress)
    lost = int(np.count_nonzero(record.last == LOST))
    if lost:
        warnings.warn(
            f"{lost} of {n_paths} paths became non-finite: {scheme!r} with dt={dt:g} overshoots a steep wall after a "
            "large jump; use Splitting()",
            RuntimeWarning,
            stacklevel=2,
        )
    settings: dict[str, Any] = {
        "sde": repr(sde),
        "scheme": repr(scheme),
        "core": core,
        "cores": [repr(cores.domain(i)) for i in range(n)],
        "dt": dt,
        "t": steps * dt,
        "save_every": save_every,
    }
    known = record.steps > 0
    return TransitionCounts(
        minima=cores.centres,
        cores=tuple(cores.domain(i) for i in range(n)),
        counts=record.counts.reshape(n_paths, n, n)[known],
        times=record.dwell[known] * dt,
        ended=record.ended[known] * dt,
        squares=record.squares[known] * dt**2,
        labels=record.labels[known],
        lag=save_every * dt,
        dt=dt,
        t=steps * dt,
        n_nonfinite=lost,
        path_ids=np.arange(first_path, first_path + n_paths)[known],
        provenance=provenance(entropy=entropy, cut_short=cut_short, settings=settings, rules=rules),
    )
