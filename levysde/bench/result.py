"""What a comparison of schemes found, as a value: rows, table, advice, CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from levysde._store import write_csv
from levysde.convergence import Convergence
from levysde.estimate import Estimate, with_error


@dataclass(frozen=True)
class SchemeReport:
    """One scheme on the problem.

    Attributes
    ----------
    scheme : str
    strong, weak : Convergence, or None for a scheme whose paths cannot be coupled (an exact one)
    exits : Convergence
        Bias of the mean exit time.
    lost : float
        Largest share of the paths that became non-finite, over all steps and runs.
    nanoseconds : float
        Time per path and step on one core, exits watched.
    dt : float
        Largest step at which the bias of the mean exit time is below its share of the wanted error; NaN if none is.
    seconds : float
        Time on one core to the wanted error of the mean exit time, bias and statistics together; NaN if dt is.
    remark : str
        How dt was found.
    """

    scheme: str
    strong: Convergence | None
    weak: Convergence | None
    exits: Convergence
    lost: float
    nanoseconds: float
    dt: float
    seconds: float
    remark: str

    @property
    def studies(self) -> tuple[Convergence, ...]:
        """The studies that there are."""
        return tuple(study for study in (self.strong, self.weak, self.exits) if study is not None)


@dataclass(frozen=True)
class WorkPrecision:
    """Schemes side by side on one problem.

    Attributes
    ----------
    sde, x0, domain : str
        The problem.
    mean : Estimate
        The mean exit time that biases are measured against.
    rel_error : float
        The wanted relative root-mean-square error of the mean exit time.
    reports : tuple of SchemeReport
        In the order in which the schemes were given.
    refused : mapping from scheme to the reason why it does not fit
    provenance : entropy, versions and settings
    """

    sde: str
    x0: str
    domain: str
    mean: Estimate
    rel_error: float
    reports: tuple[SchemeReport, ...]
    refused: Mapping[str, str]
    provenance: Mapping[str, Any]

    @property
    def best(self) -> SchemeReport | None:
        """The scheme that reaches the wanted error in the least time and loses no path, if any does."""
        return next(iter(self._ranked), None)

    @property
    def _ranked(self) -> list[SchemeReport]:
        """Schemes that reach the wanted error without losing paths: a mean without the lost ones is no mean."""
        reached = [report for report in self.reports if math.isfinite(report.seconds) and not report.lost]
        return sorted(reached, key=lambda report: report.seconds)

    @property
    def advice(self) -> str:
        """One line: which scheme, which step."""
        best = self.best
        if best is None:
            return f"no scheme reaches {self.rel_error:.3g} at these steps; take smaller ones (dts=)"
        beside = ""
        if len(self._ranked) > 1:
            second = self._ranked[1]
            beside = f"; next {second.scheme}, {second.seconds / best.seconds:.2g} times as long"
        return (
            f"use {best.scheme}, dt={best.dt:.2g}: mean exit time to {self.rel_error:.2g} in "
            f"{_seconds(best.seconds)} on one core{beside}"
        )

    def table(self) -> str:
        """Return a line per scheme, errors at the smallest step, and the advice."""
        step = self.reports[0].exits.dts[-1]
        head = ["scheme", "strong error", "order", "weak error", "order", "exit bias", "order", "lost", "ns/step"]
        lines = [[*head, "dt", f"to {self.rel_error:.2g}"]]
        for report in self.reports:
            cells = [report.scheme]
            for study, scale in ((report.strong, 1.0), (report.weak, 1.0), (report.exits, 1 / self.mean.value)):
                cells += _cells(study, scale)
            lost = f"{report.lost:.2%}" if report.lost else "0"
            step_text = f"{report.dt:.2g}" if math.isfinite(report.dt) else "-"
            lines.append([*cells, lost, f"{report.nanoseconds:.1f}", step_text, _seconds(report.seconds)])
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        text = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines]
        text.insert(1, "-" * max(len(line) for line in text))
        top = [self.sde, f"from {self.x0} out of {self.domain}: mean exit time {self.mean} ({self.mean.method})"]
        notes = [f"errors at dt = {step:.3g}; exit bias relative to the mean exit time, {self._boundary()}"]
        notes += [f"{report.scheme}: {report.remark}" for report in self.reports if report.remark]
        notes += [f"{report.scheme}: not advised, it loses paths" for report in self.reports if report.lost]
        notes += [f"left out: {scheme} {reason}" for scheme, reason in self.refused.items()]
        return "\n".join([*top, "", *text, "", *notes, "", f"advice: {self.advice}"])

    __str__ = table

    def _boundary(self) -> str:
        how = self.provenance["settings"]["boundary"]
        return "boundary as given" if how == "as given" else "boundary moved by what is missed between two looks"

    def rows(self) -> list[dict[str, Any]]:
        """Return one row of plain numbers per scheme, study, measure and step."""
        return [
            {
                "sde": self.sde,
                "mean_exit_time": self.mean.value,
                "ns_per_step": report.nanoseconds,
                "cost_ns": report.nanoseconds
                * float(study.provenance["settings"].get("t", self.mean.value))
                / row["dt"],
                "best_dt": report.dt,
                "seconds_to_error": report.seconds,
                **row,
                "scheme": report.scheme,
            }
            for report in self.reports
            for study in report.studies
            for row in study.rows()
        ]

    def to_csv(self, path: str | Path) -> None:
        """Write one line per scheme, study, measure and step, atomically."""
        write_csv(path, self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-able except for infinities and NaN."""
        return {
            "sde": self.sde,
            "x0": self.x0,
            "domain": self.domain,
            "mean_exit_time": vars(self.mean),
            "rel_error": self.rel_error,
            "advice": self.advice,
            "schemes": [
                {
                    "scheme": report.scheme,
                    "lost": report.lost,
                    "ns_per_step": report.nanoseconds,
                    "dt": report.dt,
                    "seconds": report.seconds,
                    "remark": report.remark,
                    "studies": [study.to_dict() for study in report.studies],
                }
                for report in self.reports
            ],
            "refused": dict(self.refused),
            "provenance": dict(self.provenance),
        }


def _cells(study: Convergence | None, scale: float) -> list[str]:
    """Return the error at the smallest step and the order."""
    if study is None:
        return ["-", "-"]
    error = with_error(float(study.errors[-1]) * scale, float(study.standard_errors[-1]) * scale)
    order = study.order
    return [error, with_error(order.value, order.standard_error) if math.isfinite(order.value) else "-"]


def _seconds(value: float) -> str:
    """Write a time in the unit that suits it."""
    if not math.isfinite(value):
        return "-"
    unit, name = next((u, n) for u, n in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")) if value >= u or n == "us")
    return f"{value / unit:.2g} {name}" if value < 99.5 * unit else f"{value / unit:.0f} {name}"
