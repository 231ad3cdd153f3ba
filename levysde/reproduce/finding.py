"""What a reproduction found, as values: numbers beside the paper's, controls, pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from levysde._store import write_csv, write_json
from levysde.estimate import Estimate, Prediction, with_error

__all__ = ["Claim", "Control", "Finding", "Number", "Panel", "Report", "Series"]

Verdict = Literal["reproduced", "reproduced, but", "not reproduced"]


@dataclass(frozen=True)
class Claim:
    """What a paper says of a number: a range with the uncertainty of its ends.

    Attributes
    ----------
    low, high : float
        The range; equal for a single value, infinite where the paper says only "below" or "above".
    error : float
        Standard uncertainty of the ends: how well a figure can be read off, the paper's own sampling error.
    text : str
        The claim in the paper's terms.
    """

    low: float
    high: float
    error: float
    text: str

    def __post_init__(self) -> None:
        if not (self.low <= self.high and 0 <= self.error < math.inf):
            raise ValueError(
                f"a claim of {self.low} .. {self.high} with error {self.error}: give low <= high, error >= 0"
            )

    @classmethod
    def value(cls, value: float, error: float, text: str = "") -> Claim:
        """Return the claim of one value."""
        return cls(value, value, error, text)

    @classmethod
    def below(cls, bound: float, text: str, error: float = 0.0) -> Claim:
        """Return the claim that a number is at most `bound`."""
        return cls(-math.inf, bound, error, text)

    @classmethod
    def above(cls, bound: float, text: str, error: float = 0.0) -> Claim:
        """Return the claim that a number is at least `bound`."""
        return cls(bound, math.inf, error, text)

    def __str__(self) -> str:
        if self.low == self.high:
            return with_error(self.low, self.error)
        if math.isinf(self.low):
            return f"<= {self.high:.4g}"
        return f">= {self.low:.4g}" if math.isinf(self.high) else f"{self.low:.4g} .. {self.high:.4g}"


@dataclass(frozen=True)
class Number:
    """A number of the paper and ours.

    Attributes
    ----------
    case : str
        Which number.
    paper : Claim
    ours : Estimate
        Measured here, with its standard error.
    oracle : Prediction or None
        The same number by an exact or deterministic route; None where there is none.
    """

    case: str
    paper: Claim
    ours: Estimate
    oracle: Prediction | None = None


@dataclass(frozen=True)
class Control:
    """A number that should come out in a certain way if the paper's reading of its result is right.

    Attributes
    ----------
    case : str
        What was done, as in "four times the iterations: change of the estimate".
    expected : Claim
        What comes out if the reading is right.
    ours : Estimate
    burden : "refute" or "prove"
        "refute": the reading stands unless the number lies outside `expected` by five errors (a null value).
        "prove": the reading stands only if the number lies inside `expected` by five errors (a contrast that must be
        there).
    but : str
        What follows where the reading does not stand: the end of "reproduced, but ...".
    """

    case: str
    expected: Claim
    ours: Estimate
    burden: Literal["refute", "prove"]
    but: str


@dataclass(frozen=True)
class Series:
    """Points, a line or a histogram of a picture.

    Attributes
    ----------
    label : str
        Entry of the legend, empty for none.
    x, y : tuple of float
    error : tuple of float
        Standard errors of y; empty for none.
    look : "paper", "ours", "oracle", "control" or "plain"
        Who says so: fixes marker and line. "plain" is a line in the next colour.
    group : int
        Series of one group share a colour.
    drawn : "points", "line", "joined" or "steps"
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    error: tuple[float, ...] = ()
    look: Literal["paper", "ours", "oracle", "control", "plain"] = "ours"
    group: int = 0
    drawn: Literal["points", "line", "joined", "steps"] = "points"


@dataclass(frozen=True)
class Panel:
    """One pair of axes of a figure.

    Attributes
    ----------
    title, x, y : str
        Title and axis labels, with units or symbols.
    series : tuple of Series
    log_x, log_y : bool
    """

    title: str
    x: str
    y: str
    series: tuple[Series, ...]
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True)
class Finding:
    """What one experiment measured: the function of an experiment returns it, the verdict is computed from it.

    Attributes
    ----------
    numbers : tuple of Number
    controls : tuple of Control
    panels : tuple of Panel
        The figure in the paper's layout.
    settings : mapping
        Sizes, step sizes, repetitions: JSON-able.
    notes : tuple of str
        What a reader must know beside the numbers: a one-step exit, a divergent mean.
    """

    numbers: tuple[Number, ...]
    controls: tuple[Control, ...]
    panels: tuple[Panel, ...]
    settings: Mapping[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """An experiment with its finding and verdict.

    Attributes
    ----------
    id, paper, source, line : str
        As in the catalogue.
    expected : str
        The verdict that is known from earlier runs.
    finding : Finding
    verdict : "reproduced", "reproduced, but" or "not reproduced"
    sentence : str
        Why.
    z : tuple of float
        Distance of every number from the paper's claim in errors (0 inside it).
    stood : tuple of bool
        Whether the paper's reading survives each control.
    seconds : float
    provenance : mapping
        Entropy, versions, settings.
    """

    id: str
    paper: str
    source: str
    line: str
    expected: Verdict
    finding: Finding
    verdict: Verdict
    sentence: str
    z: tuple[float, ...]
    stood: tuple[bool, ...]
    seconds: float
    provenance: Mapping[str, Any]

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the expected one."""
        return self.verdict == self.expected

    def table(self) -> str:
        """Return the numbers, the controls and the verdict as text."""
        lines = [("number", "paper", "ours", "oracle", "z")]
        for number, z in zip(self.finding.numbers, self.z, strict=True):
            oracle = f"{number.oracle.value:.5g}" if number.oracle else "-"
            lines.append((number.case, str(number.paper), _shown(number.ours), oracle, f"{z:+.1f}"))
        for control, stood in zip(self.finding.controls, self.stood, strict=True):
            fate = "stands" if stood else "falls"
            lines.append((f"control: {control.case}", str(control.expected), _shown(control.ours), "-", fate))
        widths = [max(len(line[column]) for line in lines) for column in range(5)]
        text = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines]
        text.insert(1, "-" * max(len(line) for line in text))
        return "\n".join(
            [f"{self.id}: {self.line} ({self.source})", "", *text, "", *self.finding.notes, f"-> {self.sentence}"]
        )

    __str__ = table

    def rows(self) -> list[dict[str, Any]]:
        """Return a row of plain values per number and control, in the order of the CSV's columns."""
        found: list[dict[str, Any]] = []
        blank = dict.fromkeys(("oracle", "oracle_error", "oracle_law", "z", "burden", "stands", "but"), "")
        for number, z in zip(self.finding.numbers, self.z, strict=True):
            exact = number.oracle
            known = {"oracle": exact.value, "oracle_error": exact.error, "oracle_law": exact.law} if exact else {}
            found.append(_row("number", number.case, number.paper, number.ours) | blank | known | {"z": z})
        for control, stood in zip(self.finding.controls, self.stood, strict=True):
            fate = {"burden": control.burden, "stands": stood, "but": control.but}
            found.append(_row("control", control.case, control.expected, control.ours) | blank | fate)
        return found

    def to_csv(self, path: str | Path) -> None:
        """Write a line per number and control, atomically."""
        write_csv(path, self.rows(), empty="case")

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the figure, JSON-able except for infinities and NaN."""
        return {
            "id": self.id,
            "paper": self.paper,
            "source": self.source,
            "line": self.line,
            "verdict": self.verdict,
            "expected_verdict": self.expected,
            "sentence": self.sentence,
            "rows": self.rows(),
            "notes": list(self.finding.notes),
            "seconds": self.seconds,
            "provenance": dict(self.provenance),
        }

    def to_json(self, path: str | Path) -> None:
        """Write everything as JSON, the points of the figure too, atomically; NaN as null, infinities as text."""
        write_json(path, {**self.to_dict(), "panels": [asdict(panel) for panel in self.finding.panels]})


def _row(kind: str, case: str, claim: Claim, ours: Estimate) -> dict[str, Any]:
    return {
        "kind": kind,
        "case": case,
        "low": claim.low,
        "high": claim.high,
        "claim_error": claim.error,
        "claim": claim.text,
        "ours": ours.value,
        "standard_error": ours.standard_error,
        "bias": ours.bias,
        "n": ours.n,
        "method": ours.method,
    }


def _shown(ours: Estimate) -> str:
    return with_error(ours.value, ours.standard_error)
