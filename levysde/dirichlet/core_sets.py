"""Between wells: which of two sets is reached first, and how long until a set is reached."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from levysde._validate import point
from levysde.dirichlet.ladder import predict
from levysde.dirichlet.mesh import Resolution
from levysde.dirichlet.pieces import Crossing, Given, Pieces
from levysde.dirichlet.question import ask
from levysde.domains import Domain, Interval
from levysde.domains.interval import inside_interval
from levysde.estimate import Prediction
from levysde.sde import SDE

COMMITTOR = "exit problem: committor"
PASSAGE = "exit problem: mean first passage"

Sets = Domain | Sequence[Domain]


def committor(sde: SDE, x0: Any, a: Sets, b: Sets) -> Prediction:
    r"""Probability to reach b before a.

    .. math:: A q = 0 \text{ outside } a \cup b, \qquad q = 0 \text{ on } a, \quad q = 1 \text{ on } b

    A jump may carry the path over a set without touching it, so the equation holds on all intervals around and between
    the sets together: up to three for two sets, the outer ones unbounded.

    Parameters
    ----------
    sde : SDE
        As for `mean_exit_time`; the drift must lead back from infinity where a set does not reach there.
    x0 : float
        Starting point. Inside a the answer is 0, inside b it is 1.
    a, b : Domain, or sequence of Domain
        Intervals, for example small neighbourhoods of two minima; a sequence stands for the union of its members. No
        two may overlap.

    Returns
    -------
    Prediction
        `error` compares two meshes, as for `mean_exit_time`.

    Raises
    ------
    TypeError
        A set is not a Domain, or the arguments come in another order.
    ValueError
        Sets that overlap, a start at the very end of one, or what `mean_exit_time` refuses.

    References
    ----------
    E and Vanden-Eijnden, Annu. Rev. Phys. Chem. 61 (2010) 391, doi:10.1146/annurev.physchem.040808.090412.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.3)
    >>> left, right = ls.Interval(-1.1, -0.9), ls.Interval(0.9, 1.1)
    >>> f"{ls.dirichlet.committor(sde, 0.0, left, right).value:.8f}"
    '0.50000000'
    """
    x = start(x0)
    values = {ends: value for value, sets in ((0.0, intervals(a, "a")), (1.0, intervals(b, "b"))) for ends in sets}
    crossing = between(sde, x, list(values))
    inside = [value for ends, value in values.items() if ends.low < x < ends.high]
    if inside:
        return Prediction(inside[0], 0.0, COMMITTOR, True, f"the path starts in {'ab'[int(inside[0])]}")
    given = tuple(values[ends] for ends in crossing.given)
    return predict(crossing, COMMITTOR, lambda pieces, _: pieces.at(pieces.chances(given), x), solve=solved)


def mean_first_passage(sde: SDE, x0: Any, target: Sets) -> Prediction:
    r"""Mean time until a set is reached, from anywhere on the line.

    .. math:: A u = -1 \text{ outside the target}, \qquad u = 0 \text{ on it}

    Unlike `mean_exit_time` from one side of the target, it counts the paths that jump over it and come back.

    Parameters
    ----------
    target : Domain, or sequence of Domain
        Intervals that do not overlap; a sequence stands for the union of its members. The mean rate from a well to its
        neighbours is the inverse of the time from its minimum to the neighbourhoods of all other minima.

    Other arguments, errors and what is supported are those of `committor`. A start inside the target gives 0.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.3)
    >>> beyond = ls.dirichlet.mean_first_passage(sde, -1.0, ls.Interval(0.9, math.inf))
    >>> across = ls.dirichlet.mean_first_passage(sde, -1.0, ls.Interval(0.9, 1.1))
    >>> bool(across.value > beyond.value)  # it may jump over the interval
    True
    """
    x = start(x0)
    sets = intervals(target, "target")
    crossing = between(sde, x, sets)
    if any(g.low < x < g.high for g in sets):
        return Prediction(0.0, 0.0, PASSAGE, True, "the path starts in the target")
    return predict(crossing, PASSAGE, lambda pieces, _: pieces.at(pieces.times, x), solve=solved)


@lru_cache(maxsize=4)
def solved(crossing: Crossing, resolution: Resolution) -> Pieces:
    """Return the assembled problem; the last few are kept for further starting points."""
    return Pieces(crossing, resolution)


def intervals(sets: Any, name: str) -> list[Given]:
    """Return the ends of a set or of several.

    Raises
    ------
    TypeError, ValueError
        Not a Domain or a sequence of them, or not intervals.
    """
    members = [sets] if isinstance(sets, Domain) else sets
    if not isinstance(members, list | tuple) or not members or not all(isinstance(m, Domain) for m in members):
        raise TypeError(f"{name}={sets!r} is not a Domain nor a sequence of them, such as Interval(0.9, 1.1)")
    for member in members:
        if member.inside_function is not inside_interval:
            raise ValueError(f"{name} holds {member!r}, which is not an interval of the line; give an Interval")
    return [Given(float(member.parameters[0]), float(member.parameters[1])) for member in members]


def start(x0: Any) -> float:
    """Return the starting point as a float.

    Raises
    ------
    TypeError, ValueError
        Not one number; or the arguments come in another order.
    """
    if isinstance(x0, Domain | SDE):
        raise TypeError(f"x0 is a {type(x0).__name__}; the arguments are (sde, x0, ...) in this order")
    return float(point(x0, 1, "x0")[0])


def between(sde: SDE, x: float, sets: list[Given]) -> Crossing:
    """Cut the line at the sets, and check the start.

    Without jumps only the interval that holds the start matters.

    Raises
    ------
    TypeError, ValueError
        As the verbs say.
    """
    given = tuple(sorted(sets))
    for one, other in itertools.pairwise(given):
        if one.high > other.low:
            raise ValueError(
                f"({one.low:g}, {one.high:g}) and ({other.low:g}, {other.high:g}) overlap; give disjoint intervals"
            )
    ends = [-math.inf, *itertools.chain.from_iterable((g.low, g.high) for g in given), math.inf]
    gaps = [Interval(low, high) for low, high in zip(ends[::2], ends[1::2], strict=True) if low < high]
    questions = [ask(sde, gap) for gap in gaps]
    starting = tuple(q for q in questions if q.a < x < q.b)
    if not starting and not any(g.low < x < g.high for g in given):
        raise ValueError(f"x0={x:g} is an end of a set; start inside or outside")
    if questions and not questions[0].parts:
        questions = list(starting)
    return Crossing(tuple(questions), given)
