"""Odds p / (1 - p) of measured and computed probabilities."""

from __future__ import annotations

from dataclasses import replace

from levysde.estimate import Estimate, Prediction


def odds(p: float) -> float:
    """Return p / (1 - p)."""
    return p / (1 - p)


def odds_of(p: Estimate) -> Estimate:
    """Return the odds of a measured probability, errors to first order."""
    slope = (1 - p.value) ** -2
    low, high = (odds(min(max(end, 0.0), 1 - 1e-12)) for end in p.interval)
    return replace(
        p, value=odds(p.value), standard_error=slope * p.standard_error, bias=slope * p.bias, interval=(low, high)
    )


def solved_odds(p: Prediction) -> Prediction:
    """Return the odds of a computed probability."""
    return replace(p, value=odds(p.value), error=p.error / (1 - p.value) ** 2)
