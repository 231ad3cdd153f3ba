"""Exact mean exit time under Brownian noise in one dimension, by quadrature in the logarithm."""

import itertools
import math
from typing import Any, NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.domains import Domain
from levysde.estimate import Prediction
from levysde.landscapes.base import Landscape
from levysde.sde import SDE
from levysde.theory.panels import Exponent, Panels, from_left, halve, integrate, mirrored, on, unresolved, weighted
from levysde.theory.question import component, starting_point, unknown

Array = NDArray[np.float64]

LAW = "Brownian quadrature"
TOLERANCE = 1e-11
MAX_PANELS = 4000
# An infinite side is cut where the Gibbs weight has fallen by exp(-DEPTH).
DEPTH = 60.0
LARGEST = math.log(np.finfo(float).max)


def brownian(sde: SDE, x0: Any, domain: Domain) -> Prediction:
    """Mean exit time of dX = -U'(X) dt + s dB in one dimension, exact up to quadrature.

    With T = s^2 / 2, scale density exp(U/T) and speed density exp(-U/T), on (a, b)::

        E tau = 1/T [ R(x)/S int_a^x L(z) e^(-U(z)/T) dz  +  L(x)/S int_x^b R(z) e^(-U(z)/T) dz ]
        L(z) = int_a^z e^(U/T),   R(z) = int_z^b e^(U/T),   S = L(b)

    and for a = -inf (where U must confine) the limit::

        E tau = 1/T int_x^b e^(U(y)/T) int_-inf^y e^(-U(z)/T) dz dy

    Every term is positive and every integral is kept as a logarithm, so no barrier overflows it; s^2 is the Gaussian
    variance rate of epsilon * noise (`AlphaStable(2)` counts twice `Brownian()`). Valid for every epsilon.

    Parameters
    ----------
    sde : SDE
        One-dimensional, with a noise that has no jumps.
    x0 : float
        Starting point inside the domain.
    domain : Domain
        One or both ends may be infinite; a complement is taken as its piece around x0.

    Returns
    -------
    Prediction
        `error` is the difference to the same quadrature with every panel that matters halved, plus round-off; `value`
        is inf only beyond the range of floats (the reason then gives the logarithm) or where the mean is infinite.

    References
    ----------
    Gardiner, Stochastic Methods (4th ed.), section 5.5; Karlin & Taylor, A Second Course in Stochastic Processes, 15.3.
    """
    x = starting_point(sde, x0, domain)
    if sde.dim != 1:
        return unknown(LAW, f"the quadrature is one-dimensional, the SDE has dimension {sde.dim}")
    noise = sde.effective_noise
    if noise.has_jumps:
        return unknown(LAW, "the noise has jumps; a path can leave without passing the barrier")
    if noise.variance_rate == 0.0:
        return unknown(LAW, "the noise has no Gaussian part")
    return passage(sde.landscape, noise.variance_rate / 2.0, float(x[0]), *component(domain, x))


def passage(landscape: Landscape, temperature: float, x: float, a: float, b: float) -> Prediction:
    """Mean exit time from (a, b), a < x < b, at temperature T = s^2 / 2; see `brownian`."""
    if x <= a or x >= b:
        return Prediction(0.0, 0.0, LAW, True, "the path starts on the boundary")
    if math.isinf(a) and math.isinf(b):
        return Prediction(math.inf, 0.0, LAW, True, "the domain is the whole line: there is nothing to leave")
    # A domain open to the right is the mirror image of one open to the left.
    sign = -1.0 if math.isinf(b) else 1.0
    x, a, b = (x, a, b) if sign > 0 else (-x, -b, -a)

    def exponent(y: Array) -> Array:
        return np.reshape(landscape.potential(sign * y), np.shape(y)) / temperature

    marks = sorted(sign * float(point) for found in (landscape.minima, landscape.saddles) for point in np.ravel(found))
    start = a
    if math.isinf(a):
        start = confined(exponent, [mark for mark in marks if mark < b], x, b)
        if math.isinf(start):
            side = "-inf" if sign > 0 else "+inf"
            return Prediction(math.inf, 0.0, LAW, False, f"the landscape does not confine the path towards {side}")
    log_value, error = _solve(exponent, [mark for mark in marks if start < mark < b], x, start, b, math.isfinite(a))
    log_value -= math.log(temperature)
    if log_value > LARGEST:
        return Prediction(
            math.inf, math.inf, LAW, True, f"beyond the range of floats: log of the mean is {log_value:.6f}"
        )
    value = math.exp(log_value)
    return Prediction(value, value * error, LAW, True, "exact for Brownian noise in one dimension, any amplitude")


def confined(exponent: Exponent, marks: list[float], x: float, b: float) -> float:
    """Where to cut an infinite left side: g is DEPTH above its lowest mark there; -inf if it never gets that high."""
    left = min([x, *marks])
    floor = float(exponent(np.array([x, *(mark for mark in marks if mark <= x)])).min())
    step = max(max([x, *marks]) - left, min(b - left, 1e300) * 1e-3, 1e-12 * max(1.0, abs(left)))

    def height(distance: float) -> float:
        try:
            g = float(exponent(np.array([left - distance]))[0])
        except OverflowError:
            return math.inf
        return math.inf if math.isnan(g) else g - floor - 2.0 * math.log1p(distance / step)

    low, high = 0.0, step
    while height(high) < DEPTH:
        low, high = high, 2.0 * high
        if high > 1e60 * step:
            return -math.inf
    # Not farther than needed: a steep wall cut too far out overflows the exponent.
    while height(high) > 2.0 * DEPTH and high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if height(middle) >= DEPTH else (middle, high)
    return left - high


class _Pass(NamedTuple):
    """One evaluation: log of T E tau, and the share of it that every panel's two integrals carry."""

    log_value: float
    scale_share: Array
    speed_share: Array
    scale_error: Array
    speed_error: Array

    @property
    def error(self) -> Array:
        return self.scale_share * self.scale_error + self.speed_share * self.speed_error


def _solve(
    exponent: Exponent, marks: list[float], x: float, a: float, b: float, two_sided: bool
) -> tuple[float, float]:
    """Log of T E tau and its relative error, refining where a panel's error reaches the result."""
    apart = [
        mark for mark in marks if abs(mark - x) > 1e-13 * (b - a)
    ]  # a panel of a few bits has no width to integrate
    corners = np.unique([a, *apart, x, b])
    edges = np.unique(np.concatenate([np.linspace(low, high, 5) for low, high in itertools.pairwise(corners)]))
    panels = on(edges, exponent)
    result = _evaluate(panels, x, two_sided)
    while len(panels.g) < MAX_PANELS:
        # Panels that floats can no longer divide.
        short = panels.half < 1e-14 * np.maximum(np.abs(panels.edges[:-1]), np.abs(panels.edges[1:]))
        chosen = ((result.error > TOLERANCE / len(panels.g)) | unresolved(panels)) & ~short
        if not chosen.any():
            break
        panels = halve(panels, chosen, exponent)
        result = _evaluate(panels, x, two_sided)
    relevant = (result.scale_share > 1e-13) | (result.speed_share > 1e-13)
    finer = _evaluate(halve(panels, relevant, exponent), x, two_sided)
    round_off = 4 * np.finfo(float).eps * (1.0 + float(np.abs(panels.g).max()))
    return finer.log_value, float(abs(math.expm1(result.log_value - finer.log_value)) + round_off)


def _evaluate(panels: Panels, x: float, two_sided: bool) -> _Pass:
    """Evaluate the formulas of `brownian` on panels, one of whose edges is x."""
    at = int(np.argmin(np.abs(panels.edges - x)))
    scale, speed = integrate(panels, 1.0), integrate(panels, -1.0)
    speed_to, _ = from_left(speed)
    right, right_nodes = (part[::-1] for part in from_left(integrate(mirrored(panels), 1.0)))
    from_x = weighted(panels, right_nodes[:, ::-1], -1.0)
    on_right = np.arange(len(panels.g)) >= at
    gain = np.logaddexp.reduce(from_x[on_right])
    with np.errstate(invalid="ignore", over="ignore"):
        if not two_sided:
            total = np.logaddexp(right[at] + speed_to[at], gain)
            speed_share = np.where(on_right, from_x, right[at] + speed.whole)
            scale_share = np.where(on_right, scale.whole + speed_to[1:], -np.inf)
        else:
            left, left_nodes = from_left(scale)
            to_x = weighted(panels, left_nodes, -1.0)
            loss = np.logaddexp.reduce(to_x[~on_right])
            end = left[-1]
            first, second = right[at] + loss - end, left[at] + gain - end
            total = np.logaddexp(first, second)
            speed_share = np.where(on_right, left[at] + from_x, right[at] + to_x) - end
            mass = _log_speed_to(speed.whole, at)
            # d log(first)/d log(scale panel) and the same for the second, each bounded from above.
            outer = np.where(on_right, scale.whole - right[at], scale.whole - left[at])
            inner = np.where(on_right, scale.whole + mass - gain, scale.whole + mass - loss)
            inner = np.maximum(inner, scale.whole - end)
            scale_share = np.logaddexp(
                np.where(on_right, outer, inner) + first, np.where(on_right, inner, outer) + second
            )
        shares = [np.minimum(np.exp(share - total), 1.0) for share in (scale_share, speed_share)]
    return _Pass(float(total), shares[0], shares[1], scale.error, speed.error)


def _log_speed_to(whole: Array, at: int) -> Array:
    """Log of the speed integral between x (edge `at`) and the far edge of every panel."""
    return np.concatenate([np.logaddexp.accumulate(whole[:at][::-1])[::-1], np.logaddexp.accumulate(whole[at:])])
