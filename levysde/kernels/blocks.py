"""Blocks made from the plain functions of landscapes and domains, compiled once each.

A factory closes over the plain function and its fingerprint (see `levysde._jit.plugged`); the block it returns calls
the function once per lane, writes to `out` and allocates nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from levysde._jit import DRIFT, INSIDE, PlainFunction, plugged
from levysde.domains import Domain
from levysde.kernels.flow import adaptive_flow_1d, adaptive_flow_nd
from levysde.landscapes.base import Landscape


def gradient(landscape: Landscape) -> tuple[Any, np.ndarray]:
    """Return the gradient block of a landscape and its parameters."""
    factory = _map_1d if landscape.dim == 1 else _map_nd
    role = f"gradient of {type(landscape).__name__}"
    return plugged(factory, landscape.gradient_function, DRIFT, role=role), _numbers(landscape.parameters)


def flow(landscape: Landscape, dt: float) -> tuple[Any, np.ndarray]:
    """Return the block of the drift flow over dt and its parameters: exact where the landscape knows it."""
    if landscape.flow_function is not None:
        factory = _map_1d if landscape.dim == 1 else _map_nd
        block = plugged(factory, landscape.flow_function, DRIFT, role=f"flow of {type(landscape).__name__}")
        return block, _numbers(landscape.flow_parameters(dt))
    solver = adaptive_flow_1d if landscape.dim == 1 else adaptive_flow_nd
    block = plugged(solver, landscape.gradient_function, DRIFT, role=f"gradient of {type(landscape).__name__}")
    return block, np.append(np.array(landscape.parameters, float), dt)


def inside(domain: Domain) -> tuple[Any, np.ndarray]:
    """Return the block that tells which lanes are inside a domain, and its parameters."""
    factory = _inside_1d if domain.dim == 1 else _inside_nd
    block = plugged(factory, domain.inside_function, INSIDE, role=f"inside of {type(domain).__name__}")
    return block, _numbers(domain.parameters)


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
