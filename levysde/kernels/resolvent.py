"""The resolvent of the drift: the solution y of y + dt grad U(y) = x, the step of the implicit Euler scheme.

In one dimension a secant iteration inside a bracket, which is halved on the scale of asinh where the secant is slow: a
start 10^30 away from the root costs some dozens of gradients and no path is lost. In several dimensions Newton's
method with the Jacobian 1 + dt Hess U from differences of the gradient, each step halved until the residual falls.
A lane that does not converge within `CAP` iterations becomes NaN, and its path gets the status "non-finite".
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import PlainFunction

CAP = 500
HALVINGS = 60
CLOSE = 1e-13  # residual, relative to the terms of the equation, after which one correction is the last
ROUNDED = 1e-9  # residual below which a Newton iteration that stops falling has met the rounding of the gradient
DIFFERENCE = 1e-7


def resolvent_1d(gradient: PlainFunction, stamp: str) -> PlainFunction:
    """Return the block for dim = 1; the last parameter is dt."""

    def block(x, params, out):  # type: ignore[no-untyped-def]
        stamp  # noqa: B018
        dt = params[params.size - 1]
        for lane in range(x.shape[1]):
            target = x[0, lane]
            low, high = -math.inf, math.inf
            y, slope, slow = target, 1.0, False
            residual = dt * gradient(y, params)
            tries = 0
            while tries < CAP and residual == residual:
                tries += 1
                if residual > 0.0:
                    high = min(high, y)
                else:
                    low = max(low, y)
                move = -residual / slope
                if abs(residual) <= CLOSE * (abs(y) + abs(target)):
                    y += move
                    break
                bracketed = low > -math.inf and high < math.inf
                if bracketed and high - low <= 4e-16 * (abs(low) + abs(high)):
                    break
                trial = y + move
                if slow or not low < trial < high:
                    if bracketed:
                        trial = math.sinh(0.5 * (math.asinh(low) + math.asinh(high)))
                        if not low < trial < high:
                            trial = 0.5 * low + 0.5 * high
                    else:
                        trial = y - math.copysign(2.0 * (abs(y) + 1.0), residual)
                found = trial - target + dt * gradient(trial, params)
                slow = abs(found) > 0.25 * abs(residual) and not slow
                slope = (found - residual) / (trial - y)
                if not 0.0 < slope < math.inf:  # dt beyond 1 / (curvature of a barrier), or overflow: halve instead
                    slope, slow = 1.0, True
                y, residual = trial, found
            out[0, lane] = y if tries < CAP and residual == residual else math.nan

    return block


def resolvent_nd(gradient: PlainFunction, stamp: str) -> PlainFunction:
    """Return the block for dim > 1; the last parameter is dt."""

    def block(x, params, out):  # type: ignore[no-untyped-def]
        stamp  # noqa: B018
        dim = x.shape[0]
        dt = params[params.size - 1]
        y, trial, slope, other = np.empty(dim), np.empty(dim), np.empty(dim), np.empty(dim)
        residual, found, step = np.empty(dim), np.empty(dim), np.empty(dim)
        jacobian = np.empty((dim, dim))
        for lane in range(x.shape[1]):
            size, far = 0.0, 0.0
            for i in range(dim):
                y[i] = x[i, lane]
                far = max(far, abs(y[i]))
            gradient(y, params, slope)
            for i in range(dim):
                residual[i] = dt * slope[i]
                size = max(size, abs(residual[i]))
            solved, apart = False, False
            for _ in range(CAP):
                reach = 0.0
                finite = size < math.inf
                for i in range(dim):
                    reach = max(reach, abs(y[i]))
                    finite = finite and residual[i] == residual[i]
                if not finite:
                    break
                small = 0.02 * CLOSE * (reach + far)
                if size <= small:
                    solved = True
                    break
                for k in range(dim):  # the Jacobian, column by column
                    for i in range(dim):
                        trial[i] = y[i]
                    length = abs(y[k]) if apart else reach
                    trial[k] += DIFFERENCE * (length if length > 0.0 else size)
                    gradient(trial, params, other)
                    for i in range(dim):
                        jacobian[i, k] = dt * (other[i] - slope[i]) / (trial[k] - y[k])
                    jacobian[k, k] += 1.0
                for i in range(dim):
                    step[i] = -residual[i]
                for k in range(dim):  # Gaussian elimination with the largest pivot of the column
                    pivot = k
                    for i in range(k + 1, dim):
                        if abs(jacobian[i, k]) > abs(jacobian[pivot, k]):
                            pivot = i
                    if pivot != k:
                        step[k], step[pivot] = step[pivot], step[k]
                        for j in range(k, dim):
                            jacobian[k, j], jacobian[pivot, j] = jacobian[pivot, j], jacobian[k, j]
                    for i in range(k + 1, dim):
                        factor = jacobian[i, k] / jacobian[k, k]
                        step[i] -= factor * step[k]
                        for j in range(k + 1, dim):
                            jacobian[i, j] -= factor * jacobian[k, j]
                for i in range(dim - 1, -1, -1):
                    for j in range(i + 1, dim):
                        step[i] -= jacobian[i, j] * step[j]
                    step[i] /= jacobian[i, i]
                length, better = 1.0, False
                for _ in range(HALVINGS):
                    for i in range(dim):
                        trial[i] = y[i] + length * step[i]
                    gradient(trial, params, other)
                    largest = 0.0
                    finite = True
                    for i in range(dim):
                        found[i] = trial[i] - x[i, lane] + dt * other[i]
                        largest = max(largest, abs(found[i]))
                        finite = finite and found[i] == found[i]
                    if finite and largest < (1.0 - 1e-4 * length) * size:
                        better = True
                        break
                    length *= 0.5
                if not better:
                    solved = size <= ROUNDED * (reach + far)
                    if solved or apart:
                        break
                    apart = True  # coordinates of very different size: each gets a difference of its own
                    continue
                size = largest
                for i in range(dim):
                    y[i], slope[i], residual[i] = trial[i], other[i], found[i]
            for i in range(dim):
                out[i, lane] = y[i] if solved else math.nan

    return block
