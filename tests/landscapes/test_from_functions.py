"""A user's own functions: accepted forms, the check of the gradient, and where minima are looked for."""

import math

import numpy as np
import pytest

from levysde.landscapes import from_functions


def quartic(x, params):
    return params[0] * (x * x * x * x / 4 - x * x / 2)


def quartic_slope(x, params):
    return params[0] * (x * x * x - x)


def bowl(x, params):
    return 0.5 * (x[0] * x[0] + 3.0 * x[1] * x[1])


def bowl_slope(x, params, out):
    out[0] = x[0]
    out[1] = 3.0 * x[1]


def test_on_the_line() -> None:
    well = from_functions(quartic, quartic_slope, dim=1, params=[2.0])
    assert well.minima.tolist() == [[-1.0], [1.0]]
    assert well.saddles.tolist() == [[0.0]]
    assert well.barrier(0) == (math.inf, 0.5)
    assert well.curvature(0) == pytest.approx(4.0, rel=1e-8)
    assert well.potential_function is quartic
    assert well.gradient_function is quartic_slope
    assert well.parameters.tolist() == [2.0]
    assert well.lipschitz == math.inf


def test_in_the_plane() -> None:
    well = from_functions(bowl, bowl_slope, dim=2, lipschitz=3.0)
    assert np.allclose(well.minima, [[0.0, 0.0]], atol=1e-12)
    assert np.allclose(well.curvature(0), [[1.0, 0.0], [0.0, 3.0]], atol=1e-8)
    assert well.lipschitz == 3.0


def test_params_may_be_left_out() -> None:
    line = from_functions(lambda x: x * x, lambda x: 2 * x)
    assert line.gradient(1.5) == 3.0
    assert line.gradient_function(1.5, line.parameters) == 3.0

    def slope(x, out):
        out[0] = 2 * x[0]
        out[1] = 2 * x[1]

    plane = from_functions(lambda x: x[0] * x[0] + x[1] * x[1], slope, dim=2)
    assert plane.gradient([1.0, 2.0]).tolist() == [2.0, 4.0]


@pytest.mark.parametrize("length", [1e-2, 1.0, 20.0, 3e3])
@pytest.mark.parametrize("centre", [0.0, 0.37])
def test_wells_are_found_on_any_scale(length: float, centre: float) -> None:
    def potential(x, params):
        y = x / params[0] - params[1]
        return y * y * y * y / 4 - y * y / 2

    def gradient(x, params):
        y = x / params[0] - params[1]
        return (y * y * y - y) / params[0]

    well = from_functions(potential, gradient, params=[length, centre])
    assert np.allclose(well.minima[:, 0] / length, [centre - 1, centre + 1], atol=1e-12)
    assert np.allclose(well.saddles[:, 0] / length, [centre], atol=1e-12)
    assert well.curvature(0) == pytest.approx(2 / length**2, rel=1e-6)


def test_a_region_far_away() -> None:
    def potential(x, params):
        return math.cos(x)

    def gradient(x, params):
        return -math.sin(x)

    well = from_functions(potential, gradient, region=(100.0, 110.0))
    assert np.allclose(well.minima[:, 0] / math.pi, [33.0, 35.0], atol=1e-12)
    assert np.allclose(well.saddles[:, 0] / math.pi, [32.0, 34.0], atol=1e-12)


def test_functions_that_overflow_far_out() -> None:
    well = from_functions(lambda x: math.exp(x) - 3 * x, lambda x: math.exp(x) - 3)
    assert well.minima[:, 0].tolist() == pytest.approx([math.log(3)])


def test_a_missing_gradient_says_how_to_write_one() -> None:
    with pytest.raises(TypeError, match=r"gradient is missing.*\n.*def potential\(x, params\)") as caught:
        from_functions(quartic)
    assert "return params[0] * x * x * x" in str(caught.value)
    with pytest.raises(TypeError, match=r"def gradient\(x, params, out\)"):
        from_functions(bowl, dim=2)


@pytest.mark.parametrize("factor", [-1.0, 0.5, 1.001])
@pytest.mark.parametrize("height", [1e-6, 1.0, 1e6])
def test_a_wrong_gradient_is_caught(factor: float, height: float) -> None:
    def wrong(x, params):
        return factor * quartic_slope(x, params)

    with pytest.raises(ValueError, match="differences give"):
        from_functions(quartic, wrong, params=[height])


def test_a_wrong_component_is_caught() -> None:
    def wrong(x, params, out):
        out[0] = x[0]
        out[1] = x[1]

    with pytest.raises(ValueError, match="component 1"):
        from_functions(bowl, wrong, dim=2)


def test_checked_where_the_user_says() -> None:
    with pytest.raises(ValueError, match="finite at none"):
        from_functions(lambda x: math.log(x - 5.0) + x, lambda x: 1 / (x - 5.0) + 1)
    ok = from_functions(lambda x: x - 5.0 - math.log(x - 5.0), lambda x: 1 - 1 / (x - 5.0), check_at=[5.5, 7.0])
    assert ok.minima[:, 0].tolist() == pytest.approx([6.0])


def returns_array(x, params):
    return np.array([x[0], 3.0 * x[1]])


def returns_array_too(x, params, out):
    return np.array([x[0], 3.0 * x[1]])


@pytest.mark.parametrize(
    ("potential", "gradient", "dim", "message"),
    [
        (quartic, bowl_slope, 1, r"gradient takes 3 arguments; it must take \(x, params\)"),
        (bowl, returns_array_too, 2, "must write to its last argument"),
        (bowl, lambda x: x, 2, r"must take \(x, params, out\)"),
        (quartic, lambda x, params: None, 1, "must return one number"),
        (math.sin, quartic_slope, 1, "not a plain Python function"),
        ("x**2", quartic_slope, 1, "not a plain Python function"),
    ],
)
def test_wrong_forms(potential, gradient, dim: int, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        from_functions(potential, gradient, dim=dim, params=[1.0])


def test_wrong_settings() -> None:
    with pytest.raises(ValueError, match="is empty"):
        from_functions(quartic, quartic_slope, params=[1.0], region=(1.0, -1.0))
    with pytest.raises(ValueError, match="dim=0"):
        from_functions(quartic, quartic_slope, dim=0)
    with pytest.raises(ValueError, match="lipschitz=-1"):
        from_functions(quartic, quartic_slope, params=[1.0], lipschitz=-1.0)
