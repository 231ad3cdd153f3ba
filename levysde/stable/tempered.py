r"""The sampler of tempered stable increments: stable draws thinned by their exponential tempering.

Let Y be the increment of a stable motion with jumps y > 0 of density :math:`C y^{-1-\alpha}`, with
:math:`\kappa(s) = \log E e^{-sY}`. Its law tilted by :math:`e^{-\lambda Y}` is that of the motion with jump density
:math:`C e^{-\lambda y} y^{-1-\alpha}`, up to a drift.

For alpha < 1, Y is positive: it is kept with probability :math:`e^{-\lambda Y}`, which is exact [1]_ [2]_.

For alpha >= 1, Y reaches below zero, and is kept with probability :math:`\min(1, e^{-\lambda(Y + c)})` [1]_; its mean
under the tilted law, :math:`-\kappa'(\lambda)`, is then taken off. Only values below -c are drawn too rarely, and the
distance in total variation from the tilted law is at most its own probability of being there, by Chernoff's inequality

.. math::
    P_\lambda(Y < -c) \le e^{-J},\qquad J = (u-\lambda)\kappa'(u) - \kappa(u) + \kappa(\lambda),\qquad c = \kappa'(u).

u is chosen so that these bounds add up to `TOTAL_VARIATION` = 1e-12 over all pieces of the increment of one component.

With kappa(s) = s^alpha K / (alpha (alpha - 1)), K = C Gamma(2 - alpha), and v = u / lambda, L = (v^(alpha-1) - 1) /
(alpha - 1) all of this is, without any singularity at alpha = 1 (where L = log v),

.. math::
    J = \tfrac K\alpha\lambda^\alpha\left(v^{\alpha-1}(v - 1) - L\right),\qquad
    -\log P(\text{kept}) = \tfrac K\alpha\lambda^\alpha(1 + \alpha L),\qquad
    \kappa'(u) - \kappa'(\lambda) = K\lambda^{\alpha-1}L.

(the second up to the same 1e-12). The acceptance falls exponentially with the length of the step, so that an increment
is the sum of as many pieces as make the expected number of draws smallest.

References
----------
.. [1] Baeumer and Meerschaert, J. Comput. Appl. Math. 233 (2010) 2438, doi:10.1016/j.cam.2009.10.027.
.. [2] Kawai and Masuda, J. Comput. Appl. Math. 235 (2011) 2873, doi:10.1016/j.cam.2010.12.014.
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import SAMPLER, kernel
from levysde._streams import next_word
from levysde.stable.chambers import chambers_table, variate

TOTAL_VARIATION = 1e-12
MOST_PIECES = 10_000  # 256 lanes of so many draws take about a second, and a call of a kernel cannot be interrupted

ALPHA, B, LOG_S = range(3)  # the constants of the totally skewed stable law, as in `stable.chambers`
SCALE, PIECES, SHIFT, RATE, OFFSET = range(5)  # a variate S is kept with probability exp(-RATE (S + OFFSET)); then
SIDES, SIDE = 3, 5  # SCALE (S + SHIFT) is added up over the pieces

_U12 = np.uint64(12)
_TWO_MINUS_52 = 2.0**-52
_TWO_MINUS_64 = 2.0**-64


def tempered_table(alpha: float, tempering: float, beta: float, dt: float) -> np.ndarray:
    """Return the table of the increment over dt of `TemperedStable(alpha, tempering, beta)`.

    Raises
    ------
    ValueError
        If the step is so long that more than `MOST_PIECES` pieces would be needed.
    """
    right = _side(alpha, tempering, 0.5 * (1 + beta) * dt)
    left = _side(alpha, tempering, 0.5 * (1 - beta) * dt)
    left[SCALE] *= -1
    return np.concatenate([chambers_table(alpha, 1.0)[: LOG_S + 1], right, left])


def _side(alpha: float, tempering: float, power: float) -> np.ndarray:
    """Return the numbers of one side; power = scale^alpha of the stable increment that is tempered."""
    if power == 0:
        return np.zeros(SIDE)
    candidates = sorted({round(1.25**i) for i in range(round(math.log(MOST_PIECES) / math.log(1.25)) + 2)})
    work = [math.log(n) + _refusal(alpha, tempering, power, n)[0] for n in candidates]
    best = int(np.argmin(work))
    if candidates[best] > MOST_PIECES:
        raise ValueError(
            f"the increment needs more than {MOST_PIECES} stable draws, because tempering={tempering:g} is strong for "
            "this time step; use a smaller dt, or Brownian noise of the same variance if the jumps do not matter"
        )
    pieces = candidates[best]
    scale = (power / pieces) ** (1 / alpha)
    shift = _recentring(alpha, scale * tempering)
    return np.array([scale, pieces, shift, scale * tempering, shift + _refusal(alpha, tempering, power, pieces)[1]])


def _refusal(alpha: float, tempering: float, power: float, pieces: int) -> tuple[float, float]:
    """Return (-log of the chance that a draw of one piece is kept, c / scale measured from the tilted mean)."""
    rate = tempering * (power / pieces) ** (1 / alpha)  # lambda times the scale of a piece
    if alpha < 1:
        return rate**alpha / math.cos(math.pi * alpha / 2), 0.0
    density = 2 / math.pi * math.gamma(1 + alpha) * math.sin(math.pi * alpha / 2)  # C / scale^alpha
    strength = density * math.gamma(2 - alpha)  # K / scale^alpha
    unit = strength / alpha * rate**alpha
    wanted = math.log(2 * pieces / TOTAL_VARIATION) / unit

    def reach(log_v: float) -> float:
        return math.exp((alpha - 1) * log_v) * math.expm1(log_v) - _root(alpha, log_v)

    low, high = 0.0, 1.0
    while reach(high) < wanted:
        low, high = high, 2 * high
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if reach(middle) < wanted else (low, middle)
    lift = _root(alpha, high)
    return unit * (1 + alpha * lift), strength * rate ** (alpha - 1) * lift


def _root(alpha: float, log_v: float) -> float:
    """Return L = (v^(alpha-1) - 1) / (alpha - 1)."""
    return log_v if alpha == 1 else math.expm1((alpha - 1) * log_v) / (alpha - 1)


def _recentring(alpha: float, rate: float) -> float:
    """Return what is added to a variate of scale 1 to make the mean of the tilted law zero (nothing for alpha < 1)."""
    if alpha < 1:
        return 0.0
    if alpha == 1:  # an S1 law of scale s is s (S + (2/pi) log s)
        return 2 / math.pi * (math.log(rate) + 1)
    return float(-alpha / math.cos(math.pi * alpha / 2) * rate ** (alpha - 1))


@kernel(SAMPLER)
def tempered(streams, table, scale, out):  # type: ignore[no-untyped-def]
    """Add `scale` times independent increments to every entry of `out`."""
    for row in range(out.shape[0]):
        for lane in range(out.shape[1]):
            total = 0.0
            for at in range(SIDES, SIDES + 2 * SIDE, SIDE):
                part = 0.0
                for _ in range(np.int64(table[at + PIECES])):
                    while True:
                        u = (np.float64(np.int64(next_word(streams, lane) >> _U12)) + 0.5) * _TWO_MINUS_52
                        w = -math.log((np.float64(next_word(streams, lane)) + 0.5) * _TWO_MINUS_64)
                        x = variate(math.pi * (u - 0.5), max(w, 5e-324), table[ALPHA], table[B], table[LOG_S])
                        patience = -math.log((np.float64(next_word(streams, lane)) + 0.5) * _TWO_MINUS_64)
                        if patience >= table[at + RATE] * (x + table[at + OFFSET]):
                            break
                    part += x + table[at + SHIFT]
                total += table[at + SCALE] * part
            out[row, lane] += scale * total
