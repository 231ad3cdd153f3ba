"""Peers that may hang: each runs in a process of its own, which is ended when its time is over."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import time
import warnings
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from typing import Any

START = 60.0  # seconds for a process to import what it needs, not counted


def values_within(seconds: float, work: Callable[..., Iterable[float]], *arguments: Any) -> tuple[list[float], str]:
    """Return the values that `work(*arguments)` yields in its time, and what ended it early ("" for nothing).

    `work` is a function of a module, and its arguments can be pickled.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(sender, work, arguments), daemon=True)
    process.start()
    sender.close()
    found: list[float] = []
    ends = time.monotonic() + START
    try:
        while receiver.poll(max(ends - time.monotonic(), 0.0)):
            try:
                message = receiver.recv()
            except EOFError:
                return found, ""
            if message is None:  # it has started
                ends = time.monotonic() + seconds
            elif isinstance(message, str):
                return found, message
            else:
                found.append(message)
        return found, f"stopped after {seconds:g} s"
    finally:
        process.terminate()
        process.join()
        receiver.close()


def _serve(sender: Connection, work: Callable[..., Iterable[float]], arguments: tuple[Any, ...]) -> None:
    with (
        sender,
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        sender.send(None)
        try:
            for value in work(*arguments):
                sender.send(float(value))
        except Exception as error:  # a peer's own trouble is a result
            sender.send(f"{type(error).__name__}: {error}"[:60])
