"""Minibatch gradient noise on a plane: its law at a minimum, along its own axes, and how its scales vary around it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._validate import count
from levysde.coefficient import Coefficient
from levysde.domains import Ball
from levysde.estimate import Estimate
from levysde.landscapes import Landscape
from levysde.noise import IsotropicStable
from levysde.sde import SDE
from levysde.sgd.cell import cell
from levysde.sgd.line_noise import (
    GROUPS,
    axes_of,
    deviation_of,
    estimate_of,
    quartiles,
    relative_error,
    scale_of,
)
from levysde.sgd.matching import matching_sde
from levysde.sgd.networks import FloatArray
from levysde.sgd.plane import Plane
from levysde.sgd.surface import turn
from levysde.stable import fit
from levysde.tails import TailReport, report

STAY = np.zeros(3)
FINER = 4


@dataclass(frozen=True, eq=False)
class PlaneNoise:
    r"""Gradient noise on a plane: elliptical stable, or Gaussian, with axes of its own.

    Its characteristic function is exp(-((sigma_1 k_1)^2 + (sigma_2 k_2)^2)^(alpha/2)) with k along the axes; where
    alpha is None, sigma_1 and sigma_2 are standard deviations.

    Attributes
    ----------
    at : (x, y) of the minimum, in the frame of the plane
    angle : by which the main axis is turned against the first axis of that frame
    sigma : Estimate along the main axis and along the other one
    alpha : Estimate or None
        None where the report does not speak for a heavy tail: the noise is then taken as Gaussian.
    covariance : (3, 3) of the errors of alpha and the logarithms of both sigma
    report : TailReport
        On the draws at the minimum.
    places : (m,) coordinates along either axis, from the minimum, equidistant
    profile, profile_error : (m, m, 2) scales along both axes there over those at the minimum, and their errors
    """

    at: tuple[float, float]
    angle: float
    sigma: tuple[Estimate, Estimate]
    alpha: Estimate | None
    covariance: FloatArray
    report: TailReport
    places: FloatArray
    profile: FloatArray
    profile_error: FloatArray

    @property
    def place(self) -> str:
        """Where, as text."""
        return f"({self.at[0]:.4g}, {self.at[1]:.4g})"

    def matching(self, landscape: Landscape, eta: float, *, varying: bool, shift: FloatArray = STAY) -> SDE:
        """Return the SDE of SGD with this noise, its scales varying or those of the minimum everywhere.

        The landscape has its origin at the minimum and its axes along those of the noise; `shift` moves (alpha,
        log sigma_1, log sigma_2).
        """
        alpha = None if self.alpha is None else min(self.alpha.value + float(shift[0]), 2.0)
        sde = matching_sde(landscape, eta=eta, sigma=1.0, alpha=alpha)
        noise = sde.noise if alpha is None else IsotropicStable(alpha)
        scales = np.array([sigma.value for sigma in self.sigma]) * np.exp(shift[1:])
        constant = Coefficient(axis_scales, params=scales)
        if not varying:
            return replace(sde, noise=noise, coefficient=constant)
        where, profile = self._finer()
        grid = [float(where[0]), 1.0 / float(where[1] - where[0]), len(where) - 1]
        coefficient = Coefficient(relative_scales, params=[*grid, *(profile * scales).ravel()])
        return replace(sde, noise=noise, coefficient=coefficient)

    def _finer(self) -> tuple[FloatArray, FloatArray]:
        """Return places and profile on a grid so fine that linear interpolation of the splines through it is good."""
        from scipy.interpolate import RectBivariateSpline

        where = np.linspace(self.places[0], self.places[-1], FINER * (len(self.places) - 1) + 1)
        degree = min(3, len(self.places) - 1)
        splines = [
            RectBivariateSpline(self.places, self.places, self.profile[..., k], kx=degree, ky=degree) for k in (0, 1)
        ]
        found = np.stack([spline(where, where) for spline in splines], axis=-1)
        return where, np.maximum(found, self.profile.min(axis=(0, 1)))

    def shifts(self, *, varying: bool) -> Iterator[FloatArray]:
        """Yield shifts of (alpha, log sigma_1, log sigma_2) by one error along independent directions.

        The error of the profile counts as one common factor.
        """
        yield from axes_of(self.covariance)
        if varying:
            extra = relative_error(self.profile, self.profile_error)
            yield np.array([0.0, extra, extra])

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, for JSON."""
        return {
            "at": list(self.at),
            "angle": self.angle,
            "sigma": [[one.value, one.standard_error] for one in self.sigma],
            "alpha": None if self.alpha is None else [self.alpha.value, self.alpha.standard_error],
            "profile": [self.places.tolist(), self.profile.tolist()],
        }

    def __str__(self) -> str:
        main, other = self.sigma
        law = "(standard deviations), Gaussian" if self.alpha is None else f"alpha = {self.alpha}"
        turned = f"sigma = {main} at {math.degrees(self.angle):.0f} degrees, {other} across, {law}"
        return f"{turned}; {self.profile.min():.3g} to {self.profile.max():.3g} times that across the disc"


def axis_scales(x, params, out):  # type: ignore[no-untyped-def]
    """Write the same scales everywhere."""
    out[0] = params[0]
    out[1] = params[1]


def relative_scales(x, params, out):  # type: ignore[no-untyped-def]
    """Interpolate bilinearly: params holds the first place, places per unit length, their last number, then scales."""
    cells = params[2]
    i, s, _ = cell(x[0], params[0], params[1], cells)
    j, t, _ = cell(x[1], params[0], params[1], cells)
    stride = 2 * (int(cells) + 1)
    low = 3 + i * stride + 2 * j
    for k in range(2):
        left = params[low + k] + t * (params[low + k + 2] - params[low + k])
        at = low + k + stride
        right = params[at] + t * (params[at + 2] - params[at])
        out[k] = left + s * (right - left)


def noise_on_plane(
    plane: Plane,
    minimum: int = 0,
    *,
    domain: Ball | None = None,
    n_draws: int = 10_000,
    places: int = 9,
    rng: RNG = None,
) -> PlaneNoise:
    """Draw minibatch gradients at a minimum of a plane and around it, and estimate the law of their noise.

    At the minimum `tails.report` decides: where it speaks for a heavy tail, the noise is taken as elliptical stable.
    Its axes come from the scales along four directions, alpha and both sigma from the stable laws of the largest
    likelihood along the axes. Otherwise it is Gaussian with the measured covariance. The profile compares the spread
    along the axes at other places (interquartile range, or standard deviation) with that at the minimum; that the axes
    turn from place to place is left out.

    Parameters
    ----------
    plane : Plane
    minimum : which one of `plane.landscape.minima`
    domain : Ball, optional
        The profile covers the square around it; None for `plane.around(minimum)`.
    n_draws : minibatches at the minimum, at least 1600; a quarter as many at every place of the profile
    places : number of them along each axis, at least 3
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`

    Raises
    ------
    ValueError, TypeError
        Numbers outside their range, gradients that do not vary along some direction or are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import levysde as ls
    >>> x = np.linspace(-2, 2, 21)
    >>> def slopes(s, generator):
    ...     return s + generator.normal(size=s.shape) * [0.1, 0.3]
    >>> plane = ls.sgd.Plane(x, x, 0.5 * (x[:, None] ** 2 + x**2), slopes)
    >>> noise = ls.sgd.noise_on_plane(plane, n_draws=2000, rng=1)
    >>> noise.alpha is None, abs(noise.sigma[0].value - 0.3) < 5 * noise.sigma[0].standard_error
    (True, True)
    """
    if not isinstance(plane, Plane):
        raise TypeError(f"plane={plane!r} is no Plane; give plane_through(...), network_plane(...) or Plane(...)")
    domain = plane.around(minimum) if domain is None else domain
    n_draws, places = count(n_draws, "n_draws", minimum=4 * GROUPS * 20), count(places, "places", minimum=3)
    at = plane.landscape.minima[count(minimum, "minimum", minimum=0)]
    generator = np.random.default_rng(entropy_of(rng))
    draws = _draws(plane, at, n_draws, generator)
    if not np.linalg.matrix_rank(draws - draws.mean(axis=0)) == 2:
        raise ValueError(f"minibatch gradients at {at} do not vary along some direction; take a smaller b, or a line")
    said = report(draws, rng=generator)
    heavy = said.kind == "heavy tail"
    angle = main_angle(_shape(draws) if heavy else np.cov(draws.T))
    seen = draws @ turn(angle)
    alpha, sigma, covariance = _stable(seen) if heavy else _gaussian(seen)
    spread = quartiles if heavy else deviation_of
    here = np.array([scale_of(column, spread) for column in seen.T])
    if not np.all(here[:, 0] > 0):
        raise ValueError(f"most minibatch gradients at {at} are equal; take a larger b")
    reach = float(np.linalg.norm(np.asarray(domain.center) - at)) + float(domain.radius)
    where = np.linspace(-reach, reach, places)
    there = np.empty((places, places, 2, 2))
    for i, x in enumerate(where):
        for j, y in enumerate(where):
            rows = _draws(plane, at + turn(angle) @ [x, y], n_draws // 4, generator) @ turn(angle)
            there[i, j] = [scale_of(column, spread) for column in rows.T]
    profile = there[..., 0] / here[:, 0]
    error = np.hypot(there[..., 1] / here[:, 0], profile * here[:, 1] / here[:, 0])
    place = (float(at[0]), float(at[1]))
    return PlaneNoise(place, angle, sigma, alpha, covariance, said, where, profile, error)


def main_angle(matrix: FloatArray) -> float:
    """Return the angle of the longer axis of a symmetric matrix (2, 2)."""
    return 0.5 * math.atan2(2 * float(matrix[0, 1]), float(matrix[0, 0] - matrix[1, 1]))


def _draws(plane: Plane, at: FloatArray, n: int, generator: np.random.Generator) -> FloatArray:
    found = plane.gradients(np.tile(at, (n, 1)), generator)
    if found.shape != (n, 2) or not np.all(np.isfinite(found)):
        raise ValueError(
            f"slopes at {at} have shape {found.shape} and {np.count_nonzero(~np.isfinite(found))} values that are not "
            f"finite; it must return ({n}, 2) finite numbers"
        )
    return found


def _shape(draws: FloatArray) -> FloatArray:
    """Return S of the elliptical law: the squared scale along a direction u is u.S u."""
    ways = turn(math.pi / 4)[:, 0], turn(-math.pi / 4)[:, 0]
    along = [
        float(fit(v, method="ecf", beta=0.0, parameterization="S0").scale) ** 2
        for v in (*draws.T, *(draws @ w for w in ways))
    ]
    twist = (along[2] - along[3]) / 2
    return np.array([[along[0], twist], [twist, along[1]]])


def _gaussian(draws: FloatArray) -> tuple[None, tuple[Estimate, Estimate], FloatArray]:
    centred = draws - draws.mean(axis=0)
    deviations = centred.std(axis=0, ddof=1)
    squares = (centred / deviations) ** 2
    covariance = np.zeros((3, 3))
    covariance[1:, 1:] = np.cov(squares.T) / (4 * len(draws))  # d log sigma is half of d sigma^2 / sigma^2
    return None, _pair(deviations, covariance, len(draws), "standard deviation"), covariance


def _stable(draws: FloatArray) -> tuple[Estimate, tuple[Estimate, Estimate], FloatArray]:
    """Return the law along both axes, which share alpha; its error counts as if both saw the same jumps."""
    found = [fit(column, beta=0.0, parameterization="S0") for column in draws.T]
    scales = np.array([float(one.scale) for one in found])
    parts = [np.nan_to_num(np.asarray(one.covariance, float)[np.ix_([0, 2], [0, 2])]) for one in found]
    variance = float(np.mean([part[0, 0] for part in parts]))
    pulls = [part[0, 1] / part[0, 0] / s if part[0, 0] > 0 else 0.0 for part, s in zip(parts, scales, strict=True)]
    lean = np.array([1.0, *pulls])
    covariance = variance * np.outer(lean, lean)
    for k, (part, s, pull) in enumerate(zip(parts, scales, pulls, strict=True), start=1):
        covariance[k, k] += max(part[1, 1] / s**2 - pull**2 * part[0, 0], 0.0)
    name = "stable law along the axes, maximum likelihood"
    alpha = float(np.mean([one.alpha for one in found]))
    return (
        estimate_of(alpha, math.sqrt(variance), len(draws), name),
        _pair(scales, covariance, len(draws), name),
        covariance,
    )


def _pair(values: FloatArray, covariance: FloatArray, n: int, method: str) -> tuple[Estimate, Estimate]:
    errors = values * np.sqrt(np.diag(covariance)[1:])
    main, other = (estimate_of(float(v), float(e), n, method) for v, e in zip(values, errors, strict=True))
    return main, other
