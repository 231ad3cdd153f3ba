"""The domain whose watched boundary stands for the true one: every face moved by its own missed distance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde._types import NDArray
from levysde.domains import Box, Domain, Interval
from levysde.domains.base import Convex
from levysde.rare.missed_distance import missed_distance
from levysde.sde import SDE

Array = NDArray[np.float64]
ALIKE = 0.1  # relative spread of the missed distances along a boundary below which one number serves all of it


@dataclass(frozen=True)
class Inner:
    """The moved domain; the largest move relative to the distance from the start; whether one move fits everywhere."""

    domain: Domain
    share: float
    clean: bool


def inner_domain(sde: SDE, domain: Domain, start: Array, dt: float) -> Inner:
    """Move every face of the domain inward by the `missed_distance` of the noise and the drift there.

    Ends in one dimension and faces of a box move each by their own distance. Any other boundary moves as a whole, by
    the mean over the points where lines along axes, a diagonal and towards the minima meet it; `clean` says
    whether they agree.

    Raises
    ------
    ValueError
        Nothing is left of the domain.
    """
    if sde.dim == 1 and len(domain.parameters) == 2:
        return _line(sde, domain, start, dt)
    if isinstance(domain, Box):
        return _box(sde, domain, start, dt)
    points = _boundary_points(sde, domain, start)
    moves = [_move(sde, domain, start, dt, point, normal) for point, normal in points]
    if not moves:
        return Inner(domain, 0.0, True)
    move = float(np.mean(moves))
    clean = bool(np.ptp(moves) <= ALIKE * max(abs(move), 1e-300))
    return Inner(_moved(domain, move), _share(move, float(domain.distance(start))), clean)


def _line(sde: SDE, domain: Domain, start: Array, dt: float) -> Inner:
    ends = np.asarray(domain.parameters, float)
    outward = (-1.0, 1.0) if isinstance(domain, Convex) else (1.0, -1.0)
    moved, share = ends.copy(), 0.0
    for i, (end, sign) in enumerate(zip(ends, outward, strict=True)):
        if math.isfinite(end):
            move = _move(sde, domain, start, dt, np.array([end]), np.array([sign]))
            moved[i], share = end - sign * move, max(share, _share(move, abs(end - float(start[0]))))
    interval = Interval(*map(float, moved))
    return Inner(interval if isinstance(domain, Convex) else ~interval, share, True)


def _box(sde: SDE, domain: Box, start: Array, dt: float) -> Inner:
    low, high, share = np.array(domain.low), np.array(domain.high), 0.0
    for axis in range(domain.dim):
        for ends, sign in ((low, -1.0), (high, 1.0)):
            if math.isfinite(ends[axis]):
                point, normal = start.copy(), np.zeros(domain.dim)
                point[axis], normal[axis] = ends[axis], sign
                move = _move(sde, domain, start, dt, point, normal)
                share = max(share, _share(move, abs(ends[axis] - start[axis])))
                ends[axis] -= sign * move
    return Inner(Box(low, high), share, True)


def _move(sde: SDE, domain: Domain, start: Array, dt: float, point: Array, normal: Array) -> float:
    """Return the missed distance at one boundary point."""
    drift = -float(np.atleast_1d(sde.landscape.gradient(point)) @ normal)
    places = [start, *(m for m in np.asarray(sde.landscape.minima, float) if bool(np.all(domain.contains(m))))]
    length = max(float(np.linalg.norm(point - place)) for place in places)
    return missed_distance(sde.noise_at(point), dt, normal=normal, drift=drift, length=length)


def _boundary_points(sde: SDE, domain: Domain, start: Array) -> list[tuple[Array, Array]]:
    """Return points of the boundary, with outward normals, seen from the start."""
    directions = [*np.eye(domain.dim), np.ones(domain.dim)]
    directions += [m - start for m in np.asarray(sde.landscape.minima, float)]
    found = []
    for direction in directions:
        if not np.any(direction):
            continue
        for low, high in domain.outside(start, direction):
            point = start + (low if low > 0 else high) * direction  # the end that the start sees
            found.append((point, _normal(domain, start, point)))
    return found


def _normal(domain: Domain, start: Array, point: Array) -> Array:
    """Return the outward unit normal: minus the gradient of the distance to the boundary, a little inside."""
    inside = point + 1e-3 * (start - point)
    step = 1e-3 * float(domain.distance(inside))
    slope = np.array(
        [float(domain.distance(inside + e) - domain.distance(inside - e)) for e in step * np.eye(len(point))]
    )
    return np.asarray(-slope / np.linalg.norm(slope))


def _moved(domain: Domain, move: float) -> Domain:
    return domain.shrink(move) if move > 0 else domain.expand(-move)


def _share(move: float, distance: float) -> float:
    return abs(move) / distance
