"""The chain that theory predicts for small noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde.domains import Domain
from levysde.landscapes.base import Landscape
from levysde.noise.base import Noise, Sum
from levysde.sde import SDE
from levysde.theory.barrier_rates import LAW as BARRIERS
from levysde.theory.barrier_rates import crossings
from levysde.theory.first_jump import LARGEST_CORRECTION, first_jump
from levysde.theory.first_jump import LAW as JUMPS
from levysde.theory.occupancy import jump_rates
from levysde.theory.push import pushed
from levysde.wells.markov import generator_of
from levysde.wells.push import moved_rates
from levysde.wells.well_chain import WellChain

Array = NDArray[np.float64]

NEGLIGIBLE = 1e-3  # share of a rate that may be of a doubtful size
MISSED = 0.1  # share of the jumps out of a domain that may land in no other one


def chain(sde: SDE, *, domains: Sequence[Domain] | None = None) -> WellChain:
    r"""Limiting Markov chain on the minima of a landscape for small noise, at the noise's own amplitude.

    Jumps lead from minimum i into basin j at the rate

    .. math:: q_{ij} = \nu\{y : m_i + y \in \text{basin } j\},

    nu the Lévy measure of epsilon times the noise [1]_. For symmetric `AlphaStable(alpha)` of amplitude sigma and a
    basin between the barriers s < s' to the right of the minimum this is
    sigma^alpha (c_alpha/alpha) ((s - m_i)^-alpha - (s' - m_i)^-alpha), c_alpha = Gamma(1+alpha) sin(pi alpha/2)/pi:
    all rates fall as epsilon^alpha, and between two wells with the barrier s the odds are
    pi_2 / pi_1 = (|s - m_2| / |s - m_1|)^alpha. The measure of a sum of noises is the sum of the measures, so the rates
    of several parts, skewed, tempered or of different alpha, add.

    Brownian noise crosses the saddles at the Eyring-Kramers rates, see `levysde.theory.barrier_rates.crossings`.

    Mixed noise: both rates are added. They are two ways out that do not wait for each other as long as each is rare on
    the time scale of a relaxation; it is wrong where jumps that end short of a barrier are carried over it by the
    Gaussian part, that is where a barrier is not high (below 4 T it is refused) or the expected correction of the
    jump rates is not small (above one half it is refused).

    Parameters
    ----------
    sde : SDE
        Additive noise; a landscape of any dimension with minima.
    domains : sequence of Domain, optional
        One per minimum, taken as its basin; needed for jumps in more than one dimension, not used for Brownian noise.

    Returns
    -------
    WellChain
        `error` is the expected size of the next term, not a bound: for jumps that of `levysde.theory.first_jump`, and
        on the line that of `levysde.wells.push` for skewed ones; for Brownian noise O(T) (NaN in several dimensions).

    Raises
    ------
    TypeError, ValueError
        `sde` is no SDE, its noise is zero or depends on the state, the landscape has no minimum or falls without end,
        `domains` is missing or has another length.

    References
    ----------
    .. [1] Imkeller & Pavlyukevich, Stochastic Process. Appl. 116 (2006) 611, doi:10.1016/j.spa.2005.11.006;
       ESAIM: Probab. Stat. 12 (2008) 412, doi:10.1051/ps:2007051.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.DoubleWell(), 0.1 * ls.AlphaStable(1.5))  # barrier at distance 1
    >>> f"{ls.wells.chain(sde).generator[0, 1]:.6f}"  # 0.1^1.5 c_1.5 / 1.5
    '0.006308'
    """
    check_wells(sde)
    landscape, noise = sde.landscape, sde.effective_noise
    if noise.variance_rate == 0 and not noise.has_jumps:
        raise ValueError(f"the noise {noise!r} is zero: no path changes wells; give an amplitude above 0")
    n = len(landscape.minima)
    rates, error = np.zeros((n, n)), np.zeros((n, n))
    laws, objections, remarks = [], [], []
    if noise.has_jumps and n > 1:
        found = _by_jumps(landscape, noise, check_domains(landscape, domains))
        rates, error = rates + found[0], error + found[1]
        laws.append(f"{JUMPS} between wells")
        objections += found[2]
        remarks.append(f"small noise, expected correction up to {_largest(found[1], found[0]):.1%}")
    if noise.variance_rate > 0 and n > 1:
        temperature = noise.variance_rate / 2
        by_jumps = np.array(rates)
        for way in crossings(landscape, temperature):
            rates[way.start, way.end] += way.rate
            error[way.start, way.end] += way.rate * way.correction
            if way.objection and not way.rate < NEGLIGIBLE * by_jumps[way.start, way.end]:
                objections.append(f"from minimum {way.start} to {way.end}: {way.objection}")
        if not np.any(rates) and not noise.has_jumps:
            objections.append("no saddle that the landscape knows joins two minima, or the rates are below 1e-308")
        laws.append(BARRIERS)
        remarks.append(f"T = {temperature:.4g}")
    return WellChain(
        landscape.minima,
        generator_of(rates),
        error,
        " + ".join(laws) or "one well",
        not objections,
        "; ".join(dict.fromkeys(objections)) or "; ".join(remarks) or "there is nothing to change to",
    )


def check_wells(sde: Any) -> None:
    """Raise unless there are minima between which a path can stay.

    Raises
    ------
    TypeError, ValueError
        As told in `chain`.
    """
    if not isinstance(sde, SDE):
        raise TypeError(f"sde is a {type(sde).__name__}; pass an SDE(landscape, noise, epsilon)")
    landscape = sde.landscape
    n = len(landscape.minima)
    if n == 0:
        raise ValueError(f"{landscape!r} has no minimum, so there are no wells; use a landscape with minima")
    if landscape.dim == 1 and not (math.isinf(landscape.basin(0).a) and math.isinf(landscape.basin(n - 1).b)):
        raise ValueError(f"{landscape!r} falls without end on one side: paths run away, and there is no chain of wells")


def check_domains(landscape: Landscape, domains: Sequence[Domain] | None) -> list[Domain]:
    """Return one domain per minimum, the basins if none are given; ValueError where that cannot be."""
    n = len(landscape.minima)
    if domains is None:
        if landscape.dim > 1:
            raise ValueError(
                f"the basins of a landscape in {landscape.dim} dimensions have no simple shape; give domains=[...], "
                "one per minimum, to say what counts as landing in a well"
            )
        return [landscape.basin(i) for i in range(n)]
    if len(domains) != n:
        raise ValueError(f"domains has {len(domains)} entries, the landscape {n} minima; give one domain per minimum")
    for i, domain in enumerate(domains):
        if not isinstance(domain, Domain) or domain.dim != landscape.dim or not domain.contains(landscape.minima[i]):
            raise ValueError(f"domains[{i}]={domain!r} does not hold minimum {i}, {landscape.minima[i].tolist()}")
    return list(domains)


def _by_jumps(landscape: Landscape, noise: Noise, domains: list[Domain]) -> tuple[Array, Array, list[str]]:
    """Return rates, expected sizes of their corrections, and what objects to them."""
    jumps = Sum(tuple((amplitude, law) for amplitude, law in noise.leaves() if law.jumps))
    alone = SDE(landscape, jumps)  # what the Gaussian part does by itself is added as rates of its own
    rates = jump_rates(jumps, np.asarray(landscape.minima, float), domains)
    error, objections = np.zeros_like(rates), []
    for i, domain in enumerate(domains):
        leaving = jumps.jump_rate(landscape.minima[i], domain)
        if leaving == 0.0:
            continue
        told = first_jump(alone, landscape.minima[i], domain)
        relative = told.error / told.value
        if not told.valid:
            objections.append(f"out of minimum {i}: {told.reason}")
        if landscape.dim == 1:
            # What the push does to each rate, in place of what it does to their sum.
            moved = np.abs(moved_rates(jumps, landscape, i) - rates[i])
            rest = relative - pushed(landscape, jumps, float(landscape.minima[i, 0]), landscape.basin(i))
            error[i] = rates[i] * max(rest, 0.0) + moved
            if not moved.sum() <= LARGEST_CORRECTION * rates[i].sum():
                objections.append(f"out of minimum {i}: the small jumps of the skewed noise move wells and barriers")
        else:
            error[i] = rates[i] * relative
        if rates[i].sum() < (1 - MISSED) * leaving:
            lost = 1 - rates[i].sum() / leaving
            objections.append(f"{lost:.0%} of the jumps out of domain {i} land in no other domain")
    return rates, error, objections


def _largest(error: Array, rates: Array) -> float:
    return float(np.max(error[rates > 0] / rates[rates > 0], initial=0.0))
