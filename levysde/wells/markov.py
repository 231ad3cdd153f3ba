"""Numbers that follow from a generator: passage times, stationary law, spectrum, merging of states.

Rates of different wells differ by many orders of magnitude. Passage times and the stationary law are found by
eliminations that add and multiply positive numbers only, and so keep every digit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.theory.occupancy import chain_occupancy

Array = NDArray[np.float64]


class Merge(NamedTuple):
    """Two groups of states that count as one from `time` on."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    time: float


def generator_of(rates: Array) -> Array:
    """Return the matrix with these rates off the diagonal and rows that add up to zero."""
    generator = np.array(rates, float)
    np.fill_diagonal(generator, 0.0)
    np.fill_diagonal(generator, -generator.sum(axis=1))
    return generator


def _reachable(rates: Array) -> NDArray[np.bool_]:
    """Return which state can be reached from which, itself included."""
    found = (rates > 0) | np.eye(len(rates), dtype=bool)
    for k in range(len(rates)):
        found |= found[:, k : k + 1] & found[k : k + 1, :]
    return found


def stationary_law(generator: Array) -> Array:
    """Return pi with pi Q = 0; states that are left for ever get 0, and two traps a law of NaN: it is not unique."""
    n = len(generator)
    if not np.all(np.isfinite(generator)):
        return np.full(n, np.nan)
    reach = _reachable(generator)
    trap = np.array([bool(np.all(reach[reach[i], i])) for i in range(n)])  # what i leads to leads back to i
    members = np.flatnonzero(trap)
    if not np.all(reach[np.ix_(members, members)]):
        return np.full(n, np.nan)
    law = np.zeros(n)
    law[members] = chain_occupancy(generator[np.ix_(members, members)])
    return law


def mean_first_passage(generator: Array) -> Array:
    """Return the mean times from state i to state j, zero on the diagonal, infinite where j may never be reached.

    By the elimination of states, as in Grassmann, Taksar and Heyman (Oper. Res. 33 (1985) 1107,
    doi:10.1287/opre.33.5.1107), with a time beside every state.
    """
    n = len(generator)
    if not np.all(np.isfinite(generator)):
        return np.full((n, n), np.nan)
    times = np.zeros((n, n))
    for target in range(n):
        rates = np.array(generator)
        rates[target] = 0.0
        reach = _reachable(rates)
        doomed = np.array([not np.all(reach[reach[i], target]) for i in range(n)])
        times[doomed, target] = np.inf
        kept = [target, *(i for i in range(n) if not doomed[i] and i != target)]
        times[kept, target] = _passage_to_first(rates[np.ix_(kept, kept)])
    return times


def _passage_to_first(rates: Array) -> Array:
    """Mean times to state 0, which every state reaches."""
    n = len(rates)
    q, waited, out = np.array(rates), np.ones(n), np.ones(n)
    for k in range(n - 1, 0, -1):
        out[k] = q[k, :k].sum()
        share = q[:k, k] / out[k]
        q[:k, :k] += np.outer(share, q[k, :k])
        waited[:k] += share * waited[k]
    times = np.zeros(n)
    for k in range(1, n):
        times[k] = (waited[k] + q[k, :k] @ times[:k]) / out[k]
    return times


def deviation(generator: Array) -> Array:
    """Return D = int (P_t - pi) dt: D Q = Q D = 1 pi - 1, and a change E of Q moves pi by pi E D."""
    law, times = stationary_law(generator), mean_first_passage(generator)
    with np.errstate(invalid="ignore"):
        return np.asarray(law * (law @ times - times))


def spectrum(generator: Array) -> NDArray[np.complex128]:
    """Return the eigenvalues of -Q, the real parts increasing; the first is 0.

    Small ones are taken from the deviation matrix, whose eigenvalues are their inverses and in which they are the large
    ones; so all have some 16 - log10(ratio of the largest to the smallest) / 2 digits, at least.
    """
    n = len(generator)
    if not np.all(np.isfinite(generator)):
        return np.full(n, np.nan, complex)
    direct = np.asarray(np.linalg.eigvals(-generator), complex)
    direct = direct[np.argsort(direct.real, kind="stable")]
    direct[0] = 0.0
    inverse = deviation(generator)
    if n < 3 or not np.all(np.isfinite(inverse)):
        return direct if n > 2 else np.array([0.0, -np.trace(generator)][:n], complex)
    values = np.linalg.eigvals(inverse)
    values = values[np.argsort(values.real, kind="stable")[::-1]][: n - 1]  # the last one is 0
    slow = np.concatenate([[0.0], 1.0 / values])
    middle = np.sqrt(abs(slow[1]) * abs(direct[-1]))
    return np.asarray(np.where(np.abs(direct) < middle, slow, direct), complex)


def merging(generator: Array) -> tuple[Merge, ...]:
    """Return in which order states merge, and when; empty where some state is never come back to.

    See `levysde.wells.WellChain.hierarchy`.
    """
    law = stationary_law(generator)
    if not np.all(law > 0):
        return ()
    values = spectrum(generator).real
    groups: list[tuple[int, ...]] = [(i,) for i in range(len(law))]
    flow = law[:, None] * generator
    merges = []
    while len(groups) > 1:
        weight = np.array([law[list(group)].sum() for group in groups])
        between = np.array([[flow[np.ix_(a, b)].sum() for b in groups] for a in groups])
        rates = between / weight[:, None]
        mutual = np.triu(rates + rates.T, 1)
        a, b = np.unravel_index(int(np.argmax(mutual)), mutual.shape)
        merges.append(Merge(groups[a], groups[b], float(1.0 / values[len(groups) - 1])))
        joined = tuple(sorted(groups[a] + groups[b]))
        groups = sorted([*(group for k, group in enumerate(groups) if k not in (a, b)), joined])
    return tuple(merges)
