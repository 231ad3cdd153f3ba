"""Where to leave from: intervals, balls, boxes, half-spaces and their complements.

Boundary conventions. `Interval`, `Ball`, `Box` and `HalfSpace` are open sets: their boundary is outside.
The complement ``~domain`` is the set of finite points not in `domain`, so it contains the boundary, and a first exit
from it is the first entrance into the open `domain`. A point with a NaN or infinite coordinate is in no domain,
complement or not: a path that is lost has left.
"""

from levysde.domains.ball import Ball
from levysde.domains.base import Domain
from levysde.domains.box import Box
from levysde.domains.complement import Complement
from levysde.domains.half_space import HalfSpace
from levysde.domains.interval import Interval

__all__ = ["Ball", "Box", "Complement", "Domain", "HalfSpace", "Interval"]
