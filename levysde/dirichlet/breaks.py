"""Where elements must end: the ends of the domain, points of rest and joints, and the scale of the solution there."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.question import Question

Array = NDArray[np.float64]
End = Literal["fixed", "power", "jump", "open", "cut"]

SMALLEST = 1e-280  # lengths stay in the range of doubles
SEARCHED = 100  # places between two points of rest that are looked at for others
FAR = 1e9
NEAR_ONE = 0.2  # that near, skewed noise has such small powers at an end that its shape there must have them


class Break(NamedTuple):
    """A point that elements end at.

    Attributes
    ----------
    x : float
    finest : float
        Length that elements are graded down to there; inf at a mere joint.
    width : float
        Distance at which drift and noise balance, or less if the domain is smaller; 0 where it does not tell.
    end : bool
        Whether it is an end where the solution is a power below the width, elsewhere it is smooth there.
    layer : bool
        Whether the solution may go from one level to another within the width: not at a minimum.
    """

    x: float
    finest: float
    width: float = 0.0
    end: bool = False
    layer: bool = False

    def gap(self, low: float, high: float) -> float:
        """Distance to an interval that does not hold the point inside."""
        return max(low - self.x, self.x - high)


def extent(question: Question) -> float:
    """Return the length of the domain, or of what holds all that is finite."""
    a, b = question.a, question.b
    points = [*resting(question).tolist(), *question.landscape.joints.ravel().tolist()]
    known = [x for x in (a, *sorted(x for x in points if a < x < b), b) if math.isfinite(x)]
    return float(known[-1] - known[0]) if len(known) > 1 else max(1.0, abs(known[0]))


def inner_breaks(question: Question, size: float, least: float, depth: float) -> list[Break]:
    """Return the points of rest, with and without skewed jumps' drift, and joints at least `least` apart."""
    a, b = question.a, question.b
    rests = apart(sorted({float(x) for x in resting(question) if a < x < b}), a, b, 1e-9 * size)
    barriers = question.landscape.saddles.ravel()
    found = []
    for x in with_joints(rests, question, least, 1e-9 * size):
        width = balance(question, x)
        # Below order one the solution is not analytic there, only nearly so.
        finest = max(width * (0.01 if question.order < 1.0 else 1.0), 1e-12) * 0.1**depth
        room = min(abs(x - y) for y in (a, b, *rests) if y != x)
        found.append(Break(x, finest, min(width, room) if math.isfinite(width) else 0.0, layer=x in barriers))
    for x, _ in carried_rests(question):
        gap = min(abs(x - y) for y in (a, b, *(other.x for other in found)))
        if gap > max(1e-6 * size, 2.0 * scale(question, x)):  # where it is nearer, elements are small enough
            found.append(Break(x, max(scale(question, x), 1e-12) * 0.1**depth))
    return sorted(found)


def layer(question: Question, x: float) -> float:
    """Return the distance from an end at which drift and noise balance; 0 where there is no drift, inf at order 1.

    Drift wins nearer than it for alpha < 1 and farther for alpha > 1.
    """
    slope = abs(float(question.drift(np.array([x]))[0]))
    if slope == 0.0 or question.order == 1.0:
        return 0.0 if slope == 0.0 else math.inf
    exponent = math.log(question.strength / slope) / (question.order - 1.0)
    return math.exp(max(min(exponent, 600.0), -600.0))


def end(question: Question, x: float, size: float, depth: float) -> tuple[End, list[Break], float]:
    """Decide what the solution may do at an end, how far to grade, and what relative error is left beyond it."""
    if math.isinf(x):
        return "open", [], 0.0
    width = layer(question, x)
    kind, finest, left_out = behaviour(question, width, size, depth)
    scale = min(width or balance(question, x), size) if kind == "fixed" else 0.0
    return kind, [Break(x, finest, scale, end=True, layer=True)], left_out


def behaviour(question: Question, width: float, size: float, depth: float) -> tuple[End, float, float]:
    """Return what the solution may do at an end with a layer of this width, how far to grade, and what is left out."""
    # What is left out is of the size of the last element; round-off grows like its power alpha - 1.
    smooth = size * 10.0 ** (-min(13.0, 16.0 / (2.0 - question.order + 1e-9)) * depth)
    if not question.stable:
        return "fixed", min(size, 0.3 * width) if width > 0.0 else size, 0.0
    if question.order == 1.0 and (width > 0.0 or question.skew != 0.0):
        return "power", smooth, 0.0
    if question.order < 1.0 and width == 0.0 and abs(question.skew) == 1.0:
        return "jump", smooth, 0.0  # one end is never reached, and nothing is 0 there
    if abs(question.order - 1.0) < NEAR_ONE and question.skew != 0.0 and (question.order > 1.0 or width == 0.0):
        return "power", smooth, 0.0
    if question.order < 1.0 and width > 1e-16 * size:
        # u = u(end) + C d^(1 - alpha), and it may jump: a path that starts there is blown inward. Nothing deeper is
        # felt at a distance.
        return "jump", max(min(width, size) * 10.0 ** (-13.0 * depth), SMALLEST), 0.0
    if question.order > 1.0 and width > 0.0:
        return "fixed", max(min(smooth, 0.01 * width), SMALLEST), 1.0 if width < SMALLEST else 0.0
    return "fixed", smooth, 0.0


def resting(question: Question) -> Array:
    """Return the minima and barriers of the landscape."""
    return np.concatenate([question.landscape.minima.ravel(), question.landscape.saddles.ravel()])


@lru_cache(maxsize=4)
def carried_rests(question: Question) -> tuple[tuple[float, bool], ...]:
    """Return where the drift of a landscape and that of skewed jumps are in balance, and whether paths go there.

    Meshes and the choice of what stands for a well's level ask for them; the last few are kept. Near alpha = 1 that of
    the jumps over the scale of a well is many times the noise, and moves the points of rest.
    """
    from scipy.optimize import brentq

    rests = [x for x in np.sort(resting(question)).tolist() if question.a < x < question.b]
    if question.skew == 0.0 or not rests:
        return ()
    carried = float(question.carried(np.array([min(balance(question, x) for x in rests)]))[0])
    low, high = (far_out(question, carried, x, sign) for x, sign in ((rests[0], -1.0), (rests[-1], 1.0)))
    ends = [low, *rests, high]
    places = np.concatenate([np.linspace(p, q, SEARCHED, endpoint=False) for p, q in itertools.pairwise(ends)])[1:]
    speed = question.drift(places) + carried
    found = []
    for i in np.flatnonzero(np.sign(speed[:-1]) * np.sign(speed[1:]) < 0.0):
        x = brentq(lambda y: float(question.drift(np.array(y)) + carried), places[i], places[i + 1])
        found.append((float(x), bool(speed[i] > 0.0)))
    return tuple(found)


def far_out(question: Question, carried: float, x: float, sign: float) -> float:
    """Return the end of the domain, or on its open side a point from where drift leads back."""
    end = question.b if sign > 0.0 else question.a
    step = max(1.0, abs(x))
    while math.isinf(end) and step < FAR:
        if sign * (float(question.drift(np.array(x + sign * step))) + carried) < 0.0:
            return x + sign * step
        step *= 2.0
    return end if math.isfinite(end) else x + sign * step


def attractors(question: Question) -> list[float]:
    """Return the points inside that paths are carried to: minima, or where skewed jumps move them to."""
    if question.skew != 0.0:
        return [x for x, there in carried_rests(question) if there]
    return [float(x) for x in question.landscape.minima.ravel() if question.a < x < question.b]


def with_joints(breaks: list[float], question: Question, least: float, tiny: float) -> list[float]:
    """Add joints that lie at least so far from a point of rest, an end and the joint before; the outermost in any case.

    The other joints of a table of many points lie inside elements, where the drift is integrated piece by piece: what
    the jump of its second derivative costs falls with a high power of the size of an element.
    """
    joints = [x for x in np.sort(question.landscape.joints.ravel()).tolist() if question.a < x < question.b]
    kept = [question.a, *breaks, question.b]
    found: list[float] = []
    for x in joints:
        apart_by = tiny if x in (joints[0], joints[-1]) else least
        if min(abs(x - y) for y in (*kept, *found[-1:])) > apart_by:
            found.append(x)
    return sorted([*breaks, *found])


def apart(points: list[float], a: float, b: float, least: float) -> list[float]:
    """Drop points that nearly coincide with an end or with the one before."""
    kept: list[float] = []
    for x in points:
        if x - a > least and b - x > least and (not kept or x - kept[-1] > least):
            kept.append(x)
    return kept


def balance(question: Question, x: float) -> float:
    """Return the distance from a point of rest at which drift and noise balance; inf at other points."""
    if not np.any(np.abs(resting(question) - x) <= 1e-9 * (1.0 + abs(x))):
        return math.inf
    return scale(question, x)


def scale(question: Question, x: float) -> float:
    """Return the distance over which noise and a drift of the curvature at a point balance."""
    curvature = abs(float(question.landscape.hessian(np.array([[x]])).ravel()[0]))
    terms = [(2.0, square / 2.0) for square in (question.variance, *spreads(question)) if square > 0.0]
    scales = [(c / max(curvature, 1e-300)) ** (1.0 / alpha) for alpha, c in [*question.stable, *terms]]
    return float(min(scales))


def spreads(question: Question) -> list[float]:
    """Return the variances per unit time of the tempered parts: over long distances they are Brownian."""
    return [part.variance for part in question.parts if part.tempering > 0.0]
