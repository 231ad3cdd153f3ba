"""Which landscape and which noise: the flags, and the values they make."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from levysde.cli.parser import Parser, UsageError, as_usage, counting, nonnegative, number, positive
from levysde.exits import check_fit
from levysde.landscapes import DoubleWell, Flat, Landscape, MullerBrown, MultiWell, Polynomial, Quadratic, Tabulated
from levysde.noise import AlphaStable, Brownian, Noise
from levysde.schemes import SCHEMES, Scheme
from levysde.sde import SDE

# The flags that each landscape takes: (attribute, flag). Giving one to another landscape is an error, not ignored.
BUILT_IN: dict[str, tuple[tuple[str, ...], Callable[[argparse.Namespace], Landscape]]] = {
    "multi-well": (("nodes", "energies"), lambda a: _multi_well(a)),
    "double-well": (("scale",), lambda a: DoubleWell(1.0 if a.scale is None else a.scale)),
    "quadratic": (
        ("curvature", "dim"),
        lambda a: Quadratic(1.0 if a.curvature is None else a.curvature, dim=a.dim or 1),
    ),
    "polynomial": (("coefficients",), lambda a: _polynomial(a)),
    "flat": (("dim",), lambda a: Flat(dim=a.dim or 1)),
    "muller-brown": ((), lambda a: MullerBrown()),
}
# Schemes that move in steps, by the name of their file.
STEPPING: dict[str, Scheme] = {
    type(scheme).__module__.rpartition(".")[2].replace("_", "-"): scheme for scheme in SCHEMES if scheme.loop == "steps"
}
DEFAULT_ALPHA = 1.5
OF_A_FILE = ("x", "u", "smoothing", "prominence")


def add_landscape(parser: Parser, *, default: str) -> None:
    """Add the flags that choose a landscape."""
    group = parser.add_argument_group("landscape")
    group.add_argument(
        "--landscape",
        default=default,
        metavar="NAME|FILE.csv",
        help=f"{', '.join(BUILT_IN)}, or a comma-separated file with a header line (default {default})",
    )
    group.add_argument("--x", metavar="COLUMN", help="FILE.csv: column with the positions (default t)")
    group.add_argument("--u", metavar="COLUMN", help="FILE.csv: column with the potential or loss (default train_loss)")
    group.add_argument(
        "--smoothing",
        type=nonnegative,
        metavar="LENGTH",
        help="FILE.csv: length below which wiggles are damped; 0 for none (default: from the noise in the values)",
    )
    group.add_argument(
        "--prominence",
        type=nonnegative,
        metavar="U",
        help="FILE.csv: least depth of a well (default: from the noise in the values)",
    )
    group.add_argument(
        "--nodes",
        type=number,
        nargs="+",
        metavar="X",
        help="multi-well: minimum, barrier, minimum, ... (default -0.5 0 1.5)",
    )
    group.add_argument(
        "--energies", type=number, nargs="+", metavar="U", help="multi-well: U at the nodes (default -1 0 -0.5)"
    )
    group.add_argument("--scale", type=positive, help="double-well: U = SCALE (x^4/4 - x^2/2) (default 1)")
    group.add_argument("--curvature", type=positive, help="quadratic: U = CURVATURE |x|^2/2 (default 1)")
    group.add_argument(
        "--coefficients", type=number, nargs="+", metavar="C", help="polynomial: lowest order first; no default"
    )
    group.add_argument("--dim", type=counting, metavar="N", help="quadratic, flat: dimension (default 1)")


def landscape_of(arguments: argparse.Namespace) -> Landscape:
    """Make the landscape that was asked for, and refuse flags that belong to another one."""
    name = arguments.landscape
    known = name in BUILT_IN
    takes = BUILT_IN[name][0] if known else OF_A_FILE
    for flags, owner in [(flags, other) for other, (flags, _) in BUILT_IN.items()] + [(OF_A_FILE, "FILE.csv")]:
        for flag in flags:
            if flag not in takes and getattr(arguments, flag) is not None:
                has = ", ".join(f"--{f}" for f in takes) or "no flags"
                raise UsageError(f"--{flag} belongs to --landscape {owner}; {name} takes {has}")
    with as_usage():
        landscape = BUILT_IN[name][1](arguments) if known else _from_file(name, arguments)
        _ = landscape.minima  # found now, so that whatever is wrong with it is said before any work
    return landscape


def _from_file(name: str, arguments: argparse.Namespace) -> Landscape:
    path = Path(name)
    if not path.exists() and path.suffix == "":
        raise UsageError(f"--landscape {name} is neither a file nor one of {', '.join(BUILT_IN)}")
    return Tabulated.from_csv(
        path,
        x=arguments.x or "t",
        u=arguments.u or "train_loss",
        smoothing=arguments.smoothing,
        prominence=arguments.prominence,
    )


def _multi_well(arguments: argparse.Namespace) -> Landscape:
    if (arguments.nodes is None) != (arguments.energies is None):
        raise UsageError("--nodes and --energies belong together; give both or neither")
    if arguments.nodes is None:
        return MultiWell(x=[-0.5, 0, 1.5], u=[-1, 0, -0.5])
    return MultiWell(x=arguments.nodes, u=arguments.energies)


def _polynomial(arguments: argparse.Namespace) -> Landscape:
    if arguments.coefficients is None:
        raise UsageError("--landscape polynomial needs --coefficients, lowest order first, as in 0 0 -0.5 0 0.25")
    return Polynomial(arguments.coefficients)


def add_noise(parser: Parser) -> None:
    """Add the flags that choose one noise."""
    group = parser.add_argument_group("noise")
    kind = group.add_mutually_exclusive_group()
    kind.add_argument("--alpha", type=number, help="alpha-stable noise with this index, in (0, 2] (default 1.5)")
    kind.add_argument("--brownian", action="store_true", help="Brownian noise instead")
    group.add_argument("--beta", type=number, help="skewness of the alpha-stable noise, in [-1, 1] (default 0)")
    group.add_argument(
        "--amplitude",
        type=positive,
        help="factor on the noise (default: from the widths and depths of the wells; 1 where there are fewer than two)",
    )


def noise_of(arguments: argparse.Namespace, landscape: Landscape) -> tuple[Noise, dict[str, str]]:
    """Make the noise that was asked for; also returns the rule behind a chosen amplitude."""
    if arguments.brownian and arguments.beta is not None:
        raise UsageError("--beta belongs to alpha-stable noise; Brownian noise is symmetric")
    with as_usage():
        alpha = DEFAULT_ALPHA if arguments.alpha is None else arguments.alpha
        law: Any = Brownian() if arguments.brownian else AlphaStable(alpha, arguments.beta or 0.0)
        if arguments.amplitude is not None:
            return arguments.amplitude * law, {}
        amplitude, rule = _amplitude(law, landscape)
        return amplitude * law, {"amplitude": f"{amplitude:g}: {rule}"}


def _amplitude(law: Any, landscape: Landscape) -> tuple[float, str]:
    from levysde.compare import NOISE_RULE, default_noises

    if landscape.dim > 1 or len(landscape.minima) < 2:
        return 1.0, "1 where the landscape has fewer than two minima or more than one dimension"
    stable_rule, _, brownian_rule = NOISE_RULE.partition("; ")
    if law.gaussian_rate > 0:  # alpha = 2 is sqrt(2) times Brownian motion
        chosen = default_noises(landscape)[1].leaves()[0][0] / law.gaussian_rate**0.5
        return float(f"{chosen:.3g}"), brownian_rule or NOISE_RULE
    return default_noises(landscape, alpha=law.alpha)[0].leaves()[0][0], stable_rule


def scheme_of(arguments: argparse.Namespace, sde: SDE) -> Scheme | None:
    """Return the scheme that was asked for, None where it is left to the rule; a misfit is told at once."""
    if arguments.scheme is None:
        return None
    scheme = STEPPING[arguments.scheme]
    with as_usage():
        check_fit(scheme, sde)
    return scheme
