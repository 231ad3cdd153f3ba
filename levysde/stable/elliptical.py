r"""The sampler of sub-Gaussian stable vectors with any shape matrix.

.. math:: X = \sqrt{A}\,C Z,\qquad CC^T = S,\qquad Z\sim N(0, 2 I_d),\qquad E e^{-\lambda A} = e^{-\lambda^{\alpha/2}},

so that :math:`E e^{ik\cdot X} = E e^{-A\,k\cdot Sk} = e^{-(k\cdot Sk)^{\alpha/2}}`; A comes from
`stable.isotropic`.

References
----------
.. [1] Samorodnitsky and Taqqu, Stable Non-Gaussian Random Processes, 1994, section 2.5 (sub-Gaussian vectors).
"""

from __future__ import annotations

import numpy as np

from levysde._jit import SAMPLER, kernel
from levysde._streams import next_word
from levysde.stable.isotropic import root_of_size
from levysde.stable.tables import stable_table
from levysde.stable.ziggurat import draw


def elliptical_table(alpha: float, factor: np.ndarray) -> np.ndarray:
    """Return the table of N(0, 2), then the lower triangular factor C row by row, then alpha."""
    return np.concatenate([stable_table(2.0, 0.0), factor.ravel(), [alpha]])


@kernel(SAMPLER)
def elliptical(streams, table, scale, out):  # type: ignore[no-untyped-def]
    """Add `scale` times one vector to every column of `out`."""
    dim = out.shape[0]
    start = table.size - 1 - dim * dim
    gamma = 0.5 * table[table.size - 1]
    for lane in range(out.shape[1]):
        size = scale * root_of_size(gamma, streams, lane)
        for column in range(dim):
            z = size * draw(next_word(streams, lane), streams, lane, table)
            for row in range(column, dim):  # C is lower triangular: each normal is used up at once
                out[row, lane] += table[start + row * dim + column] * z
