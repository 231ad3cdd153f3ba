"""`levysde sgd linear | digits`: the exact tail of SGD on linear regression, and small networks with controls."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Any

from levysde.cli.output import block, files_line, prepare, progress_bar
from levysde.cli.parser import Parser, UsageError, add_command, add_common, as_usage, counting, positive

if TYPE_CHECKING:
    from levysde.sgd.linear_regression import Law, Study

ABOUT = "Where the heavy tails of stochastic gradient descent come from."
DESCRIPTION = """\
Constant-step SGD on linear regression with Gaussian data: the exact tail index of its stationary
law, P(|error| > t) ~ t^-alpha, with h(alpha) = 1, and whether there is a stationary law at all
(rho < 0). --simulate runs chains of K and of 2K steps and puts estimates beside the exact index."""
ABOUT_DIGITS = """\
Train small networks by SGD and estimate layer-wise tail indices of their weights against eta/b, as
published; beside them what untrained and shuffled weights read, the verdict on the gradient noise
of each layer with its Gaussian surrogate, and Kendall's tau with a permutation test."""
HIDDEN, ETAS, BATCHES = (32, 64), (0.003, 0.01, 0.03, 0.1), (5, 10, 40)
ITERATIONS, QUICK_ITERATIONS = 5000, 1000
CHAINS, QUICK_CHAINS = 20_000, 2_000
NUMBERS = 2_000_000  # coordinates of all chains together, from where on fewer chains are the default


def add(commands: Any) -> None:
    """Add the command and its own commands."""
    parser = commands.add_parser(
        "sgd", help="heavy tails of SGD: linear regression exactly, small networks with controls", description=ABOUT
    )
    own = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    example = "levysde sgd linear --d 2 --b 1 --eta 0.6 --simulate --out run"
    linear = add_command(own, "linear", "linear regression, exactly", DESCRIPTION, example)
    group = linear.add_argument_group("problem")
    group.add_argument("--d", type=counting, required=True, metavar="N", help="dimension")
    group.add_argument("--b", type=counting, required=True, metavar="N", help="batch size")
    group.add_argument("--eta", type=positive, required=True, help="step size (learning rate)")
    group.add_argument("--sigma", type=positive, default=1.0, help="deviation of the entries of the data (default 1)")
    group.add_argument("--noise", type=positive, default=1.0, help="deviation of the labels (default 1)")
    group = linear.add_argument_group("simulation")
    group.add_argument("--simulate", action="store_true", help="run chains and estimate their tail")
    group.add_argument(
        "--steps",
        type=counting,
        metavar="K",
        help="steps of the shorter chains (default: until the tail has filled up)",
    )
    group.add_argument("--n-chains", type=counting, metavar="N", help=f"number of chains (default {CHAINS})")
    add_common(linear, quick=f"{QUICK_CHAINS} chains")
    linear.set_defaults(run=run_linear)
    _add_digits(own)


def _add_digits(own: Any) -> None:
    example = "levysde sgd digits --quick --out run"
    digits = add_command(own, "digits", "small networks, layer by layer", ABOUT_DIGITS, example)
    digits.add_argument("--data", metavar="FILE.npz", help="arrays x and y, or x_train and y_train (default: digits)")
    group = digits.add_argument_group("networks")
    group.add_argument("--hidden", type=counting, nargs="+", metavar="N", help=f"widths (default {_listed(HIDDEN)})")
    group.add_argument("--depth", type=counting, default=2, metavar="N", help="hidden layers (default 2)")
    group.add_argument("--eta", type=positive, nargs="+", help=f"step sizes (default {_listed(ETAS)})")
    group.add_argument("--b", type=counting, nargs="+", metavar="N", help=f"batch sizes (default {_listed(BATCHES)})")
    group.add_argument("--iterations", type=counting, metavar="N", help=f"steps of a run (default {ITERATIONS})")
    add_common(digits, quick=f"{QUICK_ITERATIONS} steps, one width")
    digits.set_defaults(run=run_digits)


def run_digits(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from levysde.sgd.layerwise import layerwise
    from levysde.sgd.samples import digits, from_npz

    if arguments.quick and (arguments.iterations is not None or arguments.hidden is not None):
        raise UsageError("--quick chooses --iterations and --hidden; give one of the two")
    with as_usage():
        data = digits() if arguments.data is None else from_npz(arguments.data)
    n = data.shape[0]
    batches = arguments.b or BATCHES
    if max(batches) > n:
        raise UsageError(f"--b {max(batches)} is more than the {n} samples; give a smaller one")
    widths = arguments.hidden or (HIDDEN[:1] if arguments.quick else HIDDEN)
    iterations = arguments.iterations or (QUICK_ITERATIONS if arguments.quick else ITERATIONS)
    prepare(arguments)
    with progress_bar(arguments) as progress, as_usage():
        found = layerwise(
            data,
            hiddens=[(width,) * arguments.depth for width in widths],
            etas=arguments.eta or ETAS,
            batches=batches,
            iterations=iterations,
            rng=arguments.seed,
            progress=progress if callable(progress) else None,
        )
    print(found.table())
    if not arguments.quiet:
        source = arguments.data or "digits of 8 x 8 pixels"
        settings = [("data", f"{source}, {n} samples"), ("iterations", str(iterations)), ("seed", str(arguments.seed))]
        print("\n" + block("settings", settings))
    if arguments.out is not None:
        from levysde.report import write_layerwise

        files = write_layerwise(found, arguments.out)
        if not arguments.quiet:
            print("\n" + files_line(files))
    return 0 if any(run.layers for run in found.runs) else 1


def _listed(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)


def run_linear(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from levysde.sgd.linear_regression import Study, law_of, study

    for flag in ("steps", "n_chains"):
        if not arguments.simulate and getattr(arguments, flag) is not None:
            raise UsageError(f"--{flag.replace('_', '-')} belongs to --simulate; give both or neither")
    if arguments.quick and arguments.n_chains is not None:
        raise UsageError("--quick chooses --n-chains; give one of the two")
    with as_usage():
        law = law_of(arguments.d, arguments.b, arguments.eta, arguments.sigma, noise=arguments.noise)
    chosen = max(QUICK_CHAINS, min(CHAINS, NUMBERS // law.d))
    n_chains = arguments.n_chains or (QUICK_CHAINS if arguments.quick else chosen)
    prepare(arguments)
    found = Study(law, ())
    if arguments.simulate:
        with progress_bar(arguments) as progress, as_usage():
            found = study(
                law,
                n_chains=n_chains,
                steps=arguments.steps,
                rng=arguments.seed,
                workers=arguments.workers,
                progress=progress,
            )
    print(_law_text(law))
    if found.runs:
        print("\n" + _runs_text(found))
        if not arguments.quiet:
            steps = found.runs[0].chains.steps
            rule = ": until the tail is that of the stationary law" if law.is_stationary and not arguments.steps else ""
            settings = [("steps", f"{steps}{rule}"), ("n-chains", str(n_chains)), ("seed", str(arguments.seed))]
            print("\n" + block("settings", settings))
    if arguments.out is not None:
        from levysde.report import write_linear_regression

        files = write_linear_regression(found, arguments.out)
        if not arguments.quiet:
            print("\n" + files_line(files))
    return 0


def _law_text(law: Law) -> str:
    index = "none" if not law.is_stationary else f"{law.alpha:.10g}" if math.isfinite(law.alpha) else "above 1e6"
    moment = (
        "none" if not law.is_stationary else "infinite" if math.isinf(law.second_moment) else f"{law.second_moment:.6g}"
    )
    sign = "< 0: a stationary law" if law.is_stationary else ">= 0: errors grow"
    lines = [
        ("tail index", index),
        ("regime", law.regime),
        ("rho", f"{law.rho:.10g} ({sign})"),
        ("eta_critical", f"{law.eta_critical:.10g} (tail index 2)"),
        ("eta_max", f"{law.eta_max:.10g} (rho = 0)"),
        ("E|e|^2", moment),
    ]
    return block(f"SGD on linear regression, d = {law.d}, b = {law.b}, eta = {law.eta:g}, sigma = {law.sigma:g}", lines)


def _runs_text(found: Study) -> str:
    short, long = found.runs
    exact = f"{found.law.alpha:.4f}" if found.law.is_stationary else "none"
    stable = f"{min(found.law.alpha, 2.0):.4f}" if found.law.is_stationary else "none"
    rows = [
        ("", f"{short.chains.steps} steps", f"{long.chains.steps} steps", "exact"),
        ("Hill, last errors", str(short.hill), str(long.hill), exact),
        ("block sums, averages", str(short.blocks), str(long.blocks), stable),
    ]
    if not found.law.is_stationary:
        rows.append(("log|e| / step", str(short.growth), str(long.growth), f"{found.law.rho:.6g}"))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = [
        "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([f"{short.chains.n_chains} chains", *lines, found.verdict])
