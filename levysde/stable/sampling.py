"""Random variates of one-dimensional stable laws: `rvs`, and the sampler and table that a law is drawn with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from levysde._jit import Kernel, Streams, Vector, Words, borrowed, f8, inline, kernel, void
from levysde._streams import RNG, entropy_of, root_words, seed_stream
from levysde._streams import ROWS as STREAM_ROWS
from levysde._validate import finite_number, positive
from levysde.stable.chambers import add_chambers, chambers, chambers_table
from levysde.stable.coefficients import standard_shift
from levysde.stable.tables import SHIFT, has_table, stable_table
from levysde.stable.ziggurat import add_ziggurat, ziggurat

LANES = 256
ROWS = 4  # a block of 8 kB: it stays in the first-level cache, beside the table, between zeroing and drawing


def check_index(alpha: float, beta: float = 0.0) -> tuple[float, float]:
    """Return (alpha, beta) as floats; ValueError unless 0 < alpha <= 2 and -1 <= beta <= 1."""
    alpha = finite_number(alpha, "alpha")
    if not 0 < alpha <= 2:
        raise ValueError(f"alpha={alpha:g} is outside (0, 2]; for Gaussian noise use Brownian() or alpha=2")
    return alpha, finite_number(beta, "beta", low=-1, high=1)


def sampler_and_table(alpha: float, beta: float = 0.0, shift: float = 0.0) -> tuple[Kernel, np.ndarray]:
    """Return the block sampler of the standard S0 law and its table; `shift` is added to every variate."""
    if beta == 0 or alpha == 2:
        beta = 0.0
    if has_table(alpha):
        table = stable_table(alpha, beta)
        if shift != 0:
            table = table.copy()
            table[SHIFT] += shift
        return ziggurat, table
    return chambers, chambers_table(alpha, beta, shift - standard_shift(alpha, beta))


def rvs(
    alpha: float,
    beta: float = 0.0,
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    size: int | Sequence[int] | None = None,
    parameterization: Literal["S0", "S1"] = "S1",
    out: np.ndarray | None = None,
    rng: RNG = None,
) -> Any:
    r"""Draw stable variates.

    In S1, :math:`\log\varphi(k) = ik\mu - |\sigma k|^\alpha (1 - i\beta\,\mathrm{sgn}(k)\tan\frac{\pi\alpha}2)` for
    alpha != 1 and :math:`ik\mu - |\sigma k|(1 + i\beta\frac2\pi\mathrm{sgn}(k)\log|k|)` for alpha = 1; in S0 the
    location is shifted so that the law is continuous in alpha: mu_S0 = mu_S1 + beta sigma tan(pi alpha/2), and at
    alpha = 1 mu_S0 = mu_S1 + (2/pi) beta sigma log sigma. alpha = 2 is N(mu, 2 sigma^2).

    Parameters
    ----------
    alpha : stability index in (0, 2]
    beta : skewness in [-1, 1]
    loc, scale : location mu and scale sigma > 0
    size : int or tuple of int; None gives a scalar
    parameterization : "S1" (default) or "S0"
    out : C-contiguous float64 array to be filled in place of a new one; then `size` must be None
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator` (which is consumed from)

    Returns
    -------
    float or ndarray of shape `size` (or `out`)

    Raises
    ------
    ValueError, TypeError
        For parameters outside their range, an unsuitable `out`, or an `rng` of another type.

    Notes
    -----
    Laws with alpha >= 0.2, one-sided ones included, come from a ziggurat whose tail is never cut: magnitudes are
    resolved up to exceedance probabilities of about 1e-22. The table of a new (alpha, beta) takes some ten
    milliseconds, once; at 0.2 a variate costs half more than at 1.5. Below 0.2 the mode is too sharp for a
    table, and the exact Chambers-Mallows-Stuck formula serves, about twenty times slower and resolved to about 1e-16;
    for alpha below about 0.05 it can exceed the largest double and return inf.
    The result is a function of the arguments and of the entropy alone.

    References
    ----------
    .. [1] Marsaglia and Tsang, J. Stat. Software 5 (2000), doi:10.18637/jss.v005.i08.
    .. [2] Chambers, Mallows and Stuck, JASA 71 (1976), doi:10.1080/01621459.1976.10480344.

    Examples
    --------
    >>> import levysde as ls
    >>> ls.stable.rvs(1.5, size=4, rng=1).shape
    (4,)
    """
    alpha, beta = check_index(alpha, beta)
    loc, scale = finite_number(loc, "loc"), positive(scale, "scale")
    if parameterization not in ("S0", "S1"):
        raise ValueError(f"parameterization={parameterization!r} is unknown; use 'S0' or 'S1'")
    target = _target(size, out)
    sampler, table = sampler_and_table(alpha, beta)
    root = root_words(entropy_of(rng))
    location = loc + scale * _offset(alpha, beta, scale, parameterization)
    streams = np.empty((STREAM_ROWS, LANES), np.uint64)
    with np.errstate(over="ignore"):  # wrap-around of unsigned words, seen only with NUMBA_DISABLE_JIT
        fill = _fill_ziggurat if sampler is ziggurat else _fill_chambers
        fill(root, streams, table, scale, location, target.reshape(-1))
    return float(target[()]) if size is None and out is None else target


def _offset(alpha: float, beta: float, scale: float, parameterization: str) -> float:
    """Return what is added to a standard S0 variate before it is multiplied by the scale."""
    if parameterization == "S0" or beta == 0:
        return 0.0
    return 2 / math.pi * beta * math.log(scale) if alpha == 1 else standard_shift(alpha, beta)


def _target(size: int | Sequence[int] | None, out: np.ndarray | None) -> np.ndarray:
    if out is None:
        return np.empty(() if size is None else size)
    if size is not None:
        raise ValueError("both size and out were given; the shape of out decides, so leave size out")
    if not (isinstance(out, np.ndarray) and out.dtype == np.float64 and out.flags.c_contiguous and out.flags.writeable):
        raise ValueError("out must be a writable, C-contiguous float64 array")
    return out


@inline
def _fill(add, root, streams, table, scale, location, out):  # type: ignore[no-untyped-def]
    """Fill `out`: variate number i belongs to stream i % lanes. Blocks are drawn whole, also the last one."""
    streams, table, out = borrowed(streams), borrowed(table), borrowed(out)
    lanes = streams.shape[1]
    for lane in range(lanes):
        seed_stream(root, lane, streams, lane)
    block = lanes * ROWS
    whole = out.size // block * block
    for start in range(0, whole, block):
        part = out[start : start + block]
        part[:] = location
        add(streams, table, scale, part.reshape((ROWS, lanes)))
    if whole < out.size:
        rest = np.full((ROWS, lanes), location)
        add(streams, table, scale, rest)
        out[whole:] = rest.reshape(block)[: out.size - whole]


# One kernel per sampler, not one that takes it as a pointer: Numba spends 40 microseconds a call to find its address.


@kernel(void(Words, Streams, Vector, f8, f8, Vector))
def _fill_ziggurat(root, streams, table, scale, location, out):  # type: ignore[no-untyped-def]
    _fill(add_ziggurat, root, streams, table, scale, location, out)


@kernel(void(Words, Streams, Vector, f8, f8, Vector))
def _fill_chambers(root, streams, table, scale, location, out):  # type: ignore[no-untyped-def]
    _fill(add_chambers, root, streams, table, scale, location, out)
