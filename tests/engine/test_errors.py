"""A wrong argument is told in one sentence, before any work."""

import concurrent.futures

import numpy as np
import pytest

import levysde as ls
from levysde.engine import exits as exit_engine
from levysde.engine import record as record_engine

SDE = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5)
PLANE = ls.SDE(ls.Quadratic(1.0, dim=2), ls.Brownian())
LEFT = ls.Interval(-ls.inf, 0.0)
FLAT = ls.SDE(ls.Flat(), ls.Brownian())


@pytest.fixture(autouse=True)
def no_work(monkeypatch, request):
    def refuse(*arguments, **settings):
        raise AssertionError("work began")

    if "works" not in request.node.name:
        monkeypatch.setattr(exit_engine, "fill", refuse)
        monkeypatch.setattr(record_engine, "fill", refuse)


EITHER = {
    "n_paths zero": ({"n_paths": 0}, ValueError, "n_paths=0 .* at least 1"),
    "n_paths negative": ({"n_paths": -3}, ValueError, "n_paths=-3"),
    "n_paths half": ({"n_paths": 2.5}, TypeError, "n_paths=2.5 is not a whole number"),
    "n_paths text": ({"n_paths": "10"}, TypeError, "n_paths='10'"),
    "dt zero": ({"dt": 0.0}, ValueError, r"dt=0 is outside \(0, inf\)"),
    "dt negative": ({"dt": -0.1}, ValueError, r"dt=-0.1 is outside \(0, inf\)"),
    "dt nan": ({"dt": float("nan")}, ValueError, "dt=nan is not finite"),
    "dt text": ({"dt": "fine"}, TypeError, "dt='fine' is not a number"),
    "scheme class": ({"scheme": ls.Splitting}, TypeError, r"scheme=.* is not a scheme; pass Splitting\(\)"),
    "scheme name": ({"scheme": "euler"}, TypeError, "scheme='euler' is not a scheme"),
    "rng text": ({"rng": "a"}, TypeError, "rng='a' is a str; pass an int"),
    "rng float": ({"rng": 1.5}, TypeError, "rng=1.5"),
    "rng negative": ({"rng": -1}, ValueError, "rng=-1 is negative"),
    "rng bool": ({"rng": True}, TypeError, "rng=True"),
    "rng legacy": ({"rng": np.random.RandomState(1)}, TypeError, "RandomState"),
    "workers zero": ({"workers": 0}, ValueError, "workers=0 .* at least 1"),
    "workers half": ({"workers": 1.5}, TypeError, "workers=1.5 .* number of threads or an object"),
    "workers none": ({"workers": None}, TypeError, "workers=None"),
    "workers bool": ({"workers": True}, TypeError, "workers=True"),
    "workers class": ({"workers": concurrent.futures.ProcessPoolExecutor}, TypeError, "workers="),
    "progress text": ({"progress": "bar"}, TypeError, "progress='bar' is neither"),
    "starts": ({"x0": [-1.0, -2.0]}, ValueError, "x0 holds 2 points; give one point, or one per path"),
    "x0 nan": ({"x0": [float("nan")]}, ValueError, "x0.*nan is not finite"),
    "x0 text": ({"x0": "left"}, TypeError, "x0 has elements"),
    "x0 shape": ({"x0": [[1.0, 2.0]]}, ValueError, r"x0 has shape \(1, 2\)"),
    "sde": ({"sde": ls.DoubleWell()}, TypeError, r"sde is a DoubleWell; pass an SDE\("),
    "domain first": ({"x0": LEFT}, TypeError, r"x0 is a domain .* the order is \(sde, x0"),
    "unknown": ({"n_path": 3}, TypeError, "n_path"),
}
EXITS = EITHER | {
    "swapped": ({"x0": LEFT, "domain": -1.0}, TypeError, r"the order is \(sde, x0, domain\)"),
    "no domain": ({"domain": (-1.0, 0.0)}, TypeError, r"domain is a tuple; pass Interval\(a, b\)"),
    "outside": ({"x0": 0.5}, ValueError, r"x0=0.5 is not inside Interval\(.*\); a path has to start inside"),
    "on the boundary": ({"x0": 0.0}, ValueError, "x0=0 is not inside"),
    "one outside": ({"x0": np.linspace(-1.0, 0.5, 10)}, ValueError, "is not inside"),
    "dimension": ({"domain": ls.Ball([0.0, 0.0], 1.0)}, ValueError, "dimension 2 and the landscape 1"),
    "plane": ({"sde": PLANE, "domain": ls.Ball([0.0, 0.0], 1.0)}, ValueError, "x0 has shape"),
    "t_max": ({"t_max": 0.0}, ValueError, "t_max=0 is outside"),
    "t_max infinite": ({"t_max": float("inf")}, ValueError, "t_max=inf is not finite"),
    "t_max uncountable": ({"t_max": 1e30}, ValueError, "t_max=1e[+]30 is .* steps of dt=0.01; at most"),
    "t_max overflowing": ({"t_max": 1e300, "dt": 1e-300}, ValueError, "t_max=1e[+]300 is inf steps"),
    "first_path": ({"first_path": -1}, ValueError, "first_path=-1"),
    "first_path half": ({"first_path": 0.5}, TypeError, "first_path=0.5"),
    "no scale": ({"sde": FLAT, "domain": ls.Interval(-ls.inf, ls.inf), "dt": None}, ValueError, "give dt="),
}
PATHS = EITHER | {
    "t zero": ({"t": 0.0}, ValueError, "t=0 is outside"),
    "t infinite": ({"t": float("inf")}, ValueError, "t=inf is not finite"),
    "t uncountable": ({"t": 1e30}, ValueError, "t=1e[+]30 is .* steps"),
    "save_every": ({"save_every": 0}, ValueError, "save_every=0"),
    "no scale": ({"sde": FLAT, "dt": None}, ValueError, "give dt="),
}


@pytest.mark.parametrize("name", EXITS)
def test_first_exit_refuses(name):
    changed, kind, message = EXITS[name]
    given = {"sde": SDE, "x0": -1.0, "domain": LEFT, "n_paths": 10, "dt": 0.01} | changed
    with pytest.raises(kind, match=message):
        ls.first_exit(given.pop("sde"), given.pop("x0"), given.pop("domain"), **given)


@pytest.mark.parametrize("name", PATHS)
def test_simulate_refuses(name):
    changed, kind, message = PATHS[name]
    given = {"sde": SDE, "x0": -1.0, "t": 1.0, "n_paths": 10, "dt": 0.01} | changed
    with pytest.raises(kind, match=message):
        ls.simulate(given.pop("sde"), given.pop("x0"), **given)


def test_a_start_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match=r"x0.*nan is not finite"):
        ls.simulate(SDE, float("nan"), t=1.0, dt=0.01)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((ls.Brownian(), ls.DoubleWell()), TypeError, "order is landscape .*, noise"),
        ((ls.DoubleWell(), 0.5), TypeError, "order is landscape"),
        ((ls.DoubleWell, ls.Brownian()), TypeError, "order is landscape"),
        ((ls.DoubleWell(), ls.Brownian(), -1.0), ValueError, "epsilon=-1 is outside"),
        ((ls.DoubleWell(), ls.Brownian(), float("inf")), ValueError, "epsilon=inf is not finite"),
        ((ls.DoubleWell(), ls.Brownian(), "small"), TypeError, "epsilon='small'"),
    ],
)
def test_an_sde_refuses(arguments, kind, message):
    with pytest.raises(kind, match=message):
        ls.SDE(*arguments)


def test_a_wrong_call_consumes_nothing_from_the_generator():
    used, fresh = np.random.default_rng(1), np.random.default_rng(1)
    with pytest.raises(ValueError, match="dt"):
        ls.first_exit(SDE, -1.0, LEFT, n_paths=10, dt=-1.0, rng=used)
    with pytest.raises(TypeError, match="scheme"):
        ls.simulate(SDE, -1.0, t=1.0, scheme=3, rng=used)
    assert used.random() == fresh.random()


def test_more_than_four_parts_of_three_kinds_works():
    noise = sum((0.1 * ls.AlphaStable(a) for a in (1.1, 1.3, 1.5, 1.7, 1.9)), 0.1 * ls.Brownian())
    noise = noise + 0.1 * ls.AlphaStable(1.2, 0.5)
    assert ls.first_exit(ls.SDE(ls.DoubleWell(), noise), -1.0, LEFT, n_paths=4, dt=0.05, t_max=1.0).n_paths == 4
