"""What the statistical tests share: z-scores from computed standard errors, and exits without the leading step bias.

A test passes where the largest of its z-scores is below `Z` = 5, and its negative controls, put through the same
function, must come out above. Standard errors are taken from the sample (bounded statistics) or from the reference
law; none is chosen by hand.
"""

import math
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

import levysde as ls

Z = 5.0


def mean_z(values, target, error=0.0):
    """Return |mean - target| in its standard errors; `error` is the standard error of the target itself."""
    return abs(np.mean(values) - target) / math.hypot(np.std(values, ddof=1) / math.sqrt(len(values)), error)


def count_z(count, n, p):
    """Return |count - n p| in binomial standard deviations under p."""
    return abs(count - n * p) / math.sqrt(n * p * (1 - p))


def characteristic_z(x, k, phi):
    """Return the largest |z| of the real and imaginary parts of mean exp(ik.x) against phi.

    x is (n,) with k (m,), or (n, dim) with k (m, dim). cos and sin are bounded, so that their standard errors exist for
    every alpha, and the central limit theorem holds at any sample size used here.
    """
    x, k, phi = np.asarray(x, float), np.asarray(k, float), np.broadcast_to(np.asarray(phi, complex), len(k))
    z = []
    for vector, target in zip(k, phi, strict=True):
        angle = x * vector if x.ndim == 1 else x @ vector
        z += [mean_z(np.cos(angle), target.real), mean_z(np.sin(angle), target.imag)]
    return np.max(z)  # not max(): a NaN has to fail


def rays(alpha, scale=1.0, *, n=5):
    """Return n wave numbers at which exp(-|scale k|^alpha) goes from 0.95 to 0.08: the informative range."""
    return np.geomspace(0.05, 2.5, n) ** (1 / alpha) / scale


def extrapolated(measure: Callable[[float, int], tuple[np.ndarray, np.ndarray]], dt: float, seed: int, ratio: int = 4):
    """Return value and standard error of Richardson's combination of `measure` at dt and ratio * dt.

    `measure(dt, seed)` returns (values, standard errors) with a step error of first order; the runs are independent.
    What is left is of higher order than dt and stays below the first-order term of the *finer* run.
    """
    fine, fine_error = measure(dt, seed)
    coarse, coarse_error = measure(ratio * dt, seed + 1)
    value = (ratio * np.asarray(fine) - np.asarray(coarse)) / (ratio - 1)
    return value, np.hypot(ratio * np.asarray(fine_error), coarse_error) / (ratio - 1)


def mean_exit(sde, x0, domain, *, n_paths, dt, rng, t_max, shift=0.0, scheme=None):
    """Return (mean, standard error) of the exit time from `domain` with its boundary moved inward by `shift`."""
    inner = domain.shrink(shift) if shift else domain
    sample = ls.first_exit(sde, x0, inner, n_paths=n_paths, dt=dt, t_max=t_max, rng=rng, scheme=scheme)
    assert sample.n_exited == n_paths, "a censored path would bias the mean: give a longer t_max"
    return np.mean(sample.times), np.std(sample.times, ddof=1) / math.sqrt(n_paths)


@pytest.fixture
def laws():
    """Return the helpers above; a fixture, because test modules are not importable from each other."""
    return SimpleNamespace(
        Z=Z,
        characteristic_z=characteristic_z,
        count_z=count_z,
        extrapolated=extrapolated,
        mean_exit=mean_exit,
        mean_z=mean_z,
        rays=rays,
    )
