"""What a comparison of SGD with its SDE found: `ExitMatch`, as a table, a verdict and plain numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from levysde import estimate
from levysde.domains import Ball, Interval
from levysde.estimate import Estimate, Prediction
from levysde.results import ExitSample
from levysde.sde import SDE
from levysde.sgd.line import Line
from levysde.sgd.line_noise import LineNoise
from levysde.sgd.plane import Plane
from levysde.sgd.plane_noise import PlaneNoise

FEWEST = 20  # exits of both below which nothing is decided
CLEAR = 3.0  # errors between SGD and an SDE that count as a disagreement
FEW_CENSORED, LONG = 0.01, 0.1  # chains inside at the end, and a share of the mean, from which steps are called long


@dataclass(frozen=True, eq=False)
class Side:
    """One of the compared: SGD, or an SDE watched at steps of eta.

    Attributes
    ----------
    name : what it is
    sample : ExitSample
    iterations : Estimate
        Mean number of iterations to the exit, or of the smaller of that and the horizon where some chain of any side
        was still inside.
    share : Estimate
        Share of the exits that go one way: on a line to the right, on a plane along the main axis of the noise (they
        are nearer to it than to the other axis).
    by_noise : tuple of float
        What the errors of the estimated noise make of iterations and share; 0 for SGD.
    """

    name: str
    sample: ExitSample
    iterations: Estimate
    share: Estimate
    by_noise: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, eq=False)
class ExitMatch:
    """Exits of SGD on a line or a plane beside those of its SDE.

    Attributes
    ----------
    line, domain, eta : the problem; a plane is turned into the axes of its noise, with its origin at the minimum
    noise : LineNoise or PlaneNoise
    sde : SDE
        With the noise of the minimum everywhere.
    sgd : Side
    constant : Side
        `sde` by Euler's scheme with the step eta: SGD with its gradient noise replaced by the law estimated at the
        minimum, and by nothing else.
    varying : Side
        The same with the scale of the noise as it varies, sigma(w).
    continuous : Prediction
        Mean exit of `sde` in continuous time, over eta: what the SDE says that SGD is said to approximate. On a plane
        it is not solved.
    entropy : int
    """

    line: Line | Plane
    domain: Interval | Ball
    eta: float
    noise: LineNoise | PlaneNoise
    sde: SDE
    sgd: Side
    constant: Side
    varying: Side
    continuous: Prediction
    entropy: int

    def ratio(self, side: Side) -> Estimate:
        """Return the iterations of a side over those of SGD; the error counts that of the estimated noise."""
        return _ratio(side, self.sgd)

    def errors_apart(self, side: Side) -> tuple[float, float]:
        """Return by how many errors a side differs from SGD, in iterations and in the share that goes one way."""
        of_sgd, found = self.sgd, side
        spread = math.hypot(found.iterations.standard_error, of_sgd.iterations.standard_error, found.by_noise[0])
        by_time = (found.iterations.value - of_sgd.iterations.value) / spread if spread > 0 else math.nan
        # at a share of 0 or 1 the error by itself would be 0
        variances = [(p := _drawn_in(s.share)) * (1 - p) / max(s.share.n, 1) for s in (found, of_sgd)]
        by_side = (found.share.value - of_sgd.share.value) / math.hypot(math.sqrt(sum(variances)), found.by_noise[1])
        return by_time, by_side

    def agrees(self, side: Side) -> bool:
        """Whether a side differs from SGD by less than 3 errors in both; without exits of it there is no share."""
        return not any(abs(z) >= CLEAR for z in self.errors_apart(side))

    @property
    def verdict(self) -> str:
        """What the numbers support, in a sentence or two."""
        lost = self.sgd.sample.n_nonfinite
        if lost:
            return f"{lost} of {self.sgd.sample.n_paths} chains of SGD diverged: nothing can be compared"
        most = max(self.sgd.sample.n_exited, self.constant.sample.n_exited)
        if most < FEWEST:
            return f"undecided: at most {most} exits within {self._horizon} iterations; watch for longer or raise eta"
        if self.agrees(self.constant):
            text = f"the SDE agrees with SGD (iterations x {self.ratio(self.constant)})"
        else:
            text = f"the SDE does not agree with SGD: {self._apart(self.constant)}"
            if self.agrees(self.varying):
                text += f". With sigma(w) it does (iterations x {self.ratio(self.varying)})"
            else:
                text += f", and sigma(w) does not mend it: {self._apart(self.varying)}"
        if self.continuous.valid:
            factor = self.continuous.value / self.constant.iterations.value
            watched = self.constant.sample.n_censored < FEW_CENSORED * self.constant.sample.n_paths
            if watched and abs(factor - 1) > LONG:
                text += (
                    f". Steps of eta are long: in continuous time the SDE takes {factor:.2f} times that of its chain"
                )
        return text

    def table(self) -> str:
        """Return noise, exits side by side and the verdict as text."""
        head = "iterations to exit" if not self._censored else f"iterations, at most {self._horizon}"
        n = self.sgd.sample.n_paths
        rows = [("", head, "over SGD", self._way, "errors apart")]
        for side in (self.sgd, self.constant, self.varying):
            beside = ("", "")
            if side is not self.sgd:
                beside = (str(self.ratio(side)), "{:+.1f}, {:+.1f}".format(*self.errors_apart(side)))
            rows.append((side.name, str(side.iterations), beside[0], str(side.share), beside[1]))
        if not isinstance(self.line, Plane):
            solved = f"{self.continuous.value:.5g}" if self.continuous.valid else "not resolved"
            rows.append(("SDE, continuous time", solved, "", "", ""))
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        lines = ["  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join(
            [
                f"exits from s = {self.noise.place} out of {self.domain}{self._frame}, eta = {self.eta:g}, {n} chains",
                f"gradient noise there: {self.noise}",
                f"  {self.noise.report.verdict}",
                "",
                *lines,
                "",
                self.verdict,
            ]
        )

    def __str__(self) -> str:
        return self.table()

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, for JSON."""
        sides = {"sgd": self.sgd, "constant": self.constant, "varying": self.varying}
        return {
            "verdict": self.verdict,
            "eta": self.eta,
            "domain": repr(self.domain),
            "continuous": self.continuous.value,
            "entropy": str(self.entropy),
            **self.noise.to_dict(),
        } | {
            name: {
                "iterations": [side.iterations.value, side.iterations.standard_error, side.by_noise[0]],
                self._way: [side.share.value, side.share.standard_error, side.by_noise[1]],
                "exited": side.sample.n_exited,
                "censored": side.sample.n_censored,
            }
            for name, side in sides.items()
        }

    @property
    def _way(self) -> str:
        return "along the main axis" if isinstance(self.line, Plane) else "to the right"

    @property
    def _frame(self) -> str:
        return " from there along the axes of the noise" if isinstance(self.line, Plane) else ""

    @property
    def _censored(self) -> bool:
        return any(side.sample.n_censored for side in (self.sgd, self.constant, self.varying))

    @property
    def _horizon(self) -> int:
        return round(self.sgd.sample.t_max / self.eta)

    def _apart(self, side: Side) -> str:
        by_time, by_side = self.errors_apart(side)
        parts = []
        if abs(by_time) >= CLEAR:
            parts.append(f"iterations x {self.ratio(side)}, {abs(by_time):.1f} errors")
        if abs(by_side) >= CLEAR:
            shares = f"{side.share.value:.3f} of the exits {self._way}, SGD {self.sgd.share.value:.3f}"
            parts.append(f"{shares}, {abs(by_side):.1f} errors")
        return " and ".join(parts)


def side_of(
    name: str, sample: ExitSample, domain: Interval | Ball, eta: float, by_noise: tuple[float, float] = (0.0, 0.0)
) -> Side:
    """Return iterations and shares of a sample; `by_noise` as for `Side`."""
    if sample.n_nonfinite == sample.n_paths:
        nothing = Estimate(math.nan, math.nan, math.nan, (math.nan, math.nan), 0, "all diverged")
        return Side(name, sample, nothing, nothing, by_noise)
    time = sample.restricted_mean(sample.t_max)
    low, high = time.interval
    iterations = replace(
        time, value=time.value / eta, standard_error=time.standard_error / eta, interval=(low / eta, high / eta)
    )
    n = sample.n_exited
    points = sample.exited_points
    one_way = points >= domain.b if isinstance(domain, Interval) else np.abs(points[:, 0]) > np.abs(points[:, 1])
    share = (
        estimate.proportion(int(np.count_nonzero(one_way)), n)
        if n
        else Estimate(math.nan, math.nan, math.nan, (0.0, 1.0), 0, "no exit")
    )
    return Side(name, sample, iterations, share, by_noise)


def _ratio(side: Side, sgd: Side) -> Estimate:
    value = side.iterations.value / sgd.iterations.value
    own = math.hypot(side.iterations.standard_error, side.by_noise[0]) / side.iterations.value
    error = value * math.hypot(own, sgd.iterations.relative_error)
    interval = (value - 1.959964 * error, value + 1.959964 * error)
    return Estimate(value, error, math.nan, interval, sgd.iterations.n, "ratio of mean iterations")


def _drawn_in(share: Estimate) -> float:
    """Return the share with two exits of either side added."""
    return (share.value * share.n + 2) / (share.n + 4)
