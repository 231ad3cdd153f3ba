"""Does SGD leave a minimum as the SDE says that was built for it? Both from the same minimum, with their errors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from levysde import defaults, dirichlet
from levysde._streams import RNG, entropy_of
from levysde._validate import count, positive
from levysde.domains import Ball, Interval
from levysde.estimate import Prediction
from levysde.exits import first_exit, long_steps_meant
from levysde.results import ExitSample
from levysde.schemes import EulerMaruyama
from levysde.sde import SDE
from levysde.sgd.exit_match import ExitMatch, side_of
from levysde.sgd.line import Line
from levysde.sgd.line_noise import LineNoise, noise_on_line
from levysde.sgd.networks import FloatArray
from levysde.sgd.plane import Plane
from levysde.sgd.plane_noise import PlaneNoise, noise_on_plane
from levysde.sgd.projected import check_domain, projected_exits
from levysde.sgd.surface import turn

MEANS, LONGEST = 8.0, 50_000  # horizon in mean exit times of the SDE, and in steps
PILOT = 200  # paths that say how long chains on a plane are watched
NOT_SOLVED = Prediction(math.nan, math.nan, "exit problem: mean time", False, "solved in one dimension only")
PATHS = 10  # of an SDE for each chain of SGD


def match_exits(
    line: Line | Plane,
    minimum: int = 0,
    *,
    eta: float,
    n_chains: int = 500,
    domain: Interval | Ball | None = None,
    noise: LineNoise | PlaneNoise | None = None,
    max_steps: int | None = None,
    rng: RNG = None,
    progress: Callable[[int, int], object] | None = None,
) -> ExitMatch:
    r"""Compare how SGD on a line, or on a plane, leaves a minimum with what its SDE says.

    The drift is that of the loss along the line; the noise is estimated at the minimum (`noise_on_line`,
    `noise_on_plane`) and put into `matching_sde`. Beside SGD itself stand Euler's chain of the SDE with the step eta,
    which differs from SGD in the law of the noise alone, the same with the scale sigma(w) as it varies, and, on a line,
    the SDE in continuous time, solved. Their differences say which of the steps from SGD to the SDE does not hold, and
    by how much.

    Parameters
    ----------
    line : Line or Plane
    minimum : which one of `line.landscape.minima`; SGD and SDE start there
    eta : step size (learning rate)
    n_chains : chains of SGD; an SDE gets ten times as many paths
    domain : Interval, or on a plane Ball, optional
        What is to be left; None for the measured part of the basin, `line.basin(minimum)`, or for a disc around the
        minimum, `plane.around(minimum)`.
    noise : LineNoise or PlaneNoise, optional
        None estimates it.
    max_steps : iterations after which chains are given up; None for 8 mean exit times of the SDE (on a plane 8 of its
        chain, by a short run), at most 50000
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`
    progress : called with (chains done, n_chains)

    Returns
    -------
    ExitMatch

    Raises
    ------
    ValueError, TypeError
        Numbers outside their range, gradients that do not vary, a domain that does not hold the minimum.

    Notes
    -----
    The error of an SDE's exit counts that of the estimated alpha and sigma: the SDE is run again with both moved by one
    error each way along the axes of their covariance, with the same random numbers. The error of the profile sigma(w)
    is counted as one common factor, which is more than it is; that of the axes on a plane is not counted.

    References
    ----------
    Nguyen, Şimşekli, Gürbüzbalaban and Richard, NeurIPS 2019, arXiv:1906.09069 (exits of SGD and of the SDE).

    Examples
    --------
    >>> import levysde as ls
    >>> well = ls.DoubleWell()
    >>> def slopes(s, generator):
    ...     return well.gradient(s) + 0.8 * ls.stable.rvs(1.5, size=len(s), rng=generator)
    >>> found = ls.sgd.match_exits(ls.sgd.Line(well, slopes), eta=0.1, n_chains=200, rng=2)
    >>> found.agrees(found.constant)
    True
    """
    if not isinstance(line, (Line, Plane)):
        raise TypeError(f"line={line!r} is no Line or Plane; give line_through(...), plane_through(...) or the like")
    eta, n_chains = positive(eta, "eta"), count(n_chains, "n_chains")
    entropy = entropy_of(rng)
    seeds = np.random.SeedSequence(entropy).spawn(3)
    line, domain, noise, start = _prepared(line, minimum, domain, noise, seeds[0])
    sde = noise.matching(line.landscape, eta, varying=False)

    def watch(question: SDE, n_paths: int, steps: int) -> ExitSample:
        with long_steps_meant():  # the step is that of SGD
            return first_exit(
                question,
                start,
                domain,
                n_paths=n_paths,
                dt=eta,
                t_max=steps * eta,
                scheme=EulerMaruyama(),
                rng=int(seeds[2].generate_state(1, np.uint64)[0]),
            )

    solved = NOT_SOLVED if isinstance(line, Plane) else _solved(sde, start, domain)
    if max_steps is not None:
        steps = count(max_steps, "max_steps")
    elif isinstance(line, Plane):
        pilot = watch(sde, PILOT, LONGEST).restricted_mean(LONGEST * eta).value
        steps = _steps(MEANS * pilot, eta)
    else:
        steps = _steps(_horizon(sde, start, domain, eta, solved), eta)
    sgd = projected_exits(
        line, start, domain, eta=eta, n_chains=n_chains, max_steps=steps, rng=seeds[1], progress=progress
    )
    sides = []
    for name, varying in (("SDE, sigma of the minimum", False), ("SDE, sigma(w)", True)):

        def numbers(shift: FloatArray, varying: bool = varying) -> FloatArray:
            question = noise.matching(line.landscape, eta, varying=varying, shift=shift)
            return _numbers(watch(question, PATHS * n_chains, steps), domain, eta)

        halves = [(numbers(shift) - numbers(-shift)) / 2 for shift in noise.shifts(varying=varying)]
        by_noise = np.sqrt(np.sum(np.square(halves), axis=0)) if halves else np.zeros(2)
        sample = watch(noise.matching(line.landscape, eta, varying=varying), PATHS * n_chains, steps)
        sides.append(side_of(name, sample, domain, eta, (float(by_noise[0]), float(by_noise[1]))))
    first = side_of(f"SGD on the {type(line).__name__.lower()}", sgd, domain, eta)
    over = replace(solved, value=solved.value / eta, error=solved.error / eta)
    return ExitMatch(line, domain, eta, noise, sde, first, sides[0], sides[1], over, entropy)


def _prepared(line: Any, minimum: int, domain: Any, noise: Any, seed: Any) -> tuple[Any, Any, Any, Any]:
    """Return the problem, a plane in the axes of its noise, and where everything starts."""
    if isinstance(line, Line):
        domain = line.basin(minimum) if domain is None else domain
        noise = noise_on_line(line, minimum, domain=domain, rng=seed) if noise is None else noise
        return line, domain, noise, noise.at
    domain = line.around(minimum) if domain is None else domain
    check_domain(line, domain)
    noise = noise_on_plane(line, minimum, domain=domain, rng=seed) if noise is None else noise
    centre = (np.asarray(domain.center) - noise.at) @ turn(noise.angle)
    return line.turned(noise.at, noise.angle), Ball(centre, domain.radius), noise, np.zeros(2)


def _solved(sde: SDE, at: float, domain: Any) -> Prediction:
    try:
        return dirichlet.mean_exit_time(sde, at, domain)
    except ValueError as error:
        return Prediction(math.nan, math.nan, "exit problem: mean time", False, str(error))


def _horizon(sde: SDE, at: float, domain: Any, eta: float, solved: Prediction) -> float:
    known = solved.valid and math.isfinite(solved.value)
    return MEANS * solved.value if known else defaults.choose_horizon(sde, domain, np.array([[at]]), eta)


def _steps(horizon: float, eta: float) -> int:
    return int(min(max(math.ceil(horizon / eta), 100), LONGEST))


def _numbers(sample: ExitSample, domain: Interval | Ball, eta: float) -> FloatArray:
    side = side_of("", sample, domain, eta)
    return np.array([side.iterations.value, side.share.value])
