r"""Maximum likelihood.

The log-likelihood is climbed by scoring: the score of each observation is analytic in loc and log scale and a central
difference in alpha and beta; the sum of their outer products stands for the information (Berndt, Hall, Hall and Hausman
[2]_), and a step is halved until the likelihood rises. Parameters that reach the edge of their range stay there as long
as the score points outward. The covariance of the estimates is the inverse of the observed information, the second
derivatives at the maximum.

References
----------
.. [1] Nolan, in: Lévy Processes, Birkhäuser 2001, doi:10.1007/978-1-4612-0197-7_17.
.. [2] Berndt, Hall, Hall and Hausman, Ann. Econ. Soc. Meas. 3 (1974) 653-665.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from levysde.stable.distribution import logpdf
from levysde.stable.fitting.law import Law

ALPHA, BETA, LOG_SCALE, LOC = range(4)
LOW = np.array([0.1, -1.0, -np.inf, -np.inf])
HIGH = np.array([2.0, 1.0, np.inf, np.inf])
STEP = 1e-3  # of the differences in alpha and beta
STEP_X = 1e-3  # of those in x, relative to 1 + |x|
MOST_STEPS = 60
ENOUGH = 1e-3  # climbing ends where the log-likelihood rises by less: 0.04 standard errors from the top
NEAR = 2e-5  # or where the step promises less, before it is taken: 0.006 standard errors from the top


class _Slopes(NamedTuple):
    """The data in units of a law, and log f with its first two derivatives by them."""

    y: np.ndarray
    log_f: np.ndarray
    first: np.ndarray
    second: np.ndarray


@dataclass(frozen=True)
class _Place:
    """The log-likelihood at one point, and what its derivatives are made of."""

    point: np.ndarray
    value: float
    scores: np.ndarray  # (n, 4); zeros where a parameter is given
    slopes: _Slopes


def fit_likelihood(x: np.ndarray, start: Law, beta: float | None) -> tuple[Law, np.ndarray, float]:
    """Return the law of the largest likelihood, the covariance of (alpha, beta, scale, loc), S0, and the maximum.

    The covariance is zero where beta is given and NaN for a parameter on the edge of its range.
    """
    z = (x - start.loc) / start.scale
    free = np.array([True, beta is None, True, True])
    edge = 0.02  # the first guess stays inside, so that both directions are tried
    point = np.array([min(max(start.alpha, LOW[ALPHA] + edge), HIGH[ALPHA] - edge), start.beta, 0.0, 0.0])
    if beta is None:
        point[BETA] = min(max(point[BETA], -1 + edge), 1 - edge)
    else:
        point[BETA] = beta
    place = _look(z, point, _derivatives(z, point), free)
    for _ in range(MOST_STEPS):
        step = _direction(place, free)
        promise = 0.5 * float(step @ place.scores.sum(axis=0))
        better = _climb(z, place, step, free) if promise > NEAR else None
        if better is None:
            break
        gain, place = better.value - place.value, better
        if gain < ENOUGH:
            break
    covariance = _covariance(z, place, free)
    standard = Law(*map(float, (place.point[0], place.point[1], math.exp(place.point[2]), place.point[3])))
    scaling = np.array([1.0, 1.0, standard.scale * start.scale, start.scale])
    value = place.value - len(x) * math.log(start.scale)
    return standard.moved(start), covariance * np.outer(scaling, scaling), value


def _log_density(z: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Return log f of the standardised data."""
    y = (z - point[LOC]) * math.exp(-point[LOG_SCALE])
    return np.asarray(logpdf(y, point[ALPHA], point[BETA], parameterization="S0") - point[LOG_SCALE])


def _derivatives(z: np.ndarray, point: np.ndarray) -> _Slopes:
    """Return y and log f(y) with its first two derivatives by y."""
    y = (z - point[LOC]) * math.exp(-point[LOG_SCALE])
    h = STEP_X * (1 + np.abs(y))
    left, middle, right = (
        np.asarray(logpdf(y + shift, point[ALPHA], point[BETA], parameterization="S0")) for shift in (-h, 0.0, h)
    )
    with np.errstate(invalid="ignore"):  # outside the support, where no step is taken to
        return _Slopes(y, middle, (right - left) / (2 * h), (right - 2 * middle + left) / (h * h))


def _value(slopes: _Slopes, point: np.ndarray) -> float:
    return float(np.sum(slopes.log_f)) - len(slopes.y) * float(point[LOG_SCALE])


def _neighbours(point: np.ndarray, which: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the points on both sides, kept in range, and their distance."""
    down, up = point.copy(), point.copy()
    down[which] = max(point[which] - STEP, LOW[which])
    up[which] = min(point[which] + STEP, HIGH[which])
    return down, up, up[which] - down[which]


def _look(z: np.ndarray, point: np.ndarray, slopes: _Slopes, free: np.ndarray) -> _Place:
    scores = np.zeros((len(z), 4))
    for which in (ALPHA, BETA):
        if not free[which]:
            continue
        down, up, distance = _neighbours(point, which)
        scores[:, which] = (_log_density(z, up) - _log_density(z, down)) / distance
    scores[:, LOG_SCALE] = -1 - slopes.y * slopes.first
    scores[:, LOC] = -slopes.first * math.exp(-point[LOG_SCALE])
    return _Place(point, _value(slopes, point), scores, slopes)


def _movable(place: _Place, free: np.ndarray) -> np.ndarray:
    """Return which parameters may move: free, and not pushed against the edge of their range."""
    gradient = place.scores.sum(axis=0)
    outward = ((place.point <= LOW) & (gradient <= 0)) | ((place.point >= HIGH) & (gradient >= 0))
    return np.asarray(free & ~outward)


def _direction(place: _Place, free: np.ndarray) -> np.ndarray:
    """Return the scoring step."""
    used = _movable(place, free)
    scores = place.scores[:, used]
    step = np.zeros(4)
    step[used] = np.linalg.lstsq(scores.T @ scores, scores.sum(axis=0), rcond=None)[0]
    return step


def _climb(z: np.ndarray, place: _Place, step: np.ndarray, free: np.ndarray) -> _Place | None:
    """Return the next place, or None when not even a small step is uphill."""
    length = min(1.0, 0.3 / max(np.max(np.abs(step)), 1e-300))  # a first guess may be far off
    for _ in range(12):
        point = np.clip(place.point + length * step, LOW, HIGH)
        slopes = _derivatives(z, point)
        if _value(slopes, point) > place.value:
            return _look(z, point, slopes, free)
        length *= 0.4
    return None


def _covariance(z: np.ndarray, place: _Place, free: np.ndarray) -> np.ndarray:
    """Invert the observed information over the free parameters that are not on an edge, beta at alpha = 2 left out.

    NaN where the information is not positive definite: there the climb ended on a ridge, not at a maximum.
    """
    point = place.point
    inside = free & (point > LOW + STEP / 2) & (point < HIGH - STEP / 2)
    inside[BETA] &= bool(inside[ALPHA] or point[ALPHA] < 1)  # the likelihood of a normal law is flat in beta
    hessian = np.zeros((4, 4))
    y, _, first, second = place.slopes
    shrink = math.exp(-point[LOG_SCALE])
    hessian[LOG_SCALE, LOG_SCALE] = np.sum(y * first + y * y * second)
    hessian[LOC, LOC] = np.sum(second) * shrink**2
    hessian[LOG_SCALE, LOC] = hessian[LOC, LOG_SCALE] = np.sum(first + y * second) * shrink
    for which in (ALPHA, BETA):
        if inside[which]:
            _fill_row(z, place, which, hessian)
    if inside[ALPHA] and inside[BETA]:
        both = np.array([STEP, STEP, 0.0, 0.0])
        corners = [float(np.sum(_log_density(z, np.clip(point + s * both, LOW, HIGH)))) for s in (1, -1)]
        mixed = sum(corners) - 2 * place.value - STEP**2 * (hessian[ALPHA, ALPHA] + hessian[BETA, BETA])
        hessian[ALPHA, BETA] = hessian[BETA, ALPHA] = mixed / (2 * STEP**2)
    covariance = np.where(np.outer(free, free), math.nan, 0.0)
    block = np.ix_(inside, inside)
    if np.all(np.linalg.eigvalsh(-hessian[block]) > 0):
        covariance[block] = np.linalg.inv(-hessian[block])
    return covariance


def _fill_row(z: np.ndarray, place: _Place, which: int, hessian: np.ndarray) -> None:
    """Fill the second derivatives by alpha or beta and by the other parameters but beta or alpha."""
    point = place.point
    down, up, distance = _neighbours(point, which)
    rows = []
    values = []
    for at in (down, up):
        found = _derivatives(z, at)
        y, first = found.y, found.first
        values.append(_value(found, at))
        rows.append((float(np.sum(-1 - y * first)), float(np.sum(-first)) * math.exp(-at[LOG_SCALE])))
    below, above = point[which] - down[which], up[which] - point[which]
    slopes = (place.value - values[0]) / below, (values[1] - place.value) / above
    hessian[which, which] = 2 * (slopes[1] - slopes[0]) / distance
    for other, column in ((LOG_SCALE, 0), (LOC, 1)):
        hessian[which, other] = hessian[other, which] = (rows[1][column] - rows[0][column]) / distance
