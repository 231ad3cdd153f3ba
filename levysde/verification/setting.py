"""What every law is checked on, and the three routes to a mean exit time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from levysde import defaults, dirichlet, rare, theory
from levysde.domains import Domain, Interval
from levysde.engine.pool import Workers
from levysde.estimate import Estimate, Prediction
from levysde.landscapes import Landscape
from levysde.noise import AlphaStable, Noise
from levysde.rare.adaptive_splitting import misfit as splitting_misfit
from levysde.rare.one_big_jump import misfit as jump_misfit
from levysde.sde import SDE
from levysde.verification.result import Row

Theory = Callable[[SDE, Any, Domain], Prediction]

BROWNIAN = 2.0  # times the wanted error, for Brownian exits: the same exponent over far more decades of times
STEPS = 12.0  # per shortest relaxation time, in the guess of what a plain simulation costs


class LeftOutError(Exception):
    """A law cannot be checked here; the message says why."""


@dataclass(frozen=True)
class Effort:
    """How much work goes into a check.

    Attributes
    ----------
    rel_error : wanted relative error of simulated mean exit times
    paths : number of paths of a sample
    error : wanted absolute error of simulated probabilities
    halvings : powers of two by which the noise is divided
    steps : path steps that one plain simulation may take
    """

    rel_error: float
    paths: int
    error: float
    halvings: tuple[int, ...]
    steps: float


QUICK = Effort(0.03, 2000, 0.01, (0, 2, 4, 6), 6e7)
FULL = Effort(0.005, 20_000, 0.004, (-1, 0, 1, 2, 3, 4, 5, 6), 2e9)
LADDER = (0, 2, 4)  # halvings of the noise at which the approach to a limit is computed


@dataclass(frozen=True)
class Setting:
    """A landscape with wells, a stable index, an amplitude; how hard to try; and the theory that is put to the test."""

    landscape: Landscape
    alpha: float
    epsilon: float
    effort: Effort
    entropy: int
    workers: Workers
    theory: Theory

    @property
    def noise(self) -> Noise:
        """The stable law at amplitude 1."""
        return AlphaStable(self.alpha)

    @property
    def wells(self) -> range:
        """Numbers of the wells."""
        return range(len(self.landscape.minima))

    def well(self, i: int) -> tuple[float, Interval]:
        """Return minimum and basin."""
        return float(self.landscape.minima[i, 0]), self.landscape.basin(i)

    def width(self, i: int) -> float:
        """Return (left^-alpha + right^-alpha)^(-1/alpha): the width that counts for jumps."""
        return float(sum(side**-self.alpha for side in self.landscape.width(i)) ** (-1 / self.alpha))

    def deepest(self) -> int:
        """Return the number of the well with the highest lower barrier."""
        return int(np.argmax([min(self.landscape.barrier(i)) for i in self.wells]))

    def seed(self, *key: int) -> np.random.SeedSequence:
        """Return a root of random numbers for one number of one law."""
        return np.random.SeedSequence(self.entropy, spawn_key=key)

    def row(self, case: str, x: float, sde: SDE, x0: Any, domain: Domain, key: tuple[int, ...]) -> Row:
        """Return the mean exit time by all three routes."""
        solution = solved(sde, x0, domain)
        return Row(case, x, self.theory(sde, x0, domain), solution, self.measured(sde, x0, domain, solution, key))

    def measured(
        self, sde: SDE, x0: Any, domain: Domain, solution: Prediction | None, key: tuple[int, ...]
    ) -> Estimate | None:
        """Return the simulated mean exit time, None where every method would take too long."""
        jumps = sde.effective_noise.has_jumps
        rare_method = jump_misfit if jumps else splitting_misfit
        wanted = self.effort.rel_error * (1.0 if jumps else BROWNIAN)
        if rare_method(sde, x0, domain) and self.cost(sde, x0, domain, solution) > self.effort.steps:
            return None
        try:
            return rare.mean_exit_time(sde, x0, domain, rel_error=wanted, rng=self.seed(*key), workers=self.workers)
        except ValueError:  # no method in reasonable time; the arguments are our own
            return None

    def cost(self, sde: SDE, x0: Any, domain: Domain, solution: Prediction | None) -> float:
        """Guess the path steps that a plain simulation to the wanted error takes."""
        start = np.reshape(np.asarray(x0, float), (1, -1))
        mean = solution.value if solution else defaults.crude_mean_exit(sde, domain, start)
        return mean * STEPS * defaults.steepest_curvature(sde, domain, start) / self.effort.rel_error**2

    def at(self, epsilon: float) -> Setting:
        """Return the setting at another amplitude."""
        return replace(self, epsilon=epsilon)


@lru_cache(maxsize=512)
def _solved(sde: SDE, x: float, domain: Interval) -> Prediction | None:
    if not sde.effective_noise.has_jumps:
        exact = theory.brownian(sde, x, domain)
        return exact if exact.valid and math.isfinite(exact.value) else None
    try:
        found = dirichlet.mean_exit_time(sde, x, domain)
    except ValueError:  # a noise that the solver does not know
        return None
    return found if found.valid else None


def solved(sde: SDE, x0: Any, domain: Domain) -> Prediction | None:
    """Return the mean exit time without simulation, None where there is no such solution to four digits."""
    if sde.dim != 1 or not isinstance(domain, Interval):
        return None
    return _solved(sde, float(np.ravel(x0)[0]), domain)


def moderate(setting: Setting, x0: float, domain: Interval, *, relaxations: float) -> float:
    """Return the amplitude, at least the chosen one, at which exits take so many relaxation times.

    For what only plain simulation gives: laws of exit times and exit points.
    """
    sde = SDE(setting.landscape, setting.noise)
    rate = setting.noise.jump_rate(np.array([x0]), domain)
    curvature = defaults.steepest_curvature(sde, domain, np.array([[x0]]))
    return max(setting.epsilon, float(f"{(curvature / (relaxations * rate)) ** (1 / setting.alpha):.3g}"))
