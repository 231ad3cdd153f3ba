"""Speed is worth nothing with a wrong law: the same checks for us and for every peer that is installed.

Samplers: the characteristic function at 20 frequencies (largest deviation in computed standard errors), exceedance
counts in the tail against exact probabilities, and stability under summation. A right sampler stays below Z.
Distribution functions: the largest relative error over the committed table of high-precision values, and at points that
are known to be hard. `levysde, 3 % too wide` is the control that has to fail.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

import levysde as ls
from benchmarks import libstable
from benchmarks.timing import Line, absent, optional, show

N = 400_000
Z = 5.0
LAWS = [(1.5, 0.0), (0.7, 0.0), (1.9, 0.0), (1.5, 0.7), (0.8, -0.5), (1.2, 1.0), (0.6, 1.0)]
SCALED = (1.0, 0.5, 3.0)  # alpha, beta, scale: in S1 the location moves by (2/pi) beta scale log(scale)
REFERENCE = Path(__file__).parents[1] / "tests" / "reference" / "stable_distribution.json"
# x, alpha, beta (S1), and the value by high-precision quadrature
HARD = {
    "pdf(1e12, 1.5, 0)": ("pdf", 1e12, 1.5, 0.0, 2.992067103010745e-31),
    "sf(1e6, 1.5, 0)": ("sf", 1e6, 1.5, 0.0, 1.9947114051902622e-10),
    "pdf(-12, 1.6, 1)": ("pdf", -12.0, 1.6, 1.0, 2.37993099190839156e-40),
}

Sampler = Callable[[float, float, float, int], np.ndarray]  # (alpha, beta, scale, seed) -> N variates in S1
Function = Callable[[np.ndarray, float, float], np.ndarray]  # (x, alpha, beta) in S1


def samplers() -> tuple[dict[str, Sampler], list[str]]:
    """Return the samplers at hand, and the peers that are not installed."""
    from scipy.stats import levy_stable

    found: dict[str, Sampler] = {
        "levysde": lambda a, b, s, seed: ls.stable.rvs(a, b, scale=s, size=N, rng=seed),
        "levysde, 3 % too wide": lambda a, b, s, seed: 1.03 * ls.stable.rvs(a, b, scale=s, size=N, rng=seed),
        "scipy": lambda a, b, s, seed: levy_stable.rvs(a, b, scale=s, size=N, random_state=seed),
    }
    missing = []
    rust, diffusion, tables = optional("stochastic_rs"), optional("diffusionx"), optional("levy")
    if rust is not None:
        found["stochastic-rs"] = lambda a, b, s, seed: np.asarray(rust.PyAlphaStable(a, b, s, 0.0, seed=seed).sample(N))
    else:
        missing.append("stochastic-rs")
    if diffusion is not None:
        found["diffusionx"] = lambda a, b, s, seed: np.asarray(diffusion.random.stable_rand(a, b, s, 0.0, N))
    else:
        missing.append("diffusionx")
    if tables is not None and hasattr(tables, "rvs"):
        found["levy-stable"] = lambda a, b, s, seed: np.asarray(
            tables.rvs(alpha=a, beta=b, sigma=s, par="1", size=N, random_state=seed)
        )
    else:
        missing.append("levy-stable")
    return found, missing


def log_characteristic(k: np.ndarray, alpha: float, beta: float, scale: float) -> np.ndarray:
    """Return log E exp(ikX) in S1 for k > 0."""
    u = scale * k
    lean = np.log(k) * -2 / math.pi if alpha == 1 else math.tan(math.pi * alpha / 2)
    return np.asarray(-(u**alpha) * (1 - 1j * beta * lean))


def characteristic_z(x: np.ndarray, alpha: float, beta: float, scale: float) -> float:
    """Return the largest deviation of real and imaginary part from the law, in standard errors."""
    k = np.geomspace(0.1, 2.5, 20) / scale
    wanted = np.exp(log_characteristic(k, alpha, beta, scale))
    worst = 0.0
    for frequency, phi in zip(k, wanted, strict=True):
        for values, exact in ((np.cos(frequency * x), phi.real), (np.sin(frequency * x), phi.imag)):
            worst = max(worst, abs(values.mean() - exact) / (values.std() / math.sqrt(x.size)))
    return float(worst)


def tail_z(x: np.ndarray, alpha: float, beta: float) -> float:
    """Return the largest deviation of the counts beyond exact quantiles of both sides."""
    worst = 0.0
    for p in (0.1, 1e-2, 1e-3, 1e-4):
        for count, q in (
            (np.count_nonzero(x > ls.stable.isf(p, alpha, beta)), p),
            (np.count_nonzero(x < ls.stable.ppf(p, alpha, beta)), p),
        ):
            worst = max(worst, abs(count - x.size * q) / math.sqrt(x.size * q))
    return float(worst)


def sum_z(x: np.ndarray, alpha: float) -> float:
    """Return the deviation in law of (X1 + X2) 2^(-1/alpha) from X for a symmetric law."""
    half = (x[: x.size // 2] + x[x.size // 2 :]) * 2 ** (-1 / alpha)
    return characteristic_z(half, alpha, 0.0, 1.0)


def functions() -> dict[str, dict[str, Function]]:
    """Return pdf and sf of everybody, in S1."""
    from scipy.stats import levy_stable

    found: dict[str, dict[str, Function]] = {
        "levysde": {"pdf": ls.stable.pdf, "sf": ls.stable.sf},
        "scipy": {"pdf": levy_stable.pdf, "sf": levy_stable.sf},
    }
    tables = optional("levy")
    if tables is not None and hasattr(tables, "pdf"):
        found["levy-stable"] = {
            "pdf": lambda x, a, b: np.asarray(tables.pdf(x, alpha=a, beta=b, par="1")),
            "sf": lambda x, a, b: 1 - np.asarray(tables.cdf(x, alpha=a, beta=b, par="1")),
        }
    if libstable.functions(1.5, 0.0):
        found["libstable"] = {
            "pdf": lambda x, a, b: libstable.functions(a, b)["pdf"](x),
            "sf": lambda x, a, b: 1 - libstable.functions(a, b)["cdf"](x),
        }
    return found


def _verdict(task: str, name: str, value: float, unit: str, limit: float) -> Line:
    return Line(task, name, value, unit, "passes" if value < limit else "FAILS")


def lines() -> list[Line]:
    """Run every check on everybody."""
    found: list[Line] = []
    draw, missing = samplers()

    def check(task: str, law: tuple[float, float, float], seed: int, measure: Callable[[np.ndarray], float]) -> None:
        found.extend(_verdict(task, name, measure(one(*law, seed)), "s.e.", Z) for name, one in draw.items())

    for alpha, beta, scale in [*((a, b, 1.0) for a, b in LAWS), SCALED]:
        task = f"characteristic function, alpha = {alpha}, beta = {beta}, scale = {scale}: largest deviation"
        check(task, (alpha, beta, scale), 1, functools.partial(characteristic_z, alpha=alpha, beta=beta, scale=scale))
    task = "counts beyond exact quantiles down to 1e-4, alpha = 1.5, beta = 0.5"
    check(task, (1.5, 0.5, 1.0), 3, functools.partial(tail_z, alpha=1.5, beta=0.5))
    check("sums of two, alpha = 1.3", (1.3, 0.0, 1.0), 4, functools.partial(sum_z, alpha=1.3))
    return [*found, *(absent("samplers that are not installed", name, name) for name in missing), *densities()]


def densities(most: int = 60) -> list[Line]:
    """Compare pdf and sf with the committed table (a sample of it: scipy takes milliseconds a point)."""
    values = json.loads(REFERENCE.read_text())["values"]
    chosen = [values[i] for i in np.linspace(0, len(values) - 1, min(most, len(values))).astype(int)]
    found = []
    for name, functions_of in functions().items():
        for kind, column in (("pdf", 3), ("sf", 4)):
            errors, refused = [], 0
            for row in chosen:
                x, a, b, exact = row[0], row[1], row[2], float(row[column])
                if exact < 1e-290:
                    continue
                x_1 = x + (b * math.tan(math.pi * a / 2) if a not in (1.0, 2.0) else 0.0)
                error = _relative_error(functions_of[kind], x_1, a, b, exact)
                refused += error is None
                errors += [] if error is None else [error]
            line = _verdict(
                f"{kind} at points of the reference table: worst relative error", name, max(errors), "", 1e-6
            )
            found.append(
                replace(line, ratio=f"{line.ratio} {len(errors)} points" + f", refuses {refused}" * bool(refused))
            )
        for task, (kind, x, a, b, exact) in HARD.items():
            error = _relative_error(functions_of[kind], x, a, b, exact)
            if error is not None:
                found.append(_verdict(f"{task}: relative error", name, error, "", 2e-3))
    return sorted(found, key=lambda line: line.task)


def _relative_error(function: Function, x: float, alpha: float, beta: float, exact: float) -> float | None:
    """Return the relative error at one point, infinite for NaN; None if the function refuses the parameters."""
    try:
        with np.errstate(all="ignore"):
            value = float(np.squeeze(function(np.array([x]), alpha, beta)))
    except ValueError:
        return None
    return abs(value / exact - 1) if math.isfinite(value) else math.inf


if __name__ == "__main__":
    show(lines())
