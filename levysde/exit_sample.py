"""When and where paths left a domain, and what that says about the law of the exit.

The value holds what happened and nothing that was concluded from it; the estimators are methods that return an
`Estimate`. Arrays handed in are not copied, so ten million paths stay cheap.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from levysde import _store, estimate, survival
from levysde._record import CENSORED, EXITED, NONFINITE, check_ids, frozen_provenance, read_only, same_value
from levysde._types import NDArray
from levysde.domains import Domain
from levysde.estimate import Estimate
from levysde.survival import SurvivalCurve

__all__ = ["ExitSample"]

FloatArray = NDArray[np.float64]
_ARRAYS = ("times", "exit_points", "pre_exit_points", "status", "path_ids")


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class ExitSample:
    """When and where paths first left a domain.

    Paths that had not left when the watch ended, at `t_max`, are censored: they are known to have lasted longer, and
    every estimator takes that into account. Non-finite paths (a scheme that blew up) tell nothing; they are left out
    of every estimate, counted in it, and warned about once.

    Attributes
    ----------
    times : (n,) float array
        First time found outside; where censored the last time found inside, `t_max` or, in a run cut short, the age
        reached; NaN where non-finite.
    exit_points : (n, dim) float array
        First point found outside; NaN where censored.
    pre_exit_points : (n, dim) float array
        The point one step before; the last point where censored.
    status : (n,) int8 array
        0 exited, 1 censored, 2 non-finite.
    path_ids : (n,) int64 array
        Which paths of the root entropy these are, each once.
    dt, t_max : float
        Step, and the time at which the watch ended.
    provenance : mapping
        What the sample came from (entropy, settings, versions), JSON-able and read-only.

    Raises
    ------
    TypeError, ValueError
        Shapes, types, statuses or times that contradict each other.
    """

    times: FloatArray
    exit_points: FloatArray
    pre_exit_points: FloatArray
    status: NDArray[np.int8]
    path_ids: NDArray[np.int64]
    dt: float
    t_max: float
    provenance: Mapping[str, Any]
    _warned: list[bool] = field(default_factory=lambda: [False], init=False)

    def __post_init__(self) -> None:
        n = np.shape(self.times)[0] if np.ndim(self.times) else 0
        dim = np.shape(self.exit_points)[-1] if np.ndim(self.exit_points) else 0
        checked: dict[str, Any] = {
            "times": read_only(self.times, np.float64, (None,), "times"),
            "exit_points": read_only(self.exit_points, np.float64, (n, None), "exit_points"),
            "pre_exit_points": read_only(self.pre_exit_points, np.float64, (n, dim), "pre_exit_points"),
            "status": read_only(self.status, np.int8, (n,), "status"),
            "path_ids": read_only(self.path_ids, np.int64, (n,), "path_ids"),
            "dt": float(self.dt),
            "t_max": float(self.t_max),
            "provenance": frozen_provenance(self.provenance),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if not dim:
            raise ValueError(f"exit_points has shape {self.exit_points.shape}; a point needs at least one coordinate")
        if not (self.dt > 0 and self.t_max > 0):
            raise ValueError(f"dt={self.dt:g} and t_max={self.t_max:g} must both be above zero")
        if n and not (np.min(self.status) >= EXITED and np.max(self.status) <= NONFINITE):
            raise ValueError("status holds other numbers than 0 (exited), 1 (censored) and 2 (non-finite)")
        if not np.array_equal(np.isnan(self.times), self.status == NONFINITE):
            raise ValueError("times must be NaN where the path is non-finite, and nowhere else")
        # fmin and fmax pass over NaN without a warning; a step's rounding may lift the last time above t_max.
        if not (
            np.fmin.reduce(self.times, initial=0.0) == 0.0
            and np.fmax.reduce(self.times, initial=0.0) <= self.t_max * (1 + 1e-9)
            and np.isfinite(self.t_max)
        ):
            raise ValueError(f"times must lie between 0 and t_max={self.t_max:g}, which must be finite")
        check_ids(self.path_ids)

    # Counts ----------------------------------------------------------------------------------------------------------

    @property
    def n_paths(self) -> int:
        """Number of paths, whatever became of them."""
        return self.status.size

    @property
    def dim(self) -> int:
        """Dimension of the state."""
        return int(self.exit_points.shape[1])

    @property
    def n_exited(self) -> int:
        """Number of paths that left before `t_max`."""
        return int(np.count_nonzero(self.status == EXITED))

    @property
    def n_censored(self) -> int:
        """Number of paths still inside at `t_max`."""
        return int(np.count_nonzero(self.status == CENSORED))

    @property
    def n_nonfinite(self) -> int:
        """Number of paths lost to numbers that were not finite."""
        return int(np.count_nonzero(self.status == NONFINITE))

    # What the exits look like ----------------------------------------------------------------------------------------

    def _of(self, values: NDArray[Any], status: int) -> NDArray[Any]:
        mask = self.status == status
        return values if mask.all() else values[mask]

    @property
    def exited_times(self) -> FloatArray:
        """Exit times of the paths that left, (n_exited,)."""
        return self._of(self.times, EXITED)

    @property
    def exited_points(self) -> FloatArray:
        """First points outside of the paths that left, (n_exited, dim): a sample of the exit distribution."""
        return self._of(self.exit_points, EXITED)

    @property
    def last_steps(self) -> FloatArray:
        """The step that led out, exit point minus the point before, (n_exited, dim): the jump, for a jump exit."""
        steps: FloatArray = self._of(self.exit_points, EXITED) - self._of(self.pre_exit_points, EXITED)
        return steps

    def overshoot(self, domain: Domain) -> FloatArray:
        """Distance of every exit point beyond the boundary of `domain`, (n_exited,), in the order of the paths.

        Parameters
        ----------
        domain : Domain
            The domain that was left, as the paths saw it: for a Brownian path watched on a boundary moved inward that
            is `domain.shrink(distance)`.

        Raises
        ------
        TypeError, ValueError
            `domain` is no domain of this dimension, or some exit points lie inside it.
        """
        self._check_domain(domain, "domain")
        points = self.exited_points
        inside = int(np.count_nonzero(domain.contains(points)))
        if inside:
            raise ValueError(
                f"{inside} of {len(points)} exit points lie inside {domain}; give the domain that the paths left "
                "(domain.shrink(distance) where the boundary was moved inward)"
            )
        return np.asarray((~domain).distance(points), dtype=np.float64).reshape(len(points))

    # Estimates -------------------------------------------------------------------------------------------------------

    def mean(self, *, model: Literal["auto", "exponential"] = "auto", level: float = 0.95) -> Estimate:
        """Mean exit time.

        Nothing censored: the plain mean, with Student's interval and no model. Some censored: total time over
        exits, the maximum-likelihood estimate of the exponential law, which metastable exits follow up to their
        relaxation time; the estimate's `method` names that assumption with the p-value of its test. The plain mean
        of a censored sample would be too low.

        Parameters
        ----------
        model : {"auto", "exponential"}
            "exponential" asks for the exponential law outright, also when most paths are censored.
        level : float
            Confidence level of the interval.

        Returns
        -------
        Estimate
            `n` counts the paths it rests on, censored ones included; `bias` is NaN, as a sample does not know its
            step error.

        Raises
        ------
        ValueError
            No path left, or under "auto" fewer than half did: then most of the answer would be the model.
        """
        if model not in ("auto", "exponential"):
            raise ValueError(f'model={model!r} is not known; give "auto" or "exponential"')
        self.warn_nonfinite()
        n_exited, n_censored = self._need_paths(), self.n_censored
        n = n_exited + n_censored
        if n_exited == 0:
            raise ValueError(
                f"none of {n} paths left before t_max={self.t_max:g}, so the mean exit time is unknown; "
                "simulate with a longer t_max, or look at .survival()"
            )
        if model == "auto" and n_censored > n_exited:
            raise ValueError(
                f"only {n_exited} of {n} paths left before t_max={self.t_max:g}: a mean over mostly censored paths "
                f"would be the model's, not the data's; use .restricted_mean({float(np.fmax.reduce(self.times))!r}) or "
                ".survival(), simulate with a longer t_max, or accept the "
                'exponential law with .mean(model="exponential")'
            )
        exited = self.exited_times
        if model == "auto" and n_censored == 0:
            found = estimate.sample_mean(exited, level=level)
        else:
            total = float(np.sum(self.times, where=self.status != NONFINITE))
            found = estimate.exponential_mean(total, n_exited, n, censored=n_censored > 0, level=level)
            test = f", p = {self.exponential_p_value():.2g} for that law" if self._testable(exited) else ""
            found = replace(found, method=f"{found.method} ({n_exited} exited, {n_censored} censored{test})")
        return self._noting_lost(found)

    def restricted_mean(self, t: float, *, level: float = 0.95) -> Estimate:
        """Mean of min(exit time, t) for t <= t_max: no model, and valid however many paths are censored.

        Raises
        ------
        ValueError
            `t` is not positive or lies beyond `t_max` while paths are censored; no finite path.
        """
        self.warn_nonfinite()
        self._need_paths()
        return self._noting_lost(survival.restricted_mean(self.exited_times, self._censored_times, t, level=level))

    def survival(self, *, level: float = 0.95) -> SurvivalCurve:
        """Kaplan-Meier curve of the probability to be inside still, with a pointwise band.

        Raises
        ------
        ValueError
            No finite path, or `level` outside (0, 1).
        """
        self.warn_nonfinite()
        self._need_paths()
        return survival.kaplan_meier(self.exited_times, self._censored_times, level=level)

    def exponential_p_value(self) -> float:
        """P-value of the hypothesis that exit times are exponential, censored or not; see `survival`'s function.

        A large sample finds the relaxation at the start that no real exit law is free of: a small p-value says that
        the law is not exact, not that its mean is far off.

        Raises
        ------
        ValueError
            Fewer than three exits, or all of them in the first step.
        """
        self.warn_nonfinite()
        return survival.exponential_p_value(self.exited_times, self._censored_times, resolution=self.dt)

    def exit_probability(self, region: Domain, *, level: float = 0.95) -> Estimate:
        """Probability that the exit point lies in `region`, with Wilson's interval.

        Sides in one dimension are regions too: `Interval(b, math.inf)` is the right of b, in any dimension
        `HalfSpace(normal, offset)` is {x: normal.x < offset}. Regions are open: an exit exactly on the boundary of
        one does not count.

        With censored paths this is the probability *given an exit before t_max*; it is that of all exits where exit
        time and exit point are independent, as they are in the metastable limit.

        Raises
        ------
        TypeError, ValueError
            `region` is no domain of this dimension; no path left.
        """
        self._check_domain(region, "region")
        self.warn_nonfinite()
        points = self.exited_points
        if len(points) == 0:
            raise ValueError(f"no path left before t_max={self.t_max:g}, so there is no exit point; watch for longer")
        found = estimate.proportion(int(np.count_nonzero(region.contains(points))), len(points), level=level)
        if n_censored := self.n_censored:
            given = f"given an exit before t_max={self.t_max:g} ({n_censored} censored)"
            found = replace(found, method=f"{found.method}, {given}")
        return self._noting_lost(found)

    # Trouble ---------------------------------------------------------------------------------------------------------

    def warn_nonfinite(self) -> None:
        """Warn about non-finite paths, with counts and advice, the first time this sample is asked."""
        if self._warned[0] or not (lost := self.n_nonfinite):
            return
        self._warned[0] = True
        warnings.warn(_lost_message(lost, self.n_paths, self.dt, self.provenance), RuntimeWarning, stacklevel=3)

    def _noting_lost(self, found: Estimate) -> Estimate:
        lost = self.n_nonfinite
        return replace(found, method=f"{found.method}; {lost} non-finite paths left out") if lost else found

    @property
    def _censored_times(self) -> FloatArray:
        return self._of(self.times, CENSORED)

    def _testable(self, exited: FloatArray) -> bool:
        return exited.size >= 3 and bool(np.max(exited) >= 1.5 * self.dt)

    def _need_paths(self) -> int:
        if self.n_nonfinite == self.n_paths:
            raise ValueError(f"none of {self.n_paths} paths is finite, so nothing can be estimated; simulate again")
        return self.n_exited

    def _check_domain(self, domain: Any, name: str) -> None:
        if not isinstance(domain, Domain):
            raise TypeError(f"{name}={domain!r} is not a domain; give one such as Interval(a, b) or HalfSpace(...)")
        if domain.dim != self.dim:
            raise ValueError(
                f"{name} has dimension {domain.dim}, the sample {self.dim}; give one of dimension {self.dim}"
            )

    # Being a value ---------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the sample bit for bit; returns the path, to which `.npz` is appended if it is missing.

        An existing file is replaced only once the new one is complete.

        Raises
        ------
        OSError
            The file cannot be written (no such folder, disk full); what was there before is untouched.
        """
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        arrays |= {"dt": np.float64(self.dt), "t_max": np.float64(self.t_max)}
        return _store.write_archive(path, "ExitSample", arrays, dict(self.provenance))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ExitSample):
            return NotImplemented
        return same_value(self, other, _ARRAYS, ("dt", "t_max"))

    def __reduce__(self) -> tuple[Any, ...]:
        arrays = tuple(getattr(self, name) for name in _ARRAYS)
        return ExitSample, (*arrays, self.dt, self.t_max, dict(self.provenance))

    def __repr__(self) -> str:
        return (
            f"ExitSample: {self.n_paths} paths in {self.dim} dimension{'s'[: self.dim != 1]}, "
            f"dt = {self.dt:.6g}, t_max = {self.t_max:.6g}\n"
            f"  exited {self.n_exited}, censored {self.n_censored}, non-finite {self.n_nonfinite}"
        )


def _lost_message(lost: int, n: int, dt: float, provenance: Mapping[str, Any]) -> str:
    settings = provenance.get("settings")
    scheme = str(settings.get("scheme", "")) if isinstance(settings, dict) else ""
    # Euler is the usual culprit: its step overshoots a steep wall after a large jump, and the next one overshoots more.
    cause = f"{scheme or 'the scheme'} with dt={dt:g} did not survive a large jump into a steep wall"
    advice = "use a smaller dt or bound the landscape's force" if "Splitting" in scheme else "use Splitting()"
    return f"{lost} of {n} paths became non-finite and are left out of every estimate: {cause}; {advice}"
