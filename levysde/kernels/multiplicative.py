"""The drift and the coefficient of a state-dependent noise in one block.

The rows of `out` are, each `dim` long: the gradient or the flow, the coefficient g, and, if `out` has them, its
derivative and room to compute that. After a flow, g is taken where the flow has led. The parameters are those of
the drift, those of the coefficient, and how many the first are.
"""

from __future__ import annotations

from functools import cache

from levysde._jit import PlainFunction

Factory = PlainFunction


@cache  # one function object per combination: nothing is compiled twice
def joined_1d(
    factory: Factory, drift: PlainFunction, coefficient: PlainFunction, derivative: PlainFunction, after: bool
) -> PlainFunction:
    """Return the plain function of a whole block, for dim = 1."""
    inner = factory(drift, "")

    def joined(x, params, out):  # type: ignore[no-untyped-def]
        own = int(params[params.size - 1])
        numbers = params[own : params.size - 1]
        inner(x, params[0:own], out[0:1])
        for lane in range(x.shape[1]):
            out[1, lane] = coefficient(out[0, lane] if after else x[0, lane], numbers)
        if out.shape[0] > 2:
            for lane in range(x.shape[1]):
                out[2, lane] = derivative(out[0, lane] if after else x[0, lane], numbers)

    return joined


@cache
def joined_nd(
    factory: Factory, drift: PlainFunction, coefficient: PlainFunction, derivative: PlainFunction, after: bool
) -> PlainFunction:
    """Return the plain function of a whole block, for dim > 1."""
    inner = factory(drift, "")

    def joined(x, params, out):  # type: ignore[no-untyped-def]
        dim = x.shape[0]
        own = int(params[params.size - 1])
        numbers = params[own : params.size - 1]
        inner(x, params[0:own], out[0:dim])
        places = out[0:dim] if after else x
        for lane in range(x.shape[1]):
            coefficient(places[:, lane], numbers, out[dim : 2 * dim, lane])
        if out.shape[0] > 2 * dim:
            for lane in range(x.shape[1]):
                derivative(places[:, lane], numbers, out[2 * dim : 3 * dim, lane], out[3 * dim : 4 * dim, lane])

    return joined


def whole(function: PlainFunction, stamp: str) -> PlainFunction:
    """Return the block that is the function itself."""

    def block(x, params, out):  # type: ignore[no-untyped-def]
        stamp  # noqa: B018
        function(x, params, out)

    return block
