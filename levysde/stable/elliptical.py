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
from levysde._streams import WORD
from levysde.stable.isotropic import NORMALS, SIZES, fill_normals, fill_sizes, mixing_table
from levysde.stable.tables import stable_table


def elliptical_table(alpha: float, factor: np.ndarray) -> np.ndarray:
    """Return the table of N(0, 2), that of A, the lower triangular factor C by rows, and where these two begin."""
    normal, mixing = stable_table(2.0, 0.0), mixing_table(alpha)
    return np.concatenate([normal, mixing, factor.ravel(), [normal.size, normal.size + mixing.size]])


@kernel(SAMPLER)
def elliptical(streams, table, scale, out):  # type: ignore[no-untyped-def]
    """Add `scale` times one vector to every column of `out`."""
    dim = out.shape[0]
    start = int(table[table.size - 1])
    scratch = streams[WORD + 1 :].view(np.float64)
    fill_sizes(table[int(table[table.size - 2]) : start], streams, scratch)
    for column in range(dim):
        fill_normals(table, streams, scratch)
        for row in range(column, dim):  # C is lower triangular: each normal is used up at once
            factor = scale * table[start + row * dim + column]
            for lane in range(out.shape[1]):
                out[row, lane] += factor * scratch[SIZES, lane] * scratch[NORMALS, lane]
