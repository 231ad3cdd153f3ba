"""`reproduce`: results of the papers, run one by one, each with its verdict."""

from __future__ import annotations

import difflib
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from levysde._provenance import provenance
from levysde._streams import RNG, entropy_of
from levysde.engine.pool import Workers, check_workers
from levysde.reproduce.catalogue import PAPERS, Paper, experiments
from levysde.reproduce.experiment import Experiment, Setting
from levysde.reproduce.finding import Finding, Report
from levysde.reproduce.verdict import judge, stands
from levysde.sgd.samples import from_npz

__all__ = ["check_request", "reproduce"]

FEWEST_SAMPLES = 200  # the networks draw batches of up to 80 of them
Told = Callable[[str, int, int], object]  # id, number, of how many


def reproduce(
    ids: str | Sequence[str] = "all",
    *,
    effort: Literal["quick", "full"] = "quick",
    data: str | Path | None = None,
    rng: RNG = None,
    workers: Workers = 1,
    progress: Told | None = None,
    each: Callable[[Report], object] | None = None,
    failed: Callable[[str, Exception], object] | None = None,
) -> list[Report]:
    """Run results of the four papers and compare with what the papers print.

    Parameters
    ----------
    ids : ids of experiments or papers ("heavy-tail.figure-1a", "heavy-tail"), or "all"
    effort : "quick" (all together in a few minutes) or "full" (the cost stands in the catalogue)
    data : .npz file with the arrays x and y (or x_train and y_train, as Keras stores MNIST) for the networks; None
        takes digits of 8 x 8 pixels. The verdicts that are expected are those on digits
    rng, workers : as in `first_exit`; the result does not depend on the workers
    progress : called with (id, number, how many) before each experiment
    each : called with every report as soon as it is there, so that nothing is lost when a later one is cut short
    failed : called with (id, exception) for an experiment that raises, and the others go on; None lets it raise

    Returns
    -------
    list of Report
        In the order of the catalogue. A report prints as a table; see `.verdict`, `.expected`, `.sentence`,
        `.finding`, `.to_csv(path)`, `.to_json(path)`.

    Raises
    ------
    TypeError, ValueError
        For an unknown id and arguments of the wrong kind, before any work.
    KeyboardInterrupt
        Ctrl-C: no verdict is made from a part of a sample. What was finished has been given to `each`.

    Examples
    --------
    >>> from levysde.reproduce import reproduce
    >>> [report] = reproduce("heavy-tail.table-alpha", rng=1)
    >>> report.verdict
    'reproduced'
    """
    chosen = check_request(ids, effort=effort, data=data)
    setting = Setting(effort, entropy_of(rng), check_workers(workers), None if data is None else Path(data))
    for name, told in (("progress", progress), ("each", each), ("failed", failed)):
        if told is not None and not callable(told):
            raise TypeError(f"{name}={told!r} is not a function")
    reports = []
    for number, (paper, experiment) in enumerate(chosen):
        if progress is not None:
            progress(experiment.id, number, len(chosen))
        try:
            reports.append(_report(paper, experiment, setting))
        except Exception as error:
            if failed is None:
                raise
            failed(experiment.id, error)
            continue
        if each is not None:
            each(reports[-1])
    return reports


def _report(paper: Paper, experiment: Experiment, setting: Setting) -> Report:
    began = time.perf_counter()
    finding = _run(experiment, setting)
    verdict, sentence, far = judge(finding)
    data = {"data": str(setting.data or "digits")} if experiment.networks else {}
    settings = {"effort": setting.effort, **data, **finding.settings}
    return Report(
        experiment.id,
        paper.title,
        experiment.source,
        experiment.line,
        experiment.expected,
        finding,
        verdict,
        sentence,
        far,
        tuple(stands(control) for control in finding.controls),
        time.perf_counter() - began,
        provenance(entropy=setting.entropy, cut_short=None, settings=settings, rules={}),
    )


def _run(experiment: Experiment, setting: Setting) -> Finding:
    with warnings.catch_warnings():
        # the engine answers Ctrl-C with what is finished and a warning; here that would be judged as if it were whole
        warnings.filterwarnings("error", message="interrupted by Ctrl-C", category=RuntimeWarning)
        try:
            return experiment.run(setting)
        except RuntimeWarning as told:
            if str(told).startswith("interrupted by Ctrl-C"):
                raise KeyboardInterrupt(experiment.id) from told
            raise


def check_request(ids: str | Sequence[str], *, effort: str, data: str | Path | None) -> list[tuple[Paper, Experiment]]:
    """Return the experiments that are asked for with their papers, or raise as `reproduce` does."""
    if effort not in ("quick", "full"):
        raise ValueError(f"effort={effort!r} is not known; give 'quick' or 'full'")
    names = [ids] if isinstance(ids, str) else list(ids)
    known = ["all", *(paper.key for paper in PAPERS), *(experiment.id for _, experiment in experiments())]
    if not names:
        raise ValueError(
            f"ids={ids!r} names nothing; give 'all', a paper ({_listed(known[1 : 1 + len(PAPERS)])}) or ids of results"
        )
    for name in names:
        if name not in known:
            low = str(name).lower()
            near = [one for one in known if one.partition(".")[2] == low]
            near = near or difflib.get_close_matches(low, known, n=3) or known[: 1 + len(PAPERS)]
            raise ValueError(
                f"{name!r} is no result; did you mean {_listed(near)}? `levysde reproduce --list` names all"
            )
    wanted = set(names)
    chosen = [(paper, one) for paper, one in experiments() if wanted & {"all", paper.key, one.id}]
    if data is not None:
        _check_data(data, chosen)
    return chosen


def _check_data(data: str | Path, chosen: Sequence[tuple[Paper, Experiment]]) -> None:
    """Read the file, so that what is wrong with it is said before any work."""
    if not any(experiment.networks for _, experiment in chosen):
        takers = [experiment.id for _, experiment in experiments() if experiment.networks]
        verb = "does" if len(takers) == 1 else "do"
        raise ValueError(f"data={str(data)!r}: none of these results trains networks; {_listed(takers)} {verb}")
    n, _, _ = from_npz(data).shape
    if n < FEWEST_SAMPLES:
        raise ValueError(f"{data} holds {n} samples; give at least {FEWEST_SAMPLES}")


def _listed(names: Sequence[str]) -> str:
    return " or ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} or {names[-1]}"
