"""Laws with error bars: exponents fitted to measured times, and how fast a number approaches its limit."""

from levysde.scaling.approach import Approach, approach
from levysde.scaling.fit import ScalingFit, fit_exponential_law, fit_power_law

__all__ = ["Approach", "ScalingFit", "approach", "fit_exponential_law", "fit_power_law"]
