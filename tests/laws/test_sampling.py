"""`stable.rvs`: its law through the characteristic function, its tails, its bits, its errors."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.stable.layers import LEAST, LOW, MOST, OTHER, REGION, RISE, SHARE, WIDTH, X
from levysde.stable.mode import mode_from_origin
from levysde.stable.tables import EXPONENT, HEAD, HOT, LAYERS, LEFT, PARTS, RECTANGLES, REGIONS, SHIFT, stable_table
from levysde.stable.ziggurat import _log_density, _tail

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "stable_quantiles.json").read_text())
QUANTILES = {row[0]: {float(p): float(x) for p, x in row[1]} for row in REFERENCE["values"]}
ALPHAS = [0.15, 0.2, 0.5, 0.8, 1.0, 1.2, 1.5, 1.9, 1.999, 2.0]
SKEWED = [
    *((alpha, beta) for alpha in (0.5, 1.0, 1.5) for beta in (-1.0, -0.3, 0.5, 1.0)),
    *((alpha, beta) for alpha in (0.15, 0.2, 0.35, 0.8, 1.2, 1.9) for beta in (-1.0, 0.6)),
    (1.999, 1.0),
]


def density_and_survival(x, alpha, beta=0.0, form="S0"):
    """Return f(x) and P(X > x) of the standard law, evaluated point by point."""
    flat = np.ravel(x).astype(float)
    parts = [flat[i : i + 1000] for i in range(0, flat.size, 1000)]
    f, s = (
        np.concatenate([np.exp(one(part, alpha, beta, parameterization=form)) for part in parts])
        for one in (ls.stable.logpdf, ls.stable.logsf)
    )
    return f.reshape(np.shape(x)), s.reshape(np.shape(x))


def _log_phi(k, alpha, beta, loc, scale, form):
    """Log of the characteristic function in S0 and S1, written from the definition."""
    s = np.abs(scale * k)
    sign = np.sign(k)
    if beta == 0 or alpha == 2:
        return 1j * k * loc - s**alpha
    if alpha == 1:
        log = np.log(s) if form == "S0" else np.log(np.abs(k))
        return 1j * k * loc - s * (1 + 1j * beta * 2 / math.pi * sign * log)
    tan = math.tan(math.pi * alpha / 2)
    if form == "S0":
        return 1j * k * loc - s**alpha * (1 + 1j * beta * sign * tan * (s ** (1 - alpha) - 1))
    return 1j * k * loc - s**alpha * (1 - 1j * beta * sign * tan)


def _controls(alpha):
    """Return wrong (alpha, scale): 3 % in the scale (in scale^alpha below 1, which is what psi sees), 0.1 in alpha."""
    return [(alpha, 1.03 if alpha >= 1 else 1.03 ** (1 / alpha)), (alpha - 0.1 if alpha > 0.2 else alpha + 0.1, 1.0)]


@pytest.mark.parametrize("alpha", ALPHAS)
def test_symmetric_characteristic_function(alpha, laws, seed):
    x = ls.stable.rvs(alpha, size=10**6, rng=seed)
    k = laws.rays(alpha, n=6)
    assert laws.characteristic_z(x, k, np.exp(-(k**alpha))) < laws.Z
    for wrong, scale in _controls(alpha):
        assert laws.characteristic_z(x, k, np.exp(-((scale * k) ** wrong))) > laws.Z
    if alpha > 1.9:  # the lost sqrt(2)
        assert laws.characteristic_z(x / math.sqrt(2), k, np.exp(-(k**alpha))) > laws.Z


@pytest.mark.parametrize("form", ["S0", "S1"])
@pytest.mark.parametrize(("alpha", "beta"), SKEWED)
def test_skewed_characteristic_function(alpha, beta, form, laws, seed):
    loc, scale = 0.7, 2.5
    x = ls.stable.rvs(alpha, beta, loc=loc, scale=scale, size=400_000, parameterization=form, rng=seed)
    k = laws.rays(alpha, scale)
    assert laws.characteristic_z(x, k, np.exp(_log_phi(k, alpha, beta, loc, scale, form))) < laws.Z
    wrong = [
        (alpha, -beta, loc, scale, form),
        (alpha, beta, loc, scale * (1.03 if alpha >= 1 else 1.05 ** (1 / alpha)), form),
    ]
    if alpha < 1.99:  # at alpha = 1.999 skewness 1 is nearly invisible in S0
        wrong = [*wrong, (alpha, beta, loc, scale, "S0" if form == "S1" else "S1")]
        wrong = [*wrong, (alpha, 0.5 * beta, loc, scale, form)]
    if alpha == 1.999:
        wrong = wrong[1:]
    for law in wrong:
        assert laws.characteristic_z(x, k, np.exp(_log_phi(k, *law))) > laws.Z


def test_alpha_one_is_no_location_scale_family_in_s1(laws, seed):
    """Scaling a standard S1 variate of alpha = 1 misses (2/pi) beta scale log scale; S0 does scale."""
    k = laws.rays(1.0, 3.0)
    x = 3.0 * ls.stable.rvs(1.0, 1.0, size=400_000, rng=seed)
    assert laws.characteristic_z(x, k, np.exp(_log_phi(k, 1.0, 1.0, 0.0, 3.0, "S1"))) > laws.Z
    x = 3.0 * ls.stable.rvs(1.0, 1.0, size=400_000, parameterization="S0", rng=seed)
    assert laws.characteristic_z(x, k, np.exp(_log_phi(k, 1.0, 1.0, 0.0, 3.0, "S0"))) < laws.Z


def _exact_quantiles(alpha):
    """Return {p: x} with P(|X| > x) = p."""
    if alpha == 1:
        return {p: 1 / math.tan(math.pi * p / 2) for p in QUANTILES[1.5]}
    if alpha == 2:
        from scipy.special import erfcinv

        return {p: 2 * float(erfcinv(p)) for p in QUANTILES[1.5]}
    return QUANTILES[alpha]


def _counts(alpha, levels, n, seed, change=lambda x: x):
    """Return how many of n draws exceed each level in magnitude, how many of those are positive, and the largest."""
    rng = np.random.default_rng(seed)
    block = np.empty(min(n, 10**6))
    above, positive, largest = np.zeros(len(levels), int), np.zeros(len(levels), int), 0.0
    for _ in range(n // len(block)):
        ls.stable.rvs(alpha, out=block, rng=rng)
        x = change(block)
        for i, level in enumerate(levels):
            right, left = np.count_nonzero(x > level), np.count_nonzero(x < -level)
            above[i] += right + left
            positive[i] += right
        largest = max(largest, float(np.max(np.abs(x))))
    return above, positive, largest


def _tail_z(alpha, n, seed, laws, *, smallest, change=lambda x: x):
    quantiles = {p: x for p, x in _exact_quantiles(alpha).items() if p >= smallest}
    above, positive, largest = _counts(alpha, list(quantiles.values()), n, seed, change)
    z = [laws.count_z(count, n, p) for count, p in zip(above, quantiles, strict=True)]
    z += [laws.count_z(right, count, 0.5) for right, count in zip(positive, above, strict=True) if count > 100]
    return np.max(z), largest


def _exceedance(x, alpha):
    """Return P(|X| > x) for large x."""
    if alpha == 2:
        return math.erfc(x / 2)
    if alpha < 0.2:
        return 2 * math.gamma(alpha) * math.sin(math.pi * alpha / 2) / math.pi * x**-alpha
    return float(2 * density_and_survival(np.array([x]), alpha)[1][0])


@pytest.mark.parametrize("alpha", ALPHAS)
def test_tails_at_exact_quantiles(alpha, laws, seed):
    """P(|X| > x) from 0.9 down to 1e-4, with 10^7 draws (2x10^6 for the slow sampler); the signs are fair too."""
    n = 10**7 if alpha >= 0.2 else 2 * 10**6
    worst, largest = _tail_z(alpha, n, seed, laws, smallest=1e-4)
    assert worst < laws.Z
    # n P(|X| > largest) is a standard exponential variate: above 15 with probability 3e-7, as a cut tail would be,
    # and below 3e-7 with the same probability.
    assert 3e-7 < n * _exceedance(largest, alpha) < 15


@pytest.mark.parametrize("alpha", [0.2, 0.8, 1.5, 1.999, 2.0])
def test_tail_controls(alpha, laws, seed):
    n = 10**6
    cut = _exact_quantiles(alpha)[1e-3]
    worst, largest = _tail_z(alpha, n, seed, laws, smallest=1e-4, change=lambda x: np.clip(x, -cut, cut))
    assert worst > laws.Z
    assert n * _exceedance(largest, alpha) > 15
    factor = 1.03 if alpha >= 1 else 1.03 ** (1 / alpha)
    assert _tail_z(alpha, n, seed, laws, smallest=1e-4, change=lambda x: factor * x)[0] > laws.Z
    one_sided = _tail_z(alpha, n, seed, laws, smallest=1e-4, change=np.abs)[0]
    assert one_sided > laws.Z


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [alpha for alpha in ALPHAS if alpha >= 0.2])
def test_far_tails(alpha, laws, seed):
    """Down to P(|X| > x) = 1e-6 with 10^8 draws."""
    n = 10**8
    worst, largest = _tail_z(alpha, n, seed, laws, smallest=1e-6)
    assert worst < laws.Z
    assert 3e-7 < n * _exceedance(largest, alpha) < 15


TABLES = [
    *((alpha, 0.0) for alpha in (0.2, 0.25, 0.5, 1.0, 1.5, 1.9, 1.999, 2.0)),
    *((0.2, 0.05), (0.2, -0.9), (0.2, 1.0), (0.25, 0.999), (0.3, 0.5), (0.4, 0.99), (0.45, -1.0)),
    *((0.5, 1.0), (0.5, -0.9), (0.7, 0.99), (0.9, 1.0), (0.999, -0.5), (1.0, 0.5), (1.0, -1.0)),
    *((1.001, 0.3), (1.2, 1.0), (1.5, 0.7), (1.7, -0.999), (1.9, 1.0), (1.999, 0.9)),
]
SIDES = [(alpha, beta, left) for alpha, beta in TABLES for left in (False, True)]
# A relative error e of the probability p of an event shows in n draws as a z-score of e sqrt(n p). The tables are held
# to what stays below half a standard deviation at n = 10^8, the largest sample of this suite.
INVISIBLE = 0.5 / math.sqrt(10**8)


class _Side:
    """One side of a table, and the density and survival function at a distance from the mode on that side."""

    def __init__(self, alpha, beta, left):
        table = stable_table(alpha, beta)
        n, split = int(table[REGIONS]), int(table[LEFT])
        rows = table[PARTS : PARTS + REGION * n].reshape(n, REGION)
        share = rows[:, SHARE].copy()  # undo Walker's alias method
        np.add.at(share, rows[:, OTHER].astype(int), 1 - rows[:, SHARE])
        chosen = slice(split, None) if left else slice(0, split)
        self.sign = -1 if left else 1
        self.rows = rows[chosen].copy()
        self.rows[:, [X, WIDTH]] *= self.sign
        self.area = (share / n * (1 - table[RECTANGLES] / LAYERS))[chosen]
        edges = self.sign * 2.0**52 * table[HOT : HOT + LAYERS]
        self.edges = edges[edges > 0]
        self.whole = len(self.edges)
        small = self.rows[:, MOST] == -math.inf  # rectangles under the mode
        self.small, self.small_area = self.rows[small], self.area[small]
        self.rows, self.area = self.rows[~small], self.area[~small]
        self.edges = np.append(self.edges, self.small[:, WIDTH])
        self.head = HEAD * (2 if left else 1)
        self.table, self.alpha, self.beta = table, alpha, self.sign * beta
        self.centre, self.form = self.sign * table[SHIFT], "S0"
        if alpha < 0.9 and beta != 0:  # there the mode is known more closely in S1
            self.centre, self.form = mode_from_origin(alpha, self.beta), "S1"

    def laws(self, distance):
        return density_and_survival(self.centre + distance, self.alpha, self.beta, self.form)


@pytest.fixture(params=SIDES, ids=lambda p: f"{p[0]:g},{p[1]:g},{'left' if p[2] else 'right'}")
def side(request):
    return _Side(*request.param)


def test_tail_table_inverts_the_survival_function(side):
    """The magnitude for a word is where P(X > x) = (word + 1) 2^-64 P(X > start), from the first bit to the last."""
    base = side.laws(side.edges[:1])[1][0]
    words = [2**64 - 1, *(int(2.0**64 * w) for w in np.geomspace(0.999, 1e-18, 60)), 0]
    x = np.array([_tail(np.uint64(word), side.head, side.table) for word in words])
    wanted = np.array([(float(word) + 1) * 2.0**-64 for word in words]) * base
    error = np.abs(side.laws(x)[1] / wanted - 1) * np.sqrt(wanted)
    assert np.max(error) < INVISIBLE
    light = side.alpha == 2 or side.beta == -1
    assert side.table[side.head + EXPONENT] == (0.0 if light else 1 / side.alpha)
    assert 2**64 * wanted[-1] == pytest.approx(base)  # the last bit counts


def test_wedge_table_holds_the_density(side):
    x = np.concatenate([np.geomspace(side.edges[-1] * 1e-3, side.edges[0], 300), side.edges[1::16]])
    x = x[x > 1e-9]
    found = np.array([_log_density(v, side.head, side.table) for v in x])
    assert np.max(np.abs(found - np.log(side.laws(x)[0]))) < 3e-6  # squared: far below INVISIBLE


@pytest.mark.parametrize("alpha", [0.2, 1.0, 1.5, 2.0])
def test_the_two_sides_of_a_symmetric_law_mirror_each_other(alpha):
    right, left = _Side(alpha, 0.0, False), _Side(alpha, 0.0, True)
    fixed = [X, WIDTH, LOW, RISE, LEAST, MOST]
    assert np.array_equal(right.small[:, fixed], left.small[:, fixed])
    assert np.array_equal(right.edges, left.edges)
    assert np.array_equal(right.rows[:, fixed], left.rows[:, fixed])
    assert right.table[SHIFT] == 0


@pytest.mark.parametrize(("alpha", "beta"), TABLES)
def test_rectangles_and_left_over_make_up_the_probability(alpha, beta):
    right, left = _Side(alpha, beta, False), _Side(alpha, beta, True)
    table = right.table
    assert right.whole + left.whole == table[RECTANGLES]
    assert np.all(table[HOT + int(table[RECTANGLES]) : HOT + LAYERS] == 0)
    for part in (right, left):
        mass = part.laws(np.zeros(1))[1][0]
        assert part.whole / LAYERS + part.small_area.sum() + part.area.sum() == pytest.approx(mass, abs=1e-9)


def test_rectangles_lie_under_the_density_and_meet(side):
    """Each has the area 1/LAYERS or, under the mode, its own, its outer corner on the curve, and stands on the last."""
    rows, edges = side.rows, side.edges
    low = np.append(0.0, rows[1:-1, LOW])
    area = edges * (rows[1:, LOW] - low)
    assert np.allclose(area[: side.whole], 1 / LAYERS, rtol=1e-12, atol=0)
    assert np.allclose(side.small[:, LOW], low[side.whole :], rtol=1e-12, atol=0)
    assert np.allclose(side.small_area, area[side.whole :], rtol=1e-9, atol=0)
    assert np.all(side.small[:, X] == 0)
    known = edges > 1e-9
    assert np.allclose(rows[1:, LOW][known], side.laws(edges)[0][known], rtol=3e-6, atol=0)
    assert np.allclose(rows[1:-1, X], edges[1:], rtol=1e-12, atol=0)
    assert np.allclose((rows[:, X] + rows[:, WIDTH])[1:], edges, rtol=1e-12, atol=0)
    assert rows[-1, X] == 0
    assert rows[0, RISE] == 0  # the tail
    assert rows[-1, LOW] + rows[-1, RISE] == pytest.approx(side.laws(np.zeros(1))[0][0], rel=1e-12)


def test_left_over_regions_are_chosen_by_their_areas(side):
    """By the survival function, and by the density where the survival function loses the small difference."""
    rows, edges, area = side.rows, side.edges, side.area
    survival = side.laws(edges)[1]
    assert abs(area[0] / survival[0] - 1) * math.sqrt(survival[0]) < INVISIBLE
    inner = np.arange(1, len(rows) - 1)
    by_survival = np.diff(survival) - rows[inner, LOW] * rows[inner, WIDTH]
    assert np.max(np.abs(area[inner] - by_survival) / np.sqrt(area[inner])) < INVISIBLE
    nodes, weights = np.polynomial.legendre.leggauss(40)
    s = 0.5 * (nodes + 1)
    for j in np.unique([*range(1, len(rows) - 1, 100), len(rows) - 2]):
        x = np.exp(np.log(rows[j, X]) + s * np.log(1 + rows[j, WIDTH] / rows[j, X]))
        if x[0] > 1e-9:
            excess = (side.laws(x)[0] - rows[j, LOW]) * x
            by_density = 0.5 * np.sum(weights * excess) * np.log(1 + rows[j, WIDTH] / rows[j, X])
            assert abs(area[j] - by_density) / math.sqrt(by_density) < INVISIBLE


def test_the_squeeze_bounds_the_density(side):
    """Every left-over region tells how far the density may sag below (or bulge above) the diagonal of its box."""
    rows = side.rows
    chosen = np.unique([*range(1, len(rows) - 1, 7), *range(max(1, len(rows) - 8), len(rows))])
    share = np.concatenate([[1e-4, 1e-3, 3e-3, 6e-3, 0.01], np.linspace(0.02, 0.99, 15)])
    x = rows[chosen, X, None] + share * rows[chosen, WIDTH, None]
    resolved = x > 1e-9
    density = np.zeros_like(x)
    density[resolved] = side.laws(x[resolved])[0]
    drop = 1 - share - (density - rows[chosen, LOW, None]) / rows[chosen, RISE, None]
    bow = share * (1 - share)
    top = rows[chosen, LOW] + rows[chosen, RISE]
    rounding = (3e-6 * top / rows[chosen, RISE])[:, None]  # of the interpolated density, in units of the box's height
    assert np.all((drop >= rows[chosen, LEAST, None] * bow - rounding) | ~resolved)
    assert np.all((drop <= rows[chosen, MOST, None] * bow + rounding) | ~resolved)


@pytest.mark.parametrize(("alpha", "beta"), [(1.5, 0.0), (0.5, 0.0), (2.0, 0.0), (0.15, 0.0), (1.5, 0.7), (1.0, -1.0)])
def test_a_short_sample_begins_a_long_one(alpha, beta, seed):
    """Across chunk boundaries: draws belong to lanes of 256 and come in blocks of rows, and none of that shows."""
    arguments = {"loc": 0.3, "scale": 2.0, "rng": seed}
    whole = ls.stable.rvs(alpha, beta, size=10_000, **arguments)
    assert len(np.unique(whole)) == len(whole)
    for size in (1, 2, 255, 256, 257, 511, 512, 1023, 1024, 1025, 4095, 4096, 4097, 8192, 9999):
        assert np.array_equal(ls.stable.rvs(alpha, beta, size=size, **arguments), whole[:size])
    assert ls.stable.rvs(alpha, beta, **arguments) == whole[0]


@pytest.mark.parametrize("alpha", [0.15, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("shape", [(), (1,), (256,), (257,), (4096,), (3, 5, 7), (0,)])
def test_out_gives_the_same_bits(alpha, shape, seed):
    fresh = ls.stable.rvs(alpha, 0.0, loc=-1.0, scale=0.2, size=shape, rng=seed)
    out = np.full(shape, np.nan)
    returned = ls.stable.rvs(alpha, 0.0, loc=-1.0, scale=0.2, out=out, rng=seed)
    assert returned is out
    assert np.shape(fresh) == shape
    assert np.array_equal(fresh, out)


def test_a_sample_is_a_function_of_its_entropy():
    assert np.array_equal(ls.stable.rvs(1.5, size=300, rng=4), ls.stable.rvs(1.5, size=300, rng=4))
    assert not np.any(ls.stable.rvs(1.5, size=300, rng=4) == ls.stable.rvs(1.5, size=300, rng=5))
    generator = np.random.default_rng(4)
    assert ls.stable.rvs(1.5, rng=generator) != ls.stable.rvs(1.5, rng=generator)
    assert isinstance(ls.stable.rvs(1.5, rng=1), float)


def test_lanes_are_independent(laws, seed):
    """cos(X_i) of neighbours and of the same lane one row on have no correlation."""
    c = np.cos(ls.stable.rvs(1.5, size=256 * 4000, rng=seed)).reshape(-1, 256)
    mean = math.exp(-1)
    for products in ((c[:, :-1] - mean) * (c[:, 1:] - mean), (c[:-1] - mean) * (c[1:] - mean)):
        assert laws.mean_z(products.ravel(), 0.0) < laws.Z
    assert laws.mean_z(((c - mean) ** 2).ravel(), 0.0) > laws.Z


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alpha": 0}, "outside"),
        ({"alpha": 2.1}, "outside"),
        ({"alpha": -1}, "outside"),
        ({"alpha": math.nan}, "not finite"),
        ({"alpha": 1.5, "beta": 1.01}, "outside"),
        ({"alpha": 1.5, "beta": math.nan}, "not finite"),
        ({"alpha": 1.5, "scale": 0}, "outside"),
        ({"alpha": 1.5, "scale": -1}, "outside"),
        ({"alpha": 1.5, "loc": math.inf}, "not finite"),
        ({"alpha": 1.5, "parameterization": "S2"}, "unknown"),
        ({"alpha": 1.5, "size": 3, "out": np.zeros(3)}, "both size and out"),
        ({"alpha": 1.5, "out": np.zeros(3, np.float32)}, "C-contiguous float64"),
        ({"alpha": 1.5, "out": np.zeros((4, 4)).T[::2]}, "C-contiguous float64"),
        ({"alpha": 1.5, "out": [0.0]}, "C-contiguous float64"),
        ({"alpha": 1.5, "size": -1}, "negative"),
        ({"alpha": 1.5, "rng": -1}, "negative"),
    ],
)
def test_bad_values_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ls.stable.rvs(**arguments)


@pytest.mark.parametrize("arguments", [{"alpha": "1.5"}, {"alpha": 1.5, "rng": "seed"}, {"alpha": True}])
def test_bad_types_are_refused(arguments):
    with pytest.raises(TypeError):
        ls.stable.rvs(**arguments)


def test_a_read_only_out_is_refused():
    out = np.zeros(3)
    out.flags.writeable = False
    with pytest.raises(ValueError, match="writable"):
        ls.stable.rvs(1.5, out=out)
