"""Elliptical (sub-Gaussian) alpha-stable motion."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from levysde._validate import finite_array
from levysde.noise.base import Increment, Law, Near
from levysde.noise.isotropic import radial_measure
from levysde.noise.stable import AlphaStable
from levysde.stable.elliptical import elliptical, elliptical_table
from levysde.stable.sampling import check_index

if TYPE_CHECKING:
    from levysde.domains import Domain

SINGULAR = 1e-12  # smallest eigenvalue, relative to the largest, of a matrix that counts as positive definite


@dataclass(frozen=True)
class EllipticalStable(Law):
    r"""Stable motion with elliptical contours, :math:`E e^{ik\cdot L_t} = \exp(-t\,(k\cdot Sk)^{\alpha/2})`.

    It is C times `IsotropicStable(alpha)`, :math:`CC^T = S`: sub-Gaussian, its components are dependent and share their
    large jumps. With S the identity it is `IsotropicStable(alpha)`, draw for draw.

    Parameters
    ----------
    alpha : stability index in (0, 2]; alpha = 2 is Gaussian with covariance 2 S t, taken only if S is a multiple of the
        identity, because a noise here has one Gaussian variance per component
    shape_matrix : S, symmetric and positive definite; its size is the dimension of the noise. Kept as a tuple of rows

    Raises
    ------
    ValueError, TypeError
        If alpha is outside its range, or S is not square, symmetric and positive definite.

    Notes
    -----
    Exact in any dimension: the square root of a positive stable variate times a Gaussian vector. The
    jump rate is taken over the directions of the isotropic law, as `IsotropicStable` does; in three or more dimensions
    its relative error, about 1e-3, grows with the ratio of the axes of S.

    References
    ----------
    .. [1] Samorodnitsky and Taqqu, Stable Non-Gaussian Random Processes, 1994, section 2.5.
    .. [2] Nolan, Comput. Stat. 28 (2013) 2067, doi:10.1007/s00180-013-0396-7.

    Examples
    --------
    >>> import levysde as ls
    >>> noise = ls.EllipticalStable(1.5, [[1.0, 0.8], [0.8, 1.0]])
    >>> noise.dim
    2
    """

    alpha: float
    shape_matrix: Any

    def __post_init__(self) -> None:
        alpha, matrix = check_index(self.alpha)[0], _checked(self.shape_matrix)
        if alpha == 2 and not np.allclose(matrix, matrix[0, 0] * np.eye(len(matrix)), rtol=1e-12, atol=0):
            raise ValueError(
                "alpha=2 with this shape_matrix is Gaussian with unequal or correlated components, which is not "
                "offered; transform the coordinates so that the noise becomes a multiple of Brownian()"
            )
        object.__setattr__(self, "alpha", alpha)
        object.__setattr__(self, "shape_matrix", tuple(tuple(row) for row in matrix.tolist()))

    def __repr__(self) -> str:
        rows = ", ".join(f"[{', '.join(f'{value:.12g}' for value in row)}]" for row in self.shape_matrix)
        return f"EllipticalStable({self.alpha:g}, [{rows}])"

    @property
    def dim(self) -> int:
        """The size of the shape matrix."""
        return len(self.shape_matrix)

    @property
    def jumps(self) -> bool:
        """True unless alpha = 2."""
        return self.alpha < 2

    @property
    def gaussian_rate(self) -> float:
        """2 S_11 at alpha = 2, otherwise 0."""
        return float(2 * self.shape_matrix[0][0]) if self.alpha == 2 else 0.0

    @property
    def near(self) -> Near:
        """Itself; its projections have different scales, unless there is only one."""
        widest = math.sqrt(float(np.linalg.eigvalsh(self.shape_matrix)[-1]))
        return Near(self.alpha, widest, self.dim == 1)

    @property
    def _factor(self) -> np.ndarray:
        """The lower triangular C."""
        return np.linalg.cholesky(np.array(self.shape_matrix))

    def exponent(self, k: np.ndarray) -> np.ndarray:
        """Return (k.Sk)^(alpha/2), as |C'k|^alpha so that round-off cannot make it negative."""
        return np.asarray(np.sqrt(np.sum((k @ self._factor) ** 2, axis=-1)) ** self.alpha)

    def exit_measure(self, point: np.ndarray, domain: Domain, amplitude: float) -> float:
        """Integrate the tail of the isotropic law's radial measure over all directions, each mapped by C."""
        return float(abs(amplitude) ** self.alpha * radial_measure(self.alpha, point, domain, self._factor))

    def increment(self, dt: float, dim: int, amplitude: float) -> Increment:
        """Return dt^(1/alpha) times a standard vector."""
        if dim == 1:
            return AlphaStable(self.alpha).increment(dt, 1, amplitude * math.sqrt(self.shape_matrix[0][0]))
        return Increment(elliptical, elliptical_table(self.alpha, self._factor), amplitude * dt ** (1 / self.alpha))


def _checked(shape_matrix: Any) -> np.ndarray:
    matrix = finite_array(shape_matrix, "shape_matrix")
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ValueError(f"shape_matrix has shape {matrix.shape}; give a square matrix, one row per dimension")
    if not np.allclose(matrix, matrix.T, rtol=0, atol=1e-12 * np.abs(matrix).max()):
        raise ValueError("shape_matrix is not symmetric; give the S of exp(-t (k.Sk)^(alpha/2)), as (S + S.T) / 2")
    matrix = 0.5 * (matrix + matrix.T)
    values = np.linalg.eigvalsh(matrix)
    if values[0] < -SINGULAR * np.abs(values).max():
        raise ValueError(f"shape_matrix has the negative eigenvalue {values[0]:g}; give a positive definite matrix")
    if values[0] <= SINGULAR * values[-1]:
        raise ValueError(
            "shape_matrix is singular: the noise would not reach every direction; leave out the idle coordinates, or "
            "add a small multiple of the identity"
        )
    return matrix
