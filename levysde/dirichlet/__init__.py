"""The exit problem solved: every number about an exit from the equation of the generator, without simulation.

For a landscape on the line, any mix of Brownian, stable and tempered stable noise, and an interval or a half-line.
Balls in several dimensions are left out, also rotation-symmetric ones: `theory.getoor` and simulation are for those.
"""

from levysde.dirichlet.core_sets import committor, mean_first_passage
from levysde.dirichlet.eigenvalue import principal_eigenvalue
from levysde.dirichlet.exit_side import exit_point_law, exit_probability
from levysde.dirichlet.exit_times import mean_exit_time, second_moment, variance
from levysde.dirichlet.quasi_stationary import QuasiStationary, quasi_stationary
from levysde.dirichlet.survive import survival

__all__ = [
    "QuasiStationary",
    "committor",
    "exit_point_law",
    "exit_probability",
    "mean_exit_time",
    "mean_first_passage",
    "principal_eigenvalue",
    "quasi_stationary",
    "second_moment",
    "survival",
    "variance",
]
