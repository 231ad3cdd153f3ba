"""The power law through errors at several steps: weighted least squares of log error on log step."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import finite_array, finite_number
from levysde.estimate import Estimate

__all__ = ["PowerLaw", "slope"]

FloatArray = NDArray[np.float64]

SIGNIFICANT = 4.0  # standard errors that an error has to measure before its logarithm is used: bias below 1/32


@dataclass(frozen=True)
class PowerLaw:
    """error = constant * dt^order, fitted.

    Attributes
    ----------
    order : Estimate
        The slope with its standard error, computed from the errors of the errors, and `bias`: what the next term of the
        error does to the slope, judged by how far the slope of the finer half of the steps is off, plus what the
        reference's own error can do; NaN for two steps.
        NaN, with the reason in `.method`, where no slope can be had.
    constant : float
    chi_square : float
        Of the residuals with the full covariance, per degree of freedom; NaN for fewer than three steps. Far above 1
        where the errors are no power law within their errors.
    freedom : int
        Degrees of freedom: steps used less two.
    used : tuple of bool
        Which steps entered: those whose error is at least four standard errors.
    """

    order: Estimate
    constant: float
    chi_square: float
    freedom: int
    used: tuple[bool, ...]

    def __call__(self, dt: ArrayLike) -> FloatArray:
        """Return the fitted error at `dt`."""
        return np.asarray(self.constant * np.asarray(dt, float) ** self.order.value)


def slope(
    dts: ArrayLike,
    errors: ArrayLike,
    covariance: ArrayLike,
    *,
    reference_dt: float = 0.0,
    next_order: float = 1.0,
    floor: float = 0.0,
    n: int = 0,
) -> PowerLaw:
    r"""Fit :math:`|e_i| = C\,dt_i^{\gamma}` by weighted least squares of :math:`\log|e_i|` on :math:`\log dt_i`.

    With :math:`x_i=\log dt_i`, weights :math:`w_i=1/\mathrm{var}\log e_i` and the weighted mean :math:`\bar x`,

    .. math:: \gamma = \sum_i a_i\log|e_i|,\quad a_i = \frac{w_i(x_i-\bar x)}{\sum_j w_j(x_j-\bar x)^2},\qquad
              \mathrm{se}^2 = a^T\Sigma a,\quad \Sigma_{ij} = \mathrm{cov}(e_i,e_j)/(e_ie_j).

    The errors of coupled paths are correlated; that enters the standard error and the chi-square, while the diagonal
    weights keep the fit from leaning on differences of nearly equal errors.

    Parameters
    ----------
    dts : steps, shape (k,)
    errors : their errors, shape (k,), signed or not
    covariance : of the errors, shape (k, k); or their standard errors, shape (k,), where they are independent
    reference_dt : step of the reference that the errors are measured against; its own error, taken to be of the same
        size at the same step, shifts every log error by at most log(1 - (reference_dt / dt)^order), and the slope that
        this can make is added to the bias
    next_order : the next term of the error is smaller by dt^next_order; with it the difference between all steps and
        their finer half becomes an estimate of what is left
    floor : errors below it are rounding, and none of them is used
    n : number of paths, for the record

    Returns
    -------
    PowerLaw

    Raises
    ------
    TypeError, ValueError
        Shapes that do not fit, steps that are not positive.

    Examples
    --------
    >>> from levysde.convergence import slope
    >>> fit = slope([0.1, 0.05, 0.025], [0.020, 0.011, 0.0049], [0.0004, 0.0002, 0.0001])
    >>> f"{fit.order:.2f}", fit.freedom
    ('1.01 ± 0.02', 1)
    """
    dts, errors, covariance = _checked(dts, errors, covariance)
    reference_dt, floor = finite_number(reference_dt, "reference_dt", low=0), finite_number(floor, "floor", low=0)
    spread = np.sqrt(np.diag(covariance))
    sizes = np.abs(errors)
    with np.errstate(invalid="ignore"):
        used = np.isfinite(sizes) & np.isfinite(spread) & (sizes > floor) & (sizes >= SIGNIFICANT * spread)
    told = tuple(bool(flag) for flag in used)
    reason = _refusal(errors, used, floor)
    if reason:
        missing = Estimate(math.nan, math.nan, math.nan, (-math.inf, math.inf), n, f"no slope: {reason}")
        return PowerLaw(missing, math.nan, math.nan, 0, told)
    x, y = np.log(dts[used]), np.log(sizes[used])
    relative = covariance[np.ix_(used, used)] / np.outer(errors[used], errors[used])
    weights = _weights(relative)
    lever = _lever(x, weights)
    value, error = float(lever @ y), math.sqrt(max(float(lever @ relative @ lever), 0.0))
    freedom = int(used.sum()) - 2
    bias = math.nan
    if freedom >= 1:
        offset = np.log1p(-np.minimum((reference_dt / dts[used]) ** abs(value), 0.5))
        next_order = finite_number(next_order, "next_order", low=0, open_low=True)
        bias = abs(float(lever @ offset)) + _next_term(x, y - offset, relative, weights, next_order)
    chi_square = _chi_square(x, y, relative) / freedom if freedom >= 1 else math.nan
    method = f"weighted least squares of log error on log dt over {freedom + 2} steps"
    if math.isfinite(chi_square):
        method += f", chi-square per degree of freedom {chi_square:.2g} ({freedom})"
    order = Estimate(value, error, bias, (value - 1.96 * error, value + 1.96 * error), n, method)
    constant = math.exp(float(np.average(y, weights=weights) - value * np.average(x, weights=weights)))
    return PowerLaw(order, constant, chi_square, freedom, told)


def _checked(dts: ArrayLike, errors: ArrayLike, covariance: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    steps, sizes, spread = finite_array(dts, "dts"), np.asarray(errors, float), np.asarray(covariance, float)
    if steps.ndim != 1 or not np.all(steps > 0):
        raise ValueError(f"dts has shape {steps.shape} and must hold positive steps; give a list such as [0.1, 0.05]")
    if sizes.shape != steps.shape:
        raise ValueError(f"errors has shape {sizes.shape} and dts {steps.shape}; give one error per step")
    if spread.shape == steps.shape:
        spread = np.diag(spread * spread)
    if spread.shape != 2 * steps.shape:
        raise ValueError(
            f"covariance has shape {spread.shape}; give {2 * steps.shape}, or standard errors of shape {steps.shape}"
        )
    return steps, sizes, spread


def _refusal(errors: FloatArray, used: NDArray[np.bool_], floor: float) -> str:
    """Return why there is no slope, or nothing."""
    if np.all(np.abs(errors) <= floor):
        return "the errors are rounding; the scheme is exact here"
    if used.sum() < 2:
        return (
            f"{int(used.sum())} of {used.size} errors are finite and above {SIGNIFICANT:g} standard errors; "
            "two are needed: take more paths or larger steps"
        )
    if np.unique(np.sign(errors[used])).size > 1:
        return "the error changes its sign between the steps; take smaller steps"
    return ""


def _weights(covariance: FloatArray) -> FloatArray:
    """Return inverse variances; equal weights where some error is known without error."""
    variances = np.diag(covariance)
    return np.ones(variances.size) if np.any(variances <= 0) else np.asarray(1 / variances)


def _lever(x: FloatArray, weights: FloatArray) -> FloatArray:
    """Return a with slope = a . y; zeros where all x agree."""
    centred = x - np.average(x, weights=weights)
    scale = float(np.sum(weights * centred * centred))
    return weights * centred / scale if scale > 0 else np.zeros_like(x)


def _next_term(x: FloatArray, y: FloatArray, covariance: FloatArray, weights: FloatArray, next_order: float) -> float:
    """Return what a term a dt^next_order in y makes of the slope, a from the slope of the finer half of the steps."""
    finer = np.argsort(np.argsort(x)) < (x.size + 1) // 2
    whole, part = _lever(x, weights), np.zeros_like(x)
    part[finer] = _lever(x[finer], weights[finer])
    term, difference = np.exp(next_order * (x - x.max())), whole - part
    moved = math.hypot(float(difference @ y), math.sqrt(max(float(difference @ covariance @ difference), 0.0)))
    return moved * abs(float(whole @ term)) / max(abs(float(difference @ term)), 1e-300)


def _chi_square(x: FloatArray, y: FloatArray, covariance: FloatArray) -> float:
    """Return the squared residuals in the metric of their covariance; the same for every linear fit of the line."""
    rest = np.linalg.svd(np.stack([np.ones_like(x), x]), full_matrices=True)[2][2:]  # what a line cannot reach
    residual = rest @ y
    return float(residual @ np.linalg.pinv(rest @ covariance @ rest.T, hermitian=True) @ residual)
