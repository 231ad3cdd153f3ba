"""Negative controls: a theory that is wrong in one of the usual ways is found out, by the law and not by a flag."""

import math
from dataclasses import replace

import pytest

import levysde as ls
from levysde import theory
from levysde.verification import setting as routes
from levysde.verification.exponential import exponential
from levysde.verification.near_two import near_two
from levysde.verification.noise import noise
from levysde.verification.width import width


def without_c_alpha(sde, x0, domain):
    """The rates of the papers, Lévy density |y|^(-1-alpha), with noise of characteristic function exp(-|k|^alpha)."""
    (_, law), *_ = sde.noise.leaves()
    c = math.gamma(1 + law.alpha) * math.sin(math.pi * law.alpha / 2) / math.pi
    right = theory.mean_exit_time(sde, x0, domain)
    return replace(right, value=right.value * c)


def without_root_two(sde, x0, domain):
    """The variance of AlphaStable(2) taken as t: amplitudes a factor sqrt(2) too small."""
    return theory.mean_exit_time(ls.SDE(sde.landscape, sde.noise, sde.epsilon / math.sqrt(2)), x0, domain)


def brownian(sde, x0, domain):
    """Kramers' law, with the amplitude of the stable noise."""
    return theory.mean_exit_time(ls.SDE(sde.landscape, ls.Brownian(), 10 * sde.epsilon), x0, domain)


def three_per_cent(sde, x0, domain):
    """A prefactor that is off by 3 %."""
    right = theory.mean_exit_time(sde, x0, domain)
    return replace(right, value=1.03 * right.value)


@pytest.mark.parametrize("wrong", [without_c_alpha, without_root_two, brownian, three_per_cent])
def test_a_wrong_theory_fails_the_law_of_the_noise(setting, unsimulated, wrong):
    for report in noise(setting(predict=wrong)):
        assert report.verdict == "fails"
        assert "tends to" in report.sentence


def test_the_same_check_passes_with_the_right_theory(setting):
    for report in noise(setting()):
        assert report.verdict == "holds"
        assert "correction still" in report.sentence
        assert report.approach.reaches(1)
        assert report.solved_fit.exponent.value == pytest.approx(1.5, abs=0.02)


def test_the_convention_of_sigma_shows_in_the_brownian_limit(setting, unsimulated):
    assert near_two(setting())[0].verdict == "holds"
    assert near_two(setting(predict=without_root_two))[0].verdict == "fails"


def test_a_wrong_exponent_fails_the_law_of_widths(setting, unsimulated):
    def wrong(sde, x0, domain):
        right = theory.mean_exit_time(sde, x0, domain)
        reach = min(abs(end - float(x0)) for end in (domain.a, domain.b))
        return replace(right, value=right.value * reach**0.1)

    assert {report.verdict for report in width(setting(predict=wrong))} == {"fails"}


def test_a_wrong_simulation_fails(setting, monkeypatch):
    def measured(own, sde, x0, domain, solution, key):
        value = 1.06 * solution.value
        return ls.Estimate(value, 0.01 * value, 0.0, (0.98 * value, 1.02 * value), 100, "6 % too long")

    monkeypatch.setattr(routes.Setting, "measured", measured)
    report = noise(setting())[0]
    assert report.verdict == "fails"
    assert "standard errors off the deterministic value" in report.sentence
    assert report.worst == pytest.approx(6 / 1.06, rel=0.01)


def test_exit_times_that_are_not_exponential_fail(setting, monkeypatch):
    from levysde.verification import exponential as module

    right = module.first_exit

    def uneven(*arguments, **how):
        sample = right(*arguments, **how)
        times = sample.times**3
        return replace_times(sample, times * sample.times.mean() / times.mean())

    def replace_times(sample, times):
        return type(sample)(
            times, sample.exit_points, sample.pre_exit_points, sample.status, sample.path_ids, sample.dt,
            float(max(sample.t_max, times.max())), sample.provenance,
        )  # fmt: skip

    monkeypatch.setattr(module, "first_exit", uneven)
    report = exponential(setting())[0]
    assert report.verdict == "fails"
    assert "Kolmogorov-Smirnov" in report.sentence
