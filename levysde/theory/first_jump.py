"""The first-big-jump law: under small noise with jumps, a path leaves with the first jump that is long enough."""

import math
from typing import Any, NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.domains import Domain, Interval
from levysde.estimate import Prediction
from levysde.landscapes.base import Landscape
from levysde.noise.base import Noise
from levysde.sde import SDE
from levysde.theory.brownian import passage
from levysde.theory.correction import at_saddle, at_slope, before_rest, knocked, reach, spread
from levysde.theory.eyring_kramers import lowest_ray
from levysde.theory.push import pushed
from levysde.theory.question import component, starting_point, unknown, well

Array = NDArray[np.float64]

LAW = "first big jump"
# The largest expected relative correction, and the largest share of Gaussian escapes, under which the law is believed.
LARGEST_CORRECTION = 0.5
LARGEST_GAUSSIAN = 0.1


def first_jump(sde: SDE, x0: Any, domain: Domain) -> Prediction:
    """Leading-order mean exit time for small noise with jumps: 1 / nu({y: m + y outside}).

    m is the stable point of the basin of x0 and nu the Lévy measure of epsilon * noise. For `AlphaStable(alpha)` with
    amplitude sigma in a well (m - a, m + b)::

        1 / E tau = sigma^alpha (c_alpha / alpha) (a^-alpha + b^-alpha)
        c_alpha = Gamma(1 + alpha) sin(pi alpha/2) / pi

    Imkeller and Pavlyukevich use the Lévy density |y|^(-1-alpha); their rates times c_alpha are these. Only distances
    count, not heights.

    In one dimension a domain that reaches past a barrier is cut into wells: a path that lands in a well whose minimum
    is outside the domain is carried out by the drift, one that lands in another well of the domain stays there, and
    E tau solves the chain between those wells.

    The law is one of power-law jumps: the correction of tempered jumps grows with the ratio of the spread around m to
    the tempering length, where the path leaves from wherever smaller jumps have brought it; that of jumps at a finite
    rate with the share of them that do not leave. Where both are small (or all jumps lead out) the law holds for them.

    Valid where the expected correction is below one half and the Gaussian part of a mixed noise leaves ten times more
    slowly by itself. The correction is relative O(sigma^alpha) at a boundary where the drift points back and
    O(sigma^min(alpha, 1)) at a saddle, see `levysde.theory.correction`; skewed noise moreover pushes the point of rest
    and the barriers aside, by O(sigma^alpha), see `levysde.theory.push` (1-D; in R^d that is not accounted for).

    Returns
    -------
    Prediction
        `error` is the expected size of the correction, not a bound; the true mean is usually below the value.

    References
    ----------
    Imkeller & Pavlyukevich, Stochastic Process. Appl. 116 (2006) 611, doi:10.1016/j.spa.2005.11.006; in R^d
    Pavlyukevich, arXiv:1205.6115.
    """
    x = starting_point(sde, x0, domain)
    noise, landscape = sde.effective_noise, sde.landscape
    if not noise.has_jumps:
        return unknown(LAW, "the noise has no jumps")
    i = well(landscape, x)
    if i is None:
        return unknown(LAW, "x0 is in no basin: it lies on a barrier or the landscape has no minimum")
    minimum = np.asarray(landscape.minima, float)[i]
    if not bool(np.all(domain.contains(minimum))):
        return unknown(
            LAW, f"the minimum {minimum.tolist()} of the start's basin is outside the domain: the drift leads out"
        )
    problem = _line(landscape, noise, x, i, domain) if sde.dim == 1 else _space(landscape, noise, x, minimum, domain)
    if problem.mean == math.inf:
        reason = "no jump of this noise leads out of the domain; several, or the noise's own drift, may"
        return Prediction(math.inf, math.inf, LAW, False, reason)
    gaussian = problem.gaussian_rate * problem.mean
    relative = problem.correction + gaussian
    sentences = [problem.objection] if problem.objection else []
    if not problem.correction <= LARGEST_CORRECTION:
        sentences.append(f"the noise is not small: expected correction {problem.correction:.0%} of the value")
    if gaussian > LARGEST_GAUSSIAN:
        sentences.append(f"the Gaussian part leaves by itself at {gaussian:.2g} times the rate of the jumps")
    valid = not sentences
    if valid:
        sentences.append(f"small noise; expected correction about {problem.correction:.1%}")
        if noise.variance_rate > 0:
            sentences.append(f"the Gaussian part adds {gaussian:.1%} of the rate")
    law = LAW if problem.wells == 1 else f"{LAW}, chain of {problem.wells} wells"
    return Prediction(problem.mean, problem.mean * relative, law, valid, "; ".join(sentences))


class _Problem(NamedTuple):
    """What the two geometries hand back to the law."""

    mean: float
    correction: float
    gaussian_rate: float
    wells: int
    objection: str


def _line(landscape: Landscape, noise: Noise, x: Array, i: int, domain: Domain) -> _Problem:
    minima = [float(m) for m in np.ravel(landscape.minima)]
    pieces = {}
    for j, minimum in enumerate(minima):
        a, b = component(domain, at) if bool(np.all(domain.contains(at := np.array([minimum])))) else (minimum, minimum)
        if a < minimum < b:
            basin = landscape.basin(j)
            pieces[j] = Interval(max(a, basin.a), min(b, basin.b))
    kept = list(pieces)
    if i not in pieces:
        return _Problem(0.0, 0.0, 0.0, 1, f"the minimum {minima[i]:g} lies on the boundary of the domain")
    leave = np.array([noise.jump_rate(np.array([minima[j]]), pieces[j]) for j in kept])
    start = kept.index(i)
    if leave[start] == 0.0:
        return _Problem(math.inf, 0.0, 0.0, 1, "")
    matrix = np.diag(leave)
    for row, j in enumerate(kept):
        for column, k in enumerate(kept):
            if row != column:
                matrix[row, column] = -noise.jump_rate(np.array([minima[j]]), ~pieces[k])
    try:
        mean = float(np.linalg.solve(matrix, np.ones(len(kept)))[start])
    except np.linalg.LinAlgError:
        mean = math.inf
    # A chain that cannot leave is singular up to round-off.
    if not 0.0 < mean < 1e14 / leave.min():
        return _Problem(math.inf, 0.0, 0.0, len(kept), "")
    correction = max(_correction(landscape, noise, float(x[0]) if j == i else minima[j], j, pieces[j]) for j in kept)
    gaussian = 0.0
    if noise.variance_rate > 0.0:
        ends = component(domain, np.array([minima[i]]))
        gaussian = 1.0 / passage(landscape, noise.variance_rate / 2.0, minima[i], *ends).value
    return _Problem(mean, correction, gaussian, len(kept), "")


def _correction(landscape: Landscape, noise: Noise, x: float, i: int, piece: Interval) -> float:
    """Add up the expected relative correction in one well over its ends, each with its share of the rate."""
    minimum = float(np.ravel(landscape.minima)[i])
    at = np.array([minimum])
    rest = spread(noise, 1, _curvature(landscape, minimum))
    total, rate = 0.0, 0.0
    for end, open_piece in ((piece.a, Interval(piece.a, math.inf)), (piece.b, Interval(-math.inf, piece.b))):
        if not math.isfinite(end):
            continue
        width, share = abs(end - minimum), noise.jump_rate(at, open_piece)
        size = at_slope(rest, reach(noise, at, open_piece, width, rest)) + before_rest(rest, width, abs(end - x))
        near = [float(s) for s in np.ravel(landscape.saddles) if abs(float(s) - end) <= 0.2 * width]
        for saddle in near:
            thickness = spread(noise, 1, _curvature(landscape, saddle, inner=minimum))
            if abs(saddle - end) <= thickness.length:
                size += at_saddle(thickness, width)
        total, rate = total + share * size, rate + share
    rest_of_it = knocked(noise, at, piece, _curvature(landscape, minimum)) + pushed(landscape, noise, minimum, piece)
    return total / rate + rest_of_it if rate > 0.0 else rest_of_it


def _curvature(landscape: Landscape, place: float, inner: float | None = None) -> float:
    """|U''| at a critical point; with `inner`, on the side of the minimum, where it may differ."""
    if inner is None:
        return abs(float(landscape.hessian(place)))
    step = 1e-4 * (inner - place)
    return abs((float(landscape.gradient(place + step)) - float(landscape.gradient(place))) / step)


def _space(landscape: Landscape, noise: Noise, x: Array, minimum: Array, domain: Domain) -> _Problem:
    dim = len(minimum)
    rate = noise.jump_rate(minimum, domain)
    if rate == 0.0:
        return _Problem(math.inf, 0.0, 0.0, 1, "")
    softest, width = _softest(landscape, minimum), float(domain.distance(minimum))
    rest = spread(noise, dim, softest)
    correction = at_slope(rest, reach(noise, minimum, domain, width, rest)) + knocked(noise, minimum, domain, softest)
    correction += before_rest(rest, width, float(domain.distance(x)))
    inside = [m for m in np.asarray(landscape.minima, float) if bool(np.all(domain.contains(m)))]
    objection = "" if len(inside) == 1 else "the domain holds more than one minimum"
    for saddle in np.asarray(landscape.saddles, float).reshape(-1, dim):
        thickness = spread(noise, dim, _softest(landscape, saddle))
        if bool(np.all(domain.contains(saddle))) and float(domain.distance(saddle)) > thickness.length:
            objection = objection or "the domain reaches past a saddle: what lands there is carried away by the drift"
        elif float(domain.distance(saddle)) < thickness.length and bool(np.all((~domain).contains(saddle))):
            correction += 0.0 if float((~domain).distance(saddle)) > thickness.length else at_saddle(thickness, width)
    gaussian = 0.0
    if noise.variance_rate > 0.0:
        temperature = noise.variance_rate / 2.0
        climb = lowest_ray(landscape, minimum, domain) - float(landscape.potential(minimum))
        # The order of magnitude of an Eyring-Kramers rate over the lowest way out; an upper bound is enough here.
        steepest = float(np.linalg.eigvalsh(np.atleast_2d(landscape.hessian(minimum)))[-1])
        gaussian = dim * steepest * math.exp(-climb / temperature)
    return _Problem(1.0 / rate, correction, gaussian, 1, objection)


def _softest(landscape: Landscape, place: Array) -> float:
    return float(np.min(np.abs(np.linalg.eigvalsh(np.atleast_2d(landscape.hessian(place))))))
