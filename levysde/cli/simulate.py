"""`levysde simulate`: recorded paths."""

from __future__ import annotations

import argparse
import math
from typing import Any

import numpy as np

from levysde.cli.choices import add_landscape, add_noise, landscape_of, noise_of, scheme_of
from levysde.cli.exit_times import add_simulation, first_minimum
from levysde.cli.output import block, check_memory, files_line, prepare, progress_bar, settings_lines
from levysde.cli.parser import UsageError, add_command, add_common, as_usage, counting, number, positive
from levysde.paths import simulate
from levysde.results import Ensemble
from levysde.sde import SDE

DESCRIPTION = """\
Simulate paths and keep them at regular times. Prints where they are at the end; --out writes every
kept state."""
PATHS, QUICK_PATHS = 10, 2
RELAXATIONS = 5000  # default length, in relaxation times
SAVED = 1000  # times kept by default


def add(commands: Any) -> None:
    """Add the command."""
    example = "levysde simulate --landscape double-well --alpha 1.5 --amplitude 0.3 --t 500 --n-paths 5 --out run"
    parser = add_command(commands, "simulate", "recorded paths under one noise", DESCRIPTION, example)
    add_landscape(parser, default="multi-well")
    add_noise(parser)
    add_simulation(parser)
    group = parser.add_argument_group("paths")
    group.add_argument("--x0", type=number, nargs="+", metavar="X", help="start (default: minimum 0, else the origin)")
    group.add_argument(
        "--t", type=positive, metavar="T", help=f"length of the paths (default {RELAXATIONS} relaxation times)"
    )
    group.add_argument("--n-paths", type=counting, metavar="N", help=f"number of paths (default {PATHS})")
    group.add_argument(
        "--save-every", type=counting, metavar="K", help=f"keep every K-th step (default: about {SAVED} times are kept)"
    )
    add_common(parser, quick=f"{QUICK_PATHS} paths")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    if arguments.quick and arguments.n_paths is not None:
        raise UsageError("--quick chooses --n-paths; give one of the two")
    n_paths = arguments.n_paths or (QUICK_PATHS if arguments.quick else PATHS)
    landscape = landscape_of(arguments)
    noise, chosen = noise_of(arguments, landscape)
    sde = SDE(landscape, noise)
    scheme = scheme_of(arguments, sde)
    x0 = arguments.x0
    if x0 is None:
        x0 = first_minimum(landscape)
        where = "minimum 0" if len(landscape.minima) else "the origin"
        chosen["x0"] = f"{', '.join(f'{c:.6g}' for c in x0)} ({where})"
    elif len(x0) != landscape.dim:
        raise UsageError(f"--x0 has {len(x0)} coordinates and the landscape {landscape.dim}; give as many")
    start = np.array([x0])
    dt, t, save_every = _grid(arguments, sde, start, chosen)
    n_times = t / dt / save_every + 2
    what = f"{n_paths} paths at {n_times:.3g} times"
    check_memory(8.0 * n_paths * n_times * landscape.dim, what, "give a larger --save-every or fewer --n-paths")
    prepare(arguments)
    with progress_bar(arguments) as progress, as_usage():
        ensemble = simulate(
            sde,
            start,
            t=t,
            dt=dt,
            n_paths=n_paths,
            scheme=scheme,
            save_every=save_every,
            rng=arguments.seed,
            workers=arguments.workers,
            progress=progress,
        )
    if not ensemble.n_paths:
        raise KeyboardInterrupt  # no path is finished that could be written
    facts = summarise(ensemble)
    print(_text(ensemble, sde, facts))
    if not arguments.quiet:
        chosen["scheme"] = ensemble.provenance["settings"]["scheme"]
        chosen["seed"] = str(arguments.seed)
        print("\n" + block("settings", settings_lines(ensemble.provenance, chosen)))
    if arguments.out is not None:
        from levysde.report import write_paths

        partial = ensemble.provenance.get("partial")
        summary = {"sde": repr(sde), **facts, "chosen": chosen, "partial": partial}
        files = write_paths(ensemble, arguments.out, landscape=landscape, summary=summary)
        if not arguments.quiet:
            print("\n" + files_line(files))
    return 130 if "partial" in ensemble.provenance else 0


def _grid(arguments: argparse.Namespace, sde: SDE, start: Any, chosen: dict[str, str]) -> tuple[float, float, int]:
    """Return step, length and stride, with the rules of those that were chosen."""
    from levysde import defaults

    dt, t, save_every = arguments.dt, arguments.t, arguments.save_every
    if dt is None or t is None:
        try:
            scale = defaults.choose_step(sde, None, start)
        except ValueError:
            raise UsageError(
                f"--landscape {arguments.landscape} has no time scale from which to choose step and length; "
                "give --dt and --t"
            ) from None
        if dt is None:
            dt = scale if t is None else min(scale, t)
            chosen["dt"] = f"{dt:.6g}: {defaults.RELAXATION_SHARE:g} relaxation times (1 / largest curvature)"
        if t is None:
            t = RELAXATIONS * scale / defaults.RELAXATION_SHARE
            chosen["t"] = f"{t:.6g}: {RELAXATIONS} relaxation times"
    if dt > t:
        raise UsageError(f"--dt {dt:g} is longer than the paths, t = {t:g}; give a smaller step")
    if save_every is None:
        save_every = max(1, math.ceil(t / dt / SAVED))
        chosen["save-every"] = f"{save_every}: about {SAVED} times"
    elif save_every > math.ceil(t / dt):
        raise UsageError(f"--save-every {save_every} is more than the {math.ceil(t / dt)} steps there are")
    return dt, t, save_every


def summarise(ensemble: Ensemble) -> dict[str, Any]:
    """Return counts, and where the paths are at the end."""
    last = ensemble.x[:, -1]
    last = last[np.isfinite(last).all(axis=1)]
    quantiles = np.quantile(last, (0.25, 0.5, 0.75), axis=0).tolist() if len(last) else None
    return {
        "n_paths": ensemble.n_paths,
        "n_times": ensemble.n_times,
        "n_nonfinite": ensemble.n_nonfinite,
        "t": float(ensemble.t[-1]),
        "dt": ensemble.dt,
        "quartiles_at_end": quantiles,
    }


def _text(ensemble: Ensemble, sde: SDE, facts: dict[str, Any]) -> str:
    lines = [("landscape", repr(sde.landscape)), ("noise", repr(sde.effective_noise))]
    lines.append(("paths", f"{ensemble.n_paths}, {ensemble.n_nonfinite} non-finite"))
    lines.append(("times", f"{ensemble.n_times} from 0 to {facts['t']:.6g}, step {ensemble.dt:.6g}"))
    if facts["quartiles_at_end"] is not None:
        for k, (low, middle, high) in enumerate(zip(*facts["quartiles_at_end"], strict=True)):
            name = "x at the end" if ensemble.dim == 1 else f"x{k + 1} at the end"
            lines.append((name, f"median {middle:.4g}, quartiles {low:.4g} and {high:.4g}"))
    if "partial" in ensemble.provenance:
        lines.append(("PARTIAL", str(ensemble.provenance["partial"])))
    return block("paths", lines)
