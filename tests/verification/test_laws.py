"""Every law, cheaply; all of them to the accuracy of `levysde verify --quick` in the slow suite."""

import math
from dataclasses import replace

import numpy as np
import pytest

import levysde as ls
from levysde.verification import LAWS
from levysde.verification.reshape import reshape
from levysde.verification.setting import QUICK, LeftOutError

CHECKS = {law.name: law.check for law in LAWS}


def holds(reports, name):
    for report in reports:
        assert report.verdict == "holds", report.sentence
        assert report.law == name
        assert not report.worst >= 5
    return reports


@pytest.mark.parametrize("name", ["noise", "width", "height", "tempered", "near two", "mixed"])
def test_the_solution_tends_to_the_law(setting, unsimulated, name):
    for report in holds(CHECKS[name](setting()), name):
        assert report.approach.decided
        assert "correction still" in report.sentence


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_a_law_holds(setting, name):
    cheap = setting()
    longer = replace(cheap, effort=replace(cheap.effort, steps=QUICK.steps))  # changes of wells are counted at all
    for report in holds(CHECKS[name](longer), name):
        assert math.isfinite(report.worst)


def test_exit_times_are_exponential(setting):
    for report in CHECKS["exponential"](setting()):
        assert report.verdict == "holds", report.sentence
        assert "Kolmogorov-Smirnov p" in report.sentence
        # E tau^2 / 2 (E tau)^2 and lambda E tau tend to 1 from different sides of the same departure
        assert report.rows[0].solved.value == pytest.approx(1, abs=0.01)
        assert report.rows[-1].solved.value == pytest.approx(1, abs=0.01)


def test_brownian_heights_follow_arrhenius_and_stable_ones_nothing(setting, unsimulated):
    stable, brownian = CHECKS["height"](setting())
    assert stable.expected == 0
    assert abs(stable.approach.value[0]) < 0.02
    s = float(brownian.regime.split(",")[0].removeprefix("s="))
    assert brownian.expected == pytest.approx(2 / s**2, rel=0.01)
    # the prefactor 1 / (curvature) makes the slope 2 / s^2 - 1 / dU: a tenth at 2 dU / s^2 of six to eighteen
    assert brownian.approach.value[0] == pytest.approx(1, abs=0.15)


def test_the_crossover_of_mixed_noise_has_a_maximum_of_the_local_exponent(setting, unsimulated):
    (report,) = CHECKS["mixed"](setting())
    values = [row.solved.value for row in report.rows]
    local = ls.scaling.fit_power_law([row.x for row in report.rows], values).local_exponent
    top = int(np.argmax(local))
    assert 0 < top < len(local) - 1
    assert local[top] > 5
    assert local[-1] < 2


def test_a_table_is_checked_like_any_landscape(setting, unsimulated, wells):
    own = setting(wells, alpha=1.2, epsilon=0.01)
    for name in ("noise", "width"):
        for report in CHECKS[name](own):
            assert report.verdict == "holds", report.sentence
    assert [report.subject for report in CHECKS["width"](own)] == ["well 0 stretched", "between wells"]


@pytest.mark.parametrize(
    "landscape", [ls.MultiWell(x=[-1, 0, 2], u=[-1, 0, -0.5]), ls.DoubleWell(2.0), ls.Polynomial([0, 0.1, -1, 0, 1])]
)
def test_reshaping_is_what_it_says(landscape):
    x = np.linspace(-1.5, 2.5, 9)
    np.testing.assert_allclose(
        reshape(landscape, width=1.5, height=3.0).potential(1.5 * x), 3 * landscape.potential(x), rtol=1e-12, atol=1e-12
    )


def test_a_landscape_of_functions_is_left_out_where_it_cannot_be_reshaped(setting):
    def potential(x, params):
        return 0.25 * x * x * x * x - 0.5 * x * x

    def gradient(x, params):
        return x * x * x - x

    own = setting(ls.from_functions(potential, gradient, dim=1))
    with pytest.raises(LeftOutError, match="cannot be changed"):
        CHECKS["height"](own)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.8, 1.5])
def test_all_laws_hold_at_the_accuracy_of_quick(alpha, seed):
    found = ls.verify(alpha=alpha, rng=seed, workers=2)
    assert found.ok, found.table()
    assert {report.verdict for report in found.reports} == {"holds"}
    assert not math.isnan(found.reports[0].headline.z)
