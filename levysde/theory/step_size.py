"""How small a step has to be for Euler's chain to leave when the SDE does: the condition of Nguyen et al."""

from __future__ import annotations

import math
from dataclasses import dataclass

from levysde._types import ArrayLike
from levysde._validate import count, finite_array, finite_number, positive
from levysde.noise.stable import levy_constant

__all__ = ["StepCondition", "between_steps", "holder_range", "largest_step", "step_exponents"]

TERMS = ("growing moments", "drift", "jumps", "Brownian")


@dataclass(frozen=True)
class StepCondition:
    """The largest step that the condition allows, and which of its terms says so.

    Attributes
    ----------
    eta : float
        The smallest of the limits.
    limits : dict
        Every limit by name: "one", "dissipativity" (m / M^2), and the four terms of the Kullback-Leibler bound,
        "growing moments", "drift", "jumps", "Brownian".
    binding : str
        Name of the smallest.
    """

    eta: float
    limits: dict[str, float]
    binding: str


def holder_range(alpha: float) -> tuple[float, float]:
    """Return the open interval (1/2, min(1/sqrt 2, alpha/2)) in which the Hölder exponent gamma has to lie.

    Raises
    ------
    ValueError
        For alpha outside (1, 2]: the interval is empty.
    """
    advice = "the condition is for alpha > 1, where alpha/2 leaves room above 1/2"
    alpha = finite_number(alpha, "alpha", low=1.0, high=2.0, open_low=True, advice=advice)
    return 0.5, min(math.sqrt(0.5), alpha / 2)


def step_exponents(alpha: float, gamma: float) -> dict[str, float]:
    """Return the powers of eta with which the four terms of the bound on the Kullback-Leibler divergence fall.

    "growing moments": gamma^2 + 2 gamma - 1; "drift": 2 gamma; "jumps": 2 gamma / alpha; "Brownian": gamma. The bound
    falls with the smallest of them; for a gradient that is locally Lipschitz the divergence itself falls like eta.

    Raises
    ------
    ValueError
        gamma outside `holder_range(alpha)`.
    """
    low, high = holder_range(alpha)
    advice = f"for alpha={alpha:g} it lies in (1/2, min(1/sqrt 2, alpha/2)) = ({low:g}, {high:.4g})"
    gamma = finite_number(gamma, "gamma", low=low, high=high, open_low=True, open_high=True, advice=advice)
    return dict(zip(TERMS, (gamma * gamma + 2 * gamma - 1, 2 * gamma, 2 * gamma / alpha, gamma), strict=True))


def largest_step(
    alpha: float,
    gamma: float,
    *,
    epsilon: float,
    t: float,
    delta: float,
    dim: int = 1,
    holder: float = 1.0,
    dissipativity: float = 1.0,
    constants: ArrayLike = (1.0, 1.0, 1.0, 1.0),
) -> StepCondition:
    r"""Return the largest step that keeps the Kullback-Leibler divergence of the paths on [0, t] below 2 delta^2.

    For dX = -grad f dt + epsilon sigma dB + epsilon dL^alpha with |grad f(x) - grad f(y)| <= M |x - y|^gamma and
    <x, grad f(x)> >= m |x|^(1+gamma) - b,

    .. math:: \eta\le\min\Big\{1, \frac m{M^2},
              \Big(\frac{\delta^2}{2K_1t^2}\Big)^{1/(\gamma^2+2\gamma-1)},
              \Big(\frac{\delta^2}{2K_2t^2}\Big)^{1/2\gamma},
              \Big(\frac{\delta^2}{2K_3t^2}\Big)^{\alpha/2\gamma},
              \Big(\frac{\delta^2}{2K_4t^2}\Big)^{1/\gamma}\Big\},

    K1 = k1 d eps^(2 gamma^2 - 2), K2 = k2 eps^-2, K3 = k3 d^(2 gamma) eps^(2 gamma - 2),
    K4 = k4 d^(2 gamma) eps^(2 gamma - 2). Then the probability that the chain and the SDE, coupled at best, differ on
    the grid is at most delta.

    Parameters
    ----------
    alpha, gamma : stable index in (1, 2], Hölder exponent in `holder_range(alpha)`
    epsilon : amplitude of the noise
    t : length of the paths, K eta
    delta : wanted distance in total variation, in (0, 1)
    dim : dimension d
    holder, dissipativity : M and m
    constants : k1 ... k4, which the condition leaves open (O(.)): the value is a scaling, not a number to rely on

    Returns
    -------
    StepCondition

    Raises
    ------
    TypeError, ValueError
        For numbers outside their range.

    References
    ----------
    Nguyen, Simsekli, Gurbuzbalaban and Richard, NeurIPS 2019, arXiv:1906.09069, assumption A6 and theorem 1.

    Examples
    --------
    >>> from levysde import theory
    >>> condition = theory.largest_step(1.5, 0.6, epsilon=0.1, t=1.0, delta=0.2)
    >>> condition.binding, f"{condition.eta:.2g}"
    ('growing moments', '4.8e-06')
    """
    powers = step_exponents(alpha, gamma)
    epsilon, t, d = positive(epsilon, "epsilon"), positive(t, "t"), count(dim, "dim")
    delta = finite_number(delta, "delta", low=0.0, high=1.0, open_low=True, open_high=True)
    big, small = positive(holder, "holder"), positive(dissipativity, "dissipativity")
    given = finite_array(constants, "constants")
    if given.shape != (4,) or not (given > 0).all():
        raise ValueError(f"constants={constants!r}: give the four positive factors k1, k2, k3, k4")
    both = d ** (2 * gamma) * epsilon ** (2 * gamma - 2)
    scales = (d * epsilon ** (2 * gamma * gamma - 2), epsilon**-2, both, both)
    limits = {"one": 1.0, "dissipativity": small / big**2}
    for name, factor, scale in zip(TERMS, given, scales, strict=True):
        limits[name] = float((delta * delta / (2 * factor * scale * t * t)) ** (1 / powers[name]))
    binding = min(limits, key=limits.__getitem__)
    return StepCondition(limits[binding], limits, binding)


def between_steps(
    alpha: float,
    gamma: float,
    *,
    dt: float,
    t: float,
    xi: float,
    epsilon: float,
    sigma: float = 1.0,
    dim: int = 1,
    holder: float = 1.0,
    constants: ArrayLike | None = None,
) -> float:
    r"""Return the bound C on the probability that the SDE moves by more than xi between two steps of its chain.

    With K = t / eta steps,

    .. math:: C = C_1\frac{(K\eta(d\epsilon+1)+1)^\gamma e^{M\eta}M\eta}\xi + 1 -
              \Big(1 - C_2 d\exp\Big(-\frac{\xi^2e^{-2M\eta}}{16d\eta\epsilon^2\sigma^2}\Big)\Big)^K
              \Big(1 - C_\alpha d^{1+\alpha/2}\eta e^{\alpha M\eta}\epsilon^\alpha\xi^{-\alpha}\Big)^K:

    drift, Brownian part, jumps. In the theorem it stands between the exit probabilities,
    P[SDE in the ball of radius a - xi] - C - delta <= P[chain in that of radius a] <= P[SDE in a + xi] + C + delta.
    For eta -> 0 at fixed t it does not vanish: 1 - exp(-C_alpha t d^(1+alpha/2) (epsilon/xi)^alpha) is left.

    Parameters
    ----------
    alpha, gamma : as in `largest_step`
    dt, t : step eta and time
    xi : width of the shell
    epsilon, sigma : amplitude of the noise, and of its Brownian part
    dim : dimension d
    holder : M
    constants : C_1, C_2, C_alpha, which the theorem leaves open; None takes 1, 2 and 2 c_alpha / alpha, the constant of
        P(|L_1| > x) ~ (2 c_alpha / alpha) x^-alpha

    Raises
    ------
    TypeError, ValueError
        For numbers outside their range.

    References
    ----------
    Nguyen, Simsekli, Gurbuzbalaban and Richard, NeurIPS 2019, arXiv:1906.09069, theorem 2. The factors there could not
    be compared word for word: the structure is that of the proof, the number 16 is uncertain.

    Examples
    --------
    >>> from levysde import theory
    >>> f"{theory.between_steps(1.5, 0.6, dt=0.001, t=1.0, xi=0.3, epsilon=0.1):.3f}"
    '0.079'
    """
    step_exponents(alpha, gamma)
    dt, t, xi, d = positive(dt, "dt"), positive(t, "t"), positive(xi, "xi"), count(dim, "dim")
    epsilon, sigma, big = positive(epsilon, "epsilon"), positive(sigma, "sigma"), positive(holder, "holder")
    tail = 2 * levy_constant(alpha) / alpha
    first, second, third = finite_array((1.0, 2.0, tail) if constants is None else constants, "constants")
    steps = math.ceil(t / dt * (1 - 1e-12))
    drift = first * (t * (d * epsilon + 1) + 1) ** gamma * math.exp(big * dt) * big * dt / xi
    reach = xi * math.exp(-big * dt) / (epsilon * sigma)
    brownian = min(second * d * math.exp(-reach * reach / (16 * d * dt)), 1.0)
    jumps = min(third * d ** (1 + alpha / 2) * dt * (math.exp(big * dt) * epsilon / xi) ** alpha, 1.0)
    return float(drift + 1 - ((1 - brownian) * (1 - jumps)) ** steps)
