"""The loop of `rare.one_big_jump`: a stay in the core of a well, then one excursion from where a jump may have led.

Every path owns one stream. From it come, in this order,

* the place z where its excursion begins;
* a stay of `total` steps that begins at the centre. It is plain simulation, started again at the centre where it
  leaves. Of every step after `burn` that is not away in an excursion of its own the probability p to leave the domain
  with this very step is recorded, and the density with which it would jump to z;
* the excursion, until it is back in the core. It is kept inside by drawing the noise of a step that leaves again, and
  weighted by the probability of that; where leaving is more likely than staying, the step is played out instead.

An excursion begins with a step whose jumps are longer than JUMP and which lands outside the core. What crosses the edge
of the core by smaller moves goes on belonging to the stay, so that no step aims at a place close by.

A Brownian part moves the path first, with the drift: from there on the probability to leave is that of the stable part
alone, in closed form. A step that is drawn again to stay inside keeps its Brownian move.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import (
    DRIFT,
    SAMPLER,
    Integers,
    Matrix,
    Streams,
    Vector,
    Words,
    borrowed,
    f8,
    i8,
    inline,
    kernel,
    pointer,
    void,
)
from levysde._streams import next_word, seed_stream
from levysde.kernels.excursions_law import SIDE, density, place_of, survival
from levysde.kernels.exits import ACTIVE, DONE, FIRST, NEXT, PATHS

# rows of `notes`, what a lane remembers; the first RESULTS of them are what is recorded of a path: steps of the stay,
# their p, the part of p from outside the core, the density to land on z; p and time along the excursion; the density
# from which z was drawn; whether the excursion was given up
VISITS, LEAVING, EDGE, LANDING, OUT, TIME, DENSITY, CUT = range(8)
RESULTS = 8
AGE, WEIGHT, Z, WAITING, AWAY, HERE = range(RESULTS, RESULTS + 6)
NOTES = RESULTS + 6
# columns of `proposals`, one row per component of the law of z: d = sign (z - origin) has a density ~ d^(-1-power) on
# (low, high), or for power 0 a density ~ 1 / (d + low) on (0, high), log-uniform beyond low; high = 0 is a point
SHARE, ORIGIN, SIGN, POWER, LOW, HIGH = range(6)
LEFT, RIGHT, CORE_LEFT, CORE_RIGHT, CENTRE, JUMP = range(6)  # entries of `places`
BURN, TOTAL, MOST = range(3)  # entries of `limits`, in steps
LEFT_EDGE, RIGHT_EDGE, LANDED = range(3)  # rows of `scaled`

_U11 = np.uint64(11)
_TWO_MINUS_53 = 2.0**-53


@inline
def _uniform(streams, lane):  # type: ignore[no-untyped-def]
    return (np.float64(np.int64(next_word(streams, lane) >> _U11)) + 0.5) * _TWO_MINUS_53


@inline
def _distance_density(d, power, low, high):  # type: ignore[no-untyped-def]
    if power == 0.0:
        return 1.0 / ((d + low) * math.log(1.0 + high / low)) if 0.0 <= d < high else 0.0
    if not low < d < high:
        return 0.0
    return power * (d / low) ** -power / (d * (1.0 - (high / low) ** -power))


@inline
def _start(lane, root, cursor, streams, places, proposals, limits, x, notes, ids):  # type: ignore[no-untyped-def]
    """Put the next path into a lane."""
    path = cursor[NEXT]
    cursor[NEXT] += 1
    ids[lane] = path
    seed_stream(root, cursor[FIRST] + path, streams, lane)
    for row in range(NOTES):
        notes[row, lane] = 0.0
    notes[WEIGHT, lane] = 1.0
    x[0, lane] = places[CENTRE]
    if proposals.shape[0] == 0:
        return
    u, v = _uniform(streams, lane), _uniform(streams, lane)
    part = 0
    while part < proposals.shape[0] - 1 and u > proposals[part, SHARE]:
        u -= proposals[part, SHARE]
        part += 1
    power, low, high = proposals[part, POWER], proposals[part, LOW], proposals[part, HIGH]
    if power == 0.0:
        d = low * ((1.0 + high / low) ** v - 1.0)
    else:
        d = low * (1.0 - v * (1.0 - (high / low) ** -power)) ** (-1.0 / power)
    z = proposals[part, ORIGIN] + proposals[part, SIGN] * d
    total = 0.0
    for i in range(proposals.shape[0]):
        d = proposals[i, SIGN] * (z - proposals[i, ORIGIN])
        total += proposals[i, SHARE] * _distance_density(d, proposals[i, POWER], proposals[i, LOW], proposals[i, HIGH])
    notes[Z, lane] = z
    notes[DENSITY, lane] = total
    if limits[TOTAL] == 0:
        x[0, lane] = z


@kernel(void(Words, Integers, Streams, Vector, Matrix, Integers, Matrix, Matrix, Integers))
def start_excursions(root, cursor, streams, places, proposals, limits, x, notes, ids):  # type: ignore[no-untyped-def]
    """Put the first paths of a block into its lanes."""
    for lane in range(x.shape[1]):
        _start(lane, root, cursor, streams, places, proposals, limits, x, notes, ids)
    cursor[ACTIVE] = x.shape[1]


@inline
def _leaving(y, bits, left, right, below, lane, law, places):  # type: ignore[no-untyped-def]
    """Return the probability that the jumps lead from y out of the domain."""
    p = 0.0
    if right:
        at, t = place_of(bits[RIGHT_EDGE, lane])
        p = survival(law, at, t) if y < places[RIGHT] else 1.0 - survival(law, at + below, t)
    if left:
        at, t = place_of(bits[LEFT_EDGE, lane])
        p += survival(law, at + below, t) if y > places[LEFT] else 1.0 - survival(law, at, t)
    return p


@kernel(
    i8(
        *(pointer(DRIFT), Vector, pointer(SAMPLER), Vector, f8, Vector, f8, Vector),
        *(Vector, Matrix, Integers),
        *(Words, Integers, Streams, Matrix, Matrix, Matrix, Matrix, Matrix, Integers),
        *(Matrix, i8),
    )
)
def excursions(  # type: ignore[no-untyped-def]
    drift,
    params,
    sampler,
    table,
    scale,
    normal,
    deviation,
    law,
    places,
    proposals,
    limits,
    root,
    cursor,
    streams,
    x,
    y,
    increment,
    scaled,
    notes,
    ids,
    record,
    budget,
):
    """Advance all lanes by at most `budget` steps; returns the number of active lanes.

    Returns early when no lane is active, or when the ids have run out and half of the lanes are idle (the caller
    then repacks them; a call costs as much as thousands of steps of a lane, so that this must not happen often).
    """
    params, table, normal = borrowed(params), borrowed(table), borrowed(normal)
    law, places = borrowed(law), borrowed(places)
    proposals, limits, streams, notes = borrowed(proposals), borrowed(limits), borrowed(streams), borrowed(notes)
    x, y, increment, scaled, ids = borrowed(x), borrowed(y), borrowed(increment), borrowed(scaled), borrowed(ids)
    bits = scaled.view(np.int64)
    lanes = x.shape[1]
    left, right = places[LEFT] > -math.inf, places[RIGHT] < math.inf
    burn, total, most = limits[BURN], limits[TOTAL], limits[MOST]
    rate = 1.0 / scale
    below = law.size - SIDE  # where the cells of the other side begin
    for _ in range(budget):
        drift(x, params, y)
        if deviation > 0.0:
            sampler(streams, normal, deviation, y)
        for lane in range(lanes):
            if notes[WAITING, lane] > 0.0:
                y[0, lane] = notes[HERE, lane]
            increment[0, lane] = 0.0
            scaled[LEFT_EDGE, lane] = 1.0 + abs(y[0, lane] - places[LEFT]) * rate
            scaled[RIGHT_EDGE, lane] = 1.0 + abs(places[RIGHT] - y[0, lane]) * rate
            scaled[LANDED, lane] = 1.0 + abs(notes[Z, lane] - y[0, lane]) * rate
        sampler(streams, table, scale, increment)
        lane = 0
        while lane < cursor[ACTIVE]:
            here = y[0, lane]
            there = here + increment[0, lane]
            stays = places[LEFT] < there < places[RIGHT]
            over = False
            notes[AGE, lane] += 1.0
            if notes[AGE, lane] <= total:
                if notes[AGE, lane] > burn and notes[AWAY, lane] == 0.0:
                    notes[VISITS, lane] += 1.0
                    p = _leaving(here, bits, left, right, below, lane, law, places)
                    notes[LEAVING, lane] += p
                    if not places[CORE_LEFT] < x[0, lane] < places[CORE_RIGHT]:
                        notes[EDGE, lane] += p
                    if abs(notes[Z, lane] - here) > places[JUMP]:
                        at, t = place_of(bits[LANDED, lane])
                        side = 0 if notes[Z, lane] > here else below
                        notes[LANDING, lane] += rate * density(law, at + side, t)
                x[0, lane] = there if stays else places[CENTRE]
                if not stays or places[CORE_LEFT] < there < places[CORE_RIGHT]:
                    notes[AWAY, lane] = 0.0
                elif abs(there - here) > places[JUMP]:
                    notes[AWAY, lane] = 1.0
                if notes[AGE, lane] == total:
                    x[0, lane] = notes[Z, lane]
                    over = proposals.shape[0] == 0
            else:
                p = 1.0 if here != here else _leaving(here, bits, left, right, below, lane, law, places)
                weight = notes[WEIGHT, lane]
                if p > 0.5:
                    notes[TIME, lane] += weight
                    notes[OUT, lane] += 0.0 if stays else weight
                    over = not stays
                else:
                    if notes[WAITING, lane] == 0.0:
                        notes[TIME, lane] += weight
                        notes[OUT, lane] += weight * p
                        notes[WEIGHT, lane] = weight * (1.0 - p)
                    notes[WAITING, lane], notes[HERE, lane] = 0.0 if stays else 1.0, here
                if stays:
                    x[0, lane] = there
                    over = places[CORE_LEFT] < there < places[CORE_RIGHT]
                if not over and notes[AGE, lane] >= total + most:
                    notes[CUT, lane] = 1.0
                    over = True
            if not over:
                lane += 1
                continue
            path = ids[lane]
            for row in range(RESULTS):
                record[path, row] = notes[row, lane]
            cursor[DONE] += 1
            if cursor[NEXT] < cursor[PATHS]:
                _start(lane, root, cursor, streams, places, proposals, limits, x, notes, ids)
                lane += 1
                continue
            cursor[ACTIVE] -= 1
            last = cursor[ACTIVE]
            if last != lane:  # the last lane moves here, with what it has drawn already, and is looked at next
                for row in range(NOTES):
                    notes[row, lane] = notes[row, last]
                for row in range(4):
                    streams[row, lane] = streams[row, last]
                for row in range(3):
                    scaled[row, lane] = scaled[row, last]
                ids[lane] = ids[last]
                x[0, lane], y[0, lane], increment[0, lane] = x[0, last], y[0, last], increment[0, last]
            x[0, last] = places[CENTRE]
        if 2 * cursor[ACTIVE] <= lanes and cursor[NEXT] == cursor[PATHS]:
            break
    return cursor[ACTIVE]
