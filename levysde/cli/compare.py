"""`levysde compare`: every minimum under every noise, measured and predicted."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from levysde.cli.choices import add_landscape, landscape_of
from levysde.cli.output import block, files_line, prepare, progress_bar, settings_lines
from levysde.cli.parser import UsageError, add_command, add_common, as_usage, number, positive
from levysde.noise import AlphaStable, Brownian, Noise

DESCRIPTION = """\
For every minimum of a landscape: the mean time until a path leaves its basin, under alpha-stable
and under Brownian noise, with its standard error, beside what the theory predicts; then the share
of time that each noise gives to each well. The default landscape has a narrow deep well
(half-width 0.5, depth 1) and a wide shallow one (half-width 1.5, depth 0.5)."""
REL_ERROR, QUICK_REL_ERROR = 0.03, 0.1
DEFAULT_ALPHA = 1.5
DEFAULT_AMPLITUDES = 0.05, 0.5  # of the default landscape


def add(commands: Any) -> None:
    """Add the command."""
    example = "levysde compare --landscape losses.csv --x t --u train_loss --out demo"
    parser = add_command(commands, "compare", "all minima of a landscape under two noises", DESCRIPTION, example)
    add_landscape(parser, default="multi-well")
    group = parser.add_argument_group("noises")
    index = group.add_mutually_exclusive_group()
    index.add_argument("--alpha", type=number, help=f"index of the stable noise (default {DEFAULT_ALPHA})")
    index.add_argument("--alpha-from", metavar="FILE", help="take the index from a tail.json of `levysde tail`")
    chosen = "(default: from the widths and depths of the wells; {} for the default landscape)"
    group.add_argument(
        "--stable-amplitude", type=positive, metavar="A", help=f"of the stable noise {chosen.format(0.05)}"
    )
    group.add_argument(
        "--brownian-amplitude", type=positive, metavar="B", help=f"of the Brownian noise {chosen.format(0.5)}"
    )
    group.add_argument(
        "--rel-error",
        type=positive,
        metavar="R",
        help=f"relative standard error to reach for every time (default {REL_ERROR}; {QUICK_REL_ERROR} with --quick)",
    )
    add_common(parser, quick=f"be content with --rel-error {QUICK_REL_ERROR}: seconds instead of minutes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from levysde.compare import compare_minima

    if arguments.quick and arguments.rel_error is not None:
        raise UsageError("--quick chooses --rel-error; give one of the two")
    arguments.alpha = _alpha(arguments)
    rel_error = arguments.rel_error or (QUICK_REL_ERROR if arguments.quick else REL_ERROR)
    if rel_error > 0.5:
        raise UsageError(f"--rel-error {rel_error:g} is outside (0, 0.5]")
    landscape = landscape_of(arguments)
    n = len(landscape.minima)
    if landscape.dim > 1:
        raise UsageError(
            f"--landscape {arguments.landscape} has {landscape.dim} dimensions, where basins have no simple shape; "
            "use levysde exit --ball, or compare_minima(..., domains=[...]) in Python"
        )
    if n < 2:
        raise UsageError(
            f"--landscape {arguments.landscape} has {n} minima; compare needs two or more (for one well: levysde exit)"
        )
    noises, chosen = _noises(arguments, landscape)
    prepare(arguments)
    with progress_bar(arguments) as progress:
        comparison = compare_minima(
            landscape, noises, rel_error=rel_error, rng=arguments.seed, workers=arguments.workers, progress=progress
        )
    if not comparison.rows:
        raise KeyboardInterrupt  # nothing is finished that could be written
    print(comparison.table())
    if not arguments.quiet:
        settings = [("landscape", repr(landscape)), ("seed", str(arguments.seed)), ("rel-error", f"{rel_error:g}")]
        steps = dict.fromkeys(f"{row.dt:.4g}" for row in comparison.rows)
        settings += settings_lines(comparison.provenance, chosen)
        settings.append(("steps", f"dt = {', '.join(steps)}; scheme {comparison.rows[0].scheme}"))
        print("\n" + block("settings", settings))
    if arguments.out is not None:
        from levysde.report import write_comparison

        files = write_comparison(comparison, arguments.out)
        if not arguments.quiet:
            print("\n" + files_line(files))
    return _status(comparison, rel_error)


def _alpha(arguments: argparse.Namespace) -> float:
    """Return the index that was given, or that of a report in which a heavy tail is supported."""
    file = arguments.alpha_from
    if file is None:
        return DEFAULT_ALPHA if arguments.alpha is None else float(arguments.alpha)
    try:
        report = json.loads(Path(file).read_text(encoding="utf-8"))
        kind, verdict, alpha = report["kind"], report["verdict"], float(report["alpha"]["value"])
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file} is no report of levysde tail; give its tail.json") from error
    if kind != "heavy tail":
        raise UsageError(f"{file} supports no heavy tail, so there is no index to take ({verdict})")
    return alpha


def _noises(arguments: argparse.Namespace, landscape: Any) -> tuple[list[Noise], dict[str, str]]:
    from levysde.compare import NOISE_RULE, default_noises

    with as_usage():
        law = AlphaStable(arguments.alpha)
        given = arguments.stable_amplitude, arguments.brownian_amplitude
        plain = arguments.landscape == "multi-well" and arguments.nodes is None and arguments.alpha == DEFAULT_ALPHA
        if plain:
            defaults: tuple[float, ...] = DEFAULT_AMPLITUDES
            rule = "those of the default landscape"
        elif None in given:
            defaults = tuple(noise.leaves()[0][0] for noise in default_noises(landscape, alpha=arguments.alpha))
            rule = NOISE_RULE
        stable, brownian = (
            default if wanted is None else wanted
            for wanted, default in zip(given, defaults if None in given else (0.0, 0.0), strict=True)
        )
        noises: list[Noise] = [stable * law, brownian * Brownian()]
    return noises, {"amplitudes": f"{stable:g} and {brownian:g}; {rule}"} if None in given else {}


def _status(comparison: Any, rel_error: float) -> int:
    """Return 0 if every time was measured as precisely as asked, 130 if interrupted, else 1 with a sentence."""
    if comparison.partial:
        return 130
    missing = [
        f"minimum {row.minimum} under {row.noise}"
        for row in comparison.rows
        if not math.isfinite(row.time.value) or row.time.relative_error > 1.1 * rel_error
    ]
    if missing:
        print(f"levysde: the standard error of {'; '.join(missing)} is above {rel_error:.0%}", file=sys.stderr)
        return 1
    return 0
