"""All results at a glance: a line per experiment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from levysde.reproduce.finding import Report
from levysde.reproduce.verdict import FAR

__all__ = ["HEADER", "summary", "summary_row"]

HEADER = ("id", "number farthest off", "paper", "ours", "z", "agree", "stand", "verdict", "expected")
LONGEST = 44  # letters of the name of a number


def summary(reports: Sequence[Report], failures: Mapping[str, str] | None = None) -> str:
    """Return a table with a line per report, then how many verdicts are the expected ones.

    The number shown is the one that is farthest from the paper, and z says by how many errors. "agree" says how many of
    the experiment's numbers agree with the paper, "stand" how many of its controls stand. `failures` are experiments
    that ended with an error, by id.
    """
    failed = dict(failures or {})
    lines = [HEADER, *(summary_row(report) for report in reports)]
    lines += [(name, *["-"] * (len(HEADER) - 3), "failed", "-") for name in failed]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    text = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines]
    text.insert(1, "-" * max(map(len, text)))
    as_expected = sum(report.as_expected for report in reports)
    seconds = sum(report.seconds for report in reports)
    total = len(reports) + len(failed)
    return "\n".join([*text, "", f"{as_expected} of {total} verdicts as expected, in {seconds:.0f} s"])


def summary_row(report: Report) -> tuple[str, ...]:
    """Return the cells of a report's line, in the order of `HEADER`."""
    numbers, controls = report.finding.numbers, report.stood
    agree = sum(abs(z) < FAR for z in report.z)
    far = [abs(z) if math.isfinite(z) else math.inf for z in report.z]
    worst = numbers[far.index(max(far))] if numbers else None
    return (
        report.id,
        *((_short(worst.case), str(worst.paper), str(worst.ours)) if worst else ("-", "-", "-")),
        f"{max(far, default=0.0):.1f}",
        f"{agree} of {len(numbers)}",
        f"{sum(controls)} of {len(controls)}" if controls else "-",
        report.verdict,
        "yes" if report.as_expected else f"no: {report.expected}",
    )


def _short(case: str) -> str:
    return case if len(case) <= LONGEST else case[: LONGEST - 1].rstrip() + "…"
