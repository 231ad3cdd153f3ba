"""Law 6: exit times are exponential in the limit of small noise."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from levysde import defaults, dirichlet, theory
from levysde.domains import Interval
from levysde.estimate import Estimate, Prediction
from levysde.exit_sample import ExitSample
from levysde.exits import first_exit
from levysde.scaling import approach as extrapolate
from levysde.schemes import Splitting
from levysde.sde import SDE
from levysde.verification.result import FAILED, Panel, Report, Row
from levysde.verification.setting import LADDER, LeftOutError, Setting, moderate
from levysde.verification.verdict import judge

PANEL = Panel("epsilon", "E tau^2 / 2 (E tau)^2", True, False)
RELAXATIONS = 200.0
SHARE, COARSE = 0.04, 4
NORMAL_95 = 1.959963984540054
LIMIT = Prediction(1.0, 0.0, "exponential law", True, "limit of small noise")


def exponential(setting: Setting) -> list[Report]:
    """Compare exit times from every well with the exponential law: moments, survival rate, Kolmogorov-Smirnov.

    The test allows for what is known of the departure: the survival function is A exp(-t) up to relaxation, with A and
    the rate from the second moment and the principal eigenvalue of the exit problem.

    References
    ----------
    Imkeller and Pavlyukevich, Stochastic Process. Appl. 116 (2006) 611, doi:10.1016/j.spa.2005.11.006.
    """
    return [_well(setting, i) for i in setting.wells]


def _well(setting: Setting, i: int) -> Report:
    minimum, basin = setting.well(i)
    top = moderate(setting, minimum, basin, relaxations=RELAXATIONS)
    sde = SDE(setting.landscape, setting.noise, top)
    mean = dirichlet.mean_exit_time(sde, minimum, basin)
    rate = dirichlet.principal_eigenvalue(sde, basin)
    if setting.cost(sde, minimum, basin, mean) * setting.effort.rel_error**2 * setting.effort.paths > 10 * (
        setting.effort.steps
    ):
        raise LeftOutError(f"exits at epsilon={top:g} are too rare for plain simulation")
    fine, coarse = (_sample(setting, sde, minimum, basin, number, i) for number in range(2))
    moment, far = _moment_ratio(fine), _moment_ratio(coarse)
    bias = max(abs(moment.value - far.value), math.hypot(moment.standard_error, far.standard_error)) / (COARSE - 1)
    ladder = [(epsilon, _solved_ratio(setting, minimum, basin, epsilon)) for epsilon in (top / 2.0**k for k in LADDER)]
    first = Row("E tau^2 / 2 (E tau)^2", top, LIMIT, ladder[0][1], replace(moment, bias=bias))
    rows = [first]
    rows += [Row(f"the same, epsilon={e:.3g}", e, LIMIT, found, None) for e, found in ladder[1:]]
    product = rate.value * mean.value
    error = product * (rate.error / rate.value + mean.error / mean.value)
    eigenvalue = Prediction(product, error, rate.law, rate.valid and mean.valid, rate.reason)
    rows.append(Row("survival rate x E tau", math.nan, LIMIT, eigenvalue, None))
    departure = _departure(product, ladder[0][1].value)
    distance, p_value = _kolmogorov_smirnov(fine, coarse, mean.value, departure)
    # two-sided probability beyond five standard errors
    fails = p_value < math.erfc(FAILED / math.sqrt(2))
    told = f"distance of {fine.n_exited} exits from the exponential law {distance:.3g}, {departure:.2g} of it known"
    return judge(
        "exponential",
        f"well {i}",
        "tau / E tau is exponential",
        f"alpha={setting.alpha:g}, epsilon={top:.3g}",
        rows,
        panel=PANEL,
        approach=extrapolate(
            [e for e, _ in ladder], [found.value for _, found in ladder], [found.error for _, found in ladder]
        ),
        objections=[f"Kolmogorov-Smirnov p = {p_value:.1e}: {told}"] if fails else [],
        remark="" if fails else f"Kolmogorov-Smirnov p = {p_value:.2g} ({told})",
    )


def _sample(setting: Setting, sde: SDE, x0: float, domain: Interval, number: int, i: int) -> ExitSample:
    """Return exits at the usual step, or at a longer one."""
    dt = defaults.choose_step(sde, domain, np.array([[x0]]), share=SHARE) * COARSE**number
    shift = theory.boundary_shift(sde.effective_noise, dt)
    watched = domain.shrink(min(shift, 0.2 * float(domain.distance(x0)))) if shift > 0 else domain
    sample = first_exit(
        sde, x0, watched, n_paths=setting.effort.paths, dt=dt, t_max=1e7 * dt, scheme=Splitting(),
        rng=setting.seed(6, i, number), workers=setting.workers,
    )  # fmt: skip
    if "partial" in sample.provenance:
        raise KeyboardInterrupt
    return sample


def _moment_ratio(sample: ExitSample) -> Estimate:
    """Return E tau^2 / 2 (E tau)^2 with its error from the influence of every path."""
    t = sample.exited_times / np.mean(sample.exited_times)
    value = float(np.mean(t * t)) / 2
    influence = t * t / 2 - value - 2 * value * (t - 1)
    error = float(np.std(influence, ddof=1)) / math.sqrt(t.size)
    interval = (value - NORMAL_95 * error, value + NORMAL_95 * error)
    return Estimate(value, error, math.nan, interval, t.size, "ratio of sample moments")


def _solved_ratio(setting: Setting, x0: float, domain: Interval, epsilon: float) -> Prediction:
    sde = SDE(setting.landscape, setting.noise, epsilon)
    first, second = dirichlet.mean_exit_time(sde, x0, domain), dirichlet.second_moment(sde, x0, domain)
    value = second.value / (2 * first.value**2)
    error = value * (second.error / second.value + 2 * first.error / first.value)
    return Prediction(value, error, second.law, first.valid and second.valid, second.reason)


def _departure(rate: float, moment: float) -> float:
    """Return sup |A exp(-rate t) - exp(-t)|, A = rate^2 x (E tau^2 / 2), all in units of E tau."""
    t = np.linspace(0.0, 20.0, 4001)
    return float(np.max(np.abs(rate**2 * moment * np.exp(-rate * t) - np.exp(-t))))


def _kolmogorov_smirnov(fine: ExitSample, coarse: ExitSample, mean: float, departure: float) -> tuple[float, float]:
    """Return the distance from the exponential law with the known mean, and the p-value of what is not known of it."""
    from scipy.stats import kstwo

    t = np.sort(fine.exited_times) / mean
    n = t.size
    below, above = np.arange(n) / n, np.arange(1, n + 1) / n
    law = -np.expm1(-t)
    distance = float(max(np.max(above - law), np.max(law - below)))
    # a mean that the step makes too long or short by a share b moves the law by at most b / e; looks are dt apart
    means = [sample.mean() for sample in (fine, coarse)]
    noise = math.hypot(*(m.standard_error for m in means))
    step = max(abs(means[0].value - means[1].value), noise) / (COARSE - 1) / mean / math.e + fine.dt / mean
    return distance, float(kstwo.sf(max(distance - departure - step, 0.0), n))
