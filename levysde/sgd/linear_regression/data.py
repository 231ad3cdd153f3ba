"""Where the samples of linear regression come from: fresh ones without end, or a finite set that is used again."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_array, finite_number, frozen, positive

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class GaussianData:
    """Fresh samples a ~ N(0, sigma^2 I_d) with labels y = a.x* + noise N(0, 1), for one-pass (streaming) SGD.

    Parameters
    ----------
    d : dimension
    sigma : standard deviation of the entries of a, above 0
    noise : standard deviation of the labels around a.x*. With 0 the error is only multiplied: it is then the difference
        of two chains that are fed with the same data

    Raises
    ------
    ValueError, TypeError
        For numbers outside their range.
    """

    d: int
    sigma: float = 1.0
    noise: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "d", count(self.d, "d"))
        object.__setattr__(self, "sigma", positive(self.sigma, "sigma"))
        object.__setattr__(self, "noise", finite_number(self.noise, "noise", low=0.0))


@dataclass(frozen=True, eq=False)
class DataSet:
    """A finite set of samples; every step uses b distinct ones of them (multi-pass SGD).

    Parameters
    ----------
    a : (n, d) samples
    y : (n,) labels

    Raises
    ------
    ValueError, TypeError
        Not finite real numbers, shapes that do not agree, or no sample.
    """

    a: ArrayLike
    y: ArrayLike

    def __post_init__(self) -> None:
        a, y = finite_array(self.a, "a"), finite_array(self.y, "y")
        if a.ndim != 2 or y.ndim != 1 or len(a) != len(y) or not a.size:
            raise ValueError(f"a and y have shapes {a.shape} and {y.shape}; give samples (n, d) and labels (n,)")
        object.__setattr__(self, "a", frozen(a))
        object.__setattr__(self, "y", frozen(y))

    def __repr__(self) -> str:
        n, d = np.shape(self.a)
        return f"DataSet(n={n}, d={d})"

    @property
    def d(self) -> int:
        """Dimension of the samples."""
        return int(np.shape(self.a)[1])

    @functools.cached_property
    def solution(self) -> FloatArray:
        """The least-squares solution x*, (d,); the shortest where there are several."""
        return np.asarray(np.linalg.lstsq(np.asarray(self.a), np.asarray(self.y), rcond=None)[0])


Data: TypeAlias = GaussianData | DataSet
