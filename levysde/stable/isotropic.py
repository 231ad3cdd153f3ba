r"""The sampler of the rotation-invariant stable law in any dimension, as a sub-Gaussian vector.

.. math:: X = \sqrt{A}\,Z,\qquad Z\sim N(0, 2 I_d),\qquad E e^{-\lambda A} = e^{-\lambda^{\alpha/2}},

so that :math:`E e^{ik\cdot X} = e^{-|k|^\alpha}` with the Euclidean norm. The positive stable A has index
gamma = alpha/2; for alpha >= 1 it comes from the ziggurat of the one-sided law, below from the ziggurat of log A
(`stable.log_size`).

References
----------
.. [1] Samorodnitsky and Taqqu, Stable Non-Gaussian Random Processes, 1994, section 2.5 (sub-Gaussian vectors).
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import SAMPLER, inline, kernel
from levysde._streams import WORD, fill_words
from levysde.stable.coefficients import standard_shift
from levysde.stable.log_size import log_size_table
from levysde.stable.tables import SHIFT, stable_table
from levysde.stable.ziggurat import add_row

SIZES, NORMALS = 0, 1  # rows of the scratch that lies behind the words in a block of streams


def mixing_table(alpha: float) -> np.ndarray:
    """Return the table that A (gamma log A for gamma < 1/2) is drawn with, then gamma and the scale."""
    gamma = alpha / 2
    if gamma == 1:
        return np.array([gamma, 1.0])
    if gamma < 0.5:
        return np.append(log_size_table(gamma), [gamma, 0.5 / gamma])
    table = np.append(stable_table(gamma, 1.0), [gamma, math.cos(math.pi * gamma / 2) ** (1 / gamma)])
    table[SHIFT] += standard_shift(gamma, 1.0)
    return table


def isotropic_table(alpha: float) -> np.ndarray:
    """Return the table of N(0, 2), that of A, and where the latter begins."""
    normal = stable_table(2.0, 0.0)
    return np.concatenate([normal, mixing_table(alpha), [normal.size]])


@inline
def fill_sizes(mixing, streams, scratch):  # type: ignore[no-untyped-def]
    """Fill row SIZES of `scratch` with independent sqrt(A)."""
    gamma, scale = mixing[mixing.size - 2], mixing[mixing.size - 1]
    lanes = scratch.shape[1]
    if mixing.size == 2:
        for lane in range(lanes):
            scratch[SIZES, lane] = 1.0
        return
    for lane in range(lanes):
        scratch[SIZES, lane] = 0.0
    fill_words(streams)
    add_row(streams, WORD, mixing, scale, scratch, SIZES)
    if gamma < 0.5:
        for lane in range(lanes):
            scratch[SIZES, lane] = math.exp(scratch[SIZES, lane])
    else:
        for lane in range(lanes):
            scratch[SIZES, lane] = math.sqrt(max(scratch[SIZES, lane], 5e-324))


@inline
def fill_normals(table, streams, scratch):  # type: ignore[no-untyped-def]
    """Fill row NORMALS of `scratch` with independent N(0, 2)."""
    for lane in range(scratch.shape[1]):
        scratch[NORMALS, lane] = 0.0
    fill_words(streams)
    add_row(streams, WORD, table, 1.0, scratch, NORMALS)


@kernel(SAMPLER)
def isotropic(streams, table, scale, out):  # type: ignore[no-untyped-def]
    """Add `scale` times one isotropic stable vector to every column of `out`."""
    start = int(table[table.size - 1])
    scratch = streams[WORD + 1 :].view(np.float64)
    fill_sizes(table[start : table.size - 1], streams, scratch)
    for row in range(out.shape[0]):
        fill_normals(table, streams, scratch)
        for lane in range(out.shape[1]):
            out[row, lane] += scale * scratch[SIZES, lane] * scratch[NORMALS, lane]
