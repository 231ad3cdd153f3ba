"""Saved paths."""

from __future__ import annotations

import warnings

import numpy as np

from levysde import defaults
from levysde._provenance import provenance, start_record
from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike
from levysde._validate import count, points, positive
from levysde.domains import Domain
from levysde.engine.pool import Progress, Workers, check_progress, check_workers
from levysde.engine.record import RecordTask, simulate_paths
from levysde.exits import check_fit, check_scheme, count_paths, count_steps, warn_long_step
from levysde.results import EXITED, NONFINITE, Ensemble
from levysde.schemes.base import Scheme
from levysde.sde import SDE


def simulate(
    sde: SDE,
    x0: ArrayLike,
    *,
    t: float,
    dt: float | None = None,
    n_paths: int = 1,
    scheme: Scheme | None = None,
    save_every: int = 1,
    rng: RNG = None,
    workers: Workers = 1,
    progress: Progress = False,
) -> Ensemble:
    """Simulate paths of dX = -grad U dt + epsilon dN on [0, t] and keep every `save_every`-th state.

    Parameters
    ----------
    sde : SDE
    x0 : start: a point of shape (dim,) (a number for dim = 1), or one point per path
    t : final time; rounded up to a whole number of saved steps
    dt : step; None chooses 2 % of the shortest relaxation time of the landscape, reported in the provenance
    n_paths : number of paths
    scheme : as in `first_exit`
    save_every : keep every so many steps; only those take memory
    rng, workers, progress : as in `first_exit`; path p is the same for any number of paths, workers and saves

    Returns
    -------
    Ensemble
        `.t` (n_times,), `.x` (n_paths, n_times, dim), `.status` (n_paths,).

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range, or a scheme that cannot do this SDE, before any work.

    Warns
    -----
    RuntimeWarning
        When paths became non-finite (their states are NaN from then on), when `dt` was given beyond the fastest time
        scale 1/curvature, and when Ctrl-C cut the run short: the finished paths are then returned, marked "partial" in
        the provenance.

    Examples
    --------
    >>> import levysde as ls
    >>> paths = ls.simulate(ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.5), -1.0, t=1.0, dt=0.01, n_paths=3, rng=1)
    >>> paths.x.shape
    (3, 101, 1)
    """
    if not isinstance(sde, SDE):
        raise TypeError(f"sde is a {type(sde).__name__}; pass an SDE(landscape, noise, epsilon) first")
    if isinstance(x0, Domain):
        raise TypeError(f"x0 is a domain ({x0!r}); the order is (sde, x0), and simulate() takes no domain")
    start = points(x0, sde.dim, "x0")
    n_paths, save_every = count_paths(n_paths, start), count(save_every, "save_every")
    scheme, workers, progress = check_scheme(scheme), check_workers(workers), check_progress(progress)
    t = positive(t, "t")
    given = dt = None if dt is None else positive(dt, "dt")
    entropy = entropy_of(rng)
    rules: dict[str, str] = {}
    if dt is None:
        dt, rules["dt"] = min(defaults.choose_step(sde, None, start), t), defaults.STEP_RULE
    steps = save_every * count_steps(t, dt * save_every, "t")
    scheme = scheme or defaults.choose_scheme(sde, dt)
    check_fit(scheme, sde)
    if given is not None:
        warn_long_step(scheme, sde, None, start, given)

    task = RecordTask(sde, scheme, dt, steps, save_every, start, entropy, 0, n_paths)
    saved, cut_short = simulate_paths(task, workers=workers, progress=progress)
    finished = ~np.isnan(saved[:, 0]).all(axis=-1)  # even a lost path has its start
    ids = np.flatnonzero(finished)
    saved = saved if finished.all() else saved[finished]
    lost = ~np.isfinite(saved[:, -1]).all(axis=-1)
    if lost.any():
        warnings.warn(
            f"{int(lost.sum())} of {len(ids)} paths became non-finite: {scheme!r} with dt={dt:g} overshoots a steep "
            "wall after a large jump; use Splitting()",
            RuntimeWarning,
            stacklevel=2,
        )
    settings = {
        "sde": repr(sde),
        "x0": start_record(start),
        "scheme": repr(scheme),
        "dt": dt,
        "t": steps * dt,
        "save_every": save_every,
    }
    return Ensemble(
        t=np.arange(saved.shape[1], dtype=float) * (save_every * dt),
        x=saved,
        status=np.where(lost, NONFINITE, EXITED).astype(np.int8),
        path_ids=ids,
        dt=dt,
        provenance=provenance(entropy=entropy, cut_short=cut_short, settings=settings, rules=rules),
    )
