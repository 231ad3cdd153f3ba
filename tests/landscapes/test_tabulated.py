"""Measured landscapes: the two committed loss curves, noise, awkward ends, and files that are refused."""

import math
from pathlib import Path

import numpy as np
import pytest

from levysde.landscapes import Tabulated
from levysde.landscapes.spline import noise_level

EXAMPLES = Path(__file__).parents[2] / "examples"
UNEQUAL, EQUAL = EXAMPLES / "digits-loss-unequal-wells.csv", EXAMPLES / "digits-loss-equal-wells.csv"
# file, column, minima, barrier, half-widths, heights: read off the curves by eye, to the digits given
CURVES = [
    (UNEQUAL, "train_loss", (-0.02, 1.07), 0.27, (0.29, 0.80), (0.975, 1.003)),
    (UNEQUAL, "test_loss", (0.02, 0.575), 0.29, (0.27, 0.285), (1.00, 0.36)),
    (EQUAL, "train_loss", (0.005, 1.00), 0.505, (0.50, 0.495), (0.595, 0.595)),
]
curves = pytest.mark.parametrize(
    ("path", "column", "minima", "barrier", "widths", "heights"), CURVES, ids=["unequal", "unequal-test", "equal"]
)


def wells(n: int = 200, low: float = -1.8, high: float = 1.9) -> tuple[np.ndarray, np.ndarray]:
    x = np.linspace(low, high, n)
    return x, x**4 / 4 - x**2 / 2


@curves
def test_loss_curves(path, column, minima, barrier, widths, heights) -> None:
    curve = Tabulated.from_csv(path, u=column)
    assert curve.smoothing_length == 0.0
    assert np.allclose(curve.minima[:, 0], minima, atol=0.006)
    assert np.allclose(curve.saddles[:, 0], barrier, atol=0.006)
    assert np.allclose([curve.width(0)[1], curve.width(1)[0]], widths, atol=0.006)
    assert np.allclose([curve.barrier(0)[1], curve.barrier(1)[0]], heights, atol=0.006)


@curves
@pytest.mark.parametrize("seed", range(5))
def test_loss_curves_with_noise(path, column, minima, barrier, widths, heights, seed: int) -> None:
    clean = Tabulated.from_csv(path, u=column)
    noise = 1.0 + 0.05 * np.random.default_rng(seed).standard_normal(len(clean.x))
    curve = Tabulated(clean.x, np.array(clean.u) * noise)
    assert len(curve.minima) == 2
    assert np.allclose(curve.minima[:, 0], minima, atol=0.06)
    assert np.allclose(curve.saddles[:, 0], barrier, atol=0.06)
    assert np.allclose([curve.width(0)[1], curve.width(1)[0]], widths, atol=0.08)
    assert np.allclose([curve.barrier(0)[1], curve.barrier(1)[0]], heights, atol=0.12)
    # Without smoothing and without a prominence the same table is nothing but noise: the rule is what saves it.
    raw = Tabulated(curve.x, curve.u, smoothing=0.0, prominence=0.0)
    assert len(raw.minima) > 50


def test_a_resolved_table_is_the_function_it_came_from() -> None:
    table = Tabulated(*wells())
    grid = np.linspace(-1.8, 1.9, 777)
    assert np.allclose(table.potential(grid), grid**4 / 4 - grid**2 / 2, atol=1e-8)
    assert np.allclose(table.gradient(grid), grid**3 - grid, atol=2e-6)
    assert np.allclose(table.hessian(grid)[50:-50], 3 * grid[50:-50] ** 2 - 1, atol=1e-3)  # h^2/12 of U'''' = 6
    assert np.allclose(table.minima[:, 0], [-1, 1], atol=1e-7)
    assert np.allclose([table.curvature(0), table.curvature(1)], 2.0, atol=1e-3)


@pytest.mark.parametrize("n", [9, 13, 19])
def test_a_coarse_table_keeps_its_wells(n: int) -> None:
    table = Tabulated(*wells(n, -1.8, 1.8))
    assert np.allclose(table.minima[:, 0], [-1, 1], atol=0.05)
    assert np.allclose(table.saddles[:, 0], 0, atol=1e-9)


@pytest.mark.parametrize("height", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("length", [0.05, 20.0])
def test_noise_does_not_become_wells_on_any_scale(length: float, height: float) -> None:
    x, u = wells(300)
    for seed in range(3):
        noisy = u + 0.03 * np.random.default_rng(seed).standard_normal(len(x))
        table = Tabulated(length * x, height * noisy)
        assert np.allclose(table.minima[:, 0] / length, [-1, 1], atol=0.1)
        assert np.allclose([table.barrier(0)[1] / height, table.barrier(1)[0] / height], 0.25, atol=0.05)


def test_noise_level_is_the_noise() -> None:
    x, u = wells(2000)
    sd = 0.01 * (1 + (x > 0))
    level = noise_level(x, u + sd * np.random.default_rng(3).standard_normal(len(x)))
    middle = np.abs(np.abs(x) - 0.9) < 0.7
    assert np.mean(level[middle] / sd[middle]) == pytest.approx(1.0, abs=0.15)
    assert np.max(noise_level(x, u)) < 1e-9
    assert np.max(noise_level(x[:19], u[:19])) == 0.0


def test_prominence_and_smoothing_by_hand() -> None:
    x = np.linspace(-3.2, 3.2, 300)
    u = x**2 / 8 - 0.3 * np.cos(4 * x)  # five wells; barriers lower and lower towards the middle, seen from outside
    assert len(Tabulated(x, u).minima) == 5
    depths = sorted(min(Tabulated(x, u).barrier(i)) for i in range(5))
    assert len(Tabulated(x, u, prominence=(depths[0] + depths[2]) / 2).minima) == 3
    assert len(Tabulated(x, u, prominence=10.0).minima) == 1
    assert len(Tabulated(x, u, smoothing=2.0).minima) == 1
    assert Tabulated(x, u, smoothing=0.1).smoothing_length == 0.1


def test_ironing_out_a_well_changes_nothing_else() -> None:
    x = np.linspace(-2.0, 2.0, 400)
    bump = 0.01 * np.exp(-(((x - 1.5) / 0.02) ** 2)) * (x > 1.4)
    u = x**4 / 4 - x**2 / 2
    dented = u - 10 * bump
    assert len(Tabulated(x, dented, prominence=0.0).minima) == 3
    ironed = Tabulated(x, dented, prominence=0.1)
    assert np.allclose(ironed.minima[:, 0], [-1, 1], atol=1e-6)
    grid = np.linspace(-2.0, 1.3, 500)
    assert np.allclose(ironed.potential(grid), grid**4 / 4 - grid**2 / 2, atol=1e-8)
    assert np.all(ironed.gradient(np.linspace(1.01, 2.5, 500)) > 0)


@pytest.mark.parametrize(("low", "high"), [(-1.4, 1.4), (-1.2, 0.5), (-0.6, 0.5), (0.1, 0.8), (-1.0, 1.0), (-3, -1.5)])
def test_confining_wherever_the_table_ends(low: float, high: float) -> None:
    x, u = wells(60, low, high)
    table = Tabulated(x, u)
    width = high - low
    far = np.array([low - 10 * width, high + 10 * width])
    assert np.array_equal(np.sign(table.gradient(far)), [-1, 1])
    assert len(table.minima) >= 1
    assert len(table.saddles) == len(table.minima) - 1
    assert np.all(table.minima > low - 0.051 * width)
    assert np.all(table.minima < high + 0.051 * width)
    # Value and slope continue across both ends.
    for end in (low, high):
        for f in (table.potential, table.gradient):
            assert f(end - 1e-9) == pytest.approx(float(f(end + 1e-9)), abs=1e-7)


def test_lookup_in_an_uneven_table() -> None:
    x = np.sort(np.r_[np.geomspace(1e-6, 1.0, 200), -np.geomspace(1e-5, 2.0, 50)])
    table = Tabulated(x, x * x, smoothing=0.0)
    grid = np.r_[x, (x[1:] + x[:-1]) / 2]
    assert np.allclose(table.potential(grid), grid * grid, atol=1e-3)
    assert table.minima[0, 0] == pytest.approx(0.0, abs=1e-5)
    exact = [np.nextafter(k, s) for k in x for s in (-9.0, 9.0)]
    assert np.allclose(table.potential(np.array(exact)), np.square(exact), atol=1e-12)


def test_rounded_values_are_no_wells() -> None:
    x, u = wells(400)
    assert np.allclose(Tabulated(x, np.round(u, 2)).minima[:, 0], [-1, 1], atol=0.1)
    assert np.allclose(Tabulated(x, np.round(u, 4)).minima[:, 0], [-1, 1], atol=0.02)


@pytest.mark.parametrize(
    ("x", "u", "message"),
    [
        ([0, 2, 1, 3, 4], [1, 0, 1, 0, 1], "holds 1 after 2 .*sort the table"),
        ([0, 1, 1, 3, 4], [1, 0, 1, 0, 1], "holds 1 twice .*one value per x"),
        ([0, 1, 2, 3], [1, 0, 1, 0], "4 points, too few"),
        ([0, 1, 2, 3, 4], [1, 0, math.nan, 0, 1], r"u\[2\]=nan is not finite"),
        ([0, 1, 2, 3, math.inf], [1, 0, 1, 0, 1], r"x\[4\]=inf is not finite"),
        ([0, 1, 2, 3, 4], [1, 0, 1, 0], "equal length"),
        ([0, 1, 2, 3, 4], [2, 2, 2, 2, 2], "use Flat"),
    ],
)
def test_tables_that_are_refused(x, u, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Tabulated(x, u)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "no column 't'; it has 'a', 'b'"),
        ("t,train_loss\n0,1\n1,x\n", "line 3: train_loss='x' is not a number"),
        ("t,train_loss\n0,1\n1\n", "line 3: train_loss='' is not a number"),
        ("t,train_loss\n0,1\n1,2\n", "2 points, too few"),
        ("t,train_loss\n0,1\n1,nan\n2,1\n3,0\n4,1\n", r"u\[1\]=nan"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "curve.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        Tabulated.from_csv(path)
    assert "curve.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot read .*No such file"):
        Tabulated.from_csv(tmp_path / "absent.csv")
    with pytest.raises(ValueError, match="cannot read"):
        Tabulated.from_csv(tmp_path)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ValueError, match="cannot read"):
        Tabulated.from_csv(tmp_path / "binary.csv")


def test_columns_by_name_in_any_order(tmp_path: Path) -> None:
    x, u = wells(50)
    path = tmp_path / "curve.csv"
    rows = [f"{b}, {a},note" for a, b in zip(x.tolist(), u.tolist(), strict=True)]
    path.write_text("energy, place,remark\n" + "\n".join(rows) + "\n\n", encoding="utf-8-sig")
    assert Tabulated.from_csv(path, x="place", u="energy") == Tabulated(x, u)
