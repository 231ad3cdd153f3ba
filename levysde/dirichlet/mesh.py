"""Meshes that know where the solution is singular: graded to the ends, the stable points and the landscape's joints."""

from __future__ import annotations

import itertools
import math
from typing import Literal, NamedTuple

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.breaks import Break, End, attractors, end, extent, inner_breaks, spreads
from levysde.dirichlet.question import Question

Array = NDArray[np.float64]
Tail = Literal["times", "mass"]

# Below DEEP times the domain a mesh is graded by DEEP_RATIO; elsewhere neighbours are in proportion up to COARSE.
DEEP = 1e-12
DEEP_RATIO = 0.05
COARSE = 0.2
# Above this order layers fall off nearly like exp(-x) or exp(-x^2): elements of so many times their width are cut.
SHARP = 1.5
STEEP = (2.0, 20.0)
CUT = 3
JOINTS = 16  # elements of a domain that may end at joints, times `pieces`
LEAST = 300  # unknowns of a stretch


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
    cuts: tuple[int, ...] = ()  # nodes between its stretches


class Element(NamedTuple):
    """One element: left end, length and degree."""

    left: float
    length: float
    degree: int


def build(question: Question, resolution: Resolution, tail: Tail = "times") -> Mesh:
    """Grade towards every break, and keep neighbours of like size."""
    a, b = question.a, question.b
    size = extent(question)
    least = size / (JOINTS * resolution.pieces)
    left, first, left_out = end(question, a, size, resolution.depth)
    right, last, right_out = end(question, b, size, resolution.depth)
    breaks = [*first, *inner_breaks(question, size, least, resolution.depth), *last]
    elements: list[Element] = []

    def lay(origin: Break, steps: list[float], sign: float) -> None:
        elements.extend(laid(origin.x, steps, sign, tapered(steps, origin, resolution.degree, DEEP * size)))

    if math.isinf(a):
        lay(breaks[0], outward(question, breaks[0], resolution, -1.0, tail), -1.0)
    for low, high in itertools.pairwise(breaks):
        width = high.x - low.x
        if math.isinf(low.finest) and math.isinf(high.finest):
            distance = min(singular.gap(low.x, high.x) for singular in breaks if math.isfinite(singular.finest))
            degrees = [enough(width / distance, resolution.degree)] * resolution.cells
            elements += laid(low.x, [width / resolution.cells] * resolution.cells, 1.0, degrees)
            continue
        lay(low, graded(width / 2, low.finest, resolution, size), 1.0)
        lay(high, graded(width / 2, high.finest, resolution, size), -1.0)
    if math.isinf(b):
        lay(breaks[-1], outward(question, breaks[-1], resolution, 1.0, tail), 1.0)
    # Under skewed noise errors are as small without.
    if question.order > SHARP and question.skew == 0.0:
        elements = cut(elements, breaks)
    elements = balanced(elements, DEEP * size)
    lefts, lengths, every_degree = (np.array(column) for column in zip(*elements, strict=True))
    cuts = half_way(breaks, np.array(attractors(question)), lefts, every_degree)
    return Mesh(lengths, lefts, every_degree, left, right, resolution.degree, max(left_out, right_out), cuts)


def half_way(breaks: list[Break], wells: Array, lefts: Array, degrees: NDArray[np.int64]) -> tuple[int, ...]:
    """Return nodes to cut a mesh at, half-way between breaks, where elements are longest.

    A stretch holds one well at most, and else at least `LEAST` unknowns: what is shared costs time too.
    """
    # Between mere joints elements are all of a length, and any of their ends will do.
    pairs = itertools.pairwise(breaks)
    at = [(p.x + q.x) / 2 if math.isfinite(min(p.finest, q.finest)) else p.x for p, q in pairs]
    before = np.concatenate([[0], np.cumsum(degrees)])
    found: list[int] = []
    for x in at:
        node = int(np.argmin(np.abs(lefts - x)))
        first = found[-1] if found else 0
        many = min(before[node] - before[first], before[-1] - before[node]) > LEAST
        beside = [np.any((wells > low) & (wells < high)) for low, high in ((lefts[first], x), (x, math.inf))]
        if node > first + 1 and node < len(lefts) - 1 and (many or all(beside)):
            found.append(node)
    return tuple(found)


def laid(origin: float, steps: list[float], sign: float, degrees: list[int]) -> list[Element]:
    """Lay elements one after the other from a break, and return them from left to right."""
    places = (origin + sign * np.cumsum([0.0, *steps])).tolist()
    if sign > 0.0:
        return [Element(*element) for element in zip(places[:-1], steps, degrees, strict=True)]
    return [Element(*element) for element in zip(places[1:], steps, degrees, strict=True)][::-1]


def tapered(steps: list[float], origin: Break, degree: int, deep: float) -> list[int]:
    """Degrees of elements that grow from a break: few suffice on the small ones.

    What an element of length h below the width gives to a number asked far away falls like h at an end, where the
    solution is a power d^(alpha / 2), and like h^3 at a point of rest, where the drift may bend. With errors of the
    solution and of the adjoint like 4^-degree each, (a graded mesh, see `enough`), half of log_4 of its inverse may be
    saved. Below `deep` only the total matters.
    """
    least = max(3, math.ceil(degree / 4))
    found = []
    for h in steps:
        spare = (1 if origin.end else 3) * math.log(origin.width / h, 16.0) if h < origin.width else 0.0
        found.append(least if h < deep else max(least, degree - int(spare)))
    return found


def cut(elements: list[Element], breaks: list[Break]) -> list[Element]:
    """Cut elements that are several times as long as a layer falls off on."""
    layers = [origin for origin in breaks if origin.layer]
    found = []
    for x, h, degree in elements:
        steep = any(
            STEEP[0] * origin.width < h < STEEP[1] * origin.width and origin.gap(x, x + h) < STEEP[1] * origin.width
            for origin in layers
        )
        pieces = CUT if steep else 1
        found += [Element(x + i * h / pieces, h / pieces, degree) for i in range(pieces)]
    return found


def enough(ratio: float, degree: int) -> int:
    """Degree for an element of `ratio` times the length of its distance to where the solution is singular.

    Polynomials converge like (1 + 2/r + 2 sqrt(1/r + 1/r^2))^(-degree); a graded mesh has about 4 in the brackets.
    """
    r = max(ratio, 1e-12)
    return min(degree, 1 + math.ceil(degree * math.log(4.0) / math.log(1 + 2 / r + 2 * math.sqrt(1 / r + 1 / r**2))))


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
        deeper = math.ceil(math.log(finest / places[0]) / math.log(DEEP_RATIO))
        places = np.concatenate([places[0] * DEEP_RATIO ** np.arange(deeper, 0.0, -1.0), places])
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


def balanced(elements: list[Element], deep: float) -> list[Element]:
    """Halve elements until none is much longer than a neighbour: the far field is smooth then."""
    while True:
        halved: list[Element] = []
        for i, element in enumerate(elements):
            x, h, degree = element
            beside = min(elements[max(i - 1, 0)].length, elements[min(i + 1, len(elements) - 1)].length)
            if h * (DEEP_RATIO if h < deep else COARSE) > 1.01 * beside:
                halved += [Element(x, h / 2, degree), Element(x + h / 2, h / 2, degree)]
            else:
                halved.append(element)
        if len(halved) == len(elements):
            return elements
        elements = halved
