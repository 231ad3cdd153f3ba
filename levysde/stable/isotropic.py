r"""The sampler of the rotation-invariant stable law in any dimension, as a sub-Gaussian vector.

.. math:: X = \sqrt{A}\,Z,\qquad Z\sim N(0, 2 I_d),\qquad E e^{-\lambda A} = e^{-\lambda^{\alpha/2}},

so that :math:`E e^{ik\cdot X} = e^{-|k|^\alpha}` with the Euclidean norm. The positive stable A comes from Kanter's
formula with gamma = alpha/2, V uniform on (0, pi) and W standard exponential,

.. math::
    A = \frac{\sin(\gamma V)}{\sin(V)^{1/\gamma}}\left(\frac{\sin((1-\gamma)V)}{W}\right)^{(1-\gamma)/\gamma}.

References
----------
.. [1] Kanter, Ann. Probab. 3 (1975), doi:10.1214/aop/1176996309.
.. [2] Samorodnitsky and Taqqu, Stable Non-Gaussian Random Processes, 1994, section 2.5 (sub-Gaussian vectors).
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import SAMPLER, inline, kernel
from levysde._streams import next_word
from levysde.stable.tables import stable_table
from levysde.stable.ziggurat import draw

_U12 = np.uint64(12)
_TWO_MINUS_52 = 2.0**-52
_TWO_MINUS_64 = 2.0**-64


def isotropic_table(alpha: float) -> np.ndarray:
    """Return the table of N(0, 2) with alpha as its last entry."""
    return np.append(stable_table(2.0, 0.0), alpha)


@inline
def root_of_size(gamma, streams, lane):  # type: ignore[no-untyped-def]
    """Return sqrt(A), gamma = alpha/2."""
    power = (1.0 - gamma) / gamma
    v = math.pi * (np.float64(np.int64(next_word(streams, lane) >> _U12)) + 0.5) * _TWO_MINUS_52
    w = max(-math.log((np.float64(next_word(streams, lane)) + 0.5) * _TWO_MINUS_64), 5e-324)
    # in logarithms because sin(V)**(-1/gamma) overflows for small alpha
    log_size = math.log(math.sin(gamma * v)) - math.log(math.sin(v)) / gamma
    if power > 0.0:
        log_size += power * (math.log(math.sin((1.0 - gamma) * v)) - math.log(w))
    return math.exp(0.5 * log_size)


@kernel(SAMPLER)
def isotropic(streams, table, scale, out):  # type: ignore[no-untyped-def]
    """Add `scale` times one isotropic stable vector to every column of `out`."""
    gamma = 0.5 * table[table.size - 1]
    for lane in range(out.shape[1]):
        size = scale * root_of_size(gamma, streams, lane)
        for row in range(out.shape[0]):
            out[row, lane] += size * draw(next_word(streams, lane), streams, lane, table)
