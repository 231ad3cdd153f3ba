"""Workers: threads of our own, or any `concurrent.futures.Executor`; progress and Ctrl-C for both.

Kernels release the GIL and return after at most a few tenths of a second, so that threads scale and stop quickly.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Protocol, TypeVar

import numpy as np

from levysde._validate import count

POLL = 0.1  # seconds between looks at the progress

Progress = bool | Callable[[int, int], object]
Task = TypeVar("Task")


class Submitter(Protocol):
    """What is asked of an executor: `concurrent.futures`, dask's `Client.get_executor()`, mpi4py.futures, loky."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Run `fn(*args)` somewhere and return its future."""


Workers = int | Submitter


class Control:
    """What a block of our own threads shares with the caller: a wish to stop, and how far it is."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.done = 0

    def advance(self, done: int) -> None:
        """Say how many paths (or path-steps) this block has finished so far."""
        self.done = done


def check_workers(workers: Any) -> Workers:
    """Return `workers` if it is a number of threads or has the interface of an executor."""
    if hasattr(workers, "get_executor"):  # dask's Client has a `submit` too, but its futures are of another kind
        raise TypeError(f"workers={workers!r} is a dask client; pass client.get_executor()")
    if hasattr(workers, "submit") and not isinstance(workers, type):
        return workers  # type: ignore[no-any-return]
    if not isinstance(workers, (int, np.integer)) or isinstance(workers, bool):
        raise TypeError(
            f"workers={workers!r} is a {type(workers).__name__}; pass a number of threads or an object with the "
            "concurrent.futures.Executor interface (ProcessPoolExecutor, dask Client.get_executor(), ...)"
        )
    return count(workers, "workers")


def check_progress(progress: Any) -> Progress:
    """Return `progress` if it is True, False or can be called."""
    if not (isinstance(progress, bool) or callable(progress)):
        raise TypeError(f"progress={progress!r} is neither True, False nor a function of (paths done, paths wanted)")
    return progress  # type: ignore[no-any-return]


def n_workers(workers: Workers) -> int:
    """Return how many blocks at a time are worth having."""
    if isinstance(workers, int):
        return workers
    return int(getattr(workers, "_max_workers", 0) or 8)


def run(
    tasks: Sequence[Task],
    here: Callable[[Task, Control], Any],
    there: Callable[[Task], Any],
    *,
    workers: Workers,
    progress: Progress,
    total: int,
    size: Callable[[Task], int],
) -> tuple[list[Any], str | None]:
    """Run all tasks; returns their results in order (None where there is none) and what cut the run short.

    `here(task, control)` runs on a thread and may return early when `control.stop` is set; `there(task)` is sent to a
    foreign executor, needs a picklable task and runs to its end. KeyboardInterrupt, and the failure of some but not
    all foreign tasks, end the run with what is finished.
    """
    if isinstance(workers, int):
        controls = [Control() for _ in tasks]
        pool = ThreadPoolExecutor(workers, thread_name_prefix="levysde")
        try:
            futures = [pool.submit(here, task, control) for task, control in zip(tasks, controls, strict=True)]
            return _collect(futures, lambda: sum(c.done for c in controls), controls, progress=progress, total=total)
        finally:  # whenever Ctrl-C came, no thread goes on
            for control in controls:
                control.stop.set()
            pool.shutdown(cancel_futures=True)
    sizes = [size(task) for task in tasks]
    foreign: list[Future[Any]] = []
    try:
        for task in tasks:
            foreign.append(workers.submit(there, task))
        return _collect(
            foreign,
            lambda: sum(n for future, n in zip(foreign, sizes, strict=True) if future.done()),
            None,
            progress=progress,
            total=total,
        )
    finally:
        for future in foreign:
            future.cancel()


def _collect(
    futures: list[Future[Any]],
    done: Callable[[], int],
    controls: list[Control] | None,
    *,
    progress: Progress,
    total: int,
) -> tuple[list[Any], str | None]:
    cut_short: str | None = None
    report, close = _reporter(progress, total)
    try:
        pending: set[Future[Any]] = set(futures)
        while pending:
            finished, pending = wait(pending, timeout=POLL)
            report(done())
            if controls and any(f.exception() for f in finished if not f.cancelled()):
                break
    except KeyboardInterrupt:
        cut_short = "interrupted by Ctrl-C"
    finally:
        for control in controls or ():
            control.stop.set()
        for future in futures:
            future.cancel()
        close()
    if controls:
        wait(futures)
    return _results(futures, cut_short, ours=controls is not None)


def _results(futures: list[Future[Any]], cut_short: str | None, *, ours: bool) -> tuple[list[Any], str | None]:
    results: list[Any] = []
    failure: BaseException | None = None
    for future in futures:
        result = None
        if future.done() and not future.cancelled():
            error = future.exception()
            failure = failure or error
            result = None if error else future.result()
        results.append(result)
    if failure is not None:
        if ours or all(result is None for result in results):
            raise failure
        cut_short = f"some workers failed ({type(failure).__name__}: {failure})"
    return results, cut_short


def warn_partial(cut_short: str, finished: int, wanted: int) -> None:
    """Tell that a result is partial."""
    warnings.warn(
        f"{cut_short}: the result holds {finished} of {wanted} paths and is marked partial in its provenance",
        RuntimeWarning,
        stacklevel=4,
    )


def _reporter(progress: Progress, total: int) -> tuple[Callable[[int], object], Callable[[], object]]:
    if progress is False:
        return lambda done: None, lambda: None
    if callable(progress):
        return lambda done: progress(done, total), lambda: None
    from tqdm.auto import tqdm

    bar = tqdm(total=total, unit="path", leave=False)
    return lambda done: bar.update(done - bar.n), bar.close
