"""What theory predicts: mean exit times and occupancies, each with the law it follows and whether that law holds."""

from levysde.theory.brownian import brownian
from levysde.theory.choose import mean_exit_time
from levysde.theory.first_jump import first_jump
from levysde.theory.getoor import getoor
from levysde.theory.kramers import kramers
from levysde.theory.occupancy import (
    chain_occupancy,
    gibbs_occupancy,
    jump_rates,
    occupancy,
    semi_markov_occupancy,
    two_state,
)
from levysde.theory.step_shift import boundary_shift, shift_limit, step_shift
from levysde.theory.step_size import StepCondition, between_steps, holder_range, largest_step, step_exponents

__all__ = [
    "StepCondition",
    "between_steps",
    "boundary_shift",
    "brownian",
    "chain_occupancy",
    "first_jump",
    "getoor",
    "gibbs_occupancy",
    "holder_range",
    "jump_rates",
    "kramers",
    "largest_step",
    "mean_exit_time",
    "occupancy",
    "semi_markov_occupancy",
    "shift_limit",
    "step_exponents",
    "step_shift",
    "two_state",
]
