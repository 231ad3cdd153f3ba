"""Box counting: exact on sets whose boxes can be counted by hand, and against a count with Python's own sets."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import levysde as ls
from levysde.dimension import box_counts, graph_boxes, range_boxes, range_dimension


def boxes(points: np.ndarray, scale: float) -> int:
    return len({tuple(row) for row in np.floor(points / scale).astype(int).tolist()})


def cantor(levels: int) -> np.ndarray:
    points = np.array([0.5])
    for _ in range(levels):
        points = np.concatenate([points / 3, points / 3 + 2 / 3])
    return np.sort(points)


def test_cantor_set_has_its_dimension_exactly():
    found = range_dimension(cantor(12), scales=3.0 ** -np.arange(1, 10))
    assert found.value == pytest.approx(math.log(2) / math.log(3), abs=1e-12)


def test_square_and_segment():
    side = (np.arange(256) + 0.5) / 256
    square = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    scales = 2.0 ** -np.arange(2, 8)
    assert range_dimension(square, scales=scales).value == pytest.approx(2, abs=1e-12)
    assert range_dimension(np.stack([side, side], axis=1), scales=scales).value == pytest.approx(1, abs=1e-12)


@given(
    arrays.arrays(float, st.tuples(st.integers(64, 200), st.integers(1, 3)), elements=st.floats(-1e3, 1e3, width=32)),
    st.floats(0.01, 100),
)
def test_counts_agree_with_python_sets(points, scale):
    points[0] += 1.0  # never a path that does not move
    if (points == points[:1]).all():
        return
    counted = range_boxes(points, scales=[scale, 2 * scale])
    assert counted.counts[0].tolist() == [boxes(points, 2 * scale), boxes(points, scale)]
    piece = np.arange(len(points)) * box_counts.PIECES // len(points)
    for k in (0, 7, box_counts.PIECES - 1):
        without = points[piece != k]
        assert counted.left_out[0, k].tolist() == [boxes(without, 2 * scale), boxes(without, scale)]


def test_boxes_too_far_apart_to_be_packed_are_counted_all_the_same(rng):
    near = rng.normal(size=(500, 3))
    far = np.vstack([near, 1e9 + near, [[-1e9, 1e9, 0.0]]])
    assert range_boxes(far, scales=[1.0, 0.5]).counts[0].tolist() == [boxes(far, 1.0), boxes(far, 0.5)]


def test_graph_of_a_straight_line_has_dimension_one():
    line = np.linspace(0, 1, 2**17)
    assert graph_boxes(line).dimension.value == pytest.approx(1, abs=0.01)


def test_local_slopes_show_where_a_count_bends(rng):
    cloud = rng.random((2000, 2))
    slopes = range_boxes(cloud, scales=2.0 ** -np.arange(1, 10)).local_slopes
    assert slopes[0] > 1.9
    assert slopes[-1] < 0.3  # finer than the points are dense: each has a box of its own


def test_plot():
    counted = range_boxes(cantor(10), scales=3.0 ** -np.arange(1, 8))
    ax = ls.plot(counted)
    assert "0.63" in ax.get_legend().get_texts()[0].get_text()


@pytest.mark.parametrize(
    ("x", "scales", "message"),
    [
        (np.zeros(100), None, "never moves"),
        (np.arange(10.0), None, "too short"),
        (np.array([0.0, np.nan] * 50), None, "not finite"),
        (np.arange(100.0), None, "three scales"),
        (np.arange(100.0), [1.0], "at least 2"),
        (np.arange(100.0), [1.0, -1.0], "positive"),
        (np.arange(100.0), [1.0, 1e-18], "finer than doubles"),
        (np.zeros((2, 3, 4, 5)), None, "shape"),
    ],
)
def test_bad_input(x, scales, message):
    with pytest.raises(ValueError, match=message):
        range_dimension(x, scales=scales)


def test_graph_bad_input():
    with pytest.raises(ValueError, match="16 points to a visited box"):
        graph_boxes(np.arange(1000.0))
    with pytest.raises(ValueError, match="below 1"):
        graph_boxes(np.arange(1000.0), scales=[0.5, 2])


def test_scales_of_a_graph_end_where_points_get_few(rng):
    walk = rng.standard_normal((2, 2**15)).cumsum(axis=1)[:, :, None]
    counted = graph_boxes(walk)
    assert counted.scales.tolist() == (2.0 ** -np.arange(4, 4 + counted.scales.size)).tolist()
    finer = graph_boxes(walk, scales=[counted.scales[-1], counted.scales[-1] / 2])
    assert 2**15 / finer.counts.mean(axis=0)[0] >= 16 > 2**15 / finer.counts.mean(axis=0)[1]
