"""One level of a multilevel estimate: its paths or pairs, and what they say about the correction."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from levysde._streams import entropy_of
from levysde._types import NDArray
from levysde.engine.exits import ExitTask, simulate_exits
from levysde.engine.pool import Workers
from levysde.kernels.exits import CENSORED, EXITED
from levysde.kernels.multilevel import COARSE_LEFT, FINE_LEFT, LOST, STAYED
from levysde.rare.multilevel_pairs import PairTask, refuse_partial, simulate_pairs
from levysde.rare.multilevel_steps import RATIO, Steps
from levysde.schemes import Splitting

FloatArray = NDArray[np.float64]
Payoff = Callable[[FloatArray, FloatArray], FloatArray]  # (exit times (n,), exit points (n, dim)) -> (n,)

BATCH = 200_000  # paths or pairs simulated at once: bounds the memory
FIRST_COPIES, MOST_COPIES = 4, 64  # continuations of a survivor: in the pilot, and ever


@dataclass(frozen=True)
class Values:
    """Payoffs of the pairs of a batch; at level 0 of paths, with `coarse` zero.

    `within` is the variance that one continuation of the survivors adds to the difference, and `steps` and
    `continued` are the path-steps spent per pair before the first of the two left and on one continuation after.
    """

    fine: FloatArray
    coarse: FloatArray
    within: float
    steps: float
    continued: float


@dataclass
class Level:
    """What has been simulated of one level so far."""

    steps: Steps
    number: int
    payoff: Payoff
    entropy: int
    workers: Workers
    copies: int = FIRST_COPIES
    n: int = 0
    lost: int = 0
    work: float = 0.0
    between: float = 0.0  # variance of the difference given what both paths did up to the first exit
    within: float = 0.0
    pair_steps: float = 0.0
    continued: float = 0.0
    _means: list[tuple[int, float, float]] = field(default_factory=list)  # pairs, mean, variance by batch

    def add(self, n: int) -> None:
        """Simulate `n` more paths or pairs."""
        for start in range(0, n, BATCH):
            size = min(BATCH, n - start)
            origin = entropies(self.entropy, self.number, len(self._means))
            values = level_values(self.steps, self.number, self.payoff, size, self.copies, origin, self.workers)
            self._take(values, size)

    def _take(self, values: Values, size: int) -> None:
        difference = values.fine - values.coarse
        n = difference.size
        if n < 2:
            raise ValueError(
                f"{size - n} of {size} paths became non-finite with dt={self.steps.step(self.number):g}, so that "
                "nothing can be estimated; give a smaller dt or bound the landscape's force"
            )
        variance = float(np.var(difference, ddof=1))
        before, share = self.n, n / (self.n + n)
        self.lost += size - n
        self.n += n
        self.work += size * (values.steps + self.copies * values.continued)
        between = max(variance - values.within / self.copies, 0.0)
        for name, new in (
            ("between", between),
            ("within", values.within),
            ("pair_steps", values.steps),
            ("continued", values.continued),
        ):
            setattr(self, name, new if before == 0 else getattr(self, name) * (1 - share) + new * share)
        self._means.append((n, float(np.mean(difference)), variance))

    def balance(self) -> None:
        """Choose the number of continuations at which they and the pairs earn their cost alike."""
        if self.number and self.between > 0 and self.continued > 0:
            best = math.sqrt(self.within * self.pair_steps / (self.between * self.continued))
            self.copies = int(np.clip(round(best), 1, MOST_COPIES))

    @property
    def mean(self) -> float:
        """Mean of the payoff (level 0) or of the correction."""
        return sum(n * mean for n, mean, _ in self._means) / self.n

    @property
    def squared_error(self) -> float:
        """Squared standard error of `mean`."""
        return sum(n * variance for n, _, variance in self._means) / self.n**2

    @property
    def variance(self) -> float:
        """Variance of one pair with the chosen number of continuations."""
        return self.between + self.within / self.copies

    @property
    def cost(self) -> float:
        """Path-steps of one pair with the chosen number of continuations."""
        return self.pair_steps + self.copies * self.continued


def entropies(entropy: int, level: int, batch: int) -> tuple[int, int, int]:
    """Return root entropies for the pairs and for the two kinds of survivors of one batch, all unrelated."""
    return tuple(entropy_of(np.random.SeedSequence(entropy, spawn_key=(level, batch, k))) for k in range(3))  # type: ignore[return-value]


def level_values(
    steps: Steps, level: int, payoff: Payoff, n: int, copies: int, origin: tuple[int, int, int], workers: Workers
) -> Values:
    """Simulate paths (level 0) or coupled pairs, and return their payoffs; lost ones are left out.

    Raises
    ------
    ValueError
        Some path had not left by `steps.t_max`.
    """
    if level == 0:
        times, points, kept, work = _exits(steps, 0, steps.x0, n, origin[0], workers)
        fine = payoff(times, points)[kept]
        return Values(fine, np.zeros_like(fine), 0.0, work / n, 0.0)
    return _pair_values(steps, level, payoff, n, copies, origin, workers)


def _pair_values(
    steps: Steps, level: int, payoff: Payoff, n: int, copies: int, origin: tuple[int, int, int], workers: Workers
) -> Values:
    dt, coarse_dt = steps.step(level), steps.step(level - 1)
    most = math.ceil(steps.t_max / coarse_dt)
    domains = steps.inner(level).domain, steps.inner(level - 1).domain
    task = PairTask(steps.sde, Splitting(), dt, RATIO, *domains, steps.x0, most, origin[0], 0, n)
    record = simulate_pairs(task, workers=workers)
    if np.any(record.kind == STAYED):
        raise _too_long(steps)
    kept = record.kind != LOST
    ends: FloatArray = np.multiply(record.steps, coarse_dt, dtype=np.float64)
    fine = payoff(np.where(record.sub_steps > 0, ends - (RATIO - record.sub_steps) * dt, ends), record.fine_points)
    coarse = np.array(payoff(ends, record.coarse_points))  # a copy: both payoffs may be the times themselves
    within = continued = 0.0
    for kind, values, survivor_level, points, root in (
        (COARSE_LEFT, fine, level, record.fine_points, origin[1]),
        (FINE_LEFT, coarse, level - 1, record.coarse_points, origin[2]),
    ):
        survivors = np.flatnonzero(record.kind == kind)
        if not survivors.size:
            continue
        starts = np.repeat(points[survivors], copies, axis=0)
        times, exits, good, work = _exits(steps, survivor_level, starts, len(starts), root, workers)
        table = payoff(np.repeat(ends[survivors], copies) + times, exits).reshape(-1, copies)
        values[survivors] = table.mean(axis=1)
        kept[survivors] &= good.reshape(-1, copies).all(axis=1)
        if copies > 1:
            within += float(np.sum(np.var(table[kept[survivors]], axis=1, ddof=1)))
        continued += work / copies
    spent = float(np.sum(record.steps)) * (RATIO + 1)
    return Values(fine[kept], coarse[kept], within / n, spent / n, continued / n)


def _exits(
    steps: Steps, level: int, x0: FloatArray, n: int, entropy: int, workers: Workers
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_], float]:
    """Return times and points of plain exits, which of them are finite, and the path-steps spent."""
    dt = steps.step(level)
    most = math.ceil(steps.t_max / dt)
    task = ExitTask(steps.sde, Splitting(), dt, most, steps.inner(level).domain, x0, entropy, 0, n)
    record, cut_short = simulate_exits(task, workers=workers, progress=False)
    refuse_partial(cut_short)
    if np.any(record.status == CENSORED):
        raise _too_long(steps)
    return record.times, record.exit_points, record.status == EXITED, float(np.nansum(record.times)) / dt


def _too_long(steps: Steps) -> ValueError:
    return ValueError(
        f"a path was still inside {steps.domain!r} after t = {steps.t_max:.4g}, far beyond the crude guess of the mean "
        "exit time: multilevel Monte Carlo waits for every exit; use one_big_jump (stable noise) or "
        "adaptive_multilevel_splitting (Brownian), or first_exit with t_max="
    )
