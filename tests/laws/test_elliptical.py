"""Elliptical stable noise against its characteristic function, closed jump rates and an exit in closed form."""

import math
import pickle

import numpy as np
import pytest

import levysde as ls
from levysde.theory import boundary_shift, mean_exit_time

N = 60_000
SHAPES = {
    2: np.array([[2.0, -1.1], [-1.1, 1.0]]),
    3: np.array([[1.0, 0.5, 0.2], [0.5, 2.0, -0.6], [0.2, -0.6, 0.5]]),
    6: np.eye(6) + 0.7 * np.ones((6, 6)),
}


def _c(alpha):
    return math.gamma(1 + alpha) * math.sin(math.pi * alpha / 2) / math.pi


def _increments(noise, rng, dt, n=N):
    sde = ls.SDE(ls.Flat(noise.dim), noise)
    return ls.simulate(sde, np.zeros(noise.dim), t=dt, dt=dt, n_paths=n, rng=rng).x[:, 1]


@pytest.mark.parametrize("dim", [2, 6])
@pytest.mark.parametrize("alpha", [0.4, 1.0, 1.7])
def test_increments(alpha, dim, laws, rng):
    shape, dt = SHAPES[dim], 0.3
    noise = -0.5 * ls.EllipticalStable(alpha, shape)
    directions = [np.eye(dim)[0], np.eye(dim)[-1], np.ones(dim), np.arange(1, dim + 1) * (-1.0) ** np.arange(dim)]
    unit = [u / (0.5 * math.sqrt(u @ shape @ u)) for u in directions]
    k = np.concatenate([radius ** (1 / alpha) * np.array(unit) for radius in (0.2, 1.0, 3.0)]) * dt ** (-1 / alpha)

    def target(matrix, scale=0.5):
        return np.exp(-dt * (scale * scale * np.einsum("ij,jk,ik->i", k, matrix, k)) ** (alpha / 2))

    assert np.allclose(np.exp(-dt * noise.psi(k, dim=dim)), target(shape), rtol=1e-12)
    x = _increments(noise, rng, dt)
    assert laws.characteristic_z(x, k, target(shape)) < laws.Z
    assert laws.characteristic_z(x, k, target(shape, 0.5 * 1.06 ** max(1, 1 / alpha))) > laws.Z
    assert laws.characteristic_z(x, k, target(np.diag(np.diag(shape)))) > laws.Z  # the correlations lost
    squared = _increments(-0.5 * ls.EllipticalStable(alpha, shape @ shape), rng, dt)  # S in place of its root
    assert laws.characteristic_z(squared, k, target(shape)) > laws.Z


@pytest.mark.parametrize("dim", [1, 2])
def test_the_identity_is_isotropic_draw_for_draw(dim, rng):
    one, other = ls.EllipticalStable(1.3, np.eye(dim)), ls.IsotropicStable(1.3)
    paths = [
        ls.simulate(ls.SDE(ls.Flat(dim), noise), np.zeros(dim), t=1.0, dt=0.1, n_paths=50, rng=7).x
        for noise in (one, other)
    ]
    assert np.array_equal(*paths)
    k = rng.normal(size=(5, dim))
    assert np.allclose(one.psi(k, dim=dim), other.psi(k, dim=dim), rtol=1e-14)
    domain = ls.Ball(np.zeros(dim), 2.0) if dim > 1 else ls.Interval(-2, 2)
    start = np.full(dim, 0.3)
    assert one.jump_rate(start, domain) == pytest.approx(other.jump_rate(start, domain), rel=1e-14)


@pytest.mark.parametrize(("alpha", "dim"), [(0.5, 2), (1.5, 2), (1.5, 3)])
def test_jump_rate_into_a_half_space(alpha, dim):
    """Every projection is stable in one dimension: (c / alpha) (n.Sn)^(alpha/2) / a^alpha."""
    normal, a = np.array([1.0, -2.0, 0.5])[:dim], 0.8
    noise = -2 * ls.EllipticalStable(alpha, SHAPES[dim])
    scale = 2 * math.sqrt(normal @ SHAPES[dim] @ normal)
    wanted = _c(alpha) / alpha * (scale / a) ** alpha
    precision = 1e-7 if dim == 2 else 5e-3
    assert noise.jump_rate(np.zeros(dim), ls.HalfSpace(normal, a)) == pytest.approx(wanted, rel=precision)
    isotropic = 2 * ls.IsotropicStable(alpha)
    assert isotropic.jump_rate(np.zeros(dim), ls.HalfSpace(normal, a)) != pytest.approx(wanted, rel=5 * precision)


def test_jump_rate_is_what_the_increments_do(laws, rng):
    dt, noise = 1e-3, ls.EllipticalStable(1.2, SHAPES[2])
    start, domain = np.array([0.3, -0.2]), ~ls.Box([0.6, -3.0], [4.0, -0.5])  # down the long axis
    x = start + _increments(noise, rng, dt, n=400_000)
    rate = noise.jump_rate(start, domain)
    assert dt * rate < 0.01
    count = np.count_nonzero(~domain.contains(x))
    assert laws.count_z(count, len(x), dt * rate) < laws.Z
    turned = ls.EllipticalStable(1.2, np.abs(SHAPES[2]))
    assert laws.count_z(count, len(x), dt * turned.jump_rate(start, domain)) > laws.Z


def test_exit_from_a_strip_is_that_of_one_component(laws, seed):
    """Getoor's formula for the first component, of scale sqrt(S_11); order one in dt at alpha < 1, extrapolated."""
    alpha, shape = 0.7, SHAPES[2]
    wanted = shape[0, 0] ** (-alpha / 2) / math.gamma(1 + alpha)
    sde, strip = ls.SDE(ls.Flat(2), ls.EllipticalStable(alpha, shape)), ls.Box([-1, -math.inf], [1, math.inf])

    def measure(dt, seed):
        return laws.mean_exit(sde, [0.0, 0.0], strip, n_paths=40_000, dt=dt, rng=seed, t_max=100)

    value, error = laws.extrapolated(measure, 0.01, seed)
    assert abs(value - wanted) < laws.Z * error
    assert abs(value - 1 / math.gamma(1 + alpha)) > laws.Z * error  # the shape forgotten


def test_theory_and_defaults():
    """First jump in a bowl; a step chosen by the widest axis; no boundary shift, since projections differ."""
    noise, bowl = ls.EllipticalStable(1.5, SHAPES[2]), ls.Quadratic(dim=2)
    plane = ls.HalfSpace([1.0, 0.0], 1.0)
    law = mean_exit_time(ls.SDE(bowl, noise, 0.01), [0.0, 0.0], plane)
    assert law.valid
    assert 1 / law.value == pytest.approx(_c(1.5) / 1.5 * (0.01 * math.sqrt(2)) ** 1.5, rel=1e-6)
    assert boundary_shift(noise, 0.01) == 0.0
    assert boundary_shift(ls.EllipticalStable(1.5, [[4.0]]), 0.01) == pytest.approx(
        boundary_shift(2 * ls.AlphaStable(1.5), 0.01), rel=1e-14
    )
    found = []
    for axes in ([1, 4], [4, 1], [1, 1]):
        sde = ls.SDE(bowl, ls.EllipticalStable(1.5, np.diag(axes)))
        found.append(ls.first_exit(sde, [0, 0], plane, n_paths=5, rng=1).dt)
    assert found[0] == pytest.approx(found[1], rel=1e-12)
    assert found[0] < found[2]


def test_values_and_errors():
    noise = ls.EllipticalStable(1.5, SHAPES[2])
    assert noise == ls.EllipticalStable(1.5, SHAPES[2].tolist())
    assert hash(noise) == hash(pickle.loads(pickle.dumps(noise)))
    assert repr(0.5 * noise) == "0.5 * EllipticalStable(1.5, [[2, -1.1], [-1.1, 1]])"
    assert ls.EllipticalStable(2, 3 * np.eye(2)).variance_rate == 6.0
    assert not ls.EllipticalStable(2, 3 * np.eye(2)).has_jumps
    assert (noise + ls.Brownian()).dim == 2
    assert ls.Brownian().dim is None
    for matrix, word in (
        ([1.0, 2.0], "square"),
        ([[1.0, 2.0], [0.0, 1.0]], "symmetric"),
        ([[1.0, 2.0], [2.0, 1.0]], "negative eigenvalue"),
        ([[1.0, 1.0], [1.0, 1.0]], "singular"),
        (np.zeros((2, 2)), "singular"),
        ([[math.nan]], "finite"),
    ):
        with pytest.raises(ValueError, match=word):
            ls.EllipticalStable(1.5, matrix)
    with pytest.raises(ValueError, match="Brownian"):
        ls.EllipticalStable(2.0, SHAPES[2])
    with pytest.raises(ValueError, match="outside"):
        ls.EllipticalStable(2.5, SHAPES[2])
    for call in (
        lambda: ls.SDE(ls.Flat(3), noise),
        lambda: noise.psi(1.0),
        lambda: noise.jump_rate(0.0, ls.Interval(-1, 1)),
        lambda: noise.increments(0.1, 3),
    ):
        with pytest.raises(ValueError, match="dimension 2"):
            call()
    with pytest.raises(ValueError, match=r"dimensions \[2, 3\]"):
        noise + ls.EllipticalStable(1.5, SHAPES[3])
