"""The verdict on a finding: computed from the paper's value, ours, its error and the controls, never set by hand."""

from __future__ import annotations

import math

from levysde.estimate import Estimate
from levysde.reproduce.finding import Claim, Control, Finding, Number, Verdict

__all__ = ["distance", "judge", "stands"]

FAR = 5.0  # errors


def distance(ours: Estimate, claim: Claim) -> float:
    """Return the signed distance of a number from a claim, in errors; 0 inside the claim.

    The error is that of the difference: sqrt(standard error^2 + claim error^2), plus a fifth of the known bias, so
    that a distance below 5 is |difference| < 5 errors + bias.
    """
    if not math.isfinite(ours.value):
        return math.nan
    outside = ours.value - min(max(ours.value, claim.low), claim.high)
    return outside / _error(ours, claim) if outside else 0.0


def stands(control: Control) -> bool:
    """Return whether the paper's reading survives a control."""
    if control.burden == "refute":
        return abs(distance(control.ours, control.expected)) < FAR
    depth = min(control.ours.value - control.expected.low, control.expected.high - control.ours.value)
    return depth >= FAR * _error(control.ours, control.expected)


def judge(finding: Finding) -> tuple[Verdict, str, tuple[float, ...]]:
    """Return verdict, sentence, and the distance of every number from its claim.

    *not reproduced*: a number lies five errors or more outside the paper's claim, is not finite, or contradicts its
    own oracle; or there is none. *reproduced, but*: all numbers agree and a control does not stand. *reproduced*:
    everything agrees.
    """
    if not finding.numbers:
        return "not reproduced", "not reproduced: no number was compared", ()
    far = tuple(distance(number.ours, number.paper) for number in finding.numbers)
    broken = [number.case for number in finding.numbers if _contradicts(number)]
    if broken:
        return "not reproduced", f"not reproduced: ours contradicts the exact value ({'; '.join(broken)})", far
    missed = [number for number, z in zip(finding.numbers, far, strict=True) if not abs(z) < FAR]
    if missed:
        largest = max((abs(z) for z in far if math.isfinite(z)), default=0.0)
        first = f"{missed[0].case}: {missed[0].ours} against {missed[0].paper}"
        share = f"{len(missed)} of {len(far)} numbers off by {FAR:g} errors or more (largest {largest:.1f})"
        return "not reproduced", f"not reproduced: {share}; {first}", far
    fallen = list(dict.fromkeys(control.but for control in finding.controls if not stands(control)))
    if fallen:
        return "reproduced, but", f"reproduced, but {'; '.join(fallen)}", far
    largest = max((abs(z) for z in far), default=0.0)
    controls = len(finding.controls)
    kept = f", {controls} control{'s' if controls > 1 else ''} passed" if controls else ""
    return "reproduced", f"reproduced: {len(far)} numbers, largest distance {largest:.1f} errors{kept}", far


def _contradicts(number: Number) -> bool:
    oracle = number.oracle
    if oracle is None or not oracle.valid or not math.isfinite(oracle.value):
        return False
    exact = Claim.value(oracle.value, 0.0)
    allowed = FAR * _error(number.ours, exact) + (0.0 if math.isnan(oracle.error) else oracle.error)
    return not abs(number.ours.value - oracle.value) <= allowed


def _error(ours: Estimate, claim: Claim) -> float:
    bias = 0.0 if math.isnan(ours.bias) else abs(ours.bias)
    error = math.hypot(ours.standard_error, claim.error) + bias / FAR
    return error if error > 0 else math.ulp(abs(ours.value) + 1.0)
