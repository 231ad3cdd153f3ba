"""The question put to every method: from this one point, out of this domain, how well."""

from __future__ import annotations

from typing import Any

import numpy as np

from levysde._types import NDArray
from levysde._validate import finite_number
from levysde.domains import Domain
from levysde.exits import check_question
from levysde.sde import SDE


def question(sde: SDE, x0: Any, domain: Domain) -> tuple[NDArray[np.float64], Domain]:
    """Return the start as (dim,) and the domain.

    Raises
    ------
    TypeError, ValueError
        As `first_exit`, and for more than one start.
    """
    start, domain = check_question(sde, x0, domain)
    if len(start) != 1:
        raise ValueError(f"x0 holds {len(start)} points; a mean exit time is that of one start, give one point")
    return start[0], domain


def check_rel_error(value: Any) -> float:
    """Return a relative error in (0, 0.5], or raise as `finite_number` does."""
    advice = "give the wanted relative error, such as 0.01"
    return finite_number(value, "rel_error", low=0.0, high=0.5, open_low=True, advice=advice)
