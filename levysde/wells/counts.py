"""Counted changes of well as a value: rates, shares of time, and whether a chain describes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde._validate import count
from levysde.domains import Domain
from levysde.estimate import Estimate
from levysde.wells.chapman_kolmogorov import ChapmanKolmogorov, choose_lag, lagged_counts
from levysde.wells.comparison import RateComparison
from levysde.wells.markov import deviation, generator_of, stationary_law
from levysde.wells.well_chain import WellChain

Array = NDArray[np.float64]

METHOD = "changes between cores over time"
FEW = 10  # changes, below which their differences between paths say less than Poisson's law
NORMAL = 1.959963984540054  # quantile of the 95 % intervals


@dataclass(frozen=True, eq=False)
class TransitionCounts:
    """What `count_transitions` saw.

    Attributes
    ----------
    minima : array (n, dim)
    cores : the neighbourhoods of the minima that count as having arrived
    counts : array of int (n_paths, n, n), changes from well i to well j
    times : array (n_paths, n), time spent in each well, the stays cut off at the end included
    ended : array (n_paths, n), time in stays that were seen to end
    squares : array (n_paths, n), sum of the squared lengths of all stays
    labels : array of int8 (n_paths, n_times), the well of each path every `lag`; -1 before the first, -2 non-finite
    lag : float
    dt, t : step, and time for which each path was followed
    n_nonfinite : number of paths that became non-finite; they count until then
    path_ids : array of int (n_paths,)
    provenance : entropy, versions, settings and rules
    """

    minima: Array
    cores: tuple[Domain, ...]
    counts: NDArray[np.int64]
    times: Array
    ended: Array
    squares: Array
    labels: NDArray[np.int8]
    lag: float
    dt: float
    t: float
    n_nonfinite: int
    path_ids: NDArray[np.int64]
    provenance: Mapping[str, Any]

    @property
    def n_paths(self) -> int:
        """Number of paths."""
        return len(self.counts)

    @cached_property
    def total_counts(self) -> NDArray[np.int64]:
        """Changes of all paths together, (n, n)."""
        return np.asarray(self.counts.sum(axis=0))

    @cached_property
    def total_times(self) -> Array:
        """Time of all paths together in each well, (n,)."""
        return np.asarray(self.times.sum(axis=0))

    @cached_property
    def generator(self) -> Array:
        """Rates off the diagonal, N_ij / T_i, rows that add up to zero; NaN in the row of a well never visited."""
        with np.errstate(invalid="ignore"):
            return generator_of(self.total_counts / self.total_times[:, None])

    @cached_property
    def _residuals(self) -> Array:
        """What each path adds to the error of each rate; (n_paths, n, n), rows that add up to zero."""
        off = self.counts - self.generator * self.times[:, :, None]
        with np.errstate(invalid="ignore"):
            scaled = off / self.total_times[:, None]
        return np.array([generator_of(one) for one in scaled]) * math.sqrt(self.n_paths / max(self.n_paths - 1, 1))

    @cached_property
    def poisson_error(self) -> Array:
        """Standard errors if changes came as in a Poisson process: sqrt(N) / T, and 1 / T if there was none."""
        with np.errstate(divide="ignore"):
            return _off_diagonal(np.sqrt(np.maximum(self.total_counts, 1)) / self.total_times[:, None])

    @cached_property
    def standard_error(self) -> Array:
        """Standard error of every rate, (n, n), from the differences between paths; Poisson's below ten changes."""
        between = np.sqrt((self._residuals**2).sum(axis=0))
        return _off_diagonal(np.where(self.total_counts >= FEW, between, self.poisson_error))

    @property
    def overdispersion(self) -> Array:
        """Variance of the number of changes over that of a Poisson process, about 1 for a chain; NaN below ten."""
        between = (self._residuals**2).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.total_counts >= FEW, between / self.poisson_error**2, math.nan)

    @property
    def stay_variation(self) -> Array:
        """Standard deviation over mean of the stays in each well, (n,): 1 for an exponential law.

        Stays that the end of the watch cuts off are allowed for: if wells are left at a constant rate k, the stays that
        end last together k times half the sum of all squared lengths, however many are cut off. From the ratio r of
        the two sums comes sqrt(2 / r - 1), which without a cut is the variation of the lengths.
        """
        stays = self.total_counts.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = stays / self.total_times
            return np.asarray(np.sqrt(np.maximum(rate * self.squares.sum(axis=0) / self.ended.sum(axis=0) - 1, 0.0)))

    def rate(self, i: int, j: int) -> Estimate:
        """Rate from well i to well j with its error.

        Raises
        ------
        IndexError, ValueError
            There is no such well, or i is j.
        """
        i, j = count(i, "i", minimum=0), count(j, "j", minimum=0)
        if max(i, j) >= len(self.minima):
            raise IndexError(f"i={i}, j={j}: there are {len(self.minima)} wells, numbered from 0")
        if i == j:
            raise ValueError(f"i and j are both {i}; give two different wells")
        return self._estimate(float(self.generator[i, j]), float(self.standard_error[i, j]), METHOD)

    @cached_property
    def occupancy(self) -> tuple[Estimate, ...]:
        """Share of time in each well in the long run: the stationary law of the measured rates, errors propagated.

        It does not depend on where the paths started, as `time_share` does. NaN where the wells do not connect.
        """
        law = stationary_law(self.generator)
        with np.errstate(invalid="ignore"):
            moves = np.einsum("i,pij,jk->pk", law, self._residuals, deviation(self.generator))
        errors = np.sqrt((moves**2).sum(axis=0))
        return tuple(
            self._estimate(float(p), float(e), "stationary law of the measured rates")
            for p, e in zip(law, errors, strict=True)
        )

    @cached_property
    def time_share(self) -> tuple[Estimate, ...]:
        """Share of the time watched that the paths spent in each well, from wherever they started."""
        share = self.total_times / self.total_times.sum()
        off = self.times - share * self.times.sum(axis=1, keepdims=True)
        factor = math.sqrt(self.n_paths / max(self.n_paths - 1, 1)) / self.total_times.sum()
        errors = np.sqrt((off**2).sum(axis=0)) * factor
        return tuple(
            self._estimate(float(p), float(e), "time in the well over time watched")
            for p, e in zip(share, errors, strict=True)
        )

    def chain(self) -> WellChain:
        """Return the measured rates as a chain, whose `error` holds their standard errors."""
        seen = bool(np.all(self.total_counts.sum(axis=1) > 0))
        total = int(self.total_counts.sum())
        reason = f"{total} changes of well" if seen else "some well was never seen to be left"
        return WellChain(self.minima, self.generator, self.standard_error, METHOD, seen, reason)

    def chapman_kolmogorov(self, lag: float | None = None) -> ChapmanKolmogorov:
        """Test P(2 lag) = P(lag)^2 on the saved labels, errors by drawing paths again.

        Parameters
        ----------
        lag : a time, rounded to a multiple of `self.lag`; None takes half of the shortest mean stay

        Raises
        ------
        ValueError
            Twice the lag is not within the time watched, or the labels lie too far apart for it.
        """
        with np.errstate(divide="ignore"):
            mean_stay = float(np.nanmin(self.total_times / self.total_counts.sum(axis=1)))
        steps = choose_lag(lag, mean_stay, self.lag, self.labels.shape[1])
        n = len(self.minima)
        once, twice = (lagged_counts(self.labels, k * steps, n) for k in (1, 2))
        seed = np.random.SeedSequence(int(self.provenance["entropy"]), spawn_key=(steps,))
        return ChapmanKolmogorov.of(once, twice, steps * self.lag, np.random.default_rng(seed))

    def compare(self, *chains: WellChain) -> RateComparison:
        """Set the measured rates beside those of chains, entry by entry: predicted, simulated, standard error, z.

        Raises
        ------
        TypeError, ValueError
            Not a chain, or one of another number of wells.
        """
        return RateComparison.of(self.chain(), self.total_counts, chains)

    def _estimate(self, value: float, error: float, method: str) -> Estimate:
        interval = (max(value - NORMAL * error, 0.0), value + NORMAL * error)
        return Estimate(value, error, math.nan, interval, self.n_paths, method)


def _off_diagonal(matrix: Array) -> Array:
    result = np.array(matrix)
    np.fill_diagonal(result, 0.0)
    return result
