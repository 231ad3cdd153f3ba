"""From rows, fits and an approach to a verdict with its sentence; the only rule by which a law holds or fails."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from levysde.estimate import Estimate, Prediction
from levysde.scaling import Approach, ScalingFit
from levysde.scaling import approach as extrapolate
from levysde.verification.result import Panel, Report, Row, Verdict


def judge(
    law: str,
    subject: str,
    statement: str,
    regime: str,
    rows: Sequence[Row],
    *,
    panel: Panel,
    headline: Row | None = None,
    measured_fit: ScalingFit | None = None,
    solved_fit: ScalingFit | None = None,
    expected: float = math.nan,
    approach: Approach | None = None,
    target: float = 1.0,
    small: str = "epsilon",
    objections: Sequence[str] = (),
    remark: str = "",
    limit: bool = True,
) -> Report:
    """Put a report together.

    A law *fails* where a simulated number is five standard errors (and the known errors) away from the deterministic
    one, where the deterministic numbers tend to something else than the law as the noise falls, or for one of
    `objections`. It is *undecided* where they do not tend to anything yet. Otherwise it holds.

    Parameters
    ----------
    headline : None takes the exponent of the fits, else the first row
    approach : of the deterministic number over the predicted one (or of an exponent) to `target`
    small : what falls in the approach
    objections : further ways in which the law fails
    remark : added to the sentence
    limit : whether the law is one of a limit that the deterministic values show; where there is none, the rows decide
    """
    if measured_fit is not None or solved_fit is not None:
        headline = exponent_row(measured_fit, solved_fit, expected) if headline is None else headline
    headline = headline or rows[0]
    problems = [
        f"{row.case}: simulated {row.measured}, {row.z:+.1f} standard errors off "
        f"{'the deterministic value' if row.solved else 'the prediction'}"
        for row in dict.fromkeys((headline, *rows))
        if not row.agrees
    ]
    problems += objections
    words = ""
    undecided = False
    if approach is not None:
        words = describe(approach, target, small)
        if not approach.decided:
            undecided = True
            words += f"; down to {small}={approach.x[-1]:.3g} it does not tend to a limit yet"
        elif not approach.reaches(target):
            problems.append(
                f"the deterministic value over the predicted one tends to {approach.limit:.4g} ± "
                f"{approach.limit_error:.1g}, not to {target:g}"
                if target == 1.0
                else f"the deterministic value tends to {approach.limit:.4g} ± {approach.limit_error:.1g}, "
                f"not to {target:g}"
            )
    if approach is None and limit:
        undecided = True
        words = "too few of the exit problems could be solved to see the limit"
    elif approach is None and all(math.isnan(row.z) for row in (headline, *rows)):
        undecided = True
        words = "nothing to compare with at this noise"
    verdict: Verdict = "fails" if problems else "undecided" if undecided else "holds"
    sentence = "; ".join([*problems, *([words] if words else []), *([remark] if remark else [])]) or "as predicted"
    return Report(
        law, subject, statement, regime, headline, tuple(rows), measured_fit, solved_fit, expected, approach, target,
        verdict, sentence, panel,
    )  # fmt: skip


def describe(found: Approach, target: float, small: str) -> str:
    """Say how far off the law is at the largest noise, whether a simulation sees it, and how fast that falls."""
    off = found.off(target)
    size = f"{off:.2g}" if target == 0.0 else f"{off / abs(target):.2g}" if off < 1e-4 else f"{off / abs(target):.2%}"
    if off <= found.error[0]:
        return f"no correction at {small}={found.x[0]:.3g} beyond the solver's error"
    falling = f", falling as {small}^{found.exponent:.2f}" if math.isfinite(found.exponent) else ""
    return f"correction still {size} at {small}={found.x[0]:.3g}{falling}"


def exponent_row(measured: ScalingFit | None, solution: ScalingFit | None, expected: float) -> Row:
    """Return the exponents of both fits beside the predicted one."""
    predicted = Prediction(expected, 0.0, "exponent", True, "limit of small noise") if expected == expected else None
    solved = None
    if solution is not None:
        exponent = solution.exponent
        solved = Prediction(exponent.value, exponent.bias, "exponent", True, "fit to the deterministic values")
    found: Estimate | None = measured.exponent if measured is not None else None
    if solved is None and found is not None and predicted is not None:
        predicted = Prediction(expected, math.nan, "exponent", False, "no deterministic value at this noise")
    return Row("exponent", math.nan, predicted, solved, found)


def fit_both(rows: Sequence[Row], law: Callable[..., ScalingFit]) -> tuple[ScalingFit | None, ScalingFit | None]:
    """Fit a law to the simulated rows, and to the deterministic values with the same points and weights.

    With the weights of the simulated points the two exponents differ by their random errors only, also where no
    exact power law holds.
    """
    seen = [(row.x, row.measured, row.solved) for row in rows if row.measured is not None]
    if len({x for x, _, _ in seen}) < 2:
        return None, None
    x = [at for at, _, _ in seen]
    values = np.array([found.value for _, found, _ in seen])
    errors = np.array([found.standard_error for _, found, _ in seen])
    measured = law(x, values, errors, bias=np.nan_to_num([found.bias for _, found, _ in seen]))
    exact = [solution for _, _, solution in seen if solution is not None]
    if len(exact) < len(seen):
        return measured, None
    solved = np.array([solution.value for solution in exact])
    return measured, law(x, solved, errors / values * solved, bias=[solution.error for solution in exact])


def ratios(x: Sequence[float], rows: Sequence[Row]) -> Approach | None:
    """Return how solved over predicted values tend to their limit; None with fewer than three of them.

    A prediction beyond the range of floats counts as infinite: the ratio is then zero.
    """
    found = [
        (at, row.solved.value / row.predicted.value, row.solved.error / row.predicted.value)
        for at, row in zip(x, rows, strict=True)
        if row.solved is not None and row.predicted is not None and not math.isnan(row.predicted.value)
    ]
    return extrapolate(*zip(*found, strict=True)) if len(found) >= 3 else None


def left_out(law: str, reason: str) -> Report:
    """Return the report of a law that could not be checked here."""
    return Report(
        law, "", "", "", None, (), None, None, math.nan, None, 1.0, "left out", reason, Panel("", "", False, False)
    )
