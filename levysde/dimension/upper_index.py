"""The upper index of Blumenthal and Getoor, from the law of a noise."""

from __future__ import annotations

from typing import Any

from levysde._validate import finite_number
from levysde.estimate import Prediction
from levysde.noise import Noise


def upper_index(noise: Noise, *, drift: float = 0.0) -> Prediction:
    r"""Return the upper Blumenthal-Getoor index of a noise, with a constant drift if one is given.

    With psi the characteristic exponent,

    .. math:: \beta = \inf\{\lambda \ge 0 : \lim_{|k|\to\infty} |k|^{-\lambda}\,|\psi(k)| = 0\}.

    It is 2 with a Brownian part, otherwise the largest index of the small jumps of the parts (0 for a compound Poisson
    process), and at least 1 with a drift. It bounds the dimension of the range of a path from above; the bound can
    be strict, as for independent components of different indices. It is a property of the *small* jumps: tempering
    changes the tail index, not this.

    Parameters
    ----------
    noise : Noise
    drift : speed of an additional drift; of the SDE, the gradient at the point where its local index is asked for

    Raises
    ------
    TypeError
        `noise` is no Noise.

    References
    ----------
    .. [1] Blumenthal and Getoor, J. Math. Mech. 10 (1961) 493.
    .. [2] Schilling, Probab. Theory Relat. Fields 112 (1998) 565, doi:10.1007/s004400050201.

    Examples
    --------
    >>> import levysde as ls
    >>> ls.dimension.upper_index(ls.AlphaStable(1.5) + ls.TemperedStable(0.8, 1.0)).value
    1.5
    """
    given: Any = noise
    if not isinstance(given, Noise):
        raise TypeError(f"noise is a {type(given).__name__}; give a noise such as AlphaStable(1.5)")
    speed = finite_number(drift, "drift")
    parts = [2.0 if law.gaussian_rate > 0 else law.near.alpha for amplitude, law in noise.leaves() if amplitude != 0]
    value = max([*parts, 1.0 if speed else 0.0], default=0.0)
    return Prediction(value, 0.0, "Blumenthal-Getoor index", True, "exact, from the laws of the parts")
