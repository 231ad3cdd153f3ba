"""Weak errors: how far the mean of a function of the end of the path is off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from levysde import defaults
from levysde._provenance import provenance, start_record
from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_number, positive
from levysde.convergence.paired import REFINE, Ends, check_start, declared_order, nested, simulate_ends
from levysde.convergence.result import Convergence, ErrorCurve
from levysde.engine.pool import Progress, Workers
from levysde.exits import check_scheme, long_steps_meant
from levysde.paths import simulate
from levysde.schemes.base import Scheme
from levysde.sde import SDE

FloatArray = NDArray[np.float64]
ROUNDING = 1e-14

TestFunction = Callable[[FloatArray], Any]


def weak_error(
    sde: SDE,
    x0: ArrayLike,
    function: TestFunction,
    *,
    t: float,
    dts: ArrayLike,
    scheme: Scheme | None = None,
    exact: float | None = None,
    reference_scheme: Scheme | None = None,
    n_paths: int = 20_000,
    refine: int = REFINE,
    rng: RNG = None,
    workers: Workers = 1,
    progress: Progress = False,
) -> Convergence:
    r"""Measure :math:`E f(X^{dt}_t) - E f(X_t)` against dt.

    Without `exact`, the second mean is that of a fine reference path on the same noise: the error is the mean of the
    coupled differences :math:`f(X^{dt}_t)-f(X^{ref}_t)`, whose standard deviation falls with dt, so that the rate is
    found from few paths. With `exact`, the error is the plain mean less that value, over independent paths for every
    step: this tests the limit, needs no reference path and works for every scheme, but takes some 1/dt^2 times as many
    paths for the same precision.

    Parameters
    ----------
    sde : SDE
    x0 : start: a point of shape (dim,) (a number for dim = 1), or one point per path
    function : bounded function of the states at time t: of an array of shape (n,) for dim = 1, otherwise (n, dim), to n
        numbers. Bounded, because unbounded ones may have no mean or no variance under stable noise
    t : time; every step must divide it
    dts : two steps or more, each a whole multiple of the smallest divided by `refine`
    scheme : None chooses as in `first_exit`
    exact : E f(X_t), where it is known
    reference_scheme : of the reference path, None for the scheme itself; without meaning beside `exact`
    n_paths : number of paths
    refine : the reference has the smallest step divided by this
    rng, workers, progress : as in `first_exit`

    Returns
    -------
    Convergence
        Errors with their sign. Lost paths have no f and are left out; `.lost` gives their share.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range, and for a function whose values do not fit.

    References
    ----------
    .. [1] Talay and Tubaro, Stoch. Anal. Appl. 8 (1990) 483, doi:10.1080/07362999008809220.
    .. [2] Protter and Talay, Ann. Probab. 25 (1997) 393, doi:10.1214/aop/1024404293 (Lévy noise).

    Examples
    --------
    >>> import numpy as np
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), epsilon=0.5)
    >>> study = ls.convergence.weak_error(
    ...     sde, 1.0, np.cos, t=1.0, dts=[1/4, 1/8, 1/16], scheme=ls.Splitting(), rng=1
    ... )
    >>> abs(study.order.value - study.expected) < study.order.bias  # what larger steps bend the slope by
    True
    """
    if not callable(function):
        raise TypeError(f"function is a {type(function).__name__}; pass a function of the states, such as numpy.cos")
    if exact is not None:
        exact = finite_number(exact, "exact")
        if reference_scheme is not None:
            raise ValueError("exact and reference_scheme exclude each other; give one of the two")
        n_paths = count(n_paths, "n_paths", minimum=2)
        return _against(
            exact, function, sde, x0, t=t, dts=dts, scheme=scheme, n_paths=n_paths, rng=rng, workers=workers,
            progress=progress,
        )  # fmt: skip
    ends = simulate_ends(
        sde, x0, t=t, dts=dts, scheme=scheme, reference_scheme=reference_scheme, n_paths=n_paths, refine=refine,
        rng=rng, workers=workers, progress=progress,
    )  # fmt: skip
    return weak_of(ends, function)


def weak_of(ends: Ends, function: TestFunction) -> Convergence:
    """Compute the weak errors of coupled paths that are simulated already."""
    name = _name(function)
    alive = np.isfinite(ends.fine).all(axis=1) & np.isfinite(ends.coarse).all(axis=(0, 2))
    fine = _values(function, ends.fine[alive], name)
    differences = np.array([_values(function, level[alive], name) - fine for level in ends.coarse])
    n, k = len(fine), len(ends.dts)
    errors = differences.mean(axis=1) if n else np.full(k, np.nan)
    covariance = np.cov(differences) / n if n > 1 else np.full((k, k), np.inf)
    curve = ErrorCurve.fitted(
        f"error of E {name}(X)", ends.dts, errors, covariance, reference_dt=ends.reference_dt, floor=ROUNDING, n=n
    )
    return Convergence(
        kind="weak error",
        scheme=repr(ends.scheme),
        reference=ends.described(),
        dts=ends.dts,
        curves=(curve,),
        expected=declared_order(ends.scheme.weak_order, ends.sde),
        lost=ends.lost,
        n=ends.n,
        provenance=ends.provenance,
    )


@long_steps_meant()
def _against(
    exact: float,
    function: TestFunction,
    sde: SDE,
    x0: ArrayLike,
    *,
    t: float,
    dts: ArrayLike,
    scheme: Scheme | None,
    n_paths: int,
    rng: RNG,
    workers: Workers,
    progress: Progress,
) -> Convergence:
    """Compute the weak errors against a known value, from independent paths for every step."""
    start = check_start(sde, x0)
    t = positive(t, "t")
    steps, _, ratios, last = nested(dts, t, 1)
    scheme = check_scheme(scheme) or defaults.choose_scheme(sde, float(steps[0]))
    name, entropy = _name(function), entropy_of(rng)
    means, variances, lost = [], [], []
    for dt, ratio, root in zip(steps, ratios, np.random.SeedSequence(entropy).spawn(len(steps)), strict=True):
        paths = simulate(
            sde, start, t=t, dt=float(dt), n_paths=n_paths, scheme=scheme, save_every=last // ratio, rng=root,
            workers=workers, progress=progress,
        )  # fmt: skip
        last_states = paths.x[:, -1]
        alive = np.isfinite(last_states).all(axis=1)
        values = _values(function, last_states[alive], name)
        means.append(values.mean() if len(values) else np.nan)
        variances.append(values.var(ddof=1) / len(values) if len(values) > 1 else np.inf)
        lost.append(1 - alive.mean())
    errors = np.array(means) - exact
    curve = ErrorCurve.fitted(f"error of E {name}(X)", steps, errors, np.diag(variances), floor=ROUNDING, n=n_paths)
    settings = {
        "sde": repr(sde),
        "x0": start_record(start),
        "scheme": repr(scheme),
        "function": name,
        "exact": exact,
        "dts": steps.tolist(),
        "t": t,
    }
    return Convergence(
        kind="weak error",
        scheme=repr(scheme),
        reference=f"the exact value {exact:.10g} at t = {t:g}",
        dts=steps,
        curves=(curve,),
        expected=declared_order(scheme.weak_order, sde),
        lost=np.array(lost),
        n=n_paths,
        provenance=provenance(entropy=entropy, cut_short=None, settings=settings, rules={}),
    )


def _name(function: TestFunction) -> str:
    return getattr(function, "__name__", "f").strip("<>")


def _values(function: TestFunction, states: FloatArray, name: str) -> FloatArray:
    """Return the function's values, or say what is wrong with them."""
    found = np.asarray(function(states[:, 0] if states.shape[1] == 1 else states), float)
    if found.shape != (len(states),):
        raise ValueError(f"{name} returned shape {found.shape} for {len(states)} states; return one number per state")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} is not finite for every state; give a bounded function")
    return found
