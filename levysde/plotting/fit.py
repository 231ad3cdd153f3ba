"""A fitted stable law beside its data: both tails on log-log axes, where a power law is a straight line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from levysde.plotting.style import colour, tidy, with_defaults
from levysde.plotting.tail import exceedances

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from levysde.stable import StableFit

POINTS = 300


def draw_fit(fit: StableFit, ax: Axes, **style: Any) -> Axes:
    """Draw P(|X - median| > x) of data and fitted law, right and left tail in a colour each; the style is the law's."""
    from levysde.stable import cdf, sf

    median = float(np.median(fit.data))
    ends = []
    for number, (name, sign, exceed) in enumerate((("right", 1.0, sf), ("left", -1.0, cdf))):
        sizes = np.sort(sign * (fit.data - median))
        sizes = sizes[sizes > 0]
        if not sizes.size:
            continue
        places, shares = exceedances(sizes, fit.n)
        ax.plot(places, shares, color=colour(number), linestyle="", marker=".", markersize=3.5, label=f"data, {name}")
        grid = np.geomspace(places[0], 3 * places[-1], POINTS)
        curve = exceed(
            median + sign * grid,
            fit.alpha,
            fit.beta,
            loc=fit.loc,
            scale=fit.scale,
            parameterization=fit.parameterization,
        )
        ax.plot(grid, curve, **with_defaults(style, color=colour(number), linewidth=1.5, label=f"fit, {name}"))
        ends.append((places[0], places[-1], shares[-1]))
    ax.set(xscale="log", yscale="log", xlabel="distance x from the median", ylabel="P(further out than x)")
    typical = fit.scale / 30
    ax.set_xlim(max(min(end[0] for end in ends), typical), 3 * max(end[1] for end in ends))
    ax.set_ylim(min(end[2] for end in ends) / 3, 1.0)
    error = fit.standard_errors["alpha"]
    ax.set_title(f"α = {fit.alpha:.3g}" + (f" ± {error:.2g}" if error == error else "") + f", β = {fit.beta:.2g}")
    ax.legend(frameon=False)
    tidy(ax)
    return ax
