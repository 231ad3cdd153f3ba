"""One question, the right method: from easy exits to exits that take 1e12, under every noise."""

import doctest
import json
import math
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import levysde as ls
from levysde.rare import front

FOLDER = Path(__file__).parents[1] / "reference"
REFERENCE = json.loads((FOLDER / "exits.json").read_text())
RARE = json.loads((FOLDER / "rare_exits.json").read_text())
LEFT = ls.Interval(-math.inf, 0)
ACROSS = ls.Interval(-math.inf, 1)


def _value(name, alpha, sigma):
    return next(value for a, s, value in REFERENCE[name] if (a, s) == (alpha, sigma))


def _stable(alpha, epsilon):
    return ls.SDE(ls.DoubleWell(), ls.AlphaStable(alpha), epsilon)


def _within(found, wanted):
    return abs(found.value - wanted) < 5 * found.standard_error + found.bias


def _taken(found):
    return re.search(r"\[auto: (\w+), because", found.method)[1]


# What it answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("epsilon", [1.0, 0.1, 0.01, 0.001, 1e-4])
def test_one_per_cent_at_any_amplitude(epsilon, seed):
    """Double well, alpha = 1.5; at 1e-4 the first-jump law with its correction 1 - 1.5 epsilon + O(epsilon^1.5)."""
    wanted = {
        1.0: _value("double_well_from_-1_out_of_-inf_0", 1.5, 1.0),
        0.1: _value("double_well_from_-1_out_of_-inf_0", 1.5, 0.1),
        0.01: _value("small_noise", 1.5, 0.01),
        0.001: next(value for a, s, value in RARE["small_noise"] if (a, s) == (1.5, 0.001)),
        1e-4: ls.theory.first_jump(_stable(1.5, 1e-4), -1.0, LEFT).value * (1 - 1.5e-4),
    }[epsilon]
    found = ls.mean_exit_time(_stable(1.5, epsilon), -1.0, LEFT, rng=seed)
    assert _within(found, wanted)
    assert math.hypot(found.standard_error, found.bias) < 0.0125 * wanted
    assert not _within(found, 1.1 * wanted)
    assert (_taken(found) == "one_big_jump") == (epsilon < 0.5)


@pytest.mark.parametrize(("epsilon", "rel_error"), [(math.sqrt(0.4), 0.02), (0.13834, 0.1)])
def test_brownian_from_easy_to_rare(epsilon, rel_error, seed):
    """To the other minimum: 19.09, and 1e12."""
    sde = ls.SDE(ls.DoubleWell(), ls.Brownian(), epsilon)
    wanted = ls.theory.mean_exit_time(sde, -1.0, ACROSS).value
    found = ls.mean_exit_time(sde, -1.0, ACROSS, rel_error=rel_error, rng=seed)
    assert _within(found, wanted)
    assert not _within(found, 2 * wanted)
    assert (_taken(found) == "adaptive_splitting") == (wanted > 1e6)


def test_mixed_noise_is_simulated(seed):
    """A Brownian part that is small beside the stable one changes the mean by about its own exits, here nothing."""
    mixed = ls.SDE(ls.DoubleWell(), 0.05 * ls.Brownian() + 0.2 * ls.AlphaStable(1.5))
    found = ls.mean_exit_time(mixed, -1.0, LEFT, rel_error=0.02, rng=seed)
    assert _within(found, _value("double_well_from_-1_out_of_-inf_0", 1.5, 0.2))
    assert _taken(found) in {"simulation", "multilevel"}
    free = ls.SDE(ls.Flat(), math.sqrt(0.2) * ls.Brownian() + ls.AlphaStable(1.5))
    wanted = next(value for a, s2, _, value in RARE["mixed"] if (a, s2) == (1.5, 0.2))
    assert _within(ls.mean_exit_time(free, 0.0, ls.Interval(-1, 1), rng=seed), wanted)


@pytest.mark.parametrize("method", ["simulation", "multilevel", "one_big_jump"])
def test_named_methods_agree(method, seed):
    wanted = _value("double_well_from_-1_out_of_-inf_0", 1.5, 0.1)
    found = ls.mean_exit_time(_stable(1.5, 0.1), -1.0, LEFT, rel_error=0.03, method=method, rng=seed)
    assert _within(found, wanted)
    assert not _within(found, 1.25 * wanted)


def test_plane(seed):
    sde = ls.SDE(ls.Quadratic(dim=2), ls.IsotropicStable(1.5), 0.3)
    disc = ls.Ball([0.0, 0.0], 1.0)
    one, other = (
        ls.mean_exit_time(sde, [0.0, 0.0], disc, rel_error=0.02, method=m, rng=seed) for m in ("auto", "simulation")
    )
    error = math.hypot(one.standard_error, other.standard_error)
    assert abs(one.value - other.value) < 5 * error + one.bias + other.bias


# How it chooses ------------------------------------------------------------------------------------------------------


def _fake(value, standard_error, calls, name):
    def run(sde, x0, domain, *, rel_error, rng, workers):
        calls.append(name)
        if isinstance(value, Exception):
            raise value
        interval = (value - standard_error, value + standard_error)
        return ls.Estimate(value, standard_error, 0.0, interval, 1, name)

    return run


def _replaced(monkeypatch, **answers):
    calls = []
    methods = {name: front.Method(method.run, lambda *_: "not now") for name, method in front.METHODS.items()}
    methods |= {name: front.Method(_fake(*answers[name], calls, name), lambda *_: "") for name in answers}
    monkeypatch.setattr(front, "METHODS", methods)
    return calls


def test_a_method_that_finds_out_that_it_does_not_apply_is_followed_by_the_next(monkeypatch):
    calls = _replaced(monkeypatch, simulation=(5.0, 0.01), one_big_jump=(ValueError("many small moves"), 0.0))
    found = ls.mean_exit_time(_stable(1.5, 0.01), -1.0, LEFT, rel_error=0.01)
    assert calls == ["one_big_jump", "simulation"]
    assert (found.value, _taken(found)) == (5.0, "simulation")


def test_the_stated_error_is_checked_and_the_best_answer_kept(monkeypatch):
    calls = _replaced(monkeypatch, simulation=(5.0, 0.5), one_big_jump=(5.0, 0.4))
    with pytest.warns(RuntimeWarning, match=r"stated relative error is 0.08.*one_big_jump: it reached"):
        found = ls.mean_exit_time(_stable(1.5, 0.01), -1.0, LEFT, rel_error=0.01)
    assert calls == ["one_big_jump", "simulation"]
    assert (found.standard_error, _taken(found)) == (0.4, "one_big_jump")


@pytest.mark.parametrize(
    ("epsilon", "rel_error", "first"),
    [(0.3, 0.01, "multilevel"), (0.3, 0.06, "multilevel"), (0.25, 0.06, "adaptive_splitting")],
)
def test_splitting_is_weighed_at_the_error_that_is_asked(epsilon, rel_error, first):
    """Its cost falls with the error too: 2e8 steps to follow paths are many where six per cent are asked."""
    sde = ls.SDE(ls.DoubleWell(), ls.Brownian(), epsilon)
    assert front.choose(sde, -1.0, ACROSS, rel_error=rel_error)[0][0][0] == first


def test_a_good_answer_ends_the_search(monkeypatch):
    calls = _replaced(monkeypatch, simulation=(5.0, 0.01), one_big_jump=(5.0, 0.01))
    ls.mean_exit_time(_stable(1.5, 0.01), -1.0, LEFT, rel_error=0.01)
    ls.mean_exit_time(_stable(1.5, 0.5), -1.0, LEFT, rel_error=0.01)
    assert calls == ["one_big_jump", "simulation"]


def test_where_nothing_is_fast_enough_the_cost_is_told():
    sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5) + ls.AlphaStable(1.2), 1e-5)
    with pytest.raises(ValueError, match=r"2 stable indices.*simulation: it would take about \d\.\de\+1\d"):
        ls.mean_exit_time(sde, -1.0, LEFT)


@pytest.mark.parametrize(
    ("arguments", "settings", "error", "words"),
    [
        ((_stable(1.5, 0.5), LEFT, -1.0), {}, TypeError, "order"),
        ((_stable(1.5, 0.5), 1.0, LEFT), {}, ValueError, "not inside"),
        ((_stable(1.5, 0.5), -1.0, LEFT), {"method": "magic"}, ValueError, "'auto', 'simulation', 'multilevel'"),
        ((_stable(1.5, 0.5), -1.0, LEFT), {"method": "adaptive_splitting"}, ValueError, "does not apply"),
        ((_stable(1.5, 0.5), -1.0, LEFT), {"rel_error": -1}, ValueError, "rel_error"),
        ((_stable(1.5, 0.5), -1.0, LEFT), {"rng": -1}, ValueError, "rng"),
        ((_stable(1.5, 0.5), -1.0, LEFT), {"workers": 0}, ValueError, "workers"),
        ((_stable(1.5, 0.0), -1.0, LEFT), {}, ValueError, "deterministic"),
        ((ls.SDE(ls.Flat(), ls.Brownian()), -1.0, LEFT), {}, ValueError, "infinite"),
    ],
)
def test_bad_questions(arguments, settings, error, words):
    with pytest.raises(error, match=words):
        ls.mean_exit_time(*arguments, **settings)


def test_result_follows_rng_and_nothing_else():
    def ask(rng, workers=1):
        return ls.mean_exit_time(_stable(1.5, 0.5), -1.0, LEFT, rel_error=0.1, rng=rng, workers=workers).value

    assert ask(1) == ask(1, workers=2) == ask(1)
    assert ask(1) != ask(2)
    generator = np.random.default_rng(1)
    assert ask(generator) != ask(generator)


def test_the_session_of_the_readme():
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (session,) = re.findall(r"```pycon\n(.*?)```", text, re.DOTALL)
    test = doctest.DocTestParser().get_doctest(session, {}, "README.md", "README.md", 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed == 0
