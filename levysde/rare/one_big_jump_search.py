"""The search for a step and a number of paths of `one_big_jump`, and what the records of the paths say."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde._types import NDArray
from levysde.engine.pool import Workers
from levysde.estimate import Estimate
from levysde.kernels.excursions import CUT, DENSITY, EDGE, LANDING, LEAVING, OUT, TIME, VISITS
from levysde.rare.one_big_jump_run import ExcursionTask, follow
from levysde.rare.one_big_jump_well import CENTRE, CORE, JUMP, LEAST_CLEAN_ALPHA, Well, point_proposal

Array = NDArray[np.float64]

STEP = 0.2  # of the shortest relaxation time, the longest step that is tried
BURN, STAY = 4.0, 3.0  # relaxation times before a stay is recorded, and while it is
SMALL_EDGE = 0.002  # share of the exits by small moves from which stays are LONG
LONG_BURN, LONG_STAY = 5.0, 4.0  # the longest relaxation times of such stays
PATIENCE = 100.0  # longest relaxation times after which an excursion is given up
FIRST_PATHS = 750  # at rel_error = 0.01
MOST_TIMES = 400  # as many paths may be needed before the method gives in
SCATTER = 1.8  # standard deviation of a path's exits over the share of the excursions
LAYER = 1.2  # share of the excursions over the relative width of the layer at a barrier, about
SLACK = 1.25  # how far the standard error may come out above the plan
FEWEST_EFFECTIVE = 10.0  # paths that decide the standard error, while that is not far below what is wanted
STEP_SHARE = 0.4  # of rel_error that the step may cost
CLEAN, MIXED = 0.1, 0.8  # step error over (step / shortest relaxation time) x (deviation from the first-jump law)
CALM = 0.05  # ratio of drift to noise of one step at a boundary, from which on the step error is MIXED
HEAVY = 0.8  # alpha, below which MIXED grows like alpha^-2
PLACED = 1e-4  # accuracy of the distance missed at an end with drift, over the distance of the end
LARGEST_EDGE = 0.1  # share of the exits that small moves carry
LARGEST_EXCURSIONS = 0.5  # share of the exits that begin with a jump that does not leave
NEW_STEP, NEW_START = 2**40, 2**50  # path numbers of another step, and of excursions from the start


@dataclass(frozen=True)
class Flux:
    """What the records of the stays say; times are in steps."""

    mean: float  # steps to the exit
    relative_error: float
    excursions: float  # share of the exits that begin with an excursion
    lasting: float  # share of the time that excursions take
    edge: float  # share of the exits that small moves out of the core carry
    leaving: float  # mean probability to leave from a stay
    given_up: float  # share of the exits that excursions given up might add
    effective: float  # number of paths that decide the error

    @classmethod
    def of(cls, record: Array) -> Flux:
        """Combine what the kernel recorded; the error is that of a ratio of means of independent paths."""
        weight = record[:, LANDING] / record[:, DENSITY]
        steps = record[:, VISITS] + weight * record[:, TIME]
        exits = record[:, LEAVING] + weight * record[:, OUT]
        total, time = float(exits.sum()), float(steps.sum())
        mean = time / total
        residual = steps - mean * exits
        residual -= residual.mean()
        squares = residual * residual
        return cls(
            mean=mean,
            relative_error=math.sqrt(float(squares.sum()) * len(record) / (len(record) - 1)) / time,
            excursions=float(np.sum(weight * record[:, OUT])) / total,
            lasting=float(np.sum(weight * record[:, TIME])) / time,
            edge=float(record[:, EDGE].sum()) / total,
            leaving=float(record[:, LEAVING].sum() / record[:, VISITS].sum()),
            given_up=float(np.sum(weight * record[:, CUT])) / total,
            effective=float(squares.sum()) ** 2 / max(float(np.sum(squares * squares)), 1e-300),
        )


class Search:
    """The search for a step that is short enough and for paths that are many enough."""

    def __init__(self, well: Well, x0: float, rel_error: float, entropy: int, workers: Workers) -> None:
        self.well, self.x0, self.rel_error = well, x0, rel_error
        self.entropy, self.workers = entropy, workers
        low, high = well.around(CENTRE)
        self.near = low <= x0 <= high
        self.long = False
        self.first_paths = math.ceil(FIRST_PATHS * max((0.01 / rel_error) ** 2, 0.2))

    def run(self, dt: float | None) -> Estimate | str:
        """Return the estimate, or why the method gives in."""
        step = dt if dt is not None else self._first_step()
        wanted = self.rel_error / math.sqrt(2.0)
        guess = math.ceil((SCATTER * LAYER * self.well.layer / wanted) ** 2)
        for attempt in range(5):
            first = attempt * NEW_STEP
            record = self._follow(step, first, min(max(guess, self.first_paths), 2 * self.first_paths))
            flux = Flux.of(record)
            allowed = STEP_SHARE * self.rel_error
            error = self._step_error(step, flux)
            lengthen = not self.long and flux.edge > SMALL_EDGE
            if not lengthen and (dt is not None or error <= allowed):
                break
            self.long = self.long or lengthen
            if dt is None and error > allowed:
                step *= max(0.8 * allowed / error, 0.05)
        most = MOST_TIMES * self.first_paths
        # Planned from the share of the excursions, which the first paths know well, not from their scatter, which they
        # do not: to stop at the first small standard error would favour samples without their largest weights.
        planned = math.ceil((SCATTER * flux.excursions / wanted) ** 2)
        if SLACK * len(record) < planned <= most:
            record = np.concatenate([record, self._follow(step, first + len(record), planned - len(record))])
            flux = Flux.of(record)
        while objection := self._objection(flux, wanted, len(record)):
            if objection != "more":
                return objection
            needed = len(record) * max(1.3, 1.2 * (flux.relative_error / wanted) ** 2)
            if len(record) >= most or (needed > 3 * most and len(record) >= 4 * self.first_paths):
                return f"{len(record)} paths leave a standard error of {flux.relative_error:.1%}"
            needed = min(needed, 4 * len(record))
            extra = self._follow(step, first + len(record), math.ceil(min(needed, most)) - len(record))
            record = np.concatenate([record, extra])
            flux = Flux.of(record)
        return self._estimate(step, flux, len(record))

    def _first_step(self) -> float:
        """Return a step that will probably do; what is known before any run is the layer at a barrier."""
        step = STEP * min(1.0, self.rel_error / 0.01) / self.well.fastest
        error = self._factor(step) * step * self.well.fastest * LAYER * self.well.layer
        return step * min(1.0, STEP_SHARE * self.rel_error / error)

    def _objection(self, flux: Flux, wanted: float, n: int) -> str:
        """Return "" for an answer good enough, "more" where more paths may make it so, else what is wrong."""
        if not flux.excursions <= LARGEST_EXCURSIONS:
            return f"{flux.excursions:.0%} of the exits begin with a jump that does not leave"
        if n >= 4 * self.first_paths and flux.edge > LARGEST_EDGE:
            return f"small moves carry {flux.edge:.0%} of the exits"
        doubtful = flux.effective < FEWEST_EFFECTIVE and flux.relative_error > wanted / 4
        edgy = n < 4 * self.first_paths and flux.edge > LARGEST_EDGE
        return "more" if flux.relative_error > SLACK * wanted or doubtful or edgy else ""

    def _follow(self, dt: float, first: int, n: int) -> Array:
        well = self.well
        core, ends = well.around(CORE), well.moved_ends(dt)
        centre = self.x0 if self.near else well.minimum
        jump = JUMP * min(well.minimum - core[0], core[1] - well.minimum)
        times = (LONG_BURN / well.slowest, LONG_STAY / well.slowest) if self.long else self._short_times
        burn, stay = (math.ceil(time / dt) for time in times)
        return self._task(dt, (*ends, *core, centre, jump), well.proposals(dt, core, ends), burn, burn + stay, first, n)

    @property
    def _short_times(self) -> tuple[float, float]:
        return BURN / self.well.relaxation, STAY / self.well.relaxation

    def _task(
        self, dt: float, places: tuple[float, ...], proposals: Array, burn: int, total: int, first: int, n: int
    ) -> Array:
        well = self.well
        limits = np.array([burn, total, math.ceil(PATIENCE / well.slowest / dt)], np.int64)
        task = ExcursionTask(*(well.sde, well.drive, dt, np.array(places), proposals, limits, self.entropy, first, n))
        return follow(task, workers=self.workers)

    def _step_error(self, dt: float, flux: Flux) -> float:
        """Return a bound of the relative step error."""
        return self._factor(dt) * dt * self.well.fastest * self._deviation(dt, flux)

    def _deviation(self, dt: float, flux: Flux) -> float:
        """Return by how much the parts of the rate deviate from the first-jump law."""
        rested = self.well.leaving_at_rest(dt)
        return flux.excursions + flux.lasting + abs(flux.leaving / rested - 1.0)

    def _factor(self, dt: float) -> float:
        well = self.well
        ratios = [well.drift_at(end) * dt / well.drive.length_of(dt) for end in well.ends if math.isfinite(end)]
        if well.drive.alpha >= LEAST_CLEAN_ALPHA and max(ratios) < CALM:
            return CLEAN
        return MIXED * max(1.0, HEAVY / well.drive.alpha) ** 2

    def _estimate(self, dt: float, flux: Flux, n: int) -> Estimate:
        value = dt * flux.mean
        error = flux.relative_error * value
        rest = abs(flux.leaving / self.well.leaving_at_rest(dt) - 1.0) * math.exp(-BURN) / STAY
        rest += flux.edge * math.exp(-LONG_BURN if self.long else -self._short_times[0] * self.well.slowest)
        if any(self.well.drift_at(end) for end in self.well.ends if math.isfinite(end)):
            rest += PLACED * self.well.drive.alpha
        bias = (self._step_error(dt, flux) + rest + flux.given_up + self.well.climbing) * value
        start = ""
        if not self.near:
            value, error, more, paths = self._from_start(dt, value, error)
            bias, n, start = bias + more, n + paths, f", {paths} excursions from {self.x0:g}"
        method = (
            f"one big jump: {n} paths with Splitting, dt={dt:.3g}{start}; {flux.excursions:.2%} of the exits begin "
            f"with a jump that falls short, {flux.edge:.2%} with small moves out of the core"
        )
        return Estimate(value, error, bias, (value - 1.96 * error, value + 1.96 * error), n, method)

    def _from_start(self, dt: float, mean: float, error: float) -> tuple[float, float, float, int]:
        """Return mean, standard error, further bias and number of paths from a start that is far from the minimum."""
        well, near = self.well, self.well.around(CENTRE)
        dt = well.start_step(self.x0, dt)
        places = (*well.moved_ends(dt), *near, well.minimum, 0.0)
        record = np.empty((0, 0))
        while True:
            n = max(2 * len(record), 2 * self.first_paths)
            extra = self._task(dt, places, point_proposal(self.x0), 0, 0, NEW_START + len(record), n - len(record))
            record = np.concatenate([record, extra]) if len(record) else extra
            out, time = record[:, OUT], dt * record[:, TIME]
            value = float(time.mean() + (1.0 - out.mean()) * mean)
            noise = math.hypot((1.0 - float(out.mean())) * error, float(np.std(time - mean * out)) / math.sqrt(n))
            if noise <= self.rel_error / math.sqrt(2.0) * value or n >= MOST_TIMES * self.first_paths:
                break
        bias = ((1.0 - CENTRE) ** -well.drive.alpha - 1.0) / well.relaxation + float(record[:, CUT].mean()) * mean
        return value, noise, bias, n
