"""Rates from several routes, entry by entry."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levysde._types import NDArray
from levysde.wells.well_chain import WellChain

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RateComparison:
    """The measured chain, how many changes each of its rates rests on, and the chains that it is compared with."""

    measured: WellChain
    counts: NDArray[np.int64]
    chains: tuple[WellChain, ...]

    @classmethod
    def of(cls, measured: WellChain, counts: NDArray[np.int64], chains: tuple[WellChain, ...]) -> RateComparison:
        """Check the chains and put them beside the measured one."""
        for chain in chains:
            if not isinstance(chain, WellChain):
                raise TypeError(f"compare() was given a {type(chain).__name__}; give chains, as of wells.chain(sde)")
            if chain.n != measured.n:
                raise ValueError(f"a chain of {chain.n} wells cannot be compared with one of {measured.n}")
        return cls(measured, counts, chains)

    def z(self, which: int = 0) -> Array:
        """Return (measured - predicted) / standard error for chain number `which`, (n, n), NaN on the diagonal.

        The error of the prediction is not in it: where it is of the size of the difference, as for rates that hold for
        small noise only, a large z tells how far the limit is.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            z = (self.measured.generator - self.chains[which].generator) / self.measured.error
        np.fill_diagonal(z, math.nan)
        return np.asarray(z)

    def rows(self) -> list[dict[str, float | int | str]]:
        """Return a row per chain and pair of wells: predicted, its error, changes, simulated, standard error, z."""
        found: list[dict[str, float | int | str]] = []
        for which, chain in enumerate(self.chains):
            z = self.z(which)
            for i in range(chain.n):
                for j in range(chain.n):
                    if i != j:
                        found.append(
                            {
                                "from": i,
                                "to": j,
                                "law": chain.law,
                                "predicted": float(chain.generator[i, j]),
                                "prediction_error": float(chain.error[i, j]),
                                "changes": int(self.counts[i, j]),
                                "simulated": float(self.measured.generator[i, j]),
                                "standard_error": float(self.measured.error[i, j]),
                                "z": float(z[i, j]),
                            }
                        )
        return found

    def table(self) -> str:
        """Return the rows as aligned text, with what is known of the predictions under them."""
        lines: list[tuple[str, ...]] = [("rate", "predicted", "+-", "simulated", "s.e.", "changes", "z", "law")]
        for row in self.rows():
            numbers = (f"{row[name]:.4g}" for name in ("predicted", "prediction_error", "simulated", "standard_error"))
            lines.append(
                (f"{row['from']} -> {row['to']}", *numbers, str(row["changes"]), f"{row['z']:+.1f}", str(row["law"]))
            )
        widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
        text = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines]
        text.insert(1, "-" * max(len(line) for line in text))
        doubts = [f"{chain.law}: not valid, {chain.reason}" for chain in self.chains if not chain.valid]
        return "\n".join([*text, *doubts])

    __str__ = table
