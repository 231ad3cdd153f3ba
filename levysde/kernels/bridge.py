r"""Exits between two looks: the crossing probability of a Brownian bridge.

Between two points inside, at distances d and d' from a boundary, a Brownian path of variance v over the step has
crossed with probability :math:`\exp(-2 d d'/v)`, whatever its drift [1]_. Given a crossing, the time spent before it is
the share :math:`Y/(1+Y)` of the step with Y inverse Gaussian of mean d/d' and shape d^2/v: reflecting the end does not
change when the boundary is first met. For a plane boundary both are exact; a curved one is taken for its tangent, the
nearest one for all of them, which leaves an error of first order in the step [2]_.

The uniforms are hashed from the state of a path's stream and leave it where it is: the path itself is the one that is
watched at its steps only, and is never found outside earlier than it crossed.

References
----------
.. [1] Gobet, Stochastic Process. Appl. 87 (2000), doi:10.1016/S0304-4149(99)00109-X (weak order 1 for half-spaces).
.. [2] Gobet, ESAIM: Probab. Stat. 5 (2001), doi:10.1051/ps:2001112 (smooth domains by their tangent planes).
.. [3] Michael, Schucany and Haas, Am. Stat. 30 (1976), doi:10.1080/00031305.1976.10479147 (inverse Gaussian variates).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from levysde._jit import Flags, Matrix, PlainFunction, Streams, Vector, i8, inline, kernel, plugged
from levysde._streams import word_aside
from levysde.domains import Domain

CROSSING = i8(Streams, Matrix, Matrix, Vector, Vector, i8, Vector, Flags)
# (streams, now, after, params, variance, continuous, share, ok): number of lanes that crossed although they end inside;
# `continuous` is 1 where nothing jumped between now and after: whoever is out is then put back on the boundary

SURELY_NOT = 40.0  # of the exponent: probabilities below 4e-18 are not drawn
BEYOND = 1e-9  # of a step's standard deviation: an exit point lies outside, so that it is in a region beyond

_U11 = np.uint64(11)
_TWO_MINUS_53 = 2.0**-53


def crossing(domain: Domain) -> Any:
    """Return the block that finds crossings of the boundary of a domain with a `distance_function`."""
    factory = _crossing_1d if domain.dim == 1 else _crossing_nd
    return plugged(factory, domain.distance_function, CROSSING, role=f"distance of {type(domain).__name__}")  # type: ignore[arg-type]


@kernel(CROSSING)
def no_crossing(streams, now, after, params, variance, continuous, share, ok):  # type: ignore[no-untyped-def]
    """Leave the exits to the looks."""
    return 0


@inline
def _uniform(streams, lane, number):  # type: ignore[no-untyped-def]
    return (np.float64(np.int64(word_aside(streams, lane, number) >> _U11)) + 0.5) * _TWO_MINUS_53


@inline
def _crosses(streams, lane, near, far, variance):  # type: ignore[no-untyped-def]
    """Whether a bridge between points at these distances crosses."""
    exponent = 2.0 * near * far / variance
    return exponent < SURELY_NOT and _uniform(streams, lane, 0) < math.exp(-exponent)


@inline
def _share(streams, lane, near, far, variance):  # type: ignore[no-untyped-def]
    """Return the share of the step before the crossing, given that there was one."""
    if not near > 0.0:
        return 0.0
    normal = math.sqrt(-2.0 * math.log(_uniform(streams, lane, 1)))
    normal *= math.cos(2.0 * math.pi * _uniform(streams, lane, 2))
    mean = near / max(far, 1e-300)
    w = 0.5 * normal * normal * mean * (variance / near) / near
    y = mean / (1.0 + w + math.sqrt(w * (2.0 + w)))  # the smaller root, without cancellation
    if _uniform(streams, lane, 3) * (mean + y) > mean:
        y = mean * (mean / y)
    return y / (1.0 + y) if y < 1e300 else 1.0


def _crossing_1d(distance: PlainFunction, stamp: str) -> PlainFunction:
    def block(streams, now, after, params, variance, continuous, share, ok):  # type: ignore[no-untyped-def]
        stamp  # noqa: B018 - a free variable: it enters the key of Numba's cache
        found = 0
        for lane in range(ok.size):
            share[lane] = 1.0
            end = after[0, lane]
            if not (variance[lane] > 0.0 and math.isfinite(end)):
                continue
            start = now[0, lane]
            near, far = abs(distance(start, params)), abs(distance(end, params))
            seen = ok[lane] == 0
            if not seen and _crosses(streams, lane, near, far, variance[lane]):
                ok[lane] = 0
                found += 1
            if ok[lane] == 0:
                share[lane] = _share(streams, lane, near, far, variance[lane])
                if continuous == 1 or not seen:
                    upwards = end > start
                    if not seen:  # the end next to the start, on one of its two sides
                        upwards = abs(distance(start + near, params)) < abs(distance(start - near, params))
                    point = start + near if upwards else start - near
                    other = end - far if upwards else end + far  # that next to where the path was seen
                    if seen and abs(distance(other, params)) < abs(distance(point, params)):
                        point = other
                    beyond = BEYOND * math.sqrt(variance[lane]) + 1e-15 * abs(point)
                    after[0, lane] = point + beyond if upwards else point - beyond
        return found

    return block


def _crossing_nd(distance: PlainFunction, stamp: str) -> PlainFunction:
    def block(streams, now, after, params, variance, continuous, share, ok):  # type: ignore[no-untyped-def]
        stamp  # noqa: B018
        dim = now.shape[0]
        normal = np.empty(dim)  # one allocation, shared by all lanes
        found = 0
        for lane in range(ok.size):
            share[lane] = 1.0
            finite = variance[lane] > 0.0
            for i in range(dim):
                finite = finite and math.isfinite(after[i, lane])
            if not finite:
                continue
            far = abs(distance(after[:, lane], params, normal))
            side = distance(now[:, lane], params, normal)
            near = abs(side)
            seen = ok[lane] == 0
            if not seen and _crosses(streams, lane, near, far, variance[lane]):
                ok[lane] = 0
                found += 1
            if ok[lane] == 0:
                share[lane] = _share(streams, lane, near, far, variance[lane])
                if continuous == 1 or not seen:
                    # where the straight line to the end, or to its reflection, meets the boundary
                    size = 0.0
                    for i in range(dim):
                        after[i, lane] = now[i, lane] + near / (near + far) * (after[i, lane] - now[i, lane])
                        size = max(size, abs(after[i, lane]))
                    gap = distance(after[:, lane], params, normal)
                    gap += math.copysign(BEYOND * math.sqrt(variance[lane]) + 1e-14 * size, side)
                    for i in range(dim):
                        after[i, lane] += gap * normal[i]
        return found

    return block
