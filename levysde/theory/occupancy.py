"""How much of its time the path spends in each well."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde._validate import positive
from levysde.domains import Domain
from levysde.estimate import Prediction
from levysde.landscapes.base import Landscape
from levysde.noise.base import Noise
from levysde.sde import SDE
from levysde.theory.brownian import confined
from levysde.theory.first_jump import LAW as JUMP_LAW
from levysde.theory.first_jump import first_jump
from levysde.theory.panels import Exponent, halve, integrate, on, unresolved
from levysde.theory.question import unknown

Array = NDArray[np.float64]

GIBBS = "Gibbs"
LAPLACE = "Gibbs, Laplace approximation"
CHAIN = "chain between wells, small noise"
TOLERANCE = 1e-12
MAX_PANELS = 2000


def occupancy(sde: SDE, *, domains: Sequence[Domain] | None = None) -> tuple[Prediction, ...]:
    """Stationary probability of each well, in the order of `landscape.minima`.

    No jumps: the Gibbs weights of the basins, int_basin e^(-U/T) dz / Z with T = s^2 / 2 (exact in one dimension; by
    Laplace's method e^(-U(m)/T) / sqrt(det H(m)) in more). Jumps: the limit of small noise, the stationary law of the
    chain with rates q_ij = nu({y: m_i + y in basin j}). For `AlphaStable(alpha)` and two wells with barrier s the odds
    are pi_2 / pi_1 = (|s - m_2| / |s - m_1|)^alpha: widths decide, depths do not.

    Parameters
    ----------
    sde : SDE
        Landscape, noise and epsilon; the limit does not depend on epsilon, its `error` and `valid` do.
    domains : sequence of Domain, optional
        One per minimum, taken as its basin; needed for jumps in more than one dimension.

    Returns
    -------
    tuple of Prediction
        One per minimum. For jumps `error` is the expected size of the correction, not a bound.

    Raises
    ------
    ValueError
        For a landscape without minima, or domains of another number than minima.

    References
    ----------
    Imkeller & Pavlyukevich, Stochastic Process. Appl. 116 (2006) 611, doi:10.1016/j.spa.2005.11.006.
    """
    landscape, noise = sde.landscape, sde.effective_noise
    n = len(landscape.minima)
    if n == 0:
        raise ValueError(f"{landscape} has no minimum, so there are no wells to occupy; use a landscape with minima")
    if domains is not None and len(domains) != n:
        raise ValueError(
            f"domains has {len(domains)} entries, the landscape has {n} minima; give one domain per minimum"
        )
    if not noise.has_jumps:
        if noise.variance_rate == 0.0:
            return (unknown(GIBBS, "the noise is zero: the path stays where it settles"),) * n
        return gibbs_occupancy(landscape, noise.variance_rate)
    if domains is None:
        if sde.dim > 1:
            return (unknown(CHAIN, "basins in more than one dimension have no simple shape: give domains="),) * n
        domains = [landscape.basin(i) for i in range(n)]
    if sde.dim == 1 and not _closed(landscape):
        return (unknown(CHAIN, "a side of the landscape falls without end: the path runs away"),) * n
    minima = np.asarray(landscape.minima, float)
    try:
        weights = chain_occupancy(jump_rates(noise, minima, domains))
    except ValueError as error:  # jumps along the axes need not lead from every domain into another
        return (unknown(CHAIN, str(error)),) * n
    times = [first_jump(sde, minima[i], domains[i]) for i in range(n)] if n > 1 else []
    relative = max((time.error / time.value for time in times if 0.0 < time.value < math.inf), default=0.0)
    objections = [time.reason for time in times if not time.valid]
    reason = "; ".join(dict.fromkeys(objections)) or f"small noise: {JUMP_LAW} between wells, whatever their depths"
    return tuple(Prediction(float(w), float(w * (1 - w) * relative), CHAIN, not objections, reason) for w in weights)


def jump_rates(noise: Noise, minima: Array, domains: Sequence[Domain]) -> Array:
    """Rates q_ij (i != j) of the jumps from minimum i into domain j, zero on the diagonal."""
    n = len(minima)
    rates = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if i != j:
                rates[i, j] = noise.jump_rate(minima[i], ~domains[j])
    return rates


def gibbs_occupancy(landscape: Landscape, variance_rate: float) -> tuple[Prediction, ...]:
    """Gibbs weight of every basin for Brownian noise with this variance per unit time, T = variance_rate / 2."""
    temperature = positive(variance_rate, "variance_rate") / 2.0
    minima = np.asarray(landscape.minima, float)
    if landscape.dim > 1:
        dets = [float(np.linalg.det(np.atleast_2d(landscape.hessian(m)))) for m in minima]
        logs = -np.asarray(landscape.potential(minima), float) / temperature - 0.5 * np.log(dets)
        reason = "leading order for T far below every barrier"
        return tuple(Prediction(float(w), math.nan, LAPLACE, True, reason) for w in _normalised(logs))
    masses = [_log_mass(landscape, temperature, i) for i in range(len(minima))]
    if not _closed(landscape) or any(math.isinf(log_mass) for log_mass, _ in masses):
        reason = "the landscape does not confine the path, so there is no stationary law"
        return (unknown(GIBBS, reason),) * len(minima)
    weights = _normalised(np.array([log_mass for log_mass, _ in masses]))
    error = max(error for _, error in masses) + 1e-14
    reason = "exact for Brownian noise in one dimension"
    return tuple(Prediction(float(w), float(2 * w * (1 - w) * error), GIBBS, True, reason) for w in weights)


def two_state(times: Sequence[float]) -> tuple[float, float]:
    """Occupancies of two wells from the mean times from minimum to minimum, (t_0, t_1) -> t_i / (t_0 + t_1).

    The times must be those to the *other minimum*: times to the barrier differ from them by a factor that is not
    the same on both sides.
    """
    first, second = (positive(time, "times") for time in times)
    return first / (first + second), second / (first + second)


def chain_occupancy(rates: Any) -> Array:
    """Stationary law of a continuous-time chain with rates q_ij, i != j; the diagonal is not read.

    By the elimination of Grassmann, Taksar and Heyman, which never subtracts and so keeps every digit of rates that
    differ by many orders of magnitude.

    Raises
    ------
    ValueError
        For a matrix that is not square, has negative rates, or does not connect all states.

    References
    ----------
    Grassmann, Taksar & Heyman, Oper. Res. 33 (1985) 1107, doi:10.1287/opre.33.5.1107.
    """
    q = np.array(rates, float)
    if q.ndim != 2 or q.shape[0] != q.shape[1]:
        raise ValueError(f"rates has shape {q.shape}; give a square matrix, one row per state")
    np.fill_diagonal(q, 0.0)
    if not np.all(np.isfinite(q)) or np.any(q < 0):
        raise ValueError("rates must be finite and not negative off the diagonal")
    n = len(q)
    for k in range(n - 1, 0, -1):
        out = q[k, :k].sum()
        if out == 0.0:
            raise ValueError("rates do not connect all states: the stationary law is not unique")
        q[:k, k] /= out
        q[:k, :k] += np.outer(q[:k, k], q[k, :k])
    weights = np.ones(n)
    for k in range(1, n):
        weights[k] = weights[:k] @ q[:k, k]
    return np.asarray(weights / weights.sum())


def semi_markov_occupancy(transitions: Any, times: Any) -> Array:
    """Share of time in every state of a semi-Markov chain: nu_i t_i / sum, nu the stationary law of the embedded chain.

    Parameters
    ----------
    transitions : array_like (n, n)
        Probability that the state after i is j; rows sum to one, the diagonal is zero.
    times : array_like (n,)
        Mean time of one stay in every state.
    """
    stays = np.asarray(times, float)
    if stays.shape != (len(np.asarray(transitions)),) or not np.all(stays > 0):
        raise ValueError(f"times={times} must hold one positive mean time per state")
    weights = chain_occupancy(transitions) * stays
    return np.asarray(weights / weights.sum())


def _closed(landscape: Landscape) -> bool:
    """Whether the outermost wells reach to infinity, so that no path runs away over a last maximum."""
    return math.isinf(landscape.basin(0).a) and math.isinf(landscape.basin(len(landscape.minima) - 1).b)


def _normalised(logs: Array) -> Array:
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def _log_mass(landscape: Landscape, temperature: float, i: int) -> tuple[float, float]:
    """Logarithm of the integral of e^(-U/T) over basin i and its relative error."""
    basin, minimum = landscape.basin(i), float(np.ravel(landscape.minima)[i])

    def exponent(sign: float) -> Exponent:
        return lambda y: np.reshape(landscape.potential(sign * y), np.shape(y)) / temperature

    reach = min(basin.b - minimum, minimum - basin.a, 1.0)
    a = confined(exponent(1.0), [minimum], minimum, minimum + reach) if math.isinf(basin.a) else basin.a
    b = -confined(exponent(-1.0), [-minimum], -minimum, -minimum + reach) if math.isinf(basin.b) else basin.b
    if math.isinf(a) or math.isinf(b):
        return math.inf, 0.0
    panels = on(np.unique(np.concatenate([np.linspace(a, minimum, 5), np.linspace(minimum, b, 5)])), exponent(1.0))
    while True:
        parts = integrate(panels, -1.0)
        total = float(np.logaddexp.reduce(parts.whole))
        error = np.exp(parts.whole - total) * parts.error
        chosen = (error > TOLERANCE / len(panels.g)) | unresolved(panels)
        if not chosen.any() or len(panels.g) > MAX_PANELS:
            round_off = 4 * np.finfo(float).eps * (1.0 + float(np.abs(panels.g).min(axis=1).max()))
            return total, float(error.sum()) + round_off
        panels = halve(panels, chosen, exponent(1.0))
