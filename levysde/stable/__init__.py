"""Stable laws: random variates."""

from levysde.stable.sampling import rvs

__all__ = ["rvs"]
