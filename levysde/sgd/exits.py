"""Does SGD leave a minimum as the SDE says that was built for it? Both from the same minimum, with their errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from levysde import defaults, dirichlet
from levysde._streams import RNG, entropy_of
from levysde._validate import count, positive
from levysde.domains import Interval
from levysde.estimate import Prediction
from levysde.exits import first_exit, long_steps_meant
from levysde.results import ExitSample
from levysde.schemes import EulerMaruyama
from levysde.sde import SDE
from levysde.sgd.exit_match import ExitMatch, side_of
from levysde.sgd.line import Line
from levysde.sgd.line_noise import LineNoise, noise_on_line
from levysde.sgd.matching import matching_sde
from levysde.sgd.networks import FloatArray
from levysde.sgd.projected import projected_exits

MEANS, LONGEST = 8.0, 50_000  # horizon in mean exit times of the SDE, and in steps
PATHS = 10  # of an SDE for each chain of SGD


def match_exits(
    line: Line,
    minimum: int = 0,
    *,
    eta: float,
    n_chains: int = 500,
    domain: Interval | None = None,
    noise: LineNoise | None = None,
    max_steps: int | None = None,
    rng: RNG = None,
    progress: Callable[[int, int], object] | None = None,
) -> ExitMatch:
    r"""Compare how SGD on a line leaves a minimum with what its SDE says.

    The drift is that of the loss along the line; the noise is estimated at the minimum (`noise_on_line`) and put into
    `matching_sde`. Beside SGD itself stand Euler's chain of the SDE with the step eta, which differs from SGD in the
    law of the noise alone, the same with the scale sigma(w) as it varies along the line, and the SDE in continuous
    time, solved. Their differences say which of the steps from SGD to the SDE does not hold, and by how much.

    Parameters
    ----------
    line : Line
    minimum : which one of `line.landscape.minima`; SGD and SDE start there
    eta : step size (learning rate)
    n_chains : chains of SGD; an SDE gets ten times as many paths
    domain : Interval, optional
        What is to be left; None for the measured part of the basin, `line.basin(minimum)`.
    noise : LineNoise, optional
        None estimates it.
    max_steps : iterations after which chains are given up; None for 8 mean exit times of the SDE, at most 50000
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
    is counted as one common factor, which is more than it is.

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
    if not isinstance(line, Line):
        raise TypeError(f"line={line!r} is no Line; give line_through(...), network_line(...) or Line(...)")
    eta, n_chains = positive(eta, "eta"), count(n_chains, "n_chains")
    domain = line.basin(minimum) if domain is None else domain
    entropy = entropy_of(rng)
    seeds = np.random.SeedSequence(entropy).spawn(3)
    if noise is None:
        noise = noise_on_line(line, minimum, domain=domain, rng=seeds[0])
    sde = matching_sde(line.landscape, eta=eta, sigma=noise.sigma.value, alpha=_index(noise))
    solved = _solved(sde, noise.at, domain)
    steps = _steps(sde, noise.at, domain, eta, solved) if max_steps is None else count(max_steps, "max_steps")
    sgd = projected_exits(
        line, noise.at, domain, eta=eta, n_chains=n_chains, max_steps=steps, rng=seeds[1], progress=progress
    )

    def watch(question: SDE) -> ExitSample:
        with long_steps_meant():  # the step is that of SGD
            return first_exit(
                question,
                noise.at,
                domain,
                n_paths=PATHS * n_chains,
                dt=eta,
                t_max=steps * eta,
                scheme=EulerMaruyama(),
                rng=int(seeds[2].generate_state(1, np.uint64)[0]),
            )

    def moved(coefficient: Any, extra: float) -> Iterator[tuple[FloatArray, FloatArray]]:
        for shift in _shifts(noise, extra):
            yield tuple(  # type: ignore[misc]
                _numbers(watch(replace(_built(line, noise, eta, sign * shift), coefficient=coefficient)), domain, eta)
                for sign in (1.0, -1.0)
            )

    sides = []
    relative = float(np.sqrt(np.mean((noise.profile_error / noise.profile) ** 2)))
    for name, coefficient, extra in (
        ("SDE, sigma of the minimum", None, 0.0),
        ("SDE, sigma(w)", noise.coefficient, relative),
    ):
        sample = watch(replace(sde, coefficient=coefficient))
        halves = [(up - down) / 2 for up, down in moved(coefficient, extra)]
        by_noise = np.sqrt(np.sum(np.square(halves), axis=0))
        sides.append(side_of(name, sample, domain, eta, (float(by_noise[0]), float(by_noise[1]))))
    first = side_of("SGD on the line", sgd, domain, eta)
    over = replace(solved, value=solved.value / eta, error=solved.error / eta)
    return ExitMatch(line, domain, eta, noise, sde, first, sides[0], sides[1], over, entropy)


def _index(noise: LineNoise) -> float | None:
    return None if noise.alpha is None else noise.alpha.value


def _shifts(noise: LineNoise, extra: float) -> Iterator[FloatArray]:
    """Yield shifts of (alpha, log sigma) by one error along independent directions."""
    scale = noise.sigma.value
    covariance = noise.covariance / np.array([[1.0, scale], [scale, scale**2]])
    values, vectors = np.linalg.eigh(covariance)
    for value, vector in zip(values, vectors.T, strict=True):
        if value > 0:
            yield math.sqrt(value) * vector
    if extra > 0:
        yield np.array([0.0, extra])


def _built(line: Line, noise: LineNoise, eta: float, shift: FloatArray) -> SDE:
    alpha = _index(noise)
    index = None if alpha is None else min(alpha + float(shift[0]), 2.0)
    return matching_sde(line.landscape, eta=eta, sigma=noise.sigma.value * math.exp(shift[1]), alpha=index)


def _solved(sde: SDE, at: float, domain: Interval) -> Prediction:
    try:
        return dirichlet.mean_exit_time(sde, at, domain)
    except ValueError as error:
        return Prediction(math.nan, math.nan, "exit problem: mean time", False, str(error))


def _steps(sde: SDE, at: float, domain: Interval, eta: float, solved: Prediction) -> int:
    known = solved.valid and math.isfinite(solved.value)
    horizon = MEANS * solved.value if known else defaults.choose_horizon(sde, domain, np.array([[at]]), eta)
    return int(min(max(math.ceil(horizon / eta), 100), LONGEST))


def _numbers(sample: ExitSample, domain: Interval, eta: float) -> FloatArray:
    side = side_of("", sample, domain, eta)
    return np.array([side.iterations.value, side.right.value])
