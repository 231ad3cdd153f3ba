"""The drivers of the jump-adapted loops: what `engine.exits` and `engine.record` are to the loops of steps."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from levysde._jit import ready
from levysde._streams import ROWS
from levysde.domains import Domain
from levysde.engine.budget import FIRST_BUDGET, next_budget, run_to
from levysde.kernels import blocks, bridge, events
from levysde.kernels.events import AGE, BASE, NEVER, PATH, TICK, TICKS, WAIT
from levysde.kernels.exits import ACTIVE, CENSORED, DONE, FIRST, PATHS
from levysde.kernels.jump_adapted import jump_adapted_exits, start_events
from levysde.kernels.jump_adapted_record import jump_adapted_record
from levysde.sde import SDE
from levysde.stable.sampling import sampler_and_table

if TYPE_CHECKING:
    from levysde.engine.exits import ExitRecord, ExitTask
    from levysde.engine.pool import Control
    from levysde.engine.record import RecordTask
    from levysde.schemes.jump_adapted import JumpAdapted


@dataclass(frozen=True)
class EventPlan:
    """What moves a path: compiled parts and numbers, in the order the kernels take them."""

    arguments: tuple[Any, ...]
    jumps: np.ndarray


def build(sde: SDE, scheme: JumpAdapted, dt: float) -> EventPlan:
    """Compile, or load from the cache, what moves a path of `sde` from event to event."""
    drift, params = blocks.flow(sde.landscape, dt).compiled()
    sampler, table = sampler_and_table(2.0)  # N(0, 2)
    spread = math.sqrt(0.5 * scheme.gaussian_rate(sde) * dt / TICKS)
    jumps = jump_table(sde, scheme, dt / TICKS)
    pieces = [] if sde.landscape.flow_function is None else _pieces(dt)
    rows = [blocks.flow(sde.landscape, piece).numbers for piece in pieces] or [params]
    return EventPlan((drift, np.array([params, *rows]), sampler.compiled, table, spread, jumps), jumps)


def jump_table(sde: SDE, scheme: JumpAdapted, unit: float) -> np.ndarray:
    """Return the large jumps as `kernels.events` reads them, with `unit` as the unit of time."""
    parts = [(cut, length) for cut, length in scheme.cuts(sde) if cut.rate > 0]
    rate = sum(cut.rate for cut, _ in parts)
    numbers, share = [rate * unit, float(len(parts))], 0.0
    for cut, length in parts:
        share += cut.rate / rate
        numbers += [share, length, -1 / cut.alpha, float(cut.isotropic)]
    return np.array(numbers)


def _pieces(dt: float) -> list[float]:
    """Return the times of which `events.flow_lane` puts together any part of a step."""
    return [dt * k / BASE for k in range(1, BASE)] + [dt * k / TICKS for k in range(1, BASE)]


def compile_exits(task: ExitTask) -> None:
    """Compile what `fill_exits` needs, so that an error is told before any thread starts."""
    build(task.sde, _scheme(task), task.dt)
    blocks.inside(task.domain)
    crossing(task.watch, task.domain)
    ready(start_events, jump_adapted_exits)


def compile_record(task: RecordTask) -> None:
    """Compile what `fill_record` needs."""
    build(task.sde, _scheme(task), task.dt)
    ready(start_events, jump_adapted_record)


def crossing(watch: str, domain: Domain) -> Any:
    """Return the compiled block that looks for exits between two looks."""
    return bridge.no_crossing.compiled if watch == "steps" else bridge.crossing(domain)


def _scheme(task: ExitTask | RecordTask) -> JumpAdapted:
    return cast("JumpAdapted", task.scheme)  # the one scheme whose loop is "events"


def fill_exits(task: ExitTask, record: ExitRecord, control: Control, *, lanes: int, budget: int | None) -> None:
    """Simulate all paths of a task into `record`; see `engine.exits.fill`."""
    with np.errstate(all="ignore"):  # seen only with NUMBA_DISABLE_JIT
        plan = build(task.sde, _scheme(task), task.dt)
        inside, domain_params = blocks.inside(task.domain)
        find = crossing(task.watch, task.domain)
        bridged = 0.0 if task.watch == "steps" else task.scheme.gaussian_rate(task.sde) * task.dt / TICKS
        state = State(task.sde.dim, min(lanes, task.n))
        roots = root_pair(task.entropy)
        x0 = np.array(task.x0, float, order="C")
        cursor = np.zeros(6, np.int64)
        cursor[PATHS], cursor[FIRST] = task.n, task.first
        start_events(x0, *roots, cursor, plan.jumps, state.streams, state.jump_streams, state.x, state.counters)
        steps = FIRST_BUDGET if budget is None else budget
        while cursor[ACTIVE] > 0 and not control.stop.is_set():
            began = time.perf_counter()
            jump_adapted_exits(
                *plan.arguments,
                *(inside, domain_params, find, bridged),
                *(x0, *roots, cursor, state.streams, state.jump_streams),
                *(state.x, state.after, state.x_new, state.increment, state.point, state.moved, state.counters),
                *(state.ages, state.variance, state.share, state.ok, state.ok_landed),
                *(record.times, record.exit_points, record.pre_exit_points, record.status),
                *(task.dt, task.max_steps, steps),
            )
            control.advance(int(cursor[DONE]))
            if 0 < 8 * cursor[ACTIVE] <= 7 * state.lanes:
                state = state.repacked(int(cursor[ACTIVE]))
            elif budget is None:  # the call was not cut short: its time tells how long an event takes
                steps = next_budget(steps, time.perf_counter() - began)
        for lane in range(int(cursor[ACTIVE])):
            path = state.counters[PATH, lane]
            age = state.counters[AGE, lane] + state.counters[TICK, lane] / TICKS
            if age > 0:
                record.status[path] = CENSORED
                record.times[path] = age * task.dt
                record.exit_points[path] = np.nan
                record.pre_exit_points[path] = state.x[:, lane]


def fill_record(task: RecordTask, saved: np.ndarray, control: Control, *, budget: int | None) -> bool | None:
    """Simulate all paths of a task into `saved`; see `engine.record.fill`."""
    with np.errstate(all="ignore"):
        plan = build(task.sde, _scheme(task), task.dt)
        state = State(task.sde.dim, task.n)
        cursor = np.zeros(6, np.int64)
        cursor[PATHS], cursor[FIRST] = task.n, task.first
        x0 = np.array(task.x0, float, order="C")
        start_events(
            *(x0, *root_pair(task.entropy), cursor),
            *(plan.jumps, state.streams, state.jump_streams, state.x, state.counters),
        )
        saved[:, 0, :] = state.x.T

        def advance(_: int, events: int) -> int:
            return int(
                jump_adapted_record(
                    *plan.arguments,
                    *(state.streams, state.jump_streams, state.x, state.after, state.increment),
                    *(state.point, state.moved, state.counters),
                    *(saved, task.dt, task.steps, task.save_every, events),
                )
            )

        return run_to(task.steps, advance, control, paths=task.n, budget=budget) or None


def root_pair(entropy: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the root words of the Gaussian streams, which are those of every scheme, and of the jump streams."""
    words = np.random.SeedSequence(entropy).generate_state(4, np.uint64)
    return words[:2].copy(), words[2:].copy()


def large_jumps(sde: SDE, scheme: JumpAdapted, *, t: float, path: int, entropy: int) -> tuple[np.ndarray, np.ndarray]:
    """Return times (n,) and vectors (n, dim) of the large jumps of one path on [0, t].

    They belong to the path: a simulation of that path takes them at these times, rounded to its ticks, whatever its
    step; a coarse and a fine path of one number and root entropy share their jumps.
    """
    unit = 1e-15 * t
    jumps = jump_table(sde, scheme, unit)
    streams, counters = np.zeros((ROWS, 1), np.uint64), np.zeros((5, 1), np.int64)
    x, cursor = np.zeros((sde.dim, 1)), np.zeros(6, np.int64)
    cursor[PATHS], cursor[FIRST] = 1, path
    times, sizes = [], []
    with np.errstate(all="ignore"):
        _, root = root_pair(entropy)
        start_events(np.zeros((1, sde.dim)), root, root, cursor, jumps, streams.copy(), streams, x, counters)
        now = counters[WAIT, 0] * unit
        while now <= t and counters[WAIT, 0] < NEVER:
            jump = np.zeros((sde.dim, 1))
            events.add_jump(jumps, streams, 0, jump, np.zeros((sde.dim, 1)))
            times.append(now)
            sizes.append(jump[:, 0])
            counters[WAIT, 0] = events.draw_wait(jumps, streams, 0)
            now += counters[WAIT, 0] * unit
    return np.array(times), np.array(sizes).reshape(len(times), sde.dim)


class State:
    """Working arrays of one block."""

    def __init__(self, dim: int, lanes: int) -> None:
        self.dim, self.lanes = dim, lanes
        self.streams, self.jump_streams = np.zeros((ROWS, lanes), np.uint64), np.zeros((ROWS, lanes), np.uint64)
        self.x, self.after, self.x_new, self.increment = (np.zeros((dim, lanes)) for _ in range(4))
        self.point, self.moved = np.zeros((dim, 1)), np.zeros((dim, 1))
        self.counters = np.zeros((5, lanes), np.int64)
        self.ages, self.variance, self.share = np.zeros(lanes), np.zeros(lanes), np.ones(lanes)
        self.ok, self.ok_landed = np.zeros(lanes, np.uint8), np.zeros(lanes, np.uint8)

    def repacked(self, active: int) -> State:
        """Return the state without its idle lanes."""
        smaller = State(self.dim, active)
        for name in ("streams", "jump_streams", "x", "counters"):
            getattr(smaller, name)[:] = getattr(self, name)[:, :active]
        return smaller
