"""Straight lines through logarithms, by generalised least squares with the errors of the points themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import finite_array
from levysde.estimate import Estimate

__all__ = ["ScalingFit", "fit_exponential_law", "fit_power_law"]

Array = NDArray[np.float64]
Kind = Literal["power", "exponential"]

SIGNIFICANT = 4.0  # standard errors that a value has to measure before its logarithm is used: bias below 1/32
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class ScalingFit:
    """y = constant * x^exponent ("power") or y = constant * exp(exponent * x) ("exponential"), fitted.

    Attributes
    ----------
    kind : "power" or "exponential"
    exponent : Estimate
        Slope of log y on log x (on x) with its standard error; `bias` is the most that the biases of the values can do
        to it, zero where none were given.
    constant : float
    log_constant_error : float
        Standard error of log(constant).
    chi_square : float
        Of the residuals in the metric of their covariance; NaN for two points or values without errors.
    freedom : int
        Number of points less two.
    p_value : float
        Probability of a larger chi-square if the law holds exactly; NaN where chi_square is.
    x, y, standard_error : tuple of float
        The points; the errors are those of y.
    local_x, local_exponent, local_error : tuple of float
        Slopes between neighbouring points, where they are (the middle on the axis of the fit), with their errors: a
        law that is only approached shows here.
    """

    kind: Kind
    exponent: Estimate
    constant: float
    log_constant_error: float
    chi_square: float
    freedom: int
    p_value: float
    x: tuple[float, ...]
    y: tuple[float, ...]
    standard_error: tuple[float, ...]
    local_x: tuple[float, ...] = field(repr=False)
    local_exponent: tuple[float, ...] = field(repr=False)
    local_error: tuple[float, ...] = field(repr=False)

    def __call__(self, x: ArrayLike) -> Array:
        """Return the fitted y at `x`."""
        at = np.asarray(x, float)
        if self.kind == "power":
            return np.asarray(self.constant * at**self.exponent.value)
        return np.asarray(self.constant * np.exp(self.exponent.value * at))

    def __str__(self) -> str:
        chi = f", chi-square {self.chi_square:.3g} ({self.freedom}), p = {self.p_value:.2g}" if self._tested else ""
        return f"exponent {self.exponent}{chi}"

    @property
    def _tested(self) -> bool:
        return math.isfinite(self.chi_square)

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-able except for NaN."""
        return {
            **{name: value for name, value in vars(self).items() if name != "exponent"},
            "exponent": vars(self.exponent),
        }


def fit_power_law(
    x: ArrayLike,
    y: ArrayLike,
    standard_error: ArrayLike | None = None,
    *,
    covariance: ArrayLike | None = None,
    bias: ArrayLike | None = None,
) -> ScalingFit:
    r"""Fit :math:`y_i = C x_i^\gamma` by generalised least squares of :math:`\log y` on :math:`\log x`.

    With :math:`X` the matrix of rows :math:`(1, \log x_i)` and :math:`\Sigma_{ij}=\mathrm{cov}(y_i,y_j)/(y_iy_j)`, the
    covariance of the logarithms,

    .. math:: (\log C, \gamma)^T = (X^T\Sigma^{-1}X)^{-1}X^T\Sigma^{-1}\log y, \qquad
              \chi^2 = r^T\Sigma^{-1}r, \quad r = \log y - X(\log C,\gamma)^T.

    The standard errors come from :math:`(X^T\Sigma^{-1}X)^{-1}`: they are those of the points, not of the scatter.

    Parameters
    ----------
    x : positive numbers, shape (n,), not all equal
    y : positive numbers, shape (n,)
    standard_error : of y, shape (n,). None, with no covariance, takes y as known: ordinary least squares without errors
    covariance : of y, shape (n, n), in place of standard errors where the values are correlated
    bias : bounds of the bias of y, shape (n,): what they can do to the exponent becomes its `bias`

    Returns
    -------
    ScalingFit

    Raises
    ------
    TypeError, ValueError
        Shapes that do not fit, values that are not positive, errors above a quarter of the value (its logarithm would
        be biased), fewer than two different x.

    References
    ----------
    Aitken, Proc. R. Soc. Edinburgh 55 (1936) 42, doi:10.1017/S0370164600014346.

    Examples
    --------
    >>> from levysde.scaling import fit_power_law
    >>> fit = fit_power_law([1, 2, 4, 8], [1.0, 2.85, 7.9, 22.7], [0.02, 0.05, 0.2, 0.4])
    >>> f"{fit.exponent:.3f}", fit.freedom, fit.p_value > 0.05
    ('1.499 ± 0.012', 2, True)
    """
    return _fit("power", x, y, standard_error, covariance, bias)


def fit_exponential_law(
    x: ArrayLike,
    y: ArrayLike,
    standard_error: ArrayLike | None = None,
    *,
    covariance: ArrayLike | None = None,
    bias: ArrayLike | None = None,
) -> ScalingFit:
    r"""Fit :math:`y_i = C e^{\gamma x_i}` by generalised least squares of :math:`\log y` on x.

    As `fit_power_law`, with x on a linear axis (of any sign): mean exit times against the height of a barrier.

    Examples
    --------
    >>> from levysde.scaling import fit_exponential_law
    >>> fit = fit_exponential_law([0.5, 1.0, 1.5], [2.7, 7.5, 20.0], [0.1, 0.2, 0.6])
    >>> f"{fit.exponent:.2f}"
    '2.00 ± 0.05'
    """
    return _fit("exponential", x, y, standard_error, covariance, bias)


def _fit(
    kind: Kind,
    x: ArrayLike,
    y: ArrayLike,
    standard_error: ArrayLike | None,
    covariance: ArrayLike | None,
    bias: ArrayLike | None,
) -> ScalingFit:
    places, values, spread = _checked(kind, x, y, standard_error, covariance)
    biases = np.zeros_like(values) if bias is None else np.abs(finite_array(bias, "bias"))
    if biases.shape != values.shape:
        raise ValueError(f"bias has shape {biases.shape} and y {values.shape}; give one bound per value")
    axis, logs = np.log(places) if kind == "power" else places, np.log(values)
    sigma = spread / np.outer(values, values)
    known = not np.any(sigma)
    weight = np.eye(len(axis)) if known else np.linalg.inv(sigma)
    rows = np.stack([np.ones_like(axis), axis], axis=1)
    spread_of_fit = np.linalg.inv(rows.T @ weight @ rows)
    lever = spread_of_fit @ rows.T @ weight  # (log C, exponent) = lever @ logs
    log_constant, exponent = (float(v) for v in lever @ logs)
    errors = np.sqrt(np.maximum(np.diag(lever @ sigma @ lever.T), 0.0))
    residual = logs - rows @ np.array([log_constant, exponent])
    freedom = len(axis) - 2
    tested = freedom >= 1 and not known
    chi_square = float(residual @ weight @ residual) if tested else math.nan
    order = np.argsort(axis)
    steps, rises = np.diff(axis[order]), np.diff(logs[order])
    s = sigma[np.ix_(order, order)]
    variances = np.diag(s)[1:] + np.diag(s)[:-1] - 2 * np.diag(s, 1)
    apart = steps > 0
    middles = (axis[order][1:] + axis[order][:-1])[apart] / 2
    error = float(errors[1])
    estimate = Estimate(
        exponent,
        error,
        float(np.abs(lever[1]) @ (biases / values)),
        (exponent - NORMAL_95 * error, exponent + NORMAL_95 * error),
        len(axis),
        f"generalised least squares of log y on {'log x' if kind == 'power' else 'x'} over {len(axis)} points",
    )
    return ScalingFit(
        kind,
        estimate,
        math.exp(log_constant),
        float(errors[0]),
        chi_square,
        freedom,
        _upper_tail(chi_square, freedom) if tested else math.nan,
        tuple(places.tolist()),
        tuple(values.tolist()),
        tuple(np.sqrt(np.diag(spread)).tolist()),
        tuple((np.exp(middles) if kind == "power" else middles).tolist()),
        tuple((rises[apart] / steps[apart]).tolist()),
        tuple((np.sqrt(np.maximum(variances[apart], 0.0)) / steps[apart]).tolist()),
    )


def _checked(
    kind: Kind, x: ArrayLike, y: ArrayLike, standard_error: ArrayLike | None, covariance: ArrayLike | None
) -> tuple[Array, Array, Array]:
    places, values = finite_array(x, "x"), finite_array(y, "y")
    if places.ndim != 1 or places.shape != values.shape:
        raise ValueError(f"x has shape {places.shape} and y {values.shape}; give two rows of equal length")
    if len(np.unique(places)) < 2:
        raise ValueError(f"x={places.tolist()} holds fewer than two different numbers; a slope needs two")
    if kind == "power" and not np.all(places > 0):
        raise ValueError(f"x={places.tolist()} must be positive for a power law; see fit_exponential_law")
    if not np.all(values > 0):
        raise ValueError(f"y={values.tolist()} must be positive: its logarithm is fitted")
    if standard_error is not None and covariance is not None:
        raise ValueError("standard_error and covariance are both given; give one of the two")
    n = len(values)
    if covariance is not None:
        spread = finite_array(covariance, "covariance")
        if spread.shape != (n, n) or not np.allclose(spread, spread.T):
            raise ValueError(f"covariance has shape {spread.shape}; give a symmetric matrix of shape {(n, n)}")
    elif standard_error is not None:
        errors = finite_array(standard_error, "standard_error")
        if errors.shape != (n,):
            raise ValueError(f"standard_error has shape {errors.shape} and y {values.shape}; give one error per value")
        spread = np.diag(errors * errors)
    else:
        return places, values, np.zeros((n, n))
    sizes = np.sqrt(np.maximum(np.diag(spread), 0.0))
    if np.any(np.linalg.eigvalsh(spread) <= 0):
        raise ValueError("the errors must be positive (the covariance positive definite); leave them out for known y")
    vague = np.flatnonzero(values < SIGNIFICANT * sizes)
    if len(vague):
        at = int(vague[0])
        raise ValueError(
            f"y[{at}]={values[at]:g} is {values[at] / sizes[at]:.2g} of its standard errors; its logarithm would be "
            f"biased below {SIGNIFICANT:g}: measure it better or leave it out"
        )
    return places, values, spread


def _upper_tail(chi_square: float, freedom: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(freedom, chi_square))
