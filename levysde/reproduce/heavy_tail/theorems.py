"""Theorems of the ICML 2021 paper on the chain itself: moments, contraction, and the limit law of sums."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from levysde._types import NDArray
from levysde.estimate import Estimate, Prediction, sample_mean
from levysde.reproduce._build import log_slope, mean_of, ratio, with_spread
from levysde.reproduce._series import curve, measured
from levysde.reproduce.experiment import Setting
from levysde.reproduce.finding import Claim, Control, Finding, Number, Panel
from levysde.sgd.linear_regression import (
    GaussianData,
    eta_for,
    eta_max,
    h,
    moment_bound,
    moment_scores,
    noise_moment,
    second_moment,
    simulate,
    tail_index,
)
from levysde.tails import ecf

FloatArray = NDArray[np.float64]

KOLMOGOROV = (0.8687, 0.2603)  # mean and standard deviation of Kolmogorov's distribution


def moments(setting: Setting) -> Finding:
    """Measure stationary moments beside the bounds of Corollary 5, and the growth of E|x_k|^alpha (Proposition 8)."""
    n, last = setting.pick(20_000, 200_000), 200
    numbers, controls, series = [], [], []
    bounded = ((1, 1, 1.2, 0.4, last), (2, 1, 0.6, 0.8, last), (2, 1, 0.6, 1.15, last), (5, 5, 0.5, 2.0, last // 5))
    for i, (d, b, eta, p, k) in enumerate(bounded):
        [scores] = moment_scores(GaussianData(d), b=b, eta=eta, p=p, at=[k], n_chains=n, rng=setting.seed(14, i))
        bound = moment_bound(p, d, b, eta)
        oracle = None
        if p == 2:
            exact = second_moment(d, b, eta) / bound
            oracle = Prediction(exact, 0.0, "second moment in closed form", True, "eta < eta_crit")
        case = f"E|x|^{p:g} / bound, d = {d}, b = {b}, eta = {eta:g}"
        numbers.append(Number(case, Claim.below(1.0, "Corollary 5"), ratio(sample_mean(scores), bound), oracle))
    at = [last // 8, last // 4, last // 2, last]
    for i, (d, b, alpha) in enumerate(((1, 1, 0.8), (2, 1, 1.5), (2, 1, 2.0))):
        eta, seed = eta_for(alpha, d, b), setting.seed(14, 10 + i)
        scores = moment_scores(GaussianData(d), b=b, eta=eta, p=alpha, at=at, n_chains=n, rng=seed)
        oracle = Prediction(1.0, 0.0, "exactly linear at alpha = 2", True, "h(2) = 1") if alpha == 2 else None
        claim = Claim(0.0, max(1.0, alpha), 0.0, "Proposition 8: O(k), O(k^alpha)")
        case = f"exponent of E|x_k|^alpha in k, alpha = {alpha:g}"
        numbers.append(Number(case, claim, _growth(scores[2], scores[3]), oracle))
        series.append(measured(f"p = α = {alpha:g}", at, [sample_mean(score) for score in scores], group=i))
    series.append(curve("p = α = 2", at, [k * noise_moment(2.0, 2, 1, 0.5) for k in at], group=2))
    d, b, eta = 2, 1, eta_for(1.5, 2, 1)
    half = moment_scores(GaussianData(d), b=b, eta=eta, p=0.75, at=at, n_chains=n, rng=setting.seed(14, 20))
    series.append(measured("p = 0.75, α = 1.5", at, [sample_mean(score) for score in half], group=3, look="control"))
    above = moment_scores(GaussianData(d), b=b, eta=eta, p=1.7, at=[10, 30], n_chains=n, rng=setting.seed(14, 21))
    controls = [
        Control(
            "p = alpha/2 = 0.75: exponent of E|x_k|^p in k",
            Claim.below(0.1, "the moment is finite: it has settled"),
            _growth(half[2], half[3]),
            "refute",
            "moments below alpha grow as well",
        ),
        Control(
            "p = 1.7 > alpha = 1.5: exponent of E|x_k|^p in k",
            Claim.above(1.0, "the moment grows exponentially"),
            _growth(above[0], above[1], 3.0),
            "prove",
            "moments above alpha grow no faster",
        ),
    ]
    notes = (
        "E|x_k|^alpha is found to grow in proportion to k also for alpha > 1, where the paper's bound is k^alpha.",
        "Moments are sums of E[|M x + q|^p - |M x|^p], whose terms have a finite variance where |x|^p has none.",
    )
    panels = (Panel("moments of the chain", "k", "E|x_k|^p", tuple(series), log_x=True, log_y=True),)
    return Finding(tuple(numbers), tuple(controls), panels, {"chains": n, "steps": last}, notes)


def _growth(early: FloatArray, late: FloatArray, times: float = 2.0) -> Estimate:
    """Return the exponent between two steps of the same chains, a factor `times` apart, by the delta method."""
    value = math.log(late.mean() / early.mean()) / math.log(times)
    parts = (late / late.mean() - early / early.mean()) / math.log(times)
    return with_spread(value, float(np.std(parts) / math.sqrt(len(parts))), len(parts), "growth of a mean")


def wasserstein(setting: Setting) -> Finding:
    """Measure how fast two chains fed with the same data meet, and the distance W_1 itself in one dimension."""
    n = setting.pick(40_000, 400_000)
    numbers, meeting = [], []
    for i, (d, b, eta, p, k) in enumerate(((2, 1, 0.5, 1.0, 10), (5, 5, 0.8, 1.0, 20), (5, 5, 0.6, 2.0, 8))):
        rate = math.log(h(p, d, b, eta))
        oracle = Prediction(rate, 1e-12, "log h(p)", True, "coupling identity")
        at = [k // 4, k // 2, k]
        apart = [_apart(d, b, eta, step, n, setting, (i, step)) for step in at]
        moments = [sample_mean(np.exp(p * logs)) for logs in apart]
        case = f"log E|D_k|^{p:g} / k, d = {d}, b = {b}, eta = {eta:g}"
        ours = with_spread(math.log(moments[-1].value) / k, moments[-1].relative_error / k, n, "log of a mean, over k")
        numbers.append(Number(case, Claim.below(rate, "Theorem 6: log h(p)"), ours, oracle))
        name = f"p = {p:g}, d = {d}, b = {b}, η = {eta:g}"
        meeting += [measured(name, at, moments, group=i), curve(name, [0, k], [1.0, math.exp(k * rate)], group=i)]
    eta, start, steps = eta_for(3.0, 1, 1), 10.0, [1, 2, 3, 4]
    groups = np.array([_distances(eta, start, steps, n // 8, setting.seed(15, 20, g)) for g in range(8)])
    null = float(np.mean(groups[:, -1] / groups[:, 0]))  # what two samples of one law of these sizes lie apart
    shares = [replace(mean_of(groups[:, k] / groups[:, 0]), bias=null) for k in steps]
    bounds = [h(1.0, 1, 1, eta) ** k for k in steps]
    for k, ours, bound in zip(steps, shares, bounds, strict=True):
        claim = Claim.below(bound, "Theorem 6: h(1)^k")
        numbers.append(Number(f"W_1(nu_{k}, nu_inf) / W_1(nu_0, nu_inf), d = 1, alpha = 3", claim, ours))
    heavy = sample_mean(np.exp(1.6 * _apart(2, 1, 0.6, 2, n, setting, (10,))))  # later ones vary far more
    explosive = sample_mean(_apart(2, 1, 1.3 * eta_max(2, 1), 50, n // 10, setting, (11,)) / 50)
    controls = (
        Control(
            f"p = 1.6 > alpha = {tail_index(2, 1, 0.6):.2f} (d = 2, eta = 0.6): E|D_2|^p",
            Claim.above(1.0, "h(p) > 1"),
            heavy,
            "prove",
            "moments above alpha contract too",
        ),
        Control(
            "eta = 1.3 eta_max (d = 2): growth of log|D_k| in a step",
            Claim.above(0.0, "rho > 0"),
            explosive,
            "prove",
            "chains meet without a stationary law too",
        ),
    )
    distance = (
        measured("measured", steps, shares),
        curve("h(1)ᵏ", [0, *steps], [1.0, *bounds], group=1),
        curve("|1 − η|ᵏ, of the means", [0, *steps], [abs(1 - eta) ** k for k in [0, *steps]], group=2, look="control"),
    )
    panels = (
        Panel("two chains fed with the same data", "k", "E|D_k|ᵖ / |D_0|ᵖ", tuple(meeting), log_y=True),
        Panel("d = 1, α = 3, from x = 10", "k", "W₁(ν_k, ν_∞) / W₁(ν_0, ν_∞)", distance, log_y=True),
    )
    notes = (
        f"W_1 of samples is too large by what two samples of one law lie apart, {null:.2g} of W_1(nu_0, nu_inf) here: "
        "stated as a bias.",
    )
    return Finding(tuple(numbers), controls, panels, {"chains": n}, notes)


def _apart(d: int, b: int, eta: float, steps: int, n: int, setting: Setting, key: tuple[int, ...]) -> FloatArray:
    """Return log|D_k| / |D_0| of two chains fed with the same data: their difference is a chain without noise."""
    start, seed, workers = np.eye(d)[0], setting.seed(15, *key), setting.workers
    data = GaussianData(d, noise=0.0)
    chains = simulate(data, b=b, eta=eta, steps=steps, n_chains=n, start=start, rng=seed, workers=workers)
    return chains.last_log_norm


def _distances(eta: float, start: float, steps: list[int], n: int, seed: np.random.SeedSequence) -> list[float]:
    """Return W_1 to the stationary law (d = b = 1) from a point, then after some steps, and within the law itself."""
    seeds = seed.spawn(len(steps) + 2)
    settled = [
        np.sort(simulate(GaussianData(1), b=1, eta=eta, steps=100, n_chains=n, rng=one).last[:, 0]) for one in seeds[:2]
    ]
    moved = [
        np.sort(simulate(GaussianData(1), b=1, eta=eta, steps=k, n_chains=n, start=[start], rng=one).last[:, 0])
        for k, one in zip(steps, seeds[2:], strict=True)
    ]
    others = [np.full(n, start), *moved, settled[1]]
    return [float(np.mean(np.abs(other - settled[0]))) for other in others]


def clt(setting: Setting) -> Finding:
    """Compare sums of K and of 4K iterates in the right and in the wrong scaling, and read the index of their law."""
    n, short = setting.pick((8000, 1500), (16_000, 16_000))
    numbers, controls, panels = [], [], []
    for i, (d, b, eta) in enumerate(((1, 1, 1.2), (1, 1, 1.0), (2, 1, 0.6))):
        alpha = tail_index(d, b, eta)
        case, power = f"alpha = {alpha:.4g} (d = {d}, eta = {eta:g})", 1 / alpha
        few, many = (
            _sums(d, b, eta, steps, n, setting, (16, i, number)) for number, steps in enumerate((short, 4 * short))
        )
        scales = [_scale(sums) for sums in (few, many)]
        exponent = log_slope([short, 4 * short], scales)
        numbers.append(
            Number(f"{case}: growth exponent of |S_K|", Claim.value(power, 0.0, "Corollary 9: 1/alpha"), exponent)
        )
        numbers.append(Number(f"{case}: index of S_K", Claim.value(alpha, 0.0, "Corollary 9: alpha-stable"), ecf(many)))
        same, far = _kolmogorov(few, many / 4**power), _kolmogorov(few, many / 2)
        claim, apart = Claim.below(KOLMOGOROV[0], "one law"), Claim.above(KOLMOGOROV[0], "two laws")
        controls.append(
            Control(
                f"{case}: Kolmogorov's statistic of K and 4K, K^(-1/alpha)",
                claim,
                same,
                "refute",
                "the scaling of K and 4K differs",
            )
        )
        controls.append(Control(f"{case}: the same with K^(-1/2)", apart, far, "prove", "K^(-1/2) scales as well"))
        panels.append(_scaled(case, few, many, power, short))
    light = [_scale(_sums(1, 1, eta_for(4.0, 1, 1), steps, n, setting, (16, 9, steps))) for steps in (short, 4 * short)]
    case = "alpha = 4 (d = 1): growth exponent of |S_K|"
    numbers.append(Number(case, Claim.value(0.5, 0.0, "ordinary limit"), log_slope([short, 4 * short], light)))
    return Finding(tuple(numbers), tuple(controls), tuple(panels), {"chains": n, "K": short})


def _sums(d: int, b: int, eta: float, steps: int, n: int, setting: Setting, key: tuple[int, ...]) -> FloatArray:
    """Return the first coordinates of sums of all iterates."""
    seed, workers = setting.seed(*key), setting.workers
    chains = simulate(
        GaussianData(d), b=b, eta=eta, steps=steps, n_chains=n, average_share=1.0, rng=seed, workers=workers
    )
    return steps * chains.mean[:, 0]


def _scale(sums: FloatArray) -> Estimate:
    """Return the median of |S|, with the error of its logarithm from quantiles around it."""
    sizes, n = np.abs(sums), len(sums)
    reach = 0.5 / math.sqrt(n)  # standard error of the level
    low, middle, high = np.quantile(sizes, [0.5 - reach, 0.5, 0.5 + reach])
    return with_spread(float(middle), float(0.5 * (high - low)), n, "median")


def _kolmogorov(first: FloatArray, second: FloatArray) -> Estimate:
    """Return D sqrt(n m / (n + m)) of the two-sample test, with its standard deviation for samples of one law."""
    from scipy.stats import ks_2samp

    n, m = len(first), len(second)
    found = float(ks_2samp(first, second, method="asymp").statistic) * math.sqrt(n * m / (n + m))
    return with_spread(found, KOLMOGOROV[1], n + m, "Kolmogorov's two-sample statistic")


def _scaled(case: str, few: FloatArray, many: FloatArray, power: float, short: int) -> Panel:
    """Return the tails of |S_K| in both scalings."""
    level = 1 - np.geomspace(1e-3, 0.9, 40)
    lines = []
    for group, (name, exponent) in enumerate((("K^(−1/α)", power), ("K^(−1/2)", 0.5))):
        for label, steps, sums in (("K", short, few), ("4K", 4 * short, many)):
            sizes = np.quantile(np.abs(sums), level) / steps**exponent
            lines.append(
                curve(f"{label}, {name}", sizes, 1 - level, group=group, look="plain" if label == "K" else "control")
            )
    return Panel(
        case.replace("alpha", "α").replace("eta", "η"),
        "|S| in units of K^exponent",
        "P(larger)",
        tuple(lines),
        log_x=True,
        log_y=True,
    )
