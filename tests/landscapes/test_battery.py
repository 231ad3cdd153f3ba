"""What must hold for every landscape. A new one is picked up by being exported with `examples`."""

import functools
import inspect
import math
import pickle

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.extending import register_jitable
from scipy.integrate import solve_ivp

import levysde.landscapes as landscapes
from levysde.landscapes import FunctionLandscape, Landscape

CLASSES = [
    value
    for name in landscapes.__all__
    if inspect.isclass(value := getattr(landscapes, name)) and not inspect.isabstract(value)
]
EXAMPLES = [example for kind in CLASSES for example in kind.examples()]
WITH_FLOW = [example for example in EXAMPLES if example.flow_function is not None]
WELLS_WITH_FLOW = [example for example in WITH_FLOW if len(example.minima)]
ON_A_LINE = [example for example in EXAMPLES if example.dim == 1]


def named(examples: list[Landscape]):
    """Parametrise over landscapes, each with a name that is unique and short."""
    return pytest.mark.parametrize(
        "landscape", examples, ids=[f"{EXAMPLES.index(e)}-{type(e).__name__}" for e in examples]
    )


every = named(EXAMPLES)
register = functools.cache(register_jitable)
directions = st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3)


def size(landscape: Landscape) -> float:
    """Length over which the landscape does something."""
    critical = np.concatenate([landscape.minima, landscape.saddles])
    if len(critical) > 1:
        return float(np.max(np.ptp(critical, axis=0)))
    return float(np.max(np.abs(critical), initial=0.0)) or 1.0


def place(landscape: Landscape, numbers: list[float]) -> np.ndarray:
    """A point in and around the wells."""
    centre = np.mean(landscape.minima, axis=0) if len(landscape.minima) else np.zeros(landscape.dim)
    return centre + 1.5 * size(landscape) * np.array(numbers[: landscape.dim])


def cloud(landscape: Landscape, n: int = 40) -> np.ndarray:
    numbers = np.random.default_rng(7).uniform(-1.0, 1.0, (n, 3))
    return np.array([place(landscape, row) for row in numbers])


def test_every_exported_class_is_here() -> None:
    assert len(CLASSES) >= 8
    assert {type(example) for example in EXAMPLES} == set(CLASSES)


@every
@given(numbers=directions)
@settings(deadline=None, max_examples=40)
def test_gradient_is_the_slope_of_the_potential(landscape: Landscape, numbers: list[float]) -> None:
    x, h = place(landscape, numbers), 1e-5 * size(landscape)
    for k, unit in enumerate(np.eye(landscape.dim)):
        around = x + h * np.array([-1.0, 0.0, 1.0])[:, None] * unit
        bend = np.max(np.abs(landscape.hessian(around)))
        energy = np.max(np.abs(landscape.potential(around)))
        low, _, high = landscape.potential(around)
        # Taylor: the central difference is off by at most h times the largest second derivative.
        assert abs((high - low) / (2 * h) - landscape.gradient(x)[k]) <= 2 * h * bend + 1e-14 * energy / h


@every
@given(numbers=directions)
@settings(deadline=None, max_examples=40)
def test_hessian_is_the_slope_of_the_gradient(landscape: Landscape, numbers: list[float]) -> None:
    x, h = place(landscape, numbers), 1e-4 * size(landscape)
    for k, unit in enumerate(np.eye(landscape.dim)):
        around = x + h * np.linspace(-1.0, 1.0, 9)[:, None] * unit
        slopes, bends = landscape.gradient(around), landscape.hessian(around)[..., k]
        difference = (slopes[-1] - slopes[0]) / (2 * h)
        # Mean value theorem: the difference lies among the values of the second derivative in between.
        spread, rounding = np.ptp(bends, axis=0), 1e-13 * np.max(np.abs(slopes)) / h + 1e-7 * np.max(np.abs(bends))
        assert np.all(difference <= bends.max(axis=0) + 0.5 * spread + rounding)
        assert np.all(difference >= bends.min(axis=0) - 0.5 * spread - rounding)
        assert np.allclose(landscape.hessian(x), landscape.hessian(x).T)


@every
def test_minima_and_saddles(landscape: Landscape) -> None:
    lowest = 0 if len(landscape.minima) + len(landscape.saddles) == 0 else 1
    typical = np.median(np.abs(landscape.gradient(cloud(landscape)))) if lowest else 0.0
    for points, negative in ((landscape.minima, 0), (landscape.saddles, 1)):
        assert points.shape == (len(points), landscape.dim)
        assert np.all(np.abs(landscape.gradient(points)) <= 1e-9 * typical)
        for point in points:
            for step in 1e-3 * size(landscape) * np.eye(landscape.dim):
                higher = landscape.potential(np.array([point - step, point + step])) >= landscape.potential(point)
                assert negative or np.all(higher)
            eigenvalues = np.linalg.eigvalsh(landscape.hessian(point))
            assert np.sum(eigenvalues < 0) == negative
    order = landscape.minima[:, 0] if landscape.dim == 1 else landscape.potential(landscape.minima)
    assert np.all(
        np.diff(order) >= (0.0 if landscape.dim == 1 else -1e-9 * np.ptp(landscape.potential(cloud(landscape))))
    )


@named([example for example in ON_A_LINE if len(example.minima)])
def test_no_gradient_vanishes_elsewhere_on_the_line(landscape: Landscape) -> None:
    grid = landscape.minima.mean() + size(landscape) * np.linspace(-3.0, 3.0, 3001)
    signs = np.sign(landscape.gradient(grid))
    signs = signs[signs != 0.0]
    inside = np.concatenate([landscape.minima, landscape.saddles])[:, 0]
    assert np.sum(signs[1:] != signs[:-1]) == np.sum((inside > grid[0]) & (inside < grid[-1]))


@named(ON_A_LINE)
def test_basins_widths_and_barriers(landscape: Landscape) -> None:
    for i, minimum in enumerate(landscape.minima[:, 0]):
        basin, width, barrier = landscape.basin(i), landscape.width(i), landscape.barrier(i)
        assert basin.contains(minimum)
        assert not any(basin.contains(other) for other in np.delete(landscape.minima[:, 0], i))
        assert width == (minimum - basin.a, basin.b - minimum)
        for end, height in zip((basin.a, basin.b), barrier, strict=True):
            if math.isinf(end):
                assert height == math.inf
            else:
                assert height == landscape.potential(end) - landscape.potential(minimum) > 0.0
        assert landscape.curvature(i) == landscape.hessian(minimum)
    with pytest.raises(IndexError, match="is not a minimum"):
        landscape.basin(len(landscape.minima))


def test_a_basin_in_the_plane_says_what_to_do() -> None:
    with pytest.raises(NotImplementedError, match="domains="):
        landscapes.MullerBrown().basin(0)


@every
def test_lipschitz_bounds_the_second_derivative(landscape: Landscape) -> None:
    bends = np.linalg.norm(landscape.hessian(cloud(landscape)), ord=2, axis=(1, 2))
    assert np.all(bends <= landscape.lipschitz * (1 + 1e-12))
    if landscape.lipschitz < math.inf and len(landscape.minima) > 1:
        assert landscape.lipschitz < 1e4 * np.max(bends)


@every
def test_shapes(landscape: Landscape) -> None:
    dim = landscape.dim
    for lead in ((), (5,), (2, 3)):
        x = np.full((*lead, dim), 0.3)
        assert landscape.potential(x).shape == lead
        assert landscape.gradient(x).shape == (*lead, dim)
        assert landscape.hessian(x).shape == (*lead, dim, dim)
    if dim == 1:
        for x in (0.3, np.full(4, 0.3), np.full((2, 3), 0.3)):
            for values in (landscape.potential(x), landscape.gradient(x), landscape.hessian(x)):
                assert values.shape == np.shape(x)
    else:
        with pytest.raises(ValueError, match="need shape"):
            landscape.potential(np.zeros(dim + 1))


@every
def test_frozen_and_pickled(landscape: Landscape) -> None:
    again = pickle.loads(pickle.dumps(landscape))
    assert again == landscape
    assert hash(again) == hash(landscape)
    assert again is not landscape
    for value in (landscape, again):
        for array in (value.parameters, value.minima, value.saddles):
            assert not array.flags.writeable
            assert array.flags.c_contiguous
        with pytest.raises(AttributeError):
            value.dim = 7
    assert np.array_equal(again.minima, landscape.minima)
    assert len({example for example in EXAMPLES if example == landscape}) == 1


def compiled(function):
    """Compile a plain function the way the engine does: its helpers registered, itself untouched."""
    helpers = [cell.cell_contents for cell in function.__closure__ or ()]
    helpers += [value for name, value in function.__globals__.items() if name in function.__code__.co_names]
    for helper in filter(inspect.isfunction, helpers):
        compiled(helper)
        register(helper)
    return numba.njit(error_model="numpy")(function)


def bits(function, landscape: Landscape, params, points: np.ndarray) -> np.ndarray:
    rows = [float(p[0]) for p in points] if landscape.dim == 1 else points
    if len(inspect.signature(function).parameters) == 2:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.array([function(row, params) for row in rows])
    out = np.empty_like(points)
    with np.errstate(over="ignore", invalid="ignore"):
        for row, result in zip(rows, out, strict=True):
            function(row, params, result)
    return out


@every
def test_the_same_bits_compiled(landscape: Landscape) -> None:
    points = np.concatenate([cloud(landscape), landscape.minima, landscape.saddles])
    if not isinstance(landscape, FunctionLandscape):  # a user's function may overflow far out
        points = np.concatenate([points, 1e3 * points, 1e120 * points])
    work = [(landscape.potential_function, landscape.parameters), (landscape.gradient_function, landscape.parameters)]
    if landscape.flow_function is not None:
        work += [(landscape.flow_function, landscape.flow_parameters(dt)) for dt in (1e-3, 1e6)]
    for function, params in work:
        fast = numba.njit(error_model="numpy")(function) if function.__closure__ is None else None
        fast = compiled(function) if fast is None or type(landscape).__name__ in {"MultiWell", "Tabulated"} else fast
        plain = bits(
            function, landscape, params if isinstance(landscape, FunctionLandscape) else params.tolist(), points
        )
        # NaN are compared as such: their sign is no part of the promise.
        assert np.array_equal(bits(compiled(function), landscape, params, points), plain, equal_nan=True)


@named([example for example in ON_A_LINE if not isinstance(example, FunctionLandscape)])
def test_nan_stays_nan_and_infinity_raises_nothing(landscape: Landscape) -> None:
    functions = [(landscape.gradient_function, landscape.parameters.tolist())]
    if landscape.flow_function is not None:
        functions.append((landscape.flow_function, landscape.flow_parameters(0.1).tolist()))
    for function, params in functions:
        moved = math.nan - function(math.nan, params)
        assert math.isnan(moved)
        for x in (math.inf, -math.inf, 1e300, -1e300):
            function(x, params)


@named(WELLS_WITH_FLOW)
@pytest.mark.parametrize("dt", [0.01, 0.3, 2.0])
def test_flow_solves_the_drift_equation(landscape: Landscape, dt: float) -> None:
    rate = np.max(np.linalg.eigvalsh(landscape.hessian(landscape.minima)))
    length, step = size(landscape), dt / rate
    points = cloud(landscape, 12)
    flowed = bits(landscape.flow_function, landscape, landscape.flow_parameters(step), points).reshape(points.shape)
    for start, end in zip(points, flowed, strict=True):
        solution = solve_ivp(
            lambda _, y: -landscape.gradient(y * length) / rate / length,
            (0.0, dt),
            start / length,
            method="DOP853",
            rtol=1e-10,
            atol=1e-12,
            max_step=0.02,  # U'' jumps at the nodes of MultiWell: a long step would not notice
        )
        assert np.allclose(end / length, solution.y[:, -1], rtol=1e-6, atol=1e-7)


@named(WITH_FLOW)
@given(numbers=directions, first=st.floats(1e-3, 2.0), second=st.floats(1e-3, 2.0))
@settings(deadline=None, max_examples=40)
def test_flow_is_a_semigroup(landscape: Landscape, numbers: list[float], first: float, second: float) -> None:
    x = place(landscape, numbers)[None]
    rate = np.max(np.linalg.eigvalsh(landscape.hessian(landscape.minima)), initial=1e-300)

    def flow(points: np.ndarray, time: float) -> np.ndarray:
        params = landscape.flow_parameters(time / rate)
        return bits(landscape.flow_function, landscape, params.tolist(), points).reshape(points.shape)

    twice, once = flow(flow(x, first), second), flow(x, first + second)
    # Rounding of 1e-16 near a barrier grows by at most exp(largest curvature/rate * time) before it is compared.
    largest = landscape.lipschitz / rate if landscape.lipschitz < math.inf else 1.0
    growth = math.exp(min(largest * (first + second), 25.0))
    assert np.allclose(twice, once, rtol=1e-12, atol=1e-14 * growth * size(landscape))


@named(WELLS_WITH_FLOW)
def test_flow_stays_at_critical_points_and_ends_in_a_minimum(landscape: Landscape) -> None:
    rate = np.min(np.linalg.eigvalsh(landscape.hessian(landscape.minima)))
    critical = np.concatenate([landscape.minima, landscape.saddles])
    params = landscape.flow_parameters(0.1 / rate).tolist()
    still = bits(landscape.flow_function, landscape, params, critical).reshape(critical.shape)
    # A barrier is unstable: a last digit is lost there and grows.
    growth = math.exp(0.1 * min(landscape.lipschitz, 20 * rate) / rate)
    assert np.allclose(still, critical, rtol=0.0, atol=1e-15 * growth * size(landscape))
    params = landscape.flow_parameters(1e4 / rate).tolist()
    still = bits(landscape.flow_function, landscape, params, landscape.minima).reshape(landscape.minima.shape)
    assert np.array_equal(still, landscape.minima)
    end = bits(landscape.flow_function, landscape, params, cloud(landscape)).reshape(-1, landscape.dim)
    gaps = np.min(np.linalg.norm(end[:, None] - landscape.minima, axis=2), axis=1)
    assert np.all(gaps <= 1e-12 * size(landscape))


def test_without_an_exact_flow_it_says_so() -> None:
    for landscape in EXAMPLES:
        if landscape.flow_function is None:
            with pytest.raises(NotImplementedError, match="no exact flow"):
                landscape.flow_parameters(0.1)
