"""SGD on a line against its SDE: they agree where the noise is what it is taken for, and differ where it is not."""

import json
from dataclasses import replace

import numpy as np
import pytest

import levysde as ls
from levysde.sgd.line import batches
from levysde.sgd.line_noise import relative_scale
from levysde.sgd.networks import Classes, gradients, initial_weights, loss

WELL = ls.DoubleWell()
DOMAIN = ls.Interval(-1.8, 0.0)  # left by both ends
ETA, CHAINS = 0.1, 400


def stable_line(alpha=1.5, sigma=0.7, scale=lambda s: 1.0):
    def slopes(s, generator):
        return WELL.gradient(s) + sigma * scale(s) * ls.stable.rvs(alpha, size=len(s), rng=generator)

    return ls.sgd.Line(WELL, slopes, -3.0, 3.0)


def gaussian_line(sigma=1.4, scale=lambda s: 1.0):
    def slopes(s, generator):
        return WELL.gradient(s) + sigma * scale(s) * generator.normal(size=len(s))

    return ls.sgd.Line(WELL, slopes, -3.0, 3.0)


def match(line, seed, **more):
    return ls.sgd.match_exits(line, eta=ETA, n_chains=CHAINS, domain=DOMAIN, rng=seed, **more)


def test_stable_noise_agrees_and_wrong_numbers_do_not(seed):
    line = stable_line()
    found = match(line, seed)
    assert abs(found.noise.alpha.value - 1.5) < 5 * found.noise.alpha.standard_error
    assert abs(found.noise.sigma.value - 0.7) < 5 * found.noise.sigma.standard_error
    assert max(map(abs, found.errors_apart(found.constant))) < 5
    assert max(map(abs, found.errors_apart(found.varying))) < 5
    assert 0 < found.sgd.share.value < 1
    for wrong in (
        replace(found.noise, sigma=replace(found.noise.sigma, value=1.1)),
        replace(found.noise, alpha=replace(found.noise.alpha, value=1.05)),
    ):
        other = match(line, seed, noise=wrong)
        assert max(map(abs, other.errors_apart(other.constant))) > 5
        assert not other.agrees(other.constant)
        assert "does not agree" in other.verdict


def test_gaussian_noise_agrees_and_wrong_numbers_do_not(seed):
    line = gaussian_line()
    found = match(line, seed)
    assert found.noise.alpha is None
    assert found.noise.report.kind == "gaussian"
    assert found.sde.noise == ls.Brownian()
    assert max(map(abs, found.errors_apart(found.constant))) < 5
    assert max(map(abs, found.errors_apart(found.varying))) < 5
    wrong = replace(found.noise, sigma=replace(found.noise.sigma, value=1.1))
    other = match(line, seed, noise=wrong)
    assert abs(other.errors_apart(other.constant)[0]) > 5
    assert "does not agree" in other.verdict


def test_noise_that_varies_along_the_line_is_found_and_mends_the_sde(seed):
    def scale(s):
        return 1 + 1.2 * (s + 1) ** 2

    found = match(gaussian_line(0.9, scale), seed)
    noise = found.noise
    np.testing.assert_array_less(np.abs(noise.profile - scale(noise.places)), 5.5 * noise.profile_error)
    assert max(map(abs, found.errors_apart(found.constant))) > 5
    assert max(map(abs, found.errors_apart(found.varying))) < 5
    assert found.verdict.startswith("the SDE does not agree with SGD: iterations x")


def test_the_coefficient_interpolates():
    x = np.linspace(-1.0, 2.0, 7)
    values = np.array([1.0, 3.0, 0.5, 0.7, 2.0, 1.0, 4.0])
    params = np.array([x[0], 2.0, *values])
    for at in (-5.0, -1.0, -0.3, 0.0, 1.99, 2.0, 7.0):
        assert relative_scale(at, params) == pytest.approx(np.interp(at, x, values))


@pytest.fixture
def networks(rng):
    x = rng.normal(size=(60, 4))
    data = Classes(x, rng.integers(3, size=60) + 0 * x[:, 0])
    return data, initial_weights((4, 7, 5, 3), rng), initial_weights((4, 7, 5, 3), rng)


def test_the_line_through_two_networks_has_their_losses_and_gradients(networks, rng):
    data, first, second = networks
    x, y = data.arrays
    line = ls.sgd.network_line(first, second, data, b=60)  # the batch holds all samples
    steps = [end - start for start, end in zip(first, second, strict=True)]
    length = np.sqrt(sum(np.sum(step**2) for step in steps))
    assert (line.low, line.high) == pytest.approx((-0.5 * length, 1.5 * length))
    places = rng.uniform(line.low, line.high, 9)
    found = line.slopes(places, rng)
    for s, slope in zip(places, found, strict=True):
        weights = [w + s / length * step for w, step in zip(first, steps, strict=True)]
        exact = sum(np.sum(g * step) for g, step in zip(gradients(weights, x, y), steps, strict=True)) / length
        assert slope == pytest.approx(exact, rel=1e-9, abs=1e-12)
        assert line.landscape.potential(s) == pytest.approx(loss(weights, x, y), abs=1e-4)
    flat = [np.concatenate([w.ravel() for w in weights]) for weights in (first, second)]

    def split(w):
        return [part.reshape(layer.shape) for part, layer in zip(np.split(w, [28, 63]), first, strict=True)]

    plain = ls.sgd.line_through(
        *flat,
        loss=lambda w: loss(split(w), x, y),
        gradient=lambda w, batch: np.concatenate([g.ravel() for g in gradients(split(w), x[batch], y[batch])]),
        n_samples=60,
        b=60,
    )
    np.testing.assert_allclose(plain.slopes(places, rng), found, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(plain.landscape.u, line.landscape.u, rtol=1e-12)


def test_minibatch_slopes_are_those_of_all_samples_on_average(networks, rng):
    data, first, second = networks
    one, all_of_them = (ls.sgd.network_line(first, second, data, b=b) for b in (30, 60))
    at = np.full(20_000, 1.3)
    draws = one.slopes(at, rng)
    exact = all_of_them.slopes(at[:1], rng)[0]
    assert abs(draws.mean() - exact) < 5 * draws.std() / np.sqrt(len(at))
    single = ls.sgd.network_line(first, second, data, b=1).slopes(at, rng)
    # b of n without replacement: the variance is (1/b) (n - b)/(n - 1) that of one sample
    expected = single.var() / 30 * (60 - 30) / 59
    error = np.hypot(*(np.std((d - d.mean()) ** 2) / np.sqrt(len(at)) / d.var() for d in (draws, single)))
    assert abs(draws.var() / expected - 1) < 5 * error
    assert abs(draws.var() / (single.var() / 30) - 1) > 5 * error  # with replacement


@pytest.mark.parametrize(("n", "b"), [(50, 4), (12, 9)])
def testbatches_hold_distinct_samples_each_as_often(n, b, rng):
    found = batches(20_000, n, b, rng)
    assert found.shape == (20_000, b)
    assert np.all(np.diff(np.sort(found, axis=1), axis=1) > 0)
    share = np.bincount(found.ravel(), minlength=n) / len(found)
    p = b / n
    assert np.all(np.abs(share - p) < 5.5 * np.sqrt(p * (1 - p) / len(found)))


def test_steps_of_projected_chains_are_counted():
    line = ls.sgd.Line(WELL, lambda s, generator: np.where(s > 0.45, np.inf, -1.0))
    found = ls.sgd.projected_exits(line, 0.0, ls.Interval(-1, 0.35), eta=0.1, n_chains=3, max_steps=10)
    assert found.times.tolist() == pytest.approx([0.4] * 3)
    assert found.exit_points.ravel().tolist() == pytest.approx([0.4] * 3)
    assert found.pre_exit_points.ravel().tolist() == pytest.approx([0.3] * 3)
    kept = ls.sgd.projected_exits(line, 0.0, ls.Interval(-1, 0.35), eta=0.1, n_chains=3, max_steps=3)
    assert kept.n_censored == 3
    lost = ls.sgd.projected_exits(line, 0.0, ls.Interval(-1, 3), eta=0.1, n_chains=3, max_steps=10)
    assert lost.n_nonfinite == 3


def test_what_is_printed_and_stored(seed):
    found = ls.sgd.match_exits(gaussian_line(), eta=ETA, n_chains=100, domain=DOMAIN, rng=seed)
    text = found.table()
    for part in (str(found.sgd.iterations), str(found.ratio(found.constant)), found.verdict, "not distinguishable"):
        assert part in text
    stored = json.loads(json.dumps(found.to_dict()))
    assert stored["sgd"]["iterations"][0] == found.sgd.iterations.value
    assert stored["verdict"] == found.verdict
    again = ls.sgd.match_exits(gaussian_line(), eta=ETA, n_chains=100, domain=DOMAIN, rng=seed)
    assert again.table() == text


def test_too_few_exits_are_not_judged(seed):
    found = ls.sgd.match_exits(gaussian_line(0.2), eta=ETA, n_chains=50, domain=DOMAIN, max_steps=50, rng=seed)
    assert found.verdict.startswith("undecided: at most 0 exits within 50 iterations")
    assert "at most 50" in found.table()


def test_wrong_questions():
    line = gaussian_line()
    with pytest.raises(TypeError, match="is no Line or Plane"):
        ls.sgd.match_exits(WELL, eta=0.1)
    with pytest.raises(TypeError, match="is no Interval"):
        ls.sgd.match_exits(line, eta=0.1, domain=0.5)
    with pytest.raises(ValueError, match="eta=0 is outside"):
        ls.sgd.match_exits(line, eta=0)
    with pytest.raises(TypeError, match="landscape of dimension 1"):
        ls.sgd.Line(ls.MullerBrown(), line.slopes)
    with pytest.raises(ValueError, match="the stretch is empty"):
        ls.sgd.Line(WELL, line.slopes, 1.0, 1.0)
    with pytest.raises(ValueError, match="outside the measured stretch"):
        ls.sgd.Line(WELL, line.slopes, 0.0, 2.0).basin(0)
    with pytest.raises(ValueError, match="there is no noise to match"):
        ls.sgd.noise_on_line(ls.sgd.Line(WELL, lambda s, generator: WELL.gradient(s), -3, 3))
    with pytest.raises(ValueError, match="not finite"):
        ls.sgd.noise_on_line(ls.sgd.Line(WELL, lambda s, generator: np.full(len(s), np.nan), -3, 3))
    with pytest.raises(ValueError, match="the whole line"):
        ls.sgd.noise_on_line(line, domain=ls.Interval(-ls.inf, ls.inf))
    with pytest.raises(ValueError, match="same point"):
        ls.sgd.line_through([1.0], [1.0], loss=sum, gradient=lambda w, batch: w, n_samples=5, b=1)
    with pytest.raises(ValueError, match="more than the 5 samples"):
        ls.sgd.line_through([1.0], [2.0], loss=sum, gradient=lambda w, batch: w, n_samples=5, b=6)
    with pytest.raises(ValueError, match="not inside"):
        ls.sgd.projected_exits(line, 5.0, DOMAIN, eta=0.1, n_chains=5, max_steps=5)
