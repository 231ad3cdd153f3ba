"""`levysde bench`: which scheme and which step, for one problem or for the usual ones."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import numpy as np

from levysde.cli.choices import BUILT_IN, OF_A_FILE, add_landscape, landscape_of
from levysde.cli.exit_times import first_minimum, start_and_domain
from levysde.cli.output import files_line, prepare
from levysde.cli.parser import UsageError, add_command, add_common, as_usage, edge, number, positive, whole
from levysde.domains import Ball, Domain, Interval
from levysde.landscapes import DoubleWell, Landscape, MullerBrown, Quadratic
from levysde.noise import AlphaStable, Brownian, Noise
from levysde.sde import SDE

DESCRIPTION = """\
Run all schemes that fit on a problem: strong error, weak error, bias of the mean exit time, lost
paths, nanoseconds per step and the time to one per cent of the mean exit time; then one line of
advice. Without --landscape: double well, quadratic and Müller-Brown; without --alpha: 1.2, 1.5,
1.8 and 2."""
SUITE = "all"
ALPHAS = (1.2, 1.5, 1.8, 2.0)
REL_ERROR, QUICK_REL_ERROR = 0.01, 0.05
CROSSING = 8.0  # default amplitude: the noise alone crosses the distance to the boundary in so many relaxation times
PATHS, QUICK_PATHS = 4000, 1000
EXITS, QUICK_EXITS = 200_000, 20_000
RADIUS = 0.4  # of the default ball around a minimum of the Müller-Brown surface


def add(commands: Any) -> None:
    """Add the command."""
    example = "levysde bench --landscape double-well --alpha 1.5 --quick --out bench"
    parser = add_command(commands, "bench", "which scheme, which step, what cost", DESCRIPTION, example)
    add_landscape(parser, default=SUITE)
    group = parser.add_argument_group("noise")
    group.add_argument("--alpha", type=number, nargs="+", metavar="A", help="indices of alpha-stable noise")
    group.add_argument("--brownian", action="store_true", help="Brownian noise instead, or besides")
    group.add_argument(
        "--amplitude",
        type=positive,
        help=f"factor on the noise (default: it crosses the distance to the boundary in {CROSSING:g} relaxation times)",
    )
    group = parser.add_argument_group("domain and start (one landscape only)")
    domain = group.add_mutually_exclusive_group()
    domain.add_argument("--basin", type=whole, metavar="I", help="basin of minimum I, counted from 0 (1-D)")
    domain.add_argument("--interval", type=edge, nargs=2, metavar=("A", "B"), help="A < x < B, inf allowed (1-D)")
    domain.add_argument("--ball", type=positive, metavar="R", help="closer than R to the start (any dimension)")
    group.add_argument("--x0", type=number, nargs="+", metavar="X", help="start (default: a minimum in the domain)")
    group = parser.add_argument_group("study")
    group.add_argument("--dts", type=positive, nargs="+", metavar="DT", help="steps (default: by the relaxation time)")
    group.add_argument(
        "--rel-error",
        type=positive,
        metavar="R",
        help=f"relative error of the mean exit time to reach (default {REL_ERROR}; {QUICK_REL_ERROR} with --quick)",
    )
    group.add_argument("--json", action="store_true", help="print JSON instead of tables")
    group.add_argument("--peers", action="store_true", help="add a NumPy loop and the installed peers, where they can")
    add_common(parser, quick=f"be content with --rel-error {QUICK_REL_ERROR}, with a tenth of the paths")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from levysde.bench import work_precision
    from levysde.convergence.paired import check_steps

    if arguments.quick and arguments.rel_error is not None:
        raise UsageError("--quick chooses --rel-error; give one of the two")
    rel_error = arguments.rel_error or (QUICK_REL_ERROR if arguments.quick else REL_ERROR)
    if rel_error > 0.5:
        raise UsageError(f"--rel-error {rel_error:g} is outside (0, 0.5]")
    noises = _noises(arguments)
    problems = _problems(arguments, noises)
    if arguments.dts is not None:
        with as_usage():
            check_steps(arguments.dts)
    prepare(arguments)
    studies, peers = [], []
    for at, (sde, x0, domain) in enumerate(problems):
        with as_usage():
            study = work_precision(
                sde,
                x0,
                domain,
                dts=arguments.dts,
                rel_error=rel_error,
                n_paths=QUICK_PATHS if arguments.quick else PATHS,
                n_exits=QUICK_EXITS if arguments.quick else EXITS,
                rng=np.random.SeedSequence([arguments.seed, at]),
                workers=arguments.workers,
            )
        studies.append(study)
        lines = _peers(arguments, sde, x0, domain, study) if arguments.peers else []
        peers.append(lines)
        if not arguments.json:
            print(("\n\n" if at else "") + (study.advice if arguments.quiet else study.table()), flush=True)
            for line in lines:
                print(line)
    if arguments.json:
        from levysde._store import jsonable

        content = [{**study.to_dict(), "peers": lines} for study, lines in zip(studies, peers, strict=True)]
        print(json.dumps(jsonable(content), indent=2, ensure_ascii=False, allow_nan=False))
    if arguments.out is not None:
        from levysde.report import write_bench

        files = write_bench(studies, arguments.out)
        if not (arguments.quiet or arguments.json):
            print("\n" + files_line(files))
    unreached = [study.sde for study in studies if study.best is None]
    if unreached:
        print(f"levysde: no scheme reached {rel_error:g} for {'; '.join(unreached)}", file=sys.stderr)
    return 1 if unreached else 0


def _noises(arguments: argparse.Namespace) -> list[Noise]:
    alphas = arguments.alpha if arguments.alpha is not None else () if arguments.brownian else ALPHAS
    with as_usage():
        noises: list[Noise] = [AlphaStable(alpha) for alpha in alphas]
    return noises + ([Brownian()] if arguments.brownian else [])


def _problems(arguments: argparse.Namespace, noises: list[Noise]) -> list[tuple[SDE, Any, Domain]]:
    """Return what is to be run; every problem with its amplitude."""
    chosen = (arguments.basin, arguments.interval, arguments.ball, arguments.x0)
    cases: list[tuple[Landscape, Any, Domain]]
    if arguments.landscape == SUITE:
        flags = {flag for flags, _ in BUILT_IN.values() for flag in flags} | set(OF_A_FILE)
        if given := [flag for flag in sorted(flags) if getattr(arguments, flag) is not None]:
            raise UsageError(f"--{given[0]} belongs to one landscape; name it with --landscape")
        if any(value is not None for value in (*chosen, arguments.dts)):
            raise UsageError("domain, start and steps belong to one landscape; name it with --landscape")
        cases = [(one, *_usual(one)) for one in (DoubleWell(), Quadratic(), MullerBrown())]
    else:
        landscape = landscape_of(arguments)
        if all(value is None for value in chosen):
            cases = [(landscape, *_usual(landscape))]
        else:
            x0, domain, _ = start_and_domain(arguments, landscape)
            cases = [(landscape, x0, domain)]
    return [
        (SDE(landscape, noise, arguments.amplitude or _amplitude(landscape, noise, x0, domain)), x0, domain)
        for landscape, x0, domain in cases
        for noise in noises
    ]


def _usual(landscape: Landscape) -> tuple[Any, Domain]:
    """Return a start and a domain that suit a landscape: the first basin, or one thermal width around a minimum."""
    start = first_minimum(landscape)
    if landscape.dim > 1:
        return start, Ball(start, RADIUS if isinstance(landscape, MullerBrown) else 1.0)
    if len(landscape.minima) > 1:
        return start, landscape.basin(0)
    return start, Interval(start[0] - 1.0, start[0] + 1.0)


def _amplitude(landscape: Landscape, noise: Noise, x0: Any, domain: Domain) -> float:
    """Return the amplitude by the rule of `CROSSING`, to three digits."""
    from levysde import defaults

    start = np.atleast_2d(np.asarray(x0, float))
    with as_usage():
        relaxation = 1 / defaults.steepest_curvature(SDE(landscape, noise), domain, start)
        distance = float(np.min(domain.distance(start)))
        crossing = 1 / defaults.crossing_rate(noise, distance, landscape.dim)
    index = noise.alpha if isinstance(noise, AlphaStable) else 2.0
    return float(f"{(crossing / (CROSSING * relaxation)) ** (1 / index):.3g}")


def _peers(arguments: argparse.Namespace, sde: SDE, x0: Any, domain: Domain, study: Any) -> list[str]:
    from levysde.bench.peers import run_peers

    step = float(study.reports[0].exits.dts[-1])
    return [str(line) for line in run_peers(sde, x0, domain, dt=step, mean=study.mean, seed=arguments.seed)]
