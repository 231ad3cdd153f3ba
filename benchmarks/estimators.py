"""Tail-index estimators: bias, spread and efficiency against the Cramér-Rao bound, beside the peers installed."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator

import numpy as np

import levysde as ls
from benchmarks.limit import values_within
from benchmarks.timing import Line, absent, optional, show
from levysde import tails

N = 5000
REPEATS, FIT_REPEATS, PEER_REPEATS = 400, 48, 10
LIMIT = 20.0  # seconds that a peer gets for its samples of one law
FEWEST = 20  # samples for an efficiency
K = 250  # exceedances: the top 5 %
MANY = 10_000_000
# sqrt(n) times the least standard error of alpha at beta = 0, scale unknown; at 2 the information is infinite.
BOUND = {0.8: 0.85450, 1.2: 1.32543, 1.5: 1.53536, 1.8: 1.38299}

Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]
LAWS: dict[str, tuple[float, Draw]] = {
    **{f"stable, alpha = {a}": (a, lambda rng, size, a=a: ls.stable.rvs(a, size=size, rng=rng)) for a in BOUND},
    "stable, alpha = 2 (normal)": (2.0, lambda rng, size: rng.normal(size=size)),
    "Student t, nu = 1.5": (1.5, lambda rng, size: rng.standard_t(1.5, size)),
    "Student t, nu = 3": (3.0, lambda rng, size: rng.standard_t(3, size)),
    "Pareto, alpha = 1.5": (1.5, lambda rng, size: 1 + rng.pareto(1.5, size)),
    "Laplace (no power law)": (math.inf, lambda rng, size: rng.laplace(size=size)),
}
CLOSED: dict[str, Callable[[np.ndarray], ls.Estimate]] = {
    f"hill, k = {K}": lambda x: tails.hill(x, K, errors="independent"),
    f"hill_corrected, k = {K}": lambda x: tails.hill_corrected(x, K, errors="independent"),
    f"moment, k = {K}": lambda x: tails.moment(x, K, errors="independent"),
    f"pickands, k = {K}": lambda x: tails.pickands(x, K, errors="independent"),
    f"generalized_pareto, k = {K}": lambda x: tails.generalized_pareto(x, K, errors="independent"),
    "log_moment": lambda x: tails.log_moment(x, errors="independent"),
    "block_log_moment, 70": lambda x: tails.block_log_moment(x, 70, errors="independent"),
    "block_log_moment, median": lambda x: tails.block_log_moment(x, [2, 5, 10, 20, 50, 100, 40], errors="independent"),
    "block_order_statistic, 50": lambda x: tails.block_order_statistic(x, 50, errors="independent"),
}
FITS: dict[str, Callable[[np.ndarray], ls.Estimate]] = {
    "quantile": lambda x: tails.quantile(x, beta=0.0, errors="independent"),
    "ecf": lambda x: tails.ecf(x, beta=0.0, errors="independent"),
    "max_likelihood": lambda x: tails.max_likelihood(x, beta=0.0, errors="independent"),
}


def _heavytails() -> Callable[[np.ndarray], float] | None:
    module = optional("heavytails")
    if module is None or not hasattr(module, "hill_estimator"):
        return None
    return lambda x: 1 / float(module.hill_estimator(np.abs(x).tolist(), K))


def _tailestim() -> Callable[[np.ndarray], float] | None:
    module = optional("tailestim")
    if module is None:
        return None

    def run(x: np.ndarray) -> float:
        estimator = module.HillEstimator(bootstrap=True, r_bootstrap=100)
        estimator.fit(np.abs(x))
        return 1 / float(estimator.get_result().xi_star_)

    return run


def _powerlaw() -> Callable[[np.ndarray], float] | None:
    module = optional("powerlaw")
    if module is None:
        return None

    def run(x: np.ndarray) -> float:
        sizes = np.abs(x)
        return float(module.Fit(sizes, xmin=float(np.quantile(sizes, 0.95)), verbose=False).power_law.alpha) - 1

    return run


def _levy() -> Callable[[np.ndarray], float] | None:
    module = optional("levy")
    if module is None:
        return None
    return lambda x: float(module.fit_levy(x, beta=0.0)[0].get()[0])


def _scipy() -> Callable[[np.ndarray], float]:
    from scipy.stats import levy_stable

    return lambda x: float(levy_stable._fitstart(x)[0])


PEERS: dict[str, tuple[str, Callable[[], Callable[[np.ndarray], float] | None]]] = {
    f"heavytails, Hill, k = {K}": ("heavytails", _heavytails),
    "tailestim, Hill, double bootstrap": ("tailestim", _tailestim),
    "powerlaw, top 5 %": ("powerlaw", _powerlaw),
    "levy, maximum likelihood": ("levy-stable", _levy),
    "scipy, McCulloch's tables": ("scipy", _scipy),
}


def _line(law: str, name: str, found: np.ndarray, note: str = "") -> Line:
    truth = LAWS[law][0]
    finite = found[np.isfinite(found)]
    if finite.size < found.size / 2:
        return Line(law, name, math.inf, "", f"infinite in {found.size - finite.size} of {found.size} samples")
    spread = float(np.std(finite))
    middle = float(np.mean(finite))
    parts = [f"bias {middle - truth:+.3f}"] if math.isfinite(truth) else []
    parts += [f"sd {spread:.3f}"] if finite.size > 1 else []
    text = ", ".join(parts)
    if law.startswith("stable") and truth in BOUND and found.size >= FEWEST:  # an efficiency from less is noise
        efficiency = BOUND[truth] ** 2 / N / (spread**2 + (middle - truth) ** 2)
        text += f", efficiency {efficiency:.2f} ± {efficiency * math.sqrt(2 / finite.size):.2f}"  # of a variance
    if finite.size < found.size:
        text += f", infinite in {found.size - finite.size} of {found.size}"
    return Line(law, name, middle, "mean", text + note)


def lines(
    *,
    repeats: int = REPEATS,
    fit_repeats: int = FIT_REPEATS,
    peer_repeats: int = PEER_REPEATS,
    limit: float = LIMIT,
) -> list[Line]:
    """Measure all laws, and the time of 10^7 values."""
    found = []
    for law, (_, draw) in LAWS.items():
        x = draw(np.random.default_rng(1), (N, repeats))
        for name, estimator in CLOSED.items():
            found.append(_line(law, name, np.asarray(estimator(x).value)))
        for name, estimator in FITS.items():
            found.append(_line(law, name, np.asarray(estimator(x[:, :fit_repeats]).value)))
        found += [_peer(law, name, x[:, :peer_repeats], limit) for name in PEERS]
    return [*found, *_times()]


def _peer(law: str, name: str, x: np.ndarray, limit: float) -> Line:
    package, make = PEERS[name]
    if make() is None:
        return absent(law, name, package)
    values, trouble = values_within(limit, _read, name, x)
    if not values:
        return Line(law, name, math.nan, "", trouble)
    note = f"; after {len(values)} of {x.shape[1]} samples {trouble}" if trouble else ""
    return _line(law, name, np.array(values), note)


def _read(name: str, x: np.ndarray) -> Iterator[float]:
    estimator = PEERS[name][1]()
    assert estimator is not None
    return map(estimator, x.T)


def _times() -> list[Line]:
    x = ls.stable.rvs(1.5, size=MANY, rng=1)
    found = []
    for name, estimator in CLOSED.items():
        estimator(x)
        began = time.perf_counter()
        estimator(x)
        found.append(Line("10^7 values", name, time.perf_counter() - began, "s"))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS, help="samples of each law (default %(default)s)")
    parser.add_argument("--fit-repeats", type=int, default=FIT_REPEATS, help="for fits of stable laws (%(default)s)")
    parser.add_argument("--peer-repeats", type=int, default=PEER_REPEATS, help="for other packages (%(default)s)")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds for a package and a law (%(default)s)")
    given = parser.parse_args()
    show(
        lines(
            repeats=given.repeats,
            fit_repeats=given.fit_repeats,
            peer_repeats=given.peer_repeats,
            limit=given.limit,
        )
    )


if __name__ == "__main__":
    main()
