r"""Mean exit times under small stable noise, at a cost that does not grow as the noise gets smaller."""

from __future__ import annotations

from dataclasses import replace

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike
from levysde._validate import positive
from levysde.domains import Domain
from levysde.engine.pool import Workers, check_workers
from levysde.estimate import Estimate
from levysde.rare.extrapolation import extrapolated
from levysde.rare.one_big_jump_search import STEP, Search
from levysde.rare.one_big_jump_well import Well, find_well
from levysde.rare.question import check_rel_error, question
from levysde.sde import SDE

SHORTEST_START = 1 / 64  # of the usual step, that excursions from the start may need
LARGEST_SMALLNESS = 0.6  # spread of the noise over the half-width of the core
LARGEST_CLIMBING = 0.002  # rate at which the Brownian part leaves by itself over that of the jumps


def one_big_jump(
    sde: SDE,
    x0: ArrayLike,
    domain: Domain,
    *,
    rel_error: float = 0.01,
    dt: float | None = None,
    rng: RNG = None,
    workers: Workers = 1,
) -> Estimate:
    r"""Mean exit time from one well under small stable noise: jumps that leave are weighed, not waited for.

    **The identity.** Watch the Splitting chain :math:`x\to y = \varphi_{dt}(x)\to y + s\,\xi`,
    :math:`s = \epsilon\,dt^{1/\alpha}`, and put it back at the stable point m whenever it leaves D. By renewal and
    reward the exits per step of this recurrent chain are dt / E_m tau, exactly. Divide its steps into those of a *stay*
    and those of *excursions*: an excursion begins with a jump longer than J that lands at z in D outside the core C,
    and ends on the return to C or on leaving D. Let pi be the law of the chain during stays. One step of a stay leaves
    D with the probability :math:`p(y) = P(y + s\,\xi\notin D)`, two values of the stable survival function, and begins
    an excursion at z with the density :math:`k(y,z) = f((z-y)/s)/s`. With H(z) the probability that the excursion
    leaves, and T(z) the time that it lasts, the exits and the time per step of a stay give

    .. math:: \frac{dt}{E_m\tau} = \frac{E_\pi p + E[wH]}{1 + E[wT]/dt},
        \qquad w = \frac{E_\pi k(y,z)}{g(z)},\quad z\sim g,

    for *any* C, J and g: there is no error of the core's size and none of quasi-stationarity.

    A Brownian part is drawn before the jumps of the step: y is then :math:`\varphi_{dt}(x) + s'\zeta`, and p and k
    given y are as before. The survival function and density of skewed noise differ from side to side; nothing else
    does.

    **The sampling.** Every path is a stay of 7 relaxation times (the first 4 are not used), which gives p and the
    average of k(y, z), followed by its excursion from z. (Where small moves out of the core matter, stays last 9 of the
    longest relaxation times, those at the barrier.) Two thirds of the z are drawn log-uniformly in the distance to an
    end or a barrier, where a jump that falls short by :math:`O(\epsilon)` still leaves with a probability of order 1:
    plain weighing misses these, its relative variance is of order :math:`\epsilon^{1-\alpha}`, and that does not show
    in its error. The excursion is conditioned to stay inside; along it :math:`S_k = \prod(1-p)`,
    :math:`H = \sum S_k p`, :math:`T = dt\sum S_k`. Paths are independent, so that the standard error is that of a ratio
    of means. For small noise everything but p at rest is of relative order :math:`\epsilon^{\min(\alpha,1)}`: the cost
    does not grow.

    **The start.** From x0 near m the chain is put back at x0 and nothing else changes. From farther away, excursions
    from x0 to the neighbourhood of m give :math:`E_{x_0}\tau = T(x_0) + (1 - H(x_0)) E_m\tau`.

    **The bias** adds up: the step (every end is moved inward by the distance missed between two looks; what is left is
    of first order in dt, and relative to the deviation from the first-jump law, since that law has no step error; the
    factor was calibrated on `levysde.dirichlet`), the length of the stay, the neighbourhood of
    m, excursions that were given up after a hundred relaxation times, and the exits that a Brownian part makes by
    itself (exact, by quadrature), which would not be seen beside those of the jumps. What is not in it: more paths are
    asked for while the standard error is too large, and samples that lack their largest weights look better than they
    are, which leaves the values high by up to half of the standard error.

    Where small moves carry the exit (alpha near 2 at moderate noise) the weights degenerate. This is measured: by the
    share of p that comes from outside the core, by the share of exits that begin with an excursion, and by the number
    of paths that decide the error. The answer then comes from `extrapolated`, plain simulation, and says so.

    Parameters
    ----------
    sde : one dimension; stable noise of one index, 0.5 <= alpha <= 1.99, skewed noise not within 0.1 of 1; Brownian
        noise beside it, as long as that alone leaves at most at 0.002 times the rate of the jumps
    x0 : start, inside the domain
    domain : an interval, one end may be infinite, that holds one minimum
    rel_error : wanted relative root-mean-square error, in (0, 0.5]
    dt : step; None chooses one by the bias it causes
    rng, workers : as in `first_exit`

    Returns
    -------
    Estimate

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and where the method does not apply (`misfit`), with what to use instead.

    References
    ----------
    .. [1] Imkeller and Pavlyukevich, Stoch. Proc. Appl. 116 (2006), doi:10.1016/j.spa.2005.11.006 (one big jump).
    .. [2] Asmussen and Glynn, Stochastic Simulation, Springer 2007, doi:10.1007/978-0-387-69033-9 (renewal reward,
       ratio estimators, conditional Monte Carlo).

    Examples
    --------
    >>> import levysde as ls
    >>> from levysde.rare.one_big_jump import one_big_jump
    >>> sde = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), epsilon=0.01)
    >>> estimate = one_big_jump(sde, -1.0, ls.Interval(-ls.inf, 0.0), rng=1)
    >>> abs(estimate.value / 4935.847 - 1) < 0.01
    True
    """
    start, domain = question(sde, x0, domain)
    rel_error, workers = check_rel_error(rel_error), check_workers(workers)
    dt = None if dt is None else positive(dt, "dt")
    well = find_well(sde, start, domain)
    entropy = entropy_of(rng)
    if near := _too_near(well, float(start[0])):
        raise ValueError(near)
    objection = _too_large(well)
    if not objection:
        found = Search(well, float(start[0]), rel_error, entropy, workers).run(dt)
        if isinstance(found, Estimate):
            return found
        objection = found
    plain = extrapolated(sde, x0, domain, rel_error=rel_error, rng=entropy, workers=workers)
    return replace(plain, method=f"{plain.method}; in place of one big jump, because {objection}")


def misfit(sde: SDE, x0: ArrayLike, domain: Domain) -> str:
    """Say why `one_big_jump` does not apply; "" where it does, as far as can be told without simulating."""
    start, domain = question(sde, x0, domain)
    try:
        well = find_well(sde, start, domain)
        return _too_near(well, float(start[0])) or _too_large(well)
    except ValueError as error:
        return str(error)


def _too_near(well: Well, x0: float) -> str:
    step = STEP / well.fastest
    if well.start_step(x0, step) >= SHORTEST_START * step:
        return ""
    return f"x0={x0:g} is so close to the end of the domain that the noise carries it out at once; use extrapolated"


def _too_large(well: Well) -> str:
    if not well.smallness <= LARGEST_SMALLNESS:
        return (
            f"the noise is not small: it spreads over {well.smallness:.2g} times the half-width of the core, at most "
            f"{LARGEST_SMALLNESS:g} is allowed; use extrapolated"
        )
    if not well.climbing <= LARGEST_CLIMBING:
        return (
            f"the Brownian part leaves by itself at {well.climbing:.2g} times the rate of the jumps, which happens too "
            f"rarely to be seen beside them (at most {LARGEST_CLIMBING:g} is allowed); use extrapolated"
        )
    return ""
