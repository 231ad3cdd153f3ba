"""What a report says: `TailReport`, as a sentence, a table and plain numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from levysde.estimate import Estimate, with_error
from levysde.tails.contest import Contest
from levysde.tails.doubling import Doubling
from levysde.tails.scan import BlockScan
from levysde.tails.threshold import HillPlot
from levysde.tails.verdict import Kind

Names = Literal["data", "Gaussian surrogate", "rows shuffled", "coordinates shuffled", "increments"]


@dataclass(frozen=True)
class Control:
    """One version of the data, read by two estimators.

    Attributes
    ----------
    name : what was done to the data; increments of values that were independent telescope, and their block sums read
        far above 2
    index : Estimate
        By the characteristic function, columns standardised and pooled.
    blocks : Estimate
        By block sums over the pooled values as they come, columns centred: the estimator of Şimşekli et al. (2019).
    """

    name: Names
    index: Estimate
    blocks: Estimate


@dataclass(frozen=True, eq=False)
class TailReport:
    """What a sample says about its tail.

    `float(report)` is the index: `AlphaStable(float(report))` is the noise that a heavy tail speaks for.

    Attributes
    ----------
    verdict : str
        One sentence.
    kind : str
        "heavy tail", "power law", "no power law", "gaussian" or "not stationary".
    alpha : Estimate
        The index the verdict states; infinite where there is no power law.
    estimates : dict of str to Estimate
        Every estimator on the pooled, standardised values.
    controls : tuple of Control
        The data, then its Gaussian surrogate, shuffles and increments.
    columns : tuple of float
        5 %, median and 95 % of the block-sum estimates of single columns; all equal for one column.
    autocorrelation : float
        Lag 1, of the column where it is largest.
    halves : Doubling
        Scale of both halves.
    scan : BlockScan
        Block-sum estimates against block size, of the pooled values as they come.
    hill : HillPlot
        Of the pooled, standardised values.
    contest : Contest
        Five laws and their likelihoods.
    rows, dim : int
        Shape of the data.
    notes : tuple of str
        What else a reader should know.
    entropy : int
        Of the surrogates and shuffles.
    """

    verdict: str
    kind: Kind
    alpha: Estimate
    estimates: dict[str, Estimate]
    controls: tuple[Control, ...]
    columns: tuple[float, float, float]
    autocorrelation: float
    halves: Doubling
    scan: BlockScan
    hill: HillPlot
    contest: Contest
    rows: int
    dim: int
    notes: tuple[str, ...]
    entropy: int

    def __float__(self) -> float:
        return self.alpha.value

    def __str__(self) -> str:
        return self.table()

    def table(self) -> str:
        """Return verdict, controls and estimators as text."""
        lines = [self.verdict, "", f"{'':<24}{'characteristic fn':>19}{'block sums':>19}"]
        lines += [f"{c.name:<24}{_brief(c.index):>19}{_brief(c.blocks):>19}" for c in self.controls]
        low, middle, high = self.columns
        if self.dim > 1:
            lines.append(f"{'column by column':<24}{'':>19}{f'{middle:.2f} ({low:.2f}-{high:.2f})':>19}")
        lines += ["", f"{'estimator':<24}{'alpha':>19}   95 % interval"]
        for name, e in self.estimates.items():
            lines.append(f"{name:<24}{_brief(e):>19}   [{e.interval[0]:.3g}, {e.interval[1]:.3g}]")
        c = self.contest
        flat = "flat" if self.scan.is_flat else f"drifts by {self.scan.drift:+.3f} in 1/alpha"
        lines += [
            "",
            f"best of five laws       {c.winner} (by {abs(c.z):.1f} errors); Student nu = {with_error(*c.student)}, "
            f"exponential power b = {c.exponent:.2f}",
            f"tail shape xi           {with_error(c.tail, c.tail_error)} (stable law {c.tail_of['stable']:.2f}, "
            f"Student {c.tail_of['student']:.2f})",
            f"block-size scan         {flat}",
            f"autocorrelation, lag 1  {self.autocorrelation:+.3f}",
            f"scale of second half    x {math.exp(self.halves.change):.3g}",
            f"values                  {self.rows} rows, {self.dim} column{'s' * (self.dim > 1)}",
        ]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def to_dict(self) -> dict[str, object]:
        """Return plain numbers and text, for JSON."""
        c = self.contest
        return {
            "verdict": self.verdict,
            "kind": self.kind,
            "alpha": _plain(self.alpha),
            "estimates": {name: _plain(e) for name, e in self.estimates.items()},
            "controls": {
                c.name: {"characteristic_function": _plain(c.index), "block_sums": _plain(c.blocks)}
                for c in self.controls
            },
            "columns": dict(zip(("low", "median", "high"), self.columns, strict=True)),
            "autocorrelation": self.autocorrelation,
            "halves": {"log_scale": self.halves.log_scale.tolist(), "error": self.halves.standard_error.tolist()},
            "scan": {
                "block": self.scan.block.tolist(),
                "alpha": self.scan.alpha.tolist(),
                "standard_error": self.scan.standard_error.tolist(),
                "drift": self.scan.drift,
                "drift_error": self.scan.drift_error,
            },
            "laws": {
                "winner": c.winner,
                "z": c.z,
                "log_likelihood": c.log_likelihood,
                "student_nu": c.student[0],
                "student_nu_error": c.student[1],
                "exponent": c.exponent,
                "tail_shape": c.tail,
                "tail_shape_error": c.tail_error,
                "tail_shape_of": c.tail_of,
            },
            "rows": self.rows,
            "columns_used": self.dim,
            "notes": list(self.notes),
            "entropy": self.entropy,
        }


def _brief(estimate: Estimate) -> str:
    if math.isfinite(estimate.standard_error):
        return str(estimate)
    return f"{estimate.value:.3g} (> {estimate.interval[0]:.3g})"


def _plain(estimate: Estimate) -> dict[str, object]:
    return {
        "value": estimate.value,
        "standard_error": estimate.standard_error,
        "interval": list(estimate.interval),
        "n": estimate.n,
        "method": estimate.method,
    }
