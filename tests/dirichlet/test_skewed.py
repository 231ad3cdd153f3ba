"""Skewed noise: closed forms of strictly stable motion, scale functions where all jumps are positive, symmetries."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.special import betainc

import levysde as ls
from levysde import dirichlet
from levysde.dirichlet import ladder, system

UNIT = ls.Interval(-1.0, 1.0)
ONE_SIDED = json.loads(
    (Path(__file__).parents[1] / "reference" / "spectrally_positive.json").read_text(encoding="utf-8")
)["rows"]


def flat(alpha, beta, epsilon=1.0):
    return ls.SDE(ls.Flat(), ls.AlphaStable(alpha, beta), epsilon)


def upward(alpha, beta):
    """P(L > 0)."""
    return 0.5 + math.atan(beta * math.tan(math.pi * alpha / 2)) / (math.pi * alpha)


def agrees(found, exact, share=1e-6):
    assert found.valid
    assert found.error < share * exact
    assert abs(found.value - exact) <= found.error + 1e-11 * exact


STRICTLY_STABLE = [
    *[(0.3, -0.8), (0.6, 0.4), (0.6, 1.0), (0.9, -0.8), (0.99, 0.4), (0.99, 1.0)],
    *[(1.01, 0.4), (1.01, -0.8), (1.15, 1.0), (1.3, -0.8), (1.8, 0.4), (1.99, 1.0)],
]


@pytest.mark.parametrize(("alpha", "beta"), STRICTLY_STABLE)
def test_strictly_stable(alpha, beta):
    """cos(pi alpha (rho - 1/2)) (1 + x)^(alpha (1 - rho)) (1 - x)^(alpha rho) / Gamma(1 + alpha), and a beta law."""
    rho, x = upward(alpha, beta), 0.3
    down, up = alpha * (1 - rho), alpha * rho
    exact = math.cos(math.pi * alpha * (rho - 0.5)) * (1 + x) ** down * (1 - x) ** up / math.gamma(1 + alpha)
    found = dirichlet.mean_exit_time(flat(alpha, beta), x, UNIT)
    agrees(found, exact)
    wrong = exact * ((1 - x) / (1 + x)) ** (down - up)  # skewed to the other side
    assert abs(found.value - wrong) > 1e-3 * exact
    if 0.0 < rho < 1.0:
        agrees(dirichlet.exit_probability(flat(alpha, beta), x, UNIT), betainc(down, up, (1 + x) / 2))


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.5), (0.9, -0.9), (1.2, 0.7), (1.6, -1.0)])
@pytest.mark.parametrize("y", [1.05, 3.0, -1.5])
def test_exit_point(alpha, beta, y):
    """The density sin(pi alpha rho)/pi ((1-x)/(y-1))^(alpha rho) ((1+x)/(y+1))^(alpha (1-rho)) / (y-x) above 1."""
    x, rho = -0.4, upward(alpha, beta)
    found = dirichlet.exit_point_law(flat(alpha, beta), x, UNIT, y)
    if y < 0.0:
        x, rho, y = -x, 1.0 - rho, -y
    up, down = alpha * rho, alpha * (1 - rho)
    # Over t = (y - 1) / (y + 1) in (t, 1), with t = 1 - s^(1/alpha): what is left is smooth.
    nodes, weights = np.polynomial.legendre.leggauss(60)
    most = (1 - (y - 1) / (y + 1)) ** alpha
    s = most * (1 + nodes) / 2
    t = 1 - s ** (1 / alpha)
    z = (1 + t) / (1 - t)
    density = math.sin(math.pi * up) / math.pi * ((1 - x) / (z - 1)) ** up * ((1 + x) / (z + 1)) ** down / (z - x)
    exact = most / 2 * weights @ (density * 2 / (1 - t) ** 2 * s ** (1 / alpha - 1) / alpha)
    if up == alpha or exact < 1e-12:
        assert found.value <= 1e-12
    else:
        assert abs(found.value - exact) <= found.error + 1e-7 * exact


def one_sided(row):
    parts, drift, gaussian, values = row
    laws = [s * (ls.TemperedStable(a, rate, 1.0) if rate else ls.AlphaStable(a, 1.0)) for a, rate, s in parts]
    noise = sum(laws[1:], laws[0]) + gaussian * ls.Brownian()
    return ls.SDE(ls.Polynomial([0.0, -drift]) if drift else ls.Flat(), noise), values


@pytest.mark.parametrize("row", ONE_SIDED, ids=lambda row: str(row[:3]))
def test_positive_jumps_only(row):
    """Stable and tempered jumps, alone, together, with drift and with a Gaussian part; alpha = 1 with its logarithm."""
    sde, values = one_sided(row)
    for x, mean, below in values:
        agrees(dirichlet.mean_exit_time(sde, x, UNIT), float(mean))
        agrees(dirichlet.exit_probability(sde, x, UNIT, side="left"), float(below))


@pytest.mark.parametrize(("alpha", "x"), [(1.3, -0.2), (1.7, 0.5)])
def test_scale_function_of_stable_motion(alpha, x):
    """W(x) = |cos(pi alpha/2)| x^(alpha-1) / Gamma(alpha): the path creeps down to -1 with chance W(1-x)/W(2)."""
    found = dirichlet.exit_probability(flat(alpha, 1.0), x, UNIT, side="left")
    agrees(found, ((1 - x) / 2) ** (alpha - 1))
    assert dirichlet.exit_point_law(flat(alpha, 1.0), x, UNIT, -1.001).value == 0.0  # never by a jump


@pytest.mark.parametrize("alpha", [0.7, 1.0, 1.6])
def test_symmetries(alpha):
    tilted = ls.Polynomial([0.0, 0.3, 0.5])
    mirrored = ls.Polynomial([0.0, -0.3, 0.5])
    one = dirichlet.mean_exit_time(ls.SDE(tilted, 0.8 * ls.AlphaStable(alpha, 0.6)), 0.2, UNIT)
    for noise in (0.8 * ls.AlphaStable(alpha, -0.6), -0.8 * ls.AlphaStable(alpha, 0.6)):
        two = dirichlet.mean_exit_time(ls.SDE(mirrored, noise), -0.2, UNIT)
        assert abs(one.value - two.value) <= one.error + two.error
    # Opposite skewness of equal parts cancels, the drifts at alpha = 1 too.
    both = 0.5 * ls.AlphaStable(alpha, 0.6) + 0.5 * ls.AlphaStable(alpha, -0.6)
    parts = dirichlet.mean_exit_time(ls.SDE(tilted, both), 0.2, UNIT)
    whole = dirichlet.mean_exit_time(ls.SDE(tilted, 0.5 * 2 ** (1 / alpha) * ls.AlphaStable(alpha)), 0.2, UNIT)
    assert abs(parts.value - whole.value) <= parts.error + whole.error


def test_scaling_at_one():
    """With beta != 0 Cauchy noise is not stable but for a drift: both ends and the amplitude must scale together."""
    one = dirichlet.mean_exit_time(flat(1.0, 0.7), 0.2, UNIT)
    two = dirichlet.mean_exit_time(flat(1.0, 0.7, 3.0), 0.6, ls.Interval(-3.0, 3.0))
    assert abs(one.value - two.value) <= one.error + two.error
    # Three times the clock instead leaves the drift (2/pi) beta log 3 a unit of time.
    drift = 2 / math.pi * 0.7 * math.log(3.0)
    shifted = ls.SDE(ls.Polynomial([0.0, -drift / 3.0]), ls.AlphaStable(1.0, 0.7))
    three = dirichlet.mean_exit_time(shifted, 0.2, UNIT)
    assert abs(three.value - one.value) > 1e-3 * one.value


@pytest.mark.parametrize("beta", [0.5, -1.0])
def test_two_is_the_limit(beta):
    limit = dirichlet.mean_exit_time(ls.SDE(ls.Quadratic(), ls.AlphaStable(2.0)), 0.3, UNIT).value
    gaps = [
        dirichlet.mean_exit_time(ls.SDE(ls.Quadratic(), ls.AlphaStable(a, beta)), 0.3, UNIT).value - limit
        for a in (1.9998, 1.9999)
    ]
    assert gaps[1] / gaps[0] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("alpha", "beta"), [(0.5, 0.5), (0.75, -1.0), (0.97, 0.5), (1.0, -1.0), (1.03, -1.0), (1.5, 0.5)]
)
def test_own_error(alpha, beta):
    """The promise about the solver's own estimate: 1e-6, on intervals and half-lines, for every number."""
    noise = ls.AlphaStable(alpha, beta)
    for sde, x, domain in (
        (ls.SDE(ls.Quadratic(), noise), 0.3, UNIT),
        (ls.SDE(ls.DoubleWell(), noise, 0.5), 1.0, ls.Interval(0.1, math.inf)),
    ):
        numbers = [dirichlet.mean_exit_time(sde, x, domain), dirichlet.second_moment(sde, x, domain)]
        numbers.append(dirichlet.exit_probability(sde, x, domain))
        if alpha >= 1.0 or beta > -1.0:
            numbers.append(dirichlet.principal_eigenvalue(sde, domain))
        assert all(p.valid and p.error <= 1e-6 * p.value for p in numbers)


def test_survival_decays_at_the_rate():
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.4, -0.7), 0.6)
    domain = ls.Interval(-2.0, 0.0)
    rate = dirichlet.principal_eigenvalue(sde, domain).value
    early, late = (dirichlet.survival(sde, -1.0, domain, t / rate) for t in (3.0, 4.0))
    error = early.error / early.value + late.error / late.value
    # The next rate is several times as large: exp(-3 * 3) of the first eigenfunction's share.
    assert abs(math.log(early.value / late.value) - 1.0) < math.exp(-9.0) + error


def test_paths_that_move_one_way():
    """Jumps of alpha < 1 to the right only: nothing leads left but a drift."""
    sde = flat(0.5, 1.0)
    assert dirichlet.exit_probability(sde, 0.3, UNIT).value == pytest.approx(1.0, abs=1e-12)
    assert dirichlet.exit_probability(sde, 0.3, UNIT, side="left").value == 0.0
    # The subordinator's potential: E tau = cos(pi alpha/2) r^alpha / Gamma(1 + alpha), wherever the left end is.
    exact = math.cos(math.pi / 4) * 0.7**0.5 / math.gamma(1.5)
    for far in (-1.0, -50.0):
        agrees(dirichlet.mean_exit_time(sde, 0.3, ls.Interval(far, 1.0)), exact)
    with pytest.raises(ValueError, match="only moves right"):
        dirichlet.principal_eigenvalue(sde, UNIT)
    against = ls.SDE(ls.Polynomial([0.0, 1.0]), ls.AlphaStable(0.5, 1.0))
    assert 0.0 < dirichlet.exit_probability(against, 0.3, UNIT, side="left").value < 1.0
    assert dirichlet.principal_eigenvalue(against, UNIT).value > 0.0


ROW = ls.MultiWell([-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5], [0.1, 1.1, 0.2, 1.0, 0.0, 0.9, 0.1])


@pytest.mark.parametrize("alpha", [1.8, 1.95])
def test_nothing_climbs_against_jumps_to_one_side(alpha, monkeypatch):
    """With jumps to the right only, paths creep left against the drift: wells there are as good as not there."""
    sde = ls.SDE(ROW, ls.AlphaStable(alpha, 1.0), 0.1)

    def found():
        near, far = ls.Interval(0.2, 1.8), ls.Interval(-1.2, 1.8)
        means = [dirichlet.mean_exit_time(sde, 0.5, domain).value for domain in (near, far)]
        return dirichlet.exit_probability(sde, 0.5, near, side="left").value, means[1] / means[0] - 1

    left, gap = found()
    assert abs(left) < 1e-9
    assert abs(gap) < 1e-9
    # Tests of nodes given up where drift exceeds noise three times, as without skewness: paths leak over the barrier.
    monkeypatch.setattr(system, "AGAINST", 1.0)
    ladder.system.cache_clear()
    left, gap = found()
    ladder.system.cache_clear()
    assert max(abs(left), abs(gap)) > 1e-5


@pytest.mark.parametrize(
    ("alpha", "beta"), [(1.2, 0.5), (1.3, 1.0), (1.5, -0.9), (1.5, 1.0), (1.95, 0.5), (1.95, -1.0)]
)
@pytest.mark.parametrize("epsilon", [0.1, 0.001])
def test_several_wells_under_skewed_noise(alpha, beta, epsilon):
    sde = ls.SDE(ROW, ls.AlphaStable(alpha, beta), epsilon)
    found = dirichlet.mean_exit_time(sde, 0.5, ls.Interval(-1.8, 1.8))
    assert found.error < 1e-6 * found.value


PAIR = ls.MultiWell([-1.0, 0.0, 2.0], [0.0, 1.0, -0.5])


@pytest.mark.parametrize(
    ("alpha", "beta"), [(0.9, 0.5), (0.95, 1.0), (1.0, -0.9), (1.02, 1.0), (1.05, -1.0), (1.1, 0.9)]
)
@pytest.mark.parametrize("epsilon", [0.1, 0.01])
def test_near_one_where_jumps_move_the_points_of_rest(alpha, beta, epsilon):
    """By 32 epsilon at alpha = 1.02: meshes that end elements at the minima only left 5e-4 of the mean."""
    sde = ls.SDE(PAIR, ls.AlphaStable(alpha, beta), epsilon)
    for domain in (ls.Interval(-2.0, 3.5), ls.Interval(0.0, 3.0)):
        found = dirichlet.mean_exit_time(sde, 1.3, domain)
        assert found.error < 1e-6 * found.value


def test_a_half_line_is_the_limit_of_long_intervals():
    """A jump beyond R ends what would have gone on: R^-alpha of the mean is missing."""
    sde = ls.SDE(PAIR, ls.AlphaStable(0.9, 0.5), 0.3)
    means = [dirichlet.mean_exit_time(sde, 1.3, ls.Interval(0.0, r)) for r in (1e4, 1e5, math.inf)]
    assert max(mean.error / mean.value for mean in means) < 1e-6
    missing = [1 - mean.value / means[-1].value for mean in means[:-1]]
    assert 0 < missing[1] < 1e-3
    assert missing[0] / missing[1] == pytest.approx(10**0.9, rel=0.1)
