"""Mean exit times with known error: the front door, and the methods it chooses among.

Every method has the signature `NAME(sde, x0, domain, *, rel_error=0.01, rng=None, workers=1) -> Estimate`, and its
module a function `misfit(sde, x0, domain) -> str` that says why it does not apply ("" where it does).
"""

from levysde.rare.adaptive_splitting import adaptive_multilevel_splitting
from levysde.rare.extrapolation import extrapolated
from levysde.rare.front import mean_exit_time
from levysde.rare.multilevel import multilevel, multilevel_exit_probability
from levysde.rare.one_big_jump import one_big_jump

__all__ = [
    "adaptive_multilevel_splitting",
    "extrapolated",
    "mean_exit_time",
    "multilevel",
    "multilevel_exit_probability",
    "one_big_jump",
]
