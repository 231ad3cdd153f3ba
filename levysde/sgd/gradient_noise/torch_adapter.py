"""PyTorch: collect minibatch gradients beside a training loop, without touching it."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from levysde._validate import count
from levysde.sgd.gradient_noise.record import Record


class TorchRecorder:
    """What `record_gradient_noise` gives: call `step()` after every optimiser step."""

    def __init__(
        self, model: Any, loader: Any, loss: Callable[..., Any], record: Record, every: int, n_batches: int, start: int
    ) -> None:
        self.record = record
        self.iteration = start
        self._model, self._loader, self._loss = model, loader, loss
        self._every, self._n_batches = every, n_batches
        if start == 0 and 0 not in record:
            record.add(0, self._gradients())

    def step(self) -> None:
        """Count an iteration, and record when its turn has come; snapshots that are on disk are not made again."""
        self.iteration += 1
        if self.iteration % self._every == 0 and self.iteration not in self.record:
            self.record.add(self.iteration, self._gradients())

    def _gradients(self) -> dict[str, np.ndarray]:
        """Return the gradients of `n_batches` minibatches at the present weights."""
        import torch

        named = [(name, p) for name, p in self._model.named_parameters() if p.requires_grad]
        if not named:
            raise ValueError("the model has no parameter that requires a gradient")
        rows: dict[str, list[np.ndarray]] = {name: [] for name, _ in named}
        with _untouched(self._model, self._loader):
            batches = iter(self._loader)
            for number in range(self._n_batches):
                batch = next(batches, None)
                if batch is None:
                    batches = iter(self._loader)
                    batch = next(batches, None)
                    if batch is None:
                        raise ValueError(f"the loader gives no batch (number {number}); give one with samples")
                x, y = (part.to(named[0][1].device) for part in batch)
                with torch.enable_grad():
                    value = self._loss(self._model(x), y)
                    found = torch.autograd.grad(value, [p for _, p in named], allow_unused=True)
                for (name, p), gradient in zip(named, found, strict=True):
                    gradient = torch.zeros_like(p) if gradient is None else gradient
                    rows[name].append(gradient.detach().cpu().numpy().copy())
        return {name: np.stack(arrays) for name, arrays in rows.items()}


@contextlib.contextmanager
def record_gradient_noise(
    model: Any,
    loader: Any,
    loss: Callable[..., Any],
    *,
    folder: str | os.PathLike[str] = "gradient-noise",
    every: int = 1000,
    n_batches: int = 100,
    start: int = 0,
) -> Iterator[TorchRecorder]:
    """Record minibatch gradients while a PyTorch model is trained.

        with record_gradient_noise(model, loader, loss) as noise:
            for x, y in loader:
                ...                     # the training step as it was
                noise.step()

    and afterwards `for report in noise.record.reports(): print(report)`. Training is bit-identical to training without
    the recorder: gradients are taken by `torch.autograd.grad`, which leaves `.grad` alone, and the random states of
    Python, NumPy and PyTorch, of the loader's generators, and the buffers of the model (batch normalisation) are put
    back. Every snapshot is on disk before training goes on.

    Parameters
    ----------
    model : torch.nn.Module
    loader : iterable of (x, y) batches, of the batch size whose noise is asked for; a DataLoader, also the one that is
        iterated over. It starts again at its end; with `shuffle=True` its batches are random
    loss : function of (model(x), y) that gives the mean loss of a batch
    folder : of the snapshots (`Record`); empty, or that of the run that is resumed
    every : iterations between snapshots
    n_batches : minibatches of a snapshot, at least 20
    start : number of iterations already done, where a run is resumed; snapshots that exist are kept

    Raises
    ------
    ImportError
        PyTorch is not installed: `pip install levysde[torch]`.
    ValueError, TypeError
        Numbers outside their range, a folder that cannot be written to or, with start=0, holds snapshots, a model
        without parameters, an empty loader, a loader with persistent workers (a second pass would end the first).
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError("recording a PyTorch model needs PyTorch: pip install levysde[torch]") from error
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model is a {type(model).__name__}; give a torch.nn.Module")
    if getattr(loader, "persistent_workers", False):
        raise ValueError(
            "the loader has persistent workers, which serve one pass at a time; give the recorder a loader of its own"
        )
    every, start = count(every, "every"), count(start, "start", minimum=0)
    n_batches = count(n_batches, "n_batches", minimum=20)
    record = Record(folder)
    if start == 0 and record.iterations:
        raise ValueError(
            f"{folder} holds snapshots of an earlier run, up to iteration {record.iterations[-1]}; give another "
            "folder, or start=, the iterations that the resumed run has done"
        )
    yield TorchRecorder(model, loader, loss, record, every, n_batches, start)


@contextlib.contextmanager
def _untouched(model: Any, loader: Any) -> Iterator[None]:
    """Put back every random state and buffer that a pass over the loader and the model may change."""
    import torch

    sources = [loader, *(getattr(loader, name, None) for name in ("sampler", "batch_sampler"))]
    sources.append(getattr(sources[-1], "sampler", None))
    generators = {id(g): g for g in (getattr(s, "generator", None) for s in sources) if isinstance(g, torch.Generator)}
    states = [(generator, generator.get_state()) for generator in generators.values()]
    cpu, python, numpy_state = torch.get_rng_state(), random.getstate(), np.random.get_state()  # noqa: NPY002
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in buffers:
                buffer.copy_(value)
        for generator, state in states:
            generator.set_state(state)
        torch.set_rng_state(cpu)
        if cuda:
            torch.cuda.set_rng_state_all(cuda)
        random.setstate(python)
        np.random.set_state(numpy_state)  # noqa: NPY002
