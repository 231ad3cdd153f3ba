r"""The drift flow of a general landscape, by Bogacki-Shampine 3(2) with sub-steps where the error asks for them.

Every lane is tried with h = dt; a lane whose error fails goes on alone with its own h. The error of a sub-step is
held below `TOLERANCE` times the distance moved, which needs no length scale from the user. A sub-step over which the
force changes by more than half is too long whatever its error estimate says, for the estimate may vanish by chance. A
path that cannot be brought home within `CAP` sub-steps becomes NaN, and so gets the status "non-finite".

References
----------
.. [1] Bogacki and Shampine, Appl. Math. Lett. 2 (1989), doi:10.1016/0893-9659(89)90079-7.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import PlainFunction

TOLERANCE = 1e-3
CAP = 10_000


def adaptive_flow_1d(gradient: PlainFunction, stamp: str) -> PlainFunction:
    """Return the block for dim = 1; the last parameter is dt."""

    def block(x, params, out):  # type: ignore[no-untyped-def]
        stamp  # noqa: B018
        dt = params[params.size - 1]
        # the first trial goes stage by stage over the whole block: the lanes are independent, so that their look-ups
        # overlap, which is three times as fast as lane by lane; the one allocation is shared by all lanes
        slopes = np.empty((3, x.shape[1]))
        for lane in range(x.shape[1]):
            slopes[0, lane] = -gradient(x[0, lane], params)
        for lane in range(x.shape[1]):
            slopes[1, lane] = -gradient(x[0, lane] + 0.5 * dt * slopes[0, lane], params)
        for lane in range(x.shape[1]):
            slopes[2, lane] = -gradient(x[0, lane] + 0.75 * dt * slopes[1, lane], params)
        for lane in range(x.shape[1]):
            y, k1, k2, k3 = x[0, lane], slopes[0, lane], slopes[1, lane], slopes[2, lane]
            move = dt * (2.0 * k1 + 3.0 * k2 + 4.0 * k3) / 9.0
            k4 = -gradient(y + move, params)
            error = abs(dt * (-5.0 * k1 + 6.0 * k2 + 8.0 * k3 - 9.0 * k4)) / 72.0
            allowed = TOLERANCE * abs(move) + 1e-14 * abs(y) + 1e-300
            if error <= allowed < math.inf and not abs(k2 - k1) > 0.5 * abs(k1):
                out[0, lane] = y + move
                continue
            time = 0.0
            h = dt
            tries = 0
            while time < dt and tries < CAP and y == y:
                tries += 1
                k2 = -gradient(y + 0.5 * h * k1, params)
                k3 = -gradient(y + 0.75 * h * k2, params)
                move = h * (2.0 * k1 + 3.0 * k2 + 4.0 * k3) / 9.0
                k4 = -gradient(y + move, params)
                error = abs(h * (-5.0 * k1 + 6.0 * k2 + 8.0 * k3 - 9.0 * k4)) / 72.0
                allowed = TOLERANCE * abs(move) + 1e-14 * abs(y) + 1e-300
                bent = abs(k2 - k1) > 0.5 * abs(k1)
                if error <= allowed < math.inf and not bent:
                    time += h
                    y += move
                    k1 = k4
                    if time >= dt * (1.0 - 1e-12):
                        break
                    h = min(h * min(4.0, 0.9 * (allowed / (error + 1e-300)) ** (1.0 / 3.0)), dt - time)
                elif error < math.inf and allowed < math.inf:
                    h *= max(0.05, min(0.5, 0.9 * (allowed / (error + 1e-300)) ** (1.0 / 3.0)))
                else:
                    h *= 0.01  # the trial points overflowed
            out[0, lane] = y if tries < CAP else math.nan

    return block


def adaptive_flow_nd(gradient: PlainFunction, stamp: str) -> PlainFunction:
    """Return the block for dim > 1; the last parameter is dt."""

    def block(x, params, out):  # type: ignore[no-untyped-def]
        stamp  # noqa: B018
        dim = x.shape[0]
        dt = params[params.size - 1]
        y, trial = np.empty(dim), np.empty(dim)
        k1, k2, k3, k4 = np.empty(dim), np.empty(dim), np.empty(dim), np.empty(dim)
        for lane in range(x.shape[1]):
            y[:] = x[:, lane]
            time = 0.0
            h = dt
            gradient(y, params, k1)
            tries = 0
            while time < dt and tries < CAP and np.all(y == y):
                tries += 1
                for i in range(dim):
                    trial[i] = y[i] - 0.5 * h * k1[i]
                gradient(trial, params, k2)
                for i in range(dim):
                    trial[i] = y[i] - 0.75 * h * k2[i]
                gradient(trial, params, k3)
                moved = 0.0
                for i in range(dim):
                    move = -h * (2.0 * k1[i] + 3.0 * k2[i] + 4.0 * k3[i]) / 9.0
                    trial[i] = y[i] + move
                    moved += move * move
                gradient(trial, params, k4)
                missed = 0.0
                size = 0.0
                force = 0.0
                change = 0.0
                for i in range(dim):
                    miss = h * (-5.0 * k1[i] + 6.0 * k2[i] + 8.0 * k3[i] - 9.0 * k4[i]) / 72.0
                    missed += miss * miss
                    size += y[i] * y[i]
                    force += k1[i] * k1[i]
                    change += (k2[i] - k1[i]) * (k2[i] - k1[i])
                error = math.sqrt(missed)
                allowed = TOLERANCE * math.sqrt(moved) + 1e-14 * math.sqrt(size) + 1e-300
                bent = change > 0.25 * force
                if error <= allowed < math.inf and not bent:
                    time += h
                    y[:] = trial
                    k1[:] = k4
                    if time >= dt * (1.0 - 1e-12):
                        break
                    h = min(h * min(4.0, 0.9 * (allowed / (error + 1e-300)) ** (1.0 / 3.0)), dt - time)
                elif error < math.inf and allowed < math.inf:
                    h *= max(0.05, min(0.5, 0.9 * (allowed / (error + 1e-300)) ** (1.0 / 3.0)))
                else:
                    h *= 0.01
            if tries < CAP:
                out[:, lane] = y
            else:
                out[:, lane] = math.nan

    return block
