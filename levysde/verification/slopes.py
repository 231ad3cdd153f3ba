"""Exponents of deterministic values, and how they tend to that of the law as the noise falls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from levysde.domains import Interval
from levysde.landscapes import Landscape
from levysde.noise import Noise
from levysde.scaling import Approach, ScalingFit
from levysde.scaling import approach as extrapolate
from levysde.sde import SDE
from levysde.verification.result import Row
from levysde.verification.setting import solved

ROUND_OFF = 1e-12  # of logarithms
FURTHER = 2  # quarterings of the noise beyond those asked for

Case = tuple[float, Landscape, float, Interval]  # abscissa, landscape, start, domain


def slopes(
    cases: Sequence[Case],
    noise: Noise,
    epsilons: Sequence[float],
    law: Callable[..., ScalingFit],
    unit: Callable[[float], float] = lambda epsilon: 1.0,
) -> Approach | None:
    """Return the exponent between the first and the last case, over `unit(epsilon)`, at every epsilon.

    None with fewer than three of them.
    """
    ends = (cases[0], cases[-1])
    found: list[tuple[float, float, float]] = []
    for epsilon in (*epsilons, *(epsilons[-1] / 4.0**k for k in range(1, FURTHER + 1))):
        if len(found) >= len(epsilons) and extrapolate(*zip(*found, strict=True)).decided:
            break  # smaller noise only where the exponent is not on its way yet: corrections that cancel
        times = [solved(SDE(landscape, noise, epsilon), start, domain) for _, landscape, start, domain in ends]
        known = [time for time in times if time is not None]
        if len(known) == len(ends):
            values, errors = [time.value for time in known], [time.error for time in known]
            exponent = law([case[0] for case in ends], values, bias=errors).exponent
            found.append((epsilon, exponent.value / unit(epsilon), exponent.bias / unit(epsilon)))
    return extrapolate(*zip(*found, strict=True)) if len(found) >= 3 else None


def predicted_exponent(rows: Sequence[Row], law: Callable[..., ScalingFit]) -> float:
    """Return the exponent of the predicted values."""
    known = [(row.x, row.predicted.value) for row in rows if row.predicted is not None]
    exponent = law(*zip(*known, strict=True)).exponent.value
    return exponent if abs(exponent) > ROUND_OFF else 0.0
