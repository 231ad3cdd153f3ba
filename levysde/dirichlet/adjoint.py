"""The same form read the other way: densities of where paths are, in place of functions of where they start."""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np

from levysde._types import NDArray
from levysde.dirichlet.elimination import Pinned, Split
from levysde.dirichlet.mesh import Resolution, build
from levysde.dirichlet.question import Question
from levysde.dirichlet.system import System

Array = NDArray[np.float64]


class AdjointSystem(System):
    """For all functions u, <-A u, p> = p . (stiffness u), with densities p in the place of the tests."""

    _along = -1.0  # an element determines the density at the node that the drift leads to

    def _shared(self, free: NDArray[np.bool_]) -> Split:
        split = super()._shared(free)
        return split._replace(free=split.tests, tests=split.free)

    @cached_property
    def _adjoint_factors(self) -> Pinned:
        """Factors; the function 1 is none of the u: it would tie the density at hand to that at the ends."""
        return Pinned(self.stiffness, self.split)

    def solve_adjoint(self, load: Array) -> Array:
        """Return the coefficients of p with <-A u, p> = u . load for all u."""
        return self._adjoint_factors.solve_transposed(load)

    @cached_property
    def slowest_adjoint(self) -> tuple[float, Array]:
        """The longest time scale 1/lambda, and the eigenfunction of the adjoint."""
        from scipy.sparse.linalg import LinearOperator, eigs

        def inverse(v: Array) -> Array:
            return self.solve_adjoint(self.mass.T @ v)

        operator = LinearOperator((self.size, self.size), matvec=inverse, dtype=np.float64)
        scales, functions = eigs(operator, k=1, which="LM", v0=inverse(self.one), tol=1e-14, ncv=24)
        return float(scales[0].real), np.real(functions[:, 0])


@lru_cache(maxsize=4)
def adjoint_system(question: Question, resolution: Resolution) -> AdjointSystem:
    """Return the assembled problem; the last few are kept.

    What comes back from beyond the cut of a half-line is not known; below order one it may be left out.
    """
    mesh = build(question, resolution, "mass")
    if question.order < 1.0:
        left, right = ("jump" if kind == "open" else kind for kind in (mesh.left, mesh.right))
        mesh = mesh._replace(left=left, right=right)
    return AdjointSystem(question, mesh)
