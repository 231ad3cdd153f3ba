"""The headline: how long paths stay in each minimum under each noise, with the theory beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from levysde._provenance import provenance
from levysde._streams import RNG, entropy_of
from levysde._validate import finite_number
from levysde.comparison import Comparison, Row
from levysde.dirichlet.brief import brief_mean_exit_time
from levysde.domains import Domain
from levysde.engine.pool import Progress, Workers, check_workers
from levysde.exits import check_question
from levysde.landscapes import Landscape, MultiWell
from levysde.noise import AlphaStable, Brownian, Noise
from levysde.schemes import Splitting
from levysde.sde import SDE
from levysde.stay import STEP_RULE, Stay, measure_stay
from levysde.theory import occupancy
from levysde.wells.settling import Settling, measured_occupancy, settle

DEFAULT_ALPHA = 1.5
STABLE_MEAN = 1000.0  # first-jump mean exit time, in relaxation times, at least, of every well
BROWNIAN_BARRIER = 8.0  # exponent 2 dU / s^2 of the deepest well's lower barrier
NOISE_RULE = (
    f"stable amplitude: the first-jump mean exit time of every well is at least {STABLE_MEAN:g} x width^2 / (6 depth), "
    f"the relaxation time of a cubic well; Brownian amplitude: 2 dU / s^2 = {BROWNIAN_BARRIER:g} for the deepest well"
)


def default_landscape() -> Landscape:
    """Return a narrow deep well (half-width 0.5, depth 1) beside a wide shallow one (half-width 1.5, depth 0.5)."""
    return MultiWell(x=[-0.5, 0, 1.5], u=[-1, 0, -0.5])


def default_noises(landscape: Landscape, *, alpha: float = DEFAULT_ALPHA) -> list[Noise]:
    """Return a stable and a Brownian noise with amplitudes from the landscape's own scales (`NOISE_RULE`); 1-D.

    Raises
    ------
    ValueError
        If the landscape has fewer than two minima or more than one dimension: it sets no scale to compare by.
    """
    n = len(landscape.minima)
    if landscape.dim > 1 or n < 2:
        raise ValueError(
            f"{landscape!r} has {n} minima in {landscape.dim} dimension(s); amplitudes are chosen for two or more "
            "minima in one dimension: give the noises, as in [0.05 * AlphaStable(1.5), 0.5 * Brownian()]"
        )
    law = AlphaStable(alpha)
    depths = [min(landscape.barrier(i)) for i in range(n)]
    # not 1 / curvature: the bottom of a measured well can be far flatter than the well
    relaxations = [min(landscape.width(i)) ** 2 / (6 * depth) for i, depth in enumerate(depths)]
    rates = [law.jump_rate(landscape.minima[i], landscape.basin(i)) for i in range(n)]
    share = max(rate * relaxation for rate, relaxation in zip(rates, relaxations, strict=True))
    stable = (1 / (STABLE_MEAN * share)) ** (1 / alpha)
    return [_rounded(stable) * law, _rounded(math.sqrt(2 * max(depths) / BROWNIAN_BARRIER)) * Brownian()]


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def compare_minima(
    landscape: Landscape,
    noises: Sequence[Noise],
    *,
    epsilon: float = 1.0,
    domains: Sequence[Domain] | None = None,
    rel_error: float = 0.03,
    rng: RNG = None,
    workers: Workers = 1,
    progress: Progress = False,
) -> Comparison:
    """Compare how long paths stay in each minimum of a landscape under each noise.

    For every noise and minimum: paths of `Splitting` start in the minimum and leave its domain, watched on a boundary
    moved inward by the known shift of the watching bias; the step error that is left is estimated from a second run
    with a longer step and kept apart from the statistical error. Beside it stand the same mean from the equation of the
    generator (`levysde.dirichlet`, where it applies: no simulation and no small noise), what the theory predicts, with
    its law, and the share of time in each well: measured by exit times and by where paths settle, and predicted.

    Parameters
    ----------
    landscape : Landscape with at least one minimum
    noises : noises with their own amplitudes: `[0.05 * AlphaStable(1.5), 0.5 * Brownian()]`
    epsilon : common factor on all amplitudes
    domains : one per minimum, where it is left from; None takes the basins (one dimension)
    rel_error : relative standard error to reach for every mean exit time
    rng, workers, progress : as in `first_exit`; the result does not depend on `workers`

    Returns
    -------
    Comparison
        A row per noise and minimum; print it, or see `.rows`, `.table()`, `.to_csv(path)`. After Ctrl-C it holds the
        finished part and says so.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range, before any work.

    Examples
    --------
    >>> import levysde as ls
    >>> wells = ls.MultiWell(x=[-0.5, 0, 1.5], u=[-1, 0, -0.5])
    >>> found = ls.compare_minima(wells, [0.05 * ls.AlphaStable(1.5)], rel_error=0.1, rng=0)
    >>> [row.prediction.law for row in found.rows]
    ['first big jump', 'first big jump']
    """
    sdes, domains = _check(landscape, noises, epsilon, domains)
    rel_error = finite_number(rel_error, "rel_error", low=0, high=0.5, open_low=True)
    workers = check_workers(workers)
    entropy = entropy_of(rng)
    rows: list[Row] = []
    partial: str | None = None
    for which, sde in enumerate(sdes):
        seeds = [_seeds(entropy, which, i, n=3) for i in range(len(domains))]
        stays: list[Stay] = []
        for minimum, domain, (seed, coarse, _) in zip(landscape.minima, domains, seeds, strict=True):
            stay = measure_stay(
                sde,
                minimum,
                domain,
                rel_error=rel_error,
                rng=seed,
                rng_coarse=coarse,
                workers=workers,
                progress=progress,
            )
            stays.append(stay)
            if (partial := stay.partial) is not None:
                break
        settlings = []
        if partial is None:
            dt = min(stay.sample.dt for stay in stays)
            settlings = [
                settle(sde, stay.sample, domains, dt=dt, scheme=Splitting(), rng=seed, workers=workers)
                for stay, (_, _, seed) in zip(stays, seeds, strict=True)
            ]
            partial = next((settling.partial for settling in settlings if settling.partial), None)
            settlings = [] if partial else settlings
        rows += _rows(sde, domains, stays, settlings, np.random.default_rng([entropy, which]))
        if partial is not None:
            break
    settings = {
        "landscape": repr(landscape),
        "noises": [repr(sde.effective_noise) for sde in sdes],
        "domains": [repr(domain) for domain in domains],
        "rel_error": rel_error,
    }
    record = provenance(entropy=entropy, cut_short=partial, settings=settings, rules={"dt": STEP_RULE})
    return Comparison(landscape, tuple(sde.effective_noise for sde in sdes), tuple(rows), record, partial)


def _check(
    landscape: Any, noises: Any, epsilon: Any, domains: Sequence[Domain] | None
) -> tuple[list[SDE], list[Domain]]:
    if isinstance(noises, Noise):
        raise TypeError(f"noises is one noise ({noises!r}); pass a list, as in [{noises!r}]")
    sdes = [SDE(landscape, noise, epsilon) for noise in noises]
    if not sdes:
        raise ValueError("noises is empty; give at least one, as in [0.05 * AlphaStable(1.5), 0.5 * Brownian()]")
    n = len(landscape.minima)
    if n == 0:
        raise ValueError(f"{landscape!r} has no minimum; there is nothing to compare")
    if domains is None:
        basins = [landscape.basin(i) for i in range(n)]
        domains = list(basins)
        if any(math.isinf(basin.a) and math.isinf(basin.b) for basin in basins):
            raise ValueError(f"{landscape!r} has one minimum and no barrier, so it is never left; give domains=")
    if len(domains) != n:
        raise ValueError(f"domains has {len(domains)} entries and the landscape {n} minima; give one per minimum")
    for minimum, domain in zip(landscape.minima, domains, strict=True):
        check_question(sdes[0], minimum, domain)
    for sde in sdes:
        if not sde.effective_noise.has_jumps and sde.effective_noise.variance_rate == 0:
            raise ValueError(f"the noise {sde.effective_noise!r} is zero; no path would ever leave")
    return sdes, list(domains)


def _seeds(entropy: int, *key: int, n: int) -> list[int]:
    """Return seeds of separate streams for one noise and minimum."""
    words = np.random.SeedSequence(entropy, spawn_key=key).generate_state(2 * n, np.uint64)
    return [int(a) << 64 | int(b) for a, b in words.reshape(n, 2)]


def _rows(
    sde: SDE, domains: list[Domain], stays: list[Stay], settlings: list[Settling], rng: np.random.Generator
) -> list[Row]:
    landscape = sde.landscape
    if settlings:
        shares, errors = measured_occupancy([stay.time for stay in stays], settlings, rng=rng)
    else:
        shares = errors = np.full(len(stays), math.nan)
    predicted = occupancy(sde, domains=domains)
    rows = []
    for i, stay in enumerate(stays):
        sample = stay.sample
        line = landscape.dim == 1
        rows.append(
            Row(
                minimum=i,
                noise=repr(sde.effective_noise),
                position=tuple(landscape.minima[i].tolist()),
                width=landscape.width(i) if line else None,
                depth=min(landscape.barrier(i)) if line else _depth(landscape, i),
                curvature=float(np.linalg.eigvalsh(np.atleast_2d(landscape.curvature(i)))[0]),
                domain=domains[i],
                time=stay.time,
                prediction=stay.prediction,
                solved=brief_mean_exit_time(sde, landscape.minima[i], domains[i]),
                ratio=stay.time.value / stay.prediction.value,
                n_exited=sample.n_exited,
                n_censored=sample.n_censored,
                n_nonfinite=sample.n_nonfinite,
                dt=sample.dt,
                t_max=sample.t_max,
                scheme=repr(Splitting()),
                occupancy=float(shares[i]),
                occupancy_error=float(errors[i]),
                occupancy_prediction=predicted[i],
                sample=sample,
            )
        )
    return rows


def _depth(landscape: Landscape, i: int) -> float:
    """Return the height of the lowest saddle above minimum i: a lower bound of its depth in several dimensions."""
    if not len(landscape.saddles):
        return math.inf
    return float(np.min(landscape.potential(landscape.saddles)) - landscape.potential(landscape.minima[i]))
