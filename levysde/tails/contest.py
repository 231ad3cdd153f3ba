r"""The law that describes a pooled sample: stable, Student t, or one with all moments.

Families of equal standing are fitted and compared by likelihood: stable laws (infinite variance for alpha < 2),
Student's t (a power law of any index nu), the exponential power law :math:`f \propto e^{-|z/s|^b}` (normal at b = 2,
Laplace at b = 1, stretched exponentials below) and two lognormal laws; the last three have all moments. A power law
that wins must also describe the tail: the generalized Pareto shape of the largest 20 % has to agree with that of its
own quantiles, fitted the same way.

References
----------
.. [1] Vuong, Econometrica 57 (1989) 307-333, doi:10.2307/1912557 (comparison of non-nested laws).
.. [2] Lange, Little and Taylor, JASA 84 (1989) 881-896, doi:10.1080/01621459.1989.10478852 (Student's t).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from levysde._types import NDArray
from levysde.stable import logpdf, ppf
from levysde.stable.fitting.law import Law
from levysde.stable.fitting.likelihood import fit_likelihood
from levysde.tails import lognormal
from levysde.tails.excess import fit_excesses

FloatArray = NDArray[np.float64]
Family = Literal["stable", "student", "exponential power", "lognormal", "two-sided lognormal"]
SHARE = 0.2  # of the sample counts as its tail
LEVELS = 2000  # quantiles that stand for a law when its own tail is fitted
CLOSE, MOST = 5.0, 20_000  # log-likelihood short of Student's for which a few values get the best stable law instead
SMALL = 0.7  # index below which regression on the characteristic function is too far from the best law
NEAR = 2.5  # errors by which the tail of the data may deviate from that of a law


@dataclass(frozen=True)
class Contest:
    """Fitted laws and their likelihoods.

    Attributes
    ----------
    winner : str
        "stable", "student", "exponential power", "lognormal" or "two-sided lognormal".
    z : float
        Vuong's statistic of the winner against the runner-up; above 2 it wins clearly.
    log_likelihood : dict
        Per value.
    student : tuple of float
        nu and its standard error for independent values.
    exponent : float
        b of the exponential power law.
    tail, tail_error : float
        Generalized Pareto shape xi of the largest 20 % of |z|, and its error for independent values.
    tail_of : dict
        The same of the fitted stable law and of the fitted Student law.
    """

    winner: Family
    z: float
    log_likelihood: dict[str, float]
    student: tuple[float, float]
    exponent: float
    tail: float
    tail_error: float
    tail_of: dict[str, float]

    def agrees(self, family: Family, widening: float = 1.0) -> bool:
        """Whether the tail of the data is that of the fitted law."""
        return abs(self.tail - self.tail_of[family]) <= NEAR * widening * self.tail_error


def contest(z: FloatArray, law: Law) -> Contest:
    """Compare the families on standardised values; `law` is the stable law fitted to them.

    Student's law has its largest likelihood, the stable law has not: where it is just behind, it gets it as well.
    """
    nu, nu_error, location, scale = _fit_student(z)
    exponent, width, middle = _fit_exponential_power(z)
    values = {
        "stable": _stable(z, law),
        "student": _student(z, nu, location, scale),
        "exponential power": _exponential_power(z, exponent, width, middle),
        "lognormal": lognormal.shifted(z),
        "two-sided lognormal": lognormal.symmetric(z),
    }
    behind = float(np.sum(values["student"] - values["stable"]))
    if (0 < behind < CLOSE or law.alpha < SMALL) and len(z) <= MOST:
        law = fit_likelihood(np.sort(z), law, None)[0]
        values["stable"] = _stable(z, law)
    means = {name: float(value.mean()) for name, value in values.items()}
    first, second = sorted(means, key=lambda name: -means[name])[:2]
    difference = values[first] - values[second]
    spread = float(difference.std())
    vuong = float(difference.mean()) / spread * math.sqrt(len(z)) if spread > 0 else 0.0
    sizes = np.sort(np.abs(z))[::-1]
    k = int(SHARE * len(sizes))
    xi = fit_excesses(sizes[:k] - sizes[k])[0]
    levels = (np.arange(LEVELS) + 0.5) / LEVELS
    tails = {
        "stable": _tail_of(ppf(levels, law.alpha, law.beta, loc=law.loc, scale=law.scale, parameterization="S0")),
        "student": _tail_of(location + scale * _student_quantiles(levels, nu)),
    }
    error = max(1 + xi, 0.5) / math.sqrt(k)
    return Contest(first, vuong, means, (nu, nu_error), exponent, xi, error, tails)  # type: ignore[arg-type]


def _stable(z: FloatArray, law: Law) -> FloatArray:
    found = logpdf(z, law.alpha, law.beta, loc=law.loc, scale=law.scale, parameterization="S0")
    return np.asarray(found, dtype=np.float64)


def _tail_of(quantiles: FloatArray) -> float:
    sizes = np.sort(np.abs(quantiles))[::-1]
    k = int(SHARE * len(sizes))
    return fit_excesses(sizes[:k] - sizes[k])[0]


def _fit_student(z: FloatArray) -> tuple[float, float, float, float]:
    """Return (nu, error of nu, location, scale) of the largest likelihood; nu ends at 1000."""
    from scipy.optimize import minimize
    from scipy.special import digamma, polygamma

    def loss(p: FloatArray) -> tuple[float, FloatArray]:
        nu, scale = math.exp(p[0]), math.exp(p[2])
        r = (z - p[1]) / (scale * math.sqrt(nu))
        h = np.hypot(1.0, r)  # squares of heavy tails may overflow
        pull = r / h
        mean_log, mean_share = 2 * float(np.log(h).mean()), float((pull * pull).mean())
        value = (nu + 1) / 2 * mean_log + p[2] - _student_constant(nu)
        by_nu = 0.5 * float(digamma((nu + 1) / 2) - digamma(nu / 2)) - 0.5 / nu
        slopes = [
            nu * (0.5 * mean_log - (nu + 1) / (2 * nu) * mean_share - by_nu),
            -(nu + 1) / (scale * math.sqrt(nu)) * float(np.mean(pull / h)),
            1 - (nu + 1) * mean_share,
        ]
        return value, np.array(slopes)

    first, middle, third = np.quantile(z, [0.25, 0.5, 0.75])
    width = float(third - first) or float(np.mean(np.abs(z - middle)))  # more than half of the values may be equal
    start = [math.log(3.0), middle, math.log(width / 1.5)]
    bounds = [(math.log(0.1), math.log(1000.0)), (None, None), (start[2] - 60.0, start[2] + 60.0)]
    p = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    nu = float(math.exp(p[0]))
    trigamma = float(polygamma(1, nu / 2) - polygamma(1, (nu + 1) / 2))
    on_nu = 0.25 * trigamma - 0.5 * (nu + 5) / (nu * (nu + 1) * (nu + 3))
    mixed, on_scale = -2 / ((nu + 1) * (nu + 3)), 2 * nu / (nu + 3)  # scale in logarithms
    determinant = on_nu * on_scale - mixed**2
    error = math.sqrt(on_scale / determinant / len(z)) if determinant > 0 else math.inf
    return nu, error, float(p[1]), float(math.exp(p[2]))


def _student_constant(nu: float) -> float:
    return math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(nu * math.pi)


def _student(z: FloatArray, nu: float, location: float, scale: float) -> FloatArray:
    r = (z - location) / (scale * math.sqrt(nu))
    found: FloatArray = _student_constant(nu) - math.log(scale) - (nu + 1) * np.log(np.hypot(1.0, r))
    return found


def _student_quantiles(levels: FloatArray, nu: float) -> FloatArray:
    from scipy.special import stdtrit

    found: FloatArray = stdtrit(nu, levels)
    return found


def _fit_exponential_power(z: FloatArray) -> tuple[float, float, float]:
    """Return (b, s, location): s in closed form for each b, the location the median."""
    from scipy.optimize import minimize_scalar

    middle = float(np.median(z))
    sizes = np.abs(z - middle)
    logs = np.log(sizes[sizes > 0])
    unit = float(logs.max())

    def width(b: float) -> float:
        """Return log s = log(b mean |z|^b) / b, without overflow."""
        mean = float(np.exp(b * (logs - unit)).sum()) / len(z)
        return unit + math.log(b * mean) / b

    def loss(b: float) -> float:
        return width(b) + math.lgamma(1 / b) - math.log(b) + 1 / b

    b = float(minimize_scalar(loss, bounds=(0.1, 20.0), method="bounded", options={"xatol": 1e-4}).x)
    return b, math.exp(width(b)), middle


def _exponential_power(z: FloatArray, b: float, s: float, location: float) -> FloatArray:
    with np.errstate(over="ignore"):  # such a value has no chance under this law
        power = (np.abs(z - location) / s) ** b
    found: FloatArray = math.log(b / (2 * s)) - math.lgamma(1 / b) - np.minimum(power, 1e300)
    return found
