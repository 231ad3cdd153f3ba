"""A loss tabulated on a rectangle as a smooth landscape of two dimensions, seen from a frame that may be turned."""

from __future__ import annotations

import math

import numpy as np

from levysde.landscapes.from_functions import FunctionLandscape, from_functions
from levysde.sgd.cell import cell
from levysde.sgd.networks import FloatArray

# params: cosine and sine of the turn and the place of the frame's origin; then for x and for y the lowest node, nodes
# per unit length and the number of cells; the stiffness beyond the table; then four numbers a node: u, and h_x u_x,
# h_y u_y, h_x h_y u_xy with the distances h between nodes.
COSINE, SINE, ORIGIN_X, ORIGIN_Y, LOW_X, RATE_X, CELLS_X, LOW_Y, RATE_Y, CELLS_Y, STIFFNESS, NODES = range(12)


def landscape_of(x: FloatArray, y: FloatArray, u: FloatArray, origin: FloatArray, angle: float) -> FunctionLandscape:
    """Return the bicubic spline through u (n, m) on equidistant x (n,) and y (m,), in the coordinates of a frame.

    The place (x, y) of a point p of the frame is its origin plus p turned by the angle. Beyond the table the spline
    goes on by its derivatives at the nearest point of the rectangle and a parabola: smooth, and rising in the end.
    """
    from scipy.interpolate import RectBivariateSpline

    spline = RectBivariateSpline(x, y, u, s=0)
    step_x, step_y = float(x[1] - x[0]), float(y[1] - y[0])
    slope_x, slope_y, twist = spline(x, y, dx=1), spline(x, y, dy=1), spline(x, y, dx=1, dy=1)
    nodes = np.stack([u, step_x * slope_x, step_y * slope_y, step_x * step_y * twist], axis=-1)
    size = math.hypot(x[-1] - x[0], y[-1] - y[0])
    stiffness = float(np.abs(twist).max() + np.hypot(slope_x, slope_y).max() / size)
    frame = [math.cos(angle), math.sin(angle), *origin]
    sides = [x[0], 1 / step_x, len(x) - 1, y[0], 1 / step_y, len(y) - 1, stiffness]
    corners = np.array([[a, b] for a in (x[0], x[-1]) for b in (y[0], y[-1])]) - origin
    seen = corners @ turn(angle)
    return from_functions(
        surface,
        surface_gradient,
        dim=2,
        params=[*frame, *sides, *nodes.ravel()],
        region=(seen.min(axis=0), seen.max(axis=0)),
    )


def turn(angle: float) -> FloatArray:
    """Return the matrix whose columns are the axes of a frame turned by the angle."""
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def surface(p, params):  # type: ignore[no-untyped-def]
    """Return U."""
    x, y = in_table(p, params)
    i, s, beyond_x = cell(x, params[LOW_X], params[RATE_X], params[CELLS_X])
    j, t, beyond_y = cell(y, params[LOW_Y], params[RATE_Y], params[CELLS_Y])
    u, u_x, u_y, u_xy = derivatives(i, j, s, t, params)
    parabola = 0.5 * params[STIFFNESS] * (beyond_x * beyond_x + beyond_y * beyond_y)
    return u + u_x * beyond_x + u_y * beyond_y + u_xy * beyond_x * beyond_y + parabola


def surface_gradient(p, params, out):  # type: ignore[no-untyped-def]
    """Write the gradient of U."""
    x, y = in_table(p, params)
    i, s, beyond_x = cell(x, params[LOW_X], params[RATE_X], params[CELLS_X])
    j, t, beyond_y = cell(y, params[LOW_Y], params[RATE_Y], params[CELLS_Y])
    _, u_x, u_y, u_xy = derivatives(i, j, s, t, params)
    along_x = u_x + u_xy * beyond_y + params[STIFFNESS] * beyond_x
    along_y = u_y + u_xy * beyond_x + params[STIFFNESS] * beyond_y
    out[0] = params[COSINE] * along_x + params[SINE] * along_y
    out[1] = params[COSINE] * along_y - params[SINE] * along_x


def in_table(p, params):  # type: ignore[no-untyped-def]
    """Return the place of a point of the frame in the coordinates of the table."""
    x = params[ORIGIN_X] + params[COSINE] * p[0] - params[SINE] * p[1]
    y = params[ORIGIN_Y] + params[SINE] * p[0] + params[COSINE] * p[1]
    return x, y


def derivatives(i, j, s, t, params):  # type: ignore[no-untyped-def]
    """Return u, u_x, u_y and u_xy at a place (s, t) of cell (i, j)."""
    u, u_x, u_y, u_xy = 0.0, 0.0, 0.0, 0.0
    stride = int(params[CELLS_Y]) + 1
    for a in range(2):
        x0, x1, slope_x0, slope_x1 = weights(s, a)
        for b in range(2):
            y0, y1, slope_y0, slope_y1 = weights(t, b)
            at = NODES + 4 * ((i + a) * stride + j + b)
            plain, sloped = params[at] * y0 + params[at + 2] * y1, params[at + 1] * y0 + params[at + 3] * y1
            u += x0 * plain + x1 * sloped
            u_x += slope_x0 * plain + slope_x1 * sloped
            plain = params[at] * slope_y0 + params[at + 2] * slope_y1
            sloped = params[at + 1] * slope_y0 + params[at + 3] * slope_y1
            u_y += x0 * plain + x1 * sloped
            u_xy += slope_x0 * plain + slope_x1 * sloped
    return u, u_x * params[RATE_X], u_y * params[RATE_Y], u_xy * params[RATE_X] * params[RATE_Y]


def weights(t, end):  # type: ignore[no-untyped-def]
    """Return Hermite's cubics for the value and the slope at one end of [0, 1], and their derivatives."""
    if end == 0:
        r = 1.0 - t
        return r * r * (1.0 + 2.0 * t), r * r * t, -6.0 * r * t, r * (1.0 - 3.0 * t)
    return t * t * (3.0 - 2.0 * t), t * t * (t - 1.0), 6.0 * t * (1.0 - t), t * (3.0 * t - 2.0)
