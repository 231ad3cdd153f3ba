"""Whether the changes of well are those of a Markov chain: what two steps of a lag do against one of twice the lag."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde._types import NDArray
from levysde._validate import positive

Array = NDArray[np.float64]

DRAWS = 200  # of the errors
SHARE = 0.5  # of the shortest mean stay, that a lag is chosen to be


@dataclass(frozen=True, eq=False)
class ChapmanKolmogorov:
    """P(2 lag), measured directly, beside P(lag)^2.

    Attributes
    ----------
    lag : float
    twice, squared : array (n, n)
        Probabilities to be in well j after 2 lag, from the starts in well i; NaN in the row of a well never visited.
    standard_error : array (n, n)
        Of their difference, by drawing the paths again.
    """

    lag: float
    twice: Array
    squared: Array
    standard_error: Array

    @classmethod
    def of(cls, once: Array, twice: Array, lag: float, rng: np.random.Generator) -> ChapmanKolmogorov:
        """Make the test from counts per path, (n_paths, n, n) after one lag and after two."""
        n = len(once)
        direct, squared = _both(once.sum(axis=0), twice.sum(axis=0))
        weights = rng.multinomial(n, np.full(n, 1 / n), size=DRAWS)
        draws = [_both(np.tensordot(w, once, 1), np.tensordot(w, twice, 1)) for w in weights]
        error = np.std([a - b for a, b in draws], axis=0, ddof=1)
        return cls(lag, direct, squared, error)

    @property
    def z(self) -> Array:
        """Difference over its standard error, (n, n); NaN where both are zero."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return (self.twice - self.squared) / self.standard_error

    def __str__(self) -> str:
        worst = float(np.nanmax(np.abs(self.z))) if np.any(np.isfinite(self.z)) else math.nan
        gap = float(np.nanmax(np.abs(self.twice - self.squared)))
        return f"Chapman-Kolmogorov at lag {self.lag:.4g}: |P(2 lag) - P(lag)^2| <= {gap:.2g}, largest |z| {worst:.2f}"


def lagged_counts(labels: NDArray[np.int8], lag: int, n: int) -> Array:
    """Count, per path, the pairs of labels that lie `lag` saves apart; (n_paths, n, n)."""
    a, b = labels[:, :-lag].astype(np.int64), labels[:, lag:].astype(np.int64)
    counts = np.zeros((len(labels), n, n))
    for i in range(n):
        for j in range(n):
            counts[:, i, j] = np.count_nonzero((a == i) & (b == j), axis=1)
    return counts


def choose_lag(lag: float | None, mean_stay: float, spacing: float, n_times: int) -> int:
    """Return the lag in saves; ValueError where it does not fit into what was saved."""
    wanted = SHARE * mean_stay if lag is None else positive(lag, "lag")
    longest = (n_times - 1) // 3 if lag is None else (n_times - 1) // 2
    if not wanted < math.inf:
        raise ValueError("no change of well was seen, so there is nothing to test; watch for longer")
    steps = max(1, round(wanted / spacing))
    if lag is None:
        steps = min(steps, longest)
    if not 1 <= steps <= longest:
        raise ValueError(
            f"lag={wanted:g} is {steps} saves of {spacing:g}, and {n_times} were saved per path; "
            f"give a lag of at most {longest * spacing:g}, or count for longer"
        )
    return steps


def _both(once: Array, twice: Array) -> tuple[Array, Array]:
    with np.errstate(invalid="ignore"):
        p, direct = once / once.sum(axis=1, keepdims=True), twice / twice.sum(axis=1, keepdims=True)
    return direct, p @ p
