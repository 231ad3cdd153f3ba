"""Meshes that know where the solution is singular: graded to the ends, the stable points and the landscape's joints."""

from __future__ import annotations

import itertools
import math
from typing import Literal, NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.question import Question

Array = NDArray[np.float64]
End = Literal["fixed", "power", "jump", "open"]
Tail = Literal["times", "mass"]

# Lengths stay in the range of doubles; below DEEP times the domain a mesh is graded by COARSE.
SMALLEST = 1e-280
DEEP = 1e-12
COARSE = 0.2
JOINTS = 16  # elements of a domain that may end at joints, times `pieces`
NEAR_ONE = 0.2  # that near, skewed noise has such small powers at an end that its shape there must have them


class Resolution(NamedTuple):
    """How finely a question is asked: polynomial degree, ratio of the grading, its depth, size of free elements."""

    degree: int
    ratio: float
    depth: float  # exponent of the grading, 1 for the depths of the theory
    pieces: int  # least number of elements between two breaks
    cells: int  # number of elements between two joints


# Two neighbours make an error estimate; the later ones are asked only where that is too large.
LADDER = (
    Resolution(12, 0.36, 0.9, 2, 1),
    Resolution(15, 0.36, 1.0, 3, 1),
    Resolution(17, 0.4, 1.1, 6, 2),
    Resolution(18, 0.42, 1.2, 12, 2),
)


class Mesh(NamedTuple):
    """Elements from left to right; lengths are exact where coordinates have no digits left."""

    lengths: Array
    lefts: Array
    degrees: NDArray[np.int64]  # of each element, at most `degree`
    left: End
    right: End
    degree: int
    unresolved: float  # relative error of what no mesh of doubles, or of a bearable size, reaches at the ends


class Break(NamedTuple):
    """A point that elements end at, and the length that they are graded down to there; inf at a mere joint."""

    x: float
    finest: float

    def gap(self, low: float, high: float) -> float:
        """Distance to an interval that does not hold the point inside."""
        return max(low - self.x, self.x - high)


class Element(NamedTuple):
    """One element: left end, length and degree."""

    left: float
    length: float
    degree: int


def layer(question: Question, x: float) -> float:
    """Return the distance from an end at which drift and noise balance; 0 where there is no drift, inf at order 1.

    Drift wins nearer than it for alpha < 1 and farther for alpha > 1.
    """
    slope = abs(float(question.drift(np.array([x]))[0]))
    if slope == 0.0 or question.order == 1.0:
        return 0.0 if slope == 0.0 else math.inf
    exponent = math.log(question.strength / slope) / (question.order - 1.0)
    return math.exp(max(min(exponent, 600.0), -600.0))


def end(question: Question, x: float, size: float, depth: float) -> tuple[End, float, float]:
    """Decide what the solution may do at an end, how far to grade, and what relative error is left beyond it."""
    if math.isinf(x):
        return "open", math.nan, 0.0
    width = layer(question, x)
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


def build(question: Question, resolution: Resolution, tail: Tail = "times") -> Mesh:
    """Grade towards every break, and keep neighbours of like size."""
    a, b = question.a, question.b
    inner = sorted({float(x) for x in resting(question) if a < x < b})
    joints = [float(x) for x in question.landscape.joints.ravel() if a < x < b]
    known = [x for x in (a, *sorted([*inner, *joints]), b) if math.isfinite(x)]
    size = known[-1] - known[0] if len(known) > 1 else max(1.0, abs(known[0]))
    inner = apart(inner, a, b, 1e-9 * size)
    inner = with_joints(inner, question, size / (JOINTS * resolution.pieces), 1e-9 * size)
    left, at_a, left_out = end(question, a, size, resolution.depth)
    right, at_b, right_out = end(question, b, size, resolution.depth)
    breaks = [Break(x, balance(question, x) * 0.1**resolution.depth) for x in inner]
    if math.isfinite(a):
        breaks.insert(0, Break(a, at_a))
    if math.isfinite(b):
        breaks.append(Break(b, at_b))
    elements: list[Element] = []
    if math.isinf(a):
        elements += laid(breaks[0].x, outward(question, breaks[0], resolution, -1.0, tail), -1.0, resolution.degree)
    for low, high in itertools.pairwise(breaks):
        width = high.x - low.x
        if math.isinf(low.finest) and math.isinf(high.finest):
            distance = min(singular.gap(low.x, high.x) for singular in breaks if math.isfinite(singular.finest))
            degree = enough(width / distance, resolution.degree)
            elements += laid(low.x, [width / resolution.cells] * resolution.cells, 1.0, degree)
            continue
        elements += laid(low.x, graded(width / 2, low.finest, resolution, size), 1.0, resolution.degree)
        elements += laid(high.x, graded(width / 2, high.finest, resolution, size), -1.0, resolution.degree)
    if math.isinf(b):
        elements += laid(breaks[-1].x, outward(question, breaks[-1], resolution, 1.0, tail), 1.0, resolution.degree)
    elements = balanced(elements, 1.01 / COARSE)
    lefts, lengths, degrees = (np.array(column) for column in zip(*elements, strict=True))
    return Mesh(lengths, lefts, degrees, left, right, resolution.degree, max(left_out, right_out))


def laid(origin: float, steps: list[float], sign: float, degree: int) -> list[Element]:
    """Lay elements one after the other from a break, and return them from left to right."""
    places = origin + sign * np.cumsum([0.0, *steps])
    if sign > 0.0:
        return [Element(float(x), h, degree) for x, h in zip(places[:-1], steps, strict=True)]
    return [Element(float(x), h, degree) for x, h in zip(places[1:], steps, strict=True)][::-1]


def enough(ratio: float, degree: int) -> int:
    """Degree for an element of `ratio` times the length of its distance to where the solution is singular.

    Polynomials converge like (1 + 2/r + 2 sqrt(1/r + 1/r^2))^(-degree); a graded mesh has about 4 in the brackets.
    """
    r = max(ratio, 1e-12)
    return min(degree, 1 + math.ceil(degree * math.log(4.0) / math.log(1 + 2 / r + 2 * math.sqrt(1 / r + 1 / r**2))))


def resting(question: Question) -> Array:
    """Return the minima and barriers of the landscape."""
    return np.concatenate([question.landscape.minima.ravel(), question.landscape.saddles.ravel()])


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
    landscape = question.landscape
    if not np.any(np.abs(resting(question) - x) <= 1e-9 * (1.0 + abs(x))):
        return math.inf
    curvature = abs(float(landscape.hessian(np.array([[x]])).ravel()[0]))
    terms = [(2.0, square / 2.0) for square in (question.variance, *spreads(question)) if square > 0.0]
    scales = [(c / max(curvature, 1e-300)) ** (1.0 / alpha) for alpha, c in [*question.stable, *terms]]
    # Below order one the solution is not analytic there, only nearly so.
    return float(max(min(scales) * (0.01 if question.order < 1.0 else 1.0), 1e-12))


def spreads(question: Question) -> list[float]:
    """Return the variances per unit time of the tempered parts: over long distances they are Brownian."""
    return [part.variance for part in question.parts if part.tempering > 0.0]


def graded(length: float, finest: float, resolution: Resolution, size: float) -> list[float]:
    """Return elements that grow geometrically from a break, first the smallest; `length` in all.

    Below 1e-13 of `size` only the total matters, of a power with a small exponent: steps are coarse there.
    """
    levels = 0
    fine = max(finest, DEEP * size)
    if fine < length:
        levels = math.ceil(math.log(fine / length) / math.log(resolution.ratio))
    places = length * resolution.ratio ** np.arange(levels, -1.0, -1.0)
    if finest < places[0] and levels:
        deeper = math.ceil(math.log(finest / places[0]) / math.log(COARSE))
        places = np.concatenate([places[0] * COARSE ** np.arange(deeper, 0.0, -1.0), places])
    steps = np.concatenate([places[:1], np.diff(places)])
    pieces = max(1, round(resolution.pieces * steps[-1] / length / 2))
    return [*steps[:-1].tolist(), *([float(steps[-1]) / pieces] * pieces)]


def outward(question: Question, origin: Break, resolution: Resolution, sign: float, tail: Tail) -> list[float]:
    """Return elements that grow from a break out to where the rest of the half-line no longer matters.

    Raises
    ------
    ValueError
        The drift does not lead back from far out.
    """
    reach = cut_off(question, origin.x, resolution, sign, tail)
    finest = min(origin.finest, max(1.0, abs(origin.x)) * 0.1)
    # Densities vary on the scale of a well, times of exit only near the ends.
    ratio = math.sqrt(resolution.ratio) if tail == "mass" else resolution.ratio
    levels = math.ceil(math.log(reach / finest) / -math.log(ratio))
    places = finest * ratio ** -np.arange(levels + 1.0)
    return [float(places[0]), *(places[1:] * (1.0 - ratio)).tolist()]


def cut_off(question: Question, x: float, resolution: Resolution, sign: float, tail: Tail) -> float:
    """Return how far from x to cut a half-line.

    What is lost of times is that to come back, about R / b(R), times the rate of jumps beyond R, c R^(-alpha); of mass
    it is what comes back from there.
    """
    scale = max(1.0, abs(x))
    lowest = min((part.alpha for part in question.parts if part.tempering == 0.0), default=math.inf)
    tempered = min((part.tempering for part in question.parts if part.tempering > 0.0), default=math.inf)
    variance = question.variance + sum(spreads(question))
    tolerance = (1e-12 if lowest >= 1.0 else 1e-9) ** resolution.depth
    for exponent in np.arange(0.0, 80.0, 0.25):
        distance = scale * 10.0**exponent
        with np.errstate(over="ignore"):
            inward = -sign * float(question.drift(np.array([x + sign * distance]))[0])
            further = -sign * float(question.drift(np.array([x + 2.0 * sign * distance]))[0])
        if not inward > 0.0 or not math.isfinite(further):
            continue
        growth = math.log2(max(further, 1e-300) / inward)
        back = distance / inward if tail == "times" else max(distance / inward, 1.0)
        lost = sum(part.factor * distance**-part.alpha for part in question.parts if part.tempering == 0.0) * back
        if variance > 0.0:
            decay = min(inward / (2.0 * variance), tempered)
            lost += math.exp(-min(decay * distance, 700.0)) * back
        if growth > 1.05 - lowest and lost / (1.0 + back) < tolerance:
            return float(distance)
    raise ValueError(
        f"the landscape does not bring a path back from {'+' if sign > 0 else '-'}infinity fast enough for this noise; "
        "give an interval with two finite ends"
    )


def balanced(elements: list[Element], most: float) -> list[Element]:
    """Halve elements until none is more than `most` times as long as a neighbour: the far field is smooth then."""
    while True:
        halved: list[Element] = []
        for i, element in enumerate(elements):
            x, h, degree = element
            beside = min(elements[max(i - 1, 0)].length, elements[min(i + 1, len(elements) - 1)].length)
            if h > most * beside:
                halved += [Element(x, h / 2, degree), Element(x + h / 2, h / 2, degree)]
            else:
                halved.append(element)
        if len(halved) == len(elements):
            return elements
        elements = halved
