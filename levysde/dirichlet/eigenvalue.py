"""The rate at which survival decays in the long run."""

from __future__ import annotations

from levysde.dirichlet.ladder import predict
from levysde.dirichlet.question import ask_rate
from levysde.domains import Domain
from levysde.estimate import Prediction
from levysde.sde import SDE


def principal_eigenvalue(sde: SDE, domain: Domain) -> Prediction:
    """Smallest lambda with A phi = -lambda phi inside, phi = 0 outside: P(tau > t) decays like exp(-lambda t).

    Arguments and errors as for `mean_exit_time`, without a starting point; and a ValueError where all paths only move
    one way (jumps of alpha < 1 with beta = 1 or -1, no drift against them), since no such rate exists then.

    References
    ----------
    Kwaśnicki, J. Funct. Anal. 262 (2012) 2379, arXiv:1012.1133; Dyda, Kuznetsov, Kwaśnicki, arXiv:1509.08533, for the
    values without drift.

    Examples
    --------
    >>> import levysde as ls
    >>> sde = ls.SDE(ls.Flat(), ls.AlphaStable(1.0))
    >>> f"{ls.dirichlet.principal_eigenvalue(sde, ls.Interval(-1.0, 1.0)).value:.8f}"
    '1.15777388'
    """
    question = ask_rate(sde, domain)
    return predict(question, "exit problem: principal eigenvalue", lambda system, _: 1.0 / system.slowest[0])
