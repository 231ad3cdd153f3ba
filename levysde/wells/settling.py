"""Where paths that left a well settle, and the share of time in each well that follows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from levysde._streams import RNG
from levysde.domains import Domain, Interval
from levysde.engine.pool import Workers
from levysde.estimate import Estimate
from levysde.exits import first_exit, long_steps_meant
from levysde.results import ExitSample
from levysde.schemes.base import Scheme
from levysde.sde import SDE
from levysde.theory.occupancy import chain_occupancy

DRAWS = 400  # of the errors of times and counts


@dataclass(frozen=True)
class Settling:
    """Where paths that left one well settled: counts per well, how many settled nowhere, and what cut it short."""

    counts: np.ndarray
    unknown: int
    partial: str | None = None


def settle(
    sde: SDE,
    sample: ExitSample,
    domains: Sequence[Domain],
    *,
    dt: float,
    scheme: Scheme,
    repeat: int = 8,
    rng: RNG = None,
    workers: Workers = 1,
) -> Settling:
    """Count in which well the paths of an exit sample settle.

    Without a Gaussian part the well in which the path landed counts: a jump carries it past the barrier. With one, the
    exit point is on the barrier and the path may fall back, so that in one dimension it is followed on, `repeat` times
    over with fresh noise, until it passes one of the two minima beside it; in several dimensions nothing is concluded.
    """
    points = sample.exit_points[sample.status == 0]
    counts = np.zeros(len(domains), np.int64)
    if sde.effective_noise.variance_rate > 0:
        if sde.dim > 1:
            return Settling(counts, len(points))
        return _follow(
            sde, np.repeat(points[:, 0], repeat), len(domains), dt=dt, scheme=scheme, rng=rng, workers=workers
        )
    for i, domain in enumerate(domains):
        counts[i] = np.count_nonzero(domain.contains(points))
    return Settling(counts, len(points) - int(counts.sum()))


@long_steps_meant()
def _follow(
    sde: SDE, points: np.ndarray, n_wells: int, *, dt: float, scheme: Scheme, rng: RNG, workers: Workers
) -> Settling:
    minima = sde.landscape.minima[:, 0]
    counts = np.zeros(n_wells, np.int64)
    unknown, partial = 0, None
    between = np.searchsorted(minima, points)  # minimum between-1 lies left of the point, minimum between right of it
    counts[0] += np.count_nonzero(between == 0)
    counts[-1] += np.count_nonzero(between == n_wells)
    generator = np.random.default_rng(np.random.SeedSequence(rng) if isinstance(rng, int) else rng)
    for right in range(1, n_wells):
        here = points[(between == right) & (points > minima[right - 1]) & (points < minima[right])]
        if not len(here):
            continue
        gap = Interval(minima[right - 1], minima[right])
        sample = first_exit(sde, here, gap, n_paths=len(here), dt=dt, scheme=scheme, rng=generator, workers=workers)
        left = sample.exited_points[:, 0]
        counts[right - 1] += np.count_nonzero(left <= minima[right - 1])
        counts[right] += np.count_nonzero(left >= minima[right])
        unknown += len(here) - len(left)
        if (partial := sample.provenance.get("partial")) is not None:
            break
    return Settling(counts, unknown, partial)


def measured_occupancy(
    times: Sequence[Estimate], settlings: Sequence[Settling], *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of time in each well, and its standard error; NaN where the wells do not connect.

    The rates q_ij = P_ij / T_i, with the mean exit time T_i and the share P_ij of the paths that settle in j, make a
    Markov chain; paths that fall back (P_ii) only lengthen their stay. The errors of times and counts are propagated by
    drawing them `DRAWS` times (normal and Dirichlet).
    """
    n = len(times)
    if n == 1:
        return np.ones(1), np.zeros(1)
    unknown = np.full(n, math.nan)
    shares = [s.counts / s.counts.sum() if s.counts.sum() else None for s in settlings]
    if any(share is None for share in shares) or any(not math.isfinite(t.value) for t in times):
        return unknown, unknown
    try:
        value = chain_occupancy(np.array(shares) / np.array([t.value for t in times])[:, None])
    except ValueError:  # no path was seen to change well
        return unknown, unknown
    draws = np.empty((DRAWS, n))
    for draw in draws:
        drawn = [t.value * max(1 + rng.normal() * t.relative_error, 0.05) for t in times]
        rows = [rng.dirichlet(s.counts + 0.5) for s in settlings]
        draw[:] = chain_occupancy(np.array(rows) / np.array(drawn)[:, None])
    return value, draws.std(axis=0, ddof=1)
