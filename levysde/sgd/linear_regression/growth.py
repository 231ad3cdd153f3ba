r"""The law of log|M e|, by which one step of SGD multiplies the length of an error; everything else rests on it.

For Gaussian data M = I - (eta/b) sum a_i a_i^T turns with the data, so that the factor |M e| of a unit vector e does
not depend on e, and the factors of successive steps are independent: |M_k ... M_1 e| is a product of independent copies
of one factor, with h(s) = E|M e|^s and rho = E log|M e|. With c = eta sigma^2 / b,

    |M e|^2 = (1 - c X)^2 + c^2 X Y,    X ~ chi2(b), Y ~ chi2(d - 1) independent (Y = 0 for d = 1):

A^T A e = A^T g with g = A e. For e the first axis, g is the first column of the b x d data A, the first entry of A^T g
is |g|^2 = X, and the d - 1 others are N(0, X) given g (all in units of sigma).

The expectation is a sum over Gauss-Legendre nodes in u = sqrt(X), v = sqrt(Y). There the density is u^(b-1) v^(d-2)
exp(-(u^2 + v^2)/2), whose peak is one wide whatever b, d and s are, and the integrand is smooth but for the corner
(u, v) = (1/sqrt(c), 0), where M e vanishes: panels halve towards it. All weights are divided by their sum, which makes
h(0) = 1 exact, and h - 1 is summed as such, so that nothing cancels where h is close to 1.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from levysde._types import NDArray

FloatArray = NDArray[np.float64]

REACH = 9.0  # units beyond the largest peak; exp(-REACH^2 / 2) = 3e-18
FORGET = 60.0  # panels whose integrand is below exp(-FORGET) of what counts are left out
HALVINGS = 46  # of the panels towards the corner: the last is 1e-14 wide
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True)
class Growth:
    """Nodes of the expectation over one step: log|M e| and the logarithms of their weights, which sum to one."""

    log_factor: FloatArray
    log_weight: FloatArray

    @property
    def rho(self) -> float:
        """E log|M e|, the rate at which errors grow (or shrink, where it is negative)."""
        return float(np.sum(np.exp(self.log_weight) * self.log_factor))

    def log_h(self, s: float) -> float:
        """Return log E|M e|^s, for s up to the power that the panels were laid out for."""
        power = s * self.log_factor
        terms = self.log_weight + power
        top = float(np.max(terms))
        if top > 100.0:
            return top + math.log(float(np.sum(np.exp(terms - top))))
        with np.errstate(over="ignore"):
            weight = np.exp(self.log_weight)
            excess = np.where(power < 1.0, weight * np.expm1(np.minimum(power, 1.0)), np.exp(terms) - weight)
        return math.log1p(float(np.sum(excess)))


@functools.lru_cache(maxsize=8)
def growth(d: int, b: int, c: float, power: float) -> Growth:
    """Return the nodes for expectations of |M e|^s with 0 <= s <= power; c = eta sigma^2 / b."""
    zero = 1.0 / math.sqrt(c)
    panels = _worth_keeping(_panels(d, b, zero, power), d, b, zero, power)
    t = _points(panels[:, 0], panels[:, 1])
    area = (panels[:, 1] - panels[:, 0])[:, None] * WEIGHTS
    v = np.zeros((len(panels), 1))
    if d > 1:
        v = _points(panels[:, 2], panels[:, 3])[:, None, :]
        t = t[:, :, None]
        area = area[:, :, None] * ((panels[:, 3] - panels[:, 2])[:, None] * WEIGHTS)[:, None, :]
    log_weight = (_log_density(zero + t, b) + _log_density(v, d - 1) + np.log(area)).ravel()
    log_weight -= log_weight.max()
    log_weight -= math.log(float(np.sum(np.exp(log_weight))))
    return Growth(_log_factor(t, v, zero).ravel(), log_weight)


def _points(low: FloatArray, high: FloatArray) -> FloatArray:
    return 0.5 * (low + high)[:, None] + 0.5 * (high - low)[:, None] * NODES


def _panels(d: int, b: int, zero: float, power: float) -> FloatArray:
    """Return rows (t from, t to, v from, v to) that tile the quarter plane, with u = zero + t."""
    far = zero * zero if power > 0.5 * zero * zero else 0.0  # where a high power leads: X near 1/c + 2 power
    right = math.sqrt(b + 2 * power + far) + REACH
    top = 0.0 if d == 1 else _top(d, zero, power)
    size = min(1.0, zero)
    if zero > right:
        return _tiles(-zero + _edges(right, 1.0), _edges(top, 1.0))
    left_of = -(size + _edges(zero - size, size))[::-1]
    right_of = size + _edges(right - zero, size)
    above = 2 * size + _edges(top, size)
    beside = np.array([0.0, 2 * size]) if d > 1 else np.zeros(1)
    shells = _towards_corner(size, flat=d == 1)
    parts = [
        _tiles(left_of, beside),
        _tiles(right_of, beside),
        shells,
        shells * (-1.0, -1.0, 1.0, 1.0),
    ]
    if d > 1:
        parts.append(_tiles(np.concatenate([left_of, [0.0], right_of]), above))
    tiles = np.concatenate(parts)
    return np.column_stack([tiles[:, :2].min(axis=1), tiles[:, :2].max(axis=1), tiles[:, 2:]])


def _top(d: int, zero: float, power: float) -> float:
    """Return how far v counts.

    At the corner |M e|^s makes Y as large as d - 1 + s. There the integrand is at most exp(-0.8 / c), which is nothing
    for small c; elsewhere the power widens the law of v by a factor below two.
    """
    top = math.sqrt(d - 1 + power) + REACH
    return min(top, 2 * (math.sqrt(d - 1) + REACH)) if zero > 10.0 else top


def _edges(length: float, first: float) -> FloatArray:
    """Return 0 = x_0 < x_1 < ... = length in steps that double from `first` to one; 0 alone for no length."""
    if length <= 0:
        return np.zeros(1)
    edges = [0.0]
    while edges[-1] < length and first < 1.0:
        edges.append(edges[-1] + first)
        first *= 2
    if edges[-1] < length:
        return np.append(edges[:-1], np.linspace(edges[-1], length, math.ceil(length - edges[-1]) + 1))
    return np.append(edges[:-1], length)


def _tiles(t: FloatArray, v: FloatArray) -> FloatArray:
    """Return all panels between the edges; `v` of one edge stands for no second coordinate."""
    t_low, v_low = np.meshgrid(t[:-1], v[:-1] if len(v) > 1 else v, indexing="ij")
    t_high, v_high = np.meshgrid(t[1:], v[1:] if len(v) > 1 else v, indexing="ij")
    return np.column_stack([part.ravel() for part in (t_low, t_high, v_low, v_high)])


def _towards_corner(size: float, *, flat: bool) -> FloatArray:
    """Return panels of 0 < t < size, 0 < v < 2 size that halve towards the corner (0, 0)."""
    h = size * 2.0 ** -np.arange(HALVINGS + 1)
    outer, inner = h[:-1], h[1:]
    zero = np.zeros(HALVINGS)
    if flat:
        return np.concatenate([np.column_stack([inner, outer, zero, zero]), [[0.0, h[-1], 0.0, 0.0]]])
    return np.concatenate(
        [
            np.column_stack([inner, outer, zero, 2 * inner]),
            np.column_stack([inner, outer, 2 * inner, 2 * outer]),
            np.column_stack([zero, inner, 2 * inner, 2 * outer]),
            [[0.0, h[-1], 0.0, 2 * h[-1]]],
        ]
    )


def _at_vertices(panels: FloatArray, d: int, b: int, zero: float, power: float) -> tuple[FloatArray, FloatArray]:
    """Return the logarithms of the density and of density times |M e|^power at the vertices, (4, panels) each."""
    t, v = panels[:, [0, 0, 1, 1]].T, panels[:, [2, 3, 2, 3]].T
    with np.errstate(divide="ignore"):
        density = _log_density(np.maximum(zero + t, 0.0), b) + _log_density(v, d - 1)
        raised = density + power * _log_factor(t, v, zero) if power else density
    return density, raised


def rough_log_h(d: int, b: int, c: float, power: float) -> float:
    """Return log h(power) by the trapezoidal rule, good to a few per cent of h: enough to find a large power."""
    zero = 1.0 / math.sqrt(c)
    panels = _panels(d, b, zero, power)
    area = (panels[:, 1] - panels[:, 0]) * (panels[:, 3] - panels[:, 2] if d > 1 else 1.0)
    plain, raised = _at_vertices(panels, d, b, zero, power)
    top = float(raised.max())
    return top + math.log(float(np.sum(area * np.exp(raised - top))) / float(np.sum(area * np.exp(plain))))


def _worth_keeping(panels: FloatArray, d: int, b: int, zero: float, power: float) -> FloatArray:
    """Return the panels where the integrand, for s = 0 or s = power, is not negligible at some vertex."""
    plain, raised = (part.max(axis=0) for part in _at_vertices(panels, d, b, zero, power))
    # What counts is h where it is small, and 1 where it is large: there only the root of h = 1 below is asked for.
    kept: FloatArray = panels[(plain > plain.max() - FORGET) | (raised > min(raised.max(), plain.max()) - FORGET)]
    return kept


def _log_density(u: FloatArray, dof: int) -> FloatArray:
    """Return the log density of a chi variate, less that of its mode; 0 for no degree of freedom."""
    if dof == 0:
        return np.zeros_like(u)
    if dof == 1:
        return -0.5 * u * u
    mode = math.sqrt(dof - 1)
    x = (u - mode) / mode
    return (dof - 1) * (np.log1p(x) - x - 0.5 * x * x)


def _log_factor(t: FloatArray, v: FloatArray, zero: float) -> FloatArray:
    """Return log|M e| at u = zero + t, by a formula that keeps its digits near the corner and one for |M e| near 1."""
    u = zero + t
    across, aside = t * (t + 2 * zero), u * v
    with np.errstate(divide="ignore"):
        near = 0.5 * np.log(across * across + aside * aside) - 2 * math.log(zero)
    share = (u / zero) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        far = 0.5 * np.log1p(share * (share - 2.0 + (v / zero) ** 2))
    return np.where(np.abs(t) < 0.5 * zero, near, far)
