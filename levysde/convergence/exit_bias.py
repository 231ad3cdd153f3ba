"""The bias of the mean exit time of a path that is watched at its steps only."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from levysde import defaults
from levysde._provenance import provenance, start_record
from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count
from levysde.convergence.paired import check_steps
from levysde.convergence.result import Convergence, ErrorCurve
from levysde.domains import Domain
from levysde.engine.pool import Progress, Workers
from levysde.estimate import Estimate, Prediction
from levysde.exit_sample import ExitSample
from levysde.exits import check_question, check_scheme, first_exit, long_steps_meant
from levysde.rare.inner_domain import inner_domain
from levysde.schemes.base import Scheme
from levysde.sde import SDE
from levysde.theory import boundary_shift, mean_exit_time

FloatArray = NDArray[np.float64]
Boundary = Literal["as given", "moved inward", "missed distance"]
BOUNDARIES: tuple[Boundary, ...] = ("as given", "moved inward", "missed distance")

TOLD = {"moved inward": "moved inward", "missed distance": "moved by the missed distance"}
EXACT = 1e-6  # relative error of a theory that is taken for the truth
REFINE = 4  # the reference's step is the smallest one divided by this, its boundary moved inward


def exit_bias(
    sde: SDE,
    x0: ArrayLike,
    domain: Domain,
    *,
    dts: ArrayLike,
    scheme: Scheme | None = None,
    exact: float | Estimate | Prediction | None = None,
    boundary: Boundary = "as given",
    n_paths: int = 20_000,
    t_max: float | None = None,
    rng: RNG = None,
    workers: Workers = 1,
    progress: Progress = False,
) -> Convergence:
    r"""Measure :math:`E\tau_{dt} - E\tau` against dt.

    A path that is looked at every dt leaves too late: for 1 < alpha <= 2 by
    :math:`\beta_\alpha\epsilon\,dt^{1/\alpha}\,\partial_rE\tau + O(dt)` (`levysde.theory.step_shift`): the order
    is 1/alpha, 1/2 for Brownian noise; dt ln(1/dt) at alpha = 1; 1 below. With `boundary="moved inward"` every domain
    is first shrunk by `levysde.theory.boundary_shift(noise, dt)`, which leaves the error O(dt) for steps below
    `levysde.theory.shift_limit`. With `boundary="missed distance"` every face is moved by what a path gets beyond it
    between two looks, its drift there included (`levysde.rare.missed_distance`): any noise, any step, O(dt).

    Each step has its own, independent paths.

    Parameters
    ----------
    sde : SDE
    x0 : start, inside the domain, also after the boundary has been moved
    domain : Domain
    dts : two steps or more
    scheme : None chooses as in `first_exit`, by the largest step
    exact : the mean exit time: a number, an `Estimate` (whose standard error enters) or a `Prediction`. None takes that
        of `levysde.theory.mean_exit_time` where it is exact to its stated error, otherwise a simulation with a quarter
        of the smallest step and its boundary moved inward, on four times as many paths
    boundary : "as given", "moved inward" or "missed distance"
    n_paths : number of paths per step
    t_max : as in `first_exit`
    rng, workers, progress : as in `first_exit`

    Returns
    -------
    Convergence
        Errors with their sign.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range; where a mean exit time is infinite, or most paths are censored.

    References
    ----------
    .. [1] Gobet and Menozzi, Stochastic Process. Appl. 120 (2010) 130, doi:10.1016/j.spa.2009.09.014.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.Flat(), ls.AlphaStable(1.5))
    >>> study = ls.convergence.exit_bias(sde, 0.0, ls.Interval(-1, 1), dts=[0.08, 0.04, 0.02], rng=1)
    >>> f"{study.order.value:.1f}"  # 1 / alpha
    '0.7'
    """
    start, domain = check_question(sde, x0, domain)
    steps, n_paths = check_steps(dts), count(n_paths, "n_paths", minimum=2)
    scheme = check_scheme(scheme) or defaults.choose_scheme(sde, float(steps[0]))
    if boundary not in BOUNDARIES:
        raise ValueError(f"boundary={boundary!r} is not known; give one of {', '.join(map(repr, BOUNDARIES))}")
    moved = boundary != "as given"
    if boundary == "moved inward" and not boundary_shift(sde.effective_noise, float(steps[0])) > 0:
        raise ValueError(
            f'boundary="moved inward" has no distance to move by for {sde.effective_noise!r}: a shift is known for '
            'symmetric noise with 1 < alpha <= 2; use boundary="as given"'
        )
    entropy = entropy_of(rng)
    roots = np.random.SeedSequence(entropy).spawn(len(steps) + 1)

    @long_steps_meant()
    def simulated(dt: float, boundary: Boundary, n: int, root: np.random.SeedSequence) -> ExitSample:
        watched = domain
        if boundary == "moved inward":
            watched = domain.shrink(boundary_shift(sde.effective_noise, dt))
        elif boundary == "missed distance":
            watched = inner_domain(sde, domain, start[0], dt).domain
        return first_exit(
            sde, x0, watched, n_paths=n, dt=dt, t_max=t_max, scheme=scheme, rng=root, workers=workers, progress=progress
        )

    samples = [simulated(float(dt), boundary, n_paths, root) for dt, root in zip(steps, roots, strict=False)]
    reference_dt, known, told = 0.0, _known(sde, x0, domain, exact), "the given value"
    if exact is None:
        told = "theory.mean_exit_time"
    if known is None:
        reference_dt = float(steps[-1]) / REFINE
        n = 4 * n_paths if len(start) == 1 else n_paths
        found = simulated(reference_dt, "moved inward" if boundary == "as given" else boundary, n, roots[-1]).mean()
        known = found.value, found.standard_error
        told = f"a simulation with dt = {reference_dt:.4g} and its boundary moved inward"
    means = [sample.mean() for sample in samples]
    errors = np.array([mean.value for mean in means]) - known[0]
    covariance = np.diag([mean.standard_error**2 for mean in means]) + known[1] ** 2
    expected = watching_order(sde, moved=moved)
    how = {"floor": 1e-14 * abs(known[0]), "next_order": 1 - expected if expected < 1 else 1.0, "n": n_paths}
    curve = ErrorCurve.fitted("error of E tau", steps, errors, covariance, **how)
    settings = {
        "sde": repr(sde),
        "x0": start_record(start),
        "domain": repr(domain),
        "scheme": repr(scheme),
        "boundary": boundary,
        "dts": steps.tolist(),
        "exact": list(known),
        "reference_dt": reference_dt,
    }
    partial = next((s.provenance["partial"] for s in samples if "partial" in s.provenance), None)
    return Convergence(
        kind="exit-time bias",
        scheme=repr(scheme) + (f", boundary {TOLD[boundary]}" if moved else ""),
        reference=f"{told}: {known[0]:.8g}" + (f" ± {known[1]:.2g}" if known[1] > 0 else ""),
        dts=steps,
        curves=(curve,),
        expected=expected,
        lost=np.array([sample.n_nonfinite / sample.n_paths for sample in samples]),
        n=n_paths,
        provenance=provenance(entropy=entropy, cut_short=partial, settings=settings, rules={}),
    )


def watching_order(sde: SDE, *, moved: bool) -> float:
    """Return the order of the bias: 1/alpha for 1 < alpha <= 2, 1 below (dt ln(1/dt) at 1) and after the shift."""
    if sde.coefficient is not None:
        return math.nan
    noise = sde.effective_noise
    indices = [law.near.alpha for amplitude, law in noise.leaves() if amplitude != 0 and law.has_jumps]
    indices += [2.0] * (noise.variance_rate > 0)
    # a sum has the order of its roughest part only where that part also dominates at the steps taken: none is declared
    alphas = set(indices)
    if len(alphas) != 1:
        return math.nan
    alpha = alphas.pop()
    return 1.0 if moved or alpha <= 1 else 1 / alpha


def is_exact(prediction: Prediction, tolerance: float = EXACT) -> bool:
    """Return whether a prediction is a number to measure against, not a law that holds to leading order."""
    return prediction.valid and prediction.error <= tolerance * abs(prediction.value)


def _known(
    sde: SDE, x0: ArrayLike, domain: Domain, exact: float | Estimate | Prediction | None
) -> tuple[float, float] | None:
    """Return the mean exit time and its standard error, None where it has to be simulated."""
    if exact is None:
        prediction = mean_exit_time(sde, x0, domain) if np.size(x0) == sde.dim else None
        exact = prediction if prediction is not None and is_exact(prediction) else None
        if exact is None:
            return None
    error = exact.standard_error if isinstance(exact, Estimate) else 0.0
    value = float(exact)
    if not 0 < value < math.inf:
        raise ValueError(f"the mean exit time is {value:g}, and a bias needs a finite one; choose another domain")
    if not error >= 0:
        raise ValueError(f"exact={exact!r} has no standard error; give one, or a plain number")
    return value, error
