r"""Quantile tables: a continuous distribution as a cubic interpolant that a sampler can draw from.

On each side of the median the quantile is tabulated in E = -log w, where w / 2 is the probability beyond it: light and
heavy tails alike are smooth there. The cells are bisected until the interpolated quantile is right to 1e-7 of the
probability beyond it or to the last bits of the quantile, or the cell itself holds less than that share (a kink or a
gap of the distribution ends so). Where that fails because `ppf` and `cdf` contradict each other deep in a tail, as
those of `scipy.stats.beta` do, an error of 1e-7 in probability is accepted. The tails reach down to the probability
2^-53; beyond, the last value is drawn.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

LARGEST_E = 52 * math.log(2)
PRECISION = 1e-7
FLOORS = 4e-16, 1e-7  # first what 1 - cdf can resolve where the distribution has no sf
LAST_BITS = 1e-13  # of a quantile; scipy finds many by bisection
MOST_NODES = 5_000
SPACING = 0.25  # of the first grid

Function = Callable[[Any], Any]


def tails(distribution: Any) -> tuple[Function, Function]:
    """Return (P(J < x), P(J > x)) as functions."""
    if callable(getattr(distribution, "sf", None)):
        return distribution.cdf, distribution.sf
    return distribution.cdf, lambda x: 1 - distribution.cdf(x)


def quantiles(distribution: Any) -> tuple[Function, Function]:
    """Return the quantiles (below, above) the median as functions of the probability beyond them."""
    if callable(getattr(distribution, "isf", None)):
        return distribution.ppf, distribution.isf
    return distribution.ppf, lambda p: distribution.ppf(1 - p)


def quantile_nodes(distribution: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the nodes below and above the median, each an array of rows (E, quantile, slope).

    Raises
    ------
    ValueError
        If the quantiles are not finite, or too rough to be tabulated.
    """
    sides = zip(quantiles(distribution), tails(distribution), (-1.0, 1.0), strict=True)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy's quantiles warn of underflow deep in the tails
        below, above = (_nodes(quantile, tail, distribution.pdf, sign) for quantile, tail, sign in sides)
    return below, above


def _nodes(quantile: Function, tail: Function, pdf: Function, sign: float) -> np.ndarray:
    for floor in FLOORS:
        nodes = _side(quantile, tail, pdf, sign, floor)
        if nodes is not None:
            return nodes
    raise ValueError("jump has quantiles too rough to tabulate; give an array of equally likely sizes")


def _side(quantile: Function, tail: Function, pdf: Function, sign: float, floor: float) -> np.ndarray | None:
    """Return the nodes of one side, right up to `floor` in probability; None if they would be too many."""

    def look(e: np.ndarray) -> np.ndarray:
        p = 0.5 * np.exp(-e)
        x = np.asarray(quantile(p), float)
        if not np.all(np.isfinite(x)):
            raise ValueError(
                "jump has quantiles that are not finite down to tail probabilities of 2^-53; give a distribution with "
                "lighter tails, or an array of equally likely sizes"
            )
        return np.column_stack([e, x, p / np.asarray(pdf(x), float), np.ones_like(e)])

    nodes = look(np.linspace(0, LARGEST_E, round(LARGEST_E / SPACING) + 1))  # E, quantile, slope, whether it is new
    while True:
        e = nodes[:, 0]
        x = sign * np.maximum.accumulate(
            sign * nodes[:, 1]
        )  # scipy's beta.ppf, for one, is not monotone deep in a tail
        slope = _slopes(e, x, nodes[:, 2], sign)
        width = np.diff(e)
        open_cells = np.flatnonzero((nodes[1:, 3] + nodes[:-1, 3] > 0) & (width > PRECISION))
        rough = np.zeros(len(open_cells), bool)
        for t in (0.2, 0.5, 0.8):
            wanted = 0.5 * np.exp(-(e[:-1] + t * width))[open_cells]
            found = _hermite(t, width, x, slope)[open_cells]
            missed = ~(np.abs(np.asarray(tail(found), float) - wanted) <= PRECISION * wanted + floor)
            rough |= missed & (np.abs(np.asarray(quantile(wanted), float) - found) > LAST_BITS * np.abs(found))
        if not rough.any():
            return np.column_stack([e, x, slope])
        if len(e) + np.count_nonzero(rough) > MOST_NODES:
            return None
        nodes[:, 3] = 0.0
        nodes = np.concatenate([nodes, look((0.5 * (e[1:] + e[:-1]))[open_cells[rough]])])
        nodes = nodes[np.argsort(nodes[:, 0])]


def _slopes(e: np.ndarray, x: np.ndarray, slope: np.ndarray, sign: float) -> np.ndarray:
    """Return slopes that keep the interpolant monotone; where the density gives none, that of the next chords."""
    chords = np.abs(np.diff(x) / np.diff(e))
    near = np.minimum(np.append(chords, chords[-1]), np.append(chords[0], chords))
    found = np.where(np.isfinite(slope), np.abs(slope), near)
    return np.asarray(sign * np.minimum(found, 3 * near))


def _hermite(t: float, width: np.ndarray, x: np.ndarray, slope: np.ndarray) -> np.ndarray:
    s = 1 - t
    left = (1 + 2 * t) * x[:-1] + t * width * slope[:-1]
    right = (1 + 2 * s) * x[1:] - s * width * slope[1:]
    return np.asarray(s * s * left + t * t * right)
