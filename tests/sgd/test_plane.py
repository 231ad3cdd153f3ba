"""SGD on a plane against its SDE: the surface, the frame and the noise exactly, then exits side by side."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import levysde as ls
from levysde.sgd.networks import Classes, gradients, initial_weights, loss
from levysde.sgd.plane_noise import relative_scales
from levysde.sgd.surface import turn

X = np.linspace(-2.0, 2.0, 41)
ETA, CHAINS = 0.1, 120
TURN = 0.5  # of the noise against the axes of the table


def well(s):
    """A double well along the first axis, a parabola along the second, tilted a little."""
    x, y = s[..., 0], s[..., 1]
    return 0.25 * (x * x - 1) ** 2 + 0.5 * y * y + 0.1 * x * y


def well_gradient(s):
    x, y = s[..., 0], s[..., 1]
    return np.stack([x**3 - x + 0.1 * y, y + 0.1 * x], axis=-1)


def table(function):
    return function(np.stack(np.meshgrid(X, X, indexing="ij"), axis=-1))


def plane_with(noise):
    return ls.sgd.Plane(X, X, table(well), lambda s, generator: well_gradient(s) + noise(s, generator))


def gaussian(sigmas, scale=lambda s: 1.0):
    def noise(s, generator):
        return scale(s) * (generator.normal(size=s.shape) * sigmas) @ turn(TURN).T

    return plane_with(noise)


def elliptical(alpha, sigmas):
    def noise(s, generator):
        draws = ls.simulate(
            ls.SDE(ls.Flat(dim=2), ls.IsotropicStable(alpha)), [0.0, 0.0], t=1.0, dt=1.0, n_paths=len(s), rng=generator
        ).x[:, -1]
        return (draws * sigmas) @ turn(TURN).T

    return plane_with(noise)


@pytest.fixture
def surface():
    return gaussian([0.3, 0.1])


def test_the_surface_is_smooth_and_passes_through_its_values(surface, rng):
    landscape = surface.landscape
    grid = np.stack(np.meshgrid(X, X, indexing="ij"), axis=-1)[::5, ::5]
    np.testing.assert_allclose(landscape.potential(grid), well(grid), atol=1e-12)
    inner = rng.uniform(-1.9, 1.9, (50, 2))
    h = X[1] - X[0]  # the fourth derivative is 6; the ends of the spline, where no slope is given, double the error
    np.testing.assert_allclose(landscape.potential(inner), well(inner), atol=2 * 6 * 5 * h**4 / 384)
    np.testing.assert_allclose(landscape.gradient(inner), well_gradient(inner), atol=2 * 6 * h**3 / 24)
    for p in rng.uniform(-3.5, 3.5, (60, 2)):  # inside, beyond a side, beyond a corner
        for k, step in enumerate(1e-5 * np.eye(2)):
            slope = (landscape.potential(p + step) - landscape.potential(p - step)) / 2e-5
            assert landscape.gradient(p)[k] == pytest.approx(float(slope), rel=1e-5, abs=1e-7)
    for edge in (np.array([2.0, 0.7]), np.array([0.3, -2.0]), np.array([2.0, 2.0]), np.array([2.0, 3.0])):
        for way in ((1e-9, 0.0), (0.0, 1e-9)):
            jump = landscape.gradient(edge + way) - landscape.gradient(edge - way)
            assert np.abs(jump).max() < 1e-6
    assert landscape.potential(np.array([40.0, -30.0])) > 100
    assert np.isnan(landscape.potential(np.array([np.nan, 0.0])))


def test_minima_saddles_and_disc(surface):
    found = surface.landscape
    np.testing.assert_allclose(np.abs(found.minima), [[1.005, 0.1005]] * 2, atol=1e-3)
    assert np.abs(found.saddles).max() < 1e-6
    disc = surface.around(0)
    assert disc.radius == pytest.approx(min(np.linalg.norm(found.minima[0]), 2 - abs(found.minima[0, 0])), abs=1e-4)
    np.testing.assert_allclose(disc.center, found.minima[0])


def test_a_turned_frame_shows_the_same_plane(surface, rng):
    about, angle = np.array([-1.0, 0.1]), 0.7
    other = surface.turned(about, angle).turned([0.2, -0.4], -1.1)
    seen = rng.uniform(-2, 2, (20, 2))
    place = (seen @ turn(-1.1).T + [0.2, -0.4]) @ turn(angle).T + about
    np.testing.assert_allclose(other.landscape.potential(seen), surface.landscape.potential(place), rtol=1e-9)
    axes = turn(angle - 1.1)
    np.testing.assert_allclose(
        other.landscape.gradient(seen), surface.landscape.gradient(place) @ axes, rtol=1e-8, atol=1e-10
    )
    quiet = plane_with(lambda s, generator: 0.0).turned(about, angle).turned([0.2, -0.4], -1.1)
    np.testing.assert_allclose(quiet.gradients(seen, rng), well_gradient(place) @ axes, rtol=1e-9, atol=1e-12)
    assert len(other.landscape.minima) == 2


def test_the_plane_through_three_networks_has_their_losses_and_gradients(rng):
    x = rng.normal(size=(60, 4))
    data = Classes(x, rng.integers(3, size=60))
    y = data.arrays[1]
    networks = [initial_weights((4, 7, 5, 3), rng) for _ in range(3)]
    plane = ls.sgd.network_plane(*networks, data, b=60, points=9)  # the batch holds all samples
    flat = [np.concatenate([w.ravel() for w in weights]) for weights in networks]
    first = flat[1] - flat[0]
    across = first / np.linalg.norm(first)
    rest = flat[2] - flat[0] - ((flat[2] - flat[0]) @ across) * across
    axes = np.array([across, rest / np.linalg.norm(rest)])

    def split(w):
        parts = np.split(w, [28, 63])
        return [part.reshape(layer.shape) for part, layer in zip(parts, networks[0], strict=True)]

    places = np.column_stack([rng.uniform(s[0], s[-1], 7) for s in (plane.x, plane.y)])
    found = plane.gradients(places, rng)
    for at, slope in zip(places, found, strict=True):
        exact = np.concatenate([g.ravel() for g in gradients(split(flat[0] + at @ axes), x, y)])
        np.testing.assert_allclose(slope, axes @ exact, rtol=1e-9, atol=1e-12)
    assert plane.values[2, 5] == pytest.approx(loss(split(flat[0] + plane.x[2] * axes[0] + plane.y[5] * axes[1]), x, y))
    plain = ls.sgd.plane_through(
        *flat,
        loss=lambda w: loss(split(w), x, y),
        gradient=lambda w, batch: np.concatenate([g.ravel() for g in gradients(split(w), x[batch], y[batch])]),
        n_samples=60,
        b=60,
        points=9,
    )
    np.testing.assert_allclose(plain.gradients(places, rng), found, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(plain.values, plane.values, rtol=1e-12)


def test_the_scales_interpolate(rng):
    grid = rng.uniform(0.5, 2, (3, 3, 2))
    params, out = np.array([-1.0, 1.0, 2.0, *grid.ravel()]), np.empty(2)
    for i, x in enumerate((-1.0, 0.0, 1.0)):
        for j, y in enumerate((-1.0, 0.0, 1.0)):
            relative_scales(np.array([x, y]), params, out)
            np.testing.assert_allclose(out, grid[i, j])
    relative_scales(np.array([-0.5, 0.25]), params, out)
    np.testing.assert_allclose(out, 0.5 * np.mean([0.75 * grid[i, 1] + 0.25 * grid[i, 2] for i in (0, 1)], axis=0) * 2)
    relative_scales(np.array([-9.0, 9.0]), params, out)
    np.testing.assert_allclose(out, grid[0, 2])


def match(plane, seed, minimum=0, **more):
    return ls.sgd.match_exits(plane, minimum, eta=ETA, n_chains=CHAINS, rng=seed, **more)


@pytest.mark.parametrize("alpha", [None, 1.5])
def test_noise_is_found_exits_agree_and_with_wrong_noise_they_do_not(alpha, seed):
    true = (1.6, 0.8) if alpha is None else (0.5, 0.2)
    plane = gaussian(true) if alpha is None else elliptical(alpha, true)
    noise = ls.sgd.noise_on_plane(plane, 0, n_draws=4000, places=3, rng=seed)
    for sigma, value in zip(noise.sigma, true, strict=True):
        assert abs(sigma.value - value) < 5 * sigma.standard_error
        assert abs(sigma.value - 1.2 * value) > 5 * sigma.standard_error
    if alpha is None:
        assert noise.alpha is None
        # the angle of the main axis of a sample covariance: sigma_1 sigma_2 / (sigma_1^2 - sigma_2^2) / sqrt(n)
        assert abs(noise.angle - TURN) < 5 * true[0] * true[1] / (true[0] ** 2 - true[1] ** 2) / math.sqrt(4000)
        assert np.all(np.abs(noise.profile - 1) < 5.5 * noise.profile_error)
    else:
        assert abs(noise.alpha.value - alpha) < 5 * noise.alpha.standard_error
        assert abs(noise.alpha.value - 1.7) > 5 * noise.alpha.standard_error
    found = match(plane, seed, noise=noise)
    assert max(map(abs, found.errors_apart(found.constant))) < 5
    assert max(map(abs, found.errors_apart(found.varying))) < 5
    wrong = replace(found.noise, sigma=found.noise.sigma[::-1])  # its axes the wrong way round
    other = match(plane, seed, noise=wrong)
    assert max(map(abs, other.errors_apart(other.constant))) > 5
    assert "does not agree" in other.verdict
    text = found.table()
    for part in (str(found.sgd.iterations), "along the main axis", "SGD on the plane", found.verdict):
        assert part in text
    stored = json.loads(json.dumps(found.to_dict()))
    assert stored["sgd"]["along the main axis"][0] == found.sgd.share.value
    assert stored["continuous"] is not None


def test_noise_that_varies_is_found_and_mends_the_sde(seed):
    def scale(s):
        return (1 + 1.2 * np.sum((s - [-1.005, 0.1005]) ** 2, axis=1))[:, None]

    plane = gaussian([1.1, 0.7], scale)
    lower = int(np.argmin(plane.landscape.minima[:, 0]))
    found = match(plane, seed, lower, max_steps=1500)
    assert max(map(abs, found.errors_apart(found.constant))) > 5
    assert max(map(abs, found.errors_apart(found.varying))) < 5


def test_wrong_questions(surface):
    slopes = surface.slopes
    with pytest.raises(ValueError, match="x must hold at least 9 equidistant"):
        ls.sgd.Plane(X**3, X, table(well), slopes)
    with pytest.raises(ValueError, match="y must hold at least 9 equidistant"):
        ls.sgd.Plane(X, X[:5], table(well)[:, :5], slopes)
    with pytest.raises(ValueError, match=r"x and y ask for \(41, 41\)"):
        ls.sgd.Plane(X, X, table(well)[1:], slopes)
    with pytest.raises(TypeError, match="is no function"):
        ls.sgd.Plane(X, X, table(well), 3)
    with pytest.raises(ValueError, match="not finite"):
        ls.sgd.Plane(X, X, np.full((41, 41), np.nan), slopes)
    with pytest.raises(TypeError, match="is no disc"):
        match(surface, 1, domain=ls.Interval(0, 1))
    with pytest.raises(ValueError, match="not inside"):
        ls.sgd.projected_exits(surface, [1.9, 1.9], surface.around(0), eta=0.1, n_chains=3, max_steps=3)
    with pytest.raises(TypeError, match="is no Plane"):
        ls.sgd.noise_on_plane(ls.DoubleWell())
    with pytest.raises(ValueError, match="do not vary along some direction"):
        ls.sgd.noise_on_plane(gaussian([0.3, 0.0]), n_draws=1600)
    settings = {"loss": sum, "gradient": lambda w, batch: w, "n_samples": 5}
    with pytest.raises(ValueError, match="lie on one line"):
        ls.sgd.plane_through([0.0, 0.0], [1.0, 1.0], [2.0, 2.0], b=1, **settings)
    with pytest.raises(ValueError, match="three rows of equal length"):
        ls.sgd.plane_through([0.0, 0.0], [1.0, 1.0], [2.0], b=1, **settings)
    with pytest.raises(ValueError, match="more than the 5 samples"):
        ls.sgd.plane_through([0.0, 0.0], [1.0, 1.0], [2.0, 0.0], b=6, **settings)
