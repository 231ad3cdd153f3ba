r"""Block sums: how the scale of a sum grows with the number of its terms.

For strictly stable X the sum of m copies has the law of :math:`m^{1/\alpha}X`. With Y the sums of blocks of m values,

.. math:: \frac1{\hat\alpha} = \frac{\overline{\log|Y|} - \overline{\log|X|}}{\log m}

is unbiased for 1/alpha [1]_; no scale and no threshold enters, and for vectors the norm takes the place of the
modulus. The error is that of the mean of :math:`\log|Y_i| - \overline{\log|X|}` over the blocks, each sum paired with
its own terms; their variance is the measured one, drawn towards that of :math:`\log|Y|` for stable laws,
:math:`\frac{\pi^2}6(\frac1{\alpha^2}+\frac12)`, with the weight of 50 blocks.

It measures a growth rate, not a tail: where values are dependent, not centred, of unequal scales or not stable it reads
anything from 1 to 2 without any heavy tail. `block_scan` and the controls show that.

References
----------
.. [1] Mohammadi, Mohammadpour and Ogata, Metrika 78 (2015) 549-561, doi:10.1007/s00184-014-0515-7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count
from levysde.estimate import Estimate, confidence_level
from levysde.tails.columns import from_power, is_single
from levysde.tails.data import log_sizes, observations
from levysde.tails.errors import Errors, check_choice, drawn_to, error_of, mean_error, needs_hac
from levysde.tails.hill import dependence

FloatArray = NDArray[np.float64]
FEWEST_BLOCKS = 4
WEIGHT = 50.0  # blocks that the variance of stable laws counts for
DRAWS = 400  # of correlated normal estimates, for the error of their median
ASSUMES = "assumes independent, strictly stable values around 0"


def block_log_moment(
    x: ArrayLike, block: int | Sequence[int], *, errors: Errors = "auto", level: float = 0.95
) -> Estimate:
    """Index from the growth of block sums; the median over several block sizes where several are given.

    Parameters
    ----------
    x : array_like of shape (n,), or (n, d) for d columns
        Without zeros, centred; order matters, since blocks are of consecutive values. Values left over at the end are
        not used.
    block : int or sequence of int
        Block size m >= 2 with at least 4 blocks; n^(1/2) or less. For several sizes the median of the estimates of
        1/alpha is taken, and its error from their joint normal law.
    errors, level
        As for `hill`; dependence is allowed for between blocks, not within.

    Returns
    -------
    Estimate
        Of alpha, not clipped at 2, infinite where sums do not grow; `ColumnEstimates` for (n, d).

    Raises
    ------
    ValueError, TypeError
        Empty, constant or non-finite data, zeros, fewer than 4 blocks.

    References
    ----------
    Mohammadi, Mohammadpour and Ogata, Metrika 78 (2015) 549, doi:10.1007/s00184-014-0515-7.

    Examples
    --------
    >>> import levysde as ls
    >>> estimate = ls.tails.block_log_moment(ls.stable.rvs(1.5, size=10_000, rng=1), 100)
    >>> abs(estimate.value - 1.5) < 4 * estimate.standard_error
    True
    """
    sizes = block_sizes(block)
    columns = _checked(x, sizes, errors)
    hac = needs_hac(columns, errors)
    logs = log_sizes(columns)
    growths = [_growth(log_of_sums(columns, m), logs, m) for m in sizes]
    return _combined(growths, sizes, WEIGHT, hac=hac, level=level, single=is_single(x))


def block_log_norm(
    x: ArrayLike, block: int | Sequence[int], *, errors: Errors = "auto", level: float = 0.95
) -> Estimate:
    """One index for vectors: `block_log_moment` with Euclidean norms of rows and of sums of rows.

    Valid for independent rows of a strictly stable vector, whatever the dependence between its components.

    Parameters
    ----------
    x : array_like of shape (n, d)
        A row per observation.
    block, errors, level
        As for `block_log_moment`.

    Returns
    -------
    Estimate

    Raises
    ------
    ValueError, TypeError
        As for `block_log_moment`; rows of zeros alone.

    Examples
    --------
    >>> import levysde as ls
    >>> estimate = ls.tails.block_log_norm(ls.stable.rvs(1.5, size=(10_000, 3), rng=1), [10, 20, 50])
    >>> abs(estimate.value - 1.5) < 4 * estimate.standard_error
    True
    """
    sizes = block_sizes(block)
    rows = _checked(x, sizes, errors)
    hac = needs_hac(rows, errors)
    logs = log_sizes(_norms(rows))
    growths = [_growth(_log(_norms(_sums(rows, m)), m), logs, m) for m in sizes]
    # the variance of the log of a norm depends on the dimension and on the dependence of components: measured alone
    return _combined(growths, sizes, 0.0, hac=hac, level=level, single=True)


def block_order_statistic(
    x: ArrayLike, block: int, *, share: float = 0.5, errors: Errors = "auto", level: float = 0.95
) -> Estimate:
    r"""Index from one order statistic of block sums and of their terms.

    .. math:: 1/\hat\alpha = \frac{\log|Y|_{(p)} - \log|X|_{(p)}}{\log m}

    with the sample quantiles at the same level p = `share`: the order statistics k of the sums and m k of the terms.

    Parameters
    ----------
    x, block, errors, level
        As for `block_log_moment`, one block size.
    share : float in (0, 1)
        Level of the quantile; 1/2 takes the medians.

    Returns
    -------
    Estimate

    Raises
    ------
    ValueError, TypeError
        As for `block_log_moment`; fewer than 20 blocks.

    References
    ----------
    Mohammadi, Mohammadpour and Ogata, Metrika 78 (2015) 549, doi:10.1007/s00184-014-0515-7; densities at quantiles:
    Hall and Sheather, J. R. Stat. Soc. B 50 (1988) 381-391, doi:10.1111/j.2517-6161.1988.tb01735.x.

    Examples
    --------
    >>> import levysde as ls
    >>> estimate = ls.tails.block_order_statistic(ls.stable.rvs(1.5, size=10_000, rng=1), 50)
    >>> abs(estimate.value - 1.5) < 4 * estimate.standard_error
    True
    """
    share = confidence_level(share)
    (m,) = sizes = block_sizes(count(block, "block", minimum=2))
    columns = _checked(x, sizes, errors, fewest_blocks=20)
    hac = needs_hac(columns, errors)
    used = columns[: len(columns) // m * m]
    terms, sums = log_sizes(used), log_of_sums(columns, m)
    (at_term, on_term), (at_sum, on_sum) = _quantile(terms, share), _quantile(sums, share)
    psi = (on_sum - _means(on_term, m)) / math.log(m)
    theta = (at_sum - at_term) / math.log(m)
    method = f"quantiles at {share:g} of {len(sums)} sums of {m} values and of the values; {ASSUMES}{dependence(hac)}"
    error = mean_error(psi, hac=hac)
    return from_power(theta, error, 1, n=len(used), level=level, method=method, single=is_single(x))


def block_sizes(block: int | Sequence[int]) -> list[int]:
    """Return the block sizes asked for, each at least 2."""
    given = list(block) if isinstance(block, (Sequence, np.ndarray)) else [block]
    if not given:
        raise ValueError("block is empty; give one block size or several")
    return [count(m, "block", minimum=2) for m in given]


def log_of_sums(columns: FloatArray, m: int) -> FloatArray:
    """Return log|Y| of the sums of m consecutive values, column by column."""
    return _log(np.abs(_sums(columns, m)), m)


def _checked(x: ArrayLike, sizes: list[int], errors: str, fewest_blocks: int = FEWEST_BLOCKS) -> FloatArray:
    check_choice(errors)
    columns = observations(x, fewest=fewest_blocks * 2, what="a growth rate of block sums")
    if fewest_blocks * max(sizes) > len(columns):
        most = len(columns) // fewest_blocks
        raise ValueError(f"block={max(sizes)} leaves fewer than {fewest_blocks} blocks; give at most {most}")
    return columns


def _sums(columns: FloatArray, m: int) -> FloatArray:
    n = len(columns) // m
    if columns.shape[1] == 1:  # one axis less: a faster sum
        flat: FloatArray = np.ascontiguousarray(columns[: n * m, 0]).reshape(n, m).sum(axis=1)
        return flat[:, None]
    found: FloatArray = columns[: n * m].reshape(n, m, -1).sum(axis=1)
    return found


def _means(values: FloatArray, m: int) -> FloatArray:
    return _sums(values, m) / m


def _norms(rows: FloatArray) -> FloatArray:
    """Return the length of every row, as a column."""
    unit = float(np.abs(rows).max())  # squares of heavy tails may overflow
    found: FloatArray = unit * np.sqrt(np.einsum("ij,ij->i", rows / unit, rows / unit))[:, None]
    return found


def _log(sizes: FloatArray, m: int) -> FloatArray:
    if np.any(sizes == 0):
        raise ValueError(
            f"{np.count_nonzero(sizes == 0)} sums of {m} values are exactly 0: these are no continuous data"
        )
    return np.log(sizes)


def _growth(sums: FloatArray, logs: FloatArray, m: int) -> FloatArray:
    """Return a number per block whose mean is the estimate of 1/alpha: each sum is paired with its own terms."""
    found: FloatArray = (sums - _means(logs, m)) / math.log(m)
    return found


def _combined(
    growths: list[FloatArray], sizes: list[int], weight: float, *, hac: bool, level: float, single: bool
) -> Estimate:
    theta = np.array([psi.mean(axis=0) for psi in growths])
    error = np.array([_error(psi, m, weight, hac=hac) for psi, m in zip(growths, sizes, strict=True)])
    n = max(len(psi) * m for psi, m in zip(growths, sizes, strict=True))
    if len(sizes) == 1:
        what = f"block {sizes[0]}, {len(growths[0])} blocks"
        middle, spread = theta[0], error[0]
    else:
        what = f"median over blocks {', '.join(map(str, sizes))}"
        middle = np.median(theta, axis=0)
        groups = [_grouped(psi, max(sizes) // m) for psi, m in zip(growths, sizes, strict=True)]
        few = min(map(len, groups))
        together = np.array([group[:few] for group in groups])
        spread = np.array([_error_of_median(*part) for part in zip(theta.T, error.T, together.T, strict=True)])
    method = f"block sums, {what}; {ASSUMES}{dependence(hac)}"
    return from_power(middle, spread, 1, n=n, level=level, method=method, single=single)


def _error(psi: FloatArray, m: int, weight: float, *, hac: bool) -> FloatArray:
    """Return the error of the mean of psi, its variance drawn towards that of the log of a stable variable."""
    blocks = len(psi)
    theta = np.maximum(psi.mean(axis=0), 0.0)
    expected = math.pi**2 / 6 * (theta**2 + 0.5) / math.log(m) ** 2
    plain = np.sqrt(drawn_to(expected, np.var(psi, axis=0, ddof=1), n=blocks, weight=weight) / blocks)
    return error_of(plain, lambda: psi, hac=hac)


def _grouped(psi: FloatArray, by: int) -> FloatArray:
    return _means(psi, max(by, 1))


def _error_of_median(theta: FloatArray, error: FloatArray, groups: FloatArray) -> float:
    """Return the standard deviation of the median of correlated normal estimates; `groups` has a column for each."""
    correlation = np.corrcoef(groups, rowvar=False)
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    draws = np.random.default_rng(0).standard_normal((DRAWS, len(theta))) @ root.T * error
    return float(np.std(np.median(theta + draws, axis=1)))


def _quantile(values: FloatArray, p: float) -> tuple[FloatArray, FloatArray]:
    """Return the quantile of every column, and the influence of every value on it.

    The slope of the quantile function is that of a chord, and divided by what such a chord is too steep for a normal
    law: of few values it spans a wide part of the law.
    """
    from scipy.stats import norm

    n = len(values)
    z = float(norm.ppf(p))
    width = n ** (-1 / 3) * 1.96 ** (2 / 3) * (1.5 * float(norm.pdf(z)) ** 2 / (2 * z * z + 1)) ** (1 / 3)
    low, high = max(p - width, 0.5 / n), min(p + width, 1 - 0.5 / n)
    at, left, right = np.quantile(values, [p, low, high], axis=0)
    chord = float(norm.ppf(high) - norm.ppf(low)) * float(norm.pdf(z))
    return at, (p - (values <= at)) * (right - left) / chord
