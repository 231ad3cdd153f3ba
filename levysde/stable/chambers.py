r"""The Chambers-Mallows-Stuck sampler: exact for every alpha and beta, and some twenty times slower than the ziggurat.

With V uniform on (-pi/2, pi/2) and W standard exponential, in the S1 parameterization with scale 1,

.. math::
    X = S\,\frac{\sin(\alpha(V+B))}{\cos(V)^{1/\alpha}}
        \left(\frac{\cos(V-\alpha(V+B))}{W}\right)^{(1-\alpha)/\alpha},\qquad
    B = \frac{\arctan(\beta\tan\frac{\pi\alpha}2)}\alpha,\quad
    S = \left(1+\beta^2\tan^2\tfrac{\pi\alpha}2\right)^{1/(2\alpha)},

and at alpha = 1

.. math::
    X = \frac2\pi\left[\left(\tfrac\pi2+\beta V\right)\tan V
        - \beta\log\frac{\frac\pi2 W\cos V}{\frac\pi2+\beta V}\right].

References
----------
.. [1] Chambers, Mallows and Stuck, JASA 71 (1976), doi:10.1080/01621459.1976.10480344.
.. [2] Weron, Statist. Probab. Lett. 28 (1996), doi:10.1016/0167-7152(95)00113-1 (the corrected constants).
"""

from __future__ import annotations

import math

import numpy as np

from levysde._jit import SAMPLER, inline, kernel
from levysde._streams import next_word

_U12 = np.uint64(12)
_TWO_MINUS_52 = 2.0**-52
_TWO_MINUS_64 = 2.0**-64


def chambers_table(alpha: float, beta: float, shift: float = 0.0) -> np.ndarray:
    """Return the constants of the sampler; `shift` is added to every variate of scale 1."""
    if alpha == 1:
        return np.array([alpha, beta, 0.0, shift])
    skew = beta * math.tan(math.pi * alpha / 2)
    return np.array([alpha, math.atan(skew) / alpha, math.log1p(skew * skew) / (2 * alpha), shift])


@inline
def variate(v, w, alpha, b, log_s):  # type: ignore[no-untyped-def]
    """Return the variate for the angle v and the exponential w; alpha, b, log_s as in `chambers_table`."""
    if alpha == 1.0:  # here b is beta itself
        half = 0.5 * math.pi
        lean = half + b * v
        return (lean * math.tan(v) - b * math.log(half * w * math.cos(v) / lean)) / half
    angle = alpha * (v + b)
    sine = math.sin(angle)
    # in logarithms: for small alpha the factors overflow long before their product does
    log_size = log_s - math.log(math.cos(v)) / alpha
    log_size += (math.log(max(math.cos(v - angle), 5e-324)) - math.log(w)) * (1.0 - alpha) / alpha
    return sine * math.exp(log_size)


@inline
def add_chambers(streams, table, scale, out):  # type: ignore[no-untyped-def]
    """Add `scale` times (variate + shift) to every entry of `out`."""
    for row in range(out.shape[0]):
        for lane in range(out.shape[1]):
            u = (np.float64(np.int64(next_word(streams, lane) >> _U12)) + 0.5) * _TWO_MINUS_52
            w = -math.log((np.float64(next_word(streams, lane)) + 0.5) * _TWO_MINUS_64)
            x = variate(math.pi * (u - 0.5), max(w, 5e-324), table[0], table[1], table[2])
            out[row, lane] += scale * (x + table[3])


@kernel(SAMPLER)
def chambers(streams, table, scale, out):  # type: ignore[no-untyped-def]
    """`add_chambers` as a sampler of the engine."""
    add_chambers(streams, table, scale, out)
