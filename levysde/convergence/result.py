"""What a study of convergence found, as a value: errors against the step, orders, table, CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from levysde._store import write_csv
from levysde._types import NDArray
from levysde._validate import frozen
from levysde.convergence.slope import PowerLaw, slope
from levysde.estimate import Estimate, with_error

__all__ = ["Convergence", "ErrorCurve"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ErrorCurve:
    """One measure of the error against the step.

    Attributes
    ----------
    name : str
    errors : ndarray of shape (k,)
        With their sign where the measure has one; infinite where it does not exist (a moment after a lost path).
    covariance : ndarray of shape (k, k)
        Of the errors: paths of different steps share their noise.
    fit : PowerLaw
    """

    name: str
    errors: FloatArray
    covariance: FloatArray
    fit: PowerLaw

    @classmethod
    def fitted(cls, name: str, dts: FloatArray, errors: FloatArray, covariance: FloatArray, **how: Any) -> ErrorCurve:
        """Fit the power law, with the keywords of `slope`, and hold the arrays read-only."""
        return cls(name, frozen(errors), frozen(covariance), slope(dts, errors, covariance, **how))

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors of the errors, shape (k,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def order(self) -> Estimate:
        """The fitted order."""
        return self.fit.order


@dataclass(frozen=True, eq=False)
class Convergence:
    """The error of a scheme against its step.

    Attributes
    ----------
    kind : str
        "strong error", "weak error" or "exit-time bias".
    scheme : str
    reference : str
        What the errors are measured against.
    dts : ndarray of shape (k,)
        Steps, the largest first.
    curves : tuple of ErrorCurve
        The measures of the error; `.errors`, `.standard_errors`, `.covariance`, `.order` and `.fit` are those of the
        first one.
    expected : float
        The order that is declared or known; NaN where none is.
    lost : ndarray of shape (k,)
        Share of the paths that became non-finite.
    n : int
        Number of paths per step.
    provenance : entropy, versions and settings
    """

    kind: str
    scheme: str
    reference: str
    dts: FloatArray
    curves: tuple[ErrorCurve, ...]
    expected: float
    lost: FloatArray
    n: int
    provenance: Mapping[str, Any]

    @property
    def errors(self) -> FloatArray:
        """Errors by the first measure, shape (k,)."""
        return self.curves[0].errors

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors of `errors`, shape (k,)."""
        return self.curves[0].standard_errors

    @property
    def covariance(self) -> FloatArray:
        """Covariance of `errors`, shape (k, k)."""
        return self.curves[0].covariance

    @property
    def order(self) -> Estimate:
        """Fitted order of the first measure."""
        return self.curves[0].order

    @property
    def fit(self) -> PowerLaw:
        """Fitted power law of the first measure."""
        return self.curves[0].fit

    def rows(self) -> list[dict[str, Any]]:
        """Return one row of plain numbers per step and measure, in the order of the CSV's columns."""
        return [
            {
                "kind": self.kind,
                "scheme": self.scheme,
                "measure": curve.name,
                "dt": float(dt),
                "error": float(error),
                "standard_error": float(spread),
                "lost": float(lost),
                "order": curve.order.value,
                "order_error": curve.order.standard_error,
                "order_bias": curve.order.bias,
                "expected_order": self.expected,
                "chi_square": curve.fit.chi_square,
                "reference": self.reference,
                "paths": self.n,
            }
            for curve in self.curves
            for dt, error, spread, lost in zip(self.dts, curve.errors, curve.standard_errors, self.lost, strict=True)
        ]

    def table(self) -> str:
        """Return the errors as aligned text, a line per step, with the orders under them."""
        lines = [["dt", *(curve.name for curve in self.curves), "lost"]]
        for at, dt in enumerate(self.dts):
            errors = [with_error(float(c.errors[at]), float(c.standard_errors[at])) for c in self.curves]
            lines.append([f"{dt:.6g}", *errors, f"{self.lost[at]:.2%}" if self.lost[at] else "0"])
        lines.append(["order", *(_order(curve.order) for curve in self.curves), ""])
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        text = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines]
        rule = "-" * max(len(line) for line in text)
        text[1:1] = [rule]
        text[-1:-1] = [rule]
        head = f"{self.kind} of {self.scheme}, {self.n} paths, against {self.reference}"
        return "\n".join([head, *text, *self._notes()])

    __str__ = table

    def _notes(self) -> list[str]:
        notes = [f"expected order {self.expected:.4g}"] if math.isfinite(self.expected) else []
        for curve in self.curves:
            if math.isfinite(curve.order.value):
                moved = f"; bias {curve.order.bias:.2g}" if math.isfinite(curve.order.bias) else ""
                notes.append(f"{curve.name}: {curve.order.method}{moved}")
            else:
                notes.append(f"{curve.name}: {curve.order.method}")
        return notes

    def to_csv(self, path: str | Path) -> None:
        """Write one line per step and measure, atomically; the columns are those of `rows`."""
        write_csv(path, self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-able except for infinities and NaN."""
        return {
            "kind": self.kind,
            "scheme": self.scheme,
            "reference": self.reference,
            "expected_order": self.expected,
            "paths": self.n,
            "rows": self.rows(),
            "provenance": dict(self.provenance),
        }


def _order(order: Estimate) -> str:
    return str(order) if math.isfinite(order.value) else "-"
