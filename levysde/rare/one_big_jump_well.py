"""The well that a jump has to lead out of: what speaks against the method, its core, and where jumps are aimed."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from levysde import defaults
from levysde._types import NDArray
from levysde.domains import Domain, Interval
from levysde.kernels.excursions import HIGH, LOW, ORIGIN, POWER, SHARE, SIGN
from levysde.rare.missed_distance import missed_distance
from levysde.rare.one_big_jump_noise import Drive, drive_of
from levysde.sde import SDE
from levysde.theory.brownian import passage
from levysde.theory.step_shift import step_shift

Array = NDArray[np.float64]

LEAST_CLEAN_ALPHA = 1.15  # below, the missed distance without drift has no simple scale
CORE = 0.5  # of the distance from the minimum to the next boundary or barrier on each side
JUMP = 0.5  # of the smaller half-width of the core: the shortest jump that begins an excursion
CENTRE = 0.1  # of the same: how near to the minimum a start counts as being there
PLAIN = 0.35  # share of the jumps that are drawn from the jump law itself, not near a boundary
NEAREST = 0.3  # of the noise of one step: the distance to a boundary below which the aim is uniform


@dataclass(frozen=True)
class Well:
    """One minimum inside an interval, with the noise that moves it."""

    sde: SDE
    drive: Drive
    minimum: float
    ends: tuple[float, float]
    barriers: tuple[float, ...]  # inside the domain
    relaxation: float  # rate of the return to the minimum, on its slower side
    fastest: float  # largest curvature in or on the domain
    slowest: float  # smallest rate at the minimum and the barriers in or on the domain

    @property
    def reach(self) -> tuple[float, float]:
        """Distance from the minimum to the next end or barrier, left and right; an open side is like the other."""
        edges = [*self.barriers, *(end for end in self.ends if math.isfinite(end))]
        left = min((self.minimum - e for e in edges if e < self.minimum), default=math.inf)
        right = min((e - self.minimum for e in edges if e > self.minimum), default=math.inf)
        return min(left, 1e300) if math.isfinite(left) else right, right if math.isfinite(right) else left

    def around(self, share: float) -> tuple[float, float]:
        """Return the interval round the minimum that spans this share of the reach."""
        left, right = self.reach
        return self.minimum - share * left, self.minimum + share * right

    @property
    def smallness(self) -> float:
        """Length over which the noise spreads at the minimum, over half the width of the core."""
        return self.drive.spread(self.relaxation) / (CORE * min(self.reach))

    @property
    def layer(self) -> float:
        """Width of the layer at a barrier, where noise and drift balance, over the distance of the barrier."""
        width = self.drive.spread(self.slowest) / min(self.reach)
        return float(min(width, 1.0) ** min(self.drive.alpha, 1.0))

    @property
    def climbing(self) -> float:
        """Rate at which the Brownian part leaves by itself, over that of the jumps from rest."""
        if self.drive.variance == 0.0:
            return 0.0
        alone = passage(self.sde.landscape, self.drive.variance / 2.0, self.minimum, *self.ends).value
        at = np.array([self.minimum])
        return 1.0 / alone / self.drive.noise.jump_rate(at, Interval(*self.ends))

    def start_step(self, x: float, dt: float) -> float:
        """Return the step, at most dt, whose noise is a third of the distance from x to the end of the domain."""
        distance = min(abs(end - x) for end in self.ends if math.isfinite(end))
        return min(dt, self.drive.time_of(distance / 3.0))

    def drift_at(self, end: float) -> float:
        """Return the size of the drift at a point."""
        return abs(float(self.sde.landscape.gradient(end)))

    def leaving_at_rest(self, dt: float) -> float:
        """Return the probability that the jumps of one step lead from the minimum out of the moved ends."""
        low, high = self.moved_ends(dt)
        return self.drive.leaving(self.minimum - low, high - self.minimum, dt)

    def moved_ends(self, dt: float) -> tuple[float, float]:
        """Return the ends, each moved inward by its missed distance."""
        return self._moved(self.ends[0], -1.0, dt), self._moved(self.ends[1], 1.0, dt)

    def _moved(self, end: float, sign: float, dt: float) -> float:
        if not math.isfinite(end):
            return end
        outward = -sign * float(self.sde.landscape.gradient(end))
        return end - sign * _missed(self.drive, dt, sign, outward, abs(end - self.minimum))

    def proposals(self, dt: float, core: tuple[float, float], ends: tuple[float, float]) -> Array:
        """Return the law of the places where excursions begin, in the form of `kernels.excursions`.

        A third come from the jump law itself, cut at the core and at the ends; the others are log-uniform in the
        distance to an end or to a barrier, on either side of it.
        """
        near = NEAREST * self.drive.length_of(dt)
        low, high = ends
        sides = [(-1.0, self.minimum - core[0], self.minimum - low), (1.0, core[1] - self.minimum, high - self.minimum)]
        alpha, weigh = self.drive.alpha, self.drive.aimed
        plain = [[weigh(sign, a) - weigh(sign, b), self.minimum, sign, alpha, a, b] for sign, a, b in sides if a < b]
        aimed = []
        places = sorted({*self.barriers, *(e for e in ends if math.isfinite(e))})
        for place in places:
            weight = weigh(math.copysign(1.0, place - self.minimum), abs(place - self.minimum))
            walls = [low, *core, high, *(p for p in places if p != place)]
            for sign in (-1.0, 1.0):
                beyond = [sign * (wall - place) for wall in walls if sign * (wall - place) > 0.0]
                if beyond and place != (low, high)[int(sign > 0.0)]:
                    far = min(min(beyond), self.reach[0] + self.reach[1])
                    if far > near:
                        aimed.append([weight, place, sign, 0.0, near, far])
        rows = np.array(plain + aimed)
        weights = rows[:, SHARE].copy()
        first = np.arange(len(rows)) < len(plain)
        for group, share in ((first, PLAIN if aimed else 1.0), (~first, 1.0 - PLAIN)):
            rows[group, SHARE] = share * weights[group] / max(weights[group].sum(), 1e-300)
        return rows


def point_proposal(x: float) -> Array:
    """Return the law of the single place x."""
    row = np.zeros((1, 6))
    row[0, [SHARE, ORIGIN, SIGN, POWER, LOW, HIGH]] = 1.0, x, 1.0, 0.0, 1.0, 0.0
    return row


@functools.lru_cache(maxsize=256)
def _missed(drive: Drive, dt: float, sign: float, drift: float, length: float) -> float:
    if drift == 0.0 and drive.alpha >= LEAST_CLEAN_ALPHA and drive.variance == 0.0:
        return float(step_shift(drive.alpha) * drive.jumps_of(dt))  # it leaves less at the steps that are taken here
    return missed_distance(drive.noise, dt, normal=np.array([sign]), drift=drift, length=length)


def find_well(sde: SDE, start: Array, domain: Domain) -> Well:
    """Return the well that is left.

    Raises
    ------
    ValueError
        The method does not apply; the message says why, and what to use instead.
    """
    hint = "use extrapolated or first_exit"
    if sde.dim != 1:
        raise ValueError(f"the landscape has {sde.dim} dimensions, one big jump is for one; {hint}")
    drive = drive_of(sde)
    x = float(start[0])
    outside = domain.outside(start, np.ones(1))
    left = max((x + high for _, high in outside if high < 0.0), default=-math.inf)
    right = min((x + low for low, _ in outside if low > 0.0), default=math.inf)
    if any(math.isfinite(low) and math.isfinite(high) for low, high in outside):
        raise ValueError(f"{domain!r} is not one interval, and jumps lead across the gap; {hint}")
    if not outside:
        raise ValueError(f"{domain!r} is the whole line; nothing leaves it")
    if not drive.noise.jump_rate(start, Interval(left, right)) > 0.0:
        raise ValueError(f"{sde.noise!r} has no jumps that lead out of {domain!r}; {hint}")
    landscape = sde.landscape
    minima = [m for m in np.ravel(landscape.minima).tolist() if left < m < right]
    if len(minima) != 1:
        raise ValueError(f"{domain!r} holds {len(minima)} minima, one big jump leaves a single well; {hint}")
    minimum = minima[0]
    maxima = [s for s in np.ravel(landscape.saddles).tolist() if left <= s <= right]
    reach = min(abs(e - minimum) for e in (left, right, *maxima))
    sides = [abs(float(landscape.gradient(minimum + sign * 1e-3 * reach))) / (1e-3 * reach) for sign in (-1, 1)]
    tops = [float(np.min(np.abs(landscape.hessian(s + 1e-6 * (minimum - s))))) for s in maxima]
    relaxation = min(sides)
    wide = [abs(float(landscape.gradient(minimum + sign * CORE * reach))) / (CORE * reach) for sign in (-1, 1)]
    if not 1e-3 * max(sides + wide) < relaxation or not min([relaxation, *tops]) > 0.0:
        raise ValueError(f"the minimum at {minimum:g} or a barrier is flat: no relaxation time; {hint}")
    fastest = max(defaults.steepest_curvature(sde, domain, np.array([[minimum]])), *sides)
    barriers = tuple(s for s in maxima if left < s < right)
    return Well(sde, drive, minimum, (left, right), barriers, relaxation, fastest, min([relaxation, *tops]))
