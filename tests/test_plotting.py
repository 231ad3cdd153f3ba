"""Pictures: what they draw, for every kind of value and for its awkward cases."""

import math
import pickle

import matplotlib.pyplot as plt
import numpy as np
import pytest

import levysde as ls
from levysde.compare import compare_minima
from levysde.comparison import Comparison
from levysde.plotting import plot
from levysde.plotting.comparison import draw_comparison, sample_paths
from levysde.plotting.landscape import curve_view
from levysde.plotting.style import COLOURS, short, view

WELLS = ls.MultiWell(x=[-0.5, 0, 1.5], u=[-1, 0, -0.5])


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def exit_sample(times, t_max=10.0, status=None):
    times = np.asarray(times, float)
    n = len(times)
    status = np.zeros(n, np.int8) if status is None else np.asarray(status, np.int8)
    points = np.where(status == 0, 1.5, np.nan)[:, None]
    return ls.ExitSample(times, points, np.ones((n, 1)), status, np.arange(n), 0.01, t_max, {})


def ensemble(x, dt=0.1):
    x = np.asarray(x, float)
    lost = ~np.isfinite(x[:, -1]).all(axis=1)
    t = dt * np.arange(x.shape[1])
    return ls.Ensemble(t, x, np.where(lost, 2, 0).astype(np.int8), np.arange(len(x)), dt, {})


@pytest.fixture(scope="module")
def comparison():
    return compare_minima(WELLS, [0.1 * ls.AlphaStable(1.5), 0.7 * ls.Brownian()], rel_error=0.2, rng=1)


def rendered(ax):
    """Draw for real, so that layout and text problems (warnings are errors) show up."""
    figure = ax.get_figure(root=True)
    figure.canvas.draw()
    return figure


def test_curve_is_the_potential():
    ax = plot(WELLS, color="red")
    x, u = ax.get_lines()[0].get_data()
    np.testing.assert_array_equal(u, WELLS.potential(x))
    assert ax.get_lines()[0].get_color() == "red"
    dots = [line.get_xdata()[0] for line in ax.get_lines()[2:]]
    assert dots == WELLS.minima[:, 0].tolist()
    rendered(ax)


@pytest.mark.parametrize(
    "landscape",
    [
        ls.Flat(),
        ls.Quadratic(3.0),
        ls.DoubleWell(),
        ls.Polynomial([0, 1]),
        ls.MultiWell(x=[-3, -2, -1, 0, 1, 2, 3], u=[0, 1, 0.2, 1.5, -1, 2, 0]),
        ls.MultiWell(x=np.array([-0.5, 0, 1.5]) * 1e5, u=np.array([-1, 0, -0.5]) * 1e-6),
    ],
)
def test_every_curve_has_a_window_with_its_critical_points(landscape):
    low, high, bottom, top = curve_view(landscape)
    assert low < high
    assert bottom < top
    places = np.concatenate([landscape.minima, landscape.saddles])[:, 0]
    assert np.all((places > low) & (places < high))
    heights = landscape.potential(places.tolist())
    assert np.all((heights >= bottom) & (heights <= top))
    rendered(plot(landscape))


def test_contours_in_two_dimensions_and_refusal_beyond():
    ax = rendered(plot(ls.MullerBrown())).axes[0]
    assert ax.get_aspect() == 1.0
    with pytest.raises(ValueError, match="5 dimensions has no picture"):
        plot(ls.Quadratic(1.0, dim=5))


def test_ax_is_used_and_returned():
    _, ax = plt.subplots()
    assert plot(WELLS, ax=ax) is ax
    n = len(plt.get_fignums())
    plot(WELLS, ax=ax)
    assert len(plt.get_fignums()) == n


def test_jumps_are_broken_out_of_the_curve():
    rng = np.random.default_rng(0)
    x = 0.01 * rng.standard_normal((1, 500, 1)).cumsum(axis=1)
    x[0, 200:] += 5.0
    curve, jump = plot(ensemble(x)).get_lines()
    assert np.count_nonzero(np.isnan(curve.get_ydata())) == 1
    np.testing.assert_array_equal(jump.get_ydata()[:2], x[0, 199:201, 0])
    assert jump.get_linestyle() == ":"
    # Negative control: without the jump nothing is broken out.
    x[0, 200:] -= 5.0
    curve, jump = plot(ensemble(x)).get_lines()
    assert not np.isnan(curve.get_ydata()).any()
    assert jump.get_ydata().size == 0


def test_far_excursions_are_clipped_from_the_view_and_counted_not_from_the_data():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 2000, 1))
    x[0, 77] = 1e6
    ax = plot(ensemble(x))
    assert ax.get_ylim()[1] < 100
    assert any("1 of 4000 points lie beyond" in t.get_text() for t in ax.texts)
    assert max(np.nanmax(line.get_ydata()) for line in ax.get_lines() if line.get_ydata().size) == 1e6
    rendered(ax)


def test_view_keeps_everything_where_nothing_is_rare():
    values = np.linspace(-3, 5, 100)
    low, high, beyond = view(values)
    assert low < -3
    assert high > 5
    assert beyond == 0
    assert view([math.nan, math.inf])[2] == 0


@pytest.mark.parametrize("dim", [2, 3])
def test_paths_in_the_plane(dim):
    rng = np.random.default_rng(1)
    ax = plot(ensemble(rng.standard_normal((3, 50, dim)).cumsum(axis=1)))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x₁", "x₂")
    assert (f"first two of {dim} coordinates" == ax.get_title()) == (dim > 2)
    rendered(ax)


def test_many_paths_and_lost_paths_are_said():
    x = np.zeros((30, 5, 1)) + np.arange(30)[:, None, None]
    x[3, 2:] = np.nan
    texts = " ".join(t.get_text() for t in plot(ensemble(x)).texts)
    assert "20 of 30 paths" in texts
    assert "1 paths became non-finite" in texts


def test_survival_steps_and_law():
    times = np.arange(1, 6.0)
    ax = plot(exit_sample(times))
    steps, law = ax.get_lines()
    np.testing.assert_allclose(steps.get_ydata()[:5], [1, 0.8, 0.6, 0.4, 0.2])
    np.testing.assert_allclose(law.get_ydata(), np.exp(-law.get_xdata() / 3.0))
    assert ax.get_yscale() == "log"
    rendered(ax)


@pytest.mark.parametrize("n_exited", [0, 1, 5])
def test_survival_with_censored_paths(n_exited):
    times = np.append(np.linspace(1, 2, n_exited), np.full(20 - n_exited, 10.0))
    status = np.append(np.zeros(n_exited), np.ones(20 - n_exited))
    ax = plot(exit_sample(times, status=status))
    label = ax.get_legend_handles_labels()[1][0]
    assert f"{20 - n_exited} censored" in label
    assert ax.get_ylim()[0] < 1 < ax.get_ylim()[1]
    rendered(ax)


def test_long_survival_curves_are_thinned_without_visible_change():
    times = np.random.default_rng(2).exponential(1.0, 200_000)
    sample = exit_sample(times, t_max=100.0)
    line = plot(sample).get_lines()[0]
    assert line.get_xdata().size < 2000
    inside = line.get_ydata() > 1e-4
    np.testing.assert_array_equal(sample.survival()(line.get_xdata()[inside]), line.get_ydata()[inside])
    # No step between two kept points is higher than two pixels of a printed page.
    kept = np.log(line.get_ydata()[inside])
    assert np.max(-np.diff(kept)) < 0.05 * (-kept[-1])


def test_tail_is_the_empirical_one_and_ends_as_a_power_law():
    values = np.array([1.0, -2.0, 3.0, 4.0])
    line = plot(values).get_lines()[0]
    np.testing.assert_allclose(line.get_xdata(), [1, 2, 3, 4])
    np.testing.assert_allclose(line.get_ydata(), [3.5 / 4, 2.5 / 4, 1.5 / 4, 0.5 / 4])
    x = np.random.default_rng(3).pareto(1.5, 400_000) + 1
    line = plot(x).get_lines()[0]
    far = line.get_xdata() > 10
    far &= line.get_ydata() > 1e-3
    slope = np.polyfit(np.log(line.get_xdata()[far]), np.log(line.get_ydata()[far]), 1)[0]
    # Hill's standard error alpha / sqrt(k) with k exceedances of 10 bounds the slope's scatter.
    assert abs(slope + 1.5) < 5 * 1.5 / math.sqrt(400_000 * 1e-3)


@pytest.mark.parametrize(("values", "what"), [(np.ones((2, 2)), "one-dimensional"), (np.zeros(5), "no tail")])
def test_tail_refuses(values, what):
    with pytest.raises(ValueError, match=what):
        plot(values)


def test_unknown_types_are_told_what_can_be_plotted():
    with pytest.raises(TypeError, match="no picture for a str; give a landscape, Ensemble"):
        plot("well")


def test_comparison_page(comparison):
    ax = plot(comparison)
    figure = rendered(ax)
    panels = [a for a in figure.axes if a.axison]
    assert len(panels) == 1 + 2 + 2
    for row, panel in zip((comparison.rows[:2], comparison.rows[2:]), panels[3:], strict=True):
        labels = panel.get_legend_handles_labels()[1]
        for one, label in zip(row, labels, strict=False):
            assert f"{one.time}" in label
            assert short(one.prediction.value) in label
        law = [line for line in panel.get_lines() if line.get_linestyle() == "--" and line.get_xdata().size > 2]
        for one, line in zip(row, law, strict=True):
            np.testing.assert_allclose(line.get_ydata(), np.exp(-line.get_xdata() / one.prediction.value))
            assert line.get_color() == COLOURS[one.minimum]
        assert panel.get_yscale() == "log"
    # The path panels share their vertical axis, which is the position.
    assert panels[1].get_ylim() == panels[2].get_ylim()
    assert panels[1].get_ylabel() == "position x"


def _no_overlap(figure):
    """Return pairs of texts whose boxes cross on the rendered page, and texts that it cuts."""
    renderer = figure.canvas.get_renderer()
    boxes = []
    for ax in figure.axes:
        texts = [*ax.texts, ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label]
        legend = ax.get_legend()
        texts += legend.get_texts() if legend else []
        for text in texts:
            if text.get_text().strip() and text.get_visible() and ax.get_visible():
                boxes.append((text.get_text(), text.get_window_extent(renderer)))
    page = figure.bbox.padded(1)
    cut = [(a, "the edge of the page") for a, box in boxes if not (page.contains(*box.p0) and page.contains(*box.p1))]
    return cut + [
        (a, b)
        for i, (a, box) in enumerate(boxes)
        for b, other in boxes[i + 1 :]
        if box.shrunk(0.9, 0.8).overlaps(other.shrunk(0.9, 0.8))
    ]


def test_no_text_overlaps_on_the_page(comparison):
    assert _no_overlap(rendered(plot(comparison))) == []


def test_a_measured_landscape_with_long_tick_labels():
    x = np.linspace(-0.9, 2.2, 200)
    landscape = ls.Tabulated(x, ls.MultiWell(x=[-0.0216, 0.27, 1.07], u=[0.03, 1, 0]).potential(x))
    found = compare_minima(landscape, [0.03 * ls.AlphaStable(1.5), 0.7 * ls.Brownian()], rel_error=0.3, rng=0)
    assert _no_overlap(rendered(plot(found))) == []


def test_the_check_of_overlaps_sees_one():
    figure = plt.figure()
    ax = figure.subplots()
    ax.text(0.5, 0.5, "one")
    ax.text(0.51, 0.5, "two")
    ax.text(-0.5, 0.5, "cut")
    assert {pair[0] for pair in _no_overlap(rendered(ax))} == {"one", "cut"}


def test_five_wells_and_three_noises_fit_on_a_page():
    landscape = ls.MultiWell(
        x=[-3, -2, -1, 0.2, 1, 3, 4, 4.5, 5.5], u=[-1, 0.2, -0.5, 0.3, -0.7, 0.4, -1.2, -0.3, -0.8]
    )
    noises = [0.2 * ls.AlphaStable(1.2) + 0.1 * ls.Brownian(), 0.2 * ls.AlphaStable(1.5, 0.5), 0.9 * ls.Brownian()]
    figure = rendered(plot(compare_minima(landscape, noises, rel_error=0.4, rng=1)))
    assert _no_overlap(figure) == []
    assert any("1 more well" in t.get_text() for ax in figure.axes for t in ax.texts)


def test_one_minimum_with_a_domain():
    found = compare_minima(ls.Quadratic(1.0), [0.2 * ls.AlphaStable(1.5)], domains=[ls.Interval(-1, 1)], rel_error=0.2)
    figure = rendered(plot(found))
    assert any("edges of the domain" in t.get_text() for ax in figure.axes for t in ax.texts)


def test_two_dimensions():
    landscape = ls.MullerBrown()
    domains = [ls.Ball(m, 0.25) for m in landscape.minima]
    found = compare_minima(landscape, [1.0 * ls.IsotropicStable(1.5)], domains=domains, rel_error=0.3, rng=0)
    figure = rendered(plot(found))
    circles = [p for p in figure.axes[0].patches if type(p).__name__ == "Circle"]
    assert len(circles) == 3


def test_an_interrupted_comparison_is_marked(comparison):
    part = Comparison(
        comparison.landscape, comparison.noises, comparison.rows[:1], comparison.provenance, "interrupted by Ctrl-C"
    )
    figure = rendered(plot(part))
    assert "PARTIAL" in figure.get_suptitle()


def test_a_comparison_takes_no_axes_and_no_style(comparison):
    with pytest.raises(TypeError, match="takes no ax"):
        plot(comparison, ax=plt.figure().gca())
    with pytest.raises(TypeError, match="takes no color"):
        plot(comparison, color="red")


def test_sample_paths_are_reproducible_and_follow_the_landscape(comparison):
    one, other = sample_paths(comparison), sample_paths(pickle.loads(pickle.dumps(comparison)))
    assert [a == b for a, b in zip(one, other, strict=True)] == [True, True]
    for path in one:
        # A path that felt another force would not stay near the two minima.
        near = np.min(np.abs(path.x[0] - WELLS.minima[:, 0]), axis=1)
        assert np.median(near) < 0.3


def test_drawing_needs_no_pyplot_state(comparison):
    from matplotlib.figure import Figure

    before = plt.get_fignums()
    draw_comparison(comparison, Figure(), sample_paths(comparison))
    assert plt.get_fignums() == before


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, "0.5"), (-0.5, "−0.5"), (math.inf, "∞"), (-math.inf, "−∞"), (math.nan, "–")]
)
def test_short_numbers(value, text):
    assert short(value) == text
