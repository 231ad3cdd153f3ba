r"""Levels for the splitting: the logarithm of a rough committor, without a knob.

Splitting is unbiased for every score; its variance is least for the committor, the probability to reach the target
before the core. On the line that is the quadrature :math:`\int_m^x e^{U/T} / \int_m^b e^{U/T}`, on either side; in the
plane the equation :math:`\nabla\cdot(e^{-U/T}\nabla h) = 0` is solved on a coarse grid (finite volumes with
exponential weights, reflecting at the edges). Its logarithm is cut into equal levels, `DENSITY` per factor e. In more
dimensions the score is 1 - d(x) / d(m), with d the distance to the boundary of the domain.

References
----------
Cérou, Guyader and Rousset, Chaos 29 (2019) 043108, doi:10.1063/1.5082247 (splitting and the committor).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde._jit import Kernel
from levysde._types import NDArray
from levysde.domains import Ball, Box, Domain
from levysde.domains.complement import Complement
from levysde.kernels import cloning_scores
from levysde.rare.adaptive_splitting_well import Well, ways_out
from levysde.sde import SDE
from levysde.theory.question import component

Array = NDArray[np.float64]

DENSITY = 8.0  # levels per factor e of the committor: about a tenth of the particles is killed at a time
FEWEST, MOST = 64, 2048
LINE_POINTS = 4001
PLANE_POINTS = 96
MARGIN = 0.15  # of the box round everything that matters
STEEP = 10.0  # ways that climb so many T more than the lowest one are left out of the box


@dataclass(frozen=True)
class Score:
    """A score: the name of its block, the block's parameters, and the number of levels below the target."""

    name: str
    params: Array
    levels: int
    words: str

    @property
    def block(self) -> Kernel:
        """The compiled block, see `kernels.cloning_scores`."""
        blocks = {
            "line": cloning_scores.line_score,
            "plane": cloning_scores.plane_score,
            "distance": cloning_scores.distance_score,
        }
        return blocks[self.name]


def choose_score(sde: SDE, domain: Domain, well: Well) -> Score:
    """Return the levels for leaving `domain` from `well`."""
    if sde.dim == 1:
        return _line(sde, domain, well)
    if sde.dim == 2:
        found = _plane(sde, domain, well)
        if found is not None:
            return found
    return _distance(domain, well)


def _line(sde: SDE, domain: Domain, well: Well) -> Score:
    """Tabulate the committor by quadrature on both sides of the minimum."""
    centre, (a, b) = float(well.centre[0]), component(domain, well.centre)
    low, high = (a if math.isfinite(a) else centre), (b if math.isfinite(b) else centre)
    grid = np.linspace(low, high, LINE_POINTS)
    away = np.abs(grid - centre) * math.sqrt(well.metric[0, 0])
    weight = np.where(away**2 > well.core, sde.landscape.potential(grid) / well.temperature, -math.inf)
    log_h, start = np.full(LINE_POINTS, -math.inf), []
    for side, end in ((grid >= centre, b), (grid <= centre, a)):
        if math.isfinite(end) and np.any(np.isfinite(weight[side])):
            outward = weight[side] if end == b else weight[side][::-1]
            reached = np.logaddexp.accumulate(outward)
            reached -= reached[-1]
            log_h[side] = reached if end == b else reached[::-1]
            beyond = side & (away**2 >= well.surface)
            start.append(float(np.min(log_h[beyond], initial=0.0)))
    levels, values = _cut(log_h, np.array(start))
    head = [low, (LINE_POINTS - 1) / (high - low), LINE_POINTS]
    return Score("line", _params(well, head, values), levels, "committor by quadrature")


def _plane(sde: SDE, domain: Domain, well: Well) -> Score | None:
    """Solve for the committor on a grid; None where the grid does not see the target."""
    box = _box(sde, domain, well)
    if box is None:
        return None
    axes = [np.linspace(low, high, PLANE_POINTS) for low, high in zip(*box, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    away = points - well.centre
    away2 = np.einsum("ni,ij,nj->n", away, well.metric, away)
    core = away2 < well.core
    core[np.argmin(away2)] = True
    target = ~domain.contains(points) & ~core
    if not target.any():
        return None
    energy = sde.landscape.potential(points) / well.temperature
    with np.errstate(divide="ignore"):
        log_h = np.log(np.maximum(_committor(energy, core, target, axes), 0.0))
    log_h[core] = np.min(log_h[np.isfinite(log_h)])
    levels, values = _cut(log_h, log_h[(away2 >= well.surface) & (away2 < 2.0 * well.surface)])
    head = [number for axis in axes for number in (axis[0], 1.0 / (axis[1] - axis[0]), PLANE_POINTS)]
    return Score("plane", _params(well, head, values), levels, f"committor on {PLANE_POINTS} x {PLANE_POINTS} points")


def _box(sde: SDE, domain: Domain, well: Well) -> tuple[Array, Array] | None:
    """Return the corners of a box round the well, the critical points and the nearest places of exit."""
    ways = ways_out(sde.landscape, well.centre, domain)
    if not len(ways.tops):
        return None
    critical = np.concatenate([sde.landscape.minima, sde.landscape.saddles])
    critical = critical[sde.landscape.potential(critical) <= ways.tops[0] + STEEP * well.temperature]
    size = 4.0 * np.sqrt(np.diag(np.linalg.inv(well.metric)))
    corners = [well.centre - size, well.centre + size]
    places = np.concatenate([ways.below(STEEP * well.temperature).ends, critical, corners])
    low, high = places.min(axis=0), places.max(axis=0)
    return low - MARGIN * (high - low), high + MARGIN * (high - low)


def _committor(energy: Array, core: NDArray[np.bool_], target: NDArray[np.bool_], axes: list[Array]) -> Array:
    """Solve div(exp(-U/T) grad h) = 0 with h = 0 in the core and 1 in the target, row by row divided by exp(-U/T)."""
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import spsolve

    number = np.arange(energy.size).reshape(PLANE_POINTS, PLANE_POINTS)
    rows, columns, weights = [], [], []
    for axis, (one, other) in enumerate([(number[:-1], number[1:]), (number[:, :-1], number[:, 1:])]):
        spacing = float(axes[axis][1] - axes[axis][0])
        for here, there in ((one.ravel(), other.ravel()), (other.ravel(), one.ravel())):
            rows.append(here)
            columns.append(there)
            weights.append(np.exp(np.clip(0.5 * (energy[here] - energy[there]), -50.0, 50.0)) / spacing**2)
    row, column, weight = np.concatenate(rows), np.concatenate(columns), np.concatenate(weights)
    total = np.bincount(row, weight, energy.size)
    free = ~(core | target)[row]
    fixed = core | target
    matrix = coo_array(
        (
            np.concatenate([-(weight / total[row])[free], np.ones(energy.size)]),
            (
                np.concatenate([row[free], np.arange(energy.size)]),
                np.concatenate([column[free], np.arange(energy.size)]),
            ),
        ),
        shape=(energy.size, energy.size),
    ).tocsc()
    return np.asarray(spsolve(matrix, np.where(fixed & target, 1.0, 0.0)))


def _distance(domain: Domain, well: Well) -> Score:
    """Take the distance to the boundary as the measure of the way."""
    convex = domain.domain if isinstance(domain, Complement) else domain
    kind = 0 if isinstance(convex, Ball) else 2 if isinstance(convex, Box) else 4
    kind += isinstance(domain, Complement)
    levels = 256
    head = [kind, levels, float(domain.distance(well.centre))]
    return Score("distance", _params(well, head, domain.parameters), levels, "distance to the boundary")


def _cut(log_h: Array, start: Array) -> tuple[int, Array]:
    """Cut log h into levels, from its largest value on the start surface to 0 at the target."""
    depth = max(-float(np.max(start)), 1.0) if len(start) else 1.0
    levels = int(np.clip(math.ceil(DENSITY * depth), FEWEST, MOST))
    top = levels - 0.5
    return levels, np.clip(top * (1.0 + np.maximum(log_h, -1e6) / depth), 0.0, top)


def _params(well: Well, head: list[float], values: Array) -> Array:
    return np.concatenate([well.centre, well.metric.ravel(), head, np.ravel(values)])
