"""SGD on linear regression: the root of h, the tail index against the step, and the tail of simulated chains."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from levysde.plotting.style import GREY, INK, colour, note, short, tidy
from levysde.plotting.tail import exceedances

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from levysde.sgd.linear_regression import Law, Study


def draw_study(study: Study, figure: Figure) -> Axes:
    """Draw the law, and the chains where there are some; returns the last axes."""
    law = study.law
    axes = figure.subplots(1, 3 if study.runs else 2)
    _draw_h(law, axes[0])
    _draw_index(law, axes[1])
    if study.runs:
        _draw_chains(study, axes[2])
    sigma = "" if law.sigma == 1 else f", σ = {law.sigma:g}"
    figure.suptitle(f"SGD on linear regression, d = {law.d}, b = {law.b}, η = {law.eta:g}{sigma}", fontsize=10)
    last: Axes = axes[-1]
    return last


def _draw_h(law: Law, ax: Axes) -> None:
    powers, values = law.h_curve()
    shown = np.isfinite(values)
    ax.axhline(1.0, color=GREY, linewidth=0.9, linestyle="--")
    ax.plot(powers[shown], values[shown], color=INK, linewidth=1.5)
    if law.is_stationary and law.alpha <= powers[-1]:
        ax.plot([law.alpha], [1.0], marker="o", color=colour(1), markersize=6, linestyle="")
        ax.set_title(f"h(α) = 1 at α = {short(law.alpha, 6)}", fontsize=10)
    else:
        ax.set_title(f"h′(0) = ρ = {short(law.rho, 3)}", fontsize=10)
    if np.max(values[shown]) > 20:
        ax.set_yscale("log")
    ax.set(xlabel="power s", ylabel="h(s) = E|Me|ˢ")
    tidy(ax)


def _draw_index(law: Law, ax: Axes) -> None:
    etas, alphas = law.index_curve()
    ax.axhspan(min(0.1, alphas.min()), 2.0, color=colour(1), alpha=0.08, linewidth=0)
    ax.plot(etas, alphas, color=INK, linewidth=1.5)
    ax.axvline(law.eta_critical, color=GREY, linewidth=0.9, linestyle=":")
    ax.axvline(law.eta_max, color=GREY, linewidth=0.9, linestyle="--")
    if law.is_stationary and alphas.min() <= law.alpha <= alphas.max():
        ax.plot([law.eta], [law.alpha], marker="o", color=colour(1), markersize=6, linestyle="")
    elif not law.is_stationary:
        ax.axvline(law.eta, color=colour(1), linewidth=1.5)
        note(ax, "here: no stationary law", y=0.98)
    right = max(law.eta_max, law.eta if not law.is_stationary else 0.0)
    ax.set(xlabel="step η", ylabel="tail index α", yscale="log")
    ax.set_xlim(0.0, 1.06 * right)
    ax.set_ylim(0.1, alphas.max())
    ax.set_yticks([0.1, 0.2, 0.5, 1, 2, 5, 10, 20], labels=["0.1", "0.2", "0.5", "1", "2", "5", "10", "20"])
    ax.set_title(f"α = 2 at η = {law.eta_critical:.5g}, ρ = 0 at {law.eta_max:.5g}", fontsize=10)
    note(ax, "infinite variance", x=0.03, y=0.04)
    tidy(ax)


def _draw_chains(study: Study, ax: Axes) -> None:
    law = study.law
    logs = [run.chains.last_log_norm / math.log(10) for run in study.runs]
    for number, (run, values) in enumerate(zip(study.runs, logs, strict=True)):
        sizes, exceeded = exceedances(np.sort(values), len(values))
        ax.plot(
            sizes,
            exceeded,
            color=colour(2 * number),
            marker=".",
            markersize=3,
            linestyle="",
            label=f"{run.chains.steps} steps",
        )
    low = min(float(np.quantile(values, 0.02)) for values in logs)
    high = max(float(values.max()) for values in logs)
    if law.is_stationary and law.alpha < 50:
        anchor = float(np.quantile(logs[-1], 0.99))
        line = np.linspace(anchor - 0.25 * (high - anchor), high, 2)
        ax.plot(
            line,
            0.01 * 10 ** (-law.alpha * (line - anchor)),
            color=colour(1),
            linewidth=1.5,
            label=f"slope −{law.alpha:.4g}",
        )
    ax.set(xlabel="log₁₀ |e|", ylabel="P(longer)", yscale="log")
    ax.set_xlim(low, high + 0.05 * (high - low))
    ax.set_ylim(0.4 / study.runs[0].chains.n_chains, 1.3)
    ax.set_title("errors at the end of the chains", fontsize=10)
    ax.legend(frameon=False, fontsize=8, loc="lower left")
    tidy(ax)
