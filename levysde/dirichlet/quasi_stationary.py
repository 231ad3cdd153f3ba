"""The law of the paths that are still inside after a long time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import frozen
from levysde.dirichlet.adjoint import AdjointSystem, adjoint_system
from levysde.dirichlet.ladder import predict
from levysde.dirichlet.mesh import LADDER
from levysde.dirichlet.question import ask_rate
from levysde.dirichlet.reference import shapes
from levysde.dirichlet.system import System
from levysde.domains import Domain
from levysde.estimate import Prediction
from levysde.sde import SDE

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class QuasiStationary:
    """The quasi-stationary law of a domain: started from it, a path leaves after an exponential time.

    Attributes
    ----------
    exit_rate : Prediction
        The rate of that time, the principal eigenvalue.
    error : float
        Estimated integral of the absolute error of `density`: twice the largest error of a probability.
    edges : array, shape (n + 1,)
        The density is a polynomial between two edges.
    coefficients : array, shape (n, m)
        Of its Legendre polynomials there.
    """

    exit_rate: Prediction
    error: float
    edges: Array
    coefficients: Array

    def density(self, x: ArrayLike) -> Array:
        """Density at points of any shape, in 1 / units of x; 0 outside the domain."""
        places = np.asarray(x, dtype=np.float64)
        e, xi, inside = self._locate(places)
        degree = self.coefficients.shape[1] - 1
        values = np.einsum("...k,...k->...", _legendre(xi, degree), self.coefficients[e])
        return np.where(inside, values, 0.0)

    def cdf(self, x: ArrayLike) -> Array:
        """Probability to be left of points of any shape."""
        places = np.asarray(x, dtype=np.float64)
        e, xi, _ = self._locate(places)
        lengths = np.diff(self.edges)
        before = np.concatenate([[0.0], np.cumsum(lengths * self.coefficients[:, 0])])
        p = _legendre(xi, self.coefficients.shape[1])
        # int P_k = (P_{k+1} - P_{k-1}) / (2k + 1), and P_{-1} = -1 makes that of P_0 vanish at the left edge.
        lower = np.concatenate([-np.ones_like(p[..., :1]), p[..., :-2]], axis=-1)
        integrals = (p[..., 1:] - lower) / (2 * np.arange(self.coefficients.shape[1]) + 1)
        found = before[e] + lengths[e] / 2 * np.einsum("...k,...k->...", integrals, self.coefficients[e])
        return np.where(places <= self.edges[0], 0.0, np.where(places >= self.edges[-1], 1.0, found))

    def _locate(self, x: Array) -> tuple[NDArray[np.int64], Array, NDArray[np.bool_]]:
        e = np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, len(self.edges) - 2)
        lengths = np.diff(self.edges)
        xi = 2.0 * (x - self.edges[e]) / np.where(lengths > 0.0, lengths, 1.0)[e] - 1.0
        return e, np.clip(xi, -1.0, 1.0), (x > self.edges[0]) & (x < self.edges[-1])


def quasi_stationary(sde: SDE, domain: Domain) -> QuasiStationary:
    r"""Limit law of the paths that have not left yet, as time grows.

    .. math:: P(X_t \in dx \mid \tau > t) \to \pi(x)\,dx, \qquad A^*\pi = -\lambda\pi \text{ inside}, \quad
        \int\pi = 1

    and :math:`\lambda` is the rate at which a path with that law leaves. Where the drift leads out of the domain and
    alpha < 1, the density jumps at the end. Within 1e-9 of the size of the domain from an end, its values are not to be
    relied on. On a half-line its tail is cut: with a force that grows only linearly `error` is about 1e-4 at alpha = 1,
    and for alpha near 0.5 it says that the density is not resolved; `exit_rate` is.

    Arguments and errors as for `mean_exit_time`, without a starting point.

    Returns
    -------
    QuasiStationary
        `density(x)`, `cdf(x)`, `exit_rate`, and `error`, which compares two meshes.

    References
    ----------
    Collet, Martínez, San Martín, Quasi-Stationary Distributions (Springer, 2013), doi:10.1007/978-3-642-33131-2.

    Examples
    --------
    >>> import levysde as ls
    >>> brownian = ls.SDE(ls.Flat(), ls.Brownian())  # cos(pi x / 2) pi / 4, at the rate pi^2 / 8
    >>> law = ls.dirichlet.quasi_stationary(brownian, ls.Interval(-1.0, 1.0))
    >>> f"{float(law.density(0.0)):.8f} {law.exit_rate.value:.8f}"
    '0.78539816 1.23370055'
    """
    question = ask_rate(sde, domain)
    laws: list[tuple[Array, Array]] = []

    def number(system: System, level: int) -> float:
        laws.append(law_of(adjoint_system(question, LADDER[level])))
        return 1.0 / system.slowest[0]

    rate = predict(question, "exit problem: principal eigenvalue", number)
    edges, coefficients = laws[-1]
    found = QuasiStationary(rate, 0.0, frozen(edges), frozen(coefficients))
    before = QuasiStationary(rate, 0.0, *laws[-2])
    rule = shapes(coefficients.shape[1])
    lengths = np.diff(edges)
    places = edges[:-1, None] + lengths[:, None] * (1 + rule.nodes) / 2
    gap = float(np.sum(lengths[:, None] * rule.weights * np.abs(found.density(places) - before.density(places))))
    return QuasiStationary(rate, gap, found.edges, found.coefficients)


def law_of(system: AdjointSystem) -> tuple[Array, Array]:
    """Return edges and Legendre coefficients of the adjoint eigenfunction, its integral 1."""
    mesh, rule = system.mesh, shapes(system.degree)
    shares = np.einsum("q,qj,qk->jk", rule.weights, rule.values, _legendre(rule.nodes, system.degree), optimize=True)
    moments = system.slowest_adjoint[1][system.local] @ shares
    coefficients = moments * (2 * np.arange(system.degree + 1) + 1)
    edges = np.append(mesh.lefts, mesh.lefts[-1] + mesh.lengths[-1])
    return edges, coefficients / float(np.sum(mesh.lengths * moments[:, 0]))


def _legendre(nodes: Array, degree: int) -> Array:
    found: Array = np.polynomial.legendre.legvander(nodes, degree).astype(np.float64)
    return found.reshape(*np.shape(nodes), degree + 1)
