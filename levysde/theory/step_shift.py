"""How far a boundary is moved inward so that a path watched only at its steps leaves at the right time."""

import math

from levysde._validate import finite_number, positive
from levysde.noise.base import Noise


def step_shift(alpha: float) -> float:
    """Constant beta_alpha = -zeta(1 - 1/alpha) Gamma(1 - 1/alpha) / pi, for 1 < alpha <= 2.

    A path with noise sigma L^alpha watched at multiples of dt leaves a domain as if every boundary were moved *outward*
    by beta_alpha sigma dt^(1/alpha)::

        E tau_dt = E tau + beta_alpha sigma dt^(1/alpha) d E tau / d r + O(dt)

    It is the difference of the mean maxima of the path and of the walk at its steps (Spitzer). At alpha = 2, where
    `AlphaStable(2)` has variance 2t, it is 0.8239168 = sqrt(2) 0.5825972, the constant of Broadie, Glasserman and Kou.
    It grows without limit for alpha -> 1; for alpha <= 1 the leading bias is of another kind.

    Raises
    ------
    ValueError
        For alpha outside (1, 2].

    References
    ----------
    Broadie, Glasserman & Kou, Math. Finance 7 (1997) 325, doi:10.1111/1467-9965.00035; Gobet & Menozzi, Stochastic
    Process. Appl. 120 (2010) 130, doi:10.1016/j.spa.2009.09.014; Bisewski & Ivanovs, Electron. J. Probab. 25 (2020).
    """
    from scipy.special import zetac

    alpha = finite_number(alpha, "alpha", low=1.0, high=2.0, open_low=True)
    s = 1.0 - 1.0 / alpha
    return float(-(zetac(s) + 1.0) * math.gamma(s) / math.pi)


def boundary_shift(noise: Noise, dt: float) -> float:
    """Distance to move every boundary *inward* in a simulation with step dt, to remove the leading watching bias.

    Brownian part of standard deviation s per unit time: 0.5825971579 s sqrt(dt). Symmetric stable noise of amplitude
    sigma, 1 < alpha < 2: beta_alpha sigma dt^(1/alpha), see `step_shift`. What is left is O(dt).

    What counts is the stable motion that the noise looks like over the time dt (`Law.near`): a tempered stable motion
    has the shift of the stable one as long as dt^(1/alpha) sigma stays far below its tempering length. Jumps at a
    finite rate have none, since they do not come close to a boundary between two steps.

    A mixture takes the shift of the part with the largest increment at the scale dt; parts of the same alpha are
    combined, the others are left uncorrected. Where the largest part has no known correction the answer is 0:
    alpha <= 1 (bias O(dt log 1/dt) or O(dt)), skewed noise, elliptical noise, whose projections differ.

    Valid for dt far below `shift_limit`. In several dimensions it is exact for Brownian and isotropic noise (every
    projection is the one-dimensional noise) and, for independent stable components, for faces normal to an axis.

    Parameters
    ----------
    noise : Noise
        With its amplitude: `sde.effective_noise`.
    dt : float
        Time step.

    Returns
    -------
    float
        A distance >= 0.
    """
    dt = positive(dt, "dt")
    return max(_parts(noise, dt), default=(0.0, 0.0, 2.0))[1]


def shift_limit(noise: Noise, dt: float, drift: float) -> float:
    """Step above which the shift overcorrects at a boundary with this drift: (sigma / |b|)^(alpha / (alpha - 1)).

    `boundary_shift` is valid for dt far below it; infinite without drift (a saddle), 0 where no shift is known. The
    part of the noise is the one that dominates at the step dt.
    """
    scale, shift, alpha = max(_parts(noise, positive(dt, "dt")), default=(0.0, 0.0, 2.0))
    drift = abs(finite_number(drift, "drift"))
    if shift == 0.0:
        return 0.0
    sigma = scale / dt ** (1 / alpha)
    return math.inf if drift == 0.0 else (sigma / drift) ** (alpha / (alpha - 1))


def _parts(noise: Noise, dt: float) -> list[tuple[float, float, float]]:
    """Increment scale over dt, shift and alpha of every group of parts with the same alpha."""
    powers: dict[float, float] = {}
    uncorrected: set[float] = set()
    if noise.variance_rate > 0.0:
        powers[2.0] = noise.variance_rate / 2.0
    for amplitude, law in noise.leaves():
        if amplitude != 0.0 and law.has_jumps:
            alpha, width, alike = law.near
            powers[alpha] = powers.get(alpha, 0.0) + (abs(amplitude) * width) ** alpha
            if alpha <= 1.0 or not alike:
                uncorrected.add(alpha)
    found = []
    for alpha, power in powers.items():
        scale = (power * dt) ** (1 / alpha) if alpha > 0.0 else 0.0
        found.append((scale, 0.0 if alpha in uncorrected or alpha == 0.0 else step_shift(alpha) * scale, alpha))
    return found
