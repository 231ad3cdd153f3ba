"""Blocks made from the plain functions of landscapes and domains, compiled once each.

A factory closes over the plain function and its fingerprint (see `levysde._jit.plugged`); the block it returns calls
the function once per lane, writes to `out` and allocates nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from levysde._jit import DRIFT, INSIDE, PlainFunction, plugged
from levysde.coefficient import Coefficient
from levysde.domains import Domain
from levysde.kernels.flow import adaptive_flow_1d, adaptive_flow_nd
from levysde.kernels.multiplicative import joined_1d, joined_nd, whole
from levysde.kernels.resolvent import resolvent_1d, resolvent_nd
from levysde.landscapes.base import Landscape


class Part(NamedTuple):
    """A block before it is compiled: what makes it, of which plain function, its numbers, and its name in errors."""

    factory: Callable[[PlainFunction, str], PlainFunction]
    function: PlainFunction
    numbers: np.ndarray
    role: str

    def compiled(self) -> tuple[Any, np.ndarray]:
        """Return the block and its parameters."""
        return plugged(self.factory, self.function, DRIFT, role=self.role), self.numbers


def gradient(landscape: Landscape) -> Part:
    """Return the gradient block of a landscape."""
    factory = _map_1d if landscape.dim == 1 else _map_nd
    return Part(factory, landscape.gradient_function, _numbers(landscape.parameters), _role("gradient", landscape))


def flow(landscape: Landscape, dt: float) -> Part:
    """Return the block of the drift flow over dt: exact where the landscape knows it."""
    if landscape.flow_function is not None:
        factory = _map_1d if landscape.dim == 1 else _map_nd
        numbers = _numbers(landscape.flow_parameters(dt))
        return Part(factory, landscape.flow_function, numbers, _role("flow", landscape))
    solver = adaptive_flow_1d if landscape.dim == 1 else adaptive_flow_nd
    return Part(solver, landscape.gradient_function, _and_step(landscape, dt), _role("gradient", landscape))


def resolvent(landscape: Landscape, dt: float) -> Part:
    """Return the block that solves y + dt grad U(y) = x."""
    solver = resolvent_1d if landscape.dim == 1 else resolvent_nd
    return Part(solver, landscape.gradient_function, _and_step(landscape, dt), _role("gradient", landscape))


def with_coefficient(drift: Part, coefficient: Coefficient, dim: int, *, after: bool) -> Part:
    """Return the block of a drift and of the coefficient, taken at x or `after` the drift; see `multiplicative`."""
    join = joined_1d if dim == 1 else joined_nd
    functions = coefficient.full_function(dim), coefficient.full_derivative(dim)
    numbers = np.concatenate([drift.numbers, np.array(coefficient.params, float), [drift.numbers.size]])
    return Part(
        whole, join(drift.factory, drift.function, *functions, after), numbers, f"{drift.role} or {coefficient!r}"
    )


def inside(domain: Domain) -> tuple[Any, np.ndarray]:
    """Return the block that tells which lanes are inside a domain, and its parameters."""
    factory = _inside_1d if domain.dim == 1 else _inside_nd
    block = plugged(factory, domain.inside_function, INSIDE, role=f"inside of {type(domain).__name__}")
    return block, _numbers(domain.parameters)


def _role(what: str, landscape: Landscape) -> str:
    return f"{what} of {type(landscape).__name__}"


def _and_step(landscape: Landscape, dt: float) -> np.ndarray:
    return np.append(np.array(landscape.parameters, float), dt)


def _numbers(parameters: np.ndarray) -> np.ndarray:
    """Return a writable copy, as the signatures want it; one unused zero where there are no parameters."""
    return np.array(parameters, float) if parameters.size else np.zeros(1)


def _map_1d(function: PlainFunction, stamp: str) -> PlainFunction:
    def block(x, params, out):  # type: ignore[no-untyped-def]
        stamp  # noqa: B018 - a free variable: it enters the key of Numba's cache
        for lane in range(x.shape[1]):
            out[0, lane] = function(x[0, lane], params)

    return block


def _map_nd(function: PlainFunction, stamp: str) -> PlainFunction:
    def block(x, params, out):  # type: ignore[no-untyped-def]
        stamp  # noqa: B018
        for lane in range(x.shape[1]):
            function(x[:, lane], params, out[:, lane])

    return block


def _inside_1d(function: PlainFunction, stamp: str) -> PlainFunction:
    def block(x, params, ok):  # type: ignore[no-untyped-def]
        stamp  # noqa: B018
        inside = 0
        for lane in range(x.shape[1]):  # without a branch, so that it vectorises where the function does
            good = function(x[0, lane], params)
            ok[lane] = np.uint8(good)
            inside += int(good)
        return x.shape[1] - inside

    return block


def _inside_nd(function: PlainFunction, stamp: str) -> PlainFunction:
    def block(x, params, ok):  # type: ignore[no-untyped-def]
        stamp  # noqa: B018
        inside = 0
        for lane in range(x.shape[1]):
            good = function(x[:, lane], params)
            ok[lane] = np.uint8(good)
            inside += int(good)
        return x.shape[1] - inside

    return block
