"""Simulated chains of SGD on linear regression."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from levysde._jit import ready
from levysde._provenance import provenance
from levysde._streams import RNG, ROWS, entropy_of, root_words
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_number, points, positive
from levysde.engine.budget import run_to
from levysde.engine.pool import Control, Progress, Workers, check_progress, check_workers, run, warn_partial
from levysde.kernels.least_squares import multi_pass
from levysde.kernels.linear_regression import LABEL, NOT_ASKED, OWN, SHARE, SHIFT, SUM, WORK, streaming
from levysde.kernels.seeds import seed_lanes
from levysde.sgd.linear_regression.chi import MOST_SQUARES, chi_table
from levysde.sgd.linear_regression.data import Data, DataSet, GaussianData
from levysde.stable.sampling import sampler_and_table

FloatArray = NDArray[np.float64]

LARGE = 160  # starting errors beyond 2^LARGE, or below 2^-LARGE without noise, are scaled before the first step
NUMBERS = 8192  # of a block of chains, so that it stays in the cache
AHEAD, FEW_ROWS = 4, 8  # steps that normals are drawn for at once where a step has few: a call draws fours fastest
MOST_ORDER = 2**22  # indices that a block of chains over a finite set holds


@dataclass(frozen=True, eq=False)
class Chains:
    """Errors of many chains of SGD, x_k - x*, at the end and averaged over the last steps.

    Attributes
    ----------
    last : (n_chains, d) errors after the last step; infinite where a chain has left the range of doubles
    mean : (n_chains, d) averages over the steps from `average_from` on; infinite likewise
    last_log_norm, mean_log_norm : (n_chains,) logarithms of their lengths, finite also there
    last_direction, mean_direction : (n_chains, d) unit vectors, likewise; 0 for an error of 0
    data, b, eta, steps : what was simulated
    average_from : the first step of the average
    chain_ids : (n_chains,) numbers of the chains; chain p draws from a stream of (rng, p) alone
    provenance : entropy, versions, settings
    """

    last: FloatArray
    mean: FloatArray
    last_log_norm: FloatArray
    mean_log_norm: FloatArray
    last_direction: FloatArray
    mean_direction: FloatArray
    data: Data
    b: int
    eta: float
    steps: int
    average_from: int
    chain_ids: NDArray[np.int64]
    provenance: Mapping[str, Any]

    @property
    def n_chains(self) -> int:
        """Number of chains."""
        return len(self.last)

    def __repr__(self) -> str:
        return f"Chains({self.data!r}, b={self.b}, eta={self.eta:g}, steps={self.steps}, n_chains={self.n_chains})"


@dataclass(frozen=True)
class _Task:
    data: Data
    b: int
    eta: float
    steps: int
    average_from: int
    start: FloatArray  # (n, d)
    entropy: int
    first: int


def simulate(
    data: Data,
    *,
    b: int,
    eta: float,
    steps: int,
    n_chains: int,
    start: ArrayLike | None = None,
    average_share: float = 0.5,
    first_chain: int = 0,
    rng: RNG = None,
    workers: Workers = 1,
    progress: Progress = False,
) -> Chains:
    """Run chains of constant-step SGD on linear regression and keep their last and their averaged errors.

    x_k = x_{k-1} - (eta/b) sum_i a_i (a_i.x_{k-1} - y_i) over b samples, in terms of the error e = x - x*. Fresh
    Gaussian samples are not drawn one by one: by rotation invariance a step needs d + 2 variates whatever b is, and
    the chain of errors has exactly the law of the recursion. A chain that explodes (rho > 0) is kept with an exponent
    of its own, so that it is measured, not lost.

    Parameters
    ----------
    data : GaussianData (fresh samples) or DataSet (b distinct ones of n at every step)
    b : batch size; at most n for a DataSet
    eta : step size (learning rate)
    steps : number of steps
    n_chains : number of chains
    start : the error before the first step: a point (d,) or one per chain (n_chains, d); None is 0, the solution itself
    average_share : share of the steps, at the end, that are averaged, in (0, 1]
    first_chain : number of the first chain. Chain p depends on (rng, p) only, so that a sample can be continued
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator` (which is consumed from)
    workers : number of threads, or any `concurrent.futures.Executor`; the result does not depend on it
    progress : True for a bar, or a function called with (chains done, n_chains)

    Returns
    -------
    Chains

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or outside their range, before any work.

    Warns
    -----
    RuntimeWarning
        Ctrl-C cut the run short: the finished chains are returned.

    Examples
    --------
    >>> from levysde.sgd.linear_regression import GaussianData, simulate
    >>> simulate(GaussianData(2), b=1, eta=0.6, steps=100, n_chains=50, rng=1).last.shape
    (50, 2)
    """
    if not isinstance(data, (GaussianData, DataSet)):
        raise TypeError(f"data is a {type(data).__name__}; give GaussianData(d) or DataSet(a, y)")
    b, steps, n_chains = count(b, "b"), count(steps, "steps"), count(n_chains, "n_chains")
    if isinstance(data, DataSet) and b > len(np.asarray(data.a)):
        raise ValueError(f"b={b} is more than the {len(np.asarray(data.a))} samples of the data set; give a smaller b")
    eta, first = positive(eta, "eta"), count(first_chain, "first_chain", minimum=0)
    share = finite_number(average_share, "average_share", low=0.0, high=1.0, open_low=True)
    starts = points(np.zeros(data.d) if start is None else start, data.d, "start")
    if len(starts) not in (1, n_chains):
        raise ValueError(f"start holds {len(starts)} points; give one, or one per chain ({n_chains})")
    starts = np.ascontiguousarray(np.broadcast_to(starts, (n_chains, data.d)))
    workers, progress = check_workers(workers), check_progress(progress)
    averaged = max(1, min(steps, round(share * steps)))
    task = _Task(data, b, eta, steps, steps - averaged, starts, entropy_of(rng), first)
    parts = _parts(task)
    if isinstance(workers, int):  # an error is told before any thread starts
        _compile(data)
    results, cut_short = run(
        parts, _fill, _fill_there, workers=workers, progress=progress, total=n_chains, size=lambda part: len(part.start)
    )
    found = [(part, result) for part, result in zip(parts, results, strict=True) if result is not None]
    if not found:
        raise KeyboardInterrupt
    ids = np.concatenate([part.first + np.arange(len(part.start)) for part, _ in found])
    columns = (np.concatenate([result[i] for _, result in found]) for i in range(6))
    last, mean, last_log, mean_log, last_way, mean_way = columns
    if cut_short is not None:
        warn_partial(cut_short, len(ids), n_chains)
    settings = {"data": repr(data), "b": b, "eta": eta, "steps": steps, "average_from": task.average_from}
    origin = provenance(entropy=task.entropy, cut_short=cut_short, settings=settings, rules={})
    return Chains(
        last=last,
        mean=mean,
        last_log_norm=last_log,
        mean_log_norm=mean_log,
        last_direction=last_way,
        mean_direction=mean_way,
        data=data,
        b=b,
        eta=eta,
        steps=steps,
        average_from=task.average_from,
        chain_ids=ids,
        provenance=origin,
    )


def _parts(task: _Task) -> list[_Task]:
    lanes = min(max(NUMBERS // task.data.d, 16), 256)
    if isinstance(task.data, DataSet):
        lanes = min(max(MOST_ORDER // len(np.asarray(task.data.a)), 1), 64)
    return [
        replace(task, start=task.start[low : low + lanes], first=task.first + low)
        for low in range(0, len(task.start), lanes)
    ]


def _compile(data: Data) -> None:
    sampler_and_table(2.0)[0].compiled  # noqa: B018 - compiled when first asked for
    ready(seed_lanes, streaming if isinstance(data, GaussianData) else multi_pass)


def _fill_there(task: _Task) -> Any:
    return _fill(task, Control())


def _fill(task: _Task, control: Control, *, budget: int | None = None) -> Any:
    """Run all chains of a task; returns the arrays of `Chains`, or None when stopped before the end."""
    with np.errstate(all="ignore"):  # wrap-around of unsigned words is seen only with NUMBA_DISABLE_JIT
        lanes = len(task.start)
        streams = np.zeros((ROWS, lanes), np.uint64)
        seed_lanes(root_words(task.entropy), task.first, streams)
        level = np.zeros((2, lanes), np.int64)
        level[:] = _levels(task)
        scaled = np.ldexp(task.start, -SHIFT * level[0][:, None])
        move = _streaming if isinstance(task.data, GaussianData) else _multi_pass
        finished = move(task, control, streams, scaled, level, budget)
        if finished is None:
            return None
        e, total = finished
        last = _unscaled(e, level[OWN])
        mean = _unscaled(total / (task.steps - task.average_from), level[SUM])
        return tuple(array for pair in zip(last, mean, strict=True) for array in pair)


def _levels(task: _Task) -> NDArray[np.int64]:
    """Return the exponents that the starts need: large ones, and small ones where no noise will lift them."""
    largest = np.abs(task.start).max(axis=1)
    exponent = np.frexp(largest)[1]
    silent = isinstance(task.data, GaussianData) and task.data.noise == 0
    far = (exponent > LARGE) | (silent & (largest > 0) & (exponent < -LARGE))
    return np.where(far, np.round(exponent / SHIFT), 0).astype(np.int64)


def _unscaled(x: FloatArray, level: NDArray[np.int64]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return vectors without their exponents, the logarithms of their lengths, and their directions."""
    exponents = SHIFT * level
    size = np.abs(x).max(axis=1, keepdims=True)
    direction = np.divide(x, size, out=np.zeros_like(x), where=size > 0)
    length = np.linalg.norm(direction, axis=1, keepdims=True)
    direction /= np.where(length > 0, length, 1.0)
    log_norm = np.log(length[:, 0] * size[:, 0]) + exponents * math.log(2.0)
    return np.ldexp(x, exponents[:, None]), log_norm, direction


def _streaming(
    task: _Task, control: Control, streams: Any, start: FloatArray, level: Any, budget: int | None
) -> tuple[FloatArray, FloatArray] | None:
    data = task.data
    assert isinstance(data, GaussianData)
    dim, lanes = data.d, len(start)
    e = np.ascontiguousarray(start.T)
    total = np.zeros((dim, lanes))
    sampler, table = sampler_and_table(2.0)
    single = dim == 1 or task.b == 1  # the noise then has a row of its own
    squares_x, table_x = _chi(task.b, table) if dim == 1 or task.b > 1 else (NOT_ASKED, table)
    squares_v, table_v = (NOT_ASKED, table) if single or data.noise == 0 else _chi(task.b - 1, table)
    rows = (dim if dim > 1 else 0) + max(squares_x, 0) + max(squares_v, 0) + (single and data.noise > 0)
    work = np.zeros((WORK, lanes))
    work[SHARE] = 1.0
    work[LABEL] = data.noise * np.ldexp(1.0, -SHIFT * np.maximum(level[OWN], 0))
    settings = np.array([task.eta / task.b, data.sigma, data.noise])
    ahead = AHEAD if rows <= FEW_ROWS else 1
    z = np.zeros((ahead * max(rows, 1), lanes))
    chi_x, chi_v = np.zeros((2, ahead, lanes))
    laws = (table, table_x, table_v, settings, squares_x, squares_v)
    arrays = (streams, e, total, level, z, chi_x, chi_v, work)

    def call(done: int, steps: int) -> int:
        return int(streaming(sampler.compiled, *laws, *arrays, done, task.steps, task.average_from, steps))

    return (e.T, total.T) if run_to(task.steps, call, control, paths=lanes, budget=budget) else None


def _chi(dof: int, unused: FloatArray) -> tuple[int, FloatArray]:
    """Return the number of normals whose length is a chi variate, or 0 and the table that it is drawn from."""
    return (dof, unused) if dof <= MOST_SQUARES else (0, chi_table(dof))


def _multi_pass(
    task: _Task, control: Control, streams: Any, start: FloatArray, level: Any, budget: int | None
) -> tuple[FloatArray, FloatArray] | None:
    data = task.data
    assert isinstance(data, DataSet)
    a, y = np.array(data.a), np.asarray(data.y)
    e, total = np.array(start, order="C"), np.zeros(start.shape)
    order = np.tile(np.arange(len(a)), (len(start), 1))
    work = np.zeros((1, data.d))
    residuals = y - a @ data.solution

    def call(done: int, steps: int) -> int:
        return int(
            multi_pass(
                *(a, residuals, task.b, task.eta / task.b, streams, order, e, total, level, work),
                *(done, task.steps, task.average_from, steps),
            )
        )

    return (e, total) if run_to(task.steps, call, control, paths=len(start), budget=budget) else None
