"""`plot`: the right picture for a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot(obj: Any, ax: Axes | None = None, **matplotlib_style: Any) -> Axes:
    """Draw a value and return the axes.

    ==================  =============================================================================================
    Landscape           the curve with minima and barriers; contours in two dimensions
    Ensemble            paths against time; in the plane of the first two coordinates from two dimensions on
    ExitSample          survival on a log scale with its band, and the exponential law with the same mean
    SurvivalCurve       the same without the law
    Comparison          one page: landscape, one path per noise, survival of every well beside its prediction
    Convergence         errors against the step on log-log axes, fitted order and a triangle of the known one
    ScalingFit          points with errors, the fitted law, local exponents in a panel below
    Report              a law that `verify` checked: predicted, deterministic and simulated numbers
    Report of a paper   one page: all panels of a result that `reproduce` ran, with the verdict
    Panel               one of them: the paper's numbers, ours, exact values and controls
    BoxCounts           boxes visited against their side, with the slope that is the dimension
    WellChain           wells as dots whose areas are shares of time, and the tree in which they merge
    RateComparison      every rate from well to well: counted, and what each chain says
    HillPlot            Hill's estimate against the number of exceedances, with the stretch where it is flat
    BlockScan           block-sum estimates of the tail index against block size
    StableFit           both tails of data and fitted law on log-log axes
    1-D NumPy array     tail: P(|X| > x) on log-log axes
    ==================  =============================================================================================

    Parameters
    ----------
    obj : one of the above
    ax : Axes, optional
        Where to draw; None makes a new figure. A Comparison, and the report of a paper, are figures of their own and
        take none.
    **matplotlib_style
        Style of the main line, as for `Axes.plot` (of the contours for a 2-D landscape); none for a Comparison.

    Returns
    -------
    matplotlib.axes.Axes
        `.figure` is the figure; for a Comparison the axes of the landscape.

    Raises
    ------
    TypeError
        There is no picture for `obj`, or what is a figure of its own was given axes or a style.
    ValueError
        A landscape of more than two dimensions, or an array that is not one-dimensional.

    Examples
    --------
    >>> import levysde as ls
    >>> from levysde.plotting import plot
    >>> ax = plot(ls.DoubleWell(), color="black")
    >>> ax.get_xlabel()
    'position x'
    """
    import numpy as np

    from levysde.comparison import Comparison
    from levysde.convergence import Convergence
    from levysde.dimension import BoxCounts
    from levysde.landscapes import Landscape
    from levysde.plotting.box_counts import draw_box_counts
    from levysde.plotting.chain import draw_chain, draw_rates
    from levysde.plotting.comparison import draw_comparison, sample_paths
    from levysde.plotting.convergence import draw_convergence
    from levysde.plotting.fit import draw_fit
    from levysde.plotting.landscape import draw_landscape
    from levysde.plotting.paths import draw_paths
    from levysde.plotting.reproduction import draw as draw_result
    from levysde.plotting.reproduction import draw_panel
    from levysde.plotting.scaling import draw_scaling
    from levysde.plotting.style import new_axes
    from levysde.plotting.survival import draw_exit_sample, draw_survival
    from levysde.plotting.tail import draw_tail
    from levysde.plotting.tails import draw_block_scan, draw_hill_plot
    from levysde.plotting.verification import draw_law
    from levysde.reproduce import Panel
    from levysde.reproduce import Report as Reproduction
    from levysde.results import Ensemble, ExitSample
    from levysde.scaling import ScalingFit
    from levysde.stable import StableFit
    from levysde.survival import SurvivalCurve
    from levysde.tails import BlockScan, HillPlot
    from levysde.verification import Report
    from levysde.wells import RateComparison, WellChain

    if isinstance(obj, (Comparison, Reproduction)):
        if ax is not None or matplotlib_style:
            given = "ax" if ax is not None else ", ".join(matplotlib_style)
            name = type(obj).__name__
            raise TypeError(f"a {name} is a figure of its own and takes no {given}; call plot({name.lower()})")
        import matplotlib.pyplot as plt

        if isinstance(obj, Comparison):
            return draw_comparison(obj, plt.figure(), sample_paths(obj))
        return draw_result(obj, plt.figure(layout="constrained"))
    pictures: tuple[tuple[type, Any], ...] = (
        (Landscape, draw_landscape),
        (Ensemble, draw_paths),
        (ExitSample, draw_exit_sample),
        (SurvivalCurve, draw_survival),
        (Convergence, draw_convergence),
        (ScalingFit, draw_scaling),
        (Report, draw_law),
        (Panel, draw_panel),
        (BoxCounts, draw_box_counts),
        (WellChain, draw_chain),
        (RateComparison, draw_rates),
        (HillPlot, draw_hill_plot),
        (BlockScan, draw_block_scan),
        (StableFit, draw_fit),
        (np.ndarray, draw_tail),
    )
    for kind, draw in pictures:
        if isinstance(obj, kind):
            drawn: Axes = draw(obj, new_axes(ax), **matplotlib_style)
            return drawn
    raise TypeError(
        f"there is no picture for a {type(obj).__name__}; give a landscape, Ensemble, ExitSample, SurvivalCurve, "
        "Comparison, Convergence, ScalingFit, Report, BoxCounts, WellChain, RateComparison, StableFit or a "
        "one-dimensional array of values"
    )
