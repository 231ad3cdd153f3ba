"""The laws that `verify` knows: a new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from levysde.verification.directions import directions
from levysde.verification.exit_side import exit_side
from levysde.verification.exponential import exponential
from levysde.verification.height import height
from levysde.verification.mixed import mixed
from levysde.verification.near_two import near_two
from levysde.verification.noise import noise
from levysde.verification.occupancy import occupancy
from levysde.verification.result import Report
from levysde.verification.setting import Setting
from levysde.verification.tempered import tempered
from levysde.verification.width import width


@dataclass(frozen=True)
class Law:
    """A law: its name, and the function that checks it."""

    name: str
    check: Callable[[Setting], list[Report]]


LAWS = (
    Law("noise", noise),
    Law("width", width),
    Law("height", height),
    Law("directions", directions),
    Law("occupancy", occupancy),
    Law("exponential", exponential),
    Law("exit side", exit_side),
    Law("tempered", tempered),
    Law("near two", near_two),
    Law("mixed", mixed),
)
