"""The four papers behind this package: every theorem and figure that can be run, beside what the paper prints.

The experiments are imported when they are first asked for: pictures need the nouns alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from levysde.reproduce.finding import Panel, Report, Series

if TYPE_CHECKING:
    from levysde.reproduce.catalogue import PAPERS, Paper, experiments
    from levysde.reproduce.run import check_request, reproduce

__all__ = ["PAPERS", "Panel", "Paper", "Report", "Series", "check_request", "experiments", "reproduce"]

_HOMES = {"PAPERS": "catalogue", "Paper": "catalogue", "experiments": "catalogue"}
_HOMES |= {"check_request": "run", "reproduce": "run"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
