"""The chain between cores from the equation of the generator: no simulation, no small noise."""

from __future__ import annotations

import math

import numpy as np

from levysde import dirichlet
from levysde._types import NDArray
from levysde.domains import Domain
from levysde.estimate import Prediction
from levysde.sde import SDE
from levysde.wells.cores import Cores, cores_of
from levysde.wells.markov import generator_of
from levysde.wells.predicted import check_wells
from levysde.wells.well_chain import WellChain

Array = NDArray[np.float64]

LAW = "exit problem between cores"
UNRESOLVED = 1e-4  # error of a chance that is objected to; the chance itself may be 0, where paths are continuous
LARGEST_SPREAD = 0.1  # of a rate over its core, above which a path in the core is not at rest


def solve_chain(sde: SDE, *, core: float = 0.5) -> WellChain:
    r"""Rates between the cores of wells, from the mean time to the next core and the chance which one it is.

    .. math:: q_{ij} = P_{m_i}(\text{core } j \text{ is the first reached of all but } i) \,/\,
        E_{m_i}[\text{time to reach any core but } i]

    Both solve the equation of the generator (`levysde.dirichlet`), for noise of any size: this is what
    `count_transitions` with the same `core` counts, up to where in its core a stay begins. What that changes is in
    `error`: the largest difference of a rate between the minimum and the ends of its core.

    Parameters
    ----------
    sde : SDE
        One-dimensional, noise as in `levysde.dirichlet.mean_exit_time`.
    core : float
        Size of the cores as in `count_transitions`.

    Returns
    -------
    WellChain
        Not valid where a rate changes by more than a tenth over its core (the wells do not hold a path long enough for
        a chain), or where the solution is not resolved.

    Raises
    ------
    TypeError, ValueError
        As for `count_transitions` and `levysde.dirichlet`, whose messages name the noises that are supported.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.DoubleWell(), 0.1 * ls.AlphaStable(1.5))
    >>> solved, limit = ls.wells.solve_chain(sde), ls.wells.chain(sde)
    >>> f"{solved.generator[0, 1] / limit.generator[0, 1]:.2f}"  # how far the limit of small noise is
    '1.07'
    """
    check_wells(sde)
    if sde.dim != 1:
        raise ValueError(f"the landscape has {sde.dim} dimensions; the exit problem is solved on the line only")
    n = len(sde.landscape.minima)
    cores = cores_of(sde.landscape, core)
    rates, error, spread, objections = np.zeros((n, n)), np.zeros((n, n)), 0.0, []
    for i in range(n if n > 1 else 0):
        low, high = (float(end) for end in cores.ends[i])
        minimum = float(cores.centres[i, 0])
        told = _rates(sde, cores, i, minimum)
        ends = [_rates(sde, cores, i, end) for end in (low, high) if math.isfinite(end)]
        for j, (rate, numerical, reason) in told.items():
            rates[i, j] = rate
            apart = max(abs(other[j][0] - rate) for other in ends)
            error[i, j] = numerical + apart
            if reason:
                objections.append(f"from minimum {i} to {j}: {reason}")
        total = rates[i].sum()
        spread = max(spread, *(abs(sum(rate for rate, _, _ in other.values()) / total - 1) for other in ends))
    if spread > LARGEST_SPREAD:
        objections.append(f"the rates change by {spread:.0%} over the cores: wells do not hold a path long enough")
    reason = "; ".join(objections) or f"rates change by {spread:.1%} at most with the place in the core"
    return WellChain(sde.landscape.minima, generator_of(rates), error, LAW, not objections, reason)


def _rates(sde: SDE, cores: Cores, i: int, x: float) -> dict[int, tuple[float, float, str]]:
    """Return rate, numerical error and objection for every well but i, from the place x in core i."""
    others = [j for j in range(len(cores.centres)) if j != i]
    time = dirichlet.mean_first_passage(sde, x, [cores.domain(j) for j in others])
    found = {}
    for j in others:
        rest: list[Domain] = [cores.domain(k) for k in others if k != j]
        chance = dirichlet.committor(sde, x, rest, cores.domain(j)) if rest else Prediction(1.0, 0.0, LAW, True, "")
        rate = chance.value / time.value
        error = (chance.error + chance.value * time.error / time.value) / time.value
        reasons = [time.reason] * (not time.valid) + [chance.reason] * (not chance.error <= UNRESOLVED)
        found[j] = rate, error, "; ".join(reasons)
    return found
