"""`verify`: every law of metastability, by theory, by the equation of the generator, and by simulation."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from levysde import theory as own_theory
from levysde._provenance import provenance
from levysde._streams import RNG, entropy_of
from levysde._validate import finite_number, positive
from levysde.compare import default_landscape, default_noises
from levysde.engine.pool import Workers, check_workers
from levysde.landscapes import Landscape
from levysde.verification.registry import LAWS, Law
from levysde.verification.result import Report, Verification
from levysde.verification.setting import FULL, QUICK, LeftOutError, Setting, Theory
from levysde.verification.verdict import left_out

DEFAULT_ALPHA = 1.5
DEFAULT_EPSILON = 0.05  # of the default landscape
EFFORTS = {"quick": QUICK, "full": FULL}

Told = Callable[[str, int, int], object]  # law, number, of how many


def verify(
    landscape: Landscape | None = None,
    *,
    alpha: float = DEFAULT_ALPHA,
    epsilon: float | None = None,
    effort: str = "quick",
    laws: Sequence[str] | None = None,
    theory: Theory = own_theory.mean_exit_time,
    rng: RNG = None,
    workers: Workers = 1,
    progress: Told | None = None,
) -> Verification:
    """Check the laws of metastability on a landscape: predicted, solved and simulated numbers side by side.

    ============  ===================================================================================================
    noise         log E tau against log(1/epsilon): slope alpha, for every well
    width         log E tau against log width: slope alpha, for one well stretched and between the wells
    height        log E tau against barrier height: slope 0 under stable, 2 / s^2 under Brownian noise
    directions    the rate of leaving a ball is proportional to the dimension (independent components)
    occupancy     shares of time follow from the widths; odds of two wells grow like (width ratio)^alpha
    exponential   exit times are exponential
    exit side     odds of the sides are (distance ratio)^-alpha
    tempered      tempered jumps leave the power law
    near two      as alpha tends to 2 at fixed noise, E tau tends to its Brownian value
    mixed         as Brownian and stable noise fall together, jumps take over
    ============  ===================================================================================================

    A law *fails* where simulation and deterministic value differ by five standard errors (plus the known errors of
    both), or where the deterministic values tend to something else than the law as the noise falls. How far off a law
    is at the chosen noise, and with what exponent that falls, is said in a sentence: it comes from the deterministic
    values at several noises and from nothing else.

    Parameters
    ----------
    landscape : one-dimensional, with two or more minima; None takes a narrow deep well beside a wide shallow one
    alpha : index of the stable noise, in [0.5, 1.95]
    epsilon : amplitude of the noise; None chooses it by the widths of the wells. Laws that need paths to be followed to
        their exits use a larger one where exits are too rare, and say which
    effort : "quick" (under a minute on the default landscape) or "full" (minutes; simulated numbers to half a per
        cent). A table of hundreds of points takes minutes too: the exit problem is solved with a mesh of all its joints
    laws : names from the table; None takes all
    theory : the theory that is put to the test: a function (sde, x0, domain) -> Prediction
    rng, workers : as in `first_exit`; the result does not depend on the workers
    progress : called with (law, number, how many) before each law

    Returns
    -------
    Verification
        Print it, or see `.reports`, `.failed`, `.ok`, `.table()`, `.details()`, `.to_csv(path)`, `.to_json(path)`.
        After Ctrl-C it holds the finished laws and says so.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range, before any work.

    Examples
    --------
    >>> import levysde as ls
    >>> found = ls.verify(laws=["width"], rng=1)
    >>> found.ok, [report.verdict for report in found.reports]
    (True, ['holds', 'holds'])
    """
    amplitude, chosen = check_request(landscape, alpha=alpha, epsilon=epsilon, laws=laws, effort=effort)
    if not callable(theory):
        raise TypeError(f"theory={theory!r} is not a function of (sde, x0, domain)")
    setting = Setting(
        default_landscape() if landscape is None else landscape,
        float(alpha),
        amplitude,
        EFFORTS[effort],
        entropy_of(rng),
        check_workers(workers),
        theory,
    )
    if progress is not None and not callable(progress):
        raise TypeError(f"progress={progress!r} is not a function of (law, number, how many)")
    reports: list[Report] = []
    seconds: dict[str, float] = {}
    partial: str | None = None
    try:
        for number, law in enumerate(chosen):
            if progress is not None:
                progress(law.name, number, len(chosen))
            began = time.perf_counter()
            reports += _check(law, setting)
            seconds[law.name] = time.perf_counter() - began
    except KeyboardInterrupt:
        partial = f"interrupted by Ctrl-C after {len(seconds)} of {len(chosen)} laws"
    settings = {
        "landscape": repr(setting.landscape),
        "alpha": setting.alpha,
        "epsilon": setting.epsilon,
        "effort": effort,
        "laws": [law.name for law in chosen],
    }
    record = provenance(entropy=setting.entropy, cut_short=partial, settings=settings, rules={})
    return Verification(tuple(reports), seconds, record, partial)


def _check(law: Law, setting: Setting) -> list[Report]:
    with warnings.catch_warnings():
        # an estimate worse than asked for says so in its standard error, which is all that counts here
        warnings.filterwarnings("ignore", message="the stated relative error", category=RuntimeWarning)
        warnings.filterwarnings("ignore", message=".*marked partial", category=RuntimeWarning)
        try:
            return law.check(setting)
        except LeftOutError as reason:
            return [left_out(law.name, str(reason))]


def check_request(
    landscape: Landscape | None, *, alpha: float, epsilon: float | None, laws: Sequence[str] | None, effort: str
) -> tuple[float, list[Law]]:
    """Return the amplitude and the laws that are asked for, or raise as `verify` does."""
    chosen: Any = default_landscape() if landscape is None else landscape
    if not isinstance(chosen, Landscape):
        raise TypeError(f"landscape={landscape!r} is not a landscape; give one such as DoubleWell(), or None")
    n = len(chosen.minima)
    if chosen.dim != 1 or n < 2:
        raise ValueError(
            f"{chosen!r} has {n} minima in {chosen.dim} dimension(s); the laws are checked on a landscape on the line "
            "with two or more minima, such as DoubleWell() or Tabulated.from_csv(path)"
        )
    if not (math.isinf(chosen.basin(0).a) and math.isinf(chosen.basin(n - 1).b)):
        raise ValueError(f"{chosen!r} falls without end on a side: paths run away, and no law holds for its wells")
    alpha = finite_number(alpha, "alpha", low=0.5, high=1.95, advice="the laws are those of stable noise with jumps")
    if effort not in EFFORTS:
        raise ValueError(f"effort={effort!r} is not known; give one of {', '.join(map(repr, EFFORTS))}")
    if epsilon is None:
        plain = chosen == default_landscape() and alpha == DEFAULT_ALPHA
        epsilon = DEFAULT_EPSILON if plain else default_noises(chosen, alpha=alpha)[0].leaves()[0][0]
    return positive(epsilon, "epsilon"), _laws(laws)


def _laws(names: Sequence[str] | None) -> list[Law]:
    known = {law.name: law for law in LAWS}
    if names is None:
        return list(LAWS)
    if isinstance(names, str):
        raise TypeError(f"laws={names!r} is a text; give a list, as in [{names!r}]")
    unknown = [name for name in names if name not in known]
    if unknown or not len(names):
        raise ValueError(f"laws={list(names)} must name one or more of {', '.join(known)}")
    return [known[name] for name in dict.fromkeys(names)]
