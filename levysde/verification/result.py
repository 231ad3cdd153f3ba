"""What a check of the laws found, as values: rows, reports, the whole with its table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from levysde._store import write_csv, write_json
from levysde.estimate import Estimate, Prediction, with_error
from levysde.scaling import Approach, ScalingFit

__all__ = ["FAILED", "Panel", "Report", "Row", "Verification"]

Verdict = Literal["holds", "fails", "undecided", "left out"]
FAILED = 5.0  # standard errors


@dataclass(frozen=True)
class Row:
    """One number of a law, by up to three routes.

    Attributes
    ----------
    case : str
        Which number.
    x : float
        Where it stands on the axis of the law's figure; NaN for a number that is not drawn.
    predicted : Prediction or None
        By the law; None where it says nothing about this number.
    solved : Prediction or None
        By quadrature, closed form or the equation of the generator; None where there is no such solution.
    measured : Estimate or None
        By simulation; None where it was out of reach or not asked for.
    """

    case: str
    x: float
    predicted: Prediction | None
    solved: Prediction | None
    measured: Estimate | None

    @property
    def z(self) -> float:
        """Simulated minus deterministic value in standard errors, a fifth of the known errors counted in; else NaN.

        |z| < 5 is |difference| < 5 standard errors + bias + error of the deterministic value. Where there is no
        deterministic value that of the law takes its place, with its stated correction, if its regime holds.
        """
        against = self.solved or self.predicted
        if self.measured is None or against is None or not against.valid or not math.isfinite(against.value):
            return math.nan
        return z_score(self.measured, against.value, _known(against.error))

    @property
    def agrees(self) -> bool:
        """Whether nothing speaks against the row."""
        return not abs(self.z) >= FAILED

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, in the order of the CSV's columns."""
        measured, solved, predicted = self.measured, self.solved, self.predicted
        return {
            "case": self.case,
            "x": self.x,
            "predicted": predicted.value if predicted else math.nan,
            "stated_correction": predicted.error if predicted else math.nan,
            "law": predicted.law if predicted else "",
            "law_valid": predicted.valid if predicted else "",
            "deterministic": solved.value if solved else math.nan,
            "deterministic_error": solved.error if solved else math.nan,
            "simulated": measured.value if measured else math.nan,
            "standard_error": measured.standard_error if measured else math.nan,
            "bias": measured.bias if measured else math.nan,
            "z": self.z,
            "method": measured.method if measured else "",
        }


@dataclass(frozen=True)
class Panel:
    """The axes of a law's figure."""

    x: str
    y: str
    log_x: bool
    log_y: bool
    joined: bool = True  # whether what lies between two points of the law means something


@dataclass(frozen=True)
class Report:
    """One law, checked.

    Attributes
    ----------
    law : str
        Its name in the registry.
    subject : str
        What it was checked on: a well, a ball.
    statement : str
        The law in words and symbols.
    regime : str
        Noise and landscape.
    headline : Row
        The number in the table: an exponent, or the row that says most.
    rows : tuple of Row
    measured_fit, solved_fit : ScalingFit or None
        Of the simulated and of the deterministic values, where the law is one of exponents.
    expected : float
        The exponent that the law predicts; NaN where it predicts none.
    approach : Approach or None
        How the deterministic value over the predicted one (or the exponent itself) tends to `target` as the noise
        falls.
    target : float
    verdict : "holds", "fails", "undecided" or "left out"
    sentence : str
        Why; and how far off the law is at the chosen noise.
    panel : Panel
    """

    law: str
    subject: str
    statement: str
    regime: str
    headline: Row | None
    rows: tuple[Row, ...]
    measured_fit: ScalingFit | None
    solved_fit: ScalingFit | None
    expected: float
    approach: Approach | None
    target: float
    verdict: Verdict
    sentence: str
    panel: Panel

    @property
    def worst(self) -> float:
        """The largest |z| of all rows; NaN where there is none."""
        sizes = [abs(row.z) for row in (*self.rows, *([self.headline] if self.headline else ())) if row.z == row.z]
        return max(sizes, default=math.nan)

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-able except for infinities and NaN."""
        return {
            "law": self.law,
            "subject": self.subject,
            "statement": self.statement,
            "regime": self.regime,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "headline": self.headline.to_dict() if self.headline else None,
            "worst_z": self.worst,
            "expected_exponent": self.expected,
            "measured_fit": self.measured_fit.to_dict() if self.measured_fit else None,
            "solved_fit": self.solved_fit.to_dict() if self.solved_fit else None,
            "approach": self.approach.to_dict() | {"target": self.target} if self.approach else None,
            "rows": [row.to_dict() for row in self.rows],
        }


@dataclass(frozen=True)
class Verification:
    """All laws that were checked.

    Attributes
    ----------
    reports : tuple of Report
    seconds : mapping from law to the time that it took
    provenance : entropy, versions and settings
    partial : what cut the check short, or None
    """

    reports: tuple[Report, ...]
    seconds: Mapping[str, float]
    provenance: Mapping[str, Any]
    partial: str | None = None

    @property
    def failed(self) -> tuple[Report, ...]:
        """Reports of laws that should hold and do not."""
        return tuple(report for report in self.reports if report.verdict == "fails")

    @property
    def ok(self) -> bool:
        """Whether no law fails and the check is complete."""
        return not self.failed and self.partial is None

    def table(self) -> str:
        """Return a line per law, and under it a sentence per law."""
        lines = [_HEADER, *(_cells(report) for report in self.reports)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADER))]
        text = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines]
        text.insert(1, "-" * max(len(line) for line in text))
        notes = [f"{_name(report)}: {report.sentence}" for report in self.reports]
        if self.partial:
            notes.append(f"PARTIAL: {self.partial}")
        return "\n".join([*text, "", *notes])

    __str__ = table

    def details(self) -> str:
        """Return all rows of all laws."""
        blocks = []
        for report in self.reports:
            lines = [("case", "predicted", "deterministic", "simulated", "z")]
            lines += [(row.case, *_numbers(row)) for row in report.rows]
            widths = [max(len(line[column]) for line in lines) for column in range(5)]
            text = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines]
            blocks.append("\n  ".join([f"{_name(report)}: {report.statement}", f"({report.regime})", *text]))
        return "\n\n".join(blocks)

    def to_csv(self, path: str | Path) -> None:
        """Write one line per row of every law, atomically."""
        rows = [
            {"law": report.law, "subject": report.subject, "verdict": report.verdict, **_renamed(row)}
            for report in self.reports
            for row in (*([report.headline] if report.headline else ()), *report.rows)
        ]
        write_csv(path, rows, empty="law")

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-able except for infinities and NaN."""
        return {
            "ok": self.ok,
            "laws": [report.to_dict() for report in self.reports],
            "seconds": dict(self.seconds),
            "provenance": dict(self.provenance),
            "partial": self.partial,
        }

    def to_json(self, path: str | Path) -> None:
        """Write everything as JSON, atomically; NaN as null, infinities as text."""
        write_json(path, self.to_dict())


def z_score(measured: Estimate, value: float, error: float) -> float:
    """Return (measured - value) / (standard error + (bias + error) / 5): |z| < 5 is the test with both allowed for."""
    allowed = measured.standard_error + (_known(measured.bias) + error) / FAILED
    difference = measured.value - value
    return difference / allowed if allowed > 0 else math.copysign(math.inf, difference) if difference else 0.0


def _renamed(row: Row) -> dict[str, Any]:
    cells = row.to_dict()
    cells["formula"] = cells.pop("law")
    cells["formula_valid"] = cells.pop("law_valid")
    return cells


_HEADER = ("law", "regime", "quantity", "predicted", "deterministic", "simulated", "z", "max |z|", "verdict")


def _name(report: Report) -> str:
    return f"{report.law}, {report.subject}" if report.subject else report.law


def _cells(report: Report) -> tuple[str, ...]:
    if report.headline is None:
        return (_name(report), report.regime, *("-",) * 6, report.verdict)
    worst = f"{report.worst:.1f}" if math.isfinite(report.worst) else "-"
    return (_name(report), report.regime, report.headline.case, *_numbers(report.headline), worst, report.verdict)


def _numbers(row: Row) -> tuple[str, str, str, str]:
    return (
        f"{row.predicted.value:.5g}" if row.predicted else "-",
        f"{row.solved.value:.6g}" if row.solved else "-",
        with_error(row.measured.value, row.measured.standard_error) if row.measured else "-",
        f"{row.z:+.1f}" if math.isfinite(row.z) else "-",
    )


def _known(value: float) -> float:
    return 0.0 if math.isnan(value) else value
