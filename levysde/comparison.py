"""What a comparison of minima found, as a value: rows, table, CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from levysde._store import write_csv
from levysde.domains import Domain
from levysde.estimate import Estimate, Prediction, with_error
from levysde.landscapes.base import Landscape
from levysde.noise.base import Noise
from levysde.results import ExitSample


@dataclass(frozen=True)
class Row:
    """One minimum under one noise: measured, `solved` (the exit problem; NaN and why where not), predicted by a law."""

    minimum: int
    noise: str
    position: tuple[float, ...]
    width: tuple[float, float] | None
    depth: float
    curvature: float
    domain: Domain
    time: Estimate
    prediction: Prediction
    solved: Prediction
    ratio: float
    n_exited: int
    n_censored: int
    n_nonfinite: int
    dt: float
    t_max: float
    scheme: str
    occupancy: float
    occupancy_error: float
    occupancy_prediction: Prediction
    sample: ExitSample

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain numbers and text, in the order of the CSV's columns."""
        low, high = self.time.interval
        position = self.position[0] if len(self.position) == 1 else " ".join(f"{p:.10g}" for p in self.position)
        left, right = self.width if self.width is not None else (math.nan, math.nan)
        return {
            "noise": self.noise,
            "minimum": self.minimum,
            "position": position,
            "width_left": left,
            "width_right": right,
            "depth": self.depth,
            "curvature": self.curvature,
            "domain": repr(self.domain),
            "mean_exit_time": self.time.value,
            "standard_error": self.time.standard_error,
            "step_bias": self.time.bias,
            "interval_low": low,
            "interval_high": high,
            "predicted": self.prediction.value,
            "law": self.prediction.law,
            "law_valid": self.prediction.valid,
            "law_reason": self.prediction.reason,
            "solved": self.solved.value,
            "solved_error": self.solved.error,
            "solved_valid": self.solved.valid,
            "solved_reason": self.solved.reason,
            "ratio": self.ratio,
            "exited": self.n_exited,
            "censored": self.n_censored,
            "nonfinite": self.n_nonfinite,
            "occupancy": self.occupancy,
            "occupancy_error": self.occupancy_error,
            "occupancy_predicted": self.occupancy_prediction.value,
            "occupancy_law": self.occupancy_prediction.law,
            "dt": self.dt,
            "t_max": self.t_max,
            "scheme": self.scheme,
            "method": self.time.method,
        }


@dataclass(frozen=True)
class Comparison:
    """How long paths stay in each minimum of a landscape under each noise, with the theory beside it.

    Attributes
    ----------
    landscape : Landscape
    noises : the noises with their amplitudes
    rows : one per noise and minimum, the minima of the first noise first
    provenance : entropy, versions, settings and rules
    partial : what cut the comparison short, or None
    """

    landscape: Landscape
    noises: tuple[Noise, ...]
    rows: tuple[Row, ...]
    provenance: Mapping[str, Any]
    partial: str | None = None

    def table(self) -> str:
        """Return the comparison as aligned text, measured and predicted side by side, with notes under it."""
        cells = [_HEADER, *(_cells(row) for row in self.rows)]
        widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADER))]
        lines = ["  ".join(text.ljust(w) for text, w in zip(line, widths, strict=True)).rstrip() for line in cells]
        lines.insert(1, "-" * max(len(line) for line in lines))
        for at in range(len(self.rows) - 1, 0, -1):  # a blank line between noises
            if self.rows[at].noise != self.rows[at - 1].noise:
                lines.insert(at + 2, "")
        return "\n".join([*lines, "", *self._notes()])

    __str__ = table

    def _notes(self) -> list[str]:
        notes = [
            "measured: mean exit time ± standard error; step: bound of the step-size error; solved: the exit problem, "
            "without simulation; occupancy: share of time in the well."
        ]
        for noise in dict.fromkeys(row.noise for row in self.rows):
            rows = [row for row in self.rows if row.noise == noise]
            laws = "; ".join(dict.fromkeys(row.prediction.law for row in rows))
            occupancy_laws = "; ".join(dict.fromkeys(row.occupancy_prediction.law for row in rows))
            notes.append(f"{noise}: predicted by {laws}; occupancy by {occupancy_laws}.")
            refusals = dict.fromkeys(row.solved.reason for row in rows if not row.solved.valid)
            notes += [f"  not solved: {reason}" for reason in refusals]
            for row in rows:
                if not row.prediction.valid:
                    notes.append(f"  minimum {row.minimum}: prediction outside its regime ({row.prediction.reason})")
                if row.n_censored or row.n_nonfinite:
                    notes.append(
                        f"  minimum {row.minimum}: {row.n_censored} paths censored at t={row.t_max:g}, "
                        f"{row.n_nonfinite} non-finite"
                    )
        if self.partial:
            notes.append(f"PARTIAL: {self.partial}")
        return notes

    def to_csv(self, path: str | Path) -> None:
        """Write one line per row, atomically; the columns are those of `Row.to_dict`."""
        write_csv(path, [row.to_dict() for row in self.rows], empty="noise")

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the paths, JSON-able except for infinities and NaN."""
        return {
            "landscape": repr(self.landscape),
            "noises": [repr(noise) for noise in self.noises],
            "rows": [row.to_dict() for row in self.rows],
            "provenance": dict(self.provenance),
            "partial": self.partial,
        }


_HEADER = (
    "noise",
    "minimum",
    "width L/R",
    "depth",
    "curv.",
    "measured",
    "step",
    "solved",
    "predicted",
    "ratio",
    "cens/lost",
    "occupancy",
    "predicted",
)


def _cells(row: Row) -> tuple[str, ...]:
    position = ", ".join(f"{p:.3g}" for p in row.position)
    width = "-" if row.width is None else f"{row.width[0]:.3g} / {row.width[1]:.3g}"
    occupancy = with_error(row.occupancy, row.occupancy_error) if math.isfinite(row.occupancy) else "-"
    return (
        row.noise,
        position,
        width,
        f"{row.depth:.3g}",
        f"{row.curvature:.3g}",
        str(row.time),
        f"{row.time.bias / row.time.value:.1%}" if math.isfinite(row.time.bias) else "-",
        (f"{row.solved.value:.4g}" if row.solved.valid else "-"),
        f"{row.prediction.value:.4g}" + ("" if row.prediction.valid else " ?"),
        f"{row.ratio:.3f}",
        f"{row.n_censored}/{row.n_nonfinite}",
        occupancy,
        f"{row.occupancy_prediction.value:.3g}" + ("" if row.occupancy_prediction.valid else " ?"),
    )
