"""Landscapes against what is known of them from elsewhere."""

import math

import numpy as np
import pytest
from scipy.linalg import expm

from levysde.landscapes import DoubleWell, Flat, MullerBrown, MultiWell, Polynomial, Quadratic


def test_muller_brown_against_the_literature() -> None:
    # Five digits as quoted throughout the literature on this surface, after Müller and Brown (1979).
    surface = MullerBrown()
    minima = [[-0.558, 1.442], [0.623, 0.028], [-0.050, 0.467]]
    saddles = [[0.212, 0.293], [-0.822, 0.624]]
    assert np.allclose(surface.minima, minima, atol=6e-4)
    assert np.allclose(surface.saddles, saddles, atol=6e-4)
    assert np.allclose(surface.potential(surface.minima), [-146.700, -108.167, -80.768], atol=6e-4)
    assert np.allclose(surface.potential(surface.saddles), [-72.249, -40.665], atol=6e-4)


def test_double_well() -> None:
    well = DoubleWell(scale=3.0)
    assert well.minima.tolist() == [[-1.0], [1.0]]
    assert well.saddles.tolist() == [[0.0]]
    assert well.barrier(0) == (math.inf, 0.75)
    assert well.width(1) == (1.0, math.inf)
    assert well.curvature(0) == 6.0
    assert well.lipschitz == math.inf


@pytest.mark.parametrize("x", [-1e200, -3.0, -0.2, 1e-8, 0.7, 5.0, 1e160])
@pytest.mark.parametrize("h", [1e-3, 0.5, 3.0])
def test_double_well_flow_in_closed_form(x: float, h: float) -> None:
    well = DoubleWell(scale=2.0)
    exact = math.copysign(math.exp(h) / math.sqrt(1.0 / x / x + math.expm1(2 * h)), x)
    assert well.flow_function(x, well.flow_parameters(h / 2.0).tolist()) == pytest.approx(exact, rel=1e-14)


def test_double_well_flow_survives_any_step() -> None:
    well = DoubleWell()
    for dt in (1e-300, 1e-12, 1e3, 1e300):
        params = well.flow_parameters(dt).tolist()
        assert well.flow_function(0.0, params) == 0.0
        assert well.flow_function(1.0, params) == pytest.approx(1.0, rel=1e-15)
    assert well.flow_function(1e-3, params) == pytest.approx(1.0)


def test_quadratic_flow_is_the_matrix_exponential() -> None:
    matrix = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, -0.3], [0.0, -0.3, 0.7]])
    packed = Quadratic(matrix).flow_parameters(0.7)
    assert np.allclose(packed.reshape(3, 3), expm(-0.7 * matrix), rtol=1e-13, atol=1e-15)
    assert np.allclose(Quadratic([0.5, 3.0]).flow_parameters(0.7), np.exp([-0.35, -2.1]), rtol=1e-15)
    assert Quadratic(2.0).flow_parameters(0.5).tolist() == [math.exp(-1.0)]


def test_quadratic_forms_agree() -> None:
    x = np.array([[0.3, -1.2], [2.0, 0.1]])
    for other in (Quadratic(2.0, dim=2), Quadratic([2.0, 2.0]), Quadratic(2.0 * np.eye(2))):
        assert other == Quadratic(2.0, dim=2)
        assert np.allclose(other.potential(x), np.sum(x * x, axis=1))
    rotated = Quadratic([[1.0, 0.5], [0.5, 1.0]])
    assert np.allclose(rotated.potential(x), 0.5 * np.einsum("ni,ij,nj->n", x, [[1.0, 0.5], [0.5, 1.0]], x))
    assert rotated.lipschitz == pytest.approx(1.5, rel=1e-14)
    assert rotated.curvature(0).tolist() == [[1.0, 0.5], [0.5, 1.0]]


@pytest.mark.parametrize(("length", "height"), [(1.0, 1.0), (20.0, 10.0), (1.0, 1e6), (1e-3, 1e-6)])
def test_multi_well_is_what_was_asked_for(length: float, height: float) -> None:
    well = MultiWell(length * np.array([-0.5, 0.0, 1.5]), height * np.array([-1.0, 0.0, -0.5]))
    assert well.width(0) == (math.inf, 0.5 * length)
    assert well.width(1) == (1.5 * length, math.inf)
    assert well.barrier(0) == (math.inf, pytest.approx(height))
    assert well.barrier(1) == (pytest.approx(height / 2), math.inf)
    # 6 du/L^2 on each side, and their mean where it jumps, at the barrier.
    unit = height / length**2
    assert well.curvature(0) == pytest.approx(24.0 * unit)
    assert well.curvature(1) == pytest.approx(4.0 / 3.0 * unit)
    assert well.hessian(0.0) == pytest.approx(-(24.0 + 4.0 / 3.0) / 2 * unit)
    assert well.lipschitz == pytest.approx(24.0 * unit)
    assert well.hessian(-100.0 * length) == pytest.approx(24.0 * unit)


def test_multi_well_is_a_cubic_hermite_spline_between_its_nodes() -> None:
    from scipy.interpolate import CubicHermiteSpline

    x, u = [-3, -2, -1.5, 0, 0.3, 1, 4], [0, 1, -1, 2, 1.5, 3, -2]
    spline, well = CubicHermiteSpline(x, u, np.zeros(7)), MultiWell(x, u)
    grid = np.linspace(-3, 4, 1001)
    assert np.allclose(well.potential(grid), spline(grid), atol=1e-13)
    assert np.allclose(well.gradient(grid), spline(grid, 1), atol=1e-12)


def test_polynomial_against_numpy() -> None:
    coefficients = [0.3, -1.0, -0.5, 0.2, 0.25]
    ours, theirs = Polynomial(coefficients), np.polynomial.Polynomial(coefficients)
    grid = np.linspace(-3, 3, 101)
    assert np.allclose(ours.potential(grid), theirs(grid), rtol=1e-14, atol=1e-14)
    assert np.allclose(ours.gradient(grid), theirs.deriv()(grid), rtol=1e-14, atol=1e-14)
    assert np.allclose(ours.hessian(grid), theirs.deriv(2)(grid), rtol=1e-14, atol=1e-14)


def test_polynomial_of_high_degree_finds_all_wells() -> None:
    roots = np.arange(-4.0, 5.0) * 0.7
    slope = np.polynomial.Polynomial.fromroots(roots)
    well = Polynomial(slope.integ().coef)
    assert np.allclose(well.minima[:, 0], roots[::2], atol=1e-9)
    assert np.allclose(well.saddles[:, 0], roots[1::2], atol=1e-9)


def test_polynomial_open_on_one_side() -> None:
    cubic = Polynomial([0, 0, 0.5, -1 / 3])
    assert cubic.basin(0).b == pytest.approx(1.0)
    assert cubic.barrier(0) == (math.inf, pytest.approx(1 / 6))


def test_flat_has_nothing() -> None:
    flat = Flat(dim=5)
    assert flat.minima.shape == flat.saddles.shape == (0, 5)
    assert flat.lipschitz == 0.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Flat(0), "dim=0 is too small"),
        (lambda: DoubleWell(-1.0), r"scale=-1 is outside \(0, inf\)"),
        (lambda: DoubleWell(math.nan), "not finite"),
        (lambda: Quadratic(0.0), "curvature=0 is outside"),
        (lambda: Quadratic([1.0, -1.0]), "not positive"),
        (lambda: Quadratic([[1.0, 2.0], [2.0, 1.0]]), "not positive definite"),
        (lambda: Quadratic([[1.0, 0.1], [0.0, 1.0]]), "not a symmetric"),
        (lambda: Quadratic([1.0, 2.0], dim=3), "dim=3 does not fit"),
        (lambda: Polynomial([1.0, 0.0]), "use Flat"),
        (lambda: Polynomial([[1.0, 2.0]]), "one row"),
        (lambda: MultiWell([0, 1], [0, 1]), "odd number"),
        (lambda: MultiWell([0, 1, 1], [0, 1, 0]), "not increasing"),
        (lambda: MultiWell([0, 1, 2], [1, 0, 1]), "does not alternate"),
        (lambda: MultiWell([0, 1, 2], [1, 0]), "equal length"),
        (lambda: MultiWell([0, 1, math.inf], [0, 1, 0]), r"x\[2\]=inf is not finite"),
        (lambda: DoubleWell().flow_parameters(0.0), "dt=0 is outside"),
    ],
)
def test_refusals(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_refuses_what_is_no_number() -> None:
    with pytest.raises(TypeError, match="not a number"):
        DoubleWell("one")
    with pytest.raises(TypeError, match="real numbers"):
        Polynomial(["a", "b"])
    with pytest.raises(TypeError, match="not a whole number"):
        Flat(1.5)
