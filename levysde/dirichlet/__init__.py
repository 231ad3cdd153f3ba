"""The exit problem solved: every number about an exit from the equation of the generator, without simulation.

For a landscape on the line, any mix of Brownian and symmetric stable noise, and an interval or a half-line.
"""

from levysde.dirichlet.eigenvalue import principal_eigenvalue
from levysde.dirichlet.exit_side import exit_point_law, exit_probability
from levysde.dirichlet.exit_times import mean_exit_time, second_moment, variance
from levysde.dirichlet.survive import survival

__all__ = [
    "exit_point_law",
    "exit_probability",
    "mean_exit_time",
    "principal_eigenvalue",
    "second_moment",
    "survival",
    "variance",
]
