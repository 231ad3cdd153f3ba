"""From a mesh to a number with an error: the same question on finer and finer meshes."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

from levysde.dirichlet.mesh import LADDER, Resolution, build
from levysde.dirichlet.question import Question
from levysde.dirichlet.system import System
from levysde.estimate import Prediction

# What a finer mesh is asked for; and what floats leave on any mesh.
ABOVE_ONE = 8e-9
UP_TO_ONE = 3e-7
ROUND_OFF = 1e-12
LARGEST = 20_000  # unknowns with which no finer mesh is asked


class Asked(Protocol):
    """What is put to a solver, on one interval or on several."""

    @property
    def order(self) -> float:
        """The index that rules at short distances."""


class Solved(Protocol):
    """A question on one mesh, or on several."""

    @property
    def unknowns(self) -> int:
        """Number of equations."""

    @property
    def unresolved(self) -> float:
        """Relative error of what no mesh reaches."""


@lru_cache(maxsize=4)
def system(question: Question, resolution: Resolution) -> System:
    """Return the assembled and, once used, factorised problem; the last few are kept for further starting points."""
    return System(question, build(question, resolution))


def predict(
    question: Asked,
    law: str,
    number: Callable[[Any, int], float],
    ladder: tuple[Resolution, ...] = LADDER,
    *,
    solve: Callable[[Any, Resolution], Solved] = system,
) -> Prediction:
    """Compute a number on two meshes of different degree and depth, and on finer ones while they disagree.

    Parameters
    ----------
    question : Question, or Crossing
    law : str
    number : function of (system, level)
    ladder : tuple of Resolution
    solve : function of (question, resolution)
        Assembles the problem on one mesh.

    Returns
    -------
    Prediction
        `error` is the difference between the last two meshes, plus round-off and what is known to be unresolved.
    """
    tolerance = ABOVE_ONE if question.order > 1.0 else UP_TO_ONE
    value, error = math.nan, math.inf
    for level, resolution in enumerate(ladder):
        now = solve(question, resolution)
        before, value = value, float(number(now, level))
        error = abs(value - before) if level else math.inf
        if error <= tolerance * abs(value) or (level and now.unknowns > LARGEST):
            break
    error += (ROUND_OFF + now.unresolved) * abs(value)
    relative = error / abs(value) if value else (math.inf if error else 0.0)
    valid = relative <= 1e-4
    words = f"graded hp elements, {now.unknowns} unknowns; two meshes agree to {relative:.1e}"
    return Prediction(value, error, law, valid, words if valid else f"{words}: the solution is not resolved")
