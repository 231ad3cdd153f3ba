"""`levysde exit`: one domain, one noise."""

from __future__ import annotations

import argparse
import math
import sys
import warnings
from typing import Any

import numpy as np

from levysde import theory
from levysde.cli.choices import STEPPING, add_landscape, add_noise, landscape_of, noise_of, scheme_of
from levysde.cli.output import block, check_memory, files_line, prepare, progress_bar, settings_lines
from levysde.cli.parser import (
    Parser,
    UsageError,
    add_command,
    add_common,
    as_usage,
    counting,
    edge,
    number,
    positive,
    whole,
)
from levysde.domains import Ball, Domain, Interval
from levysde.estimate import Estimate, Prediction, with_error
from levysde.exits import check_bridge_step, check_question, first_exit
from levysde.landscapes import Landscape
from levysde.results import ExitSample
from levysde.schemes import Scheme
from levysde.sde import SDE

DESCRIPTION = """\
Simulate paths until they leave a domain. Prints the mean exit time with its standard error beside
the predicted one, the test of the exponential law, and, in one dimension, on which side paths
leave. Boundaries are watched a little inside (theory.boundary_shift), which removes the leading
error of looking only once per step; --watch bridge looks in between instead."""
PATHS, QUICK_PATHS = 4000, 400
NEAR = 0.25  # a boundary is never moved further than this part of the start's distance to it


def add(commands: Any) -> None:
    """Add the command."""
    example = "levysde exit --landscape double-well --interval -inf 0 --alpha 1.5 --amplitude 0.3 --out run"
    parser = add_command(commands, "exit", "first exits from one domain under one noise", DESCRIPTION, example)
    add_landscape(parser, default="multi-well")
    add_noise(parser)
    group = parser.add_argument_group("domain and start")
    domain = group.add_mutually_exclusive_group()
    domain.add_argument("--basin", type=whole, metavar="I", help="basin of minimum I, counted from 0 (default 0; 1-D)")
    domain.add_argument("--interval", type=edge, nargs=2, metavar=("A", "B"), help="A < x < B, inf allowed (1-D)")
    domain.add_argument("--ball", type=positive, metavar="R", help="closer than R to the start (any dimension)")
    group.add_argument(
        "--x0",
        type=number,
        nargs="+",
        metavar="X",
        help="start (default: a minimum in the domain, else its middle; minimum 0 for --ball)",
    )
    add_simulation(parser)
    group = parser.add_argument_group("exits")
    group.add_argument("--n-paths", type=counting, metavar="N", help=f"number of paths (default {PATHS})")
    group.add_argument(
        "--t-max", type=positive, metavar="T", help="give paths up at this time (default: by rule, stated)"
    )
    group.add_argument(
        "--watch",
        choices=["steps", "bridge"],
        default="steps",
        help="steps: look once per step, at a boundary that is moved inward where its shift is known (default); bridge:"
        " also draw whether a path of --brownian noise has crossed the boundary between two looks, where it is",
    )
    add_common(parser, quick=f"{QUICK_PATHS} paths")
    parser.set_defaults(run=run)


def add_simulation(parser: Parser) -> None:
    """Add step and scheme."""
    group = parser.add_argument_group("simulation")
    group.add_argument("--dt", type=positive, help="time step (default: from the time scales of the problem, stated)")
    group.add_argument(
        "--scheme",
        choices=list(STEPPING),
        help="default: euler where the force allows it at this step, else splitting; levysde bench compares them",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from levysde import defaults

    if arguments.quick and arguments.n_paths is not None:
        raise UsageError("--quick chooses --n-paths; give one of the two")
    n_paths = arguments.n_paths or (QUICK_PATHS if arguments.quick else PATHS)
    landscape = landscape_of(arguments)
    noise, chosen = noise_of(arguments, landscape)
    sde = SDE(landscape, noise)
    scheme = scheme_of(arguments, sde)
    x0, domain, how = start_and_domain(arguments, landscape)
    chosen |= how
    with as_usage():
        start, _ = check_question(sde, x0, domain)
        dt = arguments.dt
        if dt is None:
            dt = _step(sde, domain, start)
            chosen["dt"] = f"{dt:.6g}: {defaults.STEP_RULE.removeprefix('dt = ')}"
        if arguments.t_max is not None and arguments.t_max < dt:
            raise UsageError(f"--t-max {arguments.t_max:g} is shorter than the step {dt:g}; give a longer time or --dt")
        bridge = arguments.watch == "bridge"
        if bridge:
            _check_bridge(sde, scheme or defaults.choose_scheme(sde, dt), domain, start, dt)
        watched, shift = (domain, 0.0) if bridge else watched_domain(sde, domain, start, dt)
    # Times, two points, status and number of every path, twice while they are put together.
    check_memory(2.0 * n_paths * (17 + 16 * landscape.dim), f"{n_paths} exits", "give fewer --n-paths")
    prediction = theory.mean_exit_time(sde, start[0], domain)
    prepare(arguments)
    with progress_bar(arguments) as progress, as_usage():
        sample = first_exit(
            sde,
            start,
            watched,
            n_paths=n_paths,
            dt=dt,
            t_max=arguments.t_max,
            scheme=scheme,
            watch=arguments.watch,
            rng=arguments.seed,
            workers=arguments.workers,
            progress=progress,
        )
    if not sample.n_paths:
        raise KeyboardInterrupt  # nothing is finished that could be written
    facts = summarise(sample, domain, prediction)
    print(_text(sample, sde, start[0].tolist(), domain, prediction, facts))
    if not arguments.quiet:
        chosen["boundary"] = (
            f"watched {shift:.3g} inside (theory.boundary_shift)"
            if shift
            else "watched where it is, between the steps too; halve --dt to see what is left of the error, O(dt)"
            if bridge
            else "watched where it is: no correction is known for this noise and step, so halve --dt to see its error"
        )
        chosen["scheme"] = sample.provenance["settings"]["scheme"]
        chosen["seed"] = str(arguments.seed)
        print("\n" + block("settings", settings_lines(sample.provenance, chosen)))
    if arguments.out is not None:
        from levysde.report import write_exits

        summary = {
            "sde": repr(sde),
            "x0": start[0].tolist(),
            "domain": repr(domain),
            "boundary_shift": shift,
            **facts,
            "chosen": chosen,
            "partial": sample.provenance.get("partial"),
        }
        files = write_exits(sample, arguments.out, landscape=landscape, domain=domain, summary=summary)
        if not arguments.quiet:
            print("\n" + files_line(files))
    if "partial" in sample.provenance:
        return 130
    if sample.n_exited == 0:
        print(f"levysde: no path left before t_max={sample.t_max:g}; give a longer --t-max", file=sys.stderr)
        return 1
    return 0


def start_and_domain(arguments: argparse.Namespace, landscape: Landscape) -> tuple[Any, Domain, dict[str, str]]:
    """Return start and domain, and what was chosen for the user."""
    given, chosen = arguments.x0, {}
    if given is not None and len(given) != landscape.dim:
        raise UsageError(f"--x0 has {len(given)} coordinates and the landscape {landscape.dim}; give as many")
    if arguments.ball is not None:
        start = given if given is not None else first_minimum(landscape)
        if given is None:
            chosen["x0"] = f"{_point(start)} (minimum 0)"
        return start, Ball(start, arguments.ball), chosen
    if landscape.dim > 1:
        raise UsageError(
            f"--landscape {arguments.landscape} has {landscape.dim} dimensions; say where to leave from with --ball R"
        )
    if arguments.interval is not None:
        a, b = arguments.interval
        with as_usage():
            domain = Interval(a, b)
        if given is not None:
            return given, domain, chosen
        inside = [float(m) for m in landscape.minima[:, 0] if a < m < b]
        if len(inside) == 1:
            chosen["x0"] = f"{inside[0]:.6g} (the minimum in the interval)"
            return inside, domain, chosen
        if not inside and math.isfinite(a) and math.isfinite(b):
            chosen["x0"] = f"{(a + b) / 2:.6g} (the middle of the interval)"
            return [(a + b) / 2], domain, chosen
        raise UsageError(f"the interval holds {len(inside)} minima and so no natural start; give --x0")
    index = arguments.basin or 0
    if not len(landscape.minima):
        raise UsageError(
            f"--landscape {arguments.landscape} has no basins; say where to leave from with --interval A B"
        )
    if index >= len(landscape.minima):
        raise UsageError(f"--basin {index} does not exist; the landscape has {len(landscape.minima)}, counted from 0")
    domain = landscape.basin(index)
    if math.isinf(domain.a) and math.isinf(domain.b):
        raise UsageError(
            "the basin is the whole line, so it is never left; say where to leave from with --interval A B"
        )
    if arguments.basin is None:
        chosen["domain"] = f"basin of minimum {index}"
    if given is None:
        given = [float(landscape.minima[index, 0])]
        chosen["x0"] = f"{given[0]:.6g} (minimum {index})"
    return given, domain, chosen


def first_minimum(landscape: Landscape) -> list[float]:
    """Return minimum 0, or the origin of a landscape without minima."""
    return [float(c) for c in landscape.minima[0]] if len(landscape.minima) else [0.0] * landscape.dim


def _step(sde: SDE, domain: Domain, start: Any) -> float:
    from levysde import defaults

    try:
        return defaults.choose_step(sde, domain, start)
    except ValueError as error:
        raise UsageError(str(error).replace("give dt=", "give --dt")) from error


def _check_bridge(sde: SDE, scheme: Scheme, domain: Domain, start: Any, dt: float) -> None:
    if not scheme.gaussian_rate(sde) > 0:
        raise UsageError(
            f"--watch bridge needs a Gaussian part, and {sde.driving_noise!r} has none; give --brownian or --alpha 2, "
            "or leave --watch at steps"
        )
    with as_usage(), warnings.catch_warnings(action="ignore"):  # the simulation warns
        check_bridge_step("bridge", sde, scheme, domain, start, dt)


def watched_domain(sde: SDE, domain: Domain, start: Any, dt: float) -> tuple[Domain, float]:
    """Return the domain with its boundary moved inward by the known shift, where that is valid, and the distance."""
    shift = theory.boundary_shift(sde.effective_noise, dt)
    room = NEAR * float(domain.distance(start)[0])
    if shift <= 0 or shift > room:
        return domain, 0.0
    if isinstance(domain, Interval):
        ends = [end for end in (domain.a, domain.b) if math.isfinite(end)]
        drift = max((abs(float(sde.landscape.gradient(end))) for end in ends), default=0.0)
        if dt > theory.shift_limit(sde.effective_noise, dt, drift):
            return domain, 0.0
    return domain.shrink(shift), shift


def summarise(sample: ExitSample, domain: Domain, prediction: Prediction) -> dict[str, Any]:
    """Return what was concluded from a sample, JSON-able; what it does not allow to conclude is None."""
    facts: dict[str, Any] = {
        "n_paths": sample.n_paths,
        "n_exited": sample.n_exited,
        "n_censored": sample.n_censored,
        "n_nonfinite": sample.n_nonfinite,
        "mean_exit_time": None,
        "restricted_mean": None,
        "prediction": vars(prediction),
        "ratio": None,
        "ratio_error": None,
        "exponential_p_value": None,
        "sides": None,
    }
    if sample.n_exited:
        try:
            mean = sample.mean()
        except ValueError as refused:  # mostly censored: the mean would be the model's
            facts["mean_refused"] = str(refused)
        else:
            facts["mean_exit_time"] = vars(mean)
            if math.isfinite(prediction.value) and prediction.value > 0:
                facts["ratio"] = mean.value / prediction.value
                facts["ratio_error"] = mean.standard_error / prediction.value
    if facts["mean_exit_time"] is None and sample.n_exited + sample.n_censored:
        longest = float(np.nanmax(sample.times))
        facts["restricted_mean"] = {"t": longest, **vars(sample.restricted_mean(longest))}
        curve = sample.survival()
        facts["still_inside"] = {
            "t": float(curve.t[-1]),
            "value": float(curve.value[-1]),
            "interval": [float(curve.low[-1]), float(curve.high[-1])],
        }
    try:
        facts["exponential_p_value"] = sample.exponential_p_value()
    except ValueError:
        facts["exponential_p_value"] = None  # too few exits
    if isinstance(domain, Interval) and math.isfinite(domain.b - domain.a) and sample.n_exited:
        middle = 0.5 * (domain.a + domain.b)
        left, right = Interval(-math.inf, middle), Interval(middle, math.inf)
        facts["sides"] = {
            "left": vars(sample.exit_probability(left)),
            "right": vars(sample.exit_probability(right)),
        }
    return facts


def _text(
    sample: ExitSample, sde: SDE, x0: list[float], domain: Domain, prediction: Prediction, facts: dict[str, Any]
) -> str:
    lines = [("landscape", repr(sde.landscape)), ("noise", repr(sde.effective_noise))]
    lines += [("domain", repr(domain)), ("start", _point(x0))]
    counts = (
        f"{sample.n_paths}: {sample.n_exited} exited, {sample.n_censored} censored, {sample.n_nonfinite} non-finite"
    )
    lines.append(("paths", counts))
    if "partial" in sample.provenance:
        lines.append(("PARTIAL", str(sample.provenance["partial"])))
    lines.append(("", ""))
    if facts["mean_exit_time"] is not None:
        mean = Estimate(**facts["mean_exit_time"])
        lines.append(("mean exit time", f"{mean}   95 %: {mean.interval[0]:.5g} to {mean.interval[1]:.5g}"))
        lines.append(("", mean.method))
    elif facts["restricted_mean"] is not None:
        restricted = dict(facts["restricted_mean"])
        longest, still = restricted.pop("t"), facts["still_inside"]
        within = Estimate(**restricted)
        lines.append(("mean exit time", "not measured: most paths are censored"))
        lines.append(
            (f"mean of min(T, {longest:.5g})", f"{within}   95 %: {within.interval[0]:.5g} to {within.interval[1]:.5g}")
        )
        low, high = still["interval"]
        lines.append(
            (f"P(T > {still['t']:.5g})", f"{still['value']:.4g}   95 %: {low:.4g} to {high:.4g} (Kaplan-Meier)")
        )
    known = f"{prediction.value:.5g}" if not math.isnan(prediction.value) else "none"
    lines.append(
        ("predicted", f"{known}   {prediction.law}: {'' if prediction.valid else 'not valid, '}{prediction.reason}")
    )
    if facts["ratio"] is not None:
        lines.append(("measured/predicted", with_error(facts["ratio"], facts["ratio_error"])))
    if facts["exponential_p_value"] is not None:
        lines.append(("exponential law", f"p = {facts['exponential_p_value']:.2g}"))
    for side, found in (facts["sides"] or {}).items():
        low, high = found["interval"]
        lines.append((f"exits on the {side}", f"{found['value']:.4g}   95 %: {low:.4g} to {high:.4g} (Wilson)"))
    return block("first exits", lines)


def _point(x: list[float]) -> str:
    return ", ".join(f"{c:.6g}" for c in x)
