"""From index, surrogate, laws and halves to one sentence."""

from __future__ import annotations

import math
from typing import Literal

from levysde.estimate import Estimate
from levysde.tails.contest import Contest
from levysde.tails.doubling import Doubling

Kind = Literal["heavy tail", "power law", "no power law", "gaussian", "not stationary"]
REACH = 1.959964
LIGHTEST = 8.0  # Student's nu beyond which a power law cannot be told from normal


def decide(
    index: Estimate, surrogate: Estimate, laws: Contest, halves: Doubling, widening: float
) -> tuple[Kind, Estimate, str]:
    """Return kind, index and sentence of the verdict.

    Parameters
    ----------
    index, surrogate : Estimate
        Stable index by the characteristic function, of the data and of its Gaussian surrogate.
    laws : Contest
    halves : Doubling
    widening : float
        Error of the index over that of independent values.
    """
    none = Estimate(math.inf, math.nan, math.nan, (math.nan, math.inf), index.n, "no power law")
    if not halves.is_stationary:
        factor = math.exp(halves.change)
        text = f"not stationary: the scale of the second half is {factor:.3g} times that of the first"
        return "not stationary", none, f"{text}; a tail index of such data is an artefact"
    nu, nu_error = laws.student[0], laws.student[1] * widening
    below = _below(index, surrogate)
    beside = f"surrogate {surrogate.value:.2f}"
    if below and laws.winner == "stable" and laws.agrees("stable", widening):
        return "heavy tail", index, f"heavy tail supported (alpha = {index}; {beside}): a stable law describes the data"
    student = Estimate(nu, nu_error, math.nan, _around(nu, nu_error), index.n, "Student's t by maximum likelihood")
    fits = laws.winner == "student" and laws.agrees("student", widening) and nu < LIGHTEST
    if fits and student.interval[1] < 2 and below:
        text = f"heavy tail supported (alpha = {student}; {beside}): a power law of infinite variance, not a stable law"
        return "heavy tail", student, text
    if not below and not (fits and laws.z > REACH):
        return (
            "gaussian",
            none,
            f"not distinguishable from Gaussian with this covariance (index {index}; {beside})",
        )
    if fits:
        variance = "finite variance" if student.interval[0] > 2 else "whether the variance is finite is not decided"
        return "power law", student, f"power law, index about {_brief(nu)} ({student}), {variance}"
    best = f"exponential power b = {laws.exponent:.2f}" if laws.winner == "exponential power" else laws.winner
    shape = f"tail shape {laws.tail:.2f}"
    if laws.winner in laws.tail_of:
        shape += f", not {laws.tail_of[laws.winner]:.2f}" if not laws.agrees(laws.winner, widening) else ""
    text = f"heavier than Gaussian, but no power law (best law: {best}; {shape})"
    return "no power law", none, f"{text}: no evidence of infinite variance"


def _below(index: Estimate, surrogate: Estimate) -> bool:
    """Whether the index is below 2 and below that of the surrogate, beyond the errors."""
    spread = math.hypot(index.standard_error, surrogate.standard_error)
    return index.interval[1] < 2 and surrogate.value - index.value > REACH * spread


def _around(nu: float, error: float) -> tuple[float, float]:
    """Return the interval of nu, normal in its logarithm."""
    if not math.isfinite(error):
        return nu / 2, math.inf
    reach = min(REACH * error / nu, 50.0)
    return nu * math.exp(-reach), nu * math.exp(reach)


def _brief(nu: float) -> str:
    return f"{nu:.0f}" if nu > 2.5 else f"{nu:.1f}"
