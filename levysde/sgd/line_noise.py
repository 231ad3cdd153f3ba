"""Minibatch gradient noise along a line: its law at a minimum, and how its scale varies around it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._validate import count, finite_number
from levysde.coefficient import Coefficient
from levysde.domains import Interval
from levysde.estimate import Estimate
from levysde.landscapes import Landscape
from levysde.sde import SDE
from levysde.sgd.cell import cell
from levysde.sgd.line import Line
from levysde.sgd.matching import matching_sde
from levysde.sgd.networks import FloatArray
from levysde.stable import fit
from levysde.tails import TailReport, report

REACH = 1.959964
GROUPS = 20  # that the draws at a place are split into, for the error of their scale
STAY = np.zeros(2)


@dataclass(frozen=True, eq=False)
class LineNoise:
    """Gradient noise on a line.

    `dataclasses.replace` gives a noise with other numbers, to see what they would do.

    Attributes
    ----------
    at : position of the minimum
    sigma : Estimate
        Scale of the noise there: of the stable law, or the standard deviation where alpha is None.
    alpha : Estimate or None
        Index of the symmetric stable law; None where the report does not speak for a heavy tail: the noise is then
        taken as Gaussian with the measured variance, however much heavier than Gaussian it may be.
    covariance : (2, 2) of the errors of alpha and sigma
    report : TailReport
        On the draws at the minimum.
    places, profile, profile_error : (m,) positions across the domain, equidistant, the scale of the noise there over
        that at the minimum, and its error
    """

    at: float
    sigma: Estimate
    alpha: Estimate | None
    covariance: FloatArray
    report: TailReport
    places: FloatArray
    profile: FloatArray
    profile_error: FloatArray

    @property
    def coefficient(self) -> Coefficient:
        """The profile as the coefficient of an `SDE`: linear between the places, constant beyond them."""
        step = float(self.places[1] - self.places[0])
        return Coefficient(relative_scale, params=[float(self.places[0]), 1.0 / step, *self.profile])

    @property
    def place(self) -> str:
        """Where, as text."""
        return f"{self.at:.4g}"

    def matching(self, landscape: Landscape, eta: float, *, varying: bool, shift: FloatArray = STAY) -> SDE:
        """Return the SDE of SGD with this noise, its scale varying along the line or that of the minimum everywhere.

        `shift` moves (alpha, log sigma).
        """
        index = None if self.alpha is None else min(self.alpha.value + float(shift[0]), 2.0)
        sde = matching_sde(landscape, eta=eta, sigma=self.sigma.value * math.exp(shift[1]), alpha=index)
        return replace(sde, coefficient=self.coefficient if varying else None)

    def shifts(self, *, varying: bool) -> Iterator[FloatArray]:
        """Yield shifts of (alpha, log sigma) by one error along independent directions.

        The error of the profile counts as one common factor.
        """
        scale = self.sigma.value
        yield from axes_of(self.covariance / np.array([[1.0, scale], [scale, scale**2]]))
        if varying:
            yield np.array([0.0, relative_error(self.profile, self.profile_error)])

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, for JSON."""
        return {
            "at": self.at,
            "sigma": [self.sigma.value, self.sigma.standard_error],
            "alpha": None if self.alpha is None else [self.alpha.value, self.alpha.standard_error],
            "profile": [self.places.tolist(), self.profile.tolist()],
        }

    def __str__(self) -> str:
        law = f"sigma = {self.sigma} (standard deviation), Gaussian"
        if self.alpha is not None:
            law = f"sigma = {self.sigma}, alpha = {self.alpha}"
        return f"{law}; {self.profile.min():.3g} to {self.profile.max():.3g} times sigma across the domain"


def axes_of(covariance: FloatArray) -> Iterator[FloatArray]:
    """Yield shifts by one error along the axes of a covariance."""
    values, vectors = np.linalg.eigh(covariance)
    for value, vector in zip(values, vectors.T, strict=True):
        if value > 0:
            yield math.sqrt(value) * vector


def relative_error(profile: FloatArray, error: FloatArray) -> float:
    """Return the root mean square of the relative errors of a profile."""
    return float(np.sqrt(np.mean((error / profile) ** 2)))


def relative_scale(x, params):  # type: ignore[no-untyped-def]
    """Interpolate linearly: params holds the first place, places per unit length, then the values."""
    k, t, _ = cell(x, params[0], params[1], len(params) - 3.0)
    return params[2 + k] + t * (params[3 + k] - params[2 + k])


def noise_on_line(
    line: Line,
    minimum: int = 0,
    *,
    domain: Interval | None = None,
    n_draws: int = 10_000,
    places: int = 15,
    rng: RNG = None,
) -> LineNoise:
    """Draw minibatch gradients at a minimum and around it, and estimate the law of their noise.

    At the minimum `tails.report` decides: where it speaks for a heavy tail, alpha and sigma are those of the symmetric
    stable law of the largest likelihood; otherwise the noise is Gaussian with the measured variance. The profile
    compares the spread of the draws at other places (interquartile range, or standard deviation) with that there.

    Parameters
    ----------
    line : Line
    minimum : which one of `line.landscape.minima`
    domain : Interval, optional
        The profile reaches from end to end of it, where they are finite, else as far as the line or two widths of the
        other side; None for `line.basin(minimum)`.
    n_draws : minibatches at the minimum, at least 1600; a quarter as many at every place of the profile
    places : number of them, at least 5
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`

    Raises
    ------
    ValueError, TypeError
        Numbers outside their range, gradients that do not vary or are not finite.

    Examples
    --------
    >>> import levysde as ls
    >>> well = ls.Quadratic()
    >>> line = ls.sgd.Line(well, lambda s, generator: well.gradient(s) + 0.3 * generator.normal(size=len(s)), -2, 2)
    >>> noise = ls.sgd.noise_on_line(line, n_draws=2000, rng=1)
    >>> noise.alpha is None, abs(noise.sigma.value - 0.3) < 5 * noise.sigma.standard_error
    (True, True)
    """
    domain = line.basin(minimum) if domain is None else domain
    if not isinstance(domain, Interval):
        raise TypeError(f"domain={domain!r} is no Interval; give Interval(a, b) or line.basin(minimum)")
    n_draws, places = count(n_draws, "n_draws", minimum=4 * GROUPS * 20), count(places, "places", minimum=5)
    at = float(line.landscape.minima[minimum, 0])
    generator = np.random.default_rng(entropy_of(rng))
    draws = _draws(line, at, n_draws, generator)
    if not np.ptp(draws) > 0:
        raise ValueError(f"all minibatch gradients at s={at:g} are equal: there is no noise to match; take a smaller b")
    said = report(draws, rng=generator)
    alpha = None
    if said.kind == "heavy tail":
        found = fit(draws, beta=0.0, parameterization="S0")
        keep = np.ix_([0, 2], [0, 2])
        covariance = np.nan_to_num(np.asarray(found.covariance, float)[keep])
        errors = np.sqrt(np.diag(covariance))
        alpha = estimate_of(found.alpha, float(errors[0]), n_draws, "stable law, maximum likelihood")
        sigma = estimate_of(found.scale, float(errors[1]), n_draws, "stable law, maximum likelihood")
    else:
        deviation = float(draws.std(ddof=1))
        fourth = float(np.mean((draws - draws.mean()) ** 4)) / deviation**4
        error = deviation * math.sqrt(max(fourth - 1.0, 0.0) / (4 * n_draws))
        covariance = np.diag([0.0, error**2])
        sigma = estimate_of(deviation, error, n_draws, "standard deviation")
    spread = quartiles if alpha is not None else deviation_of
    where = np.linspace(*_stretch(domain, at), places)
    there = [scale_of(_draws(line, float(s), n_draws // 4, generator), spread) for s in where]
    here, here_error = scale_of(draws, spread)
    values, value_errors = np.array(there).T
    if not here > 0:
        raise ValueError(f"most minibatch gradients at s={at:g} are equal; take a larger b")
    profile = values / here
    error_of = np.hypot(value_errors / here, profile * here_error / here)
    return LineNoise(at, sigma, alpha, covariance, said, where, profile, error_of)


def _draws(line: Line, at: float, n: int, generator: np.random.Generator) -> FloatArray:
    found = np.asarray(line.slopes(np.full(n, at), generator), dtype=np.float64)
    if found.shape != (n,) or not np.all(np.isfinite(found)):
        raise ValueError(
            f"slopes at s={at:g} have shape {found.shape} and {np.count_nonzero(~np.isfinite(found))} values that are "
            f"not finite; it must return ({n},) finite numbers"
        )
    return found


def _stretch(domain: Interval, at: float) -> tuple[float, float]:
    """Return the ends of the domain; an infinite one is put at twice the distance of the other."""
    left, right = at - domain.a, domain.b - at
    if math.isinf(left) and math.isinf(right):
        raise ValueError("the domain is the whole line, which no path leaves; give an Interval with a finite end")
    left, right = min(left, 2 * right), min(right, 2 * left)
    return finite_number(at - left, "low"), finite_number(at + right, "high")


def estimate_of(value: float, error: float, n: int, method: str) -> Estimate:
    """Return an estimate with a normal interval."""
    return Estimate(value, error, math.nan, (value - REACH * error, value + REACH * error), n, method)


def scale_of(draws: FloatArray, spread) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """Return the spread and its error from the same of groups; the draws are independent."""
    groups = [spread(group) for group in np.array_split(draws, GROUPS)]
    return spread(draws), float(np.std(groups, ddof=1)) / math.sqrt(GROUPS)


def quartiles(values: FloatArray) -> float:
    """Return the distance between the quartiles."""
    low, high = np.quantile(values, [0.25, 0.75])
    return float(high - low)


def deviation_of(values: FloatArray) -> float:
    """Return the standard deviation."""
    return float(values.std(ddof=1))
