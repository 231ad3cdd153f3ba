"""Domains: membership, boundaries, lost points, lines through them, complements."""

import functools
import math
import pickle

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numba.extending import register_jitable

from levysde.domains import Ball, Box, Complement, Domain, HalfSpace, Interval
from levysde.domains.ball import inside_ball
from levysde.domains.base import finite
from levysde.domains.box import inside_box
from levysde.domains.half_space import inside_half_space

CONVEX: list[Domain] = [
    Interval(-1.0, 2.0),
    Interval(-math.inf, 0.5),
    Interval(-0.5, math.inf),
    Ball(0.3, 1.2),
    Ball([0.1, -0.2], 1.5),
    Ball([0.0, 1.0, 0.5], 2.0),
    Box(-1.0, 1.0),
    Box([-1.0, -2.0], [0.5, 1.0]),
    Box([-1.0, -math.inf], [math.inf, 1.0]),
    HalfSpace(2.0, 1.0),
    HalfSpace(-2.0, 1.0),
    HalfSpace([1.0, 2.0], 0.7),
    HalfSpace([0.0, -1.0, 3.0], 0.2),
]
LINE = Interval(-math.inf, math.inf)  # its complement is empty
DOMAINS = [*CONVEX, LINE, *(~domain for domain in CONVEX)]
MANY = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.filter_too_much])
every = pytest.mark.parametrize("domain", DOMAINS, ids=repr)
register = functools.cache(register_jitable)
coordinates = st.lists(st.floats(-4.0, 4.0), min_size=3, max_size=3)


def inside(domain: Domain, x: np.ndarray) -> bool:
    """What the plain function says."""
    return domain.inside_function(float(x[0]) if domain.dim == 1 else x, domain.parameters)


@every
@given(x=coordinates)
@MANY
def test_three_ways_to_ask(domain: Domain, x: list[float]) -> None:
    point = np.array(x[: domain.dim])
    answer = inside(domain, point)
    assert isinstance(answer, bool)
    assert domain.contains(point) == answer
    assert (~domain).contains(point) == (not answer)
    assert domain.distance(point) >= 0.0
    if domain.distance(point) > 0.0:
        assert answer


@every
def test_compiled_to_the_same_answers(domain: Domain) -> None:
    for helper in (finite, inside_ball, inside_box, inside_half_space):
        register(helper)
    fast = numba.njit(error_model="numpy")(domain.inside_function)
    points = np.random.default_rng(5).normal(0.0, 1.5, (300, domain.dim))
    points = np.concatenate([points, np.round(points), 1e200 * points, np.full((1, domain.dim), math.nan)])
    rows = points[:, 0].tolist() if domain.dim == 1 else points
    with np.errstate(over="ignore", invalid="ignore"):
        plain = [domain.inside_function(row, domain.parameters) for row in rows]
    assert [fast(row, domain.parameters) for row in rows] == plain
    assert domain.contains(points).tolist() == plain


@every
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_lost_point_is_in_no_domain(domain: Domain, bad: float) -> None:
    for k in range(domain.dim):
        point = np.zeros(domain.dim)
        point[k] = bad
        with np.errstate(invalid="ignore"):
            assert not inside(domain, point)
            assert not domain.contains(point)


@every
@given(x=coordinates, v=coordinates, s=st.floats(-6.0, 6.0))
@MANY
def test_where_a_line_leaves(domain: Domain, x: list[float], v: list[float], s: float) -> None:
    point, direction = np.round([x[: domain.dim], v[: domain.dim]], 4)  # a speed of 1e-40 moves nothing in floats
    assume(domain.contains(point) and np.linalg.norm(direction) > 1e-3)
    parts = domain.outside(point, direction)
    assert all(low < high for low, high in parts)
    assert all(parts[i][1] < parts[i + 1][0] for i in range(len(parts) - 1))
    assert not any(low < 0.0 < high for low, high in parts)
    ends = np.array(parts).reshape(-1)
    assume(np.all(np.abs(ends - s) > 1e-7))
    assert any(low < s < high for low, high in parts) == (not domain.contains(point + s * direction))


def test_lines_by_hand() -> None:
    assert Interval(-1, 2).outside(0.5, 1.0) == [(-math.inf, -1.5), (1.5, math.inf)]
    assert Interval(-1, 2).outside(0.5, -2.0) == [(-math.inf, -0.75), (0.75, math.inf)]
    assert Interval(-math.inf, 2).outside(0.0, 1.0) == [(2.0, math.inf)]
    assert Interval(-math.inf, math.inf).outside(0.0, 1.0) == []
    assert (~Interval(-1, 2)).outside(5.0, 1.0) == [(-6.0, -3.0)]
    assert (~Ball([0, 0], 1)).outside([0, 2], [1, 0]) == []
    assert np.allclose((~Ball([0, 0], 1)).outside([3, 0], [1, 0]), [(-4, -2)])
    assert HalfSpace([1, 0], 1).outside([0, 0], [0, 1]) == []


@every
@given(x=coordinates, v=coordinates)
@MANY
def test_distance_is_reached_and_not_passed(domain: Domain, x: list[float], v: list[float]) -> None:
    point, direction = np.array(x[: domain.dim]), np.array(v[: domain.dim])
    length = np.linalg.norm(direction)
    assume(domain.contains(point) and length > 1e-3)
    distance = float(domain.distance(point))
    if math.isfinite(distance):
        assert domain.contains(point + direction / length * distance * (1 - 1e-9) - 0.0)


@pytest.mark.parametrize("domain", [d for d in DOMAINS if d != LINE], ids=repr)
@given(x=coordinates, d=st.floats(0.0, 0.4))
@MANY
def test_shrink_moves_the_boundary_inward(domain: Domain, x: list[float], d: float) -> None:
    point = np.array(x[: domain.dim])
    smaller, gap = domain.shrink(d), float(domain.distance(point))
    assert type(smaller) is type(domain)
    assume(abs(gap - d) > 1e-9)
    if isinstance(domain, Complement) and isinstance(domain.domain, Box) and domain.dim > 1:
        assert not smaller.contains(point) or gap > d  # the corners of an expanded box are not rounded
    else:
        assert smaller.contains(point) == (gap > d)
    if d > 0.0 or domain.contains(point):
        assert not smaller.contains(point) or domain.contains(point)


def test_shrink_by_hand() -> None:
    assert Interval(-1, 2).shrink(0.5) == Interval(-0.5, 1.5)
    assert Interval(-math.inf, 2).shrink(0.5) == Interval(-math.inf, 1.5)
    assert Ball([0, 1], 2).shrink(0.5) == Ball([0, 1], 1.5)
    assert Box([0, 0], [2, 4]).shrink(0.5) == Box([0.5, 0.5], [1.5, 3.5])
    assert HalfSpace([3, 4], 1).shrink(0.5) == HalfSpace([3, 4], -1.5)
    assert (~Interval(-1, 2)).shrink(0.5) == ~Interval(-1.5, 2.5)
    for domain in (Interval(0, 1), Ball([0, 0], 0.5), Box([0, 0], [1, 2])):
        with pytest.raises(ValueError, match="leaves nothing"):
            domain.shrink(0.5)
    with pytest.raises(ValueError, match="distance=-1 is outside"):
        Interval(0, 1).shrink(-1.0)


def test_boundaries() -> None:
    for domain, edge in [
        (Interval(-1, 2), -1.0),
        (Ball([0, 0], 1), [0.0, 1.0]),
        (Box([0, 0], [1, 1]), [1.0, 0.5]),
        (HalfSpace([1, 1], 1), [0.5, 0.5]),
    ]:
        assert not domain.contains(edge)
        assert (~domain).contains(edge)
        assert domain.distance(edge) == 0.0


def test_shapes() -> None:
    interval, ball = Interval(0, 1), Ball([0, 0], 1)
    assert interval.contains(0.5).shape == ()
    assert interval.contains([0.5, 2.0]).tolist() == [True, False]
    assert interval.contains(np.zeros((4, 1))).shape == (4,)
    assert interval.contains(np.zeros((4, 3))).shape == (4, 3)
    assert ball.contains(np.zeros((4, 3, 2))).shape == (4, 3)
    assert ball.distance([0.0, 0.25]) == 0.75
    with pytest.raises(ValueError, match="need shape"):
        ball.contains([1.0, 2.0, 3.0])


@every
def test_values(domain: Domain) -> None:
    again = pickle.loads(pickle.dumps(domain))
    assert again == domain
    assert hash(again) == hash(domain)
    assert ~~domain == domain
    assert ~domain != domain
    assert not domain.parameters.flags.writeable
    assert not again.parameters.flags.writeable
    assert [other for other in DOMAINS if other == domain] == [domain]
    with pytest.raises(AttributeError):
        domain.dim = 3


def test_written_out() -> None:
    assert repr(Interval(0, 1)) == "Interval(a=0.0, b=1.0)"
    assert repr(~Ball([0, 1], 2)) == "~Ball(center=(0.0, 1.0), radius=2.0)"
    assert eval(repr(Box([0, 0], [1, 2]))) == Box([0, 0], [1, 2])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Interval(1, 0), "a=1 is not below b=0"),
        (lambda: Interval(0, 0), "a=0 is not below"),
        (lambda: Interval(math.nan, 0), "a=nan is not finite"),
        (lambda: Interval(math.inf, math.inf), "a=inf is not below"),
        (lambda: Ball([0, 0], 0), r"radius=0 is outside \(0, inf\)"),
        (lambda: Ball([0, math.nan], 1), "not finite"),
        (lambda: Ball([[0, 1]], 1), "not a point"),
        (lambda: Box([0, 0], [1, 0]), "is not below high"),
        (lambda: Box([0, 0], [1]), "as many of each"),
        (lambda: HalfSpace([0, 0], 1), "normal is zero"),
        (lambda: HalfSpace([1, 0], math.inf), "offset=inf is not finite"),
        (lambda: Interval(0, 1).outside(2.0, 1.0), "is not in Interval"),
        (lambda: Interval(0, 1).outside(0.5, 0.0), "direction is zero"),
        (lambda: Ball([0, 0], 1).outside([0, 0, 0], [1, 0, 0]), "start has shape"),
    ],
)
def test_refusals(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_no_complement_of_something_else() -> None:
    with pytest.raises(TypeError, match="no complement"):
        Complement("a domain")
