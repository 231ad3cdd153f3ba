"""A panel says by its looks who says what, and hides nothing."""

import math

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import same_color, to_rgb

import levysde as ls
from levysde.estimate import Estimate
from levysde.plotting.style import COLOURS, GREY, INK
from levysde.reproduce import Panel, Series
from levysde.reproduce.finding import Claim, Finding, Number, Report

X = (1.0, 2.0, 4.0)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def series(look, group=0, drawn="points", label="", y=X, error=()):
    return Series(label, X, y, error, look, group, drawn)


def panel(*parts, **scales):
    return Panel("title", "step size η", "mean exit time / s", parts, **scales)


def drawn(*parts, **scales):
    """Return the axes with a panel that is really drawn: trouble with text or layout is a warning, that is an error."""
    ax = ls.plot(panel(*parts, **scales))
    ax.figure.canvas.draw()
    return ax


def report(*panels):
    ours = Estimate(1.0, 0.1, math.nan, (0.8, 1.2), 10, "mean")
    finding = Finding((Number("it", Claim.value(1.0, 0.0), ours),), (), panels, {})
    verdict = "reproduced"
    return Report(
        "a.b", "paper", "Table 1", "claim", verdict, finding, verdict, "reproduced: 1 number", (0.0,), (), 1.0, {}
    )


def entries(legend):
    return [text.get_text() for text in legend.get_texts()]


def test_looks():
    ax = drawn(
        *(series(look, y=[k * v for v in X]) for k, look in enumerate(("paper", "ours", "oracle", "control"), 1))
    )
    paper, ours, oracle, control = ax.get_lines()
    assert paper.get_markerfacecolor() == "none"
    assert same_color(paper.get_color(), ours.get_markerfacecolor())
    assert same_color(ours.get_color(), COLOURS[0])
    assert same_color(oracle.get_color(), INK)
    assert same_color(control.get_color(), GREY)
    assert len({line.get_marker() for line in (ours, oracle, control)}) == 3
    assert entries(ax.get_legend()) == ["paper", "ours", "exact", "control"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step size η", "mean exit time / s")


def test_lines_are_told_apart_without_colour():
    ax = drawn(*(series(look, drawn="line") for look in ("paper", "ours", "oracle", "control")))
    assert [line.get_linestyle() for line in ax.get_lines()] == [":", "-", "-", "--"]
    assert ax.get_lines()[1].get_linewidth() > ax.get_lines()[2].get_linewidth()


def test_errors_are_drawn_and_kept_on_a_log_axis():
    ax = drawn(series("ours", error=(0.1, 0.1, 8.0)), log_y=True)
    [bars] = ax.collections
    ends = [segment[:, 1] for segment in bars.get_segments()]
    assert ends[0] == pytest.approx((0.9, 1.1))
    assert ends[2] == pytest.approx((0.4, 12.0))  # 4 - 8 has no place on the axis
    band = drawn(series("ours", drawn="line", error=(0.1, 0.1, 0.1)))
    assert len(band.collections) == 1


def test_groups_have_their_own_colour_and_marker():
    for n in (3, 6, 9):
        ax = drawn(*(series("ours", group=k, label=f"b = {k}") for k in range(n)))
        assert len({to_rgb(line.get_color()) for line in ax.get_lines()}) == n
        assert len({line.get_marker() for line in ax.get_lines()}) == min(n, 6)
    apart = drawn(*(series("ours", group=k, label=f"d = {k}") for k in (4, 7, 16)))
    assert len({to_rgb(line.get_color()) for line in apart.get_lines()}) == 3
    plain = drawn(*(series("plain", drawn="line", label=str(k)) for k in range(3)))
    assert [line.get_color() for line in plain.get_lines()] == list(COLOURS[:3])
    dark, light = drawn(series("oracle", group=0), series("oracle", group=1)).get_lines()
    assert not same_color(dark.get_color(), light.get_color())


def test_what_a_group_does_not_tell_apart_gets_its_own_colour():
    ax = drawn(*(series(look, label=label) for label in ("first", "second") for look in ("ours", "oracle")))
    ours, exact, other, other_exact = (to_rgb(line.get_color()) for line in ax.get_lines())
    assert len({ours, exact, other, other_exact}) == 4
    assert tuple(0.6 * part for part in other) == pytest.approx(other_exact)  # who belongs together stays together


def test_a_label_that_several_share_stands_once_with_a_key():
    parts = [series(look, group=k, label=f"alpha = {k}") for k in range(2) for look in ("paper", "ours")]
    assert entries(drawn(*parts).get_legend()) == ["alpha = 0", "alpha = 1", "paper", "ours"]
    assert drawn(series("plain", drawn="line")).get_legend() is None
    assert drawn(series("ours")).get_legend() is None
    lines = [series("ours", group=k, label=f"K = {k}") for k in range(2)]
    lines += [series("oracle", drawn="line", label="law"), series("oracle", group=1, drawn="line")]
    legend = drawn(*lines).get_legend()
    assert entries(legend) == ["K = 0", "K = 1", "law"]
    assert same_color(legend.legend_handles[2].get_color(), INK)  # it speaks for both


def test_the_legend_lies_outside_the_data():
    ax = drawn(*(series("ours", group=k, label=f"a label that is not short, number {k}") for k in range(5)))
    assert ax.get_legend().get_window_extent().y1 < ax.get_window_extent().y0
    assert ax.get_legend().get_window_extent().y0 >= 0


def test_what_has_no_place_on_the_axes_is_left_out():
    ax = drawn(
        series("ours", y=(0.0, math.nan, 2.0), error=(0.1, 0.1, math.nan)),
        Series("line", (0.0, 1.0, math.inf), X, (), "oracle", 0, "line"),
        log_x=True,
        log_y=True,
    )
    assert ax.get_ylim()[0] > 0.1
    for empty in (0.0, math.nan):
        [bars] = drawn(series("ours", drawn="steps", y=(5.0, empty, 1.0)), log_y=True).get_lines()
        assert bars.get_ydata().tolist() == [5.0, 0.5, 1.0]  # a lone bar beside empty ones is seen
    steps = drawn(series("ours", drawn="steps"), series("control", drawn="steps"))
    assert [line.get_drawstyle() for line in steps.get_lines()] == ["steps-mid", "steps-mid"]


def test_a_report_is_a_figure_of_its_own():
    one = panel(series("ours", label="ours of this"))
    for n, shared in ((1, False), (2, True), (4, True)):
        figure = ls.plot(report(*[one] * n)).figure
        figure.canvas.draw()
        assert len(figure.axes) == n
        assert bool(figure.legends) == shared  # one legend for all panels where they have the same
    mixed = ls.plot(report(one, panel(series("paper", label="other")), one)).figure
    mixed.canvas.draw()
    assert [entries(ax.get_legend()) for ax in mixed.axes] == [["ours of this"], ["other"], ["ours of this"]]
    blue, orange = (panel(series("ours", group=k, label="same"), series("oracle", group=k)) for k in range(2))
    apart = ls.plot(report(blue, orange)).figure  # the same words for other colours
    assert not apart.legends
    assert mixed.get_supxlabel() == "reproduced: 1 number"
    with pytest.raises(TypeError, match="takes no ax"):
        ls.plot(report(one), ax=mixed.axes[0])
    assert "no figure" in ls.plot(report()).texts[0].get_text()
