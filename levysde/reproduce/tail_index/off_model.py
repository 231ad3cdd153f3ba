"""Laws that are shown to the tail-index estimator of the first paper: what it reads off each, drawn and exact."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from levysde import stable
from levysde._types import NDArray
from levysde.estimate import Prediction
from levysde.tails import block_limit
from levysde.tails.block_limit import LAW
from levysde.tails.pooled import OFFSET

__all__ = ["LAWS", "Law"]

Array = NDArray[np.float64]
MEAN_LOG_NORMAL = -(np.euler_gamma + math.log(2)) / 2  # of log|Z|, Z normal


@dataclass(frozen=True)
class Law:
    """A law of noise.

    Attributes
    ----------
    label : str
    index : index of its domain of attraction: 2 where the variance is finite
    draw : (rng, rows, columns) to independent rows; entries of one row may depend on each other
    limit : block size to what the estimator converges to
    """

    label: str
    index: float
    draw: Callable[[np.random.Generator, int, int], Array]
    limit: Callable[[int], Prediction]


def _stable(alpha: float) -> Law:
    return Law(
        f"stable, alpha = {alpha:g}",
        alpha,
        lambda rng, *shape: stable.rvs(alpha, size=shape, rng=rng),
        lambda m: block_limit(lambda t: np.exp(-(t**alpha)), m),
    )


def _student(nu: float) -> Law:
    def characteristic(t: Array) -> Array:
        from scipy.special import gamma, kv

        z = math.sqrt(nu) * t
        with np.errstate(invalid="ignore", over="ignore"):
            found = z ** (nu / 2) * kv(nu / 2, z) / (2 ** (nu / 2 - 1) * gamma(nu / 2))
        return np.where(z < 1e-9, 1.0, np.where(z > 700, 0.0, found))

    return Law(
        f"Student's t, nu = {nu:g}",
        min(nu, 2.0),
        lambda rng, *shape: rng.standard_t(nu, shape),
        lambda m: block_limit(characteristic, m),
    )


def _scaled(spread: float) -> Law:
    """Return normal values whose scales are lognormal: neighbouring coordinates of unequal size."""
    z = np.linspace(-10, 10, 401)
    weight = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()

    def characteristic(t: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(-0.5 * np.multiply.outer(t, np.exp(spread * z)) ** 2) @ weight)

    return Law(
        f"normal, lognormal scales (sd {spread:g})",
        2.0,
        lambda rng, *shape: rng.standard_normal(shape) * np.exp(spread * rng.standard_normal(shape)),
        lambda m: block_limit(characteristic, m),
    )


def _with_zeros(share: float) -> Law:
    def draw(rng: np.random.Generator, rows: int, columns: int) -> Array:
        return rng.standard_normal((rows, columns)) * (rng.random((rows, columns)) >= share)

    def limit(m: int) -> Prediction:
        from scipy.stats import binom

        n = np.arange(1, m + 1)
        none = float(binom.pmf(0, m, 1 - share))
        log_sum = float(binom.pmf(n, m, 1 - share) @ np.log(n)) / 2 + (1 - none) * MEAN_LOG_NORMAL
        log_value = (1 - share) * MEAN_LOG_NORMAL + share * math.log(OFFSET)
        value = math.log(m) / (log_sum + none * math.log(OFFSET) - log_value)
        return Prediction(value, 1e-9, LAW, True, "a zero counts as log = -36.04")

    return Law(f"normal, {share:.0%} zeros", 2.0, draw, limit)


def _rank_one(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """Gradients of a layer of 10 units: error of a unit times the input of the layer, all inputs positive."""
    back, inputs = rng.standard_normal((rows, 10, 1)), np.abs(rng.standard_normal((rows, 1, columns // 10)))
    return np.asarray((back * inputs).reshape(rows, -1))


def _half_normal(t: Array) -> NDArray[np.complex128]:
    from scipy.special import wofz

    return np.asarray(wofz(t / math.sqrt(2)))


LAWS = (
    _stable(1.5),
    _stable(2.0),
    _student(1.5),
    _student(3.0),
    Law(
        "Laplace",
        2.0,
        lambda rng, *shape: rng.laplace(size=shape),
        lambda m: block_limit(lambda t: 1 / (1 + t * t), m),
    ),
    Law(
        "normal, mean 1",
        2.0,
        lambda rng, *shape: 1 + rng.standard_normal(shape),
        lambda m: block_limit(lambda t: np.exp(1j * np.minimum(t, 1e3) - t * t / 2), m),
    ),
    *(_with_zeros(share) for share in (0.1, 0.3, 0.6)),
    *(_scaled(spread) for spread in (1.0, 3.0)),
    Law("rank-one layer of normal noise", 2.0, _rank_one, lambda m: block_limit(_half_normal, m)),
)
