"""The tail-index analysis, its means: stable motion, and the estimator on laws that are known."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from levysde import stable, tails
from levysde._types import NDArray
from levysde.estimate import Prediction, proportion
from levysde.landscapes import Flat
from levysde.noise import AlphaStable
from levysde.paths import simulate
from levysde.reproduce._build import mean_of, with_spread
from levysde.reproduce._series import curve, measured
from levysde.reproduce.experiment import Setting
from levysde.reproduce.finding import Claim, Control, Finding, Number, Panel, Series
from levysde.reproduce.tail_index.off_model import LAWS
from levysde.sde import SDE

__all__ = ["background", "estimator", "off_model"]

Array = NDArray[np.float64]

SHOWN = (1.2, 1.6, 2.0)  # indices of the figure with densities and paths
ALPHAS = (0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0)


def background(setting: Setting) -> Finding:
    """Draw densities and paths of stable motion: the increments have the characteristic function of the definition."""
    n_paths, steps, omega = setting.pick(100, 2000), 3000, 1.5
    numbers, controls, paths = [], [], []
    densities: list[Series] = []
    edges, fine = np.linspace(-6, 6, 49), np.linspace(-6, 6, 241)
    for at, alpha in enumerate(SHOWN):
        motion = SDE(Flat(), AlphaStable(alpha))
        run = simulate(motion, 0.0, t=steps, dt=1.0, n_paths=n_paths, rng=setting.seed(1, at), workers=setting.workers)
        x = run.x[:, :, 0]
        moves = np.diff(x, axis=1)
        claim = Claim.value(math.exp(-(omega**alpha)), 0.0, "the increments have E exp(iwX) = exp(-|w|^alpha)")
        ours = mean_of(np.cos(omega * moves).ravel())
        numbers.append(Number(f"E cos({omega:g} L_1), alpha = {alpha:g}", claim, ours, _transform(alpha, omega)))
        expected = moves.size * np.diff(stable.cdf(np.r_[-np.inf, edges, np.inf], alpha))
        seen = np.diff(np.r_[0, np.searchsorted(np.sort(moves, axis=None), edges), moves.size])
        freedom = len(expected) - 1
        chi = float(np.sum((seen - expected) ** 2 / expected)) / freedom
        ours = with_spread(chi, math.sqrt(2 / freedom), moves.size, "chi-square over its degrees of freedom")
        numbers.append(Number(f"histogram against density, alpha = {alpha:g}", Claim.value(1.0, 0.0), ours))
        jumps = Claim.above(0.1, "paths jump") if alpha < 2 else Claim.below(0.1, "paths are continuous")
        share = mean_of(np.abs(moves).max(axis=1) / np.ptp(x, axis=1))
        case = f"largest of {steps} increments over the range of the path, alpha = {alpha:g}"
        controls.append(Control(case, jumps, share, "prove", "the paths do not show what the densities do"))
        heights = seen[1:-1] / moves.size / np.diff(edges)
        middles = tuple(((edges[1:] + edges[:-1]) / 2).tolist())
        densities.append(curve(f"alpha = {alpha:g}", fine, stable.pdf(fine, alpha), group=at))
        densities.append(Series(f"alpha = {alpha:g}", middles, tuple(heights.tolist()), group=at))
        path = curve("", np.arange(steps + 1), x[0], group=at, look="plain")
        paths.append(Panel(f"A path, alpha = {alpha:g}", "steps", "L", (path,)))
    panels = (Panel("Densities and increments", "x", "density", tuple(densities), log_y=True), *paths)
    return Finding(tuple(numbers), tuple(controls), panels, {"paths": n_paths, "steps": steps, "omega": omega})


def _transform(alpha: float, omega: float) -> Prediction:
    """Return the characteristic function by the density of this package."""
    from scipy.integrate import quad

    half = float(quad(lambda x: stable.pdf(x, alpha), 0, np.inf, weight="cos", wvar=omega, epsabs=1e-9)[0])
    return Prediction(2 * half, 1e-8, "cosine transform of stable.pdf", True, "quadrature")


def estimator(setting: Setting) -> Finding:
    """Set true against estimated index of synthetic noise, with the predicted spread of the estimates."""
    repetitions, n, m = setting.pick(200, 2000), 10_000, 100
    numbers, means, spreads = [], [], []
    for at, alpha in enumerate(ALPHAS):
        x = stable.rvs(alpha, size=(n, repetitions), rng=setting.seed(2, at))
        alphas = np.asarray(tails.block_log_moment(x, m, errors="independent").value)
        inverse = 1 / alphas
        claim = Claim.value(1 / alpha, 0.0, "the estimate of 1/alpha is unbiased")
        exact = tails.block_limit(partial(_stable, alpha), m)
        limit = Prediction(1 / exact.value, exact.error, exact.law, exact.valid, exact.reason)
        numbers.append(Number(f"1 / estimate, alpha = {alpha:g}", claim, mean_of(inverse), limit))
        # sd(1/alpha) = sqrt(V m / n) / log m, V = Var log|X| = pi^2/6 (1/alpha^2 + 1/2): neglects what a sum shares
        # with its own largest term, of order (log m) / m
        sd = math.sqrt(math.pi**2 / 6 * (1 / alpha**2 + 0.5) * m / n) / math.log(m)
        found = float(np.std(inverse, ddof=1))
        excess = float(np.mean((inverse - inverse.mean()) ** 4)) / found**4 - 1
        error = 0.5 * found * math.sqrt(excess / repetitions)
        spread = with_spread(found, error, repetitions, "standard deviation of repetitions")
        claim = Claim.value(sd, sd * math.log(m) / m, "sqrt(V m / n) / log m")
        numbers.append(Number(f"spread of 1 / estimate, alpha = {alpha:g}", claim, spread))
        means.append(mean_of(alphas))
        spreads.append(float(np.std(alphas, ddof=1)))
    above = proportion(int(np.count_nonzero(alphas > 2)), repetitions)  # of the last, alpha = 2
    # the skewness -1.5 of log|Z| moves the median of the mean of n/m of them by 1 % of probability
    half = Claim.value(0.5, 0.01, "an estimate clipped at 2 is biased for Gaussian noise")
    control = Control(
        "share of the estimates above 2 at alpha = 2", half, above, "refute", "estimates are clipped at 2"
    )
    bars = tuple(mean.value for mean in means)
    panel = Panel(
        "Synthetic noise",
        "true alpha",
        "estimated alpha",
        (
            curve("estimate = alpha", ALPHAS, ALPHAS),
            Series(f"mean and standard deviation of {repetitions} estimates", ALPHAS, bars, tuple(spreads)),
        ),
    )
    return Finding(tuple(numbers), (control,), (panel,), {"values": n, "block": m, "repetitions": repetitions})


def _stable(alpha: float, t: Array) -> Array:
    return np.asarray(np.exp(-(t**alpha)))


def off_model(setting: Setting) -> Finding:
    """Tell what the estimator reads off noise that is not stable: below 2 although the variance is finite."""
    rows, columns, blocks = setting.pick(100, 1000), 10_000, (10, 100, 1000)
    numbers, controls, curves = [], [], []
    for at, law in enumerate(LAWS):
        x = law.draw(np.random.default_rng(setting.seed(3, at)), rows, columns)
        found = [tails.pooled(x, block=m) for m in blocks]
        limits = [law.limit(m) for m in blocks]
        curves.append(curve(law.label, blocks, [limit.value for limit in limits], group=at % 6))
        curves.append(measured(law.label, blocks, found, group=at % 6))
        case = f"{law.label}, block {blocks[-1]}"
        if law.label.startswith("stable"):
            claim = Claim.value(law.index, 0.0, "the estimate is the index")
            numbers.append(Number(case, claim, found[-1], limits[-1]))
        else:
            text = "the index of the law" if law.index < 2 else "2: the variance is finite"
            but = "off the model it is no test of heavy tails: it reads 0.3 to 1.9 where the variance is finite"
            controls.append(Control(case, Claim.value(law.index, 0.0, text), found[-1], "refute", but))
    panels = tuple(
        Panel(title, "block m", "what the estimator reads", tuple(part), log_x=True)
        for title, part in (("Independent values", curves[:12]), ("Zeros, scales, dependence", curves[12:]))
    )
    notes = ("Lines are exact (levysde.tails.block_limit): the estimator reads the same from any amount of data.",)
    return Finding(tuple(numbers), tuple(controls), panels, {"values": rows * columns, "blocks": blocks}, notes)
