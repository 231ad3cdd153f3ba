"""Mean and second moment of the exit time."""

from __future__ import annotations

from typing import Any

from levysde.dirichlet.ladder import predict
from levysde.dirichlet.question import ask, start
from levysde.dirichlet.system import System
from levysde.domains import Domain
from levysde.estimate import Prediction
from levysde.sde import SDE


def mean_exit_time(sde: SDE, x0: Any, domain: Domain) -> Prediction:
    r"""Mean time to leave an interval or half-line, from the equation of the generator.

    .. math:: Au = -U'u' + \tfrac{s^2}2 u'' + Ju = -1 \text{ inside}, \qquad u = 0 \text{ everywhere outside}

    with :math:`J e^{ikx} = -\psi(k)e^{ikx}` for the jumps of the exponent psi (`noise.psi`), stable or tempered, skewed
    or not; for symmetric stable parts :math:`J = -\sum_i\sigma_i^{\alpha_i}(-\Delta)^{\alpha_i/2}`. It is
    solved by Galerkin's method with piecewise polynomials on a mesh that is graded to the ends, to the points of rest
    and to the joints of the landscape; wells are eliminated one by one, and jumps couple them. At an end the solution
    is d^(alpha/2) for alpha > 1 or without drift there, the power of the local drift at alpha = 1, and free to jump for
    alpha < 1 with drift; with skewness the power is alpha P(L > 0), L > 0 outward.

    Parameters
    ----------
    sde : SDE
        One-dimensional, additive noise made of `Brownian`, `AlphaStable` and `TemperedStable` parts, alpha >= 0.1.
    x0 : float
        Starting point inside the domain.
    domain : Domain
        An interval; one end may be infinite if the drift leads back from there.

    Returns
    -------
    Prediction
        `error` compares two meshes of different degree, grading and depth; it is typically 1e-10 of the value for
        alpha > 1 and 1e-9 for alpha < 1. Where it exceeds 1e-4 of the value, as at Brownian barriers above 30
        temperatures, `valid` is False.

    Raises
    ------
    TypeError
        The arguments come in another order.
    ValueError
        Something else than above: the message names what is supported.

    References
    ----------
    Schwab, p- and hp-Finite Element Methods (1998), for the meshes; Getoor, Trans. Amer. Math. Soc. 101 (1961) 75,
    doi:10.1090/S0002-9947-1961-0137148-5, for the solution without drift; Profeta and Simon, arXiv:1501.03926, for that
    of skewed motion: cos(pi alpha (rho - 1/2)) (1 + x)^(alpha (1 - rho)) (1 - x)^(alpha rho) / Gamma(1 + alpha) on
    (-1, 1), rho = P(L > 0).

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5))
    >>> f"{ls.dirichlet.mean_exit_time(sde, 0.0, ls.Interval(-1.0, 1.0)).value:.8f}"
    '0.94876377'
    >>> sde = ls.SDE(ls.Quadratic(), ls.TemperedStable(1.5, 2.0, -0.5) + 0.3 * ls.Brownian())
    >>> f"{ls.dirichlet.mean_exit_time(sde, 0.0, ls.Interval(-1.0, 1.0)).value:.8f}"
    '2.11061518'
    """
    question = ask(sde, domain)
    x = start(question, x0)
    return predict(question, "exit problem: mean time", lambda system, _: system.at(system.times(1), x))


def second_moment(sde: SDE, x0: Any, domain: Domain) -> Prediction:
    r"""E tau^2 of the exit time: :math:`A u_2 = -2 u_1` inside, 0 outside, u_1 the mean exit time.

    Arguments, errors and what is supported are those of `mean_exit_time`. Without drift it follows from Getoor's form.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.Flat(), ls.AlphaStable(1.5))
    >>> f"{ls.dirichlet.second_moment(sde, 0.0, ls.Interval(-1.0, 1.0)).value:.8f}"
    '0.97527454'
    """
    question = ask(sde, domain)
    x = start(question, x0)
    return predict(question, "exit problem: second moment", lambda system, _: system.at(system.times(2), x))


def variance(sde: SDE, x0: Any, domain: Domain) -> Prediction:
    """Variance of the exit time, E tau^2 - (E tau)^2; arguments and errors as for `mean_exit_time`.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.Flat(), ls.AlphaStable(2.0))  # from the middle: 5/12 L^4 - 1/4 L^4 with variance 2t
    >>> f"{ls.dirichlet.variance(sde, 0.0, ls.Interval(-1.0, 1.0)).value:.8f}"
    '0.16666667'
    """
    question = ask(sde, domain)
    x = start(question, x0)

    def number(system: System, _: int) -> float:
        return system.at(system.times(2), x) - system.at(system.times(1), x) ** 2

    return predict(question, "exit problem: variance", number)
