"""The chain between minima as a value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from levysde._types import NDArray
from levysde._validate import finite_number
from levysde.wells.markov import Merge, mean_first_passage, merging, spectrum, stationary_law

Array = NDArray[np.float64]

SHOWN = 8  # wells in a table


@dataclass(frozen=True, eq=False)
class WellChain:
    """A Markov chain in continuous time on the minima of a landscape.

    Attributes
    ----------
    minima : array (n, dim)
    generator : array (n, n)
        Rates per unit time from minimum i to minimum j; the rows add up to zero.
    error : array (n, n)
        What is known of the error of every rate: numerical, statistical, or the expected size of the next term of an
        expansion (not a bound); NaN where nothing is. Zero on the diagonal.
    law : str
        Where the rates come from.
    valid : bool
        Whether the regime of the law holds for every well.
    reason : str
        Why it holds or fails.

    Examples
    --------
    >>> import levysde as ls
    >>> wells = ls.MultiWell(x=[-0.5, 0, 1.5], u=[-1, 0, -0.5])
    >>> chain = ls.wells.chain(ls.SDE(wells, 0.01 * ls.AlphaStable(1.5)))
    >>> chain.stationary.round(4)  # 3^1.5 to 1: widths decide
    array([0.1614, 0.8386])
    """

    minima: Array
    generator: Array
    error: Array
    law: str
    valid: bool
    reason: str

    def __post_init__(self) -> None:
        for name in ("minima", "generator", "error"):
            array = np.array(getattr(self, name), float)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def n(self) -> int:
        """Number of wells."""
        return len(self.generator)

    @cached_property
    def stationary(self) -> Array:
        """Share of time in every well; 0 where it is left for ever, NaN where two wells are never left."""
        return stationary_law(self.generator)

    @cached_property
    def mean_first_passage(self) -> Array:
        """Mean time from well i until well j is reached, (n, n), zero on the diagonal, infinite where it may not be."""
        return mean_first_passage(self.generator)

    @property
    def mean_stay(self) -> Array:
        """Mean time until well i is left for any other, (n,)."""
        with np.errstate(divide="ignore"):
            return np.asarray(-1.0 / np.diag(self.generator))

    @cached_property
    def spectrum(self) -> NDArray[np.complex128]:
        """Eigenvalues of minus the generator, real parts increasing; complex where the chain goes in circles."""
        return spectrum(self.generator)

    @property
    def spectral_gap(self) -> float:
        """Smallest real part of an eigenvalue but 0: the rate at which the start is forgotten; NaN for one well."""
        return float(self.spectrum[1].real) if self.n > 1 else float("nan")

    @cached_property
    def hierarchy(self) -> tuple[Merge, ...]:
        """Which wells merge at which time, the n - 1 merges in order; empty where a well is never come back to.

        Groups of wells, at first each by itself, are merged pair by pair: always the two groups A, B with the largest
        sum of mutual rates k_AB + k_BA, where k_AB = sum_{i in A} (pi_i / pi_A) sum_{j in B} q_ij is the rate out of
        a group that is in equilibrium inside [1]_. `time` is 1 / Re(lambda), lambda the eigenvalues of the chain from
        the fastest to the slowest: after it, the chain with the merged groups is all that is left to see.

        For Brownian noise of small temperature these are the cycles of Freidlin and Wentzell: the well with the lowest
        barrier joins its neighbour first, eigenvalues and mutual rates agree to leading order and lie exponentially
        far apart [2]_. For stable noise of one alpha all times grow as epsilon^-alpha alike: the ratios of the times
        are those of widths, stay as they are when epsilon falls, and groups are a matter of degree.

        References
        ----------
        .. [1] Simon & Ando, Econometrica 29 (1961) 111, doi:10.2307/1909285.
        .. [2] Bovier, Gayrard & Klein, J. Eur. Math. Soc. 7 (2005) 69, doi:10.4171/JEMS/22.
        """
        return merging(self.generator)

    def transition_matrix(self, t: float) -> Array:
        """Return the probabilities to be in well j at time t after a start in well i, exp(t Q)."""
        from scipy.linalg import expm

        return np.asarray(expm(finite_number(t, "t", low=0.0) * self.generator))

    def table(self) -> str:
        """Return rates, shares of time and merges as text."""
        places = [", ".join(f"{c:.3g}" for c in m) for m in self.minima]
        head = ["well", "at", *(f"to {j}" for j in range(min(self.n, SHOWN))), "stay", "share"]
        lines = [head]
        for i in range(self.n):
            rates = ["-" if i == j else f"{self.generator[i, j]:.4g}" for j in range(min(self.n, SHOWN))]
            lines.append([str(i), places[i], *rates, f"{self.mean_stay[i]:.4g}", f"{self.stationary[i]:.4g}"])
        widths = [max(len(line[k]) for line in lines) for k in range(len(head))]
        text = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines]
        text.insert(1, "-" * max(len(line) for line in text))
        merges = [f"{_group(m.first)} + {_group(m.second)} after {m.time:.4g}" for m in self.hierarchy]
        doubt = "" if self.valid else "NOT VALID: "
        notes = ["merge: " + "; ".join(merges)] if merges else []
        return "\n".join([*text, "", *notes, f"{self.law}; {doubt}{self.reason}"])

    __str__ = table


def _group(wells: tuple[int, ...]) -> str:
    return str(wells[0]) if len(wells) == 1 else "{" + ", ".join(map(str, wells)) + "}"
