"""Paths with several steps on the same noise: the question checked, the paths simulated, the lost ones counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from levysde import defaults
from levysde._provenance import provenance, start_record
from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_array, points, positive
from levysde.domains import Domain
from levysde.engine.coupled import CoupledTask, simulate_coupled
from levysde.engine.pool import Progress, Workers, check_progress, check_workers
from levysde.exits import check_fit, check_scheme, count_paths
from levysde.schemes.base import Scheme
from levysde.sde import SDE

FloatArray = NDArray[np.float64]

REFINE = 16  # default: the reference's step is the smallest one divided by this


@dataclass(frozen=True)
class Ends:
    """Where the paths are at time t: the reference, and the paths of every step."""

    sde: SDE
    scheme: Scheme
    reference: Scheme
    t: float
    dts: FloatArray  # the largest first
    reference_dt: float
    fine: FloatArray  # (n, dim)
    coarse: FloatArray  # (k, n, dim)
    provenance: dict[str, Any]

    @property
    def n(self) -> int:
        """Number of paths."""
        return len(self.fine)

    @property
    def lost(self) -> FloatArray:
        """Share of the paths that became non-finite, by step."""
        return np.asarray(1 - np.isfinite(self.coarse).all(axis=2).mean(axis=1))

    @property
    def itself(self) -> bool:
        """Whether the reference is the scheme itself."""
        return self.reference == self.scheme

    def described(self) -> str:
        """Return what the reference is, in words."""
        name = "itself" if self.itself else repr(self.reference)
        return f"{name} with dt = {self.reference_dt:.4g} on the same noise at t = {self.t:g}"


def simulate_ends(
    sde: SDE,
    x0: ArrayLike,
    *,
    t: float,
    dts: ArrayLike,
    scheme: Scheme | None,
    reference_scheme: Scheme | None,
    n_paths: int,
    refine: int,
    rng: RNG,
    workers: Workers,
    progress: Progress,
) -> Ends:
    """Simulate coupled paths up to t; errors as told in `strong_error`."""
    start = check_start(sde, x0)
    n_paths, workers, progress = count_paths(n_paths, start), check_workers(workers), check_progress(progress)
    if n_paths < 2:
        raise ValueError("n_paths=1 gives no standard error; take at least 2, better a thousand")
    t = positive(t, "t")
    steps, reference_dt, ratios, last = nested(dts, t, count(refine, "refine", minimum=2))
    scheme = check_scheme(scheme) or defaults.choose_scheme(sde, float(steps[0]))
    reference = check_scheme(reference_scheme) or scheme
    check_couples(scheme, reference, sde)
    entropy = entropy_of(rng)
    task = CoupledTask(sde, scheme, reference, reference_dt, ratios, last, start, entropy, 0, n_paths)
    ends, cut_short = simulate_coupled(task, workers=workers, progress=progress)
    if ends.shape[1] < 2:
        raise KeyboardInterrupt  # nothing is finished from which an error could be computed
    settings = {
        "sde": repr(sde),
        "x0": start_record(start),
        "scheme": repr(scheme),
        "reference": repr(reference),
        "dts": steps.tolist(),
        "reference_dt": reference_dt,
        "t": t,
    }
    origin = provenance(entropy=entropy, cut_short=cut_short, settings=settings, rules={})
    return Ends(sde, scheme, reference, t, steps, reference_dt, ends[0], ends[1:], origin)


def check_start(sde: SDE, x0: ArrayLike) -> FloatArray:
    """Return the start as (n, dim), or say what is wrong with (sde, x0)."""
    if not isinstance(sde, SDE):
        raise TypeError(f"sde is a {type(sde).__name__}; pass an SDE(landscape, noise, epsilon) first")
    if isinstance(x0, Domain):
        raise TypeError(f"x0 is a domain ({x0!r}); the order is (sde, x0), and no domain is needed")
    return points(x0, sde.dim, "x0")


def check_couples(scheme: Scheme, reference: Scheme, sde: SDE) -> None:
    """Raise a ValueError unless both schemes fit and can be driven by the same noise."""
    for one in dict.fromkeys((scheme, reference)):
        check_fit(one, sde)
        if type(one).increments is not Scheme.increments and one.loop == "steps":
            raise ValueError(
                f"{one!r} draws the noise of a whole step by a law of its own, which is not the sum of shorter "
                "increments: its paths cannot be coupled; compare means with weak_error(exact=...) or exit_bias"
            )
    if "events" in (scheme.loop, reference.loop) and scheme != reference:
        raise ValueError(
            f"{scheme!r} and {reference!r} do not have their noise in common, since one draws jumps and the other "
            "increments; measure each against itself, or compare means with weak_error(exact=...)"
        )


def nested(dts: ArrayLike, t: float, refine: int) -> tuple[FloatArray, float, tuple[int, ...], int]:
    """Return the steps (largest first), the reference's step, the steps in its units, and t in its units.

    Raises
    ------
    TypeError, ValueError
        Fewer than two different steps, steps that do not divide t or are no multiples of the reference's.
    """
    given = check_steps(dts)
    reference_dt = float(given[-1]) / refine
    ratios, last = given / reference_dt, t / reference_dt
    whole, whole_last = np.rint(ratios), round(last)
    if np.any(np.abs(ratios / whole - 1) > 1e-9):
        raise ValueError(
            f"dts={given.tolist()} are no multiples of {reference_dt:g}, the smallest divided by refine={refine}; "
            "take steps of which each is a whole multiple of the next, such as 0.1, 0.05, 0.025"
        )
    for dt, ratio in zip(given, whole, strict=True):
        if abs(last / whole_last - 1) > 1e-9 or whole_last % ratio:
            raise ValueError(f"dt={dt:g} does not divide t={t:g}; take steps such as t/8, t/16, t/32")
    return given, reference_dt, tuple(int(ratio) for ratio in whole), whole_last


def check_steps(dts: ArrayLike) -> FloatArray:
    """Return the steps, the largest first; errors as in `nested`."""
    given = finite_array(dts, "dts")
    if given.ndim != 1 or given.size < 2:
        raise ValueError(f"dts has shape {given.shape}; give two steps or more, such as [0.1, 0.05, 0.025]")
    if not np.all(given > 0):
        raise ValueError(f"dts={given.tolist()} holds a step that is not above zero; give positive steps")
    if np.unique(given).size < given.size:
        raise ValueError(f"dts={given.tolist()} holds a step twice; give each once")
    return np.sort(given)[::-1]


def declared_order(orders: Any, sde: SDE) -> float:
    """Return the order that a scheme declares for this noise, the lowest of its kinds; NaN if it tells none."""
    noise = sde.driving_noise
    gaussian = "Brownian" if sde.coefficient is None else "multiplicative"
    kinds = [gaussian] * (noise.variance_rate > 0) + ["stable"] * noise.has_jumps
    return float(min((orders.get(kind, np.nan) for kind in kinds), default=np.nan))
