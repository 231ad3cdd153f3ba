"""Panels of Gauss-Legendre nodes that integrate exp(g) and exp(-g) in the logarithm, cumulatively."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from levysde._types import NDArray

Array = NDArray[np.float64]
Exponent = Callable[[Array], Array]

NODES = 16


class Rule(NamedTuple):
    """Nodes, weights, cumulative weights from the left, Legendre analysis and values at -1, 1 of the interpolant."""

    nodes: Array
    weights: Array
    from_left: Array
    analysis: Array
    ends: Array


@cache
def rule() -> Rule:
    """Gauss-Legendre rule with the matrix that integrates the interpolant from -1 to each node."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    values = np.polynomial.legendre.legvander(nodes, NODES)
    degree = np.arange(NODES)
    analysis = (values[:, :NODES] * weights[:, None]).T * (2 * degree[:, None] + 1) / 2
    antiderivative = np.empty((NODES, NODES))
    antiderivative[:, 0] = nodes + 1
    antiderivative[:, 1:] = (values[:, 2:] - values[:, :-2]) / (2 * degree[1:] + 1)
    ends = np.polynomial.legendre.legvander(np.array([-1.0, 1.0]), NODES - 1) @ analysis
    return Rule(nodes, weights, antiderivative @ analysis, analysis, ends)


class Panels(NamedTuple):
    """Panels between consecutive edges; the exponent g at the edges and, shape (panels, NODES), at the nodes."""

    edges: Array
    at_edges: Array
    g: Array

    @property
    def half(self) -> Array:
        """Half-lengths of the panels."""
        return np.asarray(np.diff(self.edges) / 2)


def on(edges: Array, exponent: Exponent) -> Panels:
    """Panels on sorted distinct edges."""
    return Panels(edges, np.asarray(exponent(edges), float), _values(edges[:-1], edges[1:], exponent))


def halve(panels: Panels, chosen: NDArray[np.bool_], exponent: Exponent) -> Panels:
    """Cut the chosen panels in two; only those are evaluated anew."""
    low, high = panels.edges[:-1][chosen], panels.edges[1:][chosen]
    middle = (low + high) / 2
    fresh = _values(np.stack([low, middle], 1).ravel(), np.stack([middle, high], 1).ravel(), exponent)
    counts = np.where(chosen, 2, 1)
    g = np.repeat(panels.g, counts, axis=0)
    g[np.repeat(chosen, counts)] = fresh
    edges = np.concatenate([panels.edges, middle])
    at_edges = np.concatenate([panels.at_edges, exponent(middle) if len(middle) else middle])
    order = np.argsort(edges)
    return Panels(edges[order], at_edges[order], g)


def _values(low: Array, high: Array, exponent: Exponent) -> Array:
    at = (low + high)[:, None] / 2 + (high - low)[:, None] / 2 * rule().nodes
    if not at.size:
        return at
    return np.asarray(exponent(at.ravel()), float).reshape(at.shape)


class Integral(NamedTuple):
    """Logarithms of the integral of exp(+-g): per panel, and from the left end of each panel to its nodes."""

    whole: Array
    partial: Array
    # Relative error of the panel's interpolant, from its last two Legendre coefficients; 0 at round-off.
    error: Array


def integrate(panels: Panels, sign: float) -> Integral:
    """Integrals of exp(sign g) over every panel."""
    nodes = rule()
    top = (sign * panels.g).max(axis=1, keepdims=True)
    values = np.exp(sign * panels.g - top)
    shift = top + np.log(panels.half)[:, None]
    sums = values @ nodes.weights
    with np.errstate(divide="ignore"):
        partial = shift + np.log(np.clip(values @ nodes.from_left.T, 0.0, None))
    tail = 2 * np.abs(values @ nodes.analysis[-2:].T).sum(axis=1) / sums
    # Round-off of a large exponent cannot be refined away; the caller accounts for it.
    noise = 64 * np.finfo(float).eps * (1.0 + np.abs(panels.g).max(axis=1))
    return Integral(shift[:, 0] + np.log(sums), partial, np.where(tail > noise, tail, 0.0))


def from_left(integral: Integral) -> tuple[Array, Array]:
    """Logarithm of the integral from the first edge to every edge and to every node."""
    edges = np.concatenate([[-np.inf], np.logaddexp.accumulate(integral.whole)])
    return edges, np.logaddexp(edges[:-1, None], integral.partial)


def weighted(panels: Panels, log_factor: Array, sign: float) -> Array:
    """Logarithm of the integral of factor * exp(sign g) over every panel."""
    values = log_factor + sign * panels.g
    top = values.max(axis=1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(top[:, 0] + np.log(panels.half * (np.exp(values - top) @ rule().weights)))


def mirrored(panels: Panels) -> Panels:
    """Return the panels of y -> g(-y)."""
    return Panels(-panels.edges[::-1], panels.at_edges[::-1], panels.g[::-1, ::-1])


def unresolved(panels: Panels) -> NDArray[np.bool_]:
    """Panels where g itself is not seen well enough to trust that nothing hides between the nodes or at the ends."""
    tail = np.abs(panels.g @ rule().analysis[-2:].T).sum(axis=1)
    true_ends = np.stack([panels.at_edges[:-1], panels.at_edges[1:]], axis=1)
    miss = np.abs(panels.g @ rule().ends.T - true_ends).max(axis=1)
    return np.asarray(np.maximum(tail, miss) > 0.02 * np.maximum(1.0, np.ptp(panels.g, axis=1)))
