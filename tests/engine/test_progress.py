"""Progress: a function or a bar, told of monotone counts up to the number of paths."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

import levysde as ls

SDE = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.3)
LEFT = ls.Interval(-ls.inf, 0.0)


def exits(**settings):
    return ls.first_exit(SDE, -1.0, LEFT, n_paths=2000, dt=0.01, rng=1, **settings)


def paths(**settings):
    return ls.simulate(SDE, -1.0, t=200.0, dt=0.01, n_paths=600, save_every=2000, rng=1, **settings)


@pytest.mark.parametrize(("verb", "n_paths"), [(exits, 2000), (paths, 600)])
@pytest.mark.parametrize("workers", [1, 2, "foreign"])
def test_counts_rise_to_the_number_of_paths(verb, n_paths, workers):
    seen = []
    with ThreadPoolExecutor(2) as pool:
        verb(progress=lambda done, total: seen.append((done, total)), workers=pool if workers == "foreign" else workers)
    counts = [done for done, _ in seen]
    assert {total for _, total in seen} == {n_paths}
    assert counts == sorted(counts)
    assert counts[-1] == n_paths
    assert min(counts) >= 0


@pytest.mark.parametrize("verb", [exits, paths])
def test_a_bar_is_drawn_without_warnings_and_changes_nothing(verb, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown = verb(progress=True)
    assert "path" in capsys.readouterr().err
    assert shown == verb(progress=False)
    assert capsys.readouterr().err == ""
