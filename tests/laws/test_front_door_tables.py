"""`mean_exit_time`, with no knob but the error, over whole tables of exit problems solved deterministically.

Two quadratic wells, the double well with and without a second end, both wells of the asymmetric one: alpha from 0.5 to
1.95, amplitudes from 0.1 to 2, whichever method "auto" takes.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import levysde as ls

TABLES = json.loads((Path(__file__).parents[1] / "reference" / "dirichlet.json").read_text(encoding="utf-8"))
ASYMMETRIC = ls.Polynomial([0.0, 0.0, -0.5, -1 / 6, 1 / 8])
LEFT = ls.Interval(-math.inf, 0.0)
CASES = {
    "quadratic_mean": (ls.Quadratic(), 0.0, ls.Interval(-1.0, 1.0)),
    "quadratic_wide_mean": (ls.Quadratic(), 0.0, ls.Interval(-2.0, 2.0)),
    "double_well_-inf_0": (ls.DoubleWell(), -1.0, LEFT),
    "double_well_-2.5_0": (ls.DoubleWell(), -1.0, ls.Interval(-2.5, 0.0)),
    "asymmetric_left": (ASYMMETRIC, -1.0, LEFT),
    "asymmetric_right": (ASYMMETRIC, 2.0, ls.Interval(0.0, math.inf)),
}
REL_ERROR, Z = 0.02, 5.0


def ask(name, row, seed):
    """Return the answer and the value in the table."""
    landscape, x0, domain = CASES[name]
    alpha, sigma, wanted = map(float, TABLES[name][row][:3])
    sde = ls.SDE(landscape, ls.AlphaStable(alpha), sigma)
    return ls.mean_exit_time(sde, x0, domain, rel_error=REL_ERROR, rng=seed), wanted


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_every_row(name, seed):
    scores = []
    for row in range(len(TABLES[name])):
        found, wanted = ask(name, row, seed + row)
        assert abs(found.value - wanted) < Z * found.standard_error + found.bias, (row, found, wanted)
        assert math.hypot(found.standard_error, found.bias) < 1.3 * REL_ERROR * wanted
        scores.append((found.value - wanted) / math.hypot(found.standard_error, found.bias))
    # the errors are neither too small nor, as a bias that is a bound makes them, far too large
    assert 0.25 < np.std(scores) < 1.5


@pytest.mark.parametrize(("name", "row"), [("quadratic_mean", 0), ("quadratic_wide_mean", 2), ("asymmetric_right", 5)])
def test_some_rows(name, row, seed):
    found, wanted = ask(name, row, seed)
    assert abs(found.value - wanted) < Z * found.standard_error + found.bias
    _, other = ask(name, row + 1, seed)
    assert abs(found.value - other) > Z * found.standard_error + found.bias
